"""Needs, exclusions, shares and circles, without a database."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..engine import offers
from ..engine.offers import Refusal, Rule

PREMIUM, COPILOT, E3, TEAMS, GEO = 1, 2, 3, 4, 5


@tagged("post_install", "-at_install", "csp")
class TestEngineOffers(BaseCase):
    def check(self, cart, rules, owned=None):
        return offers.check(cart, owned or {}, rules)

    # --- prerequisites ------------------------------------------------------

    def test_one_of_several_alternatives_is_enough(self):
        rules = [Rule("requires", COPILOT, PREMIUM), Rule("requires", COPILOT, E3)]
        self.assertEqual(
            self.check({COPILOT: 5}, rules),
            [Refusal("requires", COPILOT, (PREMIUM, E3))],
        )
        self.assertEqual(self.check({COPILOT: 5, E3: 1}, rules), [])
        self.assertEqual(self.check({COPILOT: 5}, rules, {PREMIUM: 1}), [])

    def test_of_each_group_one_is_needed(self):
        rules = [Rule("requires", COPILOT, PREMIUM), Rule("requires", COPILOT, E3, 2)]
        self.assertEqual(
            self.check({COPILOT: 5, PREMIUM: 1}, rules),
            [Refusal("requires", COPILOT, (E3,))],
        )
        self.assertEqual(self.check({COPILOT: 5, PREMIUM: 1}, rules, {E3: 2}), [])

    def test_what_a_suite_includes_is_there(self):
        rules = [
            Rule("requires", COPILOT, TEAMS),
            Rule("includes", E3, PREMIUM),
            Rule("includes", PREMIUM, TEAMS),
        ]
        self.assertEqual(self.check({COPILOT: 5, E3: 5}, rules), [])
        self.assertEqual(self.check({COPILOT: 5}, rules, {E3: 1}), [])
        self.assertEqual(len(self.check({COPILOT: 5}, rules)), 1)

    def test_what_is_owned_is_not_judged(self):
        rules = [Rule("requires", COPILOT, PREMIUM)]
        self.assertEqual(self.check({TEAMS: 1}, rules, {COPILOT: 3}), [])

    # --- exclusions ---------------------------------------------------------

    def test_exclusion_counts_both_ways_and_is_said_once(self):
        rules = [Rule("excludes", PREMIUM, E3)]
        refusal = Refusal("excludes", PREMIUM, (E3,))
        self.assertEqual(self.check({PREMIUM: 1, E3: 1}, rules), [refusal])
        self.assertEqual(self.check({E3: 1, PREMIUM: 1}, rules), [refusal])
        self.assertEqual(self.check({PREMIUM: 1}, rules, {E3: 1}), [refusal])
        self.assertEqual(
            self.check({E3: 1}, rules, {PREMIUM: 1}),
            [Refusal("excludes", E3, (PREMIUM,))],
        )
        self.assertEqual(self.check({E3: 1}, rules), [])

    # --- shares -------------------------------------------------------------

    def test_v70_multi_geo_needs_five_percent(self):
        self.assertEqual(offers.minimum_addon_seats(400, Decimal(5)), 20)
        rules = [Rule("addon_of", GEO, E3, share_percent=Decimal(5))]
        self.assertEqual(self.check({GEO: 20, E3: 400}, rules), [])
        self.assertEqual(
            self.check({GEO: 19, E3: 400}, rules),
            [Refusal("share", GEO, (E3,), 20, 400)],
        )

    def test_share_rounds_up_and_adds_what_is_owned(self):
        self.assertEqual(offers.minimum_addon_seats(401, Decimal(5)), 21)
        self.assertEqual(offers.minimum_addon_seats(0, Decimal(5)), 0)
        rules = [Rule("addon_of", GEO, E3, share_percent=Decimal(5))]
        owned = {E3: 300, GEO: 15}
        self.assertEqual(self.check({GEO: 5, E3: 100}, rules, owned), [])
        self.assertEqual(
            self.check({GEO: 5, E3: 101}, rules, owned),
            [Refusal("share", GEO, (E3,), 21, 401)],
        )

    def test_more_of_a_base_needs_more_of_an_add_on_in_use(self):
        rules = [Rule("addon_of", GEO, E3, share_percent=Decimal(5))]
        owned = {E3: 300, GEO: 15}
        self.assertEqual(
            self.check({E3: 1}, rules, owned), [Refusal("share", GEO, (E3,), 16, 301)]
        )
        self.assertEqual(self.check({E3: 20}, rules, {E3: 300, GEO: 16}), [])
        # Too few so far is no reason to refuse something else.
        self.assertEqual(self.check({PREMIUM: 1}, rules, {E3: 300, GEO: 1}), [])
        self.assertEqual(self.check({E3: 1}, [Rule("addon_of", GEO, E3)], owned), [])

    def test_an_add_on_needs_one_of_its_bases(self):
        rules = [Rule("addon_of", GEO, E3), Rule("addon_of", GEO, PREMIUM)]
        self.assertEqual(
            self.check({GEO: 1}, rules), [Refusal("addon_of", GEO, (E3, PREMIUM))]
        )
        self.assertEqual(self.check({GEO: 1}, rules, {PREMIUM: 1}), [])

    # --- circles ------------------------------------------------------------

    def test_circles_are_found(self):
        self.assertEqual(offers.find_cycle({1: [2], 2: [3], 3: [1]}), [1, 2, 3, 1])
        self.assertEqual(offers.find_cycle({1: [2], 2: [3, 2]}), [2, 2])
        self.assertEqual(offers.find_cycle({1: [2, 3], 2: [4], 3: [4]}), [])

    def test_a_long_path_is_walked(self):
        edges = {n: [n + 1] for n in range(5000)}
        self.assertEqual(offers.find_cycle(edges), [])
        self.assertEqual(len(offers.find_cycle({**edges, 5000: [0]})), 5002)

    @given(
        st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=20),
    )
    @settings(max_examples=200, deadline=None)
    def test_a_path_is_found_exactly_when_there_is_one(self, pairs):
        edges = {}
        for start, end in pairs:
            edges.setdefault(start, []).append(end)
        path = offers.find_cycle(edges)
        # Another way to tell: take away offers that lead nowhere, until none is left.
        left = set(pairs)
        while True:
            starts = {start for start, _end in left}
            kept = {(start, end) for start, end in left if end in starts}
            if kept == left:
                break
            left = kept
        self.assertEqual(bool(path), bool(left))
        if path:
            self.assertEqual(path[0], path[-1])
            for start, end in zip(path, path[1:], strict=False):
                self.assertIn(end, edges[start])

    # --- overlaps -----------------------------------------------------------

    def test_a_component_beside_its_suite(self):
        contained = {PREMIUM: {TEAMS}, E3: {TEAMS, PREMIUM}}
        self.assertEqual(
            offers.overlaps([TEAMS, PREMIUM], [], contained), [(TEAMS, PREMIUM)]
        )
        self.assertEqual(offers.overlaps([TEAMS], [E3], contained), [(TEAMS, E3)])
        self.assertEqual(offers.overlaps([E3], [TEAMS], contained), [])
