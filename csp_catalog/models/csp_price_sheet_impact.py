"""What a staged price sheet does to margins, before it is applied."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..engine import impact, prices

# The worst prices of each audience are kept for a look at them; all are counted.
MAX_IMPACT_OFFERS = 500
# A larger sheet is assessed in the background.
MAX_IMPACT_ROWS = 20000

# Written by the confirmation itself, by nobody else.
CONFIRMATION_FIELDS = {"floor_confirmed_by", "floor_confirmed_at", "floor_confirmed"}


class CspPriceSheet(models.Model):
    _inherit = "csp.price.sheet"

    # Effect on margins.
    impact_ids = fields.One2many("csp.price.sheet.impact", "sheet_id", copy=False)
    impact_at = fields.Datetime(string="Impact as of", copy=False, readonly=True)
    floor_break_count = fields.Integer(
        string="Below cost", compute="_compute_break_counts"
    )
    minimum_break_count = fields.Integer(
        string="Below minimum margin", compute="_compute_break_counts"
    )

    # Who let prices fall below cost.
    floor_confirmed_by = fields.Many2one("res.users", copy=False, readonly=True)
    floor_confirmed_at = fields.Datetime(copy=False, readonly=True)
    floor_confirmed = fields.Integer(
        string="Confirmed below cost", copy=False, readonly=True
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("impact_ids.floor_break_count", "impact_ids.minimum_break_count")
    def _compute_break_counts(self):
        for sheet in self:
            lines = sheet.impact_ids
            sheet.floor_break_count = sum(lines.mapped("floor_break_count"))
            sheet.minimum_break_count = sum(lines.mapped("minimum_break_count"))

    # ----------------------------------------------------------------------
    # CRUD
    # ----------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Refuse sheets that bring their own confirmation."""
        sheets = super().create(vals_list)
        if not self.env.su and any(
            sheet[name] for sheet in sheets for name in CONFIRMATION_FIELDS
        ):
            sheets._refuse_confirmation()
        return sheets

    def write(self, vals):
        """Refuse confirmations that do not come from the dialogue."""
        if not self.env.su and CONFIRMATION_FIELDS & vals.keys():
            self._refuse_confirmation()
        return super().write(vals)

    def _refuse_confirmation(self):
        raise AccessError(
            self.env._("Prices below cost are confirmed with the button “Apply”.")
        )

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_impact(self):
        """Compute what the sheet does to margins, and show it."""
        self.ensure_one()
        self.check_access("write")
        self._check_assessable()
        if self.row_count > MAX_IMPACT_ROWS:
            self.with_delay(
                description=self.env._("Impact of price sheet %s", self.name),
                identity_key=f"csp.price.sheet.impact:{self.id}",
            )._book_impact()
            return {
                "type": "ir.actions.client",
                "tag": "display_notification",
                "params": {
                    "type": "info",
                    "message": self.env._(
                        "The sheet is large: its impact is computed in the background."
                    ),
                },
            }
        self._book_impact()
        return self.action_view_impact()

    def action_view_impact(self):
        """Open the effect of this sheet per level and agreement."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "csp_catalog.action_csp_price_sheet_impact"
        )
        action["domain"] = [("sheet_id", "=", self.id)]
        action["context"] = {}
        return action

    def action_apply(self):
        """Ask first where the sheet makes prices fall below cost."""
        self.check_access("write")
        for sheet in self.filtered(lambda sheet: sheet.state == "staged"):
            if not sheet.impact_at or sheet.row_count <= MAX_IMPACT_ROWS:
                sheet._book_impact()
            if sheet.floor_break_count <= sheet.floor_confirmed:
                continue
            if len(self) > 1:
                raise UserError(
                    self.env._(
                        "%s makes prices fall below cost: apply it alone.", sheet.name
                    )
                )
            return {
                "type": "ir.actions.act_window",
                "name": self.env._("Prices below cost"),
                "res_model": "csp.price.sheet.confirm",
                "view_mode": "form",
                "target": "new",
                "context": {"default_sheet_id": sheet.id},
            }
        return super().action_apply()

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _stage(self):
        """Override: a file that is read again has another effect."""
        self._drop_impact()
        return super()._stage()

    def _drop_impact(self):
        # sudo: the caller may stage the sheet; the confirmation was about its former
        # content.
        sheet = self.sudo()
        sheet.impact_ids.unlink()
        sheet.write(
            {
                "impact_at": False,
                "floor_confirmed": 0,
                "floor_confirmed_by": False,
                "floor_confirmed_at": False,
            }
        )

    def _check_assessable(self):
        self.ensure_one()
        if self.state != "staged":
            raise UserError(
                self.env._("The impact is computed before a sheet is applied.")
            )

    def _book_impact(self):
        """Keep what the sheet would do to each level and agreement; again is fine."""
        self.ensure_one()
        self._check_assessable()
        now = fields.Datetime.now()
        changes = self._get_impact_changes()
        audiences = self.env["csp.audience"]._get_audiences(self.company_id, now)
        items = {}
        values = []
        for links, currency, audience in audiences:
            if currency not in items:
                items[currency] = self._build_impact_items(changes, currency, now)
            found = items[currency]
            summary = impact.summarise(audience, [item for item, _change in found])
            values.append(self._prepare_impact(links, summary, found))
        self.impact_ids.unlink()
        self.env["csp.price.sheet.impact"].create(values)
        self.impact_at = now

    def _get_impact_changes(self):
        """Return ``[(change, stored prices of the same offer)]`` of the own market.

        Prices of another market reach nobody who buys from this company.
        """
        self.ensure_one()
        market = self.company_id.country_id.code
        difference = self._get_diff(self._parse().rows)
        changes = [
            change
            for change in difference.changes
            if change.row is not None
            and change.status in (prices.NEW, prices.CHANGED)
            and change.row.market == market
        ]
        stored = self.env["csp.price"].search_fetch(
            [
                ("program_id", "=", self.program_id.id),
                ("company_id", "=", self.company_id.id),
                ("market", "=", market),
                ("is_superseded", "=", False),
            ],
            self.env["csp.price"]._get_row_fields(),
        )
        known = {}
        for price in stored:
            row = price._build_row()
            known.setdefault(row.identity[:6], []).append(row)
        return [(change, known.get(change.row.identity[:6], [])) for change in changes]

    def _build_impact_items(self, changes, currency, now):
        """Return ``[(engine's item, change)]`` of the prices that buyers would see."""
        company = self.company_id
        products = self.env["product.product"]
        step = products._csp_step(currency)
        offered = {}
        for change, known in changes:
            row = change.row
            codes = offered.setdefault(
                row.identity[:6], {price.currency for price in known}
            )
            codes.add(row.currency)
        currencies = products._csp_get_currencies(set().union(*offered.values()))
        convert = products._csp_converter(currency, company, now)
        preference = (currency.name, company.currency_id.name, "EUR", "USD")
        chosen = {
            key: next((code for code in preference if code in codes), min(codes))
            for key, codes in offered.items()
        }
        variants = self._get_impact_variants(offered)
        items = []
        for number, (change, known) in enumerate(changes):
            row = change.row
            if chosen[row.identity[:6]] != row.currency:
                continue
            moment = max(row.valid_from or now, now)
            quantity = max(1, row.tier_min)
            before = prices.resolve(
                [price for price in known if price.currency == row.currency],
                moment,
                quantity,
            )
            if before and prices.is_same_money(row, before):
                continue
            rate = convert(currencies[row.currency])
            variant = variants.get(row.identity[:5])
            items.append(
                (
                    impact.Item(
                        number,
                        self._get_impact_scope(variant),
                        quantity,
                        moment,
                        step,
                        before and _get_money(before, row, step, rate),
                        _get_money(row, row, step, rate),
                    ),
                    (change, variant),
                )
            )
        return items

    def _get_impact_variants(self, identities):
        """Return ``{(product, SKU, segment, term, plan): variant}``."""
        code = self.program_id.code
        keys = {"|".join((code, *key[:5])): key[:5] for key in identities}
        found = (
            self.env["product.product"]
            .with_context(active_test=False)
            .search_fetch(
                [("csp_key", "in", list(keys))], ["csp_key", "product_tmpl_id"]
            )
        )
        return {keys[variant.csp_key]: variant for variant in found}

    def _get_impact_scope(self, variant):
        """Return what an agreement may name: variant, template, category, programme."""
        if not variant:
            return (0, 0, 0, self.program_id.id)
        template = variant.product_tmpl_id
        return (variant.id, template.id, template.categ_id.id, self.program_id.id)

    def _prepare_impact(self, links, summary, items):
        """Return the values of one line and of the worst prices below it."""
        by_ref = {item.ref: (item, source) for item, source in items}
        return {
            **links,
            "sheet_id": self.id,
            "offer_count": len({source[0].row.identity[:5] for _item, source in items}),
            "price_count": len(items),
            "margin_before": _ratio(summary.average_before),
            "margin_after": _ratio(summary.average_after),
            "worst_before": _ratio(summary.worst_before),
            "worst_after": _ratio(summary.worst_after),
            "floor_break_count": summary.floor_breaks,
            "minimum_break_count": summary.minimum_breaks,
            "offer_ids": [
                fields.Command.create(
                    self._prepare_impact_offer(result, *by_ref[result.ref])
                )
                for result in summary.results[:MAX_IMPACT_OFFERS]
            ],
        }

    def _prepare_impact_offer(self, result, item, source):
        """Return the values of one price of the sheet for one audience."""
        change, variant = source
        row = change.row
        return {
            "product_id": variant.id if variant else False,
            "title": row.sku_title or row.title,
            "product_ref": row.product_ref,
            "sku_ref": row.sku_ref,
            "term": row.term,
            "plan": row.plan,
            "quantity": item.quantity,
            "start_at": item.moment,
            "is_new": result.price_before is None,
            "price_before": float(result.price_before or 0),
            "price_after": float(result.price_after),
            "cost_before": float(result.cost_before or 0),
            "cost_after": float(result.cost_after),
            "margin_before": _ratio(result.margin_before),
            "margin_after": _ratio(result.margin_after),
            "reseller_margin": _ratio(result.partner_margin),
            "is_floor_break": result.is_floor_break,
            "is_minimum_break": result.is_minimum_break,
        }

    def _confirm_floor(self, reason):
        """Record who lets prices fall below cost, and how many."""
        self.ensure_one()
        if not self.env.user.has_group("csp_catalog.group_csp_product_manager"):
            raise AccessError(
                self.env._("Only a product manager may let prices fall below cost.")
            )
        self.check_access("write")
        count = self.floor_break_count
        # sudo: the group and the right to write were checked above.
        self.sudo().write(
            {
                "floor_confirmed_by": self.env.user.id,
                "floor_confirmed_at": fields.Datetime.now(),
                "floor_confirmed": count,
            }
        )
        self.message_post(
            body=self.env._(
                "%(count)s prices below cost confirmed. Reason: %(reason)s",
                count=count,
                reason=reason,
            )
        )


def _get_money(source, row, step, rate):
    """Return cost and list price of one seat and billing period."""
    return impact.Money(
        *prices.seat_prices(
            source.unit_price,
            source.erp_price,
            row.term,
            row.plan,
            step=step,
            rate=rate,
        )
    )


def _ratio(percent):
    """Return a percentage as the share that Odoo's widget shows."""
    return float(percent / 100) if percent is not None else 0.0
