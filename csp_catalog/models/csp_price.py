"""Vendor cost and list price of an offer, dated, append-only."""

from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..const import PLAN_SELECTION, PRICE_STANDINGS, SEGMENTS, TERM_SELECTION
from ..engine.cells import PRICE_STEP
from ..engine.prices import PriceRow

# The apply verb may close a row; nothing else about it ever changes.
CLOSING_FIELDS = {"valid_to", "is_superseded", "standing", "ended_by_id"}


class CspPrice(models.Model):
    _name = "csp.price"
    _description = "Vendor Price"
    _order = "valid_from desc, id desc"
    _rec_name = "product_ref"

    # Where it comes from.
    program_id = fields.Many2one(
        "csp.program", string="Programme", required=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True)
    sheet_id = fields.Many2one("csp.price.sheet", ondelete="restrict")
    supersedes_id = fields.Many2one(
        "csp.price",
        string="Corrects",
        index="btree_not_null",
        readonly=True,
        help="The price for the same days that the vendor has corrected by this one.",
    )
    is_superseded = fields.Boolean(
        string="Corrected",
        required=True,
        default=False,
        readonly=True,
        help="This price does not count: the vendor has corrected it, its sheet was "
        "undone, or is still being applied.",
    )
    standing = fields.Selection(
        PRICE_STANDINGS, string="Status", required=True, default="valid", readonly=True
    )
    # A number and no link: the database would look up each of a hundred thousand.
    sheet_row_ref = fields.Integer(string="Row of the sheet", readonly=True)
    ended_by_id = fields.Many2one(
        "csp.price.sheet",
        string="Ended by",
        readonly=True,
        help="The complete list that ended this price by not naming it.",
    )

    # What the sheet calls it: an offer that is not on sale has no product yet.
    title = fields.Char(string="Offer")
    publisher = fields.Char()
    tags = fields.Char()
    end_of_sale_date = fields.Date(string="End of sale")

    # The key.
    product_id = fields.Many2one(
        "product.product",  # indexed below, first in _resolve_idx
        ondelete="restrict",
        help="Empty: known from a sheet, but not on sale.",
    )
    product_ref = fields.Char(string="Product ID", required=True)
    sku_ref = fields.Char(string="SKU ID", required=True)
    segment = fields.Selection(SEGMENTS, required=True, default="commercial")
    term = fields.Selection(TERM_SELECTION, required=True)
    plan = fields.Selection(PLAN_SELECTION, string="Billing", required=True)
    market = fields.Char(size=2, required=True)
    currency_id = fields.Many2one("res.currency", required=True)
    tier_min = fields.Integer(string="From quantity", required=True, default=0)
    tier_max = fields.Integer(string="To quantity", required=True, default=0)

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

    # Every index is paid for by every row of every sheet: these few serve all.
    _resolve_idx = models.Index(
        "(product_id, market, company_id, valid_from) WHERE product_id IS NOT NULL"
    )
    _sheet_idx = models.Index("(sheet_id, sheet_row_ref) WHERE sheet_id IS NOT NULL")
    _not_on_sale_idx = models.Index(
        "(program_id, company_id, product_ref) WHERE product_id IS NULL"
    )
    _identity_uniq = models.UniqueIndex(
        "(program_id, company_id, market, product_ref, sku_ref, segment, term, plan,"
        " currency_id, tier_min, tier_max, COALESCE(valid_from, '-infinity'))"
        " WHERE NOT is_superseded",
        "This offer already has a price from that moment on.",
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
        if "is_superseded" in vals and "standing" not in vals:
            standing = "corrected" if vals["is_superseded"] else "valid"
            vals = {**vals, "standing": standing}
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Vendor prices are never deleted."))

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    @api.model
    def _get_valid_domain(self, moment):
        """Return the domain of prices that cover the instant ``moment``."""
        return (
            Domain("is_superseded", "=", False)
            & (Domain("valid_from", "=", False) | Domain("valid_from", "<=", moment))
            & (Domain("valid_to", "=", False) | Domain("valid_to", ">", moment))
        )

    @api.model
    def _get_row_fields(self):
        """Return the names of the fields that `_build_row` reads."""
        return [
            "product_ref",
            "sku_ref",
            "segment",
            "term",
            "plan",
            "market",
            "currency_id",
            "tier_min",
            "tier_max",
            "valid_from",
            "valid_to",
            "unit_price",
            "erp_price",
            "product_id",
            "ended_by_id",
            "end_of_sale_date",
        ]

    def _build_row(self):
        """Return the engine's view of this price."""
        self.ensure_one()
        return PriceRow(
            self.product_ref,
            self.sku_ref,
            self.segment,
            self.term,
            self.plan,
            self.market,
            self.currency_id.name,
            self.tier_min,
            self.tier_max,
            self.valid_from or None,
            self.valid_to or None,
            _exact(self.unit_price),
            _exact(self.erp_price),
            self.id,
            self.ended_by_id.id or 0,
            self.end_of_sale_date or None,
        )


def _exact(amount):
    """Return a stored amount as Decimal with six decimals."""
    return Decimal(repr(amount)).quantize(PRICE_STEP)
