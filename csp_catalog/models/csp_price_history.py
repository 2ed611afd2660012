"""Vendor prices month by month, as rows that a chart can draw."""

from odoo import fields, models, tools

from ..const import PLAN_SELECTION, TERM_SELECTION


class CspPriceHistory(models.Model):
    _name = "csp.price.history"
    _description = "Vendor Price by Month"
    _auto = False
    _order = "month, kind"

    product_id = fields.Many2one("product.product", readonly=True)
    product_tmpl_id = fields.Many2one("product.template", string="Offer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    market = fields.Char(readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    term = fields.Selection(TERM_SELECTION, readonly=True)
    plan = fields.Selection(PLAN_SELECTION, string="Billing", readonly=True)
    month = fields.Date(readonly=True)
    kind = fields.Selection(
        [("cost", "Cost"), ("list", "List price")], string="Price", readonly=True
    )
    amount = fields.Float(
        string="Per user and month",
        digits=(16, 4),
        readonly=True,
        aggregator="avg",
        groups="base.group_user",
    )

    def init(self):
        """Create the view: a row per price, month in which it is valid, and kind."""
        tools.drop_view_if_exists(self.env.cr, self._table)
        self.env.cr.execute(
            """
            CREATE VIEW csp_price_history AS
            SELECT price.id * 8192
                   + (EXTRACT(YEAR FROM months.month)::bigint - 2000) * 24
                   + EXTRACT(MONTH FROM months.month)::bigint * 2
                   + kinds.number AS id,
                   price.product_id,
                   variant.product_tmpl_id,
                   price.company_id,
                   price.market,
                   price.currency_id,
                   price.term,
                   price.plan,
                   months.month::date AS month,
                   kinds.kind,
                   kinds.amount / CASE price.term
                       WHEN 'P1Y' THEN 12 WHEN 'P3Y' THEN 36 WHEN 'P5Y' THEN 60
                       ELSE 1 END AS amount
              FROM csp_price price
              JOIN product_product variant ON variant.id = price.product_id
             CROSS JOIN LATERAL (
                VALUES (0, 'cost', price.unit_price), (1, 'list', price.erp_price)
                  ) AS kinds (number, kind, amount)
             CROSS JOIN LATERAL GENERATE_SERIES(
                    DATE_TRUNC('month', GREATEST(
                        COALESCE(price.valid_from, '2000-01-01'),
                        NOW() AT TIME ZONE 'UTC' - INTERVAL '36 months')),
                    LEAST(
                        COALESCE(price.valid_to, 'infinity') - INTERVAL '1 second',
                        GREATEST(
                            NOW() AT TIME ZONE 'UTC',
                            COALESCE(price.valid_from, '2000-01-01'))),
                    INTERVAL '1 month'
                  ) AS months (month)
             WHERE NOT price.is_superseded
               AND price.tier_min <= 1
            """
        )
