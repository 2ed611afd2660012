"""What to reckon with when the vendor runs promotions; no database."""

from datetime import datetime, timedelta
from decimal import Decimal

from odoo.tests.case import TestCase

from ..engine import vendor_promotions as engine

NOW = datetime(2026, 6, 15)
TERMS, PLANS = ("P1M", "P1Y", "P3Y"), ("monthly", "annual")


def entry(percent="10", term="P1Y", plan="annual", product="A"):
    """Return one discounted thing."""
    return engine.Entry(product, "0001", term, plan, Decimal(percent))


class TestVendorPromotions(TestCase):
    test_tags = frozenset({"standard", "at_install", "csp"})
    test_module = "csp_catalog"

    def test_cost_keeps_six_decimals(self):
        self.assertEqual(
            engine.cost_after(Decimal("17.273083"), Decimal(10)),
            Decimal("15.545775"),
        )
        self.assertEqual(
            engine.cost_after(Decimal(48), Decimal("100")), Decimal("0.000000")
        )

    def test_renewal_keeps_it_inside_the_period_only(self):
        start, end = NOW - timedelta(days=30), NOW + timedelta(days=30)
        for moment, is_kept in (
            (start - timedelta(seconds=1), False),
            (start, True),
            (NOW, True),
            (end - timedelta(seconds=1), True),
            (end, False),
        ):
            self.assertIs(
                engine.is_kept(engine.KEPT_IN_PERIOD, start, end, moment), is_kept
            )
        self.assertTrue(engine.is_kept(engine.KEPT_IN_PERIOD, None, None, NOW))
        self.assertTrue(engine.is_kept(engine.KEPT_ALWAYS, start, start, end))
        self.assertFalse(engine.is_kept(engine.KEPT_NEVER, start, end, NOW))

    def test_lowest_of_several_percentages_counts(self):
        found = engine.offered([entry("10"), entry("25", product="B")], TERMS, PLANS)
        self.assertEqual((found.percent, found.is_mixed), (Decimal(10), True))
        self.assertEqual([row.product_ref for row in found.entries], ["A", "B"])

    def test_what_is_not_sold_here_is_left_out(self):
        rows = [entry(), entry("5", term="NoTerm"), entry("5", plan="biennial")]
        found = engine.offered(rows, TERMS, PLANS)
        self.assertEqual((found.percent, len(found.entries)), (Decimal(10), 1))
        self.assertFalse(found.is_mixed)
        for nothing in ([], [entry("0")], [entry("101")], [entry(term="NoTerm")]):
            self.assertIsNone(engine.offered(nothing, TERMS, PLANS))

    def test_list_is_compared_by_id(self):
        known = {
            "kept": NOW + timedelta(days=9),
            "gone": NOW + timedelta(days=9),
            "open": None,
            "over": NOW - timedelta(days=9),
            "now": NOW,
        }
        plan = engine.compare(known, ["new", "kept", "new"], NOW)
        self.assertEqual(plan.added, ("new",))
        self.assertEqual(plan.kept, ("kept",))
        self.assertEqual(plan.ended, ("gone", "open"))
        self.assertEqual(engine.compare({}, [], NOW), engine.Plan((), (), ()))

    def test_earlier_answers_hold_for_as_many_seats(self):
        granted = engine.Check(True, 50)
        self.assertIs(engine.verdict(None, 5), None)
        self.assertIs(engine.verdict(granted, 50), True)
        self.assertIs(engine.verdict(granted, 51), None)
        refused = engine.Check(False, 500, 400)
        self.assertIs(engine.verdict(refused, 500), False)
        self.assertIs(engine.verdict(refused, 400), True)
        self.assertIs(engine.verdict(refused, 401), False)
        for left in (None, 0):
            self.assertIs(engine.verdict(engine.Check(False, 5, left), 1), False)
