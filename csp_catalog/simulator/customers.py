"""Customers, their agreements and qualifications (Partner Center REST, "Manage
customer accounts": create a customer, verify domain availability, confirm acceptance
of the customer agreement, request a relationship)."""

from __future__ import annotations

import json
import re
import secrets
from datetime import timedelta

from . import const, moments
from .errors import VendorError, invalid, not_found

_DOMAIN = re.compile(r"^(?=.{1,253}$)([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$")


def is_taken(world, domain):
    """Tell whether a directory with that domain exists, ours or not."""
    domain = domain.lower()
    return world.store.get("tenant", domain) is not None


def create(world, body, token_kind_is_user=True):
    """Create a customer with its directory; credentials are shown this once."""
    company = _part(body, "CompanyProfile")
    billing = _part(body, "BillingProfile")
    address = _part(billing, "DefaultAddress")
    domain = str(_value(company, "Domain")).lower()
    country = _check(company, billing, address, domain)
    if is_taken(world, domain):
        raise VendorError(
            409, 600005, f"The domain {domain} is already taken.", newer="DomainTaken"
        )
    reseller = _value(body, "AssociatedPartnerId") or None
    if reseller and reseller not in {row["id"] for row in const.RESELLERS}:
        raise invalid(2072, "The associated partner is not an indirect reseller.", 404)
    if reseller and not token_kind_is_user:
        raise invalid(900329, "This call needs App+User authentication.", 403)
    customer_id = world.store.new_id("customer")
    name = _value(billing, "CompanyName")
    customer = {
        "id": customer_id,
        "commerceId": world.store.new_id("commerce"),
        "companyProfile": {
            "tenantId": customer_id,
            "domain": domain,
            "companyName": name,
            "organizationRegistrationNumber": _value(
                company, "OrganizationRegistrationNumber"
            ),
            "attributes": {"objectType": "CustomerCompanyProfile"},
        },
        "billingProfile": {
            "id": world.store.new_id("profile"),
            "email": _value(billing, "Email"),
            "culture": _value(billing, "Culture"),
            "language": _value(billing, "Language"),
            "companyName": name,
            "firstName": _value(address, "FirstName"),
            "lastName": _value(address, "LastName"),
            "defaultAddress": {
                key: _value(address, key[0].upper() + key[1:])
                for key in (
                    "firstName",
                    "lastName",
                    "addressLine1",
                    "addressLine2",
                    "city",
                    "state",
                    "postalCode",
                    "phoneNumber",
                )
            }
            | {"country": country},
            "attributes": {"etag": "1", "objectType": "CustomerBillingProfile"},
        },
        "relationshipToPartner": "reseller",
        "customDomains": [],
        "associatedPartnerId": reseller,
        "_created": moments.write(world.now()),
        "attributes": {"objectType": "Customer"},
    }
    world.store.put("customer", customer_id, customer)
    world.store.put(
        "tenant", domain, {"domain": domain, "name": name, "customer": customer_id}
    )
    return public(customer) | {
        "userCredentials": {
            "userName": "admin",
            "password": "Sim-" + secrets.token_urlsafe(9),
        }
    }


def get(world, customer_id):
    """Return a customer of ours or the documented refusal."""
    customer = world.store.get("customer", customer_id)
    if customer is None:
        raise not_found(1000, "The customer")
    if customer["relationshipToPartner"] == "none":
        raise VendorError(403, 20002, "There is no relationship with the customer.")
    return customer


def public(customer):
    """Return a customer without the simulator's own notes."""
    return {key: value for key, value in customer.items() if key[0] != "_"}


def search(world, filter_text):
    """Return customers, optionally by a starts-with filter on Domain or CompanyName."""
    lag = timedelta(seconds=world.setting("customer_lag"))
    customers = [
        public(customer)
        for customer in world.store.all("customer")
        if customer["relationshipToPartner"] != "none"
        and moments.parse(customer["_created"]) + lag <= world.now()
    ]
    if not filter_text:
        return customers
    try:
        condition = json.loads(filter_text)
        field, value = condition["Field"].lower(), condition["Value"].lower()
    except (ValueError, KeyError, AttributeError):
        raise invalid(2000, "The filter is not valid.") from None
    key = {"domain": "domain", "companyname": "companyName"}.get(field)
    if key is None:
        raise invalid(2000, f"Filtering by {field} is not supported.")
    return [
        customer
        for customer in customers
        if customer["companyProfile"][key].lower().startswith(value)
    ]


def change_relationship(world, customer_id, body):
    """End the reseller relationship; active subscriptions forbid it."""
    customer = get(world, customer_id)
    if body.get("relationshipToPartner", "").lower() != "none":
        raise invalid(2000, "Only relationshipToPartner: none can be set.")
    for subscription in world.store.all("subscription", customer_id):
        if subscription["status"] in ("active", "pending"):
            raise invalid(
                800016, "Suspend or cancel the customer's subscriptions first."
            )
    customer["relationshipToPartner"] = "none"
    world.store.put("customer", customer_id, customer)
    return public(customer)


def accept_relationship(world, domain):
    """Play the customer's administrator who accepts our request."""
    tenant = world.store.get("tenant", domain.lower())
    if tenant is None or tenant.get("customer"):
        raise ValueError(f"no tenant without relationship: {domain}")
    address = {"Country": tenant.get("country", "DE"), "FirstName": "-"}
    world.store.delete("tenant", domain.lower())
    for name in ("LastName", "AddressLine1", "City", "PostalCode", "PhoneNumber"):
        address[name] = "-"
    answer = create(
        world,
        {
            "CompanyProfile": {"Domain": domain.lower()},
            "BillingProfile": {
                "CompanyName": tenant["name"],
                "Email": f"admin@{domain.lower()}",
                "Culture": "de-DE",
                "Language": "de",
                "DefaultAddress": address,
            },
        },
    )
    answer.pop("userCredentials")
    return answer


# --- agreements ----------------------------------------------------------------


def agreements(world, customer_id, kind):
    """Return the recorded agreements; without a type the old kind is meant."""
    get(world, customer_id)
    return [
        agreement
        for agreement in world.store.all("agreement", customer_id)
        if agreement["type"] == (kind or "MicrosoftCloudAgreement")
    ]


def attest(world, customer_id, body):
    """Record that the customer accepted the agreement."""
    get(world, customer_id)
    contact = body.get("primaryContact") or {}
    missing = [
        name for name in ("firstName", "lastName", "email") if not contact.get(name)
    ]
    if body.get("type") != const.AGREEMENT_TYPE or missing:
        raise invalid(600010, "The agreement type or primary contact is not valid.")
    if body.get("templateId") != const.AGREEMENT_TEMPLATE:
        raise invalid(600011, "The agreement template is not valid.")
    if moments.parse(body["dateAgreed"]) > world.now() + timedelta(days=1):
        raise invalid(600012, "dateAgreed lies in the future.")
    for known in world.store.all("agreement", customer_id):
        if known["primaryContact"] == contact:
            raise VendorError(
                400,
                600061,
                "An identical agreement is already recorded.",
                newer="DuplicateAgreement",
            )
    agreement = {
        "userId": world.store.new_id("user"),
        "primaryContact": contact,
        "templateId": const.AGREEMENT_TEMPLATE,
        "dateAgreed": body["dateAgreed"],
        "type": const.AGREEMENT_TYPE,
        "agreementLink": "https://aka.ms/customeragreement",
    }
    world.store.put(
        "agreement", world.store.new_id("agreement"), agreement, customer_id
    )
    return agreement


def has_agreement(world, customer_id):
    """Tell whether the customer agreement is attested."""
    return bool(agreements(world, customer_id, const.AGREEMENT_TYPE))


# --- qualifications ---------------------------------------------------------------


def qualifications(world, customer_id):
    """Return the segments the customer is qualified for."""
    get(world, customer_id)
    return world.store.all("qualification", customer_id)


def qualify(world, customer_id, body):
    """Record a qualification; education needs its segment, government a code."""
    get(world, customer_id)
    kind = str(body.get("qualification", "")).lower()
    if kind == "education" and body.get("educationSegment") not in (
        "K12",
        "HigherEducation",
    ):
        raise invalid(600100, "education needs K12 or HigherEducation.")
    if kind == "governmentcommunitycloud" and not body.get("validationCode"):
        raise invalid(600101, "governmentCommunityCloud needs a validationCode.")
    if kind not in ("education", "governmentcommunitycloud", "nonprofit"):
        raise invalid(600102, f"Unknown qualification {kind}.")
    record = {"qualification": kind, "vettingStatus": "Approved"}
    world.store.put("qualification", f"{customer_id}/{kind}", record, customer_id)
    return record


# --- helpers ----------------------------------------------------------------------


def _check(company, billing, address, domain):
    country = str(_value(address, "Country")).upper()
    if not _DOMAIN.match(domain):
        raise invalid(600001, f"The domain {domain!r} is not valid.")
    limits = {"AddressLine1": (1, 200), "FirstName": (1, 50), "LastName": (1, 50)}
    limits |= {"City": (1, 100), "PostalCode": (1, 20), "AddressLine2": (0, 200)}
    for name, (least, most) in limits.items():
        if not least <= len(str(_value(address, name))) <= most:
            raise invalid(600003, f"DefaultAddress.{name} is missing or too long.")
    if len(country) != 2:
        raise invalid(600003, "DefaultAddress.Country must have two letters.")
    for name in ("Email", "CompanyName", "Language", "Culture"):
        if not _value(billing, name):
            raise invalid(600004, f"BillingProfile.{name} is missing.")
    if country in const.REGISTRATION_COUNTRIES and not _value(
        company, "OrganizationRegistrationNumber"
    ):
        raise invalid(
            600049, "The organization registration number is missing for the country."
        )
    return country


def _part(body, name):
    return _value(body, name) or {}


def _value(body, name):
    """Read a member in either case: JSON names are not case-sensitive there."""
    if name in body:
        return body[name] if body[name] is not None else ""
    lower = name[0].lower() + name[1:]
    value = body.get(lower)
    return "" if value is None else value
