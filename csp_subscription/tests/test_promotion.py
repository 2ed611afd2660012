"""Vendor promotions from the quote to the renewal, against the vendor simulator."""

from datetime import datetime, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.csp_catalog.tests.simulator_process import SimulatorProcess

from .common import CspSubscriptionCommon

REF = "39NFTESTTEST:0001:39NFTEST0001"


@tagged("post_install", "-at_install", "csp")
class TestPromotion(CspSubscriptionCommon):
    """Microsoft 365 E3 at 25 a month and seat; the promotion takes 20 %."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.simulator = SimulatorProcess()
        cls.simulator.start()
        cls.addClassCleanup(cls.simulator.stop)
        values = cls.simulator.provider_values()
        names = ("base_url", "token_url", "pricesheet_url", "client_id")
        cls.vendor.write(
            {name: values[name] for name in names}
            | {
                "mode": values["mode"],
                "client_secret": values["client_secret"],
                "refresh_token": values["refresh_token"],
                "tenant_ref": values["tenant_id"],
                "country_id": cls.env.ref("base.de").id,
            }
        )
        cls.plan = cls._create_variant(
            cls._create_offer(csp_product_ref="CFQ7TTC0LFLX", csp_sku_ref="0001"),
            cost=300.0,
            erp=480.0,
        )

    def setUp(self):
        super().setUp()
        self.simulator.reset()

    def _promote(self, seats=1000, days=30, is_automatic=False, **limits):
        """Run a promotion at the vendor and read it; return the record."""
        now = datetime.utcnow()
        constraints = {
            "seatConstraints": [
                {"minSeats": 1, "maxSeats": seats, "type": "SeatCount"}
            ],
            **limits,
        }
        self.simulator.admin(
            "/_sim/promotions",
            {
                "id": REF,
                "name": "A fifth off",
                "startDate": f"{now - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}",
                "endDate": f"{now + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}",
                "properties": {"isAutoApplicable": is_automatic},
                "requiredProducts": [
                    {
                        "productId": "CFQ7TTC0LFLX",
                        "skuId": "0001",
                        "term": {"duration": "P1Y", "billingCycle": "monthly"},
                        "pricingPolicies": [
                            {"policyType": "PercentDiscount", "value": "0.2"}
                        ],
                    }
                ],
                "promotionConstraints": constraints,
            },
        )
        self.vendor._sync_promotions()
        return self.env["csp.promotion"].search([("vendor_ref", "=", REF)])

    def _order(self, seats=10, **values):
        values = {
            "csp_terms_accepted_at": datetime.now().replace(microsecond=0),
            **values,
        }
        return self._create_cloud_order(offers={self.plan: seats}, **values)

    def _deliver_order(self, order):
        order.action_confirm()
        task = order.csp_task_ids
        self._run_task(task)
        return task

    def _elsewhere(self, tenant, seats):
        """Another partner sells the customer seats under the promotion."""
        self.simulator.admin(
            "/_sim/redemptions",
            {
                "customerId": tenant.vendor_ref,
                "promotionId": REF,
                "seats": seats,
            },
        )

    def _link_tenant(self):
        """Let the vendor know the customer, by an order without promotion."""
        order = self._create_cloud_order(
            offers={self.offer: 1},
            csp_terms_accepted_at=datetime.now().replace(microsecond=0),
        )
        self.assertEqual(self._deliver_order(order).state, "done")
        return order.csp_tenant_id

    def _vendor_line(self):
        """Return the newest order line at the vendor."""
        return self.simulator.state()["orders"][-1]["lineItems"][0]

    # --- the good way -------------------------------------------------------------

    def test_promotion_lowers_the_cost_and_reaches_the_vendor(self):
        promotion = self._promote()
        order = self._order()
        line = order.order_line
        self.assertEqual(line.csp_promotion_ids, promotion)
        self.assertEqual((line.price_unit, line.purchase_price), (36.0, 20.0))
        task = self._deliver_order(order)
        self.assertEqual(task.state, "done", task.last_error)
        self.assertEqual(self._vendor_line()["promotionId"], REF)
        subscription = order.csp_subscription_ids
        self.assertRecordValues(
            subscription,
            [
                {
                    "promotion_id": promotion.id,
                    "promotion_ref": REF,
                    "unit_cost": 20.0,
                    "base_unit_cost": 25.0,
                    "unit_price": 36.0,
                }
            ],
        )
        self.assertEqual(set(subscription.event_ids.mapped("unit_cost")), {20.0})
        self.assertEqual(promotion.used_seats, 10)

    def test_order_without_promotions_costs_the_list_price(self):
        order = self._order()
        task = self._deliver_order(order)
        self.assertEqual(task.state, "done", task.last_error)
        self.assertRecordValues(
            order.csp_subscription_ids,
            [{"promotion_ref": False, "unit_cost": 25.0, "base_unit_cost": 0.0}],
        )

    def test_vendor_applies_one_that_we_did_not_know(self):
        promotion = self._promote(is_automatic=True)
        promotion.active = False
        order = self._order()
        self.assertEqual(order.order_line.purchase_price, 25.0)
        self.assertEqual(self._deliver_order(order).state, "done")
        self.assertRecordValues(
            order.csp_subscription_ids,
            [
                {
                    "promotion_id": promotion.id,
                    "unit_cost": 20.0,
                    "base_unit_cost": 25.0,
                }
            ],
        )

    # --- refused --------------------------------------------------------------------

    def _refused(self):
        """Order 200 seats of a promotion of which 100 are left (V67)."""
        self._promote()
        tenant = self._link_tenant()
        self._elsewhere(tenant, 900)
        order = self._order(200)
        self.assertEqual(order.order_line.purchase_price, 20.0)
        before = len(self.simulator.state()["orders"])
        task = self._deliver_order(order)
        self.assertEqual(len(self.simulator.state()["orders"]), before)
        return order, task

    def test_refused_promotion_buys_nothing(self):
        order, task = self._refused()
        self.assertEqual(task.state, "refused")
        self.assertTrue(task.is_promotion_refused)
        self.assertIn("does not grant the promotion “A fifth off”", task.last_error)
        self.assertIn("Seats left: 100.", task.last_error)
        self.assertEqual(len(task.activity_ids), 1)
        self.assertEqual(order.csp_delivery_state, "problem")
        self.assertEqual(order.csp_subscription_ids.state, "pending")

    def test_manager_orders_without_it(self):
        order, task = self._refused()
        seller = self.seller
        self.env.ref("csp_catalog.group_csp_product_manager")._apply_group(
            self.env.ref("csp_catalog.group_csp_user")
        )
        with self.assertRaises(AccessError):
            task.with_user(seller).action_order_without_promotion()
        self.assertEqual(task.state, "refused")
        task.action_order_without_promotion()
        self._run_task(task)
        self.assertEqual(task.state, "done", task.last_error)
        self.assertIsNone(self._vendor_line()["promotionId"])
        self.assertRecordValues(
            order.csp_subscription_ids,
            [
                {
                    "promotion_id": False,
                    "promotion_ref": False,
                    "unit_cost": 25.0,
                    "quantity": 200,
                }
            ],
        )
        notes = " ".join(order.message_ids.mapped("body"))
        self.assertIn("a seat costs 25 instead of 20", notes)
        self.assertNotIn("below cost", notes)

    def test_order_without_it_tells_a_sale_below_cost(self):
        order, task = self._refused()
        order.csp_subscription_ids.sudo().unit_price = 24.0
        task.action_order_without_promotion()
        self.assertIn("below cost, and approved", order.message_ids[0].body)

    # --- asked while quoting ----------------------------------------------------

    def test_check_on_the_quote(self):
        self._promote()
        tenant = self._link_tenant()
        self._elsewhere(tenant, 900)
        order = self._order(200)
        self.assertEqual(order.order_line.purchase_price, 20.0)
        answer = order.action_csp_check_promotions()
        self.assertIn("Seats left: 100.", answer["params"]["message"])
        self.assertEqual(order.order_line.purchase_price, 25.0)
        self.assertFalse(order.order_line.csp_promotion_ids)
        order.order_line.product_uom_qty = 100
        self.assertEqual(order.order_line.purchase_price, 20.0)
        self.assertEqual(self._deliver_order(order).state, "done")
        self.assertEqual(self._vendor_line()["promotionId"], REF)

    def test_condition_that_only_the_vendor_knows(self):
        limit = {"minAssets": 0, "maxAssets": 1, "type": "LifetimeRedemptionCount"}
        self._promote(assetOwnershipLimits=[limit])
        self._link_tenant()
        order = self._order()
        self.assertEqual(order.order_line.purchase_price, 25.0)
        answer = order.action_csp_check_promotions()
        self.assertIn("granted", answer["params"]["message"])
        self.assertEqual(order.order_line.purchase_price, 20.0)

    def test_check_needs_a_known_customer_and_an_open_quote(self):
        order = self._order()
        answer = order.action_csp_check_promotions()
        self.assertIn("no promotion", answer["params"]["message"])
        self._promote()
        with self.assertRaisesRegex(UserError, "does not know this customer yet"):
            order.action_csp_check_promotions()
        self._deliver_order(order)
        with self.assertRaisesRegex(UserError, "confirmed"):
            order.action_csp_check_promotions()
        self.assertFalse(self.env["csp.promotion.check"].search([]))

    def test_vendor_that_cannot_be_asked(self):
        self._promote()
        self._link_tenant()
        order = self._order()
        self.simulator.add_fault("500", "POST", "promotionEligibilities")
        with self.assertRaisesRegex(UserError, "cannot be asked"):
            order.action_csp_check_promotions()
        self.assertEqual(order.order_line.purchase_price, 20.0)

    # --- the next term ----------------------------------------------------------

    def _renewed_cost(self, days):
        """Return what the second year costs at the vendor and here."""
        self._promote(days=days)
        order = self._order()
        self.assertEqual(self._deliver_order(order).state, "done")
        subscription = order.csp_subscription_ids
        expected = subscription._prepare_vendor_price(subscription.term_end_date)
        self.simulator.advance(days=366)
        task = subscription._sync_from_vendor()
        self.assertEqual(self._run_task(task), "done", task.last_error)
        self.assertEqual(subscription.event_ids.sorted("id")[-1].kind, "renew")
        self.assertEqual(expected["unit_cost"], subscription.unit_cost)
        return subscription

    def test_renewal_outside_the_period_costs_the_list_price(self):
        subscription = self._renewed_cost(30)
        self.assertFalse(subscription.promotion_ref)
        self.assertEqual(subscription.unit_cost, 25.0)
        event = subscription.event_ids.sorted("id")[-1]
        self.assertEqual(event.unit_cost, 25.0)

    def test_renewal_inside_the_period_keeps_it(self):
        subscription = self._renewed_cost(400)
        self.assertEqual(subscription.promotion_ref, REF)
        self.assertEqual(subscription.unit_cost, 20.0)
        self.assertEqual(subscription.base_unit_cost, 25.0)
        event = subscription.event_ids.sorted("id")[-1]
        self.assertEqual(event.unit_cost, 20.0)

    def test_customers_see_no_cost_of_it(self):
        self._promote()
        order = self._order()
        self._deliver_order(order)
        user = self._create_portal_user(self.reseller_a)
        subscription = order.csp_subscription_ids.with_user(user)
        for name in ("promotion_id", "promotion_ref", "base_unit_cost"):
            with self.assertRaises(AccessError):
                subscription.read([name])
