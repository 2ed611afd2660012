"""Price waterfall: from list price to net and from list cost to cost, step by step.

Every amount is per seat and billing period. Each step names the record it comes from,
and the steps add up to the cent: a step is the difference of two rounded prices, never
a rounded share of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_CEILING, Decimal
from fractions import Fraction
from typing import NamedTuple

from .prices import COST_STEP, round_half_up

# Steps of the sale price, in the order in which they apply.
LEVEL = "level"
AGREEMENT = "agreement"
PROMOTION = "promotion"
MANUAL = "manual"
# Steps of the cost, in the order in which they apply.
VENDOR_AGREEMENT = "vendor_agreement"
VENDOR_PROMOTION = "vendor_promotion"
SPECIAL_BID = "special_bid"

_HUNDREDTH = Decimal("0.01")


class Source(NamedTuple):
    """The record that a step comes from, named so that it can be read years later."""

    model: str
    res_id: int
    label: str


class Step(NamedTuple):
    """What one reason does to the price of a seat; a negative amount lowers it."""

    kind: str
    label: str
    percent: Decimal | None
    amount: Decimal
    source: Source | None


class Cut(NamedTuple):
    """A reason before it is applied: the price it leads to, or a share of the price."""

    kind: str
    label: str
    percent: Decimal | None = None
    price: Decimal | None = None
    source: Source | None = None


class Waterfall(NamedTuple):
    """One price explained. Costs and floor are None in what a reseller sees."""

    currency: str
    quantity: int
    erp: Decimal
    steps: tuple[Step, ...]
    net: Decimal
    list_cost: Decimal | None
    cost_steps: tuple[Step, ...]
    cost: Decimal | None
    floor: Decimal | None
    resale: Decimal | None

    @property
    def distributor_margin(self) -> Decimal | None:
        """What the distributor keeps of one seat and period."""
        return None if self.cost is None else self.net - self.cost

    @property
    def distributor_margin_percent(self) -> Decimal | None:
        """The distributor's margin in percent of the net price."""
        return _share(self.distributor_margin, self.net)

    @property
    def reseller_margin(self) -> Decimal:
        """What is left for the reseller who sells at its own or at the list price."""
        return self._end_price - self.net

    @property
    def reseller_margin_percent(self) -> Decimal | None:
        """The reseller's margin in percent of what its customer pays."""
        return _share(self.reseller_margin, self._end_price)

    @property
    def is_below_floor(self) -> bool:
        """Tell whether the net price does not cover the cost."""
        return self.floor is not None and self.net < self.floor

    @property
    def _end_price(self) -> Decimal:
        return self.erp if self.resale is None else self.resale

    def for_reseller(self) -> Waterfall:
        """Return the part that a reseller may see: no cost, no floor."""
        return self._replace(list_cost=None, cost_steps=(), cost=None, floor=None)

    def to_dict(self) -> dict:
        """Return plain data for a JSON column; amounts are texts and stay exact."""
        return {
            "currency": self.currency,
            "quantity": self.quantity,
            "erp": _dump(self.erp),
            "steps": [_dump_step(step) for step in self.steps],
            "net": _dump(self.net),
            "list_cost": _dump(self.list_cost),
            "cost_steps": [_dump_step(step) for step in self.cost_steps],
            "cost": _dump(self.cost),
            "floor": _dump(self.floor),
            "resale": _dump(self.resale),
        }

    @classmethod
    def from_dict(cls, data: dict) -> Waterfall:
        """Read what `to_dict` wrote."""
        return cls(
            currency=data["currency"],
            quantity=data["quantity"],
            erp=_load(data["erp"]),
            steps=tuple(_load_step(step) for step in data["steps"]),
            net=_load(data["net"]),
            list_cost=_load(data["list_cost"]),
            cost_steps=tuple(_load_step(step) for step in data["cost_steps"]),
            cost=_load(data["cost"]),
            floor=_load(data["floor"]),
            resale=_load(data["resale"]),
        )


# --------------------------------------------------------------------------
# BUILDING
# --------------------------------------------------------------------------


def build(
    *,
    currency: str,
    quantity: int,
    erp: Decimal,
    cuts: Iterable[Cut],
    list_cost: Decimal,
    cost_cuts: Iterable[Cut],
    step: Decimal,
    resale: Decimal | None = None,
) -> Waterfall:
    """Apply the cuts one after the other, in the order given.

    Sale prices are rounded to ``step`` after each cut, half up, never under zero; the
    cost keeps six decimals, so that the months of a year add up to the vendor's price.
    """
    erp = round_half_up(erp, step)
    net, steps = _apply(erp, cuts, step)
    list_cost = round_half_up(list_cost, COST_STEP)
    cost, cost_steps = _apply(list_cost, cost_cuts, COST_STEP)
    return Waterfall(
        currency=currency,
        quantity=quantity,
        erp=erp,
        steps=steps,
        net=net,
        list_cost=list_cost,
        cost_steps=cost_steps,
        cost=cost,
        floor=floor_of(cost, step),
        resale=resale,
    )


def add_cut(waterfall: Waterfall, cut: Cut, step: Decimal) -> Waterfall:
    """Return the waterfall with one more step of the sale price at its end."""
    net, steps = _apply(waterfall.net, [cut], step)
    return waterfall._replace(net=net, steps=waterfall.steps + steps)


def floor_of(cost: Decimal, step: Decimal) -> Decimal:
    """Return the lowest price in steps of the currency that covers the cost."""
    return (cost / step).to_integral_value(ROUND_CEILING) * step


def _apply(
    price: Decimal, cuts: Iterable[Cut], step: Decimal
) -> tuple[Decimal, tuple[Step, ...]]:
    steps = []
    for cut in cuts:
        if cut.price is not None:
            after = round_half_up(cut.price, step)
        else:
            share = 1 - Fraction(cut.percent or 0) / 100
            after = round_half_up(Fraction(price) * share, step)
        after = max(after, Decimal(0) * step)
        steps.append(Step(cut.kind, cut.label, cut.percent, after - price, cut.source))
        price = after
    return price, tuple(steps)


# --------------------------------------------------------------------------
# HELPERS
# --------------------------------------------------------------------------


def _share(part: Decimal | None, whole: Decimal) -> Decimal | None:
    if part is None or not whole:
        return None
    return round_half_up(Fraction(part) / Fraction(whole) * 100, _HUNDREDTH)


def _dump(amount: Decimal | None) -> str | None:
    return None if amount is None else format(amount, "f")


def _load(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _dump_step(step: Step) -> dict:
    return {
        "kind": step.kind,
        "label": step.label,
        "percent": _dump(step.percent),
        "amount": _dump(step.amount),
        "source": list(step.source) if step.source else None,
    }


def _load_step(data: dict) -> Step:
    return Step(
        data["kind"],
        data["label"],
        _load(data["percent"]),
        _load(data["amount"]),
        Source(*data["source"]) if data["source"] else None,
    )
