"""Employees of one company learn nothing of what another one buys at."""

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import CspCatalogCommon


@tagged("post_install", "-at_install", "csp", "csp_security")
class TestCompanies(CspCatalogCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_provider()
        # Costs 48.77 in the first company, and nothing is known in the other one.
        cls.variant = cls._create_variant(cost=48.77, erp=60)
        cls.customer = cls._create_customer()
        cls.order = cls._create_order(cls.customer, [(cls.variant, 3)])
        cls.other = cls._create_company(name="Other company")
        cls.stranger = new_test_user(
            cls.env,
            "csp_stranger",
            groups="csp_catalog.group_csp_manager",
            company_id=cls.other.id,
            company_ids=[(6, 0, cls.other.ids)],
        )

    def _refused(self, work):
        with (
            mute_logger("odoo.addons.base.models.ir_rule"),
            self.assertRaises(UserError),
            self.cr.savepoint(),
        ):
            work()

    def _as_stranger(self, model):
        return self.env[model].with_user(self.stranger).with_company(self.other)

    def test_the_explanation_of_anothers_line(self):
        self.assertEqual(self.order.order_line.purchase_price, 4.064167)
        wizards = self._as_stranger("csp.price.explanation")
        self._refused(
            lambda: wizards.create({"line_id": self.order.order_line.id}).content
        )
        self._refused(
            self._as_stranger("sale.order.line")
            .browse(self.order.order_line.id)
            .action_csp_explain_price
        )

    def test_comparisons_of_another_company(self):
        device = self._create_device(list_price=999.0, standard_price=850.0)
        device = device.product_variant_id
        bundle = self._create_bundle([device, self.variant], 1000.0)
        self._refused(
            lambda: (
                self._as_stranger("csp.bundle.comparison")
                .create(
                    {
                        "bundle_id": bundle.product_tmpl_id.id,
                        "company_id": self.company.id,
                    }
                )
                .read()
            )
        )
        self._refused(
            lambda: (
                self._as_stranger("csp.program.comparison")
                .create({"company_id": self.company.id, "partner_id": self.customer.id})
                .read()
            )
        )

    def test_records_for_another_company(self):
        values = {"company_id": self.company.id, "program_id": self.program.id}
        self._refused(
            lambda: self._as_stranger("csp.price.sheet").create(
                {**values, "name": "x", "file": "eA=="}
            )
        )
        self._refused(
            lambda: self._as_stranger("csp.special.bid").create(
                {
                    **values,
                    "customer_id": self.customer.id,
                    "date_end": "2099-01-01",
                }
            )
        )
        self._refused(
            lambda: self._as_stranger("csp.agreement").create(
                {"partner_id": self.customer.id, "company_id": self.company.id}
            )
        )
        agreement = self._create_agreement(activate=False)
        for button in ("action_send", "action_activate", "action_cancel"):
            self._refused(
                getattr(self._as_stranger("csp.agreement").browse(agreement.id), button)
            )
        self.assertEqual(agreement.state, "draft")

    def test_reports_of_another_company(self):
        self.env["csp.margin.report"]._refresh(self.company)
        for model in (
            "csp.margin.report",
            "csp.price",
            "csp.price.history",
            "csp.attach.report",
            "csp.promotion",
        ):
            found = self._as_stranger(model).search_count(
                [("company_id", "=", self.company.id)]
            )
            self.assertEqual(found, 0, model)
        # The company of the context is one of the user's own, or none.
        reports = self._as_stranger("csp.margin.report").with_context(
            allowed_company_ids=self.company.ids
        )
        self._refused(reports.action_refresh)
