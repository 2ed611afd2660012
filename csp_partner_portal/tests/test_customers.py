from odoo.tests import tagged

from .common import CspPortalCommon

TOKEN = "0123456789abcdef"


@tagged("post_install", "-at_install")
class TestCustomers(CspPortalCommon):
    def _values(self, **values):
        return {
            "token": TOKEN,
            "name": "Brand new customer",
            "street": "Main street 1",
            "zip": "10115",
            "city": "Berlin",
            "country_id": str(self.env.ref("base.de").id),
            "contact": "Grace Hopper",
            "email": "grace@new.example.com",
            **values,
        }

    def _customers(self):
        self.env.invalidate_all()
        return self.env["res.partner"].search(
            [("name", "=", "Brand new customer"), ("is_company", "=", True)]
        )

    def test_create(self):
        self.login(self.a.user)
        answer = self.post("/my/csp/customers/new", **self._values())
        self.assertEqual(answer.status_code, 303)
        customer = self._customers()
        self.assertEqual(customer.csp_reseller_id, self.a.reseller)
        self.assertFalse(customer.parent_id)
        self.assertEqual(customer.child_ids.name, "Grace Hopper")
        self.assertIn(f"customer_id={customer.id}", answer.headers["Location"])
        self.assertIn("Brand new customer", self.get("/my/csp/customers").text)

    def test_sending_twice_makes_one(self):
        self.login(self.a.user)
        first = self.post("/my/csp/customers/new", **self._values())
        second = self.post("/my/csp/customers/new", **self._values())
        self.assertEqual(first.headers["Location"], second.headers["Location"])
        self.assertEqual(len(self._customers()), 1)

    def test_what_is_wrong_is_said_and_nothing_is_made(self):
        self.login(self.a.user)
        for values in (
            {"name": ""},
            {"email": "grace"},
            {"country_id": "999999"},
            {"contact": " "},
        ):
            with self.subTest(values=values):
                answer = self.post("/my/csp/customers/new", **self._values(**values))
                self.assertEqual(answer.status_code, 200)
                self.assertIn("is-invalid", answer.text)
                self.assertFalse(self._customers())

    def test_other_fields_are_not_taken(self):
        self.login(self.a.user)
        self.post(
            "/my/csp/customers/new",
            **self._values(
                csp_reseller_id=str(self.b.reseller.id),
                grade_id=str(self.gold.id),
                parent_id=str(self.b.reseller.id),
                credit_limit="1000000",
            ),
        )
        customer = self._customers()
        self.assertEqual(customer.csp_reseller_id, self.a.reseller)
        self.assertFalse(customer.grade_id)
        self.assertFalse(customer.parent_id)

    def test_the_way_back_stays_on_this_site(self):
        self.login(self.a.user)
        answer = self.post(
            "/my/csp/customers/new", **self._values(redirect="https://evil.example/")
        )
        self.assertTrue(answer.headers["Location"].startswith("/my/csp/customers"))

    def test_a_form_needs_its_token(self):
        self.login(self.a.user)
        answer = self.post("/my/csp/customers/new", **self._values(token=""))
        self.assertEqual(answer.status_code, 404)
        self.assertFalse(self._customers())
