"""What the provider and simulator tests share; needs nothing of Odoo.

The tests are ``unittest`` classes. Inside the add-on they run with everything
else; on their own, without Odoo and without a database::

    python -m unittest discover -s csp_catalog/tests -t csp_catalog/tests \\
        -p "test_provider_*.py"
"""

from __future__ import annotations

import sys
from datetime import datetime, timezone
from pathlib import Path

if __package__:
    from odoo.tests.case import TestCase

    from .. import providers
    from .simulator_process import SimulatorProcess
else:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from unittest import TestCase

    import providers
    from simulator_process import SimulatorProcess

BUSINESS_BASIC = ("CFQ7TTC0LH18", "0001")
BUSINESS_PREMIUM = ("CFQ7TTC0LCHC", "0002")
TEAMS_PREMIUM = ("CFQ7TTC0RM8K", "0001")
START = "2026-06-15T09:30:00Z"
MAX_STEPS = 60


class PlainCase(TestCase):
    """A test without a database; Odoo's own runner asks for these marks."""

    test_tags = frozenset({"standard", "at_install", "csp"})
    test_module = "csp_catalog"


class SimulatorCase(PlainCase):
    """One simulator per class; every test gets an empty world that starts at START."""

    start_at = START

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.simulator = SimulatorProcess()
        cls.simulator.start()
        cls.addClassCleanup(cls.simulator.stop)

    def setUp(self):
        super().setUp()
        self.simulator.reset()
        self.simulator.rebase_clock(self.start_at)
        self.logs = []

    # --- adapters and commands ----------------------------------------------------

    def adapter(self, **config):
        """Return a Partner Center adapter that talks to the simulator."""
        return providers.get_adapter(
            "partner_center",
            providers.ProviderConfig(**self.simulator.provider_values(**config)),
            log=self.logs.append,
        )

    def tenant(self, **values):
        """Return a wanted tenant."""
        return providers.Tenant(
            **{
                "domain": "nordlicht.onmicrosoft.com",
                "company_name": "Nordlicht GmbH",
                "street": "Holtenauer Straße 1",
                "city": "Kiel",
                "zip": "24105",
                "country": "DE",
                "first_name": "Inga",
                "last_name": "Petersen",
                "email": "inga@nordlicht.example",
                "language": "de_DE",
                **values,
            }
        )

    def agreement(self):
        """Return an acceptance of the customer agreement."""
        return providers.AgreementAcceptance(
            "Inga",
            "Petersen",
            "inga@nordlicht.example",
            datetime(2025, 1, 10, 8, 0, tzinfo=timezone.utc),
        )

    def line(self, key="L1", offer=BUSINESS_BASIC, quantity=5, **values):
        """Return an order line."""
        values = {"term": "P1Y", "plan": "annual", "friendly_name": "Mail", **values}
        return providers.OrderLine(key, *offer, quantity=quantity, **values)

    def place_order(self, key="order-1", **values):
        """Return a command that orders two subscriptions."""
        values = {
            "tenant": self.tenant(),
            "lines": (self.line(), self.line("L2", BUSINESS_PREMIUM, 3)),
            "agreement": self.agreement(),
            **values,
        }
        return providers.PlaceOrder(key, **values)

    # --- running ----------------------------------------------------------------

    def drive(self, adapter, command, checkpoint=None):
        """Run a command as the task queue does; return (result, access)."""
        checkpoint, access, is_unknown = dict(checkpoint or {}), [], False
        for _step in range(MAX_STEPS):
            try:
                if is_unknown:
                    outcome = adapter.lookup(command, checkpoint)
                    is_unknown = False
                    if outcome is None:
                        continue
                else:
                    outcome = adapter.execute(command, checkpoint)
            except providers.UnknownOutcomeError as error:
                is_unknown = True
                checkpoint = error.checkpoint or checkpoint
                continue
            except providers.RetryableError as error:
                checkpoint = error.checkpoint or checkpoint
                continue
            access += outcome.access
            if isinstance(outcome, providers.Done):
                return outcome.result, access
            self.assertIsInstance(outcome, providers.Continue)
            checkpoint = outcome.checkpoint
        raise AssertionError(f"not done after {MAX_STEPS} steps: {checkpoint}")

    def buy(self, **values):
        """Buy one subscription; return (adapter, customer ref, subscription ref)."""
        adapter = self.adapter()
        command = self.place_order(lines=(self.line(**values),))
        result, _access = self.drive(adapter, command)
        return adapter, result.customer_ref, result.lines[0].subscription_ref

    def assert_refused(self, code, call, *args):
        """Assert a refusal with a vendor code and that nothing changed."""
        before = self.world()
        with self.assertRaises(providers.RefusedError) as caught:
            call(*args)
        self.assertEqual(caught.exception.code, code)
        self.assertEqual(self.world(), before)
        return caught.exception

    def world(self):
        """Return what the vendor has, without clock-bound and log parts."""
        state = self.simulator.state()
        return {
            name: state[name]
            for name in ("customers", "orders", "subscriptions", "agreements")
        }


class RuleCase(SimulatorCase):
    """Shortcuts: buy one subscription, then send commands about it."""

    def setUp(self):
        super().setUp()
        self._number = 0

    def bought(self, **values):
        self.vendor, self.customer, self.subscription = self.buy(**values)

    def bought_on(self, moment, **values):
        self.simulator.reset()
        self.simulator.rebase_clock(moment)
        self.bought(**values)

    def send(self, kind, *args, **values):
        self._number += 1
        command = kind(
            f"c{self._number}", self.customer, self.subscription, *args, **values
        )
        return self.vendor.execute(command, {}).result

    def refused(self, code, kind, *args, **values):
        self.assert_refused(code, lambda: self.send(kind, *args, **values))

    def now(self):
        return self.vendor.get_subscription(self.customer, self.subscription)
