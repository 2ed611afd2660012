"""Odoo's own order pages: no signature, no money for what cannot be confirmed."""

from odoo.exceptions import AccessError, MissingError, ValidationError
from odoo.http import request, route

from odoo.addons.sale.controllers import portal as sale_portal


class CspOrderPortal(sale_portal.CustomerPortal):
    @route()
    def portal_quote_accept(
        self, order_id, access_token=None, name=None, signature=None
    ):
        """Override of `sale` to say in the dialog why nobody can sign yet."""
        token = access_token or request.httprequest.args.get("access_token")
        if message := _get_payment_error(self, order_id, token):
            return {"error": message}
        return super().portal_quote_accept(
            order_id, access_token=access_token, name=name, signature=signature
        )


class CspOrderPayment(sale_portal.PaymentPortal):
    @route()
    def portal_order_transaction(self, order_id, access_token, **kwargs):
        """Override of `sale` to refuse the payment before it is made."""
        if message := _get_payment_error(self, order_id, access_token):
            raise ValidationError(message)
        return super().portal_order_transaction(order_id, access_token, **kwargs)


def _get_payment_error(portal, order_id, access_token):
    """Return why the order may not be signed or paid; `sale` answers strangers."""
    try:
        order_sudo = portal._document_check_access("sale.order", order_id, access_token)
    except (AccessError, MissingError):
        return None
    # sudo: checked just now. `portal` answers as the system's own user, to whom the
    # message would tell costs.
    return order_sudo.with_user(request.env.user).sudo()._csp_get_payment_error()
