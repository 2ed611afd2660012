"""What an agreement makes of a price, without a database."""

import unittest
from datetime import datetime
from decimal import Decimal

from ..engine.agreement import (
    Component,
    Line,
    Offer,
    Terms,
    choose,
    evaluate,
    total_percent,
)

D = Decimal
CENT = D("0.01")
NOW = datetime(2026, 3, 15, 12)
OFFER = Offer(11, 21, 31, D("20.00"), D("16.00"), program_id=1)


def line(line_id, scope="all", ids=(), kind="discount_erp", value="10", **values):
    """Return a line that is in force and speaks about everything."""
    values = {"min_quantity": 0, "valid_from": None, "valid_to": None, **values}
    return Line(line_id, scope, frozenset(ids), kind, D(value), **values)


def price(*lines, quantity=1, moment=NOW, level="5", offer=OFFER):
    """Return the price that lines make."""
    terms = Terms(1, 1, D(level), lines)
    return evaluate(terms, offer, quantity, moment, CENT)


class TestAgreementEngine(unittest.TestCase):
    """Prices."""

    def test_without_a_line_the_level_stands(self):
        answer = price()
        self.assertEqual(answer.price, D("19.00"))
        self.assertEqual(answer.level_price, D("19.00"))
        self.assertIsNone(answer.line)

    def test_each_kind(self):
        for kind, value, expected in (
            ("discount_erp", "10", "18.00"),
            ("discount_level", "10", "17.10"),
            ("markup_cost", "12.5", "18.00"),
            ("discount_cost", "12.5", "14.00"),
            ("fixed", "17.77", "17.77"),
        ):
            with self.subTest(kind=kind):
                answer = price(line(1, kind=kind, value=value))
                self.assertEqual(answer.price, D(expected))
                self.assertEqual(answer.level_price, D("19.00"))
                self.assertEqual(answer.line.line_id, 1)

    def test_unknown_kind_is_refused(self):
        with self.assertRaisesRegex(ValueError, "gift"):
            price(line(1, kind="gift"))

    def test_rounds_once_at_the_end(self):
        # 9.99 - 5 % = 9.4905; - 5 % of that = 9.015975, and not 9.49 - 5 % = 9.0155.
        answer = price(
            line(1, kind="discount_level", value="5"),
            offer=OFFER._replace(erp=D("9.99")),
        )
        self.assertEqual(answer.price, D("9.02"))
        self.assertEqual(answer.level_price, D("9.49"))

    def test_a_list_made_by_hand_gives_the_level_price(self):
        offer = OFFER._replace(level_price=D("15.00"))
        self.assertEqual(price(offer=offer).price, D("15.00"))
        discounted = price(line(1, kind="discount_level", value="10"), offer=offer)
        self.assertEqual(discounted.price, D("13.50"))

    def test_a_line_of_another_programme_says_nothing(self):
        ours = line(1, programs=frozenset({1}))
        theirs = line(2, programs=frozenset({2}), value="50")
        self.assertEqual(price(ours, theirs).line.line_id, 1)
        self.assertIsNone(price(theirs).line)

    def test_components_add_up(self):
        parts = (
            Component("level", D("4.5")),
            Component("competency", D("2.25")),
            Component("volume", D("3.25")),
        )
        self.assertEqual(total_percent(parts), D("10.00"))
        self.assertEqual(total_percent(()), D(0))


class TestAgreementLines(unittest.TestCase):
    """Which line wins."""

    def _choose(self, *lines, quantity=1, moment=NOW):
        found = choose(lines, OFFER, quantity, moment)
        return found and found.line_id

    def test_the_narrowest_scope_wins(self):
        lines = [
            line(1, "variant", [11]),
            line(2, "template", [21]),
            line(3, "category", [31, 32]),
            line(4, "all"),
        ]
        for number, expected in enumerate((1, 2, 3, 4)):
            self.assertEqual(self._choose(*reversed(lines[number:])), expected)
        self.assertIsNone(self._choose())

    def test_others_are_not_meant(self):
        self.assertIsNone(
            self._choose(
                line(1, "variant", [12]),
                line(2, "template", [22]),
                line(3, "category", [33]),
            )
        )

    def test_the_highest_quantity_reached_wins(self):
        lines = [line(1), line(2, min_quantity=10), line(3, min_quantity=50)]
        for quantity, expected in ((1, 1), (9, 1), (10, 2), (49, 2), (50, 3)):
            self.assertEqual(self._choose(*lines, quantity=quantity), expected)
        self.assertIsNone(self._choose(*lines[1:], quantity=9))

    def test_quantity_counts_before_the_depth_of_categories_as_in_odoo(self):
        parent = line(1, "category", [30, 31, 32], min_quantity=10)
        child = line(2, "category", [31])
        self.assertEqual(self._choose(parent, child, quantity=9), 2)
        self.assertEqual(self._choose(parent, child, quantity=10), 1)

    def test_the_deepest_category_wins(self):
        parent = line(2, "category", [30, 31, 32])
        child = line(1, "category", [31])
        self.assertEqual(self._choose(parent, child), 1)
        self.assertEqual(self._choose(child, parent), 1)

    def test_days_are_half_open(self):
        dated = line(1, valid_from=datetime(2026, 3, 1), valid_to=datetime(2026, 4, 1))
        for moment, expected in (
            (datetime(2026, 2, 28, 23, 59, 59), None),
            (datetime(2026, 3, 1), 1),
            (datetime(2026, 3, 31, 23, 59, 59), 1),
            (datetime(2026, 4, 1), None),
        ):
            self.assertEqual(self._choose(dated, moment=moment), expected)
