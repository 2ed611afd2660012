"""Who buys at the same terms: the partners of a level, or of an agreement."""

from decimal import Decimal

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import float_repr

from ..engine.agreement import Terms
from ..engine.impact import Audience

AUDIENCE_KINDS = [("level", "Level"), ("agreement", "Agreement")]


class CspAudience(models.AbstractModel):
    """Fields of a record about one audience, and the list of all of them."""

    _name = "csp.audience"
    _description = "Buyers at the same terms"

    kind = fields.Selection(AUDIENCE_KINDS, required=True, readonly=True)
    grade_id = fields.Many2one(
        "res.partner.grade", string="Level", readonly=True, ondelete="cascade"
    )
    agreement_id = fields.Many2one("csp.agreement", readonly=True, ondelete="cascade")
    partner_id = fields.Many2one(
        related="agreement_id.partner_id", string="Reseller", store=True
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)

    # ----------------------------------------------------------------------
    # HELPERS
    # ----------------------------------------------------------------------

    @api.model
    def _get_audiences(self, company, moment):
        """Return ``[(values of a record, currency, engine's audience)]``.

        Levels whose pricelist was made by hand are left out: no percentage says what
        their partners pay.
        """
        return self._get_level_audiences(company) + self._get_agreement_audiences(
            company, moment
        )

    @api.model
    def _get_level_audiences(self, company):
        grades = self.env["res.partner.grade"].search(
            [("company_id", "in", (False, company.id))], order="sequence, id"
        )
        found = []
        for grade in grades:
            # sudo: only tells in which currency the level's own list is.
            own = grade.sudo().csp_pricelist_ids[:1]
            pricelist = grade.sudo().default_pricelist_id
            if pricelist and pricelist != own:
                continue
            currency = pricelist.currency_id or company.currency_id
            terms = Terms(0, 0, _percent(grade.csp_discount), ())
            found.append(
                (
                    {"kind": "level", "grade_id": grade.id, "currency_id": currency.id},
                    currency,
                    Audience(
                        f"level:{grade.id}",
                        terms,
                        _percent(grade.csp_min_reseller_margin),
                    ),
                )
            )
        return found

    @api.model
    def _get_agreement_audiences(self, company, moment):
        """Each agreement in force stands for its reseller, on the reseller's level."""
        agreements = self.env["csp.agreement"]
        found = agreements.search(
            agreements._get_valid_domain(fields.Date.to_date(moment))
            & Domain("company_id", "=", company.id)
            & Domain("side", "=", "sale"),
            order="partner_id, id",
        )
        # An amended version that is over the same day gives way to the newer one.
        latest = {one.origin_id: one for one in found.sorted("version")}
        return [
            (
                {
                    "kind": "agreement",
                    "agreement_id": agreement.id,
                    "grade_id": agreement.grade_id.id,
                    "currency_id": agreement.currency_id.id,
                },
                agreement.currency_id,
                Audience(
                    f"agreement:{agreement.id}",
                    agreement._build_terms(),
                    _percent(
                        agreement.min_reseller_margin_percent
                        or agreement.grade_id.csp_min_reseller_margin
                    ),
                ),
            )
            for agreement in latest.values()
        ]


def _percent(value):
    """Return a stored percentage as Decimal."""
    return Decimal(float_repr(value or 0.0, 4))
