"""The billing history of the demo data: real runs, month by month, up to today.

Called by the demo file only.
"""

from dateutil.relativedelta import relativedelta

from odoo import api, models

# A year on the charts, and the month before it.
MONTHS = 13
# Older invoices have been paid.
PAID_AFTER_DAYS = 20
# The coming run is prepared this far ahead.
AHEAD_DAYS = 28
QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_auto_subscribe_no_notify": True,
}


class CspBillingRun(models.Model):
    _inherit = "csp.billing.run"

    @api.model
    def _create_demo_history(self):
        """Bill the subscriptions of the demo story from their first day. Once."""
        company = self.env.company
        if self.search_count([("company_id", "=", company.id)], limit=1):
            return
        runs = self.with_context(**QUIET)
        sends_invoices = company.csp_send_invoices
        company.csp_send_invoices = False
        subscriptions = self.env["csp.subscription"].search(
            [("company_id", "=", company.id), ("start_date", "!=", False)],
            order="start_date, id",
        )
        today = company._csp_today()
        first = today + relativedelta(day=1, months=-MONTHS)
        dates = {first + relativedelta(months=months) for months in range(MONTHS + 1)}
        done = subscriptions.browse()
        for date in sorted(dates | {today}):
            begun = subscriptions.filtered(lambda s, date=date: s.start_date <= date)
            runs._invoice_demo_orders(begun - done)
            done |= begun
            if date == max(dates):
                runs._lose_demo_address(done)
            run = runs._find_or_create(company, date)
            if run._get_due_payers():
                run._run_now()
            else:
                run.unlink()
        runs._pay_demo_invoices(today - relativedelta(days=PAID_AFTER_DAYS))
        coming = today + relativedelta(days=AHEAD_DAYS)
        runs._find_or_create(company, coming)._preview()
        company.csp_send_invoices = sends_invoices

    # ----------------------------------------------------------------------
    # HELPERS
    # ----------------------------------------------------------------------

    def _invoice_demo_orders(self, subscriptions):
        """Charge the first period of each and invoice its order on its first day."""
        for subscription in subscriptions:
            subscription._charge_first_period()
            order = subscription.order_id.with_context(**self.env.context)
            if order._csp_is_ready_to_invoice():
                moves = order._create_invoices(final=True)
                moves.write({"invoice_date": subscription.start_date})
                moves.action_post()

    def _lose_demo_address(self, subscriptions):
        """Leave one direct customer without a street: work for the list of holds."""
        payer = subscriptions.filtered(lambda s: not s.reseller_id).payer_id[:1]
        payer.street = False

    def _pay_demo_invoices(self, until):
        """Pay what is older than this day, as customers do."""
        moves = self.env["account.move"].search(
            [
                ("company_id", "=", self.env.company.id),
                ("line_ids.csp_charge_ids", "!=", False),
                ("move_type", "=", "out_invoice"),
                ("state", "=", "posted"),
                ("amount_residual", ">", 0),
                ("invoice_date", "<=", until),
            ]
        )
        for move in moves.with_context(**self.env.context):
            register = (
                self.env["account.payment.register"]
                .with_context(active_model="account.move", active_ids=move.ids)
                .create({"payment_date": move.invoice_date_due})
            )
            register._create_payments()
