"""How many devices are sold with a plan."""

from odoo import fields, models, tools

from ..const import RUNGS


class CspAttachReport(models.Model):
    _name = "csp.attach.report"
    _description = "Plans Sold with Devices"
    _auto = False
    _order = "date_order desc, id desc"
    _rec_name = "product_id"

    order_id = fields.Many2one("sale.order", readonly=True)
    date_order = fields.Datetime(string="Order date", readonly=True)
    state = fields.Selection(
        [
            ("draft", "Quotation"),
            ("sent", "Quotation sent"),
            ("sale", "Order"),
            ("cancel", "Cancelled"),
        ],
        readonly=True,
    )
    company_id = fields.Many2one("res.company", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales team", readonly=True)
    product_id = fields.Many2one("product.product", string="Device", readonly=True)
    categ_id = fields.Many2one(
        "product.category", string="Device category", readonly=True
    )
    plan_id = fields.Many2one("product.product", readonly=True)
    rule_id = fields.Many2one("csp.suggestion.rule", readonly=True)
    rung = fields.Selection(RUNGS, string="Suggested step", readonly=True)
    plan_line_id = fields.Many2one("sale.order.line", readonly=True)
    device_quantity = fields.Float(string="Devices", readonly=True)
    attached_quantity = fields.Float(string="Devices with a plan", readonly=True)
    attach_rate = fields.Float(
        string="Attach rate (%)",
        readonly=True,
        aggregator="avg",
        help="Share of the order lines with a device that have a plan beside them.",
    )

    @property
    def _table_query(self):
        # One row per line with a device; the first plan beside it stands for all.
        return tools.SQL(
            """
            SELECT device.id,
                   device.order_id,
                   orders.date_order,
                   orders.state,
                   orders.company_id,
                   orders.partner_id,
                   orders.user_id,
                   orders.team_id,
                   device.product_id,
                   template.categ_id,
                   plan.id AS plan_line_id,
                   plan.product_id AS plan_id,
                   plan.csp_suggestion_rule_id AS rule_id,
                   plan.csp_suggestion_rung AS rung,
                   device.product_uom_qty AS device_quantity,
                   LEAST(device.product_uom_qty, COALESCE(total.quantity, 0))
                       AS attached_quantity,
                   CASE WHEN plan.id IS NULL THEN 0.0 ELSE 100.0 END AS attach_rate
              FROM sale_order_line device
              JOIN sale_order orders ON orders.id = device.order_id
              JOIN product_product product ON product.id = device.product_id
              JOIN product_template template ON template.id = product.product_tmpl_id
              LEFT JOIN LATERAL (
                   SELECT id, product_id, csp_suggestion_rule_id,
                          csp_suggestion_rung
                     FROM sale_order_line
                    WHERE csp_attached_to_line_id = device.id
                    ORDER BY id
                    LIMIT 1
                   ) plan ON TRUE
              LEFT JOIN LATERAL (
                   SELECT SUM(product_uom_qty) AS quantity
                     FROM sale_order_line
                    WHERE csp_attached_to_line_id = device.id
                   ) total ON TRUE
             WHERE device.display_type IS NULL
               AND device.combo_item_id IS NULL
               AND template.type = 'consu'
               AND template.csp_program_id IS NULL
            """
        )
