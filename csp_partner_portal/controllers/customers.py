from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.http import request, route

from .. import forms
from ..const import LIST_PAGE_SIZE, LIVE_STATES
from .common import CspPortal

REQUIRED = ("name", "street", "zip", "city", "country_id", "contact", "email")


class CspPortalCustomers(CspPortal):
    """The end customers of a reseller."""

    @route(
        ["/my/csp/customers", "/my/csp/customers/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["GET"],
    )
    def portal_csp_customers(self, page=1, search=None):
        """List the customers with their seats."""
        reseller = self._csp_reseller()
        search = forms.clean(search, 64)
        domain = Domain("csp_reseller_id", "=", reseller.id)
        for word in search.split():
            domain &= Domain("name", "ilike", word) | Domain("city", "ilike", word)
        # sudo: the domain keeps to the customers of the asking reseller.
        Partner = request.env["res.partner"].sudo()
        total = Partner.search_count(domain)
        pager = self._csp_pager(
            "/my/csp/customers", total, page, LIST_PAGE_SIZE, search=search
        )
        customers = Partner.search(
            domain, order="name, id", limit=LIST_PAGE_SIZE, offset=pager["offset"]
        )
        counts = {
            customer.id: (count, seats)
            for customer, count, seats in request.env["csp.subscription"]._read_group(
                [
                    ("customer_id", "in", customers.ids),
                    ("reseller_id", "=", reseller.id),
                    ("state", "in", LIVE_STATES),
                ],
                ["customer_id"],
                ["__count", "quantity:sum"],
            )
        }
        return request.render(
            "csp_partner_portal.portal_customers",
            self._csp_values(
                "csp_customers",
                customers=customers,
                counts=counts,
                total=total,
                pager=pager,
                search=search,
            ),
        )

    @route(
        "/my/csp/customers/new",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["GET"],
    )
    def portal_csp_customer_new(self, redirect=None):
        """Show the form for a new customer."""
        self._csp_reseller()
        country = request.website.company_id.country_id
        return self._csp_render_customer({"country_id": country.id}, {}, redirect)

    @route(
        "/my/csp/customers/new",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["POST"],
    )
    def portal_csp_customer_create(
        self,
        token=None,
        redirect=None,
        name=None,
        vat=None,
        street=None,
        zip=None,
        city=None,
        country_id=None,
        contact=None,
        email=None,
        phone=None,
    ):
        """Create a customer that belongs to the asking reseller."""
        self._csp_reseller()
        values = {
            "name": forms.clean(name),
            "vat": forms.clean(vat, 32),
            "street": forms.clean(street),
            "zip": forms.clean(zip, 24),
            "city": forms.clean(city, 64),
            "country_id": forms.record_id(country_id),
            "contact": forms.clean(contact),
            "email": forms.clean(email, 254),
            "phone": forms.clean(phone, 32),
        }
        errors = self._csp_customer_errors(values)
        if not errors:
            try:
                return self._csp_once(
                    "customer", token, lambda: self._csp_add_customer(values, redirect)
                )
            except AccessError:
                raise
            except UserError as error:
                errors["customer"] = str(error)
        return self._csp_render_customer(values, errors, redirect, forms.token(token))

    def _csp_customer_errors(self, values):
        errors = {
            name: request.env._("Please fill in this field.")
            for name in REQUIRED
            if not values[name]
        }
        if values["email"] and not forms.is_email(values["email"]):
            errors["email"] = request.env._("Enter a valid e-mail address.")
        if values["country_id"] and not self._csp_countries().filtered(
            lambda country: country.id == values["country_id"]
        ):
            errors["country_id"] = request.env._("Choose a country.")
        return errors

    def _csp_countries(self):
        # sudo: the list of countries is public
        return request.env["res.country"].sudo().search([])

    def _csp_render_customer(self, values, errors, redirect, token=None):
        return request.render(
            "csp_partner_portal.portal_customer_new",
            self._csp_values(
                "csp_customers",
                customer_new=True,
                form=values,
                errors=errors,
                countries=self._csp_countries(),
                redirect=forms.safe_path(redirect, ""),
                token=token or self._csp_new_token(),
            ),
        )

    def _csp_add_customer(self, values, redirect):
        """Create the company and its contact; return where to go next.

        sudo: portal users may not create partners. The new company belongs to the
        asking reseller, and only the checked fields are taken.
        """
        reseller = self._csp_partner()
        Partner = request.env["res.partner"].sudo()
        customer = Partner.create(
            {
                "name": values["name"],
                "is_company": True,
                "vat": values["vat"],
                "street": values["street"],
                "zip": values["zip"],
                "city": values["city"],
                "country_id": values["country_id"],
                "email": values["email"],
                "phone": values["phone"],
                "csp_reseller_id": reseller.id,
                "user_id": reseller.user_id.id,
                "lang": request.env.user.lang,
            }
        )
        # By itself: partners take no commands under sudo.
        Partner.create(
            {
                "name": values["contact"],
                "parent_id": customer.id,
                "email": values["email"],
                "phone": values["phone"],
                "lang": request.env.user.lang,
            }
        )
        path = forms.safe_path(redirect, "/my/csp/customers")
        return f"{path.partition('?')[0]}?customer_id={customer.id}"
