"""The constructed price sheet that the demonstration, the tests and the bench share.

The repository keeps what `python -m simulator.sample`, run in the folder `csp_catalog`,
writes; a test holds both together.

Names are real products and invented independent publishers; no amount is a quotation.
Every quirk that vendors document is in it: a byte order mark, a typographic quote in
the last header, dates in three shapes, the years 1753 and 9999, SKU ids as padded text,
tier ranges, six currencies, segments, trials and extended terms, overlapping rows, an
end of sale, the vendor's own change word, text with commas, quotes and line breaks.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from decimal import Decimal

from . import catalogue, catalogue_data, sheet

SEED = 19
MARKET = "DE"
MONTH = catalogue.month_index(2026, 10)
VARIANTS = 640

HEADER = (
    "ProductTitle",
    "ProductId",
    "SkuId",
    "SkuTitle",
    "Publisher",
    "SkuDescription",
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
    "Segment",
    "EndofSaleDate",
    "ChangeIndicator",
    "ERP Price",
)

# publisher, product, [(SKU title, yearly list price in dollars)]
INDEPENDENT = (
    ("Nordlicht Software GmbH", "Nordlicht Backup", (("25 GB", 18), ("1 TB", 120))),
    ("Fjordworks AS", "Fjord Signatures", (("Team", 36), ("Company", 84))),
    ("Helvetica Cloud AG", "Helvetica Vault", (("Standard", 48), ("Sovereign", 132))),
    ("Tidewater Labs Ltd", "Tidewater Mail Shield", (("Core", 24), ("Advanced", 42))),
    ("Atelier Numérique SAS", "Atelier Boards", (("Starter", 30), ("Studio", 96))),
)

LEAVING = "Atelier Boards"  # leaves the vendor's list three months later


def price_sheet(
    seed: int = SEED,
    market: str = MARKET,
    month: int = MONTH,
    variants: int = VARIANTS,
) -> bytes:
    """Return the sheet; the same arguments always give the same bytes."""
    return ("\ufeff" + "".join(lines(seed, market, month, variants))).encode()


def offers(seed: int = SEED, variants: int = VARIANTS) -> list[catalogue.Offer]:
    """Return what the sheet lists: independent publishers' offers, then Microsoft's."""
    found = [
        catalogue.Offer(
            f"DZH318Z0{number:04d}",
            f"{place + 1:04d}",
            catalogue_data.COMMERCIAL,
            term,
            plan,
            product,
            f"{product} {title}",
            Decimal(yearly),
            "licence",
            False,
        )
        for number, (_publisher, product, skus) in enumerate(INDEPENDENT)
        for place, (title, yearly) in enumerate(skus)
        for term, plan in catalogue_data.TERM_PAIRS
    ]
    known = catalogue.offers(seed, variants)
    # Whole products: a term or plan less would look like a gap in the catalogue.
    for offer in known:
        if len(found) >= variants and offer.product_id != found[-1].product_id:
            break
        found.append(offer)
    return found


def lines(seed: int, market: str, month: int, variants: int) -> Iterator[str]:
    """Yield the sheet line by line."""
    yield sheet._csv(HEADER).replace('"ERP Price"', '"ERP Price”')
    publishers = {product: publisher for publisher, product, _skus in INDEPENDENT}
    for offer in offers(seed, variants):
        if not sheet._is_listed(offer, month, "updatedlicensebased", seed):
            continue
        shape = sheet._pick(offer, seed) % 3
        ends = offer.product_title == LEAVING
        end_of_sale = f"{catalogue.month_start(month + 3)}T00:00:00" if ends else ""
        for start, end in sheet._validities(offer, month, seed, "current"):
            is_new = start.startswith(catalogue.month_start(month))
            for currency in catalogue.currencies(market):
                for minimum, maximum, factor in sheet._tiers(offer):
                    erp = factor * catalogue.erp_price(
                        offer, currency, sheet._month_of(start), seed
                    )
                    erp = erp.quantize(Decimal("0.01"))
                    yield sheet._csv(
                        (
                            offer.product_title,
                            offer.product_id,
                            offer.sku_id,
                            offer.sku_title,
                            publishers.get(offer.product_title)
                            or sheet._publisher(offer),
                            _describe(offer, seed),
                            offer.term,
                            offer.plan,
                            market,
                            currency,
                            sheet.amount(erp * catalogue.PARTNER_SHARE),
                            minimum,
                            maximum,
                            sheet.date_text(start, shape),
                            sheet.date_text(end_of_sale or end, shape),
                            sheet.TAGS[offer.kind],
                            offer.segment,
                            end_of_sale and sheet.date_text(end_of_sale, shape),
                            "Changed" if is_new else "Unchanged",
                            sheet.amount(erp),
                        )
                    )


def _describe(offer, seed):
    """Return a text with what breaks careless readers, in a few shapes."""
    name = offer.product_title
    return (
        f"{name}, per user.",
        f'{name} for the "named" user.',
        f"{name}: “online”, at work\nand at home.",
    )[sheet._number_of(offer.product_id, seed) % 3]


if __name__ == "__main__":
    sys.stdout.buffer.write(price_sheet())
