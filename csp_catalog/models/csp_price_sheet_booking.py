"""Writing the changes of a price sheet: offers, variants, prices."""

from odoo import fields, models

from ..engine import prices

BATCH = 5000


class CspPriceSheet(models.Model):
    _inherit = "csp.price.sheet"

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _book_prices(self, changes):
        """Create and close prices; return the variants concerned."""
        self.ensure_one()
        by_id = self.env["csp.price"].browse
        to_create, superseded = [], self.env["csp.price"]
        closed = {}
        for change in changes.changes:
            if change.status == prices.UNCHANGED:
                continue
            if change.row is None:
                closed.setdefault(fields.Datetime.now(), []).append(
                    change.known.price_id
                )
            elif change.known is None:
                to_create.append(change)
            elif prices.is_same_money(change.row, change.known):
                closed.setdefault(change.row.valid_to, []).append(change.known.price_id)
            else:
                superseded += by_id(change.known.price_id)
                to_create.append(change)
        concerned = superseded
        if superseded:
            superseded.write({"is_superseded": True})
            superseded.flush_recordset()
        for valid_to, ids in closed.items():
            by_id(ids).write({"valid_to": valid_to or False})
            concerned += by_id(ids)
        created = self._create_prices(to_create)
        return (created + concerned).product_id

    def _create_prices(self, changes):
        """Create the prices of new rows in batches."""
        variants = self._ensure_variants([change.row for change in changes])
        currencies = self.env["product.product"]._csp_get_currencies(
            {change.row.currency for change in changes}
        )
        created = self.env["csp.price"]
        for start in range(0, len(changes), BATCH):
            created += created.create(
                [
                    self._prepare_price(change, variants, currencies)
                    for change in changes[start : start + BATCH]
                ]
            )
        return created

    def _ensure_variants(self, rows):
        """Return ``{(offer key, term, plan): variant}``, creating what is missing."""
        templates = self.env["product.template"]
        first_rows, texts = {}, {}
        for row in rows:
            first_rows.setdefault(row.offer_key, row)
            texts.setdefault(row.offer_key, set()).add(row.description)
        offers = templates._csp_ensure_offers(
            self.program_id,
            [
                # A text of one term or billing plan would show on all of them.
                row if len(texts[key]) == 1 else row._replace(description="")
                for key, row in first_rows.items()
            ],
        )
        wanted = {(offers[row.offer_key], row.term, row.plan) for row in rows}
        found = templates._csp_ensure_variants(wanted)
        return {
            (row.offer_key, row.term, row.plan): found[
                offers[row.offer_key], row.term, row.plan
            ]
            for row in rows
        }

    def _prepare_price(self, change, variants, currencies):
        """Return the values of one price."""
        row = change.row
        return {
            "program_id": self.program_id.id,
            "company_id": self.company_id.id,
            "sheet_id": self.id,
            "supersedes_id": change.known.price_id if change.known else False,
            "product_id": variants[row.offer_key, row.term, row.plan].id,
            "product_ref": row.product_ref,
            "sku_ref": row.sku_ref,
            "segment": row.segment,
            "term": row.term,
            "plan": row.plan,
            "market": row.market,
            "currency_id": currencies[row.currency].id,
            "tier_min": row.tier_min,
            "tier_max": row.tier_max,
            "unit_price": float(row.unit_price),
            "erp_price": float(row.erp_price),
            "valid_from": row.valid_from or False,
            "valid_to": row.valid_to or False,
        }
