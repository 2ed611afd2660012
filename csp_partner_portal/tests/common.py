"""Two mirrored resellers, A and B, with one of everything each.

What belongs to B carries the word of `MARKER_B` in every text that a page could
print, and the other way round: a page of A that shows a marker of B leaks.
"""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import HttpCase

from odoo.addons.csp_catalog.providers import PartnerCenterAdapter
from odoo.addons.csp_subscription.tests.common import CspSubscriptionCommon

MARKER_A = "alphamark"
MARKER_B = "bravomark"


class PortalParty:
    """One reseller with its people, customer, order, subscription and renewal."""

    def __init__(self, **values):
        self.__dict__.update(values)


class CspPortalCommon(CspSubscriptionCommon, HttpCase):
    """Resellers A and B, an offer on sale, and a customer who buys by itself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.website = cls.env.ref("website.default_website")
        cls.website.company_id = cls.company
        # 20.00 list price per seat and month: 18.00 for silver, 16.00 for gold.
        cls.offer = cls._create_variant(
            cls._create_offer(name="Portalmail Business", csp_max_seats=300),
            cost=120.0,
            erp=240.0,
        )
        cls.silver = cls._create_grade(10.0, name="Portal Silver")
        cls.gold = cls._create_grade(20.0, name="Portal Gold")
        cls.a = cls._create_party(MARKER_A, cls.silver)
        cls.b = cls._create_party(MARKER_B, cls.gold)
        cls.parties = (cls.a, cls.b)
        # The vendor's answer to the one question that a form asks at once.
        taken = patch.object(
            PartnerCenterAdapter,
            "is_domain_taken",
            lambda self, domain: "taken" in domain,
        )
        cls.startClassPatcher(taken)

    # ----------------------------------------------------------------------
    # FACTORIES
    # ----------------------------------------------------------------------

    @classmethod
    def _create_person(cls, partner, login):
        """Create a person of a company with access to the portal."""
        user = cls._create_portal_user(partner, login=login)
        user.partner_id.phone = "+49 30 1234567"
        return user

    @classmethod
    def _create_party(cls, marker, grade):
        """Create a reseller with one of everything."""
        reseller = cls._create_reseller(grade, name=f"{marker} reseller")
        customer = cls._create_customer(reseller, name=f"{marker} customer")
        party = PortalParty(
            marker=marker,
            reseller=reseller,
            user=cls._create_person(reseller, f"{marker}_reseller"),
            customer=customer,
            customer_user=cls._create_person(customer, f"{marker}_customer"),
            tenant=cls._create_tenant(customer),
        )
        start = fields.Date.today() - timedelta(days=330)
        party.subscription = cls._create_active_subscription(
            start, customer, quantity=10
        )
        party.order = party.subscription.order_id
        party.access = cls.env["csp.access"].create(
            {
                "subscription_id": party.subscription.id,
                "tenant_id": party.tenant.id,
                "order_id": party.order.id,
                "company_id": cls.company.id,
                "kind": "tenant_admin",
                "username": f"admin@{marker}.example",
                "secret": f"{marker}-secret",
                "url": "https://admin.example.com/",
            }
        )
        party.event = party.subscription.event_ids[:1]
        party.contract = party.subscription.contract_id
        party.renewal = party.subscription._create_renewal_orders()
        return party

    # ----------------------------------------------------------------------
    # HTTP
    # ----------------------------------------------------------------------

    def login(self, user):
        """Sign in; the password of a test user is its login."""
        self.authenticate(user.login, user.login)

    def get(self, path, **params):
        """Open a page as the signed-in user, without following redirects."""
        query = "&".join(f"{name}={value}" for name, value in params.items())
        url = f"{path}?{query}" if query else path
        return self.url_open(url, allow_redirects=False)

    def post(self, path, csrf=True, **values):
        """Send a form as the signed-in user, without following redirects."""
        if csrf:
            values = {"csrf_token": self._csrf_token(), **values}
        return self.url_open(path, data=values or {"x": ""}, allow_redirects=False)

    def _csrf_token(self):
        from odoo.http import Request

        return Request.csrf_token(self)

    def assert_same_answer(self, first, second):
        """Two refusals must not differ in anything that a person could see."""
        self.assertEqual(first.status_code, second.status_code)
        self.assertEqual(first.headers.get("Location"), second.headers.get("Location"))
