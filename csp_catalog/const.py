"""Words of the catalogue: terms, billing plans, segments, states."""

# Commitment terms (ISO 8601 durations, as vendors write them) in months.
TERMS = {"P1M": 1, "P1Y": 12, "P3Y": 36, "P5Y": 60}

TERM_SELECTION = [
    ("P1M", "1 month"),
    ("P1Y", "1 year"),
    ("P3Y", "3 years"),
    ("P5Y", "5 years"),
]

# Billing plans in months; None: the whole price at once, nothing recurs.
PLANS = {"monthly": 1, "annual": 12, "triennial": 36, "one_time": None, "none": None}

PLAN_SELECTION = [
    ("monthly", "Monthly"),
    ("annual", "Yearly"),
    ("triennial", "Every three years"),
    ("one_time", "One time"),
    ("none", "No charge"),
]

# Which plan may be sold with which term. Trials (none) go with every term.
PLANS_BY_TERM = {
    "P1M": ("monthly", "one_time", "none"),
    "P1Y": ("monthly", "annual", "one_time", "none"),
    "P3Y": ("monthly", "annual", "triennial", "one_time", "none"),
    "P5Y": ("monthly", "annual", "one_time", "none"),
}

# Which variant stands for an offer when nobody has chosen yet: the first that exists.
TERM_PREFERENCE = ("P1Y", "P1M", "P3Y", "P5Y")
PLAN_PREFERENCE = ("monthly", "annual", "triennial", "one_time", "none")

SEGMENTS = [
    ("commercial", "Commercial"),
    ("education", "Education"),
    ("government", "Government"),
    ("charity", "Non-profit"),
]

SERVICE_TRACKING = "csp_subscription"

# --------------------------------------------------------------------------
# OFFERS
# --------------------------------------------------------------------------

CHANNELS = [
    ("both", "Directly and through partners"),
    ("direct", "Directly only"),
    ("partner", "Through partners only"),
]

RELATION_KINDS = [
    ("requires", "requires"),
    ("excludes", "does not go with"),
    ("addon_of", "is an add-on of"),
    ("upgrades_to", "can be upgraded to"),
    ("includes", "includes"),
]

# An offer whose sale ends within these days is an exception to look at.
END_OF_SALE_DAYS = 30

# --------------------------------------------------------------------------
# PROVIDERS
# --------------------------------------------------------------------------

PROVIDER_CODES = [
    ("partner_center", "Microsoft Partner Center"),
    ("manual", "By hand"),
]
PROVIDER_MODES = [
    ("disabled", "Disabled"),
    ("test", "Test"),
    ("enabled", "Enabled"),
]

# --------------------------------------------------------------------------
# PRICE SHEETS
# --------------------------------------------------------------------------

SHEET_STATES = [
    ("draft", "Draft"),
    ("staged", "Ready to apply"),
    ("refused", "Refused"),
    ("applying", "Applying"),
    ("applied", "Applied"),
    ("undone", "Undone"),
]

# target state: the states it may be reached from
SHEET_TRANSITIONS = {
    "draft": ("staged", "refused"),
    "staged": ("draft", "refused", "applying"),
    "refused": ("draft", "staged"),
    "applying": ("staged",),
    "applied": ("staged", "applying"),
    "undone": ("applied",),
}

# The way of a sheet that is being applied; each phase may take several jobs.
APPLY_PHASES = [
    ("waiting", "Waiting"),
    ("prices", "Writing prices"),
    ("switch", "Switching on"),
    ("sale", "Putting offers on sale"),
]

PRICE_STANDINGS = [
    ("valid", "In force"),
    ("pending", "Being applied"),
    ("corrected", "Corrected"),
    ("revoked", "Undone"),
]

SALE_POLICIES = [
    ("all", "Everything a sheet names"),
    ("rules", "By rule"),
    ("manual", "One by one, by hand"),
]

ROW_STATUSES = [
    ("new", "New"),
    ("changed", "Changed"),
    ("ended", "Ended"),
    ("unchanged", "Unchanged"),
    ("refused", "Refused"),
]

TIMELINES = [
    ("current", "Current"),
    ("future", "Next month"),
    ("history", "Past month"),
]

# Rows that the form of a sheet shows. The list of changes shows all of them.
MAX_PREVIEW_ROWS = 200

# --------------------------------------------------------------------------
# PROGRAMME RULES
# --------------------------------------------------------------------------

RULE_TYPES = [
    ("integer", "Whole number"),
    ("decimal", "Decimal number"),
    ("boolean", "Yes or no"),
    ("date", "Date"),
    ("integers", "List of whole numbers"),
    ("text", "Text"),
]

# --------------------------------------------------------------------------
# AGREEMENTS
# --------------------------------------------------------------------------

AGREEMENT_SIDES = [("sale", "With a reseller"), ("purchase", "With a vendor")]

AGREEMENT_STATES = [
    ("draft", "Draft"),
    ("sent", "Sent to sign"),
    ("active", "Active"),
    ("superseded", "Replaced by a newer version"),
    ("ended", "Ended"),
    ("cancelled", "Cancelled"),
]

# target state: the states it may be reached from
AGREEMENT_TRANSITIONS = {
    "draft": ("sent", "cancelled"),
    "sent": ("draft",),
    "active": ("draft", "sent"),
    "superseded": ("active",),
    "ended": ("active",),
    "cancelled": ("draft", "sent"),
}

# What was once in force answers for its days for ever.
AGREEMENT_VALID_STATES = ("active", "superseded", "ended")

SETTLEMENT_CYCLES = [
    ("monthly", "Monthly"),
    ("quarterly", "Quarterly"),
    ("yearly", "Yearly"),
]

AGREEMENT_SCOPES = [
    ("all", "Everything"),
    ("category", "Product category"),
    ("template", "Product"),
    ("variant", "Term and billing"),
]

LINE_KINDS = [
    ("discount_erp", "Discount off list price (%)"),
    ("discount_level", "Discount off the level's price (%)"),
    ("markup_cost", "Mark-up on cost (%)"),
    ("fixed", "Fixed price"),
    ("discount_cost", "Discount off the vendor's cost (%)"),
]

# Which kinds make a sales price, and which the cost agreed with a vendor.
KINDS_BY_SIDE = {
    "sale": ("discount_erp", "discount_level", "markup_cost", "fixed"),
    "purchase": ("discount_cost", "fixed"),
}

COMPONENT_REASONS = [
    ("level", "Partner level"),
    ("competency", "Competency"),
    ("volume", "Volume"),
    ("activity", "Marketing and sales activity"),
    ("programme", "Vendor programme"),
    ("negotiated", "Negotiated"),
]

# Days before an agreement ends on which its owner gets an activity.
AGREEMENT_WARNING_DAYS = (60, 30, 7)

# --------------------------------------------------------------------------
# BUNDLES AND SUGGESTIONS
# --------------------------------------------------------------------------

BUNDLE_SPLITS = [
    ("list", "By list prices"),
    ("margin", "Cost first, the rest by margin"),
]
AUDIENCES = [
    ("any", "Everybody"),
    ("consumer", "Consumers"),
    ("business", "Businesses"),
]
RUNGS = [
    ("good", "Good"),
    ("better", "Better"),
    ("best", "Best"),
]
LICENCE_KINDS = [
    ("box", "Box"),
    ("oem", "OEM"),
    ("yearly", "1-year subscription"),
    ("monthly", "Monthly subscription"),
]

# --------------------------------------------------------------------------
# PROMOTIONS, SPECIAL BIDS, APPROVALS
# --------------------------------------------------------------------------

# In this order they apply: sale price first.
PROMOTION_SOURCES = [("distributor", "Distributor"), ("vendor", "Vendor")]

BID_STATES = [
    ("draft", "Draft"),
    ("requested", "Requested"),
    ("approved", "Approved"),
    ("refused", "Refused"),
    ("used", "Used"),
    ("expired", "Expired"),
]

# target state: the states it may be reached from
BID_TRANSITIONS = {
    "draft": ("requested", "refused"),
    "requested": ("draft",),
    "approved": ("requested", "used"),
    "refused": ("requested",),
    "used": ("approved",),
    "expired": ("draft", "requested", "approved"),
}

BID_KINDS = [
    ("percent", "Discount off the cost (%)"),
    ("fixed", "Cost per seat and billing period"),
]

APPROVAL_STATES = [
    ("none", "Not asked for"),
    ("waiting", "Waiting for approval"),
    ("approved", "Approved"),
    ("refused", "Refused"),
]

# target state: the states it may be reached from
APPROVAL_TRANSITIONS = {
    "none": ("waiting", "approved", "refused"),
    "waiting": ("none", "refused", "approved"),
    "approved": ("none", "waiting", "refused"),
    "refused": ("waiting",),
}
