from odoo import api, models


class CspSubscriptionEvent(models.Model):
    _inherit = "csp.subscription.event"

    @api.model_create_multi
    def create(self, vals_list):
        """Override to have billing look at the subscription from that day on."""
        events = super().create(vals_list)
        events._note_for_billing()
        return events

    def _note_for_billing(self):
        for subscription, events in self.grouped("subscription_id").items():
            first = min(events.mapped("effective_date"))
            known = subscription.next_charge_date
            if not known or first < known:
                # sudo: whoever may book the fact need not know billing
                subscription.sudo().next_charge_date = first
