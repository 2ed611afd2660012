"""Vendor cost and list price of an offer, dated, append-only."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import PLAN_SELECTION, SEGMENTS, TERM_SELECTION

# The apply verb may close a row; nothing else about it ever changes.
CLOSING_FIELDS = {"valid_to", "superseded_by_id"}


class CspPrice(models.Model):
    _name = "csp.price"
    _description = "Vendor Price"
    _order = "valid_from desc, id desc"
    _rec_name = "product_ref"

    # Where it comes from.
    program_id = fields.Many2one("csp.program", required=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, index=True)
    sheet_id = fields.Many2one(
        "csp.price.sheet", index="btree_not_null", ondelete="restrict"
    )
    superseded_by_id = fields.Many2one(
        "csp.price",
        index="btree_not_null",
        readonly=True,
        help="The row that the vendor has put in the place of this one.",
    )

    # The key.
    product_id = fields.Many2one("product.product", index=True, ondelete="restrict")
    product_ref = fields.Char(string="Product ID", required=True)
    sku_ref = fields.Char(string="SKU ID", required=True)
    segment = fields.Selection(SEGMENTS, required=True, default="commercial")
    term = fields.Selection(TERM_SELECTION, required=True)
    plan = fields.Selection(PLAN_SELECTION, string="Billing", required=True)
    market = fields.Char(size=2, required=True)
    currency_id = fields.Many2one("res.currency", required=True)
    tier_min = fields.Integer(string="From quantity")
    tier_max = fields.Integer(string="To quantity")

    # The money, for the whole term and one seat.
    unit_price = fields.Float(
        string="Cost", digits=(16, 6), required=True, aggregator="avg"
    )
    erp_price = fields.Float(
        string="List price", digits=(16, 6), required=True, aggregator="avg"
    )

    # Validity, half-open, UTC. Empty: open.
    valid_from = fields.Datetime()
    valid_to = fields.Datetime()

    _resolve_idx = models.Index("(product_id, market, company_id, valid_from)")
    _key_idx = models.Index(
        "(program_id, company_id, market, product_ref, sku_ref, segment, term, plan)"
    )
    _range_check = models.Constraint(
        "CHECK (valid_to IS NULL OR valid_from IS NULL OR valid_to >= valid_from)",
        "A price cannot end before it starts.",
    )
    _money_check = models.Constraint(
        "CHECK (unit_price >= 0 AND erp_price >= 0)", "A price cannot be negative."
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("product_ref", "sku_ref", "term", "plan", "market", "currency_id")
    def _compute_display_name(self):
        for price in self:
            price.display_name = (
                f"{price.product_ref}:{price.sku_ref} {price.term} {price.plan} "
                f"{price.market} {price.currency_id.name}"
            )

    # ----------------------------------------------------------------------
    # CRUD
    # ----------------------------------------------------------------------

    def write(self, vals):
        """Refuse everything but closing: prices are facts."""
        if set(vals) - CLOSING_FIELDS:
            raise UserError(
                self.env._("Vendor prices are never edited. Import a new price sheet.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Vendor prices are never deleted."))
