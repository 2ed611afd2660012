"""Read a vendor's price sheet: bytes in, rows and errors out.

``parse`` never raises for what is in the file. One broken row makes the sheet refused:
``SheetResult.errors`` then tells row number, column and reason, and nothing of the
sheet may be used.
"""

from __future__ import annotations

import csv
import hashlib
from datetime import datetime
from decimal import Decimal
from operator import itemgetter
from typing import NamedTuple

from ..const import PLANS_BY_TERM, TERMS
from . import cells, files
from .cells import CellError
from .files import FileError

MAX_BYTES = 128 * 1024 * 1024
MAX_ROWS = 500_000
MAX_ERRORS = 5_000
MAX_CELL = 10_000

# Header as we know it (letters and digits only, lower case): (field, is required).
COLUMNS = {
    "producttitle": ("title", True),
    "productid": ("product_ref", True),
    "skuid": ("sku_ref", True),
    "skutitle": ("sku_title", False),
    "publisher": ("publisher", False),
    "skudescription": ("description", False),
    "unitofmeasure": ("unit", False),
    "termduration": ("term", True),
    "billingplan": ("plan", True),
    "market": ("market", True),
    "currency": ("currency", True),
    "unitprice": ("unit_price", True),
    "pricingtierrangemin": ("tier_min", False),
    "pricingtierrangemax": ("tier_max", False),
    "effectivestartdate": ("valid_from", True),
    "effectiveenddate": ("valid_to", True),
    "tags": ("tags", False),
    "erpprice": ("erp_price", True),
    "segment": ("segment", False),
    "endofsaledate": ("end_of_sale", False),
    "changeindicator": ("change", False),
}
LABELS = {
    "title": "ProductTitle",
    "product_ref": "ProductId",
    "sku_ref": "SkuId",
    "sku_title": "SkuTitle",
    "publisher": "Publisher",
    "description": "SkuDescription",
    "unit": "UnitOfMeasure",
    "term": "TermDuration",
    "plan": "BillingPlan",
    "market": "Market",
    "currency": "Currency",
    "unit_price": "UnitPrice",
    "tier_min": "PricingTierRangeMin",
    "tier_max": "PricingTierRangeMax",
    "valid_from": "EffectiveStartDate",
    "valid_to": "EffectiveEndDate",
    "tags": "Tags",
    "erp_price": "ERP Price",
    "segment": "Segment",
    "end_of_sale": "EndofSaleDate",
    "change": "ChangeIndicator",
}
PLAN_WORDS = {
    "monthly": "monthly",
    "annual": "annual",
    "triennial": "triennial",
    "onetime": "one_time",
    "none": "none",
}
SEGMENT_WORDS = {
    "": "commercial",
    "commercial": "commercial",
    "education": "education",
    "government": "government",
    "charity": "charity",
    "nonprofit": "charity",
}
_QUOTES = str.maketrans(dict.fromkeys("\u201c\u201d\u201e\u201f\u2033", '"'))


class SheetRow(NamedTuple):
    """One price of one offer. Times are naive UTC, half-open, None where open."""

    line: int
    title: str
    product_ref: str
    sku_ref: str
    sku_title: str
    publisher: str
    description: str
    unit: str
    term: str
    plan: str
    market: str
    currency: str
    unit_price: Decimal
    tier_min: int
    tier_max: int
    valid_from: datetime | None
    valid_to: datetime | None
    tags: tuple[str, ...]
    erp_price: Decimal
    segment: str
    end_of_sale: datetime | None = None
    change: str = ""  # the vendor's own word; we compare by ourselves

    @property
    def offer_key(self) -> tuple[str, str, str]:
        """What makes a product: vendor product, SKU, segment."""
        return self.product_ref, self.sku_ref, self.segment

    @property
    def identity(self) -> tuple:
        """What may occur once in a sheet."""
        return _get_identity(self)


_get_identity = itemgetter(
    *(
        SheetRow._fields.index(name)
        for name in (
            "product_ref",
            "sku_ref",
            "segment",
            "term",
            "plan",
            "market",
            "currency",
            "tier_min",
            "tier_max",
            "valid_from",
        )
    )
)


class SheetError(NamedTuple):
    """Why a row is refused. ``line`` 0 speaks about the whole file."""

    line: int
    column: str
    reason: str
    value: str = ""


class SheetResult(NamedTuple):
    """What was read. Use the rows only when there are no errors."""

    rows: tuple[SheetRow, ...]
    errors: tuple[SheetError, ...]
    checksum: str
    row_count: int = 0
    error_count: int = 0

    @property
    def is_accepted(self) -> bool:
        return not self.error_count


# --------------------------------------------------------------------------
# PARSE
# --------------------------------------------------------------------------


def checksum(content: bytes) -> str:
    """Return the fingerprint of a file."""
    return hashlib.sha256(content).hexdigest()


def parse(
    content: bytes,
    *,
    market: str | None = None,
    max_rows: int = MAX_ROWS,
    max_bytes: int = MAX_BYTES,
) -> SheetResult:
    """Read a price sheet (CSV, or a zip with one CSV in it).

    With ``market`` given, rows of another market are errors.
    """
    mark = checksum(content)
    try:
        data = files.unpack(content, max_bytes)
        text = files.open_text(data)
        try:
            columns = _read_header(text.readline())
            reader = _Reader(columns, market and market.upper(), max_rows)
            reader.read_rows(text)
        except UnicodeError:
            raise files.encoding_error(data) from None
    except FileError as error:
        return SheetResult((), (SheetError(0, "", str(error)),), mark, 0, 1)
    rows = () if reader.error_count else tuple(reader.rows)
    return SheetResult(
        rows, tuple(reader.errors), mark, reader.row_count, reader.error_count
    )


def _read_header(first: str) -> list[str | None]:
    """Return the field name, or None, per column."""
    # Only the first line: one vendor sample closes its last header with a
    # typographic quote, and a CSV reader would swallow the next rows.
    first = first.translate(_QUOTES).rstrip("\r\n")
    if "\0" in first:
        raise FileError("This is not a text file. A price sheet is a CSV file.")
    try:
        names = next(csv.reader([first], strict=True), [])
    except csv.Error:
        names = first.replace('"', "").split(",")
    if len(names) < 2 and ";" in first:
        raise FileError(
            "The columns are separated with semicolons. Download the sheet again and "
            "do not save it with a spreadsheet program."
        )
    columns = []
    for name in names:
        word = "".join(char for char in name.lower() if char.isalnum())
        field = COLUMNS.get(word, (None,))[0]
        if field and field in columns:
            raise FileError(f"The column {LABELS[field]} is there twice.")
        columns.append(field)
    missing = [
        LABELS[field]
        for field, required in COLUMNS.values()
        if required and field not in columns
    ]
    if missing:
        raise FileError(
            f"This is not a price sheet: the header lacks {', '.join(missing)}."
        )
    return columns


class _Reader:
    """Reads the body of one sheet."""

    def __init__(self, columns, market, max_rows):
        self.columns = columns
        self.width = len(columns)
        self.market = market
        self.max_rows = max_rows
        self.rows = []
        self.errors = []
        self.error_count = 0
        self.row_count = 0
        self.seen = {}
        readers = _make_readers()
        places = {field: index for index, field in enumerate(columns) if field}
        # What a row is without the columns that this sheet lacks.
        self.blank = [None] * len(SheetRow._fields)
        self.plan = []
        for position, field in enumerate(SheetRow._fields[1:], 1):
            if field in places:
                self.plan.append(
                    (position, places[field], {}, readers[field], LABELS[field])
                )
            else:
                self.blank[position] = readers[field]("")

    def read_rows(self, body):
        """Read all rows; stop early when the file is hopeless."""
        lines = csv.reader(body, strict=True)
        try:
            for record in lines:
                if not any(record):
                    continue
                self.row_count += 1
                if self.row_count > self.max_rows:
                    self._refuse(
                        0,
                        "",
                        f"More than {self.max_rows} rows. Import one market at a time.",
                    )
                    return
                self._read_row(lines.line_num + 1, record)
        except csv.Error as error:
            self._refuse(
                lines.line_num + 1,
                "",
                f"The quotes of this row do not match ({error}).",
            )
        if not self.row_count and not self.error_count:
            self._refuse(0, "", "The sheet has a header but no rows.")

    def _read_row(self, line, record):
        if len(record) != self.width:
            self._refuse(
                line,
                "",
                f"The row has {len(record)} columns, the header has {self.width}.",
            )
            return
        values = self.blank[:]
        values[0] = line
        failed = False
        for position, index, known, read, label in self.plan:
            cell = record[index]
            try:
                # A sheet repeats its words: most cells have been read before.
                values[position] = known[cell]
            except KeyError:
                try:
                    values[position] = known[cell] = read(cell.strip())
                except CellError as error:
                    self._refuse(line, label, str(error), cell.strip())
                    failed = True
        if failed:
            return
        row = SheetRow._make(values)
        problem = self._check_row(row)
        if problem:
            self._refuse(line, *problem)
            return
        self._keep(row)

    def _check_row(self, row):
        """Return (column, reason, value) of what does not fit together, or None."""
        if self.market and row.market != self.market:
            return "Market", f"The sheet is for {self.market}.", row.market
        if row.plan not in PLANS_BY_TERM[row.term]:
            return "BillingPlan", f"Not possible with a term of {row.term}.", row.plan
        if row.valid_from and row.valid_to and row.valid_to <= row.valid_from:
            return "EffectiveEndDate", "The end is before the start.", ""
        if row.tier_max and row.tier_max < row.tier_min:
            return (
                "PricingTierRangeMax",
                "The tier ends below its start.",
                str(row.tier_max),
            )
        return None

    def _keep(self, row):
        """Add the row; rows that repeat a price merge, rows that contradict do not."""
        place = self.seen.setdefault(row.identity, len(self.rows))
        if place == len(self.rows):
            self.rows.append(row)
            return
        first = self.rows[place]
        if (first.unit_price, first.erp_price) != (row.unit_price, row.erp_price):
            self._refuse(
                row.line,
                "UnitPrice",
                f"Row {first.line} has another price for the same offer, currency, "
                "tier and start date.",
                str(row.unit_price),
            )
        elif first.valid_to and (not row.valid_to or row.valid_to > first.valid_to):
            self.rows[place] = first._replace(valid_to=row.valid_to)

    def _refuse(self, line, column, reason, value=""):
        self.error_count += 1
        if len(self.errors) < MAX_ERRORS:
            shown = cells.neutral(value[:100])
            self.errors.append(SheetError(line, column, reason, shown))


def _make_readers():
    """Return a reader per field."""
    free = _read_free_text
    return {
        "title": _read_title,
        "product_ref": cells.read_ref,
        "sku_ref": cells.read_sku,
        "sku_title": free,
        "publisher": free,
        "description": free,
        "unit": free,
        "term": cells.one_of(
            {term.lower(): term for term in TERMS},
            f"Unknown term. We know {', '.join(TERMS)}.",
        ),
        "plan": cells.one_of(
            PLAN_WORDS,
            "Unknown billing plan. We know Monthly, Annual, Triennial, OneTime, None.",
        ),
        "market": cells.read_market,
        "currency": cells.read_currency,
        "unit_price": cells.read_price,
        "tier_min": cells.read_tier,
        "tier_max": cells.read_tier,
        "valid_from": cells.read_start,
        "valid_to": cells.read_end,
        "tags": _read_tags,
        "erp_price": cells.read_price,
        "segment": cells.one_of(
            SEGMENT_WORDS,
            "Unknown segment. We know Commercial, Education, Government, Charity.",
        ),
        "end_of_sale": cells.read_end,
        "change": free,
    }


def _read_title(text):
    if not text:
        raise CellError("The title is missing.")
    return _read_free_text(text)


def _read_free_text(text):
    if len(text) > MAX_CELL:
        raise CellError(f"The text is longer than {MAX_CELL} characters.")
    return cells.read_text(text)


def _read_tags(text):
    return tuple(part.strip() for part in text.split(";") if part.strip())
