"""What a customer is bound to, beside the price of one seat and billing period."""

from odoo import api, fields, models

from ..engine.prices import period_count


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    csp_commitment = fields.Char(
        string="Commitment",
        compute="_compute_csp_commitment",
        help="For how long the term binds, and what it comes to at this price.",
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("product_id", "price_subtotal", "currency_id")
    @api.depends_context("lang")
    def _compute_csp_commitment(self):
        terms = dict(
            self.env["product.product"]
            ._fields["csp_term"]
            ._description_selection(self.env)
        )
        for line in self:
            product = line.product_id
            term = terms.get(product.csp_term)
            line.csp_commitment = False
            if not term or not product.csp_plan or product.csp_plan == "none":
                continue
            count = period_count(product.csp_term, product.csp_plan)
            currency = line.currency_id or line.company_id.currency_id
            if count == 1:
                line.csp_commitment = self.env._("%s, paid in advance", term)
                continue
            line.csp_commitment = self.env._(
                "%(term)s: %(count)s payments of %(amount)s, %(total)s in all",
                term=term,
                count=count,
                amount=currency.format(line.price_subtotal),
                total=currency.format(line.price_subtotal * count),
            )
