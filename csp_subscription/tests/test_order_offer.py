"""The catalogue's guards and what the end customer uses already."""

from datetime import date

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import CspSubscriptionCommon


@freeze_time("2026-06-15 12:00:00")
@tagged("post_install", "-at_install", "csp")
class TestOrderOffer(CspSubscriptionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addon = cls._create_variant(cls._create_offer(name="Assistant"))

    def _seats(self, customer):
        owned = self.env["product.product"]._csp_owned_products(customer)
        return owned.get(self.offer.product_tmpl_id.id)

    def test_what_the_customer_uses_counts(self):
        self._create_relation(
            self.addon.product_tmpl_id, "requires", self.offer.product_tmpl_id
        )
        self._create_active_subscription(quantity=5)
        self.assertEqual(self._seats(self.customer_a), 5)
        self.assertIsNone(self._seats(self.customer_b))
        # The reseller who pays owns nothing of it.
        self.assertIsNone(self._seats(self.reseller_a))
        order = self._create_cloud_order(offers={self.addon: 2})
        self.assertFalse(order.csp_offer_warning)
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        order = self._create_cloud_order(self.customer_b, {self.addon: 2})
        with self.assertRaisesRegex(UserError, "neither ordered nor in use yet"):
            order.action_confirm()
        self.assertEqual(order.state, "draft")
        self.assertFalse(order.csp_subscription_ids)

    def test_v70_share_counts_the_seats_in_use(self):
        self.offer.product_tmpl_id.csp_max_seats = 0
        self._create_relation(
            self.addon.product_tmpl_id,
            "addon_of",
            self.offer.product_tmpl_id,
            share_percent=5,
        )
        self._create_active_subscription(quantity=400)
        order = self._create_cloud_order(offers={self.addon: 19})
        with self.assertRaisesRegex(UserError, "at least 20 seats for 400 seats"):
            order.action_confirm()
        self.assertFalse(order.csp_subscription_ids)
        order.action_csp_add_missing()
        self.assertEqual(order.order_line.product_uom_qty, 20)
        order.action_confirm()
        self.assertEqual(order.csp_subscription_ids.quantity, 20)

    def test_v70_share_when_only_the_base_is_bought(self):
        self.offer.product_tmpl_id.csp_max_seats = 0
        self._create_relation(
            self.addon.product_tmpl_id,
            "addon_of",
            self.offer.product_tmpl_id,
            share_percent=5,
        )
        self._create_active_subscription(quantity=100)
        self._create_active_subscription(offer=self.addon, quantity=6)
        self._create_cloud_order(offers={self.offer: 20}).action_confirm()
        order = self._create_cloud_order(offers={self.offer: 1})
        sentence = "Assistant needs at least 7 seats for 121 seats"
        self.assertIn(sentence, order.csp_offer_warning)
        self.assertFalse(order.csp_can_add_missing)
        with self.assertRaisesRegex(UserError, sentence):
            order.action_confirm()
        self.assertEqual(order.state, "draft")
        self.assertFalse(order.csp_subscription_ids)

    def test_what_has_ended_does_not_count(self):
        subscription = self._create_active_subscription(quantity=5)
        subscription._set_cancelled()
        self.assertEqual(subscription.state, "cancelled")
        self.assertIsNone(self._seats(self.customer_a))

    def test_renewals_go_on_when_the_sale_has_stopped(self):
        subscription = self._create_active_subscription(
            start=date(2025, 7, 1), term_end_date=date(2026, 7, 1)
        )
        template = self.offer.product_tmpl_id
        template.categ_id.sudo()._csp_stop_sale("Recalled")
        template.csp_end_of_sale_date = date(2026, 6, 1)
        template.csp_channel = "direct"
        new = self._create_cloud_order()
        with self.assertRaisesRegex(UserError, "not sold at the moment"):
            new.action_confirm()
        self.assertEqual(new.state, "draft")
        renewal = subscription._prepare_renewal_quotes()
        self.assertEqual(renewal.csp_order_type, "renewal")
        self.assertFalse(renewal.csp_offer_warning)
        renewal.action_confirm()
        self.assertEqual(renewal.state, "sale")
