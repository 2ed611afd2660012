from odoo import fields, models


class AccountMove(models.Model):
    _inherit = "account.move"

    csp_run_id = fields.Many2one(
        "csp.billing.run",
        string="Billing Run",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups="base.group_user",
    )
    csp_charge_count = fields.Integer(
        compute="_compute_csp_charge_count", groups="base.group_user"
    )

    def _compute_csp_charge_count(self):
        for move in self:
            move.csp_charge_count = len(move.invoice_line_ids.csp_charge_ids)

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_view_csp_charges(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "csp_billing.csp_charge_action"
        )
        action["domain"] = [("invoice_line_id.move_id", "=", self.id)]
        action["context"] = {}
        return action

    def button_cancel(self):
        """Override to free the charges of cancelled drafts for the next run."""
        result = super().button_cancel()
        self.filtered(lambda m: m.state == "cancel").line_ids._csp_free_charges()
        return result

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _csp_send_later(self):
        """Have the accounting cron make and send the documents; never here."""
        moves = self.filtered(
            lambda m: (
                m.company_id.csp_send_invoices
                and m.state == "posted"
                and m.partner_id.email
                and not m.sending_data
            )
        )
        if not moves:
            return
        author = self.env.user
        moves.sending_data = {
            "author_user_id": author.id,
            "author_partner_id": author.partner_id.id,
        }
        cron = self.env.ref(
            "account.ir_cron_account_move_send", raise_if_not_found=False
        )
        if cron:
            # sudo: only asks the scheduler to look earlier
            cron.sudo()._trigger()
