"""Prices: how the own one comes about, and what customers are asked."""

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.http import request, route

from .. import forms
from ..const import LIST_PAGE_SIZE
from .catalog import CspPortalCatalog


class CspPortalPrices(CspPortalCatalog):
    """The reseller's price explained, and its resale prices."""

    # --------------------------------------------------------------------------
    # EXPLAINED
    # --------------------------------------------------------------------------

    @route(
        "/my/csp/price/<int:product_id>",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["GET"],
    )
    def portal_csp_price(self, product_id, seats=None, customer_id=None, saved=None):
        """Show how the reseller's price of an offer comes about."""
        self._csp_reseller()
        offer = self._csp_offer(product_id)
        customer = self._csp_customer(customer_id)
        return self._csp_render_price(offer, seats, customer, {}, saved=bool(saved))

    @route(
        "/my/csp/price/<int:product_id>/explain",
        type="jsonrpc",
        auth="user",
        website=True,
    )
    def portal_csp_price_explain(self, product_id, seats=None, customer_id=None):
        """Return price and margin of that many seats, for a form that is typed in."""
        self._csp_reseller()
        if not isinstance(product_id, int):
            return self._csp_not_found()
        offer = self._csp_offer(product_id)
        customer = self._csp_customer(str(customer_id or ""))
        quantity = forms.whole_number(
            str(seats), offer["min_seats"], offer["max_seats"]
        )
        if quantity is None:
            return {}
        fall = offer["product"]._csp_own_waterfall(
            self._csp_partner(), request.website.company_id, quantity, customer
        )
        if not fall:
            return {}
        digits = offer["currency"].decimal_places
        return {
            **offer["product"]._csp_word_margin(fall),
            "quantity": quantity,
            "price_text": f"{fall.net:.{digits}f}",
        }

    def _csp_render_price(self, offer, seats, customer, errors, price="", saved=False):
        quantity = forms.whole_number(seats, offer["min_seats"], offer["max_seats"])
        quantity = quantity or offer["min_seats"]
        product = offer["product"]
        explained = product._csp_explain_price(
            self._csp_partner(), request.website.company_id, quantity, customer
        )
        if not explained:
            return self._csp_not_found()
        return request.render(
            "csp_partner_portal.portal_price",
            self._csp_values(
                "csp_price",
                offer=offer,
                explained=explained,
                customers=self._csp_customers(),
                customer=customer,
                own_prices=self._csp_resale_prices(
                    Domain("product_id", "=", product.id)
                ),
                labels=self._csp_offer_labels(),
                price=price,
                errors=errors,
                is_saved=saved,
                token=self._csp_new_token(),
            ),
        )

    # --------------------------------------------------------------------------
    # RESALE PRICES
    # --------------------------------------------------------------------------

    @route(
        ["/my/csp/prices", "/my/csp/prices/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["GET"],
    )
    def portal_csp_prices(self, page=1):
        """List what the reseller asks from its customers."""
        self._csp_reseller()
        prices = self._csp_resale_prices()
        pager = self._csp_pager("/my/csp/prices", len(prices), page, LIST_PAGE_SIZE)
        shown = prices[pager["offset"] : pager["offset"] + LIST_PAGE_SIZE]
        company = request.website.company_id
        bought = {
            offer["product"]: offer
            for offer in shown.product_id._get_csp_offers(self._csp_partner(), company)
        }
        return request.render(
            "csp_partner_portal.portal_prices",
            self._csp_values(
                "csp_prices",
                prices=shown,
                bought=bought,
                total=len(prices),
                pager=pager,
                labels=self._csp_offer_labels(),
                token=self._csp_new_token(),
            ),
        )

    @route(
        "/my/csp/price/<int:product_id>",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["POST"],
    )
    def portal_csp_price_submit(
        self, product_id, token=None, customer_id=None, price=None
    ):
        """Store what the customers, or one of them, are asked from today on."""
        self._csp_reseller()
        offer = self._csp_offer(product_id)
        customer = self._csp_customer(customer_id)
        amount = forms.amount(price, offer["currency"].decimal_places)
        errors = {}
        if customer_id and not customer:
            errors["customer_id"] = request.env._("Choose one of your customers.")
        if amount is None:
            errors["price"] = request.env._("Enter a price such as 12.50.")
        if not errors:
            try:
                return self._csp_once(
                    f"price-{product_id}",
                    token,
                    lambda: self._csp_store_price(offer, customer, amount),
                )
            except AccessError:
                raise
            except UserError as error:
                errors["price"] = str(error)
        return self._csp_render_price(
            offer, None, customer, errors, price=forms.clean(price, 16)
        )

    def _csp_store_price(self, offer, customer, amount):
        """Create the price, or change the one of today; return the page's address.

        sudo: the reseller is the signed-in company, the customer one of its own and
        the offer on sale; the model checks the rest.
        """
        today = fields.Date.context_today(request.env.user)
        own = self._csp_resale_prices(
            Domain("product_id", "=", offer["product"].id)
            & Domain("customer_id", "=", customer.id)
            & Domain("currency_id", "=", offer["currency"].id)
        )
        same_day = own.filtered(lambda record: record.date_start == today)
        if same_day:
            same_day.price = float(amount)
        else:
            own.sudo().create(
                {
                    "company_id": request.website.company_id.id,
                    "reseller_id": self._csp_partner().id,
                    "customer_id": customer.id,
                    "product_id": offer["product"].id,
                    "currency_id": offer["currency"].id,
                    "price": float(amount),
                    "date_start": today,
                }
            )
        query = f"&customer_id={customer.id}" if customer else ""
        return f"/my/csp/price/{offer['product'].id}?saved=1{query}"

    @route(
        "/my/csp/prices/<int:price_id>/delete",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["POST"],
    )
    def portal_csp_price_delete(self, price_id, token=None):
        """Take a resale price back: the one before it, or the list price, holds."""
        self._csp_reseller()
        self._csp_check_id(price_id)
        own = self._csp_resale_prices(Domain("id", "=", price_id))
        if not own:
            return self._csp_not_found()

        def work():
            own.unlink()
            return "/my/csp/prices"

        return self._csp_once(f"delete-{price_id}", token, work)

    def _csp_resale_prices(self, domain=Domain.TRUE):
        """Return the signed-in reseller's own resale prices.

        sudo: offers and customers are shown beside them; the domain keeps to the
        reseller's own.
        """
        return (
            request.env["csp.resale.price"]
            .sudo()
            .search(
                domain
                & Domain("reseller_id", "=", self._csp_partner().id)
                & Domain("company_id", "=", request.website.company_id.id),
                order="product_id, customer_id, date_start desc, id desc",
            )
        )
