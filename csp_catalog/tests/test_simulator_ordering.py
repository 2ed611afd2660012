"""What must be true before the vendor takes an order."""

from __future__ import annotations

from datetime import date

try:
    from .simulator_case import RuleCase, providers
except ImportError:
    from simulator_case import RuleCase, providers

EDUCATION = ("CFQ7TTC0EXA3", "0006")


class TestOrdering(RuleCase):
    def test_agreement_comes_before_the_first_order(self):
        adapter = self.adapter()
        order = self.place_order(agreement=None)
        with self.assertRaises(providers.RefusedError) as caught:
            self.drive(adapter, order)
        self.assertEqual(caught.exception.code, "13605")
        self.assertEqual(self.simulator.state()["orders"], [])
        mended = self.place_order()
        result, _access = self.drive(adapter, mended, caught.exception.checkpoint)
        self.assertEqual(len(result.lines), 2)
        self.assertEqual(len(self.simulator.state()["customers"]), 1)

    def test_taken_domain_is_refused(self):
        self.simulator.admin("/_sim/tenants", {"domain": "nordlicht.onmicrosoft.com"})
        order = self.place_order()
        self.assert_refused("domain_taken", self.drive, self.adapter(), order)

    def test_somebody_elses_customer_is_not_taken_over(self):
        """Another order for the same domain gets no access to the customer."""
        self.bought()
        adapter = self.adapter()
        stranger = self.tenant(company_name="Hafen AG", email="x@hafen.example")
        self.assert_refused(
            "domain_taken", self.drive, adapter, self.place_order("x", tenant=stranger)
        )
        same_words = self.place_order("y", lines=(self.line("L8"),))
        self.assert_refused("600005", self.drive, adapter, same_words)

    def test_existing_tenant_accepts_the_relationship_first(self):
        self.simulator.admin("/_sim/tenants", {"domain": "hafen.example"})
        adapter = self.adapter()
        tenant = self.tenant(domain="hafen.example", is_existing=True)
        order = self.place_order(tenant=tenant, lines=(self.line(),))
        outcome = adapter.execute(order, {})
        self.assertIsInstance(outcome, providers.Waiting)
        self.assertTrue(outcome.url.startswith("https://admin.microsoft.com/"))
        self.assertEqual(adapter.execute(order, {}), outcome)
        self.simulator.admin("/_sim/relationships/accept", {"domain": "hafen.example"})
        result, access = self.drive(adapter, order, outcome.checkpoint)
        self.assertTrue(result.lines[0].subscription_ref)
        self.assertEqual(access, [])

    def test_segment_needs_its_qualification(self):
        self.bought()
        order = self.place_order(
            "o2",
            tenant=self.tenant(vendor_ref=self.customer),
            lines=(self.line("L9", EDUCATION, 3),),
        )
        error = self.assert_refused("800009", self.drive, self.vendor, order)
        body = {"qualification": "Education", "educationSegment": "K12"}
        path = f"/v1/customers/{self.customer}/qualifications"
        self.vendor._client.post(path, body, "q-1")
        result, _access = self.drive(self.vendor, order, error.checkpoint)
        self.assertTrue(result.lines[0].subscription_ref)

    def test_rotated_catalogue_ids_and_expired_carts_are_renewed(self):
        for advance in ({"days": 16}, {"days": 8}):
            with self.subTest(advance=advance):
                self.setUp()
                order, adapter, checkpoint = self.place_order(), self.adapter(), {}
                while checkpoint.get("step") != "checkout":
                    checkpoint = adapter.execute(order, checkpoint).checkpoint
                self.simulator.advance(**advance)
                result, _access = self.drive(adapter, order, checkpoint)
                self.assertEqual(len(result.lines), 2)
                self.assertEqual(len(self.simulator.state()["orders"]), 1)

    def test_common_end_date(self):
        self.bought()
        tenant = self.tenant(vendor_ref=self.customer)
        self.simulator.advance(days=60)
        for key, end, is_allowed in (
            ("a", date(2027, 6, 15), True),  # with the first subscription
            ("b", date(2027, 5, 1), True),  # end of a month
            ("c", date(2027, 5, 10), False),
            ("d", date(2028, 1, 1), False),  # beyond the first term
        ):
            line = self.line(f"L-{key}", quantity=1, term_end_date=end)
            order = self.place_order(f"o-{key}", tenant=tenant, lines=(line,))
            if not is_allowed:
                self.assert_refused("800009", self.drive, self.vendor, order)
                continue
            result, _access = self.drive(self.vendor, order)
            state = self.vendor.get_subscription(
                self.customer, result.lines[0].subscription_ref
            )
            self.assertEqual(state.term_end_date, end)

    def test_reseller_is_on_record(self):
        order = self.place_order(reseller_mpn="5357564")
        result, _access = self.drive(self.adapter(), order)
        rows = self.adapter().list_subscriptions(result.customer_ref)
        self.assertEqual({row.reseller_mpn for row in rows}, {"5357564"})
        wrong = self.place_order(
            "o2",
            tenant=self.tenant(vendor_ref=result.customer_ref),
            reseller_mpn="999",
            lines=(self.line("L9"),),
        )
        self.assert_refused("800009", self.drive, self.adapter(), wrong)
