"""Price sheets as CSV text, with the quirks the vendor documents.

* six currencies in an EU or EFTA market;
* dates in three shapes, sentinel years 1753 and 9999;
* SKU ids as zero-padded text, tags ``License``, ``License;Trial``, ``License;EST``;
* tier ranges on a few products, rows that overlap for some days after a change;
* the last header with a typographic quote in old sheets, which also lack ``Segment``;
* ``future`` lists only what is new, changed or ends ("preview one month ahead"), with
  a column for the end of sale, as does the view of what is withdrawn.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from . import catalogue

TIMELINES = ("current", "future", "history")
HEADER = (
    "ProductTitle",
    "ProductId",
    "SkuId",
    "SkuTitle",
    "Publisher",
    "SkuDescription",
    "UnitOfMeasure",
    "TermDuration",
    "BillingPlan",
    "Market",
    "Currency",
    "UnitPrice",
    "PricingTierRangeMin",
    "PricingTierRangeMax",
    "EffectiveStartDate",
    "EffectiveEndDate",
    "Tags",
    "ERP Price",
    "Segment",
)
# The views that are served: all offers, the extended term, what is withdrawn.
ALL_VIEW = "updatedlicensebased"
EST_VIEW = "licensebasedest"
EOS_VIEW = "licensebasedeos"
VIEWS = (ALL_VIEW, EST_VIEW, EOS_VIEW)
END_OF_SALE = "EndofSaleDate"
TAGS = {"licence": "License", "trial": "License;Trial", "est": "License;EST"}
SEGMENT_SINCE = catalogue.month_index(2024, 1)
EST_SINCE = catalogue.month_index(2026, 5)
OPEN_END = "9999-11-30T23:59:59"
FOREVER_AGO = "1753-01-01T00:00:00"


def lines(
    market: str,
    month: int,
    *,
    seed: int = 7,
    timeline: str = "current",
    rows: int = 0,
    typographic: bool = False,
    view: str = ALL_VIEW,
) -> Iterator[str]:
    """Yield the sheet of ``market`` for a numbered month, line by line."""
    old_layout = month < SEGMENT_SINCE
    has_end = timeline == "future" or view == EOS_VIEW
    yield _header_line(old_layout, typographic or old_layout, has_end)
    listed = catalogue.currencies(market)
    minimum = max(560, rows * 21 // (20 * len(listed)) + 60)
    for offer in catalogue.offers(seed, minimum):
        if not _is_listed(offer, month, view, seed):
            continue
        ends_in = catalogue.end_of_sale(offer, seed)
        last_day = f"{catalogue.month_start(ends_in)}T00:00:00" if ends_in else ""
        for start, end in _validities(offer, month, seed, timeline):
            price_month = _month_of(start)
            for currency in listed:
                for tier in _tiers(offer):
                    yield _line(
                        offer,
                        market,
                        currency,
                        start,
                        end,
                        tier,
                        price_month,
                        seed,
                        old_layout,
                        last_day if has_end else None,
                    )


def text(market: str, month: int, **options) -> str:
    """Return a whole sheet."""
    return "".join(lines(market, month, **options))


def _is_listed(offer, month, view, seed):
    if view == EST_VIEW:
        return offer.kind == "est" and month >= EST_SINCE
    if view == EOS_VIEW and (catalogue.end_of_sale(offer, seed) or month) <= month:
        return False
    return offer.kind != "est" or month >= EST_SINCE


def _validities(offer, month, seed, timeline):
    """Yield (start, end) of the rows that a sheet shows for an offer."""
    ends_in = catalogue.end_of_sale(offer, seed)
    last = f"{catalogue.month_start(ends_in)}T00:00:00" if ends_in else OPEN_END
    if timeline == "future":
        following = month + 1
        if catalogue.moves_in(offer, following, seed):
            yield f"{catalogue.month_start(following)}T00:00:00", last
        elif ends_in == following:
            yield _start_of(offer, month, seed), last
        return
    if ends_in is not None and ends_in <= month:
        return
    start = _start_of(offer, month, seed)
    if catalogue.overlaps(offer, month, seed):
        previous = _start_of(offer, month - 1, seed)
        last_day = f"{catalogue.month_start(month)[:8]}{catalogue.OVERLAP_DAYS:02d}"
        yield previous, f"{last_day}T23:59:59"
    yield start, last


def _start_of(offer, month, seed):
    first = EST_SINCE if offer.kind == "est" else catalogue.BASE_MONTH
    for index in range(month, first, -1):
        if catalogue.moves_in(offer, index, seed):
            return f"{catalogue.month_start(index)}T00:00:00"
    if offer.kind == "est":
        return "2026-05-04T00:00:00"
    if _pick(offer, seed) % 40 == 0:
        return FOREVER_AGO
    return _base_start()


def _base_start():
    return f"{catalogue.month_start(catalogue.BASE_MONTH + 2)}T00:00:00"


def _month_of(start):
    if start.startswith("1753"):
        return catalogue.BASE_MONTH
    return catalogue.month_index(int(start[:4]), int(start[5:7]))


def _tiers(offer):
    if offer.product_title.endswith("authenticated users T1"):
        return (("1", "99", Decimal(1)), ("100", "", Decimal("0.9")))
    if offer.product_title.startswith("Office 365 A3"):
        return (("1", "", Decimal(1)),)
    return (("", "", Decimal(1)),)


def _line(
    offer, market, currency, start, end, tier, price_month, seed, old_layout, last_day
):
    minimum, maximum, factor = tier
    erp = catalogue.erp_price(offer, currency, price_month, seed) * factor
    unit = erp * catalogue.PARTNER_SHARE
    shape = _pick(offer, seed) % 3
    cells = [
        offer.product_title,
        offer.product_id,
        offer.sku_id,
        offer.sku_title,
        _publisher(offer),
        f'{offer.sku_title}, a “named” licence, for the "user" who signs in.',
        "",
        offer.term,
        offer.plan,
        market,
        currency,
        amount(unit),
        minimum,
        maximum,
        date_text(start, shape),
        date_text(end, shape),
        TAGS[offer.kind],
        amount(erp),
    ]
    if not old_layout:
        cells.append(offer.segment)
    if last_day is not None:
        cells.append(date_text(last_day, shape) if last_day else "")
    return _csv(cells)


def _publisher(offer):
    if offer.product_id.startswith("CFQ7TTC0F"):
        return f"{offer.product_title.split()[0]} Ltd"
    return "Microsoft Corporation"


def _header_line(old_layout, typographic, has_end):
    cells = [name for name in HEADER if not (old_layout and name == "Segment")]
    if has_end:
        cells.append(END_OF_SALE)
    line = _csv(cells)
    return line.replace('"ERP Price"', '"ERP Price”', 1) if typographic else line


def _csv(cells):
    quoted = ('"' + cell.replace('"', '""') + '"' for cell in cells)
    return ",".join(quoted) + "\r\n"


def amount(value: Decimal) -> str:
    """Write an amount as the vendor does: point, no trailing zeros."""
    written = f"{value.quantize(Decimal('0.0001')):f}".rstrip("0").rstrip(".")
    return written or "0"


def date_text(iso: str, shape: int) -> str:
    """Write an instant in one of the three documented shapes."""
    if shape == 0:
        return f"{iso}.0000000Z"
    day, clock = iso.split("T")
    year, month, number = day.split("-")
    hour, minute, second = clock.split(":")
    if shape == 1:
        half = "AM" if int(hour) < 12 else "PM"
        twelve = int(hour) % 12 or 12
        return f"{int(month)}/{int(number)}/{year} {twelve}:{minute}:{second} {half}"
    return f"{int(month)}/{int(number)}/{year} {int(hour)}:{minute}"


def _pick(offer, seed):
    return catalogue._number(seed, "row", offer.key)


def _number_of(text, seed):
    return catalogue._number(seed, "text", text)
