import hashlib

from odoo import models


class CspAgreement(models.Model):
    _inherit = "csp.agreement"

    # ----------------------------------------------------------------------
    # PORTAL
    # ----------------------------------------------------------------------

    def _csp_prepare_portal_terms(self):
        """Return the terms in words, as [(word, text)]; without what was not agreed."""
        self.ensure_one()
        cycles = dict(self._fields["settlement_cycle"]._description_selection(self.env))
        terms = [
            (self.env._("Level"), self.grade_id.name),
            (self.env._("Settlement"), cycles.get(self.settlement_cycle)),
            (self.env._("Payment term"), self.payment_term_id.name),
            (
                self.env._("Credit limit"),
                self.credit_limit_amount
                and self.currency_id.format(self.credit_limit_amount),
            ),
            (
                self.env._("Your margin at least"),
                self.min_reseller_margin_percent
                and self.env._(
                    "%s %% of the list price", f"{self.min_reseller_margin_percent:g}"
                ),
            ),
            (self.env._("Programmes"), ", ".join(self.program_ids.mapped("name"))),
            (self.env._("Territory"), ", ".join(self.country_ids.mapped("name"))),
            (self.env._("Exclusive"), self.is_exclusive and self.env._("Yes")),
        ]
        return [(word, text) for word, text in terms if text]

    def _csp_fingerprint(self):
        """Return a mark that changes with anything that a signer reads."""
        self.ensure_one()
        content = (
            self.version,
            self.date_start,
            self.date_end,
            str(self.note or ""),
            hashlib.sha256(self.document or b"").hexdigest(),
            self._csp_prepare_portal_terms(),
            [line._csp_prepare_portal_line() for line in self.line_ids],
        )
        return hashlib.sha256(repr(content).encode()).hexdigest()


class CspAgreementLine(models.Model):
    _inherit = "csp.agreement.line"

    # ----------------------------------------------------------------------
    # PORTAL
    # ----------------------------------------------------------------------

    def _csp_prepare_portal_line(self):
        """Return what the reseller reads about one clause.

        The mark-up on a cost is not told: with the price beside it, it tells the cost.
        """
        self.ensure_one()
        reasons = dict(
            self.env["csp.agreement.component"]
            ._fields["reason"]
            ._description_selection(self.env)
        )
        target = self._get_target()
        value = f"{self.value:g} %"
        if self.kind == "discount_erp":
            text = self.env._("%s off the list price", value)
        elif self.kind == "discount_level":
            text = self.env._("%s off the price of your level", value)
        elif self.kind == "fixed":
            text = self.env._(
                "%s per seat and billing period", self.currency_id.format(self.value)
            )
        else:
            text = self.env._("Price as arranged, shown in your catalogue")
        return {
            "target": target.display_name if target else self.env._("All offers"),
            "text": text,
            "min_quantity": self.min_quantity,
            "date_start": self.date_start,
            "date_end": self.date_end,
            "components": [
                {
                    "reason": reasons.get(part.reason, ""),
                    "percent": f"{part.percent:g}",
                    "note": part.note or "",
                }
                for part in self.component_ids
            ],
        }
