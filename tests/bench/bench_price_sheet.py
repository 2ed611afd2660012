"""Price sheets: reading and staging, writing prices, putting offers on sale, again.

Every step is measured next to what it must beat, in the same run on the same machine:
Python's csv reader, pricelist rules and products made with plain `create` in batches of
1,000. "goal" in a note is the least that the product promises.

Run by `make bench`, or alone against a database to throw away, with the catalogue
installed:

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
MANY = 10  # times as many rows, for the memory
BATCH = 1_000
# What the plain way makes: enough for a steady rate, the rest is proportional.
PLAIN_RULES = 5_000
# Putting on sale and what it is compared to take turns.
TURNS = 3


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

    sheets = [make_sheet(month) for month in (-1, -2, -3)]
    text = sheets[0].decode()
    bare = _best(lambda: list(csv.reader(io.StringIO(text, newline=""))))
    read = _best(lambda: sheet.parse(sheets[0]))
    rows = len(sheet.parse(sheets[0]).rows)
    staged = min(
        _time(env, lambda content=content: _stage(env, program, content))
        for content in sheets
    )
    return [
        _result(f"read {rows:,} rows; baseline: csv.reader", read, bare, rows),
        _result(
            f"read, compare and stage {rows:,} rows; baseline: the goal",
            staged,
            rows / 20_000,
            rows,
            "goal 20,000 a second",
        ),
    ]


def _measure_sheets(env, program):
    record = _stage(env, program, make_sheet())
    staged = _time(env, record._stage)
    applied = _time(env, record._apply)
    prices = record.price_ids
    rows = len(prices)
    assert rows >= ROWS and not prices.product_id
    rules = _time(env, lambda: _create_rules(env)) * rows / PLAIN_RULES
    # The next step is a job of its own, in a transaction of its own.
    env.cr.commit()
    variants, sold, products, peers = _measure_sale(env, prices)
    # The next month, everything on sale: about one row in twenty has moved.
    program.sale_policy = "all"
    second = _stage(env, program, make_sheet(1))
    again = _time(env, second._stage) + _time(env, second._apply)
    moved = second.row_count - second.unchanged_count
    undone = _time(env, second._undo)
    whole = staged + applied + sold
    return [
        _result(
            f"write {rows:,} prices; baseline: as many pricelist rules",
            applied,
            rules,
            rows,
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
            "the same; baseline: as many variants with two attributes",
            sold,
            peers,
            variants,
            f"{peers / sold:.2f} times as fast",
        ),
        _result(
            f"second sheet, {moved / rows:.1%} changed; baseline: the first, all steps",
            again,
            whole,
            rows,
            f"{again / whole:.3f} of the first, goal 0.1",
        ),
        _result(f"undo it ({moved:,} rows)", undone, None, moved),
    ]


def _measure_sale(env, prices):
    """Return variants and seconds: on sale, plain products, products as rich as ours.

    A third each in turn, so that a busy moment of the machine hits all three. Putting
    on sale makes templates, their attribute lines and values, variants, links 21,000
    prices and sets sales prices. A plain product is a template with one variant and no
    attribute; the third makes the same templates, lines, values and variants with
    Odoo's `create`, without prices.
    """
    by_offer = prices.grouped(lambda price: price.product_ref)
    shares = [prices.browse() for _turn in range(TURNS)]
    for number, share in enumerate(by_offer.values()):
        shares[number % TURNS] += share
    count, seconds = 0, [0.0, 0.0, 0.0]
    for share in shares:
        env.invalidate_all()
        seconds[0] += _time(env, share._csp_put_on_sale)
        variants = share.product_id
        count += len(variants)
        shape = [
            [
                variant.product_template_attribute_value_ids.product_attribute_value_id
                for variant in own
            ]
            for own in variants.grouped("product_tmpl_id").values()
        ]
        env.invalidate_all()
        many = len(variants)
        seconds[1] += _time(env, lambda many=many: _create_products(env, many))
        env.invalidate_all()
        seconds[2] += _time(env, lambda shape=shape: _create_peers(env, shape))
    return count, *seconds


def _measure_memory(env, program):
    program.sale_policy = "manual"
    first = make_sheet()
    header, _newline, body = first.partition(b"\n")
    parts = [body.replace(b'"CFQ7', b'"C%dQ7' % number) for number in range(MANY)]
    content = b"".join([header, b"\n", *parts])
    del first, body, parts
    env.invalidate_all()
    gc.collect()
    before = _peak()
    record = _stage(env, program, content)
    seconds = _time(env, record._apply)
    grown = _peak() - before
    return [
        _result(
            f"write {record.row_count:,} prices",
            seconds,
            None,
            record.row_count,
            f"memory grew by {grown:,.0f} MB, goal under 300",
        )
    ]


# --------------------------------------------------------------------------
# HELPERS
# --------------------------------------------------------------------------


def make_sheet(month=0, rows=ROWS):
    """Return a sheet of the simulator's seeded catalogue, as long as wanted."""
    from odoo.addons.csp_catalog.simulator import catalogue, sheet

    number = catalogue.month_index(2026, 8) + month
    return sheet.text("DE", number, rows=rows).encode()


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


def _create_products(env, count):
    for start in range(0, count, BATCH):
        env["product.product"].with_context(tracking_disable=True).create(
            [
                {"name": f"Plain {number}", "type": "service", "list_price": 10.0}
                for number in range(start, min(count, start + BATCH))
            ]
        )
        env.flush_all()


def _create_peers(env, shape):
    """Create templates with attribute lines and their variants, the way of Odoo.

    :param list shape: per template the attribute values of each variant
    """
    plain = env(context={**env.context, "tracking_disable": True})
    templates = plain["product.template"].create(
        [
            {
                "name": f"Peer {number}",
                "type": "service",
                "list_price": 10.0,
                "attribute_line_ids": [
                    (
                        0,
                        0,
                        {
                            "attribute_id": attribute.id,
                            "value_ids": [(6, 0, values.ids)],
                        },
                    )
                    for attribute, values in env["product.attribute.value"]
                    .union(*variants)
                    .grouped("attribute_id")
                    .items()
                ],
            }
            for number, variants in enumerate(shape)
        ]
    )
    to_create = []
    for template, variants in zip(templates, shape, strict=True):
        found = {
            value.product_attribute_value_id: value.id
            for value in template.attribute_line_ids.product_template_value_ids
        }
        to_create += [
            {
                "product_tmpl_id": template.id,
                "product_template_attribute_value_ids": [
                    (6, 0, [found[value] for value in values])
                ],
            }
            for values in variants
        ]
    for start in range(0, len(to_create), BATCH):
        plain["product.product"].create(to_create[start : start + BATCH])
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
