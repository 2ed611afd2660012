"""What a cancellation gives back: all of it in the first hours, then by the day."""

from datetime import date

from odoo.tests import freeze_time, tagged

from .common import CspBillingCommon

START = date(2026, 3, 10)


@tagged("post_install", "-at_install")
class TestCancellation(CspBillingCommon):
    """5 seats at 19.80 for March 10 to April 9, 31 days: 99.00 and 88.00 cost."""

    def setUp(self):
        super().setUp()
        with freeze_time("2026-03-10 22:30:00"):
            self.subscription = self._create_bare(START, vendor_ref="vendor-cancel")
            self.subscription._book_first_seats()
            self.subscription._set_pending()
            self.subscription._set_active()
            self.subscription._book_event("start", START)
            self._run(START)
        self.assertEqual(self._sale_amounts(self.subscription), [99.0])

    def _cancel_at(self, instant):
        """Let the vendor tell, at an instant, that the subscription was deleted."""
        with freeze_time(instant):
            self.subscription._apply_vendor_deletion("test")
            self._run(instant[:10])
            self._assert_nothing_more_to_bill(instant[:10], self.subscription)
        self.assertEqual(self.subscription.state, "cancelled")
        event = self.subscription.event_ids.filtered(lambda e: e.kind == "cancel")
        self.assertEqual(len(event), 1)
        return event.effective_date

    def _cost_amounts(self):
        charges = self.subscription.charge_ids.filtered(lambda c: c.leg == "cost")
        return charges.sorted("id").mapped("amount")

    def test_same_day(self):
        self.assertEqual(self._cancel_at("2026-03-10 23:59:59"), START)
        self.assertEqual(self._sale_amounts(self.subscription), [99.0, -99.0])
        self.assertEqual(self._cost_amounts(), [88.0, -88.0])

    def test_first_hours_across_midnight(self):
        """A second before 24 hours are over nothing is charged, in both legs."""
        self.assertEqual(self._cancel_at("2026-03-11 22:29:59"), START)
        self.assertEqual(self._sale_amounts(self.subscription), [99.0, -99.0])
        self.assertEqual(self._cost_amounts(), [88.0, -88.0])
        refund = self.subscription._get_csp_invoices().filtered(
            lambda move: move.move_type == "out_refund"
        )
        self.assertEqual(refund.amount_untaxed, 99.0)

    def test_after_the_first_hours_days_are_charged(self):
        """24 hours are over: one of 31 days is served, 99.00 x 30/31 comes back."""
        self.assertEqual(self._cancel_at("2026-03-11 22:30:00"), date(2026, 3, 11))
        self.assertEqual(self._sale_amounts(self.subscription), [99.0, -95.81])
        self.assertEqual(self._cost_amounts(), [88.0, -85.16])

    def test_days_later(self):
        """Five of 31 days are served: 99.00 x 26/31 comes back."""
        self.assertEqual(self._cancel_at("2026-03-15 09:00:00"), date(2026, 3, 15))
        self.assertEqual(self._sale_amounts(self.subscription), [99.0, -83.03])
        self.assertEqual(self._cost_amounts(), [88.0, -73.81])

    def test_seats_added_later_do_not_prolong_the_first_hours(self):
        with freeze_time("2026-03-12 08:00:00"):
            self.env["csp.seat.batch"].create(
                {
                    "subscription_id": self.subscription.id,
                    "quantity": 2,
                    "bought_at": "2026-03-12 08:00:00",
                    "reducible_until": "2026-03-19 08:00:00",
                }
            )
        self.assertEqual(self._cancel_at("2026-03-12 09:00:00"), date(2026, 3, 12))
