"""Many products at once cost what Odoo's own chain says, in a few queries."""

from datetime import datetime

from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import CspCatalogCommon

NOW = datetime(2026, 5, 10, 10)


@tagged("post_install", "-at_install", "csp")
@freeze_time("2026-05-10 10:00:00")
class TestPricelistBatch(CspCatalogCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dollar = cls.setup_other_currency("USD", rates=[("2020-01-01", 1.0837)])
        cls.parent = cls.env["product.category"].create({"name": "Batch"})
        cls.child = cls.env["product.category"].create(
            {"name": "Batch child", "parent_id": cls.parent.id}
        )
        cls.variants = cls.env["product.product"].concat(
            *(cls._create_variant(cost=10.11 + n, erp=13.37 + n) for n in range(12))
        )
        for number, variant in enumerate(cls.variants):
            if number % 3:
                variant.categ_id = cls.child if number % 2 else cls.parent
        # Listed in dollars too, in tiers; an own service; hardware without a programme.
        cls._create_price(
            cls.variants[3], unit_price=12.5, erp_price=17.77, currency_id=cls.dollar.id
        )
        cls.tiered = cls._create_variant(
            plan="annual", cost=48, erp=60, tier_min=1, tier_max=9
        )
        cls._create_price(cls.tiered, unit_price=40, erp_price=54, tier_min=10)
        cls.service = cls._create_own_service(list_price=10.01, standard_price=3.33)
        cls.hardware = cls.env["product.product"].create(
            {"name": "Laptop", "list_price": 999.95, "standard_price": 801.5}
        )
        cls.hardware.categ_id = cls.child
        cls.products = cls.variants + cls.tiered + cls.service + cls.hardware
        cls.level = cls._create_grade(csp_discount=11.5).default_pricelist_id

    def _create_list(self, *rules, **values):
        return self.env["product.pricelist"].create(
            {
                "name": "Batch",
                "item_ids": [Command.create(rule) for rule in rules],
                **values,
            }
        )

    def _check_equal(self, pricelist, products=None, **options):
        """Compare the batch with Odoo's chain on every product, price and rule."""
        products = self.products if products is None else products
        for quantity in (1.0, 5.0, 10.0, 25.0):
            for currency in (None, self.currency, self.dollar):
                asked = {"currency": currency, "date": NOW, **options}
                batch = pricelist._compute_price_rule(products, quantity, **asked)
                chain = pricelist.with_context(csp_price_chain=True)
                for product in products:
                    price, rule = chain._compute_price_rule(product, quantity, **asked)[
                        product.id
                    ]
                    self.assertEqual(batch[product.id], (price, rule), product.name)
                rules = pricelist._compute_price_rule(
                    products, quantity, compute_price=False, **asked
                )
                self.assertEqual(
                    rules, {key: (0.0, rule) for key, (_price, rule) in batch.items()}
                )

    def _mixed_rules(self, base=None):
        one, two, three, four = self.variants[:4]
        formula = {"compute_price": "formula"}
        return [
            {
                "compute_price": "percentage",
                "percent_price": 7.25,
                **({"base": "pricelist", "base_pricelist_id": base.id} if base else {}),
            },
            {"compute_price": "percentage", "percent_price": 9.5, "min_quantity": 10},
            {"product_id": one.id, "compute_price": "fixed", "fixed_price": 11.113},
            {
                "product_tmpl_id": two.product_tmpl_id.id,
                "base": "standard_price",
                "price_markup": 12.35,
                **formula,
            },
            {
                "product_tmpl_id": three.product_tmpl_id.id,
                "min_quantity": 5,
                "base": "list_price",
                "price_discount": 13.33,
                "price_round": 0.05,
                "price_surcharge": -0.01,
                "price_min_margin": -2,
                "price_max_margin": -0.4,
                **formula,
            },
            {
                "product_id": four.id,
                "compute_price": "percentage",
                "percent_price": 50,
                "date_end": datetime(2026, 5, 10, 9, 59, 59),
            },
            {
                "product_id": four.id,
                "compute_price": "percentage",
                "percent_price": 25,
                "date_start": datetime(2026, 5, 10, 10),
            },
            {
                "categ_id": self.parent.id,
                "min_quantity": 5,
                "compute_price": "percentage",
                "percent_price": 17,
            },
            {
                "categ_id": self.child.id,
                "compute_price": "percentage",
                "percent_price": -3,
            },
            {
                "categ_id": self.child.id,
                "min_quantity": 25,
                "price_surcharge": 1.5,
                "base": "list_price",
                **formula,
            },
        ]

    def test_equal_on_a_level(self):
        self._check_equal(self.level)

    def test_equal_on_mixed_rules(self):
        self._check_equal(self._create_list(*self._mixed_rules()))

    def test_equal_on_three_lists(self):
        middle = self._create_list(*self._mixed_rules(self.level))
        top = self._create_list(*self._mixed_rules(middle))
        self._check_equal(top)

    def test_equal_with_a_list_in_another_currency(self):
        middle = self._create_list(
            *self._mixed_rules(self.level), currency_id=self.dollar.id
        )
        self._check_equal(middle)
        self._check_equal(self._create_list(*self._mixed_rules(middle)))

    def test_equal_for_templates(self):
        pricelist = self._create_list(*self._mixed_rules(self.level))
        self._check_equal(pricelist, self.products.product_tmpl_id)

    def test_equal_without_a_list(self):
        self._check_equal(self.env["product.pricelist"])

    def test_equal_in_another_unit(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        pricelist = self._create_list(*self._mixed_rules(self.level))
        units = self.products.filtered(
            lambda product: product.uom_id == self.env.ref("uom.product_uom_unit")
        )
        self._check_equal(pricelist, units, uom=dozen)
        self._check_equal(pricelist, units, uom=units.uom_id)

    def test_equal_on_an_agreement(self):
        reseller = self._create_reseller()
        agreement = self._create_agreement(
            reseller,
            [
                {"kind": "discount_level", "value": 4.25},
                {"kind": "discount_erp", "value": 21.5, "min_quantity": 10},
                {
                    "scope": "variant",
                    "product_id": self.variants[0].id,
                    "kind": "fixed",
                    "value": 9.9875,
                },
                {
                    "scope": "category",
                    "categ_id": self.parent.id,
                    "kind": "markup_cost",
                    "value": 6.66,
                },
            ],
            program_ids=self.program.ids,
        )
        self._check_equal(agreement.pricelist_id)

    def test_prices_before_the_first_version(self):
        agreement = self._create_agreement(None, [{"value": 30}])
        self._check_equal(agreement.pricelist_id, date=datetime(2019, 6, 1))

    def test_what_another_add_on_changes_is_left_to_odoo(self):
        self.env.registry.csp_batch_repeats_odoo = False
        self.addCleanup(delattr, self.env.registry, "csp_batch_repeats_odoo")
        self._check_equal(self._create_list(*self._mixed_rules(self.level)))

    # --- the vendor's own lists ---------------------------------------------

    def test_quantity_and_currency_of_the_vendor_count(self):
        price = self.level._get_product_price
        self.assertEqual(self.currency.round(price(self.tiered, 9, date=NOW)), 53.1)
        self.assertEqual(self.currency.round(price(self.tiered, 10, date=NOW)), 47.79)
        listed = self._create_list(
            {"compute_price": "percentage", "percent_price": 10},
            currency_id=self.dollar.id,
        )
        # 17.77 a year in dollars is 1.48 a month, whatever the euro costs.
        price = listed._get_product_price(self.variants[3], 1, date=NOW)
        self.assertEqual(self.dollar.round(price), 1.33)

    # --- queries ------------------------------------------------------------

    def _count(self, work):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        work()
        return self.cr.sql_log_count - before

    def test_a_constant_number_of_queries(self):
        agreement = self._create_agreement(
            None,
            [{"kind": "discount_level", "value": 4}, {"value": 9, "min_quantity": 9}],
        )
        pricelist = agreement.pricelist_id
        counts = [
            self._count(lambda p=products: pricelist._get_products_price(p, 1.0))
            for products in (
                self.variants[:1],
                self.variants[:1],
                self.variants,
                self.variants.product_tmpl_id[:1],
                self.variants.product_tmpl_id,
            )
        ]
        self.assertEqual(counts[1], counts[2])
        self.assertEqual(counts[3], counts[4])
        self.assertLessEqual(max(counts[1:]), 20)
