"""The running system as a story sees it: its clock, its vendor, its books."""

from __future__ import annotations

import datetime
import json
import time
import urllib.request
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser

from tests.story.mail import MailCatcher

SUBSCRIPTION_FIELDS = [
    "name",
    "state",
    "quantity",
    "unit_price",
    "unit_cost",
    "term_start_date",
    "term_end_date",
    "vendor_ref",
    "auto_renew",
    "order_id",
    "payer_id",
]


def until_sunday_evening() -> datetime.timedelta:
    """Return the way from now to the next Sunday, 19:00 UTC."""
    now = datetime.datetime.now(datetime.timezone.utc)
    evening = now.replace(hour=19, minute=0, second=0, microsecond=0)
    evening += datetime.timedelta(days=(6 - now.weekday()) % 7)
    if evening <= now:
        evening += datetime.timedelta(days=7)
    return evening - now


class Story:
    """Questions and moves of the clock; what people do is in `pages`.

    :param start: offset of the system's clock from the real one at the beginning.
    """

    def __init__(
        self, system, mail: MailCatcher, start: datetime.timedelta, browser: Browser
    ) -> None:
        self.system = system
        self.browser = browser
        self.start = start
        self.offset = start
        self.admin = system.rpc("admin", "admin")
        self.admin.call(
            "ir.mail_server",
            "create",
            [
                {
                    "name": "Story",
                    "smtp_host": "127.0.0.1",
                    "smtp_port": mail.port,
                    "smtp_encryption": "none",
                }
            ],
        )

    # --- clock ------------------------------------------------------------------

    def today(self) -> datetime.date:
        """Return the day (UTC) that the system's clock shows."""
        now = datetime.datetime.now(datetime.timezone.utc) + self.offset
        return now.date()

    def move_to_day(self, days: int) -> None:
        """Restart Odoo and the vendor `days` after the beginning, at 19:00 again."""
        self.close_windows()
        self.offset = self.start + datetime.timedelta(days=days)
        self.system.restart(self.offset)
        self.admin = self.system.rpc("admin", "admin")

    def close_windows(self) -> None:
        """Have everybody go home, before the server under them is stopped."""
        for context in list(self.browser.contexts):
            context.close()

    def wait_for(
        self, what: str, condition: Callable[[], Any], seconds: float = 60.0
    ) -> Any:
        """Return the condition's first true answer.

        :raise AssertionError: when it does not come true in time.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if answer := condition():
                return answer
            time.sleep(0.3)
        raise AssertionError(f"not within {seconds} s: {what}")

    # --- vendor -----------------------------------------------------------------

    def vendor(self) -> dict:
        """Return the simulator's whole world."""
        with urllib.request.urlopen(f"{self.system.sim_url}/_sim/state") as answer:
            return json.load(answer)

    def vendor_subscription(self, vendor_ref: str) -> dict:
        """Return one subscription as the vendor has it."""
        found = [s for s in self.vendor()["subscriptions"] if s["id"] == vendor_ref]
        assert len(found) == 1, f"{vendor_ref} at the vendor: {found}"
        return found[0]

    # --- books ------------------------------------------------------------------

    def read(self, model: str, domain: list, fields: list[str]) -> list[dict]:
        """Search and read as the distributor, oldest first."""
        return self.admin.call(model, "search_read", [domain, fields], {"order": "id"})

    def subscription_of(self, customer: str, since_id: int = 0) -> dict | None:
        """Return the newest subscription of an end customer."""
        domain = [("customer_id.name", "=", customer), ("id", ">", since_id)]
        found = self.read("csp.subscription", domain, SUBSCRIPTION_FIELDS)
        return found[-1] if found else None

    def wait_until_active(self, customer: str, since_id: int) -> dict:
        """Return the customer's new subscription once it is active."""

        def active():
            found = self.subscription_of(customer, since_id)
            return found if found and found["state"] == "active" else None

        return self.wait_for(f"an active subscription of {customer}", active)

    def charges_of(self, subscription: dict, leg: str = "sale") -> list[dict]:
        """Return the ledger of a subscription in order of booking."""
        return self.read(
            "csp.charge",
            [("subscription_id", "=", subscription["id"]), ("leg", "=", leg)],
            ["period_start", "period_end", "amount", "move_id", "kind", "quantity"],
        )

    def invoices_of(self, subscription: dict) -> list[dict]:
        """Return the invoices that bill a subscription."""
        ids = {
            charge["move_id"][0]
            for charge in self.charges_of(subscription)
            if charge["move_id"]
        }
        return self.read(
            "account.move",
            [("id", "in", list(ids))],
            [
                "name",
                "state",
                "commercial_partner_id",
                "amount_untaxed",
                "payment_state",
            ],
        )

    def wait_until_posted(self, subscription: dict) -> list[dict]:
        """Return the subscription's invoices once the queue has posted all of them."""

        def posted():
            invoices = self.invoices_of(subscription)
            return invoices if {i["state"] for i in invoices} == {"posted"} else None

        return self.wait_for("all invoices posted", posted)

    def bill_again(self, run_id: int) -> None:
        """Start a billing run and wait until its jobs are done."""
        self.admin.call("csp.billing.run", "action_start", [[run_id]])
        self.wait_for_run(run_id)

    def wait_for_run(self, run_id: int) -> None:
        """Wait until a billing run is done."""
        self.wait_for(
            f"billing run {run_id}",
            lambda: (
                self.read("csp.billing.run", [("id", "=", run_id)], ["state"])[0][
                    "state"
                ]
                == "done"
            ),
        )

    def run_cron(self, xml_id: str) -> None:
        """Run a scheduled action by hand, as the administrator may."""
        module, name = xml_id.split(".")
        rows = self.read(
            "ir.model.data", [("module", "=", module), ("name", "=", name)], ["res_id"]
        )
        self.admin.call("ir.cron", "method_direct_trigger", [[rows[0]["res_id"]]])
