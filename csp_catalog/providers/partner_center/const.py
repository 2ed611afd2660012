"""Words, hosts and codes of Partner Center, translated at the border.

Sources: Partner Center REST "URLs", "Authentication", "Headers", "Error codes", "API
throttling guidance"; the messages are ours and say how to mend the cause.
"""

from __future__ import annotations

from uuid import UUID

from .. import base

# Hosts of the world-wide cloud; no other host is ever contacted.
API_URL = "https://api.partnercenter.microsoft.com"
LOGIN_URL = "https://login.microsoftonline.com"
PRICES_URL = "https://api.partner.microsoft.com"
ALLOWED_HOSTS = (
    "api.partnercenter.microsoft.com",
    "login.microsoftonline.com",
    "api.partner.microsoft.com",
)

# Audiences of the tokens: price sheets have their own.
AUDIENCE_API = "https://api.partnercenter.microsoft.com"
AUDIENCE_PRICES = "https://api.partner.microsoft.com"
TOKEN_MARGIN = 120.0

APPLICATION_NAME = "Odoo CSP"
REQUEST_NAMESPACE = UUID("6f0d4c0e-7a55-4b0c-9d57-3f5f6f0a2b11")

AGREEMENT_TYPE = "MicrosoftCustomerAgreement"

STATUS = {
    "none": base.STATUS_PENDING,
    "pending": base.STATUS_PENDING,
    "active": base.STATUS_ACTIVE,
    "suspended": base.STATUS_SUSPENDED,
    "expired": base.STATUS_EXPIRED,
    "disabled": base.STATUS_DISABLED,
    "deleted": base.STATUS_DELETED,
}

# Limits of downloads.
MAX_SHEET_BYTES = 128 * 1024 * 1024
MAX_SHEET_UNPACKED = 768 * 1024 * 1024
SHEET_TIMEOUT = 600.0
MAX_PAGES = 1000

# Waiting.
READ_ONLY_WAIT = 120.0
PENDING_WAIT = 300.0
BUSY_WAIT = 30.0
LAG_WAIT = 60.0
POLL_FIRST = 5.0
POLL_LONGEST = 300.0
LISTING_POLLS = 15  # how often a missing order is looked for before it is reported

# Codes with a meaning in the flow.
AGREEMENT_MISSING = "13605"
AGREEMENT_DUPLICATE = "600061"
CART_NOT_FOUND = "800008"
CART_LINE_ERRORS = "800009"
CART_SUBMITTED = "800065"
PROMOTION_REFUSED = "10014"
STALE_ETAG = "2055"
ORDER_NOT_FOUND = "20000"
ALREADY_DELETED = "2011"

# Answered, nothing done, comes right by waiting: seconds to wait at least.
RETRYABLE_CODES = {
    STALE_ETAG: 1.0,
    "800060": BUSY_WAIT,
    "800014": PENDING_WAIT,
    "800064": BUSY_WAIT,
    "800082": READ_ONLY_WAIT,
    "900278": READ_ONLY_WAIT,
}

# Our credentials or our own account are at fault: an administrator must act.
AUTH_CODES = {
    "900329": "This call needs a signed-in user: store a refresh token of the secure "
    "application model at the provider.",
    "900420": "The token audience is retired: the provider's addresses are outdated.",
    "900123": "The Microsoft Partner Agreement is not signed. Sign it in Partner "
    "Center.",
    "800039": "The reseller programme of our account is not active.",
    "900124": "The reseller programme of our account is not active.",
    "900149": "The reseller programme of our account is not active.",
}

REFUSALS = {
    "1000": "The vendor does not know this record.",
    "2001": "The seats cannot change while the subscription is suspended.",
    "2002": "The number of seats is outside what the vendor allows.",
    ALREADY_DELETED: "The subscription is already cancelled at the vendor.",
    "2071": "The reseller's partner id is not valid. Check it with the reseller.",
    "2072": "The reseller's partner id is not an indirect reseller of ours.",
    "2085": "The customer may not buy this offer.",
    "2091": "The offer is not sold in the customer's country.",
    AGREEMENT_MISSING: "The customer has not accepted the Microsoft Customer "
    "Agreement. Record who accepted it and when, then send again.",
    "20000": "The vendor does not know this order.",
    "20002": "There is no reseller relationship with this customer. Ask the customer "
    "to accept the relationship request.",
    "20003": "The vendor does not know this subscription.",
    "60003": "The vendor does not know this tenant.",
    "400013": "The vendor does not know this product.",
    "400018": "The vendor does not know this SKU.",
    "400030": "The customer is not qualified for this segment.",
    "400036": "The customer is not qualified for this segment.",
    "600002": "The phone number is missing or not valid in the customer's country.",
    "600049": "The customer's company registration number is missing.",
    "600050": "The customer's company registration number is not valid.",
    "600051": "The customer's company registration number is not valid.",
    AGREEMENT_DUPLICATE: "This acceptance is already recorded at the vendor.",
    "800015": "The reseller's partner id is not linked to us.",
    "800016": "The vendor refused the change of relationship.",
    "800020": "The offer is no longer sold.",
    "800023": "Our credit line at the vendor is too low for this purchase.",
    "800025": "Our credit line at the vendor is too low for this purchase.",
    "900121": "Our credit limit at the vendor is too low for this purchase.",
    "800066": "The purchase exceeds a limit of the vendor on the number of purchases.",
    "800067": "The purchase exceeds a limit of the vendor on the number of seats.",
    "800068": "The purchase exceeds a limit of the vendor on the number of seats.",
    "800069": "The vendor's risk check refused the purchase. Contact the vendor.",
    "800070": "The offer is not sold in the customer's country.",
    "800073": "The customer's account is under review at the vendor.",
    "800074": "The customer's account is under review at the vendor.",
    "800075": "The customer's account was not approved by the vendor.",
    "800088": "The purchase exceeds the seats left for this customer.",
    "800089": "The purchase exceeds the seats left for this customer.",
    CART_NOT_FOUND: "The cart has expired at the vendor.",
    CART_LINE_ERRORS: "The vendor refused lines of the cart.",
    CART_SUBMITTED: "The cart was submitted before.",
    "800090": "These seats can no longer be given back: their window is over. Plan "
    "the reduction for the renewal.",
    "900214": "The window in which seats can be given back is over. Plan the "
    "reduction for the renewal.",
    "900257": "The window in which seats can be given back is over. Plan the "
    "reduction for the renewal.",
    "800091": "A suspended subscription cannot be changed. Resume it first.",
    "800093": "Changes for the next term need automatic renewal to be on.",
    "800095": "The subscription's state does not allow this change.",
    "900117": "The cancellation window is over. Turn off the renewal instead.",
    "900213": "The cancellation window is over. Turn off the renewal instead.",
    "900203": "The attestation for this product is missing.",
    "900206": "The attestation about the reseller is missing.",
    "900236": "The product or term cannot be changed in this way.",
    "900259": "The term cannot become shorter.",
    "900260": "This billing plan is not possible for the term.",
    "900277": "The subscription is about to expire and cannot be changed.",
    "900279": "The vendor allows no change of this subscription now.",
    "900280": "The vendor allows no change of this subscription now.",
    "900311": "The vendor allows no more changes of this subscription in its term.",
    "900416": "The customer's account is locked at the vendor.",
}

# Why a promotion may not be used ("Verify promotion eligibility").
PROMOTION_REFUSALS = {
    "InvalidCatalogItemId": "The offer is not sold any more or not in this country.",
    "InvalidPromotion": "The promotion does not run or is not meant for this offer.",
    "PrerequisiteProductOwnership": "The customer does not own the product that the "
    "promotion requires.",
    "RedemptionLimit": "The customer has used the promotion as often as it may be.",
    "SeatCount": "The number of seats is outside what the promotion allows.",
    "OfferPurchasedPreviously": "The promotion is for the first purchase only.",
    "Term": "The promotion is for another term or billing plan.",
    "NoPromotionsAvailable": "There is no promotion for this offer.",
}

LINE_REFUSALS = {
    "10000": "The currency does not fit the customer.",
    "10001": "The offer is not sold any more or not in this country.",
    "10002": "The vendor's quota for this offer is used up.",
    "10003": "The offer is not available for this customer.",
    "10004": "The reseller's partner id is not valid.",
    "10009": "The limit of the sandbox account is reached.",
    "10010": "The vendor could not read the line.",
    "10012": "An attestation is missing.",
    "10013": "The offer is not sold with this term and billing plan.",
    PROMOTION_REFUSED: "The promotion cannot be used here. Nothing was ordered: it "
    "would cost more than was reckoned with.",
    "10015": "The number of seats is above the vendor's maximum.",
    "10016": "The common end date is not allowed.",
    "10017": "The common end date is not allowed.",
    "10018": "The add-on needs more base seats.",
    "10019": "The add-on needs more base seats.",
}
