"""Product groups: the switch, who may turn it, the console and the exceptions."""

from datetime import date, datetime
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, new_test_user, tagged

from ..models import product_exception
from .common import CspCatalogCommon


@freeze_time("2026-06-15 12:00:00")
@tagged("post_install", "-at_install", "csp")
class TestProductGroup(CspCatalogCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_provider()
        groups = "csp_catalog.group_csp_product_manager"
        cls.owner = new_test_user(cls.env, "csp_group_owner", groups=groups)
        cls.colleague = new_test_user(cls.env, "csp_group_colleague", groups=groups)
        cls.manager = new_test_user(
            cls.env, "csp_group_admin", groups="csp_catalog.group_csp_manager"
        )
        cls.seller = new_test_user(
            cls.env, "csp_group_seller", groups="csp_catalog.group_csp_user"
        )
        Category = cls.env["product.category"]
        cls.parent = Category.create({"name": "Cloud", "csp_manager_id": cls.owner.id})
        cls.group = Category.create({"name": "Mail", "parent_id": cls.parent.id})
        cls.other = Category.create({"name": "Other"})
        cls.offer = cls._create_offer(name="Mailer", categ_id=cls.group.id)
        cls.variant = cls._create_variant(cls.offer)
        cls.customer = cls._create_customer()

    def _stop(self, group=None, user=None, reason="Vendor recalls it"):
        group = (group or self.group).with_user(user or self.owner)
        wizard = self.env["csp.sale.stop"].with_user(user or self.owner)
        wizard.create({"category_id": group.id, "reason": reason}).action_stop()

    # --- the switch ---------------------------------------------------------

    def test_a_stopped_group_sells_nothing_and_starts_again(self):
        order = self._create_order(self.customer, [(self.variant, 3)])
        combination = self.variant.product_template_attribute_value_ids
        self._stop()
        self.assertEqual(
            (
                self.group.csp_stopped_by,
                self.group.csp_stopped_at,
                self.group.csp_stop_reason,
            ),
            (self.owner, datetime(2026, 6, 15, 12), "Vendor recalls it"),
        )
        self.assertIn("Vendor recalls it", self.group.message_ids[0].body)
        self.assertEqual(self.group.message_ids[0].author_id, self.owner.partner_id)
        with self.assertRaisesRegex(UserError, "“Mail” is stopped: Vendor recalls it"):
            order.action_confirm()
        self.assertEqual(order.state, "draft")
        with self.assertRaisesRegex(UserError, "not sold at the moment"):
            order.action_quotation_send()
        self.assertFalse(self.offer._is_combination_possible(combination))
        self.assertTrue(self.offer.csp_is_sale_stopped)
        self.group.with_user(self.owner).action_csp_start_sale()
        self.assertFalse(self.group.csp_is_sale_stopped or self.group.csp_stop_reason)
        self.assertTrue(self.offer._is_combination_possible(combination))
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_stopping_a_group_stops_the_groups_below_and_no_other(self):
        neighbour = self._create_variant(
            self._create_offer(name="Neighbour", categ_id=self.other.id)
        )
        self._stop(self.parent)
        Template = self.env["product.template"]
        ours = [("id", "in", (self.offer | neighbour.product_tmpl_id).ids)]
        self.assertEqual(
            Template.search([*ours, ("csp_is_sale_stopped", "=", True)]), self.offer
        )
        self.assertEqual(
            Template.search([*ours, ("csp_is_sale_stopped", "=", False)]),
            neighbour.product_tmpl_id,
        )
        self.assertTrue(self.group.csp_is_off_sale)
        self.assertFalse(self.group.csp_is_sale_stopped)
        self.assertTrue(self.variant._csp_sale_refusals(self.customer))
        self.assertFalse(neighbour._csp_sale_refusals(self.customer))

    def test_ordinary_products_of_the_group_stop_too(self):
        laptop = self.env["product.product"].create(
            {"name": "Laptop", "categ_id": self.group.id, "list_price": 999}
        )
        self._stop()
        order = self._create_order(self.customer, [(laptop, 1)])
        with self.assertRaisesRegex(UserError, "Laptop is not sold at the moment"):
            order.action_confirm()
        self.assertEqual(order.state, "draft")

    def test_customers_are_not_told_the_reason(self):
        self._stop(reason="Below cost")
        user = self._create_portal_user(self.customer)
        variant = self.variant.with_user(user).sudo()
        self.assertEqual(
            variant._csp_sale_refusals(self.customer),
            [f"{self.variant.display_name} is not sold at the moment."],
        )

    def test_what_was_paid_before_the_stop_is_judged_as_it_was_paid(self):
        self._stop()
        refusals = self.variant._csp_sale_refusals
        self.assertTrue(refusals(self.customer, moment=datetime(2026, 6, 15, 12)))
        self.assertFalse(refusals(self.customer, moment=datetime(2026, 6, 15, 11, 59)))

    def test_who_may_turn_the_switch(self):
        for user in (self.colleague, self.seller):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._stop(user=user)
            with self.assertRaises(AccessError):
                self.group.with_user(user).action_csp_stop_sale()
            self.assertFalse(self.group.csp_is_sale_stopped)
        with self.assertRaises(AccessError):
            self._stop(self.other)
        self._stop(self.other, self.manager)
        self._stop(self.parent)
        with self.assertRaises(AccessError):
            self.parent.with_user(self.colleague).action_csp_start_sale()
        self.assertTrue(self.parent.csp_is_sale_stopped)

    def test_the_switch_cannot_be_forged(self):
        group = self.group.with_user(self.owner)
        for name, value in (
            ("csp_is_sale_stopped", True),
            ("csp_stop_reason", "x"),
            ("csp_stopped_by", self.colleague.id),
            ("csp_stopped_at", datetime(2020, 1, 1)),
        ):
            with self.subTest(field=name):
                with self.assertRaises(AccessError):
                    group.write({name: value})
                with self.assertRaises(AccessError), self.cr.savepoint():
                    group.create({"name": "Forged", name: value})
                self.assertFalse(self.group[name])
        with self.assertRaisesRegex(AccessError, "administrator"):
            self.other.with_user(self.colleague).csp_manager_id = self.colleague
        self.assertFalse(self.other.csp_manager_id)
        self.other.with_user(self.manager).csp_manager_id = self.colleague
        group.name = "Post"
        with self.assertRaisesRegex(UserError, "Write down why"):
            self.group.with_user(self.owner)._csp_stop_sale("  ")

    # --- console and exceptions ---------------------------------------------

    def _exceptions(self, today=None):
        found = self.env["product.template"]._csp_find_exceptions(today)
        return {code for code, ids in found.items() if self.offer.id in ids}

    def test_exceptions(self):
        self.assertEqual(self._exceptions(), set())
        self.offer.csp_end_of_sale_date = date(2026, 7, 15)
        self.assertEqual(self._exceptions(), {"ends_soon"})
        self.assertEqual(self._exceptions(date(2026, 6, 14)), set())
        self.offer.csp_end_of_sale_date = date(2026, 6, 15)
        self.assertEqual(self._exceptions(), set())
        self._create_grade(csp_discount=20)
        self.assertEqual(self._exceptions(), set())
        self._create_grade(csp_discount=20.5)
        self.assertEqual(self._exceptions(), {"below_floor"})
        self.assertTrue(self.offer.csp_is_below_floor)
        self.variant.csp_price_ids.valid_to = datetime(2026, 6, 15)
        self.assertEqual(self._exceptions(), {"no_price"})
        Template = self.env["product.template"]
        self.offer.invalidate_recordset()
        for name in ("csp_has_no_price", "csp_has_exception"):
            self.assertTrue(self.offer[name])
            self.assertIn(self.offer, Template.search([(name, "=", True)]))
            self.assertNotIn(self.offer, Template.search([(name, "=", False)]))
        self.offer.sale_ok = False
        self.assertEqual(self._exceptions(), set())

    def test_own_services_need_a_sales_price(self):
        service = self._create_own_service(list_price=10).product_tmpl_id
        free = self._create_own_service(list_price=0).product_tmpl_id
        found = self.env["product.template"]._csp_find_exceptions()["no_price"]
        self.assertNotIn(service.id, found)
        margins = self.env["product.template"]._csp_read_margins()
        self.assertAlmostEqual(margins[service.id], 0.6, 6)
        self._create_grade(csp_discount=60.5)
        self.assertTrue(service.csp_is_below_floor)
        self.assertIn(free.id, found)

    def test_console_counts_the_groups_below(self):
        ending = self._create_offer(
            categ_id=self.parent.id, csp_end_of_sale_date=date(2026, 7, 1)
        )
        self._create_variant(ending, cost=30, erp=60)
        group, parent = self.group, self.parent
        self.assertEqual((group.csp_offer_count, group.csp_exception_count), (1, 0))
        self.assertEqual((parent.csp_offer_count, parent.csp_exception_count), (2, 1))
        self.assertAlmostEqual(group.csp_average_margin_percent, 0.2, 6)
        self.assertAlmostEqual(parent.csp_average_margin_percent, 0.35, 6)
        action = parent.action_view_csp_exceptions()
        Template = self.env["product.template"]
        self.assertEqual(Template.search(action["domain"]), ending)
        action = parent.action_view_csp_offers()
        self.assertEqual(Template.search(action["domain"]), self.offer | ending)

    def test_exceptions_cost_a_constant_number_of_queries(self):
        Template = self.env["product.template"]
        Template._csp_find_exceptions()
        self.env.invalidate_all()

        def count():
            before = self.cr.sql_log_count
            Template._csp_find_exceptions()
            return self.cr.sql_log_count - before

        few = count()
        for _number in range(10):
            self._create_variant(self._create_offer())
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertLessEqual(count(), few)

    # --- activities ---------------------------------------------------------

    def _activities(self):
        types = (self.offer.activity_ids | self.group.activity_ids).activity_type_id
        return sorted(
            name.rsplit("type_")[-1] for name in types.get_external_id().values()
        )

    def test_an_activity_per_exception_closed_when_mended(self):
        run = self.env["product.template"]._cron_csp_exceptions
        run()
        self.assertEqual(self._activities(), [])
        self.offer.csp_end_of_sale_date = date(2026, 7, 1)
        self._stop()
        run()
        self.assertEqual(self._activities(), ["ends_soon", "stopped"])
        self.assertEqual(self.offer.activity_ids.user_id, self.owner)
        before = self.offer.activity_ids | self.group.activity_ids
        run()
        self.assertEqual(self.offer.activity_ids | self.group.activity_ids, before)
        self.offer.csp_end_of_sale_date = False
        self.group.action_csp_start_sale()
        self.variant.csp_price_ids.valid_to = datetime(2026, 6, 15)
        run()
        self.assertEqual(self._activities(), ["no_price"])
        self.assertIn("Mended", self.offer.message_ids[0].body)

    def test_many_of_one_group_are_one_activity(self):
        second = self._create_offer(categ_id=self.group.id)
        self._create_variant(second)
        offers = self.offer | second
        offers.csp_end_of_sale_date = date(2026, 7, 1)
        run = self.env["product.template"]._cron_csp_exceptions
        with patch.object(product_exception, "MAX_ACTIVITIES", 1):
            run()
            self.assertFalse(offers.activity_ids)
            self.assertEqual(len(self.group.activity_ids), 1)
            second.csp_end_of_sale_date = False
            run()
            self.assertFalse(self.group.activity_ids)
            self.assertEqual(len(self.offer.activity_ids), 1)

    # --- price history ------------------------------------------------------

    def test_history_has_a_row_per_month_and_kind(self):
        variant = self._create_variant(
            cost=48,
            erp=60,
            valid_from=datetime(2026, 3, 10),
            valid_to=datetime(2026, 5, 1),
        )
        self._create_price(
            variant, unit_price=54, erp_price=66, valid_from=datetime(2026, 5, 1)
        )
        self.env.flush_all()
        rows = self.env["csp.price.history"].search(
            [("product_id", "=", variant.id), ("month", "<", "2026-06-01")]
        )
        self.assertEqual(
            rows.mapped(lambda r: (str(r.month), r.kind, r.amount)),
            [
                ("2026-03-01", "cost", 4.0),
                ("2026-03-01", "list", 5.0),
                ("2026-04-01", "cost", 4.0),
                ("2026-04-01", "list", 5.0),
                ("2026-05-01", "cost", 4.5),
                ("2026-05-01", "list", 5.5),
            ],
        )
        self.assertEqual(len(set(rows.ids)), 6)
