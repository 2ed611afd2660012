"""Desired minus booked: published stories of repairs, seats and cancellations."""

from dataclasses import replace
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..engine.plan import check_ledger
from ..engine.timeline import SafetyError
from .engine_ledger import Ledger, day


def D(*texts):
    return [Decimal(text) for text in texts]


@tagged("post_install", "-at_install", "csp_engine")
class TestPlanVectors(BaseCase):
    def test_d01_annual_to_monthly(self):
        """D01, D01r (KB TestSubscription:93): repair -2334.20, charge 169.32."""
        annual = Ledger("2012-05-01", 12)
        annual.start("2012-05-01", "2013-05-01", 1, "2399.95")
        self.assertEqual(annual.amounts("2012-05-01"), D("2399.95"))
        annual.add("cancel", "2012-05-11")
        self.assertEqual(annual.amounts("2012-05-11"), D("-2334.20"))
        self.assertEqual(annual.net, Decimal("65.75"))
        annual.add("renew", "2012-05-11", 1, "2399.95", ("2012-05-11", "2013-05-01"))
        self.assertEqual(annual.amounts("2012-05-11"), D("2334.20"))

    def test_d02_upgrade_of_an_annual_price(self):
        """D02 (KB TestSubscription:168): 5835.57 charged, 2334.20 taken back."""
        ledger = Ledger("2012-05-01", 12).start(
            "2012-05-01", "2013-05-01", 1, "2399.95"
        )
        ledger.bill("2012-05-01")
        ledger.add("price", "2012-05-11", price="5999.95")
        self.assertEqual(ledger.amounts("2012-05-11"), D("-2334.20", "5835.57"))

    def test_d05_two_changes_on_following_days(self):
        """D05 (KB TestIntegrationInvoiceWithRepairLogic:251)."""
        ledger = Ledger("2012-05-01").start("2012-05-01", "2013-05-01", 1, "599.95")
        ledger.bill("2012-05-01")
        ledger.add("price", "2012-05-07", price="9.95")
        self.assertEqual(ledger.amounts("2012-05-07"), D("-483.83", "8.02"))
        ledger.add("price", "2012-05-08", price="29.95")
        self.assertEqual(ledger.amounts("2012-05-08"), D("-7.70", "23.19"))

    def test_d07_change_on_the_first_day(self):
        """D07 (KB TestIntegrationInvoiceWithRepairLogic:425): a full refund."""
        ledger = Ledger("2012-05-01", 12).start(
            "2012-05-01", "2013-05-01", 1, "2399.95"
        )
        ledger.bill("2012-05-01")
        ledger.add("cancel", "2012-05-01")
        self.assertEqual(ledger.amounts("2012-05-01"), D("-2399.95"))
        self.assertEqual(ledger.net, 0)

    def test_d08_three_changes_on_one_day(self):
        """D08 (KB TestDefaultInvoiceGenerator:1185): +18, -18, +18."""
        ledger = Ledger("2011-04-05").start("2011-04-05", "2012-04-05", 1, "12")
        ledger.bill("2011-04-05")
        found = []
        for price in ("30", "12", "30"):
            ledger.add("price", "2011-04-05", price=price)
            found.append(sum(ledger.amounts("2011-04-05")))
        self.assertEqual(found, D("18", "-18", "18"))

    def test_m01_m02_price_change(self):
        """M01, M02, M02e (MT proration.rs:418, 531, 561), in cents.

        Moved to April, which has the thirty days of the source's period.
        """
        for when, expected in (
            ("2024-04-16", D("-5000", "10000")),
            ("2024-04-01", D("-10000", "20000")),
            ("2024-05-01", []),
        ):
            with self.subTest(when):
                ledger = self._thirty_days(1, "10000")
                ledger.add("price", when, price="20000")
                self.assertEqual(ledger.amounts("2024-04-30"), expected)

    def test_m04_seats_in_mid_period(self):
        """M04 (MT proration.rs:672): 5 to 10 seats at half: net 2500."""
        ledger = self._thirty_days(5, "1000")
        ledger.add("seats", "2024-04-16", 10)
        self.assertEqual(ledger.amounts("2024-04-16"), D("2500"))
        ledger.add("seats", "2024-04-16", 5)
        self.assertEqual(ledger.amounts("2024-04-16"), D("-2500"))

    def test_m05_add_and_remove(self):
        """M05 (MT proration.rs:621): three lines changed at half: 6000."""
        total = Decimal(0)
        for before, after in (("10000", "20000"), ("0", "5000"), ("3000", "0")):
            ledger = self._thirty_days(1, before)
            ledger.add("price", "2024-04-16", price=after)
            total += sum(ledger.amounts("2024-04-16"))
        self.assertEqual(total, Decimal(6000))

    def test_m07_one_time_is_never_prorated(self):
        """M07 (MT proration.rs:732): 2 x 500 with 8 of 30 days left: 100000."""
        ledger = Ledger("2024-04-23", None, "1")
        ledger.start("2024-04-23", "2024-05-01", 2, "50000")
        self.assertEqual(ledger.amounts("2024-04-23"), D("100000"))
        ledger.add("seats", "2024-04-25", 1)
        self.assertEqual(ledger.amounts("2024-04-25"), [])

    def test_m08_price_override(self):
        """M08 (MT proration.rs:964): -5000, +5000, dropped when equal."""
        for before, after, net in (
            ("10000", "5000", "-5000"),
            ("5000", "10000", "5000"),
            ("10000", "10000", "0"),
        ):
            ledger = self._thirty_days(1, before)
            ledger.add("price", "2024-04-01", price=after)
            self.assertEqual(
                sum(ledger.amounts("2024-04-01"), Decimal(0)), Decimal(net)
            )

    def test_e01_more_units_from_the_next_period(self):
        """E01, E07 (KB TestWithQuantityUpdate:37; LG): 209.65 then 299.50."""
        ledger = Ledger("2022-11-27").start("2022-11-27", "2023-11-27", 7, "29.95")
        self.assertEqual(ledger.amounts("2022-11-27"), D("209.65"))
        ledger.add("seats", "2022-12-27", 10)
        self.assertEqual(ledger.amounts("2022-12-27"), D("299.50"))

    def test_f01_f02_blocked_and_unblocked(self):
        """F01, F02 (KB TestWithInvoiceHardening:68): -23.96, -5.99, then 19.97."""
        ledger = Ledger("2019-04-27").start("2019-04-27", "2019-05-27", 1, "29.95")
        ledger.bill("2019-04-27")
        ledger.add("cancel", "2019-05-03")
        self.assertEqual(ledger.amounts("2019-05-03"), D("-23.96"))
        blocked = list(ledger.facts)
        ledger.add("cancel", "2019-04-27")
        self.assertEqual(ledger.amounts("2019-05-03"), D("-5.99"))
        self.assertEqual(ledger.net, 0)
        ledger.facts = blocked[:1]
        ledger.add("cancel", "2019-05-17")
        self.assertEqual(sum(ledger.amounts("2019-05-17")), Decimal("19.97"))

    def test_f04_cancel_six_days_early(self):
        """F04, F04b (KB TestDefaultInvoiceGenerator:484, 552): -2.40; 22.00."""
        ledger = Ledger("2011-04-05").start("2011-04-05", "2012-04-05", 1, "12")
        ledger.bill("2011-04-05")
        ledger.add("cancel", "2011-04-29")
        self.assertEqual(ledger.amounts("2011-04-29"), D("-2.40"))
        addon = self._thirty_days(1, "2000")
        addon.add("cancel", "2024-04-28")
        self.assertEqual(2400 + sum(addon.amounts("2024-04-28")), Decimal(2200))

    def test_f05_two_changes_in_one_month(self):
        """F05 (KB TestSubscriptionItemTree:470): 8.52 then 4.95."""
        ledger = Ledger("2014-01-01").start("2014-01-01", "2015-01-01", 1, "12")
        ledger.bill("2014-01-01")
        ledger.add("price", "2014-01-23", price="51.15")  # 14.85 for nine days
        self.assertEqual(ledger.amounts("2014-01-23"), D("-3.48", "14.85"))
        self.assertEqual(12 - Decimal("3.48"), Decimal("8.52"))
        ledger.add("cancel", "2014-01-26")
        self.assertEqual(ledger.amounts("2014-01-26"), D("-9.90"))
        self.assertEqual(Decimal("14.85") - Decimal("9.90"), Decimal("4.95"))

    def test_f07_blocked_over_a_boundary(self):
        """F07, J01 (KB TestSubscriptionItemTree:551): 9.29 and 9.43."""
        ledger = Ledger("2014-01-01", is_suspension_free=True)
        ledger.start("2014-01-01", "2015-01-01", 1, "12")
        ledger.bill("2014-02-01")
        ledger.add("suspend", "2014-01-25").add("resume", "2014-02-07")
        ledger.bill("2014-02-07")
        self.assertEqual(list(ledger.worth().values()), D("9.29", "9.43"))

    def test_f08_blocked_in_a_year(self):
        """F08, first half (KB TestSubscriptionItemTree:253): -6.85."""
        ledger = Ledger("2014-01-01", 12, is_suspension_free=True)
        ledger.start("2014-01-01", "2015-01-01", 1, "100")
        ledger.bill("2014-01-01")
        ledger.add("suspend", "2014-01-14").add("resume", "2014-02-08")
        found = ledger.amounts("2014-02-08")
        self.assertEqual(sum(found), Decimal("-6.85"))

    def test_suspended_seats_stay_owed_by_default(self):
        ledger = Ledger("2014-01-01").start("2014-01-01", "2015-01-01", 1, "12")
        ledger.add("suspend", "2014-01-25")
        self.assertEqual(ledger.amounts("2014-02-01"), D("12", "12"))

    def test_f10_a_period_booked_twice_stops(self):
        """F10 (KB TestSubscriptionItemTree:658)."""
        ledger = self._thirty_days(1, "1200")
        twin = replace(ledger.entries[0], entry_id=2)
        ledger.entries.append(twin)
        with self.assertRaises(SafetyError) as caught:
            ledger.plan("2024-05-01")
        self.assertEqual(caught.exception.code, "overlap")

    def test_f11_a_credit_outside_its_charge_stops(self):
        """F11 (KB TestSubscriptionItemTree:441): one day early, one day late."""
        for begin, end in (("2024-03-31", "2024-04-10"), ("2024-04-20", "2024-05-02")):
            ledger = self._thirty_days(1, "1200")
            charge = ledger.entries[0]
            wrong = replace(
                charge,
                entry_id=2,
                kind="credit",
                reverses_id=1,
                quantity=-1,
                amount=Decimal(-10),
                period=type(charge.period)(day(begin), day(end)),
                key=replace(charge.key, slice_start=day(begin)),
            )
            with self.assertRaises(SafetyError) as caught:
                check_ledger([charge, wrong])
            self.assertEqual(caught.exception.code, "credit")

    def test_f13_f14_again_gives_nothing(self):
        """F13, F14: unchanged facts, booked periods: nothing."""
        ledger = self._thirty_days(3, "1200")
        ledger.add("seats", "2024-04-11", 5)
        ledger.bill("2024-05-01")
        for _again in range(5):
            self.assertEqual(ledger.bill("2024-05-01"), [])

    # ----------------------------------------------------------------------
    # HELPERS
    # ----------------------------------------------------------------------

    def _thirty_days(self, seats, price):
        ledger = Ledger("2024-04-01", 1, "1")
        ledger.start("2024-04-01", "2025-04-01", seats, price)
        ledger.bill("2024-04-01")
        return ledger


@tagged("post_install", "-at_install", "csp_engine")
class TestPlanRules(BaseCase):
    def test_known_end_is_a_stub(self):
        ledger = Ledger("2024-01-31").start("2024-01-31", "2024-03-15", 2, "31")
        found = ledger.bill("2024-12-31")
        self.assertEqual([e.amount for e in found], D("62.00", "30.00"))
        self.assertEqual(found[1].period.start, day("2024-02-29"))
        self.assertIsNone(ledger.plan("2024-12-31").next_due)

    def test_youngest_seats_leave_first(self):
        ledger = Ledger("2024-04-01").start("2024-04-01", "2025-04-01", 10, "30")
        ledger.bill("2024-04-01")
        ledger.add("seats", "2024-04-11", 15)
        self.assertEqual(ledger.amounts("2024-04-11"), D("100.00"))
        ledger.add("seats", "2024-04-21", 8)
        found = ledger.bill("2024-04-21")
        self.assertEqual(
            [(e.quantity, e.amount, e.reverses_id) for e in found],
            [(-2, Decimal("-20.00"), 1), (-5, Decimal("-50.00"), 2)],
        )
        self.assertEqual({e.kind for e in found}, {"credit"})

    def test_cancellation_takes_every_layer_back(self):
        ledger = Ledger("2024-04-01").start("2024-04-01", "2025-04-01", 10, "8.01")
        ledger.add("seats", "2024-04-16", 15)
        ledger.bill("2024-04-16")
        ledger.add("cancel", "2024-04-01")
        found = ledger.bill("2024-04-16")
        self.assertEqual({e.kind for e in found}, {"cancel_refund"})
        self.assertEqual(ledger.net, 0)

    def test_new_term_at_its_own_price(self):
        ledger = Ledger("2024-01-31", 1).start("2024-01-31", "2024-03-31", 3, "10")
        ledger.add("renew", "2024-03-31", 4, "11", ("2024-03-31", "2024-05-31"))
        self.assertEqual(
            ledger.amounts("2024-12-31"), D("30.00", "30.00", "44.00", "44.00")
        )
        starts = [entry.period.start for entry in ledger.entries]
        self.assertEqual(
            starts,
            [
                day("2024-01-31"),
                day("2024-02-29"),
                day("2024-03-31"),
                day("2024-04-30"),
            ],
        )

    def test_common_end_date_moves_the_grid(self):
        """V43: bought 2022-07-01, first end 2024-10-02, then a whole term."""
        ledger = Ledger("2022-07-01", 12).start("2022-07-01", "2024-10-02", 1, "365")
        ledger.add("renew", "2024-10-02", None, None, ("2024-10-02", "2027-10-02"))
        found = ledger.bill("2025-10-02")
        self.assertEqual(
            [(e.period.start.isoformat(), e.amount) for e in found],
            [
                ("2022-07-01", Decimal("365.00")),
                ("2023-07-01", Decimal("365.00")),
                ("2024-07-01", Decimal("93.00")),
                ("2024-10-02", Decimal("365.00")),
                ("2025-10-02", Decimal("365.00")),
            ],
        )

    def test_late_news_about_a_past_period(self):
        ledger = Ledger("2024-04-01").start("2024-04-01", "2025-04-01", 10, "30")
        ledger.bill("2024-06-01")
        ledger.add("seats", "2024-04-01", 12)
        found = ledger.bill("2024-06-01")
        self.assertEqual([e.kind for e in found], ["repair"] * 3)
        self.assertEqual([e.amount for e in found], D("60.00") * 3)

    def test_a_term_that_starts_early_ends_the_old_one(self):
        ledger = Ledger("2024-01-01", 12).start("2024-01-01", "2025-01-01", 1, "366")
        ledger.bill("2024-01-01")
        ledger.add("renew", "2024-07-01", 2, "365", ("2024-07-01", "2025-07-01"))
        found = ledger.amounts("2024-07-01")
        self.assertEqual(found, D("-184.00", "730.00"))

    def test_free_seats_are_booked_once(self):
        ledger = Ledger("2024-01-01").start("2024-01-01", "2024-02-01", 5, "0")
        self.assertEqual(ledger.amounts("2024-01-01"), D("0.00"))
        self.assertEqual(ledger.bill("2024-01-01"), [])
        ledger.add("cancel", "2024-01-10")
        self.assertEqual(ledger.amounts("2024-01-10"), D("0.00"))
        self.assertEqual(ledger.bill("2024-01-10"), [])

    def test_next_due(self):
        ledger = Ledger("2024-01-31").start("2024-01-31", "2024-04-30", 1, "5")
        self.assertEqual(ledger.plan("2024-01-01").next_due, day("2024-01-31"))
        self.assertEqual(ledger.plan("2024-01-31").next_due, day("2024-02-29"))
        self.assertEqual(ledger.plan("2024-03-31").next_due, None)
        ledger.add("cancel", "2024-02-10")
        self.assertEqual(ledger.plan("2024-01-31").next_due, day("2024-02-10"))
        self.assertEqual(ledger.plan("2024-02-10").next_due, None)

    def test_bounds_stop_instead_of_billing(self):
        no_price = Ledger("2024-01-01").start("2024-01-01", "2024-02-01", 5, None)
        negative = Ledger("2024-01-01").start("2024-01-01", "2024-02-01", -1, "1")
        endless = Ledger("1924-01-01").start("1924-01-01", None, 1, "1")
        for ledger, code in (
            (no_price, "price"),
            (negative, "quantity"),
            (endless, "too_many"),
        ):
            with self.subTest(code), self.assertRaises(SafetyError) as caught:
                ledger.plan("2024-01-01")
            self.assertEqual(caught.exception.code, code)
