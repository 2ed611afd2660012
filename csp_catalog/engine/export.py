"""Lists that people download: CSV and XLSX in which no cell is ever executed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from . import cells


def to_csv(header: Iterable[str], rows: Iterable[Iterable]) -> bytes:
    """Return a CSV file that spreadsheet programs open in the right encoding."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow([_safe(value) for value in row])
    return stream.getvalue().encode("utf-8-sig")


def to_xlsx(header: Iterable[str], rows: Iterable[Iterable], title: str) -> bytes:
    """Return an XLSX file with one sheet; text is text, whatever it starts with."""
    import xlsxwriter

    stream = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(stream, options) as book:
        page = book.add_worksheet(title[:31])
        bold = book.add_format({"bold": True})
        for column, name in enumerate(header):
            page.write_string(0, column, name, bold)
        for number, row in enumerate(rows, 1):
            for column, value in enumerate(row):
                if isinstance(value, (int, float)):
                    page.write_number(number, column, value)
                else:
                    # Safe here already; not any more once saved as CSV.
                    page.write_string(number, column, _safe(value))
        page.freeze_panes(1, 0)
    return stream.getvalue()


def _safe(value):
    if isinstance(value, str):
        # Twice neutral is neutral: the reason was written by us, the value is not.
        return value if value.startswith("'") else cells.neutral(value)
    return "" if value is None else value
