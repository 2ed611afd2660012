from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.http import request, route

from .. import forms
from ..const import CATALOG_PAGE_SIZE
from .common import CspPortal
from .tenant_form import TenantForm

SORTINGS = {
    "name": "name, csp_term, csp_plan, id",
    "publisher": "csp_publisher, name, id",
    "newest": "create_date desc, id desc",
}


class CspPortalCatalog(CspPortal):
    """The catalogue with the reseller's own prices, and the order form."""

    # --------------------------------------------------------------------------
    # CATALOGUE
    # --------------------------------------------------------------------------

    @route(
        ["/my/csp/catalog", "/my/csp/catalog/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["GET"],
    )
    def portal_csp_catalog(
        self, page=1, search=None, term=None, plan=None, segment=None, sortby=None
    ):
        """Show what may be ordered: list price, own price, margin."""
        partner = self._csp_reseller()
        # sudo: offers are public in the shop too; the domain keeps to those on sale.
        Product = request.env["product.product"].sudo()
        labels = self._csp_offer_labels()
        search = forms.clean(search, 64)
        term = self._csp_choice(term, labels["term"], "")
        plan = self._csp_choice(plan, labels["plan"], "")
        segment = self._csp_choice(segment, labels["segment"], "")
        sortby = self._csp_choice(sortby, SORTINGS, "name")
        domain = self._csp_offer_domain(search, term, plan, segment)
        total = Product.search_count(domain)
        pager = self._csp_pager(
            "/my/csp/catalog",
            total,
            page,
            CATALOG_PAGE_SIZE,
            search=search,
            term=term,
            plan=plan,
            segment=segment,
            sortby=sortby,
        )
        products = Product.search(
            domain,
            order=SORTINGS[sortby],
            limit=CATALOG_PAGE_SIZE,
            offset=pager["offset"],
        )
        return request.render(
            "csp_partner_portal.portal_catalog",
            self._csp_values(
                "csp_catalog",
                offers=products._get_csp_offers(partner, request.website.company_id),
                total=total,
                pager=pager,
                labels=labels,
                search=search,
                term=term,
                plan=plan,
                segment=segment,
                sortby=sortby,
            ),
        )

    def _csp_offer_domain(self, search="", term="", plan="", segment=""):
        """Return the domain of the offers on sale that fit the filters."""
        domain = Domain(
            [
                ("is_csp_offer", "=", True),
                ("csp_key", "!=", False),
                ("sale_ok", "=", True),
                ("company_id", "in", [False, request.website.company_id.id]),
                # What resellers may buy today; the order asks for the rest.
                ("csp_channel", "!=", "direct"),
                ("csp_is_usage", "=", False),
                ("categ_id.csp_is_off_sale", "=", False),
            ]
        )
        today = fields.Date.context_today(request.env.user)
        domain &= Domain("csp_end_of_sale_date", "=", False) | Domain(
            "csp_end_of_sale_date", ">", today
        )
        for word in search.split():
            domain &= Domain("name", "ilike", word) | Domain(
                "csp_publisher", "ilike", word
            )
        for field, value in (
            ("csp_term", term),
            ("csp_plan", plan),
            ("csp_segment", segment),
        ):
            if value:
                domain &= Domain(field, "=", value)
        return domain

    def _csp_offer_labels(self):
        """Return the words of terms, billing plans and segments by their codes."""
        fields_by_name = {
            "term": ("product.product", "csp_term"),
            "plan": ("product.product", "csp_plan"),
            "segment": ("product.template", "csp_segment"),
        }
        return {
            name: dict(
                request.env[model]._fields[field]._description_selection(request.env)
            )
            for name, (model, field) in fields_by_name.items()
        }

    # --------------------------------------------------------------------------
    # ORDER
    # --------------------------------------------------------------------------

    @route(
        "/my/csp/order/<int:product_id>",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["GET"],
    )
    def portal_csp_order(self, product_id, customer_id=None, seats=None):
        """Show the form that orders seats of one offer for one customer.

        Choosing the customer loads the page again: it brings the seats along.
        """
        self._csp_reseller()
        offer = self._csp_offer(product_id)
        customer = self._csp_customer(customer_id)
        quantity = forms.whole_number(seats, offer["min_seats"], offer["max_seats"])
        if quantity or customer:
            offer = self._csp_offer(product_id, quantity, customer)
        values = {
            "customer_id": customer.id,
            "seats": quantity or offer["min_seats"],
            **TenantForm.defaults(customer),
        }
        return self._csp_render_order(offer, values, {})

    @route(
        "/my/csp/order/<int:product_id>",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["POST"],
    )
    def portal_csp_order_submit(
        self,
        product_id,
        token=None,
        customer_id=None,
        seats=None,
        shown_price=None,
        tenant=None,
        domain=None,
        first_name=None,
        last_name=None,
        email=None,
        phone=None,
        terms=None,
    ):
        """Place the order: the server decides price, payer, reseller and state."""
        self._csp_reseller()
        offer = self._csp_offer(product_id)
        customer = self._csp_customer(customer_id)
        form = TenantForm(
            customer=customer,
            program=offer["product"].csp_program_id,
            company=request.website.company_id,
            tenant=tenant,
            domain=domain,
            first_name=first_name,
            last_name=last_name,
            email=email,
            phone=phone,
            terms=terms,
        )
        quantity = forms.whole_number(seats, offer["min_seats"], offer["max_seats"])
        offer, errors = self._csp_check_order(offer, customer, quantity, shown_price)
        errors = {**form.validate(), **errors}
        values = {
            "customer_id": customer.id,
            "seats": quantity or forms.clean(seats, 12),
            **form.values(),
        }
        if not errors:
            try:
                return self._csp_once(
                    "order",
                    token,
                    lambda: self._csp_place_order(offer, customer, quantity, form),
                )
            except AccessError:
                raise
            except UserError as error:
                errors["order"] = str(error)
        return self._csp_render_order(offer, values, errors, token=forms.token(token))

    def _csp_check_order(self, offer, customer, quantity, shown_price):
        """Return the offer as priced for `quantity`, and a message per wrong field."""
        errors = {}
        first_offer = offer
        if quantity:
            # The buyer's list may have another price for that many seats.
            offer = self._csp_offer(offer["product"].id, quantity, customer)
        if not customer:
            errors["customer_id"] = request.env._("Choose the customer.")
        if quantity is None:
            errors["seats"] = request.env._(
                "Enter a whole number of seats from %(minimum)s to %(maximum)s.",
                minimum=offer["min_seats"],
                maximum=offer["max_seats"],
            )
        if not errors and shown_price not in self._csp_agreed_prices(
            first_offer, offer
        ):
            errors["price"] = request.env._(
                "The price has changed since this page was opened. Please check it "
                "and send the order again."
            )
        return offer, errors

    def _csp_offer(self, product_id, quantity=None, customer=None):
        """Return one offer on sale with the reseller's price, or not found.

        The price is the one of `quantity` seats, by default of the fewest possible,
        for `customer`.
        """
        self._csp_check_id(product_id)
        # sudo: as in the catalogue, only offers on sale.
        product = (
            request.env["product.product"]
            .sudo()
            .search(self._csp_offer_domain() & Domain("id", "=", product_id))
        )
        offers = product._get_csp_offers(
            self._csp_partner(), request.website.company_id, quantity, customer
        )
        return offers[0] if offers else self._csp_not_found()

    def _csp_price_text(self, offer):
        """Return the price as the form carries it, to notice a change of price."""
        return f"{offer['price']:.{offer['currency'].decimal_places}f}"

    def _csp_agreed_prices(self, first_offer, offer):
        """Return the price texts with which `offer` may be ordered.

        The page opens with the price of the fewest seats. Who has agreed to that one
        also takes the lower price of more seats; a higher one is shown first.
        """
        agreed = {self._csp_price_text(offer)}
        if offer["price"] <= first_offer["price"]:
            agreed.add(self._csp_price_text(first_offer))
        return agreed

    def _csp_render_order(self, offer, values, errors, token=None):
        customer = self._csp_customers().filtered(
            lambda record: record.id == values["customer_id"]
        )
        return request.render(
            "csp_partner_portal.portal_order",
            self._csp_values(
                "csp_order",
                offer=offer,
                shown_price=self._csp_price_text(offer),
                customers=self._csp_customers(),
                customer=customer,
                tenants=TenantForm.tenants(
                    customer,
                    offer["product"].csp_program_id,
                    request.website.company_id,
                ),
                program=offer["product"].csp_program_id,
                quotes=self._csp_open_quotes(customer),
                labels=self._csp_offer_labels(),
                form=values,
                errors=errors,
                token=token or self._csp_new_token(),
            ),
        )

    def _csp_open_quotes(self, customer):
        """Return the open quotations to which this order may be added instead."""
        # sudo: empty; the quotations come with their pages.
        return request.env["sale.order"].sudo()

    def _csp_place_order(self, offer, customer, quantity, form):
        """Create and confirm the order; return the address of its page.

        sudo: portal users may not create orders. The buyer is the signed-in company,
        the customer is one of its own, the offer is on sale and its price comes from
        the buyer's list: nothing else of the request reaches the order.
        """
        partner = self._csp_partner()
        company = request.website.company_id
        order_sudo = (
            request.env["sale.order"]
            .sudo()
            .with_company(company)
            ._csp_create_portal_order(partner, customer, offer["product"], quantity)
        )
        form.apply(order_sudo)
        self._csp_check_line_price(order_sudo.order_line, offer)
        order_sudo._validate_order()
        return f"{order_sudo.csp_subscription_ids[:1].access_url}?ordered=1"

    def _csp_check_line_price(self, line, offer):
        """Refuse a line whose price is not the one the person has agreed to."""
        net_price = line.price_unit * (1 - line.discount / 100)
        if line.currency_id.compare_amounts(net_price, offer["price"]):
            raise UserError(
                request.env._(
                    "The price of this offer could not be confirmed. Please try again "
                    "or contact us."
                )
            )
