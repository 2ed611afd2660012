from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.csp_catalog.providers import base

from .common import CspSubscriptionCommon, FakeAdapter


@tagged("post_install", "-at_install")
class TestRenewal(CspSubscriptionCommon):
    """Terms are offered, decided, told to the vendor and begun, each of it once."""

    def setUp(self):
        super().setUp()
        self.start = date.today() - relativedelta(months=11)
        self.subscription = self._create_active_subscription(start=self.start)
        self.end = self.subscription.term_end_date
        self.contract = self.subscription.contract_id
        self.Subscription = self.env["csp.subscription"]

    def _quote(self):
        return self.Subscription._prepare_renewal_quotes().filtered(
            lambda o: o.partner_id == self.reseller_a
        )

    def _kinds(self):
        return self.subscription.event_ids.sorted("id").mapped("kind")

    def _answer(self, **values):
        return self._use_adapter(
            FakeAdapter(
                lambda command, checkpoint: base.Done(
                    self._vendor_state(self.subscription, **values)
                )
            )
        )

    # --- quotes ---------------------------------------------------------------

    def test_term_end_is_counted_from_the_anchor(self):
        self.assertEqual(self.end, self.start + relativedelta(years=1))
        self.assertTrue(self.subscription.is_renewal_due)

    def test_quote_is_made_once(self):
        order = self._quote()
        self.assertEqual(len(order), 1)
        self.assertRecordValues(
            order,
            [
                {
                    "csp_order_type": "renewal",
                    "state": "sent",
                    "csp_customer_id": self.customer_a.id,
                    "csp_reseller_id": self.reseller_a.id,
                    "validity_date": self.end,
                    "amount_untaxed": 99.0,
                }
            ],
        )
        self.assertRecordValues(
            order.order_line,
            [
                {
                    "csp_subscription_id": self.subscription.id,
                    "csp_renewal_date": self.end,
                    "product_uom_qty": 5,
                    "price_unit": order.order_line.price_unit,
                }
            ],
        )
        self.assertEqual(order.order_line._csp_net_price(), 19.8)
        self.assertEqual(
            order.activity_ids.activity_type_id,
            self.env.ref("csp_subscription.mail_activity_type_renewal"),
        )
        self.assertFalse(self._quote())
        self.Subscription._cron_prepare_renewals()
        self.assertEqual(self.subscription.renewal_order_ids, order)

    def test_quote_has_todays_price(self):
        self._raise_price()
        self.assertEqual(self._quote().order_line._csp_net_price(), 21.6)

    def test_too_early_or_too_late_there_is_no_quote(self):
        early = self.end - timedelta(days=61)
        self.assertFalse(self.Subscription._prepare_renewal_quotes(early))
        self.assertFalse(self.Subscription._prepare_renewal_quotes(self.end))
        self.assertTrue(
            self.Subscription._prepare_renewal_quotes(self.end - timedelta(days=60))
        )

    def test_one_quote_per_contract(self):
        second = self._create_active_subscription(start=self.start)
        other = self._create_active_subscription(
            start=self.start, customer=self.customer_b
        )
        orders = self.Subscription._prepare_renewal_quotes()
        mine = orders.filtered(lambda o: o.csp_customer_id == self.customer_a)
        self.assertEqual(len(mine), 1)
        self.assertEqual(
            mine.order_line.csp_subscription_id, self.subscription | second
        )
        theirs = orders.filtered(lambda o: o.csp_customer_id == self.customer_b)
        self.assertEqual(theirs.order_line.csp_subscription_id, other)

    def test_monthly_terms_are_not_quoted(self):
        variant = self._create_variant(term="P1M", cost=4.8, erp=6.0)
        monthly = self._create_active_subscription(
            start=date.today() - timedelta(days=20), offer=variant
        )
        orders = self.Subscription._prepare_renewal_quotes()
        self.assertNotIn(monthly, orders.order_line.csp_subscription_id)

    def test_mail_is_sent_once(self):
        domain = [("subject", "like", "Renewal of your cloud services")]
        before = self.env["mail.mail"].search_count(domain)
        triggers = self._count_mail_triggers()
        self._quote()
        self._quote()
        self.assertEqual(self.env["mail.mail"].search_count(domain), before + 1)
        self.assertEqual(self._count_mail_triggers(), triggers + 1)

    # --- answers --------------------------------------------------------------

    def test_accepting_tells_the_vendor(self):
        order = self._quote()
        order._csp_accept_renewal("Anna Berg")
        self.assertEqual(order.state, "sale")
        intent = self.subscription.intent_ids
        self.assertRecordValues(
            intent,
            [
                {
                    "decision": "renew",
                    "quantity": 5,
                    "unit_price": 19.8,
                    "due_date": self.end,
                    "state": "wanted",
                    "is_default": False,
                    "order_id": order.id,
                }
            ],
        )
        adapter = self._answer()
        self.assertEqual(self._run_task(intent.task_ids), "done")
        command = adapter.calls[0][1]
        self.assertEqual(
            (type(command), command.auto_renew, command.quantity),
            (base.SetRenewal, True, None),
        )
        self.assertEqual(intent.state, "sent")
        self.assertFalse(order.activity_ids)
        self.assertEqual(order.csp_subscription_ids, self.Subscription)
        self.assertEqual(self._kinds(), ["order", "start"])

    def test_accepting_twice_tells_the_vendor_once(self):
        order = self._quote()
        order._csp_accept_renewal("Anna")
        order._csp_accept_renewal("Anna")
        self.assertEqual(len(self.subscription.intent_ids), 1)
        self.assertEqual(len(self.subscription.intent_ids.task_ids), 1)

    def test_confirming_the_quote_is_accepting(self):
        order = self._quote()
        order.order_line.product_uom_qty = 3
        order.action_confirm()
        intent = self.subscription.intent_ids
        self.assertEqual((intent.decision, intent.quantity), ("change", 3))
        self.assertEqual(intent.task_ids._load_command().quantity, 3)
        self.assertEqual(self.subscription.quantity, 5)

    def test_accepted_quote_is_not_invoiced_by_the_order(self):
        order = self._quote()
        order.action_confirm()
        self.assertEqual(order.order_line.qty_to_invoice, 0)
        self.assertEqual(order.invoice_status, "no")

    def test_declining(self):
        order = self._quote()
        order._csp_decline_renewal("Anna Berg")
        self.assertEqual(order.state, "cancel")
        intent = self.subscription.intent_ids
        self.assertEqual(intent.decision, "cancel")
        self.assertFalse(intent.task_ids._load_command().auto_renew)
        self._answer(auto_renew=False)
        self._run_task(intent.task_ids)
        self.assertFalse(self.subscription.auto_renew)
        self.assertEqual(self.subscription.state, "active")
        order._csp_decline_renewal("Anna Berg")
        self.assertEqual(len(self.subscription.intent_ids), 1)

    def test_last_answer_counts(self):
        order = self._quote()
        order._csp_accept_renewal("Anna")
        self.subscription._decide_renewal("cancel", decided_by="Boris")
        self.assertEqual(
            self.subscription.intent_ids.sorted("id").mapped("state"),
            ["dropped", "wanted"],
        )

    def test_only_renewals_are_renewed(self):
        order = self._create_cloud_order()
        for verb in (order._csp_accept_renewal, order._csp_decline_renewal):
            with self.assertRaisesRegex(UserError, "not a renewal"):
                verb("Anna")

    def test_quote_of_a_past_term_cannot_be_accepted(self):
        order = self._quote()
        self.subscription.term_end_date = self.end + relativedelta(years=1)
        with self.assertRaisesRegex(UserError, "over"):
            order.action_confirm()

    # --- silence --------------------------------------------------------------

    def test_silence_follows_the_policy(self):
        for policy, decision, auto_renew in (
            ("renew", "renew", True),
            ("ask", "cancel", False),
            ("cancel", "cancel", False),
        ):
            with self.subTest(policy=policy):
                subscription = self._create_active_subscription(
                    start=self.start,
                    customer=self._create_customer(name=f"Tailspin{policy}"),
                )
                self.Subscription._prepare_renewal_quotes()
                subscription.contract_id.renewal_policy = policy
                self.assertFalse(
                    self.Subscription._decide_by_default(
                        self.end - timedelta(days=8)
                    ).filtered(lambda i, s=subscription: i.subscription_id == s)
                )
                today = self.end - timedelta(days=7)
                self.Subscription._decide_by_default(today)
                self.Subscription._decide_by_default(today)
                intent = subscription.intent_ids
                self.assertEqual(len(intent), 1)
                self.assertTrue(intent.is_default)
                self.assertEqual(intent.decision, decision)
                self.assertEqual(intent.task_ids._load_command().auto_renew, auto_renew)

    def test_answer_is_not_overruled_by_silence(self):
        order = self._quote()
        order._csp_decline_renewal("Anna")
        self.Subscription._decide_by_default(self.end - timedelta(days=2))
        self.assertEqual(self.subscription.intent_ids.decision, "cancel")

    # --- the next term --------------------------------------------------------

    def _renewed(self, **values):
        return self._vendor_state(
            self.subscription,
            **{
                "term_start_date": self.end,
                "term_end_date": self.end + relativedelta(years=1),
                **values,
            },
        )

    def test_vendors_renewal_books_the_accepted_price_once(self):
        order = self._quote()
        order.order_line.product_uom_qty = 7
        order.order_line.write({"price_unit": 18.0, "discount": 0.0})
        order.action_confirm()
        self._raise_price()
        state = self._renewed(quantity=7)
        self.subscription._apply_vendor_state(state, source="sync")
        self.subscription._apply_vendor_state(state, source="sync")
        self.assertEqual(self._kinds(), ["order", "start", "renew"])
        self.assertRecordValues(
            self.subscription.event_ids.filtered(lambda e: e.kind == "renew"),
            [
                {
                    "effective_date": self.end,
                    "quantity": 7,
                    "unit_price": 18.0,
                    "unit_cost": 19.2,
                    "term_start_date": self.end,
                    "term_end_date": self.end + relativedelta(years=1),
                }
            ],
        )
        self.assertEqual(self.subscription.intent_ids.state, "done")
        self.assertEqual(self.subscription.anchor_date, self.start)

    def test_vendors_renewal_without_a_quote_takes_the_price_of_that_day(self):
        self._raise_price()
        self.subscription._apply_vendor_state(self._renewed())
        self.assertEqual(self.subscription.unit_price, 21.6)
        self.assertEqual(self.subscription.erp_unit_price, 24.0)

    def test_missed_months_are_all_booked(self):
        variant = self._create_variant(term="P1M", cost=4.8, erp=6.0)
        monthly = self._create_active_subscription(
            start=date(2026, 1, 31), offer=variant
        )
        monthly._apply_vendor_state(
            self._vendor_state(
                monthly,
                term_start_date=date(2026, 4, 30),
                term_end_date=date(2026, 5, 31),
            )
        )
        renewals = monthly.event_ids.filtered(lambda e: e.kind == "renew")
        self.assertEqual(
            renewals.sorted("effective_date").mapped("effective_date"),
            [date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)],
        )
        self.assertEqual(monthly.term_start_date, date(2026, 4, 30))

    def test_stored_decision_survives_a_mid_term_change(self):
        order = self._quote()
        order.order_line.product_uom_qty = 3
        order.action_confirm()
        intent = self.subscription.intent_ids
        self._answer(next_term=base.NextTerm(quantity=3))
        self._run_task(intent.task_ids)
        self.assertEqual(intent.state, "sent")
        # More seats now: the vendor forgets the plan for the next term.
        self._answer(quantity=9)
        self._run_task(self.subscription._change_seats(9))
        self.assertEqual(len(intent.task_ids), 2)
        again = intent.task_ids.sorted("id")[-1]
        self.assertEqual(again.state, "queued")
        self.assertEqual(again._load_command().quantity, 3)
        self.assertEqual(intent.state, "wanted")
        self._answer(quantity=9, next_term=base.NextTerm(quantity=3))
        self._run_task(again)
        self.subscription._apply_vendor_state(
            self._vendor_state(
                self.subscription, quantity=9, next_term=base.NextTerm(quantity=3)
            )
        )
        self.assertEqual(len(intent.task_ids), 2)

    def test_manual_terms_are_closed_by_ourselves(self):
        self.vendor.code = "manual"
        self.Subscription._close_terms(self.end - timedelta(days=1))
        self.assertEqual(self._kinds(), ["order", "start"])
        self.Subscription._close_terms(self.end)
        self.Subscription._close_terms(self.end)
        self.assertEqual(self._kinds(), ["order", "start", "renew"])
        self.assertEqual(
            self.subscription.term_end_date, self.start + relativedelta(years=2)
        )
        self.subscription.auto_renew = False
        self.Subscription._close_terms(self.start + relativedelta(years=2))
        self.assertEqual(self.subscription.state, "expired")
        self.assertEqual(self._kinds()[-1], "expire")

    def test_refused_decision_stays_wanted_and_visible(self):
        self._use_adapter(FakeAdapter(base.RefusedError("Renewal is running.")))
        order = self._quote()
        order.action_confirm()
        intent = self.subscription.intent_ids
        self.assertEqual(self._run_task(intent.task_ids), "refused")
        self.assertEqual(intent.state, "wanted")
        self.assertTrue(intent.task_ids.activity_ids)

    def _raise_price(self):
        """From yesterday on: 19.20 cost and 24.00 list price, 21.60 for resellers."""
        yesterday = fields.Datetime.now() - timedelta(days=1)
        self.env["csp.price"].search(
            [("product_id", "=", self.offer.id)]
        ).valid_to = yesterday
        self._create_price(
            self.offer, unit_price=230.4, erp_price=288.0, valid_from=yesterday
        )
