"""A ledger in memory: what the database does to a plan, for tests of the engine."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from ..engine.money import Money
from ..engine.plan import make_plan
from ..engine.timeline import Fact, Rules


def day(text):
    return date.fromisoformat(text)


class Ledger:
    """Facts in, entries out; `bill` books what the plan says and returns it."""

    def __init__(self, anchor, months=1, digits="0.01", **rules):
        self.rules = Rules(day(anchor), months, Money(Decimal(digits)), **rules)
        self.facts = []
        self.entries = []

    def add(self, kind, effective, quantity=None, price=None, term=None, sequence=None):
        start, end = term or (None, None)
        self.facts.append(
            Fact(
                day(effective),
                len(self.facts) + 1 if sequence is None else sequence,
                kind,
                quantity,
                None if price is None else Decimal(str(price)),
                day(start) if start else None,
                day(end) if end else None,
            )
        )
        return self

    def start(self, begin, end, quantity, price):
        return self.add("start", begin, quantity, price, (begin, end))

    def plan(self, until):
        until = until if isinstance(until, date) else day(until)
        return make_plan(self.facts, self.entries, self.rules, until)

    def bill(self, until):
        found = []
        for entry in self.plan(until).entries:
            found.append(replace(entry, entry_id=len(self.entries) + 1))
            self.entries.append(found[-1])
        return found

    def amounts(self, until):
        return [entry.amount for entry in self.bill(until)]

    @property
    def net(self):
        return sum((entry.amount for entry in self.entries), Decimal(0))

    def worth(self):
        """Net amount per layer: what a bookkeeper would compare."""
        found = {}
        for entry in self.entries:
            found[entry.key] = found.get(entry.key, Decimal(0)) + entry.amount
        return {key: amount for key, amount in found.items() if amount}
