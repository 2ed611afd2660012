from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.csp_catalog.const import PLANS, TERMS

from ..const import (
    STATES,
    TASK_OPEN,
)
from ..engine import term as term_engine

# Set once, by the order or by the start.
IMMUTABLE_FIELDS = {"order_line_id", "anchor_date", "currency_id", "product_id"}

# What a person may change of a subscription that was ordered. All else has been
# agreed with the vendor and the payer, and moves through the verbs.
FREE_FIELDS = {"user_id", "access_token"}
FREE_PREFIXES = ("activity_", "my_activity_", "message_", "website_message_", "x_")


class CspSubscription(models.Model):
    """One offer at the vendor: seats, locked price, term, renewal instruction."""

    _name = "csp.subscription"
    _description = "Cloud Subscription"
    _inherit = ["portal.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True

    # Identity
    name = fields.Char(readonly=True, copy=False, default="/", index="trigram")
    state = fields.Selection(
        STATES,
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    contract_id = fields.Many2one(
        "csp.contract", index="btree_not_null", ondelete="restrict"
    )
    user_id = fields.Many2one(
        "res.users", string="Salesperson", index="btree_not_null", tracking=True
    )

    # Parties: commercial partners
    customer_id = fields.Many2one(
        "res.partner",
        string="End Customer",
        required=True,
        index=True,
        ondelete="restrict",
        tracking=True,
    )
    reseller_id = fields.Many2one(
        "res.partner", index="btree_not_null", ondelete="restrict"
    )
    payer_id = fields.Many2one(
        "res.partner", required=True, index=True, ondelete="restrict", tracking=True
    )

    # What was bought
    product_id = fields.Many2one(
        "product.product", string="Offer", required=True, ondelete="restrict"
    )
    program_id = fields.Many2one(
        "csp.program", string="Programme", required=True, ondelete="restrict"
    )
    provider_id = fields.Many2one(
        "csp.provider", ondelete="restrict", groups="base.group_user"
    )
    tenant_id = fields.Many2one("csp.tenant", index="btree_not_null")
    order_line_id = fields.Many2one(
        "sale.order.line", readonly=True, copy=False, ondelete="restrict"
    )
    order_id = fields.Many2one(
        "sale.order",
        string="Sales Order",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    quantity = fields.Integer(string="Seats", required=True, default=1, tracking=True)
    term = fields.Selection(selection="_selection_term", required=True)
    plan = fields.Selection(
        selection="_selection_plan", string="Billing", required=True
    )

    # Price of the running term, per seat and billing period. Prices are those of the
    # payer and a record rule cannot hide single fields: portal users get them from
    # pages that check who pays, so that no end customer learns what its reseller pays.
    currency_id = fields.Many2one("res.currency", required=True)
    unit_price = fields.Float(
        digits=(16, 6),
        groups="base.group_user",
        help="Net price per seat and billing period of the term.",
    )
    erp_unit_price = fields.Float(
        string="ERP Unit Price", digits=(16, 6), groups="base.group_user"
    )
    cost_currency_id = fields.Many2one("res.currency", groups="base.group_user")
    unit_cost = fields.Float(digits=(16, 6), groups="base.group_user")
    currency_rate = fields.Float(
        string="Rate", digits=0, default=1.0, groups="base.group_user"
    )
    price_id = fields.Many2one(
        "csp.price", string="Price Row", groups="base.group_user", ondelete="restrict"
    )

    # Term; the end is exclusive
    start_date = fields.Date(readonly=True, copy=False)
    anchor_date = fields.Date(
        readonly=True,
        copy=False,
        help="Start of the first term: all periods are counted from here.",
    )
    term_start_date = fields.Date(readonly=True, copy=False)
    term_end_date = fields.Date(
        string="Term Ends Before",
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
        help="First day that is not part of the term any more.",
    )
    term_last_date = fields.Date(
        string="Last Day of Term", compute="_compute_term", store=True
    )
    cancellable_until = fields.Datetime(readonly=True, copy=False)
    auto_renew = fields.Boolean(readonly=True, copy=False, tracking=True)

    # At the vendor
    vendor_ref = fields.Char(
        string="Vendor Subscription", readonly=True, copy=False, tracking=True
    )
    vendor_order_ref = fields.Char(string="Vendor Order", readonly=True, copy=False)
    vendor_seen_at = fields.Datetime(
        string="Last Read", readonly=True, copy=False, groups="base.group_user"
    )
    refusal_reason = fields.Char(readonly=True, copy=False)

    # What hangs on it
    event_ids = fields.One2many("csp.subscription.event", "subscription_id")
    batch_ids = fields.One2many("csp.seat.batch", "subscription_id")
    task_ids = fields.Many2many(
        "csp.provisioning.task",
        "csp_provisioning_task_subscription_rel",
        "subscription_id",
        "task_id",
        groups="base.group_user",
    )
    intent_ids = fields.One2many(
        "csp.intent", "subscription_id", groups="base.group_user"
    )
    access_ids = fields.Many2many(
        "csp.access",
        string="Access Data",
        compute="_compute_access_ids",
        groups="base.group_user",
        help="Access data of the subscription itself and of its tenant.",
    )
    renewal_line_ids = fields.One2many(
        "sale.order.line", "csp_subscription_id", groups="base.group_user"
    )
    renewal_order_ids = fields.Many2many(
        "sale.order",
        string="Renewal Quotes",
        compute="_compute_renewal_order_ids",
        groups="base.group_user",
    )

    _order_line_uniq = models.UniqueIndex(
        "(order_line_id) WHERE order_line_id IS NOT NULL",
        "An order line makes one subscription only.",
    )
    _vendor_ref_uniq = models.UniqueIndex(
        "(provider_id, vendor_ref) WHERE vendor_ref IS NOT NULL",
        "This vendor subscription is known already.",
    )
    _quantity_positive = models.Constraint(
        "CHECK (quantity > 0)", "A subscription has at least one seat."
    )
    _term_dates = models.Constraint(
        "CHECK (term_end_date IS NULL OR term_end_date > term_start_date)",
        "A term must end after it starts.",
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.model
    def _selection_term(self):
        return (
            self.env["product.product"]
            ._fields["csp_term"]
            ._description_selection(self.env)
        )

    @api.model
    def _selection_plan(self):
        return (
            self.env["product.product"]
            ._fields["csp_plan"]
            ._description_selection(self.env)
        )

    def _compute_access_url(self):
        """Override of `portal.mixin`: the page of the partner portal."""
        result = super()._compute_access_url()
        for subscription in self:
            subscription.access_url = f"/my/csp/subscription/{subscription.id}"
        return result

    @api.depends("term_end_date")
    def _compute_term(self):
        for subscription in self:
            end = subscription.term_end_date
            subscription.term_last_date = end and term_engine.to_vendor_end(end)

    def _compute_access_ids(self):
        Access = self.env["csp.access"]
        for subscription in self:
            domain = [("subscription_id", "in", subscription.ids)]
            if subscription.tenant_id:
                domain = [
                    "|",
                    *domain,
                    "&",
                    ("subscription_id", "=", False),
                    ("tenant_id", "=", subscription.tenant_id.id),
                ]
            subscription.access_ids = Access.search(domain)

    @api.depends("renewal_line_ids.order_id")
    def _compute_renewal_order_ids(self):
        for subscription in self:
            lines = subscription.renewal_line_ids.filtered("csp_renewal_date")
            subscription.renewal_order_ids = lines.order_id

    # ----------------------------------------------------------------------
    # CRUD
    # ----------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("name", "/") == "/":
                vals["name"] = self.env["ir.sequence"].next_by_code("csp.subscription")
            if not self.env.su and vals.get("state", "draft") != "draft":
                raise UserError(
                    self.env._("A subscription starts as a draft, or with an order.")
                )
        return super().create(vals_list)

    def write(self, vals):
        self._check_free_fields(vals)
        for name in vals.keys() & IMMUTABLE_FIELDS:
            field = self._fields[name]
            wanted = field.convert_to_write(
                field.convert_to_record(field.convert_to_cache(vals[name], self), self),
                self,
            )
            for subscription in self:
                known = subscription[name]
                if known and field.convert_to_write(known, subscription) != wanted:
                    raise UserError(
                        self.env._(
                            "“%(field)s” of a subscription never changes.",
                            field=field.string,
                        )
                    )
        return super().write(vals)

    def _check_free_fields(self, names):
        """Let people write harmless fields only; the verbs write as superuser."""
        if self.env.su:
            return
        for name in names:
            if name in FREE_FIELDS or name.startswith(FREE_PREFIXES):
                continue
            if name == "state" or any(s.state != "draft" for s in self):
                raise UserError(
                    self.env._(
                        "“%(field)s” of a running subscription is not edited. Use the "
                        "buttons for seats, suspension, cancellation and renewal, so "
                        "that the vendor and the invoices follow.",
                        field=self._fields[name].string,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if any(s.state != "draft" or s.event_ids for s in self):
            raise UserError(
                self.env._("A subscription is cancelled or expires; it is not deleted.")
            )

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_change_seats(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "csp_subscription.csp_subscription_change_action"
        )
        action["context"] = {"default_subscription_id": self.id}
        return action

    def action_view_tasks(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "csp_subscription.csp_provisioning_task_action"
        )
        action["domain"] = [("subscription_ids", "in", self.ids)]
        action["context"] = {}
        return action

    def action_view_events(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "csp_subscription.csp_subscription_event_action"
        )
        action["domain"] = [("subscription_id", "=", self.id)]
        action["context"] = {}
        return action

    def action_view_order(self):
        self.ensure_one()
        return self.order_id._get_records_action()

    def action_view_renewals(self):
        self.ensure_one()
        return self.renewal_order_ids._get_records_action(
            name=self.env._("Renewal quotes")
        )

    # ----------------------------------------------------------------------
    # HELPERS
    # ----------------------------------------------------------------------

    def _get_term_months(self):
        self.ensure_one()
        return TERMS.get(self.term) or 1

    def _get_period_months(self):
        """Months of one billing period; 0 for a single payment."""
        self.ensure_one()
        months = PLANS.get(self.plan)
        return months if isinstance(months, int) else 0

    def _get_open_tasks(self):
        # sudo: customers' actions ask whether something is under way
        return self.sudo().task_ids.filtered(lambda t: t.state in TASK_OPEN)
