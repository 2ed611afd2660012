"""Bring in the public table of products and the service plans they contain."""

import base64

from odoo import fields, models
from odoo.exceptions import UserError


class CspServicePlanImport(models.TransientModel):
    _name = "csp.service.plan.import"
    _description = "Import Products and Service Plans"

    file = fields.Binary(attachment=False)
    file_name = fields.Char()
    match_names = fields.Boolean(
        string="Recognise offers by name",
        default=True,
        help="Offers without identifiers get those of the product of the same name, "
        "when there is exactly one.",
    )

    def action_import(self):
        """Import the table and say what has changed."""
        self.ensure_one()
        if not self.file:
            raise UserError(self.env._("Choose a file first."))
        counts = self.env["csp.service.suite"]._import_table(
            base64.b64decode(self.file), match_names=self.match_names
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "sticky": True,
                "title": self.env._("Table imported"),
                "message": self.env._(
                    "%(suites)s new products, %(changed)s changed, %(plans)s new "
                    "services; %(offers)s offers have other services than before, "
                    "%(named)s of them recognised by name.",
                    suites=counts["suites_new"],
                    changed=counts["suites_changed"],
                    plans=counts["plans_new"],
                    offers=counts["offers_changed"],
                    named=counts["offers_named"],
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
