"""What a price sheet would do: every change is kept as a row, ready to be carried out.

The rows are the preview that people look at, the plan that the background jobs work
through, and the memory that undoing needs.
"""

import io
from decimal import Decimal
from sys import intern

from odoo import fields, models
from odoo.tools import SQL

from ..engine import prices
from ..engine.prices import PriceRow

BATCH = 10_000
COLUMNS = (
    "status",
    "verb",
    "line_number",
    "title",
    "sku_title",
    "product_ref",
    "sku_ref",
    "segment",
    "term",
    "plan",
    "market",
    "currency",
    "tier_min",
    "tier_max",
    "publisher",
    "description",
    "tags",
    "end_of_sale",
    "old_unit_price",
    "unit_price",
    "old_erp_price",
    "erp_price",
    "cost_change",
    "erp_change",
    "valid_from",
    "valid_to",
    "known_id",
    "old_valid_to",
    "old_ended_by_id",
    "ended_by_id",
)
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


class CspPriceSheet(models.Model):
    _inherit = "csp.price.sheet"

    base_stamp = fields.Char(
        copy=False, readonly=True, help="The prices that the changes were compared to."
    )

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _book_plan(self, rows):
        """Compare with the stored prices and keep every change."""
        self.ensure_one()
        self.base_stamp = self._get_base_stamp()
        changes = self._get_diff(rows)
        self._write_counts(changes.counts, 0)
        self._copy_rows(changes.changes)

    def _get_diff(self, rows):
        """Return what ``rows`` would change in the stored prices."""
        self.ensure_one()
        known = self._read_known({row.market for row in rows})
        newer = self._get_newer_sheets({row.market for row in rows})
        everything = [price for price, _view in known]
        changes = prices.diff(rows, everything, newer, self.price_view)
        if self.is_complete:
            same_list = [price for price, view in known if view == self.price_view]
            prices.add_withdrawn(changes, rows, same_list, self.as_of, self.id, newer)
        return changes

    def _read_known(self, markets):
        """Return [(PriceRow, list it comes from)] of the prices in force.

        Straight from the database: a record per price would cost ten times as much.
        """
        self.env["csp.price"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                SELECT p.product_ref, p.sku_ref, p.segment, p.term, p.plan, p.market,
                       c.name, p.tier_min, p.tier_max, p.valid_from, p.valid_to,
                       p.unit_price::text, p.erp_price::text, p.id,
                       COALESCE(p.ended_by_id, 0), p.end_of_sale_date,
                       s.price_view
                  FROM csp_price p
                  JOIN res_currency c ON c.id = p.currency_id
             LEFT JOIN csp_price_sheet s ON s.id = p.sheet_id
                 WHERE p.program_id = %s AND p.company_id = %s
                   AND p.market = ANY(%s) AND NOT p.is_superseded
                """,
                self.program_id.id,
                self.company_id.id,
                list(markets),
            )
        )
        amounts, found = {}, []
        while batch := self.env.cr.fetchmany(BATCH):
            for row in batch:
                for text in row[11:13]:
                    if text not in amounts:
                        amounts[text] = Decimal(text)
                price = PriceRow(
                    *map(intern, row[:7]),
                    *row[7:11],
                    amounts[row[11]],
                    amounts[row[12]],
                    *row[13:16],
                )
                found.append((price, row[16]))
        return found

    def _get_base_stamp(self):
        """Return a word that changes whenever the prices of this programme do."""
        self.env["csp.price"].flush_model()
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                SELECT (SELECT CONCAT_WS('|', COUNT(*), MAX(id), MAX(write_date))
                          FROM csp_price WHERE program_id = %(program)s
                           AND company_id = %(company)s),
                       (SELECT CONCAT_WS('|', COUNT(*), MAX(apply_order))
                          FROM csp_price_sheet WHERE program_id = %(program)s
                           AND company_id = %(company)s AND state = 'applied')
                """,
                program=self.program_id.id,
                company=self.company_id.id,
            )
        )
        return " ".join(self.env.cr.fetchone())

    def _drop_rows(self):
        """Forget what the file would have changed or was refused for."""
        self.ensure_one()
        rows = self.env["csp.price.sheet.row"]
        rows.flush_model()
        # One statement: a hundred thousand rows of a plan are no records to anybody.
        self.env.cr.execute(
            SQL("DELETE FROM csp_price_sheet_row WHERE sheet_id = %s", self.id)
        )
        rows.invalidate_model()
        self.invalidate_recordset(["row_ids", "error_ids", "preview_row_ids"])

    def _copy_rows(self, changes):
        """Write the changes with COPY.

        `create` would take a second for 2,500 rows. Nothing of the ORM is skipped that
        matters: the model has no stored computed field but the company, no override of
        `create`, and its rows are read only after the caches are emptied below.
        """
        self.ensure_one()
        self.flush_recordset()
        # Who and when is said by the sheet; a foreign key per row costs its look-up.
        constant = f"{self.id}\t{self.company_id.id}\t{fields.Datetime.now()}"
        names = f"sheet_id, company_id, create_date, {', '.join(COLUMNS)}"
        kept = [change for change in changes if change.status != prices.UNCHANGED]
        for start in range(0, len(kept), BATCH):
            stream = io.StringIO()
            for change in kept[start : start + BATCH]:
                stream.write(f"{constant}\t{_line(_cells(change))}\n")
            stream.seek(0)
            self.env.cr.copy_expert(
                f"COPY csp_price_sheet_row ({names}) FROM STDIN", stream
            )
        self.env.cr.execute(
            SQL(
                """
                UPDATE csp_price_sheet_row r
                   SET title = p.title, publisher = p.publisher, tags = p.tags
                  FROM csp_price p
                 WHERE r.sheet_id = %s AND r.title IS NULL AND p.id = r.known_id
                """,
                self.id,
            )
        )
        self.env["csp.price.sheet.row"].invalidate_model()
        self.invalidate_recordset(["row_ids", "error_ids", "preview_row_ids"])

    def _write_counts(self, counts, refused):
        self.write(
            {
                "new_count": counts.get(prices.NEW, 0),
                "changed_count": counts.get(prices.CHANGED, 0),
                "ended_count": counts.get(prices.ENDED, 0),
                "unchanged_count": counts.get(prices.UNCHANGED, 0),
                "refused_count": refused,
            }
        )


def _cells(change):
    """Return the values of one row, in the order of COLUMNS."""
    row, known, before = change.row, change.known, change.before
    source = row or known
    if known is None:
        verb = "create"
    elif row is None or prices.is_same_price(row, known):
        verb = "close"
    else:
        verb = "replace"
    return (
        change.status,
        verb,
        row.line if row else 0,
        _text(row.sku_title or row.title) if row else None,
        _text(row.sku_title) if row else None,
        source.product_ref,
        source.sku_ref,
        source.segment,
        source.term,
        source.plan,
        source.market,
        source.currency,
        source.tier_min,
        source.tier_max,
        _text(row.publisher) if row else None,
        _text(row.description) if row else None,
        _text(";".join(row.tags)) if row else None,
        row.end_of_sale if row else None,
        before.unit_price if before else 0,
        source.unit_price,
        before.erp_price if before else 0,
        source.erp_price,
        _share(source.unit_price, before and before.unit_price),
        _share(source.erp_price, before and before.erp_price),
        source.valid_from,
        change.valid_to,
        known.price_id if known else None,
        known.valid_to if known else None,
        known.ended_by or None if known else None,
        change.ended_by or None,
    )


def _share(new, old):
    """Return by how much of the old price the new one is higher."""
    return round((new - old) / old, 4) if old else 0


def _line(values):
    """Return one line of COPY's text format.

    The engine's words, numbers and instants need no escaping, free text does.
    """
    return "\t".join([r"\N" if value is None else str(value) for value in values])


def _text(value):
    """Return free text as COPY reads it; None when there is none."""
    return value.translate(_ESCAPES) if value else None
