"""Which plans go with which device: ladders of plans, and rules that choose one."""

from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..const import AUDIENCES, RUNGS
from ..engine import suggestions


class CspSuggestionLadder(models.Model):
    _name = "csp.suggestion.ladder"
    _description = "Ladder of Plans"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    audience = fields.Selection(
        AUDIENCES, string="For", required=True, default="any", tracking=True
    )
    rung_ids = fields.One2many(
        "csp.suggestion.rung", "ladder_id", string="Plans", copy=True
    )
    rule_ids = fields.One2many("csp.suggestion.rule", "ladder_id", string="Rules")
    rule_count = fields.Integer(compute="_compute_rule_count")

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("rule_ids")
    def _compute_rule_count(self):
        for ladder in self:
            ladder.rule_count = len(ladder.rule_ids)

    # ----------------------------------------------------------------------
    # CONSTRAINTS
    # ----------------------------------------------------------------------

    @api.constrains("rung_ids")
    def _check_rungs(self):
        for ladder in self:
            recommended = ladder.rung_ids.filtered("is_recommended")
            if ladder.rung_ids and len(recommended) != 1:
                raise ValidationError(
                    self.env._(
                        "Mark exactly one plan of “%s” as recommended.", ladder.name
                    )
                )

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_view_rules(self):
        """Open the rules that lead to this ladder."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "csp_catalog.action_csp_suggestion_rule"
        )
        action["domain"] = [("ladder_id", "=", self.id)]
        action["context"] = {"default_ladder_id": self.id}
        return action


class CspSuggestionRung(models.Model):
    _name = "csp.suggestion.rung"
    _description = "Plan on a Ladder"
    _order = "ladder_id, sequence, id"
    _check_company_auto = True

    ladder_id = fields.Many2one(
        "csp.suggestion.ladder", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="ladder_id.company_id", store=True)
    rung = fields.Selection(RUNGS, string="Step", required=True)
    sequence = fields.Integer(compute="_compute_sequence", store=True)
    product_id = fields.Many2one(
        "product.product",
        string="Plan",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
        domain=[("sale_ok", "=", True)],
    )
    headline = fields.Char(
        translate=True, help="What the plan is good for, in a few words."
    )
    is_recommended = fields.Boolean(string="Recommended")

    _rung_uniq = models.UniqueIndex(
        "(ladder_id, rung)", "A ladder has one good, one better and one best plan."
    )

    @api.depends("rung", "product_id")
    def _compute_display_name(self):
        labels = dict(self._fields["rung"]._description_selection(self.env))
        for rung in self:
            rung.display_name = self.env._(
                "%(step)s: %(plan)s",
                step=labels.get(rung.rung, ""),
                plan=rung.product_id.display_name or "",
            )

    @api.depends("rung")
    def _compute_sequence(self):
        order = list(suggestions.RUNGS)
        for rung in self:
            rung.sequence = order.index(rung.rung) if rung.rung else len(order)

    @api.constrains("is_recommended", "ladder_id")
    def _check_recommended(self):
        self.ladder_id._check_rungs()


class CspSuggestionRule(models.Model):
    _name = "csp.suggestion.rule"
    _description = "Suggestion Rule"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")

    # When it fits.
    categ_id = fields.Many2one(
        "product.category",
        string="Device category",
        index="btree_not_null",
        ondelete="cascade",
        tracking=True,
        help="Also fits the categories below. Empty: every device.",
    )
    price_min = fields.Monetary(string="Price from", tracking=True)
    price_max = fields.Monetary(
        string="Price below", tracking=True, help="0: no upper limit."
    )
    audience = fields.Selection(
        AUDIENCES,
        string="For",
        required=True,
        default="any",
        tracking=True,
        help="A business has a VAT number, is a reseller, or pays by leasing.",
    )

    # What it suggests.
    ladder_id = fields.Many2one(
        "csp.suggestion.ladder",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    share_percent = fields.Float(
        string="Share of the device's price (%)",
        digits=(5, 2),
        default=25.0,
        required=True,
        tracking=True,
        help="The first plan shown and the recommended one cost no more than this in "
        "the first year.",
    )

    _share_check = models.Constraint(
        "CHECK (share_percent > 0 AND share_percent <= 100)",
        "The share of the device's price is more than 0 and at most 100 %.",
    )
    _band_check = models.Constraint(
        "CHECK (price_min >= 0 AND (price_max = 0 OR price_max > price_min))",
        "The price band has to end above its start.",
    )

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _build_rule(self):
        """Return the rule as the engine reads it."""
        self.ensure_one()
        return suggestions.Rule(
            rule_id=self.id,
            sequence=self.sequence,
            category_id=self.categ_id.id or 0,
            price_min=Decimal(repr(self.price_min)),
            price_max=Decimal(repr(self.price_max)) if self.price_max else None,
            audience=self.audience,
            share=Decimal(repr(self.share_percent)),
            ladder_id=self.ladder_id.id,
        )

    def _find_rule(self, device, audience, company):
        """Return the rule of a company that fits an engine ``Device`` best."""
        rules = self.search(
            [("company_id", "=", company.id), ("ladder_id.active", "=", True)]
        )
        found = suggestions.choose_rule(
            (rule._build_rule() for rule in rules), device, audience
        )
        return rules.filtered(lambda rule: found and rule.id == found.rule_id)

    def _csp_plans(self, buyer, pricelist, currency, moment, display=None):
        """Return ``{rung: price per seat and period}`` of what ``buyer`` may order."""
        self.ensure_one()
        sellable = self.ladder_id.rung_ids.product_id._csp_filter_sellable(
            buyer, moment
        )
        rungs = self.ladder_id.rung_ids.filtered(
            lambda rung: (
                rung.product_id in sellable
                and rung.product_id.active
                and rung.product_id.sale_ok
                and not rung.product_id.csp_is_extended_term
            )
        )
        products = rungs.product_id
        prices = pricelist._get_products_price(
            products, 1.0, currency=currency, date=moment
        )
        # An offer that the vendor does not sell now has no price of its own.
        offers = products.filtered("csp_key")
        sold = offers._csp_price_at(moment, company=self.company_id)
        plans = {}
        for rung in rungs:
            product = rung.product_id
            if product not in offers or product.id in sold:
                price = prices[product.id]
                plans[rung] = display(product, price) if display else price
        return plans
