"""The world: store, clock, catalogue and settings in one place."""

from __future__ import annotations

from . import catalogue, const, lifecycle, moments
from .store import Store


class World:
    """Everything a request handler needs."""

    def __init__(self, directory, seed=7, clock=None):
        self.seed = seed
        self.store = Store(directory, seed)
        self.clock = moments.Clock(self.store, clock)
        self._frozen = None
        self._run_on = None

    # --- time ---------------------------------------------------------------

    def now(self):
        """Return the simulator's time."""
        return self._frozen or self.clock.now()

    def run_until_now(self):
        """Let everything happen that is due by now: it is due at midnights only."""
        now = self.clock.now()
        with self.store.lock:
            if self._run_on == now.date():
                return []
            happened = lifecycle.run(self, now)
            self._run_on = now.date()
        return happened

    def move_clock(self, moment):
        """Go forward to ``moment``; refuse to go back."""
        with self.store.transaction():
            if moment < self.clock.now():
                raise ValueError("the clock only moves forward; reset to go back")
            happened = lifecycle.run(self, moment)
            self.clock.move_to(moment)
            self._run_on = moment.date()
        return happened

    def rebase(self, moment):
        """Set the clock of an empty world to any moment, also an earlier one."""
        with self.store.transaction():
            if self.store.all("customer"):
                raise ValueError("only an empty world can be set to any moment")
            self.clock.move_to(moment)
            self._run_on = None

    def at(self, moment):
        """Make ``now()`` answer ``moment`` (None: the clock again)."""
        self._frozen = moment

    # --- settings -----------------------------------------------------------

    def settings(self):
        """Return all settings."""
        return {**const.DEFAULT_SETTINGS, **(self.store.get("meta", "settings") or {})}

    def setting(self, name):
        """Return one setting."""
        return self.settings()[name]

    def change_settings(self, values):
        """Store settings; unknown names are refused."""
        unknown = set(values) - set(const.DEFAULT_SETTINGS)
        if unknown:
            raise ValueError(f"unknown settings: {', '.join(sorted(unknown))}")
        with self.store.transaction():
            known = self.store.get("meta", "settings") or {}
            self.store.put("meta", "settings", {**known, **values})

    # --- catalogue ----------------------------------------------------------

    def month(self):
        """Return the number of the current month."""
        today = self.now().date()
        return catalogue.month_index(today.year, today.month)

    def sku(self, product_id, sku_id):
        """Return the offers of a SKU on sale now, or an empty tuple."""
        group = catalogue.offers_by_sku(self.seed).get((product_id, sku_id), ())
        month = self.month()
        return tuple(
            offer
            for offer in group
            if (catalogue.end_of_sale(offer, self.seed) or month + 1) > month
        )

    def offer(self, product_id, sku_id, term, cycle):
        """Return the offer with a term and a billing cycle, or None."""
        for offer in self.sku(product_id, sku_id):
            if offer.term == term and offer.plan.lower() == cycle:
                return offer
        return None

    def availability(self, product_id, sku_id):
        """Return the availability id valid this month."""
        return catalogue.availability_id(product_id, sku_id, self.month())

    def unit_price(self, offer, country):
        """Return (currency, price of the term for the partner) now."""
        currency = catalogue.local_currency(country)
        day = self.now().day
        month = catalogue.valid_month(offer, self.month(), day, self.seed)
        return currency, catalogue.unit_price(offer, currency, month, self.seed)

    # --- history --------------------------------------------------------------

    def note(self, subscription, kind):
        """Write down a fact with money, under the vendor's charge type."""
        id_ = self.store.new_id("event")
        fact = {
            "id": id_,
            "at": moments.write(self.now()),
            "chargeType": kind,
            "customerId": subscription["_customer"],
            "subscriptionId": subscription["id"],
            "orderId": subscription["orderId"],
            "offerId": subscription["offerId"],
            "quantity": subscription["quantity"],
            "termDuration": subscription["termDuration"],
            "billingCycle": subscription["billingCycle"],
            "commitmentEndDate": subscription["commitmentEndDate"],
            # The vendor's bill shows the list price as unit price.
            "unitPrice": subscription.get("_list_price", subscription["_unit_price"]),
            "effectiveUnitPrice": subscription["_unit_price"],
            "promotionId": subscription.get("promotionId"),
            "currency": subscription["_currency"],
        }
        self.store.put("event", id_, fact, subscription["id"])

    def reset(self):
        """Start over with an empty world at real time."""
        with self.store.lock:
            self.store.reset()
            self._run_on = None
