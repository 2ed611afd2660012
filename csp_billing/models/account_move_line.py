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

    def _csp_get_worth(self):
        """Return what the line is worth as offers are priced: taxed or not."""
        self.ensure_one()
        is_included = any(tax.price_include for tax in self.tax_ids)
        return self.price_total if is_included else self.price_subtotal

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
        return charges
