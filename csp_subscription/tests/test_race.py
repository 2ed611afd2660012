"""Two at once: real cursors and threads. Run by tag `csp_race`.

These tests commit and clean up behind themselves, so Odoo's own runner leaves them
out by default; pytest runs them like any other.
"""

import threading
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.csp_catalog.providers import base

from .common import CspSubscriptionCommon, FakeAdapter
from .race import RaceCase


@tagged("-standard", "-at_install", "post_install", "csp_race")
class TestRace(RaceCase):
    @mute_logger("odoo.sql_db", "odoo.service.model", "odoo.http")
    def test_double_click_on_confirm(self):
        """Two transactions confirm one order: one subscription, one task, one job."""
        self._together(
            lambda env: env["sale.order"].browse(self.order_id).action_confirm()
        )
        with self._env() as env:
            order = env["sale.order"].browse(self.order_id)
            self.assertEqual(order.state, "sale")
            self.assertEqual(len(order.csp_subscription_ids), 1)
            self.assertEqual(len(order.csp_task_ids), 1)
            self.assertEqual(len(order.csp_subscription_ids.event_ids), 1)
            self.assertEqual(len(order.csp_subscription_ids.batch_ids), 1)
            self.assertEqual(
                env["queue.job"].search_count(
                    [
                        ("model_name", "=", "csp.provisioning.task"),
                        ("id", ">", self.leftovers.last["queue_job"]),
                    ]
                ),
                1,
            )

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_two_workers_on_one_task(self):
        """Four workers take one task at once: one step is sent."""
        with self._env() as env:
            order = env["sale.order"].browse(self.order_id)
            order.action_confirm()
            task_id = order.csp_task_ids.id
        sent = threading.Event()
        adapter = FakeAdapter(
            lambda command, checkpoint: (
                sent.wait(1),
                base.Continue({"step": 1}, after=60),
            )[1],
            base.RefusedError("The step was sent twice."),
        )
        with patch.object(
            self.registry["csp.provider"],
            "_get_adapter",
            lambda provider, log=None: adapter,
        ):
            self._together(
                lambda env: env["csp.provisioning.task"].browse(task_id)._run(), 4
            )
        self.assertEqual(adapter.names().count("execute"), 1)
        with self._env() as env:
            task = env["csp.provisioning.task"].browse(task_id)
            self.assertEqual(task.state, "queued")
            self.assertEqual(task.checkpoint, {"step": 1})

    def test_two_tasks_of_one_subscription_take_turns(self):
        """The second task sends nothing and comes back later; nothing is rolled back.

        Without turns the loser's update fails after its step was sent, and the log
        shows it: it is not muted here.
        """
        with self._env() as env:
            order = env["sale.order"].browse(self.order_id)
            order.action_confirm()
            task = order.csp_task_ids
            other = task.copy({"key": f"{task.key}-other", "order_id": False})
            task_ids = task.ids + other.ids
        adapter = FakeAdapter(
            lambda command, checkpoint: (
                threading.Event().wait(1),
                base.Continue({"step": 1}, after=60),
            )[1],
            base.RefusedError("Both tasks were sent at once."),
        )
        waiting = list(task_ids)
        with patch.object(
            self.registry["csp.provider"],
            "_get_adapter",
            lambda provider, log=None: adapter,
        ):
            results = self._together(
                lambda env: env["csp.provisioning.task"].browse(waiting.pop())._run()
            )
        self.assertEqual(adapter.names().count("execute"), 1)
        self.assertCountEqual(
            [result.split(" ", 2)[2] for result in results],
            ["is queued", "waits for another task of its subscriptions"],
        )

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_two_people_change_the_seats_at_once(self):
        """The second one is told; one task is written."""
        with self._env() as env:
            order = env["sale.order"].browse(self.order_id)
            order.action_confirm()
            CspSubscriptionCommon._deliver(order, order.date_order.date())
            subscription_id = order.csp_subscription_ids.id
        results = self._together(
            lambda env: env["csp.subscription"].browse(subscription_id)._change_seats(9)
        )
        self.assertEqual(sum(isinstance(r, Exception) for r in results), 1)
        with self._env() as env:
            tasks = env["csp.subscription"].browse(subscription_id).task_ids
            self.assertEqual(len(tasks.filtered(lambda t: t.kind == "seats")), 1)

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_two_crons_make_one_quote(self):
        """The renewal cron runs twice at once: one quote per term."""
        with self._env() as env:
            order = env["sale.order"].browse(self.order_id)
            order.action_confirm()
            CspSubscriptionCommon._deliver(order, order.date_order.date())
            subscription = order.csp_subscription_ids
            subscription_id = subscription.id
        self._together(
            lambda env: (
                env["csp.subscription"]
                .browse(subscription_id)
                ._create_renewal_orders()
                .ids
            )
        )
        with self._env() as env:
            subscription = env["csp.subscription"].browse(subscription_id)
            self.assertEqual(len(subscription.renewal_order_ids), 1)
