"""Price sheets: reading and staging, writing prices, putting offers on sale, again.

Every step is measured next to what it must beat, in the same run on the same machine:
Python's csv reader, pricelist rules and products made with plain `create` in batches of
1,000. "goal" in a note is the least that the product promises.

Run by `make bench`, or alone against any database with the catalogue installed:

    odoo shell -d DB --no-http < tests/bench/bench_price_sheet.py
"""

from __future__ import annotations

import csv
import gc
import io
import resource
import time
from pathlib import Path

ROWS = 20_000
OFFERS = 1_000
MANY = 200_000
BATCH = 1_000
# What the plain way makes: enough for a steady rate, the rest is proportional.
PLAIN_RULES = 5_000
PLAIN_PRODUCTS = 2_000
CURRENCIES = ("EUR", "GBP", "CHF", "SEK", "NOK", "DKK", "USD", "PLN", "CZK", "HUF")
HEADER = (
    "ProductTitle,ProductId,SkuId,SkuTitle,Publisher,SkuDescription,UnitOfMeasure,"
    "TermDuration,BillingPlan,Market,Currency,UnitPrice,PricingTierRangeMin,"
    "PricingTierRangeMax,EffectiveStartDate,EffectiveEndDate,Tags,ERP Price,Segment"
).split(",")


def run(env):
    """Measure; return one result per step."""
    env.company.country_id = env.ref("base.de")
    program = env.ref("csp_catalog.program_microsoft_nce")
    program.sale_policy = "manual"
    return [
        *_measure_reading(env, program),
        *_measure_sheets(env, program),
        *_measure_memory(env, program),
    ]


def _measure_reading(env, program):
    from odoo.addons.csp_catalog.engine import sheet

    content = make_sheet("READ")
    text = content.decode()
    bare = _best(lambda: list(csv.reader(io.StringIO(text, newline=""))))
    read = _best(lambda: sheet.parse(content))
    assert len(sheet.parse(content).rows) == ROWS
    staged = min(
        _time(env, lambda number=number: _stage(env, program, make_sheet(f"S{number}")))
        for number in range(3)
    )
    return [
        _result(f"read {ROWS:,} rows; baseline: csv.reader", read, bare, ROWS),
        _result(
            f"read, compare and stage {ROWS:,} rows; baseline: the goal",
            staged,
            ROWS / 20_000,
            ROWS,
            "goal 20,000 a second",
        ),
    ]


def _measure_sheets(env, program):
    first = make_sheet("BENCH")
    record = _stage(env, program, first)
    staged = _time(env, record._stage)
    applied = _time(env, record._apply)
    prices = record.price_ids
    assert len(prices) == ROWS and not prices.product_id
    rules = _time(env, lambda: _create_rules(env)) * ROWS / PLAIN_RULES
    sold = _time(env, prices._csp_put_on_sale)
    variants = len(prices.product_id)
    assert variants == 2 * OFFERS
    products = _time(env, lambda: _create_products(env)) * variants / PLAIN_PRODUCTS
    # The second month, everything on sale: one row in twenty has moved.
    program.sale_policy = "all"
    second = _stage(env, program, make_sheet("BENCH", moved=20))
    again = _time(env, second._stage) + _time(env, second._apply)
    assert (second.changed_count, second.unchanged_count) == (
        ROWS // 20,
        ROWS * 19 // 20,
    )
    undone = _time(env, second._undo)
    whole = staged + applied + sold
    return [
        _result(
            f"write {ROWS:,} prices; baseline: as many pricelist rules",
            applied,
            rules,
            ROWS,
            f"{rules / applied:.1f} times as fast, goal 4",
        ),
        _result(
            f"put {variants:,} variants on sale; baseline: as many products",
            sold,
            products,
            variants,
            f"{products / sold:.2f} times as fast, goal 0.9",
        ),
        _result(
            "second sheet, 5 % changed; baseline: the first, all steps",
            again,
            whole,
            ROWS,
            f"{again / whole:.3f} of the first, goal 0.1",
        ),
        _result(f"undo it ({ROWS // 20:,} prices)", undone, None, ROWS // 20),
    ]


def _measure_memory(env, program):
    program.sale_policy = "manual"
    content = make_sheet("MANY", rows=MANY)
    gc.collect()
    before = _peak()
    record = _stage(env, program, content)
    seconds = _time(env, record._apply)
    assert len(content) and record.row_count == MANY
    grown = _peak() - before
    return [
        _result(
            f"write {MANY:,} prices",
            seconds,
            None,
            MANY,
            f"memory grew by {grown:,.0f} MB, goal under 300",
        )
    ]


# --------------------------------------------------------------------------
# HELPERS
# --------------------------------------------------------------------------


def make_sheet(prefix, rows=ROWS, moved=0):
    """Return a sheet; with ``moved`` every so-manieth row has a new price and day."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(HEADER)
    per_offer = ROWS // OFFERS
    for number in range(rows):
        offer, rest = divmod(number, per_offer)
        is_moved = moved and number % moved == 0
        writer.writerow(
            (
                f"Bench product {offer}",
                f"{prefix}{offer:07d}",
                "0001",
                f"Bench plan {offer}",
                "Bench publisher",
                f"What plan {offer} is good for.",
                "",
                "P1Y",
                ("Monthly", "Annual")[rest // len(CURRENCIES)],
                "DE",
                CURRENCIES[rest % len(CURRENCIES)],
                f"{48 + offer % 500 + (2 if is_moved else 0)}",
                "",
                "",
                "2026-02-01T00:00:00Z" if is_moved else "2023-02-01T00:00:00Z",
                "9999-11-30T23:59:59Z",
                "License",
                f"{60 + offer % 500}",
                "Commercial",
            )
        )
    return stream.getvalue().encode()


def _stage(env, program, content):
    record = env["csp.price.sheet"]._import(
        content,
        name="Bench",
        file_name="bench.csv",
        program_id=program.id,
        company_id=env.company.id,
        market="DE",
    )
    assert record.state == "staged", record.state
    return record


def _create_rules(env):
    pricelist = env["product.pricelist"].create({"name": "Plain"})
    product = env["product.product"].search([], limit=1)
    for _start in range(0, PLAIN_RULES, BATCH):
        env["product.pricelist.item"].create(
            [
                {
                    "pricelist_id": pricelist.id,
                    "applied_on": "0_product_variant",
                    "product_id": product.id,
                    "compute_price": "fixed",
                    "fixed_price": 10.0 + number,
                    "date_start": "2023-02-01 00:00:00",
                }
                for number in range(BATCH)
            ]
        )
        env.flush_all()


def _create_products(env):
    for start in range(0, PLAIN_PRODUCTS, BATCH):
        env["product.product"].with_context(tracking_disable=True).create(
            [
                {"name": f"Plain {number}", "type": "service", "list_price": 10.0}
                for number in range(start, start + BATCH)
            ]
        )
        env.flush_all()


def _result(name, seconds, baseline, count, note=""):
    rate = f"{count / seconds:,.0f} a second"
    return {
        "name": name,
        "seconds": seconds,
        "baseline": baseline,
        "note": f"{rate}; {note}" if note else rate,
    }


def _best(work, repeats=3):
    return min(_clock(work) for _repeat in range(repeats))


def _time(env, work):
    env.flush_all()
    return _clock(lambda: (work(), env.flush_all()))


def _clock(work):
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def _peak():
    """Return the most memory this process has had, in MB."""
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


# In `odoo shell` the environment is there; `make bench` imports and calls `run`.
if __name__ == "__main__" and "env" in globals():
    for found in run(globals()["env"]):
        print(found)  # pylint: disable=print-used
