from odoo.http import Controller, request, route

from ..const import MAX_ID


class CspSuggestions(Controller):
    """Plans that go with a device, put into the cart with one click."""

    @route(
        "/shop/csp/suggestion",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["POST"],
    )
    def shop_csp_suggestion(self, product_id=None, line_id=None, device_id=None):
        """Add a suggested plan; from a device's page together with the device.

        Nothing is added that the rules do not suggest to this visitor: the cart, the
        prices and the plans are looked up again, only numbers come from the form.
        """
        product_id = self._csp_number(product_id)
        order_sudo = request.cart
        if device_id and product_id:
            order_sudo, line_sudo = self._csp_add_device(
                self._csp_number(device_id), product_id
            )
        else:
            line_sudo = order_sudo.order_line.filtered(
                lambda line: line.id == self._csp_number(line_id)
            )
        if order_sudo and line_sudo:
            order_sudo._csp_cart_attach(line_sudo, product_id)
        return request.redirect("/shop/cart", 303)

    def _csp_add_device(self, device_id, product_id):
        """Put the device into the cart if the plan is suggested with it."""
        website = request.website
        device = (
            request.env["product.product"]
            .search([("id", "=", device_id)])
            .filtered(lambda product: product._is_add_to_cart_allowed())
        )
        if product_id not in [
            suggestion.product.id
            for suggestion in device._csp_shop_suggestions(website)
        ]:
            return request.cart, request.env["sale.order.line"]
        order_sudo = request.cart or website._create_cart()
        known = order_sudo.order_line.filtered(
            lambda line: (
                line.product_id == device
                and not line.combo_item_id
                and not line.csp_attached_line_ids
            )
        )[:1]
        if known:
            return order_sudo, known
        values = order_sudo._cart_add(product_id=device.id, quantity=1)
        return order_sudo, order_sudo.order_line.filtered(
            lambda line: line.id == values["line_id"]
        )

    def _csp_number(self, text):
        """Return the id that a form names, 0 for anything else."""
        text = str(text or "")
        number = int(text) if text.isascii() and text.isdigit() else 0
        return number if number <= MAX_ID else 0
