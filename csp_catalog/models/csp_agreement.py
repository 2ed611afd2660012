"""What was agreed with a reseller or a vendor: prices, terms, days, signature."""

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..const import (
    AGREEMENT_SIDES,
    AGREEMENT_STATES,
    AGREEMENT_TRANSITIONS,
    AGREEMENT_VALID_STATES,
    SETTLEMENT_CYCLES,
)

# What only the system writes: who signed, and which version follows which.
OWN_FIELDS = {
    "origin_id",
    "previous_id",
    "signature",
    "signed_at",
    "signed_by",
    "signed_ip",
    "version",
    "warned_days",
}

# What may still change once both sides have seen it.
FREE_FIELDS = {
    "access_token",
    "activity_ids",
    "message_follower_ids",
    "message_ids",
    "message_main_attachment_id",
    "user_id",
}


class CspAgreement(models.Model):
    _name = "csp.agreement"
    _description = "Agreement"
    _inherit = ["portal.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "date_start desc, id desc"

    # Identity.
    name = fields.Char(
        string="Number", required=True, readonly=True, copy=False, default="/"
    )
    side = fields.Selection(AGREEMENT_SIDES, required=True, default="sale")
    partner_id = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        ondelete="restrict",
        tracking=True,
        domain=[("parent_id", "=", False)],
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        default=lambda self: self.env.user,
        tracking=True,
    )
    state = fields.Selection(
        AGREEMENT_STATES,
        required=True,
        default="draft",
        copy=False,
        readonly=True,
        tracking=True,
    )

    # Versions: an amendment is a new record of the same number.
    version = fields.Integer(required=True, default=1, copy=False, readonly=True)
    origin_id = fields.Many2one(
        "csp.agreement",
        string="First version",
        copy=False,
        readonly=True,
        index="btree_not_null",
    )
    previous_id = fields.Many2one(
        "csp.agreement", string="Amends", copy=False, readonly=True
    )
    version_ids = fields.One2many("csp.agreement", "origin_id", string="Versions")
    version_count = fields.Integer(compute="_compute_version_count")

    # What it is about.
    program_ids = fields.Many2many(
        "csp.program",
        string="Programmes",
        help="Its prices are for offers of these programmes. Empty: for everything.",
    )
    country_ids = fields.Many2many("res.country", string="Territory")
    is_exclusive = fields.Boolean(string="Exclusive", tracking=True)
    grade_id = fields.Many2one(
        "res.partner.grade",
        string="Level",
        compute="_compute_grade_id",
        store=True,
        readonly=False,
        tracking=True,
        help="What no line speaks about costs what this level pays. Follows the level "
        "of the partner.",
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
    )
    line_ids = fields.One2many(
        "csp.agreement.line", "agreement_id", string="Prices", copy=True
    )

    # Days, both of them inside.
    date_start = fields.Date(
        string="From", required=True, default=fields.Date.context_today, tracking=True
    )
    date_end = fields.Date(string="To", tracking=True)
    is_current = fields.Boolean(
        string="In force", compute="_compute_is_current", search="_search_is_current"
    )
    warned_days = fields.Integer(copy=False, readonly=True)

    # Terms.
    settlement_cycle = fields.Selection(
        SETTLEMENT_CYCLES, required=True, default="monthly", tracking=True
    )
    payment_term_id = fields.Many2one(
        "account.payment.term",
        check_company=True,
        tracking=True,
        help="Orders of the reseller get this payment term.",
    )
    credit_limit_amount = fields.Monetary(string="Credit limit", tracking=True)
    min_reseller_margin_percent = fields.Float(
        string="Minimum reseller margin (%)",
        digits=(5, 2),
        tracking=True,
        help="What the reseller keeps of the list price at least.",
    )
    note = fields.Html(string="Other terms")

    # Paper.
    document = fields.Binary(string="Signed document", attachment=True, copy=False)
    document_name = fields.Char(copy=False)
    signature = fields.Image(
        copy=False, attachment=True, readonly=True, max_width=1024, max_height=1024
    )
    signed_by = fields.Char(copy=False, readonly=True, tracking=True)
    signed_at = fields.Datetime(string="Signed on", copy=False, readonly=True)
    signed_ip = fields.Char(string="Signed from", copy=False, readonly=True)

    # Compiled.
    pricelist_id = fields.Many2one(
        "product.pricelist", compute="_compute_pricelist_id", compute_sudo=True
    )

    _version_uniq = models.UniqueIndex(
        "(origin_id, version) WHERE origin_id IS NOT NULL",
        "This agreement already has a version of that number.",
    )
    _days_check = models.Constraint(
        "CHECK (date_end IS NULL OR date_end >= date_start)",
        "An agreement cannot end before it starts.",
    )
    _terms_check = models.Constraint(
        "CHECK (credit_limit_amount >= 0 AND min_reseller_margin_percent >= 0"
        " AND min_reseller_margin_percent < 100)",
        "The credit limit cannot be negative, and the margin must be less than 100 %.",
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("name", "version")
    def _compute_display_name(self):
        for agreement in self:
            agreement.display_name = (
                f"{agreement.name} ({agreement.version})"
                if agreement.version > 1
                else agreement.name
            )

    def _compute_access_url(self):
        """Override of `portal`."""
        for agreement in self:
            agreement.access_url = f"/my/csp/agreement/{agreement.id}"

    @api.depends("partner_id.grade_id")
    def _compute_grade_id(self):
        # Past versions keep the level they were made on.
        for agreement in self:
            if agreement.state not in ("draft", "sent", "active"):
                continue
            grade = agreement.partner_id.grade_id
            is_ours = not grade.company_id or grade.company_id == agreement.company_id
            agreement.grade_id = agreement.side == "sale" and is_ours and grade

    @api.depends("version_ids")
    def _compute_version_count(self):
        counts = dict(
            self._read_group(
                [("origin_id", "in", self.origin_id.ids)], ["origin_id"], ["__count"]
            )
        )
        for agreement in self:
            agreement.version_count = counts.get(agreement.origin_id, 1)

    @api.depends("state", "date_start", "date_end")
    def _compute_is_current(self):
        today = fields.Datetime.now().date()
        current = self.filtered_domain(self._get_valid_domain(today))
        for agreement in self:
            agreement.is_current = agreement in current

    @api.model
    def _search_is_current(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = self._get_valid_domain(fields.Datetime.now().date())
        return domain if True in value else ~domain

    def _compute_pricelist_id(self):
        lists = self.env["product.pricelist"].with_context(active_test=False)
        found = lists.search([("csp_agreement_id", "in", self.origin_id.ids)])
        by_origin = {pricelist.csp_agreement_id: pricelist for pricelist in found}
        for agreement in self:
            agreement.pricelist_id = by_origin.get(agreement.origin_id, False)

    # ----------------------------------------------------------------------
    # CONSTRAINTS
    # ----------------------------------------------------------------------

    @api.constrains("partner_id")
    def _check_partner(self):
        for agreement in self:
            partner = agreement.partner_id
            if partner != partner.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "%(contact)s is a contact: make the agreement with "
                        "%(company)s.",
                        contact=partner.name,
                        company=partner.commercial_partner_id.name,
                    )
                )

    @api.constrains("origin_id", "partner_id", "company_id", "side")
    def _check_origin(self):
        for agreement in self:
            first = agreement.origin_id
            if first and (first.partner_id, first.company_id, first.side) != (
                agreement.partner_id,
                agreement.company_id,
                agreement.side,
            ):
                raise ValidationError(
                    self.env._(
                        "All versions of %s are with the same partner.", first.name
                    )
                )

    @api.constrains("line_ids", "side")
    def _check_lines(self):
        self.line_ids._check_side()
        self.line_ids._check_duplicates()

    # ----------------------------------------------------------------------
    # CRUD
    # ----------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Give a number, and make the first version its own origin."""
        for values in vals_list:
            if values.get("name", "/") == "/":
                company_id = values.get("company_id") or self.env.company.id
                sequence = self.env["ir.sequence"].with_company(company_id)
                values["name"] = sequence.next_by_code("csp.agreement") or "/"
        agreements = super().create(vals_list)
        if not self.env.su:
            agreements._check_is_new()
        for agreement in agreements:
            if not agreement.origin_id:
                # sudo: part of creating; origin is closed to hand-made changes.
                agreement.sudo().origin_id = agreement
        return agreements

    def write(self, vals):
        """Refuse changes to what both sides rely on; amending makes a new version."""
        changed = vals.keys() - FREE_FIELDS
        if changed and not self.env.su:
            self.check_access("write")
            if "state" in changed or OWN_FIELDS & changed:
                raise UserError(
                    self.env._(
                        "Use the buttons to change the state, to sign or to amend."
                    )
                )
            self._check_editable()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_agreed(self):
        if any(one.state not in ("draft", "cancelled") for one in self):
            raise UserError(
                self.env._("Only drafts and cancelled agreements can be deleted.")
            )

    def _check_is_new(self):
        """Refuse agreements that bring their own state, signature or history."""
        blank = {"state": "draft", "version": 1, "warned_days": 0}
        for agreement in self:
            if any(
                (agreement[name] or False) != (blank.get(name) or False)
                for name in OWN_FIELDS | {"state"}
            ):
                raise UserError(
                    self.env._(
                        "A new agreement is a draft of its own, without signature."
                    )
                )

    def _check_editable(self):
        """Refuse to change what is not a draft."""
        for agreement in self:
            if agreement.state != "draft":
                raise UserError(
                    self.env._(
                        "%s is no longer a draft. Amend it: the new version replaces "
                        "it from its first day on.",
                        agreement.display_name,
                    )
                )

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    @api.model
    def _get_valid_domain(self, day):
        """Return the domain of agreements that are, or were, in force on a day."""
        return (
            Domain("state", "in", AGREEMENT_VALID_STATES)
            & Domain("date_start", "<=", day)
            & (Domain("date_end", "=", False) | Domain("date_end", ">=", day))
        )

    # ----------------------------------------------------------------------
    # STATE
    # ----------------------------------------------------------------------

    def _set_draft(self):
        return self._update_state("draft")

    def _set_sent(self):
        return self._update_state("sent")

    def _set_active(self):
        return self._update_state("active")

    def _set_superseded(self):
        return self._update_state("superseded")

    def _set_ended(self):
        return self._update_state("ended")

    def _set_cancelled(self):
        return self._update_state("cancelled")

    def _update_state(self, target):
        """Move to ``target`` what may move, skip what is there; return what moved."""
        waiting = self.filtered(lambda agreement: agreement.state != target)
        for agreement in waiting:
            if agreement.state not in AGREEMENT_TRANSITIONS[target]:
                names = dict(self._fields["state"]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "%(agreement)s is %(state)s: it cannot become %(target)s.",
                        agreement=agreement.display_name,
                        state=names[agreement.state].lower(),
                        target=names[target].lower(),
                    )
                )
        # sudo: the transition was checked just now, access by the button.
        waiting.sudo().write({"state": target})
        return waiting
