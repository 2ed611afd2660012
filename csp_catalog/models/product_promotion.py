"""Which promotions hold for an offer."""

from odoo import fields, models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    csp_promotion_count = fields.Integer(
        string="Promotions",
        compute="_compute_csp_promotion_count",
        groups="csp_catalog.group_csp_user",
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    def _compute_csp_promotion_count(self):
        found = self._csp_get_promotions()
        for template in self:
            template.csp_promotion_count = len(found.get(template.id, ()))

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_view_csp_promotions(self):
        """Open the promotions that hold today for these offers."""
        found = self._csp_get_promotions()
        promotions = self.env["csp.promotion"].union(*found.values())
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "csp_catalog.action_csp_promotion"
        )
        action["domain"] = [("id", "in", promotions.ids)]
        action["context"] = {"search_default_running": 1}
        return action

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _csp_get_promotions(self, moment=None):
        """Return ``{template id: promotions}`` that hold for one of the variants."""
        offers = self.filtered("is_csp_offer")
        if not offers:
            return {}
        running = self.env["csp.promotion"].search(
            self.env["csp.promotion"]._get_running_domain(
                moment or fields.Datetime.now()
            )
        )
        return {
            template.id: running.filtered(
                lambda promotion, variants=template.product_variant_ids: any(
                    promotion._covers(variant) for variant in variants
                )
            )
            for template in offers
        }
