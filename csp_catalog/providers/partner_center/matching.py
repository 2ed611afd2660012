"""Which cart line, order line and subscription belong to which order line of ours."""

from __future__ import annotations

from datetime import timedelta

from .. import base
from . import const, mapping

MAX_NAME = 200
CLOCK_TOLERANCE = timedelta(minutes=10)


def friendly_name(line: base.OrderLine) -> str:
    """Return the name with the line's key, by which it is found again."""
    mark = f"[{line.line_key}]"
    name = line.friendly_name.strip()
    if not name:
        return mark
    return f"{name[: MAX_NAME - len(mark) - 1].rstrip()} {mark}"


def cart_rows(command: base.PlaceOrder, sent: dict, answer: dict) -> list[dict]:
    """Return what must be known of each cart line later, as JSON."""
    by_id = {str(row.get("id")): row for row in answer.get("lineItems") or ()}
    rows = []
    for line, item in zip(command.lines, sent["lineItems"], strict=True):
        shown = by_id.get(str(item["id"]))
        if shown is None:
            raise base.UnknownOutcomeError("The vendor's cart lacks a line.")
        rows.append(
            {
                "line_key": line.line_key,
                "name": item["friendlyName"],
                "item": item["catalogItemId"],
                "quantity": item["quantity"],
                "group": str(shown.get("orderGroup", "")),
                "error": _line_error(shown.get("error"))
                or _promotion_error(line, shown),
            }
        )
    return rows


def order_errors(failures) -> dict[str, dict]:
    """Return {order group: {code, message}} of a checkout that failed in part."""
    result = {}
    for row in failures:
        code = str(row.get("code") or "")
        text = const.REFUSALS.get(code) or str(row.get("description") or "")
        result[str(row.get("orderGroupId", ""))] = {"code": code, "message": text}
    return result


def is_of_cart(order: dict, state: dict) -> bool:
    """Tell whether an order came from our cart: by its names, and not older."""
    names = {row["name"] for row in state["cart_lines"]}
    lines = order.get("lineItems") or ()
    if not any(line.get("friendlyName") in names for line in lines):
        return False
    created = mapping.instant(order.get("creationDate"))
    cart = mapping.instant(state.get("cart_created"))
    return created is None or cart is None or created >= cart - CLOCK_TOLERANCE


def ordered_lines(command, state, orders):
    """Return (lines with a final answer, is any unprovisioned, keys not found)."""
    open_lines = [
        (str(order["id"]), line)
        for order in orders
        for line in order.get("lineItems") or ()
    ]
    done, missing, is_waiting = [], [], False
    for row in state["cart_lines"]:
        found = _take(open_lines, row)
        if found is None:
            failure = state["order_errors"].get(row["group"])
            if failure is None:
                missing.append(row["line_key"])
            else:
                done.append(
                    base.OrderedLine(
                        row["line_key"],
                        error_code=failure["code"],
                        error_message=failure["message"],
                    )
                )
            continue
        order_ref, line = found
        subscription_ref = line.get("subscriptionId")
        if subscription_ref:
            done.append(
                base.OrderedLine(
                    row["line_key"],
                    str(subscription_ref),
                    order_ref=order_ref,
                    promotion_ref=line.get("promotionId") or None,
                )
            )
        else:
            is_waiting = True
    return tuple(done), is_waiting, missing


def _take(open_lines, row):
    """Take the order line of a cart line: by name, else by offer and quantity."""
    for candidate in open_lines:
        if candidate[1].get("friendlyName") == row["name"]:
            open_lines.remove(candidate)
            return candidate
    for candidate in open_lines:
        line = candidate[1]
        is_unnamed = "[" not in str(line.get("friendlyName") or "")
        if (
            is_unnamed
            and line.get("offerId") == row["item"]
            and line.get("quantity") == row["quantity"]
        ):
            open_lines.remove(candidate)
            return candidate
    return None


def _promotion_error(line, shown):
    """Never pay the list price where a promotion was reckoned with."""
    wanted = line.promotion_ref
    if not wanted or shown.get("promotionId") == wanted:
        return ""
    code = const.PROMOTION_REFUSED
    return f"{const.LINE_REFUSALS[code]} ({code})"


def _line_error(error):
    if not error:
        return ""
    code = str(error.get("errorCode") or "")
    text = const.LINE_REFUSALS.get(code) or str(error.get("errorDescription") or code)
    return f"{text} ({code})" if code else text
