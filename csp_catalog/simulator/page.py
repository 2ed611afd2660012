"""A page for people that shows the simulator's world."""

from __future__ import annotations

from html import escape

from . import admin
from .http_types import Response

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem;
       padding: 0 1rem; color: #1f2937; background: #f8fafc; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
.table { overflow-x: auto; background: #fff; border: 1px solid #e2e8f0;
         border-radius: .5rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .4rem .7rem; border-bottom: 1px solid #eef2f7;
         white-space: nowrap; }
th { color: #64748b; font-weight: 600; } .empty { color: #64748b; }
"""


def answer(app):
    """Return the page."""
    world = admin.state(app)
    names = {
        row["id"]: row["companyProfile"]["companyName"] for row in world["customers"]
    }
    body = "".join(
        (
            f"<p>The time here is <b>{escape(world['now'])}</b>.</p>",
            _table(
                "Customers",
                ("Company", "Domain", "Country", "Relationship", "Tenant"),
                (
                    (
                        row["companyProfile"]["companyName"],
                        row["companyProfile"]["domain"],
                        row["billingProfile"]["defaultAddress"]["country"],
                        row["relationshipToPartner"],
                        row["id"],
                    )
                    for row in world["customers"]
                ),
            ),
            _table(
                "Orders",
                ("Order", "Customer", "Created", "Status", "Total", "Lines"),
                (
                    (
                        row["id"],
                        names.get(row["referenceCustomerId"], ""),
                        row["creationDate"],
                        row["status"],
                        f"{row['totalPrice']} {row['currencyCode']}",
                        len(row["lineItems"]),
                    )
                    for row in world["orders"]
                ),
            ),
            _table(
                "Subscriptions",
                ("Name", "Customer", "Seats", "Term", "Billed", "State", "Until"),
                (
                    (
                        row["friendlyName"],
                        names.get(row["customerId"], ""),
                        row["quantity"],
                        row["termDuration"],
                        row["billingCycle"],
                        row["status"] + (", renews" if row["autoRenewEnabled"] else ""),
                        row["commitmentEndDate"][:10],
                    )
                    for row in world["subscriptions"]
                ),
            ),
            _table(
                "Faults",
                ("Kind", "Method", "Path", "Used", "Of"),
                (
                    (
                        row["kind"],
                        row["match"]["method"],
                        row["match"]["path_regex"],
                        row["hits"],
                        row["times"],
                    )
                    for row in world["faults"]
                ),
            ),
            _table(
                "Requests",
                ("Method", "Path", "Status", "Count"),
                (
                    (row["method"], row["route"], row["status"], row["count"])
                    for row in world["requests"]
                ),
            ),
        )
    )
    html = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Vendor simulator</title><style>{_STYLE}</style></head>"
        f"<body><h1>Vendor simulator</h1>{body}</body></html>"
    )
    return Response(
        200,
        html.encode(),
        {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
        },
    )


def _table(title, heads, rows):
    lines = [
        "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>"
        for row in rows
    ]
    if not lines:
        return f'<h2>{escape(title)}</h2><p class="empty">None.</p>'
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in heads)
    return (
        f'<h2>{escape(title)}</h2><div class="table"><table><thead><tr>{head}</tr>'
        f"</thead><tbody>{''.join(lines)}</tbody></table></div>"
    )
