"""Whose costs a person may see; setting up the demonstration company."""

import logging

from odoo import api, models
from odoo.exceptions import AccessError

_logger = logging.getLogger(__name__)


class ResCompany(models.Model):
    _inherit = "res.company"

    # ----------------------------------------------------------------------
    # HELPERS
    # ----------------------------------------------------------------------

    def _csp_check_own(self):
        """Refuse to compare prices and costs of a company that is not the user's."""
        foreign = set(self._origin.ids) - set(self.env.user._get_company_ids())
        if foreign and not self.env.su:
            raise AccessError(
                self.env._("Choose a company that you work for to compare prices.")
            )

    @api.model
    def _csp_demo_set_up(self):
        """Move the demonstration company to Germany and the euro, where possible.

        Odoo's accounting demo books invoices in dollars, which fix the currency. They
        are removed when nothing else has been booked; otherwise the company stays what
        it is, and the price sheet of its market is used.
        """
        # Odoo's furniture dealers are no resellers of ours.
        self.env["res.partner"].search([("grade_id", "!=", False)]).grade_id = False
        company = self.env.ref("base.main_company")
        if not company._csp_demo_clear_accounting():
            _logger.info("Demo: the company keeps its market and currency.")
            return
        euro = self.env.ref("base.EUR")
        euro.active = True
        company.write(
            {
                "name": "Polaris Cloud Distribution GmbH",
                "street": "Am Sandtorkai 50",
                "street2": False,
                "zip": "20457",
                "city": "Hamburg",
                "state_id": False,
                "country_id": self.env.ref("base.de").id,
                "email": "hello@polaris-cloud.example",
                "phone": "+49 40 5550100",
                "currency_id": euro.id,
                "partnership_label": "Resellers",
            }
        )
        company._csp_demo_set_taxes()

    def _csp_demo_set_taxes(self):
        """Charge German customers 19 % instead of treating them as exports."""
        self.ensure_one()
        country = self.country_id
        self.env["account.fiscal.position"].search(
            [("company_id", "=", self.id)]
        ).active = False
        self.account_fiscal_country_id = country
        taxes = self.env["account.tax"].with_context(active_test=False)
        taxes = taxes.search([("company_id", "=", self.id)])
        taxes.tax_group_id.country_id = country
        taxes.country_id = country
        for tax in self.account_sale_tax_id + self.account_purchase_tax_id:
            tax.write({"name": "19%", "amount": 19, "invoice_label": "19% VAT"})

    def _csp_demo_clear_accounting(self):
        """Remove Odoo's own accounting demo; return whether nothing is booked now."""
        self.ensure_one()
        moves = self.env["account.move"].search([("company_id", "child_of", self.id)])
        lines = self.env["account.bank.statement.line"].search(
            [("company_id", "child_of", self.id)]
        )
        known = moves.get_external_id()
        foreign = (moves - lines.move_id).filtered(lambda move: not known[move.id])
        # Entries that Odoo makes from its demo entries have no identifier.
        foreign -= moves.line_ids.matched_debit_ids.exchange_move_id
        foreign -= moves.line_ids.matched_credit_ids.exchange_move_id
        if foreign:
            return False
        try:
            with self.env.cr.savepoint():
                moves.line_ids.remove_move_reconcile()
                lines.statement_id.unlink()
                lines.unlink()
                moves = moves.exists()
                moves.filtered(lambda move: move.state == "posted").button_draft()
                moves.with_context(force_delete=True).unlink()
        except Exception:
            _logger.info("Demo: Odoo's accounting demo stays.", exc_info=True)
            return False
        return not self._existing_accounting()
