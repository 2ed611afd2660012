from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.http import request, route

from .. import forms
from ..const import LIST_PAGE_SIZE, LIVE_STATES, MAX_SEATS
from .common import CspPortal

SORTINGS = {
    "newest": "id desc",
    "customer": "customer_id, id desc",
    "end": "term_end_date, id desc",
    "seats": "quantity desc, id desc",
}


class CspPortalSubscriptions(CspPortal):
    """Subscriptions: the list, the page of one, access data, seats."""

    # --------------------------------------------------------------------------
    # LIST
    # --------------------------------------------------------------------------

    @route(
        ["/my/csp/subscriptions", "/my/csp/subscriptions/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["GET"],
    )
    def portal_csp_subscriptions(
        self, page=1, search=None, sortby=None, filterby=None, customer_id=None
    ):
        """List the subscriptions of the signed-in company."""
        Subscription = request.env["csp.subscription"]
        search = forms.clean(search, 64)
        filters = self._csp_subscription_filters()
        sortby = self._csp_choice(sortby, SORTINGS, "newest")
        filterby = self._csp_choice(filterby, filters, "live")
        customer = self._csp_customer(customer_id)
        domain = self._csp_subscription_domain() & filters[filterby]["domain"]
        if customer:
            domain &= Domain("customer_id", "=", customer.id)
        for word in search.split():
            domain &= (
                Domain("name", "ilike", word)
                | Domain("product_id.name", "ilike", word)
                | Domain("customer_id", "in", self._csp_customer_ids(word))
            )
        total = Subscription.search_count(domain)
        pager = self._csp_pager(
            "/my/csp/subscriptions",
            total,
            page,
            LIST_PAGE_SIZE,
            search=search,
            sortby=sortby,
            filterby=filterby,
            customer_id=customer.id,
        )
        subscriptions = Subscription.search(
            domain,
            order=SORTINGS[sortby],
            limit=LIST_PAGE_SIZE,
            offset=pager["offset"],
        )
        return request.render(
            "csp_partner_portal.portal_subscriptions",
            self._csp_values(
                "csp_subscriptions",
                # sudo: found under the rules of the user; names of offers and
                # customers are shown beside them.
                subscriptions=subscriptions.sudo(),
                total=total,
                pager=pager,
                search=search,
                sortby=sortby,
                filterby=filterby,
                filters=filters,
                customer=customer,
            ),
        )

    def _csp_subscription_domain(self):
        """Return the subscriptions of the signed-in company, for employees too."""
        partner_id = self._csp_partner().id
        return (
            Domain("reseller_id", "=", partner_id)
            | Domain("customer_id", "=", partner_id)
            | Domain("payer_id", "=", partner_id)
        )

    def _csp_subscription_filters(self):
        return {
            "live": {
                "label": request.env._("Running"),
                "domain": Domain("state", "in", LIVE_STATES),
            },
            "pending": {
                "label": request.env._("Being delivered"),
                "domain": Domain("state", "in", ("draft", "pending", "unknown")),
            },
            "ended": {
                "label": request.env._("Ended"),
                "domain": Domain("state", "in", ("expired", "disabled", "cancelled")),
            },
            "all": {"label": request.env._("All"), "domain": Domain.TRUE},
        }

    def _csp_customer_ids(self, word):
        customers = self._csp_customers() | self._csp_partner()
        return customers.filtered(
            lambda customer: word.lower() in (customer.name or "").lower()
        ).ids

    # --------------------------------------------------------------------------
    # PAGE
    # --------------------------------------------------------------------------

    @route(
        "/my/csp/subscription/<int:subscription_id>",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["GET"],
    )
    def portal_csp_subscription(self, subscription_id, ordered=None, changed=None):
        """Show one subscription; `ordered` and `changed` tell what just happened."""
        return self._csp_render_subscription(
            self._csp_document("csp.subscription", subscription_id),
            {},
            news="ordered" if ordered else "changed" if changed else None,
        )

    def _csp_render_subscription(
        self, subscription_sudo, errors, seats=None, news=None
    ):
        # The prices of a subscription are those of its payer: an end customer that
        # buys from a reseller must not learn what the reseller pays.
        is_payer = subscription_sudo.payer_id == self._csp_partner()
        return request.render(
            "csp_partner_portal.portal_subscription",
            self._csp_values(
                "csp_subscription",
                subscription=subscription_sudo,
                is_payer=is_payer,
                accesses=subscription_sudo._csp_get_accesses(),
                events=subscription_sudo.event_ids,
                invoices=self._csp_invoices(subscription_sudo),
                order=self._csp_order(subscription_sudo),
                renewal=self._csp_open_renewal(subscription_sudo),
                can_change=is_payer and subscription_sudo._csp_can_change_seats(),
                is_changing=subscription_sudo._csp_is_changing(),
                seats=seats or subscription_sudo.quantity,
                max_seats=subscription_sudo.product_id.csp_max_seats or MAX_SEATS,
                token=self._csp_new_token(),
                errors=errors,
                news=news,
            ),
        )

    def _csp_invoices(self, subscription_sudo):
        """Return the invoices that the user may read (sudo).

        The rules of accounting decide: an end customer does not see the invoices
        that its reseller gets.
        """
        moves = subscription_sudo._csp_get_invoices()
        # sudo: only what the user found is shown with its amounts
        return (
            request.env["account.move"]
            .search([("id", "in", moves.ids), ("state", "=", "posted")])
            .sudo()
        )

    def _csp_order(self, subscription_sudo):
        """Return the order behind the subscription if the user may read it (sudo)."""
        order = request.env["sale.order"].search(
            [("id", "=", subscription_sudo.order_id.id)]
        )
        # sudo: only what the user found
        return order.sudo()

    def _csp_open_renewal(self, subscription_sudo):
        """Return the renewal quote that waits for the user's answer (sudo)."""
        # sudo: only what the user found
        return (
            request.env["sale.order"]
            .search(
                [
                    ("csp_order_type", "=", "renewal"),
                    ("state", "=", "sent"),
                    ("id", "in", subscription_sudo.renewal_order_ids.ids),
                ],
                limit=1,
            )
            .sudo()
        )

    # --------------------------------------------------------------------------
    # ACCESS DATA
    # --------------------------------------------------------------------------

    @route(
        "/my/csp/subscription/<int:subscription_id>/access",
        type="jsonrpc",
        auth="user",
        website=True,
    )
    def portal_csp_access(self, subscription_id, access_id):
        """Return one secret to a person who may see it; the look is logged."""
        subscription_sudo = self._csp_document("csp.subscription", subscription_id)
        access_sudo = subscription_sudo._csp_get_accesses().filtered(
            lambda access: access.id == access_id
        )
        if not access_sudo:
            return {"error": request.env._("There is nothing to show.")}
        try:
            secret = access_sudo._reveal(request.env.user)
        except AccessError:
            return {"error": request.env._("There is nothing to show.")}
        return {"secret": secret or ""}

    # --------------------------------------------------------------------------
    # SEATS
    # --------------------------------------------------------------------------

    @route(
        "/my/csp/subscription/<int:subscription_id>/seats",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["POST"],
    )
    def portal_csp_seats(self, subscription_id, token=None, seats=None):
        """Ask for another number of seats; only the payer may."""
        subscription_sudo = self._csp_document("csp.subscription", subscription_id)
        if subscription_sudo.payer_id != self._csp_partner():
            return self._csp_not_found()
        quantity = forms.whole_number(seats, 1, MAX_SEATS)
        if quantity is None:
            message = request.env._("Enter a whole number of seats.")
            return self._csp_render_subscription(subscription_sudo, {"seats": message})
        try:
            return self._csp_once(
                f"seats-{subscription_id}",
                token,
                lambda: self._csp_change_seats(subscription_sudo, quantity),
            )
        except AccessError:
            raise
        except UserError as error:
            return self._csp_render_subscription(
                subscription_sudo, {"seats": str(error)}, seats=quantity
            )

    def _csp_change_seats(self, subscription_sudo, quantity):
        """Ask the vendor for the seats; return the address of the page."""
        subscription_sudo._change_seats(quantity, source="portal")
        return f"{subscription_sudo.access_url}?changed=1"
