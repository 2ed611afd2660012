from datetime import timedelta

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import CspPortalCommon


@tagged("post_install", "-at_install")
class TestShop(CspPortalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template = cls.offer.product_tmpl_id
        cls.template._csp_publish()
        cls.plain = cls.env["product.product"].create(
            {
                "name": "Plain service",
                "type": "service",
                "list_price": 5.0,
                "is_published": True,
                "sale_ok": True,
            }
        )

    # ----------------------------------------------------------------------
    # HELPERS
    # ----------------------------------------------------------------------

    def _add(self, product=None, quantity=10):
        product = product or self.offer
        return self.make_jsonrpc_request(
            "/shop/cart/add",
            {
                "product_template_id": product.product_tmpl_id.id,
                "product_id": product.id,
                "quantity": quantity,
            },
        )

    def _cart(self):
        self.env.invalidate_all()
        return self.env["sale.order"].search(
            [("website_id", "=", self.website.id)], order="id desc", limit=1
        )

    def _tenant_values(self, **values):
        return {
            "tenant": "new",
            "domain": "newalpha",
            "first_name": "Grace",
            "last_name": "Hopper",
            "email": "grace@new.example.com",
            "terms": "on",
            **values,
        }

    def _fill_step(self, **values):
        return self.post("/shop/tenant/submit", **self._tenant_values(**values))

    # ----------------------------------------------------------------------
    # PRODUCT
    # ----------------------------------------------------------------------

    def test_product_page_says_what_the_price_is_for(self):
        self.authenticate(None, None)
        text = self.url_open(self.template.website_url).text
        self.assertIn(self.offer._csp_unit_label(), text)
        self.assertIn("Commitment of 1 year", text)
        self.assertIn("240.00", text)
        self.assertIn(
            self.offer._csp_unit_label(),
            self.get("/shop", search=self.template.name.split()[0]).text,
        )

    def test_offers_are_published_under_their_category(self):
        category = self.env.ref("csp_partner_portal.public_category_cloud")
        self.assertTrue(self.template.is_published)
        self.assertIn(category, self.template.public_categ_ids)
        values = self.env["product.template"]._csp_prepare_template_values
        self.assertTrue(callable(values))

    # ----------------------------------------------------------------------
    # CART
    # ----------------------------------------------------------------------

    def test_seats_are_whole_and_inside_the_limits(self):
        self.template.write({"csp_min_seats": 2, "csp_max_seats": 300})
        self.login(self.a.customer_user)
        for wanted, kept in (
            (1, 2),
            (2, 2),
            (10, 10),
            (2.5, 2),
            (301, 300),
            (1e9, 300),
        ):
            with self.subTest(wanted=wanted):
                self._add(quantity=wanted)
                line = self._cart().order_line
                self.assertEqual(line.product_uom_qty, kept)
                line.unlink()

    def test_a_visitor_signs_in_first(self):
        self.authenticate(None, None)
        self._add()
        for path in ("/shop/checkout", "/shop/tenant", "/shop/payment"):
            answer = self.get(path)
            self.assertEqual(answer.status_code, 303, path)
            self.assertIn("/web/login", answer.headers["Location"])

    def test_a_plain_cart_has_no_extra_step(self):
        self.login(self.a.customer_user)
        self._add(self.plain, 1)
        self.assertNotIn("/shop/tenant", self.get("/shop/checkout").text)
        answer = self.get("/shop/tenant")
        self.assertIn("/shop/payment", answer.headers["Location"])

    def test_prices_of_the_cart(self):
        for user, total in ((self.a.customer_user, 200.0), (self.a.user, 180.0)):
            self.login(user)
            self._add()
            self.assertEqual(self._cart().amount_untaxed, total)

    # ----------------------------------------------------------------------
    # STEP
    # ----------------------------------------------------------------------

    def test_the_step_stores_the_account(self):
        self.login(self.a.customer_user)
        self._add()
        self.assertIn("/shop/tenant", self.get("/shop/checkout").text)
        page = self.get("/shop/tenant")
        self.assertEqual(page.status_code, 200)
        self.assertIn(self.a.tenant.domain, page.text)
        answer = self._fill_step()
        self.assertEqual(answer.status_code, 303)
        self.assertIn("/shop/payment", answer.headers["Location"])
        cart = self._cart()
        self.assertEqual(cart.csp_tenant_id.domain, "newalpha.onmicrosoft.com")
        self.assertEqual(cart.csp_customer_id, self.a.customer)
        self.assertEqual(cart.csp_reseller_id, self.a.reseller)
        self.assertTrue(cart.csp_terms_accepted_at)
        cart._check_cart_is_ready_to_be_paid()

    def test_what_is_wrong_is_said_and_nothing_is_stored(self):
        self.login(self.a.customer_user)
        self._add()
        tenants = self.env["csp.tenant"].search_count([])
        for values, field in (
            ({"domain": ""}, "domain"),
            ({"domain": "takenname"}, "domain"),
            ({"domain": "bravomark"}, "domain"),
            ({"tenant": str(self.b.tenant.id)}, "tenant"),
            ({"first_name": ""}, "first_name"),
            ({"last_name": " "}, "last_name"),
            ({"email": "grace"}, "email"),
            ({"terms": ""}, "terms"),
        ):
            with self.subTest(values=values):
                answer = self._fill_step(**values)
                self.assertEqual(answer.status_code, 200)
                self.assertIn(f'id="error_{field}"', answer.text)
                self.assertFalse(self._cart().csp_tenant_id)
        self.assertEqual(self.env["csp.tenant"].search_count([]), tenants)

    def _claim_for_b(self, age):
        """Let B's customer name a domain in a cart, so long ago."""
        self.login(self.b.customer_user)
        self._add()
        self._fill_step()
        cart = self._cart()
        self.assertEqual(cart.csp_tenant_id.partner_id, self.b.customer)
        self.env.flush_all()
        self.cr.execute(
            "UPDATE csp_tenant SET create_date = %s WHERE id = %s",
            (fields.Datetime.now() - age, cart.csp_tenant_id.id),
        )
        self.env.invalidate_all()
        return cart

    def test_a_forgotten_cart_reserves_no_domain(self):
        forgotten = self._claim_for_b(timedelta(hours=25))
        self.login(self.a.customer_user)
        self._add()
        self.assertEqual(self._fill_step().status_code, 303)
        cart = self._cart()
        self.assertEqual(cart.csp_tenant_id.domain, "newalpha.onmicrosoft.com")
        self.assertEqual(cart.csp_tenant_id.partner_id, self.a.customer)
        self.assertFalse(forgotten.csp_tenant_id)
        with self.assertRaises(ValidationError):
            forgotten._check_cart_is_ready_to_be_paid()

    def _assert_domain_is_kept(self, claimed):
        tenant = claimed.csp_tenant_id
        self.login(self.a.customer_user)
        self._add()
        answer = self._fill_step()
        self.assertEqual(answer.status_code, 200)
        self.assertIn('id="error_domain"', answer.text)
        self.assertFalse(self._cart().csp_tenant_id)
        self.assertEqual(claimed.csp_tenant_id, tenant)
        self.assertEqual(tenant.partner_id, self.b.customer)

    def test_a_fresh_cart_reserves_its_domain(self):
        self._assert_domain_is_kept(self._claim_for_b(timedelta(hours=23)))

    def test_a_cart_that_is_being_paid_reserves_its_domain(self):
        claimed = self._claim_for_b(timedelta(hours=25))
        self._pay(claimed)._set_pending()
        self._assert_domain_is_kept(claimed)

    def test_the_programme_with_accounts_asks_the_questions(self):
        by_hand = self._create_program(name="By hand")
        self._create_provider(program_id=by_hand.id)
        service = self._create_variant(
            self._create_offer(program=by_hand), cost=12.0, erp=24.0
        )
        service.product_tmpl_id._csp_publish()
        self.login(self.a.customer_user)
        self._add(service, 1)
        self.assertEqual(self._cart()._csp_get_tenant_program(), by_hand)
        self._add()
        cart = self._cart()
        self.assertEqual(cart._csp_get_tenant_program(), self.program)
        self._fill_step()
        cart = self._cart()
        self.assertEqual(cart.csp_tenant_id.program_id, self.program)
        cart._check_cart_is_ready_to_be_paid()

    def test_an_existing_account(self):
        self.login(self.a.customer_user)
        self._add()
        self._fill_step(tenant=str(self.a.tenant.id))
        self.assertEqual(self._cart().csp_tenant_id, self.a.tenant)

    def test_a_reseller_names_its_customer(self):
        self.login(self.a.user)
        self._add()
        answer = self._fill_step(customer_id=str(self.b.customer.id))
        self.assertEqual(answer.status_code, 200)
        self.assertFalse(self._cart().csp_tenant_id)
        self._fill_step(customer_id=str(self.a.customer.id))
        cart = self._cart()
        self.assertEqual(cart.csp_customer_id, self.a.customer)
        self.assertEqual(cart.csp_reseller_id, self.a.reseller)

    # ----------------------------------------------------------------------
    # PAYMENT
    # ----------------------------------------------------------------------

    @mute_logger("odoo.http")
    def test_the_step_cannot_be_skipped(self):
        self.login(self.a.customer_user)
        self._add()
        answer = self.get("/shop/payment")
        self.assertEqual(answer.status_code, 303)
        self.assertIn("/shop/tenant", answer.headers["Location"])
        cart = self._cart()
        with self.assertRaises(Exception) as caught:
            self.make_jsonrpc_request(
                f"/shop/payment/transaction/{cart.id}",
                {
                    "access_token": cart._portal_ensure_token(),
                    "provider_id": 1,
                    "payment_method_id": 1,
                    "token_id": None,
                    "flow": "direct",
                    "tokenization_requested": False,
                    "landing_route": "/shop/payment/validate",
                },
            )
        self.assertIn("ValidationError", str(caught.exception))
        self.assertFalse(cart.transaction_ids)

    def test_an_account_of_another_cannot_be_paid_for(self):
        self.login(self.a.customer_user)
        self._add()
        self._fill_step()
        cart = self._cart()
        cart.csp_tenant_id = self.b.tenant
        with self.assertRaises(ValidationError):
            cart._check_cart_is_ready_to_be_paid()

    def test_payment_delivers_without_a_person(self):
        """Paying confirms the order and leaves the task for the vendor behind."""
        self.login(self.a.customer_user)
        self._add()
        self._fill_step()
        self.assertEqual(self.get("/shop/payment").status_code, 200)
        cart = self._cart()
        transaction = self._pay(cart)
        transaction._set_done()
        transaction._check_amount_and_confirm_order()
        self.assertEqual(cart.state, "sale")
        self.assertEqual(cart.csp_subscription_ids.quantity, 10)
        self.assertEqual(cart.csp_subscription_ids.payer_id, self.a.customer)
        self.assertEqual(cart.csp_subscription_ids.reseller_id, self.a.reseller)
        self.assertEqual(len(cart.csp_task_ids), 1)
        self.assertEqual(cart.csp_delivery_state, "waiting")
        page = self.get("/shop/confirmation")
        self.assertIn("o_csp_delivery", page.text)
        answer = self.make_jsonrpc_request("/shop/csp/delivery")
        self.assertEqual(answer["state"], "waiting")
        self.assertEqual(answer["items"][0]["seats"], 10)

    def test_the_guards_of_the_order_come_before_the_money(self):
        self.login(self.a.customer_user)
        self._add()
        self._fill_step()
        self.template.sale_ok = False
        with self.assertRaises(ValidationError):
            self._cart()._check_cart_is_ready_to_be_paid()

    def _pay(self, order):
        """Create the transaction that a payment provider would report as paid."""
        provider = self.env["payment.provider"].create(
            {"name": "Test", "code": "none", "state": "test", "is_published": True}
        )
        method = self.env["payment.method"].create(
            {"name": "Test", "code": "csp_test", "active": True}
        )
        return self.env["payment.transaction"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": method.id,
                "reference": f"{order.name}-test",
                "amount": order.amount_total,
                "currency_id": order.currency_id.id,
                "partner_id": order.partner_id.id,
                "operation": "online_direct",
                "sale_order_ids": [(6, 0, order.ids)],
            }
        )
