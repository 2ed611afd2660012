from datetime import datetime
from decimal import Decimal as D

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..engine.agreement import Line, Terms
from ..engine.impact import (
    Audience,
    Item,
    Money,
    assess,
    is_below_floor,
    is_below_minimum,
    margin_percent,
    summarise,
)

NOW = datetime(2026, 3, 1)
CENT = D("0.01")
GOLD = Audience("gold", Terms(0, 0, D(10), ()), D(0))


def item(ref=1, before=(D("16"), D("20")), after=(D("17"), D("20")), **values):
    return Item(
        **{
            "ref": ref,
            "ids": (1, 2, 3, 4),
            "quantity": 1,
            "moment": NOW,
            "step": CENT,
            "before": before and Money(*before),
            "after": Money(*after),
            **values,
        }
    )


def agreement(kind, value, **values):
    line = Line(1, "all", frozenset(), kind, D(value), 0, None, None)
    return Audience("agreement", Terms(1, 1, D(10), (line._replace(**values),)), D(0))


@tagged("post_install", "-at_install")
class TestEngineImpact(BaseCase):
    """What new vendor prices do to margins; no database is touched."""

    def test_a_level_moves_with_the_list(self):
        result = assess(GOLD, item(after=(D("18"), D("24"))))
        self.assertEqual(
            (result.price_before, result.price_after), (D("18.00"), D("21.60"))
        )
        self.assertEqual(
            (result.margin_before, result.margin_after), (D("11.11"), D("16.67"))
        )
        self.assertEqual(result.partner_margin, D("10.00"))
        self.assertFalse(result.is_floor_break or result.is_minimum_break)

    def test_a_higher_cost_under_the_same_list_breaks_the_floor(self):
        self.assertFalse(assess(GOLD, item(after=(D("18.00"), D("20")))).is_floor_break)
        self.assertFalse(
            assess(GOLD, item(after=(D("18.004"), D("20")))).is_floor_break
        )
        broken = assess(GOLD, item(after=(D("18.005"), D("20"))))
        self.assertTrue(broken.is_floor_break)
        self.assertEqual(broken.margin_after, D("-0.03"))

    def test_a_fixed_price_does_not_move(self):
        result = assess(agreement("fixed", "16.50"), item(after=(D("17"), D("22"))))
        self.assertEqual(result.price_before, result.price_after)
        self.assertTrue(result.is_floor_break)
        self.assertEqual(result.partner_margin, D("25.00"))

    def test_a_markup_on_cost_never_breaks_the_floor(self):
        result = assess(agreement("markup_cost", "3"), item(after=(D("30"), D("20"))))
        self.assertEqual(result.price_after, D("30.90"))
        self.assertFalse(result.is_floor_break)

    def test_minimum_margin_of_the_reseller(self):
        audience = GOLD._replace(minimum=D(10))
        self.assertFalse(assess(audience, item()).is_minimum_break)
        audience = GOLD._replace(minimum=D("10.01"))
        self.assertTrue(assess(audience, item()).is_minimum_break)
        self.assertFalse(is_below_minimum(D(20), D(20), D(0)))
        self.assertFalse(is_below_minimum(D(0), D(0), D(5)))

    def test_nothing_paid_has_no_margin(self):
        self.assertIsNone(margin_percent(D(0), D(3)))
        result = assess(GOLD, item(before=(D(0), D(0)), after=(D(0), D(0))))
        self.assertIsNone(result.margin_after)
        self.assertFalse(result.is_floor_break)

    def test_summary_compares_what_can_be_compared(self):
        summary = summarise(
            GOLD,
            [
                item(1, after=(D("17"), D("20"))),
                item(2, after=(D("19"), D("20"))),
                item(3, before=None, after=(D("1"), D("20"))),
            ],
        )
        self.assertEqual(summary.average_before, D("11.11"))
        # 1 / 18 and -1 / 18
        self.assertEqual(summary.average_after, D("0.00"))
        self.assertEqual(
            (summary.worst_before, summary.worst_after), (D("11.11"), D("-5.56"))
        )
        self.assertEqual((summary.floor_breaks, summary.minimum_breaks), (1, 0))
        self.assertEqual([r.ref for r in summary.results], [2, 1, 3])

    def test_a_sheet_of_new_offers_only(self):
        summary = summarise(GOLD, [item(before=None, after=(D("9"), D("20")))])
        self.assertIsNone(summary.average_before)
        self.assertEqual(summary.average_after, D("50.00"))

    def test_no_price(self):
        summary = summarise(GOLD, [])
        self.assertEqual(summary, ("gold", [], None, None, None, None, 0, 0))

    @given(
        st.decimals("0.01", "5000", places=2),
        st.decimals("0.01", "5000", places=6),
        st.decimals("0", "60", places=2),
    )
    def test_floor_and_margin_agree(self, erp, cost, percent):
        """A cent below cost is a broken floor, and a price at cost is none."""
        audience = Audience("x", Terms(0, 0, percent, ()), D(0))
        result = assess(audience, item(before=None, after=(cost, erp)))
        self.assertEqual(
            result.is_floor_break, is_below_floor(result.price_after, cost, CENT)
        )
        if result.price_after >= cost:
            self.assertFalse(result.is_floor_break)
        if result.price_after <= cost - CENT:
            self.assertTrue(result.is_floor_break)
