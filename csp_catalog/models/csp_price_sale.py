"""Putting offers on sale that are known from a price sheet, and taking them off."""

from odoo import api, fields, models
from odoo.tools import SQL

from ..engine.sheet import SheetRow


class CspPrice(models.Model):
    _inherit = "csp.price"

    is_on_sale = fields.Boolean(
        string="On sale", compute="_compute_is_on_sale", search="_search_is_on_sale"
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("product_id.active")
    def _compute_is_on_sale(self):
        for price in self:
            price.is_on_sale = price.product_id.active

    def _search_is_on_sale(self, operator, value):
        if operator not in ("in", "not in"):
            return NotImplemented
        # "in" with False among the values means: not on sale.
        wanted = {bool(item) for item in value}
        if operator == "not in":
            wanted = {True, False} - wanted
        if len(wanted) == 2:
            return fields.Domain.TRUE
        if not wanted:
            return fields.Domain.FALSE
        on_sale = fields.Domain("product_id.active", "=", True)
        return on_sale if wanted == {True} else ~on_sale

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_csp_put_on_sale(self):
        """Put the chosen offers on sale."""
        self.check_access("write")
        return self._notify_sale(
            self.env._("%s offers are on sale now.", len(self._csp_put_on_sale()))
        )

    def action_csp_take_off_sale(self):
        """Take the chosen offers off sale; their prices and orders stay."""
        self.check_access("write")
        return self._notify_sale(
            self.env._("%s offers are off sale now.", len(self._csp_take_off_sale()))
        )

    def _notify_sale(self, message):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": message,
                "type": "success",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    @api.private
    def _csp_put_on_sale(self):
        """Make variants of the offers of these prices, or bring theirs back.

        A variant whose prices all lie in the future waits for its day, archived.

        :return: the variants that were not on sale before
        """
        # Of 20,000 prices no more than this is needed; the ORM would read all columns.
        self.fetch(["product_id", "company_id"])
        archived = self.product_id.filtered(lambda product: not product.active)
        created = self.filtered(lambda price: not price.product_id)
        products = archived | created._csp_create_products()
        # Off sale by hand or withdrawn: from now on the prices decide.
        archived.write({"active": True, "csp_is_withdrawn": False})
        for company in self.company_id:
            products.with_company(company)._csp_sync_offers(products)
        return products

    @api.private
    def _csp_take_off_sale(self):
        """Archive the variants of these prices; new prices do not bring them back.

        :return: the variants that were on sale before
        """
        products = self.product_id.filtered("active")
        products.write({"active": False, "csp_is_withdrawn": False})
        return products

    def _csp_create_products(self):
        """Make the templates and variants of prices that have none; link the prices.

        :return: the variants that these prices are linked to now
        """
        templates = self.env["product.template"]
        result = self.env["product.product"]
        for (program, company), prices in (
            self._take_one_per_variant()
            .grouped(lambda price: (price.program_id, price.company_id))
            .items()
        ):
            rows = prices._build_offer_rows()
            offers = templates._csp_ensure_offers(program, list(rows.values()))
            wanted = {
                (
                    offers[price.product_ref, price.sku_ref, price.segment],
                    price.term,
                    price.plan,
                )
                for price in prices
            }
            variants = self.env["product.product"].concat(
                *templates._csp_ensure_variants(wanted).values()
            )
            prices._link_variants(program, company, variants)
            result |= variants
        return result

    def _take_one_per_variant(self):
        """Return one price of each variant: a sheet has one per currency and tier."""
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                SELECT MAX(id) FROM csp_price WHERE id = ANY(%s)
              GROUP BY program_id, company_id, product_ref, sku_ref, segment, term, plan
                """,
                self.ids,
            )
        )
        return self.browse(sorted(price_id for (price_id,) in self.env.cr.fetchall()))

    def _build_offer_rows(self):
        """Return ``{offer key: SheetRow}``: what the sheet says of each offer."""
        texts = self._read_descriptions()
        rows = {}
        for price in self:
            key = (price.product_ref, price.sku_ref, price.segment)
            if key in rows:
                continue
            rows[key] = SheetRow(
                line=0,
                title=price.title or price.product_ref,
                product_ref=price.product_ref,
                sku_ref=price.sku_ref,
                sku_title=price.title or "",
                publisher=price.publisher or "",
                # A text of one term or billing plan would show on all of them.
                description=texts[key][0] if len(texts.get(key, ())) == 1 else "",
                unit="",
                term=price.term,
                plan=price.plan,
                market=price.market,
                currency="",
                unit_price=None,
                tier_min=price.tier_min,
                tier_max=price.tier_max,
                valid_from=price.valid_from or None,
                valid_to=price.valid_to or None,
                tags=tuple((price.tags or "").split(";")),
                erp_price=None,
                segment=price.segment,
                end_of_sale=price.end_of_sale_date or None,
            )
        return rows

    def _read_descriptions(self):
        """Return ``{offer key: [text, ...]}``, without repetitions."""
        if not self:
            return {}
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                SELECT p.product_ref, p.sku_ref, p.segment,
                       ARRAY_AGG(DISTINCT COALESCE(r.description, ''))
                  FROM csp_price p
                  JOIN csp_price_sheet_row r ON r.id = p.sheet_row_ref
                 WHERE p.product_id IS NULL AND p.program_id = ANY(%s)
                   AND p.company_id = ANY(%s) AND p.product_ref = ANY(%s)
              GROUP BY 1, 2, 3
                """,
                self.program_id.ids,
                self.company_id.ids,
                list(set(self.mapped("product_ref"))),
            )
        )
        return {tuple(row[:3]): row[3] for row in self.env.cr.fetchall()}

    def _link_variants(self, program, company, variants):
        """Link all prices of these offers, in every market and of every day.

        One statement: `write` refuses the field, for nobody may move a price from one
        offer to another. Caches are emptied after it.
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE csp_price p
                   SET product_id = v.id,
                       write_date = clock_timestamp() AT TIME ZONE 'UTC'
                  FROM product_product v
                 WHERE p.product_id IS NULL AND p.standing != 'revoked'
                   AND p.program_id = %s AND p.company_id = %s
                   AND p.product_ref = ANY(%s) AND v.id = ANY(%s)
                   AND v.csp_key = CONCAT_WS('|', %s::text, p.product_ref, p.sku_ref,
                                             p.segment, p.term, p.plan)
                """,
                program.id,
                company.id,
                list(set(self.mapped("product_ref"))),
                variants.ids,
                program.code,
            )
        )
        self.invalidate_model(["product_id"])
        variants.invalidate_recordset(["csp_price_ids"])
