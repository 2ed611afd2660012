"""Prices that somebody has to approve: floor, limits, promises; locked meanwhile."""

from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged

from .common import CspCatalogCommon

ACTIVITY = "csp_catalog.mail_activity_type_price_approval"


@tagged("post_install", "-at_install", "csp")
@freeze_time("2026-05-10 10:00:00")
class TestPriceApproval(CspCatalogCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_provider()
        cls.vendor = cls.env["res.partner"].create({"name": "V", "is_company": True})
        cls.program.partner_id = cls.vendor
        cls.offer = cls._create_offer()
        cls.variant = cls._create_variant(cls.offer, "P1Y", "annual", 48, 60)
        cls.customer = cls._create_customer()
        cls.manager = new_test_user(
            cls.env, "pa_manager", groups="csp_catalog.group_csp_manager"
        )
        cls.seller = new_test_user(
            cls.env,
            "pa_seller",
            groups="csp_catalog.group_csp_user,sales_team.group_sale_salesman_all_leads",
        )

    def _order(self, price=40.0, seats=10, partner=None, **values):
        return self._create_order(
            partner or self.customer,
            [
                {
                    "product_id": self.variant.id,
                    "product_uom_qty": seats,
                    "price_unit": price,
                }
            ],
            user_id=self.seller.id,
            **values,
        )

    def _bid(self, approve=True, **values):
        bid = self.env["csp.special.bid"].create(
            {
                "program_id": self.program.id,
                "date_end": date(2026, 5, 31),
                "company_id": self.company.id,
                "currency_id": self.currency.id,
                "line_ids": [
                    Command.create(
                        {
                            "product_id": self.variant.id,
                            "kind": "fixed",
                            "value": values.pop("cost", 38.0),
                        }
                    )
                ],
                **values,
            }
        )
        if approve:
            bid.with_user(self.seller).action_request()
            bid.with_user(self.manager).action_approve()
        return bid

    # --- request, lock, answer ----------------------------------------------

    def test_request_locks_and_an_approval_lets_it_pass(self):
        order = self._order()
        mine = order.with_user(self.seller)
        with self.assertRaisesRegex(UserError, "reason"):
            mine.action_csp_request_approval()
        mine.csp_floor_reason = "Large customer"
        mine.action_csp_request_approval()
        self.assertEqual(order.csp_approval_state, "waiting")
        activity = order.activity_search([ACTIVITY])
        self.assertEqual(len(activity), 1)
        self.assertTrue(activity.user_id.has_group("csp_catalog.group_csp_manager"))
        with self.assertRaisesRegex(UserError, "80.00 below"):
            mine.action_confirm()
        line = mine.order_line
        for change in (
            lambda: line.write({"price_unit": 30}),
            lambda: line.write({"product_uom_qty": 1}),
            lambda: line.write({"discount": 5}),
            lambda: line.unlink(),
            lambda: mine.write({"partner_id": self.vendor.id}),
            lambda: mine.write({"date_order": "2026-05-01"}),
            lambda: mine.action_update_prices(),
            lambda: mine.write(
                {"order_line": [Command.create({"product_id": self.variant.id})]}
            ),
        ):
            with self.assertRaisesRegex(UserError, "locked"), self.cr.savepoint():
                change()
        self.assertEqual(
            (order.order_line.price_unit, order.order_line.product_uom_qty), (40, 10)
        )
        order.with_user(self.manager).action_csp_approve_below_cost()
        self.assertEqual(order.csp_approval_state, "approved")
        self.assertEqual(order.csp_floor_approved_by, self.manager)
        self.assertFalse(order.activity_search([ACTIVITY]))
        mine.action_confirm()
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.order_line.csp_approved_by_id, self.manager)

    def test_refusal_needs_a_reason_and_unlocks(self):
        order = self._order(csp_floor_reason="Please")
        order.with_user(self.seller).action_csp_request_approval()
        with self.assertRaises(AccessError):
            order.with_user(self.seller).action_csp_refuse_approval()
        with self.assertRaisesRegex(UserError, "why you refuse"):
            order.with_user(self.manager).action_csp_refuse_approval()
        self.assertEqual(order.csp_approval_state, "waiting")
        order.csp_refusal_reason = "Too low"
        order.with_user(self.manager).action_csp_refuse_approval()
        self.assertEqual(order.csp_approval_state, "refused")
        with self.assertRaisesRegex(UserError, "80.00 below"):
            order.action_confirm()
        order.order_line.price_unit = 50
        self.assertEqual(order.csp_approval_state, "none")
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_a_request_can_be_withdrawn(self):
        order = self._order(csp_floor_reason="Please")
        order.with_user(self.seller).action_csp_request_approval()
        order.with_user(self.seller).action_csp_withdraw_approval()
        self.assertEqual(order.csp_approval_state, "none")
        self.assertFalse(order.activity_search([ACTIVITY]))
        order.order_line.price_unit = 41

    def test_a_state_cannot_be_written(self):
        order = self._order()
        with self.assertRaises(AccessError):
            order.with_user(self.seller).csp_approval_state = "approved"
        self.assertEqual(order.csp_approval_state, "none")

    def test_nothing_to_ask_for(self):
        order = self._order(price=60, csp_floor_reason="?")
        with self.assertRaisesRegex(UserError, "needs no approval"):
            order.action_csp_request_approval()
        self.assertEqual(order.csp_approval_state, "none")

    # --- limits -------------------------------------------------------------

    def test_discounts_beyond_a_limit_ask(self):
        self.company.csp_discount_limit = 10
        order = self._order(price=54)
        self.assertFalse(order._confirmation_error_message())
        order.order_line.price_unit = 53.9
        self.assertIn("10.17 %", order._confirmation_error_message())
        self.seller.csp_discount_limit = 15
        self.assertFalse(order._confirmation_error_message())
        self.seller.csp_discount_limit = 5
        order.csp_floor_reason = "Fair"
        order.with_user(self.manager).action_csp_approve_below_cost()
        self.assertFalse(order._confirmation_error_message())
        order.order_line.price_unit = 53
        self.assertIn("11.67 %", order._confirmation_error_message())

    def test_the_list_of_others_is_a_discount_by_hand(self):
        self.company.csp_discount_limit = 5
        grade = self._create_grade(csp_discount=10)
        agreement = self._create_agreement(
            lines=[{"scope": "all", "kind": "discount_erp", "value": 15}]
        )
        for pricelist, percent in (
            (grade.default_pricelist_id, 10),
            (agreement.pricelist_id, 15),
        ):
            order = self._create_order(
                self.customer, [(self.variant, 10)], pricelist_id=pricelist.id
            )
            line = order.order_line
            self.assertEqual(line.price_subtotal, 600 - 6 * percent)
            self.assertEqual(line.csp_manual_percent, percent)
            self.assertFalse(line.csp_agreement_id)
            self.assertEqual(
                [step["label"] for step in line.csp_waterfall["steps"]],
                ["Price list chosen by hand"],
            )
            with self.assertRaisesRegex(UserError, "5.0 % need no approval"):
                order.action_confirm()
            self.assertEqual(order.state, "draft")
        buyer = self._create_reseller(grade)
        order = self._create_order(buyer, [(self.variant, 10)])
        self.assertEqual(order.order_line.csp_manual_percent, 0)
        self.assertFalse(order._csp_approval_errors())

    def test_an_approval_is_for_one_buyer(self):
        order = self._order(csp_floor_reason="Good customer")
        order.with_user(self.manager).action_csp_approve_below_cost()
        order.partner_id = self._create_customer(name="Somebody else")
        self.assertEqual(order.order_line.price_unit, 40)
        self.assertEqual(order.csp_approval_state, "none")
        with self.assertRaisesRegex(UserError, "80.00 below"):
            order.action_confirm()
        self.assertEqual(order.state, "draft")

    def test_the_limit_of_a_level(self):
        self.company.csp_discount_limit = 0
        grade = self._create_grade(csp_discount=10, csp_discount_limit=2)
        reseller = self._create_reseller(grade)
        order = self._order(price=53, partner=reseller)
        self.assertEqual(order._csp_limit_errors(), [])
        order.order_line.price_unit = 52.9
        self.assertEqual(len(order._csp_limit_errors()), 1)

    def test_naming_a_colleague_gives_no_discount(self):
        self.company.csp_discount_limit = 10
        self.manager.csp_discount_limit = 90
        order = self._order(price=53.9)
        order.user_id = self.manager
        self.assertFalse(order._csp_limit_errors())
        errors = order.with_user(self.seller)._csp_limit_errors()
        self.assertEqual(len(errors), 1)
        self.assertIn("10.0 % need no approval", errors[0])

    def test_an_agreement_promises_the_reseller_a_margin(self):
        reseller = self._create_reseller(self._create_grade(csp_discount=10))
        self._create_agreement(
            reseller, [{"value": 15}], min_reseller_margin_percent=12
        )
        order = self._create_order(reseller, [(self.variant, 1)])
        self.assertEqual(order._csp_limit_errors(), [])
        order.order_line.write({"price_unit": 54, "discount": 0})
        self.assertEqual(len(order._csp_limit_errors()), 1)
        self.assertIn("10.00 %", order._csp_limit_errors()[0])

    # --- special bids -------------------------------------------------------

    def test_a_special_bid_lowers_the_floor_of_its_order_only(self):
        order, other = self._order(), self._order()
        bid = self._bid(order_id=order.id, quota_seats=10)
        self.assertEqual(bid.approved_by, self.manager)
        self.assertEqual(order.order_line.purchase_price, 38)
        self.assertEqual(order.order_line.csp_special_bid_id, bid)
        self.assertFalse(order._confirmation_error_message())
        self.assertIn("80.00 below", other._confirmation_error_message())
        order.action_confirm()
        self.assertEqual(order.order_line.purchase_price, 38)
        self.assertEqual((bid.used_seats, bid.state), (10, "used"))
        order._csp_release_usage()
        self.assertEqual((bid.used_seats, bid.state), (0, "approved"))

    def test_a_bid_has_an_end_a_quota_and_an_approval(self):
        order = self._order()
        bid = self._bid(order_id=order.id, quota_seats=9)
        self.assertIn("below", order._confirmation_error_message())
        order.order_line.product_uom_qty = 9
        self.assertFalse(order._confirmation_error_message())
        with freeze_time("2026-06-01 00:00:00"):
            self.assertIn("below", order._confirmation_error_message())
            bid._gc_expired()
            self.assertEqual(bid.state, "expired")
        waiting = self._bid(approve=False, customer_id=self.customer.id)
        with self.assertRaises(AccessError):
            waiting.with_user(self.seller).action_approve()
        with self.assertRaises(AccessError):
            waiting.with_user(self.seller).write({"state": "approved"})
        self.assertEqual(waiting.state, "draft")
        self.assertEqual(self._order(seats=1).order_line.purchase_price, 48)

    def test_two_lines_of_one_order_share_a_bid(self):
        bid = self._bid(customer_id=self.customer.id, quota_seats=10)
        order = self._order(seats=6)
        order.order_line.copy({"order_id": order.id, "product_uom_qty": 5})
        with self.assertRaisesRegex(UserError, "has 10 seats left"):
            order.action_confirm()
        self.assertEqual(
            (order.state, bid.state, bid.used_seats), ("draft", "approved", 0)
        )
        order.order_line[1].product_uom_qty = 4
        order.action_confirm()
        self.assertEqual((bid.state, bid.used_seats), ("used", 10))

    def test_who_cancels_approves_no_bid(self):
        order = self._order()
        bid = self._bid(order_id=order.id)
        order.action_confirm()
        self.assertEqual(bid.state, "used")
        order.with_user(self.seller).sudo()._csp_release_usage()
        self.assertEqual((bid.state, bid.used_seats), ("approved", 0))
        self.assertEqual(bid.approved_by, self.manager)

    def test_a_bid_for_a_customer_is_for_no_other(self):
        self._bid(customer_id=self.customer.id)
        self.assertEqual(self._order().order_line.purchase_price, 38)
        other = self._create_customer()
        self.assertEqual(self._order(partner=other).order_line.purchase_price, 48)

    # --- report -------------------------------------------------------------

    def test_the_report_lists_losses_and_is_empty_when_all_is_well(self):
        action = self.env["ir.actions.actions"]._for_xml_id(
            "csp_catalog.action_csp_below_cost"
        )
        domain = [("csp_loss_amount", ">", 0), ("state", "!=", "cancel")]
        self.assertEqual(
            action["domain"].replace("'", '"'), str(domain).replace("'", '"')
        )
        lines = self.env["sale.order.line"]
        before = lines.search(domain)
        self._order(price=48)
        self.assertEqual(lines.search(domain), before)
        loss = self._order(price=47.5).order_line
        self.assertEqual(lines.search(domain) - before, loss)
        self.assertEqual(loss.csp_loss_amount, 5)
