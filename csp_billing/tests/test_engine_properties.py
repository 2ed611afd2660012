"""Laws that hold for any story: checked over generated ones.

The stories come from hypothesis when it is installed and from a seeded generator
always, so the laws are also checked where only Odoo's own requirements are present.
"""

import random
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from odoo.tests import BaseCase, tagged

from ..engine.money import Money
from ..engine.periods import Grid, Period, shift_months
from ..engine.proration import factor, split
from ..engine.timeline import read_states
from .engine_ledger import Ledger

try:
    from hypothesis import HealthCheck, given, settings
    from hypothesis import strategies as st
except ImportError:  # pragma: no cover
    given = None

STORIES = 300


def make_story(rng):
    """A subscription's life: (anchor, months, facts as arguments of `Ledger.add`)."""
    anchor = date(2023, 1, 1) + timedelta(days=rng.randrange(430))
    months = rng.choice([1, 1, 1, 3, 12])
    length = months * rng.choice([1, 2, 12 // months or 1])
    terms = [anchor]
    for _term in range(rng.choice([1, 1, 2, 3])):
        terms.append(shift_months(anchor, length * len(terms)))
    price = Decimal(rng.randrange(1, 30000)) / 100
    facts = [("start", anchor, rng.randrange(1, 40), price, (anchor, terms[1]))]
    for begin, end in pairwise(terms[1:]):
        price = Decimal(rng.randrange(1, 30000)) / 100
        facts.append(("renew", begin, rng.randrange(1, 40), price, (begin, end)))
    days = max((terms[-1] - anchor).days, 1)
    for _change in range(rng.randrange(0, 6)):
        when = anchor + timedelta(days=rng.randrange(days))
        kind = rng.choice(["seats", "seats", "seats", "price", "suspend", "resume"])
        seats = rng.randrange(0, 40) if kind == "seats" else None
        money = Decimal(rng.randrange(1, 30000)) / 100 if kind == "price" else None
        facts.append((kind, when, seats, money, None))
    if rng.random() < 0.4:
        when = anchor + timedelta(days=rng.randrange(days))
        facts.append(("cancel", when, None, None, None))
    return anchor, months, facts


def make_ledger(story, free=False):
    anchor, months, facts = story
    ledger = Ledger(anchor.isoformat(), months, is_suspension_free=free)
    for position, (kind, when, seats, price, term) in enumerate(facts):
        span = tuple(d.isoformat() for d in term) if term else None
        ledger.add(kind, when.isoformat(), seats, price, span, position)
    return ledger


@tagged("post_install", "-at_install", "csp_engine")
class TestEngineLaws(BaseCase):
    def _stories(self):
        for seed in range(STORIES):
            rng = random.Random(seed)
            yield seed, rng, make_story(rng)

    def _check(self, name, check):
        for seed, rng, story in self._stories():
            try:
                check(rng, story)
            except AssertionError as error:
                raise AssertionError(
                    f"{name}, seed {seed}: {error}\n{self._shortest(check, story)}"
                ) from error

    def _shortest(self, check, story):
        """The shortest story that still breaks the law: drop facts one by one."""
        anchor, months, facts = story
        position = 1
        while position < len(facts):
            fewer = facts[:position] + facts[position + 1 :]
            try:
                check(random.Random(0), (anchor, months, fewer))
            except AssertionError:
                facts = fewer
            else:
                position += 1
        return anchor, months, facts

    def test_path_does_not_matter(self):
        """Billing to t1, to t2 and so on equals billing to the last day at once."""

        def check(rng, story):
            last = story[0] + timedelta(days=900)
            at_once, in_steps = make_ledger(story), make_ledger(story)
            at_once.bill(last)
            when = story[0]
            while when < last:
                in_steps.bill(when)
                when += timedelta(days=rng.randrange(1, 120))
            in_steps.bill(last)
            self.assertEqual(in_steps.worth(), at_once.worth())
            self.assertEqual(
                Counter((e.key, e.period, e.amount) for e in in_steps.entries),
                Counter((e.key, e.period, e.amount) for e in at_once.entries),
            )

        self._check("path", check)

    def test_knowledge_in_any_order(self):
        """Facts learnt one by one, with bills in between, in any order."""

        def check(rng, story):
            last = story[0] + timedelta(days=900)
            known, learnt = make_ledger(story), make_ledger(story)
            known.bill(last)
            facts = learnt.facts[1:]
            rng.shuffle(facts)
            learnt.facts = learnt.facts[:1]
            learnt.bill(last)
            for fact in facts:
                learnt.facts.append(fact)
                learnt.bill(last)
            self.assertEqual(learnt.worth(), known.worth())
            self.assertEqual(learnt.bill(last), [])

        self._check("order", check)

    def test_again_changes_nothing(self):
        def check(rng, story):
            ledger = make_ledger(story)
            when = story[0] + timedelta(days=rng.randrange(900))
            ledger.bill(when)
            for _again in range(3):
                self.assertEqual(ledger.bill(when), [])

        self._check("again", check)

    def test_credits_within_their_charge(self):
        def check(rng, story):
            ledger = make_ledger(story, free=rng.random() < 0.5)
            facts, ledger.facts = ledger.facts, []
            for fact in facts:
                ledger.facts.append(fact)
                ledger.bill(story[0] + timedelta(days=rng.randrange(900)))
            left = {e.entry_id: e.amount for e in ledger.entries if not e.reverses_id}
            for entry in ledger.entries:
                if entry.reverses_id:
                    self.assertLessEqual(entry.amount, 0)
                    left[entry.reverses_id] += entry.amount
                else:
                    self.assertGreaterEqual(entry.amount, 0)
            self.assertGreaterEqual(min(left.values(), default=Decimal(0)), 0)

        self._check("credits", check)

    def test_seats_billed_are_seats_held(self):
        """Each day: net seats in the ledger are the seats of the facts."""

        def check(rng, story):
            ledger = make_ledger(story)
            last = story[0] + timedelta(days=900)
            ledger.bill(last)
            states, terms = read_states(ledger.facts, ledger.rules)
            for _sample in range(20):
                when = story[0] + timedelta(days=rng.randrange(900))
                billed = sum(
                    e.quantity
                    for e in ledger.entries
                    if e.period.start <= when < e.period.end
                )
                held = 0
                if any(term.start <= when < term.end for term in terms):
                    held = [s for s in states if s.since <= when][-1].quantity
                self.assertEqual(billed, held, when)

        self._check("seats", check)

    def test_no_day_twice(self):
        def check(rng, story):
            ledger = make_ledger(story)
            facts, ledger.facts = ledger.facts[1:], ledger.facts[:1]
            rng.shuffle(facts)
            for fact in facts:
                ledger.facts.append(fact)
                ledger.bill(story[0] + timedelta(days=900))
            periods = sorted(e.period for e in ledger.entries if e.kind == "recurring")
            for before, after in pairwise(periods):
                self.assertFalse(before.overlaps(after))

        self._check("twice", check)

    def test_cancel_at_the_ends(self):
        """Cancelled on the first day nothing is owed, on the last day everything."""
        for _seed, _rng, (anchor, months, facts) in self._stories():
            end = facts[0][4][1]
            plain = make_ledger((anchor, months, facts[:1]))
            plain.bill(end)
            at_start = make_ledger((anchor, months, facts[:1]))
            at_start.bill(end)
            at_start.add("cancel", anchor.isoformat())
            at_start.bill(end)
            self.assertEqual(at_start.net, 0)
            at_end = make_ledger((anchor, months, facts[:1]))
            at_end.add("cancel", end.isoformat())
            at_end.bill(end)
            self.assertEqual(at_end.net, plain.net)

    def test_two_parts_make_the_price(self):
        rng = random.Random(7)
        for _case in range(3000):
            start = date(2024, 1, 1) + timedelta(days=rng.randrange(800))
            full = Period(start, start + timedelta(days=rng.randrange(1, 400)))
            price = Decimal(rng.randrange(1, 1000000)) / 100
            cut = start + timedelta(days=rng.randrange(full.days + 1))
            head, tail = split(price, cut, full, Money())
            self.assertEqual(head + tail, price)
            self.assertGreaterEqual(min(head, tail), 0)

    def test_anchor_never_drifts(self):
        rng = random.Random(11)
        for _case in range(500):
            anchor = date(2020, 1, 1) + timedelta(days=rng.randrange(1500))
            grid = Grid(anchor, rng.choice([1, 2, 3, 12, 36]))
            cuts = list(grid.cut(anchor, None, anchor + timedelta(days=2000)))
            self.assertEqual(cuts[0].part.start, anchor)
            for before, after in pairwise(cuts):
                self.assertEqual(before.part.end, after.part.start)
            for cut in cuts:
                last = (cut.full.end + timedelta(days=1)).month != cut.full.end.month
                self.assertTrue(cut.full.end.day == anchor.day or last)
                self.assertEqual(factor(cut.part, cut.full), Fraction(1))


if given:
    _seeds = st.integers(min_value=10_000, max_value=2**32)
    _settings = settings(
        max_examples=60,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )

    @tagged("post_install", "-at_install", "csp_engine")
    class TestEngineHypothesis(BaseCase):
        @_settings
        @given(_seeds, st.lists(st.integers(1, 90), min_size=1, max_size=12))
        def test_any_path(self, seed, steps):
            story = make_story(random.Random(seed))
            at_once, in_steps = make_ledger(story), make_ledger(story)
            when = story[0]
            for step in steps:
                in_steps.bill(when)
                when += timedelta(days=step)
            in_steps.bill(when)
            at_once.bill(when)
            self.assertEqual(in_steps.worth(), at_once.worth())
            self.assertEqual(in_steps.bill(when), [])

        @_settings
        @given(
            st.decimals("0.01", "99999.99", places=2),
            st.integers(1, 500),
            st.integers(0, 500),
        )
        def test_any_cut(self, price, days, cut):
            full = Period(date(2024, 1, 31), date(2024, 1, 31) + timedelta(days=days))
            head, tail = split(
                price, full.start + timedelta(days=min(cut, days)), full, Money()
            )
            self.assertEqual(head + tail, price)
