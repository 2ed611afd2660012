"""Reading the public table of products and the service plans they contain."""

from __future__ import annotations

import csv
import io
import re
from typing import NamedTuple

from .cells import CellError, read_text
from .files import FileError

COLUMNS = (
    "Product_Display_Name",
    "String_Id",
    "GUID",
    "Service_Plan_Name",
    "Service_Plan_Id",
)
FRIENDLY = "Service_Plans_Included_Friendly_Names"
MAX_ROWS = 100_000
MAX_CELL = 500

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")


class Plan(NamedTuple):
    """A component service."""

    ref: str
    name: str
    friendly_name: str


class Suite(NamedTuple):
    """A product of the table with the references of its component services."""

    ref: str
    part_number: str
    name: str
    plan_refs: tuple[str, ...]


class Table(NamedTuple):
    """What the file says, or what is wrong with it: never both."""

    plans: tuple[Plan, ...]
    suites: tuple[Suite, ...]
    errors: tuple[str, ...]


def decode(data: bytes) -> str:
    """Return the text. The public file is Windows-1252, saved copies are UTF-8."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "cp1252", "latin-1")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
        break
    raise FileError("This is not a text file. The table is a CSV file.")


def parse(text: str) -> Table:
    """Return the table; a row that is listed twice counts once."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        missing = [name for name in COLUMNS if name not in header]
        if missing:
            raise FileError(
                f"The columns {', '.join(missing)} are missing. Upload the table of "
                "product names and service plan identifiers as it was downloaded."
            )
        return _read(reader, header)
    except csv.Error as error:
        raise FileError(
            f"Row {reader.line_num} cannot be read as CSV: {error}."
        ) from error


def _read(reader, header):
    plans, suites, members, errors = {}, {}, {}, []
    for count, cells in enumerate(reader):
        if count >= MAX_ROWS:
            raise FileError(f"The table has more than {MAX_ROWS} rows.")
        if not any(cells):
            continue
        row = dict(zip(header, (_clean(cell) for cell in cells), strict=False))
        reason = _row_error(row)
        ref, plan_ref = (
            row.get("GUID", "").lower(),
            row.get("Service_Plan_Id", "").lower(),
        )
        known = suites.get(ref)
        if not reason and known and known.part_number != row["String_Id"]:
            reason = (
                f"the product {ref} is called {row['String_Id']} here and "
                f"{known.part_number} in a row before"
            )
        if reason:
            errors.append(f"Row {reader.line_num}: {reason}.")
            continue
        name = row["Product_Display_Name"]
        if not known:
            suites[ref] = Suite(ref, row["String_Id"], name, ())
        plans.setdefault(
            plan_ref,
            Plan(
                plan_ref,
                row["Service_Plan_Name"],
                row.get(FRIENDLY) or row["Service_Plan_Name"],
            ),
        )
        members.setdefault(ref, {})[plan_ref] = True
    if errors:
        return Table((), (), tuple(errors))
    if not suites:
        raise FileError("The table has no rows.")
    return Table(
        tuple(plans.values()),
        tuple(
            suite._replace(plan_refs=tuple(members[suite.ref]))
            for suite in suites.values()
        ),
        (),
    )


def _row_error(row):
    for name in COLUMNS:
        value = row.get(name)
        if not value:
            return f"{name} is empty"
        if len(value) > MAX_CELL:
            return f"{name} is longer than {MAX_CELL} characters"
        try:
            read_text(value)
        except CellError as error:
            return f"{name}: {str(error).rstrip('.')}"
    for name in ("GUID", "Service_Plan_Id"):
        if not _GUID.match(row[name].lower()):
            return (
                f"{name} is not an identifier such as "
                "f245ecc8-75af-4f8e-b61f-27d8114de5f3"
            )
    return None


def _clean(cell):
    """Return a cell without the hard spaces that the public table is full of."""
    return cell.replace("\u00a0", " ").replace("\u200b", "").strip()
