"""Plans sold with a device: suggested, chosen, and recorded on the order line."""

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..const import RUNGS


class SaleOrder(models.Model):
    _inherit = "sale.order"

    csp_is_leasing = fields.Boolean(
        string="Paid by leasing",
        help="A buyer who leases is a business: suggestions show plans for companies.",
    )
    csp_has_devices = fields.Boolean(compute="_compute_csp_has_devices")

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("order_line.product_id")
    def _compute_csp_has_devices(self):
        for order in self:
            order.csp_has_devices = bool(order._csp_device_lines())

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_csp_suggest(self):
        """Open the plans that fit the devices of this quotation."""
        self.ensure_one()
        wizard = self.env["csp.suggestion.wizard"].create({"order_id": self.id})
        wizard._fill()
        if not wizard.line_ids:
            raise UserError(
                self.env._(
                    "No suggestion rule fits the devices of this quotation. Look at "
                    "Catalogue, Suggestion rules."
                )
            )
        return wizard._get_records_action(
            name=self.env._("Plans for these devices"),
            target="new",
            context={"dialog_size": "extra-large"},
        )

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _csp_device_lines(self):
        """Return the lines with a device, also those inside a bundle excepted."""
        return self.order_line.filtered(
            lambda line: (
                not line.display_type
                and not line.combo_item_id
                and line.product_id
                and line.product_id._csp_is_device()
            )
        )

    def _csp_get_suggestions(self, **options):
        """Return ``[(device line, [Suggestion, ...])]`` for lines without a plan.

        :param options: passed on to ``_csp_suggest``
        """
        self.ensure_one()
        is_business = True if self.csp_is_leasing else None
        answer = []
        for line in self._csp_device_lines() - self.order_line.csp_attached_to_line_id:
            found = line.product_id._csp_suggest(
                self.partner_id,
                line._get_order_date(),
                self.currency_id,
                company=self.company_id,
                pricelist=self.pricelist_id,
                price=line.price_unit * (1 - (line.discount or 0.0) / 100),
                is_business=is_business,
                **options,
            )
            if found:
                answer.append((line, found))
        return answer


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    csp_attached_to_line_id = fields.Many2one(
        "sale.order.line",
        string="Sold with",
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The device that this plan was suggested with.",
    )
    csp_attached_line_ids = fields.One2many(
        "sale.order.line", "csp_attached_to_line_id", string="Plans sold with it"
    )
    csp_suggestion_rule_id = fields.Many2one(
        "csp.suggestion.rule",
        string="Suggested by",
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups="base.group_user",
    )
    csp_suggestion_rung = fields.Selection(
        RUNGS, string="Suggested step", copy=False, groups="base.group_user"
    )

    # ----------------------------------------------------------------------
    # CONSTRAINTS
    # ----------------------------------------------------------------------

    @api.constrains("csp_attached_to_line_id", "order_id")
    def _check_csp_attached(self):
        for line in self.filtered("csp_attached_to_line_id"):
            device = line.csp_attached_to_line_id
            if device == line or device.order_id != line.order_id:
                raise ValidationError(
                    self.env._(
                        "%s is sold with another line of the same order.",
                        line.product_id.display_name,
                    )
                )

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _csp_prepare_attached(self, suggestion):
        """Return what is recorded on the line of a plan sold with this device."""
        self.ensure_one()
        return {
            "csp_attached_to_line_id": self.id,
            "csp_suggestion_rule_id": suggestion.rule.id,
            "csp_suggestion_rung": suggestion.rung,
        }

    def _csp_attach(self, suggestion):
        """Add a suggested plan to the quotation, one seat per device."""
        self.ensure_one()
        if self.order_id.state not in ("draft", "sent"):
            raise UserError(
                self.env._("%s is not a quotation any more.", self.order_id.name)
            )
        return self.create(
            {
                "order_id": self.order_id.id,
                "product_id": suggestion.product.id,
                "product_uom_qty": max(
                    self.product_uom_qty, suggestion.product.csp_min_seats
                ),
                "sequence": self.sequence,
                **self._csp_prepare_attached(suggestion),
            }
        )
