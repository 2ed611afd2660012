from datetime import date, datetime, timedelta
from unittest.mock import patch

from dateutil.relativedelta import relativedelta

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from .common import CspSubscriptionCommon

LOSS = "csp_subscription.mail_activity_type_loss"


@tagged("post_install", "-at_install")
class TestRenewalFloor(CspSubscriptionCommon):
    """The cost of the next term is known before it begins, and nobody overlooks it."""

    def setUp(self):
        super().setUp()
        self.start = date.today() - relativedelta(months=11)
        self.subscription = self._create_active_subscription(start=self.start)
        self.end = self.subscription.term_end_date
        self.Subscription = self.env["csp.subscription"]
        self.loss_type = self.env.ref(LOSS)
        new_test_user(
            self.env,
            "csp_floor_pm",
            groups="csp_catalog.group_csp_product_manager",
        )

    def _raise_cost(self, cost=264.0, erp=264.0, at=None):
        """From the day of the renewal on: 22.00 cost and list price a month."""
        at = at or datetime.combine(self.end, datetime.min.time())
        self.env["csp.price"].search([("product_id", "=", self.offer.id)]).valid_to = at
        self._create_price(self.offer, unit_price=cost, erp_price=erp, valid_from=at)

    def _losses(self, record):
        return record.activity_ids.filtered(
            lambda activity: activity.activity_type_id == self.loss_type
        )

    # --- the quote --------------------------------------------------------------

    def test_a_quote_below_the_next_terms_cost_waits(self):
        self._raise_cost()
        order = self.subscription._create_renewal_orders()
        # 19.80 is fine today, and 2.20 short of 22.00 when the term begins.
        self.assertEqual(order.order_line._csp_net_price(), 19.8)
        self.assertEqual(order._csp_get_losses(), {order.order_line: 11.0})
        self.assertEqual(order.state, "draft")
        activity = self._losses(order)
        self.assertEqual(len(activity), 1)
        self.assertTrue(
            activity.user_id.has_group("csp_catalog.group_csp_product_manager")
        )
        self.assertIn("11.00", activity.note)
        with self.assertRaisesRegex(UserError, "11.00"):
            order.action_confirm()
        self.assertFalse(self.subscription.intent_ids)
        self.assertFalse(self.subscription._create_renewal_orders())

    def test_an_approved_quote_is_sent(self):
        self._raise_cost()
        order = self.subscription._create_renewal_orders()
        order.csp_floor_reason = "Long-standing customer"
        order.action_csp_approve_below_cost()
        self.assertEqual(order.state, "sent")
        self.assertEqual(order.csp_floor_approved_gap, 11.0)
        self.assertFalse(self._losses(order))
        order.action_confirm()
        self.assertEqual(self.subscription.intent_ids.unit_price, 19.8)

    def test_a_quote_above_cost_is_sent_at_once(self):
        self._raise_cost(cost=237.6)
        order = self.subscription._create_renewal_orders()
        self.assertEqual(order.state, "sent")
        self.assertFalse(order._csp_get_losses())
        self.assertFalse(self._losses(order))

    def test_silence_looks_at_the_next_terms_cost(self):
        self._raise_cost()
        self.subscription._create_renewal_orders()
        today = self.end - timedelta(days=5)
        made = self.Subscription._decide_by_default(today)
        self.assertNotIn(self.subscription, made.subscription_id)
        self.assertFalse(self.subscription.intent_ids)
        self.assertIn("below cost", self.subscription.activity_ids.note)

    def test_silence_takes_the_list_price_of_the_next_term(self):
        # 19.80 no longer covers 20.00; the list price of that day, 27.00, does.
        self._raise_cost(cost=240.0, erp=360.0)
        self.subscription._create_renewal_orders()
        made = self.Subscription._decide_by_default(self.end - timedelta(days=5))
        intent = made.filtered(lambda i: i.subscription_id == self.subscription)
        self.assertEqual((intent.decision, intent.unit_price), ("renew", 27.0))

    # --- no decision at all -----------------------------------------------------

    def test_a_term_renewed_below_cost_is_reported(self):
        self._raise_cost()
        state = self._vendor_state(
            self.subscription,
            term_start_date=self.end,
            term_end_date=self.end + relativedelta(years=1),
        )
        self.subscription._apply_vendor_state(state, source="sync")
        self.subscription._apply_vendor_state(state, source="sync")
        self.assertEqual(self.subscription.unit_price, 19.8)
        self.assertEqual(self.subscription.unit_cost, 22.0)
        activity = self._losses(self.subscription)
        self.assertEqual(len(activity), 1)
        self.assertIn("11.00", activity.note)

    def test_a_term_renewed_above_cost_is_not_reported(self):
        self.vendor.code = "manual"
        self.Subscription._close_terms(self.end)
        self.assertEqual(self.subscription.term_start_date, self.end)
        self.assertFalse(self._losses(self.subscription))

    def test_an_approved_term_is_not_reported(self):
        self._raise_cost()
        order = self.subscription._create_renewal_orders()
        order.csp_floor_reason = "Charity"
        order.action_csp_approve_below_cost()
        order.action_confirm()
        self.vendor.code = "manual"
        self.Subscription._close_terms(self.end)
        self.assertEqual(self.subscription.unit_price, 19.8)
        self.assertFalse(self._losses(self.subscription))

    # --- which price list -------------------------------------------------------

    def test_a_new_level_counts_from_the_next_term(self):
        self.reseller_a.grade_id = self._create_grade(20.0, name="Platinum")
        # 20 % off 22.00 does not cover 17.60: exactly it does.
        order = self.subscription._create_renewal_orders()
        self.assertEqual(order.order_line._csp_net_price(), 17.6)
        self.assertEqual(self.subscription._get_list_price(self.end), 17.6)

    def test_a_list_chosen_by_hand_stays(self):
        by_hand = self.env["product.pricelist"].create(
            {"name": "By hand", "currency_id": self.currency.id}
        )
        order = self._create_cloud_order(
            self.customer_b, {self.offer: 1}, pricelist_id=by_hand.id
        )
        order.action_confirm()
        self._deliver(order, self.start)
        subscription = order.csp_subscription_ids
        self.assertEqual(subscription._get_list_price(self.end), 22.0)
        quote = subscription._create_renewal_orders()
        self.assertEqual(quote.pricelist_id, by_hand)

    # --- one broken subscription ------------------------------------------------

    def test_one_broken_subscription_stops_no_other_term(self):
        other = self._create_active_subscription(self.start, self.customer_b)
        self.vendor.code = "manual"
        model = self.env.registry["csp.subscription"]
        origin = model._prepare_renewal_price
        broken = self.subscription
        trouble = "This subscription is broken."

        def prepare(subscription, start, intent):
            if subscription == broken:
                raise UserError(trouble)
            return origin(subscription, start, intent)

        patcher = patch.object(model, "_prepare_renewal_price", prepare)
        patcher.start()
        self.addCleanup(patcher.stop)
        self.Subscription._close_terms(self.end)
        self.Subscription._close_terms(self.end)
        self.assertEqual(other.term_start_date, self.end)
        self.assertEqual(broken.term_end_date, self.end)
        self.assertEqual(
            broken.event_ids.sorted("id").mapped("kind"), ["order", "start"]
        )
        self.assertEqual(
            broken.activity_ids.mapped("summary"), ["The renewal needs a decision"]
        )
        self.assertIn("is broken", broken.activity_ids.note)
        self.assertFalse(other.activity_ids)
