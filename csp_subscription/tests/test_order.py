from datetime import date, timedelta

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from odoo.addons.queue_job.tests.common import trap_jobs

from .common import CspSubscriptionCommon


@tagged("post_install", "-at_install")
class TestOrder(CspSubscriptionCommon):
    """A confirmed order makes exactly what it has to, in one transaction."""

    def _count_all(self):
        return {
            model: self.env[model].search_count([])
            for model in (
                "csp.contract",
                "csp.subscription",
                "csp.subscription.event",
                "csp.seat.batch",
                "csp.provisioning.task",
                "queue.job",
            )
        }

    def assertNothingMade(self, before):
        self.assertEqual(self._count_all(), before)

    def test_confirmation_makes_exactly_the_expected_rows(self):
        mail = self._create_variant(term="P1M", cost=4.8, erp=6.0)
        order = self._create_cloud_order(offers={self.offer: 5, mail: 20})
        before = self._count_all()
        order.action_confirm()
        after = self._count_all()
        self.assertEqual(
            {model: after[model] - before[model] for model in after},
            {
                "csp.contract": 1,
                "csp.subscription": 2,
                "csp.subscription.event": 2,
                "csp.seat.batch": 2,
                "csp.provisioning.task": 1,
                "queue.job": 1,
            },
        )
        subscription = order.order_line[0].csp_subscription_id
        self.assertRecordValues(
            order.csp_subscription_ids.sorted("id"),
            [
                {
                    "state": "pending",
                    "product_id": self.offer.id,
                    "quantity": 5,
                    "unit_price": 19.8,
                    "erp_unit_price": 22.0,
                    "unit_cost": 17.6,
                    "term": "P1Y",
                    "plan": "monthly",
                    "period_amount": 99.0,
                    "customer_id": self.customer_a.id,
                    "reseller_id": self.reseller_a.id,
                    "payer_id": self.reseller_a.id,
                    "provider_id": self.vendor.id,
                    "term_start_date": False,
                },
                {
                    "state": "pending",
                    "product_id": mail.id,
                    "quantity": 20,
                    "unit_price": 5.4,
                    "erp_unit_price": 6.0,
                    "unit_cost": 4.8,
                    "term": "P1M",
                    "plan": "monthly",
                    "period_amount": 108.0,
                    "customer_id": self.customer_a.id,
                    "reseller_id": self.reseller_a.id,
                    "payer_id": self.reseller_a.id,
                    "provider_id": self.vendor.id,
                    "term_start_date": False,
                },
            ],
        )
        self.assertRecordValues(
            subscription.event_ids,
            [
                {
                    "kind": "order",
                    "effective_date": date.today(),
                    "quantity": 5,
                    "unit_price": 19.8,
                    "unit_cost": 17.6,
                }
            ],
        )
        batch = subscription.batch_ids
        self.assertEqual(batch.quantity, 5)
        self.assertEqual(batch.reducible_until - batch.bought_at, timedelta(hours=168))
        self.assertEqual(order.csp_delivery_state, "waiting")

    def test_task_carries_the_whole_command(self):
        order = self._create_cloud_order()
        with trap_jobs() as trap:
            order.action_confirm()
            task = order.csp_task_ids
            trap.assert_jobs_count(1, only=task._run)
            trap.assert_enqueued_job(
                task._run,
                properties={
                    "priority": 2,
                    "channel": "root.csp",
                    "eta": None,
                    "identity_key": f"csp.provisioning.task:{task.id}",
                },
            )
        self.assertEqual(task.kind, "order")
        self.assertEqual(task.state, "queued")
        command = task._load_command()
        self.assertEqual(command.key, task.key)
        self.assertLessEqual(len(command.key), 64)
        self.assertEqual(command.tenant.domain, "fabrikam.onmicrosoft.com")
        self.assertEqual(command.tenant.country, "DE")
        self.assertEqual(command.agreement.email, "anna.berg@fabrikam.example")
        self.assertEqual(len(command.lines), 1)
        line = command.lines[0]
        self.assertEqual(
            (line.product_ref, line.sku_ref, line.term, line.plan, line.quantity),
            ("CFQ7TTC0LCHC", "0002", "P1Y", "monthly", 5),
        )

    def test_second_order_uses_the_same_contract(self):
        first = self._create_cloud_order()
        second = self._create_cloud_order()
        (first | second).action_confirm()
        contract = (first | second).csp_subscription_ids.contract_id
        self.assertEqual(len(contract), 1)
        self.assertEqual(contract.subscription_count, 2)

    def test_other_payer_gets_its_own_contract(self):
        direct = self._create_customer(name="Direct")
        first = self._create_cloud_order()
        second = self._create_cloud_order(direct)
        (first | second).action_confirm()
        self.assertEqual(len((first | second).csp_subscription_ids.contract_id), 2)
        self.assertEqual(second.csp_subscription_ids.payer_id, direct)
        self.assertFalse(second.csp_subscription_ids.reseller_id)

    def test_confirming_twice_makes_nothing_more(self):
        order = self._create_cloud_order()
        order.action_confirm()
        before = self._count_all()
        with self.assertRaises(UserError):
            order.action_confirm()
        order._csp_create_subscriptions()
        self.assertNothingMade(before)

    def test_other_products_ride_along(self):
        hours = self.env["product.product"].create(
            {"name": "Migration", "type": "service", "list_price": 100.0}
        )
        order = self._create_cloud_order(offers={self.offer: 1, hours: 8})
        order.action_confirm()
        self.assertEqual(len(order.csp_subscription_ids), 1)

    def test_plain_order_is_left_alone(self):
        hours = self.env["product.product"].create(
            {"name": "Migration", "type": "service", "list_price": 100.0}
        )
        order = self._create_order(self.customer_a, [(hours, 8)])
        before = self._count_all()
        order.action_confirm()
        self.assertNothingMade(before)
        self.assertEqual(order.csp_delivery_state, "none")

    def test_guards_name_what_is_missing(self):
        other_tenant = self._create_tenant(self.customer_b)
        cases = (
            ({"csp_customer_id": False}, "end customer"),
            ({"csp_tenant_id": False}, "tenant"),
            ({"csp_tenant_id": other_tenant.id}, "another end customer"),
            ({"csp_terms_accepted_at": False}, "terms"),
        )
        for values, word in cases:
            with self.subTest(word=word):
                order = self._create_cloud_order()
                order.write(values)
                before = self._count_all()
                with self.assertRaisesRegex(UserError, word):
                    order.action_confirm()
                self.assertEqual(order.state, "draft")
                self.assertNothingMade(before)

    def test_guard_checks_the_tenants_data(self):
        order = self._create_cloud_order()
        order.csp_tenant_id.admin_email = False
        self.customer_a.zip = False
        with self.assertRaisesRegex(UserError, "Email.*Zip"):
            order.action_confirm()
        order.csp_tenant_id.is_existing = True
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_guards_check_the_seats(self):
        self.offer.product_tmpl_id.csp_min_seats = 3
        for seats, word in ((2, "at least 3"), (301, "at most 300"), (5.5, "whole")):
            with self.subTest(seats=seats):
                order = self._create_cloud_order(offers={self.offer: seats})
                with self.assertRaisesRegex(UserError, word):
                    order.action_confirm()
        self._create_cloud_order(offers={self.offer: 300}).action_confirm()

    def test_guards_check_the_offer_and_the_provider(self):
        order = self._create_cloud_order()
        self.offer.sale_ok = False
        with self.assertRaisesRegex(UserError, "on sale"):
            order.action_confirm()
        self.offer.sale_ok = True
        self.vendor.mode = "disabled"
        with self.assertRaisesRegex(UserError, "provider"):
            order.action_confirm()
        self.assertFalse(order.csp_subscription_ids)

    def test_acceptance_goes_to_the_tenant_once(self):
        order = self._create_cloud_order()
        order.action_confirm()
        tenant = order.csp_tenant_id
        self.assertEqual(tenant.agreement_accepted_at, order.csp_terms_accepted_at)
        self.assertEqual(tenant.agreement_by_name, "Anna Berg")
        self.assertEqual(tenant.agreement_ip, "192.0.2.1")
        again = self._create_cloud_order(csp_terms_accepted_at="2026-02-02 10:00:00")
        again.action_confirm()
        self.assertEqual(tenant.agreement_accepted_at, order.csp_terms_accepted_at)

    def test_parties_follow_the_buyer(self):
        Order = self.env["sale.order"]
        order = Order.create({"partner_id": self.reseller_a.id})
        self.assertFalse(order.csp_customer_id)
        self.assertEqual(order.csp_reseller_id, self.reseller_a)
        order = Order.create({"partner_id": self.customer_a.id})
        self.assertEqual(order.csp_customer_id, self.customer_a)
        self.assertEqual(order.csp_reseller_id, self.reseller_a)

    def test_the_same_party_again_recomputes_no_price(self):
        """What was quoted stays when a form writes back what it has shown."""
        order = self._create_cloud_order()
        order.action_quotation_sent()
        line = order.order_line
        quoted = (line._csp_net_price(), line.purchase_price)
        terms = line.csp_terms_waterfall
        # A price that was corrected since: no way for people to do so.
        self.env.flush_all()
        self.cr.execute(
            "UPDATE csp_price SET erp_price = 999, unit_price = 900"
            " WHERE product_id = %s",
            [line.product_id.id],
        )
        self.env.invalidate_all()
        order.write(
            {
                "csp_customer_id": order.csp_customer_id.id,
                "partner_id": order.partner_id.id,
                "client_order_ref": "PO-7",
            }
        )
        self.assertEqual((line._csp_net_price(), line.purchase_price), quoted)
        self.assertEqual(line.csp_terms_waterfall, terms)
        self.assertEqual(order.client_order_ref, "PO-7")
        order.csp_customer_id = self.customer_b
        self.assertNotEqual(line.csp_terms_waterfall, terms)

    def test_locked_price_does_not_follow_the_order(self):
        order = self._create_cloud_order()
        order.action_confirm()
        with self.assertRaisesRegex(UserError, "is confirmed"):
            order.order_line.price_unit = 1.0
        self.assertEqual(order.order_line._csp_net_price(), 19.8)
        self.assertEqual(order.csp_subscription_ids.unit_price, 19.8)

    def test_discount_is_part_of_the_locked_price(self):
        order = self._create_cloud_order()
        order.order_line.write({"price_unit": 22.0, "discount": 12.5})
        order.action_confirm()
        self.assertEqual(order.csp_subscription_ids.unit_price, 19.25)

    def test_one_subscription_per_line_is_a_constraint(self):
        self.env.cr.execute(
            "SELECT indexdef FROM pg_indexes WHERE tablename = 'csp_subscription'"
        )
        indexes = " ".join(row[0] for row in self.env.cr.fetchall())
        self.assertIn("UNIQUE INDEX csp_subscription_order_line_uniq", indexes)
        self.assertIn("UNIQUE INDEX csp_subscription_vendor_ref_uniq", indexes)

    def test_new_tenant_of_a_known_domain_is_refused(self):
        self._create_tenant(self.customer_a, domain="Same.example")
        with (
            self.assertRaises(IntegrityError),
            self.env.cr.savepoint(),
            self.assertLogs("odoo.sql_db", "ERROR"),
        ):
            self._create_tenant(self.customer_b, domain="same.EXAMPLE")

    def test_domains_are_checked(self):
        for domain in ("nodots", "a..example", "-a.example", "ä.example", "a b.c"):
            with self.subTest(domain=domain), self.assertRaises(ValidationError):
                self._create_tenant(self.customer_a, domain=domain)

    def test_lines_are_linked_by_subscription(self):
        order = self._create_cloud_order(offers={self.offer: 2})
        order.order_line = [
            Command.create({"product_id": self.offer.id, "product_uom_qty": 3})
        ]
        order.action_confirm()
        self.assertEqual(
            order.order_line.csp_subscription_id.sorted("id").mapped("quantity"),
            [2, 3],
        )
