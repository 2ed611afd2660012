"""The simulator's catalogue and price sheets, deterministic for a seed.

Shape of a licence-based new-commerce sheet (Partner Center REST, "Get a price sheet",
and the column list of the price-list pages): every field quoted, decimal point,
``UnitPrice`` for the whole term and 20 % below ``ERP Price``, the monthly term 20 %
above a twelfth of the year, a yearly term billed monthly 5 % above the year.

Command line: ``python -m simulator.catalogue --market DE --rows 20000 --seed 7``.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import NamedTuple

from . import catalogue_data as data

EU_CURRENCIES = ("EUR", "GBP", "CHF", "SEK", "NOK", "DKK")
# fmt: off
EU_MARKETS = frozenset({
    "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI",
    "FR", "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV",
    "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
})
# fmt: on
LOCAL_CURRENCY = {
    "US": "USD",
    "GB": "GBP",
    "CH": "CHF",
    "LI": "CHF",
    "SE": "SEK",
    "NO": "NOK",
    "DK": "DKK",
}
# Units of the currency for one dollar of list price.
RATES = {
    "USD": Decimal(1),
    "EUR": Decimal("0.96"),
    "GBP": Decimal("0.84"),
    "CHF": Decimal("0.95"),
    "SEK": Decimal("10.80"),
    "NOK": Decimal("11.20"),
    "DKK": Decimal("7.16"),
}
SEGMENT_FACTOR = {
    data.COMMERCIAL: Decimal(1),
    data.EDUCATION: Decimal("0.50"),
    data.GOVERNMENT: Decimal("0.95"),
    data.CHARITY: Decimal("0.40"),
}
SEGMENT_SKU = {data.EDUCATION: "E", data.GOVERNMENT: "G", data.CHARITY: "N"}
PARTNER_SHARE = Decimal("0.80")
EST_SKU = "00ES"
TRIAL_SKU = "00TR"
BASE_MONTH = 2022 * 12 + 11  # December 2022: everything has a price from then on
OVERLAP_DAYS = 5
CHANGE_ONE_IN = 20  # share of offers whose price moves in a month
# A year or more that is billed monthly costs 5 % more since April 2025.
MONTHLY_UPLIFT = Decimal("1.05")
UPLIFT_MONTH = 2025 * 12 + 3


class Offer(NamedTuple):
    """One sellable thing: product, SKU, segment, term and billing plan."""

    product_id: str
    sku_id: str
    segment: str
    term: str
    plan: str
    product_title: str
    sku_title: str
    yearly_usd: Decimal
    kind: str  # licence, trial or est
    small_business: bool

    @property
    def key(self):
        return ":".join(self[:5])


def month_index(year: int, month: int) -> int:
    """Number a calendar month."""
    return year * 12 + month - 1


def month_start(index: int) -> str:
    """Return the first day of a numbered month as ISO date."""
    return f"{index // 12:04d}-{index % 12 + 1:02d}-01"


def local_currency(market: str) -> str:
    """Return the currency a customer of ``market`` is charged in."""
    return LOCAL_CURRENCY.get(market, "EUR" if market in EU_MARKETS else "USD")


def currencies(market: str) -> tuple[str, ...]:
    """Return the currencies of a market's sheet: EU and EFTA list six."""
    return EU_CURRENCIES if market in EU_MARKETS else (local_currency(market),)


@lru_cache(maxsize=8)
def offers(seed: int = 7, minimum: int = 560) -> tuple[Offer, ...]:
    """Return the catalogue: the known products, then constructed ones up to size."""
    result = []
    for family in data.FAMILIES:
        result.extend(_family_offers(family))
    number = 0
    while len(result) < minimum:
        result.extend(_family_offers(_filler(seed, number)))
        number += 1
    return tuple(result)


@lru_cache(maxsize=8)
def offers_by_sku(seed: int = 7) -> dict[tuple[str, str], tuple[Offer, ...]]:
    """Group the offers by (product id, SKU id)."""
    groups: dict[tuple[str, str], list[Offer]] = {}
    for offer in offers(seed):
        groups.setdefault((offer.product_id, offer.sku_id), []).append(offer)
    return {key: tuple(group) for key, group in groups.items()}


def erp_price(offer: Offer, currency: str, month: int, seed: int = 7) -> Decimal:
    """Return the list price of the whole term in a month."""
    yearly = offer.yearly_usd * RATES[currency] * _price_factor(offer, month, seed)
    if has_uplift(offer) and month >= UPLIFT_MONTH:
        yearly *= MONTHLY_UPLIFT
    return _exact(yearly * _term_factor(offer))


def unit_price(offer: Offer, currency: str, month: int, seed: int = 7) -> Decimal:
    """Return the partner's price of the whole term in a month."""
    return _exact(erp_price(offer, currency, month, seed) * PARTNER_SHARE)


def changed_in(offer: Offer, month: int, seed: int = 7) -> bool:
    """Tell whether the price of an offer moves at the start of a month."""
    if offer.product_id in data.PINNED or offer.kind == "trial":
        return False
    return _number(seed, offer.key, month) % CHANGE_ONE_IN == 0


def has_uplift(offer: Offer) -> bool:
    """Tell whether an offer is a long term that is billed monthly."""
    return offer.plan == "Monthly" and offer.term != "P1M"


def moves_in(offer: Offer, month: int, seed: int = 7) -> bool:
    """Tell whether an offer has a new price from the start of a month on."""
    is_uplift = month == UPLIFT_MONTH and has_uplift(offer)
    return is_uplift or changed_in(offer, month, seed)


def overlaps(offer: Offer, month: int, seed: int = 7) -> bool:
    """Tell whether the old price of an offer lasts five days into a month."""
    number = _number(seed, "overlap", offer.key, month)
    return moves_in(offer, month, seed) and number % 6 == 0


def valid_month(offer: Offer, month: int, day: int, seed: int = 7) -> int:
    """Return the month whose price holds on a day: rows that end later win."""
    is_old = day <= OVERLAP_DAYS and overlaps(offer, month, seed)
    return month - 1 if is_old else month


def end_of_sale(offer: Offer, seed: int = 7) -> int | None:
    """Return the month from which on an offer is not sold any more, if any."""
    if offer.product_id in data.END_OF_SALE:
        year, month = data.END_OF_SALE[offer.product_id]
        return month_index(year, month)
    if not offer.product_id.startswith("CFQ7TTC0F"):
        return None
    number = _number(seed, "end", offer.product_id)
    return BASE_MONTH + 36 + number % 24 if number % 17 == 0 else None


def availability_id(product_id: str, sku_id: str, month: int) -> str:
    """Return the availability id of a SKU: it rotates, as the vendor's does."""
    digest = hashlib.sha256(f"{product_id}{sku_id}{month}".encode()).digest()
    letters = "0123456789BCDFGHJKLMNPQRSTVWXZ"
    return "CFQ7TTC0" + "".join(letters[byte % len(letters)] for byte in digest[:4])


# --- helpers ----------------------------------------------------------------


def _family_offers(family: data.Family):
    pairs = data.ALL_PAIRS if family.long_terms else data.TERM_PAIRS
    for segment in family.segments:
        yearly = Decimal(family.yearly_usd)
        sku_id, title = family.sku_id, family.title
        if segment != data.COMMERCIAL and len(family.segments) > 1:
            yearly *= SEGMENT_FACTOR[segment]
            sku_id = "00" + SEGMENT_SKU[segment] + family.sku_id[-1]
            title = f"{family.title} ({segment} pricing)"
        elif segment == data.EDUCATION:
            title = "Office 365 A3 for faculty"
        for term, plan in pairs:
            yield _offer(family, sku_id, segment, term, plan, title, yearly)
    commercial = Decimal(family.yearly_usd)
    if data.COMMERCIAL in family.segments:
        title = f"{family.title} - Extended Service Term"
        yield _offer(
            family, EST_SKU, data.COMMERCIAL, "P1M", "Monthly", title, commercial, "est"
        )
    if family.trial:
        title = f"{family.title} Trial"
        yield _offer(
            family,
            TRIAL_SKU,
            data.COMMERCIAL,
            "P1M",
            "None",
            title,
            Decimal(0),
            "trial",
        )


def _offer(family, sku_id, segment, term, plan, title, yearly, kind="licence"):
    return Offer(
        product_id=family.product_id,
        sku_id=sku_id,
        segment=segment,
        term=term,
        plan=plan,
        product_title=family.title,
        sku_title=title,
        yearly_usd=yearly,
        kind=kind,
        small_business=family.small_business,
    )


def _filler(seed: int, number: int) -> data.Family:
    pick = _number(seed, "filler", number)
    maker = data.FILLER_MAKERS[pick % len(data.FILLER_MAKERS)]
    thing = data.FILLER_THINGS[pick // 7 % len(data.FILLER_THINGS)]
    level = data.FILLER_LEVELS[pick // 77 % len(data.FILLER_LEVELS)]
    return data.Family(
        product_id=f"CFQ7TTC0F{number:03X}",
        title=f"{maker} {thing} {level} {number + 1}",
        yearly_usd=str(12 + pick // 777 % 600),
        long_terms=pick % 3 == 0,
        segments=(data.COMMERCIAL, data.EDUCATION)
        if pick % 5 == 0
        else (data.COMMERCIAL,),
    )


def _price_factor(offer: Offer, month: int, seed: int) -> Decimal:
    factor = Decimal(1)
    for index in range(BASE_MONTH + 1, month + 1):
        if changed_in(offer, index, seed):
            step = _number(seed, "step", offer.key, index) % 10 - 2  # -2 ... +7 %
            factor *= 1 + Decimal(step or 3) / 100
    return factor


def _term_factor(offer: Offer) -> Decimal:
    if offer.kind == "est":
        return Decimal("1.2") * Decimal("1.03") / 12
    return {
        ("P1M", "Monthly"): Decimal("1.2") / 12,
        ("P1M", "None"): Decimal(0),
        ("P1Y", "Monthly"): Decimal(1),
        ("P1Y", "Annual"): Decimal(1),
        ("P3Y", "Monthly"): Decimal(3),
        ("P3Y", "Annual"): Decimal(3),
        ("P3Y", "Triennial"): Decimal(3),
    }[offer.term, offer.plan]


def _exact(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP)


def _number(*parts) -> int:
    text = "|".join(str(part) for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=6).digest(), "big")


def main(argv=None) -> int:
    """Write a sheet to standard output."""
    from . import sheet

    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--market", default="DE")
    parser.add_argument("--rows", type=int, default=0, help="at least this many rows")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--month", default="202611", help="YYYYMM")
    parser.add_argument("--timeline", default="current", choices=sheet.TIMELINES)
    parser.add_argument("--view", default=sheet.ALL_VIEW, choices=sheet.VIEWS)
    parser.add_argument("--typographic", action="store_true", help="odd header quote")
    options = parser.parse_args(argv)
    month = month_index(int(options.month[:4]), int(options.month[4:]))
    for line in sheet.lines(
        options.market,
        month,
        seed=options.seed,
        timeline=options.timeline,
        rows=options.rows,
        typographic=options.typographic,
        view=options.view,
    ):
        sys.stdout.write(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
