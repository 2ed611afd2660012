"""One dated rule of a programme."""

from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..const import RULE_TYPES


class CspProgramRule(models.Model):
    _name = "csp.program.rule"
    _description = "Programme Rule"
    _order = "program_id, code, date_from, id"
    _rec_name = "code"

    program_id = fields.Many2one(
        "csp.program", string="Programme", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="program_id.company_id", store=True)
    code = fields.Char(required=True, index=True)
    value = fields.Char(required=True)
    value_type = fields.Selection(RULE_TYPES, required=True, default="integer")
    date_from = fields.Date(string="Valid from", help="First day. Empty: always was.")
    date_to = fields.Date(
        string="Valid until", help="First day it is no longer valid. Empty: open end."
    )
    source = fields.Char(help="Where the vendor says so.")

    # ----------------------------------------------------------------------
    # CONSTRAINTS
    # ----------------------------------------------------------------------

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for rule in self:
            if rule.date_from and rule.date_to and rule.date_to <= rule.date_from:
                raise ValidationError(
                    self.env._("Rule %s ends before it starts.", rule.code)
                )

    @api.constrains("code", "program_id", "date_from", "date_to")
    def _check_overlap(self):
        for program in self.program_id:
            for code, rules in program.rule_ids.grouped("code").items():
                ordered = rules.sorted(lambda rule: rule.date_from or date.min)
                for rule, following in zip(ordered, ordered[1:], strict=False):
                    if not rule.date_to or (
                        rule.date_to > (following.date_from or date.min)
                    ):
                        raise ValidationError(
                            self.env._(
                                "Two rules “%(code)s” of %(program)s are valid on "
                                "the same day.",
                                code=code,
                                program=program.name,
                            )
                        )

    @api.constrains("value", "value_type")
    def _check_value(self):
        for rule in self:
            try:
                rule._get_value()
            except (ValueError, KeyError, InvalidOperation) as error:
                raise ValidationError(
                    self.env._(
                        "“%(value)s” is not a value of type %(type)s (rule %(code)s).",
                        value=rule.value,
                        type=rule.value_type,
                        code=rule.code,
                    )
                ) from error

    # ----------------------------------------------------------------------
    # HELPERS
    # ----------------------------------------------------------------------

    def _is_valid_on(self, on_date):
        """Tell whether the rule is in force on the day ``on_date``."""
        self.ensure_one()
        if isinstance(on_date, datetime):
            on_date = on_date.date()
        return (not self.date_from or self.date_from <= on_date) and (
            not self.date_to or on_date < self.date_to
        )

    def _get_value(self):
        """Return the value as int, Decimal, bool, date, tuple of int or str."""
        self.ensure_one()
        text = self.value.strip()
        if self.value_type == "integer":
            return int(text)
        if self.value_type == "decimal":
            number = Decimal(text)
            if not number.is_finite():
                raise ValueError(text)
            return number
        if self.value_type == "boolean":
            return {"true": True, "yes": True, "false": False, "no": False}[
                text.lower()
            ]
        if self.value_type == "date":
            return datetime.strptime(text, "%Y-%m-%d").date()
        if self.value_type == "integers":
            return tuple(int(part) for part in text.split(","))
        return text
