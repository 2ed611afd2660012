"""Money and orders that cannot be confirmed: refused before, kept after."""

from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import CspPortalCommon

SIGNATURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)


@tagged("post_install", "-at_install")
class TestPayment(CspPortalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.problem = cls.env.ref("csp_subscription.mail_activity_type_problem")
        cls.payment_method = cls.env["payment.method"].create(
            {"name": "Test", "code": "csp_test", "active": True}
        )
        cls.payment_provider = cls.env["payment.provider"].create(
            {
                "name": "Test",
                "code": "none",
                "state": "test",
                "is_published": True,
                "payment_method_ids": [Command.set(cls.payment_method.ids)],
            }
        )

    # ----------------------------------------------------------------------
    # HELPERS
    # ----------------------------------------------------------------------

    def _quote(self, **values):
        """Create a quotation over 180.00 for reseller A."""
        return self.env["sale.order"].create(
            {
                "partner_id": self.a.reseller.id,
                "csp_customer_id": self.a.customer.id,
                "csp_tenant_id": self.a.tenant.id,
                "csp_terms_accepted_at": fields.Datetime.now(),
                "require_payment": True,
                "require_signature": False,
                "prepayment_percent": 1.0,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.offer.id,
                            "product_uom_qty": 10,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
                **values,
            }
        )

    def _pay(self, order):
        """Report a payment of the whole order as done, not processed yet."""
        payment = self.env["payment.transaction"].create(
            {
                "provider_id": self.payment_provider.id,
                "payment_method_id": self.payment_method.id,
                "reference": f"{order.name}-test",
                "amount": order.amount_total,
                "currency_id": order.currency_id.id,
                "partner_id": order.partner_id.id,
                "operation": "online_direct",
                "sale_order_ids": [Command.set(order.ids)],
            }
        )
        payment._set_done()
        return payment

    def _raise_cost(self, valid_from):
        """Let the vendor ask 30.00 per seat and month from a moment on."""
        self._create_price(
            self.offer, unit_price=360.0, erp_price=480.0, valid_from=valid_from
        )

    # ----------------------------------------------------------------------
    # AFTER THE MONEY
    # ----------------------------------------------------------------------

    def test_a_paid_order_that_cannot_be_confirmed_is_told(self):
        order = self._quote()
        payment = self._pay(order)
        self.offer.product_tmpl_id.sale_ok = False
        payment._check_amount_and_confirm_order()
        self.assertEqual(payment.state, "done")
        self.assertEqual(order.state, "sent")
        self.assertFalse(order.csp_subscription_ids)
        self.assertFalse(order.csp_task_ids)
        activity = order.activity_ids
        self.assertEqual(activity.activity_type_id, self.problem)
        self.assertIn("not on sale any more", activity.note)
        self.assertIn(payment.reference, activity.note)
        notes = order.message_ids.filtered(
            lambda message: (
                payment.reference in (message.body or "")
                and "not on sale any more" in message.body
            )
        )
        self.assertEqual(len(notes), 1)
        payment._check_amount_and_confirm_order()
        self.assertEqual(order.activity_ids, activity)

    def test_a_person_confirms_it_later(self):
        order = self._quote()
        payment = self._pay(order)
        self.offer.product_tmpl_id.sale_ok = False
        payment._check_amount_and_confirm_order()
        self.offer.product_tmpl_id.sale_ok = True
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.csp_subscription_ids.quantity, 10)

    def test_the_cost_is_the_one_of_the_payment(self):
        order = self._quote()
        payment = self._pay(order)
        paid_at = fields.Datetime.now() - timedelta(hours=2)
        payment.last_state_change = paid_at
        self._raise_cost(paid_at + timedelta(hours=1))
        self.assertFalse(order._csp_floor_errors())
        payment._check_amount_and_confirm_order()
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.csp_subscription_ids.unit_price, 18.0)
        self.assertFalse(order.activity_ids)

    def test_a_cost_that_rose_before_the_payment_counts(self):
        order = self._quote()
        payment = self._pay(order)
        self._raise_cost(fields.Datetime.now() - timedelta(hours=1))
        payment._check_amount_and_confirm_order()
        self.assertEqual(order.state, "sent")
        self.assertFalse(order.csp_subscription_ids)
        self.assertEqual(order.activity_ids.activity_type_id, self.problem)

    def test_a_part_paid_is_no_payment(self):
        order = self._quote()
        payment = self._pay(order)
        paid_at = fields.Datetime.now() - timedelta(hours=2)
        payment.last_state_change = paid_at
        payment.amount = 179.99
        self._raise_cost(paid_at + timedelta(hours=1))
        self.assertTrue(order._csp_floor_errors())

    # ----------------------------------------------------------------------
    # BEFORE THE MONEY
    # ----------------------------------------------------------------------

    def test_a_cart_below_cost_alerts_a_product_manager_once(self):
        order = self._quote()
        order._csp_alert_below_floor()
        self.assertFalse(order.activity_ids)
        self._raise_cost(fields.Datetime.now() - timedelta(hours=1))
        order._csp_alert_below_floor()
        order._csp_alert_below_floor()
        kind = self.env.ref("csp_catalog.mail_activity_type_below_floor")
        self.assertEqual(order.activity_ids.activity_type_id, kind)
        self.assertEqual(len(order.activity_ids), 1)
        self.assertIn("below what the vendor asks", order.activity_ids.note)

    def test_payable_when_nothing_is_wrong(self):
        order = self._quote(state="sent")
        self.assertTrue(order._has_to_be_paid())
        order.csp_tenant_id = False
        self.assertTrue(order._confirmation_error_message())
        self.assertFalse(order._has_to_be_paid())

    def test_ordinary_orders_stay_payable(self):
        product = self.env["product.product"].create(
            {"name": "Hour", "type": "service", "list_price": 100}
        )
        order = self._quote(
            state="sent",
            order_line=[Command.create({"product_id": product.id})],
        )
        self.assertFalse(order.has_csp_lines)
        self.assertTrue(order._has_to_be_paid())

    @mute_logger("odoo.http")
    def test_the_payment_route_refuses(self):
        order = self._quote(state="sent", csp_tenant_id=False)
        self.login(self.a.user)
        with self.assertRaises(Exception) as caught:
            self.make_jsonrpc_request(
                f"/my/orders/{order.id}/transaction",
                {
                    "access_token": order._portal_ensure_token(),
                    "provider_id": self.payment_provider.id,
                    "payment_method_id": self.payment_method.id,
                    "token_id": None,
                    "amount": order.amount_total,
                    "flow": "direct",
                    "tokenization_requested": False,
                    "landing_route": "/my/orders",
                },
            )
        self.assertIn("ValidationError", str(caught.exception))
        self.assertFalse(order.transaction_ids)

    def test_the_signature_is_refused(self):
        order = self._quote(
            state="sent",
            csp_tenant_id=False,
            require_payment=False,
            require_signature=True,
        )
        self.login(self.a.user)
        answer = self.make_jsonrpc_request(
            f"/my/orders/{order.id}/accept",
            {
                "access_token": order._portal_ensure_token(),
                "name": "Ada",
                "signature": SIGNATURE,
            },
        )
        self.assertIn("Choose the tenant", answer["error"])
        self.env.invalidate_all()
        self.assertEqual(order.state, "sent")
        self.assertFalse(order.signature)

    def test_the_refusal_of_a_signature_does_not_tell_the_cost(self):
        order = self._quote(state="sent", require_payment=False, require_signature=True)
        self._raise_cost(fields.Datetime.now() - timedelta(minutes=1))
        self.login(self.a.user)
        answer = self.make_jsonrpc_request(
            f"/my/orders/{order.id}/accept", {"name": "Ada", "signature": SIGNATURE}
        )
        self.assertIn("has to be approved by our sales team", answer["error"])
        self.assertNotIn("120.00", answer["error"])
        self.env.invalidate_all()
        self.assertEqual(order.state, "sent")

    def test_a_stranger_learns_nothing(self):
        order = self._quote(state="sent", csp_tenant_id=False, require_signature=True)
        self.login(self.b.user)
        answer = self.make_jsonrpc_request(
            f"/my/orders/{order.id}/accept", {"name": "Eve", "signature": SIGNATURE}
        )
        self.assertEqual(answer, {"error": "Invalid order."})
