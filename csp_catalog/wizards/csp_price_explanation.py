"""A dialog that explains the price of an order line as a waterfall."""

from decimal import Decimal

from odoo import api, fields, models

from ..engine.waterfall import MANUAL


class CspPriceExplanation(models.TransientModel):
    _name = "csp.price.explanation"
    _description = "Price Explained"

    line_id = fields.Many2one("sale.order.line", required=True, ondelete="cascade")
    content = fields.Html(compute="_compute_content", sanitize=False)

    @api.depends("line_id")
    def _compute_content(self):
        for wizard in self:
            line = wizard.line_id
            fall = line._csp_get_waterfall()
            wizard.content = self.env["ir.qweb"]._render(
                "csp_catalog.price_explanation",
                {
                    "line": line,
                    "fall": fall,
                    "sale_bars": fall and build_bars(fall.erp, fall.steps, fall.net),
                    "cost_bars": fall
                    and build_bars(fall.list_cost, fall.cost_steps, fall.cost),
                    "money": wizard._format_seat,
                    "total": line.currency_id.format,
                    "terms": line._csp_get_terms(),
                    "what_if": line._csp_what_if(),
                    "unit": line.product_id._csp_unit_label(),
                },
            )

    def _format_seat(self, amount):
        """Return an amount per seat; costs keep decimals that a cent would hide."""
        currency = self.line_id.currency_id
        amount = float(amount)
        if currency.round(amount) == round(amount, 6):
            return currency.format(amount)
        return f"{amount:.4f} {currency.symbol}"


def build_bars(start, steps, end):
    """Return what the chart draws: one bar per step, left and width in percent."""
    top = max([start, end, Decimal("0.000001")])
    level, tops = start, [start]
    for step in steps:
        level += step.amount
        tops.append(level)
    top = max([top, *tops])
    bars, level = [], start
    for step in steps:
        after = level + step.amount
        low, high = min(level, after), max(level, after)
        bars.append(
            {
                "step": step,
                "left": float(low / top * 100),
                "width": float((high - low) / top * 100),
                "is_raise": step.amount > 0,
                "is_manual": step.kind == MANUAL,
            }
        )
        level = after
    return {
        "start": start,
        "end": end,
        "start_width": float(start / top * 100),
        "end_width": float(end / top * 100),
        "steps": bars,
    }


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def action_csp_explain_price(self):
        """Open the dialog that explains the price of the line."""
        self.ensure_one()
        self.check_access("read")
        wizard = self.env["csp.price.explanation"].create({"line_id": self.id})
        return wizard._get_records_action(
            name=self.env._("Price explained"), target="new"
        )

    def _csp_what_if(self):
        """Return (level, Waterfall) as if the buyer were one level up, or nothing."""
        self.ensure_one()
        order = self.order_id
        if self._csp_is_frozen() or not self._csp_has_terms():
            return None
        grade = order.partner_id.commercial_partner_id.grade_id._csp_get_next()
        if not grade:
            return None
        falls = self.product_id._csp_waterfalls(
            order.partner_id,
            order.date_order,
            max(1, int(self.product_uom_qty)),
            currency=self.currency_id,
            company=order.company_id,
            customer=order._csp_get_end_customer(),
            grade=grade,
            order=order,
            pricelist=order.pricelist_id,
        )
        fall = falls.get(self.product_id.id)
        return (grade, fall) if fall else None


class ResPartnerGrade(models.Model):
    _inherit = "res.partner.grade"

    def _csp_get_next(self):
        """Return the level with the next larger discount; empty at the top."""
        if not self:
            return self
        self.ensure_one()
        # sudo: levels and their discounts are the programme that partners know
        return (
            self.sudo()
            .search(
                [
                    ("csp_discount", ">", self.csp_discount),
                    ("company_id", "in", [False, self.env.company.id]),
                ],
                order="csp_discount, id",
                limit=1,
            )
            .sudo(self.env.su)
        )
