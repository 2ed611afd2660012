"""Microsoft Partner Center adapter."""

from __future__ import annotations

from .. import base


class PartnerCenterAdapter(base.Adapter):
    """Talk to Partner Center's REST API."""

    code = "partner_center"

    def execute(self, command, checkpoint=None):
        raise NotImplementedError

    def lookup(self, command, checkpoint=None):
        raise NotImplementedError

    def get_subscription(self, customer_ref, subscription_ref):
        raise NotImplementedError

    def list_subscriptions(self, customer_ref):
        raise NotImplementedError

    def is_domain_taken(self, domain):
        raise NotImplementedError

    def fetch_price_sheet(
        self, market, view="updatedlicensebased", timeline="current", month=None
    ):
        raise NotImplementedError

    def ping(self):
        raise NotImplementedError
