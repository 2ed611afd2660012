"""Plans suggested with devices, for consumers and businesses, and what was taken."""

from psycopg2.errors import CheckViolation, UniqueViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import CspCatalogCommon


@tagged("post_install", "-at_install", "csp")
class TestSuggestion(CspCatalogCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        categories = cls.env["product.category"]
        cls.hardware = categories.create({"name": "Test hardware"})
        cls.laptops = categories.create(
            {"name": "Test laptops", "parent_id": cls.hardware.id}
        )
        cls.laptop = cls._create_device(1199, 1000, categ_id=cls.laptops.id)
        # Per month 5.00, 10.50, 22.00; in the first year 60, 126, 264.
        cls.basic, cls.standard, cls.premium = (
            cls._create_variant(erp=erp, cost=erp * 0.8) for erp in (60, 126, 264)
        )
        cls.personal = cls._create_own_service(list_price=5.75, name="Personal")
        cls.business_ladder = cls._create_ladder(
            (cls.basic, cls.standard, cls.premium), audience="business"
        )
        cls.home_ladder = cls._create_ladder(
            (cls.personal,), recommended=0, audience="consumer"
        )
        cls.business_rule = cls._create_suggestion_rule(
            cls.business_ladder, audience="business", categ_id=cls.hardware.id
        )
        cls.home_rule = cls._create_suggestion_rule(
            cls.home_ladder,
            audience="consumer",
            categ_id=cls.laptops.id,
            price_min=999,
            price_max=1299,
        )
        cls.pricelist = cls.env["product.pricelist"].create(
            {"name": "Test list prices", "currency_id": cls.currency.id}
        )
        cls.consumer = cls._create_customer(name="Karla Klein", is_company=False)
        cls.business = cls._create_customer(vat="DE136695976")
        (
            cls.consumer | cls.business
        ).specific_property_product_pricelist = cls.pricelist

    def _suggest(self, partner, product=None, **values):
        return [
            (s.product, s.rung, s.price, s.is_recommended)
            for s in (product or self.laptop)._csp_suggest(partner, **values)
        ]

    def _order(self, partner=None, quantity=1, **values):
        return self._create_order(
            partner or self.business, [(self.laptop, quantity)], **values
        )

    # --- which plans --------------------------------------------------------

    def test_rung_is_named_by_step_and_plan(self):
        """The tags of a ladder name its plans, not the database's records."""
        rung = self.home_ladder.rung_ids
        self.assertEqual(rung.display_name, f"Good: {self.personal.display_name}")

    def test_consumer_gets_a_plan_in_proportion_to_the_device(self):
        self.assertEqual(
            self._suggest(self.consumer), [(self.personal, "good", 5.75, True)]
        )
        [found] = self.laptop._csp_suggest(self.consumer)
        self.assertEqual(found.rule, self.home_rule)
        self.assertIn("69.00", found.sentence)
        self.assertIn("5.8 %", found.sentence)

    def test_vat_number_or_leasing_shows_business_plans(self):
        expected = [
            (self.basic, "good", 5.0, False),
            (self.standard, "better", 10.5, True),
            (self.premium, "best", 22.0, False),
        ]
        self.assertEqual(self._suggest(self.business), expected)
        self.assertEqual(self._suggest(self.consumer, is_business=True), expected)
        order = self._order(self.consumer)
        [(line, found)] = order._csp_get_suggestions()
        self.assertEqual((line, len(found)), (order.order_line, 1))
        order.csp_is_leasing = True
        [(line, found)] = order._csp_get_suggestions()
        self.assertEqual([s.product for s in found], [e[0] for e in expected])

    def test_first_plan_costs_no_more_than_the_share(self):
        self.business_rule.share_percent = 6
        # 6 % of 1199 is 71.94: only the plan for 60.00 a year is within.
        found = self.laptop._csp_suggest(self.business)
        self.assertEqual(
            [(s.product, s.is_recommended, s.is_within) for s in found],
            [
                (self.basic, True, True),
                (self.standard, False, False),
                (self.premium, False, False),
            ],
        )
        self.assertIn("costs more", found[1].sentence)
        self.business_rule.share_percent = 5
        self.assertEqual(self._suggest(self.business), [])

    def test_price_band_and_category(self):
        cheap = self._create_device(499, 400, categ_id=self.laptops.id)
        self.assertEqual(self._suggest(self.consumer, cheap), [])
        other = self._create_device(1199, 900, name="Chair")
        self.assertEqual(self._suggest(self.business, other), [])
        self.assertEqual(self._suggest(self.business, self.premium), [])

    def test_prices_are_the_buyers_own(self):
        reseller = self._create_reseller(self._create_grade(csp_discount=10))
        self.assertEqual(
            [s.price for s in self.laptop._csp_suggest(reseller)], [4.5, 9.45, 19.8]
        )

    def test_other_currency_keeps_the_share(self):
        pound = self.setup_other_currency("GBP", rates=[("2020-01-01", 0.5)])
        found = self.laptop._csp_suggest(self.business, currency=pound)
        self.assertEqual([s.price for s in found], [2.5, 5.25, 11.0])
        self.assertIn("10.5 %", found[1].sentence)

    def test_plan_off_sale_is_not_suggested(self):
        self.basic.product_tmpl_id.sale_ok = False
        self.standard.active = False
        self.assertEqual(
            self._suggest(self.business), [(self.premium, "best", 22.0, True)]
        )

    def test_what_an_order_would_refuse_is_not_suggested(self):
        """Channel, end of sale and a stopped group, as the order itself says."""
        reseller = self._create_reseller()
        reseller.specific_property_product_pricelist = self.pricelist
        everything = [self.basic, self.standard, self.premium]
        self.assertEqual([s[0] for s in self._suggest(reseller)], everything)
        self.basic.product_tmpl_id.csp_channel = "partner"
        self.premium.product_tmpl_id.csp_channel = "direct"
        self.assertEqual([s[0] for s in self._suggest(self.business)], everything[1:])
        self.assertEqual([s[0] for s in self._suggest(reseller)], everything[:2])
        self.standard.product_tmpl_id.csp_end_of_sale_date = "2020-01-01"
        self.assertEqual([s[0] for s in self._suggest(self.business)], [self.premium])
        for buyer in (self.business, reseller):
            allowed = [s[0] for s in self._suggest(buyer)]
            for plan in everything:
                self.assertEqual(plan in allowed, not plan._csp_sale_refusals(buyer, 1))
        self.premium.categ_id = self.env["product.category"].create(
            {"name": "Test suites"}
        )
        self.premium.categ_id._csp_stop_sale("Recall")
        self.assertEqual(self._suggest(self.business), [])

    def test_suggestions_cost_the_same_queries_for_any_ladder(self):
        def count(ladder):
            self.business_rule.ladder_id = ladder
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            found = self.laptop._csp_suggest(self.business)
            return len(found), self.cr.sql_log_count - before

        short = self._create_ladder((self.basic,), recommended=0, audience="business")
        count(short)
        one, queries = count(short)
        three, more = count(self.business_ladder)
        self.assertEqual((one, three), (1, 3))
        self.assertLessEqual(more, queries)

    # --- data ---------------------------------------------------------------

    def test_ladder_has_one_plan_per_step_and_one_recommended(self):
        with self.assertRaisesRegex(ValidationError, "exactly one"):
            self._create_ladder((self.basic, self.standard), recommended=9)
        with self.assertRaises(ValidationError), self.cr.savepoint():
            self.business_ladder.rung_ids[0].is_recommended = True
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"):
            self.business_ladder.rung_ids = [
                Command.create({"rung": "best", "product_id": self.personal.id})
            ]

    def test_absurd_rules_are_refused(self):
        for values in (
            {"share_percent": 0},
            {"share_percent": 101},
            {"price_min": -1},
            {"price_min": 999, "price_max": 999},
        ):
            with (
                self.subTest(values),
                self.assertRaises(CheckViolation),
                mute_logger("odoo.sql_db"),
                self.cr.savepoint(),
            ):
                self._create_suggestion_rule(self.home_ladder, **values)

    def test_sales_staff_uses_rules_and_product_managers_edit_them(self):
        seller = new_test_user(
            self.env, "csp_seller", groups="csp_catalog.group_csp_user"
        )
        manager = new_test_user(
            self.env, "csp_product", groups="csp_catalog.group_csp_product_manager"
        )
        with self.assertRaises(AccessError):
            self.home_rule.with_user(seller).share_percent = 50
        self.home_rule.with_user(manager).share_percent = 50
        self.assertEqual(self.home_rule.share_percent, 50)
        laptop = self.laptop.with_user(seller)
        [found] = laptop._csp_suggest(self.consumer.with_user(seller))
        self.assertEqual(found.product.env.uid, seller.id)
        self.assertFalse(found.product.env.su)

    def test_portal_user_gets_plans_without_reading_rules(self):
        user = self._create_portal_user(self.business)
        laptop = self.laptop.with_user(user)
        self.assertEqual(len(laptop._csp_suggest(user.partner_id)), 3)
        for model in ("rule", "ladder", "rung"):
            with self.assertRaises(AccessError):
                self.env[f"csp.suggestion.{model}"].with_user(user).search([])

    def test_rules_of_another_company_do_not_count(self):
        other = self._create_company(name="Other company")
        self.assertEqual(
            self.laptop.with_company(other)._csp_suggest(self.business), []
        )

    # --- quotation ----------------------------------------------------------

    def test_chosen_plan_is_recorded_on_the_line(self):
        order = self._order(quantity=3)
        action = order.action_csp_suggest()
        wizard = self.env["csp.suggestion.wizard"].browse(action["res_id"])
        self.assertEqual(wizard.line_ids.mapped("rung"), ["good", "better", "best"])
        self.assertEqual(wizard.line_ids.mapped("price"), [5.0, 10.5, 22.0])
        wizard.line_ids[1].action_add()
        device, plan = order.order_line
        self.assertRecordValues(
            plan,
            [
                {
                    "product_id": self.standard.id,
                    "product_uom_qty": 3,
                    "price_unit": 10.5,
                    "csp_attached_to_line_id": device.id,
                    "csp_suggestion_rule_id": self.business_rule.id,
                    "csp_suggestion_rung": "better",
                }
            ],
        )
        # The device has its plan now.
        with self.assertRaisesRegex(UserError, "not suggested any more"):
            wizard.line_ids[2].action_add()
        with self.assertRaisesRegex(UserError, "No suggestion rule fits"):
            order.action_csp_suggest()
        self.assertEqual(len(order.order_line), 2)
        self.assertFalse(order.copy().order_line.csp_attached_to_line_id)

    def test_plan_is_attached_within_one_quotation_before_it_is_sold(self):
        order, other = self._order(), self._order()
        with self.assertRaisesRegex(ValidationError, "same order"):
            other.order_line.csp_attached_to_line_id = order.order_line
        [(line, found)] = order._csp_get_suggestions()
        order.action_lock()
        order.state = "cancel"
        with self.assertRaisesRegex(UserError, "not a quotation any more"):
            line._csp_attach(found[0])
        self.assertEqual(len(order.order_line), 1)

    def test_attach_rate(self):
        with_plan, without = self._order(quantity=3), self._order()
        [(line, found)] = with_plan._csp_get_suggestions()
        line._csp_attach(found[0]).product_uom_qty = 2
        self.env.flush_all()
        rows = self.env["csp.attach.report"].search(
            [("order_id", "in", (with_plan | without).ids)],
            order="device_quantity desc",
        )
        self.assertRecordValues(
            rows,
            [
                {
                    "product_id": self.laptop.id,
                    "plan_id": self.basic.id,
                    "rung": "good",
                    "rule_id": self.business_rule.id,
                    "device_quantity": 3,
                    "attached_quantity": 2,
                    "attach_rate": 100,
                },
                {
                    "product_id": self.laptop.id,
                    "plan_id": False,
                    "rung": False,
                    "rule_id": False,
                    "device_quantity": 1,
                    "attached_quantity": 0,
                    "attach_rate": 0,
                },
            ],
        )
        [(rate, devices)] = rows._read_group(
            [("id", "in", rows.ids)],
            aggregates=["attach_rate:avg", "device_quantity:sum"],
        )
        self.assertEqual((rate, devices), (50, 4))
