from datetime import date

from odoo.tests.common import BaseCase

from ..engine import renewal


class TestRenewalEngine(BaseCase):
    """When a renewal is due and what silence means."""

    def test_due_from_the_lead_time_until_the_end(self):
        end = date(2027, 3, 1)
        self.assertEqual(renewal.quote_date(end, 60), date(2026, 12, 31))
        self.assertFalse(renewal.is_due(end, date(2026, 12, 30), 60))
        self.assertTrue(renewal.is_due(end, date(2026, 12, 31), 60))
        self.assertTrue(renewal.is_due(end, date(2027, 2, 28), 60))
        self.assertFalse(renewal.is_due(end, end, 60))
        self.assertFalse(renewal.is_due(None, end, 60))

    def test_short_terms_just_go_on(self):
        self.assertFalse(renewal.is_quoted(1, 60))
        self.assertFalse(renewal.is_quoted(1, 30))
        self.assertTrue(renewal.is_quoted(12, 60))
        self.assertTrue(renewal.is_quoted(36, 60))

    def test_deadline_is_never_the_renewal_day(self):
        end = date(2027, 3, 1)
        self.assertEqual(renewal.deadline(end, 7), date(2027, 2, 21))
        self.assertEqual(renewal.deadline(end, 0), date(2027, 2, 27))
        self.assertFalse(renewal.is_silent(end, date(2027, 2, 21), 7))
        self.assertTrue(renewal.is_silent(end, date(2027, 2, 22), 7))
        self.assertTrue(renewal.is_silent(end, date(2027, 2, 28), 7))
        self.assertFalse(renewal.is_silent(end, end, 7))

    def test_silence_renews_by_policy_only(self):
        self.assertEqual(renewal.default_decision("renew"), "renew")
        self.assertEqual(renewal.default_decision("ask"), "cancel")
        self.assertEqual(renewal.default_decision("cancel"), "cancel")
        with self.assertRaises(ValueError):
            renewal.default_decision("perhaps")

    def test_has_renewed_needs_a_later_term(self):
        self.assertTrue(renewal.has_renewed(date(2027, 1, 1), date(2028, 1, 1)))
        self.assertFalse(renewal.has_renewed(date(2027, 1, 1), date(2027, 1, 1)))
        self.assertFalse(renewal.has_renewed(date(2027, 1, 1), date(2026, 6, 1)))
        self.assertFalse(renewal.has_renewed(None, date(2027, 1, 1)))
        self.assertFalse(renewal.has_renewed(date(2027, 1, 1), None))
