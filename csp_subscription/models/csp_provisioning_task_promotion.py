"""An order whose promotion the vendor does not grant: never bought dearer silently."""

from odoo import fields, models
from odoo.exceptions import AccessError

from odoo.addons.csp_catalog import providers

from ..const import TASK_ORDER, TASK_REFUSED

PROMOTION_REFUSED = "10014"


class CspProvisioningTask(models.Model):
    _inherit = "csp.provisioning.task"

    is_promotion_refused = fields.Boolean(
        readonly=True, help="The vendor does not grant a promotion of the order."
    )

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_order_without_promotion(self):
        """Order at the vendor's list price; the higher cost is written down."""
        self.check_access("write")
        if not self.env.user.has_group("csp_catalog.group_csp_manager"):
            raise AccessError(
                self.env._("Only a manager may order above the cost of the quote.")
            )
        for task in self.filtered(
            lambda t: t.state == TASK_REFUSED and t.is_promotion_refused
        ):
            task._drop_promotions()
            task.action_retry()

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _note_refused(self, error):
        """Override to say in words which promotion is not granted."""
        refused = self._get_refused_promotions(error)
        if refused:
            error = providers.RefusedError(
                " ".join(
                    self.env._(
                        "%(name)s: the vendor does not grant the promotion "
                        "“%(promotion)s”. %(reason)s",
                        name=subscription.name,
                        promotion=subscription.promotion_id.name
                        or subscription.promotion_ref,
                        reason=reason,
                    )
                    for subscription, reason in refused
                ),
                error.code,
                error.details,
                checkpoint=error.checkpoint,
            )
        self.is_promotion_refused = bool(refused)
        return super()._note_refused(error)

    def _get_refused_promotions(self, error):
        """Return [(subscription, reason)] of the promotions that were refused."""
        lines = (error.details or {}).get("lines") or {}
        if self.kind != TASK_ORDER:
            return []
        return [
            (subscription, lines[self._get_line_key(subscription)])
            for subscription in self.subscription_ids
            if subscription.promotion_ref
            and PROMOTION_REFUSED in lines.get(self._get_line_key(subscription), "")
        ]

    def _drop_promotions(self):
        """Take the refused promotions out of the command and out of the cost."""
        self.ensure_one()
        payload = dict(self.payload)
        payload["lines"] = [
            {**line, "promotion_ref": None} for line in payload["lines"]
        ]
        self.write({"payload": payload, "is_promotion_refused": False})
        # sudo: the button has checked the group; terms are written by verbs only
        for subscription in self.sudo().subscription_ids.filtered("promotion_ref"):
            body = self.env._(
                "%(user)s orders %(name)s without the promotion “%(promotion)s”: a "
                "seat costs %(new).6g instead of %(old).6g a period.",
                user=self.env.user.name,
                name=subscription.name,
                promotion=subscription.promotion_id.name or subscription.promotion_ref,
                new=subscription.base_unit_cost,
                old=subscription.unit_cost,
            )
            cost = subscription.base_unit_cost * subscription.currency_rate
            if (
                subscription.currency_id.compare_amounts(subscription.unit_price, cost)
                < 0
            ):
                body += " " + self.env._("That is below cost, and approved hereby.")
            subscription.write(
                subscription._prepare_promotion_cost(
                    self.env["csp.promotion"], subscription.base_unit_cost
                )
            )
            for record in (self.order_id, subscription):
                record.message_post(body=body, subtype_xmlid="mail.mt_note")
