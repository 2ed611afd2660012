"""Undoing the sheet that was applied last."""

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class CspPriceSheet(models.Model):
    _inherit = "csp.price.sheet"

    undone_at = fields.Datetime(string="Undone on", copy=False, readonly=True)
    undone_by_id = fields.Many2one(
        "res.users", string="Undone by", copy=False, readonly=True
    )

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_undo(self):
        """Put the prices back as they were before this sheet."""
        self.ensure_one()
        self.check_access("write")
        self._undo()

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _undo(self):
        """Restore exactly the prices from before; record that these ones are undone.

        Nothing is deleted: order lines go on naming the price they were made with.
        """
        self.ensure_one()
        self._lock_apply()
        if self.state != "applied" or self != self._get_last_applied():
            raise UserError(
                self.env._(
                    "Only the sheet that was applied last can be undone. Undo the "
                    "later ones first."
                )
            )
        if self.search_count(
            [
                ("program_id", "=", self.program_id.id),
                ("company_id", "=", self.company_id.id),
                ("is_running", "=", True),
            ],
            limit=1,
        ):
            raise UserError(self.env._("Another price sheet is being applied: wait."))
        rows = self.env["csp.price.sheet.row"].search([("sheet_id", "=", self.id)])
        concerned = (
            self.with_context(active_test=False).price_ids.product_id
            | rows.known_id.product_id
        )
        self.env.flush_all()
        sold = self.with_context(active_test=False).sold_product_ids
        for statement in self._get_undo_statements():
            self.env.cr.execute(SQL(statement, sheet=self.id, sold=sold.ids))
        self.env.invalidate_all()
        # Off sale, and back with a sheet that prices them again.
        sold.write({"active": False, "csp_is_withdrawn": True})
        rest = concerned - sold
        rest.with_company(self.company_id)._csp_sync_offers(rest)
        offers = sold.product_tmpl_id.with_company(self.company_id)
        offers._csp_sync_end_of_sale()
        self.write({"undone_at": fields.Datetime.now(), "undone_by_id": self.env.uid})
        self.message_post(body=self.env._("The prices are as they were before."))
        return self._set_undone()

    def _get_undo_statements(self):
        """Return the statements that reverse the plan, in order.

        Its own prices step down first: a corrected price takes their place again.
        """
        return (
            """
            UPDATE csp_price
               SET is_superseded = TRUE, standing = 'revoked',
                   write_date = clock_timestamp() AT TIME ZONE 'UTC'
             WHERE sheet_id = %(sheet)s
            """,
            """
            UPDATE csp_price p
               SET is_superseded = FALSE, standing = 'valid',
                   write_date = clock_timestamp() AT TIME ZONE 'UTC'
              FROM csp_price_sheet_row r
             WHERE r.sheet_id = %(sheet)s AND r.verb = 'replace' AND p.id = r.known_id
            """,
            """
            UPDATE csp_price p
               SET valid_to = r.old_valid_to, ended_by_id = r.old_ended_by_id,
                   write_date = clock_timestamp() AT TIME ZONE 'UTC'
              FROM csp_price_sheet_row r
             WHERE r.sheet_id = %(sheet)s AND r.verb = 'close' AND p.id = r.known_id
            """,
            # What it put on sale was not on sale before, whatever older prices it had.
            """
            UPDATE csp_price p
               SET product_id = NULL,
                   write_date = clock_timestamp() AT TIME ZONE 'UTC'
              FROM csp_price_sheet s
             WHERE s.id = %(sheet)s AND p.product_id = ANY(%(sold)s)
               AND p.company_id = s.company_id AND p.standing != 'revoked'
            """,
        )
