"""Where an agreement holds, and whom it shuts out there."""

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..const import AGREEMENT_VALID_STATES


class CspAgreement(models.Model):
    _inherit = "csp.agreement"

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _filter_territory(self, customer, company):
        """Return those that hold where the customer is; without one, the company."""
        # sudo: only the country decides, whoever asks for the price.
        customer = customer.sudo().commercial_partner_id
        country = customer.country_id or company.sudo().country_id
        return self.filtered(
            lambda one: not one.country_ids or country in one.country_ids
        )

    def _check_overlap(self):
        """Override: neither may somebody else have been promised to be the only one."""
        result = super()._check_overlap()
        for agreement in self:
            agreement._check_exclusive()
        return result

    def _check_exclusive(self):
        """Refuse what breaks, or would break, an exclusive agreement with another.

        One vendor alone delivers a programme that was agreed on exclusively. Of the
        resellers only one can be the exclusive one of a programme in a country; others
        may have agreements beside it.
        """
        self.ensure_one()
        if self.side == "sale" and not self.is_exclusive:
            return
        # Whoever does the same meanwhile waits, fails on the row, and looks again.
        self.env.execute_query(
            SQL(
                "UPDATE res_company SET id = id WHERE id = %s RETURNING id",
                self.company_id.id,
            )
        )
        for other in self.search(self._get_exclusive_rivals_domain()):
            if self._shares_ground(other):
                raise UserError(
                    self.env._(
                        "%(partner)s has agreement %(number)s for %(programs)s in "
                        "%(countries)s from %(start)s to %(end)s, and one of the two "
                        "is exclusive. End it first, or choose other programmes, "
                        "countries or days.",
                        partner=other.partner_id.name,
                        number=other.display_name,
                        programs=", ".join(other.program_ids.mapped("name"))
                        or self.env._("everything"),
                        countries=", ".join(other.country_ids.mapped("name"))
                        or self.env._("every country"),
                        start=other.date_start,
                        end=other.date_end or self.env._("an open end"),
                    )
                )

    def _get_exclusive_rivals_domain(self):
        """Return the domain of agreements with others that exclusivity is about."""
        self.ensure_one()
        domain = (
            Domain("partner_id", "!=", self.partner_id.id)
            & Domain("company_id", "=", self.company_id.id)
            & Domain("side", "=", self.side)
            & Domain("state", "in", AGREEMENT_VALID_STATES)
            & (
                Domain("date_end", "=", False)
                | Domain("date_end", ">=", self.date_start)
            )
        )
        if self.date_end:
            domain &= Domain("date_start", "<=", self.date_end)
        if self.side == "sale" or not self.is_exclusive:
            domain &= Domain("is_exclusive", "=", True)
        return domain

    def _shares_ground(self, other):
        """Tell whether both speak about one programme in one country; empty: all."""
        self.ensure_one()
        return all(
            not self[name] or not other[name] or self[name] & other[name]
            for name in ("program_ids", "country_ids")
        )
