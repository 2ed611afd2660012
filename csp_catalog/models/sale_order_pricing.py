"""Who an order is for, and what its confirmation uses up."""

from odoo import SUPERUSER_ID, api, fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # ----------------------------------------------------------------------
    # HELPERS
    # ----------------------------------------------------------------------

    def _csp_get_end_customer(self):
        """Return the company that uses what is ordered: here, who buys it."""
        self.ensure_one()
        return self.partner_id.commercial_partner_id

    @api.model
    def _csp_get_customer_domain(self, customer):
        """Return the domain of the orders whose end customer is ``customer``."""
        return fields.Domain("partner_id.commercial_partner_id", "=", customer.id)

    @api.model
    def _csp_find_approver(self, group_xmlid, company):
        """Return somebody of a group who works for the company."""
        # sudo: looks for colleagues by their group
        group = self.env.ref(group_xmlid).sudo()
        people = group.all_user_ids.filtered(
            lambda user: (
                user.active and user.id != SUPERUSER_ID and company in user.company_ids
            )
        )
        return people.sorted("id")[:1] or self.env.user
