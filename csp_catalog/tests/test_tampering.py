"""What an employee may not do by calling the server instead of pressing a button."""

from datetime import date

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged

from .common import CspCatalogCommon


@tagged("post_install", "-at_install", "csp")
@freeze_time("2026-05-10 10:00:00")
class TestTampering(CspCatalogCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_provider()
        cls.offer = cls._create_offer()
        # Per seat and year: cost 48, list price 60.
        cls.variant = cls._create_variant(cls.offer, "P1Y", "annual", 48, 60)
        cls.customer = cls._create_customer()
        cls.manager = new_test_user(
            cls.env, "tamper_manager", groups="csp_catalog.group_csp_manager"
        )
        cls.keeper = new_test_user(
            cls.env, "tamper_keeper", groups="csp_catalog.group_csp_product_manager"
        )
        cls.seller = new_test_user(
            cls.env,
            "tamper_seller",
            groups="csp_catalog.group_csp_user,sales_team.group_sale_salesman_all_leads",
        )

    def _order(self, price=60.0, seats=10, **values):
        return self._create_order(
            self.customer,
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

    def _bid(self, user, cost=38.0, **values):
        return (
            self.env["csp.special.bid"]
            .with_user(user)
            .create(
                {
                    "program_id": self.program.id,
                    "date_end": date(2026, 5, 31),
                    "company_id": self.company.id,
                    "currency_id": self.currency.id,
                    "customer_id": self.customer.id,
                    "line_ids": [
                        Command.create(
                            {
                                "product_id": self.variant.id,
                                "kind": "fixed",
                                "value": cost,
                            }
                        )
                    ],
                    **values,
                }
            )
        )

    def _refused(self, change):
        with self.assertRaises(UserError), self.cr.savepoint():
            change()

    # ----------------------------------------------------------------------
    # SPECIAL BIDS
    # ----------------------------------------------------------------------

    def test_the_cost_of_an_approved_bid_stays(self):
        """Not by the line, not by a new line, not by a line of another bid."""
        bid, other = self._bid(self.seller), self._bid(self.seller, cost=1.0)
        bid.action_request()
        bid.with_user(self.manager).action_approve()
        line = bid.line_ids
        values = {"product_id": self.variant.id, "kind": "percent", "value": 99}
        for change in (
            lambda: line.write({"value": 1.0}),
            lambda: line.unlink(),
            lambda: line.create({**values, "bid_id": bid.id}),
            lambda: line.with_user(self.manager).write({"value": 1.0}),
            lambda: other.line_ids.write({"bid_id": bid.id}),
            lambda: line.write({"bid_id": other.id}),
        ):
            self._refused(change)
        self.assertEqual(bid.line_ids, line)
        self.assertEqual((line.kind, line.value), ("fixed", 38.0))
        other.line_ids.value = 2.0
        self.assertEqual(other.line_ids.value, 2.0)

    def test_a_new_bid_has_used_no_seats(self):
        bid = self._bid(self.seller, quota_seats=5, used_seats=-1000)
        self.assertEqual(bid.used_seats, 0)
        bid = self._bid(self.manager, quota_seats=5, used_seats=-1000, state="approved")
        self.assertEqual((bid.used_seats, bid.state), (0, "draft"))

    # ----------------------------------------------------------------------
    # ORDERS
    # ----------------------------------------------------------------------

    def test_the_discount_by_hand_is_not_what_somebody_says(self):
        """Who is above the limit cannot write that he is below it."""
        self.company.csp_discount_limit = 5.0
        order = self._order(50.0)
        line = order.order_line.with_user(self.seller)
        self.assertEqual(line.csp_manual_percent, 16.67)
        terms = {**line.csp_terms_waterfall, "net": "50.00"}
        agreement = self._create_agreement(self.customer, activate=False)
        promotion = self._create_promotion(50.0, product_id=self.variant.id)
        promotion.date_end = date(2020, 2, 1)
        for values in (
            {"csp_manual_percent": 0.0},
            {"csp_terms_waterfall": terms},
            {"csp_waterfall": terms},
            {"csp_loss_amount": 0.0},
            {"csp_rate": 2.0},
            {"csp_agreement_id": agreement.id},
            {"csp_promotion_ids": [Command.set(promotion.ids)]},
            {"csp_special_bid_id": self._bid(self.seller).id},
            {"csp_price_id": False},
            {"csp_is_bid_used": True},
        ):
            with self.subTest(values=values):
                self._refused(lambda values=values: line.write(values))
                self._refused(
                    lambda values=values: line.create(
                        {
                            "order_id": order.id,
                            "product_id": self.variant.id,
                            **values,
                        }
                    )
                )
        self.assertEqual(order.order_line.csp_manual_percent, 16.67)
        self._refused(order.with_user(self.seller).action_confirm)
        self.assertEqual(order.state, "draft")

    def test_a_line_below_cost_cannot_be_called_something_else(self):
        order = self._order(1.0)
        mine = order.with_user(self.seller)
        self._refused(mine.action_confirm)
        try:
            mine.order_line.write({"is_downpayment": True})
        except UserError:
            return
        self._refused(mine.action_confirm)
        self.assertEqual(order.state, "draft")

    def test_who_asks_does_not_approve(self):
        order = self._order(40.0, csp_floor_reason="Please")
        mine = order.with_user(self.seller)
        mine.action_csp_request_approval()
        for change in (
            mine.action_csp_approve_below_cost,
            lambda: mine.write({"csp_approval_state": "approved"}),
            lambda: mine.write({"csp_floor_approved_by": self.manager.id}),
            lambda: mine.write({"csp_approval_requested_by": self.manager.id}),
            lambda: mine.copy({"csp_floor_approved_by": self.manager.id}),
        ):
            self._refused(change)
        self.assertEqual(order.csp_approval_state, "waiting")
        for copy in (
            mine.copy({"csp_approval_state": "approved", "csp_floor_reason": "Mine"}),
            mine.with_context(default_csp_approval_state="approved").copy(),
        ):
            # The state is about other lines: it falls with the first one.
            self.assertEqual(copy.csp_approval_state, "none")
            copy.order_line.price_unit = 40.0
            self._refused(copy.action_confirm)
            self.assertEqual(copy.state, "draft")

    # ----------------------------------------------------------------------
    # AGREEMENTS
    # ----------------------------------------------------------------------

    def test_nobody_writes_a_signature_by_hand(self):
        agreement = self._create_agreement(activate=False).with_user(self.keeper)
        # A picture of one point.
        picture = (
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA"
            "60e6kgAAAABJRU5ErkJggg=="
        )
        for values in (
            {"signed_by": "Somebody"},
            {"signature": picture},
            {"signed_at": "2026-05-10 10:00:00"},
            {"signed_ip": "192.0.2.1"},
            {"version": 7},
            {"previous_id": agreement.id},
        ):
            with self.subTest(values=list(values)):
                self._refused(lambda values=values: agreement.write(values))
                self._refused(
                    lambda values=values: agreement.create(
                        {"partner_id": self.customer.id, **values}
                    )
                )
        self.assertFalse(agreement.signed_by)

    def test_no_clause_moves_into_an_agreement_in_force(self):
        line = {"kind": "discount_erp", "value": 5.0}
        parts = [Command.create({"reason": "volume", "percent": 5.0})]
        active = self._create_agreement(
            lines=[{"kind": "discount_erp", "component_ids": parts}]
        )
        draft = self._create_agreement(
            lines=[
                {**line, "min_quantity": 2},
                {
                    "kind": "discount_erp",
                    "component_ids": parts,
                    "scope": "variant",
                    "product_id": self.variant.id,
                },
            ],
            activate=False,
        )
        mine = draft.with_user(self.keeper)
        before = active.line_ids.mapped("value")
        self._refused(
            lambda: mine.line_ids[0].write({"agreement_id": active.id}),
        )
        self._refused(
            lambda: mine.line_ids[1].component_ids.write(
                {"line_id": active.line_ids.id}
            ),
        )
        self.env.invalidate_all()
        self.assertEqual(active.line_ids.mapped("value"), before)
