"""Special bids: a lower cost that the vendor grants for one order or customer."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..const import BID_STATES, BID_TRANSITIONS


class CspSpecialBid(models.Model):
    _name = "csp.special.bid"
    _description = "Special Bid"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"

    # Identity.
    name = fields.Char(
        string="Number",
        required=True,
        copy=False,
        readonly=True,
        default=lambda self: self.env._("New"),
    )
    vendor_ref = fields.Char(
        string="Vendor's number", copy=False, tracking=True, index="btree_not_null"
    )
    state = fields.Selection(
        BID_STATES, required=True, default="draft", copy=False, tracking=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    program_id = fields.Many2one(
        "csp.program", string="Programme", required=True, ondelete="restrict"
    )
    vendor_id = fields.Many2one(
        "res.partner",
        compute="_compute_vendor_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    user_id = fields.Many2one(
        "res.users", string="Responsible", default=lambda self: self.env.user
    )

    # For whom: one order, or the orders of one customer.
    order_id = fields.Many2one(
        "sale.order", string="For the order", index="btree_not_null", tracking=True
    )
    customer_id = fields.Many2one(
        "res.partner", string="End customer", index="btree_not_null", tracking=True
    )
    reseller_id = fields.Many2one(
        "res.partner",
        index="btree_not_null",
        tracking=True,
        help="Only orders that this reseller makes for the customer.",
    )

    # What it gives, and until when.
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
        help="The currency of fixed costs.",
    )
    line_ids = fields.One2many(
        "csp.special.bid.line", "bid_id", string="Offers", copy=True
    )
    quota_seats = fields.Integer(
        string="Seats", tracking=True, help="Of all offers together; 0: any number."
    )
    used_seats = fields.Integer(readonly=True, copy=False, default=0)
    date_end = fields.Date(
        string="Valid until", required=True, tracking=True, help="The last day."
    )
    note = fields.Html(string="Why")

    # Who let it pass.
    approved_by = fields.Many2one("res.users", readonly=True, copy=False, tracking=True)
    approved_at = fields.Datetime(readonly=True, copy=False)
    refusal_reason = fields.Char(copy=False, tracking=True)

    _seats_positive = models.Constraint(
        "CHECK (quota_seats >= 0)", "The number of seats cannot be negative."
    )
    _name_uniq = models.UniqueIndex(
        "(company_id, name)", "There is already a special bid with this number."
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("program_id")
    def _compute_vendor_id(self):
        for bid in self:
            bid.vendor_id = bid.program_id.partner_id or bid.vendor_id

    # ----------------------------------------------------------------------
    # CONSTRAINTS
    # ----------------------------------------------------------------------

    @api.constrains("order_id", "customer_id")
    def _check_for_whom(self):
        for bid in self:
            if not bid.order_id and not bid.customer_id:
                raise ValidationError(
                    self.env._(
                        "Say for which order or which end customer the special bid is."
                    )
                )

    # ----------------------------------------------------------------------
    # CRUD
    # ----------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Number new bids; every bid starts as a draft."""
        for values in vals_list:
            if not self.env.su:
                values.update(
                    state="draft",
                    approved_by=False,
                    approved_at=False,
                    used_seats=0,
                )
            if not values.get("name") or values["name"] == self.env._("New"):
                # sudo: numbers are given to whoever may create a bid.
                values["name"] = (
                    self.env["ir.sequence"].sudo().next_by_code("csp.special.bid")
                )
        return super().create(vals_list)

    def write(self, vals):
        """Keep what was approved; the state moves with the buttons alone."""
        if not self.env.su:
            own = {"state", "approved_by", "approved_at", "used_seats", "name"}
            if own & vals.keys():
                raise AccessError(
                    self.env._("The state of a special bid moves with its buttons.")
                )
            terms = {
                "program_id",
                "order_id",
                "customer_id",
                "reseller_id",
                "currency_id",
                "line_ids",
                "quota_seats",
                "date_end",
                "company_id",
            }
            if terms & vals.keys():
                self._check_is_draft()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_drafts_only(self):
        self._check_is_draft()

    def _check_is_draft(self):
        for bid in self:
            if bid.state != "draft":
                raise UserError(
                    self.env._(
                        "%s is not a draft any more. Reset it to draft first, or make "
                        "a copy.",
                        bid.name,
                    )
                )

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_request(self):
        """Ask a manager to approve."""
        self.check_access("write")
        for bid in self:
            if not bid.line_ids:
                raise UserError(
                    self.env._("Add the offers that %s is about first.", bid.name)
                )
        for bid in self._set_requested():
            bid.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("Approve special bid %s", bid.name),
                user_id=self.env["sale.order"]
                ._csp_find_approver("csp_catalog.group_csp_manager", bid.company_id)
                .id,
            )

    def action_approve(self):
        """Let the lower cost count."""
        self._check_is_manager()
        for bid in self:
            if bid.date_end < fields.Date.context_today(bid):
                raise UserError(
                    self.env._(
                        "%(bid)s ended on %(date)s. Ask the vendor to prolong it.",
                        bid=bid.name,
                        date=bid.date_end,
                    )
                )
        approved = self._set_approved()
        approved.activity_feedback(["mail.mail_activity_data_todo"])
        approved._update_open_orders()

    def action_refuse(self):
        """Refuse; the reason stands on the bid."""
        self._check_is_manager()
        for bid in self:
            if not bid.refusal_reason:
                raise UserError(
                    self.env._("Write down why %s is refused first.", bid.name)
                )
        self._set_refused().activity_unlink(["mail.mail_activity_data_todo"])

    def action_draft(self):
        """Make the bid editable again."""
        self.check_access("write")
        self._set_draft().activity_unlink(["mail.mail_activity_data_todo"])

    def _check_is_manager(self):
        if not self.env.user.has_group("csp_catalog.group_csp_manager"):
            raise AccessError(
                self.env._("Only a manager may decide about a special bid.")
            )
        self.check_access("write")

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    @api.model
    def _get_applicable(
        self, products, partner, quantity, moment, company, customer=None, order=None
    ):
        """Return ``{product id: bid line}``: the approved bid that each may use.

        A bid of the order comes before one of the customer; among equals the first.
        """
        partner = partner.commercial_partner_id
        customer = (customer or partner).commercial_partner_id
        for_whom = fields.Domain("order_id", "=", False) & fields.Domain(
            "customer_id.commercial_partner_id", "=", customer.id
        )
        if order and order.ids:
            for_whom |= fields.Domain("order_id", "in", order.ids)
        # sudo: tells what a purchase costs; bids are no portal's business.
        bids = self.sudo().search(
            fields.Domain("state", "=", "approved")
            & fields.Domain("company_id", "=", company.id)
            & fields.Domain(
                "date_end", ">=", fields.Datetime.to_datetime(moment).date()
            )
            & for_whom
        )
        found = {}
        for bid in bids.sorted(lambda bid: (not bid.order_id, bid.id)):
            reseller = bid.reseller_id.commercial_partner_id
            if not bid.order_id and reseller and reseller != partner:
                continue
            if bid.quota_seats and bid.used_seats + quantity > bid.quota_seats:
                continue
            for product in products:
                line = bid.line_ids.filtered(
                    lambda line, product=product: line._covers(product)
                )[:1]
                if line and product.csp_program_id == bid.program_id:
                    found.setdefault(product.id, line)
        return found

    def _get_left_seats(self, _customer=None, _order=None):
        """Return how many seats may still be ordered; None: any number."""
        self.ensure_one()
        return max(0, self.quota_seats - self.used_seats) if self.quota_seats else None

    def _lowers_cost(self):
        """Tell whether customers learn nothing of it."""
        return True

    def _lock(self):
        """Let one confirmation after the other look at these bids."""
        if self.ids:
            self.env.cr.execute(
                "SELECT id FROM csp_special_bid WHERE id = ANY(%s) ORDER BY id"
                " FOR UPDATE",
                [self.ids],
            )
            self.invalidate_recordset(["used_seats", "state"])

    def _use(self, seats):
        """Count seats that an order has used; a negative number gives them back."""
        self.ensure_one()
        # sudo: confirmations count, whoever confirms.
        bid = self.sudo()
        bid.used_seats += seats
        is_full = bid.quota_seats and bid.used_seats >= bid.quota_seats
        if seats > 0 and (bid.order_id or is_full):
            bid._set_used()
        elif seats < 0 and bid.state == "used":
            # Whoever cancels gives seats back, and approves nothing.
            bid._update_state("approved")

    def _update_open_orders(self):
        """Let the lower cost show on the quotation at once."""
        for order in self.order_id:
            if order.state in ("draft", "sent"):
                order.order_line._csp_refresh_terms()

    @api.autovacuum
    def _gc_expired(self):
        """Mark what has ended; whether it counts is asked by date anyway."""
        over = self.search(
            [
                ("state", "in", ("draft", "requested", "approved")),
                ("date_end", "<", fields.Date.today()),
            ]
        )
        over._set_expired()

    # ----------------------------------------------------------------------
    # STATE
    # ----------------------------------------------------------------------

    def _set_draft(self):
        return self._update_state("draft", approved_by=False, approved_at=False)

    def _set_requested(self):
        return self._update_state("requested")

    def _set_approved(self):
        return self._update_state(
            "approved",
            approved_by=self.env.uid,
            approved_at=fields.Datetime.now(),
            refusal_reason=False,
        )

    def _set_refused(self):
        return self._update_state("refused")

    def _set_used(self):
        return self._update_state("used")

    def _set_expired(self):
        return self._update_state("expired")

    def _update_state(self, state, **values):
        """Move what may move to ``state``; refuse the rest; return what moved."""
        moving = self.filtered(lambda bid: bid.state != state)
        for bid in moving:
            if bid.state not in BID_TRANSITIONS[state]:
                labels = dict(self._fields["state"]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "%(bid)s is in state “%(now)s” and cannot become “%(then)s”.",
                        bid=bid.name,
                        now=labels[bid.state],
                        then=labels[state],
                    )
                )
        # sudo: the callers have checked who moves it.
        moving.sudo().write({"state": state, **values})
        return moving
