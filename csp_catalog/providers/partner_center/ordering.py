"""Place an order: domain, customer, agreement, cart, checkout, subscription ids.

Each step leaves a checkpoint. How a lost answer of a step is cleared up:

========== ======================================================================
domain     nothing was sent
create     the customer is found by its domain; the same request is then repeated
           once under its request id, because only its answer has the password
agreement  the agreements of the customer are read
cart       a cart that nobody checks out has no effect: it is sent again
checkout   the cart is Active (nothing happened) or Ordered: then the orders are
           found by the line keys in the friendly names
provision  only reads
========== ======================================================================

Sources: Partner Center REST, "Create a customer", "Confirm customer acceptance of the
Microsoft Customer Agreement", "Create a cart", "Check out a cart", "Get an order by
ID"; "Headers" for the request id.
"""

from __future__ import annotations

from urllib.parse import quote

from .. import base
from . import const, errors, mapping, matching
from .availability import catalog_item
from .client import request_id
from .customers import CustomerSteps
from .promotions import Promotions

MAX_CARTS = 4


class Ordering(CustomerSteps):
    """Execute and look up ``PlaceOrder``."""

    def execute(self, command: base.PlaceOrder, state: dict) -> base.Outcome:
        """Do the next step."""
        step = getattr(self, f"_do_{state.get('step', 'domain')}")
        try:
            return step(command, state)
        except base.RefusedError as error:
            if error.checkpoint is None:
                error.checkpoint = base.next_round(state)
            raise

    def lookup(self, command: base.PlaceOrder, state: dict) -> base.Outcome | None:
        """Find out what became of a step whose answer was lost."""
        step = state.get("step", "domain")
        if step == "create":
            return self._find_created(command, state)
        if step == "agreement" and self._is_agreed(state["customer_ref"]):
            return base.Continue({**state, "step": "cart"})
        if step == "checkout":
            return self._find_checked_out(command, state)
        if step == "provision":
            return base.Continue(state)
        return None

    # --- 4. the cart ----------------------------------------------------------------

    def _do_cart(self, command, state):
        body = {
            "lineItems": [
                self._cart_line(command, number, line)
                for number, line in enumerate(command.lines)
            ]
        }
        if command.reseller_mpn:
            body["PartnerOnRecordAttestationAccepted"] = True
        carts = state.get("carts", 0) + 1
        id_ = request_id(command.key, "cart", state.get("round", 0), carts)
        answer = self._client.post(self._carts_path(state), body, id_)
        rows = matching.cart_rows(command, body, answer)
        failed = {row["line_key"]: row["error"] for row in rows if row["error"]}
        if failed:
            failed = self._with_promotion_reasons(command, state, failed)
            raise base.RefusedError(
                "The vendor refused lines of the order: "
                + " ".join(f"{key}: {text}" for key, text in failed.items()),
                const.CART_LINE_ERRORS,
                {"lines": failed},
                checkpoint=base.next_round(state),
            )
        return base.Continue(
            {
                **state,
                "step": "checkout",
                "carts": carts,
                "cart_ref": str(answer["id"]),
                "cart_created": answer.get("creationTimestamp") or "",
                "cart_lines": rows,
            }
        )

    def _cart_line(self, command, number, line):
        country = command.tenant.country or self._client.config.country
        row = {
            "id": number,
            "catalogItemId": catalog_item(self._client, line, country.upper()),
            "friendlyName": matching.friendly_name(line),
            "quantity": line.quantity,
            "termDuration": line.term,
            "billingCycle": line.plan,
        }
        if command.reseller_mpn:
            row["participants"] = [
                {"key": "transaction_reseller", "value": command.reseller_mpn}
            ]
        if line.term_end_date:
            row["customTermEndDate"] = mapping.inclusive_end(line.term_end_date)
        if line.promotion_ref:
            row["promotionId"] = line.promotion_ref
        return row

    def _with_promotion_reasons(self, command, state, failed):
        """Add why a promotion was not granted; the refusal stands without it too."""
        lines = {
            line.line_key: line
            for line in command.lines
            if line.promotion_ref
            and const.PROMOTION_REFUSED in failed.get(line.line_key, "")
        }
        try:
            answers = Promotions(self._client).check(
                state["customer_ref"], tuple(lines.values()), command.tenant.country
            )
        except base.ProviderError:
            return failed
        return failed | {
            answer.line_key: f"{failed[answer.line_key]} {answer.reason}".strip()
            for answer in answers
            if answer.promotion_ref == lines[answer.line_key].promotion_ref
        }

    def _carts_path(self, state):
        return f"/v1/customers/{quote(state['customer_ref'], safe='')}/carts"

    # --- 5. the checkout --------------------------------------------------------------

    def _do_checkout(self, command, state):
        path = f"{self._carts_path(state)}/{quote(state['cart_ref'], safe='')}/checkout"
        id_ = request_id(
            command.key, "checkout", state["cart_ref"], state.get("round", 0)
        )
        try:
            answer = self._client.post(path, None, id_)
        except base.RefusedError as error:
            return self._after_refusal(command, state, error)
        return self._checked_out(
            command, state, answer.get("orders") or (), answer.get("orderErrors") or ()
        )

    def _after_refusal(self, command, state, error):
        """Some refusals of a checkout are mended here, the others are final."""
        if error.code == const.CART_SUBMITTED:
            outcome = self._find_checked_out(command, state)
            if outcome is not None:
                return outcome
        may_agree = command.agreement is not None and not state.get("agreed_again")
        if error.code == const.AGREEMENT_MISSING and may_agree:
            state = base.next_round(state)
            return base.Continue({**state, "step": "agreement", "agreed_again": True})
        # Ids rotate and carts expire; a new cart also names the faulty line.
        is_cart_faulty = error.code in (const.CART_LINE_ERRORS, const.CART_NOT_FOUND)
        if is_cart_faulty and state["carts"] < MAX_CARTS:
            return base.Continue({**state, "step": "cart"})
        error.checkpoint = {**base.next_round(state), "step": "cart"}
        raise error

    def _checked_out(self, command, state, orders, failures):
        customer_ref = state["customer_ref"]
        for order in orders:
            if order.get("referenceCustomerId") != customer_ref:
                raise errors.wrong_customer(is_write=True)
        if not orders and not failures:
            raise base.UnknownOutcomeError("The vendor's checkout names no order.")
        state = {
            **state,
            "step": "provision",
            "order_refs": [str(order["id"]) for order in orders],
            "order_errors": matching.order_errors(failures),
        }
        return self._result(command, state, orders)

    def _find_checked_out(self, command, state):
        """Learn from the cart and the orders whether the checkout happened."""
        customer_ref, cart_ref = state["customer_ref"], state["cart_ref"]
        is_ordered = None
        try:
            path = f"{self._carts_path(state)}/{quote(cart_ref, safe='')}"
            cart = self._client.get(path)
            if cart.get("id") != cart_ref:
                raise errors.wrong_customer(is_write=False)
            is_ordered = str(cart.get("status", "")).lower() == "ordered"
        except base.RefusedError as error:
            if error.code != const.CART_NOT_FOUND:
                raise
        if is_ordered is False:
            return None
        path = f"/v1/customers/{quote(customer_ref, safe='')}/orders"
        orders = [
            order
            for order in self._client.get_all(path)
            if order.get("referenceCustomerId") == customer_ref
            and matching.is_of_cart(order, state)
        ]
        if orders:
            state = {
                **state,
                "step": "provision",
                "order_refs": [str(order["id"]) for order in orders],
                "order_errors": {},
            }
            return base.Continue(state)
        if is_ordered:
            raise base.RetryableError(
                "The order was placed; the vendor does not list it yet.",
                retry_after=const.LAG_WAIT,
            )
        return base.Continue({**state, "step": "cart"})  # expired and never ordered

    # --- 6. the subscriptions -----------------------------------------------------

    def _do_provision(self, command, state):
        orders = []
        for order_ref in state["order_refs"]:
            path = (
                f"/v1/customers/{quote(state['customer_ref'], safe='')}"
                f"/orders/{quote(order_ref, safe='')}"
            )
            try:
                order = self._client.get(path)
            except base.RefusedError as error:
                if error.code != const.ORDER_NOT_FOUND:
                    raise
                return self._poll_again(state)
            if (
                order.get("id") != order_ref
                or order.get("referenceCustomerId") != state["customer_ref"]
            ):
                raise errors.wrong_customer(is_write=False)
            orders.append(order)
        return self._result(command, state, orders)

    def _result(self, command, state, orders):
        lines, is_waiting, missing = matching.ordered_lines(command, state, orders)
        if is_waiting:
            return self._poll_again(state)
        if missing:
            if state.get("polls", 0) < const.LISTING_POLLS:
                return self._poll_again(self._with_late_orders(state))
            lines += tuple(
                base.OrderedLine(
                    key,
                    error_code="not_listed",
                    error_message="The vendor lists no order for this line. Look in "
                    "Partner Center before ordering it again.",
                )
                for key in missing
            )
        refs = state["order_refs"]
        return base.Done(
            base.OrderResult(
                customer_ref=state["customer_ref"],
                order_ref=refs[0] if refs else None,
                lines=lines,
            )
        )

    def _with_late_orders(self, state):
        """Add orders of the cart that the vendor's list shows by now."""
        path = f"/v1/customers/{quote(state['customer_ref'], safe='')}/orders"
        refs = list(state["order_refs"])
        for order in self._client.get_all(path):
            if matching.is_of_cart(order, state) and str(order["id"]) not in refs:
                refs.append(str(order["id"]))
        return {**state, "order_refs": refs}

    def _poll_again(self, state):
        polls = state.get("polls", 0)
        wait = min(const.POLL_LONGEST, const.POLL_FIRST * 2 ** min(polls, 10))
        return base.Continue({**state, "polls": polls + 1}, after=wait)
