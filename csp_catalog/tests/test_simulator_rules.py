"""The vendor's commercial rules, as the simulator plays them.

Numbers in comments (V37, V41, V92, V95) are the rows of the sourced vendor cases.
"""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal

try:
    from .simulator_case import BUSINESS_BASIC, BUSINESS_PREMIUM, RuleCase, providers
except ImportError:
    from simulator_case import BUSINESS_BASIC, BUSINESS_PREMIUM, RuleCase, providers

TRIAL = ("CFQ7TTC0LH18", "00TR")
MONTHLY = {"term": "P1M", "plan": "monthly"}


class TestSeats(RuleCase):
    def test_each_batch_of_seats_has_its_own_window(self):
        self.bought(quantity=5)
        self.simulator.advance(days=6)
        state = self.send(providers.ChangeSeats, 9)
        self.assertEqual([row.quantity for row in state.refundable], [5, 4])
        self.simulator.advance(days=2)
        self.assertEqual([row.quantity for row in self.now().refundable], [4])
        self.refused("800090", providers.ChangeSeats, 4)
        self.assertEqual(self.send(providers.ChangeSeats, 5).refundable, ())
        self.refused("800090", providers.ChangeSeats, 4)

    def test_seats_may_be_added_at_any_time(self):
        self.bought(quantity=5)
        self.simulator.advance(days=200)
        state = self.send(providers.ChangeSeats, 6)
        self.assertEqual((state.quantity, state.term_end_date), (6, date(2027, 6, 15)))

    def test_small_business_products_share_300_seats(self):
        self.bought(quantity=200)
        self.refused("2002", providers.ChangeSeats, 301)
        tenant = self.tenant(vendor_ref=self.customer)
        order = self.place_order(
            "o2", tenant=tenant, lines=(self.line("L9", BUSINESS_PREMIUM, 101),)
        )
        error = self.assert_refused("800009", self.drive, self.vendor, order)
        self.assertIn("maximum", error.details["lines"]["L9"])
        self.assertEqual(self.send(providers.ChangeSeats, 300).quantity, 300)


class TestCancelAndSuspend(RuleCase):
    def test_cancellation_window_is_168_hours(self):
        self.bought()
        self.simulator.advance(hours=167, minutes=59, seconds=50)
        self.assertEqual(self.send(providers.Cancel).status, "deleted")

    def test_no_cancellation_after_the_window(self):
        self.bought()
        self.simulator.advance(hours=168, seconds=1)
        self.assertIsNone(self.now().cancellation_until)
        self.refused("900213", providers.Cancel)

    def test_cancelled_is_final(self):
        self.bought()
        self.send(providers.Cancel)
        self.refused("2011", providers.Resume)
        self.refused("2011", providers.ChangeSeats, 8)

    def test_suspending_turns_the_renewal_off_and_drops_the_schedule(self):
        self.bought()
        self.send(providers.SetRenewal, True, quantity=9)
        state = self.send(providers.Suspend)
        self.assertEqual(
            (state.status, state.auto_renew, state.next_term),
            ("suspended", False, None),
        )
        self.refused("800091", providers.ChangeSeats, 9)
        state = self.send(providers.Resume)
        self.assertEqual((state.status, state.auto_renew), ("active", False))

    def test_change_in_the_term_drops_the_schedule(self):
        self.bought()
        planned = self.send(providers.SetRenewal, True, quantity=2).next_term
        self.assertEqual((planned.quantity, planned.term), (2, "P1Y"))
        self.assertIsNone(self.send(providers.ChangeSeats, 6).next_term)
        planned = self.send(providers.SetRenewal, True, quantity=2).next_term
        self.assertEqual(planned.quantity, 2)

    def test_what_a_patch_leaves_out_is_reset(self):
        self.bought()
        client = self.vendor._client
        path = f"/v1/customers/{self.customer}/subscriptions/{self.subscription}"
        answer = client.patch(path, {"friendlyName": "New name"}, "r-1")
        self.assertEqual(answer["friendlyName"], "New name")
        self.assertFalse(answer["autoRenewEnabled"])


class TestTermEnd(RuleCase):
    def test_commitment_end_is_inclusive(self):
        """V41: the renewal starts on the next UTC day and opens a new window."""
        self.bought()
        self.assertEqual(self.now().term_end_date, date(2027, 6, 15))
        self.simulator.set_clock("2027-06-14T23:59:00Z")
        self.assertEqual(self.now().term_start_date, date(2026, 6, 15))
        self.assertIsNone(self.now().cancellation_until)
        self.simulator.set_clock("2027-06-15T00:00:00Z")
        state = self.now()
        self.assertEqual(
            (state.term_start_date, state.term_end_date),
            (date(2027, 6, 15), date(2028, 6, 15)),
        )
        self.assertEqual(
            state.cancellation_until.isoformat(), "2027-06-22T00:00:00+00:00"
        )
        self.assertEqual([row.quantity for row in state.refundable], [5])

    def test_terms_keep_the_day_of_the_purchase(self):
        """V37, V38: day, end (ours is exclusive) and following ends."""
        cases = {
            "2027-01-31": ["2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"],
            "2027-01-30": ["2027-02-28", "2027-03-30", "2027-04-30"],
            "2027-02-27": ["2027-03-27", "2027-04-27"],
            "2027-05-30": ["2027-06-30", "2027-07-30"],
            "2027-06-29": ["2027-07-29", "2027-08-29"],
            "2028-01-31": ["2028-02-29", "2028-03-31"],
        }
        for bought, ends in cases.items():
            with self.subTest(bought=bought):
                self.bought_on(f"{bought}T10:00:00Z", **MONTHLY)
                start = bought
                for end in ends:
                    state = self.now()
                    self.assertEqual(
                        (str(state.term_start_date), str(state.term_end_date)),
                        (start, end),
                    )
                    self.simulator.set_clock(f"{end}T00:00:00Z")
                    start = end

    def test_planned_change_comes_with_the_renewal(self):
        self.bought(**MONTHLY)
        planned = {"quantity": 12, "term": "P1Y", "plan": "monthly"}
        self.send(providers.SetRenewal, True, **planned)
        self.simulator.advance(days=40)
        state = self.now()
        self.assertEqual(
            (state.quantity, state.term, state.plan, state.next_term),
            (12, "P1Y", "monthly", None),
        )
        self.assertEqual(
            (state.term_start_date, state.term_end_date),
            (date(2026, 7, 15), date(2027, 7, 15)),
        )

    def test_purchase_before_april_2025_ends_in_grace(self):
        """V92, V95: expired 30 days, disabled 90 days, deleted."""
        self.bought_on("2025-03-20T10:00:00Z")
        client = self.vendor._client
        path = f"/v1/customers/{self.customer}/subscriptions/{self.subscription}"
        body = client.get(path) | {"autoRenewEnabled": False}
        client.patch(path, body, "r-1")
        for moment, status in (
            ("2026-03-19T23:59:00Z", "active"),
            ("2026-03-20T00:00:00Z", "expired"),
            ("2026-04-18T23:59:00Z", "expired"),
            ("2026-04-19T00:00:00Z", "disabled"),
            ("2026-07-17T23:59:00Z", "disabled"),
            ("2026-07-18T00:00:00Z", "deleted"),
        ):
            self.simulator.set_clock(moment)
            self.assertEqual((moment, self.now().status), (moment, status))

    def test_end_before_may_2026_has_grace(self):
        self.bought_on("2025-04-02T10:00:00Z")
        self.turn_renewal_off_only()
        self.simulator.set_clock("2026-04-02T00:00:00Z")
        self.assertEqual(self.now().status, "expired")

    def test_renewal_off_alone_leads_into_the_extended_term(self):
        self.bought_on("2025-06-15T10:00:00Z")
        self.turn_renewal_off_only()
        self.simulator.set_clock("2026-06-15T00:00:00Z")
        state = self.now()
        self.assertEqual(
            (state.status, state.sku_ref, state.term, state.plan),
            ("active", "00ES", "P1M", "monthly"),
        )
        self.assertEqual(state.term_end_date, date(2026, 7, 15))
        self.assertEqual(
            state.cancellation_until.isoformat(), "2026-07-15T00:00:00+00:00"
        )
        self.simulator.set_clock("2026-07-15T00:00:00Z")
        self.assertEqual(self.now().term_end_date, date(2026, 8, 15))
        self.simulator.advance(days=20)
        self.assertEqual(self.send(providers.Cancel).status, "deleted")

    def test_extended_term_may_be_chosen(self):
        self.bought()
        state = self.send(providers.SetRenewal, False, extended_term=True)
        self.assertEqual(state.next_term.action, "extend")
        self.simulator.advance(days=366)
        self.assertEqual(self.now().sku_ref, "00ES")

    def test_ending_ends_without_grace(self):
        self.bought()
        state = self.send(providers.SetRenewal, False)
        self.assertEqual(state.next_term.action, "cancel")
        self.simulator.set_clock("2027-06-15T00:00:00Z")
        self.assertEqual(self.now().status, "deleted")

    def test_suspended_at_the_end_is_disabled_for_120_days(self):
        self.bought(**MONTHLY)
        self.send(providers.Suspend)
        self.simulator.set_clock("2026-07-15T00:00:00Z")
        self.assertEqual(self.now().status, "disabled")
        self.refused("800095", providers.Resume)
        self.simulator.set_clock("2026-11-11T23:59:00Z")
        self.assertEqual(self.now().status, "disabled")
        self.simulator.set_clock("2026-11-12T00:00:00Z")
        self.assertEqual(self.now().status, "deleted")

    def test_trial_becomes_a_paid_year(self):
        self.bought(offer=TRIAL, quantity=25, term="P1M", plan="none")
        self.assertTrue(self.now().is_trial)
        self.simulator.advance(days=31)
        state = self.now()
        self.assertEqual(
            (state.is_trial, state.sku_ref, state.term, state.plan, state.quantity),
            (False, BUSINESS_BASIC[1], "P1Y", "monthly", 25),
        )

    def test_long_jump_executes_every_event_in_order(self):
        self.bought(**MONTHLY)
        order = self.place_order(
            "o2",
            tenant=self.tenant(vendor_ref=self.customer),
            lines=(self.line("L9", BUSINESS_PREMIUM, 2),),
        )
        self.drive(self.vendor, order)
        happened = self.simulator.advance(days=731)["happened"]
        moments = [row["at"] for row in happened]
        self.assertEqual(moments, sorted(moments))
        self.assertEqual(len(moments), 24 + 2)
        self.assertEqual(self.simulator.advance(seconds=1)["happened"], [])

    def test_changes_wait_while_the_renewal_runs(self):
        self.bought(**MONTHLY)
        self.simulator.admin("/_sim/settings", {"renewal_busy": 3600})
        self.simulator.set_clock("2026-07-15T00:10:00Z")
        with self.assertRaises(providers.RetryableError) as caught:
            self.send(providers.Suspend)
        self.assertEqual(caught.exception.retry_after, 120)
        self.simulator.advance(hours=1)
        self.assertEqual(self.send(providers.Suspend).status, "suspended")

    def turn_renewal_off_only(self):
        client = self.vendor._client
        path = f"/v1/customers/{self.customer}/subscriptions/{self.subscription}"
        client.patch(path, client.get(path) | {"autoRenewEnabled": False}, "r-1")


class TestPrices(RuleCase):
    def test_price_is_fixed_for_the_term_and_read_again_at_the_renewal(self):
        visio = ("CFQ7TTC0HD33", "0001")
        self.bought(offer=visio)
        self.simulator.advance(days=200)
        self.send(providers.ChangeSeats, 8)
        self.simulator.set_clock("2027-06-15T00:00:00Z")
        events = self.simulator.state()["events"]
        self.assertEqual(
            [(row["chargeType"], row["quantity"]) for row in events],
            [("new", 5), ("addQuantity", 8), ("renew", 8)],
        )
        prices = [Decimal(row["unitPrice"]) for row in events]
        self.assertEqual(prices[0], prices[1])
        self.assertNotEqual(prices[1], prices[2])
        self.assertEqual(prices[2], self.listed_price(visio))

    def listed_price(self, offer):
        content = self.vendor.fetch_price_sheet("DE").content.decode("utf-8-sig")
        found = [
            Decimal(row["UnitPrice"])
            for row in csv.DictReader(io.StringIO(content))
            if (row["ProductId"], row["SkuId"]) == offer
            and (row["TermDuration"], row["BillingPlan"]) == ("P1Y", "Annual")
            and row["Currency"] == "EUR"
        ]
        return found[-1]
