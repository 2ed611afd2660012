"""Prices of a staged sheet laid over the stored ones: “as if it were applied”.

Whatever computes a price within the overlay (price lists, levels, agreements) computes
the price of tomorrow with the code of today.
"""

from odoo import fields, models

from ..engine import prices
from ..engine.prices import PriceRow


class PriceOverlay:
    """New rows per product, and stored prices that would be corrected or get an end.

    No JSON value can be one of these, so that no remote caller can bring prices.
    """

    __slots__ = ("added", "company_id", "corrected", "ends", "start_at")

    def __init__(self, company_id):
        self.company_id = company_id
        self.added = {}
        self.corrected = set()
        self.ends = {}
        self.start_at = None

    def lay_over(self, rows, product_ids, moment, market):
        """Return ``{product id: [PriceRow, ...]}`` valid at ``moment``."""
        result = {}
        for product_id, found in rows.items():
            kept = []
            for row in found:
                if row.price_id in self.corrected:
                    continue
                if row.price_id in self.ends:
                    row = row._replace(valid_to=self.ends[row.price_id])
                if row.valid_to is None or moment < row.valid_to:
                    kept.append(row)
            # An empty list stays: the vendor sets the price, and sells it no more.
            result[product_id] = kept
        for product_id in product_ids:
            for row in self.added.get(product_id, ()):
                if (
                    row.market == market
                    and (row.valid_from is None or row.valid_from <= moment)
                    and (row.valid_to is None or moment < row.valid_to)
                ):
                    result.setdefault(product_id, []).append(row)
        return result


class CspPriceSheet(models.Model):
    _inherit = "csp.price.sheet"

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _with_prices(self):
        """Return self in an environment where this staged sheet has been applied."""
        self.ensure_one()
        if self.state != "staged":
            return self
        return self.with_context(csp_price_overlay=self._build_price_overlay())

    def _build_price_overlay(self):
        """Return what the sheet would change in the prices of products on sale."""
        self.ensure_one()
        overlay = PriceOverlay(self.company_id.id)
        now = fields.Datetime.now()
        changes = [
            change
            for change in self._get_diff(self._parse().rows).changes
            if change.status != prices.UNCHANGED
        ]
        variants = self._get_impact_variants(
            {change.row.identity[:6] for change in changes if change.row}
        )
        starts = []
        for number, change in enumerate(changes, start=1):
            row, known = change.row, change.known
            if row is None:
                overlay.ends[known.price_id] = getattr(change, "valid_to", None) or now
                continue
            starts.append(row.valid_from or now)
            if known and prices.is_same_money(row, known):
                overlay.ends[known.price_id] = row.valid_to
                continue
            if known:
                overlay.corrected.add(known.price_id)
            variant = variants.get(row.identity[:5])
            if variant:
                overlay.added.setdefault(variant.id, []).append(
                    PriceRow(
                        *row.identity,
                        row.valid_to,
                        row.unit_price,
                        row.erp_price,
                        -number,
                    )
                )
        overlay.start_at = min(starts, default=None)
        return overlay


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _csp_read_price_rows(self, moment, market, company):
        """Override: prices of a staged sheet count where the environment says so."""
        rows = super()._csp_read_price_rows(moment, market, company)
        overlay = self.env.context.get("csp_price_overlay")
        if not isinstance(overlay, PriceOverlay) or overlay.company_id != company.id:
            return rows
        return overlay.lay_over(rows, self.ids, moment, market)
