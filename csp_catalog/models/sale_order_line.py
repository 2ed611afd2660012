"""Vendor cost, list price and where they come from, on every line."""

from odoo import api, fields, models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    csp_price_id = fields.Many2one(
        "csp.price",
        string="Vendor price",
        compute="_compute_csp_price",
        store=True,
        precompute=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        groups="base.group_user",
    )
    csp_erp_price = fields.Float(
        string="List price per period",
        compute="_compute_csp_price",
        store=True,
        precompute=True,
        copy=False,
        digits=(16, 6),
    )
    csp_price_ref = fields.Char(
        string="Price source",
        compute="_compute_csp_price",
        store=True,
        precompute=True,
        copy=False,
        groups="base.group_user",
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends(
        "product_id",
        "company_id",
        "currency_id",
        "order_id.date_order",
        "product_uom_qty",
    )
    def _compute_csp_price(self):
        # A confirmed line keeps the price it was sold at.
        lines = self.filtered(
            lambda line: line.state not in ("sale", "cancel") or not line.csp_price_ref
        )
        for line in lines:
            line.csp_price_id = line.csp_erp_price = line.csp_price_ref = False
        for line, price in lines._csp_get_prices().items():
            line.csp_price_id = price.price_id
            line.csp_erp_price = float(price.erp)
            line.csp_price_ref = line._csp_describe_price(price)

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _csp_get_prices(self, moment=None):
        """Return ``{line: CspPrice}`` in the currency of each line's order.

        One lookup per group of lines that share date, company, currency and, for
        prices in tiers, quantity.

        :param datetime moment: by default the one that Odoo prices each order at
        """
        groups = {}
        for line in self:
            if not line.product_id.csp_key:
                continue
            company = line.company_id or self.env.company
            key = (
                moment or line._csp_price_moment(),
                company,
                line.currency_id or company.currency_id,
                max(1, int(line.product_uom_qty)),
            )
            groups[key] = groups.get(key, self.browse()) + line
        found = {}
        for (at, company, currency, quantity), lines in groups.items():
            table = lines.product_id._csp_price_at(
                at, currency=currency, company=company, quantity=quantity
            )
            for line in lines:
                if line.product_id.id in table:
                    found[line] = table[line.product_id.id]
        return found

    def _csp_describe_price(self, price):
        """Return in words which price row made the cost and the list price."""
        self.ensure_one()
        if not price.price_id:
            return self.env._("Own service")
        row = self.env["csp.price"].browse(price.price_id)
        text = self.env._(
            "Price %(id)s of %(offer)s", id=row.id, offer=row.display_name
        )
        if row.sheet_id:
            text = self.env._(
                "%(price)s, sheet %(sheet)s", price=text, sheet=row.sheet_id.name
            )
        return text
