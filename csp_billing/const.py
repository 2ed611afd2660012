"""Words of billing: kinds, states and which state may follow which."""

LEG_SALE = "sale"
LEG_COST = "cost"
LEGS = [(LEG_SALE, "Sale"), (LEG_COST, "Cost")]

CHARGE_KINDS = [
    ("recurring", "Period"),
    ("prorated_add", "Seats added"),
    ("one_time", "One time"),
    ("repair", "Correction"),
    ("credit", "Seats given back"),
    ("cancel_refund", "Cancellation"),
]
CHARGE_STATES = [("booked", "Booked"), ("void", "Void")]

RUN_STATES = [
    ("draft", "Draft"),
    ("planned", "Planned"),
    ("drafting", "Making drafts"),
    ("posting", "Posting"),
    ("done", "Done"),
    ("cancelled", "Cancelled"),
]
# target: states it may be reached from
RUN_ALLOWED = {
    "draft": ("cancelled",),
    "planned": ("draft",),
    "drafting": ("draft", "planned", "posting", "done"),
    "posting": ("drafting",),
    "done": ("drafting", "posting"),
    "cancelled": ("draft", "planned", "drafting", "posting"),
}
RUN_ACTIVE = ("drafting", "posting")

HOLD_REASONS = [
    ("address", "Address incomplete"),
    ("archived", "Payer archived"),
    ("account", "No income account"),
    ("tax", "No tax"),
    ("journal", "No sales journal"),
    ("lock_date", "Period locked"),
    ("rate", "No currency rate"),
    ("unknown", "State unknown at the vendor"),
    ("hanging", "Order not complete"),
    ("credited", "Credited by hand"),
    ("safety", "Safety bound"),
    ("error", "Error while drafting"),
    ("post", "Error while posting"),
]
# These wait for a person; the others are looked at again by every run.
HOLD_BLOCKING = ("safety", "error", "credited")
# An order of which a line was delivered and another not for so long is told of.
HANGING_DAYS = 3
# Nobody starts a run for a day further ahead by mistake.
DAYS_AHEAD = 31
HOLD_STATES = [("open", "Open"), ("released", "Released")]

BATCH_STATES = [("waiting", "Waiting"), ("done", "Done")]
# Invoices per job: short jobs, and nothing is gained by more.
BATCH_SIZE = 50
POST_SLICE = 100
# Names of end customers printed on one invoice line.
MAX_NAMES = 5
