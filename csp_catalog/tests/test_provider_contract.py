"""What every adapter promises, in one place."""

from __future__ import annotations

import json
from decimal import Decimal

try:
    from .simulator_case import PlainCase, SimulatorCase, providers
except ImportError:
    from simulator_case import PlainCase, SimulatorCase, providers

CUSTOMER = "5ee6cb85-0000-4000-8000-000000000001"
SUBSCRIPTION = "abefbc1c-0000-4000-8000-000000000002"


class AdapterContract:
    """Mixed into a test case per adapter; ``code`` names it."""

    code = ""

    def new_adapter(self, **config):
        config = {**self.simulator.provider_values(), **config}
        return providers.get_adapter(
            self.code, providers.ProviderConfig(**config), log=self.logs.append
        )

    def commands(self):
        about = (CUSTOMER, SUBSCRIPTION)
        return (
            self.place_order(),
            providers.ChangeSeats("k2", *about, 7),
            providers.SetRenewal("k3", *about, True, quantity=7),
            providers.Suspend("k4", *about),
            providers.Resume("k5", *about),
            providers.Cancel("k6", *about),
        )

    def test_registry_knows_the_adapter(self):
        adapter = self.new_adapter()
        self.assertIs(type(adapter), providers.ADAPTERS[self.code])
        self.assertEqual(adapter.code, self.code)
        self.assertIsInstance(adapter, providers.Adapter)

    def test_disabled_provider_refuses_everything_without_a_call(self):
        adapter = self.new_adapter(mode="disabled")
        before = self.simulator.state()["requests"]
        calls = [
            lambda: adapter.get_subscription(CUSTOMER, SUBSCRIPTION),
            lambda: adapter.list_subscriptions(CUSTOMER),
            lambda: adapter.is_domain_taken("nordlicht.onmicrosoft.com"),
            lambda: adapter.fetch_price_sheet("DE"),
            lambda: adapter.fetch_promotions("DE"),
            lambda: adapter.check_promotions(CUSTOMER, (self.line(),)),
            adapter.ping,
        ]
        for command in self.commands():
            calls.append(lambda command=command: adapter.execute(command, {}))
            calls.append(lambda command=command: adapter.lookup(command, {}))
        for call in calls:
            with self.assertRaises(providers.RefusedError) as caught:
                call()
            self.assertIn("disabled", caught.exception.message)
        self.assertEqual(self.simulator.state()["requests"], before)
        self.assertEqual(self.logs, [])

    def test_first_step_of_an_order_gives_a_storable_checkpoint(self):
        outcome = self.new_adapter().execute(self.place_order(), {})
        self.assertIsInstance(outcome, (providers.Continue, providers.Waiting))
        stored = json.loads(json.dumps(outcome.checkpoint))
        self.assertEqual(stored, outcome.checkpoint)

    def test_look_up_before_anything_was_sent_finds_nothing(self):
        self.assertIsNone(self.new_adapter().lookup(self.place_order(), {}))

    def test_given_checkpoint_is_not_changed(self):
        checkpoint = {"round": 3}
        self.new_adapter().execute(self.place_order(), checkpoint)
        self.assertEqual(checkpoint, {"round": 3})

    def test_promotions_come_as_values_and_change_nothing(self):
        before = self.world()
        found = self.new_adapter().fetch_promotions("DE", "commercial")
        for row in found:
            self.assertIsInstance(row, providers.Promotion)
            self.assertLess(row.start_at, row.end_at)
            self.assertIsNotNone(row.end_at.tzinfo)
            for item in row.items:
                self.assertIsInstance(item, providers.PromotionItem)
                self.assertIsInstance(item.percent, Decimal)
        self.assertEqual(self.new_adapter().check_promotions(CUSTOMER, ()), [])
        self.assertEqual(self.world(), before)

    def test_ping_answers(self):
        self.assertIsNone(self.new_adapter().ping())


class TestPartnerCenterContract(AdapterContract, SimulatorCase):
    code = "partner_center"

    def test_wrong_secret_is_an_administrators_matter(self):
        adapter = self.new_adapter(client_secret="wrong-secret")
        with self.assertRaises(providers.AuthError) as caught:
            adapter.ping()
        self.assertEqual(caught.exception.code, "invalid_client")
        self.assertNotIn("wrong-secret", repr(self.logs))

    def test_missing_credentials_are_named(self):
        with self.assertRaises(providers.AuthError):
            self.new_adapter(client_id="").ping()

    def test_rotated_refresh_token_is_handed_over(self):
        renewed = []
        values = self.simulator.provider_values()
        adapter = providers.get_adapter(
            self.code,
            providers.ProviderConfig(**values),
            on_refresh_token=renewed.append,
        )
        adapter.ping()
        self.assertEqual(len(renewed), 1)
        self.simulator.admin("/_sim/settings", {"strict_refresh": True})
        adapter.ping()  # the first token would be refused now
        self.assertEqual(len(set(renewed)), 2)
        values["refresh_token"] = renewed[-1]
        providers.get_adapter(self.code, providers.ProviderConfig(**values)).ping()

    def test_expired_token_is_renewed_within_a_call(self):
        adapter = self.new_adapter()
        adapter.ping()
        self.simulator.advance(hours=2)
        self.assertFalse(adapter.is_domain_taken("nordlicht.onmicrosoft.com"))

    def test_app_only_may_not_attest_an_agreement(self):
        adapter = self.new_adapter(refresh_token="")
        adapter.ping()
        with self.assertRaises(providers.AuthError) as caught:
            self.drive(adapter, self.place_order())
        self.assertEqual(caught.exception.code, "900329")
        self.assertEqual(self.simulator.state()["orders"], [])

    def test_price_sheet_is_unpacked(self):
        sheet = self.new_adapter().fetch_price_sheet("DE")
        self.assertEqual(sheet.name, "DE_updatedlicensebased_current.csv")
        text = sheet.content.decode("utf-8-sig")
        self.assertTrue(text.startswith('"ProductTitle","ProductId","SkuId"'))
        self.assertIn('"P1Y","Annual","DE","EUR","46.08"', text)

    def test_price_sheet_of_a_month_needs_the_month(self):
        adapter = self.new_adapter()
        with self.assertRaises(providers.RefusedError):
            adapter.fetch_price_sheet("DE", timeline="history")
        with self.assertRaises(providers.RefusedError):
            adapter.fetch_price_sheet("DE')/x?(", timeline="current")
        past = adapter.fetch_price_sheet("DE", timeline="history", month="202311")
        self.assertIn("ERP Price”", past.content.decode("utf-8-sig").splitlines()[0])

    def test_pages_of_a_list_are_followed(self):
        self.simulator.admin("/_sim/settings", {"page_size": 2})
        lines = tuple(self.line(f"L{number}") for number in range(5))
        adapter = self.adapter()
        result, _access = self.drive(adapter, self.place_order(lines=lines))
        found = adapter.list_subscriptions(result.customer_ref)
        self.assertEqual(
            {row.subscription_ref for row in found},
            {line.subscription_ref for line in result.lines},
        )

    def test_slow_down_is_passed_on(self):
        self.simulator.add_fault("429", "HEAD", "/domains/", seconds=57)
        with self.assertRaises(providers.RetryableError) as caught:
            self.new_adapter().is_domain_taken("x.onmicrosoft.com")
        self.assertEqual(caught.exception.retry_after, 57)

    def test_read_only_window_waits_two_minutes(self):
        adapter, customer, subscription = self.buy()
        self.simulator.add_fault("readonly", "PATCH", "/subscriptions/")
        with self.assertRaises(providers.RetryableError) as caught:
            adapter.execute(providers.Suspend("k", customer, subscription), {})
        self.assertEqual(caught.exception.retry_after, 120)


class TestManualContract(AdapterContract, SimulatorCase):
    code = "manual"

    def test_every_command_waits_for_a_person(self):
        adapter = self.new_adapter()
        for command in self.commands():
            outcome = adapter.execute(command, {"seen": 1})
            self.assertIsInstance(outcome, providers.Waiting)
            self.assertTrue(outcome.reason)
            self.assertEqual(outcome.checkpoint, {"seen": 1})
        self.assertEqual(self.logs, [])

    def test_nobody_can_be_asked_for_promotions(self):
        adapter = self.new_adapter()
        self.assertEqual(adapter.fetch_promotions("DE"), [])
        self.assertEqual(adapter.check_promotions(CUSTOMER, (self.line(),)), [])
        self.assertEqual(self.logs, [])


class TestValues(PlainCase):
    place_order = SimulatorCase.place_order
    tenant = SimulatorCase.tenant
    line = SimulatorCase.line
    agreement = SimulatorCase.agreement
    commands = AdapterContract.commands

    def test_commands_survive_the_outbox(self):
        for command in self.commands():
            stored = json.loads(json.dumps(providers.dump_command(command)))
            self.assertEqual(providers.load_command(stored), command)

    def test_unknown_command_is_not_loaded(self):
        with self.assertRaises(ValueError):
            providers.load_command({"kind": "format_disk", "key": "1"})

    def test_dumped_result_has_no_secret(self):
        access = providers.Access("tenant_admin", "admin", "Geheim-123")
        result = providers.OrderResult(CUSTOMER, "o1", (), (access,))
        self.assertNotIn("Geheim-123", json.dumps(providers.dump_result(result)))

    def test_keys_are_limited(self):
        for key in ("", " ", "x" * 65, None):
            with self.assertRaises(ValueError):
                providers.Suspend(key, CUSTOMER, SUBSCRIPTION)

    def test_seats_are_whole_and_positive(self):
        for quantity in (0, -1, 1.5, True, "3"):
            with self.assertRaises(ValueError):
                providers.ChangeSeats("k", CUSTOMER, SUBSCRIPTION, quantity)
            with self.assertRaises(ValueError):
                self.line(quantity=quantity)

    def test_line_keys_differ(self):
        with self.assertRaises(ValueError):
            self.place_order(lines=(self.line(), self.line()))
        with self.assertRaises(ValueError):
            self.place_order(lines=())

    def test_secrets_are_not_shown(self):
        config = providers.ProviderConfig(client_secret="s3cret", refresh_token="r3f")
        self.assertNotIn("s3cret", repr(config))
        self.assertNotIn("r3f", repr(config))

    def test_unknown_adapter_is_refused(self):
        with self.assertRaises(providers.RefusedError):
            providers.get_adapter("nobody", providers.ProviderConfig())
