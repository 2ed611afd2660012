from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.http import request, route

from .. import forms
from ..const import MAX_SEATS
from .common import CspPortal

SOURCE = "portal"


class CspPortalRenewals(CspPortal):
    """Renewal quotes: accept, change seats, decline."""

    @route(
        "/my/csp/renewals",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["GET"],
    )
    def portal_csp_renewals(self):
        """List the renewals that wait for an answer, and those answered lately."""
        return self._csp_render_renewals({})

    @route(
        "/my/csp/renewal/<int:order_id>/accept",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["POST"],
    )
    def portal_csp_renewal_accept(self, order_id, token=None):
        """Renew with the seats on the quote."""
        order_sudo = self._csp_renewal(order_id)
        return self._csp_answer(
            order_sudo,
            f"accept-{order_id}",
            token,
            lambda: order_sudo._csp_accept_renewal(SOURCE),
        )

    @route(
        "/my/csp/renewal/<int:order_id>/decline",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["POST"],
    )
    def portal_csp_renewal_decline(self, order_id, token=None):
        """Let the subscriptions end with their term."""
        order_sudo = self._csp_renewal(order_id)
        return self._csp_answer(
            order_sudo,
            f"decline-{order_id}",
            token,
            lambda: order_sudo._csp_decline_renewal(SOURCE),
        )

    @route(
        "/my/csp/renewal/<int:order_id>/seats/<int:line_id>",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["POST"],
    )
    def portal_csp_renewal_seats(self, order_id, line_id, token=None, seats=None):
        """Change the seats of one line of the quote; the price is the server's."""
        order_sudo = self._csp_renewal(order_id)
        line_sudo = order_sudo.order_line.filtered(
            lambda line: line.id == line_id and line.csp_subscription_id
        )
        if not line_sudo:
            return self._csp_not_found()
        minimum, maximum = line_sudo.product_id._csp_seat_limits()
        quantity = forms.whole_number(seats, minimum, min(maximum, MAX_SEATS))
        if quantity is None:
            message = request.env._(
                "Enter a whole number of seats from %(minimum)s to %(maximum)s.",
                minimum=minimum,
                maximum=maximum,
            )
            return self._csp_render_renewals({order_id: message})
        return self._csp_answer(
            order_sudo,
            f"seats-{line_id}",
            token,
            lambda: self._csp_write_seats(line_sudo, quantity),
            anchor=True,
        )

    # --------------------------------------------------------------------------
    # HELPERS
    # --------------------------------------------------------------------------

    def _csp_renewal_domain(self):
        """Return the renewal quotes that the signed-in company pays for."""
        return Domain("csp_order_type", "=", "renewal") & Domain(
            "partner_id.commercial_partner_id", "=", self._csp_partner().id
        )

    def _csp_renewal(self, order_id):
        """Return one renewal (sudo) of the signed-in company, or not found."""
        order_sudo = self._csp_document("sale.order", order_id)
        if order_sudo.filtered_domain(self._csp_renewal_domain()):
            return order_sudo
        return self._csp_not_found()

    def _csp_answer(self, order_sudo, kind, token, work, anchor=False):
        url = f"/my/csp/renewals#renewal-{order_sudo.id}"

        def run():
            if order_sudo.state != "sent":
                raise UserError(request.env._("This renewal was answered already."))
            work()
            return url

        try:
            return self._csp_once(kind, token, run)
        except AccessError:
            raise
        except UserError as error:
            return self._csp_render_renewals({order_sudo.id: str(error)})

    def _csp_write_seats(self, line_sudo, quantity):
        """Write the seats; `sale` computes the amounts from the quote's price."""
        line_sudo.product_uom_qty = quantity

    def _csp_render_renewals(self, errors):
        SaleOrder = request.env["sale.order"]
        domain = self._csp_renewal_domain()
        waiting = SaleOrder.search(
            domain & Domain("state", "=", "sent"), order="validity_date, id"
        )
        answered = SaleOrder.search(
            domain & Domain("state", "in", ("sale", "cancel")),
            order="write_date desc, id desc",
            limit=10,
        )
        return request.render(
            "csp_partner_portal.portal_renewals",
            self._csp_values(
                "csp_renewals",
                # sudo: found under the rules of the user; offers are shown beside.
                waiting=waiting.sudo(),
                answered=answered.sudo(),
                errors=errors,
                tokens={order.id: self._csp_new_token() for order in waiting},
            ),
        )
