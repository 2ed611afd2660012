"""Quotations and prices of another reseller, and numbers that nobody may post."""

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.csp_partner_portal.tests.common import CspPortalCommon

MISSING = 2**31 - 2
HUGE = 2**70


@tagged("post_install", "-at_install")
class TestQuoteMatrix(CspPortalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for party in cls.parties:
            party.price = cls.env["csp.resale.price"].create(
                {
                    "reseller_id": party.reseller.id,
                    "product_id": cls.offer.id,
                    "price": 19.0,
                }
            )
            party.quote = (
                cls.env["sale.order"]
                .with_company(cls.company)
                ._csp_create_portal_quote(party.reseller, party.customer, cls.offer, 5)
            )

    def _token(self):
        self._tokens = getattr(self, "_tokens", 0) + 1
        return f"0123456789abcdef{self._tokens}"

    def _fingerprint(self):
        self.env.invalidate_all()
        orders = self.env["sale.order"].search([], order="id")
        lines = orders.order_line
        return (
            orders.mapped(lambda o: (o.id, o.state, o.amount_total, o.validity_date)),
            lines.mapped(lambda x: (x.id, x.product_uom_qty, x.csp_end_price)),
            self.env["csp.resale.price"].search([]).mapped(lambda p: (p.id, p.price)),
            self.env["csp.subscription"].search_count([]),
        )

    def _posts(self, quote_id, line_id):
        base = f"/my/csp/quote/{quote_id}"
        return (
            (f"{base}/price/{line_id}", {"price": "1.00"}),
            (f"{base}/renew", {}),
            (f"{base}/withdraw", {}),
            (f"{base}/confirm", {"shown_total": "80.00", "terms": "1"}),
        )

    # ----------------------------------------------------------------------
    # IDS
    # ----------------------------------------------------------------------

    def test_pages(self):
        for one, other in ((self.a, self.b), (self.b, self.a)):
            self.login(one.user)
            own = self.get(f"/my/csp/quote/{one.quote.id}")
            self.assertEqual(own.status_code, 200)
            for page in ("", "/print", "/pdf"):
                missing = self.get(f"/my/csp/quote/{MISSING}{page}")
                foreign = self.get(f"/my/csp/quote/{other.quote.id}{page}")
                self.assertEqual(missing.status_code, 404)
                self.assert_same_answer(foreign, missing)
                for bad in (0, -1, HUGE, "text"):
                    answer = self.get(f"/my/csp/quote/{bad}{page}")
                    self.assertEqual(answer.status_code, 404)

    def test_posts_about_another(self):
        for one, other in ((self.a, self.b), (self.b, self.a)):
            self.login(one.user)
            before = self._fingerprint()
            line = other.quote.order_line
            targets = (
                *self._posts(other.quote.id, line.id),
                *self._posts(MISSING, line.id),
                (f"/my/csp/quote/{one.quote.id}/price/{line.id}", {"price": "1.00"}),
                (f"/my/csp/prices/{other.price.id}/delete", {}),
                (f"/my/csp/prices/{HUGE}/delete", {}),
            )
            for path, values in targets:
                with self.subTest(path=path, user=one.marker):
                    answer = self.post(path, token=self._token(), **values)
                    self.assertEqual(answer.status_code, 404)
                    self.assertNotIn(other.marker, answer.text)
            self.assertEqual(self._fingerprint(), before)

    @mute_logger("odoo.http")
    def test_end_customers_and_forms_without_secret(self):
        line = self.a.quote.order_line
        posts = (
            *self._posts(self.a.quote.id, line.id),
            (f"/my/csp/prices/{self.a.price.id}/delete", {}),
            (f"/my/csp/price/{self.offer.id}", {"price": "1.00"}),
            (f"/my/csp/order/{self.offer.id}/quote", {"seats": "5"}),
        )
        before = self._fingerprint()
        self.login(self.a.customer_user)
        for path, values in posts:
            answer = self.post(path, token=self._token(), **values)
            self.assertEqual(answer.status_code, 404, path)
        self.login(self.a.user)
        for path, values in posts:
            answer = self.post(path, csrf=False, token=self._token(), **values)
            self.assertEqual(answer.status_code, 400, path)
            self.assertIn(self.get(path, **values).status_code, (200, 404, 405), path)
        self.assertEqual(self._fingerprint(), before)

    def test_the_customers_paper(self):
        """Also over the report's own address: no buying price, no other's paper."""
        report = "csp_partner_portal.report_customer_quote"
        self.assertEqual(self.a.quote.order_line.csp_end_price, 19.0)
        self.login(self.a.user)
        own = self.get(f"/report/html/{report}/{self.a.quote.id}")
        self.assertIn("19.00", own.text)
        # Buys at 18.00, costs 10.00; five seats: 90.00, 50.00, earns 5.00.
        for text in ("18.00", "90.00", "10.00", "50.00", "argin"):
            self.assertNotIn(text, own.text)
        for ids in (self.b.quote.id, f"{self.a.quote.id},{self.b.quote.id}"):
            answer = self.get(f"/report/html/{report}/{ids}")
            self.assertNotIn(self.b.marker, answer.text)
            self.assertNotIn("report_customer_quote", answer.headers)
        self.login(self.a.customer_user)
        answer = self.get(f"/report/html/{report}/{self.a.quote.id}")
        self.assertNotIn(self.a.quote.name, answer.text)

    # ----------------------------------------------------------------------
    # NUMBERS
    # ----------------------------------------------------------------------

    def test_posted_numbers(self):
        self.login(self.a.user)
        before = self._fingerprint()
        path = f"/my/csp/order/{self.offer.id}/quote"
        good = {
            "customer_id": str(self.a.customer.id),
            "seats": "5",
            "shown_price": "18.00",
        }
        for values in (
            {"shown_price": "0.01"},
            {"shown_price": ""},
            {"seats": "0"},
            {"seats": "-5"},
            {"seats": "1e3"},
            {"seats": "5.5"},
            {"seats": "301"},
            {"seats": "9" * 40},
            {"seats": "\u0665"},
            {"customer_id": str(self.b.customer.id)},
            {"customer_id": str(self.b.reseller.id)},
            {"customer_id": ""},
            {"quote_id": str(self.b.quote.id)},
            {"quote_id": "x"},
        ):
            with self.subTest(values=values):
                answer = self.post(path, token=self._token(), **{**good, **values})
                self.assertEqual(answer.status_code, 200)
                self.assertNotIn(self.b.marker, answer.text)
        line = self.a.quote.order_line
        for price in ("-1", "1e3", "NaN", "inf", "", "1.001", "9" * 12, "1,2,3"):
            with self.subTest(price=price):
                for target in (
                    f"/my/csp/quote/{self.a.quote.id}/price/{line.id}",
                    f"/my/csp/price/{self.offer.id}",
                ):
                    answer = self.post(target, token=self._token(), price=price)
                    self.assertEqual(answer.status_code, 200)
        self.assertEqual(self._fingerprint(), before)

    def test_other_values_of_a_form_reach_nobody(self):
        self.login(self.a.user)
        answer = self.post(
            f"/my/csp/order/{self.offer.id}/quote",
            token=self._token(),
            customer_id=str(self.a.customer.id),
            seats="5",
            shown_price="18.00",
            price_unit="0.01",
            discount="99",
            partner_id=str(self.b.reseller.id),
            company_id="99",
            state="sale",
            csp_end_price="0.01",
        )
        self.assertEqual(answer.status_code, 303)
        quote = self.env["sale.order"].search([], order="id desc", limit=1)
        self.assertEqual(quote.partner_id, self.a.reseller)
        self.assertEqual((quote.state, quote.amount_untaxed), ("sent", 90.0))
        self.assertEqual(quote.order_line.csp_end_price, 19.0)

    def test_what_is_not_on_sale(self):
        self.login(self.a.user)
        self.offer.product_tmpl_id.sale_ok = False
        before = self._fingerprint()
        for path in (
            f"/my/csp/order/{self.offer.id}/quote",
            f"/my/csp/price/{self.offer.id}",
        ):
            answer = self.post(
                path,
                token=self._token(),
                customer_id=str(self.a.customer.id),
                seats="5",
                shown_price="18.00",
                price="19.00",
            )
            self.assertEqual(answer.status_code, 404)
        self.assertEqual(self._fingerprint(), before)
