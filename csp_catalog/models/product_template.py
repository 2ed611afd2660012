"""Offers: what a vendor sells, without term and billing."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import PLANS_BY_TERM, SEGMENTS, SERVICE_TRACKING


class ProductTemplate(models.Model):
    _inherit = "product.template"

    # Key at the vendor.
    is_csp_offer = fields.Boolean(
        string="Cloud offer",
        compute="_compute_is_csp_offer",
        store=True,
        index="btree_not_null",
    )
    csp_program_id = fields.Many2one(
        "csp.program", string="Programme", index="btree_not_null", ondelete="restrict"
    )
    csp_product_ref = fields.Char(string="Vendor product ID")
    csp_sku_ref = fields.Char(string="Vendor SKU ID")
    csp_segment = fields.Selection(SEGMENTS, string="Segment")

    # What the vendor says about it.
    csp_publisher = fields.Char(string="Publisher")
    csp_min_seats = fields.Integer(string="Fewest seats", default=1)
    csp_max_seats = fields.Integer(string="Most seats", help="0: no limit.")
    csp_is_trial = fields.Boolean(string="Trial")
    csp_is_extended_term = fields.Boolean(
        string="Extended service term",
        help="Follows a term that was not renewed; not for sale by itself.",
    )

    csp_price_count = fields.Integer(
        compute="_compute_csp_price_count", groups="csp_catalog.group_csp_user"
    )

    csp_unit_label = fields.Char(string="Price is", compute="_compute_csp_unit_label")

    service_tracking = fields.Selection(
        selection_add=[(SERVICE_TRACKING, "Cloud subscription")],
        ondelete={SERVICE_TRACKING: "set default"},
    )

    _csp_offer_uniq = models.UniqueIndex(
        "(csp_program_id, csp_product_ref, csp_sku_ref, csp_segment,"
        " COALESCE(company_id, 0)) WHERE csp_product_ref IS NOT NULL",
        "There is already an offer with this vendor product, SKU and segment.",
    )
    _csp_seats_check = models.Constraint(
        "CHECK (csp_max_seats IS NULL OR csp_max_seats = 0"
        " OR csp_max_seats >= csp_min_seats)",
        "The most seats cannot be less than the fewest seats.",
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("csp_program_id")
    def _compute_is_csp_offer(self):
        for template in self:
            template.is_csp_offer = bool(template.csp_program_id)

    @api.depends("product_variant_ids.csp_term", "product_variant_ids.csp_plan")
    def _compute_csp_unit_label(self):
        first = self.filtered("is_csp_offer")._csp_first_variants()
        for template in self:
            variant = first.get(template)
            template.csp_unit_label = variant and variant._csp_unit_label()

    def _compute_csp_price_count(self):
        variants = self.with_context(active_test=False).product_variant_ids
        counts = dict(
            self.env["csp.price"]._read_group(
                [("product_id", "in", variants.ids)], ["product_id"], ["__count"]
            )
        )
        for template in self:
            variants = template.with_context(active_test=False).product_variant_ids
            template.csp_price_count = sum(counts.get(v, 0) for v in variants)

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_view_csp_prices(self):
        """Open the price history of all variants."""
        variants = self.with_context(active_test=False).product_variant_ids
        return variants.action_view_csp_prices()

    def action_csp_create_variants(self):
        """Create every possible variant of an offer made by hand."""
        self.check_access("write")
        attributes = self.env.ref("csp_catalog.attribute_term") | self.env.ref(
            "csp_catalog.attribute_plan"
        )
        for template in self:
            if not template.is_csp_offer or not template.csp_product_ref:
                raise UserError(
                    self.env._(
                        "Fill in the programme, the vendor product, SKU and segment of "
                        "%s first.",
                        template.name,
                    )
                )
            lines = template.attribute_line_ids
            values = lines.value_ids
            codes = [
                values.filtered(lambda v, a=attribute: v.attribute_id == a).mapped(
                    "csp_code"
                )
                for attribute in attributes
            ]
            template._csp_ensure_variants(
                {
                    (template, term, plan)
                    for term in codes[0]
                    for plan in codes[1]
                    if plan in PLANS_BY_TERM.get(term, ())
                }
            )

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    @api.model
    def _get_saleable_tracking_types(self):
        """Override of `sale`: without it the shop hides cloud offers."""
        return super()._get_saleable_tracking_types() + [SERVICE_TRACKING]

    def _is_combination_possible(
        self, combination, parent_combination=None, ignore_no_variant=False
    ):
        """Override of `product`: only what the importer has made can be bought.

        A dynamic attribute would otherwise let any visitor create variants.
        """
        possible = super()._is_combination_possible(
            combination, parent_combination, ignore_no_variant
        )
        if possible and self.is_csp_offer:
            variant = self._get_variant_for_combination(combination)
            possible = bool(variant and variant.active)
        return possible

    @api.model
    def _csp_ensure_offers(self, program, rows):
        """Find or create the offers of price sheet rows.

        :param rows: one ``engine.sheet.SheetRow`` per offer key
        :return: ``{offer key: template}``
        """
        offers = self._csp_find_offers(program, {row.product_ref for row in rows})
        missing = [row for row in rows if row.offer_key not in offers]
        if missing:
            created = self.with_context(
                create_product_product=False, tracking_disable=True
            ).create(
                [self._csp_prepare_template_values(program, row) for row in missing]
            )
            created._csp_skip_images()
            offers.update(zip((row.offer_key for row in missing), created, strict=True))
        return offers

    @api.model
    def _csp_find_offers(self, program, product_refs=None):
        """Return ``{offer key: template}`` of a programme, archived ones as well."""
        domain = [("csp_program_id", "=", program.id), ("company_id", "=", False)]
        if product_refs is not None:
            domain.append(("csp_product_ref", "in", list(product_refs)))
        found = self.with_context(active_test=False).search_fetch(
            domain, ["csp_product_ref", "csp_sku_ref", "csp_segment"]
        )
        return {
            (offer.csp_product_ref, offer.csp_sku_ref, offer.csp_segment): (
                offer.with_context(active_test=True)
            )
            for offer in found
        }

    @api.model
    def _csp_prepare_template_values(self, program, row):
        """Return the values of a new offer; add-ons above put it into the shop."""
        tags = {tag.lower() for tag in row.tags}
        is_extended_term = "est" in tags
        return {
            "name": row.sku_title or row.title,
            "type": "service",
            "service_tracking": SERVICE_TRACKING,
            "invoice_policy": "order",
            # Cached, and not looked up again for each of a thousand offers.
            "categ_id": self.env["ir.model.data"]._xmlid_to_res_id(
                "csp_catalog.category_cloud", raise_if_not_found=True
            ),
            "description_sale": row.description[:500] or False,
            "list_price": 0.0,
            "sale_ok": not is_extended_term,
            "purchase_ok": False,
            "company_id": False,
            "csp_program_id": program.id,
            "csp_product_ref": row.product_ref,
            "csp_sku_ref": row.sku_ref,
            "csp_segment": row.segment,
            "csp_publisher": row.publisher or False,
            "csp_is_trial": "trial" in tags,
            "csp_is_extended_term": is_extended_term,
        }
