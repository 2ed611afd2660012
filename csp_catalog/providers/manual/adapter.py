"""A person fulfils the command and posts the result later."""

from __future__ import annotations

from .. import base

_REASONS = {
    base.PlaceOrder: "Order the lines at the vendor and enter their references.",
    base.ChangeSeats: "Set the number of seats at the vendor and confirm it here.",
    base.SetRenewal: "Enter the renewal decision at the vendor and confirm it here.",
    base.Suspend: "Suspend the subscription at the vendor and confirm it here.",
    base.Resume: "Resume the subscription at the vendor and confirm it here.",
    base.Cancel: "Cancel the subscription at the vendor and confirm it here.",
}


class ManualAdapter(base.Adapter):
    """Turn every command into work for a person; make no external call at all.

    It still obeys the mode: a disabled provider takes no work.
    """

    code = "manual"

    def execute(self, command, checkpoint=None):
        self._check_enabled()
        return base.Waiting(_REASONS[type(command)], checkpoint=dict(checkpoint or {}))

    def lookup(self, command, checkpoint=None):
        self._check_enabled()

    def get_subscription(self, customer_ref, subscription_ref):
        raise self._not_connected()

    def list_subscriptions(self, customer_ref):
        raise self._not_connected()

    def is_domain_taken(self, domain):
        raise self._not_connected()

    def fetch_price_sheet(
        self, market, view="updatedlicensebased", timeline="current", month=None
    ):
        raise self._not_connected()

    def fetch_promotions(self, country, segment="commercial"):
        self._check_enabled()
        return []  # a person knows of them, no system does

    def check_promotions(self, customer_ref, lines, country=""):
        self._check_enabled()
        return []

    def ping(self):
        self._check_enabled()

    def _check_enabled(self):
        if self.config.mode == base.MODE_DISABLED:
            raise base.RefusedError(
                "This provider is disabled. Enable it before using it."
            )

    def _not_connected(self):
        self._check_enabled()
        return base.RefusedError(
            "This provider has no system to ask. Enter the data by hand or upload "
            "the vendor's file."
        )
