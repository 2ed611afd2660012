"""Bundles: Odoo's combo products, with an exact split and a margin of their own.

A combo is one line for the customer and one line per component underneath. Each
component keeps its product, cost, tax, renewal and delivery; see the decision
“Bundles are combo products” in docs/decisions for what is added here and why.
"""

from decimal import Decimal

from odoo import api, fields, models

from ..const import BUNDLE_SPLITS
from ..engine import bundles


class ProductTemplate(models.Model):
    _inherit = "product.template"

    csp_bundle_split = fields.Selection(
        BUNDLE_SPLITS,
        string="Price split",
        default="list",
        required=True,
        help="How the bundle's price is shared out among its components. By list "
        "prices: all get the same discount. Cost first: no component is sold below "
        "its cost as long as the bundle is not.",
    )
    csp_singles_price = fields.Float(
        string="Price of the parts alone",
        compute="_compute_csp_bundle",
        digits="Product Price",
    )
    csp_bundle_saving = fields.Float(
        string="Saving of the bundle",
        compute="_compute_csp_bundle",
        digits="Product Price",
    )
    csp_bundle_cost = fields.Float(
        string="Cost of the parts",
        compute="_compute_csp_bundle",
        digits="Product Price",
        groups="base.group_user",
    )
    csp_bundle_margin = fields.Float(
        string="Bundle margin",
        compute="_compute_csp_bundle",
        digits="Product Price",
        groups="base.group_user",
    )
    csp_bundle_margin_percent = fields.Float(
        string="Bundle margin (%)",
        compute="_compute_csp_bundle",
        groups="base.group_user",
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("type", "list_price", "combo_ids.combo_item_ids.product_id")
    @api.depends_context("company")
    def _compute_csp_bundle(self):
        today = fields.Date.context_today(self)
        bundles_ = self.filtered(lambda template: template.type == "combo")
        company = self.env.company
        for template in self:
            parts = template in bundles_ and template._csp_bundle_parts(
                company.currency_id, company, today
            )
            parts = parts.values() if parts else ()
            singles = float(sum(part.price for part in parts))
            cost = float(sum(part.cost for part in parts))
            price = template.currency_id._convert(
                template.list_price, company.currency_id, company, today
            )
            margin = price - cost if parts else 0.0
            template.csp_singles_price = singles
            template.csp_bundle_saving = singles - price if parts else 0.0
            template.csp_bundle_cost = cost
            template.csp_bundle_margin = margin
            template.csp_bundle_margin_percent = margin / price if price else 0.0

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_csp_compare_bundle(self):
        """Open the bundle beside its parts bought alone."""
        self.ensure_one()
        wizard = self.env["csp.bundle.comparison"].create({"bundle_id": self.id})
        return wizard._get_records_action(
            name=self.env._("Bundle and single prices"),
            target="new",
            context={"dialog_size": "extra-large"},
        )

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _csp_bundle_parts(self, currency, company, moment):
        """Return ``{product.combo: engine Part}`` of a bundle, in its order.

        Where a component can be chosen, the cheapest choice is what it would cost
        alone, as in Odoo, and the dearest is what it costs: the split is the same
        whatever is chosen.
        """
        self.ensure_one()
        # sudo: costs and components are closed to customers; callers hand out the
        # share of the price only.
        combos = self.sudo().combo_ids
        products = combos.combo_item_ids.product_id.with_company(company)
        values = {"currency": currency, "company": company, "date": moment}
        prices = products._price_compute("list_price", **values)
        costs = products._price_compute("standard_price", **values)
        parts = {}
        for combo in combos:
            ids = combo.combo_item_ids.product_id.ids
            parts[combo] = bundles.Part(
                min((Decimal(repr(prices[id_])) for id_ in ids), default=Decimal(0)),
                max((Decimal(repr(costs[id_])) for id_ in ids), default=Decimal(0)),
            )
        return parts

    def _csp_bundle_shares(self, price, currency, company, moment):
        """Return ``{product.combo: Decimal}``: the shares add up to ``price``."""
        self.ensure_one()
        parts = self._csp_bundle_parts(currency, company, moment)
        step = self.env["product.product"]._csp_step(currency)
        total = Decimal(repr(price)).quantize(step)
        shares = bundles.split(
            max(total, Decimal(0)),
            tuple(parts.values()),
            step,
            self.sudo().csp_bundle_split,  # sudo: how to share out is no secret
        )
        return dict(zip(parts, shares, strict=True))


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("product_id", "product_uom_id", "product_uom_qty")
    def _compute_discount(self):
        """Override of `sale`: components carry net prices, which add up exactly.

        A rounded price less a rounded discount misses the bundle's price by a cent.
        """
        bundled = self.filtered(lambda line: line._csp_is_bundle())
        bundled.discount = 0.0
        return super(SaleOrderLine, self - bundled)._compute_discount()

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _csp_is_bundle(self):
        """Tell whether the line is a bundle or a component of one."""
        self.ensure_one()
        return not self.display_type and (
            self.product_type == "combo" or bool(self.combo_item_id)
        )

    def _get_combo_item_display_price(self):
        """Override of `sale` to split the bundle's net price to the last cent."""
        self.ensure_one()
        bundle = self._get_linked_line()
        shares = bundle.product_template_id._csp_bundle_shares(
            bundle._get_pricelist_price(),
            self.currency_id,
            self.company_id,
            self._get_order_date(),
        )
        item = self.combo_item_id
        return (
            float(shares[item.sudo().combo_id])  # sudo: a customer's own cart line
            + item.sudo().extra_price
            + self.product_id._get_no_variant_attributes_price_extra(
                self.product_no_variant_attribute_value_ids
            )
        )

    def _csp_bundle_explanation(self):
        """Return in one sentence per component what its share of the price is."""
        self.ensure_one()
        money = self.currency_id.format
        parts = self.linked_line_ids.filtered("combo_item_id")
        return [
            self.env._(
                "%(product)s: %(price)s of the bundle's %(total)s (alone %(single)s)",
                product=part.product_id.display_name,
                price=money(part.price_subtotal),
                total=money(sum(parts.mapped("price_subtotal"))),
                single=money(part._csp_single_price() * part.product_uom_qty),
            )
            for part in parts
        ]

    def _csp_single_price(self):
        """Return the list price of a component bought alone, when it was ordered."""
        self.ensure_one()
        if self.csp_erp_price:
            return self.csp_erp_price
        return self.product_id._price_compute(
            "list_price",
            currency=self.currency_id,
            company=self.company_id,
            date=self._get_order_date(),
        )[self.product_id.id]
