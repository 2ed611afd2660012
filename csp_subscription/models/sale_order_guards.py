"""What a cloud order needs before it can be confirmed."""

from odoo import models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # ----------------------------------------------------------------------
    # BUSINESS - GUARDS
    # ----------------------------------------------------------------------

    def _confirmation_error_message(self):
        """Override of `sale` to refuse what the vendor would refuse."""
        message = super()._confirmation_error_message()
        if message:
            return message
        errors = self._csp_get_order_errors()
        return "\n".join(errors) or False

    def _csp_get_order_errors(self):
        """Return in words why the cloud lines cannot be delivered."""
        self.ensure_one()
        lines = self.order_line.filtered(lambda line: line._csp_is_offer())
        if not lines:
            return []
        errors = [
            self._csp_get_rebate_message(line)
            for line in self.order_line
            if line._csp_is_rebate()
        ]
        if self.csp_order_type == "renewal":
            return errors + self._csp_get_renewal_errors(lines)
        errors += self._csp_get_again_errors()
        if not self.csp_customer_id:
            errors.append(self.env._("Choose the end customer who uses the service."))
        for program in lines.product_id.csp_program_id:
            errors += self._csp_get_program_errors(program)
        for line in lines:
            errors += self._csp_get_line_errors(line)
        return errors

    def _csp_get_program_errors(self, program):
        provider = program._csp_get_provider(self.company_id)
        if not provider:
            return [
                self.env._(
                    "No provider is set up for %s. Ask an administrator.", program.name
                )
            ]
        if provider.code == "manual":
            return []
        tenant = self.csp_tenant_id
        if not tenant:
            return [
                self.env._(
                    "Choose the tenant at %s that gets the subscriptions.", program.name
                )
            ]
        errors = []
        if tenant.partner_id.commercial_partner_id != (
            self.csp_customer_id.commercial_partner_id
        ):
            errors.append(
                self.env._(
                    "The tenant %(tenant)s belongs to another end customer.",
                    tenant=tenant.name,
                )
            )
        if tenant.program_id != program:
            errors.append(
                self.env._(
                    "The tenant %(tenant)s belongs to another programme.",
                    tenant=tenant.name,
                )
            )
        missing = tenant._get_missing_data()
        if missing:
            errors.append(
                self.env._(
                    "The tenant %(tenant)s lacks: %(fields)s.",
                    tenant=tenant.name,
                    fields=", ".join(missing),
                )
            )
        if not self.csp_terms_accepted_at and not tenant.agreement_accepted_at:
            errors.append(
                self.env._("The customer has not accepted the vendor's terms yet.")
            )
        return errors

    def _csp_get_line_errors(self, line):
        product = line.product_id
        quantity = line.product_uom_qty
        if not product.active or not product.sale_ok:
            return [self.env._("%s is not on sale any more.", product.display_name)]
        if not product.csp_term or not product.csp_plan:
            return [self.env._("%s has no term or billing plan.", product.display_name)]
        if quantity <= 0 or quantity != int(quantity):
            return [
                self.env._(
                    "Seats of %s are counted in whole numbers.", product.display_name
                )
            ]
        return self._csp_get_seat_errors(line)

    def _csp_get_seat_errors(self, line):
        product = line.product_id
        quantity = line.product_uom_qty
        errors = []
        if line.product_uom_id != product.uom_id:
            errors.append(
                self.env._(
                    "%(product)s is sold per %(unit)s: choose this unit.",
                    product=product.display_name,
                    unit=product.uom_id.name,
                )
            )
        return errors + product._csp_seat_refusals(quantity)
