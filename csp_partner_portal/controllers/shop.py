from odoo.exceptions import AccessError, UserError
from odoo.http import request, route

from odoo.addons.website_sale.controllers.main import WebsiteSale

from ..const import TENANT_STEP
from .common import CspPortal
from .tenant_form import TenantForm

# The confirmation page gives up polling after this many seconds.
POLL_SECONDS = 180


class CspShop(WebsiteSale, CspPortal):
    """The eShop: sign in, tell the tenant, pay, see the access data."""

    # ----------------------------------------------------------------------
    # GUARDS
    # ----------------------------------------------------------------------

    def _check_cart(self, order_sudo):
        """Override of `website_sale`: subscriptions belong to somebody we know."""
        if redirection := super()._check_cart(order_sudo):
            return redirection
        if request.env.user._is_public() and order_sudo.has_csp_lines:
            return request.redirect("/web/login?redirect=/shop/checkout")

    def _get_shop_payment_errors(self, order):
        """Override of `website_sale` to say on the payment page what is missing."""
        errors = super()._get_shop_payment_errors(order)
        if order.has_csp_lines and (message := order._csp_checkout_error()):
            errors.append((request.env._("Your order is not complete."), message))
            order._csp_alert_below_floor()
        return errors

    @route()
    def shop_payment(self, **post):
        """Override of `website_sale` to lead back to a step that was skipped."""
        order_sudo = request.cart
        if order_sudo and order_sudo.has_csp_lines:
            if redirection := self._check_cart_and_addresses(order_sudo):
                return redirection
            if not order_sudo.csp_tenant_id or not order_sudo.csp_terms_accepted_at:
                return request.redirect(TENANT_STEP)
        return super().shop_payment(**post)

    # ----------------------------------------------------------------------
    # CHECKOUT STEP
    # ----------------------------------------------------------------------

    @route(
        TENANT_STEP,
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["GET"],
    )
    def shop_csp_tenant(self, customer_id=None):
        """Ask for the account at the vendor."""
        order_sudo = request.cart
        if redirection := self._csp_check_step(order_sudo):
            return redirection
        customer = self._csp_cart_customer(order_sudo, customer_id)
        values = TenantForm.defaults(
            customer, self._csp_cart_program(order_sudo), order_sudo.company_id
        )
        if order_sudo.csp_tenant_id.partner_id == customer and customer:
            values["tenant"] = str(order_sudo.csp_tenant_id.id)
            values["terms"] = bool(order_sudo.csp_terms_accepted_at)
        return self._csp_render_step(order_sudo, customer, values, {})

    @route(
        f"{TENANT_STEP}/submit",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["POST"],
    )
    def shop_csp_tenant_submit(
        self,
        customer_id=None,
        tenant=None,
        domain=None,
        first_name=None,
        last_name=None,
        email=None,
        phone=None,
        terms=None,
    ):
        """Check and store the account; go on to the payment."""
        order_sudo = request.cart
        if redirection := self._csp_check_step(order_sudo):
            return redirection
        customer = self._csp_cart_customer(order_sudo, customer_id)
        form = TenantForm(
            customer=customer,
            program=self._csp_cart_program(order_sudo),
            company=order_sudo.company_id,
            tenant=tenant,
            domain=domain,
            first_name=first_name,
            last_name=last_name,
            email=email,
            phone=phone,
            terms=terms,
        )
        errors = form.validate()
        if not customer:
            errors["customer_id"] = request.env._("Choose the customer.")
        if not errors:
            try:
                with request.env.cr.savepoint():
                    form.apply(order_sudo)
            except AccessError:
                raise
            except UserError as error:
                errors["domain"] = str(error)
        if errors:
            return self._csp_render_step(order_sudo, customer, form.values(), errors)
        # As /shop/checkout does, which the address of this step may have skipped.
        request.session["sale_last_order_id"] = order_sudo.id
        return request.redirect("/shop/payment", 303)

    def _csp_check_step(self, order_sudo):
        """Return where to go instead of this step, or nothing."""
        if redirection := self._check_cart_and_addresses(order_sudo):
            return redirection
        if not order_sudo.has_csp_lines:
            return request.redirect("/shop/payment")

    def _csp_cart_program(self, order_sudo):
        return order_sudo._csp_get_tenant_program()

    def _csp_cart_customer(self, order_sudo, customer_id=None):
        """Return who will use the service: the buyer, or a reseller's customer."""
        buyer = order_sudo.partner_id.commercial_partner_id
        if not buyer.is_csp_reseller:
            return buyer
        return self._csp_customer(str(customer_id or order_sudo.csp_customer_id.id))

    def _csp_render_step(self, order_sudo, customer, values, errors):
        program = self._csp_cart_program(order_sudo)
        is_reseller = order_sudo.partner_id.commercial_partner_id.is_csp_reseller
        return request.render(
            "csp_partner_portal.shop_tenant",
            {
                "website_sale_order": order_sudo,
                "order": order_sudo,
                "program": program,
                "customer": customer,
                "customers": self._csp_customers() if is_reseller else customer,
                "csp_is_reseller": is_reseller,
                "tenants": TenantForm.tenants(customer, program, order_sudo.company_id),
                "form": values,
                "errors": errors,
                **self._csp_step_values(),
            },
        )

    def _csp_step_values(self):
        """Return where the step stands, also when its form was just sent."""
        http_request = request.httprequest
        path, http_request.path = http_request.path, TENANT_STEP
        try:
            return request.website._get_checkout_step_values()
        finally:
            http_request.path = path

    # ----------------------------------------------------------------------
    # CONFIRMATION
    # ----------------------------------------------------------------------

    def _prepare_shop_payment_confirmation_values(self, order):
        """Override of `website_sale` to follow the delivery on the page."""
        values = super()._prepare_shop_payment_confirmation_values(order)
        values["csp_poll_seconds"] = (
            POLL_SECONDS if order.exists() and order.has_csp_lines else 0
        )
        return values

    @route("/shop/csp/delivery", type="jsonrpc", auth="user", website=True)
    def shop_csp_delivery(self):
        """Tell how far the delivery of the order just placed has come.

        Only the person who ordered asks: the order comes from the session, and has to
        be readable under the user's own rules.
        """
        order_id = request.session.get("sale_last_order_id")
        order = request.env["sale.order"].search([("id", "=", order_id)])
        if not order or order.state != "sale":
            return {"state": "none", "items": []}
        # sudo: the order was just found under the rules of the user
        return order.sudo()._csp_delivery_answer()
