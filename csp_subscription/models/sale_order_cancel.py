"""Orders that are withdrawn: what the vendor has not heard of yet goes with them."""

from odoo import models
from odoo.exceptions import LockError, UserError

from ..const import (
    ENDED_STATES,
    STATE_PENDING,
    TASK_DROPPED,
)


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_draft(self):
        """Override of `sale`: an order that made subscriptions is over for good."""
        for order in self.filtered(lambda o: o.state == "cancel"):
            errors = order._csp_get_again_errors()
            if errors:
                raise UserError("\n".join(errors))
        return super().action_draft()

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _action_cancel(self):
        """Override of `sale` to stop the delivery, or to decline the renewal."""
        for order in self.filtered(lambda o: o.state != "cancel"):
            # sudo: who may cancel the order may stop what comes of it
            if order.csp_order_type == "renewal":
                order.sudo()._csp_book_decline(order._csp_get_decliner())
            else:
                order.sudo()._csp_stop_delivery()
        return super()._action_cancel()

    def _csp_stop_delivery(self):
        """Cancel what was not sent to the vendor; refuse when something was."""
        self.ensure_one()
        running = self.csp_subscription_ids.filtered(
            lambda s: s.state not in ENDED_STATES
        )
        if not running:
            return
        tasks = self.csp_task_ids.filtered(
            lambda t: t.state != TASK_DROPPED and t.subscription_ids & running
        )
        try:
            tasks.lock_for_update(allow_referencing=True)
        except LockError as error:
            raise UserError(self._csp_get_running_message(running)) from error
        tasks.invalidate_recordset()
        if (
            any(s.state != STATE_PENDING or s.vendor_ref for s in running)
            or not all(task._is_unsent() for task in tasks)
            or running - tasks.subscription_ids
        ):
            raise UserError(self._csp_get_running_message(running))
        tasks.write({"state": TASK_DROPPED, "next_try_at": False})
        running._set_cancelled(
            self.env._("The order was cancelled before it was sent to the vendor.")
        )

    # ----------------------------------------------------------------------
    # HELPERS
    # ----------------------------------------------------------------------

    def _csp_get_running_message(self, running):
        return self.env._(
            "%(order)s is being delivered, or is delivered already. Cancel the "
            "subscriptions first (%(names)s), or give up the delivery.",
            order=self.name,
            names=", ".join(running.mapped("name")),
        )

    def _csp_get_again_errors(self):
        """An order makes its subscriptions once, and never again."""
        self.ensure_one()
        # sudo: only asks whether there are any
        if not self.sudo().csp_subscription_ids:
            return []
        return [
            self.env._(
                "%s has made its subscriptions once. Duplicate the order instead.",
                self.name,
            )
        ]

    def _csp_get_rebate_message(self, line):
        return self.env._(
            "“%s” takes money off the whole order. Put the discount on the lines of "
            "the cloud services instead, so that every later period has it too.",
            line.name or line.product_id.display_name,
        )

    def _csp_get_decliner(self):
        """Return the name of who declines: a person, or the customer by a link."""
        self.ensure_one()
        user = self.env.user
        return self.partner_id.name if user._is_public() else user.name
