from odoo import api, fields, models

from odoo.addons.csp_catalog.providers import base as provider_base

from ..const import (
    DELIVERY_STATES,
    EVENT_ORDER,
    TASK_ORDER,
    TASK_PROBLEM,
    UNDELIVERED_STATES,
)


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # Parties and account at the vendor
    csp_customer_id = fields.Many2one(
        "res.partner",
        string="End Customer",
        compute="_compute_csp_customer_id",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        help="The company that uses the service.",
    )
    csp_reseller_id = fields.Many2one(
        "res.partner",
        string="Reseller",
        compute="_compute_csp_reseller_id",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
    )
    csp_tenant_id = fields.Many2one(
        "csp.tenant",
        string="Tenant",
        copy=False,
        index="btree_not_null",
        domain="[('partner_id', '=', csp_customer_id)]",
    )
    csp_order_type = fields.Selection(
        [("new", "New"), ("change", "Change"), ("renewal", "Renewal")],
        string="Cloud Order",
        default="new",
        required=True,
        copy=False,
    )
    has_csp_lines = fields.Boolean(compute="_compute_has_csp_lines", store=True)

    # Acceptance of the terms
    csp_terms_accepted_at = fields.Datetime(string="Terms Accepted On", copy=False)
    csp_terms_accepted_by = fields.Char(string="Terms Accepted By", copy=False)
    csp_terms_accepted_ip = fields.Char(
        string="Terms Accepted From", copy=False, groups="base.group_user"
    )

    # Delivery
    csp_subscription_ids = fields.One2many(
        "csp.subscription", "order_id", string="Subscriptions"
    )
    csp_subscription_count = fields.Integer(compute="_compute_csp_subscription_count")
    csp_task_ids = fields.One2many(
        "csp.provisioning.task",
        "order_id",
        string="Provisioning",
        groups="base.group_user",
    )
    csp_delivery_state = fields.Selection(
        DELIVERY_STATES,
        string="Delivery",
        compute="_compute_csp_delivery_state",
        compute_sudo=True,
        store=True,
        copy=False,
    )
    csp_delivered_at = fields.Datetime(string="Delivered On", readonly=True, copy=False)

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("order_line.product_id.is_csp_offer")
    def _compute_has_csp_lines(self):
        for order in self:
            order.has_csp_lines = any(line._csp_is_offer() for line in order.order_line)

    @api.depends("partner_id")
    def _compute_csp_customer_id(self):
        for order in self:
            partner = order.partner_id.commercial_partner_id
            if partner and not partner.is_csp_reseller and not order.csp_customer_id:
                order.csp_customer_id = partner
            elif not order.csp_customer_id:
                order.csp_customer_id = False

    @api.depends("partner_id", "csp_customer_id")
    def _compute_csp_reseller_id(self):
        for order in self:
            buyer = order.partner_id.commercial_partner_id
            if buyer.is_csp_reseller:
                order.csp_reseller_id = buyer
            else:
                customer = order.csp_customer_id.commercial_partner_id
                order.csp_reseller_id = customer.csp_reseller_id

    @api.depends("csp_subscription_ids")
    def _compute_csp_subscription_count(self):
        for order in self:
            order.csp_subscription_count = len(order._csp_get_subscriptions())

    @api.depends(
        "csp_subscription_ids.state", "csp_task_ids.state", "csp_order_type", "state"
    )
    def _compute_csp_delivery_state(self):
        for order in self:
            subscriptions = order.csp_subscription_ids
            if not subscriptions:
                order.csp_delivery_state = "none"
            elif any(task.state in TASK_PROBLEM for task in order.csp_task_ids) or any(
                s.refusal_reason for s in subscriptions
            ):
                order.csp_delivery_state = "problem"
            elif any(s.state in UNDELIVERED_STATES for s in subscriptions):
                order.csp_delivery_state = "waiting"
            else:
                order.csp_delivery_state = "delivered"

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_view_csp_subscriptions(self):
        self.ensure_one()
        return self._csp_get_subscriptions()._get_records_action(
            name=self.env._("Subscriptions")
        )

    def action_view_csp_tasks(self):
        self.ensure_one()
        return self.csp_task_ids._get_records_action(name=self.env._("Delivery"))

    def action_csp_accept_terms(self):
        """Record that the customer accepted the terms towards the salesperson."""
        self.ensure_one()
        self.check_access("write")
        self.write(
            {
                "csp_terms_accepted_at": fields.Datetime.now(),
                "csp_terms_accepted_by": self.partner_id.name,
            }
        )
        self.message_post(
            body=self.env._("Terms accepted, recorded by %s.", self.env.user.name)
        )

    # ----------------------------------------------------------------------
    # BUSINESS - CONFIRMATION
    # ----------------------------------------------------------------------

    def _action_confirm(self):
        """Override of `sale` to make contracts, subscriptions and their tasks.

        All in the transaction of the confirmation; nothing is sent from here.
        """
        result = super()._action_confirm()
        for order in self:
            if order.csp_order_type == "renewal":
                order._csp_accept_renewal(order.signed_by or self.env.user.name)
            else:
                order._csp_create_subscriptions()
        return result

    def _csp_create_subscriptions(self):
        """Make one subscription per cloud line and one task per provider."""
        self.ensure_one()
        # sudo: a customer who confirms a quote has no right on what comes of it
        order = self.sudo()
        lines = order.order_line.filtered(
            lambda line: line._csp_is_offer() and not line.csp_subscription_id
        )
        if not lines:
            return self.env["csp.subscription"]
        if order.csp_tenant_id:
            order._csp_record_acceptance()
        made = order.env["csp.subscription"]
        for program, program_lines in lines.grouped(
            lambda line: line.product_id.csp_program_id
        ).items():
            provider = program._csp_get_provider(order.company_id)
            contract = order.env["csp.contract"]._find_or_create(
                order.csp_customer_id.commercial_partner_id,
                order._csp_get_payer(),
                program,
                order.company_id,
                reseller_id=order.csp_reseller_id.commercial_partner_id.id,
                terms_accepted_at=order.csp_terms_accepted_at,
                terms_accepted_by=order.csp_terms_accepted_by,
                terms_accepted_ip=order.csp_terms_accepted_ip,
            )
            subscriptions = order.env["csp.subscription"].create(
                [
                    line._csp_prepare_subscription(contract, provider)
                    for line in program_lines
                ]
            )
            for line, subscription in zip(program_lines, subscriptions, strict=True):
                line.csp_subscription_id = subscription
            subscriptions._book_first_seats()
            subscriptions._set_pending()
            subscriptions._book_event(
                EVENT_ORDER,
                fields.Date.today(),
                order_id=order.id,
                source=order.name,
            )
            order._csp_create_task(provider, subscriptions)
            made |= subscriptions
        return made

    def _csp_create_task(self, provider, subscriptions):
        """Write the outbox row of the order and enqueue it."""
        Task = self.env["csp.provisioning.task"]
        tenant = self.csp_tenant_id
        key = Task._build_key("order", self.id, provider.id, tenant.id or 0)
        dropped = Task.search_count([("key", "=like", f"{key}%")])
        if dropped:
            key = f"{key}-{dropped}"
        reseller = self.csp_reseller_id.commercial_partner_id
        command = provider_base.PlaceOrder(
            key=key,
            tenant=tenant._prepare_provider_tenant()
            if tenant
            else provider_base.Tenant(
                domain="", company_name=self.csp_customer_id.name or ""
            ),
            lines=tuple(
                provider_base.OrderLine(
                    line_key=Task._get_line_key(s),
                    product_ref=s.product_id.csp_product_ref or s.product_id.name,
                    sku_ref=s.product_id.csp_sku_ref or "",
                    term=s.term,
                    plan=s.plan,
                    quantity=s.quantity,
                    friendly_name=s.name,
                    promotion_ref=s.promotion_ref or None,
                )
                for s in subscriptions
            ),
            agreement=tenant._prepare_provider_agreement() if tenant else None,
            reseller_mpn=reseller._csp_get_mpn_id() or None,
        )
        task = Task.create(
            {
                "key": key,
                "kind": TASK_ORDER,
                "order_id": self.id,
                "subscription_ids": [fields.Command.set(subscriptions.ids)],
                "provider_id": provider.id,
                "tenant_id": tenant.id,
                "company_id": self.company_id.id,
                "payload": Task._dump_command(command),
                "source": self.name,
            }
        )
        task._enqueue()
        return task

    def _csp_record_acceptance(self):
        """Copy the acceptance of the order's terms to the tenant, once."""
        tenant = self.csp_tenant_id
        if tenant.agreement_accepted_at or not self.csp_terms_accepted_at:
            return
        name = " ".join(filter(None, (tenant.admin_first_name, tenant.admin_last_name)))
        tenant.write(
            {
                "agreement_accepted_at": self.csp_terms_accepted_at,
                "agreement_by_name": name or self.csp_terms_accepted_by,
                "agreement_by_email": tenant.admin_email,
                "agreement_ip": self.csp_terms_accepted_ip,
            }
        )

    # ----------------------------------------------------------------------
    # HELPERS
    # ----------------------------------------------------------------------

    def _csp_get_payer(self):
        """Return the commercial partner who is invoiced."""
        self.ensure_one()
        return (self.partner_invoice_id or self.partner_id).commercial_partner_id

    def _csp_get_subscriptions(self):
        """Return what the order made, or what it renews."""
        self.ensure_one()
        return self.csp_subscription_ids | self.order_line.csp_subscription_id
