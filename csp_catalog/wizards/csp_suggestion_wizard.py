"""Plans for the devices of a quotation, to add with one click each."""

from odoo import fields, models
from odoo.exceptions import UserError

from ..const import RUNGS


class CspSuggestionWizard(models.TransientModel):
    _name = "csp.suggestion.wizard"
    _description = "Suggestions for a Quotation"

    order_id = fields.Many2one("sale.order", required=True, ondelete="cascade")
    line_ids = fields.One2many("csp.suggestion.wizard.line", "wizard_id")

    def _fill(self):
        """Write down what the rules suggest now."""
        for wizard in self:
            wizard.line_ids = [
                fields.Command.create(
                    {
                        "device_line_id": device.id,
                        "product_id": suggestion.product.id,
                        "rung": suggestion.rung,
                        "price": suggestion.price,
                        "headline": suggestion.headline,
                        "sentence": suggestion.sentence,
                        "is_recommended": suggestion.is_recommended,
                    }
                )
                for device, found in wizard.order_id._csp_get_suggestions()
                for suggestion in found
            ]


class CspSuggestionWizardLine(models.TransientModel):
    _name = "csp.suggestion.wizard.line"
    _description = "Suggested Plan"

    wizard_id = fields.Many2one(
        "csp.suggestion.wizard", required=True, ondelete="cascade"
    )
    device_line_id = fields.Many2one(
        "sale.order.line", string="Device", required=True, ondelete="cascade"
    )
    device_name = fields.Char(
        string="For", related="device_line_id.product_id.display_name"
    )
    currency_id = fields.Many2one(related="device_line_id.currency_id")
    product_id = fields.Many2one("product.product", string="Plan", required=True)
    unit_label = fields.Char(related="product_id.product_tmpl_id.csp_unit_label")
    rung = fields.Selection(RUNGS, string="Step", required=True)
    price = fields.Monetary()
    headline = fields.Char()
    sentence = fields.Char()
    is_recommended = fields.Boolean(string="Recommended")

    def action_add(self):
        """Add this plan to the quotation, if it is still suggested."""
        self.ensure_one()
        order = self.wizard_id.order_id
        order.check_access("write")
        for device, found in order._csp_get_suggestions():
            for suggestion in found:
                if (
                    device == self.device_line_id
                    and suggestion.product == self.product_id
                ):
                    device._csp_attach(suggestion)
                    return {"type": "ir.actions.act_window_close"}
        raise UserError(
            self.env._(
                "%s is not suggested any more, or the device has its plan already.",
                self.product_id.display_name,
            )
        )
