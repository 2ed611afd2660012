"""Money: exact numbers inside, one rounding per amount at the border."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction

HALF_UP = "half_up"
DOWN = "down"
MODES = {HALF_UP: ROUND_HALF_UP, DOWN: ROUND_DOWN}

PRODUCT_FIRST = "product"  # round(unit x quantity x factor)
UNIT_FIRST = "unit"  # round(unit x factor) x quantity
DAILY_FIRST = "daily"  # round(unit / days of the period) x days x quantity


@dataclass(frozen=True)
class Money:
    """The rounding rule of one currency for one kind of document.

    Our own invoices round half up; the vendor's truncate, sometimes the unit price
    and sometimes the product (see `order` and the vendor vectors).
    """

    step: Decimal = Decimal("0.01")
    mode: str = HALF_UP
    order: str = PRODUCT_FIRST

    @property
    def digits(self) -> int:
        return max(-self.step.normalize().as_tuple().exponent, 0)

    def round(self, value: Fraction | Decimal | int) -> Decimal:
        """`value` on the currency's grid; ties and direction follow the mode."""
        exact = Fraction(value) / Fraction(self.step)
        whole = abs(exact.numerator) // exact.denominator
        if self.mode == HALF_UP and abs(exact) - whole >= Fraction(1, 2):
            whole += 1
        return (-whole if exact < 0 else whole) * self.step

    def minor(self, value: Fraction | Decimal | int) -> int:
        """The amount in the currency's smallest unit."""
        return int(self.round(value) / self.step)


def spread(total: Decimal, parts: Sequence[Decimal], money: Money) -> list[Decimal]:
    """Spread `total` over parts by their size; the last part takes what is left.

    Never more than a part holds, so that a discount cannot turn a line negative.
    """
    whole = sum(parts, Decimal(0))
    total = min(total, whole)
    shares: list[Decimal] = []
    for position, part in enumerate(parts):
        left = total - sum(shares, Decimal(0))
        if position == len(parts) - 1 or not whole:
            share = left
        else:
            share = money.round(Fraction(total) * Fraction(part) / Fraction(whole))
        shares.append(min(share, part, left))
    return shares


def tax(amount: Decimal, percent: Decimal, money: Money) -> Decimal:
    """A percentage of an amount, rounded once."""
    return money.round(Fraction(amount) * Fraction(percent) / 100)
