"""Product groups: who looks after them, and one switch to stop their sale."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

# Written by the switch itself, by nobody else.
SWITCH_FIELDS = (
    "csp_is_sale_stopped",
    "csp_stop_reason",
    "csp_stopped_by",
    "csp_stopped_at",
)


class ProductCategory(models.Model):
    _name = "product.category"
    _inherit = ["product.category", "mail.activity.mixin"]

    csp_manager_id = fields.Many2one(
        "res.users",
        string="Product-group manager",
        tracking=True,
        domain=[("share", "=", False)],
        groups="base.group_user",
        help="May stop and start the sale of this group and the groups below it.",
    )
    csp_is_sale_stopped = fields.Boolean(
        string="Sale stopped", copy=False, readonly=True
    )
    csp_stop_reason = fields.Char(
        string="Reason", copy=False, readonly=True, groups="base.group_user"
    )
    csp_stopped_by = fields.Many2one(
        "res.users",
        string="Stopped by",
        copy=False,
        readonly=True,
        groups="base.group_user",
    )
    csp_stopped_at = fields.Datetime(string="Stopped on", copy=False, readonly=True)
    csp_is_off_sale = fields.Boolean(
        string="Not on sale",
        compute="_compute_csp_is_off_sale",
        search="_search_csp_is_off_sale",
        recursive=True,
        help="Its own sale is stopped, or that of a group above.",
    )
    csp_may_switch = fields.Boolean(
        compute="_compute_csp_may_switch", groups="base.group_user"
    )

    # What the console shows, of the group and those below it.
    csp_offer_count = fields.Integer(
        string="Offers", compute="_compute_csp_console", groups="base.group_user"
    )
    csp_exception_count = fields.Integer(
        string="Exceptions", compute="_compute_csp_console", groups="base.group_user"
    )
    csp_average_margin_percent = fields.Float(
        string="Average margin",
        compute="_compute_csp_console",
        groups="base.group_user",
        help="Of the list price, before any partner's discount, at today's prices.",
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("csp_is_sale_stopped", "parent_id.csp_is_off_sale")
    def _compute_csp_is_off_sale(self):
        for category in self:
            category.csp_is_off_sale = (
                category.csp_is_sale_stopped or category.parent_id.csp_is_off_sale
            )

    @api.model
    def _search_csp_is_off_sale(self, operator, value):
        if operator != "in":
            return NotImplemented
        # sudo: visitors have no right on categories, which only decide here.
        stopped = self.sudo()._search([("csp_is_sale_stopped", "=", True)])
        domain = fields.Domain("id", "child_of", stopped.get_result_ids())
        return domain if True in value else ~domain

    @api.depends("csp_manager_id", "parent_id.csp_manager_id")
    @api.depends_context("uid")
    def _compute_csp_may_switch(self):
        for category in self:
            category.csp_may_switch = category._csp_may_be_switched()

    @api.depends_context("company")
    def _compute_csp_console(self):
        Template = self.env["product.template"]
        exceptions = set().union(*Template._csp_find_exceptions().values())
        margins = Template._csp_read_margins()
        offers = Template.search_fetch(
            [("is_csp_offer", "=", True), ("categ_id", "child_of", self.ids)],
            ["categ_id"],
        )
        for category in self:
            path = category.parent_path or "-"
            own = [
                offer.id
                for offer in offers
                if (offer.categ_id.parent_path or "").startswith(path)
            ]
            rates = [margins[i] for i in own if i in margins]
            category.csp_offer_count = len(own)
            category.csp_exception_count = len(exceptions.intersection(own))
            category.csp_average_margin_percent = (
                sum(rates) / len(rates) if rates else 0.0
            )

    # ----------------------------------------------------------------------
    # CRUD
    # ----------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Refuse groups that come with their sale stopped, or with a manager."""
        categories = super().create(vals_list)
        if not self.env.su:
            categories._csp_refuse_switch(
                {name for name in SWITCH_FIELDS if any(categories.mapped(name))},
                any(categories.mapped("csp_manager_id")),
            )
        return categories

    def write(self, vals):
        """Refuse switching by hand: the button checks the person and asks why."""
        if not self.env.su:
            self._csp_refuse_switch(
                vals.keys() & set(SWITCH_FIELDS), "csp_manager_id" in vals
            )
        return super().write(vals)

    def _csp_refuse_switch(self, names, has_manager):
        if names:
            raise AccessError(
                self.env._("The sale of a group is stopped with its button.")
            )
        if has_manager and not self.env.user.has_group("csp_catalog.group_csp_manager"):
            raise AccessError(
                self.env._("Only an administrator names a product-group manager.")
            )

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_csp_stop_sale(self):
        """Ask for the reason, then stop the sale."""
        self.ensure_one()
        self._csp_check_switch()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Stop the sale of %s", self.name),
            "res_model": "csp.sale.stop",
            "view_mode": "form",
            "target": "new",
            "context": {"default_category_id": self.id},
        }

    def action_csp_start_sale(self):
        """Put the group on sale again."""
        self._csp_check_switch()
        for category in self.filtered("csp_is_sale_stopped"):
            # sudo: the check above; the fields are closed to everybody else.
            category.sudo().write(dict.fromkeys(SWITCH_FIELDS, False))
            category.message_post(body=self.env._("On sale again."))

    def action_view_csp_offers(self):
        """Open the offers of this group and the groups below."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "csp_catalog.action_csp_offer"
        )
        return {
            **action,
            "domain": [("is_csp_offer", "=", True), ("categ_id", "child_of", self.id)],
            "context": {**self._csp_offer_context(), "default_categ_id": self.id},
        }

    def action_view_csp_exceptions(self):
        """Open the offers of this group that want a look."""
        self.ensure_one()
        action = self.action_view_csp_offers()
        return {
            **action,
            "name": self.env._("Exceptions in %s", self.name),
            "domain": [*action["domain"], ("csp_has_exception", "=", True)],
            "context": {},
        }

    def _csp_offer_context(self):
        return {"search_default_filter_sale_ok": 1}

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _csp_stop_sale(self, reason):
        """Stop the sale of the group; what runs and renews goes on."""
        self._csp_check_switch()
        if not (reason or "").strip():
            raise UserError(self.env._("Write down why the sale is stopped."))
        for category in self.filtered(lambda c: not c.csp_is_sale_stopped):
            # sudo: the check above; the fields are closed to everybody else.
            category.sudo().write(
                {
                    "csp_is_sale_stopped": True,
                    "csp_stop_reason": reason.strip(),
                    "csp_stopped_by": self.env.user.id,
                    "csp_stopped_at": fields.Datetime.now(),
                }
            )
            category.message_post(body=self.env._("Sale stopped: %s", reason.strip()))

    def _csp_check_switch(self):
        for category in self:
            if not category._csp_may_be_switched():
                raise AccessError(
                    self.env._(
                        "Only the product-group manager of %s, or an administrator, "
                        "may stop and start its sale.",
                        category.display_name,
                    )
                )

    def _csp_may_be_switched(self):
        """Tell whether the user looks after this group, or one above it."""
        self.ensure_one()
        user = self.env.user
        if self.env.su or user.has_group("csp_catalog.group_csp_manager"):
            return True
        return user.has_group("csp_catalog.group_csp_product_manager") and (
            user in self._csp_get_line().csp_manager_id
        )

    def _csp_get_line(self):
        """Return the group and those above it, the nearest first."""
        line, category = self.browse(), self
        while category:
            line += category
            category = category.parent_id
        return line

    def _csp_get_stopped(self, moment):
        """Return the nearest group that was stopped by that moment, or nothing."""
        return self._csp_get_line().filtered(
            lambda category: (
                category.csp_is_sale_stopped
                and (not category.csp_stopped_at or category.csp_stopped_at <= moment)
            )
        )[:1]

    def _csp_get_manager(self):
        """Return who looks after the group: its manager, or one of a group above."""
        return next(
            (c.csp_manager_id for c in self._csp_get_line() if c.csp_manager_id),
            self.env["res.users"],
        )
