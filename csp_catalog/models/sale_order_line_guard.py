"""What prices were explained with is computed: nobody writes it by hand."""

from odoo import api, models
from odoo.exceptions import AccessError, ValidationError

# Approvals and reports believe these fields.
EXPLAINED_FIELDS = {
    "csp_agreement_id",
    "csp_agreement_line_id",
    "csp_approved_by_id",
    "csp_erp_price",
    "csp_is_bid_used",
    "csp_loss_amount",
    "csp_manual_percent",
    "csp_price_id",
    "csp_price_ref",
    "csp_promotion_ids",
    "csp_rate",
    "csp_special_bid_id",
    "csp_terms_waterfall",
    "csp_waterfall",
}


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    # ----------------------------------------------------------------------
    # CONSTRAINTS
    # ----------------------------------------------------------------------

    @api.constrains("is_downpayment", "product_id")
    def _check_csp_is_no_downpayment(self):
        """Keep offers out of the lines that no guard of prices looks at."""
        for line in self:
            if line.is_downpayment and line.product_id.csp_key:
                raise ValidationError(
                    self.env._(
                        "%s is an offer: it cannot be a down payment.",
                        line.product_id.display_name,
                    )
                )

    # ----------------------------------------------------------------------
    # CRUD
    # ----------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Refuse explanations that a line brings along, as value or as default."""
        names = set().union(*vals_list)
        names |= {
            name.removeprefix("default_")
            for name in self.env.context
            if name.startswith("default_")
        }
        self._csp_check_explained(names)
        return super().create(vals_list)

    def write(self, vals):
        """Refuse explanations written by hand."""
        self._csp_check_explained(vals.keys())
        return super().write(vals)

    @api.model
    def _csp_check_explained(self, names):
        if not self.env.su and not EXPLAINED_FIELDS.isdisjoint(names):
            raise AccessError(
                self.env._(
                    "How a price came about is computed: change the price, the "
                    "quantity or the terms instead."
                )
            )
