"""The contract between our add-ons and a provider's system.

A *command* says what is wanted, an *outcome* says how far it got, an *error* says
what may be done next. Everything here is a plain value: no ORM, no clock, no I/O.

How a caller drives an adapter::

    checkpoint = {}                       # stored with the task, JSON
    while True:
        try:
            outcome = adapter.execute(command, checkpoint)
        except UnknownOutcomeError:       # the vendor may have done the step
            outcome = adapter.lookup(command, checkpoint)
            if outcome is None:           # it did not: the same step may be sent again
                continue
        keep(outcome.access)              # once-only secrets, see ``Access``
        if isinstance(outcome, Done):
            return outcome.result
        checkpoint = outcome.checkpoint   # commit here, then wait ``outcome.after``

Rules that every adapter obeys (``tests/test_provider_contract.py`` checks them):

* ``execute`` performs at most one externally visible step, so that the caller can
  commit between two steps;
* the same command with the same checkpoint may be executed again at any time: the
  vendor does the step once;
* a worker that died between sending and committing is an unknown outcome: call
  ``lookup`` before ``execute``;
* no secret is ever put into a checkpoint.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Union

KEY_MAX_LENGTH = 64

# --------------------------------------------------------------------------
# WORDS
# --------------------------------------------------------------------------

MODE_DISABLED = "disabled"
MODE_TEST = "test"
MODE_ENABLED = "enabled"
MODES = (MODE_DISABLED, MODE_TEST, MODE_ENABLED)

TERMS = ("P1M", "P1Y", "P3Y", "P5Y")
PLANS = ("monthly", "annual", "triennial", "one_time", "none")

STATUS_PENDING = "pending"
STATUS_ACTIVE = "active"
STATUS_SUSPENDED = "suspended"
STATUS_EXPIRED = "expired"
STATUS_DISABLED = "disabled"
STATUS_DELETED = "deleted"
STATUSES = (
    STATUS_PENDING,
    STATUS_ACTIVE,
    STATUS_SUSPENDED,
    STATUS_EXPIRED,
    STATUS_DISABLED,
    STATUS_DELETED,
)

ACCESS_TENANT_ADMIN = "tenant_admin"
ACCESS_LICENCE_KEY = "licence_key"


# --------------------------------------------------------------------------
# ERRORS
# --------------------------------------------------------------------------


class ProviderError(Exception):
    """Something went wrong at or on the way to a provider.

    ``message`` is written for a person and says how to mend it. ``code`` is the
    vendor's own code as text. ``details`` is JSON-serialisable and without secrets.
    ``checkpoint``, when set, replaces the stored checkpoint: the next attempt then
    carries a fresh request id, as the vendor asks for after it has answered.
    """

    def __init__(
        self,
        message: str,
        code: str | None = None,
        details: Mapping[str, Any] | None = None,
        *,
        checkpoint: dict | None = None,
    ):
        super().__init__(message)
        self.message = message
        self.code = code
        self.details = dict(details or {})
        self.checkpoint = checkpoint

    def __str__(self):
        return f"{self.message} [{self.code}]" if self.code else self.message


class RetryableError(ProviderError):
    """Nothing happened, or sending again with the same key is harmless.

    ``retry_after`` is the shortest wait in seconds the vendor asked for, or None.
    """

    def __init__(self, message: str, *args, retry_after: float | None = None, **kwargs):
        super().__init__(message, *args, **kwargs)
        self.retry_after = retry_after


class UnknownOutcomeError(ProviderError):
    """The vendor may have done it: look up before anything is sent again."""


class RefusedError(ProviderError):
    """The vendor, or our own configuration, said no. Sending again will not help."""


class AuthError(RefusedError):
    """Our credentials are missing, wrong or expired: an administrator must act."""


# --------------------------------------------------------------------------
# CONFIGURATION AND LOG
# --------------------------------------------------------------------------


@dataclass(frozen=True)
class ProviderConfig:
    """How to reach one provider. Secrets never show up in ``repr``.

    Empty addresses mean the adapter's documented production hosts. Mode ``disabled``
    refuses every external call; only mode ``test`` may use plain http, on loopback.
    """

    mode: str = MODE_DISABLED
    base_url: str = ""
    token_url: str = ""
    pricesheet_url: str = ""
    tenant_id: str = ""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    country: str = ""
    mpn_id: str = ""
    timeout: float = 30.0
    connect_timeout: float = 10.0
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def __post_init__(self):
        if self.mode not in MODES:
            raise ValueError(f"unknown provider mode: {self.mode!r}")


@dataclass(frozen=True)
class ExchangeLog:
    """One HTTP exchange, scrubbed of secrets, for the task's log.

    ``status`` is None when no answer came; ``error`` then says why.
    """

    method: str
    url: str
    status: int | None
    request: str
    answer: str
    duration: float
    correlation_id: str = ""
    request_id: str = ""
    error: str = ""


LogCallback = Callable[[ExchangeLog], None]


# --------------------------------------------------------------------------
# COMMANDS
# --------------------------------------------------------------------------


@dataclass(frozen=True)
class Tenant:
    """The end customer's account at the vendor, known by ``vendor_ref`` or wanted.

    ``is_existing`` means the customer already has a tenant of its own (``domain``)
    and must accept our relationship request; nothing is created then.
    """

    domain: str
    vendor_ref: str | None = None
    company_name: str = ""
    street: str = ""
    street2: str = ""
    city: str = ""
    zip: str = ""
    state: str = ""
    country: str = ""
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""
    language: str = ""
    is_existing: bool = False
    registration_number: str = ""


@dataclass(frozen=True)
class AgreementAcceptance:
    """Who accepted the vendor's customer agreement, and when (aware datetime)."""

    first_name: str
    last_name: str
    email: str
    accepted_at: datetime
    phone: str = ""


@dataclass(frozen=True)
class OrderLine:
    """One subscription to buy.

    ``line_key`` is unique per provider; the adapter writes it into the vendor's
    friendly name and finds the line again by it. ``term_end_date`` (exclusive) asks
    for a common end date.
    """

    line_key: str
    product_ref: str
    sku_ref: str
    term: str
    plan: str
    quantity: int
    friendly_name: str = ""
    term_end_date: date | None = None
    promotion_ref: str | None = None

    def __post_init__(self):
        _check_key(self.line_key, "line_key")
        if isinstance(self.quantity, bool) or not isinstance(self.quantity, int):
            raise ValueError("quantity must be a whole number")
        if self.quantity < 1:
            raise ValueError("quantity must be at least 1")


@dataclass(frozen=True)
class Command:
    """Base of all commands. ``key`` names the wish: one key, one effect."""

    key: str

    def __post_init__(self):
        _check_key(self.key, "key")


@dataclass(frozen=True)
class PlaceOrder(Command):
    """Buy ``lines`` for ``tenant``; creates the tenant when it has to."""

    tenant: Tenant
    lines: tuple[OrderLine, ...]
    agreement: AgreementAcceptance | None = None
    reseller_mpn: str | None = None

    def __post_init__(self):
        super().__post_init__()
        object.__setattr__(self, "lines", tuple(self.lines))
        keys = [line.line_key for line in self.lines]
        if not keys:
            raise ValueError("an order needs at least one line")
        if len(set(keys)) != len(keys):
            raise ValueError("line keys must differ within an order")


@dataclass(frozen=True)
class SubscriptionCommand(Command):
    """Base of the commands about one existing subscription."""

    customer_ref: str
    subscription_ref: str


@dataclass(frozen=True)
class ChangeSeats(SubscriptionCommand):
    """Set the total number of seats (not a difference)."""

    quantity: int

    def __post_init__(self):
        super().__post_init__()
        if isinstance(self.quantity, bool) or not isinstance(self.quantity, int):
            raise ValueError("quantity must be a whole number")
        if self.quantity < 1:
            raise ValueError("quantity must be at least 1")


@dataclass(frozen=True)
class SetRenewal(SubscriptionCommand):
    """Say what happens at the end of the running term.

    ``auto_renew`` with no other value: renew unchanged. With quantity, term or plan:
    renew with those. Without ``auto_renew`` the subscription ends with its term, or
    goes on month by month when ``extended_term`` is set.
    """

    auto_renew: bool
    quantity: int | None = None
    term: str | None = None
    plan: str | None = None
    extended_term: bool = False


@dataclass(frozen=True)
class Suspend(SubscriptionCommand):
    """Stop the service, keep the data; billing goes on at most vendors."""


@dataclass(frozen=True)
class Resume(SubscriptionCommand):
    """Bring a suspended subscription back."""


@dataclass(frozen=True)
class Cancel(SubscriptionCommand):
    """End the subscription now; only inside the vendor's cancellation window."""


# --------------------------------------------------------------------------
# RESULTS
# --------------------------------------------------------------------------


@dataclass(frozen=True)
class Access:
    """Something that opens the bought service, handed out exactly once.

    ``kind`` is ``tenant_admin`` (username and first password) or ``licence_key``.
    The caller stores the secret in its protected place at once.
    """

    kind: str
    username: str = ""
    secret: str = field(default="", repr=False)
    url: str = ""


@dataclass(frozen=True)
class OrderedLine:
    """What became of one order line: a subscription, or an error in words."""

    line_key: str
    subscription_ref: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    order_ref: str | None = None


@dataclass(frozen=True)
class OrderResult:
    """Final answer to ``PlaceOrder``. Lines may succeed and fail side by side.

    ``order_ref`` is the first vendor order; every line names its own, because one
    cart may become several orders.
    """

    customer_ref: str
    order_ref: str | None
    lines: tuple[OrderedLine, ...]
    access: tuple[Access, ...] = ()


@dataclass(frozen=True)
class NextTerm:
    """What the vendor will do at the end of the term."""

    quantity: int | None = None
    term: str | None = None
    plan: str | None = None
    product_ref: str | None = None
    sku_ref: str | None = None
    action: str = "renew"  # renew, extend or cancel


@dataclass(frozen=True)
class RefundableSeats:
    """Seats that may still be given back, until the aware instant ``until``."""

    quantity: int
    until: datetime


@dataclass(frozen=True)
class SubscriptionState:
    """One subscription as the vendor sees it now.

    The vendor's commitment end is an inclusive UTC day; ``term_end_date`` is the day
    after it: the first day that is *not* paid for (half-open, as everywhere here).
    """

    customer_ref: str
    subscription_ref: str
    product_ref: str
    sku_ref: str
    term: str
    plan: str
    quantity: int
    status: str
    auto_renew: bool
    start_at: datetime | None = None
    term_start_date: date | None = None
    term_end_date: date | None = None
    cancellation_until: datetime | None = None
    refundable: tuple[RefundableSeats, ...] = ()
    next_term: NextTerm | None = None
    order_ref: str | None = None
    friendly_name: str = ""
    reseller_mpn: str | None = None
    is_trial: bool = False


@dataclass(frozen=True)
class PriceSheetFile:
    """A price sheet as fetched: CSV bytes, unpacked and limited in size."""

    name: str
    content: bytes = field(repr=False)
    fetched_url: str = ""


# --------------------------------------------------------------------------
# OUTCOMES
# --------------------------------------------------------------------------


@dataclass(frozen=True)
class Done:
    """The command is finished; ``result`` is an OrderResult or SubscriptionState."""

    result: OrderResult | SubscriptionState

    @property
    def access(self) -> tuple[Access, ...]:
        return getattr(self.result, "access", ())


@dataclass(frozen=True)
class Continue:
    """One step is done: commit ``checkpoint``, execute again in ``after`` seconds.

    ``access`` holds secrets that this very step produced. They are not in the
    checkpoint and are not repeated in the final result.
    """

    checkpoint: dict
    after: float = 0.0
    access: tuple[Access, ...] = ()


@dataclass(frozen=True)
class Waiting:
    """A person must act first: ``reason`` says who and what, ``url`` where.

    With ``after`` set, executing again then tells whether it happened; without it the
    caller is told by a person and stores the result by hand.
    """

    reason: str
    checkpoint: dict = field(default_factory=dict)
    url: str = ""
    after: float | None = None
    access: tuple[Access, ...] = ()


Outcome = Union[Done, Continue, Waiting]  # noqa: UP007


# --------------------------------------------------------------------------
# ADAPTER
# --------------------------------------------------------------------------


class Adapter(ABC):
    """One way of talking to a provider's system.

    ``log`` is called with an :class:`ExchangeLog` after every HTTP exchange.
    ``on_refresh_token`` is called with a new refresh token *before* it is used again,
    so that the caller can store it.
    """

    code: str = ""

    def __init__(
        self,
        config: ProviderConfig,
        *,
        log: LogCallback | None = None,
        on_refresh_token: Callable[[str], None] | None = None,
    ):
        self.config = config
        self.log = log
        self.on_refresh_token = on_refresh_token

    # --- commands -----------------------------------------------------------

    @abstractmethod
    def execute(self, command: Command, checkpoint: dict | None = None) -> Outcome:
        """Do the next step of ``command``."""

    @abstractmethod
    def lookup(
        self, command: Command, checkpoint: dict | None = None
    ) -> Outcome | None:
        """Learn what became of a step whose answer was lost, without sending it.

        None: it did not happen, execute may send it again. Raises RetryableError when
        the vendor cannot tell yet.
        """

    # --- questions ----------------------------------------------------------

    @abstractmethod
    def get_subscription(
        self, customer_ref: str, subscription_ref: str
    ) -> SubscriptionState:
        """Return the subscription as the vendor sees it."""

    @abstractmethod
    def list_subscriptions(self, customer_ref: str) -> list[SubscriptionState]:
        """Return all subscriptions of a customer."""

    @abstractmethod
    def is_domain_taken(self, domain: str) -> bool:
        """Tell whether a tenant of that domain exists already."""

    @abstractmethod
    def fetch_price_sheet(
        self,
        market: str,
        view: str = "updatedlicensebased",
        timeline: str = "current",
        month: str | None = None,
    ) -> PriceSheetFile:
        """Download one price sheet."""

    @abstractmethod
    def ping(self) -> None:
        """Check credentials and connection; raise a ProviderError when it fails."""


def next_round(checkpoint: Mapping[str, Any] | None) -> dict:
    """Return ``checkpoint`` for another try after the vendor has refused.

    The vendor wants a new request id after every answer; a person who has mended the
    cause and sends the same task again goes through here.
    """
    checkpoint = dict(checkpoint or {})
    checkpoint["round"] = int(checkpoint.get("round", 0)) + 1
    return checkpoint


def _check_key(value: str, name: str) -> None:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{name} must not be empty")
    if len(value) > KEY_MAX_LENGTH:
        raise ValueError(f"{name} is longer than {KEY_MAX_LENGTH} characters")
