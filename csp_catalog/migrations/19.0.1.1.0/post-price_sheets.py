"""Say of the prices and sheets kept so far what new ones say by themselves."""


def migrate(cr, version):
    """Corrected prices, and the order in which sheets were applied."""
    cr.execute("UPDATE csp_price SET standing = 'corrected' WHERE is_superseded")
    cr.execute(
        """
        UPDATE csp_price_sheet s
           SET apply_order = n.number
          FROM (SELECT id, row_number() OVER (
                           PARTITION BY program_id, company_id ORDER BY applied_at, id
                       ) AS number
                  FROM csp_price_sheet WHERE state = 'applied') n
         WHERE n.id = s.id
        """
    )
    # Replaced by fewer and narrower ones.
    for index in ("company_id", "product_id", "sheet_id"):
        cr.execute(f"DROP INDEX IF EXISTS csp_price__{index}_index")
