from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..const import FORM_MEMORY_DAYS


class CspPortalRequest(models.Model):
    """A form that was sent, so that a double click or a reload has one effect."""

    _name = "csp.portal.request"
    _description = "Form sent from the portal"
    _order = "id desc"
    _log_access = True

    # Identity
    company_id = fields.Many2one("res.company", required=True, index=True)
    user_id = fields.Many2one("res.users", required=True, ondelete="cascade")
    kind = fields.Char(required=True)
    token = fields.Char(required=True)

    # Result
    url = fields.Char(help="Where the first sending led to.")

    _token_unique = models.UniqueIndex("(user_id, kind, token)")

    # --------------------------------------------------------------------------
    # BUSINESS
    # --------------------------------------------------------------------------

    @api.model
    def _claim(self, kind, token):
        """Return the record of a form and whether this is its first sending.

        The unique index decides between two requests at the same time: the second
        one waits, fails to serialise and is run again by Odoo, and then finds the
        answer of the first.
        """
        values = {
            "company_id": self.env.company.id,
            "user_id": self.env.uid,
            "kind": kind,
            "token": token,
        }
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO csp_portal_request
                    (company_id, user_id, kind, token,
                     create_uid, create_date, write_uid, write_date)
                VALUES (%(company_id)s, %(user_id)s, %(kind)s, %(token)s,
                        %(user_id)s, now() AT TIME ZONE 'UTC',
                        %(user_id)s, now() AT TIME ZONE 'UTC')
                ON CONFLICT DO NOTHING RETURNING id
                """,
                **values,
            )
        )
        if rows:
            return self.browse(rows[0][0]), True
        found = self.search(
            [("user_id", "=", self.env.uid), ("kind", "=", kind), ("token", "=", token)]
        )
        return found, False

    # --------------------------------------------------------------------------
    # CRON
    # --------------------------------------------------------------------------

    @api.autovacuum
    def _gc_requests(self):
        """Forget forms that nobody sends again."""
        limit = fields.Datetime.now() - timedelta(days=FORM_MEMORY_DAYS)
        self.search([("create_date", "<", limit)], limit=10_000).unlink()
