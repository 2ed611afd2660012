"""Factories shared by the tests of this add-on and of those above it."""

from datetime import date, datetime, time, timezone
from unittest.mock import patch

from odoo import fields
from odoo.tests.common import _super_send, new_test_user

from odoo.addons.csp_catalog.providers import base as provider_base
from odoo.addons.csp_catalog.tests.common import CspCatalogCommon

from ..const import TASK_RUNNABLE

FINAL = ("done", "refused", "failed", "dropped", "waiting")


class FakeAdapter:
    """An adapter that answers from a script and remembers what it was asked.

    An item of the script is an outcome, an exception, or a callable that gets the
    command and the checkpoint. `states` answers `get_subscription`.
    """

    def __init__(self, *script):
        self.script = list(script)
        self.lookups = []
        self.calls = []
        self.states = {}

    def execute(self, command, checkpoint=None):
        self.calls.append(("execute", command, dict(checkpoint or {})))
        return self._answer(self.script, command, checkpoint)

    def lookup(self, command, checkpoint=None):
        self.calls.append(("lookup", command, dict(checkpoint or {})))
        if not self.lookups:
            return None
        return self._answer(self.lookups, command, checkpoint)

    def get_subscription(self, customer_ref, subscription_ref):
        self.calls.append(("get", customer_ref, subscription_ref))
        state = self.states[subscription_ref]
        if isinstance(state, Exception):
            raise state
        return state

    def list_subscriptions(self, customer_ref):
        self.calls.append(("list", customer_ref, None))
        return [s for s in self.states.values() if s.customer_ref == customer_ref]

    def names(self):
        """Return what was called, in order."""
        return [call[0] for call in self.calls]

    def _answer(self, script, command, checkpoint):
        item = script.pop(0)
        if isinstance(item, Exception):
            raise item
        if callable(item):
            return item(command, checkpoint)
        return item


class CspSubscriptionCommon(CspCatalogCommon):
    """A distributor in Germany, a vendor, two resellers with an end customer each."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids |= cls.env.ref("csp_catalog.group_csp_manager")
        cls.seller = new_test_user(
            cls.env, "csp_seller", groups="csp_catalog.group_csp_user"
        )
        cls.vendor = cls._create_provider(name="Test vendor", code="partner_center")
        # 17.60 cost and 22.00 list price per seat and month.
        cls.offer = cls._create_variant(
            cls._create_offer(
                csp_product_ref="CFQ7TTC0LCHC", csp_sku_ref="0002", csp_max_seats=300
            ),
            cost=211.2,
            erp=264.0,
        )
        # 10 %: 19.80 per seat and month.
        cls.grade = cls._create_grade(csp_discount=10.0)
        cls.reseller_a = cls._create_reseller(cls.grade, name="Nordwind IT")
        cls.reseller_b = cls._create_reseller(cls.grade, name="Alpenblick Systems")
        cls.customer_a = cls._create_customer(cls.reseller_a, name="Fabrikam")
        cls.customer_b = cls._create_customer(cls.reseller_b, name="Litware")

    # --- network --------------------------------------------------------------

    @classmethod
    def _request_handler(cls, session, request, /, **kw):
        """Let requests to this machine through, with their own time-outs."""
        if (request.url or "").startswith("http://127.0.0.1:"):
            return _super_send(session, request, **kw)
        return super()._request_handler(session, request, **kw)

    # --- factories ------------------------------------------------------------

    @classmethod
    def _create_tenant(cls, customer, **values):
        domain = f"{customer.name.split()[0].lower()}.onmicrosoft.com"
        return cls.env["csp.tenant"].create(
            {
                "partner_id": customer.id,
                "company_id": cls.company.id,
                "program_id": cls.program.id,
                "domain": domain,
                "admin_first_name": "Anna",
                "admin_last_name": "Berg",
                "admin_email": f"anna.berg@{customer.name.split()[0].lower()}.example",
                "admin_phone": "+49 30 1234567",
                **values,
            }
        )

    @classmethod
    def _create_cloud_order(cls, customer=None, offers=None, tenant=None, **values):
        """Return a quotation that may be confirmed; `offers` is `{variant: seats}`."""
        customer = customer or cls.customer_a
        offers = offers or {cls.offer: 5}
        if tenant is None:
            tenant = cls.env["csp.tenant"].search(
                [("partner_id", "=", customer.id)], limit=1
            ) or cls._create_tenant(customer)
        payer = customer.csp_reseller_id or customer
        return cls.env["sale.order"].create(
            {
                "partner_id": payer.id,
                "csp_customer_id": customer.id,
                "csp_tenant_id": tenant.id,
                "csp_terms_accepted_at": "2026-01-01 10:00:00",
                "csp_terms_accepted_by": "Anna Berg",
                "csp_terms_accepted_ip": "192.0.2.1",
                "order_line": [
                    fields.Command.create(
                        {"product_id": variant.id, "product_uom_qty": seats}
                    )
                    for variant, seats in offers.items()
                ],
                **values,
            }
        )

    @classmethod
    def _create_active_subscription(cls, start=None, customer=None, **values):
        """Return an active subscription, delivered as if by the vendor.

        Goes the way of an order; the vendor's answers are made up.
        """
        offers = {values.pop("offer", cls.offer): values.pop("quantity", 5)}
        order = cls._create_cloud_order(customer, offers)
        order.action_confirm()
        subscription = order.csp_subscription_ids
        cls._deliver(order, start or date.today(), **values)
        return subscription

    @classmethod
    def _deliver(cls, order, start, **values):
        """Complete the order's tasks with made-up references."""
        for task in order.csp_task_ids:
            if not task.tenant_id.vendor_ref:
                task.tenant_id.vendor_ref = f"customer-{task.tenant_id.id}"
            for subscription in task.subscription_ids:
                subscription.vendor_ref = f"vendor-{subscription.id}"
                state = cls._vendor_state(subscription, start=start, **values)
                subscription._apply_vendor_state(state, source="test")
            task._set_done()

    @classmethod
    def _vendor_state(cls, subscription, start=None, **values):
        """Return what the vendor says of a subscription that is as we know it."""
        start = start or subscription.term_start_date or date.today()
        start_at = datetime.combine(start, time(), timezone.utc)
        return provider_base.SubscriptionState(
            **{
                "customer_ref": subscription.tenant_id.vendor_ref,
                "subscription_ref": subscription.vendor_ref,
                "product_ref": subscription.product_id.csp_product_ref,
                "sku_ref": subscription.product_id.csp_sku_ref,
                "term": subscription.term,
                "plan": subscription.plan,
                "quantity": subscription.quantity,
                "status": "active",
                "auto_renew": True,
                "start_at": start_at,
                "term_start_date": subscription.term_start_date or start,
                "term_end_date": subscription.term_end_date or None,
                **values,
            }
        )

    # --- running --------------------------------------------------------------

    def _count_mail_triggers(self):
        """Return how often the scheduler that sends mails was asked to wake up."""
        cron = self.env.ref("mail.ir_cron_mail_scheduler_action")
        return self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])

    def _use_adapter(self, adapter):
        """Let every provider of the test talk to `adapter`."""
        patcher = patch.object(
            self.env.registry["csp.provider"],
            "_get_adapter",
            lambda provider, log=None: adapter,
        )
        patcher.start()
        self.addCleanup(patcher.stop)
        return adapter

    def _run_task(self, task, steps=60):
        """Run the task as the queue would, without waiting; return its state."""
        for _step in range(steps):
            if task.state in FINAL:
                break
            task._run()
        return task.state

    def _run_open_tasks(self, subscriptions):
        """Run what is under way for the subscriptions."""
        for task in subscriptions.task_ids.sorted("id"):
            if task.state in TASK_RUNNABLE:
                self._run_task(task)
