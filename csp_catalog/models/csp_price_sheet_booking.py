"""Carrying out the plan of a price sheet, in small transactions.

Each step is one queue job and knows where the last one stopped, so that a killed worker
costs one step. Prices are written as *pending*: they count for nothing. When all are
there, one transaction switches them on, corrects what they correct and moves the ends
that move. Then the offers go on sale, chunk by chunk.

Rows are inserted with `INSERT … SELECT` from the plan: `create` would take a second for
3,000 of them. The ORM loses nothing by it: `csp.price` has no stored computed field, no
field elsewhere depends on it and is stored (a test holds both), the checks are the
table's own, and the caches are emptied after every statement.
"""

import hashlib

from odoo import api, fields, models
from odoo.exceptions import LockError, UserError
from odoo.tools import SQL

from odoo.addons.queue_job.exception import RetryableJobError

from ..const import APPLY_PHASES, SHEET_TRANSITIONS

PRICE_CHUNK = 20_000
SALE_CHUNK = 5_000
ANALYZE_FROM = 5_000


class CspPriceSheet(models.Model):
    _inherit = "csp.price.sheet"

    # Where the background job stands.
    apply_phase = fields.Selection(
        APPLY_PHASES, string="Step", copy=False, readonly=True
    )
    apply_cursor = fields.Integer(copy=False, readonly=True)
    apply_done = fields.Integer(copy=False, readonly=True)
    apply_total = fields.Integer(copy=False, readonly=True)
    apply_progress = fields.Float(
        string="Progress", compute="_compute_apply_progress", digits=(16, 0)
    )
    is_running = fields.Boolean(copy=False, readonly=True)
    sold_product_ids = fields.Many2many(
        "product.product",
        "csp_price_sheet_sold_rel",
        string="Put on sale",
        copy=False,
        readonly=True,
        context={"active_test": False},
    )

    _running_uniq = models.UniqueIndex(
        "(program_id, company_id) WHERE is_running",
        "Another price sheet of this programme is being applied.",
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("apply_done", "apply_total", "state")
    def _compute_apply_progress(self):
        for sheet in self:
            sheet.apply_progress = (
                100.0 * sheet.apply_done / sheet.apply_total
                if sheet.apply_total
                else 0.0
            )

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _apply(self):
        """Apply the whole sheet in this transaction; see `_job_apply` for many."""
        self.ensure_one()
        if self.state == "applied":
            return self.browse()
        if self.state not in SHEET_TRANSITIONS["applied"]:
            raise UserError(
                self.env._("The price sheet %s is not ready to apply.", self.name)
            )
        self._set_applying()
        while self._apply_step():
            pass
        return self

    def _delay_apply(self):
        """Hand the next step to the queue."""
        self.ensure_one()
        self.with_delay(
            description=self.env._("Apply price sheet %s", self.name),
            identity_key=self._get_identity_key(),
        )._job_apply()

    def _get_identity_key(self):
        return f"csp.price.sheet.apply:{self.id}"

    def _job_apply(self):
        """Queue job: one step, then the next job. Nothing to do when cancelled."""
        self.ensure_one()
        if self.state == "applying" and self._apply_step():
            self._delay_apply()

    def _apply_step(self):
        """Do one step in this transaction; return whether there are more."""
        self._lock_apply()
        if self.state != "applying":
            return False
        phase = self.apply_phase or "waiting"
        return getattr(self, f"_apply_{phase}")()

    def _lock_apply(self):
        """Take the sheet and its programme, or try again later."""
        self.ensure_one()
        try:
            self.program_id.lock_for_update()
            self.lock_for_update()
        except LockError as error:
            raise RetryableJobError(
                "Another price sheet of this programme is being applied.",
                seconds=30,
                ignore_retry=True,
            ) from error

    def _apply_waiting(self):
        """Wait for the turn, and make sure that the plan is still the right one."""
        running = self.search_count(
            [
                ("program_id", "=", self.program_id.id),
                ("company_id", "=", self.company_id.id),
                ("is_running", "=", True),
                ("id", "!=", self.id),
            ],
            limit=1,
        )
        if running:
            raise RetryableJobError(
                "Another price sheet of this programme is being applied.",
                seconds=30,
                ignore_retry=True,
            )
        if hashlib.sha256(self._read_file()).hexdigest() != self.checksum:
            raise UserError(
                self.env._("The file of %s has changed: read it again.", self.name)
            )
        if self.base_stamp != self._get_base_stamp():
            # Prices have moved since somebody looked: what is booked is what is
            # true now.
            result = self._parse()
            if not result.is_accepted:
                raise UserError(
                    self.env._("The file of %s has changed: read it again.", self.name)
                )
            self._drop_rows()
            self._book_plan(result.rows)
        planned = self.env["csp.price.sheet.row"].search_count(
            [("sheet_id", "=", self.id)]
        )
        if planned >= ANALYZE_FROM:
            # Without fresh statistics the joins below may take a thousand times as
            # long: nothing has ever told the planner about these rows.
            self.env.cr.execute("ANALYZE csp_price_sheet_row")
        return self._start_phase(
            "prices", apply_done=0, apply_total=2 * planned, is_running=True
        )

    def _apply_prices(self):
        """Write the next chunk of prices; they are pending and count for nothing."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO csp_price (
                    create_uid, create_date, write_date,
                    program_id, company_id, sheet_id, sheet_row_ref, supersedes_id,
                    is_superseded, standing, product_id, product_ref, sku_ref,
                    segment, term, plan, market, currency_id, tier_min, tier_max,
                    unit_price, erp_price, valid_from, valid_to, ended_by_id,
                    title, publisher, tags, end_of_sale_date)
                SELECT %(uid)s, clock_timestamp() AT TIME ZONE 'UTC',
                       clock_timestamp() AT TIME ZONE 'UTC',
                       %(program)s, %(company)s, r.sheet_id, r.id, r.known_id,
                       TRUE, 'pending', v.id, r.product_ref, r.sku_ref,
                       r.segment, r.term, r.plan, r.market, c.id, r.tier_min,
                       r.tier_max, r.unit_price, r.erp_price, r.valid_from,
                       r.valid_to, r.ended_by_id, r.title, r.publisher, r.tags,
                       r.end_of_sale::date
                  FROM (SELECT * FROM csp_price_sheet_row
                         WHERE sheet_id = %(sheet)s AND id > %(cursor)s
                           AND verb IN ('create', 'replace')
                      ORDER BY id LIMIT %(chunk)s) r
                  JOIN res_currency c ON c.name = r.currency
             LEFT JOIN product_product v ON v.csp_key = CONCAT_WS('|',
                       %(code)s::text, r.product_ref, r.sku_ref, r.segment, r.term,
                       r.plan)
              ORDER BY r.id
             RETURNING sheet_row_ref
                """,
                uid=self.env.uid,
                program=self.program_id.id,
                company=self.company_id.id,
                code=self.program_id.code,
                sheet=self.id,
                cursor=self.apply_cursor,
                chunk=PRICE_CHUNK,
            )
        )
        written = [row_id for (row_id,) in self.env.cr.fetchall()]
        self.env["csp.price"].invalidate_model()
        if not written:
            return self._start_phase("switch")
        self.write(
            {
                "apply_cursor": max(written),
                "apply_done": self.apply_done + len(written),
            }
        )
        return True

    def _apply_switch(self):
        """Let the whole sheet take effect, in one transaction."""
        self.env.flush_all()
        moved = {}
        for name, statement in self._get_switch_statements().items():
            self.env.cr.execute(SQL(statement, sheet=self.id))
            moved[name] = self.env.cr.rowcount
        groups = dict(
            self.env["csp.price.sheet.row"]._read_group(
                [("sheet_id", "=", self.id)], ["verb"], ["__count"]
            )
        )
        expected = {
            "correct": groups.get("replace", 0),
            "close": groups.get("close", 0),
            "begin": groups.get("create", 0) + groups.get("replace", 0),
        }
        if moved != expected:
            # Cannot happen while one sheet runs at a time; if it does, nothing of
            # the sheet may count.
            raise UserError(
                self.env._("The prices of %s have changed: read it again.", self.name)
            )
        self.env.invalidate_all()
        if self.apply_total >= 2 * ANALYZE_FROM:
            # Not before the switch, which turns what they say upside down.
            self.env.cr.execute("ANALYZE csp_price")
        last = self._get_last_applied()
        return self._start_phase(
            "sale",
            apply_order=last.apply_order + 1,
            applied_at=fields.Datetime.now(),
            applied_by_id=self.applied_by_id.id or self.env.uid,
        )

    def _get_switch_statements(self):
        """Return the statements that make the plan true, in order."""
        return {
            "correct": """
                UPDATE csp_price p
                   SET is_superseded = TRUE, standing = 'corrected',
                       write_date = clock_timestamp() AT TIME ZONE 'UTC'
                  FROM csp_price_sheet_row r
                 WHERE r.sheet_id = %(sheet)s AND r.verb = 'replace'
                   AND p.id = r.known_id AND NOT p.is_superseded
            """,
            "close": """
                UPDATE csp_price p
                   SET valid_to = r.valid_to, ended_by_id = r.ended_by_id,
                       write_date = clock_timestamp() AT TIME ZONE 'UTC'
                  FROM csp_price_sheet_row r
                 WHERE r.sheet_id = %(sheet)s AND r.verb = 'close'
                   AND p.id = r.known_id AND NOT p.is_superseded
            """,
            "begin": """
                UPDATE csp_price
                   SET is_superseded = FALSE, standing = 'valid',
                       write_date = clock_timestamp() AT TIME ZONE 'UTC'
                 WHERE sheet_id = %(sheet)s AND standing = 'pending'
            """,
        }

    def _apply_sale(self):
        """Put the next offers on sale, by the programme's policy."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                SELECT id, known_id FROM csp_price_sheet_row
                 WHERE sheet_id = %s AND id > %s ORDER BY id LIMIT %s
                """,
                self.id,
                self.apply_cursor,
                SALE_CHUNK,
            )
        )
        rows = self.env.cr.fetchall()
        if not rows:
            self.write(
                {
                    "apply_phase": False,
                    "is_running": False,
                    "apply_done": self.apply_total,
                }
            )
            self._set_applied()
            return False
        found = self._read_sale_chunk(rows)
        products = self.env["product.product"].browse(
            sorted({product_id for _price, product_id in found if product_id})
        )
        if self.program_id.sale_policy != "manual":
            unsold = self.env["csp.price"].browse(
                price for price, product_id in found if not product_id
            )
            sold = (
                self.env["csp.sale.rule"]
                ._filter_sellable(unsold._take_one_per_variant())
                ._csp_create_products()
            )
            self.sold_product_ids = [fields.Command.link(v.id) for v in sold]
            products |= sold
        if products:
            products.with_company(self.company_id)._csp_sync_offers(products)
        self.write(
            {
                "apply_cursor": rows[-1][0],
                "apply_done": self.apply_done + len(rows),
            }
        )
        return True

    def _read_sale_chunk(self, rows):
        """Return [(price id, product id)] that the given rows have made or changed."""
        self.env.cr.execute(
            SQL(
                """
                SELECT id, product_id FROM csp_price
                 WHERE sheet_id = %s AND sheet_row_ref BETWEEN %s AND %s
             UNION ALL
                SELECT id, product_id FROM csp_price
                 WHERE id = ANY(%s) AND product_id IS NOT NULL
                """,
                self.id,
                rows[0][0],
                rows[-1][0],
                [known_id for _row_id, known_id in rows if known_id],
            )
        )
        return self.env.cr.fetchall()

    def _start_phase(self, phase, **values):
        """Go to the next phase; there is always more to do."""
        self.write({**values, "apply_phase": phase, "apply_cursor": 0})
        return True

    def _drop_pending(self):
        """Remove prices that never counted: nobody can have read them."""
        self.ensure_one()
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "DELETE FROM csp_price WHERE sheet_id = %s AND standing = 'pending'",
                self.id,
            )
        )
        self.env.invalidate_all()
