"""Partner Center's JSON as our values, and back."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone
from typing import Any

from .. import base
from . import const

UTC = timezone.utc


# --- dates --------------------------------------------------------------------


def instant(text: Any) -> datetime | None:
    """Read an instant: seven-digit fractions, a missing zone is UTC."""
    if not text:
        return None
    text = str(text).strip()
    match = re.fullmatch(
        r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(\.\d+)?(Z|[+-]\d\d:?\d\d)?)?",
        text,
        re.IGNORECASE,
    )
    if match is None:
        raise base.ProviderError(f"The vendor sent a date that cannot be read: {text}")
    day, clock, fraction, zone = match.groups()
    fraction = (fraction or "")[:7]
    if fraction:
        fraction = fraction.ljust(7, "0")
    zone = "+00:00" if zone in (None, "Z", "z") else zone
    if len(zone) == 5:
        zone = zone[:3] + ":" + zone[3:]
    clock = clock or "00:00:00"
    if len(clock) == 5:
        clock += ":00"
    return datetime.fromisoformat(f"{day}T{clock}{fraction}{zone}").astimezone(UTC)


def end_after(text: Any) -> date | None:
    """Return the day after an inclusive end; the far future means no end."""
    if not text or str(text).startswith("9999"):
        return None
    moment = instant(text)
    return moment.date() + timedelta(days=1) if moment else None


def inclusive_end(day: date) -> str:
    """Write our exclusive end as the vendor's inclusive day."""
    return f"{(day - timedelta(days=1)).isoformat()}T00:00:00Z"


def add_months(day: date, months: int) -> date:
    """Return the same day of another month, clamped to its length."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    length = (following - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, length))


def term_months(term: str) -> int | None:
    """Return the months of a term such as P1Y."""
    match = re.fullmatch(r"P(\d+)([MY])", term or "")
    return int(match[1]) * (12 if match[2] == "Y" else 1) if match else None


def term_start(first: date | None, end: date | None, term: str) -> date | None:
    """Return the first day of the running term.

    The vendor tells only the first purchase and the end. Terms keep the day of the
    purchase, so the start is the boundary one term before the end, counted from the
    purchase and never earlier than it.
    """
    months = term_months(term)
    if first is None or end is None or months is None:
        return first
    total = (end.year - first.year) * 12 + end.month - first.month
    for count in (total, total + 1, total - 1):
        if add_months(first, count) == end:
            return max(first, add_months(first, count - months))
    return max(first, add_months(end, -months))


# --- subscriptions --------------------------------------------------------------


def subscription(body: dict, customer_ref: str) -> base.SubscriptionState:
    """Return the state that a subscription resource describes."""
    product_ref, sku_ref = offer_parts(body.get("offerId"))
    start_at = instant(body.get("effectiveStartDate") or body.get("creationDate"))
    end = end_after(body.get("commitmentEndDate"))
    term = body.get("termDuration") or ""
    status = const.STATUS.get(str(body.get("status", "")).lower())
    if status is None:
        raise base.ProviderError(
            f"The vendor reports an unknown state: {body.get('status')!r}"
        )
    return base.SubscriptionState(
        customer_ref=customer_ref,
        subscription_ref=str(body["id"]),
        product_ref=product_ref,
        sku_ref=sku_ref,
        term=term,
        plan=str(body.get("billingCycle") or "").lower(),
        quantity=int(body.get("quantity") or 0),
        status=status,
        auto_renew=bool(body.get("autoRenewEnabled")),
        start_at=start_at,
        term_start_date=term_start(start_at.date() if start_at else None, end, term),
        term_end_date=end,
        cancellation_until=instant(body.get("cancellationAllowedUntilDate")),
        refundable=_refundable(body),
        next_term=next_term(body),
        order_ref=body.get("orderId"),
        friendly_name=body.get("friendlyName") or "",
        reseller_mpn=body.get("partnerId") or None,
        is_trial=bool(body.get("isTrial")),
        promotion_ref=body.get("promotionId") or None,
    )


def next_term(body: dict) -> base.NextTerm | None:
    """Return what is planned for the end of the term, if anything is."""
    instructions = body.get("scheduledNextTermInstructions")
    if instructions:
        product = instructions.get("product") or {}
        return base.NextTerm(
            quantity=instructions.get("quantity"),
            term=product.get("termDuration"),
            plan=str(product.get("billingCycle") or "").lower() or None,
            product_ref=product.get("productId"),
            sku_ref=product.get("skuId"),
        )
    kinds = {row.get("actionType") for row in body.get("scheduledActions") or ()}
    if "Cancel" in kinds:
        return base.NextTerm(action="cancel")
    if "RenewToExtendedServiceTerm" in kinds:
        return base.NextTerm(action="extend")
    return None


def offer_parts(offer_id: Any) -> tuple[str, str]:
    """Split ``product:sku:availability``; the last part rotates and is dropped."""
    parts = str(offer_id or "").split(":")
    return parts[0], parts[1] if len(parts) > 1 else ""


def _refundable(body):
    details = (body.get("refundableQuantity") or {}).get("details") or ()
    return tuple(
        base.RefundableSeats(int(row["quantity"]), instant(row["allowedUntilDateTime"]))
        for row in details
        if row.get("allowedUntilDateTime")
    )


# --- customers --------------------------------------------------------------------


def customer_body(tenant: base.Tenant) -> dict:
    """Return the body of "Create a customer"."""
    language = (tenant.language or "en").replace("_", "-")
    country = tenant.country.upper()
    culture = language if "-" in language else f"{language}-{country}"
    company: dict[str, Any] = {"Domain": tenant.domain}
    if tenant.registration_number:
        company["OrganizationRegistrationNumber"] = tenant.registration_number
    return {
        "CompanyProfile": company,
        "BillingProfile": {
            "Culture": culture,
            "Email": tenant.email,
            "Language": language.partition("-")[0],
            "CompanyName": tenant.company_name,
            "DefaultAddress": {
                "FirstName": tenant.first_name,
                "LastName": tenant.last_name,
                "AddressLine1": tenant.street,
                "AddressLine2": tenant.street2,
                "City": tenant.city,
                "State": tenant.state,
                "PostalCode": tenant.zip,
                "Country": country,
                "PhoneNumber": tenant.phone,
            },
        },
    }


def is_same_customer(body: dict, tenant: base.Tenant) -> bool:
    """Tell whether a customer resource is the tenant that we asked for."""
    billing = body.get("billingProfile") or {}
    company = body.get("companyProfile") or {}
    name = billing.get("companyName") or company.get("companyName") or ""
    return (
        str(company.get("domain") or "").lower() == tenant.domain.lower()
        and name.strip().lower() == tenant.company_name.strip().lower()
        and str(billing.get("email") or tenant.email).lower() == tenant.email.lower()
    )


def agreement_body(agreement: base.AgreementAcceptance, template: str) -> dict:
    """Return the body of "Confirm customer acceptance of the agreement"."""
    accepted = agreement.accepted_at
    if accepted.tzinfo is None:
        raise base.RefusedError("The moment of the acceptance has no time zone.")
    contact = {
        "firstName": agreement.first_name,
        "lastName": agreement.last_name,
        "email": agreement.email,
    }
    if agreement.phone:
        contact["phoneNumber"] = agreement.phone
    return {
        "primaryContact": contact,
        "templateId": template,
        "dateAgreed": accepted.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "type": const.AGREEMENT_TYPE,
    }
