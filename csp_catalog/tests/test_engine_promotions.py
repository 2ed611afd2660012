"""Who gets a promotion, and what several do together."""

from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from odoo.tests import BaseCase, tagged

from ..engine.promotions import (
    Eligible,
    Promotion,
    Refusal,
    choose,
    eligibility,
    prices_after,
)

NOW = datetime(2026, 6, 15)


def promotion(number=1, percent=10, **values):
    """Return a promotion of June 2026."""
    return Promotion(
        number,
        Decimal(percent),
        **{
            "valid_from": datetime(2026, 6, 1),
            "valid_to": datetime(2026, 7, 1),
            **values,
        },
    )


@tagged("csp")
class TestEngineEligibility(BaseCase):
    def test_the_period_is_half_open(self):
        promo = promotion()
        for moment, expected in (
            (datetime(2026, 5, 31, 23, 59, 59), Refusal("period", 0)),
            (datetime(2026, 6, 1), Eligible(None)),
            (datetime(2026, 6, 30, 23, 59, 59), Eligible(None)),
            (datetime(2026, 7, 1), Refusal("period", 0)),
        ):
            self.assertEqual(eligibility(promo, 1, 0, 0, False, moment), expected)

    def test_v67_a_second_partner_does_not_fit_any_more(self):
        promo = promotion(max_seats=1000)
        self.assertEqual(eligibility(promo, 900, 0, 0, False, NOW), Eligible(1000))
        self.assertEqual(
            eligibility(promo, 200, 900, 900, True, NOW), Refusal("seat_count", 100)
        )

    def test_v68_says_how_many_seats_are_left(self):
        promo = promotion(max_seats=1000)
        self.assertEqual(
            eligibility(promo, 500, 600, 600, True, NOW), Refusal("seat_count", 400)
        )
        self.assertEqual(eligibility(promo, 400, 600, 600, True, NOW), Eligible(400))

    def test_a_minimum_counts_one_purchase(self):
        promo = promotion(min_seats=5)
        self.assertEqual(
            eligibility(promo, 4, 100, 100, True, NOW), Refusal("seat_count", None)
        )
        self.assertEqual(eligibility(promo, 5, 0, 0, False, NOW), Eligible(None))

    def test_the_quota_counts_all_customers(self):
        promo = promotion(quota_seats=100)
        self.assertEqual(
            eligibility(promo, 11, 0, 90, False, NOW), Refusal("quota", 10)
        )
        self.assertEqual(eligibility(promo, 10, 0, 90, False, NOW), Eligible(10))
        self.assertEqual(eligibility(promo, 1, 0, 120, False, NOW), Refusal("quota", 0))

    def test_only_for_who_has_not_bought_before(self):
        promo = promotion(is_first_purchase=True)
        self.assertEqual(
            eligibility(promo, 1, 0, 0, True, NOW), Refusal("purchased_previously", 0)
        )
        self.assertEqual(eligibility(promo, 1, 0, 0, False, NOW), Eligible(None))


@tagged("csp")
class TestEngineStacking(BaseCase):
    def _choose(self, *promotions):
        return [promo.promotion_id for promo in choose(promotions)]

    def test_best_single_or_sum_of_the_stackable(self):
        single, better = promotion(1, 10), promotion(2, 15)
        first = promotion(3, 8, is_stackable=True)
        second = promotion(4, 5, is_stackable=True)
        third = promotion(5, 3, is_stackable=True)
        self.assertEqual(self._choose(), [])
        self.assertEqual(self._choose(single), [1])
        self.assertEqual(self._choose(single, better), [2])
        self.assertEqual(self._choose(single, first, second), [3, 4])
        self.assertEqual(self._choose(better, first, second), [2])
        self.assertEqual(self._choose(better, third, second, first), [3, 4, 5])

    def test_a_tie_goes_to_the_single_one(self):
        single = promotion(9, 13)
        first = promotion(3, 8, is_stackable=True)
        second = promotion(4, 5, is_stackable=True)
        self.assertEqual(self._choose(first, second, single), [9])

    def test_percentages_add_up_and_stop_at_nothing(self):
        promotions = [promotion(1, 60), promotion(2, 30), promotion(3, 20)]
        self.assertEqual(
            prices_after(Decimal("9.99"), promotions),
            [Fraction("3.996"), Fraction("0.999"), 0],
        )
