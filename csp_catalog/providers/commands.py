"""What is wanted from a provider: frozen values, each with its key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

KEY_MAX_LENGTH = 64


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
        _check_quantity(self.quantity)


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

    # A dataclass drops what this returns.
    def __post_init__(self):  # pylint: disable=missing-return
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

    # A dataclass drops what this returns.
    def __post_init__(self):  # pylint: disable=missing-return
        super().__post_init__()
        _check_quantity(self.quantity)


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


def _check_key(value: str, name: str) -> None:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{name} must not be empty")
    if len(value) > KEY_MAX_LENGTH:
        raise ValueError(f"{name} is longer than {KEY_MAX_LENGTH} characters")


def _check_quantity(value: int) -> None:
    if type(value) is not int or value < 1:
        raise ValueError("quantity must be a whole number of at least 1")
