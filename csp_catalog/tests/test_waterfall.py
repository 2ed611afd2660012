"""Prices explained on order lines: right to the cent, and the same years later."""

from datetime import datetime
from decimal import Decimal

from odoo.tests import freeze_time, tagged

from ..engine.waterfall import Waterfall
from .common import CspCatalogCommon

D = Decimal


@tagged("post_install", "-at_install", "csp")
@freeze_time("2026-05-10 10:00:00")
class TestWaterfall(CspCatalogCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_provider()
        cls.vendor = cls.env["res.partner"].create(
            {"name": "Test vendor", "is_company": True}
        )
        cls.program.partner_id = cls.vendor
        cls.silver = cls._create_grade(csp_discount=8, name="Silver")
        cls.gold = cls._create_grade(csp_discount=12, name="Gold")
        cls.reseller = cls._create_reseller(cls.silver)
        cls.customer = cls._create_customer(cls.reseller)
        cls.offer = cls._create_offer()
        cls.annual = cls._create_variant(cls.offer, "P1Y", "annual", 48, 60)
        cls.monthly = cls._create_variant(cls.offer, "P1Y", "monthly", 50.4, 63.1)
        cls.big = cls._create_variant(None, "P3Y", "annual", 2900, 4321.98)

    def _order(self, *lines, partner=None, **values):
        # Add-ons above ask for whom the order is before it may be confirmed.
        if "csp_customer_id" in self.env["sale.order"]._fields:
            values.setdefault("csp_customer_id", self.customer.id)
        return self._create_order(partner or self.reseller, lines, **values)

    def _fall(self, line):
        return Waterfall.from_dict(line.csp_waterfall)

    def _agree(self, *lines, **values):
        return self._create_agreement(self.reseller, lines, **values)

    def _seat_price(self, line):
        return round(line.price_unit * (1 - line.discount / 100), 2)

    # --- the same price everywhere ------------------------------------------

    def test_net_is_what_the_order_line_says_for_every_kind_of_rule(self):
        """Level alone, then each kind of clause, with and without shown discounts."""
        clauses = (
            (),
            ({"value": 15},),
            ({"kind": "discount_level", "value": 3.33},),
            ({"kind": "markup_cost", "value": 7.77},),
            (
                {
                    "scope": "variant",
                    "product_id": self.annual.id,
                    "kind": "fixed",
                    "value": 51.25,
                },
            ),
            ({"value": 12.34, "min_quantity": 10}, {"value": 9.87}),
        )
        group = self.env.ref("sale.group_discount_per_so_line")
        user_group = self.env.ref("base.group_user")
        for shown in (True, False):
            if shown:
                user_group._apply_group(group)
            else:
                user_group._remove_group(group)
            for number, lines in enumerate(clauses):
                with self.subTest(shown=shown, clause=number):
                    reseller = self._create_reseller(self.silver)
                    if lines:
                        self._create_agreement(reseller, lines)
                    for seats in (1, 10, 333):
                        order = self._create_order(
                            reseller,
                            [(self.annual, seats), (self.monthly, seats)]
                            + [(self.big, seats)],
                        )
                        for line in order.order_line:
                            fall = self._fall(line)
                            chain = order.pricelist_id._get_product_price(
                                line.product_id, seats
                            )
                            self.assertEqual(float(fall.net), round(chain + 1e-9, 2))
                            self.assertEqual(float(fall.net), self._seat_price(line))
                            self.assertEqual(
                                fall.erp + sum(s.amount for s in fall.steps), fall.net
                            )

    def test_a_price_that_no_discount_can_say_stands_net(self):
        """12.345 % of 1000.00: a discount of two decimals would miss by 5 cents."""
        self.env.ref("base.group_user")._apply_group(
            self.env.ref("sale.group_discount_per_so_line")
        )
        dear = self._create_variant(plan="annual", cost=500, erp=1000)
        self._agree({"kind": "fixed", "value": 876.55, "scope": "all"})
        line = self._order((dear, 1)).order_line
        self.assertEqual((line.price_unit, line.discount), (876.55, 0))
        other = self._create_reseller(self._create_grade(csp_discount=12))
        line = self._order((dear, 1), partner=other).order_line
        self.assertEqual((line.price_unit, line.discount), (1000, 12))

    def test_many_seats_cost_the_shown_price_times_their_number(self):
        """33.33 less 8.25 % is 30.580275: half a cent, 333 times, is nine cents."""
        self.env.ref("base.group_user")._apply_group(
            self.env.ref("sale.group_discount_per_so_line")
        )
        for erp, percent, seats, seat, amount in (
            (33.33, 8.25, 333, 30.58, 10183.14),
            (10.01, 12.5, 2400, 8.76, 21024.0),
            (20.0, 8.25, 2400, 18.35, 44040.0),
        ):
            variant = self._create_variant(plan="annual", cost=erp / 2, erp=erp)
            buyer = self._create_reseller(self._create_grade(csp_discount=percent))
            line = self._order((variant, seats), partner=buyer).order_line
            with self.subTest(erp=erp, percent=percent):
                self.assertEqual(line.csp_waterfall["net"], f"{seat:.2f}")
                self.assertEqual(line.price_subtotal, amount)
        # What a discount says exactly is shown as one.
        self.assertEqual((line.price_unit, line.discount), (20, 8.25))

    # --- where each step comes from -----------------------------------------

    def test_every_step_names_its_record(self):
        agreement = self._agree(
            {"kind": "discount_level", "value": 5},
            min_reseller_margin_percent=10,
        )
        vendor_side = self._create_agreement(
            self.vendor,
            [{"kind": "discount_cost", "value": 2.5}],
            side="purchase",
        )
        line = self._order((self.annual, 10)).order_line
        fall = self._fall(line)
        self.assertEqual(
            [(s.kind, s.amount, s.source.model, s.source.res_id) for s in fall.steps],
            [
                ("level", D("-4.80"), "res.partner.grade", self.silver.id),
                (
                    "agreement",
                    D("-2.76"),
                    "csp.agreement.line",
                    agreement.line_ids.id,
                ),
            ],
        )
        self.assertEqual(fall.net, D("52.44"))
        self.assertEqual(
            [(s.kind, s.amount, s.source.res_id) for s in fall.cost_steps],
            [("vendor_agreement", D("-1.2"), vendor_side.line_ids.id)],
        )
        self.assertEqual((fall.list_cost, fall.cost), (48, D("46.8")))
        self.assertEqual(line.purchase_price, 46.8)
        self.assertEqual(line.csp_agreement_id, agreement)
        self.assertEqual(line.csp_agreement_line_id, agreement.line_ids)
        self.assertEqual(fall.reseller_margin, D("7.56"))

    def test_what_was_done_by_hand_is_a_step(self):
        line = self._order(
            {"product_id": self.annual.id, "product_uom_qty": 1, "price_unit": 50}
        ).order_line
        fall = self._fall(line)
        self.assertEqual(fall.steps[-1].kind, "manual")
        self.assertEqual(fall.steps[-1].amount, D("-5.20"))
        self.assertEqual(fall.net, 50)
        self.assertEqual(line.csp_manual_percent, 9.42)
        line.price_unit = 55.2
        self.assertEqual([s.kind for s in self._fall(line).steps], ["level"])
        self.assertEqual(line.csp_manual_percent, 0)

    def test_prices_follow_quantity_date_product_and_partner(self):
        self._agree({"value": 20, "min_quantity": 50})
        self._create_price(
            self.annual, unit_price=50, erp_price=70, valid_from=datetime(2026, 6, 1)
        )
        order = self._order((self.annual, 10))
        line = order.order_line
        self.assertEqual(self._seat_price(line), 55.2)
        line.product_uom_qty = 50
        self.assertEqual(self._seat_price(line), 48)
        self.assertEqual(self._fall(line).net, 48)
        order.date_order = datetime(2026, 6, 2)
        self.assertEqual(self._seat_price(line), 56)
        self.assertEqual((self._fall(line).net, self._fall(line).cost), (56, 50))
        line.product_id = self.big
        self.assertEqual(self._seat_price(line), 1152.53)
        self.assertEqual(self._fall(line).erp, D("1440.66"))
        order.partner_id = self._create_reseller(self.gold)
        self.assertEqual(self._fall(line).net, D("1267.78"))
        self.assertEqual(self._seat_price(line), 1267.78)

    def test_rate_of_the_day_is_kept_on_the_line(self):
        pound = self.setup_other_currency("GBP", rates=[("2020-01-01", 0.5)])
        pricelist = self.env["product.pricelist"].create(
            {"name": "Pounds", "currency_id": pound.id}
        )
        line = self._order((self.annual, 2), pricelist_id=pricelist.id).order_line
        self.assertEqual(line.csp_rate, 0.5)
        fall = self._fall(line)
        self.assertEqual((fall.currency, fall.net, fall.cost), ("GBP", 30, 24))

    # --- years later --------------------------------------------------------

    def test_an_old_line_explains_itself_the_same_two_years_later(self):
        agreement = self._agree({"kind": "discount_level", "value": 5})
        order = self._order((self.annual, 10))
        order.action_confirm()
        line = order.order_line
        before = dict(line.csp_waterfall)
        amounts = (line.price_unit, line.discount, line.purchase_price)
        with freeze_time("2028-05-10 10:00:00"):
            self._create_price(
                self.annual,
                unit_price=90,
                erp_price=120,
                valid_from=datetime(2027, 1, 1),
            )
            self.silver.csp_discount = 1
            self.reseller.grade_id = self.gold
            newer = agreement._amend()
            newer.line_ids.value = 40
            newer._activate()
            self.env.flush_all()
            self.env.invalidate_all()
            order.partner_id.name = "Another name"
            order.date_order = datetime(2028, 5, 1)
            self.env.flush_all()
            self.assertEqual(line.csp_waterfall, before)
            self.assertEqual(
                (line.price_unit, line.discount, line.purchase_price), amounts
            )
            self.assertEqual(line.csp_agreement_id, agreement)
            self.assertEqual(line.csp_agreement_id.version, 1)
            step = self._fall(line).steps[1]
            self.assertEqual(step.source.res_id, agreement.line_ids.id)
            self.assertIn(agreement.name, step.source.label)
            fresh = self._order((self.annual, 10)).order_line
            self.assertEqual(fresh.csp_agreement_id, newer)

    # --- what if ------------------------------------------------------------

    def test_one_level_up(self):
        self._agree({"kind": "discount_level", "value": 5, "min_quantity": 10})
        line = self._order((self.annual, 1)).order_line
        grade, fall = line._csp_what_if()
        self.assertEqual((grade, fall.net), (self.gold, D("52.80")))
        line.product_uom_qty = 10
        grade, fall = line._csp_what_if()
        self.assertEqual((grade, fall.net), (self.gold, D("50.16")))
        self.reseller.grade_id = self.gold
        top = self.env["res.partner.grade"].search([("csp_discount", ">", 12)])
        self.assertEqual(bool(line._csp_what_if()), bool(top))

    def test_the_dialog_explains(self):
        self._agree({"kind": "discount_level", "value": 5})
        line = self._order((self.annual, 10)).order_line
        action = line.action_csp_explain_price()
        content = str(
            self.env["csp.price.explanation"].browse(action["res_id"]).content
        )
        for text in ("Silver", "Gold", "52.44", "60.00", "48.00", "Our margin"):
            self.assertIn(text, content)

    # --- what others see ----------------------------------------------------

    def test_a_reseller_sees_no_cost(self):
        falls = self.annual._csp_waterfalls(self.reseller)
        self.assertIsNone(falls[self.annual.id].for_reseller().cost)
        user = self._create_portal_user(self.reseller)
        names = self.env["sale.order.line"].with_user(user).fields_get()
        for name in (
            "csp_waterfall",
            "csp_terms_waterfall",
            "csp_special_bid_id",
            "csp_promotion_ids",
            "csp_loss_amount",
        ):
            self.assertNotIn(name, names)

    # --- speed --------------------------------------------------------------

    def _count_queries(self, work):
        self.env.flush_all()
        self.env.invalidate_all()
        start = self.cr.sql_log_count
        work()
        self.env.flush_all()
        return self.cr.sql_log_count - start

    def _create_many(self, count):
        """Create offers of their own, with different costs."""
        return self.env["product.product"].concat(
            *(
                self._create_variant(
                    self._create_offer(), plan="annual", cost=40 + n, erp=60 + n
                )
                for n in range(count)
            )
        )

    def _check_waterfall_queries(self, reseller):
        variants = self._create_many(20)

        def count(products):
            def work():
                falls = products._csp_waterfalls(reseller, quantity=5)
                self.assertEqual(len(falls), len(products))

            return self._count_queries(work)

        count(variants)
        few = count(variants[:5])
        self.assertEqual(count(variants), few)
        self.assertEqual(count(variants[:5]), few)

    def test_queries_do_not_grow_with_the_number_of_products(self):
        self._check_waterfall_queries(self.reseller)

    def test_queries_do_not_grow_on_the_list_of_an_agreement(self):
        self._agree(
            {"value": 15},
            {"kind": "discount_level", "value": 3.33, "min_quantity": 5},
            {"scope": "template", "product_tmpl_id": self.offer.id, "value": 20},
        )
        self._create_agreement(
            self.vendor, [{"kind": "discount_cost", "value": 2.5}], side="purchase"
        )
        self._check_waterfall_queries(self.reseller)

    def test_queries_do_not_grow_with_the_lines_of_an_order(self):
        """One line, thirty lines: they are priced together."""
        # Odoo asks twice for each line; it has nothing to do with prices.
        self.patch(
            type(self.env["account.analytic.distribution.model"]),
            "_get_distribution",
            lambda model, vals: {},
        )
        self._agree({"value": 15})
        variants = self._create_many(30)

        def count(products):
            order = self._order()

            def work():
                lines = self.env["sale.order.line"].create(
                    [
                        {
                            "order_id": order.id,
                            "product_id": product.id,
                            "product_uom_qty": 5,
                        }
                        for product in products
                    ]
                )
                self.env.flush_all()
                self.assertTrue(all(lines.mapped("csp_waterfall")))

            return self._count_queries(work)

        count(variants)
        few = count(variants[:2])
        self.assertEqual(count(variants), few)
