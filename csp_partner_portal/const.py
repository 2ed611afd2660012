"""Words and limits of the portal."""

CATALOG_PAGE_SIZE = 20
LIST_PAGE_SIZE = 20
CHART_MONTHS = 12

# How long the prices of a quotation hold where the company does not say.
QUOTE_HOLD_DAYS = 30

# How long a sent form is remembered, so that sending it again changes nothing.
FORM_MEMORY_DAYS = 7

# Largest id PostgreSQL's int4 can hold: anything above is an address that cannot exist.
MAX_ID = 2**31 - 1

# Upper limit of seats where the offer names none; more is a typing error.
MAX_SEATS = 100_000

OFFER_IMAGE = "csp_partner_portal/static/img/offer.png"

TENANT_STEP = "/shop/tenant"

STATE_BADGES = {
    "draft": "text-bg-secondary",
    "pending": "text-bg-info",
    "active": "text-bg-success",
    "suspended": "text-bg-warning",
    "expired": "text-bg-secondary",
    "extended": "text-bg-warning",
    "disabled": "text-bg-danger",
    "cancelled": "text-bg-secondary",
    "unknown": "text-bg-warning",
}
LIVE_STATES = ("pending", "active", "suspended", "extended", "unknown")

# What a reseller sees of its agreements; drafts are ours alone.
AGREEMENT_BADGES = {
    "sent": "text-bg-warning",
    "active": "text-bg-success",
    "superseded": "text-bg-secondary",
    "ended": "text-bg-secondary",
}
