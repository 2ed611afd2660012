"""Identities and numbers the simulator knows."""

from __future__ import annotations

from datetime import timedelta

# The partner's own directory and its only application.
PARTNER_TENANT_ID = "11111111-2222-4333-8444-555555555555"
CLIENT_ID = "66666666-7777-4888-9999-000000000000"
CLIENT_SECRET = "simulator-secret"
REFRESH_TOKEN = "simulator-refresh-token"
PARTNER_MPN = "1000001"

# Token audiences (Partner Center REST, "Authentication"; price sheets have their own).
AUDIENCE_API = "https://api.partnercenter.microsoft.com"
AUDIENCE_PRICES = "https://api.partner.microsoft.com"
RETIRED_AUDIENCE = "https://graph.windows.net"
TOKEN_SECONDS = 3600

# Indirect resellers with an active partnership.
RESELLERS = (
    {
        "id": "aaaaaaaa-0000-4000-8000-000000000001",
        "name": "Nordwind IT GmbH",
        "mpnId": "5357564",
        "location": "DE",
    },
    {
        "id": "aaaaaaaa-0000-4000-8000-000000000002",
        "name": "Alpenblick Systems AG",
        "mpnId": "517285",
        "location": "CH",
    },
)
UNSIGNED_MPN = "7777777"  # exists, but has not signed the partner agreement

AGREEMENT_TEMPLATE = "117a77b0-9360-443b-8795-c6dedc750cf9"
AGREEMENT_TYPE = "MicrosoftCustomerAgreement"

# Commercial rules with numbers.
WINDOW = timedelta(hours=168)  # cancellation and seat reduction, per batch
CART_LIFE = timedelta(days=7)
EXPIRED_DAYS = 30
DISABLED_AFTER_SUSPENDED_DAYS = 30
DISABLED_DAYS = 90
SMALL_BUSINESS_SEATS = 300
MAXIMUM_SEATS = 10_000_000
ADDON_SHARE_PERCENT = 5  # multi-geo: of the base seats
MAXIMUM_UPDATES = 1200
EST_PURCHASED_SINCE = "2025-04-01"
EST_EXPIRES_SINCE = "2026-05-04"
TRIAL_SEATS = 25
TRIAL_DAYS = 30

TERM_MONTHS = {"P1M": 1, "P1Y": 12, "P3Y": 36, "P5Y": 60}
CYCLE_MONTHS = {"monthly": 1, "annual": 12, "triennial": 36}
# Seats sold in these countries need an organisation registration number.
# fmt: off
REGISTRATION_COUNTRIES = frozenset({
    "AM", "AZ", "BY", "HU", "KZ", "KG", "MD", "RU", "TJ", "UZ", "UA",
    "IN", "BR", "ZA", "PL", "AE", "SA", "TR", "TH", "VN", "MM",
})
# fmt: on

DEFAULT_SETTINGS = {
    # Seconds until an ordered subscription exists ("may be absent until provisioned").
    "provisioning_delay": 0,
    # Seconds until a customer is listed and found.
    "customer_lag": 0,
    # Seconds until an order is listed ("collections can lag").
    "order_lag": 0,
    # Seconds after a renewal in which changes answer 409.
    "renewal_busy": 0,
    # restate: a repeated checkout tells the first result; refuse: 800065.
    "repeated_checkout": "restate",
    # Use every refresh token once only.
    "strict_refresh": False,
    # {"PRODUCT:SKU": {"code": "800069", "description": "..."}} fails at checkout.
    "refuse_offers": {},
    # Answer a known MS-RequestId with the stored answer; off: carry it out again.
    "replay": True,
    # Requests per minute and customer before 429; 0 is no limit ("500 per minute").
    "rate_limit": 0,
    # Default and largest page of a collection.
    "page_size": 100,
}
