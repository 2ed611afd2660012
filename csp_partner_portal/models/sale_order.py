from markupsafe import Markup

from odoo import SUPERUSER_ID, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # ----------------------------------------------------------------------
    # PORTAL
    # ----------------------------------------------------------------------

    def _csp_create_portal_order(self, partner, customer, product, quantity):
        """Create the order of a reseller for its customer; prices are computed."""
        return self.create(
            {
                "partner_id": partner.id,
                "csp_customer_id": customer.id,
                "origin": self.env._("Partner portal"),
                "order_line": [
                    Command.create(
                        {"product_id": product.id, "product_uom_qty": quantity}
                    )
                ],
            }
        )

    def _send_order_notification_mail(self, mail_template, *args, **kwargs):
        """Override of `sale`: a mail that cannot be written undoes no order.

        The mail carries a PDF. Where the PDF cannot be made, a paid order would be
        rolled back and the customer would have paid for nothing.
        """
        if not self.has_csp_lines:
            return super()._send_order_notification_mail(mail_template, *args, **kwargs)
        try:
            with self.env.cr.savepoint():
                return super()._send_order_notification_mail(
                    mail_template, *args, **kwargs
                )
        except UserError as error:
            self.message_post(
                body=self.env._(
                    "The mail “%(mail)s” could not be sent: %(reason)s",
                    mail=mail_template.name,
                    reason=error,
                )
            )

    # ----------------------------------------------------------------------
    # CART
    # ----------------------------------------------------------------------

    def _csp_get_tenant_program(self):
        """Return the programme whose tenant the checkout asks for.

        What people fulfil needs no tenant: beside it, the vendor's programme counts.
        """
        self.ensure_one()
        programs = self.order_line.product_id.filtered("is_csp_offer").csp_program_id
        automatic = programs.filtered(
            lambda program: (
                program._csp_get_provider(self.company_id).code not in (False, "manual")
            )
        )
        return (automatic or programs)[:1]

    def _needs_customer_address(self):
        """Override of `website_sale`: a subscription needs a full billing address."""
        return super()._needs_customer_address() or self.has_csp_lines

    def _cart_add(self, product_id, *args, **kwargs):
        """Override of `website_sale`: what this buyer may not buy is named at once."""
        product = self.env["product.product"].browse(product_id)
        if product.is_csp_offer and (
            refusal := product._csp_shop_refusal(self.partner_id)
        ):
            raise UserError(refusal)
        return super()._cart_add(product_id, *args, **kwargs)

    def _verify_updated_quantity(self, order_line, product_id, new_qty, uom_id, **kw):
        """Override of `website_sale` to keep seats whole and inside the limits."""
        quantity, warning = super()._verify_updated_quantity(
            order_line, product_id, new_qty, uom_id, **kw
        )
        product = self.env["product.product"].browse(product_id)
        if quantity <= 0 or not product.is_csp_offer:
            return quantity, warning
        minimum, maximum = product._csp_seat_limits()
        allowed = min(max(int(quantity), minimum), maximum)
        if allowed != quantity:
            warning = self.env._(
                "%(offer)s is sold from %(minimum)s to %(maximum)s seats; the number "
                "was set to %(allowed)s.",
                offer=product.name,
                minimum=minimum,
                maximum=maximum,
                allowed=allowed,
            )
        return allowed, warning

    def _check_cart_is_ready_to_be_paid(self):
        """Override of `website_sale`: no payment for what could not be delivered.

        The steps of the checkout can be skipped by typing an address; this cannot. A
        paid order that cannot be confirmed would be money without goods, so every
        guard of the confirmation is asked here first.
        """
        super()._check_cart_is_ready_to_be_paid()
        if not self.has_csp_lines:
            return
        if message := self._csp_checkout_error():
            raise ValidationError(message)

    def _csp_checkout_error(self):
        """Return why this cart cannot be paid yet, or nothing."""
        self.ensure_one()
        if self.partner_id == self.website_id.user_id.partner_id:
            return self.env._("Please sign in to order a subscription.")
        if not self.csp_tenant_id or not self.csp_terms_accepted_at:
            return self.env._(
                "Please fill in the account details of your subscription first."
            )
        buyer = self.partner_id.commercial_partner_id
        customer = self.csp_customer_id
        if self.csp_tenant_id.partner_id != customer or buyer not in (
            customer,
            customer.csp_reseller_id,
        ):
            return self.env._("Please choose the account for this order again.")
        return self._confirmation_error_message()

    def _csp_alert_below_floor(self):
        """Tell a product manager that a cart cannot be paid for its prices; once."""
        self.ensure_one()
        # sudo: the customer's cart; the numbers go to employees alone
        cart = self.sudo()
        if cart._csp_is_floor_approved() or not cart._csp_approval_errors():
            return
        kind = "csp_catalog.mail_activity_type_below_floor"
        if cart.env.ref(kind) in cart.activity_ids.activity_type_id:
            return
        # In the words for employees, whoever looks at the page.
        words = cart.with_user(SUPERUSER_ID)._csp_approval_errors()
        cart.activity_schedule(
            kind,
            note=Markup("<br/>").join(words),
            user_id=cart._csp_get_responsible().id,
        )

    # ----------------------------------------------------------------------
    # PAYMENT
    # ----------------------------------------------------------------------

    def _has_to_be_paid(self):
        """Override of `sale`: nobody pays for what could not be confirmed."""
        return super()._has_to_be_paid() and not self._csp_get_payment_error()

    def _csp_get_payment_error(self):
        """Return why a cloud quotation may neither be signed nor paid, or nothing."""
        self.ensure_one()
        if not self.has_csp_lines or self.state not in ("draft", "sent"):
            return False
        return self._confirmation_error_message()

    def _csp_floor_moment(self):
        """Override of `csp_catalog`: what is paid in full is judged as it was paid."""
        # sudo: only when the money came is read.
        payments = self.sudo().transaction_ids.filtered(
            lambda payment: (
                payment.state in ("authorized", "done")
                and payment.operation != "validation"
                and payment.last_state_change
            )
        )
        paid = sum(payments.mapped("amount"))
        if payments and self.currency_id.compare_amounts(paid, self.amount_total) >= 0:
            return max(payments.mapped("last_state_change"))
        return super()._csp_floor_moment()

    def _csp_note_unconfirmed(self, payment, reason):
        """Tell a product manager that money came for an order that cannot be kept.

        Repeating changes nothing: an open reminder stays as it is.
        """
        self.ensure_one()
        if self.state == "draft":
            self.with_context(tracking_disable=True).action_quotation_sent()
        kind = self.env.ref("csp_subscription.mail_activity_type_problem")
        if kind in self.activity_ids.activity_type_id:
            return
        note = self.env._(
            "Paid with %(payment)s, but not confirmed: %(reason)s Solve this and "
            "confirm the order, or cancel it and refund the payment.",
            payment=payment.reference,
            reason=reason,
        )
        self.message_post(body=note)
        self.activity_schedule(
            "csp_subscription.mail_activity_type_problem",
            note=note,
            user_id=self._csp_get_responsible().id,
        )

    def _csp_get_responsible(self):
        """Return the product manager who looks after problems of this company."""
        # sudo: looks for colleagues by their group
        group = self.env.ref("csp_catalog.group_csp_product_manager").sudo()
        people = group.all_user_ids.filtered(
            lambda user: (
                self.company_id in user.company_ids and user.active and user.id != 1
            )
        ).sorted("id")
        return (people & self.user_id) or people[:1] or self.env.user

    # ----------------------------------------------------------------------
    # DELIVERY
    # ----------------------------------------------------------------------

    def _csp_delivery_answer(self):
        """Return how far the delivery is, without secrets: those are revealed."""
        self.ensure_one()
        items = []
        seen = self.env["csp.access"]
        for subscription in self.csp_subscription_ids:
            accesses = subscription._csp_get_accesses() - seen
            seen |= accesses
            items.append(
                {
                    "name": subscription.product_id.name,
                    "seats": subscription.quantity,
                    "state": subscription.state,
                    "url": subscription.access_url,
                    "subscription_id": subscription.id,
                    "accesses": [access._csp_prepare_answer() for access in accesses],
                }
            )
        return {"state": self.csp_delivery_state, "items": items}
