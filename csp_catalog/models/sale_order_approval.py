"""Asking for a price: request, lock, answer."""

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..const import APPROVAL_STATES, APPROVAL_TRANSITIONS

ACTIVITY = "csp_catalog.mail_activity_type_price_approval"

# What would change the prices that somebody is deciding about.
LOCKED_FIELDS = {
    "company_id",
    "currency_id",
    "date_order",
    "fiscal_position_id",
    "order_line",
    "partner_id",
    "pricelist_id",
}
LOCKED_LINE_FIELDS = {
    "discount",
    "display_type",
    "order_id",
    "price_unit",
    "product_id",
    "product_uom_id",
    "product_uom_qty",
    "tax_ids",
}


class SaleOrder(models.Model):
    _inherit = "sale.order"

    csp_approval_state = fields.Selection(
        APPROVAL_STATES,
        string="Price approval",
        required=True,
        default="none",
        copy=False,
        readonly=True,
        tracking=True,
        groups="base.group_user",
    )
    csp_approval_requested_by = fields.Many2one(
        "res.users",
        string="Approval asked for by",
        copy=False,
        readonly=True,
        groups="base.group_user",
    )
    csp_refusal_reason = fields.Char(
        string="Reason of the refusal", copy=False, groups="base.group_user"
    )

    # ----------------------------------------------------------------------
    # CRUD
    # ----------------------------------------------------------------------

    def write(self, vals):
        """Refuse to change what prices depend on while somebody decides about them."""
        if LOCKED_FIELDS.isdisjoint(vals):
            return super().write(vals)
        self._csp_check_unlocked()
        result = super().write(vals)
        self._csp_review_approval()
        return result

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_csp_request_approval(self):
        """Hand the prices in: they are locked until somebody has decided."""
        self.check_access("write")
        for order in self:
            if order.state not in ("draft", "sent"):
                raise UserError(
                    self.env._("%s is not a quotation any more.", order.name)
                )
            errors = order._csp_approval_errors()
            if not errors:
                raise UserError(
                    self.env._("%s needs no approval: confirm it.", order.name)
                )
            if not order.csp_floor_reason:
                raise UserError(
                    self.env._("Write down the reason for these prices first.")
                )
            order._csp_set_approval(
                "waiting",
                csp_approval_requested_by=self.env.uid,
                csp_refusal_reason=False,
            )
            order.activity_schedule(
                ACTIVITY,
                note=Markup("<br/>").join(errors),
                summary=order.csp_floor_reason,
                user_id=order._csp_find_approver(
                    "csp_catalog.group_csp_manager", order.company_id
                ).id,
            )

    def action_csp_withdraw_approval(self):
        """Take the request back, to work on the prices again."""
        self.check_access("write")
        for order in self.filtered(lambda o: o.csp_approval_state == "waiting"):
            order._csp_set_approval("none")
            order.activity_unlink([ACTIVITY])

    def action_csp_refuse_approval(self):
        """Refuse the prices; the reason goes to the chatter and to the salesperson."""
        if not self.env.user.has_group("csp_catalog.group_csp_manager"):
            raise AccessError(
                self.env._("Only a manager may decide about these prices.")
            )
        self.check_access("write")
        for order in self.filtered(lambda o: o.csp_approval_state == "waiting"):
            if not order.csp_refusal_reason:
                raise UserError(self.env._("Write down why you refuse first."))
            order._csp_set_approval("refused")
            order.activity_feedback([ACTIVITY], feedback=order.csp_refusal_reason)
            order.message_post(
                body=self.env._("Prices refused: %s", order.csp_refusal_reason),
                partner_ids=order.csp_approval_requested_by.partner_id.ids,
            )

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _csp_approval_errors(self):
        """Return a sentence per reason why somebody has to approve the prices."""
        self.ensure_one()
        return self._csp_floor_errors() + self._csp_limit_errors()

    def _csp_limit_errors(self):
        """Return a sentence per line whose price goes beyond what was settled.

        Discounts by hand have a limit; an agreement may promise the reseller a margin.
        Only employees learn the numbers.
        """
        self.ensure_one()
        is_employee = self.env.user._is_internal()
        # sudo: customers learn that a price waits for approval, and no more.
        order = self.sudo()
        limit = order._csp_get_discount_limit()
        errors = []
        for line in order._csp_offer_lines():
            reasons = []
            if line.csp_manual_percent > limit:
                reasons.append(
                    self.env._(
                        "%(product)s: %(percent)s %% are taken off by hand; "
                        "%(limit)s %% need no approval.",
                        product=line.product_id.display_name,
                        percent=line.csp_manual_percent,
                        limit=limit,
                    )
                )
            fall = line._csp_get_waterfall()
            promised = line.csp_agreement_id.min_reseller_margin_percent
            margin = fall.reseller_margin_percent if fall else None
            if promised and margin is not None and float(margin) < promised:
                reasons.append(
                    self.env._(
                        "%(product)s leaves the reseller %(margin)s %%; the agreement "
                        "promises at least %(promised)s %%.",
                        product=line.product_id.display_name,
                        margin=margin,
                        promised=promised,
                    )
                )
            if reasons and not is_employee:
                reasons = [
                    self.env._(
                        "The price of %s has to be approved by our sales team.",
                        line.product_id.display_name,
                    )
                ]
            errors += reasons
        return errors

    def _csp_get_discount_limit(self):
        """Return how much may be taken off by hand: seller's, level's or company's.

        Whoever acts for a colleague is bound by the own limit as well: naming somebody
        who may more as the salesperson gives nothing away.
        """
        self.ensure_one()
        limit = self._csp_get_discount_limit_of(self.user_id)
        actor = self.env.user
        is_other = actor != self.user_id and actor._is_internal()
        if is_other and not actor.has_group("csp_catalog.group_csp_manager"):
            limit = min(limit, self._csp_get_discount_limit_of(actor))
        return limit

    def _csp_get_discount_limit_of(self, user):
        """Return the limit of one seller for this order, in percent."""
        return (
            user.csp_discount_limit
            or self.partner_id.commercial_partner_id.grade_id.csp_discount_limit
            or self.company_id.csp_discount_limit
        )

    def _csp_check_unlocked(self):
        """Refuse changes while the prices wait for an answer."""
        for order in self:
            # sudo: whether they wait is told to everybody who may change the order.
            if order.sudo().csp_approval_state == "waiting":
                raise UserError(
                    self.env._(
                        "The prices of %s wait for approval and are locked until then. "
                        "Withdraw the request to change them.",
                        order.name,
                    )
                )

    def _csp_review_approval(self):
        """Take an answer back that is not about these lines any more."""
        # sudo: follows from the change that was allowed.
        for order in self.sudo():
            if order.csp_approval_state in ("approved", "refused") and (
                order.csp_floor_approved_lines != order._csp_describe_lines()
            ):
                order._csp_set_approval("none")

    def _recompute_prices(self):
        """Override of `sale`: locked prices stay; others follow the rules of now."""
        self._csp_check_unlocked()
        self.order_line._csp_refresh_terms()
        return super()._recompute_prices()

    def _action_cancel(self):
        """Override of `sale`: a cancelled quotation asks for nothing."""
        # sudo: whoever cancels ends the request as well
        waiting = self.sudo().filtered(lambda o: o.csp_approval_state == "waiting")
        waiting._csp_set_approval("none")
        waiting.activity_unlink([ACTIVITY])
        return super()._action_cancel()

    # ----------------------------------------------------------------------
    # STATE
    # ----------------------------------------------------------------------

    def _csp_set_approval(self, state, **values):
        """Move the approval to ``state``, if it may go there; return what moved."""
        moving = self.filtered(lambda order: order.csp_approval_state != state)
        for order in moving:
            if order.csp_approval_state not in APPROVAL_TRANSITIONS[state]:
                raise UserError(
                    self.env._(
                        "The prices of %s cannot take this step now.", order.name
                    )
                )
        # sudo: the callers have checked who decides.
        moving.sudo().write({"csp_approval_state": state, **values})
        return moving


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    @api.model_create_multi
    def create(self, vals_list):
        """Refuse new lines while the prices of their order wait for an answer."""
        orders = {values.get("order_id") for values in vals_list} - {None, False}
        self.env["sale.order"].browse(orders)._csp_check_unlocked()
        lines = super().create(vals_list)
        lines.order_id._csp_review_approval()
        return lines

    def write(self, vals):
        """Refuse other prices while somebody decides about these."""
        names = LOCKED_LINE_FIELDS & vals.keys()
        if names:
            self.order_id._csp_check_unlocked()
        result = super().write(vals)
        if names:
            self.order_id._csp_review_approval()
        return result

    def unlink(self):
        """Refuse to take lines away while somebody decides about them."""
        orders = self.order_id
        orders._csp_check_unlocked()
        result = super().unlink()
        orders.exists()._csp_review_approval()
        return result
