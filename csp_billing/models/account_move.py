from odoo import api, fields, models
from odoo.exceptions import UserError


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
    csp_is_send_waiting = fields.Boolean(
        string="Waits for Printing",
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="Is sent as soon as this server can make PDF documents.",
    )
    csp_has_freed_charges = fields.Boolean(
        string="Charges Freed",
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="Cancelled with charges that other invoices may hold by now.",
    )
    csp_charge_count = fields.Integer(
        compute="_compute_csp_charge_count", groups="base.group_user"
    )

    _csp_send_waiting_idx = models.Index("(id) WHERE csp_is_send_waiting IS TRUE")

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
        for move in self.filtered(lambda m: m.state == "cancel"):
            if move.line_ids._csp_free_charges():
                move.csp_has_freed_charges = True
        return result

    def button_draft(self):
        """Override to refuse what would bill charges that others hold by now."""
        for move in self:
            if move.state == "cancel" and move.csp_has_freed_charges:
                raise UserError(
                    self.env._(
                        "%s stays cancelled: its charges are invoiced anew. The next "
                        "billing run makes the new invoice.",
                        move.display_name,
                    )
                )
        return super().button_draft()

    # ----------------------------------------------------------------------
    # BUSINESS - POSTING
    # ----------------------------------------------------------------------

    def _post(self, soft=True):
        """Override: an invoice says what the ledger says, a credit by hand is told."""
        self._csp_check_worth()
        posted = super()._post(soft)
        posted._csp_hold_credited()
        return posted

    def _csp_check_worth(self):
        """Refuse lines that are not worth what was charged."""
        # sudo: whoever may post need not have a right on the ledger
        charges = (
            self.env["csp.charge"]
            .sudo()
            .search([("invoice_line_id", "in", self.invoice_line_ids.ids)])
        )
        for line, of_line in charges.grouped("invoice_line_id").items():
            sign = -1 if line.move_id.move_type == "out_refund" else 1
            wanted = sign * sum(of_line.mapped("amount"))
            currency = line.currency_id
            if currency == of_line.currency_id and not currency.compare_amounts(
                line._csp_get_worth(), wanted
            ):
                continue
            raise UserError(
                self.env._(
                    "%(line)s is worth %(worth)s, but %(wanted)s was charged. Put the "
                    "line right or delete it: the next billing run invoices it anew.",
                    line=line.display_name,
                    worth=currency.format(line._csp_get_worth()),
                    wanted=of_line.currency_id[:1].format(wanted),
                )
            )

    def _csp_hold_credited(self):
        """Have a person decide before billing credits what was credited by hand."""
        for move in self.filtered("reversed_entry_id"):
            # sudo: whoever may post need not have a right on the ledger
            charges = (
                self.env["csp.charge"]
                .sudo()
                .search([("move_id", "=", move.reversed_entry_id.id)])
            )
            for subscription in charges.subscription_id:
                self.env["csp.billing.hold"]._put(
                    move.commercial_partner_id,
                    move.company_id,
                    "credited",
                    self.env._(
                        "%(credit)s credits %(invoice)s by hand. Billing does not know "
                        "of it: a cancellation would be credited once more. Release "
                        "this hold when that is settled.",
                        credit=move.name,
                        invoice=move.reversed_entry_id.name,
                    ),
                    subscription_id=subscription,
                )

    # ----------------------------------------------------------------------
    # BUSINESS - SENDING
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
        if not self._csp_can_print():
            moves._csp_wait_for_printing()
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

    def _csp_can_print(self):
        """Tell whether this server can make the PDF that goes with an invoice."""
        return self.env["ir.actions.report"].get_wkhtmltopdf_state() == "ok"

    def _csp_wait_for_printing(self):
        """Remember to send these, and say on each why that has not happened."""
        waiting = self.filtered(lambda move: not move.csp_is_send_waiting)
        waiting.csp_is_send_waiting = True
        body = self.env._(
            "Not sent yet: this server cannot make PDF documents, because wkhtmltopdf "
            "is not installed or does not work. The invoice is sent once it does."
        )
        waiting._message_log_batch(bodies=dict.fromkeys(waiting.ids, body))

    @api.model
    def _csp_send_waiting(self):
        """Send what waited for the printing; called by the billing cron."""
        if not self._csp_can_print():
            return
        waiting = self.search([("csp_is_send_waiting", "=", True)])
        waiting.csp_is_send_waiting = False
        waiting.filtered(lambda move: not move.is_move_sent)._csp_send_later()
