from datetime import date, timedelta
from unittest.mock import patch

from dateutil.relativedelta import relativedelta

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import CspSubscriptionCommon

NEEDED = "The renewal needs a decision"


@tagged("post_install", "-at_install")
class TestRenewalRefusal(CspSubscriptionCommon):
    """No term is renewed against a refusal, too late, or below cost by silence."""

    def setUp(self):
        super().setUp()
        self.start = date.today() - relativedelta(months=11)
        self.subscription = self._create_active_subscription(start=self.start)
        self.end = self.subscription.term_end_date
        self.Subscription = self.env["csp.subscription"]
        self.order = self.subscription._create_renewal_orders()

    def _decide(self):
        return self.Subscription._decide_by_default(
            self.end - timedelta(days=5)
        ).filtered(lambda i: i.subscription_id == self.subscription)

    # --- refusals -------------------------------------------------------------

    def test_cancelling_the_quote_is_declining(self):
        self.order._action_cancel()
        self.assertRecordValues(
            self.subscription.intent_ids,
            [
                {
                    "decision": "cancel",
                    "state": "wanted",
                    "due_date": self.end,
                    "order_id": self.order.id,
                }
            ],
        )
        task = self.subscription.intent_ids.task_ids
        self.assertFalse(task._load_command().auto_renew)
        self.assertFalse(self.order.activity_ids)
        self.assertFalse(self._decide())
        self.assertEqual(len(self.subscription.intent_ids), 1)

    def test_cancelling_an_accepted_quote_is_declining(self):
        self.order.action_confirm()
        self.order._action_cancel()
        self.assertEqual(
            self.subscription.intent_ids.sorted("id").mapped(
                lambda i: (i.decision, i.state)
            ),
            [("renew", "dropped"), ("cancel", "wanted")],
        )

    def test_a_forgotten_refusal_is_not_a_renewal(self):
        self.order._action_cancel()
        self.subscription.intent_ids.state = "dropped"
        self.assertEqual(self._decide().decision, "cancel")

    def test_after_a_refusal_a_new_quote_is_made_by_hand_only(self):
        self.order._action_cancel()
        quotes = self.Subscription._prepare_renewal_quotes()
        self.assertNotIn(self.subscription, quotes.order_line.csp_subscription_id)
        self.subscription.action_prepare_renewal()
        again = self.subscription.renewal_order_ids - self.order
        self.assertEqual(again.state, "sent")
        again.action_confirm()
        self.assertEqual(
            self.subscription.intent_ids.sorted("id").mapped(
                lambda i: (i.decision, i.state)
            ),
            [("cancel", "dropped"), ("renew", "wanted")],
        )

    def test_cancelling_an_old_quote_decides_nothing(self):
        with freeze_time(self.end + timedelta(days=1)):
            self.order._action_cancel()
        self.assertEqual(self.order.state, "cancel")
        self.assertFalse(self.subscription.intent_ids)

    # --- too late, too much ---------------------------------------------------

    def test_accepting_after_the_term_is_refused(self):
        self.order.validity_date = self.end + timedelta(days=30)
        with freeze_time(self.end + timedelta(days=1)):
            with self.assertRaisesRegex(UserError, "is over"):
                self.order._csp_accept_renewal("Anna")
        self.assertEqual(self.order.state, "sent")
        self.assertFalse(self.subscription.intent_ids)

    def test_accepting_an_expired_quote_is_refused(self):
        self.order.validity_date = date.today() - timedelta(days=1)
        with self.assertRaisesRegex(UserError, "has expired"):
            self.order._csp_accept_renewal("Anna")
        self.assertEqual(self.order.state, "sent")
        self.assertFalse(self.subscription.intent_ids)

    def test_renewed_seats_are_checked(self):
        for seats, message in (
            (2.5, "whole numbers"),
            (-1, "whole numbers"),
            (301, "at most 300"),
        ):
            with self.subTest(seats=seats):
                self.order.order_line.product_uom_qty = seats
                with self.assertRaisesRegex(UserError, message):
                    self.order.action_confirm()
                self.assertEqual(self.order.state, "sent")
                self.assertFalse(self.subscription.intent_ids)

    def test_no_seats_are_a_refusal(self):
        self.order.order_line.product_uom_qty = 0
        self.order.action_confirm()
        self.assertEqual(self.subscription.intent_ids.decision, "cancel")

    # --- silence --------------------------------------------------------------

    def test_silence_does_not_renew_below_cost(self):
        self.order.order_line.write({"price_unit": 1.0, "discount": 0.0})
        intent = self._decide()
        self.assertEqual((intent.decision, intent.unit_price), ("renew", 19.8))

    def test_silence_decides_nothing_when_the_price_list_is_below_cost_too(self):
        self.order.order_line.write({"price_unit": 1.0, "discount": 0.0})
        self.order.pricelist_id.item_ids.percent_price = 50.0
        self.subscription.order_id.pricelist_id.item_ids.percent_price = 50.0
        self.assertFalse(self._decide())
        self.assertFalse(self._decide())
        self.assertFalse(self.subscription.intent_ids)
        self.assertEqual(self.subscription.activity_ids.mapped("summary"), [NEEDED])
        self.assertIn("below cost", self.subscription.activity_ids.note)

    def test_silence_keeps_an_approved_price(self):
        self.order.order_line.write({"price_unit": 1.0, "discount": 0.0})
        self.order.csp_floor_reason = "Charity"
        self.order.action_csp_approve_below_cost()
        intent = self._decide()
        self.assertEqual((intent.decision, intent.unit_price), ("renew", 1.0))

    # --- one broken contract --------------------------------------------------

    def _break(self, name):
        model = self.env.registry["csp.subscription"]
        origin = getattr(model, name)
        broken = self.subscription
        reason = "This contract is broken."

        def verb(records, *args, **kwargs):
            if broken in records:
                raise UserError(reason)
            return origin(records, *args, **kwargs)

        patcher = patch.object(model, name, verb)
        patcher.start()
        self.addCleanup(patcher.stop)

    def test_one_broken_contract_stops_no_other_quote(self):
        self.order.order_line.csp_renewal_date = False
        self.order.flush_recordset()
        other = self._create_active_subscription(self.start, self.customer_b)
        self._break("_prepare_renewal_order")
        self.Subscription._cron_prepare_renewals()
        self.Subscription._cron_prepare_renewals()
        self.assertEqual(len(other.renewal_order_ids), 1)
        self.assertFalse(self.subscription.renewal_order_ids)
        self.assertEqual(self.subscription.activity_ids.mapped("summary"), [NEEDED])
        self.assertFalse(other.activity_ids)

    def test_one_broken_contract_stops_no_other_decision(self):
        other = self._create_active_subscription(self.start, self.customer_b)
        other._create_renewal_orders()
        self._break("_get_renewal_line")
        self.assertFalse(self._decide())
        self.assertFalse(self.subscription.intent_ids)
        self.assertEqual(other.intent_ids.decision, "renew")
        self.assertEqual(self.subscription.activity_ids.mapped("summary"), [NEEDED])
