"""From the order to the access data, over HTTP, against the vendor simulator."""

from datetime import datetime, timedelta

from odoo.tests import freeze_time, tagged

from odoo.addons.csp_catalog.tests.simulator_process import SimulatorProcess

from .common import CspSubscriptionCommon


@tagged("post_install", "-at_install")
class TestProvisioningHttp(CspSubscriptionCommon):
    """The real adapter and a real server; faults where they hurt."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.simulator = SimulatorProcess()
        cls.simulator.start()
        cls.addClassCleanup(cls.simulator.stop)
        values = cls.simulator.provider_values()
        cls.vendor.write(
            {
                name: values[name]
                for name in (
                    "mode",
                    "base_url",
                    "token_url",
                    "pricesheet_url",
                    "client_id",
                    "client_secret",
                    "refresh_token",
                )
            }
            | {
                "tenant_ref": values["tenant_id"],
                "country_id": cls.env.ref("base.de").id,
            }
        )

    @classmethod
    def _request_handler(cls, session, request, /, **kw):
        """Faults hold connections open: do not wait ten seconds for each."""
        kw["timeout"] = 1.5
        return super()._request_handler(session, request, **kw)

    def setUp(self):
        super().setUp()
        self.simulator.reset()
        self.order = self._create_cloud_order(
            csp_terms_accepted_at=datetime.now().replace(microsecond=0)
        )

    def _confirm_and_run(self, steps=60):
        self.order.action_confirm()
        task = self.order.csp_task_ids
        self._run_task(task, steps)
        return task

    def _world(self):
        """Return the numbers of things that exist at the vendor."""
        state = self.simulator.state()
        return {
            name: len(state.get(name) or ())
            for name in ("customers", "orders", "subscriptions")
        }

    def assertDelivered(self, task):
        """One tenant, one order, one subscription at the vendor; the same here."""
        self.assertEqual(task.state, "done", task.last_error)
        self.assertEqual(
            self._world(), {"customers": 1, "orders": 1, "subscriptions": 1}
        )
        subscription = self.order.csp_subscription_ids
        self.assertEqual(subscription.state, "active")
        self.assertTrue(subscription.vendor_ref)
        self.assertEqual(subscription.quantity, 5)
        self.assertEqual(
            subscription.event_ids.sorted("id").mapped("kind"), ["order", "start"]
        )
        self.assertEqual(len(subscription.access_ids), 1)
        self.assertTrue(subscription.access_ids.sudo().secret)
        self.assertEqual(self.order.csp_delivery_state, "delivered")
        return subscription

    # --- the good way ---------------------------------------------------------

    def test_from_order_to_access(self):
        task = self._confirm_and_run()
        subscription = self.assertDelivered(task)
        now = datetime.utcnow()
        self.assertLess(
            abs(subscription.cancellable_until - now - timedelta(hours=168)),
            timedelta(minutes=5),
        )
        self.assertEqual(subscription.term_start_date, now.date())
        self.assertEqual(subscription.days_left, 365)
        self.assertEqual(subscription.reducible_quantity, 4)
        self.assertTrue(subscription.auto_renew)
        self.assertFalse(
            task.attempt_ids.filtered(lambda a: a.outcome != "continue")[2:]
        )

    def test_secrets_stay_out_of_the_log(self):
        task = self._confirm_and_run()
        subscription = self.assertDelivered(task)
        secret = subscription.access_ids.sudo().secret
        log = str(task.read()) + str(task.attempt_ids.read())
        for word in (
            secret,
            self.vendor.sudo().client_secret,
            self.vendor.sudo().refresh_token,
            self.vendor._get_refresh_token(),
            "Bearer ey",
        ):
            self.assertNotIn(word, log)

    def test_second_order_uses_the_same_tenant(self):
        self._confirm_and_run()
        second = self._create_cloud_order(offers={self.offer: 2})
        second.action_confirm()
        self.assertEqual(self._run_task(second.csp_task_ids), "done")
        self.assertEqual(
            self._world(), {"customers": 1, "orders": 2, "subscriptions": 2}
        )

    # --- faults: nothing may be ordered twice, everything must be learnt ---------

    def _check_fault(self, kind, path, method="POST", **values):
        self.simulator.add_fault(kind, method=method, path_regex=path, **values)
        task = self._confirm_and_run()
        return self.assertDelivered(task)

    def test_request_lost_at_checkout(self):
        self._check_fault("timeout_before", "checkout", seconds=3)

    def test_answer_lost_at_checkout(self):
        self._check_fault("timeout_after", "checkout", seconds=3)

    def test_answer_lost_when_the_cart_is_made(self):
        self._check_fault("timeout_after", "/carts$", seconds=3)

    def test_connection_broken_after_checkout(self):
        self._check_fault("reset_after", "checkout")

    def test_too_many_requests_at_checkout(self):
        self._check_fault("429", "checkout", times=2)

    def test_server_error_at_checkout(self):
        self._check_fault("500", "checkout", times=2)

    def test_server_error_after_checkout(self):
        self._check_fault("500_after", "checkout")

    def test_garbage_after_checkout(self):
        self._check_fault("malformed", "checkout")

    def test_answer_lost_when_the_subscription_is_read(self):
        self._check_fault(
            "timeout_after", r"/subscriptions/[^/]+$", method="GET", seconds=3
        )

    def test_answer_lost_when_the_tenant_is_made(self):
        """The tenant exists once; its first password is lost and said to be so."""
        self.simulator.add_fault(
            "timeout_after", method="POST", path_regex="/v1/customers$", seconds=3
        )
        task = self._confirm_and_run()
        self.assertEqual(task.state, "done", task.last_error)
        self.assertEqual(
            self._world(), {"customers": 1, "orders": 1, "subscriptions": 1}
        )
        self.assertEqual(self.order.csp_subscription_ids.state, "active")

    def test_refusal_is_final_until_a_person_acts(self):
        self.simulator.admin(
            "/_sim/settings",
            {
                "refuse_offers": {
                    "CFQ7TTC0LCHC:0002": {
                        "code": "800025",
                        "description": "Credit line below the threshold.",
                    }
                }
            },
        )
        self.addCleanup(self.simulator.admin, "/_sim/settings", {"refuse_offers": {}})
        self._confirm_and_run()
        self.assertEqual(self._world()["subscriptions"], 0)
        self.assertEqual(self.order.csp_delivery_state, "problem")
        self.assertNotEqual(self.order.csp_subscription_ids.state, "active")

    # --- after the delivery ----------------------------------------------------

    def test_changes_reach_the_vendor(self):
        subscription = self.assertDelivered(self._confirm_and_run())
        self.assertEqual(self._run_task(subscription._change_seats(9)), "done")
        self.assertEqual(subscription.quantity, 9)
        self.assertEqual(len(subscription.batch_ids), 2)
        self.assertEqual(self._run_task(subscription._change_seats(3)), "done")
        self.assertEqual(subscription.quantity, 3)
        self.assertEqual(self._run_task(subscription._suspend()), "done")
        self.assertEqual(subscription.state, "suspended")
        self.assertEqual(self._run_task(subscription._resume()), "done")
        self.assertEqual(subscription.state, "active")
        self.assertEqual(self._run_task(subscription._cancel()), "done")
        self.assertEqual(subscription.state, "cancelled")
        self.assertEqual(
            subscription.event_ids.sorted("id").mapped("kind"),
            ["order", "start", "seats", "seats", "suspend", "resume", "cancel"],
        )
        self.assertEqual(self._world()["orders"], 1)

    def test_seats_with_a_lost_answer_change_once(self):
        subscription = self.assertDelivered(self._confirm_and_run())
        self.simulator.add_fault(
            "timeout_after", method="PATCH", path_regex="/subscriptions/", seconds=3
        )
        self.assertEqual(self._run_task(subscription._change_seats(9)), "done")
        self.assertEqual(subscription.quantity, 9)
        kinds = subscription.event_ids.mapped("kind")
        self.assertEqual(kinds.count("seats"), 1)

    def test_year_passes_and_the_vendor_renews(self):
        subscription = self.assertDelivered(self._confirm_and_run())
        end = subscription.term_end_date
        order = self.env["csp.subscription"]._prepare_renewal_quotes(
            end - timedelta(days=30)
        )
        order = order.filtered(lambda o: o.csp_customer_id == self.customer_a)
        order.order_line.product_uom_qty = 7
        order._csp_accept_renewal("Anna Berg")
        self._run_open_tasks(subscription)
        intent = subscription.intent_ids
        self.assertEqual(intent.state, "sent")
        self.simulator.set_clock(f"{end + timedelta(days=1)}T06:00:00Z")
        tasks = subscription._sync_from_vendor()
        self.assertEqual(self._run_task(tasks), "done", tasks.last_error)
        self.assertEqual(subscription.term_start_date, end)
        self.assertEqual(subscription.quantity, 7)
        self.assertEqual(intent.state, "done")
        self.assertEqual(
            subscription.event_ids.sorted("id").mapped("kind"),
            ["order", "start", "renew"],
        )
        self._run_task(subscription._sync_from_vendor())
        self.assertEqual(subscription.event_count, 3)

    def test_year_passes_after_a_no(self):
        subscription = self.assertDelivered(self._confirm_and_run())
        end = subscription.term_end_date
        subscription._decide_renewal("cancel", decided_by="Anna Berg")
        self._run_open_tasks(subscription)
        self.assertFalse(subscription.auto_renew)
        after = f"{end + timedelta(days=1)}T06:00:00"
        self.simulator.set_clock(f"{after}Z")
        with freeze_time(after):
            self._run_task(subscription._sync_from_vendor())
        self.assertEqual(subscription.state, "expired")
        last = subscription.event_ids.sorted("id")[-1]
        self.assertEqual((last.kind, last.effective_date), ("expire", end))
