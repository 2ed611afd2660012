"""What is known about an offer: channel, relations, benefits, component services."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..const import CHANNELS

IDENTIFIERS = {"csp_sku_part_number", "csp_provisioning_ref"}


class ProductTemplate(models.Model):
    _inherit = "product.template"

    # How it is sold.
    csp_channel = fields.Selection(
        CHANNELS, string="Sales channel", default="both", required=True
    )
    csp_is_partner_priced = fields.Boolean(
        string="Partner sets the price",
        help="Resellers decide what their customers pay for it, free of charge "
        "included. They are billed as agreed.",
    )
    csp_end_of_sale_date = fields.Date(
        string="End of sale",
        index="btree_not_null",
        help="First day on which it cannot be bought any more. Running subscriptions "
        "and their renewals go on.",
    )
    csp_is_usage = fields.Boolean(
        string="Charged by use",
        help="Measured afterwards in its unit, not ordered in seats.",
    )

    # What goes with it.
    csp_relation_ids = fields.One2many(
        "csp.offer.relation",
        "offer_id",
        string="Relations",
        groups="csp_catalog.group_csp_user",
    )
    csp_benefit_ids = fields.Many2many(
        "csp.benefit",
        "csp_benefit_product_template_rel",
        "product_tmpl_id",
        "benefit_id",
        string="Benefits",
        groups="csp_catalog.group_csp_user",
    )

    csp_named_by_ids = fields.One2many(
        "csp.offer.relation",
        "other_id",
        string="Named by",
        readonly=True,
        groups="csp_catalog.group_csp_user",
    )

    # What it consists of.
    csp_sku_part_number = fields.Char(
        string="Part number",
        index="btree_not_null",
        help="The String ID of the vendor's table of products and service plans.",
    )
    csp_provisioning_ref = fields.Char(
        string="Provisioning ID",
        index="btree_not_null",
        help="The GUID of the vendor's table of products and service plans.",
    )
    csp_component_ids = fields.Many2many(
        "csp.service.plan",
        "csp_service_plan_template_rel",
        "product_tmpl_id",
        "plan_id",
        string="Component services",
        groups="csp_catalog.group_csp_user",
    )
    csp_contained_ids = fields.Many2many(
        "product.template",
        string="Contains",
        compute="_compute_csp_containment",
        search="_search_csp_contained_ids",
        groups="csp_catalog.group_csp_user",
        help="Offers of the same segment all of whose services are in this one.",
    )
    csp_suite_ids = fields.Many2many(
        "product.template",
        string="Part of",
        compute="_compute_csp_containment",
        search="_search_csp_suite_ids",
        groups="csp_catalog.group_csp_user",
        help="Offers of the same segment that have all services of this one.",
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("csp_is_usage", "uom_id")
    def _compute_csp_unit_label(self):
        """Extend to what is charged by use, which needs no term."""
        usage = self.filtered("csp_is_usage")
        for template in usage:
            template.csp_unit_label = template._csp_usage_label()
        return super(ProductTemplate, self - usage)._compute_csp_unit_label()

    def _csp_usage_label(self):
        """Return what the price of something measured stands for."""
        self.ensure_one()
        return self.env._("per %s used", self.uom_id.name)

    @api.depends("csp_component_ids", "csp_segment", "csp_relation_ids")
    def _compute_csp_containment(self):
        contained, suites = {}, {}
        for suite_id, part_id in self._csp_read_containment(self._origin.ids):
            contained.setdefault(suite_id, []).append(part_id)
            suites.setdefault(part_id, []).append(suite_id)
        for template in self:
            template.csp_contained_ids = contained.get(template._origin.id, [])
            template.csp_suite_ids = suites.get(template._origin.id, [])

    @api.model
    def _search_csp_contained_ids(self, operator, value):
        return self._csp_search_containment(operator, value, side=1)

    @api.model
    def _search_csp_suite_ids(self, operator, value):
        return self._csp_search_containment(operator, value, side=0)

    @api.model
    def _csp_search_containment(self, operator, value, side):
        """Return the domain of offers whose counterpart is among ``value``."""
        if operator == "any":
            value = self._search(Domain(value))
        elif operator != "in":
            return NotImplemented
        pairs = self._csp_read_containment()
        if operator == "in" and all(not item for item in value):
            return ~Domain("id", "in", [pair[1 - side] for pair in pairs])
        wanted = set(self.browse(value).ids if operator == "in" else value)
        return Domain("id", "in", [p[1 - side] for p in pairs if p[side] in wanted])

    # ----------------------------------------------------------------------
    # CONSTRAINTS
    # ----------------------------------------------------------------------

    @api.constrains("csp_is_usage", "csp_is_trial")
    def _check_csp_usage(self):
        for template in self:
            if template.csp_is_usage and template.csp_is_trial:
                raise ValidationError(
                    self.env._(
                        "%s is charged by use: it cannot be a trial.", template.name
                    )
                )

    # ----------------------------------------------------------------------
    # CRUD
    # ----------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Give offers with an identifier their component services."""
        templates = super().create(vals_list)
        wanted = [
            template.id
            for template, vals in zip(templates, vals_list, strict=True)
            if not IDENTIFIERS.isdisjoint(vals) and "csp_component_ids" not in vals
        ]
        if wanted:
            templates.browse(wanted)._csp_match_components()
        return templates

    def write(self, vals):
        """Follow a changed identifier with the component services."""
        result = super().write(vals)
        if not IDENTIFIERS.isdisjoint(vals) and "csp_component_ids" not in vals:
            self._csp_match_components()
        return result

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_view_csp_price_history(self):
        """Open the chart of cost and list price."""
        variants = self.with_context(active_test=False).product_variant_ids
        return variants.action_view_csp_price_history()

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _csp_match_components(self):
        """Fill in the services of the vendor product that the identifiers name."""
        Suite = self.env["csp.service.suite"].sudo()
        # sudo: whoever may give an offer its identifiers gets what they mean.
        for template in self.sudo():
            ref, number = template.csp_provisioning_ref, template.csp_sku_part_number
            suite = Suite.search([("ref", "=", ref.lower())]) if ref else Suite
            if not suite and number and not ref:
                suite = Suite.search([("part_number", "=ilike", number)], limit=1)
            if suite and template.csp_component_ids != suite.plan_ids:
                template.csp_component_ids = suite.plan_ids

    @api.model
    def _csp_read_containment(self, template_ids=None):
        """Return (suite id, part id) pairs in one query; None: of all offers.

        An offer contains another of the same segment when it has all its services,
        supporting ones aside, and more; or when a relation says so.
        """
        # Half a dozen models and two tables of pairs are read.
        self.env.flush_all()
        chosen = SQL()
        chosen_relation = SQL()
        if template_ids is not None:
            if not template_ids:
                return []
            ids = list(template_ids)
            chosen = SQL("AND (suite.id = ANY(%s) OR part.id = ANY(%s))", ids, ids)
            chosen_relation = SQL(
                "AND (offer_id = ANY(%s) OR other_id = ANY(%s))", ids, ids
            )
        rows = self.env.execute_query(
            SQL(
                """
                WITH member AS (
                    SELECT rel.product_tmpl_id AS id, rel.plan_id,
                           COUNT(*) OVER (PARTITION BY rel.product_tmpl_id) AS size
                      FROM csp_service_plan_template_rel rel
                      JOIN csp_service_plan plan ON plan.id = rel.plan_id
                     WHERE plan.is_supporting IS NOT TRUE
                )
                SELECT suite.id, part.id
                  FROM member part
                  JOIN member suite
                    ON suite.plan_id = part.plan_id AND suite.size > part.size
                  JOIN product_template suite_offer
                    ON suite_offer.id = suite.id AND suite_offer.active
                  JOIN product_template part_offer
                    ON part_offer.id = part.id AND part_offer.active
                   AND part_offer.csp_segment = suite_offer.csp_segment
                 WHERE TRUE %s
                 GROUP BY suite.id, part.id, part.size
                HAVING COUNT(*) = part.size
                UNION
                SELECT offer_id, other_id
                  FROM csp_offer_relation
                 WHERE kind = 'includes' %s
                 ORDER BY 1, 2
                """,
                chosen,
                chosen_relation,
            )
        )
        return rows

    def _csp_get_benefits(self, day):
        """Return the benefits of these offers that are valid on a day."""
        # sudo: printed for customers, who have no right on the list of benefits.
        benefits = self.sudo().csp_benefit_ids
        company = self.env.company
        return benefits._filter_valid(day).filtered(
            lambda benefit: not benefit.company_id or benefit.company_id == company
        )


class ProductProduct(models.Model):
    _inherit = "product.product"

    # The template's label speaks of the variant shown first.
    csp_unit_label = fields.Char(
        string="Price is", compute="_compute_csp_variant_unit_label"
    )

    @api.depends("csp_term", "csp_plan", "csp_is_usage", "uom_id")
    def _compute_csp_variant_unit_label(self):
        for product in self:
            is_priced = product.is_csp_offer or product.csp_is_usage
            product.csp_unit_label = is_priced and product._csp_unit_label()

    def action_view_csp_price_history(self):
        """Open the chart of cost and list price of these variants."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "csp_catalog.action_csp_price_history"
        )
        company = self.env.company
        # A line per price: other terms, billings and markets would be mixed in.
        shown = min(self, key=lambda v: v._csp_preference()) if self else self
        return {
            **action,
            "domain": [
                ("product_id", "in", self.ids),
                ("company_id", "=", company.id),
                ("market", "=", company.country_id.code),
            ],
            "context": {"search_default_product_id": shown.id},
        }

    @api.private
    def _csp_unit_label(self):
        """Say of usage in which unit it is measured, not how often it is paid."""
        if self.csp_is_usage:
            return self.product_tmpl_id._csp_usage_label()
        return super()._csp_unit_label()
