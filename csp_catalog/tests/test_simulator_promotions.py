"""Promotions at the vendor: who may use them, what they take off, when they end.

Rules: Partner Center, "New commerce promotions"; Partner Center REST, "Get promotions",
"Verify promotion eligibility". V.. are the numbered vendor cases.
"""

from __future__ import annotations

import contextlib
import sqlite3
from decimal import Decimal
from pathlib import Path

try:
    from .simulator_case import RuleCase, providers
except ImportError:
    from simulator_case import RuleCase, providers

E5 = ("CFQ7TTC0LFLZ", "0001")
E3 = ("CFQ7TTC0LFLX", "0001")
POWER_BI = ("CFQ7TTC0HL8W", "0001")
MULTI_GEO = ("CFQ7TTC0LHRL", "0001")
TEST = "39NFTESTTEST:0001:39NFTEST0001"


class TestPromotions(RuleCase):
    def promote(self, **values):
        """Run one more promotion at the vendor: 50 % off E5 for a year."""
        offer = values.pop("offer", E5)
        promotion = {
            "id": TEST,
            "name": "Half the price",
            "startDate": "2026-01-01T00:00:00Z",
            "endDate": "2027-01-01T00:00:00Z",
            "properties": {"isAutoApplicable": values.pop("auto", True)},
            "requiredProducts": [
                {
                    "productId": offer[0],
                    "skuId": offer[1],
                    "term": {"duration": "P1Y", "billingCycle": cycle},
                    "pricingPolicies": [
                        {"policyType": "PercentDiscount", "value": "0.5"}
                    ],
                }
                for cycle in ("annual", "monthly")
            ],
            "promotionConstraints": {},
            **values,
        }
        return self.simulator.admin("/_sim/promotions", promotion)

    def seats(self, least=0, most=0):
        limit = {"minSeats": least, "maxSeats": most, "type": "SeatCount"}
        return {"seatConstraints": [limit]}

    def order(self, key, offer=E5, quantity=5, **values):
        """Order one more subscription for the customer; return its order line."""
        order = self.place_order(
            f"o-{key}",
            tenant=self.tenant(vendor_ref=self.customer),
            lines=(self.line(f"L-{key}", offer, quantity, **values),),
        )
        result, _access = self.drive(self.vendor, order)
        return self.order_line(result.lines[0].subscription_ref)

    def order_line(self, subscription):
        for order in self.simulator.state()["orders"]:
            for line in order["lineItems"]:
                if line["subscriptionId"] == subscription:
                    return line
        raise AssertionError(f"no order of {subscription}")

    def ask(self, offer=E5, quantity=5, **values):
        return self.vendor.check_promotions(
            self.customer, (self.line("Q", offer, quantity, **values),)
        )

    def last_event(self):
        return [
            row
            for row in self.simulator.state()["events"]
            if row["subscriptionId"] == self.subscription
        ][-1]

    def used(self):
        return sum(row["seats"] for row in self.simulator.state()["redemptions"])

    # --- the list -------------------------------------------------------------------

    def test_only_what_runs_now_is_listed(self):
        adapter = self.adapter()
        running = {row.ref: row for row in adapter.fetch_promotions("DE")}
        self.assertEqual(
            sorted(row.name.partition(":")[0] for row in running.values()),
            [
                "Dynamics 365 Sales",
                "Microsoft 365 E5",
                "Microsoft Entra Suite for owners of Microsoft Entra ID P1",
                "Power BI Premium Per User",
                "Power BI Pro",
            ],
        )
        old = next(
            row for row in running.values() if row.name.startswith("Power BI Premium")
        )
        self.simulator.set_clock("2026-07-01T00:00:00Z")
        later = {row.ref for row in adapter.fetch_promotions("DE")}
        self.assertEqual(len(later - set(running)), 3)  # the yearly ones go on
        self.assertNotIn(old.ref, later)
        body = adapter._client.get(
            f"/v1/productpromotions/{old.ref.replace(':', '%3A')}", {"country": "DE"}
        )
        self.assertEqual(body["id"], old.ref)
        self.assertEqual(body["endDate"], "2026-07-01T00:00:00Z")

    def test_segments_are_apart(self):
        adapter = self.adapter()
        schools = adapter.fetch_promotions("DE", "education")
        self.assertEqual(
            [row.name for row in schools], ["Visio Plan 2 for schools: 30 % off"]
        )
        self.assertEqual(adapter.fetch_promotions("DE", "charity"), [])

    def test_shape_is_the_documented_one(self):
        self.promote(promotionConstraints=self.seats(5, 1000))
        row = next(
            row for row in self.adapter().fetch_promotions("DE") if row.ref == TEST
        )
        self.assertEqual((row.min_seats, row.max_seats), (5, 1000))
        self.assertTrue(row.is_automatic)
        self.assertEqual({item.percent for item in row.items}, {Decimal(50)})
        self.assertEqual({item.plan for item in row.items}, {"annual", "monthly"})
        entra = next(
            row
            for row in self.adapter().fetch_promotions("DE")
            if row.name.startswith("Microsoft Entra Suite")
        )
        self.assertEqual(entra.max_redemptions, 1)
        self.assertEqual(len(entra.required_products[0]), 3)

    def test_unknown_promotion_is_not_found(self):
        path = "/v1/productpromotions/39NF%3A0001%3ANOBODY"
        self.assert_refused("1000", self.adapter()._client.get, path, {"country": "DE"})

    # --- prices ---------------------------------------------------------------------

    def test_v62_price_of_a_promoted_order_line(self):
        """V62 (get-invoiceline-items): 10 % off 16 is 14.4; 50 seats are 720.

        The documented line is in US dollars of 2021; the same tenth is taken off here.
        """
        self.bought()
        line = self.order("1", POWER_BI, 50, plan="monthly")
        pricing = line["pricing"]
        listed = Decimal(str(pricing["listPrice"]))
        self.assertEqual(listed, Decimal("207.277"))
        self.assertEqual(Decimal(str(pricing["discountedPrice"])), Decimal("186.5493"))
        self.assertEqual(Decimal(str(pricing["extendedPrice"])), Decimal("9327.465"))
        state = self.vendor.get_subscription(self.customer, line["subscriptionId"])
        self.assertEqual(state.promotion_ref, line["promotionId"])
        self.subscription = line["subscriptionId"]
        event = self.last_event()
        self.assertEqual(Decimal(event["unitPrice"]), listed)
        self.assertEqual(Decimal(event["effectiveUnitPrice"]), Decimal("186.5493"))

    def test_line_without_a_promotion_costs_the_list_price(self):
        self.bought()
        line = self.order_line(self.subscription)
        self.assertIsNone(line["promotionId"])
        self.assertEqual(
            line["pricing"]["discountedPrice"], line["pricing"]["listPrice"]
        )

    def test_promotion_that_must_be_asked_for(self):
        self.bought()
        self.promote(auto=False)
        self.assertEqual(self.order("1")["promotionId"], self.e5_start())
        self.assertEqual(self.order("2", promotion_ref=TEST)["promotionId"], TEST)

    def e5_start(self):
        return next(
            row.ref
            for row in self.adapter().fetch_promotions("DE")
            if row.name.startswith("Microsoft 365 E5")
        )

    def test_best_of_two_applies(self):
        self.bought()
        self.promote()
        line = self.order("1")
        self.assertEqual(line["promotionId"], TEST)
        self.assertEqual(line["pricing"]["listPrice"], 541.0173)
        self.assertEqual(line["pricing"]["discountedPrice"], 270.5087)

    # --- limits -----------------------------------------------------------------------

    def test_v67_seats_count_across_partners(self):
        """V67 (new-commerce-promotions): max 1000, partner 1 sold 900, partner 2
        sells 200: at list price."""
        self.bought()
        self.promote(offer=E3, promotionConstraints=self.seats(1, 1000))
        self.simulator.admin(
            "/_sim/redemptions",
            {"customerId": self.customer, "promotionId": TEST, "seats": 900},
        )
        line = self.order("1", E3, 200)
        self.assertIsNone(line["promotionId"])
        self.assertEqual(
            line["pricing"]["discountedPrice"], line["pricing"]["listPrice"]
        )
        self.assertEqual(self.order("2", E3, 100)["promotionId"], TEST)
        self.assertEqual(self.used(), 1000)

    def test_v68_left_seats_are_told(self):
        """V68 (new-commerce-promotions): max 1000, 600 bought, 500 wanted: not
        eligible, 400 are left."""
        self.bought()
        self.promote(offer=E3, promotionConstraints=self.seats(1, 1000))
        self.order("1", E3, 600)
        answer = next(row for row in self.ask(E3, 500, promotion_ref=TEST))
        self.assertFalse(answer.is_eligible)
        refusal = answer.refusals[0]
        self.assertEqual((refusal.kind, refusal.available_seats), ("SeatCount", 400))
        self.assertEqual(refusal.max_seats, 1000)
        self.assertTrue(self.ask(E3, 400, promotion_ref=TEST)[0].is_eligible)

    def test_wrong_promotion_is_error_10014(self):
        self.bought()
        self.promote(offer=E3, promotionConstraints=self.seats(10, 20))
        for number, (offer, quantity, ref, term, reason) in enumerate(
            (
                (E3, 5, TEST, "P1Y", "Seats left: 20."),  # too few
                (E3, 21, TEST, "P1Y", "outside what the promotion allows"),  # too many
                (
                    E5,
                    10,
                    TEST,
                    "P1Y",
                    "does not run or is not meant",
                ),  # another product
                (E3, 10, "39NF:0001:NOBODY", "P1Y", "does not run"),
                (E3, 10, TEST, "P3Y", "for another term"),  # another term
            )
        ):
            order = self.place_order(
                f"o-{number}",
                tenant=self.tenant(vendor_ref=self.customer),
                lines=(
                    self.line(
                        f"L{number}", offer, quantity, term=term, promotion_ref=ref
                    ),
                ),
            )
            error = self.assert_refused("800009", self.drive, self.vendor, order)
            self.assertIn("10014", error.message)
            self.assertIn(reason, error.message)
        self.assertEqual(self.used(), 0)

    def test_refusal_stands_when_its_reason_cannot_be_asked(self):
        self.bought()
        self.promote(offer=E3, promotionConstraints=self.seats(10, 20))
        self.simulator.add_fault("500", "POST", "promotionEligibilities")
        order = self.place_order(
            "o-2",
            tenant=self.tenant(vendor_ref=self.customer),
            lines=(self.line("A", E3, 5, promotion_ref=TEST),),
        )
        error = self.assert_refused("800009", self.drive, self.vendor, order)
        self.assertIn("10014", error.message)
        self.assertNotIn("Seats left", error.message)

    def test_lines_of_one_cart_count_together(self):
        self.bought()
        self.promote(offer=E3, promotionConstraints=self.seats(1, 10))
        order = self.place_order(
            "o-2",
            tenant=self.tenant(vendor_ref=self.customer),
            lines=(self.line("A", E3, 6), self.line("B", E3, 6), self.line("C", E3, 4)),
        )
        result, _access = self.drive(self.vendor, order)
        self.assertEqual(
            [line.promotion_ref for line in result.lines], [TEST, None, TEST]
        )
        self.assertEqual(self.used(), 10)

    def test_promotion_that_ends_before_the_checkout_orders_nothing(self):
        self.bought()
        self.promote(offer=E3, endDate="2026-06-15T12:00:00Z")
        order = self.place_order(
            "o-2",
            tenant=self.tenant(vendor_ref=self.customer),
            lines=(self.line("A", E3, 6, promotion_ref=TEST),),
        )
        checkpoint = {}
        while checkpoint.get("step") != "checkout":
            checkpoint = self.vendor.execute(order, checkpoint).checkpoint
        self.simulator.advance(hours=5)
        error = self.assert_refused(
            "800009", self.drive, self.vendor, order, checkpoint
        )
        self.assertIn("Nothing was ordered", error.message)

    def test_first_purchase_redemptions_and_owned_products(self):
        self.bought()
        self.promote(
            offer=E3,
            promotionConstraints={
                "eligibilityConstraints": [
                    {"isApplicable": True, "type": "FirstPurchase"}
                ],
                "assetOwnershipLimits": [
                    {"minAssets": 0, "maxAssets": 1, "type": "LifetimeRedemptionCount"}
                ],
                "productOwnershipConstraints": [[{"bigId": E5[0]}]],
            },
        )
        kinds = [row.kind for row in self.ask(E3, promotion_ref=TEST)[0].refusals]
        self.assertEqual(kinds, ["PrerequisiteProductOwnership"])
        self.order("1", E5)
        self.assertTrue(self.ask(E3, promotion_ref=TEST)[0].is_eligible)
        self.assertEqual(self.order("2", E3)["promotionId"], TEST)
        kinds = [row.kind for row in self.ask(E3, promotion_ref=TEST)[0].refusals]
        self.assertEqual(kinds, ["RedemptionLimit", "OfferPurchasedPreviously"])

    def test_question_about_no_promotion_or_another_term(self):
        self.bought()
        answer = self.ask(("CFQ7TTC0LH18", "0001"))[0]
        self.assertFalse(answer.is_eligible)
        self.assertEqual(answer.refusals[0].kind, "NoPromotionsAvailable")
        self.promote(offer=E3)
        answer = self.ask(E3, promotion_ref=TEST, term="P3Y")[0]
        self.assertEqual(answer.refusals[0].kind, "Term")
        body = {"items": [{"id": 7, "catalogItemId": "X:0001:Y", "quantity": 1}]}
        path = f"/v1/customers/{self.customer}/promotionEligibilities"
        found = self.vendor._client.post(path, body, "q-1")["items"][0]
        kind = found["eligibilities"][0]["errors"][0]["type"]
        self.assertEqual((found["id"], kind), (7, "InvalidCatalogItemId"))

    # --- the running term ----------------------------------------------------------

    def in_term(self, quantity=5, most=10, **values):
        self.bought()
        self.promote(offer=E3, promotionConstraints=self.seats(1, most), **values)
        line = self.order("1", E3, quantity)
        self.subscription = line["subscriptionId"]
        return line

    def test_added_seats_get_it_up_to_the_maximum(self):
        self.in_term()
        self.send(providers.ChangeSeats, 10)
        self.assertEqual(self.used(), 10)
        self.refused("800088", providers.ChangeSeats, 11)
        self.assertEqual(self.now().quantity, 10)

    def test_seats_given_back_still_count(self):
        self.in_term(quantity=8)
        self.send(providers.ChangeSeats, 2)
        self.assertEqual(self.used(), 8)
        self.send(providers.ChangeSeats, 4)
        self.refused("800088", providers.ChangeSeats, 5)
        self.send(providers.Cancel)
        self.assertIsNone(self.order("2", E3, 1)["promotionId"])

    def test_renewal_outside_the_period_loses_it(self):
        listed = self.in_term()["pricing"]["listPrice"]
        self.simulator.set_clock("2027-06-15T00:00:00Z")
        self.assertIsNone(self.now().promotion_ref)
        event = self.last_event()
        self.assertEqual(event["chargeType"], "renew")
        self.assertEqual(event["effectiveUnitPrice"], event["unitPrice"])
        self.assertEqual(float(event["unitPrice"]), listed)

    def test_renewal_inside_the_period_keeps_it(self):
        self.in_term(endDate="2027-06-16T00:00:00Z")
        self.simulator.set_clock("2027-06-15T00:00:00Z")
        self.assertEqual(self.now().promotion_ref, TEST)
        event = self.last_event()
        self.assertEqual(
            Decimal(event["effectiveUnitPrice"]) * 2, Decimal(event["unitPrice"])
        )

    def test_it_lasts_the_term_when_it_ends_meanwhile(self):
        self.in_term()
        self.simulator.set_clock("2027-03-01T00:00:00Z")
        self.assertEqual(self.now().promotion_ref, TEST)
        self.send(providers.ChangeSeats, 7)
        event = self.last_event()
        self.assertEqual(event["chargeType"], "addQuantity")
        self.assertEqual(
            Decimal(event["effectiveUnitPrice"]) * 2, Decimal(event["unitPrice"])
        )

    def test_a_trial_does_not_become_cheaper(self):
        self.bought()
        self.promote(offer=E3, startDate="2020-01-01T00:00:00Z")
        line = self.order("1", (E3[0], "00TR"), 5, term="P1M", plan="none")
        self.simulator.advance(days=31)
        state = self.vendor.get_subscription(self.customer, line["subscriptionId"])
        self.assertFalse(state.is_trial)
        self.assertEqual(state.plan, "monthly")
        self.assertIsNone(state.promotion_ref)

    # --- quantities -------------------------------------------------------------------

    def test_v70_multi_geo_needs_a_share_of_the_base_seats(self):
        """V70 (create-a-new-subscription): 400 base seats, at least 20 (5 %)."""
        self.bought(offer=E3, quantity=400)
        order = self.place_order(
            "o-2",
            tenant=self.tenant(vendor_ref=self.customer),
            lines=(self.line("A", MULTI_GEO, 19),),
        )
        error = self.assert_refused("800009", self.drive, self.vendor, order)
        self.assertIn("10018", error.message)
        self.assertEqual(self.order("1", MULTI_GEO, 20)["quantity"], 20)

    def test_sku_tells_quantities_and_prerequisites(self):
        client = self.adapter()._client
        sku = client.get("/v1/products/CFQ7TTC0HBM9/skus/0001", {"country": "DE"})
        self.assertEqual(sku["minimumQuantity"], 5)
        self.assertEqual(sku["purchasePrerequisites"], ["CFQ7TTC0HBM8", "CFQ7TTC0HBMB"])

    def test_world_of_an_older_version_goes_on(self):
        """Subscriptions and carts written before there were promotions."""
        self.bought(quantity=5)
        database = sqlite3.connect(
            Path(self.simulator.state_dir) / "world.sqlite3", timeout=10
        )
        with contextlib.closing(database), database:
            for kind, names in (
                ("subscription", ("promotionId", "_list_price")),
                ("cart", ("_promotions",)),
            ):
                paths = ", ".join(f"'$.{name}'" for name in names)
                database.execute(
                    f"UPDATE document SET body = json_remove(body, {paths}) "
                    "WHERE kind = ?",
                    (kind,),
                )
        self.send(providers.ChangeSeats, 7)
        self.simulator.set_clock("2027-06-15T00:00:00Z")
        self.assertIsNone(self.now().promotion_ref)
        kinds = [row["chargeType"] for row in self.simulator.state()["events"]]
        self.assertEqual(kinds, ["new", "addQuantity", "renew"])

    def test_bad_promotions_are_not_run(self):
        for values in (
            {"id": "short"},
            {"endDate": "2025-01-01T00:00:00Z"},
            {"requiredProducts": [{"pricingPolicies": [{"policyType": "Gift"}]}]},
        ):
            with self.assertRaises(AssertionError):
                self.promote(**values)
        self.promote()
        with self.assertRaises(AssertionError):
            self.promote()
        self.assertEqual(len(self.simulator.state()["promotions"]), 1)
