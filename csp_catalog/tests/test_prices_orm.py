"""The price of variants on a day, in markets and currencies, in few queries."""

from datetime import date, datetime
from decimal import Decimal

from psycopg2.errors import CheckViolation, UniqueViolation

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import CspCatalogCommon


@tagged("post_install", "-at_install", "csp")
class TestPriceAt(CspCatalogCommon):
    def _price(self, variant, moment=date(2026, 5, 1), **options):
        return variant._csp_price_at(moment, **options).get(variant.id)

    def test_price_per_seat_and_period(self):
        offer = self._create_offer()
        cases = {
            ("P1M", "monthly"): (4.8, 6, "4.800000", "6.00", 1),
            ("P1Y", "monthly"): (50.4, 63, "4.200000", "5.25", 12),
            ("P1Y", "annual"): (48, 60, "48.000000", "60.00", 1),
            ("P3Y", "monthly"): (151.2, 189, "4.200000", "5.25", 36),
            ("P3Y", "annual"): (144, 180, "48.000000", "60.00", 3),
            ("P3Y", "triennial"): (144, 180, "144.000000", "180.00", 1),
        }
        for (term, plan), (unit, erp, cost, list_price, periods) in cases.items():
            with self.subTest(term=term, plan=plan):
                variant = self._create_variant(offer, term, plan, unit, erp)
                price = self._price(variant)
                self.assertEqual(str(price.cost), cost)
                self.assertEqual(str(price.erp), list_price)
                self.assertEqual(price.periods, periods)
                self.assertEqual(price.currency, self.currency)
                self.assertEqual(price.price_id, variant.csp_price_ids.id)

    def test_price_changes_on_its_day(self):
        variant = self._create_variant(cost=48, erp=60, plan="annual")
        self._create_price(
            variant, unit_price=50, erp_price=66, valid_from=datetime(2026, 6, 1)
        )
        for moment, erp in (
            (date(2019, 12, 31), None),
            (date(2026, 5, 31), "60.00"),
            (datetime(2026, 5, 31, 23, 59, 59), "60.00"),
            (date(2026, 6, 1), "66.00"),
            (datetime(2026, 6, 1), "66.00"),
        ):
            price = self._price(variant, moment)
            self.assertEqual(price and str(price.erp), erp, moment)

    @freeze_time("2026-06-01 10:00:00")
    def test_today_means_now(self):
        variant = self._create_variant(cost=48, erp=60, plan="annual")
        self._create_price(
            variant, unit_price=50, erp_price=66, valid_from=datetime(2026, 6, 1, 9)
        )
        self._create_price(
            variant, unit_price=51, erp_price=70, valid_from=datetime(2026, 6, 1, 11)
        )
        self.assertEqual(self._price(variant, date(2026, 6, 1)).erp, Decimal("66.00"))

    def test_overlap_keeps_the_earlier_row_until_its_end(self):
        variant = self._create_variant(
            cost=48, erp=60, plan="annual", valid_to=datetime(2026, 11, 6)
        )
        self._create_price(
            variant, unit_price=50, erp_price=66, valid_from=datetime(2026, 11, 1)
        )
        self.assertEqual(self._price(variant, date(2026, 11, 5)).erp, 60)
        self.assertEqual(self._price(variant, date(2026, 11, 6)).erp, 66)

    def test_market(self):
        variant = self._create_variant(cost=48, erp=60, plan="annual")
        self._create_price(variant, unit_price=40, erp_price=50, market="US")
        self.assertEqual(self._price(variant).erp, 60)
        self.assertEqual(self._price(variant, market="US").erp, 50)
        self.assertIsNone(self._price(variant, market="FR"))
        self.company.country_id = self.env.ref("base.us")
        self.assertEqual(self._price(variant).erp, 50)

    def test_listed_currency_wins_over_conversion(self):
        pound = self.setup_other_currency("GBP", rates=[("2020-01-01", 0.5)])
        variant = self._create_variant(cost=48, erp=60, plan="annual")
        self.assertEqual(str(self._price(variant, currency=pound).cost), "24.000000")
        self.assertEqual(str(self._price(variant, currency=pound).erp), "30.00")
        self._create_price(variant, unit_price=41, erp_price=52, currency_id=pound.id)
        self.assertEqual(str(self._price(variant, currency=pound).erp), "52.00")
        self.assertEqual(str(self._price(variant).erp), "60.00")

    def test_company_currency_that_the_sheet_does_not_list(self):
        dollar = self.setup_other_currency("USD", rates=[("2020-01-01", 2.0)])
        variant = self._create_variant(
            cost=48, erp=60, plan="annual", currency_id=dollar.id
        )
        price = self._price(variant)
        self.assertEqual((str(price.cost), str(price.erp)), ("24.000000", "30.00"))

    def test_tiers(self):
        variant = self._create_variant(
            cost=48, erp=60, plan="annual", tier_min=1, tier_max=99
        )
        self._create_price(variant, unit_price=40, erp_price=54, tier_min=100)
        self.assertEqual(self._price(variant).erp, 60)
        self.assertEqual(self._price(variant, quantity=99).erp, 60)
        self.assertEqual(self._price(variant, quantity=100).erp, 54)

    def test_other_company_has_its_own_prices(self):
        other = self._create_company(
            name="Other", country_id=self.env.ref("base.de").id
        )
        variant = self._create_variant(cost=48, erp=60)
        self.assertIsNone(self._price(variant, company=other))

    def test_own_service_has_its_sales_price_and_cost(self):
        variant = self._create_own_service(list_price=10, standard_price=4)
        price = self._price(variant)
        self.assertEqual((str(price.cost), str(price.erp)), ("4.000000", "10.00"))
        self.assertFalse(price.price_id)
        self.assertEqual(price.periods, 1)

    def test_corrected_price_is_not_used(self):
        variant = self._create_variant(cost=48, erp=60, plan="annual")
        variant.csp_price_ids.is_superseded = True
        self.env.flush_all()
        self._create_price(variant, unit_price=30, erp_price=40)
        self.assertEqual(self._price(variant).erp, 40)

    def test_number_of_queries_does_not_depend_on_the_number_of_offers(self):
        variants = self.env["product.product"].concat(
            *(self._create_variant(cost=10 + n, erp=20 + n) for n in range(20))
        )
        counts = []
        for products in (variants[:1], variants):
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.assertEqual(
                len(products._csp_price_at(date(2026, 5, 1))), len(products)
            )
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])
        self.assertLessEqual(counts[1], 8)

    def test_labels_and_months(self):
        offer = self._create_offer()
        for term, plan, months, period, label in (
            ("P1M", "monthly", 1, 1, "per user and month"),
            ("P1Y", "annual", 12, 12, "per user and year"),
            ("P3Y", "triennial", 36, 36, "per user and three years"),
            ("P1M", "none", 1, 0, "per user"),
        ):
            variant = self._create_variant(offer, term, plan)
            self.assertEqual(variant._csp_term_months(), months)
            self.assertEqual(variant._csp_period_months(), period)
            self.assertEqual(variant._csp_unit_label(), label)


@tagged("post_install", "-at_install", "csp")
class TestPriceEngine(CspCatalogCommon):
    """Odoo's own engine gives the same prices."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.offer = cls._create_offer()
        cls.annual = cls._create_variant(cls.offer, "P1Y", "annual", 48, 60)
        cls.monthly = cls._create_variant(cls.offer, "P1Y", "monthly", 50.4, 63)

    def test_list_price_and_cost_of_variants(self):
        products = self.annual + self.monthly
        listed = products._price_compute("list_price", date=date(2026, 5, 1))
        self.assertEqual(listed, {self.annual.id: 60.0, self.monthly.id: 5.25})
        costs = products._price_compute("standard_price", date=date(2026, 5, 1))
        self.assertEqual(costs, {self.annual.id: 48.0, self.monthly.id: 4.2})
        self.assertEqual(self.monthly.lst_price, 5.25)

    def test_template_costs_what_its_first_variant_costs(self):
        self.assertEqual(self.offer._csp_first_variants()[self.offer], self.monthly)
        listed = self.offer._price_compute("list_price", date=date(2026, 5, 1))
        self.assertEqual(listed, {self.offer.id: 5.25})

    def test_level_pricelist(self):
        pricelist = self._create_grade(csp_discount=12).default_pricelist_id
        price = pricelist._get_product_price(self.annual, 10, date=date(2026, 5, 1))
        self.assertEqual(self.currency.round(price), 52.8)
        price = pricelist._get_product_price(self.offer, 1, date=date(2026, 5, 1))
        self.assertEqual(self.currency.round(price), 4.62)

    def test_pricelist_in_another_currency(self):
        pound = self.setup_other_currency("GBP", rates=[("2020-01-01", 0.5)])
        pricelist = self.env["product.pricelist"].create(
            {
                "name": "Pounds",
                "currency_id": pound.id,
                "item_ids": [
                    Command.create({"compute_price": "percentage", "percent_price": 10})
                ],
            }
        )
        price = pricelist._get_product_price(self.annual, 1, date=date(2026, 5, 1))
        self.assertEqual(pound.round(price), 27.0)

    def test_pricelist_prices_follow_the_date(self):
        self._create_price(
            self.annual, unit_price=50, erp_price=66, valid_from=datetime(2026, 6, 1)
        )
        pricelist = self._create_grade(csp_discount=10).default_pricelist_id
        for day, expected in ((date(2026, 5, 31), 54.0), (date(2026, 6, 1), 59.4)):
            price = pricelist._get_product_price(self.annual, 1, date=day)
            self.assertEqual(self.currency.round(price), expected)

    def test_pricelist_reads_all_offers_at_once(self):
        variants = self.env["product.product"].concat(
            *(self._create_variant(cost=10 + n, erp=20 + n) for n in range(20))
        )
        pricelist = self._create_grade(csp_discount=10).default_pricelist_id
        counts = []
        for products in (variants[:2], variants[:2], variants):  # the first warms up
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            pricelist._get_products_price(products, 1.0)
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])

    def test_batch_equals_one_by_one(self):
        variants = self.env["product.product"].concat(
            *(self._create_variant(cost=10 + n, erp=13.37 + n) for n in range(5))
        )
        pricelist = self._create_grade(csp_discount=15).default_pricelist_id
        moment = datetime(2026, 5, 1)
        batch = pricelist._get_products_price(variants, 1.0, date=moment)
        for variant in variants:
            single = pricelist._get_product_price(variant, 1.0, date=moment)
            table = variant._csp_price_at(moment)
            expected = float(table[variant.id].erp) * 0.85
            self.assertEqual(batch[variant.id], single)
            self.assertAlmostEqual(single, expected, 9)


@tagged("post_install", "-at_install", "csp")
class TestPriceRecord(CspCatalogCommon):
    def test_prices_are_facts(self):
        price = self._create_variant().csp_price_ids
        for field, value in (
            ("unit_price", 1),
            ("erp_price", 1),
            ("valid_from", False),
            ("market", "US"),
        ):
            with self.subTest(field), self.assertRaisesRegex(UserError, "never edited"):
                price.write({field: value})
        with self.assertRaisesRegex(UserError, "never deleted"):
            price.unlink()
        self.assertEqual((price.unit_price, price.erp_price), (48.0, 60.0))

    def test_database_refuses_a_second_price_from_the_same_moment(self):
        variant = self._create_variant()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.cr.savepoint(),
        ):
            self._create_price(variant, unit_price=1, erp_price=2)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(CheckViolation),
            self.cr.savepoint(),
        ):
            self._create_price(variant, unit_price=-1, valid_from=datetime(2026, 1, 1))
        self.assertEqual(len(variant.csp_price_ids), 1)

    def test_constraints_exist(self):
        self.cr.execute(
            "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema"
            " UNION SELECT conname FROM pg_constraint"
        )
        names = {name for (name,) in self.cr.fetchall()}
        self.assertLessEqual(
            {
                "csp_price_identity_uniq",
                "csp_price_money_check",
                "csp_price_range_check",
                "csp_price_sheet_checksum_uniq",
                "csp_program_code_uniq",
                "product_product_csp_key_uniq",
                "product_template_csp_offer_uniq",
                "product_attribute_value_csp_code_uniq",
            },
            {name.removeprefix("_").replace("__", "_") for name in names},
        )
