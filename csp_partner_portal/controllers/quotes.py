"""Quotations that a reseller makes for its end customers."""

from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.http import request, route

from .. import forms
from ..const import LIST_PAGE_SIZE
from .catalog import CspPortalCatalog
from .tenant_form import TenantForm

REPORT = "csp_partner_portal.action_report_customer_quote"


class CspPortalQuotes(CspPortalCatalog):
    """Make a quotation, price it for the customer, print it, order it."""

    # --------------------------------------------------------------------------
    # LIST
    # --------------------------------------------------------------------------

    @route(
        ["/my/csp/quotes", "/my/csp/quotes/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["GET"],
    )
    def portal_csp_quotes(self, page=1, filterby=None):
        """List the quotations of the signed-in reseller."""
        self._csp_reseller()
        filters = self._csp_quote_filters()
        filterby = self._csp_choice(filterby, filters, "open")
        SaleOrder = request.env["sale.order"]
        domain = self._csp_quote_domain() & filters[filterby]["domain"]
        total = SaleOrder.search_count(domain)
        pager = self._csp_pager(
            "/my/csp/quotes", total, page, LIST_PAGE_SIZE, filterby=filterby
        )
        orders = SaleOrder.search(
            domain, order="id desc", limit=LIST_PAGE_SIZE, offset=pager["offset"]
        )
        return request.render(
            "csp_partner_portal.portal_quotes",
            self._csp_values(
                "csp_quotes",
                # sudo: found under the rules of the user
                orders=orders.sudo(),
                total=total,
                pager=pager,
                filters=filters,
                filterby=filterby,
            ),
        )

    def _csp_quote_filters(self):
        return {
            "open": {
                "label": request.env._("Open"),
                "domain": Domain("state", "=", "sent"),
            },
            "ordered": {
                "label": request.env._("Ordered"),
                "domain": Domain("state", "=", "sale"),
            },
            "withdrawn": {
                "label": request.env._("Withdrawn"),
                "domain": Domain("state", "=", "cancel"),
            },
        }

    def _csp_quote_domain(self):
        """Return the quotations that the signed-in reseller made or was made."""
        return (
            Domain("partner_id.commercial_partner_id", "=", self._csp_partner().id)
            & Domain("company_id", "=", request.website.company_id.id)
            & Domain("csp_order_type", "=", "new")
            & Domain("has_csp_lines", "=", True)
            & (Domain("is_csp_quote", "=", True) | Domain("state", "=", "sent"))
            & Domain("state", "!=", "draft")
        )

    def _csp_open_quotes(self, customer):
        """Return the customer's open quotations, to add an offer to (sudo)."""
        if not customer:
            # sudo: empty
            return request.env["sale.order"].sudo()
        domain = (
            self._csp_quote_domain()
            & Domain("state", "=", "sent")
            & Domain("is_csp_quote", "=", True)
            & Domain("csp_customer_id", "=", customer.id)
        )
        # sudo: found under the rules of the user
        return request.env["sale.order"].search(domain, order="id desc").sudo()

    def _csp_quote(self, order_id):
        """Return one quotation (sudo) of the signed-in reseller, or not found."""
        self._csp_reseller()
        order_sudo = self._csp_document("sale.order", order_id)
        if order_sudo.filtered_domain(self._csp_quote_domain()):
            return order_sudo
        return self._csp_not_found()

    # --------------------------------------------------------------------------
    # MAKING
    # --------------------------------------------------------------------------

    @route(
        "/my/csp/order/<int:product_id>/quote",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["POST"],
    )
    def portal_csp_quote_submit(
        self,
        product_id,
        token=None,
        customer_id=None,
        seats=None,
        shown_price=None,
        quote_id=None,
        tenant=None,
        domain=None,
        first_name=None,
        last_name=None,
        email=None,
        phone=None,
        terms=None,
    ):
        """Make a quotation of what the order form says, or add it to an open one.

        The account is of an order's concern only: what was typed is shown again.
        """
        self._csp_reseller()
        offer = self._csp_offer(product_id)
        customer = self._csp_customer(customer_id)
        quantity = forms.whole_number(seats, offer["min_seats"], offer["max_seats"])
        offer, errors = self._csp_check_order(offer, customer, quantity, shown_price)
        quotes = self._csp_open_quotes(customer)
        chosen = forms.record_id(quote_id)
        quote = quotes.filtered(lambda order: order.id == chosen)
        if quote_id and not quote:
            errors["order"] = request.env._("This quotation is not open any more.")
        if not errors:
            try:
                return self._csp_once(
                    "quote",
                    token,
                    lambda: self._csp_make_quote(offer, customer, quantity, quote),
                )
            except AccessError:
                raise
            except UserError as error:
                errors["order"] = str(error)
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
        values = {
            "customer_id": customer.id,
            "seats": quantity or forms.clean(seats, 12),
            **form.values(),
        }
        return self._csp_render_order(offer, values, errors, token=forms.token(token))

    def _csp_make_quote(self, offer, customer, quantity, quote):
        """Create the quotation or its line; return the address of its page.

        sudo: portal users may not create orders. Buyer, customer, offer and open
        quotation were looked up among those of the signed-in company.
        """
        if quote:
            quote._csp_add_quote_line(offer["product"], quantity)
            line = quote.order_line.sorted("id")[-1]
        else:
            quote = (
                request.env["sale.order"]
                .sudo()
                .with_company(request.website.company_id)
                ._csp_create_portal_quote(
                    self._csp_partner(), customer, offer["product"], quantity
                )
            )
            line = quote.order_line
        self._csp_check_line_price(line, offer)
        return f"/my/csp/quote/{quote.id}"

    # --------------------------------------------------------------------------
    # PAGE
    # --------------------------------------------------------------------------

    @route(
        "/my/csp/quote/<int:order_id>",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["GET"],
    )
    def portal_csp_quote(self, order_id):
        """Show one quotation with the buying price, the resale price, the margin."""
        order_sudo = self._csp_quote(order_id)
        program = order_sudo._csp_get_tenant_program()
        values = TenantForm.defaults(
            order_sudo.csp_customer_id, program, order_sudo.company_id
        )
        return self._csp_render_quote(order_sudo, values, {})

    def _csp_render_quote(self, order_sudo, values, errors, token=None):
        program = order_sudo._csp_get_tenant_program()
        return request.render(
            "csp_partner_portal.portal_quote",
            self._csp_values(
                "csp_quote",
                order=order_sudo,
                lines=order_sudo._csp_offer_lines(),
                customer=order_sudo.csp_customer_id,
                program=program,
                tenants=TenantForm.tenants(
                    order_sudo.csp_customer_id, program, order_sudo.company_id
                ),
                shown_total=self._csp_total_text(order_sudo),
                labels=self._csp_offer_labels(),
                form=values,
                errors=errors,
                token=token or self._csp_new_token(),
            ),
        )

    def _csp_total_text(self, order_sudo):
        """Return the total as the form carries it, to notice a change of price."""
        return f"{order_sudo.amount_untaxed:.{order_sudo.currency_id.decimal_places}f}"

    # --------------------------------------------------------------------------
    # CHANGING
    # --------------------------------------------------------------------------

    @route(
        "/my/csp/quote/<int:order_id>/price/<int:line_id>",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["POST"],
    )
    def portal_csp_quote_price(self, order_id, line_id, token=None, price=None):
        """Store what the customer is to pay for one line of the quotation."""
        order_sudo = self._csp_quote(order_id)
        line_sudo = order_sudo._csp_offer_lines().filtered(
            lambda line: line.id == line_id
        )
        if not line_sudo:
            return self._csp_not_found()
        amount = forms.amount(price, order_sudo.currency_id.decimal_places)
        if amount is None:
            message = request.env._("Enter a price such as 12.50.")
            return self._csp_refuse_quote(order_sudo, {f"price_{line_id}": message})
        return self._csp_work(
            order_sudo,
            f"price-{line_id}",
            token,
            lambda: line_sudo.write({"csp_end_price": float(amount)}),
        )

    @route(
        "/my/csp/quote/<int:order_id>/renew",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["POST"],
    )
    def portal_csp_quote_renew(self, order_id, token=None):
        """Compute the prices of today and hold them for another while."""
        order_sudo = self._csp_quote(order_id)
        return self._csp_work(
            order_sudo, f"renew-{order_id}", token, order_sudo._csp_renew_hold
        )

    @route(
        "/my/csp/quote/<int:order_id>/withdraw",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["POST"],
    )
    def portal_csp_quote_withdraw(self, order_id, token=None):
        """Take the quotation back."""
        order_sudo = self._csp_quote(order_id)
        return self._csp_work(
            order_sudo, f"withdraw-{order_id}", token, order_sudo._action_cancel
        )

    def _csp_work(self, order_sudo, kind, token, work):
        """Do something with an open quotation once, and show its page again."""

        def run():
            self._csp_check_open(order_sudo)
            work()
            return f"/my/csp/quote/{order_sudo.id}"

        try:
            return self._csp_once(kind, token, run)
        except AccessError:
            raise
        except UserError as error:
            return self._csp_refuse_quote(order_sudo, {"order": str(error)})

    def _csp_check_open(self, order_sudo):
        if order_sudo.state != "sent":
            raise UserError(request.env._("This quotation is not open any more."))

    def _csp_refuse_quote(self, order_sudo, errors):
        values = TenantForm.defaults(
            order_sudo.csp_customer_id,
            order_sudo._csp_get_tenant_program(),
            order_sudo.company_id,
        )
        return self._csp_render_quote(order_sudo, values, errors)

    # --------------------------------------------------------------------------
    # ORDERING
    # --------------------------------------------------------------------------

    @route(
        "/my/csp/quote/<int:order_id>/confirm",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["POST"],
    )
    def portal_csp_quote_confirm(
        self,
        order_id,
        token=None,
        shown_total=None,
        tenant=None,
        domain=None,
        first_name=None,
        last_name=None,
        email=None,
        phone=None,
        terms=None,
    ):
        """Order what was quoted, at the price that was held."""
        order_sudo = self._csp_quote(order_id)
        form = TenantForm(
            customer=order_sudo.csp_customer_id,
            program=order_sudo._csp_get_tenant_program(),
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
        if order_sudo.state == "sent" and not errors:
            errors = self._csp_check_hold(order_sudo, shown_total)
        if not errors:
            try:
                return self._csp_once(
                    f"confirm-{order_id}",
                    token,
                    lambda: self._csp_confirm_quote(order_sudo, form),
                )
            except AccessError:
                raise
            except UserError as error:
                errors["order"] = str(error)
        return self._csp_render_quote(
            order_sudo, form.values(), errors, token=forms.token(token)
        )

    def _csp_check_hold(self, order_sudo, shown_total):
        """Return a message when the price is not the one the person has seen.

        Inside its validity the quotation keeps its prices. After it they are those of
        today, shown first and ordered with the next click.
        """
        if order_sudo.is_expired:
            before, after = order_sudo._csp_renew_hold()
            if order_sudo.currency_id.compare_amounts(before, after):
                return {
                    "price": request.env._(
                        "The quotation was valid until its prices changed: today it "
                        "amounts to %(after)s instead of %(before)s. Please check it "
                        "and order again.",
                        after=order_sudo.currency_id.format(after),
                        before=order_sudo.currency_id.format(before),
                    )
                }
        if shown_total != self._csp_total_text(order_sudo):
            return {
                "price": request.env._(
                    "The quotation has changed since this page was opened. Please "
                    "check it and order again."
                )
            }
        return {}

    def _csp_confirm_quote(self, order_sudo, form):
        """Confirm at the held prices; return the address of what came of it.

        The guards of the order (vendor price, floor, seats, tenant) apply as ever.
        """
        self._csp_check_open(order_sudo)
        form.apply(order_sudo)
        order_sudo._validate_order()
        subscriptions = order_sudo.csp_subscription_ids
        if len(subscriptions) == 1:
            return f"{subscriptions.access_url}?ordered=1"
        return f"/my/csp/quote/{order_sudo.id}"

    # --------------------------------------------------------------------------
    # PRINTING
    # --------------------------------------------------------------------------

    @route(
        "/my/csp/quote/<int:order_id>/print",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["GET"],
    )
    def portal_csp_quote_print(self, order_id):
        """Show the paper for the end customer: its prices, nobody else's."""
        return self._show_report(self._csp_quote(order_id), "html", REPORT)

    @route(
        "/my/csp/quote/<int:order_id>/pdf",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["GET"],
    )
    def portal_csp_quote_pdf(self, order_id):
        """Download that paper, or show it where no PDF can be made."""
        order_sudo = self._csp_quote(order_id)
        if request.env["ir.actions.report"].get_wkhtmltopdf_state() == "install":
            return request.redirect(f"/my/csp/quote/{order_sudo.id}/print")
        return self._show_report(order_sudo, "pdf", REPORT, download=True)
