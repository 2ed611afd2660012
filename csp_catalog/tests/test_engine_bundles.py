"""Splitting a bundle's price, choosing plans for a device, comparing licence forms."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..engine import bundles, comparison, suggestions
from ..engine.bundles import Part
from ..engine.comparison import Form
from ..engine.suggestions import Device, Plan, Rule

CENT = Decimal("0.01")
amounts = st.decimals(0, 5000, places=2)
costs = st.decimals(0, 5000, places=6)
parts = st.lists(st.builds(Part, amounts, costs), min_size=1, max_size=6).map(tuple)
methods = st.sampled_from([bundles.BY_LIST, bundles.BY_MARGIN])


def shares(total, pairs, method=bundles.BY_LIST, step=CENT):
    """Return the shares of (price, cost) pairs as text."""
    found = bundles.split(
        Decimal(total),
        tuple(Part(Decimal(price), Decimal(cost)) for price, cost in pairs),
        step,
        method,
    )
    return [str(share) for share in found]


@tagged("post_install", "-at_install", "csp")
class TestEngineBundles(BaseCase):
    def test_list_prices_decide(self):
        self.assertEqual(
            shares("1000", [("900", "800"), ("200", "150"), ("100", "20")]),
            ["750.00", "166.67", "83.33"],
        )

    def test_cent_left_over_goes_to_the_first(self):
        self.assertEqual(shares("100", [("1", "0")] * 3), ["33.34", "33.33", "33.33"])

    def test_margin_leaves_every_part_its_cost(self):
        # 1000 of 1200 list; by list prices the licence would fall to 166.67.
        self.assertEqual(
            shares(
                "1000",
                [("900", "750"), ("200", "190"), ("100", "40")],
                bundles.BY_MARGIN,
            ),
            ["763.64", "190.91", "45.45"],
        )

    def test_margin_without_room_falls_back_to_list_prices(self):
        self.assertEqual(
            shares("100", [("90", "80"), ("60", "50")], bundles.BY_MARGIN),
            ["60.00", "40.00"],
        )

    def test_parts_without_price_share_alike(self):
        self.assertEqual(shares("5", [("0", "0")] * 2), ["2.50", "2.50"])
        self.assertEqual(bundles.split(Decimal(5), (), CENT), ())

    def test_whole_units_of_a_currency_without_cents(self):
        self.assertEqual(
            shares("1000", [("1", "0")] * 3, step=Decimal(1)), ["334", "333", "333"]
        )

    def test_absurd_totals_are_refused(self):
        for total in ("-1", "0.001"):
            with self.subTest(total), self.assertRaises(ValueError):
                shares(total, [("1", "0")])

    @settings(max_examples=300, deadline=None)
    @given(amounts, parts, methods)
    def test_shares_add_up_and_are_never_negative(self, total, components, method):
        found = bundles.split(total, components, CENT, method)
        self.assertEqual(sum(found), total)
        self.assertEqual(len(found), len(components))
        self.assertTrue(all(share >= 0 for share in found))

    @settings(max_examples=300, deadline=None)
    @given(amounts, parts)
    def test_margin_never_sells_a_part_below_cost(self, extra, components):
        total = extra + sum(
            part.cost.quantize(CENT, rounding="ROUND_CEILING") for part in components
        )
        found = bundles.split(total, components, CENT, bundles.BY_MARGIN)
        for share, part in zip(found, components, strict=True):
            self.assertGreaterEqual(share, part.cost)


def rule(rule_id=1, **values):
    """Return a rule for every device; ``values`` say otherwise."""
    defaults = {
        "sequence": 10,
        "category_id": 0,
        "price_min": Decimal(0),
        "price_max": None,
        "audience": suggestions.ANY,
        "share": Decimal(25),
        "ladder_id": 7,
    }
    return Rule(rule_id, **{**defaults, **values})


def plan(rung, price, is_recommended=False):
    """Return one rung; its product is known by its place."""
    return Plan(rung, suggestions.RUNGS.index(rung), Decimal(price), is_recommended)


rungs = st.lists(
    st.builds(
        Plan,
        st.sampled_from(suggestions.RUNGS),
        st.integers(1, 99),
        amounts,
        st.booleans(),
    ),
    max_size=3,
    unique_by=lambda item: item.rung,
)


@tagged("post_install", "-at_install", "csp")
class TestEngineSuggestions(BaseCase):
    device = Device((3, 2, 1), Decimal(1199))

    def choose(self, *rules, audience=suggestions.CONSUMER, device=None):
        found = suggestions.choose_rule(rules, device or self.device, audience)
        return found and found.rule_id

    def test_band_holds_its_lower_price_only(self):
        band = rule(price_min=Decimal(999), price_max=Decimal(1299))
        for price, expected in (
            ("998.99", None),
            ("999", 1),
            ("1298.99", 1),
            ("1299", None),
        ):
            with self.subTest(price):
                device = Device((3,), Decimal(price))
                self.assertEqual(self.choose(band, device=device), expected)

    def test_nearest_category_wins_over_parents_and_none(self):
        rules = [rule(1), rule(2, category_id=1), rule(3, category_id=3)]
        self.assertEqual(self.choose(*rules), 3)
        self.assertEqual(self.choose(*rules[:2]), 2)
        self.assertEqual(self.choose(rules[0], rule(4, category_id=99)), 1)

    def test_audience_then_sequence_then_age(self):
        for_all = rule(1, sequence=1)
        consumer = rule(2, audience=suggestions.CONSUMER)
        business = rule(3, audience=suggestions.BUSINESS)
        self.assertEqual(self.choose(for_all, consumer, business), 2)
        self.assertEqual(
            self.choose(for_all, consumer, business, audience=suggestions.BUSINESS), 3
        )
        self.assertEqual(self.choose(rule(8, sequence=5), rule(9, sequence=4)), 9)
        self.assertEqual(self.choose(rule(9), rule(8)), 8)
        self.assertIsNone(self.choose(business))

    def test_ladder_within_a_quarter_of_the_price(self):
        # 25 % of 1199 is 299.75.
        plans = [plan("best", 264), plan("good", 69), plan("better", 126, True)]
        found = suggestions.climb(rule(), self.device, plans)
        self.assertEqual(
            [(c.plan.rung, str(c.share), c.is_within, c.is_recommended) for c in found],
            [
                ("good", "5.8", True, False),
                ("better", "10.5", True, True),
                ("best", "22.0", True, False),
            ],
        )

    def test_what_costs_more_comes_last_and_is_not_recommended(self):
        plans = [plan("good", 300), plan("better", 200), plan("best", 299.75, False)]
        plans[0] = plans[0]._replace(is_recommended=True)
        found = suggestions.climb(rule(), self.device, plans)
        self.assertEqual(
            [(c.plan.rung, c.is_within, c.is_recommended) for c in found],
            [
                ("better", True, False),
                ("best", True, True),
                ("good", False, False),
            ],
        )

    def test_nothing_within_the_share_suggests_nothing(self):
        plans = [plan("good", "299.76"), plan("best", 400, True)]
        self.assertEqual(suggestions.climb(rule(), self.device, plans), ())
        free = Device((3,), Decimal(0))
        self.assertEqual(suggestions.climb(rule(), free, [plan("good", 0)]), ())

    @settings(max_examples=200, deadline=None)
    @given(amounts, st.decimals(1, 100, places=1), rungs)
    def test_first_and_recommended_plan_never_cost_more_than_the_share(
        self, price, share, plans
    ):
        device = Device((3,), price)
        found = suggestions.climb(rule(share=share), device, plans)
        if found:
            self.assertEqual(len(found), len(plans))
            self.assertLessEqual(found[0].plan.first_year * 100, price * share)
            [recommended] = [c for c in found if c.is_recommended]
            self.assertLessEqual(recommended.plan.first_year * 100, price * share)
        elif price:
            for item in plans:
                self.assertGreater(item.first_year * 100, price * share)

    @settings(max_examples=200, deadline=None)
    @given(st.permutations([1, 2, 3, 4, 5]), amounts)
    def test_order_of_rules_does_not_matter(self, order, price):
        rules = {
            1: rule(1),
            2: rule(2, category_id=2),
            3: rule(3, category_id=2, audience=suggestions.CONSUMER),
            4: rule(4, category_id=3, price_max=Decimal(1000)),
            5: rule(5, category_id=3, price_min=Decimal(2000), sequence=1),
        }
        device = Device((3, 2, 1), price)
        expected = 4 if price < 1000 else 5 if price >= 2000 else 3
        self.assertEqual(
            self.choose(*(rules[key] for key in order), device=device), expected
        )


@tagged("post_install", "-at_install", "csp")
class TestEngineComparison(BaseCase):
    box = Form(1, Decimal("299.00"), comparison.FOR_EVER, 1)
    yearly = Form(2, Decimal("99.00"), 12, 6)
    monthly = Form(3, Decimal("9.90"), 1, 1)

    def totals(self, horizon, users=1):
        found = comparison.compare(
            [self.monthly, self.box, self.yearly], horizon, users
        )
        return {
            key: (str(t.amount), str(t.saving), str(t.saving_percent), t.is_best)
            for key, t in found.items()
        }

    def test_a_year_and_three(self):
        self.assertEqual(
            self.totals(12),
            {
                1: ("299.00", "0.00", "0.0", False),
                2: ("99.00", "200.00", "66.9", True),
                3: ("118.80", "180.20", "60.3", False),
            },
        )
        self.assertEqual(
            self.totals(36),
            {
                1: ("299.00", "57.40", "16.1", False),
                2: ("297.00", "59.40", "16.7", True),
                3: ("356.40", "0.00", "0.0", False),
            },
        )

    def test_packages_and_periods_are_bought_whole(self):
        self.assertEqual(comparison.cost(self.yearly, 13), Decimal("198.00"))
        self.assertEqual(comparison.cost(self.yearly, 12, users=7), Decimal("198.00"))
        self.assertEqual(comparison.cost(self.box, 36, users=2), Decimal("598.00"))

    def test_nothing_to_compare(self):
        self.assertEqual(comparison.compare([], 12), {})

    def test_same_amount_the_first_is_best(self):
        found = comparison.compare(
            [self.box._replace(key=9), self.box._replace(key=4)], 12
        )
        self.assertEqual([key for key, t in found.items() if t.is_best], [4])

    @settings(max_examples=200, deadline=None)
    @given(
        st.lists(
            st.builds(
                Form,
                st.integers(1, 50),
                amounts,
                st.sampled_from([0, 1, 12, 36]),
                st.integers(1, 6),
            ),
            min_size=1,
            unique_by=lambda form: form.key,
        ),
        st.sampled_from(comparison.HORIZONS),
        st.integers(1, 20),
    )
    def test_savings_are_against_the_dearest_and_never_negative(
        self, forms, horizon, users
    ):
        found = comparison.compare(forms, horizon, users).values()
        dearest = max(total.amount for total in found)
        for total in found:
            self.assertEqual(total.amount + total.saving, dearest)
            self.assertGreaterEqual(total.saving, 0)
        [best] = [total for total in found if total.is_best]
        self.assertEqual(best.amount, min(total.amount for total in found))
