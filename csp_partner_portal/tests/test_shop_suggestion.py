"""Plans beside devices in the shop: shown, chosen, recorded; bundles in the cart."""

from odoo import Command
from odoo.tests import tagged

from .common import CspPortalCommon


@tagged("post_install", "-at_install")
class TestShopSuggestion(CspPortalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.website.show_line_subtotals_tax_selection = "tax_excluded"
        category = cls.env["product.category"].create({"name": "Test laptops"})
        cls.laptop = cls._create_device(
            1199, 1000, name="Shop laptop", categ_id=category.id, is_published=True
        )
        # 60, 120 and 240 in the first year; the last is the offer of the base class.
        cls.small, cls.middle = (
            cls._create_variant(cls._create_offer(name=name), erp=erp, cost=erp / 2)
            for name, erp in (("Smallmail", 60), ("Middlemail", 120))
        )
        cls.own = cls._create_own_service(list_price=5.75, name="Homecare")
        for product in (cls.small, cls.middle, cls.offer, cls.own):
            product.product_tmpl_id._csp_publish()
        cls.business = cls._create_ladder(
            (cls.small, cls.middle, cls.offer), audience="business"
        )
        cls.home = cls._create_ladder((cls.own,), recommended=0, audience="consumer")
        cls.rule = cls._create_suggestion_rule(
            cls.business, audience="business", categ_id=category.id
        )
        cls._create_suggestion_rule(cls.home, audience="consumer", categ_id=category.id)
        cls.url = cls.laptop.website_url

    def _cart(self):
        self.env.invalidate_all()
        return self.env["sale.order"].search(
            [("website_id", "=", self.website.id)], order="id desc", limit=1
        )

    def _add(self, product, quantity=1, **values):
        return self.make_jsonrpc_request(
            "/shop/cart/add",
            {
                "product_template_id": product.product_tmpl_id.id,
                "product_id": product.id,
                "quantity": quantity,
                **values,
            },
        )

    def _choose(self, product, **values):
        answer = self.post("/shop/csp/suggestion", product_id=product.id, **values)
        self.assertEqual(answer.status_code, 303)
        self.assertTrue(answer.headers["Location"].endswith("/shop/cart"))

    # --- product page -------------------------------------------------------

    def test_visitor_sees_plans_for_consumers(self):
        self.authenticate(None, None)
        text = self.url_open(self.url).text
        self.assertIn("Homecare", text)
        self.assertIn("For personal use", text)
        self.assertEqual(text.count("data-csp-suggestion="), 1)
        self.assertNotIn("Smallmail", text)

    def test_company_sees_three_cards_with_its_own_prices(self):
        self.a.reseller.vat = "DE136695976"
        self.login(self.a.user)
        text = self.url_open(self.url).text
        self.assertEqual(text.count("data-csp-suggestion="), 3)
        self.assertEqual(text.count(">Recommended<"), 1)
        # 120 a year, 10 % off: 9.00 per month, 108.00 in the first year.
        self.assertIn("9.00", text)
        self.assertIn("108.00", text)
        self.assertNotIn("Homecare", text)

    def test_ordinary_pages_have_no_cards(self):
        self.authenticate(None, None)
        for product in (self.offer, self.small):
            text = self.url_open(product.website_url).text
            self.assertNotIn("data-csp-suggestion", text)
            self.assertNotIn("o_csp_licences", text)

    def test_page_of_a_device_that_fits_no_rule(self):
        self.rule.active = False
        self.login(self.a.user)
        self.assertNotIn("data-csp-suggestion", self.url_open(self.url).text)

    # --- cart ---------------------------------------------------------------

    def test_buying_both_records_the_attach(self):
        self.login(self.a.user)
        self._choose(self.middle, device_id=self.laptop.id)
        device, plan = self._cart().order_line
        self.assertEqual((device.product_id, device.product_uom_qty), (self.laptop, 1))
        self.assertRecordValues(
            plan,
            [
                {
                    "product_id": self.middle.id,
                    "product_uom_qty": 1,
                    "price_subtotal": 9.0,
                    "csp_attached_to_line_id": device.id,
                    "csp_suggestion_rule_id": self.rule.id,
                    "csp_suggestion_rung": "better",
                }
            ],
        )
        self.assertNotIn("data-csp-suggestion", self.url_open("/shop/cart").text)

    def test_cart_suggests_until_a_plan_is_taken(self):
        self.login(self.a.user)
        self._add(self.laptop, 2)
        cart = self._cart()
        text = self.url_open("/shop/cart").text
        self.assertEqual(text.count("data-csp-suggestion="), 3)
        self._choose(self.small, line_id=cart.order_line.id)
        cart = self._cart()
        self.assertEqual(cart.order_line.mapped("product_uom_qty"), [2, 2])
        self.assertEqual(cart.order_line[1].csp_attached_to_line_id, cart.order_line[0])
        self.assertNotIn("data-csp-suggestion", self.url_open("/shop/cart").text)
        # The device leaves, the plan stays and is nobody's companion.
        cart.order_line[0].unlink()
        self.assertFalse(self._cart().order_line.csp_attached_to_line_id)

    def test_plan_bought_alone_keeps_its_own_line(self):
        self.login(self.a.user)
        self._add(self.small, 5)
        self._choose(self.small, device_id=self.laptop.id)
        lines = self._cart().order_line.filtered(
            lambda line: line.product_id == self.small
        )
        self.assertEqual(
            [
                (bool(line.csp_attached_to_line_id), line.product_uom_qty)
                for line in lines
            ],
            [(False, 5), (True, 1)],
        )

    def test_what_is_not_suggested_is_not_added(self):
        self.login(self.a.user)
        self._add(self.laptop)
        line = self._cart().order_line
        for values in (
            {"line_id": line.id},
            {"device_id": self.laptop.id},
            {"line_id": "x"},
            {"line_id": "9" * 40},
            {"device_id": "-1"},
            {},
        ):
            with self.subTest(values):
                self._choose(self.own, **values)
                self.assertEqual(self._cart().order_line, line)

    def test_line_of_another_cart_is_left_alone(self):
        self.login(self.b.user)
        self._add(self.laptop)
        other = self._cart()
        self.login(self.a.user)
        self._choose(self.small, line_id=other.order_line.id)
        self.env.invalidate_all()
        self.assertEqual(len(other.order_line), 1)

    def test_form_of_another_site_is_refused(self):
        self.login(self.a.user)
        answer = self.post(
            "/shop/csp/suggestion",
            csrf=False,
            product_id=self.small.id,
            device_id=self.laptop.id,
        )
        self.assertEqual(answer.status_code, 400)

    # --- forms of a licence -------------------------------------------------

    def test_offer_page_compares_forms_at_the_visitors_prices(self):
        box = self._create_device(150, 100, name="Box")
        self.env["csp.licence.family"].create(
            {
                "name": "Middlemail",
                "company_id": self.company.id,
                "offer_ids": [Command.set(self.middle.product_tmpl_id.ids)],
                "form_ids": [
                    Command.create(
                        {"name": "The box", "kind": "box", "product_id": box.id}
                    ),
                    Command.create(
                        {
                            "name": "By the year",
                            "kind": "yearly",
                            "product_id": self.middle.id,
                        }
                    ),
                ],
            }
        )
        self.login(self.a.user)
        text = self.url_open(self.middle.website_url).text
        self.assertIn("o_csp_licences", text)
        # Less 10 %: 135.00 for ever, or 9.00 per month.
        self.assertIn("Over 12 months, By the year saves", text)
        self.assertIn("27.00", text)
        self.assertIn("Over 36 months, The box saves", text)
        self.assertIn("189.00", text)

    # --- bundles ------------------------------------------------------------

    def test_bundle_is_one_line_in_the_cart(self):
        bundle = self._create_bundle(
            (self.laptop, self.middle), 1100, name="Ready to work", is_published=True
        )
        self.login(self.a.user)
        self._add(
            bundle,
            2,
            linked_products=[
                {
                    "product_template_id": item.product_id.product_tmpl_id.id,
                    "parent_product_template_id": bundle.product_tmpl_id.id,
                    "product_id": item.product_id.id,
                    "combo_item_id": item.id,
                    "quantity": 2,
                    "product_custom_attribute_values": [],
                    "no_variant_attribute_value_ids": [],
                }
                for item in bundle.combo_ids.combo_item_ids
            ],
        )
        cart = self._cart()
        self.assertEqual(len(cart.order_line), 3)
        self.assertEqual(cart.amount_untaxed, 1980)
        shown = cart.order_line.filtered(lambda line: line._show_in_cart())
        self.assertEqual(shown.product_id, bundle)
        self.assertTrue(cart.has_csp_lines)
        text = self.url_open("/shop/cart").text
        self.assertIn("1,980.00", text)
        # What a bundle brings along needs no suggestion.
        self.assertNotIn("data-csp-suggestion", text)
