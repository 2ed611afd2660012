"""Taking away what a test has committed, in whatever add-on it made rows."""

from psycopg2 import IntegrityError

from odoo.tools import SQL, mute_logger


class Leftovers:
    """Remembers the last row of every table; removes the younger ones afterwards.

    Also rows of add-ons above, which this add-on cannot know: a confirmed order may
    have made an invoice as well.
    """

    def __init__(self, cr):
        cr.execute(
            "SELECT table_name FROM information_schema.columns"
            " JOIN information_schema.tables USING (table_schema, table_name)"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
            " AND column_name = 'id' AND data_type IN ('integer', 'bigint')"
        )
        self.last = {table: self._last_id(cr, table) for (table,) in cr.fetchall()}

    def _last_id(self, cr, table):
        cr.execute(SQL("SELECT COALESCE(MAX(id), 0) FROM %s", SQL.identifier(table)))
        return cr.fetchone()[0]

    def remove(self, cr):
        """Delete the younger rows; what is referred to goes in a later round."""
        # A line and its subscription name each other.
        cr.execute(
            "UPDATE sale_order_line SET csp_subscription_id = NULL WHERE id > %s",
            (self.last["sale_order_line"],),
        )
        left = [t for t, last in self.last.items() if self._last_id(cr, t) > last]
        while left:
            stuck = [table for table in left if not self._delete(cr, table)]
            assert len(stuck) < len(left), f"rows name each other: {stuck}"
            left = stuck

    def _delete(self, cr, table):
        try:
            with cr.savepoint(flush=False), mute_logger("odoo.sql_db"):
                cr.execute(
                    SQL(
                        "DELETE FROM %s WHERE id > %s",
                        SQL.identifier(table),
                        self.last[table],
                    )
                )
        except IntegrityError:
            return False
        return True
