"""What payers are told about new prices, before their terms end."""

from odoo import api, fields, models
from odoo.exceptions import UserError

TEMPLATE = "csp_subscription.mail_template_price_notice"


class CspPriceImpactNotice(models.Model):
    """One mail to one payer about all of its renewals; sent once."""

    _name = "csp.price.impact.notice"
    _description = "Price Notice"
    _inherit = ["mail.thread"]
    _order = "impact_id desc, id"
    _rec_name = "partner_id"

    impact_id = fields.Many2one(
        "csp.price.impact", required=True, index=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="impact_id.company_id", store=True)
    partner_id = fields.Many2one(
        "res.partner", string="Payer", required=True, readonly=True, ondelete="cascade"
    )
    line_ids = fields.One2many("csp.price.impact.line", "notice_id", string="Renewals")
    state = fields.Selection(
        [("draft", "To Send"), ("sent", "Sent")],
        required=True,
        default="draft",
        readonly=True,
        tracking=True,
    )
    sent_at = fields.Datetime(string="Sent On", readonly=True)
    sent_by = fields.Many2one("res.users", readonly=True)
    subject = fields.Char(compute="_compute_preview")
    body = fields.Html(string="Message", compute="_compute_preview", sanitize=False)

    _partner_uniq = models.UniqueIndex(
        "(impact_id, partner_id)", "This payer has a notice already."
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("line_ids", "partner_id.lang", "state")
    def _compute_preview(self):
        """Show the very mail that will be sent, in the payer's language."""
        self.subject = self.body = False
        template = self.env.ref(TEMPLATE, raise_if_not_found=False)
        stored = self.filtered("id")
        if not template or not stored:
            return
        subjects = template._render_field("subject", stored.ids, compute_lang=True)
        bodies = template._render_field("body_html", stored.ids, compute_lang=True)
        for notice in stored:
            notice.subject = subjects[notice.id]
            notice.body = bodies[notice.id]

    # ----------------------------------------------------------------------
    # CRUD
    # ----------------------------------------------------------------------

    @api.ondelete(at_uninstall=False)
    def _unlink_except_sent(self):
        if any(notice.state == "sent" for notice in self):
            raise UserError(self.env._("A notice that was sent is never deleted."))

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_send(self):
        """Send what was not sent yet; the mails wait in the queue of mails."""
        self.check_access("write")
        template = self.env.ref(TEMPLATE)
        for notice in self.filtered(lambda notice: notice.state == "draft"):
            if not notice.line_ids:
                continue
            if not notice.partner_id.email:
                raise UserError(
                    self.env._("%s has no mail address.", notice.partner_id.name)
                )
            template.send_mail(notice.id)
            notice.write(
                {
                    "state": "sent",
                    "sent_at": fields.Datetime.now(),
                    "sent_by": self.env.user.id,
                }
            )
            notice.impact_id.message_post(
                body=self.env._("Price notice sent to %s.", notice.partner_id.name)
            )
        # sudo: only wakes the scheduler that sends mails.
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()
