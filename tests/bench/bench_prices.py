"""1,000 offers priced for one reseller: an agreement on a level on the list price.

Compared, side by side in one run, with Odoo's own chain of pricelists: over as many
plain products with the same prices and rules, and over the very same offers, on which
every price must be the same to the last digit.
"""

from __future__ import annotations

import csv
import io
import statistics
import time
from datetime import date

from odoo import Command, fields

OFFERS = 1_000
REPEATS = 3
MAX_QUERIES = 20
PAGE = 20
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


def run(env):
    """Measure; return one result per comparison."""
    offers = _create_offers(env)
    plain = _create_plain_products(env, offers)
    grade = env["res.partner.grade"].create({"name": "Bench", "csp_discount": 12})
    on_offers = _create_pricelist(env, grade, offers)
    on_plain = _create_pricelist(env, grade, plain)
    moment = fields.Datetime.now()
    env.flush_all()
    ours, chain, bare, pages = [], [], [], []
    for _repeat in range(REPEATS):
        batch, seconds, queries = _price(env, on_offers, offers, moment)
        ours.append(seconds)
        slow, seconds, chain_queries = _price(env, on_offers, offers, moment, True)
        chain.append(seconds)
        _prices, seconds, bare_queries = _price(env, on_plain, plain, moment, True)
        bare.append(seconds)
        pages.append(
            tuple(
                _price(env, on_offers, offers[-size:], moment)[1:] for size in (1, PAGE)
            )
        )
    assert batch == slow, "the batch differs from Odoo's chain"
    assert len(batch) == OFFERS
    assert queries <= MAX_QUERIES, queries
    (_one, one_queries), (page, page_queries) = pages[-1]
    assert one_queries == page_queries, (one_queries, page_queries)
    ratio = statistics.median(
        slow / fast for fast, slow in zip(ours, bare, strict=True)
    )
    return [
        {
            "name": f"{OFFERS:,} offers; baseline: Odoo's chain, plain products",
            "seconds": statistics.median(ours),
            "baseline": statistics.median(bare),
            "note": f"{queries} queries, Odoo {bare_queries:,}; {ratio:.1f} x faster",
        },
        {
            "name": f"{OFFERS:,} offers; baseline: Odoo's chain, the same offers",
            "seconds": statistics.median(ours),
            "baseline": statistics.median(chain),
            "note": f"all equal; Odoo {chain_queries:,} queries",
        },
        {
            "name": f"a shop page of {PAGE} offers",
            "seconds": page,
            "baseline": None,
            "note": f"{page_queries} queries, for 1 offer {one_queries}",
        },
    ]


def _create_offers(env):
    """Put the offers of a price sheet on sale; return the variants."""
    env.company.country_id = env.ref("base.de")
    program = env.ref("csp_catalog.program_microsoft_nce")
    sheet = env["csp.price.sheet"]._import(
        _make_sheet(env.company.currency_id.name),
        name="Bench",
        file_name="bench.csv",
        program_id=program.id,
        company_id=env.company.id,
        market="DE",
    )
    assert sheet.state == "staged", sheet.state
    sheet._apply()
    offers = sheet.price_ids.product_id
    assert len(offers) == OFFERS, len(offers)
    return offers


def _make_sheet(currency):
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(HEADER)
    for number in range(OFFERS):
        writer.writerow(
            (
                f"Bench product {number}",
                f"BENCH{number:07d}",
                "0001",
                f"Bench plan {number}",
                "Bench publisher",
                "",
                "",
                "P1Y",
                "Annual",
                "DE",
                currency,
                f"{48 + number / 7:.2f}",
                "",
                "",
                "2023-02-01T00:00:00Z",
                "9999-11-30T23:59:59Z",
                "License",
                f"{60 + number / 6:.2f}",
                "Commercial",
            )
        )
    return stream.getvalue().encode()


def _create_plain_products(env, offers):
    """Create as many products without a vendor, at the same prices."""
    table = offers._csp_price_at(fields.Datetime.now())
    return (
        env["product.product"]
        .with_context(tracking_disable=True)
        .create(
            [
                {
                    "name": f"Plain {offer.id}",
                    "type": "service",
                    "list_price": float(table[offer.id].erp),
                    "standard_price": float(table[offer.id].cost),
                }
                for offer in offers
            ]
        )
    )


def _create_pricelist(env, grade, products):
    """Make an agreement with clauses of every kind; return the list it compiles to."""
    reseller = env["res.partner"].create(
        {"name": "Bench", "is_company": True, "grade_id": grade.id}
    )
    kinds = (("fixed", 55.55), ("markup_cost", 8.25), ("discount_erp", 17.5))
    lines = [
        {"kind": "discount_level", "value": 3.25},
        {"kind": "discount_level", "value": 5, "min_quantity": 25},
    ]
    for number, product in enumerate(products[:60]):
        kind, value = kinds[number % len(kinds)]
        lines.append(
            {
                "scope": "variant",
                "product_id": product.id,
                "kind": kind,
                "value": value,
            }
        )
    agreement = env["csp.agreement"].create(
        {
            "partner_id": reseller.id,
            "company_id": env.company.id,
            "date_start": date(2024, 1, 1),
            "line_ids": [Command.create(line) for line in lines],
        }
    )
    agreement._activate()
    return agreement.pricelist_id


def _price(env, pricelist, products, moment, in_odoos_way=False):
    """Return (prices, seconds, queries), from an empty cache."""
    env.flush_all()
    env.invalidate_all()
    pricelist = pricelist.with_context(csp_price_chain=in_odoos_way)
    before, begin = env.cr.sql_log_count, time.perf_counter()
    prices = pricelist._get_products_price(products, 1.0, date=moment)
    seconds = time.perf_counter() - begin
    return prices, seconds, env.cr.sql_log_count - before


if __name__ == "__main__" and "env" in globals():
    # odoo shell -d DATABASE < tests/bench/bench_prices.py
    for result in run(globals()["env"]):
        print(result)
