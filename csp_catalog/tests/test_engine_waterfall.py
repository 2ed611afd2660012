"""The waterfall adds up to the cent, whatever it is made of.

The inputs come from hypothesis when it is installed and from a seeded generator always.
"""

import json
import random
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..engine.waterfall import (
    AGREEMENT,
    LEVEL,
    MANUAL,
    PROMOTION,
    SPECIAL_BID,
    VENDOR_AGREEMENT,
    Cut,
    Source,
    Waterfall,
    add_cut,
    build,
)

try:
    from hypothesis import given, settings
    from hypothesis import strategies as st
except ImportError:  # pragma: no cover
    given = None

CENT = Decimal("0.01")
D = Decimal
STORIES = 300


def make_cuts(rng):
    """Return cuts as shares and as prices, some with a source."""
    cuts = []
    for _number in range(rng.randrange(6)):
        source = Source("csp.agreement.line", rng.randrange(1, 99), "AG/1")
        is_share = rng.random() < 0.6
        cuts.append(
            Cut(
                LEVEL if is_share else AGREEMENT,
                "reason",
                D(rng.randrange(-500000, 1200000)).scaleb(-4) if is_share else None,
                None if is_share else D(rng.randrange(10**8)).scaleb(-4),
                rng.choice([None, source]),
            )
        )
    return cuts


def make_story(rng):
    """Return the arguments of `build`, and cuts to add later."""
    story = {
        "currency": "EUR",
        "quantity": rng.randrange(1, 10**6),
        "erp": D(rng.randrange(10**9)).scaleb(-6),
        "cuts": make_cuts(rng),
        "list_cost": D(rng.randrange(10**9)).scaleb(-6),
        "cost_cuts": make_cuts(rng),
        "step": rng.choice([CENT, D(1), D("0.001")]),
        "resale": rng.choice([None, D(rng.randrange(10**6)).scaleb(-2)]),
    }
    return story, make_cuts(rng)


@tagged("csp")
class TestEngineWaterfall(BaseCase):
    def _build(self, **values):
        return build(
            **{
                "currency": "EUR",
                "quantity": 10,
                "erp": D("12.30"),
                "cuts": [
                    Cut(LEVEL, "Gold", D(10), None, Source("res.partner.grade", 3, "")),
                    Cut(AGREEMENT, "AG/7", None, D("10.5")),
                    Cut(PROMOTION, "Spring", D(5)),
                ],
                "list_cost": D("9.123457"),
                "cost_cuts": [
                    Cut(VENDOR_AGREEMENT, "Exclusive", D(2)),
                    Cut(SPECIAL_BID, "SB7", None, D("8.5")),
                ],
                "step": CENT,
                **values,
            }
        )

    def test_each_step_is_the_difference_of_two_prices(self):
        fall = self._build()
        self.assertEqual(
            [step.amount for step in fall.steps], [D("-1.23"), D("-0.57"), D("-0.52")]
        )
        self.assertEqual(fall.net, D("9.98"))
        self.assertEqual(
            [step.amount for step in fall.cost_steps],
            [D("-0.182469"), D("-0.440988")],
        )
        self.assertEqual(fall.cost, D("8.5"))
        self.assertEqual(fall.distributor_margin, D("1.48"))
        self.assertEqual(fall.distributor_margin_percent, D("14.83"))
        self.assertEqual(fall.reseller_margin, D("2.32"))
        self.assertEqual(fall.reseller_margin_percent, D("18.86"))

    def test_the_floor_is_the_cost_in_steps_of_the_currency(self):
        fall = self._build(cost_cuts=[])
        self.assertEqual(fall.floor, D("9.13"))
        self.assertFalse(fall.is_below_floor)
        self.assertTrue(add_cut(fall, Cut(MANUAL, "Deal", D(10)), CENT).is_below_floor)
        self.assertEqual(self._build(step=D(1)).floor, D(9))

    def test_a_reseller_never_sees_a_cost(self):
        fall = self._build(resale=D("15")).for_reseller()
        self.assertEqual(
            (fall.list_cost, fall.cost_steps, fall.cost, fall.floor),
            (None, (), None, None),
        )
        self.assertIsNone(fall.distributor_margin)
        self.assertIsNone(fall.distributor_margin_percent)
        self.assertEqual(fall.reseller_margin, D("5.02"))
        self.assertNotIn("Exclusive", json.dumps(fall.to_dict()))

    def test_free_offers_have_no_percentage(self):
        fall = self._build(erp=D(0), cuts=[], list_cost=D(0), cost_cuts=[])
        self.assertIsNone(fall.reseller_margin_percent)
        self.assertIsNone(fall.distributor_margin_percent)
        self.assertEqual(fall.net, 0)

    def test_a_price_never_falls_under_zero(self):
        fall = self._build(cuts=[Cut(PROMOTION, "Too much", D(120))])
        self.assertEqual(fall.net, 0)
        self.assertEqual(fall.steps[0].amount, D("-12.30"))

    # --- laws ---------------------------------------------------------------

    def _check_laws(self, story, more):
        step = story["step"]
        fall = build(**story)
        for cut in more:
            fall = add_cut(fall, cut, step)
        self.assertEqual(fall.erp + sum(s.amount for s in fall.steps), fall.net)
        self.assertEqual(
            fall.list_cost + sum(s.amount for s in fall.cost_steps), fall.cost
        )
        for amount in (fall.erp, fall.net, fall.floor, *(s.amount for s in fall.steps)):
            self.assertEqual(amount % step, 0)
        self.assertTrue(fall.cost <= fall.floor < fall.cost + step)
        self.assertGreaterEqual(fall.net, 0)
        self.assertEqual(len(fall.steps), len(story["cuts"]) + len(more))
        for known in (fall, fall.for_reseller()):
            text = json.dumps(known.to_dict())
            self.assertEqual(Waterfall.from_dict(json.loads(text)), known)

    def test_laws_hold_for_seeded_stories(self):
        rng = random.Random(19)
        for _story in range(STORIES):
            self._check_laws(*make_story(rng))

    if given:

        @settings(max_examples=STORIES, deadline=None)
        @given(st.randoms(use_true_random=False))
        def test_laws_hold_for_any_story(self, rng):
            self._check_laws(*make_story(rng))
