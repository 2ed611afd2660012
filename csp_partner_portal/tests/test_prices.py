"""The reseller's price explained, and the prices it asks itself: never a cost."""

from odoo.fields import Command
from odoo.tests import JsonRpcException, tagged
from odoo.tools import mute_logger

from .common import CspPortalCommon

TOKEN = "0123456789abcdef"
MISSING = 2**31 - 2


@tagged("post_install", "-at_install")
class TestPrices(CspPortalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # 13.37 a month is what the vendor asks: a number that nothing else makes.
        cls.offer = cls._create_variant(
            cls._create_offer(name="Portalmail Explained", csp_max_seats=300),
            cost=160.44,
            erp=240.0,
        )

    def _explain(self, party=None, product=None, **params):
        product = product or self.offer
        return self.make_jsonrpc_request(
            f"/my/csp/price/{product.id}/explain", {"seats": 1, **params}
        )

    def _own(self, party=None):
        self.env.invalidate_all()
        party = party or self.a
        return self.env["csp.resale.price"].search(
            [("reseller_id", "=", party.reseller.id)]
        )

    def _save(self, price, token=TOKEN, product=None, **values):
        product = product or self.offer
        return self.post(
            f"/my/csp/price/{product.id}", token=token, price=price, **values
        )

    def _agree(self):
        return self._create_agreement(
            self.a.reseller,
            [
                {"kind": "discount_erp", "value": 15.0, "min_quantity": 10},
                {"kind": "discount_erp", "value": 25.0, "min_quantity": 50},
            ],
        )

    # ----------------------------------------------------------------------
    # EXPLAINED
    # ----------------------------------------------------------------------

    def test_the_price_explains_itself(self):
        self._agree()
        explained = self.offer._csp_explain_price(self.a.reseller, self.company, 10)
        bars = [(bar["kind"], bar["amount"]) for bar in explained["bars"]]
        self.assertEqual(
            bars,
            [("erp", 20.0), ("level", -2.0), ("agreement", -1.0), ("net", 17.0)],
        )
        self.assertEqual(
            [(bar["left"], bar["width"]) for bar in explained["bars"]],
            [(0, 100.0), (90.0, 10.0), (85.0, 5.0), (0, 85.0)],
        )
        self.assertEqual(explained["margin_amount"], 3.0)
        self.assertEqual(explained["margin_percent"], 15.0)
        self.assertEqual(
            [
                (band["quantity"], band["net"], band["is_current"])
                for band in explained["bands"]
            ],
            [(1, 18.0, False), (10, 17.0, True), (50, 15.0, False)],
        )

    def test_one_level_higher(self):
        explained = self.offer._csp_explain_price(self.a.reseller, self.company, 10)
        # Gold is not the only higher level of the database: the next one counts.
        level = explained["next_level"]
        higher = self.env["res.partner.grade"].search(
            [("csp_discount", ">", 10), ("is_published", "=", True)],
            order="csp_discount, id",
            limit=1,
        )
        self.assertEqual(level["name"], higher.name)
        self.assertEqual(level["net"], round(20 * (1 - higher.csp_discount / 100), 2))
        self.assertAlmostEqual(level["gain"], (18 - level["net"]) * 10, 2)
        top = self._create_grade(90.0, name="Top")
        self.a.reseller.grade_id = top
        explained = self.offer._csp_explain_price(self.a.reseller, self.company, 1)
        self.assertIsNone(explained["next_level"])

    def test_the_pages_tell_no_cost(self):
        self._agree()
        self.login(self.a.user)
        for path in (
            f"/my/csp/price/{self.offer.id}?seats=10",
            f"/my/csp/order/{self.offer.id}?seats=10",
            "/my/csp/catalog?search=Portalmail",
        ):
            with self.subTest(path=path):
                page = self.url_open(path)
                self.assertEqual(page.status_code, 200)
                self.assertIn("20.00", page.text)
                self.assertNotIn("13.37", page.text)
                self.assertNotIn("160.44", page.text)
        page = self.get(f"/my/csp/price/{self.offer.id}", seats="10").text
        for text in ("17.00", "3.00", "15.0 %", "from 50", "15.00"):
            self.assertIn(text, page)

    def test_the_answer_has_no_key_about_costs(self):
        self._agree()
        self.login(self.a.user)
        answer = self._explain(seats=12)
        self.assertEqual(
            answer,
            {
                "erp": 20.0,
                "net": 17.0,
                "resale": None,
                "margin_amount": 3.0,
                "margin_percent": 15.0,
                "quantity": 12,
                "price_text": "17.00",
            },
        )
        for seats in (0, -1, 301, "x", None, 1.5, "1e2"):
            self.assertEqual(self._explain(seats=seats), {})

    def test_a_higher_price_of_few_seats_and_the_order(self):
        """The price that the form learns is the price that the order takes."""
        self._agree()
        self.login(self.a.user)
        answer = self.post(
            f"/my/csp/order/{self.offer.id}",
            token=TOKEN,
            customer_id=str(self.a.customer.id),
            seats="50",
            shown_price=self._explain(seats=50)["price_text"],
            tenant=str(self.a.tenant.id),
            terms="on",
        )
        self.assertEqual(answer.status_code, 303)
        order = self.env["sale.order"].search(
            [("partner_id", "=", self.a.reseller.id)], order="id desc", limit=1
        )
        self.assertEqual(order.amount_untaxed, 750.0)

    def test_a_promotion_is_in_every_price(self):
        self.env["csp.promotion"].create(
            {
                "name": "Spring",
                "percent": 10.0,
                "company_id": self.company.id,
                "program_id": self.program.id,
            }
        )
        explained = self.offer._csp_explain_price(self.a.reseller, self.company, 1)
        self.assertEqual(
            [(bar["kind"], bar["amount"]) for bar in explained["bars"]],
            [("erp", 20.0), ("level", -2.0), ("promotion", -1.8), ("net", 16.2)],
        )
        self.login(self.a.user)
        page = self.get("/my/csp/catalog", search="Explained").text
        self.assertIn("16.20", page)
        answer = self.post(
            f"/my/csp/order/{self.offer.id}",
            token=TOKEN,
            customer_id=str(self.a.customer.id),
            seats="10",
            shown_price="16.20",
            tenant=str(self.a.tenant.id),
            terms="on",
        )
        self.assertEqual(answer.status_code, 303)
        order = self.env["sale.order"].search(
            [("partner_id", "=", self.a.reseller.id)], order="id desc", limit=1
        )
        self.assertEqual(order.amount_untaxed, 162.0)

    # ----------------------------------------------------------------------
    # RESALE PRICES
    # ----------------------------------------------------------------------

    def test_prices_for_all_and_for_one_customer(self):
        self.login(self.a.user)
        self.assertEqual(self._save("21.50").status_code, 303)
        self._save("19", token=TOKEN + "2", customer_id=str(self.a.customer.id))
        own = self._own()
        self.assertEqual(
            {(p.customer_id, p.price) for p in own},
            {(self.env["res.partner"], 21.5), (self.a.customer, 19.0)},
        )
        self.assertEqual(self._explain()["resale"], 21.5)
        self.assertEqual(self._explain()["margin_amount"], 3.5)
        answer = self._explain(customer_id=self.a.customer.id)
        self.assertEqual((answer["resale"], answer["margin_amount"]), (19.0, 1.0))
        page = self.get("/my/csp/prices").text
        for text in ("21.50", "19.00", "3.50", "1.00", self.a.customer.name):
            self.assertIn(text, page)
        # The same day again changes the price of the day.
        self._save("22", token=TOKEN + "3")
        self.assertEqual(len(self._own()), 2)
        self.assertEqual(self._explain()["resale"], 22.0)

    def test_quotations_start_with_the_resale_price(self):
        self.login(self.a.user)
        self._save("19.75", customer_id=str(self.a.customer.id))
        quote = self.env["sale.order"]._csp_create_portal_quote(
            self.a.reseller, self.a.customer, self.offer, 5
        )
        self.assertEqual(quote.order_line.csp_end_price, 19.75)

    def test_nothing_is_given_away_but_what_partners_price(self):
        self.login(self.a.user)
        answer = self._save("0")
        self.assertEqual(answer.status_code, 200)
        self.assertIn('id="error_price"', answer.text)
        self.assertFalse(self._own())
        self.offer.product_tmpl_id.csp_is_partner_priced = True
        self.assertEqual(self._save("0").status_code, 303)
        self.assertEqual(self._own().price, 0.0)
        answer = self._explain()
        self.assertEqual((answer["resale"], answer["margin_amount"]), (0.0, -18.0))
        # The distributor bills what was agreed all the same.
        self.assertEqual(answer["net"], 18.0)

    def test_what_is_no_price_is_refused(self):
        self.login(self.a.user)
        for price in ("", "-1", "1e3", "NaN", "1.234", "x", "9999999999"):
            with self.subTest(price=price):
                answer = self._save(price)
                self.assertEqual(answer.status_code, 200)
                self.assertIn('id="error_price"', answer.text)
        answer = self._save("10", customer_id=str(self.b.customer.id))
        self.assertEqual(answer.status_code, 200)
        self.assertNotIn(self.b.marker, answer.text)
        self.assertFalse(self._own())

    def test_a_price_is_taken_back(self):
        self.login(self.a.user)
        self._save("21")
        path = f"/my/csp/prices/{self._own().id}/delete"
        self.assertEqual(self.post(path, token=TOKEN).status_code, 303)
        self.assertFalse(self._own())
        self.assertEqual(self.post(path, token=TOKEN).status_code, 404)

    # ----------------------------------------------------------------------
    # OTHERS
    # ----------------------------------------------------------------------

    @mute_logger("odoo.http")
    def test_others_get_nothing(self):
        self.login(self.b.user)
        self._save("30.99", customer_id=str(self.b.customer.id))
        foreign = self._own(self.b)
        self.assertEqual(len(foreign), 1)
        self.login(self.a.user)
        for path in ("/my/csp/prices", f"/my/csp/price/{self.offer.id}"):
            text = self.get(path).text
            self.assertNotIn("30.99", text)
            self.assertNotIn(self.b.marker, text)
        answer = self._explain(customer_id=self.b.customer.id)
        self.assertIsNone(answer["resale"])
        path = f"/my/csp/prices/{foreign.id}/delete"
        self.assertEqual(self.post(path, token=TOKEN).status_code, 404)
        self.assertEqual(self.post(path, csrf=False, token=TOKEN).status_code, 400)
        for bad in (MISSING, 0, -1, 2**31, 2**70, "text"):
            self.assertEqual(self.get(f"/my/csp/price/{bad}").status_code, 404)
        self.login(self.b.customer_user)
        for path in ("/my/csp/prices", f"/my/csp/price/{self.offer.id}"):
            self.assertEqual(self.get(path).status_code, 404)
        with self.assertRaises(JsonRpcException):
            self._explain()
        self.authenticate(None, None)
        for path in ("/my/csp/prices", f"/my/csp/price/{self.offer.id}"):
            answer = self.get(path)
            self.assertEqual(answer.status_code, 303)
            self.assertIn("/web/login", answer.headers["Location"])
        with self.assertRaises(JsonRpcException):
            self._explain()
        self.assertEqual(self._own(self.b), foreign)

    def test_the_next_price_of_a_pricelist(self):
        """Bands that a hand-made rule of the level's list makes are shown too."""
        self.silver.default_pricelist_id.item_ids = [
            Command.create(
                {
                    "applied_on": "0_product_variant",
                    "product_id": self.offer.id,
                    "compute_price": "fixed",
                    "fixed_price": 15.0,
                    "min_quantity": 20,
                }
            )
        ]
        explained = self.offer._csp_explain_price(self.a.reseller, self.company, 1)
        self.assertEqual(
            [(band["quantity"], band["net"]) for band in explained["bands"]],
            [(1, 18.0), (20, 15.0)],
        )
