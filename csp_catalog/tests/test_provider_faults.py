"""Whatever happens on the line: one order at the vendor, and its result is learnt."""

from __future__ import annotations

import json
import random
import threading

try:
    from .simulator_case import TEAMS_PREMIUM, SimulatorCase, providers
except ImportError:
    from simulator_case import TEAMS_PREMIUM, SimulatorCase, providers

WRITES = {
    "create": r"/v1/customers$",
    "agreement": r"/agreements$",
    "cart": r"/carts$",
    "checkout": r"/checkout$",
}
KINDS = (
    "timeout_before",
    "timeout_after",
    "429",
    "500",
    "500_after",
    "malformed",
    "reset",
    "reset_after",
    "readonly",
)


class TestPlaceOrderFaults(SimulatorCase):
    def assert_ordered_once(self, result, access):
        state = self.simulator.state()
        self.assertEqual(len(state["customers"]), 1)
        self.assertEqual(len(state["agreements"]), 1)
        self.assertEqual(len(state["orders"]), 1)
        known = {row["id"]: row for row in state["subscriptions"]}
        self.assertEqual(len(known), 2)
        self.assertEqual(result.customer_ref, state["customers"][0]["id"])
        self.assertEqual(result.order_ref, state["orders"][0]["id"])
        seats = {
            line.line_key: known[line.subscription_ref]["quantity"]
            for line in result.lines
        }
        self.assertEqual(seats, {"L1": 5, "L2": 3})
        self.assertEqual({row.username for row in access}, {self.admin_name})
        self.assertTrue(all(row.secret.startswith("Sim-") for row in access))

    admin_name = "admin@nordlicht.onmicrosoft.com"

    def test_every_fault_at_every_write_gives_one_order(self):
        for step, path in WRITES.items():
            for kind in KINDS:
                with self.subTest(step=step, kind=kind):
                    self.setUp()
                    self.simulator.add_fault(kind, "POST", path)
                    result, access = self.drive(self.adapter(), self.place_order())
                    self.assert_ordered_once(result, access)
                    self.assert_all_faults_hit()

    def test_look_up_alone_gives_one_order_too(self):
        """The same for a vendor that has forgotten the request ids."""
        for step, path in WRITES.items():
            for kind in ("timeout_before", "timeout_after", "malformed", "500_after"):
                with self.subTest(step=step, kind=kind):
                    self.setUp()
                    self.simulator.admin("/_sim/settings", {"replay": False})
                    self.simulator.add_fault(kind, "POST", path)
                    result, access = self.drive(self.adapter(), self.place_order())
                    is_password_lost = step == "create" and kind != "timeout_before"
                    self.assertEqual(len(access), 0 if is_password_lost else 1)
                    self.assert_ordered_once(result, access or [self.admin_row()])
                    self.assert_all_faults_hit()

    def test_wrong_customer_in_any_answer_is_refused(self):
        for path in (r"/v1/customers$", r"/checkout$"):
            with self.subTest(path=path):
                self.setUp()
                self.simulator.add_fault("wrong_customer", "POST", path)
                result, access = self.drive(self.adapter(), self.place_order())
                self.assert_ordered_once(result, access)
                self.assert_all_faults_hit()

    def test_wrong_customer_in_a_checkout_is_an_unknown_outcome(self):
        command, adapter, checkpoint = self.place_order(), self.adapter(), {}
        while checkpoint.get("step") != "checkout":
            checkpoint = adapter.execute(command, checkpoint).checkpoint
        self.simulator.add_fault("wrong_customer", "POST", r"/checkout$")
        with self.assertRaises(providers.UnknownOutcomeError) as caught:
            adapter.execute(command, checkpoint)
        self.assertEqual(caught.exception.code, "wrong_customer")

    def test_seeded_chaos_gives_one_order(self):
        """Up to four random faults anywhere; the seed of a failure is shown."""
        for seed in range(25):
            with self.subTest(seed=seed):
                self.setUp()
                chance = random.Random(seed)
                for _number in range(chance.randint(1, 4)):
                    self.simulator.add_fault(
                        chance.choice((*KINDS, "wrong_customer")),
                        "|".join(chance.sample(("GET", "HEAD", "POST"), 2)),
                        chance.choice(("/v1/", *WRITES.values())),
                        times=chance.randint(1, 3),
                    )
                result, access = self.drive(self.adapter(), self.place_order())
                self.assert_ordered_once(result, access)

    def test_silence_ends_with_the_time_out_and_is_looked_up(self):
        for kind in ("timeout_before", "timeout_after"):
            with self.subTest(kind=kind):
                self.setUp()
                self.simulator.add_fault(kind, "POST", r"/checkout$", seconds=2)
                adapter = self.adapter(timeout=0.4)
                result, access = self.drive(adapter, self.place_order())
                self.assert_ordered_once(result, access)

    def test_late_commit_after_the_look_up_is_still_one_order(self):
        """The vendor works on while the client has given up and asks again."""
        self.simulator.add_fault("delay", "POST", r"/v1/customers$", seconds=1.0)
        adapter = self.adapter(timeout=0.3)
        result, access = self.drive(adapter, self.place_order())
        self.assert_ordered_once(result, access)

    def test_faults_on_reads_change_nothing(self):
        for kind in ("reset", "500", "malformed", "429", "timeout_before"):
            with self.subTest(kind=kind):
                self.setUp()
                self.simulator.add_fault(kind, "GET|HEAD", "/v1/", times=4)
                result, access = self.drive(self.adapter(), self.place_order())
                self.assert_ordered_once(result, access)

    def test_two_workers_at_once_give_one_order(self):
        for number in range(3):
            with self.subTest(number=number):
                self.setUp()
                self.assert_race_gives_one_order()

    def assert_race_gives_one_order(self):
        barrier, results, problems = threading.Barrier(2), [], []

        def work():
            try:
                adapter = self.adapter()
                barrier.wait(10)
                results.append(self.drive(adapter, self.place_order()))
            except Exception as error:  # noqa: BLE001 - shown by the main thread
                problems.append(error)

        threads = [threading.Thread(target=work) for _number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        self.assertEqual(problems, [])
        self.assertEqual(results[0][0], results[1][0])
        for result, access in results:
            self.assert_ordered_once(result, access)

    def test_worker_killed_after_any_step_gives_one_order(self):
        """The outcome of a step is lost together with its checkpoint."""
        for killed_at in range(5):
            with self.subTest(killed_at=killed_at):
                self.setUp()
                command, adapter = self.place_order(), self.adapter()
                checkpoint = {}
                for _step in range(killed_at):
                    checkpoint = adapter.execute(command, checkpoint).checkpoint
                adapter.execute(command, checkpoint)  # and the worker dies
                outcome = self.adapter().lookup(command, checkpoint)
                if outcome is not None:
                    checkpoint = outcome.checkpoint
                result, _access = self.drive(self.adapter(), command, checkpoint)
                credentials = [self.admin_row()]
                self.assert_ordered_once(result, credentials)

    def admin_row(self):
        return providers.Access("tenant_admin", self.admin_name, "Sim-")

    def test_simulator_killed_after_checkout_still_knows(self):
        command, adapter, checkpoint = self.place_order(), self.adapter(), {}
        for _step in range(4):
            checkpoint = adapter.execute(command, checkpoint).checkpoint
        self.assertEqual(checkpoint["step"], "checkout")
        adapter.execute(command, checkpoint)
        self.simulator.kill()
        self.simulator.start()
        outcome = adapter.lookup(command, checkpoint)
        result, _access = self.drive(adapter, command, outcome.checkpoint)
        self.assert_ordered_once(result, [self.admin_row()])

    def test_submitted_cart_that_is_refused_tells_its_orders(self):
        """Checkout is documented as idempotent, and 800065 as its refusal: both."""
        command, adapter, checkpoint = self.place_order(), self.adapter(), {}
        for _step in range(4):
            checkpoint = adapter.execute(command, checkpoint).checkpoint
        adapter.execute(command, checkpoint)
        for way in ("restate", "refuse"):
            self.simulator.admin("/_sim/settings", {"repeated_checkout": way})
            again = providers.next_round(checkpoint)
            result, _access = self.drive(adapter, command, again)
            self.assert_ordered_once(result, [self.admin_row()])
            checkpoint = again

    def test_order_that_is_listed_late_is_waited_for(self):
        self.simulator.admin("/_sim/settings", {"order_lag": 600})
        command, adapter, checkpoint = self.place_order(), self.adapter(), {}
        for _step in range(4):
            checkpoint = adapter.execute(command, checkpoint).checkpoint
        self.simulator.add_fault("timeout_after", "POST", r"/checkout$")
        with self.assertRaises(providers.UnknownOutcomeError):
            adapter.execute(command, checkpoint)
        with self.assertRaises(providers.RetryableError):
            adapter.lookup(command, checkpoint)
        self.simulator.advance(minutes=11)
        outcome = adapter.lookup(command, checkpoint)
        result, _access = self.drive(adapter, command, outcome.checkpoint)
        self.assert_ordered_once(result, [self.admin_row()])

    def test_subscription_id_that_comes_late_is_polled(self):
        self.simulator.admin("/_sim/settings", {"provisioning_delay": 3600})
        command, adapter, checkpoint = self.place_order(), self.adapter(), {}
        waits = []
        for _step in range(8):
            outcome = adapter.execute(command, checkpoint)
            checkpoint = outcome.checkpoint
            waits.append(outcome.after)
        self.assertEqual(waits, [0, 0, 0, 0, 5, 10, 20, 40])
        self.simulator.advance(hours=2)
        outcome = adapter.execute(command, checkpoint)
        self.assert_ordered_once(outcome.result, [self.admin_row()])

    def test_part_of_a_cart_may_fail(self):
        reason = {"code": "800069", "description": "Risk."}
        refused = {":".join(TEAMS_PREMIUM): reason}
        self.simulator.admin("/_sim/settings", {"refuse_offers": refused})
        monthly = {"term": "P1M", "plan": "monthly"}
        lines = (self.line(), self.line("L2", TEAMS_PREMIUM, 2, **monthly))
        result, _access = self.drive(self.adapter(), self.place_order(lines=lines))
        good, bad = sorted(result.lines, key=lambda line: line.line_key)
        self.assertTrue(good.subscription_ref)
        self.assertIsNone(bad.subscription_ref)
        self.assertEqual(bad.error_code, "800069")
        self.assertIn("risk check", bad.error_message)
        self.assertEqual(len(self.simulator.state()["subscriptions"]), 1)

    def test_lost_answer_of_a_cart_that_failed_in_part_names_the_line(self):
        reason = {"code": "800069", "description": "Risk."}
        refused = {":".join(TEAMS_PREMIUM): reason}
        self.simulator.admin("/_sim/settings", {"refuse_offers": refused})
        self.simulator.add_fault("timeout_after", "POST", r"/checkout$")
        monthly = {"term": "P1M", "plan": "monthly"}
        lines = (self.line(), self.line("L2", TEAMS_PREMIUM, 2, **monthly))
        result, _access = self.drive(self.adapter(), self.place_order(lines=lines))
        good, bad = sorted(result.lines, key=lambda line: line.line_key)
        self.assertTrue(good.subscription_ref)
        self.assertEqual((bad.line_key, bad.error_code), ("L2", "not_listed"))
        self.assertEqual(len(self.simulator.state()["orders"]), 1)

    def test_customer_that_is_listed_late_is_waited_for(self):
        settings = {"customer_lag": 300, "replay": False}
        self.simulator.admin("/_sim/settings", settings)
        self.simulator.add_fault("timeout_after", "POST", r"/v1/customers$")
        command, adapter = self.place_order(), self.adapter()
        checkpoint = adapter.execute(command, {}).checkpoint
        with self.assertRaises(providers.UnknownOutcomeError):
            adapter.execute(command, checkpoint)
        self.assertIsNone(adapter.lookup(command, checkpoint))
        with self.assertRaises(providers.RetryableError):
            adapter.execute(command, checkpoint)
        self.simulator.advance(minutes=6)
        result, _access = self.drive(adapter, command, checkpoint)
        self.assert_ordered_once(result, [self.admin_row()])

    def test_checkpoints_hold_no_secret(self):
        command, adapter, checkpoint, access = (
            self.place_order(),
            self.adapter(),
            {},
            [],
        )
        seen = []
        while True:
            outcome = adapter.execute(command, checkpoint)
            access += outcome.access
            if isinstance(outcome, providers.Done):
                break
            checkpoint = json.loads(json.dumps(outcome.checkpoint))
            seen.append(json.dumps(checkpoint))
        secrets = [row.secret for row in access] + ["simulator-secret"]
        secrets += ["simulator-refresh-token"]
        written = "".join(seen) + repr(self.logs) + repr(access)
        for secret in secrets:
            self.assertNotIn(secret, written)
        self.assertTrue(access)

    def assert_all_faults_hit(self):
        faults = self.simulator.admin("/_sim/faults")["faults"]
        self.assertTrue(all(row["hits"] == row["times"] for row in faults), faults)


class TestChangeFaults(SimulatorCase):
    def test_every_fault_on_a_seat_change_gives_one_change(self):
        for kind in KINDS:
            with self.subTest(kind=kind):
                self.setUp()
                adapter, customer, subscription = self.buy()
                self.simulator.add_fault(kind, "PATCH", "/subscriptions/")
                command = providers.ChangeSeats("c1", customer, subscription, 9)
                state, _access = self.drive(adapter, command)
                self.assertEqual(state.quantity, 9)
                # Five bought, four added once: a second change would show here.
                self.assertEqual([row.quantity for row in state.refundable], [5, 4])

    def test_change_with_another_customers_answer_is_looked_up(self):
        adapter, customer, subscription = self.buy()
        self.simulator.add_fault("wrong_customer", "PATCH", "/subscriptions/")
        command = providers.ChangeSeats("c1", customer, subscription, 9)
        with self.assertRaises(providers.UnknownOutcomeError) as caught:
            adapter.execute(command, {})
        self.assertEqual(caught.exception.code, "wrong_customer")
        self.assertEqual(adapter.lookup(command, {}).result.quantity, 9)

    def test_reading_another_customers_subscription_is_refused(self):
        adapter, customer, subscription = self.buy()
        self.simulator.add_fault("wrong_customer", "GET", "/subscriptions/")
        with self.assertRaises(providers.ProviderError) as caught:
            adapter.get_subscription(customer, subscription)
        self.assertEqual(caught.exception.code, "wrong_customer")

    def test_stale_etag_is_read_again(self):
        adapter, customer, subscription = self.buy()
        client = adapter._client
        send, other = client.patch, self.adapter()

        def interfere(*args):
            client.patch = send
            renewal = providers.SetRenewal("r1", customer, subscription, False)
            other.execute(renewal, {})
            return send(*args)

        client.patch = interfere
        command = providers.ChangeSeats("c1", customer, subscription, 8)
        state = adapter.execute(command, {}).result
        self.assertEqual((state.quantity, state.auto_renew), (8, False))
