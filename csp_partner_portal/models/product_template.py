from odoo import fields, models
from odoo.fields import Command

from ..const import OFFER_IMAGE


class ProductTemplate(models.Model):
    _inherit = "product.template"

    # ----------------------------------------------------------------------
    # PUBLISHING
    # ----------------------------------------------------------------------

    def _csp_prepare_template_values(self, *args, **kwargs):
        """Override of `csp_catalog` to publish new offers in the shop."""
        values = super()._csp_prepare_template_values(*args, **kwargs)
        values.setdefault("is_published", values.get("sale_ok", True))
        # The cached number: `env.ref` asks the database for each of a thousand offers.
        category_id = self.env["ir.model.data"]._xmlid_to_res_id(
            "csp_partner_portal.public_category_cloud"
        )
        if category_id:
            values.setdefault("public_categ_ids", [Command.link(category_id)])
        return values

    def _csp_ensure_offers(self, program, rows):
        """Override of `csp_catalog`: one place at the end of the shop for all.

        Odoo asks for the last place once per product.
        """
        templates = self.with_context(
            default_website_sequence=self._default_website_sequence()
        )
        offers = super(ProductTemplate, templates)._csp_ensure_offers(program, rows)
        return {key: offer.with_env(self.env) for key, offer in offers.items()}

    def _csp_publish(self):
        """Show these offers in the shop, under the cloud category."""
        category = self.env.ref("csp_partner_portal.public_category_cloud")
        self.filtered(lambda offer: not offer.public_categ_ids).write(
            {"public_categ_ids": [Command.link(category.id)]}
        )
        self.write({"is_published": True})

    def _get_placeholder_filename(self, field):
        """Override of `product` to show a cloud where an offer has no picture."""
        if self.is_csp_offer and field.startswith("image_"):
            return OFFER_IMAGE
        return super()._get_placeholder_filename(field)

    # ----------------------------------------------------------------------
    # PRICES
    # ----------------------------------------------------------------------

    def _get_sales_prices(self, website):
        """Override of `website_sale` to say what the price of a tile is for."""
        # Every tile asks for its price before the discount: read all of it at once.
        offers = self._csp_with_price_memo(fields.Datetime.now())
        prices = super(ProductTemplate, offers)._get_sales_prices(website)
        for offer in self.filtered("is_csp_offer"):
            variant = offer._csp_tile_variant()
            if variant and offer.id in prices:
                prices[offer.id]["csp_unit_label"] = variant._csp_unit_label()
        return prices

    def _get_additionnal_combination_info(
        self, product_or_template, quantity, uom, date, website
    ):
        """Override of `website_sale` to add unit, commitment and seats."""
        info = super()._get_additionnal_combination_info(
            product_or_template, quantity, uom, date, website
        )
        if product_or_template.is_csp_offer:
            variant = (
                product_or_template
                if product_or_template._name == "product.product"
                else product_or_template._csp_tile_variant()
            )
            info.update(variant._csp_prepare_shop_info(info["price"], info["currency"]))
            buyer = self.env.user.partner_id
            info["csp_refusal"] = variant._csp_shop_refusal(buyer) if variant else ""
        return info

    def _csp_prepare_shop_refusal(self, partner):
        """Return why nobody, or not this visitor, may buy the offer in the shop.

        :rtype: dict with ``text`` and, when partners sell it, ``partners``
        """
        self.ensure_one()
        variants = (
            self.product_variant_ids
            if self.is_csp_offer
            else self.env["product.product"]
        )
        variant = min(variants, key=lambda v: v._csp_preference(), default=variants)
        if not variant:
            return {"text": "", "partners": self.env["res.partner"]}
        buyer = partner.sudo().commercial_partner_id  # sudo: only its level counts
        is_refused = variant.csp_channel == "partner" and not buyer.is_csp_reseller
        return {
            "text": variant._csp_shop_refusal(partner),
            "partners": self._csp_get_channel_partners(partner)
            if is_refused
            else self.env["res.partner"],
        }

    def _csp_get_benefits_today(self):
        """Return the benefits that come with these offers today (sudo)."""
        return self._csp_get_benefits(fields.Date.context_today(self))

    def _csp_tile_variant(self):
        """Return the variant whose price stands for the offer."""
        self.ensure_one()
        return self._csp_first_variants().get(self, self.env["product.product"])
