"""Today's id of an offer: product and SKU stay, the availability rotates."""

from __future__ import annotations

from urllib.parse import quote

from .. import base
from .client import Client


def catalog_item(client: Client, line: base.OrderLine, country: str) -> str:
    """Return the catalogue id by which a line can be bought in a country now."""
    path = (
        f"/v1/products/{quote(line.product_ref, safe='')}"
        f"/skus/{quote(line.sku_ref, safe='')}/availabilities"
    )
    for row in client.get_all(path, {"country": country}):
        for term in row.get("terms") or ():
            if (
                term.get("duration") == line.term
                and str(term.get("billingCycle", "")).lower() == line.plan
                and row.get("isPurchasable", True)
            ):
                return row["catalogItemId"]
    raise base.RefusedError(
        f"{line.line_key}: {line.product_ref}/{line.sku_ref} is not sold in "
        f"{country} for {line.term}, billed {line.plan}.",
        "10013",
    )
