from odoo import api, fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    csp_tenant_ids = fields.One2many(
        "csp.tenant", "partner_id", string="Vendor Tenants"
    )
    csp_mpn_id = fields.Char(
        string="Partner ID at the Vendor",
        help="Location PartnerID that the vendor writes on orders as the reseller.",
    )
    csp_subscription_count = fields.Integer(
        string="Cloud Subscriptions", compute="_compute_csp_subscription_count"
    )

    @api.depends_context("uid")
    def _compute_csp_subscription_count(self):
        Subscription = self.env["csp.subscription"]
        for partner in self:
            partner.csp_subscription_count = Subscription.search_count(
                partner._csp_subscription_domain()
            )

    def action_view_csp_subscriptions(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "csp_subscription.csp_subscription_action"
        )
        action["domain"] = self._csp_subscription_domain()
        action["context"] = {}
        return action

    def _csp_subscription_domain(self):
        self.ensure_one()
        partner = self.commercial_partner_id.id
        return [
            "|",
            ("customer_id", "=", partner),
            "|",
            ("reseller_id", "=", partner),
            ("payer_id", "=", partner),
        ]

    def _csp_get_mpn_id(self):
        """Return the reseller's number at the vendor, if it has one."""
        return self[:1].csp_mpn_id or ""
