"""Forms of the same licence, and licence programmes, side by side."""

from psycopg2.errors import CheckViolation

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .common import CspCatalogCommon


@tagged("post_install", "-at_install", "csp")
class TestLicenceForm(CspCatalogCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.offer = cls._create_offer(name="Test apps")
        # 10.50 per month for a year; 12.60 per month, month by month.
        cls.yearly = cls._create_variant(cls.offer, cost=100.8, erp=126)
        cls.monthly = cls._create_variant(cls.offer, "P1M", cost=10.2, erp=12.6)
        cls.box = cls._create_device(299, 260, name="Test apps 2024 box")
        cls.family = cls.env["csp.licence.family"].create(
            {
                "name": "Test apps",
                "company_id": cls.company.id,
                "form_ids": [
                    Command.create(values)
                    for values in (
                        {"name": "Box", "kind": "box", "product_id": cls.box.id},
                        {
                            "name": "OEM",
                            "kind": "oem",
                            "typed_price": 199,
                            "devices": 1,
                        },
                        {
                            "name": "1 year",
                            "kind": "yearly",
                            "product_id": cls.yearly.id,
                            "devices": 5,
                        },
                        {
                            "name": "Monthly",
                            "kind": "monthly",
                            "product_id": cls.monthly.id,
                            "devices": 5,
                        },
                    )
                ],
            }
        )
        cls.forms = cls.family.form_ids

    def test_price_over_one_and_three_years_and_the_saving(self):
        self.assertRecordValues(
            self.forms,
            [
                {
                    "price": price,
                    "months": months,
                    "price_12": price_12,
                    "saving_12": saving_12,
                    "price_36": price_36,
                    "saving_36": saving_36,
                    "is_best_12": best_12,
                    "is_best_36": best_36,
                }
                for (
                    price,
                    months,
                    price_12,
                    saving_12,
                    price_36,
                    saving_36,
                    best_12,
                    best_36,
                ) in (
                    (299, 0, 299, 0, 299, 154.6, False, False),
                    (199, 0, 199, 100, 199, 254.6, False, True),
                    (10.5, 1, 126, 173, 378, 75.6, True, False),
                    (12.6, 1, 151.2, 147.8, 453.6, 0, False, False),
                )
            ],
        )
        self.assertIn("Over 12 months, 1 year saves", self.family.summary)
        self.assertIn("173.00", self.family.summary)
        self.assertIn("Over 36 months, OEM saves", self.family.summary)
        self.assertIn("254.60", self.family.summary)

    def test_buyers_own_prices(self):
        grade = self._create_grade(csp_discount=10)
        table = self.family._csp_compare(grade.default_pricelist_id)
        self.assertEqual(
            [str(total.amount) for total in table[12].values()],
            ["269.1", "199.0", "113.40", "136.08"],
        )

    def test_more_users_need_more_packages(self):
        self.family.users = 3
        self.assertEqual(self.forms.mapped("price_12"), [897, 597, 378, 453.6])
        self.forms[2].users = 6
        self.assertEqual(self.forms.mapped("price_12"), [897, 597, 126, 453.6])

    def test_form_that_is_not_sold_now_is_left_out(self):
        self.yearly.active = False
        self.family.invalidate_recordset()
        table = self.family._csp_compare()
        self.assertEqual(list(table[12]), list(self.forms - self.forms[2]))
        self.assertEqual(self.forms[2].price_12, 0)

    def test_absurd_numbers_are_refused(self):
        for values in ({"users": 0}, {"typed_price": -1}, {"typed_months": -1}):
            with (
                self.subTest(values),
                self.assertRaises(CheckViolation),
                mute_logger("odoo.sql_db"),
                self.cr.savepoint(),
            ):
                self.forms[1].write(values)
                self.forms.flush_recordset()
        self.assertEqual(self.forms[1].typed_price, 199)

    def test_sales_staff_reads_only(self):
        user = new_test_user(
            self.env, "csp_seller", groups="csp_catalog.group_csp_user"
        )
        self.assertEqual(self.family.with_user(user).form_ids[0].price_12, 299)
        with self.assertRaises(AccessError):
            self.forms[1].with_user(user).typed_price = 1

    # --- programmes ---------------------------------------------------------

    def test_programmes_for_one_customer(self):
        customer = self._create_customer()
        pricelist = self.env["product.pricelist"].create(
            {"name": "Test list prices", "currency_id": self.currency.id}
        )
        customer.specific_property_product_pricelist = pricelist
        with Form(self.env["csp.program.comparison"]) as form:
            form.partner_id = customer
            form.quantity = 20
            for product in (self.box, self.yearly):
                with form.line_ids.new() as line:
                    line.product_id = product
        wizard = form.record
        self.assertRecordValues(
            wizard.line_ids,
            [
                {
                    "unit_price": 299,
                    "payment_count": 1,
                    "first_amount": 5980,
                    "total_amount": 5980,
                    "cost_amount": 5200,
                    "margin_amount": 780,
                    "bound_months": 0,
                },
                {
                    "unit_price": 10.5,
                    "payment_count": 36,
                    "first_amount": 210,
                    "total_amount": 7560,
                    "cost_amount": 6048,
                    "margin_amount": 1512,
                    "bound_months": 12,
                },
            ],
        )
        cloud = wizard.line_ids[1]
        self.assertEqual(cloud.program_name, self.program.name)
        self.assertEqual(cloud.margin_percent, 0.2)
        self.assertEqual(cloud.monthly_margin, 42)
        self.assertIn("first 7 days", cloud.exit_terms)
        wizard.months = "12"
        self.assertEqual(cloud.total_amount, 2520)
        self.assertEqual(wizard.line_ids[0].total_amount, 5980)

    def test_printed_comparison_shows_no_cost(self):
        wizard = self.env["csp.program.comparison"].create(
            {
                "partner_id": self._create_customer().id,
                "quantity": 20,
                "line_ids": [Command.create({"product_id": self.yearly.id})],
            }
        )
        action = wizard.action_print()
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            action["report_name"], wizard.ids
        )
        text = html.decode()
        self.assertIn("7,560.00", text)
        self.assertNotIn("6,048.00", text)
        self.assertNotIn("1,512.00", text)
