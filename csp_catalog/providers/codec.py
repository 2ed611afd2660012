"""Commands and results as JSON-serialisable dicts, for the caller's outbox row."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime
from typing import Any

from . import base

COMMANDS = {
    "place_order": base.PlaceOrder,
    "change_seats": base.ChangeSeats,
    "set_renewal": base.SetRenewal,
    "suspend": base.Suspend,
    "resume": base.Resume,
    "cancel": base.Cancel,
}
_KIND_BY_CLASS = {cls: kind for kind, cls in COMMANDS.items()}


def dump_command(command: base.Command) -> dict[str, Any]:
    """Return ``command`` as a dict with a ``kind``, ready for ``json.dumps``."""
    return {"kind": _KIND_BY_CLASS[type(command)], **_plain(command)}


def load_command(values: dict[str, Any]) -> base.Command:
    """Rebuild the command that ``dump_command`` wrote; unknown kinds are refused."""
    values = dict(values)
    kind = values.pop("kind", None)
    if kind not in COMMANDS:
        raise ValueError(f"unknown command: {kind!r}")
    if kind == "place_order":
        values["tenant"] = base.Tenant(**values["tenant"])
        values["lines"] = tuple(_load_line(line) for line in values["lines"])
        if values.get("agreement"):
            agreement = dict(values["agreement"])
            agreement["accepted_at"] = datetime.fromisoformat(agreement["accepted_at"])
            values["agreement"] = base.AgreementAcceptance(**agreement)
    return COMMANDS[kind](**values)


def dump_result(result: base.OrderResult | base.SubscriptionState) -> dict[str, Any]:
    """Return a result for the log; secrets of ``Access`` are left out."""
    values = _plain(result)
    for access in values.get("access", ()):
        access["secret"] = ""
    return values


def _load_line(values: dict[str, Any]) -> base.OrderLine:
    values = dict(values)
    if values.get("term_end_date"):
        values["term_end_date"] = date.fromisoformat(values["term_end_date"])
    return base.OrderLine(**values)


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return {
            item.name: _plain(getattr(value, item.name))
            for item in dataclasses.fields(value)
        }
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return value
