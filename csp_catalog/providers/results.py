"""What a provider answered, and how far a command got."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Union


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
    promotion_ref: str | None = None


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
    promotion_ref: str | None = None


@dataclass(frozen=True)
class PriceSheetFile:
    """A price sheet as fetched: CSV bytes, unpacked and limited in size."""

    name: str
    content: bytes = field(repr=False)
    fetched_url: str = ""


@dataclass(frozen=True)
class PromotionItem:
    """One thing that a promotion makes cheaper.

    ``percent`` is off what *we* pay the vendor, not off the list price.
    """

    product_ref: str
    sku_ref: str
    term: str
    plan: str
    percent: Decimal


@dataclass(frozen=True)
class Promotion:
    """A vendor's promotion. It runs from ``start_at`` up to, not including, ``end_at``.

    Seats are counted by the vendor per customer, whoever sold them; 0 is no limit.
    ``required_products`` are groups: of each group the customer must own one product.
    """

    ref: str
    name: str
    start_at: datetime
    end_at: datetime
    items: tuple[PromotionItem, ...]
    description: str = ""
    country: str = ""
    segment: str = ""
    is_automatic: bool = False
    min_seats: int = 0
    max_seats: int = 0
    max_redemptions: int = 0
    is_first_purchase: bool = False
    required_products: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class PromotionRefusal:
    """Why a customer may not use a promotion; ``kind`` is the vendor's word."""

    kind: str
    message: str
    available_seats: int | None = None
    min_seats: int | None = None
    max_seats: int | None = None


@dataclass(frozen=True)
class PromotionAnswer:
    """Whether the customer may use a promotion for an order line."""

    line_key: str
    promotion_ref: str | None
    is_eligible: bool
    refusals: tuple[PromotionRefusal, ...] = ()

    @property
    def reason(self) -> str:
        """Return the refusals in words, with the seats that are left."""
        words = []
        for refusal in self.refusals:
            words.append(refusal.message)
            if refusal.available_seats is not None:
                words.append(f"Seats left: {refusal.available_seats}.")
        return " ".join(words)

    @property
    def available_seats(self) -> int | None:
        """Return how many seats are left, when only their number was refused."""
        if len(self.refusals) != 1:
            return None
        return self.refusals[0].available_seats


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
