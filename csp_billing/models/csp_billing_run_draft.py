"""First phase of a run: book the charges and draft the invoices, payer by payer."""

import logging

from psycopg2 import OperationalError

from odoo import fields, models
from odoo.exceptions import LockError, UserError
from odoo.fields import Command

from odoo.addons.queue_job.exception import RetryableJobError

from ..const import BATCH_SIZE
from .lookups import Lookups

_logger = logging.getLogger(__name__)

SILENT = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
}


class CspBillingRun(models.Model):
    _inherit = "csp.billing.run"

    # ----------------------------------------------------------------------
    # BUSINESS - DRAFTS
    # ----------------------------------------------------------------------

    def _job_draft(self, batch):
        """Queue job: draft one batch unless the run was paused or cancelled."""
        self.ensure_one()
        if not self._is_going_on() or batch.state == "done":
            return
        try:
            self._draft_batch(batch.payer_ids, batch)
        except LockError as error:
            raise RetryableJobError(
                "another run bills these payers", seconds=30, ignore_retry=True
            ) from error

    def _is_going_on(self):
        return self.state in ("drafting", "posting") and not self.is_paused

    def _draft_batch(self, payers, batch=None):
        """Bill these payers in one go; one by one when somebody breaks it."""
        self.ensure_one()
        # sudo: the right to start a run was checked; the ledger grants nobody more
        run = self.sudo().with_company(self.company_id)
        try:
            with self.env.cr.savepoint():
                moves = run._bill_payers(payers)
        except (OperationalError, LockError):
            raise
        except Exception as error:  # noqa: BLE001 - becomes a hold
            _logger.info("run %s goes on payer by payer: %s", self.id, error)
            moves = self.env["account.move"]
            for payer in payers:
                moves |= run._draft_alone(payer)
        if batch:
            batch.write({"state": "done", "move_count": len(moves)})
        return moves

    def _draft_alone(self, payer):
        """Bill one payer; what goes wrong is written down and stops nobody."""
        try:
            with self.env.cr.savepoint():
                return self._bill_payers(payer)
        except (OperationalError, LockError):
            raise
        except Exception as error:  # noqa: BLE001 - becomes a hold
            _logger.info("run %s holds payer %s: %s", self.id, payer.id, error)
            self.env["csp.billing.hold"]._put(
                payer, self.company_id, "error", str(error), run=self
            )
            return self.env["account.move"]

    def _bill_payers(self, payers):
        """Plan, book and draft for these payers; return the drafts."""
        due = self._get_due_subscriptions(payers)
        due.lock_for_update()
        due.invalidate_recordset(["next_charge_date", "state"])
        due -= self._hold_unknown(due)
        plans = due._plan_charges(self.date)
        for subscription, plan in plans.items():
            if plan.error:
                self.env["csp.billing.hold"]._put(
                    subscription.payer_id,
                    self.company_id,
                    "safety",
                    plan.error.message,
                    subscription_id=subscription,
                    run=self,
                )
        booked = due._book_charges(plans, run=self)
        # Credits go to who paid the charge, even when somebody else pays by now.
        blocked, _subscriptions = self.env["csp.billing.hold"]._get_blocked(
            self.company_id
        )
        self._retry_orders(payers)
        pending = self._get_pending_charges((payers | booked.payer_id) - blocked)
        pending.lock_for_update()
        lookups = Lookups(self)
        return self._draft_invoices(self._group_charges(pending, lookups), lookups)

    def _hold_unknown(self, subscriptions):
        """Put aside what may not run any more; what is known again is released."""
        unknown = subscriptions.filtered(lambda s: s.state == "unknown")
        for subscription in unknown:
            self.env["csp.billing.hold"]._put(
                subscription.payer_id,
                self.company_id,
                "unknown",
                subscription._get_unknown_text(),
                subscription_id=subscription,
                run=self,
            )
        self.env["csp.billing.hold"].search(
            [
                ("subscription_id", "in", (subscriptions - unknown).ids),
                ("state", "=", "open"),
                ("reason", "=", "unknown"),
            ]
        )._release()
        return unknown

    def _retry_orders(self, payers):
        """Invoice orders that were not invoiced when delivered; say what hangs."""
        orders = self._get_waiting_order_lines(payers).order_id
        ready = orders.filtered(lambda order: order._csp_is_ready_to_invoice())
        ready._csp_invoice_first_period()
        (orders - ready)._csp_hold_hanging(self)

    def _group_charges(self, charges, lookups):
        """Return `[(payer, currency, charges)]` without the payers on hold.

        The payment term belongs to the payer, so payer and currency are enough.
        """
        found = []
        billed = self.env["res.partner"]
        for payer, of_payer in charges.grouped("payer_id").items():
            reason = self._get_payer_hold(payer, of_payer, lookups)
            if reason:
                self.env["csp.billing.hold"]._put(
                    payer, self.company_id, *reason, run=self
                )
                continue
            billed |= payer
            for currency, group in of_payer.grouped("currency_id").items():
                found.append((payer, currency, group))
        self._release_settled_holds(billed)
        return found

    def _draft_invoices(self, groups, lookups):
        """Create the drafts, at most fifty at once, and check their totals."""
        Move = self.env["account.move"].with_context(**SILENT)
        made = self.env["account.move"]
        for at in range(0, len(groups), BATCH_SIZE):
            part = groups[at : at + BATCH_SIZE]
            moves = Move.create(
                [self._prepare_invoice(*group, lookups) for group in part]
            )
            for move, (_payer, currency, charges) in zip(moves, part, strict=True):
                self._check_draft(move, currency, charges)
            made |= moves
        return made.with_env(self.env)

    def _check_draft(self, move, currency, charges):
        """Refuse a draft whose lines are not worth what was charged."""
        worth = sum(line._csp_get_worth() for line in move.invoice_line_ids)
        wanted = abs(sum(charges.mapped("amount")))
        if currency.compare_amounts(worth, wanted):
            raise UserError(
                self.env._(
                    "The draft for %(payer)s is worth %(worth)s instead of %(wanted)s.",
                    payer=move.partner_id.display_name,
                    worth=worth,
                    wanted=wanted,
                )
            )

    # ----------------------------------------------------------------------
    # PREPARE
    # ----------------------------------------------------------------------

    def _prepare_invoice(self, payer, currency, charges, lookups):
        """Return complete values: a credit note when credits outweigh charges."""
        company = self.company_id
        payer = payer.with_company(company)
        address = lookups.address(payer)
        fiscal = lookups.fiscal(address)
        sign = -1 if sum(charges.mapped("amount")) < 0 else 1
        seller = payer.user_id or charges.subscription_id.user_id[:1]
        rate = lookups.rate(currency)
        lines = [
            Command.create(
                self._prepare_line(group, sign, fiscal, payer.lang, rate, lookups)
            )
            for group in charges.grouped(lambda c: c._get_group_key()).values()
        ]
        return {
            "move_type": "out_refund" if sign < 0 else "out_invoice",
            "company_id": company.id,
            "partner_id": address.id,
            "partner_shipping_id": address.id,
            "journal_id": lookups.journal.id,
            "invoice_date": self.date,
            "date": self.date,
            "currency_id": currency.id,
            "invoice_currency_rate": rate,
            "fiscal_position_id": fiscal.id,
            "invoice_payment_term_id": payer.property_payment_term_id.id,
            "invoice_origin": self.name,
            "invoice_user_id": seller.id,
            "csp_run_id": self.id,
            "invoice_line_ids": lines,
        }

    def _prepare_line(self, charges, sign, fiscal, lang, rate, lookups):
        product = charges[0].product_id
        amount = sum(charges.mapped("amount"))
        seats = abs(sum(charges.mapped("quantity"))) or 1
        quantity = seats if amount * sign >= 0 else -seats
        taxes = lookups.taxes(product, fiscal)
        values = {}
        if not any(tax.price_include for tax in taxes):
            # What Odoo would compute and write again for each line; it still checks.
            values = {
                "amount_currency": -amount,
                "balance": self.company_id.currency_id.round(-amount / rate),
            }
        return values | {
            "product_id": product.id,
            "name": charges._get_line_name(lang),
            "quantity": quantity,
            "price_unit": charges._get_line_price(),
            "discount": 0.0,
            "product_uom_id": product.uom_id.id,
            "tax_ids": [Command.set(taxes.ids)],
            "account_id": lookups.account(product, fiscal).id,
            "csp_charge_ids": [Command.set(charges.ids)],
        }

    def _get_journal(self):
        """Return the sales journal of the run, empty when there is none."""
        company = self.company_id
        journal = company.csp_billing_journal_id
        if journal:
            return journal.filtered("active")
        return self.env["account.journal"].search(
            [
                *self.env["account.journal"]._check_company_domain(company),
                ("type", "=", "sale"),
            ],
            limit=1,
        )

    def _get_taxes(self, product, fiscal):
        taxes = product.taxes_id._filter_taxes_by_company(self.company_id)
        return fiscal.map_tax(taxes)

    def _get_income_account(self, product, fiscal):
        template = product.with_company(self.company_id).product_tmpl_id
        return (
            template.get_product_accounts(fiscal)["income"]
            or self._get_journal().default_account_id
        )

    # ----------------------------------------------------------------------
    # HOLDS
    # ----------------------------------------------------------------------

    def _get_payer_hold(self, payer, charges, lookups):
        """Return (reason, message) why this payer gets no invoice now, or nothing."""
        address = lookups.address(payer)
        if not payer.active:
            return "archived", self.env._("The payer is archived.")
        if not (address.country_id and address.city and address.street):
            return "address", self.env._(
                "Street, city or country of %s is missing.", address.display_name
            )
        if not lookups.journal:
            return "journal", self.env._("There is no active sales journal.")
        if lookups.is_locked:
            return "lock_date", self.env._("The books are closed on %s.", self.date)
        for currency in charges.currency_id - self.company_id.currency_id:
            if not lookups.has_rate(currency):
                return "rate", self.env._(
                    "%(currency)s has no rate on %(date)s.",
                    currency=currency.name,
                    date=self.date,
                )
        return self._get_product_hold(lookups.fiscal(address), charges, lookups)

    def _get_product_hold(self, fiscal, charges, lookups):
        for product in charges.product_id:
            account = lookups.account(product, fiscal)
            if not account or not account.active:
                return "account", self.env._(
                    "%s has no income account in use.", product.display_name
                )
            if self.company_id.csp_require_tax and not lookups.taxes(product, fiscal):
                return "tax", self.env._("%s carries no tax.", product.display_name)
        return None

    def _has_rate(self, currency):
        return bool(
            self.env["res.currency.rate"].search_count(
                [
                    ("currency_id", "=", currency.id),
                    ("company_id", "in", [False, self.company_id.root_id.id]),
                    ("name", "<=", fields.Date.to_string(self.date)),
                ],
                limit=1,
            )
        )

    def _release_settled_holds(self, payers):
        """Close what stood in the way of these payers and does no more."""
        self.env["csp.billing.hold"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("payer_id", "in", payers.ids),
                ("state", "=", "open"),
                ("is_blocking", "=", False),
                ("move_id", "=", False),
                ("order_id", "=", False),
                ("subscription_id", "=", False),
            ]
        )._release()
