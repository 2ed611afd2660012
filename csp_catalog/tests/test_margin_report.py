from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from odoo.addons.queue_job.tests.common import trap_jobs

from .common import CspCatalogCommon


@tagged("post_install", "-at_install")
class TestMarginReport(CspCatalogCommon):
    """What is left of today's price to each level and agreement."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.partner.grade"].search([]).active = False
        cls.gold = cls._create_grade(25.0, name="Test gold")
        cls.silver = cls._create_grade(
            10.0, name="Test silver", csp_min_reseller_margin=12.0
        )
        # 4.00 cost and 5.00 list price a month.
        cls.variant = cls._create_variant()
        cls.service = cls._create_own_service(list_price=10.0, standard_price=4.0)
        cls.Report = cls.env["csp.margin.report"]
        cls.manager = new_test_user(
            cls.env, "csp_margin_pm", groups="csp_catalog.group_csp_product_manager"
        )

    def _rows(self, product, **links):
        return self.Report.search(
            [
                ("product_id", "=", product.id),
                *((name, "=", value) for name, value in links.items()),
            ]
        )

    def test_margins_per_level(self):
        self.Report._refresh(self.company)
        self.assertRecordValues(
            self._rows(self.variant, grade_id=self.gold.id)
            + self._rows(self.variant, grade_id=self.silver.id),
            [
                {
                    "kind": "level",
                    "company_id": self.company.id,
                    "currency_id": self.currency.id,
                    "categ_id": self.variant.categ_id.id,
                    "term": "P1Y",
                    "plan": "monthly",
                    "list_price": 5.0,
                    "price": 3.75,
                    "cost": 4.0,
                    "margin_amount": -0.25,
                    "margin_percent": -0.0667,
                    "reseller_margin_percent": 0.25,
                    "is_floor_break": True,
                    "is_minimum_break": False,
                },
                {
                    "kind": "level",
                    "company_id": self.company.id,
                    "currency_id": self.currency.id,
                    "categ_id": self.variant.categ_id.id,
                    "term": "P1Y",
                    "plan": "monthly",
                    "list_price": 5.0,
                    "price": 4.5,
                    "cost": 4.0,
                    "margin_amount": 0.5,
                    "margin_percent": 0.1111,
                    "reseller_margin_percent": 0.1,
                    "is_floor_break": False,
                    "is_minimum_break": True,
                },
            ],
        )
        own = self._rows(self.service, grade_id=self.silver.id)
        self.assertEqual((own.price, own.margin_percent), (9.0, 0.5556))

    def test_an_agreement_shows_what_it_prices_itself(self):
        reseller = self._create_reseller(self.silver, name="Partner with agreement")
        agreement = self._create_agreement(
            reseller,
            [
                {
                    "scope": "variant",
                    "product_id": self.variant.id,
                    "kind": "markup_cost",
                    "value": 5.0,
                }
            ],
        )
        self.Report._refresh(self.company)
        row = self._rows(self.variant, agreement_id=agreement.id)
        self.assertEqual(
            (row.kind, row.price, row.partner_id, row.grade_id),
            ("agreement", 4.2, reseller, self.silver),
        )
        self.assertFalse(self._rows(self.service, agreement_id=agreement.id))

    def test_the_report_is_what_the_pricelist_says(self):
        self.Report._refresh(self.company)
        for grade in (self.gold, self.silver):
            for product in (self.variant, self.service):
                self.assertAlmostEqual(
                    self._rows(product, grade_id=grade.id).price,
                    grade.default_pricelist_id._get_product_price(product, 1),
                    2,
                )

    def test_refreshing_replaces(self):
        self.Report._refresh(self.company)
        count = self.Report.search_count([])
        self.silver.csp_discount = 20.0
        self.Report._refresh(self.company)
        self.assertEqual(self.Report.search_count([]), count)
        self.assertEqual(self._rows(self.variant, grade_id=self.silver.id).price, 4.0)

    def test_refreshing_is_a_job(self):
        report = self.Report.with_user(self.manager)
        with trap_jobs() as trap:
            report.action_refresh()
            report.action_refresh()
            trap.assert_jobs_count(1, only=self.Report._refresh)
            trap.perform_enqueued_jobs()
        self.assertEqual(len(self._rows(self.variant)), 2)
        with trap_jobs() as trap:
            self.Report._cron_refresh()
            trap.assert_enqueued_job(self.Report._refresh, args=(self.company,))

    def test_sellers_read(self):
        self.Report._refresh(self.company)
        seller = new_test_user(
            self.env, "csp_margin_user", groups="csp_catalog.group_csp_user"
        )
        report = self.Report.with_user(seller)
        self.assertEqual(report.search_count([("product_id", "=", self.variant.id)]), 2)
        with self.assertRaises(AccessError):
            report.action_refresh()
        with self.assertRaises(AccessError):
            self._rows(self.variant).with_user(seller).unlink()
