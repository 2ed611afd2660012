"""The clauses of an agreement about prices, and the reasons behind a discount."""

from datetime import datetime, time, timedelta
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..const import AGREEMENT_SCOPES, KINDS_BY_SIDE, LINE_KINDS
from ..engine import agreement as engine
from ..engine.prices import round_half_up

SCOPE_FIELDS = {
    "all": None,
    "category": "categ_id",
    "template": "product_tmpl_id",
    "variant": "product_id",
}
VALUE_STEP = Decimal("0.0001")


class CspAgreementLine(models.Model):
    _name = "csp.agreement.line"
    _description = "Agreement Line"
    _order = "agreement_id, sequence, id"

    agreement_id = fields.Many2one(
        "csp.agreement", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="agreement_id.company_id", store=True)
    side = fields.Selection(related="agreement_id.side")
    state = fields.Selection(related="agreement_id.state")
    partner_id = fields.Many2one(related="agreement_id.partner_id", store=True)
    currency_id = fields.Many2one(related="agreement_id.currency_id")
    sequence = fields.Integer(default=10)
    name = fields.Char(string="Clause", compute="_compute_name")

    # What it is about.
    scope = fields.Selection(
        AGREEMENT_SCOPES, string="Applies to", required=True, default="all"
    )
    categ_id = fields.Many2one("product.category", ondelete="restrict")
    product_tmpl_id = fields.Many2one(
        "product.template", string="Product", ondelete="restrict"
    )
    product_id = fields.Many2one(
        "product.product", string="Variant", ondelete="restrict"
    )
    min_quantity = fields.Integer(
        string="From quantity", help="Seats from which on this price holds."
    )

    # What it says.
    kind = fields.Selection(
        LINE_KINDS,
        string="Price",
        required=True,
        default=lambda self: self._default_kind(),
    )
    value = fields.Float(
        digits=(16, 4),
        compute="_compute_value",
        store=True,
        readonly=False,
        precompute=True,
        aggregator="avg",
        help="Per cent, or the price of one seat and billing period.",
    )
    component_ids = fields.One2many(
        "csp.agreement.component",
        "line_id",
        string="Reasons",
        copy=True,
        help="Where reasons are given, the discount is what they add up to.",
    )
    date_start = fields.Date(string="From", help="Empty: from the first day.")
    date_end = fields.Date(string="To", help="Empty: to the last day.")

    _value_check = models.Constraint(
        "CHECK (value >= 0 AND (kind IN ('fixed', 'markup_cost') OR value < 100))",
        "A discount must be at least 0 and less than 100 %, a price not negative.",
    )
    _quantity_check = models.Constraint(
        "CHECK (min_quantity >= 0)", "The quantity cannot be negative."
    )
    _days_check = models.Constraint(
        "CHECK (date_end IS NULL OR date_start IS NULL OR date_end >= date_start)",
        "A line cannot end before it starts.",
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.model
    def _default_kind(self):
        is_purchase = self.env.context.get("default_side") == "purchase"
        return "discount_cost" if is_purchase else "discount_erp"

    @api.depends("component_ids.percent")
    def _compute_value(self):
        for line in self:
            if line.component_ids:
                line.value = float(engine.total_percent(line._build_components()))

    @api.depends(
        "scope",
        "categ_id",
        "product_tmpl_id",
        "product_id",
        "kind",
        "value",
        "min_quantity",
    )
    def _compute_name(self):
        for line in self:
            target = line._get_target()
            text = self.env._(
                "%(target)s: %(price)s",
                target=target.display_name if target else self.env._("Everything"),
                price=line._describe_price(),
            )
            if line.min_quantity:
                text = self.env._(
                    "%(clause)s from %(quantity)s seats",
                    clause=text,
                    quantity=line.min_quantity,
                )
            line.name = text

    @api.depends("name")
    def _compute_display_name(self):
        for line in self:
            line.display_name = line.name

    # ----------------------------------------------------------------------
    # CONSTRAINTS
    # ----------------------------------------------------------------------

    @api.constrains("scope", "categ_id", "product_tmpl_id", "product_id")
    def _check_scope(self):
        for line in self:
            if line.scope != "all" and not line._get_target():
                raise ValidationError(
                    self.env._("Choose what the line is about, or let it be about all.")
                )

    @api.constrains("kind", "value", "component_ids")
    def _check_value(self):
        for line in self:
            percent = Decimal(repr(line.value)).quantize(VALUE_STEP)
            if line.kind != "fixed" and percent != percent.quantize(Decimal("0.01")):
                raise ValidationError(
                    self.env._("Percentages have two decimals: %s has more.", percent)
                )
            if not line.component_ids:
                continue
            if not line.kind.startswith("discount"):
                raise ValidationError(
                    self.env._("Only a discount has reasons that add up to it.")
                )
            total = engine.total_percent(line._build_components())
            if total != percent:
                raise ValidationError(
                    self.env._(
                        "The reasons add up to %(total)s %%, not to %(value)s %%.",
                        total=total,
                        value=percent,
                    )
                )

    def _check_side(self):
        """Refuse kinds that make no sense on this side."""
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for line in self:
            if line.kind not in KINDS_BY_SIDE[line.side]:
                raise ValidationError(
                    self.env._(
                        "“%s” has no meaning on this side of the business.",
                        kinds[line.kind],
                    )
                )

    @api.constrains(
        "scope",
        "categ_id",
        "product_tmpl_id",
        "product_id",
        "min_quantity",
        "kind",
        "date_start",
        "date_end",
    )
    def _check_duplicates(self):
        """Refuse two lines between which nothing decides."""
        for agreement in self.agreement_id:
            agreement.line_ids._check_side()
            seen = {}
            for line in agreement.line_ids:
                key = (line.scope, line._get_target(), line.min_quantity)
                for other in seen.setdefault(key, []):
                    if line._get_span()[0] < other._get_span()[1] and (
                        other._get_span()[0] < line._get_span()[1]
                    ):
                        raise ValidationError(
                            self.env._(
                                "Two lines are about the same, on the same days and "
                                "from the same quantity: %(one)s; %(other)s.",
                                one=other.name,
                                other=line.name,
                            )
                        )
                seen[key].append(line)

    # ----------------------------------------------------------------------
    # CRUD
    # ----------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Refuse lines for what is no longer a draft; keep the target of the scope."""
        for values in vals_list:
            self._clean_target(values)
            if values.get("component_ids"):
                values.pop("value", None)
        lines = super().create(vals_list)
        if not self.env.su:
            lines.agreement_id._check_editable()
        return lines

    def write(self, vals):
        """Refuse changes to what is no longer a draft."""
        if not self.env.su:
            self.agreement_id._check_editable()
        if "scope" in vals:
            vals = dict(vals)
            self._clean_target(vals)
        result = super().write(vals)
        if "agreement_id" in vals and not self.env.su:
            self.agreement_id._check_editable()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_agreed(self):
        if not self.env.su:
            self.agreement_id._check_editable()

    @api.model
    def _clean_target(self, values):
        """Empty the targets that other scopes would use."""
        wanted = SCOPE_FIELDS[values.get("scope", "all")]
        for name in filter(None, SCOPE_FIELDS.values()):
            if name != wanted:
                values[name] = False

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _get_target(self):
        """Return the category, product or variant that the line is about."""
        self.ensure_one()
        name = SCOPE_FIELDS[self.scope]
        return self[name] if name else None

    def _describe_price(self):
        """Return in words what the line says about a price."""
        self.ensure_one()
        value = f"{self.value:g}"
        match self.kind:
            case "discount_erp":
                return self.env._("%s %% off the list price", value)
            case "discount_level":
                return self.env._("%s %% off the level's price", value)
            case "discount_cost":
                return self.env._("%s %% off the vendor's cost", value)
            case "markup_cost":
                return self.env._("cost plus %s %%", value)
        amount = self.currency_id.format(self.value) if self.currency_id else value
        return self.env._("%s per seat and billing period", amount)

    def _get_span(self):
        """Return (from, to) as instants, half-open; datetime.max: no end."""
        self.ensure_one()
        agreement = self.agreement_id
        begins = [day for day in (self.date_start, agreement.date_start) if day]
        ends = [day for day in (self.date_end, agreement.date_end) if day]
        first = datetime.combine(max(begins), time.min) if begins else datetime.min
        if not ends:
            return first, datetime.max
        last = datetime.combine(min(ends) + timedelta(days=1), time.min)
        return first, max(first, last)

    def _build_lines(self, currency=None):
        """Return the engine's view of these lines.

        :param res.currency currency: what fixed prices are wanted in; by default the
            agreement's own
        """
        lines = []
        for line in self:
            first, last = line._get_span()
            if first == last:
                continue
            lines.append(
                engine.Line(
                    line.id,
                    line.scope,
                    line._get_scope_ids(),
                    line.kind,
                    line._get_exact_value(currency),
                    line.min_quantity,
                    first,
                    None if last == datetime.max else last,
                    line._build_components(),
                    frozenset(line.agreement_id.program_ids.ids),
                )
            )
        return tuple(lines)

    def _get_exact_value(self, currency=None):
        """Return the value as Decimal, a fixed price in the wanted currency."""
        self.ensure_one()
        value = Decimal(repr(self.value)).quantize(VALUE_STEP)
        own = self.currency_id
        if self.kind != "fixed" or not currency or currency == own:
            return value
        amount = own._convert(
            self.value, currency, self.company_id, fields.Date.today(), round=False
        )
        return round_half_up(Decimal(repr(amount)), VALUE_STEP)

    def _get_scope_ids(self):
        """Return the ids the line is about; a category stands for its children too."""
        self.ensure_one()
        target = self._get_target()
        if not target:
            return frozenset()
        if self.scope == "category":
            categories = self.env["product.category"]
            target = categories.search([("id", "child_of", target.id)])
        return frozenset(target.ids)

    def _build_components(self):
        """Return the engine's view of the reasons."""
        self.ensure_one()
        return tuple(
            engine.Component(
                part.reason, Decimal(repr(part.percent)).quantize(Decimal("0.01"))
            )
            for part in self.component_ids
        )
