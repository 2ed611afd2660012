from odoo import fields, models
from odoo.exceptions import AccessError


class CspAccess(models.Model):
    """What opens a delivered service. The secret leaves only through `_reveal`."""

    _name = "csp.access"
    _description = "Access Data"
    _order = "id desc"
    _rec_name = "username"

    # Identity
    subscription_id = fields.Many2one(
        "csp.subscription", index="btree_not_null", ondelete="cascade"
    )
    tenant_id = fields.Many2one("csp.tenant", index=True, ondelete="cascade")
    order_id = fields.Many2one("sale.order", index="btree_not_null")
    company_id = fields.Many2one("res.company", required=True, index=True)
    kind = fields.Selection(
        [("tenant_admin", "Administrator"), ("licence_key", "Licence key")],
        required=True,
    )

    # Data
    url = fields.Char(string="Address")
    username = fields.Char()
    secret = fields.Char(groups=fields.NO_ACCESS, copy=False)
    has_secret = fields.Boolean(compute="_compute_has_secret", compute_sudo=True)
    revealed_at = fields.Datetime(string="First Shown On", readonly=True, copy=False)

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    def _compute_has_secret(self):
        for access in self:
            access.has_secret = bool(access.secret)

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_reveal(self):
        """Show the secret once to an employee; the look is logged."""
        self.ensure_one()
        secret = self._reveal(self.env.user)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.username or self.env._("Secret"),
                "message": secret or self.env._("There is no secret stored."),
                "sticky": True,
                "type": "info",
            },
        }

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _reveal(self, user):
        """Return the secret to `user` if it may see it; log the look."""
        self.ensure_one()
        if not self._can_reveal(user):
            raise AccessError(
                self.env._("You may not see the access data of this subscription.")
            )
        # sudo: `_can_reveal` has just checked the person against the parties
        record = self.sudo()
        if not record.revealed_at:
            record.revealed_at = fields.Datetime.now()
        target = record.subscription_id or record.tenant_id
        target.message_post(
            body=self.env._(
                "Access data of %(username)s shown to %(user)s.",
                username=record.username or record.kind,
                user=user.name,
            )
        )
        return record.secret

    def _can_reveal(self, user):
        """Employees of the company, or people of the parties of the subscription."""
        self.ensure_one()
        # sudo: reads the parties only, to compare them with the user
        record = self.sudo()
        if user.has_group("csp_catalog.group_csp_user"):
            return record.company_id in user.company_ids
        if not user._is_portal():
            return False
        partner = user.commercial_partner_id
        if record.subscription_id:
            return partner in (
                record.subscription_id.customer_id
                | record.subscription_id.reseller_id
                | record.subscription_id.payer_id
            )
        return partner in (
            record.tenant_id.partner_id.commercial_partner_id
            | record.tenant_id.reseller_id
        )
