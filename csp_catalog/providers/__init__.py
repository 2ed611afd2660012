"""Adapters to the systems of vendors and upstream distributors.

Plain Python: nothing in here imports odoo, so the package works inside the add-on
(``odoo.addons.csp_catalog.providers``) and on its own.
"""

from __future__ import annotations

from .base import (
    Access,
    Adapter,
    AgreementAcceptance,
    AuthError,
    Cancel,
    ChangeSeats,
    Command,
    Continue,
    Done,
    ExchangeLog,
    NextTerm,
    OrderedLine,
    OrderLine,
    OrderResult,
    Outcome,
    PlaceOrder,
    PriceSheetFile,
    Promotion,
    PromotionAnswer,
    PromotionItem,
    PromotionRefusal,
    ProviderConfig,
    ProviderError,
    RefundableSeats,
    RefusedError,
    Resume,
    RetryableError,
    SetRenewal,
    SubscriptionCommand,
    SubscriptionState,
    Suspend,
    Tenant,
    UnknownOutcomeError,
    Waiting,
    next_round,
)
from .codec import dump_command, dump_result, load_command
from .manual.adapter import ManualAdapter
from .partner_center.adapter import PartnerCenterAdapter

ADAPTERS: dict[str, type[Adapter]] = {
    PartnerCenterAdapter.code: PartnerCenterAdapter,
    ManualAdapter.code: ManualAdapter,
}


def get_adapter(
    code: str, config: ProviderConfig, *, log=None, on_refresh_token=None
) -> Adapter:
    """Return the adapter ``code`` for ``config``.

    ``log`` receives an ExchangeLog after each HTTP exchange, ``on_refresh_token`` a
    rotated refresh token that must be stored.
    """
    try:
        adapter = ADAPTERS[code]
    except KeyError:
        raise RefusedError(
            f"There is no provider adapter named {code!r}. Choose one of: "
            f"{', '.join(sorted(ADAPTERS))}."
        ) from None
    return adapter(config, log=log, on_refresh_token=on_refresh_token)


__all__ = [
    "ADAPTERS",
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
    "dump_command",
    "dump_result",
    "get_adapter",
    "load_command",
    "next_round",
]
