"""Plans beside devices, and forms of a licence, on the pages of the shop."""

from odoo import api, models
from odoo.http import request

from odoo.addons.csp_catalog.engine.comparison import HORIZONS


class ProductProduct(models.Model):
    _inherit = "product.product"

    @api.private
    def _csp_shop_suggestions(self, website):
        """Return the plans to show on this device's page."""
        if not self or not self._csp_is_device():
            return []
        pricelist = request.pricelist
        return self._csp_only_buyable(
            self._csp_suggest(
                request.env.user.partner_id,
                currency=website.currency_id,
                company=website.company_id,
                pricelist=pricelist,
                display=self._csp_shop_display(website),
            )
        )

    @api.private
    def _csp_shop_display(self, website):
        """Return the function that turns a price into the one that visitors see."""
        currency, company = website.currency_id, website.company_id
        fiscal_position = request.fiscal_position
        template_model = self.env["product.template"]

        def display(product, price):
            # sudo: taxes are closed to visitors, who see prices with them
            product_taxes = product.sudo().taxes_id._filter_taxes_by_company(company)
            return template_model._apply_taxes_to_price(
                price,
                currency,
                product_taxes,
                fiscal_position.map_tax(product_taxes),
                product,
                website=website,
            )

        return display

    @api.model
    def _csp_only_buyable(self, found):
        """Return the suggestions that a visitor could put into the cart."""
        return [
            suggestion
            for suggestion in found
            # sudo: whether a plan is published decides, not who may read it
            if suggestion.product.sudo().website_published
            and suggestion.product.sudo()._is_add_to_cart_allowed()
        ]


class ProductTemplate(models.Model):
    _inherit = "product.template"

    @api.private
    def _csp_shop_licences(self, website):
        """Return the forms of this licence with what they cost, or nothing.

        One row per form: name, benefits, users, devices, amounts and savings by
        horizon; and sentences that say which form saves most.
        """
        self.ensure_one()
        # sudo: comparisons are made to be shown, whoever asks; prices are the
        # visitor's own
        family = (
            self.env["csp.licence.family"]
            .sudo()
            .search(
                [
                    ("offer_ids", "in", self.ids),
                    ("company_id", "=", website.company_id.id),
                ],
                limit=1,
            )
        )
        if not family:
            return {}
        # sudo: the visitor's own list, as the shop itself reads it
        pricelist = request.pricelist.sudo()
        currency = website.currency_id
        display = self.env["product.product"]._csp_shop_display(website)
        table = family._csp_compare(pricelist, currency, display)
        prices = family.form_ids._csp_prices(pricelist, currency, display)
        rows = [
            {
                "form": form,
                "price": prices[form],
                "totals": {horizon: table[horizon][form] for horizon in HORIZONS},
            }
            for form in family.form_ids
            if form in prices
        ]
        if len(rows) < 2:
            return {}
        return {
            "family": family,
            "rows": rows,
            "horizons": HORIZONS,
            "sentences": family._csp_summarise(table, currency),
            "currency": currency,
        }


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _csp_shop_suggestions(self):
        """Return ``[(device line, plans)]`` to show under the cart."""
        if not self or self.state != "draft":
            return []
        products = self.env["product.product"]
        display = products._csp_shop_display(self.website_id)
        answer = []
        for line, found in self._csp_get_suggestions(display=display):
            if found := products._csp_only_buyable(found):
                answer.append((line, found))
        return answer

    def _csp_cart_attach(self, line, product_id):
        """Put a suggested plan into the cart beside a device; tell whether it fits."""
        self.ensure_one()
        for device, found in self._csp_shop_suggestions():
            for suggestion in found:
                if device == line and suggestion.product.id == product_id:
                    self.with_context(
                        csp_attach=line._csp_prepare_attached(suggestion)
                    )._cart_add(
                        product_id=product_id, quantity=int(line.product_uom_qty)
                    )
                    return True
        return False

    def _cart_find_product_line(self, *args, **kwargs):
        """Override of `website_sale`: a plan beside a device has its own line."""
        lines = super()._cart_find_product_line(*args, **kwargs)
        attach = self.env.context.get("csp_attach")
        if not attach:
            return lines
        return lines.filtered(
            lambda line: (
                line.csp_attached_to_line_id.id == attach["csp_attached_to_line_id"]
            )
        )

    def _prepare_order_line_values(self, *args, **kwargs):
        """Override of `website_sale` to record what a plan was suggested with."""
        values = super()._prepare_order_line_values(*args, **kwargs)
        values.update(self.env.context.get("csp_attach") or {})
        return values
