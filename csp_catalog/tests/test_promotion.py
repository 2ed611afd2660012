"""Promotions on order lines: who gets them, what they use up, what comes back."""

from datetime import datetime

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from ..engine.waterfall import Waterfall
from .common import CspCatalogCommon


@tagged("post_install", "-at_install", "csp")
@freeze_time("2026-05-10 10:00:00")
class TestPromotion(CspCatalogCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_provider()
        cls.grade = cls._create_grade(csp_discount=10)
        cls.reseller = cls._create_reseller(cls.grade)
        cls.customer = cls._create_customer(cls.reseller)
        cls.offer = cls._create_offer()
        cls.annual = cls._create_variant(cls.offer, "P1Y", "annual", 40, 60)
        cls.other = cls._create_variant(plan="annual", cost=40, erp=60)

    def _promotion(self, percent=10, **values):
        return self._create_promotion(
            percent=percent, product_tmpl_id=self.offer.id, **values
        )

    def _order(self, seats=10, variant=None, customer=None, **values):
        if "csp_customer_id" in self.env["sale.order"]._fields:
            values.setdefault("csp_customer_id", (customer or self.customer).id)
        return self._create_order(
            self.reseller, [((variant or self.annual), seats)], **values
        )

    def _price(self, order):
        line = order.order_line
        return round(line.price_unit * (1 - line.discount / 100), 2)

    # --- who gets it --------------------------------------------------------

    def test_it_applies_by_itself_to_its_offers(self):
        promotion = self._promotion()
        order = self._order()
        self.assertEqual(self._price(order), 48.6)
        self.assertEqual(order.order_line.csp_promotion_ids, promotion)
        fall = Waterfall.from_dict(order.order_line.csp_waterfall)
        self.assertEqual([s.kind for s in fall.steps], ["level", "promotion"])
        self.assertEqual(float(fall.net), 48.6)
        self.assertEqual(self._price(self._order(variant=self.other)), 54)

    def test_period_seats_segment_term_and_level(self):
        grade = self._create_grade(csp_discount=20)
        for values in (
            {"date_start": datetime(2026, 5, 11)},
            {"date_start": datetime(2026, 1, 1), "date_end": datetime(2026, 5, 10)},
            {"min_seats": 11},
            {"max_seats": 9},
            {"quota_seats": 9},
            {"segment": "education"},
            {"term": "P3Y"},
            {"grade_ids": [(6, 0, grade.ids)]},
            {"active": False},
        ):
            with self.subTest(values), self.cr.savepoint() as savepoint:
                self._promotion(**values)
                self.assertEqual(self._price(self._order()), 54)
                savepoint.rollback()
        self._promotion(min_seats=10, max_seats=10, segment="commercial", term="P1Y")
        self.assertEqual(self._price(self._order()), 48.6)

    def test_best_single_or_all_that_combine(self):
        self._promotion(5, is_stackable=True)
        self._promotion(7, is_stackable=True)
        self.assertEqual(self._price(self._order()), 47.52)
        self._promotion(12)
        order = self._order()
        self.assertEqual(self._price(order), 47.52)
        self.assertEqual(order.order_line.csp_promotion_ids.mapped("percent"), [12])

    def test_the_price_follows_the_seats(self):
        self._promotion(min_seats=10)
        order = self._order(seats=9)
        self.assertEqual(self._price(order), 54)
        order.order_line.product_uom_qty = 10
        self.assertEqual(self._price(order), 48.6)

    def test_only_for_who_has_not_bought_before(self):
        self._promotion(is_first_purchase=True)
        first = self._order()
        self.assertEqual(self._price(first), 48.6)
        first.action_confirm()
        self.assertEqual(self._price(self._order()), 54)
        if "csp_customer_id" in first._fields:
            other = self._create_customer(self.reseller)
            self.assertEqual(self._price(self._order(customer=other)), 48.6)

    # --- what it uses up ----------------------------------------------------

    def test_seats_are_booked_at_confirmation_and_come_back_with_a_cancel(self):
        promotion = self._promotion(quota_seats=25)
        first, second = self._order(seats=20), self._order(seats=10)
        self.assertEqual(promotion.used_seats, 0)
        first.action_confirm()
        self.assertEqual((promotion.used_seats, promotion.left_seats), (20, 5))
        usage = promotion.usage_ids
        self.assertEqual((usage.seats, usage.order_id, usage.amount), (20, first, 108))
        with self.assertRaisesRegex(UserError, "does not hold any more"):
            second.action_confirm()
        self.assertEqual((second.state, promotion.used_seats), ("draft", 20))
        second.action_update_prices()
        self.assertEqual(self._price(second), 54)
        self._cancel(first)
        self.assertEqual((promotion.used_seats, usage.is_released), (0, True))
        self._cancel(first)
        self.assertEqual(promotion.used_seats, 0)
        second.action_update_prices()
        self.assertEqual(self._price(second), 48.6)
        second.action_confirm()
        self.assertEqual(promotion.used_seats, 10)

    def _cancel(self, order):
        """Cancel as the last step of a cancellation does."""
        order._csp_release_usage()

    def test_the_vendor_counts_what_was_cancelled(self):
        promotion = self._promotion(source="vendor", max_seats=1000, percent=50)
        order = self._order(seats=600)
        line = order.order_line
        self.assertEqual((self._price(order), line.purchase_price), (54, 20))
        order.action_confirm()
        self._cancel(order)
        self.assertEqual(promotion.used_seats, 600)
        self.assertEqual(self._order(seats=500).order_line.purchase_price, 40)
        self.assertEqual(self._order(seats=400).order_line.purchase_price, 20)

    def test_a_quote_does_not_outlive_its_promotion(self):
        self._promotion(date_start=datetime(2026, 1, 1), date_end=datetime(2026, 5, 12))
        order = self._order()
        with freeze_time("2026-05-12 00:00:00"):
            with self.assertRaisesRegex(UserError, "does not hold any more"):
                order.action_confirm()
            self.assertEqual((order.state, self._price(order)), ("draft", 48.6))
            order.action_update_prices()
            self.assertEqual(self._price(order), 54)
            order.action_confirm()
            self.assertEqual(order.state, "sale")

    def test_limits_that_contradict_are_refused(self):
        with self.assertRaisesRegex(ValidationError, "could never be used"):
            self._promotion(min_seats=10, quota_seats=5)

    # --- no quota is exceeded -----------------------------------------------

    def _refuse(self, orders, message, *counted):
        """Confirm in vain: nothing is sold, and nothing used up."""
        with self.assertRaisesRegex(UserError, message), self.cr.savepoint():
            orders.action_confirm()
        self.assertEqual(set(orders.mapped("state")), {"draft"})
        for record in counted:
            self.assertEqual(record.used_seats, 0)

    def test_two_lines_of_one_order_share_a_quota(self):
        for limit in ("quota_seats", "max_seats"):
            with self.subTest(limit), self.cr.savepoint() as savepoint:
                promotion = self._promotion(**{limit: 10})
                order = self._order(seats=6)
                order.order_line = [
                    Command.create({"product_id": self.annual.id, "product_uom_qty": 5})
                ]
                self._refuse(order, "has 10 seats left", promotion)
                order.order_line[1].product_uom_qty = 4
                order.action_confirm()
                self.assertEqual(promotion.used_seats, 10)
                savepoint.rollback()

    def test_two_lines_share_what_the_vendor_grants(self):
        promotion = self._promotion(50, source="vendor", max_seats=10)
        order = self._order(seats=6)
        order.order_line = [
            Command.create({"product_id": self.annual.id, "product_uom_qty": 5})
        ]
        order.order_line.write({"price_unit": 25, "discount": 0})
        self._refuse(order, "has 10 seats left", promotion)

    def test_orders_confirmed_together_share_a_quota(self):
        promotion = self._promotion(quota_seats=10)
        orders = self._order(seats=6) | self._order(seats=5)
        self._refuse(orders, "does not hold any more for 5 seats", promotion)
        orders[0].action_confirm()
        self.assertEqual(promotion.used_seats, 6)

    def test_a_price_by_hand_keeps_no_promotion_alive(self):
        """A cent by hand would hide a promotion that has ended from limits."""
        self.company.csp_discount_limit = 5
        promotion = self._promotion(date_end=datetime(2026, 5, 12))
        order = self._order()
        order.order_line.write({"price_unit": 48.0, "discount": 0})
        self.assertEqual(order.order_line.csp_manual_percent, 1.23)
        with freeze_time("2026-05-12 00:00:00"):
            self._refuse(order, "does not hold any more", promotion)
            order.action_update_prices()
            order.order_line.write({"price_unit": 48.0, "discount": 0})
            self._refuse(order, "11.11 % are taken off by hand", promotion)
