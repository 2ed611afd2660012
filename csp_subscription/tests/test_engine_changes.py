from dataclasses import replace
from datetime import datetime, timedelta

from odoo.tests.common import BaseCase

from ..engine import changes
from ..engine.changes import Batch, Situation

NOON = datetime(2026, 3, 1, 12)
SECOND = timedelta(seconds=1)


class TestChangeEngine(BaseCase):
    """What may be changed when, to the second."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first = Batch(10, NOON, changes.window_end(NOON, 168))
        cls.added_at = NOON + timedelta(days=5)
        cls.second = Batch(4, cls.added_at, changes.window_end(cls.added_at, 168))
        cls.sub = Situation(
            state="active",
            quantity=14,
            batches=(cls.first, cls.second),
            cancellable_until=cls.first.reducible_until,
            term_end_at=datetime(2027, 3, 1),
            min_seats=2,
            max_seats=300,
        )

    def test_window_is_168_hours_and_ends_before_its_last_instant(self):
        self.assertEqual(changes.window_end(NOON, 168), datetime(2026, 3, 8, 12))
        self.assertTrue(changes.is_open(datetime(2026, 3, 8, 12), NOON))
        self.assertTrue(
            changes.is_open(datetime(2026, 3, 8, 12), datetime(2026, 3, 8, 12) - SECOND)
        )
        self.assertFalse(
            changes.is_open(datetime(2026, 3, 8, 12), datetime(2026, 3, 8, 12))
        )
        self.assertFalse(changes.is_open(None, NOON))

    def test_each_batch_has_its_own_deadline(self):
        batches = self.sub.batches
        for moment, expected in (
            (NOON, 14),
            (datetime(2026, 3, 8, 12) - SECOND, 14),
            (datetime(2026, 3, 8, 12), 4),
            (datetime(2026, 3, 13, 12) - SECOND, 4),
            (datetime(2026, 3, 13, 12), 0),
        ):
            with self.subTest(moment=moment):
                self.assertEqual(changes.reducible(batches, moment), expected)

    def test_batch_without_deadline_never_goes_back(self):
        self.assertEqual(changes.reducible([Batch(5, NOON)], NOON), 0)

    def test_take_back_empties_the_batch_that_closes_first(self):
        now = NOON + timedelta(days=6)
        self.assertEqual(changes.take_back(self.sub.batches, 3, now), [7, 4])
        self.assertEqual(changes.take_back(self.sub.batches, 12, now), [0, 2])
        with self.assertRaises(ValueError):
            changes.take_back(self.sub.batches, 15, now)
        later = datetime(2026, 3, 9)
        self.assertEqual(changes.take_back(self.sub.batches, 4, later), [10, 0])
        with self.assertRaises(ValueError):
            changes.take_back(self.sub.batches, 5, later)

    def test_seats_decision_table(self):
        now = NOON + timedelta(days=6)
        late = datetime(2026, 3, 9)
        closed = datetime(2026, 4, 1)
        for wanted, moment, situation, code, limit in (
            (15, closed, self.sub, changes.OK, 15),
            (300, now, self.sub, changes.OK, 300),
            (301, now, self.sub, changes.ABOVE_MAXIMUM, 300),
            (10**6, now, replace(self.sub, max_seats=0), changes.OK, 10**6),
            (14, now, self.sub, changes.NO_CHANGE, 14),
            (2, now, self.sub, changes.OK, 2),
            (1, now, self.sub, changes.BELOW_MINIMUM, 2),
            (0, now, replace(self.sub, min_seats=0), changes.BELOW_MINIMUM, 1),
            (10, late, self.sub, changes.OK, 10),
            (9, late, self.sub, changes.NOT_REDUCIBLE, 4),
            (13, closed, self.sub, changes.WINDOW_CLOSED, 0),
            (15, now, replace(self.sub, state="suspended"), changes.NOT_ACTIVE, 0),
            (15, now, replace(self.sub, state="pending"), changes.NOT_ACTIVE, 0),
            (15, now, replace(self.sub, is_busy=True), changes.BUSY, 0),
            (15, datetime(2027, 3, 1), self.sub, changes.TERM_ENDED, 0),
            (15, datetime(2027, 3, 1) - SECOND, self.sub, changes.OK, 15),
        ):
            with self.subTest(wanted=wanted, moment=moment):
                verdict = changes.check_seats(situation, wanted, moment)
                self.assertEqual((verdict.code, verdict.limit), (code, limit))
                self.assertEqual(verdict.allowed, code == changes.OK)

    def test_cancel_only_inside_the_window(self):
        end = self.sub.cancellable_until
        self.assertTrue(changes.check_cancel(self.sub, end - SECOND).allowed)
        self.assertEqual(
            changes.check_cancel(self.sub, end).code, changes.WINDOW_CLOSED
        )
        self.assertEqual(
            changes.check_cancel(replace(self.sub, cancellable_until=None), NOON).code,
            changes.WINDOW_CLOSED,
        )
        self.assertEqual(
            changes.check_cancel(replace(self.sub, state="cancelled"), NOON).code,
            changes.NOT_ACTIVE,
        )

    def test_suspend_and_resume_are_opposites(self):
        suspended = replace(self.sub, state="suspended")
        self.assertTrue(changes.check_suspend(self.sub, NOON).allowed)
        self.assertFalse(changes.check_suspend(suspended, NOON).allowed)
        self.assertTrue(changes.check_resume(suspended, NOON).allowed)
        self.assertEqual(
            changes.check_resume(self.sub, NOON).code, changes.NOT_SUSPENDED
        )
        self.assertEqual(
            changes.check_resume(suspended, datetime(2027, 3, 1)).code,
            changes.TERM_ENDED,
        )
        self.assertEqual(
            changes.check_resume(replace(suspended, is_busy=True), NOON).code,
            changes.BUSY,
        )
