"""Offers that want a look: without a price, ending, below cost, stopped."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..const import END_OF_SALE_DAYS

# exception: the activity that tells of it
ACTIVITIES = {
    "no_price": "csp_catalog.mail_activity_type_no_price",
    "ends_soon": "csp_catalog.mail_activity_type_ends_soon",
    "stopped": "csp_catalog.mail_activity_type_stopped",
}

# More offers of one group with the same exception are one activity, on the group.
MAX_ACTIVITIES = 50


class ProductTemplate(models.Model):
    _inherit = "product.template"

    csp_has_no_price = fields.Boolean(
        string="On sale without a price",
        compute="_compute_csp_exceptions",
        compute_sudo=True,
        search="_search_csp_has_no_price",
    )
    csp_ends_soon = fields.Boolean(
        string="Sale ends soon",
        compute="_compute_csp_exceptions",
        compute_sudo=True,
        search="_search_csp_ends_soon",
    )
    csp_is_below_floor = fields.Boolean(
        string="Below cost at the best level",
        compute="_compute_csp_exceptions",
        compute_sudo=True,
        search="_search_csp_is_below_floor",
        groups="base.group_user",
        help="The level with the highest discount would pay less than the vendor asks.",
    )
    csp_has_exception = fields.Boolean(
        string="Wants a look",
        compute="_compute_csp_exceptions",
        compute_sudo=True,
        search="_search_csp_has_exception",
        groups="base.group_user",
    )
    csp_is_sale_stopped = fields.Boolean(
        string="Sale stopped",
        compute="_compute_csp_is_sale_stopped",
        search="_search_csp_is_sale_stopped",
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("sale_ok", "csp_end_of_sale_date", "list_price")
    @api.depends_context("company")
    def _compute_csp_exceptions(self):
        found = self._csp_find_exceptions()
        for template in self:
            template_id = template._origin.id
            template.csp_has_no_price = template_id in found["no_price"]
            template.csp_ends_soon = template_id in found["ends_soon"]
            template.csp_is_below_floor = template_id in found["below_floor"]
            template.csp_has_exception = any(
                template_id in ids for ids in found.values()
            )

    @api.model
    def _search_csp_has_no_price(self, operator, value):
        return self._csp_search_exception(operator, value, "no_price")

    @api.model
    def _search_csp_ends_soon(self, operator, value):
        return self._csp_search_exception(operator, value, "ends_soon")

    @api.model
    def _search_csp_is_below_floor(self, operator, value):
        return self._csp_search_exception(operator, value, "below_floor")

    @api.model
    def _search_csp_has_exception(self, operator, value):
        return self._csp_search_exception(operator, value)

    @api.model
    def _csp_search_exception(self, operator, value, code=None):
        if operator != "in":
            return NotImplemented
        found = self._csp_find_exceptions()
        ids = found[code] if code else set().union(*found.values())
        domain = Domain("id", "in", sorted(ids))
        return domain if True in value else ~domain

    @api.depends("categ_id.csp_is_off_sale")
    def _compute_csp_is_sale_stopped(self):
        for template in self:
            # sudo: visitors have no right on categories; only the flag is shown.
            template.csp_is_sale_stopped = template.sudo().categ_id.csp_is_off_sale

    @api.model
    def _search_csp_is_sale_stopped(self, operator, value):
        if operator != "in":
            return NotImplemented
        categories = self.env["product.category"].sudo()
        stopped = categories.search([("csp_is_off_sale", "=", True)])
        domain = Domain("categ_id", "in", stopped.ids)
        return domain if True in value else ~domain

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    @api.model
    def _csp_find_exceptions(self, today=None):
        """Return ``{exception: template ids}`` in the current company.

        In a constant number of queries, whatever the size of the catalogue.
        """
        today = today or fields.Date.context_today(self)
        on_sale = Domain("is_csp_offer", "=", True) & Domain("sale_ok", "=", True)
        return {
            "no_price": self._csp_find_without_price(on_sale),
            "ends_soon": set(
                self._search(
                    on_sale
                    & Domain("csp_end_of_sale_date", ">", today)
                    & Domain(
                        "csp_end_of_sale_date",
                        "<=",
                        today + timedelta(days=END_OF_SALE_DAYS),
                    )
                )
            ),
            "below_floor": self._csp_find_below_floor(),
        }

    @api.model
    def _csp_find_without_price(self, on_sale):
        """Return the ids of offers on sale that nobody can be told a price of."""
        offers = self.search_fetch(
            on_sale & Domain("csp_is_trial", "=", False), ["list_price"]
        )
        if not offers:
            return set()
        # Which offers have prices: now and here, ever and here, ever and anywhere.
        self.env["csp.price"].flush_model()
        self.env["product.product"].flush_model(["active", "product_tmpl_id"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT variant.product_tmpl_id,
                       BOOL_OR(%(here)s AND %(valid)s AND variant.active),
                       BOOL_OR(%(here)s)
                  FROM csp_price price
                  JOIN product_product variant ON variant.id = price.product_id
                 WHERE variant.product_tmpl_id = ANY(%(ids)s)
                 GROUP BY variant.product_tmpl_id
                """,
                ids=offers.ids,
                **self._csp_price_conditions(),
            )
        )
        known = {template_id: (now, here) for template_id, now, here in rows}
        found = set()
        for offer in offers:
            if offer.id in known:
                has_price, is_ours = known[offer.id]
                if is_ours and not has_price:
                    found.add(offer.id)
            elif not offer.list_price:
                found.add(offer.id)
        return found

    @api.model
    def _csp_find_below_floor(self):
        """Return the ids of offers that the best level would buy below cost."""
        [(best,)] = self.env["res.partner.grade"]._read_group(
            [], aggregates=["csp_discount:max"]
        )
        return {
            template_id
            for template_id, lowest in self._csp_read_cheapest().items()
            if lowest < (best or 0.0) / 100
        }

    @api.model
    def _csp_read_cheapest(self):
        """Return ``{template id: smallest margin of its variants}``, as a share."""
        rows = self._csp_read_margin_rows(SQL("MIN(1 - unit_price / erp_price)"))
        return {**self._csp_own_margins(), **dict(rows)}

    @api.model
    def _csp_read_margins(self):
        """Return ``{template id: average margin of its variants}``, as a share."""
        rows = self._csp_read_margin_rows(SQL("AVG(1 - unit_price / erp_price)"))
        return {**self._csp_own_margins(), **dict(rows)}

    @api.model
    def _csp_own_margins(self):
        """Return ``{template id: margin}`` of services that no price sheet names."""
        offers = self.search(
            Domain("is_csp_offer", "=", True)
            & Domain("sale_ok", "=", True)
            & Domain("list_price", ">", 0)
            & Domain("product_variant_ids.csp_price_ids", "=", False)
        )
        return {
            offer.id: 1 - offer.standard_price / offer.list_price for offer in offers
        }

    @api.model
    def _csp_read_margin_rows(self, aggregate):
        self.env["csp.price"].flush_model()
        self.env["product.product"].flush_model(["active", "product_tmpl_id"])
        self.env["product.template"].flush_model(["active", "sale_ok"])
        conditions = self._csp_price_conditions()
        return self.env.execute_query(
            SQL(
                """
                SELECT variant.product_tmpl_id, %(aggregate)s
                  FROM csp_price price
                  JOIN product_product variant ON variant.id = price.product_id
                  JOIN product_template offer ON offer.id = variant.product_tmpl_id
                 WHERE %(here)s AND %(valid)s AND price.erp_price > 0
                   AND variant.active AND offer.active AND offer.sale_ok
                 GROUP BY variant.product_tmpl_id
                """,
                aggregate=aggregate,
                **conditions,
            )
        )

    @api.model
    def _csp_price_conditions(self):
        """Return what makes a price row one of ours, and valid now."""
        now = fields.Datetime.now()
        company = self.env.company
        return {
            "here": SQL(
                "(price.company_id = %s AND price.market = %s)",
                company.id,
                company.country_id.code or "",
            ),
            "valid": SQL(
                "(NOT price.is_superseded"
                " AND (price.valid_from IS NULL OR price.valid_from <= %s)"
                " AND (price.valid_to IS NULL OR price.valid_to > %s))",
                now,
                now,
            ),
        }

    # ----------------------------------------------------------------------
    # CRON
    # ----------------------------------------------------------------------

    @api.model
    def _cron_csp_exceptions(self, today=None):
        """Daily: an activity per exception; closed when it is mended.

        A group with many offers of one kind gets a single activity.

        Doing it twice changes nothing.
        """
        today = today or fields.Date.context_today(self)
        companies = self.env["res.company"].search([("active", "=", True)])
        wanted = {"no_price": set(), "ends_soon": set()}
        for company in companies:
            Template = self.with_company(company).with_context(
                allowed_company_ids=company.ids
            )
            found = Template._csp_find_exceptions(today)
            for code, ids in wanted.items():
                ids.update(found[code])
        for code, ids in wanted.items():
            activity_type = self.env.ref(ACTIVITIES[code])
            offers = self.browse(sorted(ids))
            crowded = self.env["product.category"].concat(
                *(
                    category
                    for category, members in offers.grouped("categ_id").items()
                    if len(members) > MAX_ACTIVITIES
                )
            )
            offers.filtered(
                lambda offer, groups=crowded: offer.categ_id not in groups
            )._csp_sync_activities(activity_type, today)
            crowded._csp_sync_activities(activity_type, today)
        stopped = self.env["product.category"].search(
            [("csp_is_sale_stopped", "=", True)]
        )
        stopped._csp_sync_activities(self.env.ref(ACTIVITIES["stopped"]), today)


class MailActivityMixin(models.AbstractModel):
    _inherit = "mail.activity.mixin"

    def _csp_sync_activities(self, activity_type, today):
        """Let exactly these records have an open activity of a type."""
        known = self.env["mail.activity"].search(
            [
                ("activity_type_id", "=", activity_type.id),
                ("res_model", "=", self._name),
            ]
        )
        mended = known.filtered(lambda activity: activity.res_id not in self._ids)
        if mended:
            mended.action_feedback(feedback=self.env._("Mended."))
        missing = self - self.browse((known - mended).mapped("res_id"))
        self.env["mail.activity"].create(
            [
                {
                    "activity_type_id": activity_type.id,
                    "res_model_id": self.env["ir.model"]._get_id(self._name),
                    "res_id": record.id,
                    "date_deadline": today,
                    "summary": activity_type.summary,
                    "user_id": record._csp_get_activity_user().id,
                }
                for record in missing
            ]
        )

    def _csp_get_activity_user(self):
        """Return who looks after a product or a group."""
        self.ensure_one()
        category = self.categ_id if "categ_id" in self._fields else self
        user = category._csp_get_manager()
        if user:
            return user
        managers = self.env.ref("csp_catalog.group_csp_product_manager").all_user_ids
        return (
            managers.filtered(lambda u: u.active and not u.share)[:1] or self.env.user
        )
