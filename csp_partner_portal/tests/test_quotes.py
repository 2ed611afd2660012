"""Quotations: made in the portal, held, printed without margins, ordered later."""

from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import CspPortalCommon

TOKEN = "0123456789abcdef"
MISSING = 2**31 - 2


@tagged("post_install", "-at_install")
class TestQuotes(CspPortalCommon):
    # ----------------------------------------------------------------------
    # HELPERS
    # ----------------------------------------------------------------------

    def _quotes(self, party=None):
        self.env.invalidate_all()
        party = party or self.a
        return self.env["sale.order"].search(
            [("partner_id", "=", party.reseller.id), ("is_csp_quote", "=", True)]
        )

    def _make(self, party=None, **values):
        party = party or self.a
        offers = self.offer._get_csp_offers(party.reseller, self.company)
        return self.post(
            f"/my/csp/order/{self.offer.id}/quote",
            **{
                "token": TOKEN,
                "customer_id": str(party.customer.id),
                "seats": "10",
                "shown_price": f"{offers[0]['price']:.2f}",
                **values,
            },
        )

    def _make_quote(self, party=None, **values):
        party = party or self.a
        self.login(party.user)
        answer = self._make(party, **values)
        self.assertEqual(answer.status_code, 303, answer.text[:2000])
        return self._quotes(party)[:1]

    def _confirm(self, quote, party=None, **values):
        party = party or self.a
        return self.post(
            f"/my/csp/quote/{quote.id}/confirm",
            **{
                "token": TOKEN,
                "shown_total": f"{quote.amount_untaxed:.2f}",
                "tenant": str(party.tenant.id),
                "terms": "on",
                **values,
            },
        )

    def _raise_cost(self, cost, erp):
        """Let the vendor ask more from today on, for the whole term."""
        now = fields.Datetime.now() - timedelta(minutes=1)
        self._create_price(self.offer, unit_price=cost, erp_price=erp, valid_from=now)

    def _row(self, quote):
        """Return what a stranger's form could have changed."""
        self.env.invalidate_all()
        return (
            quote.read(["state", "amount_total", "validity_date"]),
            quote.order_line.read(["product_uom_qty", "price_unit", "csp_end_price"]),
            self.env["csp.subscription"].search_count([]),
            self.env["sale.order"].search_count([]),
        )

    # ----------------------------------------------------------------------
    # MAKING
    # ----------------------------------------------------------------------

    def test_a_quotation_holds_price_author_and_role(self):
        quote = self._make_quote()
        self.assertEqual(len(quote), 1)
        self.assertEqual(quote.state, "sent")
        self.assertEqual(quote.csp_author_id, self.a.user)
        self.assertEqual(quote.csp_author_role, "reseller")
        self.assertEqual(quote.csp_customer_id, self.a.customer)
        self.assertEqual(quote.csp_reseller_id, self.a.reseller)
        self.assertEqual(quote.amount_untaxed, 180.0)
        self.assertEqual(
            quote.validity_date,
            fields.Date.today()
            + timedelta(days=self.company.quotation_validity_days or 30),
        )
        line = quote.order_line
        self.assertEqual(line.csp_end_price, 20.0)
        self.assertEqual(line._csp_end_amount(), 200.0)
        self.assertEqual(line._csp_end_margin(), 20.0)
        self.assertFalse(quote.csp_subscription_ids)
        page = self.get("/my/csp/quotes")
        self.assertIn(quote.name, page.text)
        self.assertIn("20.00", page.text)

    def test_roles_of_authors(self):
        order = self._create_order(self.a.reseller, [(self.offer, 1)])
        self.assertEqual(order.csp_author_role, "distributor")
        self.assertEqual(order.csp_author_id, self.env.user)
        for user, role in (
            (self.a.user, "reseller"),
            (self.a.customer_user, "customer"),
        ):
            order = (
                self.env["sale.order"]
                .with_user(user)
                .sudo()
                .create({"partner_id": user.partner_id.id})
            )
            self.assertEqual(order.csp_author_role, role)
            self.assertEqual(order.csp_author_id, user)

    def test_a_double_click_makes_one_quotation(self):
        self.login(self.a.user)
        first, second = self._make(), self._make()
        self.assertEqual(first.headers["Location"], second.headers["Location"])
        self.assertEqual(len(self._quotes()), 1)

    def test_what_is_wrong_is_said_and_nothing_is_made(self):
        foreign = self._make_quote(self.b)
        self.login(self.a.user)
        for values in (
            {"seats": "0"},
            {"seats": "301"},
            {"customer_id": ""},
            {"customer_id": str(self.b.customer.id)},
            {"shown_price": "0.01"},
            {"quote_id": str(foreign.id)},
            {"quote_id": "x"},
        ):
            with self.subTest(values=values):
                answer = self._make(**values)
                self.assertEqual(answer.status_code, 200)
                self.assertNotIn(self.b.marker, answer.text)
                self.assertFalse(self._quotes())
        self.assertEqual(len(foreign.order_line), 1)

    def test_another_offer_joins_an_open_quotation(self):
        quote = self._make_quote()
        other = self._create_variant(
            self._create_offer(name="Portalstore"), cost=12.0, erp=60.0
        )
        page = self.get(f"/my/csp/order/{other.id}", customer_id=self.a.customer.id)
        self.assertIn(f'<option value="{quote.id}"', page.text)
        answer = self.post(
            f"/my/csp/order/{other.id}/quote",
            token=TOKEN + "2",
            customer_id=str(self.a.customer.id),
            seats="3",
            shown_price="4.50",
            quote_id=str(quote.id),
        )
        self.assertEqual(answer.status_code, 303)
        self.assertEqual(self._quotes(), quote)
        self.assertEqual(quote.order_line.mapped("price_subtotal"), [180.0, 13.5])
        self.assertEqual(quote._csp_prepare_customer_totals(), [("per month", 215.0)])

    # ----------------------------------------------------------------------
    # PRICE FOR THE CUSTOMER
    # ----------------------------------------------------------------------

    def test_the_price_for_the_customer(self):
        quote = self._make_quote()
        path = f"/my/csp/quote/{quote.id}/price/{quote.order_line.id}"
        for number, (text, price) in enumerate(
            (("19.50", 19.5), ("19,25", 19.25), ("17", 17.0))
        ):
            answer = self.post(path, token=f"{TOKEN}{number}", price=text)
            self.assertEqual(answer.status_code, 303)
            self.env.invalidate_all()
            self.assertEqual(quote.order_line.csp_end_price, price)
            self.assertEqual(quote.amount_untaxed, 180.0)
        self.assertEqual(quote.order_line._csp_end_margin(), -10.0)
        for text in ("-1", "1e3", "NaN", "", "1.234", "9999999999", "1.2.3"):
            with self.subTest(text=text):
                answer = self.post(path, token=TOKEN + "x", price=text)
                self.assertEqual(answer.status_code, 200)
                self.env.invalidate_all()
                self.assertEqual(quote.order_line.csp_end_price, 17.0)

    def test_the_paper_shows_no_price_but_the_customers(self):
        quote = self._make_quote()
        quote.order_line.csp_end_price = 23.45
        answer = self.get(f"/my/csp/quote/{quote.id}/print")
        self.assertEqual(answer.status_code, 200)
        for text in ("23.45", "234.50", "Portalmail Business", self.a.reseller.name):
            self.assertIn(text, answer.text)
        self.assertIn(self.a.customer.name, answer.text)
        # Price, list price, amount, cost, margin, margin in percent, distributor.
        for text in (
            "18.00",
            "180.00",
            "20.00",
            "200.00",
            "10.00",
            "5.45",
            "54.50",
            "argin",
            self.company.name,
        ):
            self.assertNotIn(text, answer.text)

    # ----------------------------------------------------------------------
    # ORDERING
    # ----------------------------------------------------------------------

    def test_the_price_is_held_until_the_order(self):
        quote = self._make_quote()
        self.silver.csp_discount = 5
        self._raise_cost(132.0, 264.0)
        answer = self._confirm(quote)
        self.assertEqual(answer.status_code, 303, answer.text[:3000])
        self.env.invalidate_all()
        self.assertEqual(quote.state, "sale")
        self.assertEqual(quote.amount_untaxed, 180.0)
        self.assertEqual(quote.csp_subscription_ids.unit_price, 18.0)
        self.assertEqual(quote.csp_subscription_ids.quantity, 10)
        self.assertEqual(quote.order_line.csp_end_price, 20.0)
        page = self.get("/my/csp/quotes", filterby="ordered")
        self.assertIn(quote.name, page.text)

    def test_a_held_price_below_the_cost_of_today_waits_for_approval(self):
        quote = self._make_quote()
        self._raise_cost(228.0, 240.0)
        answer = self._confirm(quote)
        self.assertEqual(answer.status_code, 200)
        self.assertIn("has to be approved by our sales team", answer.text)
        self.assertNotIn("below what the vendor asks", answer.text)
        self.assertNotIn("19.00", answer.text)
        self.env.invalidate_all()
        self.assertEqual(quote.state, "sent")
        self.assertEqual(quote.amount_untaxed, 180.0)

    def test_after_the_validity_the_price_is_that_of_the_day(self):
        quote = self._make_quote()
        self.silver.csp_discount = 5
        with freeze_time(fields.Datetime.now() + timedelta(days=40)):
            self.login(self.a.user)
            page = self.get(f"/my/csp/quote/{quote.id}").text
            self.assertIn("computed anew", page)
            answer = self._confirm(quote)
            self.assertEqual(answer.status_code, 200)
            self.assertIn("190.00", answer.text)
            self.env.invalidate_all()
            self.assertEqual(quote.state, "sent")
            self.assertEqual(quote.amount_untaxed, 190.0)
            answer = self._confirm(quote, shown_total="180.00")
            self.assertEqual(answer.status_code, 200)
            answer = self._confirm(quote, shown_total="190.00")
            self.assertEqual(answer.status_code, 303)
            self.env.invalidate_all()
            self.assertEqual(quote.state, "sale")
            self.assertEqual(quote.csp_subscription_ids.unit_price, 19.0)

    def test_the_reseller_is_told_once_when_the_hold_ends(self):
        quote = self._make_quote()
        before = len(quote.message_ids)
        self.env["sale.order"]._cron_csp_end_holds()
        self.assertEqual(len(quote.message_ids), before)
        self.silver.csp_discount = 5
        quote.validity_date = fields.Date.today() - timedelta(days=1)
        self.env["sale.order"]._cron_csp_end_holds()
        self.assertEqual(quote.amount_untaxed, 190.0)
        message = quote.message_ids[0]
        self.assertIn("190.00", message.body)
        self.assertIn("180.00", message.body)
        self.assertIn(self.a.user.partner_id, message.notified_partner_ids)
        count = len(quote.message_ids)
        self.env["sale.order"]._cron_csp_end_holds()
        self.assertEqual(len(quote.message_ids), count)

    def test_a_hold_is_renewed_at_the_price_of_today(self):
        quote = self._make_quote()
        self.silver.csp_discount = 5
        quote.validity_date = fields.Date.today() - timedelta(days=1)
        self.login(self.a.user)
        answer = self.post(f"/my/csp/quote/{quote.id}/renew", token=TOKEN)
        self.assertEqual(answer.status_code, 303)
        self.env.invalidate_all()
        self.assertEqual(quote.amount_untaxed, 190.0)
        self.assertEqual(quote.validity_date, quote._csp_next_validity())

    def test_a_quotation_is_ordered_once(self):
        quote = self._make_quote()
        first = self._confirm(quote)
        second = self._confirm(quote)
        self.assertEqual(first.headers["Location"], second.headers["Location"])
        answer = self._confirm(quote, token=TOKEN + "9")
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(len(quote.csp_subscription_ids), 1)
        answer = self.post(f"/my/csp/quote/{quote.id}/withdraw", token=TOKEN)
        self.assertEqual(answer.status_code, 200)
        self.env.invalidate_all()
        self.assertEqual(quote.state, "sale")

    def test_withdraw(self):
        quote = self._make_quote()
        answer = self.post(f"/my/csp/quote/{quote.id}/withdraw", token=TOKEN)
        self.assertEqual(answer.status_code, 303)
        self.env.invalidate_all()
        self.assertEqual(quote.state, "cancel")
        self.assertEqual(self._confirm(quote).status_code, 200)
        self.assertFalse(quote.csp_subscription_ids)

    def test_our_own_quotation_for_a_reseller_is_in_its_list(self):
        order = self._create_order(
            self.a.reseller, [(self.offer, 5)], csp_customer_id=self.a.customer.id
        )
        self.login(self.a.user)
        self.assertEqual(self.get(f"/my/csp/quote/{order.id}").status_code, 404)
        order.action_quotation_sent()
        self.env.flush_all()
        page = self.get(f"/my/csp/quote/{order.id}")
        self.assertEqual(page.status_code, 200)
        self.assertIn("made by us", self.get("/my/csp/quotes").text)

    # ----------------------------------------------------------------------
    # OTHERS
    # ----------------------------------------------------------------------

    def _gets(self, quote):
        root = f"/my/csp/quote/{quote.id}"
        return (root, f"{root}/print", f"{root}/pdf")

    def _posts(self, quote):
        root = f"/my/csp/quote/{quote.id}"
        token = {"token": TOKEN}
        return (
            (f"{root}/confirm", {"terms": "on", "tenant": "new", **token}),
            (f"{root}/renew", token),
            (f"{root}/withdraw", token),
            (f"{root}/price/{quote.order_line.id}", {"price": "1", **token}),
        )

    @mute_logger("odoo.http")
    def test_others_get_nothing_and_change_nothing(self):
        quote = self._make_quote(self.b)
        before = self._row(quote)
        for user in (self.a.user, self.a.customer_user, self.b.customer_user):
            self.login(user)
            missing = self.get(f"/my/csp/quote/{MISSING}")
            self.assertEqual(missing.status_code, 404)
            for path in self._gets(quote):
                answer = self.get(path)
                self.assert_same_answer(answer, missing)
                self.assertNotIn(quote.name, answer.text)
            for path, values in self._posts(quote):
                answer = self.post(path, **values)
                self.assertEqual(answer.status_code, 404, path)
        self.login(self.a.user)
        self.assertNotIn(quote.name, self.get("/my/csp/quotes").text)
        self.authenticate(None, None)
        for path in (*self._gets(quote), "/my/csp/quotes"):
            answer = self.get(path)
            self.assertEqual(answer.status_code, 303)
            self.assertIn("/web/login", answer.headers["Location"])
        self.assertEqual(self._row(quote), before)

    @mute_logger("odoo.http")
    def test_forms_need_their_secret_and_a_post(self):
        quote = self._make_quote()
        before = self._row(quote)
        for path, values in self._posts(quote):
            self.assertEqual(self.post(path, csrf=False, **values).status_code, 400)
            self.assertIn(self.get(path).status_code, (404, 405))
        self.assertEqual(self._row(quote), before)

    def test_the_line_of_another_quotation(self):
        foreign = self._make_quote(self.b)
        quote = self._make_quote()
        before = self._row(foreign)
        answer = self.post(
            f"/my/csp/quote/{quote.id}/price/{foreign.order_line.id}",
            token=TOKEN,
            price="1",
        )
        self.assertEqual(answer.status_code, 404)
        self.assertEqual(self._row(foreign), before)

    @mute_logger("odoo.http")
    def test_the_report_of_another(self):
        quote = self._make_quote(self.b)
        self.login(self.a.user)
        answer = self.get(
            f"/report/html/csp_partner_portal.report_customer_quote/{quote.id}"
        )
        self.assertNotEqual(answer.status_code, 200)
        self.assertNotIn(self.b.marker, answer.text)
