from odoo import fields, models


class CspSubscriptionEvent(models.Model):
    _inherit = "csp.subscription.event"

    # As on the subscription: only pages that check who pays show prices.
    unit_price = fields.Float(groups="base.group_user")
