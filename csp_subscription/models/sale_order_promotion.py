"""Vendor promotions on the way from the quote to the vendor."""

from decimal import Decimal

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.csp_catalog import providers
from odoo.addons.csp_catalog.engine.prices import COST_STEP, round_half_up
from odoo.addons.csp_catalog.engine.waterfall import VENDOR_PROMOTION


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_csp_check_promotions(self):
        """Ask the vendor which of its promotions the end customer may have."""
        self.ensure_one()
        self.check_access("write")
        if self.state not in ("draft", "sent"):
            raise UserError(self.env._("The order is confirmed: its prices are fixed."))
        checks = self._csp_check_promotions()
        if checks:
            lines = self.order_line.filtered(lambda line: line._csp_is_offer())
            lines._compute_csp_terms()
            rows = [
                f"{check.promotion_id.name}: " + (check.reason or self.env._("granted"))
                for check in checks
            ]
            message = "; ".join(rows)
            self.message_post(body=message, subtype_xmlid="mail.mt_note")
        else:
            message = self.env._("The vendor has no promotion for these offers.")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Promotions of the vendor"),
                "message": message,
                "type": "info",
                "sticky": bool(checks),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _csp_check_promotions(self):
        """Ask about every promotion of every line; return the answers kept."""
        self.ensure_one()
        checks = self.env["csp.promotion.check"]
        lines = self.order_line.filtered(lambda line: line._csp_is_offer())
        for program, group in lines.grouped(
            lambda line: line.product_id.csp_program_id
        ).items():
            asked = group._csp_get_promotion_questions()
            if not asked:
                continue
            tenant = self.csp_tenant_id
            if tenant.program_id != program or not tenant.vendor_ref:
                raise UserError(
                    self.env._(
                        "The vendor does not know this customer yet: it says with the "
                        "first order which promotions it grants."
                    )
                )
            checks |= self._csp_ask_promotions(program, tenant, asked)
        return checks

    def _csp_ask_promotions(self, program, tenant, asked):
        # sudo: sales people have no right on providers; only the question is asked
        provider = program._csp_get_provider(self.company_id).sudo()
        try:
            answers = provider._get_adapter().check_promotions(
                tenant.vendor_ref,
                [question for question, _line, _promotion in asked.values()],
                tenant.partner_id.country_id.code or "",
            )
        except providers.ProviderError as error:
            raise UserError(
                self.env._(
                    "The vendor cannot be asked for promotions now: %s", str(error)
                )
            ) from error
        provider._book_call()
        checks = self.env["csp.promotion.check"]
        customer = self._csp_get_end_customer()
        for answer in answers:
            _question, line, promotion = asked[answer.line_key]
            if answer.promotion_ref in (None, promotion.vendor_ref):
                checks |= checks._book_answer(
                    promotion,
                    customer,
                    line.product_id,
                    int(line.product_uom_qty),
                    answer,
                )
        return checks


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _csp_get_promotion_questions(self):
        """Return ``{key: (question, line, promotion)}`` for the vendor."""
        moment = fields.Datetime.now()
        asked = {}
        for line in self:
            product, seats = line.product_id, int(line.product_uom_qty)
            if seats < 1:
                continue
            candidates = (
                self.env["csp.promotion"]
                .with_company(line.company_id)
                ._get_vendor_candidates(product, moment)
            )
            for promotion in candidates:
                key = f"{line.id}-{promotion.id}"
                question = providers.OrderLine(
                    line_key=key,
                    product_ref=product.csp_product_ref,
                    sku_ref=product.csp_sku_ref,
                    term=product.csp_term,
                    plan=product.csp_plan,
                    quantity=seats,
                    promotion_ref=promotion.vendor_ref,
                )
                asked[key] = (question, line, promotion)
        return asked

    def _csp_get_vendor_promotion(self):
        """Return the vendor's promotion that the line's cost has in it."""
        self.ensure_one()
        # sudo: costs are closed to the customers who confirm their own orders
        return self.sudo().csp_promotion_ids.filtered(
            lambda promotion: promotion.source == "vendor" and promotion.vendor_ref
        )[:1]

    def _csp_prepare_subscription(self, contract, provider):
        """Override to remember the promotion and what a seat costs without it."""
        values = super()._csp_prepare_subscription(contract, provider)
        promotion = self._csp_get_vendor_promotion()
        # sudo: costs are closed to the customers who confirm their own orders
        fall = self.sudo()._csp_get_waterfall()
        lowered = sum(
            step.amount
            for step in (fall.cost_steps if fall else ())
            if step.kind == VENDOR_PROMOTION
        )
        if not promotion or not lowered or not fall.cost:
            return values
        cost = Decimal(repr(values["unit_cost"]))
        without = cost * (fall.cost - lowered) / fall.cost
        return values | {
            "promotion_id": promotion.id,
            "promotion_ref": promotion.vendor_ref,
            "base_unit_cost": float(round_half_up(without, COST_STEP)),
        }
