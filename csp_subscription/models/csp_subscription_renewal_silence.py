"""Renewals that nobody answered, and those that went wrong on their own."""

import logging

from psycopg2 import OperationalError

from odoo import models
from odoo.exceptions import UserError

from ..engine import renewal

_logger = logging.getLogger(__name__)


class CspSubscription(models.Model):
    _inherit = "csp.subscription"

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _decide_silently(self, today):
        """Let the policy decide; return the intent, or nothing where it may not."""
        self.ensure_one()
        contract = self.contract_id
        decision = renewal.default_decision(contract.renewal_policy)
        line = self._get_renewal_line()
        if decision == "renew" and not line:
            if not self._has_declined_line():
                # Month by month: the vendor renews by itself.
                return self.env["csp.intent"]
            decision = "cancel"
        return self._decide_renewal(
            decision,
            is_default=True,
            decided_by=self.env._("Renewal policy of %s", contract.name),
            order_id=line.order_id.id,
            order_line_id=line.id,
            quantity=int(line.product_uom_qty) or self.quantity,
            unit_price=self._get_silent_price(line, today)
            if decision == "renew"
            else 0.0,
        )

    def _get_silent_price(self, line, today):
        """Return the quoted price, or the list price where that one loses money.

        Silence never sells below cost: only an approved quote may.
        """
        self.ensure_one()
        quoted = line._csp_net_price()
        if not self._is_below_cost(quoted, today, self.term_end_date):
            return quoted
        if line.order_id._csp_is_floor_approved():
            return quoted
        listed = self._get_list_price(self.term_end_date)
        if self._is_below_cost(listed, today, self.term_end_date):
            raise UserError(
                self.env._(
                    "Nobody has answered the quote %(order)s, and both its price and "
                    "the price list are below cost. Decide, or approve the quote.",
                    order=line.order_id.name,
                )
            )
        return listed

    def _guard_renewal(self, work):
        """Return what `work` makes of these subscriptions.

        What goes wrong becomes work for a person, and stops no other contract.
        """
        try:
            with self.env.cr.savepoint():
                return work(self)
        except OperationalError:
            raise
        except Exception as error:  # noqa: BLE001 - becomes an activity
            _logger.info("renewal of subscriptions %s: %s", self.ids, error)
            for subscription in self:
                subscription._ask_for_renewal(str(error))
        return None

    def _ask_for_renewal(self, reason):
        """Ask the salesperson, or a product manager, to look after the renewal."""
        self.ensure_one()
        summary = self.env._("The renewal needs a decision")
        known = self.activity_ids.filtered(lambda a: a.summary == summary)
        if known:
            known.write({"note": reason})
            return
        user = self.user_id or self._get_product_manager()
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=summary,
            note=reason,
            user_id=user.id,
        )

    # ----------------------------------------------------------------------
    # HELPERS
    # ----------------------------------------------------------------------

    def _get_renewal_line(self):
        """Return the line that offers the next term."""
        self.ensure_one()
        # sudo: the quote belongs to the subscription whoever sells it
        return self.sudo().renewal_line_ids.filtered(
            lambda line: (
                line.csp_renewal_date == self.term_end_date and line.state != "cancel"
            )
        )[:1]

    def _has_declined_line(self):
        """Tell whether the quote for the next term was cancelled."""
        self.ensure_one()
        # sudo: the quote belongs to the subscription whoever sells it
        return any(
            line.csp_renewal_date == self.term_end_date and line.state == "cancel"
            for line in self.sudo().renewal_line_ids
        )
