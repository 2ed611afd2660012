"""Give the price sheets imported so far the moment they speak of."""


def migrate(cr, version):
    """Fill the column before Odoo demands that it is never empty."""
    cr.execute("ALTER TABLE csp_price_sheet ADD COLUMN IF NOT EXISTS as_of timestamp")
    cr.execute(
        r"""
        UPDATE csp_price_sheet
           SET as_of = CASE
                   WHEN month ~ '^\d{4}(0[1-9]|1[0-2])$' THEN to_date(month, 'YYYYMM')
                   WHEN timeline = 'future'
                   THEN date_trunc('month', create_date) + interval '1 month'
                   ELSE date_trunc('second', create_date)
               END
         WHERE as_of IS NULL
        """
    )
