"""What somebody has looked at: lists that the walks in tests/security compare with.

An entry is added together with its line in the matrices, not to silence a test.
"""

CSP_MODULES = ("csp_catalog", "csp_subscription", "csp_billing", "csp_partner_portal")

# Models whose rows are the same for all companies.
GLOBAL_MODELS = set()

# Files in which every sudo() has been read, and a comment per call would be noise.
SUDO_FILES = set()

# Address: who may ask for it.
ROUTES = {
    "/my/csp": "portal",
    "/my/csp/catalog": "reseller",
    "/my/csp/catalog/page/<int:page>": "reseller",
    "/my/csp/order/<int:product_id>": "reseller",
    "/my/csp/customers": "reseller",
    "/my/csp/customers/page/<int:page>": "reseller",
    "/my/csp/customers/new": "reseller",
    "/my/csp/subscriptions": "portal",
    "/my/csp/subscriptions/page/<int:page>": "portal",
    "/my/csp/subscription/<int:subscription_id>": "party of the subscription",
    "/my/csp/subscription/<int:subscription_id>/access": "party of the subscription",
    "/my/csp/subscription/<int:subscription_id>/seats": "payer",
    "/my/csp/renewals": "portal",
    "/my/csp/renewal/<int:order_id>/accept": "payer",
    "/my/csp/renewal/<int:order_id>/decline": "payer",
    "/my/csp/renewal/<int:order_id>/seats/<int:line_id>": "payer",
    "/shop/tenant": "owner of the cart",
    "/shop/tenant/submit": "owner of the cart",
    "/shop/csp/delivery": "who has just ordered",
}

# Names in pg_constraint or pg_indexes that invariants rest on.
CONSTRAINTS = {
    "csp_portal_request_token_unique",
}

# Methods that a person may call over RPC, as model.method.
PUBLIC_METHODS = set()
