"""The part of an order form that asks for the customer's account at the vendor.

Used by the portal's order form and by the checkout step of the eShop, so that both
ask the same questions and check the same answers.
"""

from odoo import fields
from odoo.http import request

from .. import forms

NEW = "new"
EXISTING = "existing"


class TenantForm:
    """What was typed, what is wrong with it, and what it means for an order."""

    def __init__(
        self,
        *,
        customer,
        program,
        company,
        tenant=None,
        domain=None,
        first_name=None,
        last_name=None,
        email=None,
        phone=None,
        terms=None,
    ):
        self.env = request.env
        self.customer = customer
        self.program = program
        self.company = company
        self.choice = forms.clean(tenant, 12)
        self.domain = forms.clean(domain, 253).lower()
        self.first_name = forms.clean(first_name, 64)
        self.last_name = forms.clean(last_name, 64)
        self.email = forms.clean(email, 254)
        self.phone = forms.clean(phone, 32)
        self.terms = terms == "on"

    # --------------------------------------------------------------------------
    # SHOWING
    # --------------------------------------------------------------------------

    @classmethod
    def tenants(cls, customer, program, company):
        """Return the accounts that the customer already has at a company (sudo).

        sudo: the caller has checked that the customer is the user's own.
        """
        if not customer:
            return request.env["csp.tenant"].sudo()
        return (
            request.env["csp.tenant"]
            .sudo()
            .search(
                [
                    ("partner_id", "=", customer.id),
                    ("program_id", "=", program.id),
                    ("company_id", "=", company.id),
                ],
                order="id",
            )
        )

    @classmethod
    def defaults(cls, customer, program=None, company=None):
        """Return the first values of the form."""
        contact = customer.child_ids[:1] or customer
        first, _space, last = (contact.name or "").partition(" ")
        is_person = bool(contact) and not contact.is_company
        tenants = cls.tenants(customer, program, company) if program else ()
        return {
            "tenant": str(tenants[0].id) if tenants else NEW,
            "domain": "",
            "first_name": first if is_person else "",
            "last_name": last if is_person else "",
            "email": contact.email or "",
            "phone": contact.phone or "",
            "terms": False,
        }

    def values(self):
        """Return what was typed, to show the form again."""
        return {
            "tenant": self.choice or NEW,
            "domain": self.domain,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "email": self.email,
            "phone": self.phone,
            "terms": self.terms,
        }

    # --------------------------------------------------------------------------
    # CHECKING
    # --------------------------------------------------------------------------

    def validate(self):
        """Return a message per wrong field; empty when everything is right."""
        errors = {}
        if not self.terms:
            errors["terms"] = self.env._("The customer agreement has to be accepted.")
        if self.choice not in (NEW, EXISTING):
            if not self._chosen_tenant():
                errors["tenant"] = self.env._("Choose one of the accounts.")
            return errors
        if not self.first_name:
            errors["first_name"] = self.env._(
                "Enter the first name of the administrator."
            )
        if not self.last_name:
            errors["last_name"] = self.env._(
                "Enter the last name of the administrator."
            )
        if not forms.is_email(self.email):
            errors["email"] = self.env._("Enter a valid e-mail address.")
        errors.update(self._domain_errors())
        return errors

    def _domain_errors(self):
        suffix = self.program._csp_domain_suffix()
        if self.choice == EXISTING or not suffix:
            if not forms.is_domain(self.domain):
                return {
                    "domain": self.env._("Enter a domain name such as contoso.com.")
                }
        else:
            domain = forms.new_domain(self.domain, suffix)
            if not domain:
                return {
                    "domain": self.env._(
                        "Use up to 27 letters and digits, starting with a letter."
                    )
                }
            self.domain = domain
        # sudo: only whether the name is free is told.
        return (
            self.env["csp.tenant"]
            .sudo()
            ._csp_domain_errors(
                self.domain,
                customer=self.customer,
                program=self.program,
                company=self.company,
                is_existing=self.choice == EXISTING,
            )
        )

    def _chosen_tenant(self):
        tenant_id = forms.record_id(self.choice)
        return self.tenants(self.customer, self.program, self.company).filtered(
            lambda tenant: tenant.id == tenant_id
        )

    # --------------------------------------------------------------------------
    # APPLYING
    # --------------------------------------------------------------------------

    def apply(self, order_sudo):
        """Store the checked answers on an order (sudo) of the signed-in user."""
        user = self.env.user
        now = fields.Datetime.now()
        address = request.httprequest.remote_addr
        tenant = self._chosen_tenant()
        if not tenant:
            tenant = self._find_or_create_tenant()
        if not tenant.agreement_accepted_at and (signatory := self._signatory(tenant)):
            name, email = signatory
            tenant.write(
                {
                    "agreement_accepted_at": now,
                    "agreement_by_name": name,
                    "agreement_by_email": email,
                    "agreement_ip": address,
                }
            )
        # Written again, the customer would let the prices of a quotation follow.
        if order_sudo.csp_customer_id != self.customer:
            order_sudo.csp_customer_id = self.customer
        order_sudo.write(
            {
                "csp_tenant_id": tenant.id,
                "csp_terms_accepted_at": now,
                "csp_terms_accepted_by": user.name,
                "csp_terms_accepted_ip": address,
            }
        )
        return tenant

    def _find_or_create_tenant(self):
        values = {
            "admin_first_name": self.first_name,
            "admin_last_name": self.last_name,
            "admin_email": self.email,
            "admin_phone": self.phone,
            "is_existing": self.choice == EXISTING,
        }
        tenants = self.tenants(self.customer, self.program, self.company)
        tenant = tenants.filtered(lambda record: record.domain == self.domain)
        if tenant:
            if not tenant.vendor_ref:
                tenant.write(values)
            return tenant
        known = tenants._csp_find_domain(self.domain, self.program, self.company)
        if known and known._csp_is_lapsed():
            known.unlink()
        return tenants.create(
            {
                "partner_id": self.customer.id,
                "company_id": self.company.id,
                "program_id": self.program.id,
                "domain": self.domain,
                **values,
            }
        )

    def _signatory(self, tenant):
        """Return who of the end customer accepts the agreement, as (name, email).

        That is the administrator of the account. A reseller's employee only passes
        the acceptance on, and is named on the order.
        """
        name = f"{self.first_name} {self.last_name}".strip()
        if name:
            return name, self.email
        parts = (tenant.admin_first_name, tenant.admin_last_name)
        if name := " ".join(filter(None, parts)):
            return name, tenant.admin_email
        user = self.env.user
        if user.partner_id.commercial_partner_id == self.customer:
            return user.name, user.email
        return None
