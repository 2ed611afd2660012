"""Who may buy what: channel, stopped groups, end of sale; and what comes with it."""

from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import JsonRpcException, tagged
from odoo.tools import mute_logger

from .common import CspPortalCommon


@tagged("post_install", "-at_install")
class TestChannel(CspPortalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template = cls.offer.product_tmpl_id
        cls.template._csp_publish()
        cls.group = cls.env["product.category"].create({"name": "Channel group"})
        cls.template.categ_id = cls.group
        cls.a.reseller.write({"city": "Hamburg", "is_published": True})

    def _add(self):
        return self.make_jsonrpc_request(
            "/shop/cart/add",
            {
                "product_template_id": self.template.id,
                "product_id": self.offer.id,
                "quantity": 2,
            },
        )

    def _carts(self):
        self.env.invalidate_all()
        return self.env["sale.order.line"].search_count(
            [
                ("order_id.website_id", "=", self.website.id),
                ("product_id", "=", self.offer.id),
            ]
        )

    def _assert_refused(self, *words):
        before = self._carts()
        with mute_logger("odoo.http"), self.assertRaises(JsonRpcException) as caught:
            self._add()
        for word in words:
            self.assertIn(word, str(caught.exception.__dict__) + str(caught.exception))
        self.assertEqual(self._carts(), before)

    # ----------------------------------------------------------------------
    # CHANNEL
    # ----------------------------------------------------------------------

    def test_partner_offers_name_the_partners(self):
        self.template.csp_channel = "partner"
        self.authenticate(None, None)
        page = self.url_open(self.template.website_url).text
        self.assertIn("Sold by our partners only", page)
        self.assertIn("o_csp_refused", page)
        self.assertIn('href="/partners"', page)
        self.assertIn(self.a.reseller.name, page)
        self._assert_refused()
        self.login(self.a.customer_user)
        page = self.url_open(self.template.website_url).text
        # A customer of A is sent to A, not to its competitors.
        self.assertIn(self.a.reseller.name, page)
        self.assertNotIn(self.b.reseller.name, page)
        self._assert_refused()

    def test_resellers_buy_partner_offers(self):
        self.template.csp_channel = "partner"
        self.login(self.a.user)
        page = self.url_open(self.template.website_url).text
        self.assertNotIn("o_csp_refusal", page)
        self.assertEqual(self._add()["quantity"], 2)
        self.assertEqual(self.get(f"/my/csp/order/{self.offer.id}").status_code, 200)

    def test_a_cart_from_before_is_not_paid(self):
        self.login(self.a.customer_user)
        self._add()
        self.template.csp_channel = "partner"
        cart = self.env["sale.order"].search(
            [("website_id", "=", self.website.id)], order="id desc", limit=1
        )
        self.assertIn("partners only", cart._csp_get_payment_error() or "")

    def test_direct_offers_are_not_for_resellers(self):
        self.template.csp_channel = "direct"
        self.login(self.a.user)
        catalog = self.get("/my/csp/catalog", search="Portalmail").text
        self.assertNotIn(f"/my/csp/order/{self.offer.id}", catalog)
        for path in ("order", "price"):
            answer = self.get(f"/my/csp/{path}/{self.offer.id}")
            self.assertEqual(answer.status_code, 404)
        self._assert_refused()
        self.login(self.a.customer_user)
        self.assertEqual(self._add()["quantity"], 2)

    # ----------------------------------------------------------------------
    # STOPPED AND ENDED
    # ----------------------------------------------------------------------

    def _assert_nobody_buys(self):
        for user in (self.a.customer_user, self.a.user):
            self.login(user)
            self._assert_refused()
            answer = self.url_open(self.template.website_url)
            self.assertEqual(answer.status_code, 200)
            page = answer.text
            self.assertIn("o_csp_refusal", page)
            self.assertNotIn('id="add_to_cart"', page)
            self.assertNotIn("no valid combination", page)
        catalog = self.get("/my/csp/catalog", search="Portalmail").text
        self.assertNotIn(f"/my/csp/order/{self.offer.id}", catalog)
        answer = self.get(f"/my/csp/order/{self.offer.id}")
        self.assertEqual(answer.status_code, 404)

    def test_a_stopped_group_is_not_sold(self):
        self.group.sudo().csp_is_sale_stopped = True
        self.env.flush_all()
        self._assert_nobody_buys()

    def test_after_the_end_of_sale_it_is_not_sold(self):
        today = fields.Date.today()
        self.template.csp_end_of_sale_date = today + timedelta(days=2)
        self.login(self.a.user)
        self.assertEqual(self.get(f"/my/csp/order/{self.offer.id}").status_code, 200)
        self.template.csp_end_of_sale_date = today - timedelta(days=1)
        self._assert_nobody_buys()

    # ----------------------------------------------------------------------
    # BENEFITS
    # ----------------------------------------------------------------------

    def test_benefits_are_printed_while_they_are_valid(self):
        today = fields.Date.today()
        self.template.csp_benefit_ids = [
            Command.create(
                {"name": "Windows upgrade", "valid_to": today + timedelta(days=9)}
            ),
            Command.create(
                {"name": "Old benefit", "valid_to": today - timedelta(days=1)}
            ),
            Command.create(
                {"name": "Later benefit", "valid_from": today + timedelta(days=1)}
            ),
        ]
        self.login(self.a.user)
        order = self.env["sale.order"]._csp_create_portal_quote(
            self.a.reseller, self.a.customer, self.offer, 5
        )
        self.env.flush_all()
        for path in (
            self.template.website_url,
            f"/my/csp/order/{self.offer.id}",
            f"/my/csp/quote/{order.id}",
            f"/my/csp/quote/{order.id}/print",
        ):
            with self.subTest(path=path):
                text = self.url_open(path).text
                self.assertIn("Windows upgrade", text)
                self.assertNotIn("Old benefit", text)
                self.assertNotIn("Later benefit", text)
