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
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .commands import (
    KEY_MAX_LENGTH,
    AgreementAcceptance,
    Cancel,
    ChangeSeats,
    Command,
    OrderLine,
    PlaceOrder,
    Resume,
    SetRenewal,
    SubscriptionCommand,
    Suspend,
    Tenant,
)
from .errors import (
    AuthError,
    ProviderError,
    RefusedError,
    RetryableError,
    UnknownOutcomeError,
)
from .results import (
    Access,
    Continue,
    Done,
    NextTerm,
    OrderedLine,
    OrderResult,
    Outcome,
    PriceSheetFile,
    Promotion,
    PromotionAnswer,
    PromotionItem,
    PromotionRefusal,
    RefundableSeats,
    SubscriptionState,
    Waiting,
)

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
    def fetch_promotions(
        self, country: str, segment: str = "commercial"
    ) -> list[Promotion]:
        """Return the promotions that run now; a system without any has none."""

    @abstractmethod
    def check_promotions(
        self, customer_ref: str, lines: Iterable[OrderLine], country: str = ""
    ) -> list[PromotionAnswer]:
        """Ask whether a customer may use promotions; nothing is ordered.

        A line with ``promotion_ref`` asks for that one, a line without for every one
        that fits.
        """

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


__all__ = [
    "ACCESS_LICENCE_KEY",
    "ACCESS_TENANT_ADMIN",
    "KEY_MAX_LENGTH",
    "MODES",
    "MODE_DISABLED",
    "MODE_ENABLED",
    "MODE_TEST",
    "PLANS",
    "STATUSES",
    "STATUS_ACTIVE",
    "STATUS_DELETED",
    "STATUS_DISABLED",
    "STATUS_EXPIRED",
    "STATUS_PENDING",
    "STATUS_SUSPENDED",
    "TERMS",
    "Access",
    "Adapter",
    "AgreementAcceptance",
    "AuthError",
    "Cancel",
    "ChangeSeats",
    "Command",
    "Continue",
    "Done",
    "ExchangeLog",
    "LogCallback",
    "NextTerm",
    "OrderLine",
    "OrderResult",
    "OrderedLine",
    "Outcome",
    "PlaceOrder",
    "PriceSheetFile",
    "Promotion",
    "PromotionAnswer",
    "PromotionItem",
    "PromotionRefusal",
    "ProviderConfig",
    "ProviderError",
    "RefundableSeats",
    "RefusedError",
    "Resume",
    "RetryableError",
    "SetRenewal",
    "SubscriptionCommand",
    "SubscriptionState",
    "Suspend",
    "Tenant",
    "UnknownOutcomeError",
    "Waiting",
    "next_round",
]
