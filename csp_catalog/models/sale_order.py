"""No sale below cost without a recorded approval."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

# Written by the approval itself, by nobody else.
APPROVAL_FIELDS = (
    "csp_floor_approved_by",
    "csp_floor_approved_at",
    "csp_floor_approved_gap",
    "csp_floor_approved_lines",
    "csp_approval_requested_by",
)


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # Odoo shows what an order earns to whoever may read the order.
    margin = fields.Monetary(groups="base.group_user")
    margin_percent = fields.Float(groups="base.group_user")

    # Who let it pass, and for which amounts.
    csp_floor_approved_by = fields.Many2one(
        "res.users",
        string="Below-cost sale approved by",
        copy=False,
        readonly=True,
        tracking=True,
        groups="base.group_user",
    )
    csp_floor_approved_at = fields.Datetime(
        string="Below-cost sale approved on",
        copy=False,
        readonly=True,
        groups="base.group_user",
    )
    csp_floor_approved_gap = fields.Monetary(
        string="Approved loss",
        copy=False,
        readonly=True,
        groups="base.group_user",
        help="The approval ends when the order would lose more than this.",
    )
    csp_floor_approved_lines = fields.Text(
        string="Approved lines",
        copy=False,
        readonly=True,
        groups="base.group_user",
        help="The approval ends when buyer, product, number or price changes.",
    )
    csp_floor_reason = fields.Char(
        string="Reason for selling below cost", copy=False, groups="base.group_user"
    )
    csp_floor_warning = fields.Text(
        compute="_compute_csp_floor_warning", groups="base.group_user"
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends(
        "order_line.price_subtotal",
        "order_line.purchase_price",
        "order_line.csp_waterfall",
        "state",
    )
    def _compute_csp_floor_warning(self):
        for order in self:
            order.csp_floor_warning = False
            if order.state in ("draft", "sent"):
                order.csp_floor_warning = "\n".join(order._csp_approval_errors())

    # ----------------------------------------------------------------------
    # CRUD
    # ----------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Refuse orders that bring their own approval, as value or as default."""
        orders = super().create(vals_list)
        # sudo: what was just created is looked at, the amount is closed to customers.
        if not self.env.su and any(
            order.csp_approval_state != "none"
            or any(order[name] for name in APPROVAL_FIELDS)
            for order in orders.sudo()
        ):
            orders._csp_refuse_approval()
        return orders

    def write(self, vals):
        """Refuse approvals that do not come from the button, which checks the user."""
        if not self.env.su and not vals.keys().isdisjoint(
            (*APPROVAL_FIELDS, "csp_approval_state")
        ):
            self._csp_refuse_approval()
        return super().write(vals)

    def _csp_refuse_approval(self):
        raise AccessError(
            self.env._(
                "A sale below cost is approved with the button on the quotation, by a "
                "manager."
            )
        )

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_csp_approve_below_cost(self):
        """Approve the loss the order makes now; the reason goes to the chatter."""
        if not self.env.user.has_group("csp_catalog.group_csp_manager"):
            raise AccessError(
                self.env._("Only a manager may approve a sale below cost.")
            )
        self.check_access("write")
        for order in self:
            errors = order._csp_approval_errors()
            if not errors:
                continue
            if not order.csp_floor_reason:
                raise UserError(
                    self.env._("Write down the reason for these prices first.")
                )
            losses = order._csp_get_losses()
            # sudo: the group and the right to write were checked above.
            order.sudo().write(
                {
                    "csp_floor_approved_by": self.env.user.id,
                    "csp_floor_approved_at": fields.Datetime.now(),
                    "csp_floor_approved_gap": sum(losses.values()),
                    "csp_floor_approved_lines": order._csp_describe_lines(),
                    "csp_approval_state": "approved",
                }
            )
            order.activity_feedback(
                ["csp_catalog.mail_activity_type_price_approval"],
                feedback=order.csp_floor_reason,
            )
            order.message_post(
                body=self.env._(
                    "Prices approved. Reason: %(reason)s\n%(errors)s",
                    reason=order.csp_floor_reason,
                    errors="\n".join(errors),
                ),
                partner_ids=order.csp_approval_requested_by.partner_id.ids,
            )

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _confirmation_error_message(self):
        """Override of `sale` to stop sales below cost and without a vendor price."""
        message = super()._confirmation_error_message()
        if message:
            return message
        errors = self._csp_price_errors() + self._csp_promotion_errors()
        if not self._csp_is_floor_approved():
            errors += self._csp_approval_errors()
        return "\n".join(errors) or False

    def _csp_price_errors(self):
        """Return a sentence per line whose offer the vendor does not sell now."""
        self.ensure_one()
        lines = self._csp_offer_lines()
        table = lines._csp_get_prices(fields.Datetime.now())
        return [
            self.env._(
                "%s is no longer sold by the vendor: remove it from the order.",
                line.product_id.display_name,
            )
            for line in lines
            if line not in table
        ]

    def _csp_floor_errors(self):
        """Return a sentence per line that is sold below cost.

        The cost is today's, in the currency of the order. Only employees learn it.
        """
        self.ensure_one()
        errors = []
        for line, loss in self._csp_get_losses().items():
            if self.env.user._is_internal():
                errors.append(
                    self.env._(
                        "%(product)s is sold %(loss)s below what the vendor asks.",
                        product=line.product_id.display_name,
                        loss=self.currency_id.format(loss),
                    )
                )
            else:
                errors.append(
                    self.env._(
                        "The price of %s has to be approved by our sales team.",
                        line.product_id.display_name,
                    )
                )
        return errors

    def _csp_get_losses(self):
        """Return ``{line: loss}`` of the lines below cost, at the costs of now.

        Rewards and other negative lines lower every line by its share.
        """
        self.ensure_one()
        lines = self._csp_offer_lines()
        falls = lines._csp_get_waterfalls(self._csp_floor_moment())
        amounts = self.order_line.filtered(lambda line: not line.display_type)
        gross = sum(line.price_subtotal for line in amounts if line.price_subtotal > 0)
        rebate = sum(line.price_subtotal for line in amounts if line.price_subtotal < 0)
        share = 1 + rebate / gross if gross else 1
        losses = {}
        for line, fall in falls.items():
            net = self.currency_id.round(line.price_subtotal * share)
            if loss := line._csp_get_loss(fall, net):
                losses[line] = loss
        return losses

    def _csp_is_floor_approved(self):
        """Tell whether the recorded approval covers what the order loses now."""
        self.ensure_one()
        # sudo: the amount is closed to customers, who may confirm an approved quote.
        order = self.sudo()
        if not order.csp_floor_approved_by:
            return False
        if order.csp_floor_approved_lines != order._csp_describe_lines():
            return False
        loss = sum(self._csp_get_losses().values())
        return self.currency_id.compare_amounts(loss, order.csp_floor_approved_gap) <= 0

    def _csp_floor_moment(self):
        """Return the moment whose vendor prices the order has to cover."""
        self.ensure_one()
        return fields.Datetime.now()

    def _csp_describe_lines(self):
        """Return in one text what an approval is about: buyer, products, prices."""
        self.ensure_one()
        parties = (
            self.partner_id.commercial_partner_id,
            self._csp_get_end_customer(),
            self.currency_id,
        )
        lines = (
            f"{line.id} {line.product_id.id} {line.product_uom_id.id}"
            f" {line.product_uom_qty:.6f} {line.price_unit:.6f} {line.discount:.6f}"
            for line in self.order_line.sorted("id")
            if not line.display_type
        )
        return "\n".join((" ".join(str(party.id) for party in parties), *lines))

    def _csp_offer_lines(self):
        """Return the lines with a cloud offer and a quantity."""
        return self.order_line.filtered(
            lambda line: (
                not line.display_type
                and line.product_id.csp_key
                and line.product_uom_qty > 0
            )
        )
