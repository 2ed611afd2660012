"""The offer matrix: smallest and largest quantity, prerequisites (Partner Center,
"Pricing and offers"), as the catalogue shows them on a SKU and as CSV.

Command line: ``python -m simulator.matrix --seed 7 > matrix.csv``.
"""

from __future__ import annotations

import argparse
import csv
import sys
import uuid

from . import catalogue, products
from . import catalogue_data as data

HEADER = (
    "ProductTitle",
    "ProductId",
    "SkuId",
    "SkuTitle",
    "ProvisioningId",
    "ProvisioningString",
    "MinLicenses",
    "MaxLicenses",
    "AssetOwnershipLimit",
    "AssetOwnershipLimitType",
    "ProductSkuPreRequisites",
    "ProductSkuConversion",
    "Description",
    "AllowedCountries",
)
_NAMESPACE = uuid.UUID("0b0f2d0c-6a0a-4a6e-9d6d-7a3f0f3f4c55")


def rows(seed=7):
    """Yield a row per SKU, in the order of HEADER."""
    for (product_id, sku_id), group in catalogue.offers_by_sku(seed).items():
        first = group[0]
        key = f"{product_id}/{sku_id}"
        trial = first.kind == "trial"
        yield (
            first.product_title,
            product_id,
            sku_id,
            first.sku_title,
            str(uuid.uuid5(_NAMESPACE, key)),
            "".join(letter for letter in first.sku_title.upper() if letter.isalnum()),
            str(data.MINIMUM_SEATS.get(product_id, 1)),
            str(products.maximum_seats(first)),
            "1" if trial else "",
            "LifetimeCount" if trial else "",
            ";".join(data.PREREQUISITES.get(product_id, ())),
            "",
            first.sku_title,
            "",
        )


def main(argv=None) -> int:
    """Write the matrix to standard output."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args(argv)
    writer = csv.writer(sys.stdout, quoting=csv.QUOTE_ALL)
    writer.writerow(HEADER)
    writer.writerows(rows(options.seed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
