"""Variants: an offer with a term and a billing plan."""

from odoo import api, fields, models
from odoo.tools import SQL

from ..const import (
    PLAN_PREFERENCE,
    PLAN_SELECTION,
    PLANS,
    TERM_PREFERENCE,
    TERM_SELECTION,
    TERMS,
)


class ProductProduct(models.Model):
    _inherit = "product.product"

    csp_term = fields.Selection(
        TERM_SELECTION, string="Term", compute="_compute_csp_term_plan", store=True
    )
    csp_plan = fields.Selection(
        PLAN_SELECTION, string="Billing", compute="_compute_csp_term_plan", store=True
    )
    csp_key = fields.Char(
        string="Vendor key",
        compute="_compute_csp_key",
        store=True,
        help="Programme, product, SKU, segment, term and billing in one word.",
    )
    csp_is_withdrawn = fields.Boolean(
        string="Withdrawn by the vendor",
        copy=False,
        readonly=True,
        help="Archived because no price is valid today; comes back with a price.",
    )
    csp_price_ids = fields.One2many(
        "csp.price",
        "product_id",
        string="Vendor prices",
        groups="csp_catalog.group_csp_user",
    )

    _csp_key_uniq = models.UniqueIndex(
        "(csp_key) WHERE csp_key IS NOT NULL",
        "There is already a variant with this vendor key.",
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends(
        "product_template_attribute_value_ids.product_attribute_value_id.csp_code"
    )
    def _compute_csp_term_plan(self):
        for product in self:
            values = product.product_template_attribute_value_ids
            codes = set(values.product_attribute_value_id.mapped("csp_code"))
            product.csp_term = next(iter(codes & TERMS.keys()), False)
            product.csp_plan = next(iter(codes & PLANS.keys()), False)

    @api.depends(
        "csp_term",
        "csp_plan",
        "product_tmpl_id.csp_program_id.code",
        "product_tmpl_id.csp_product_ref",
        "product_tmpl_id.csp_sku_ref",
        "product_tmpl_id.csp_segment",
    )
    def _compute_csp_key(self):
        for product in self:
            # Asked of the template: an inherited field is a computed one.
            template = product.product_tmpl_id
            parts = (
                template.csp_program_id.code,
                template.csp_product_ref,
                template.csp_sku_ref,
                template.csp_segment,
                product.csp_term,
                product.csp_plan,
            )
            product.csp_key = "|".join(parts) if all(parts) else False

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_view_csp_prices(self):
        """Open the price history of these variants."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "csp_catalog.action_csp_price"
        )
        action["domain"] = [("product_id", "in", self.ids)]
        action["context"] = {}
        return action

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    @api.private
    def _csp_term_months(self):
        """Return the months of the commitment; 0 when there is none."""
        self.ensure_one()
        return TERMS.get(self.csp_term, 0)

    @api.private
    def _csp_period_months(self):
        """Return the months between two charges; 0 when nothing recurs."""
        self.ensure_one()
        return PLANS.get(self.csp_plan) or 0

    @api.private
    def _csp_unit_label(self):
        """Return what a price stands for, such as “per user and month”."""
        self.ensure_one()
        return {
            1: self.env._("per user and month"),
            12: self.env._("per user and year"),
            36: self.env._("per user and three years"),
            0: self.env._("per user"),
        }[self._csp_period_months()]

    def _csp_preference(self):
        """Return the sort key that puts the variant to show first in front."""
        self.ensure_one()
        terms, plans = TERM_PREFERENCE, PLAN_PREFERENCE
        return (
            terms.index(self.csp_term) if self.csp_term else len(terms),
            plans.index(self.csp_plan) if self.csp_plan else len(plans),
            self.id,
        )

    # ----------------------------------------------------------------------
    # CRON
    # ----------------------------------------------------------------------

    @api.model
    def _cron_csp_sync_offers(self):
        """Hourly: let the shop show what began or ended today.

        A price takes effect on its date by itself: orders, pricelists and pages look
        prices up by date. Only two stored copies need this: which variants are
        archived, and the sales price that shop pages sort by.
        """
        for (company,) in self.env["csp.price"]._read_group([], ["company_id"]):
            self.with_company(company)._csp_sync_offers()

    def _csp_sync_offers(self, products=None):
        """Archive variants without a price, bring back those that have one again.

        Also keeps the sales price of the template, which shop pages sort and filter
        by, at the list price of the variant shown first, and its end of sale at what
        the vendor announced.
        """
        company = self.env.company
        prices = self.env["csp.price"]
        now = fields.Datetime.now()
        domain = fields.Domain("company_id", "=", company.id)
        if products is not None:
            domain &= fields.Domain("product_id", "in", products.ids)
        known = prices._read_group(
            domain & fields.Domain("product_id", "!=", False), ["product_id"], []
        )
        known = self.browse([product.id for (product,) in known])
        valid = prices._read_group(
            fields.Domain("product_id", "in", known.ids)
            & prices._get_valid_domain(now),
            ["product_id"],
            [],
        )
        valid = self.browse([product.id for (product,) in valid])
        gone = (known - valid).filtered("active")
        if gone:
            gone.write({"active": False, "csp_is_withdrawn": True})
        back = valid.filtered(lambda product: product.csp_is_withdrawn)
        if back:
            back.write({"active": True, "csp_is_withdrawn": False})
        self._csp_sync_list_prices(known.product_tmpl_id)
        known.product_tmpl_id._csp_sync_end_of_sale()

    def _csp_sync_list_prices(self, templates):
        """Keep the templates' sales price at the list price shown first.

        The field has one value for all companies: the first company with prices of an
        offer that all share keeps it, or each would overwrite the other's currency.
        """
        templates -= templates._csp_kept_by_another_company()
        first = templates._csp_first_variants()
        table = self.concat(*first.values())._csp_price_at(fields.Datetime.now())
        to_write = {}
        for template, product in first.items():
            price = table.get(product.id)
            if price and price.price_id and template.list_price != float(price.erp):
                to_write[template.id] = float(price.erp)
        if not to_write:
            return
        # One statement instead of a write per price: thousands move on one day, and a
        # note in the chatter of each would tell nobody anything.
        changed = templates.browse(to_write)
        changed.modified(["list_price"], before=True)
        changed.flush_recordset(["list_price"])
        self.env.cr.execute(
            SQL(
                """
                UPDATE product_template t
                   SET list_price = v.list_price, write_uid = %s,
                       write_date = now() AT TIME ZONE 'UTC'
                  FROM unnest(%s, %s) AS v(id, list_price)
                 WHERE t.id = v.id
                """,
                self.env.uid,
                list(to_write),
                list(to_write.values()),
            )
        )
        changed.invalidate_recordset(["list_price", "write_date"])
        changed.modified(["list_price"])
