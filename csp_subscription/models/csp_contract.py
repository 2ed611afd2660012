from odoo import api, fields, models

from ..const import RENEWAL_POLICIES


class CspContract(models.Model):
    """The frame with one end customer under one payer for one programme."""

    _name = "csp.contract"
    _description = "Cloud Contract"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True

    # Identity
    name = fields.Char(readonly=True, copy=False, default="/")
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    program_id = fields.Many2one(
        "csp.program", string="Programme", required=True, ondelete="restrict"
    )
    state = fields.Selection(
        [("draft", "Draft"), ("active", "Active"), ("closed", "Closed")],
        default="draft",
        required=True,
        tracking=True,
    )

    # Parties
    customer_id = fields.Many2one(
        "res.partner",
        string="End Customer",
        required=True,
        index=True,
        ondelete="restrict",
    )
    payer_id = fields.Many2one(
        "res.partner", required=True, index=True, ondelete="restrict"
    )
    reseller_id = fields.Many2one(
        "res.partner", index="btree_not_null", ondelete="restrict"
    )

    # Terms
    start_date = fields.Date(default=fields.Date.context_today)
    renewal_policy = fields.Selection(
        RENEWAL_POLICIES,
        default="renew",
        required=True,
        tracking=True,
        help="What happens at the end of a term when nobody answers the renewal quote.",
    )
    notice_days = fields.Integer(
        default=7,
        tracking=True,
        help="Days before the end of a term by which the decision is told to the "
        "vendor.",
    )
    terms_accepted_at = fields.Datetime(copy=False)
    terms_accepted_by = fields.Char(copy=False)
    terms_accepted_ip = fields.Char(string="Terms Accepted From", copy=False)

    # What hangs on it
    subscription_ids = fields.One2many("csp.subscription", "contract_id")
    subscription_count = fields.Integer(compute="_compute_subscription_count")

    _parties_uniq = models.UniqueIndex(
        "(customer_id, payer_id, program_id, company_id) WHERE state != 'closed'",
        "There is a contract between these parties already.",
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("subscription_ids")
    def _compute_subscription_count(self):
        counts = dict(
            self.env["csp.subscription"]._read_group(
                [("contract_id", "in", self.ids)], ["contract_id"], ["__count"]
            )
        )
        for contract in self:
            contract.subscription_count = counts.get(contract, 0)

    # ----------------------------------------------------------------------
    # CRUD
    # ----------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("name", "/") == "/":
                vals["name"] = self.env["ir.sequence"].next_by_code("csp.contract")
        return super().create(vals_list)

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_view_subscriptions(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "csp_subscription.csp_subscription_action"
        )
        action["domain"] = [("contract_id", "=", self.id)]
        action["context"] = {}
        return action

    def action_activate(self):
        self.filtered(lambda c: c.state == "draft").state = "active"

    def action_close(self):
        self.filtered(lambda c: c.state == "active").state = "closed"

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    @api.model
    def _find_or_create(self, customer, payer, program, company, **values):
        """Return the open contract between the parties; make it when there is none."""
        contract = self.search(
            [
                ("customer_id", "=", customer.id),
                ("payer_id", "=", payer.id),
                ("program_id", "=", program.id),
                ("company_id", "=", company.id),
                ("state", "!=", "closed"),
            ],
            limit=1,
        )
        if contract:
            if contract.state == "draft":
                contract.state = "active"
            return contract
        return self.create(
            {
                "customer_id": customer.id,
                "payer_id": payer.id,
                "program_id": program.id,
                "company_id": company.id,
                "state": "active",
                **values,
            }
        )
