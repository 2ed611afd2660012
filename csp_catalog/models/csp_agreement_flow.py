"""How an agreement comes into force, is amended, signed and ends."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..const import AGREEMENT_VALID_STATES, AGREEMENT_WARNING_DAYS


class CspAgreement(models.Model):
    _inherit = "csp.agreement"

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_send(self):
        """Open the mail that asks the partner to sign."""
        self.ensure_one()
        self.check_access("write")
        self._check_overlap()
        self._set_sent()
        self._portal_ensure_token()
        template = self.env.ref(
            "csp_catalog.mail_template_agreement", raise_if_not_found=False
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Send to sign"),
            "res_model": "mail.compose.message",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_model": self._name,
                "default_res_ids": self.ids,
                "default_template_id": template.id if template else False,
                "default_composition_mode": "comment",
                "force_email": True,
            },
        }

    def action_draft(self):
        """Take back what was sent, to change it."""
        self.check_access("write")
        self._set_draft()

    def action_activate(self):
        """Bring into force without an online signature: paper was signed."""
        self.check_access("write")
        self._activate()

    def action_cancel(self):
        """Give up what never came into force."""
        self.check_access("write")
        self._set_cancelled()

    def action_end(self):
        """End today."""
        self.check_access("write")
        self._end(fields.Datetime.now().date())

    def action_amend(self):
        """Open the next version: a draft that exists, or a new one."""
        self.ensure_one()
        self.check_access("write")
        version = self._amend()
        return version._get_form_action()

    def action_view_versions(self):
        """Open all versions."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "csp_catalog.action_csp_agreement"
        )
        action["domain"] = [("origin_id", "=", self.origin_id.id)]
        action["context"] = {}
        return action

    def action_view_pricelist(self):
        """Open the pricelist that this agreement compiles to."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.pricelist_id.display_name,
            "res_model": "product.pricelist",
            "res_id": self.pricelist_id.id,
            "view_mode": "form",
        }

    def _get_form_action(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.display_name,
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
        }

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _amend(self, **values):
        """Return the open draft of the next version, or make it.

        :param values: field values of the new version, such as ``date_start``
        """
        self.ensure_one()
        versions = self.search([("origin_id", "=", self.origin_id.id)])
        open_version = versions.filtered(lambda one: one.state in ("draft", "sent"))
        if open_version:
            return open_version[0]
        if self.state != "active":
            raise UserError(
                self.env._(
                    "%s is not active: only what is in force can be amended.",
                    self.display_name,
                )
            )
        today = fields.Datetime.now().date()
        version = self.copy(
            {
                "name": self.name,
                "date_start": max(today, self.date_start + timedelta(days=1)),
                **values,
            }
        )
        # sudo: part of amending; its place in the history is closed to hand-made
        # changes.
        version.sudo().write(
            {
                "origin_id": self.origin_id.id,
                "previous_id": self.id,
                "version": max(versions.mapped("version")) + 1,
            }
        )
        return version

    def _csp_sign(self, name, signature, ip=False):
        """Take the partner's signature and bring the agreement into force.

        The caller has checked that the signer may: by the portal's rule or token.

        :param str name: who signs
        :param bytes signature: picture, base64
        """
        self.ensure_one()
        if self.state != "sent":
            raise UserError(self.env._("This agreement does not wait for a signature."))
        if not name or not name.strip() or not signature:
            raise UserError(self.env._("A name and a signature are needed."))
        # sudo: a person of the partner signs, who may not write anything else.
        agreement = self.sudo()
        agreement.write(
            {
                "signed_by": name.strip(),
                "signature": signature,
                "signed_at": fields.Datetime.now(),
                "signed_ip": ip,
            }
        )
        agreement._activate()
        agreement.message_post(
            body=self.env._("Signed online by %(name)s.", name=name.strip())
        )

    def _activate(self):
        """Bring into force: end the version before, compile, apply the terms."""
        for agreement in self:
            if agreement.state == "active":
                continue
            agreement._check_overlap()
            agreement._supersede()
            agreement._set_active()
        self._apply_terms()

    def _supersede(self):
        """Let the versions before end on the day before this one starts."""
        self.ensure_one()
        last = self.date_start - timedelta(days=1)
        today = fields.Datetime.now().date()
        for other in self._get_versions() - self:
            if other.date_start > last:
                raise UserError(
                    self.env._(
                        "%(other)s starts on %(start)s: a newer version can only start "
                        "later than that.",
                        other=other.display_name,
                        start=other.date_start,
                    )
                )
            if not other.date_end or other.date_end > last:
                # sudo: the days of what is in force are closed to hand-made changes.
                other.sudo().date_end = last
            if other.state == "active" and last < today:
                other._set_superseded()

    def _end(self, day):
        """End on ``day``, which is the last one."""
        for agreement in self:
            if agreement.date_start > day:
                raise UserError(
                    self.env._(
                        "%s has not begun yet: it can be ended from its first day on.",
                        agreement.display_name,
                    )
                )
            if not agreement.date_end or agreement.date_end > day:
                # sudo: as in `_supersede`.
                agreement.sudo().date_end = day
            agreement._set_ended()
        self._apply_terms()

    def _check_overlap(self):
        """Refuse a second agreement about the same days and programmes.

        Different programmes may have agreements of their own. Versions of one
        agreement never overlap: the newer one ends the older one.
        """
        for agreement in self:
            # Whoever activates another agreement of this partner meanwhile has to
            # wait, fails on the changed row, and looks again.
            self.env.execute_query(
                SQL(
                    "UPDATE res_partner SET id = id WHERE id = %s RETURNING id",
                    agreement.partner_id.id,
                )
            )
            for other in self.search(agreement._get_rivals_domain()):
                programs = agreement.program_ids & other.program_ids
                if agreement.program_ids and other.program_ids and not programs:
                    continue
                names = (programs or other.program_ids).mapped("name")
                raise UserError(
                    self.env._(
                        "%(partner)s already has agreement %(number)s from %(start)s "
                        "to %(end)s for %(programs)s. End it first, amend it, or "
                        "choose other programmes or days.",
                        partner=agreement.partner_id.name,
                        number=other.display_name,
                        start=other.date_start,
                        end=other.date_end or self.env._("an open end"),
                        programs=", ".join(names) or self.env._("everything"),
                    )
                )

    def _get_rivals_domain(self):
        """Return the domain of agreements in force on one of its days."""
        self.ensure_one()
        domain = (
            Domain("partner_id", "=", self.partner_id.id)
            & Domain("company_id", "=", self.company_id.id)
            & Domain("side", "=", self.side)
            & Domain("state", "in", AGREEMENT_VALID_STATES)
            & Domain("origin_id", "!=", self.origin_id.id)
            & (
                Domain("date_end", "=", False)
                | Domain("date_end", ">=", self.date_start)
            )
        )
        if self.date_end:
            domain &= Domain("date_start", "<=", self.date_end)
        return domain

    def _get_versions(self):
        """Return the versions that are or were in force, the oldest first."""
        return self.search(
            [
                ("origin_id", "in", self.origin_id.ids),
                ("state", "in", ("active", "superseded", "ended")),
            ],
            order="date_start, id",
        )

    def _apply_terms(self):
        """Compile the prices and hand the terms to the partner, where in force."""
        today = fields.Datetime.now().date()
        sales = self.filtered(lambda agreement: agreement.side == "sale")
        for company, agreements in sales.grouped("company_id").items():
            partners = agreements.partner_id.with_company(company)
            # sudo: whoever may bring agreements into force decides about the lists and
            # limits that follow, which other groups may edit by hand.
            partners.sudo()._csp_sync_agreements()
            for agreement in agreements.filtered_domain(self._get_valid_domain(today)):
                if agreement.credit_limit_amount:
                    partner = agreement.partner_id.with_company(company).sudo()
                    limit = agreement.currency_id._convert(
                        agreement.credit_limit_amount,
                        company.currency_id,
                        company,
                        agreement.date_start,
                    )
                    if partner.credit_limit != limit:
                        partner.credit_limit = limit

    # ----------------------------------------------------------------------
    # CRON
    # ----------------------------------------------------------------------

    @api.model
    def _cron_csp_agreements(self, today=None):
        """Daily: states, lists and limits of what begins or ends; warn of ends."""
        today = today or fields.Datetime.now().date()
        over = self.search([("state", "=", "active"), ("date_end", "<", today)])
        for agreement in over:
            newer = agreement._get_versions().filtered(
                lambda one, old=agreement: one.date_start > old.date_start
            )
            if newer:
                agreement._set_superseded()
            else:
                agreement._set_ended()
        begun = self.search([("state", "=", "active"), ("date_start", "<=", today)])
        (over | begun)._apply_terms()
        begun._warn_of_end(today)

    def _warn_of_end(self, today):
        """Plan one activity per threshold that the end has come closer than."""
        for agreement in self.filtered("date_end"):
            left = (agreement.date_end - today).days
            reached = [days for days in AGREEMENT_WARNING_DAYS if left <= days]
            if not reached or agreement.warned_days == min(reached):
                continue
            # sudo: a note of the cron's own, closed to hand-made changes.
            agreement.sudo().warned_days = min(reached)
            agreement.activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=max(today, agreement.date_end - timedelta(days=7)),
                summary=self.env._(
                    "%(number)s ends on %(day)s",
                    number=agreement.display_name,
                    day=agreement.date_end,
                ),
                note=self.env._("Amend it, or let it end."),
                user_id=(agreement.user_id or self.env.user).id,
            )
