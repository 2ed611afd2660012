"""Orders that the catalogue refuses, and mending them in one click."""

from datetime import date

from odoo.exceptions import UserError
from odoo.tests import freeze_time, new_test_user, tagged

from .common import CspCatalogCommon


@freeze_time("2026-06-15 12:00:00")
@tagged("post_install", "-at_install", "csp")
class TestOfferSale(CspCatalogCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_provider()
        cls.offer = cls._create_offer(name="Assistant")
        cls.base = cls._create_offer(name="Suite")
        cls.variant = cls._create_variant(cls.offer)
        cls.base_variant = cls._create_variant(cls.base)
        cls.reseller = cls._create_reseller(name="Nordwind", city="Bremen")
        cls.customer = cls._create_customer()

    def _refused(self, order, message):
        """Assert that the order is refused with a message, and stays a quotation."""
        lines = [(line.product_id, line.product_uom_qty) for line in order.order_line]
        with self.assertRaisesRegex(UserError, message):
            order.action_confirm()
        self.assertEqual(order.state, "draft")
        self.assertEqual(
            [(line.product_id, line.product_uom_qty) for line in order.order_line],
            lines,
        )

    def _order(self, *lines, partner=None):
        return self._create_order(partner or self.customer, lines)

    # --- seats --------------------------------------------------------------

    def test_no_minimum_buy(self):
        order = self._order((self.variant, 1))
        self.assertFalse(order.csp_offer_warning)
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_fewest_and_most_seats(self):
        self.offer.write({"csp_min_seats": 5, "csp_max_seats": 300})
        for seats, message in ((4, "needs at least 5 seats"), (301, "at most 300")):
            with self.subTest(seats=seats):
                self._refused(self._order((self.variant, seats)), message)
        for seats in (5, 300):
            self.assertFalse(self._order((self.variant, seats)).csp_offer_warning)

    # --- prerequisites ------------------------------------------------------

    def test_missing_prerequisite_is_refused_then_added_with_one_click(self):
        self._create_relation(self.offer, "requires", self.base)
        order = self._order((self.variant, 7))
        self._refused(order, "Assistant needs Suite: neither ordered nor in use yet")
        self.assertTrue(order.csp_can_add_missing)
        order.action_csp_add_missing()
        added = order.order_line[1]
        self.assertEqual(
            (added.product_id, added.product_uom_qty), (self.base_variant, 7)
        )
        self.assertIn("because Assistant needs it", order.message_ids[0].body)
        self.assertFalse(order.csp_offer_warning)
        self.assertFalse(order.csp_can_add_missing)
        with self.assertRaisesRegex(UserError, "Nothing is missing"):
            order.action_csp_add_missing()
        self.assertEqual(len(order.order_line), 2)
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_what_is_added_may_need_something_itself(self):
        ground = self._create_offer(name="Ground")
        self._create_variant(ground)
        self._create_relation(self.offer, "requires", self.base)
        self._create_relation(self.base, "requires", ground)
        order = self._order((self.variant, 2))
        order.action_csp_add_missing()
        self.assertEqual(
            order.order_line.product_template_id, self.offer | self.base | ground
        )
        self.assertFalse(order.csp_offer_warning)

    def test_the_first_alternative_on_sale_is_proposed(self):
        other = self._create_offer(name="Other")
        other_variant = self._create_variant(other)
        self._create_relation(self.offer, "requires", self.base, sequence=1)
        self._create_relation(self.offer, "requires", other, sequence=2)
        self.base.csp_end_of_sale_date = date(2026, 6, 15)
        order = self._order((self.variant, 2))
        self.assertIn("Suite / Other", order.csp_offer_warning)
        order.action_csp_add_missing()
        self.assertEqual(order.order_line.product_id, self.variant | other_variant)

    def test_exclusion(self):
        self._create_relation(self.base, "excludes", self.offer)
        order = self._order((self.variant, 1), (self.base_variant, 1))
        self._refused(order, "Suite does not go with Assistant")
        self.assertFalse(order.csp_can_add_missing)
        order.order_line[1].unlink()
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_v70_share_of_an_add_on(self):
        self._create_relation(self.offer, "addon_of", self.base, share_percent=5)
        order = self._order((self.base_variant, 400), (self.variant, 19))
        self._refused(order, "Assistant needs at least 20 seats for 400 seats of Suite")
        order.action_csp_add_missing()
        self.assertEqual(order.order_line[1].product_uom_qty, 20)
        self.assertFalse(order.csp_offer_warning)

    def test_a_component_beside_its_suite_is_a_notice_not_a_refusal(self):
        self._create_relation(self.base, "includes", self.offer)
        order = self._order((self.variant, 1), (self.base_variant, 1))
        self.assertEqual(
            order.csp_offer_notice,
            "Assistant is part of Suite: who has the suite needs no seat of its own.",
        )
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    # --- end of sale --------------------------------------------------------

    def test_end_of_sale(self):
        self.offer.csp_end_of_sale_date = date(2026, 6, 16)
        order = self._order((self.variant, 1))
        self.assertFalse(order._confirmation_error_message())
        combination = self.variant.product_template_attribute_value_ids
        self.assertTrue(self.offer._is_combination_possible(combination))
        with freeze_time("2026-06-16 12:00:00"):
            self._refused(order, "not sold any more since 2026-06-16")
            self.assertFalse(self.offer._is_combination_possible(combination))
            with self.assertRaisesRegex(UserError, "not sold any more"):
                order.action_quotation_send()

    # --- channel ------------------------------------------------------------

    def test_partner_only_is_refused_to_others_with_a_list_of_partners(self):
        self.env["res.partner"].search([("is_csp_reseller", "=", True)]).filtered(
            lambda partner: partner != self.reseller
        ).grade_id = False
        self.offer.csp_channel = "partner"
        self._refused(
            self._order((self.variant, 1)),
            r"by our partners only\. Ask one of them: Nordwind \(Bremen\)\.",
        )
        order = self._order((self.variant, 1), partner=self.reseller)
        self.assertFalse(order.csp_offer_warning)
        # A customer with a reseller is sent to that one.
        own = self._create_reseller(name="Alpenblick", city=False)
        customer = self._create_customer(own)
        self.assertEqual(self.offer._csp_get_channel_partners(customer), own)
        self.assertRegex(
            self.variant._csp_sale_refusals(customer)[0], r"one of them: Alpenblick\."
        )

    def test_direct_only_is_refused_to_resellers(self):
        self.offer.csp_channel = "direct"
        self._refused(
            self._order((self.variant, 1), partner=self.reseller), "sold to end custom"
        )
        self.assertFalse(self._order((self.variant, 1)).csp_offer_warning)

    def test_partners_of_the_customers_country_come_first(self):
        self.env["res.partner"].search(
            [("is_csp_reseller", "=", True)]
        ).grade_id = False
        gold = self._create_grade(name="Gold", sequence=1)
        silver = self._create_grade(name="Silver", sequence=2)
        first = self._create_reseller(silver, name="A")
        second = self._create_reseller(gold, name="B")
        abroad = self._create_reseller(
            gold, name="C", country_id=self.env.ref("base.fr").id
        )
        self.assertEqual(
            list(self.offer._csp_get_channel_partners(self.customer)), [second, first]
        )
        visitor = self.customer.copy({"country_id": self.env.ref("base.it").id})
        self.assertEqual(len(self.offer._csp_get_channel_partners(visitor)), 3)
        visitor.country_id = abroad.country_id
        self.assertEqual(self.offer._csp_get_channel_partners(visitor), abroad)

    # --- refusals for shop and portal ---------------------------------------

    def test_refusals_of_one_product_among_others(self):
        self._create_relation(self.offer, "requires", self.base)
        refusals = self.variant._csp_sale_refusals(self.customer, 1)
        self.assertEqual(
            refusals, ["Assistant needs Suite: neither ordered nor in use yet."]
        )
        self.assertEqual(
            self.variant._csp_sale_refusals(self.customer, 1, {self.base_variant: 1}),
            [],
        )

    def test_refusals_need_no_rights(self):
        self._create_relation(self.offer, "requires", self.base)
        self.offer.csp_channel = "partner"
        user = self._create_portal_user(self.customer)
        variant = self.variant.with_user(user)
        self.assertEqual(len(variant.sudo()._csp_sale_refusals(self.customer)), 2)
        seller = new_test_user(
            self.env, "csp_offer_seller", groups="csp_catalog.group_csp_user"
        )
        order = self._order((self.variant, 1))
        order.user_id = seller
        self.assertIn("needs Suite", order.with_user(seller).csp_offer_warning)
        # A salesperson who has nothing to do with the catalogue.
        plain = new_test_user(
            self.env, "csp_plain_seller", groups="sales_team.group_sale_salesman"
        )
        order.user_id = plain
        self.assertIn("needs Suite", order.with_user(plain).csp_offer_warning)
        order.with_user(plain).action_csp_add_missing()
        self.assertEqual(len(order.order_line), 2)
        self.assertTrue(self.offer.with_user(plain).read())

    def test_portal_users_read_nothing_behind_an_offer(self):
        user = self._create_portal_user(self.customer)
        self._create_relation(self.offer, "requires", self.base)
        for model in (
            "csp.offer.relation",
            "csp.benefit",
            "csp.service.plan",
            "csp.service.suite",
            "csp.price.history",
        ):
            with self.subTest(model=model):
                for operation in ("read", "write", "create", "unlink"):
                    self.assertFalse(
                        self.env[model].with_user(user).has_access(operation)
                    )
        known = self.offer.with_user(user).fields_get()
        for name in ("csp_relation_ids", "csp_benefit_ids", "csp_is_below_floor"):
            self.assertNotIn(name, known)
        category = self.env["product.category"].with_user(user).fields_get()
        for name in ("csp_stop_reason", "csp_manager_id", "csp_average_margin_percent"):
            self.assertNotIn(name, category)

    def test_usage_is_not_ordered_in_seats(self):
        self.offer.csp_is_usage = True
        self._refused(self._order((self.variant, 1)), "charged by use")
        with self.assertRaisesRegex(UserError, "cannot be a trial"):
            self.offer.csp_is_trial = True
