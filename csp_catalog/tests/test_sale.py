"""Orders: cost, list price and source on the line; never below cost unseen."""

from datetime import datetime

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, new_test_user, tagged

from .common import CspCatalogCommon


@freeze_time("2026-06-15 12:00:00")
@tagged("post_install", "-at_install", "csp")
class TestSale(CspCatalogCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Add-ons above ask who delivers before an order may be confirmed.
        cls._create_provider()
        cls.variant = cls._create_variant(plan="annual", cost=48, erp=60)
        cls.grade = cls._create_grade(csp_discount=12)
        cls.reseller = cls._create_reseller(cls.grade)
        cls.customer = cls._create_customer()
        cls.manager = new_test_user(
            cls.env, "csp_manager", groups="csp_catalog.group_csp_manager"
        )
        cls.seller = new_test_user(
            cls.env, "csp_seller", groups="csp_catalog.group_csp_user"
        )

    def _order(self, seats=10, partner=None, **values):
        return self._create_order(
            partner or self.customer,
            [{"product_id": self.variant.id, "product_uom_qty": seats, **values}],
        )

    # --- prices on the line -------------------------------------------------

    def test_line_knows_list_price_cost_and_source(self):
        line = self._order().order_line
        self.assertEqual(line.price_unit, 60)
        self.assertEqual(line.csp_erp_price, 60)
        self.assertEqual(line.purchase_price, 48)
        self.assertEqual(line.margin, 120)
        self.assertEqual(line.csp_price_id, self.variant.csp_price_ids)
        self.assertIn(self.variant.csp_product_ref, line.csp_price_ref)

    def test_reseller_pays_list_price_less_its_level(self):
        order = self._order(partner=self.reseller)
        line = order.order_line
        self.assertEqual(order.pricelist_id, self.grade.default_pricelist_id)
        self.assertEqual(line.price_unit * (1 - line.discount / 100), 52.8)
        self.assertEqual(line.price_subtotal, 528)
        self.assertEqual(line.csp_erp_price, 60)

    def test_cost_of_the_order_date_in_the_order_currency(self):
        pound = self.setup_other_currency("GBP", rates=[("2020-01-01", 0.5)])
        pricelist = self.env["product.pricelist"].create(
            {"name": "Pounds", "currency_id": pound.id}
        )
        order = self._create_order(
            self.customer, [(self.variant, 1)], pricelist_id=pricelist.id
        )
        line = order.order_line
        self.assertEqual((line.price_unit, line.purchase_price), (30, 24))
        self._create_price(
            self.variant,
            unit_price=50,
            erp_price=66,
            valid_from=datetime(2026, 7, 1),
        )
        order.date_order = datetime(2026, 7, 2)
        self.assertEqual((line.purchase_price, line.csp_erp_price), (25, 33))

    def test_a_confirmed_line_keeps_its_price_source(self):
        order = self._order()
        order.action_confirm()
        price = order.order_line.csp_price_id
        self._create_price(
            self.variant,
            unit_price=70,
            erp_price=90,
            valid_from=datetime(2026, 7, 1),
        )
        with freeze_time("2026-07-02"):
            order.date_order = datetime(2026, 7, 2)
        line = order.order_line
        self.assertEqual(line.csp_price_id, price)
        self.assertEqual((line.csp_erp_price, line.purchase_price), (60, 48))

    def test_tier_price_follows_the_seats(self):
        offer = self._create_offer()
        variant = self._create_variant(offer, plan="annual", tier_max=99)
        self._create_price(variant, unit_price=40, erp_price=54, tier_min=100)
        line = self._create_order(self.customer, [(variant, 10)]).order_line
        self.assertEqual(line.purchase_price, 48)
        line.product_uom_qty = 100
        self.assertEqual((line.purchase_price, line.csp_erp_price), (40, 54))

    def test_a_confirmation_keeps_the_discount_of_ordinary_products(self):
        self.env.ref("base.group_user")._apply_group(
            self.env.ref("sale.group_discount_per_so_line")
        )
        device = self._create_device(list_price=150)
        buyer = self._create_reseller(self._create_grade(csp_discount=10))
        order = self._create_order(
            buyer, [{"product_id": device.id, "price_unit": 150, "discount": 3}]
        )
        order.date_order = datetime(2026, 1, 1)
        self.assertEqual(order.amount_untaxed, 145.5)
        order.action_confirm()
        self.assertEqual((order.state, order.amount_untaxed), ("sale", 145.5))

    def test_ordinary_products_are_left_alone(self):
        product = self.env["product.product"].create(
            {"name": "Hour", "list_price": 100, "standard_price": 60}
        )
        order = self._create_order(self.customer, [(product, 1)])
        line = order.order_line
        self.assertEqual((line.price_unit, line.purchase_price), (100, 60))
        self.assertFalse(line.csp_price_id)
        line.price_unit = 1
        self.assertFalse(order._csp_floor_errors())
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    # --- floor --------------------------------------------------------------

    def test_at_cost_is_not_below_cost(self):
        for seats in (1, 3, 7, 1000):
            with self.subTest(seats=seats):
                order = self._order(seats, price_unit=48)
                self.assertFalse(order._csp_floor_errors())
                self.assertFalse(order._confirmation_error_message())

    def test_one_cent_below_cost_is_refused_and_nothing_changes(self):
        order = self._order(price_unit=47.99)
        with self.assertRaisesRegex(UserError, "below what the vendor asks"):
            order.action_confirm()
        self.assertEqual(order.state, "draft")
        self.assertIn("0.10", order.csp_floor_warning)

    def test_discount_counts(self):
        self.assertFalse(self._order(discount=20)._csp_floor_errors())
        self.assertTrue(self._order(discount=20.1)._csp_floor_errors())

    def test_a_reward_line_lowers_every_line_by_its_share(self):
        rebate = self.env["product.product"].create({"name": "Voucher"})
        order = self._order(1, price_unit=60)
        order.order_line = [
            (0, 0, {"product_id": rebate.id, "price_unit": -12, "product_uom_qty": 1})
        ]
        self.assertFalse(order._csp_floor_errors())
        order.order_line[1].price_unit = -12.01
        self.assertTrue(order._csp_floor_errors())

    def test_cost_is_read_again_at_confirmation(self):
        order = self._order(price_unit=50)
        self._create_price(
            self.variant,
            unit_price=51,
            erp_price=64,
            valid_from=datetime(2026, 6, 20),
        )
        with freeze_time("2026-06-19"):
            self.assertFalse(order._confirmation_error_message())
        with freeze_time("2026-06-20"):
            self.assertIn("below", order._confirmation_error_message())

    def test_cost_is_converted_at_the_rate_of_today(self):
        pound = self.setup_other_currency(
            "GBP", rates=[("2020-01-01", 0.5), ("2026-06-20", 0.6)]
        )
        pricelist = self.env["product.pricelist"].create(
            {"name": "Pounds", "currency_id": pound.id}
        )
        order = self._create_order(
            self.customer,
            [{"product_id": self.variant.id, "price_unit": 25}],
            pricelist_id=pricelist.id,
        )
        self.assertFalse(order._csp_floor_errors())
        with freeze_time("2026-06-20"):
            self.assertTrue(order._csp_floor_errors())

    def test_customers_never_read_the_cost(self):
        order = self._order(price_unit=1)
        user = self._create_portal_user(self.customer)
        text = order.with_user(user).sudo()._confirmation_error_message()
        self.assertIn("approved by our sales team", text)
        self.assertNotIn("47", text)
        self.assertNotIn("48", text)

    def test_offer_that_the_vendor_has_withdrawn(self):
        order = self._order()
        self.variant.csp_price_ids.valid_to = datetime(2026, 6, 15)
        with self.assertRaisesRegex(UserError, "no longer sold"):
            order.action_confirm()
        self.assertEqual(order.state, "draft")

    def test_approval(self):
        order = self._order(price_unit=40)
        with self.assertRaises(AccessError):
            order.with_user(self.seller).action_csp_approve_below_cost()
        self.assertFalse(order.csp_floor_approved_by)
        with self.assertRaisesRegex(UserError, "reason"):
            order.with_user(self.manager).action_csp_approve_below_cost()
        order.csp_floor_reason = "First order"
        order.with_user(self.manager).action_csp_approve_below_cost()
        self.assertEqual(order.csp_floor_approved_by, self.manager)
        self.assertEqual(order.csp_floor_approved_gap, 80)
        self.assertIn("First order", order.message_ids[0].body)
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_approval_does_not_cover_a_bigger_loss(self):
        order = self._order(price_unit=40, seats=10)
        order.csp_floor_reason = "First order"
        order.with_user(self.manager).action_csp_approve_below_cost()
        self.assertFalse(order._confirmation_error_message())
        order.order_line.price_unit = 39
        self.assertTrue(order._confirmation_error_message())
        order.order_line.write({"price_unit": 40, "product_uom_qty": 11})
        self.assertTrue(order._confirmation_error_message())
        order.order_line.write({"price_unit": 40, "product_uom_qty": 10})
        self.assertFalse(order._confirmation_error_message())
        self._create_price(
            self.variant,
            unit_price=48.01,
            erp_price=60,
            valid_from=datetime(2026, 6, 20),
        )
        with freeze_time("2026-06-20"):
            self.assertTrue(order._confirmation_error_message())

    def test_approval_does_not_cover_the_same_loss_on_another_line(self):
        other = self._create_variant(self._create_offer(), plan="annual")
        order = self._create_order(
            self.customer,
            [
                {"product_id": self.variant.id, "price_unit": 40},
                {"product_id": other.id, "price_unit": 60},
            ],
        )
        order.csp_floor_reason = "First order"
        order.with_user(self.manager).action_csp_approve_below_cost()
        self.assertEqual(order.csp_floor_approved_gap, 8)
        first, second = order.order_line
        first.price_unit, second.price_unit = 60, 40
        with self.assertRaisesRegex(UserError, "8.00 below"):
            order.action_confirm()
        self.assertEqual(order.state, "draft")

    def test_an_approval_cannot_be_forged(self):
        order = self._order(price_unit=40)
        order.user_id = self.seller
        forged = {
            "csp_floor_approved_by": self.manager.id,
            "csp_floor_approved_at": datetime(2026, 6, 1),
            "csp_floor_approved_gap": 1e9,
            "csp_floor_approved_lines": order._csp_describe_lines(),
        }
        Order = self.env["sale.order"].with_user(self.seller)
        count = Order.search_count([])
        for name, value in forged.items():
            with self.subTest(field=name):
                with self.assertRaises(AccessError):
                    order.with_user(self.seller).write({name: value})
                self.assertFalse(order[name])
                values = {"partner_id": self.customer.id}
                with self.assertRaises(AccessError), self.cr.savepoint():
                    Order.create({**values, name: value})
                with self.assertRaises(AccessError), self.cr.savepoint():
                    Order.with_context(**{f"default_{name}": value}).create(values)
        self.assertEqual(Order.search_count([]), count)
        with self.assertRaisesRegex(UserError, "80.00 below"):
            order.with_user(self.seller).action_confirm()
        self.assertEqual(order.state, "draft")

    def test_a_copy_has_no_approval(self):
        order = self._order(price_unit=40)
        order.csp_floor_reason = "First order"
        order.with_user(self.manager).action_csp_approve_below_cost()
        copy = order.copy()
        self.assertFalse(copy.csp_floor_approved_by)
        self.assertFalse(copy.csp_floor_approved_gap)
