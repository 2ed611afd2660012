from datetime import date

from odoo.tests.common import BaseCase

from ..engine import term


class TestTermEngine(BaseCase):
    """Dates of terms: anchors, half-open periods, the vendor's inclusive days."""

    def test_boundaries_never_drift_off_the_anchor(self):
        for anchor, months, expected in (
            (
                date(2026, 1, 31),
                1,
                [
                    date(2026, 1, 31),
                    date(2026, 2, 28),
                    date(2026, 3, 31),
                    date(2026, 4, 30),
                    date(2026, 5, 31),
                ],
            ),
            (
                date(2028, 1, 31),
                1,
                [date(2028, 1, 31), date(2028, 2, 29), date(2028, 3, 31)],
            ),
            (
                date(2026, 1, 30),
                1,
                [date(2026, 1, 30), date(2026, 2, 28), date(2026, 3, 30)],
            ),
            (
                date(2028, 2, 29),
                12,
                [
                    date(2028, 2, 29),
                    date(2029, 2, 28),
                    date(2030, 2, 28),
                    date(2031, 2, 28),
                    date(2032, 2, 29),
                ],
            ),
            (
                date(2026, 3, 31),
                3,
                [date(2026, 3, 31), date(2026, 6, 30), date(2026, 9, 30)],
            ),
        ):
            with self.subTest(anchor=anchor, months=months):
                self.assertEqual(
                    [
                        term.boundary(anchor, months, number)
                        for number in range(len(expected))
                    ],
                    expected,
                )

    def test_vendor_days_are_inclusive_and_ours_are_not(self):
        self.assertEqual(term.from_vendor_end(date(2026, 12, 31)), date(2027, 1, 1))
        self.assertEqual(term.from_vendor_end(date(2028, 2, 28)), date(2028, 2, 29))
        self.assertEqual(term.to_vendor_end(date(2028, 3, 1)), date(2028, 2, 29))
        self.assertEqual(term.to_vendor_end(date(2026, 3, 1)), date(2026, 2, 28))

    def test_grid_number_knows_boundaries_only(self):
        anchor = date(2026, 1, 31)
        self.assertEqual(term.grid_number(anchor, 1, date(2026, 2, 28)), 1)
        self.assertEqual(term.grid_number(anchor, 1, date(2026, 3, 31)), 2)
        self.assertIsNone(term.grid_number(anchor, 1, date(2026, 3, 28)))
        self.assertIsNone(term.grid_number(anchor, 12, date(2026, 3, 31)))
        self.assertEqual(term.grid_number(anchor, 12, date(2027, 1, 31)), 1)

    def test_term_at_is_half_open(self):
        anchor = date(2026, 1, 31)
        self.assertEqual(
            term.term_at(anchor, 1, date(2026, 2, 27)),
            (date(2026, 1, 31), date(2026, 2, 28)),
        )
        self.assertEqual(
            term.term_at(anchor, 1, date(2026, 2, 28)),
            (date(2026, 2, 28), date(2026, 3, 31)),
        )
        with self.assertRaises(ValueError):
            term.term_at(anchor, 1, date(2026, 1, 30))

    def test_next_term_comes_back_to_the_anchor_day(self):
        anchor = date(2026, 1, 31)
        self.assertEqual(
            term.next_term(anchor, date(2026, 2, 28), 1),
            (date(2026, 2, 28), date(2026, 3, 31)),
        )

    def test_next_term_after_a_common_end_date_counts_from_there(self):
        self.assertEqual(
            term.next_term(date(2026, 3, 10), date(2026, 7, 1), 12),
            (date(2026, 7, 1), date(2027, 7, 1)),
        )

    def test_terms_until_finds_every_missed_term(self):
        self.assertEqual(
            term.terms_until(
                date(2026, 1, 31), date(2026, 2, 28), date(2026, 5, 31), 1
            ),
            [
                (date(2026, 2, 28), date(2026, 3, 31)),
                (date(2026, 3, 31), date(2026, 4, 30)),
                (date(2026, 4, 30), date(2026, 5, 31)),
            ],
        )
        self.assertEqual(
            term.terms_until(date(2026, 1, 1), date(2027, 1, 1), date(2027, 6, 1), 12),
            [(date(2027, 1, 1), date(2027, 6, 1))],
        )
        self.assertEqual(
            term.terms_until(date(2026, 1, 1), date(2027, 1, 1), date(2027, 1, 1), 12),
            [],
        )

    def test_periods_left_counts_starts(self):
        anchor, end = date(2026, 1, 31), date(2027, 1, 31)
        for today, expected in (
            (date(2026, 1, 1), 12),
            (date(2026, 1, 31), 12),
            (date(2026, 2, 1), 11),
            (date(2026, 2, 28), 11),
            (date(2026, 3, 1), 10),
            (date(2026, 12, 31), 1),
            (date(2027, 1, 1), 0),
            (date(2027, 1, 31), 0),
        ):
            with self.subTest(today=today):
                self.assertEqual(term.periods_left(anchor, 1, today, end), expected)
        self.assertEqual(term.periods_left(anchor, 12, date(2026, 1, 31), end), 1)
        self.assertEqual(term.periods_left(anchor, 12, date(2026, 2, 1), end), 0)

    def test_progress_is_between_0_and_100(self):
        start, end = date(2026, 1, 1), date(2026, 1, 11)
        self.assertEqual(term.progress(start, end, date(2025, 12, 1)), 0)
        self.assertEqual(term.progress(start, end, date(2026, 1, 1)), 0)
        self.assertEqual(term.progress(start, end, date(2026, 1, 6)), 50)
        self.assertEqual(term.progress(start, end, date(2026, 1, 10)), 90)
        self.assertEqual(term.progress(start, end, date(2026, 3, 1)), 100)
        self.assertEqual(term.progress(None, end, date(2026, 1, 6)), 0)

    def test_impossible_terms_are_refused(self):
        with self.assertRaises(ValueError):
            term.term_at(date(2026, 1, 1), 0, date(2026, 1, 1))
        with self.assertRaises(ValueError):
            term.terms_until(date(2026, 1, 1), date(2026, 2, 1), date(9999, 1, 1), 1)
