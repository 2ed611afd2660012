"""Renewal quotes and what is said when an order has been delivered."""

from markupsafe import Markup

from odoo import fields, models
from odoo.exceptions import UserError

from ..const import LIVE_STATES, UNDELIVERED_STATES


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_csp_decline_renewal(self):
        """The customer said no to the salesperson."""
        self.check_access("write")
        for order in self:
            order._csp_decline_renewal(self.env.user.name)

    def action_csp_approve_below_cost(self):
        """Override of `csp_catalog`: a renewal that waited for this is sent now."""
        result = super().action_csp_approve_below_cost()
        for order in self:
            if (
                order.csp_order_type == "renewal"
                and order.state == "draft"
                and order._csp_is_floor_approved()
            ):
                order.activity_unlink(["csp_subscription.mail_activity_type_loss"])
                order._csp_send_renewal()
        return result

    # ----------------------------------------------------------------------
    # BUSINESS - DELIVERY
    # ----------------------------------------------------------------------

    def _csp_on_delivered(self):
        """The order's tasks came to an end: remember when, and tell the customer."""
        self.ensure_one()
        if not self._csp_is_delivery_complete() or self.csp_delivered_at:
            return
        self.csp_delivered_at = fields.Datetime.now()
        if any(s.state in LIVE_STATES for s in self.csp_subscription_ids):
            self._csp_send_access()

    def _csp_is_delivery_complete(self):
        """Tell whether every subscription of the order started or was refused."""
        self.ensure_one()
        return bool(self.csp_subscription_ids) and all(
            s.state not in UNDELIVERED_STATES for s in self.csp_subscription_ids
        )

    def _csp_send_access(self):
        self._csp_mail("csp_subscription.mail_template_access_delivered")

    # ----------------------------------------------------------------------
    # BUSINESS - RENEWAL
    # ----------------------------------------------------------------------

    def _csp_offer_renewal(self):
        """Send the quote, or ask a product manager first where it loses money."""
        self.ensure_one()
        errors = self._csp_floor_errors()
        if not errors:
            self._csp_send_renewal()
            return
        subscriptions = self.order_line.csp_subscription_id
        self.activity_schedule(
            "csp_subscription.mail_activity_type_loss",
            date_deadline=min(s._get_decision_deadline() for s in subscriptions),
            user_id=subscriptions[:1]._get_product_manager().id,
            note=Markup("<br/>").join(errors),
        )

    def _csp_filter_lapsed(self, today):
        """Return the open quotes that expired although their terms run on.

        Those that wait for an approval stay as they are: their prices are locked.
        """
        return self.filtered(
            lambda order: (
                order.csp_order_type == "renewal"
                and order.state in ("draft", "sent")
                and order.csp_approval_state != "waiting"
                and order.validity_date
                and order.validity_date < today
                and all(
                    line.csp_renewal_date > today
                    for line in order.order_line.filtered("csp_renewal_date")
                )
            )
        )

    def _csp_offer_again(self, until=None):
        """Offer an expired renewal quote once more, at the prices of today."""
        self.ensure_one()
        self.activity_unlink(["csp_subscription.mail_activity_type_renewal"])
        if self.state == "sent":
            self.action_draft()
        subscriptions = self.order_line.csp_subscription_id
        self.write(
            {
                "date_order": fields.Datetime.now(),
                "validity_date": subscriptions._get_quote_validity(until),
            }
        )
        self._recompute_prices()
        self._csp_offer_renewal()

    def _csp_get_losses(self):
        """Override of `csp_catalog`: a renewal covers the cost of its own term too.

        The vendor asks what is valid when the term begins, not on the day of the quote.
        """
        losses = super()._csp_get_losses()
        if self.csp_order_type != "renewal":
            return losses
        for line in self._csp_offer_lines():
            loss = line._csp_get_renewal_loss()
            if loss > losses.get(line, 0.0):
                losses[line] = loss
        return losses

    def _csp_send_renewal(self):
        """Offer the renewal: mark as sent, mail it, remind the salesperson."""
        self.ensure_one()
        self.action_quotation_sent()
        self._csp_mail("csp_subscription.mail_template_renewal_quote")
        self.activity_schedule(
            "csp_subscription.mail_activity_type_renewal",
            date_deadline=min(
                line.csp_subscription_id._get_decision_deadline()
                for line in self.order_line
                if line.csp_renewal_date
            ),
            user_id=self.user_id.id or self.env.user.id,
        )

    def _csp_accept_renewal(self, source):
        """Accept the quote: store the decision and tell the vendor.

        Confirms the order when that has not happened yet; accepting twice changes
        nothing.
        """
        self.ensure_one()
        if self.csp_order_type != "renewal":
            raise UserError(self.env._("%s is not a renewal.", self.name))
        if self.state in ("draft", "sent"):
            self.action_confirm()
            return
        # sudo: a customer who accepts a quote has no right on what comes of it
        for line in self.sudo().order_line.filtered("csp_renewal_date"):
            subscription = line.csp_subscription_id
            quantity = int(line.product_uom_qty)
            intent = subscription._get_intent(line.csp_renewal_date)
            if intent.order_line_id == line and intent.decision != "cancel":
                continue
            if not quantity:
                subscription._decide_renewal(
                    "cancel", order_id=self.id, order_line_id=line.id, decided_by=source
                )
                continue
            subscription._decide_renewal(
                "renew" if quantity == subscription.quantity else "change",
                quantity=quantity,
                unit_price=line._csp_net_price(),
                order_id=self.id,
                order_line_id=line.id,
                decided_by=source,
            )
        self.activity_unlink(["csp_subscription.mail_activity_type_renewal"])

    def _csp_decline_renewal(self, source):
        """Decline the quote: the subscriptions end with their terms."""
        self.ensure_one()
        if self.csp_order_type != "renewal":
            raise UserError(self.env._("%s is not a renewal.", self.name))
        # sudo: a customer who declines a quote has no right on what comes of it
        order = self.sudo()
        order._csp_book_decline(source)
        if order.state != "cancel":
            order._action_cancel()

    def _csp_book_decline(self, source):
        """End what the quote offers to renew, unless that term is over already."""
        self.ensure_one()
        today = fields.Date.context_today(self)
        declined = self.env["csp.subscription"]
        for line in self.order_line.filtered("csp_renewal_date"):
            subscription = line.csp_subscription_id
            if (
                subscription.state not in LIVE_STATES
                or subscription.term_end_date != line.csp_renewal_date
                or line.csp_renewal_date <= today
            ):
                continue
            intent = subscription._get_intent(line.csp_renewal_date)
            if intent.decision == "cancel":
                continue
            subscription._decide_renewal(
                "cancel",
                order_id=self.id,
                order_line_id=line.id,
                decided_by=source,
            )
            declined |= subscription
        self.activity_unlink(["csp_subscription.mail_activity_type_renewal"])
        if declined:
            self.message_post(body=self.env._("Renewal declined by %s.", source))

    # ----------------------------------------------------------------------
    # HELPERS
    # ----------------------------------------------------------------------

    def _csp_mail(self, template_xmlid):
        """Queue a mail and wake the scheduler that sends it, within seconds."""
        self.ensure_one()
        template = self.env.ref(template_xmlid, raise_if_not_found=False)
        if not template:
            return
        template.send_mail(self.id)
        self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()

    def _csp_get_renewal_errors(self, lines):
        errors = []
        today = fields.Date.context_today(self)
        if self.validity_date and self.validity_date < today:
            errors.append(
                self.env._(
                    "The quote %s has expired. Ask for a new one, or prolong it.",
                    self.name,
                )
            )
        for line in lines:
            subscription = line.csp_subscription_id
            if not subscription or not line.csp_renewal_date:
                errors.append(
                    self.env._(
                        "A renewal has no new offers: order %s separately.",
                        line.product_id.display_name,
                    )
                )
            elif (
                subscription.state not in LIVE_STATES
                or subscription.term_end_date != line.csp_renewal_date
                or line.csp_renewal_date <= today
            ):
                errors.append(
                    self.env._(
                        "The term that this quote renews is over for %s.",
                        subscription.name,
                    )
                )
            else:
                errors += self._csp_get_renewal_seat_errors(line)
        return errors

    def _csp_get_renewal_seat_errors(self, line):
        """Zero seats end the subscription; the seats it has now are always fine."""
        quantity = line.product_uom_qty
        if quantity < 0 or quantity != int(quantity):
            return [
                self.env._(
                    "Seats of %s are counted in whole numbers.",
                    line.product_id.display_name,
                )
            ]
        is_known = quantity in (0, line.csp_subscription_id.quantity)
        if is_known and line.product_uom_id == line.product_id.uom_id:
            return []
        return self._csp_get_seat_errors(line)
