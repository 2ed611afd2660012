from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import CspSubscriptionCommon, FakeAdapter

OWN_MODELS = (
    "csp.subscription",
    "csp.contract",
    "csp.tenant",
    "csp.subscription.event",
)
CLOSED_MODELS = (
    "csp.provisioning.task",
    "csp.provisioning.attempt",
    "csp.access",
    "csp.seat.batch",
    "csp.intent",
)
COST_FIELDS = ("unit_cost", "cost_currency_id", "currency_rate", "price_id")
# What resellers keep themselves: their own price list.
PORTAL_WRITES = ("csp.resale.price",)
PRICE_FIELDS = ("unit_price", "erp_unit_price", "period_amount", "commitment_amount")


@tagged("post_install", "-at_install")
class TestSecurity(CspSubscriptionCommon):
    """Resellers and customers see their own things, and nothing about cost."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.subscription_a = cls._create_active_subscription(customer=cls.customer_a)
        cls.subscription_b = cls._create_active_subscription(customer=cls.customer_b)
        cls.people = {
            "reseller_a": cls._create_portal_user(cls.reseller_a, login="r_a"),
            "reseller_b": cls._create_portal_user(cls.reseller_b, login="r_b"),
            "customer_a": cls._create_portal_user(cls.customer_a, login="c_a"),
            "customer_b": cls._create_portal_user(cls.customer_b, login="c_b"),
        }

    def _records(self, subscription):
        return {
            "csp.subscription": subscription,
            "csp.contract": subscription.contract_id,
            "csp.tenant": subscription.tenant_id,
            "csp.subscription.event": subscription.event_ids,
            "csp.provisioning.task": subscription.task_ids,
            "csp.seat.batch": subscription.batch_ids,
        }

    def test_own_is_seen_and_others_are_not_both_ways(self):
        for side, mine, other in (
            ("a", self.subscription_a, self.subscription_b),
            ("b", self.subscription_b, self.subscription_a),
        ):
            for role in ("reseller", "customer"):
                user = self.people[f"{role}_{side}"]
                for model in OWN_MODELS:
                    with self.subTest(user=user.login, model=model):
                        records = self.env[model].with_user(user)
                        own = self._records(mine)[model]
                        foreign = self._records(other)[model]
                        seen = records.search([])
                        self.assertLessEqual(set(own.ids), set(seen.ids))
                        self.assertFalse(set(foreign.ids) & set(seen.ids))
                        self.assertTrue(own.with_user(user).read(["display_name"]))
                        with (
                            self.assertRaises(AccessError),
                            mute_logger("odoo.addons.base.models.ir_rule"),
                        ):
                            foreign.with_user(user).read(["display_name"])
                        self.assertFalse(
                            records.search_count([("id", "in", foreign.ids)])
                        )

    def test_nothing_can_be_written_from_outside(self):
        user = self.people["reseller_a"]
        for model in OWN_MODELS:
            own = self._records(self.subscription_a)[model]
            before = own.read()
            for verb in (
                lambda records: records.write({"company_id": 1}),
                lambda records: records.unlink(),
                lambda records: records.create({}),
            ):
                with self.subTest(model=model), self.assertRaises(UserError):
                    verb(own.with_user(user))
            self.assertEqual(own.read(), before)

    def test_inner_models_are_closed(self):
        for user in self.people.values():
            for model in CLOSED_MODELS:
                with self.subTest(user=user.login, model=model):
                    with self.assertRaises(AccessError):
                        self.env[model].with_user(user).search([])

    def test_cost_is_closed(self):
        user = self.people["reseller_a"]
        mine = self.subscription_a.with_user(user)
        for name in COST_FIELDS:
            with self.subTest(field=name):
                with self.assertRaises(AccessError):
                    mine.read([name])
                with self.assertRaises(AccessError):
                    mine.search([(name, "!=", False)])
                self.assertNotIn(name, mine.fields_get())
        for name in ("unit_cost", "cost_currency_id", "source", "user_id"):
            with self.assertRaises(AccessError):
                mine.event_ids.read([name])
        for name in ("task_ids", "access_ids", "provider_id", "intent_ids"):
            with self.assertRaises(AccessError):
                mine.read([name])

    def test_prices_are_closed_to_every_party(self):
        """The customer must not learn what the reseller pays, so nobody reads them."""
        for name in ("reseller_a", "customer_a"):
            mine = self.subscription_a.with_user(self.people[name])
            for field in PRICE_FIELDS:
                with self.subTest(user=name, field=field):
                    with self.assertRaises(AccessError):
                        mine.read([field])
                    with self.assertRaises(AccessError):
                        mine._read_group([], [], [f"{field}:sum"])
                    self.assertNotIn(field, mine.fields_get())
            with self.assertRaises(AccessError):
                mine.event_ids.read(["unit_price"])
            mine.read(["term_progress", "days_left", "reducible_quantity"])

    def test_events_refuse_changes_by_anybody(self):
        events = self.subscription_a.event_ids
        before = events.read()
        with self.assertRaises(UserError):
            events.write({"quantity": 1})
        with self.assertRaises(UserError):
            events.unlink()
        self.assertEqual(events.read(), before)

    def test_actions_are_closed(self):
        user = self.people["reseller_a"]
        for subscription in (self.subscription_a, self.subscription_b):
            before = subscription.read(["state", "quantity", "task_count"])
            for name in (
                "action_suspend",
                "action_resume",
                "action_cancel_subscription",
                "action_sync",
                "action_prepare_renewal",
            ):
                with self.subTest(name=name), self.assertRaises(AccessError):
                    getattr(subscription.with_user(user), name)()
            self.assertEqual(
                subscription.read(["state", "quantity", "task_count"]), before
            )
        task = self.subscription_a.task_ids
        for name in ("action_retry", "action_give_up"):
            with self.assertRaises(AccessError):
                getattr(task.with_user(user), name)()
            with self.assertRaises(AccessError):
                getattr(task.with_user(self.seller), name)()

    def test_order_actions_are_closed(self):
        order = self._create_cloud_order(csp_terms_accepted_at=False)
        user = self.people["reseller_a"]
        for name in ("action_csp_accept_terms", "action_csp_decline_renewal"):
            with self.subTest(name=name), self.assertRaises(AccessError):
                getattr(order.with_user(user), name)()
        self.assertFalse(order.csp_terms_accepted_at)

    def test_access_data_are_shown_to_the_parties_only(self):
        access = self.env["csp.access"].create(
            {
                "tenant_id": self.subscription_a.tenant_id.id,
                "company_id": self.company.id,
                "kind": "tenant_admin",
                "username": "admin",
                "secret": "S3cret",
            }
        )
        for name in ("reseller_a", "customer_a"):
            self.assertEqual(access._reveal(self.people[name]), "S3cret")
        for name in ("reseller_b", "customer_b"):
            with self.assertRaises(AccessError):
                access._reveal(self.people[name])
        outsider = new_test_user(self.env, "outsider", groups="base.group_user")
        with self.assertRaises(AccessError):
            access._reveal(outsider)
        with self.assertRaises(AccessError):
            access._reveal(self.env.ref("base.public_user"))

    def test_salesperson_sells_without_a_right_on_tasks(self):
        order = self._create_cloud_order(user_id=self.seller.id)
        order.with_user(self.seller).action_confirm()
        self.assertEqual(len(order.csp_subscription_ids), 1)
        self.assertEqual(order.csp_task_ids.create_uid, self.seller)
        with self.assertRaises(AccessError):
            order.csp_task_ids.with_user(self.seller).write({"state": "done"})
        order.csp_task_ids.with_user(self.seller)._run()

    def test_other_company_sees_nothing(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            "stranger",
            groups="csp_catalog.group_csp_manager",
            company_id=company.id,
            company_ids=[Command.set([company.id])],
        )
        for model, records in self._records(self.subscription_a).items():
            with self.subTest(model=model):
                found = self.env[model].with_user(stranger).search([])
                self.assertFalse(set(records.ids) & set(found.ids))

    def test_every_portal_right_has_a_portal_rule(self):
        portal = self.env.ref("base.group_portal")
        rights = self.env["ir.model.access"].search(
            [("group_id", "=", portal.id), ("model_id.model", "=like", "csp.%")]
        )
        self.assertTrue(rights)
        for right in rights:
            with self.subTest(model=right.model_id.model):
                self.assertFalse(
                    right.model_id.model not in PORTAL_WRITES
                    and (right.perm_write or right.perm_create or right.perm_unlink)
                )
                self.assertTrue(
                    right.model_id.rule_ids.filtered(lambda r: portal in r.groups)
                )

    def test_every_model_has_a_company_and_its_rule(self):
        data = self.env["ir.model.data"].search(
            [("module", "=", "csp_subscription"), ("model", "=", "ir.model")]
        )
        models = self.env["ir.model"].browse(data.mapped("res_id"))
        models = models.filtered(
            lambda m: (
                m.model.startswith("csp.") and m.model in self.env and not m.transient
            )
        )
        self.assertGreaterEqual(len(models), 9)
        for model in models:
            with self.subTest(model=model.model):
                self.assertIn("company_id", self.env[model.model]._fields)
                self.assertTrue(
                    model.rule_ids.filtered(
                        lambda r: not r.groups and "company_id" in r.domain_force
                    )
                )

    def test_portal_never_reaches_the_vendor(self):
        adapter = self._use_adapter(FakeAdapter())
        with self.assertRaises(AccessError):
            self.subscription_a.with_user(self.people["reseller_a"]).action_sync()
        self.assertFalse(adapter.calls)
        self.assertEqual(self.subscription_a.term_start_date, date.today())
