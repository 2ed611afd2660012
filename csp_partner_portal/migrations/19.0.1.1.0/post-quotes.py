"""Who wrote the orders that are there: not the one who updates the add-on."""


def migrate(cr, version):
    """Fill in author and role from who created each order."""
    cr.execute(
        """
        UPDATE sale_order
           SET csp_author_id = author.id,
               csp_author_role = CASE
                   WHEN author.share IS NOT TRUE THEN 'distributor'
                   WHEN company.is_csp_reseller THEN 'reseller'
                   ELSE 'customer'
               END
          FROM res_users author
          JOIN res_partner person ON person.id = author.partner_id
          LEFT JOIN res_partner company ON company.id = person.commercial_partner_id
         WHERE author.id = sale_order.create_uid
        """
    )
