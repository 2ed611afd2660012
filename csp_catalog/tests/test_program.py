"""Programmes and their dated rules."""

from datetime import date, datetime
from decimal import Decimal

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import CspCatalogCommon


@tagged("post_install", "-at_install", "csp")
class TestProgram(CspCatalogCommon):
    def _rule(self, **values):
        return self.env["csp.program.rule"].create(
            {"program_id": self.program.id, "code": "test_rule", "value": "1", **values}
        )

    def test_microsoft_rules_at_their_dates(self):
        program = self.env.ref("csp_catalog.program_microsoft_nce")
        cases = [
            ("cancellation_window_hours", date(2022, 2, 28), 72),
            ("cancellation_window_hours", date(2022, 3, 1), 168),
            ("full_refund_hours", date(2026, 1, 1), 24),
            ("renewal_lead_days", date(2026, 1, 1), 60),
            ("annual_billed_monthly_uplift_percent", date(2025, 3, 31), Decimal("0")),
            ("annual_billed_monthly_uplift_percent", date(2025, 4, 1), Decimal("5")),
            ("term_end_behaviour", date(2026, 5, 3), "expire"),
            ("term_end_behaviour", date(2026, 5, 4), "extend"),
            ("est_uplift_monthly_percent", date(2026, 5, 4), Decimal("3")),
            ("est_uplift_no_monthly_percent", date(2026, 5, 4), Decimal("23")),
            ("requires_tenant", date(2026, 5, 4), True),
            ("renewal_reminder_days", date(2026, 5, 4), (60, 30, 14, 7)),
        ]
        for code, day, expected in cases:
            with self.subTest(code=code, day=day):
                value = program._get_rule(code, day)
                self.assertEqual(value, expected)
                self.assertIs(type(value), type(expected))

    def test_own_services_know_every_rule(self):
        own = self.env.ref("csp_catalog.program_own_services")
        microsoft = self.env.ref("csp_catalog.program_microsoft_nce")
        self.assertEqual(self._shipped_codes(own), self._shipped_codes(microsoft))

    def _shipped_codes(self, program):
        """Return the codes of the rules of this add-on, not of those above it."""
        names = program.rule_ids.get_external_id()
        return {
            rule.code
            for rule in program.rule_ids
            if names[rule.id].startswith("csp_catalog.")
        }

    def test_missing_rule_is_named(self):
        with self.assertRaisesRegex(UserError, "test_rule.*2026-05-04"):
            self.program._get_rule("test_rule", date(2026, 5, 4))
        self._rule(date_to=date(2026, 5, 4))
        self.assertEqual(self.program._get_rule("test_rule", date(2026, 5, 3)), 1)
        with self.assertRaises(UserError):
            self.program._get_rule("test_rule", date(2026, 5, 4))

    def test_an_instant_is_its_day(self):
        self._rule(date_from=date(2026, 5, 4))
        moment = datetime(2026, 5, 4, 0, 0, 1)
        self.assertEqual(self.program._get_rule("test_rule", moment), 1)

    def test_types(self):
        for value_type, text, expected in (
            ("integer", " 7 ", 7),
            ("decimal", "0.1", Decimal("0.1")),
            ("boolean", "Yes", True),
            ("boolean", "false", False),
            ("date", "2026-05-04", date(2026, 5, 4)),
            ("integers", "60, 30", (60, 30)),
            ("text", "daily", "daily"),
        ):
            with self.subTest(value_type):
                rule = self._rule(value_type=value_type, value=text)
                self.assertEqual(rule._get_value(), expected)
                rule.unlink()

    def test_values_that_do_not_fit_their_type(self):
        for value_type, text in (
            ("integer", "1.5"),
            ("decimal", "a"),
            ("decimal", "NaN"),
            ("boolean", "perhaps"),
            ("date", "4 May"),
            ("integers", "60,"),
        ):
            with self.subTest(value_type), self.assertRaises(ValidationError):
                self._rule(value_type=value_type, value=text)

    def test_two_rules_for_one_day(self):
        self._rule(date_from=date(2026, 1, 1), date_to=date(2026, 6, 1))
        self._rule(date_from=date(2026, 6, 1))
        with self.assertRaises(ValidationError):
            self._rule(date_from=date(2026, 3, 1), date_to=date(2026, 4, 1))
        with self.assertRaises(ValidationError):
            self._rule()

    def test_rule_that_ends_before_it_starts(self):
        with self.assertRaises(ValidationError):
            self._rule(date_from=date(2026, 6, 1), date_to=date(2026, 6, 1))

    def test_code_is_fixed_once_offers_carry_it(self):
        self.program.code = "renamed"
        self._create_variant()
        with self.assertRaises(UserError):
            self.program.code = "again"
        self.program.write({"code": "renamed", "name": "New name"})
        self.assertEqual(self.program.code, "renamed")
