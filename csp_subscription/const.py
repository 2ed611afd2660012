"""Words of the domain: states, kinds and which state may follow which."""

STATE_DRAFT = "draft"
STATE_PENDING = "pending"
STATE_ACTIVE = "active"
STATE_SUSPENDED = "suspended"
STATE_EXPIRED = "expired"
STATE_EXTENDED = "extended"
STATE_DISABLED = "disabled"
STATE_CANCELLED = "cancelled"
STATE_UNKNOWN = "unknown"

STATES = [
    (STATE_DRAFT, "Draft"),
    (STATE_PENDING, "Being delivered"),
    (STATE_ACTIVE, "Active"),
    (STATE_SUSPENDED, "Suspended"),
    (STATE_EXTENDED, "Extended service term"),
    (STATE_EXPIRED, "Expired"),
    (STATE_DISABLED, "Disabled"),
    (STATE_CANCELLED, "Cancelled"),
    (STATE_UNKNOWN, "Unknown"),
]

# target: states it may be reached from
ALLOWED = {
    STATE_DRAFT: (),
    STATE_PENDING: (STATE_DRAFT, STATE_UNKNOWN),
    STATE_ACTIVE: (STATE_PENDING, STATE_SUSPENDED, STATE_EXTENDED, STATE_UNKNOWN),
    STATE_SUSPENDED: (STATE_ACTIVE, STATE_EXTENDED, STATE_UNKNOWN),
    STATE_EXTENDED: (STATE_ACTIVE, STATE_UNKNOWN),
    STATE_EXPIRED: (STATE_ACTIVE, STATE_SUSPENDED, STATE_EXTENDED, STATE_UNKNOWN),
    STATE_DISABLED: (STATE_SUSPENDED, STATE_EXPIRED, STATE_UNKNOWN),
    STATE_CANCELLED: (
        STATE_DRAFT,
        STATE_PENDING,
        STATE_ACTIVE,
        STATE_SUSPENDED,
        STATE_EXTENDED,
        STATE_UNKNOWN,
    ),
    STATE_UNKNOWN: (
        STATE_PENDING,
        STATE_ACTIVE,
        STATE_SUSPENDED,
        STATE_EXTENDED,
        STATE_EXPIRED,
    ),
}

# States in which the vendor bills and the service can be changed or renewed.
LIVE_STATES = (STATE_ACTIVE, STATE_SUSPENDED, STATE_EXTENDED)
# States in which the delivery of the order has not come to an end yet.
UNDELIVERED_STATES = (STATE_DRAFT, STATE_PENDING, STATE_UNKNOWN)
ENDED_STATES = (STATE_EXPIRED, STATE_DISABLED, STATE_CANCELLED)

EVENT_ORDER = "order"
EVENT_START = "start"
EVENT_SEATS = "seats"
EVENT_RENEW = "renew"
EVENT_SUSPEND = "suspend"
EVENT_RESUME = "resume"
EVENT_CANCEL = "cancel"
EVENT_EXPIRE = "expire"
EVENT_TRANSFER = "transfer"
EVENT_PRICE = "price"

EVENT_KINDS = [
    (EVENT_ORDER, "Ordered"),
    (EVENT_START, "Started"),
    (EVENT_SEATS, "Seats changed"),
    (EVENT_RENEW, "Renewed"),
    (EVENT_SUSPEND, "Suspended"),
    (EVENT_RESUME, "Resumed"),
    (EVENT_CANCEL, "Cancelled"),
    (EVENT_EXPIRE, "Expired"),
    (EVENT_TRANSFER, "Transferred"),
    (EVENT_PRICE, "Price changed"),
]

TASK_ORDER = "order"
TASK_SEATS = "seats"
TASK_RENEWAL = "renewal"
TASK_SUSPEND = "suspend"
TASK_RESUME = "resume"
TASK_CANCEL = "cancel"
TASK_SYNC = "sync"

TASK_KINDS = [
    (TASK_ORDER, "Order"),
    (TASK_SEATS, "Change seats"),
    (TASK_RENEWAL, "Set renewal"),
    (TASK_SUSPEND, "Suspend"),
    (TASK_RESUME, "Resume"),
    (TASK_CANCEL, "Cancel"),
    (TASK_SYNC, "Read from vendor"),
]

TASK_QUEUED = "queued"
TASK_WAITING = "waiting"
TASK_UNKNOWN = "unknown"
TASK_DONE = "done"
TASK_REFUSED = "refused"
TASK_FAILED = "failed"
TASK_DROPPED = "dropped"

TASK_STATES = [
    ("draft", "Draft"),
    (TASK_QUEUED, "Queued"),
    (TASK_WAITING, "Waiting for a person"),
    (TASK_UNKNOWN, "Outcome unknown"),
    (TASK_DONE, "Done"),
    (TASK_REFUSED, "Refused"),
    (TASK_FAILED, "Failed"),
    (TASK_DROPPED, "Given up"),
]

# A worker may take a task in these states.
TASK_RUNNABLE = (TASK_QUEUED, TASK_UNKNOWN, TASK_WAITING)
TASK_OPEN = ("draft", *TASK_RUNNABLE)
TASK_PROBLEM = (TASK_REFUSED, TASK_FAILED)

# Seconds before the next try: the last one repeats.
TASK_BACKOFF = (5, 15, 30, 60, 300, 900, 3600)
TASK_MAX_ATTEMPTS = 40
# How long a task waits for another one of the same subscription.
TASK_TURN_SECONDS = 3
# The queue runs the smallest number first; customers wait for these.
TASK_PRIORITY = 2
TASK_SYNC_PRIORITY = 20
TASK_CHANNEL = "root.csp"
# A queued task without a live job is picked up after that many minutes.
TASK_STALE_MINUTES = 5

INTENT_STATES = [
    ("draft", "Draft"),
    ("wanted", "Wanted"),
    ("sent", "Told to the vendor"),
    ("done", "Done"),
    ("dropped", "Dropped"),
]
INTENT_OPEN = ("draft", "wanted", "sent")

RENEWAL_POLICIES = [
    ("renew", "Renew unless declined"),
    ("ask", "Renew only when accepted"),
    ("cancel", "Do not renew"),
]

DELIVERY_STATES = [
    ("none", "Nothing to deliver"),
    ("waiting", "Being delivered"),
    ("delivered", "Delivered"),
    ("problem", "Problem"),
]
