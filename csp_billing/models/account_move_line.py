from odoo import fields, models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    csp_charge_ids = fields.One2many(
        "csp.charge",
        "invoice_line_id",
        string="Charges",
        copy=False,
        groups="base.group_user",
    )

    def unlink(self):
        """Override to free the charges: the next run invoices them again."""
        self._csp_free_charges()
        return super().unlink()

    def _csp_free_charges(self):
        # sudo: whoever may delete a draft need not have a right on the ledger
        charges = (
            self.env["csp.charge"].sudo().search([("invoice_line_id", "in", self.ids)])
        )
        if charges:
            charges.write({"invoice_line_id": False})
