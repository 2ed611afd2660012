"""What forms of a licence cost over the same months, and what the best one saves."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

FOR_EVER = 0
HORIZONS = (12, 36)


class Form(NamedTuple):
    """A way to buy a licence: one price for some months and some users."""

    key: int
    price: Decimal
    months: int
    users: int


class Total(NamedTuple):
    """What a form costs over a horizon, and how much less than the dearest form."""

    form: Form
    horizon: int
    amount: Decimal
    saving: Decimal
    saving_percent: Decimal
    is_best: bool
    dearest: Form


def cost(form: Form, horizon: int, users: int = 1) -> Decimal:
    """Return what ``users`` people pay for ``horizon`` months of use.

    Packages and months are bought whole: five people need two packages for three, and
    13 months need two years. What never ends is bought once.
    """
    packages = -(-users // max(form.users, 1))
    times = 1 if form.months == FOR_EVER else -(-horizon // form.months)
    return form.price * packages * times


def compare(forms: Iterable[Form], horizon: int, users: int = 1) -> dict[int, Total]:
    """Return ``{key: Total}``. The saving is against the dearest form.

    Of forms that cost the same, the first in the order of keys is the best and the
    dearest one.
    """
    amounts = {
        form: cost(form, horizon, users) for form in sorted(forms, key=lambda f: f.key)
    }
    if not amounts:
        return {}
    dearest = max(amounts, key=lambda form: amounts[form])
    best = min(amounts, key=lambda form: amounts[form])
    totals = {}
    for form, amount in amounts.items():
        saving = amounts[dearest] - amount
        percent = (
            (saving * 100 / amounts[dearest]).quantize(Decimal("0.1"))
            if amounts[dearest]
            else Decimal("0.0")
        )
        totals[form.key] = Total(
            form, horizon, amount, saving, percent, form is best, dearest
        )
    return totals
