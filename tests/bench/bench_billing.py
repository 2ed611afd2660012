"""Our whole billing run against plain batched invoices, on the same data.

`run(env)` is called with an environment whose cursor is rolled back afterwards. Both
sides bill the same payers, offers and prices in the same process: ours plans, books
both legs of the ledger, drafts and posts; the plain side only creates and posts
(`account.move.create` in batches of 200 with tracking off, then `_post`).
Absolute figures do not carry to another machine; the ratio does. The goal is 1.7 times
the invoices per second of the plain side, a ratio of times of 0.59 at most.
"""

from __future__ import annotations

import statistics
import time
from datetime import date

from odoo import Command

PAYERS = 200
LINES = 3
REPEATS = 3
BATCH = 200
DAY = date(2026, 3, 1)
END = date(2027, 3, 1)
PRICES = (19.8, 7.5, 31.2)
GOAL = 1 / 1.7


def run(env, payers=PAYERS, repeats=REPEATS):
    """Measure; return one result per comparison, each the median of the repeats."""
    data = _prepare(env)
    ours, plain, again = [], [], []
    for repeat in range(repeats):
        partners = _make_partners(env, repeat, payers)
        _make_subscriptions(env, data, partners)
        env.cr.execute("ANALYZE csp_subscription, csp_charge, account_move_line")
        billing = env["csp.billing.run"].create(
            {"company_id": data["company"].id, "date": DAY}
        )
        seconds = _time(env, lambda b=billing: b._run_now())
        moves = billing.move_ids
        assert len(moves) == payers and set(moves.mapped("state")) == {"posted"}
        ours.append(seconds)
        again.append(_time(env, lambda b=billing: b._run_now()))
        billing.state = "cancelled"
        seconds = _time(env, lambda p=partners: _bill_plainly(env, data, p))
        plain.append(seconds)
    ratios = [mine / theirs for mine, theirs in zip(ours, plain, strict=True)]
    what = f"{payers} invoices of {LINES} lines"
    run_seconds = statistics.median(ours)
    plain_seconds = statistics.median(plain)
    return [
        {
            "name": f"whole run, {what}; baseline: create and post plainly",
            "seconds": run_seconds,
            "baseline": plain_seconds,
            "note": (
                f"{payers / run_seconds:.0f} against {payers / plain_seconds:.0f} "
                f"invoices a second; ratios of the repeats "
                f"{min(ratios):.2f} to {max(ratios):.2f}, goal at most {GOAL:.2f}"
            ),
        },
        {
            "name": "the same run again; baseline: the first time",
            "seconds": statistics.median(again),
            "baseline": run_seconds,
            "note": "goal: ratio at most 0.02",
        },
    ]


def _prepare(env):
    company = env.company
    company.csp_send_invoices = False
    if not company.chart_template:
        env["account.chart.template"].try_loading(
            "generic_coa", company, install_demo=False
        )
    tax = env["account.tax"].create(
        {"name": "Bench 23 %", "amount": 23.0, "type_tax_use": "sale"}
    )
    products = env["product.product"].create(
        [
            {
                "name": f"Bench offer {number}",
                "type": "service",
                "taxes_id": [Command.set(tax.ids)],
            }
            for number in range(LINES)
        ]
    )
    return {
        "company": company,
        "products": products,
        "program": env.ref("csp_catalog.program_own_services"),
        "journal": env["account.journal"].search(
            [("type", "=", "sale"), ("company_id", "=", company.id)], limit=1
        ),
    }


def _make_partners(env, repeat, payers):
    return env["res.partner"].create(
        [
            {
                "name": f"Bench payer {repeat}-{number}",
                "is_company": True,
                "street": "Bench 1",
                "city": "Hamburg",
                "country_id": env.ref("base.de").id,
            }
            for number in range(payers)
        ]
    )


def _make_subscriptions(env, data, partners):
    subscriptions = (
        env["csp.subscription"]
        .with_context(tracking_disable=True)
        .create(
            [
                {
                    "state": "active",
                    "customer_id": partner.id,
                    "payer_id": partner.id,
                    "company_id": data["company"].id,
                    "product_id": product.id,
                    "program_id": data["program"].id,
                    "quantity": 5,
                    "term": "P1Y",
                    "plan": "monthly",
                    "currency_id": data["company"].currency_id.id,
                    "unit_price": price,
                    "cost_currency_id": data["company"].currency_id.id,
                    "unit_cost": price * 0.9,
                    "start_date": DAY,
                    "anchor_date": DAY,
                    "term_start_date": DAY,
                    "term_end_date": END,
                }
                for partner in partners
                for product, price in zip(data["products"], PRICES, strict=True)
            ]
        )
    )
    subscriptions._book_event("start", DAY)
    return subscriptions


def _bill_plainly(env, data, partners):
    Move = env["account.move"].with_context(tracking_disable=True)
    moves = env["account.move"]
    for at in range(0, len(partners), BATCH):
        moves |= Move.create(
            [
                {
                    "move_type": "out_invoice",
                    "partner_id": partner.id,
                    "invoice_date": DAY,
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "product_id": product.id,
                                "quantity": 5,
                                "price_unit": price,
                            }
                        )
                        for product, price in zip(data["products"], PRICES, strict=True)
                    ],
                }
                for partner in partners[at : at + BATCH]
            ]
        )
    for at in range(0, len(moves), BATCH):
        moves[at : at + BATCH]._post(soft=False)


def _time(env, work):
    env.flush_all()
    env.invalidate_all()
    begin = time.perf_counter()
    work()
    env.flush_all()
    return time.perf_counter() - begin
