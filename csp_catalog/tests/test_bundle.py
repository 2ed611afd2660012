"""Bundles: one line for the customer, exact shares, cost and margin per part."""

from datetime import datetime

from psycopg2.errors import CheckViolation

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import CspCatalogCommon


@tagged("post_install", "-at_install", "csp")
class TestBundle(CspCatalogCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_provider()
        cls.tax_19, cls.tax_7 = cls.env["account.tax"].create(
            [
                {"name": f"{rate} % test", "amount": rate, "type_tax_use": "sale"}
                for rate in (19, 7)
            ]
        )
        cls.device = cls._create_device(999, 850, taxes_id=cls.tax_19.ids)
        # 17.60 cost and 22.00 list price per seat and month.
        cls.licence = cls._create_variant(cost=211.2, erp=264)
        cls.licence.taxes_id = cls.tax_19
        cls.service = cls._create_device(
            79, 30, name="Test set-up", type="service", taxes_id=cls.tax_7.ids
        )
        cls.bundle = cls._create_bundle(
            (cls.device, cls.licence, cls.service), 1050, name="Ready to work"
        )
        cls.customer = cls._create_customer()
        cls.grade = cls._create_grade(csp_discount=12)
        cls.reseller = cls._create_reseller(cls.grade)

    def _order(self, quantity=1, partner=None):
        order = self._create_order(partner or self.customer, [])
        return self._add_bundle(order, self.bundle, quantity)

    def _parts(self, line):
        return line.linked_line_ids.sorted(lambda part: part.product_id.id)

    # --- order --------------------------------------------------------------

    def test_parts_keep_price_tax_and_cost_of_their_own(self):
        line = self._order()
        self.assertEqual(line.price_unit, 0)
        self.assertFalse(line.tax_ids)
        self.assertEqual(line.purchase_price, 0)
        self.assertEqual(
            [
                (p.product_id, p.price_unit, p.discount, p.tax_ids, p.purchase_price)
                for p in self._parts(line)
            ],
            [
                (self.device, 953.59, 0, self.tax_19, 850),
                (self.licence, 21.0, 0, self.tax_19, 17.6),
                (self.service, 75.41, 0, self.tax_7, 30),
            ],
        )
        order = line.order_id
        self.assertEqual(order.amount_untaxed, 1050)
        self.assertEqual(order.amount_tax, 190.45)
        self.assertEqual(order.margin, 152.4)
        self.assertEqual(self._parts(line)[1].csp_erp_price, 22)

    def test_split_adds_up_for_a_level_and_any_quantity(self):
        for quantity in (1, 3, 7, 11):
            with self.subTest(quantity):
                line = self._order(quantity, self.reseller)
                # 1050 less 12 % is 924 per bundle.
                self.assertEqual(line.order_id.amount_untaxed, 924 * quantity)
                self.assertEqual(sum(self._parts(line).mapped("price_unit")), 924)
                self.assertEqual(self._parts(line).mapped("discount"), [0, 0, 0])

    def test_odd_price_is_split_to_the_last_cent(self):
        self.bundle.list_price = 1000.01
        line = self._order(3, self.reseller)
        # 880.0088 is charged as 880.01 per bundle.
        self.assertEqual(line.order_id.amount_untaxed, 2640.03)

    def test_cost_first_keeps_every_part_above_its_cost(self):
        self.bundle.list_price = 930
        line = self._order()
        # By list prices the device would be sold 4 below its cost.
        self.assertLess(self._parts(line)[0].price_unit, 850)
        self.bundle.csp_bundle_split = "margin"
        line = self._order()
        self.assertEqual(self._parts(line).mapped("price_unit"), [873.85, 18.31, 37.84])
        self.assertEqual(line.order_id.amount_untaxed, 930)
        self.assertFalse(line.order_id.csp_floor_warning)

    def test_licence_below_cost_inside_a_bundle_is_not_sold_unseen(self):
        self.bundle.list_price = 600
        line = self._order()
        order = line.order_id
        part = self._parts(line)[1]
        self.assertLess(part.price_unit, 17.6)
        with self.assertRaisesRegex(UserError, "below what the vendor asks"):
            order.action_confirm()
        self.assertEqual(order.state, "draft")

    def test_parts_follow_the_number_of_bundles(self):
        line = self._order()
        with Form(line.order_id) as form, form.order_line.edit(0) as edited:
            edited.product_uom_qty = 4
        self.assertEqual(self._parts(line).mapped("product_uom_qty"), [4, 4, 4])
        self.assertEqual(line.order_id.amount_untaxed, 4200)

    def test_choice_of_a_component_does_not_move_the_price(self):
        other = self._create_device(1099, 900, name="Bigger laptop", taxes_id=False)
        combo = self.bundle.combo_ids.filtered(
            lambda c: c.combo_item_ids.product_id == self.device
        )
        before = self._parts(self._order()).mapped("price_unit")
        combo.combo_item_ids = [
            Command.create({"product_id": other.id, "extra_price": 80})
        ]
        self.assertEqual(self._parts(self._order()).mapped("price_unit"), before)
        line = self._order()
        part = self._parts(line)[0]
        part.unlink()
        chosen = combo.combo_item_ids.filtered(lambda i: i.product_id == other)
        part = part.create(
            {
                "order_id": line.order_id.id,
                "product_id": other.id,
                "combo_item_id": chosen.id,
                "linked_line_id": line.id,
            }
        )
        self.assertEqual(part.price_unit, 953.59 + 80)

    def test_other_currency(self):
        pound = self.setup_other_currency("GBP", rates=[("2020-01-01", 0.5)])
        pricelist = self.env["product.pricelist"].create(
            {"name": "Pounds", "currency_id": pound.id}
        )
        order = self._create_order(self.customer, [], pricelist_id=pricelist.id)
        self._add_bundle(order, self.bundle)
        self.assertEqual(order.amount_untaxed, 525)

    # --- product ------------------------------------------------------------

    def test_margin_and_saving_of_the_bundle(self):
        template = self.bundle.product_tmpl_id
        self.assertEqual(template.csp_singles_price, 1100)
        self.assertEqual(template.csp_bundle_saving, 50)
        self.assertEqual(template.csp_bundle_cost, 897.6)
        self.assertAlmostEqual(template.csp_bundle_margin, 152.4, 6)
        self.assertAlmostEqual(template.csp_bundle_margin_percent, 152.4 / 1050, 9)
        self.assertEqual(self.device.product_tmpl_id.csp_bundle_margin, 0)

    def test_offer_not_on_sale_is_no_component(self):
        extended = self._create_variant(self._create_offer(tags=("EST",)))
        combos = self.bundle.combo_ids.ids
        with self.assertRaises(ValidationError), self.cr.savepoint():
            self._create_bundle((self.device, extended), 900)
        self.assertEqual(self.bundle.combo_ids.ids, combos)

    def test_price_of_the_day_decides_the_split(self):
        self._create_price(
            self.licence, unit_price=400, erp_price=528, valid_from=datetime(2024, 1, 1)
        )
        line = self._order()
        # 1050 x 44 / 1122
        self.assertEqual(self._parts(line)[1].price_unit, 41.18)
        self.assertEqual(line.order_id.amount_untaxed, 1050)

    # --- comparison ---------------------------------------------------------

    def test_bundle_beside_single_prices_with_the_partners_earning(self):
        action = self.bundle.product_tmpl_id.action_csp_compare_bundle()
        wizard = self.env["csp.bundle.comparison"].browse(action["res_id"])
        self.assertEqual(wizard.single_price, 1100)
        self.assertEqual(wizard.bundle_price, 1050)
        self.assertEqual(wizard.saving, 50)
        self.assertAlmostEqual(wizard.margin, 152.4, 6)
        self.assertEqual(wizard.bundle_monthly_earning, 0)
        wizard.write({"partner_id": self.reseller.id, "quantity": 10})
        # Alone: 22.00 less 12 %. In the bundle: 21.00 at list, 18.48 for the partner.
        self.assertAlmostEqual(wizard.single_monthly_earning, 26.4, 6)
        self.assertAlmostEqual(wizard.bundle_monthly_earning, 25.2, 6)
        self.assertAlmostEqual(wizard.single_price, 9680, 6)
        self.assertAlmostEqual(wizard.bundle_price, 9240, 6)
        self.assertEqual(
            wizard.line_ids.mapped("period"), ["once", "per month", "once"]
        )
        with Form(wizard) as form:
            form.quantity = 1
            self.assertEqual(form.bundle_price, 924)
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"):
            wizard.quantity = 0
            wizard.flush_recordset()
