"""A vendor's price sheet of 20,000 rows: reading it, and putting it on sale.

Reading is compared with Python's own csv reader on the same text; applying with plain
`create` calls for as many offers, variants and nothing else.
"""

from __future__ import annotations

import csv
import io
import time

from odoo import Command

ROWS = 20_000
OFFERS = 1_000
CURRENCIES = ("EUR", "GBP", "CHF", "SEK", "NOK", "DKK", "USD", "PLN", "CZK", "HUF")
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
    """Measure; return one result per step."""
    from odoo.addons.csp_catalog.engine import sheet

    content = _make_sheet()
    text = content.decode()
    bare = _best(lambda: list(csv.reader(io.StringIO(text, newline=""))))
    read = _best(lambda: sheet.parse(content))
    rows = len(sheet.parse(content).rows)
    assert rows == ROWS, rows
    env.company.country_id = env.ref("base.de")
    program = env.ref("csp_catalog.program_microsoft_nce")
    record = env["csp.price.sheet"]._import(
        content,
        name="Bench",
        file_name="bench.csv",
        program_id=program.id,
        company_id=env.company.id,
        market="DE",
    )
    assert record.state == "staged", record.state
    env.flush_all()
    applied = _time(env, record._apply)
    assert len(record.price_ids) == ROWS
    plain = _time(env, lambda: _create_plainly(env))
    return [
        {
            "name": f"read {ROWS:,} rows; baseline: csv.reader",
            "seconds": read,
            "baseline": bare,
            "note": f"{ROWS / read:,.0f} rows a second",
        },
        {
            "name": f"apply {ROWS:,} prices of {OFFERS:,} new offers; baseline: offers",
            "seconds": applied,
            "baseline": plain,
            "note": f"{ROWS / applied:,.0f} prices a second",
        },
    ]


def _make_sheet():
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(HEADER)
    for number in range(ROWS):
        offer, rest = divmod(number, ROWS // OFFERS)
        plan = ("Monthly", "Annual")[rest // len(CURRENCIES)]
        writer.writerow(
            (
                f"Bench product {offer}",
                f"BENCH{offer:07d}",
                "0001",
                f"Bench plan {offer}",
                "Bench publisher",
                "",
                "",
                "P1Y",
                plan,
                "DE",
                CURRENCIES[rest % len(CURRENCIES)],
                "48",
                "",
                "",
                "2023-02-01T00:00:00Z",
                "9999-11-30T23:59:59Z",
                "License",
                "60",
                "Commercial",
            )
        )
    return stream.getvalue().encode()


def _create_plainly(env):
    """Create as many products, each with the two variants of the sheet."""
    term = env.ref("csp_catalog.attribute_term")
    plan = env.ref("csp_catalog.attribute_plan")
    env["product.template"].with_context(tracking_disable=True).create(
        [
            {
                "name": f"Plain {number}",
                "type": "service",
                "attribute_line_ids": [
                    Command.create(
                        {
                            "attribute_id": attribute.id,
                            "value_ids": [Command.set(attribute.value_ids[:2].ids)],
                        }
                    )
                    for attribute in (term, plan)
                ],
            }
            for number in range(OFFERS)
        ]
    )


def _best(work, repeats=3):
    found = []
    for _repeat in range(repeats):
        begin = time.perf_counter()
        work()
        found.append(time.perf_counter() - begin)
    return min(found)


def _time(env, work):
    env.flush_all()
    begin = time.perf_counter()
    work()
    env.flush_all()
    return time.perf_counter() - begin
