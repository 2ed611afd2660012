from odoo.fields import Command
from odoo.tests import tagged

from .common import CspPortalCommon

TOKEN = "0123456789abcdef"


@tagged("post_install", "-at_install")
class TestOrder(CspPortalCommon):
    def _values(self, **values):
        return {
            "token": TOKEN,
            "customer_id": str(self.a.customer.id),
            "seats": "10",
            "shown_price": "18.00",
            "tenant": str(self.a.tenant.id),
            "terms": "on",
            **values,
        }

    def _new_tenant(self, **values):
        return self._values(
            tenant="new",
            domain="newalpha",
            first_name="Grace",
            last_name="Hopper",
            email="grace@new.example.com",
            **values,
        )

    def _orders(self):
        self.env.invalidate_all()
        return self.env["sale.order"].search(
            [
                ("partner_id", "=", self.a.reseller.id),
                ("id", "not in", (self.a.order | self.a.renewal).ids),
            ]
        )

    def _send(self, **values):
        return self.post(f"/my/csp/order/{self.offer.id}", **values)

    def test_form(self):
        self.login(self.a.user)
        answer = self.get(
            f"/my/csp/order/{self.offer.id}", customer_id=self.a.customer.id
        )
        self.assertEqual(answer.status_code, 200)
        self.assertIn(self.a.tenant.domain, answer.text)
        self.assertIn('value="18.00"', answer.text)

    def test_choosing_the_customer_keeps_the_seats(self):
        """The page loads again for the customer's accounts and brings the seats."""
        self._set_price_break(15.0)
        self.login(self.a.user)
        path = f"/my/csp/order/{self.offer.id}"
        for seats, kept, price in (
            ("12", "12", "15.00"),
            ("9", "9", "18.00"),
            ("", "1", "18.00"),
            ("0", "1", "18.00"),
            ("301", "1", "18.00"),
            ("1e3", "1", "18.00"),
        ):
            with self.subTest(seats=seats):
                page = self.get(path, customer_id=self.a.customer.id, seats=seats)
                self.assertRegex(page.text, rf'name="seats"[^>]*value="{kept}"')
                self.assertIn(f'name="shown_price" value="{price}"', page.text)
        self._send(**self._values(seats="12", shown_price="15.00"))
        self.assertEqual(self._orders().amount_untaxed, 180.0)

    def test_ten_seats_for_a_customer(self):
        self.login(self.a.user)
        answer = self._send(**self._values())
        self.assertEqual(answer.status_code, 303)
        order = self._orders()
        self.assertEqual(len(order), 1)
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.csp_customer_id, self.a.customer)
        self.assertEqual(order.csp_reseller_id, self.a.reseller)
        self.assertEqual(order.amount_untaxed, 180.0)
        self.assertEqual(order.order_line.product_uom_qty, 10)
        subscription = order.csp_subscription_ids
        self.assertEqual(len(subscription), 1)
        self.assertEqual(subscription.quantity, 10)
        self.assertEqual(subscription.payer_id, self.a.reseller)
        self.assertEqual(subscription.unit_price, 18.0)
        self.assertEqual(len(order.csp_task_ids), 1)
        self.assertIn(
            f"/my/csp/subscription/{subscription.id}", answer.headers["Location"]
        )
        page = self.get(f"/my/csp/subscription/{subscription.id}")
        self.assertIn(order.name, page.text)

    def test_who_accepted_and_from_where(self):
        self.login(self.a.user)
        self._send(**self._new_tenant())
        order = self._orders()
        self.assertTrue(order.csp_terms_accepted_at)
        self.assertEqual(order.csp_terms_accepted_by, self.a.user.name)
        self.assertEqual(order.csp_terms_accepted_ip, "127.0.0.1")
        tenant = order.csp_tenant_id
        self.assertEqual(tenant.domain, "newalpha.onmicrosoft.com")
        self.assertEqual(tenant.partner_id, self.a.customer)
        self.assertEqual(tenant.admin_email, "grace@new.example.com")
        self.assertEqual(tenant.agreement_by_name, "Grace Hopper")
        self.assertTrue(tenant.agreement_accepted_at)

    def test_a_double_click_makes_one_order(self):
        self.login(self.a.user)
        first = self._send(**self._values())
        second = self._send(**self._values())
        self.assertEqual(second.status_code, 303)
        self.assertEqual(first.headers["Location"], second.headers["Location"])
        self.assertEqual(len(self._orders()), 1)

    def test_a_refused_form_may_be_sent_again(self):
        self.login(self.a.user)
        self._send(**self._values(terms=""))
        self.assertFalse(self._orders())
        self._send(**self._values())
        self.assertEqual(len(self._orders()), 1)

    def test_what_is_wrong_is_said_and_nothing_is_made(self):
        self.login(self.a.user)
        for values, field in (
            ({"seats": "0"}, "seats"),
            ({"seats": "-1"}, "seats"),
            ({"seats": "0.5"}, "seats"),
            ({"seats": "1e3"}, "seats"),
            ({"seats": "NaN"}, "seats"),
            ({"seats": "1000000000"}, "seats"),
            ({"customer_id": ""}, "customer_id"),
            ({"customer_id": str(self.b.customer.id)}, "customer_id"),
            ({"customer_id": str(self.b.reseller.id)}, "customer_id"),
            ({"tenant": str(self.b.tenant.id)}, "tenant"),
            ({"tenant": "none"}, "tenant"),
            ({"terms": ""}, "terms"),
        ):
            with self.subTest(values=values):
                answer = self._send(**self._values(**values))
                self.assertEqual(answer.status_code, 200)
                self.assertIn(f'id="error_{field}"', answer.text)
                self.assertNotIn(self.b.marker, answer.text)
                self.assertFalse(self._orders())

    def test_domains_of_new_accounts(self):
        self.login(self.a.user)
        tenants = self.env["csp.tenant"].search_count([])
        for domain in ("", "a b", "a.b", "-a", "takenname", "bravomark", "ünder"):
            with self.subTest(domain=domain):
                answer = self._send(**{**self._new_tenant(), "domain": domain})
                self.assertEqual(answer.status_code, 200)
                self.assertIn('id="error_domain"', answer.text)
                self.assertFalse(self._orders())
        self.assertEqual(self.env["csp.tenant"].search_count([]), tenants)

    def test_a_changed_price_comes_back_to_the_person(self):
        self.login(self.a.user)
        self.silver.csp_discount = 5
        answer = self._send(**self._values())
        self.assertEqual(answer.status_code, 200)
        self.assertIn("The price has changed", answer.text)
        self.assertIn('value="19.00"', answer.text)
        self.assertFalse(self._orders())
        self._send(**self._values(shown_price="19.00"))
        self.assertEqual(self._orders().amount_untaxed, 190.0)

    def test_price_and_parties_are_the_servers(self):
        self.login(self.a.user)
        self._send(
            **self._values(
                price_unit="0.01",
                discount="99",
                partner_id=str(self.b.reseller.id),
                csp_reseller_id=str(self.b.reseller.id),
                company_id="99",
                state="cancel",
                pricelist_id=str(self.gold.default_pricelist_id.id),
                order_line="[(0,0,{})]",
            )
        )
        order = self._orders()
        self.assertEqual(order.amount_untaxed, 180.0)
        self.assertEqual(order.pricelist_id, self.silver.default_pricelist_id)
        self.assertEqual(order.csp_reseller_id, self.a.reseller)
        self.assertEqual(order.company_id, self.company)

    def test_a_forged_shown_price_is_no_price(self):
        self.login(self.a.user)
        for price in ("0.01", "", "18", "NaN"):
            answer = self._send(**self._values(shown_price=price))
            self.assertEqual(answer.status_code, 200)
            self.assertFalse(self._orders())

    def _set_price_break(self, price):
        """Let ten seats and more cost another price in the list of A."""
        self.silver.default_pricelist_id.item_ids = [
            Command.create(
                {
                    "applied_on": "1_product",
                    "product_tmpl_id": self.offer.product_tmpl_id.id,
                    "compute_price": "fixed",
                    "fixed_price": price,
                    "min_quantity": 10,
                }
            )
        ]

    def test_the_lower_price_of_more_seats(self):
        self._set_price_break(15.0)
        self.login(self.a.user)
        page = self.get(f"/my/csp/order/{self.offer.id}").text
        self.assertIn('value="18.00"', page)
        self._send(**self._values(seats="9", shown_price="15.00"))
        self.assertFalse(self._orders())
        answer = self._send(**self._values())
        self.assertEqual(answer.status_code, 303)
        order = self._orders()
        self.assertEqual(order.amount_untaxed, 150.0)
        self.assertEqual(order.csp_subscription_ids.unit_price, 15.0)

    def test_a_higher_price_of_more_seats_is_shown_first(self):
        self._set_price_break(19.0)
        self.login(self.a.user)
        answer = self._send(**self._values())
        self.assertEqual(answer.status_code, 200)
        self.assertIn("The price has changed", answer.text)
        self.assertIn('value="19.00"', answer.text)
        self.assertFalse(self._orders())
        self._send(**self._values(shown_price="19.00"))
        self.assertEqual(self._orders().amount_untaxed, 190.0)

    def test_the_administrator_signs_for_an_account_known_already(self):
        self.a.tenant.write(
            {
                "agreement_accepted_at": False,
                "admin_first_name": "Grace",
                "admin_last_name": "Hopper",
                "admin_email": "grace@alpha.example.com",
            }
        )
        self.login(self.a.user)
        self._send(**self._values())
        self.assertEqual(self._orders().csp_terms_accepted_by, self.a.user.name)
        self.assertEqual(self.a.tenant.agreement_by_name, "Grace Hopper")
        self.assertEqual(self.a.tenant.agreement_by_email, "grace@alpha.example.com")

    def test_accounts_of_another_company_are_not_offered(self):
        other = self.env["res.company"].create({"name": "Second"})
        tenant = self._create_tenant(
            self.a.customer, company_id=other.id, domain="second.example.com"
        )
        self.login(self.a.user)
        page = self.get(
            f"/my/csp/order/{self.offer.id}", customer_id=self.a.customer.id
        ).text
        self.assertIn(self.a.tenant.domain, page)
        self.assertNotIn(tenant.domain, page)
        answer = self._send(**self._values(tenant=str(tenant.id)))
        self.assertIn('id="error_tenant"', answer.text)
        self.assertFalse(self._orders())

    def test_reseller_and_distributor_see_the_same(self):
        self.login(self.a.user)
        self._send(**self._values())
        order = self._orders()
        subscription = order.csp_subscription_ids
        portal_env = self.env(user=self.a.user)
        self.assertEqual(
            portal_env["sale.order"].search([("id", "=", order.id)]).name, order.name
        )
        self.assertEqual(
            portal_env["csp.subscription"].search([("id", "=", subscription.id)]).name,
            subscription.name,
        )
        self.assertIn(order.name, self.get("/my/orders").text)
