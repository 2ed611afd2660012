from datetime import date, datetime
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, new_test_user, tagged

from odoo.addons.csp_catalog.tests.common import sheet_bytes
from odoo.addons.queue_job.tests.common import trap_jobs

from .common import CspSubscriptionCommon

TODAY = "2026-03-10"
MAY = "2026-05-01T00:00:00.0000000Z"
FOREVER = "9999-11-30T23:59:59.0000000Z"


@tagged("post_install", "-at_install")
class TestPriceImpact(CspSubscriptionCommon):
    """What is foreseen for a renewal is what it costs when its day has come."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, "csp_impact_pm", groups="csp_catalog.group_csp_product_manager"
        )
        frozen = freeze_time(TODAY)
        frozen.start()
        cls.addClassCleanup(frozen.stop)
        # 5 seats at 19.80 until 1 July, cost 17.60
        cls.subscription = cls._create_active_subscription(start=date(2025, 7, 1))
        # 3 seats at 19.80 until 1 April: renewed before the new prices begin
        cls.early = cls._create_active_subscription(
            start=date(2025, 4, 1), customer=cls.customer_b, quantity=3
        )
        cls.Impact = cls.env["csp.price.impact"]

    def _stage_sheet(self, cost="230.40", erp="283.20", **values):
        """From May on: 19.20 cost, 23.60 list price, 21.24 for resellers a month."""
        row = {
            "ProductId": "CFQ7TTC0LCHC",
            "SkuId": "0002",
            "TermDuration": "P1Y",
            "BillingPlan": "Monthly",
            "UnitPrice": cost,
            "ERP Price": erp,
            "EffectiveStartDate": MAY,
            **values,
        }
        return self.env["csp.price.sheet"]._import(
            sheet_bytes(row), name="List of May", program_id=self.program.id
        )

    def _compute(self, run):
        with trap_jobs() as trap:
            run.action_compute()
            trap.perform_enqueued_jobs()
        return run.line_ids

    def _create_run(self, **values):
        run = self.Impact.create(values)
        self._compute(run)
        return run

    def _line(self, run, subscription):
        return run.line_ids.filtered(lambda line: line.subscription_id == subscription)

    # --- what is foreseen -------------------------------------------------------

    def test_effect_of_a_staged_sheet(self):
        sheet = self._stage_sheet()
        run = self._create_run(sheet_id=sheet.id)
        self.assertEqual(sheet.state, "staged")
        self.assertRecordValues(
            run,
            [
                {
                    "name": "List of May",
                    "state": "done",
                    "price_date": date(2026, 5, 1),
                    "line_count": 1,
                    "floor_count": 0,
                    "progress": 100.0,
                    "seen_count": 2,
                    "year_difference": 86.4,
                    "year_margin_difference": -9.6,
                }
            ],
        )
        self.assertRecordValues(
            run.line_ids,
            [
                {
                    "subscription_id": self.subscription.id,
                    "customer_id": self.customer_a.id,
                    "reseller_id": self.reseller_a.id,
                    "renewal_date": date(2026, 7, 1),
                    "quantity": 5,
                    "unit_price": 19.8,
                    "unit_cost": 17.6,
                    "renewal_unit_price": 21.24,
                    "renewal_unit_cost": 19.2,
                    "period_amount": 99.0,
                    "renewal_period_amount": 106.2,
                    "period_difference": 7.2,
                    "year_amount": 1188.0,
                    "renewal_year_amount": 1274.4,
                    "year_difference": 86.4,
                    # 1188 - 1056 and 1274.40 - 1152
                    "year_margin": 132.0,
                    "renewal_year_margin": 122.4,
                    "margin_percent": 0.1111,
                    "renewal_margin_percent": 0.096,
                    "is_below_floor": False,
                    "is_decided": False,
                    "has_no_price": False,
                    # 60 days before
                    "quote_date": date(2026, 5, 2),
                    "quote_unit_price": 21.24,
                    "error": False,
                }
            ],
        )

    def test_stored_prices_until_their_days(self):
        run = self._create_run()
        self.assertEqual(run.price_date, date(2026, 3, 10))
        self.assertEqual(
            [
                (line.subscription_id, line.renewal_unit_price)
                for line in run.line_ids.sorted("renewal_date")
            ],
            [(self.early, 19.8), (self.subscription, 19.8)],
        )
        self.assertEqual(run.year_difference, 0.0)

    def test_below_cost(self):
        run = self._create_run(sheet_id=self._stage_sheet(cost="264").id)
        line = run.line_ids
        self.assertEqual(
            (line.renewal_unit_cost, line.is_below_floor, run.floor_count),
            (22.0, True, 1),
        )
        self.assertEqual(line.renewal_margin_percent, -0.0358)

    def test_monthly_terms_at_their_first_day_under_the_new_prices(self):
        variant = self._create_variant(term="P1M", cost=4.8, erp=6.0)
        monthly = self._create_active_subscription(
            start=date(2026, 1, 31), offer=variant, quantity=2
        )
        monthly._apply_vendor_state(
            self._vendor_state(
                monthly,
                term_start_date=date(2026, 2, 28),
                term_end_date=date(2026, 3, 31),
            )
        )
        run = self._create_run(price_date=date(2026, 5, 1))
        line = self._line(run, monthly)
        self.assertEqual(line.renewal_date, date(2026, 5, 31))
        self.assertEqual(line.year_amount, 129.6)
        self.assertFalse(line.quote_date)

    def test_what_ends_is_not_a_renewal(self):
        self.subscription._decide_renewal("cancel", decided_by="Anna")
        run = self._create_run()
        self.assertEqual(run.line_ids.subscription_id, self.early)

    def test_an_accepted_price_counts(self):
        order = self.subscription._create_renewal_orders()
        order.order_line.product_uom_qty = 7
        order.action_confirm()
        run = self._create_run(sheet_id=self._stage_sheet().id)
        line = run.line_ids
        self.assertEqual(
            (line.renewal_unit_price, line.quantity, line.is_decided), (19.8, 7, True)
        )

    def test_a_broken_subscription_is_told_and_stops_nothing(self):
        model = self.env.registry["csp.subscription"]
        origin = model._prepare_renewal_price
        broken = self.early

        no_list = "No price list."

        def prepare(subscription, start, intent):
            if subscription == broken:
                raise UserError(no_list)
            return origin(subscription, start, intent)

        patcher = patch.object(model, "_prepare_renewal_price", prepare)
        patcher.start()
        self.addCleanup(patcher.stop)
        run = self._create_run()
        self.assertEqual((run.line_count, run.error_count), (2, 1))
        self.assertEqual(self._line(run, self.early).error, "No price list.")
        self.assertEqual(self._line(run, self.subscription).renewal_unit_price, 19.8)

    # --- jobs -------------------------------------------------------------------

    def test_chunks(self):
        path = "odoo.addons.csp_subscription.models.csp_price_impact_compute.CHUNK"
        run = self.Impact.create({})
        with patch(path, 1), trap_jobs() as trap:
            run.action_compute()
            trap.assert_jobs_count(1, only=run._run_chunk)
            self.assertEqual((run.state, run.total_count), ("running", 2))
            run._run_chunk(0)
            self.assertEqual((run.progress, run.line_count), (50.0, 1))
            run._run_chunk(0)
            self.assertEqual(run.line_count, 1)
            run.action_cancel()
            run._run_chunk(run.line_ids.subscription_id.id)
            self.assertEqual((run.state, run.line_count), ("cancelled", 1))
        self._compute(run)
        self.assertEqual((run.state, run.line_count), ("done", 2))
        self._compute(run)
        self.assertEqual(run.line_count, 2)

    # --- the simulation is the truth --------------------------------------------

    def test_simulated_quote_is_the_quote(self):
        sheet = self._stage_sheet(cost="221.13", erp="271.17")
        line = self._create_run(sheet_id=sheet.id).line_ids
        sheet._apply()
        with freeze_time(line.quote_date):
            order = self.env["csp.subscription"]._prepare_renewal_quotes()
            quote = order.order_line.filtered(
                lambda one: one.csp_subscription_id == self.subscription
            )
        self.assertEqual(len(quote), 1)
        self.assertAlmostEqual(quote._csp_net_price(), line.quote_unit_price, 6)
        self.assertEqual(quote.price_subtotal, line.renewal_period_amount)
        quote.order_id.action_confirm()
        with freeze_time("2026-07-01"):
            self.vendor.code = "manual"
            self.env["csp.subscription"]._close_terms()
        self.assertEqual(self.subscription.term_start_date, date(2026, 7, 1))
        self.assertEqual(self.subscription.period_amount, line.renewal_period_amount)

    def test_simulated_renewal_is_the_renewal(self):
        """Nobody answers: the price list of the first day counts."""
        self._create_variant(
            self.offer.product_tmpl_id, "P1Y", "annual", cost=211.2, erp=264.0
        )
        sheet = self._stage_sheet(cost="221.13", erp="271.17")
        line = self._create_run(sheet_id=sheet.id).line_ids
        sheet._apply()
        with freeze_time("2026-07-01"):
            self.vendor.code = "manual"
            self.env["csp.subscription"]._close_terms()
        event = self.subscription.event_ids.filtered(lambda e: e.kind == "renew")
        self.assertEqual(event.unit_price, line.renewal_unit_price)
        self.assertEqual(event.unit_cost, line.renewal_unit_cost)
        self.assertEqual(self.subscription.period_amount, line.renewal_period_amount)
        self.assertEqual((line.renewal_unit_cost, line.period_amount), (18.4275, 99.0))

    def test_an_agreement_that_begins_before_the_renewal(self):
        """What was agreed from June on is in the quote, and was foreseen in March."""
        self._create_agreement(
            self.reseller_a,
            [{"scope": "all", "kind": "discount_erp", "value": 13.0}],
            date_start=date(2026, 4, 1),
        )
        line = self._create_run(sheet_id=self._stage_sheet().id).line_ids
        # 13 % off 23.60
        self.assertEqual(line.renewal_unit_price, 20.53)
        line.impact_id.sheet_id._apply()
        with freeze_time(line.quote_date):
            self.env["csp.subscription"]._prepare_renewal_quotes()
        quote = self.subscription.renewal_order_ids.order_line
        self.assertEqual(quote.price_subtotal, line.renewal_period_amount)

    def test_staged_prices_stay_where_they_are(self):
        before = self.offer._csp_price_at(datetime(2026, 7, 1))
        self._create_run(sheet_id=self._stage_sheet().id)
        self.assertEqual(self.offer._csp_price_at(datetime(2026, 7, 1)), before)
        self.assertEqual(self.subscription.unit_price, 19.8)

    def test_prices_cannot_be_brought_from_outside(self):
        forged = {"added": {self.offer.id: []}, "company_id": self.company.id}
        table = self.offer.with_context(csp_price_overlay=forged)._csp_price_at(
            datetime(2026, 7, 1)
        )
        self.assertEqual(float(table[self.offer.id].cost), 17.6)

    def test_a_withdrawn_offer_has_no_price(self):
        sheet = self._stage_sheet(
            cost="211.2",
            erp="264",
            EffectiveStartDate="2020-01-01T00:00:00.0000000Z",
            EffectiveEndDate="2026-06-15T00:00:00.0000000Z",
        )
        self.assertEqual(sheet.ended_count, 1)
        line = self._line(self._create_run(sheet_id=sheet.id), self.subscription)
        self.assertTrue(line.has_no_price)

    # --- early renewal ----------------------------------------------------------

    def test_early_renewal_at_todays_price(self):
        run = self._create_run(sheet_id=self._stage_sheet().id)
        lines = run.line_ids.with_user(self.manager)
        lines.action_early_quote()
        order = self.subscription.renewal_order_ids
        self.assertEqual((len(order), order.state), (1, "sent"))
        self.assertEqual(order.order_line._csp_net_price(), 19.8)
        self.assertEqual(order.order_line.csp_renewal_date, date(2026, 7, 1))
        self.assertEqual(lines.early_order_id, order)
        lines.action_early_quote()
        self.assertEqual(self.subscription.renewal_order_ids, order)
        self.assertEqual(run.quote_count, 1)
        self.assertTrue(
            run.message_ids.filtered(lambda m: order.name in (m.body or ""))
        )
        with freeze_time("2026-05-02"):
            self.env["csp.subscription"]._prepare_renewal_quotes()
        self.assertEqual(self.subscription.renewal_order_ids, order)

    def test_early_quote_holds_until_the_new_prices_begin(self):
        """The day before is its last; then the renewal is quoted at the new price."""
        sheet = self._stage_sheet()
        run = self._create_run(sheet_id=sheet.id)
        self.assertEqual(run.price_date, date(2026, 5, 1))
        self._line(run, self.subscription).with_user(self.manager).action_early_quote()
        order = self.subscription.renewal_order_ids
        self.assertEqual(order.validity_date, date(2026, 4, 30))
        line = order.order_line
        sheet._apply()
        with freeze_time("2026-05-01"):
            with self.assertRaisesRegex(UserError, "has expired"):
                order._csp_accept_renewal("Anna")
            self.assertEqual(line._csp_net_price(), 19.8)
            # Too early for the usual quote: nothing is offered anew.
            self.env["csp.subscription"]._prepare_renewal_quotes()
            self.assertEqual(order.validity_date, date(2026, 4, 30))
        with freeze_time("2026-06-05"):
            again = self.env["csp.subscription"]._prepare_renewal_quotes()
            self.assertIn(order, again)
            self.assertEqual(self.subscription.renewal_order_ids, order)
            self.assertEqual(
                (order.state, order.validity_date), ("sent", date(2026, 7, 1))
            )
            self.assertEqual(line._csp_net_price(), 21.24)
            self.env["csp.subscription"]._prepare_renewal_quotes()
            order._csp_accept_renewal("Anna")
        self.assertEqual(self.subscription.intent_ids.unit_price, 21.24)

    def test_the_programme_may_forbid_it(self):
        rule = self.program.rule_ids.filtered(
            lambda rule: rule.code == "early_renewal_days"
        )
        rule.value = "90"
        run = self._create_run()
        with self.assertRaisesRegex(UserError, "does not allow"):
            self._line(run, self.subscription).action_early_quote()
        self.assertFalse(self.subscription.renewal_order_ids)
        run.line_ids.action_early_quote()
        self.assertEqual(len(self.early.renewal_order_ids), 1)
        self.assertTrue(
            run.message_ids.filtered(
                lambda m: f"{self.subscription.name}: the programme" in (m.body or "")
            )
        )

    def test_used_results_stay(self):
        run = self._create_run()
        run.line_ids.action_early_quote()
        for work in (
            run.action_compute,
            run.unlink,
            lambda: run.write({"price_date": date(2026, 9, 1)}),
        ):
            with self.assertRaisesRegex(UserError, "stays as"):
                work()
        self.assertEqual((run.state, run.line_count), ("done", 2))

    # --- notices ----------------------------------------------------------------

    def test_one_notice_per_payer(self):
        self._create_active_subscription(start=date(2025, 8, 1))
        run = self._create_run(sheet_id=self._stage_sheet().id)
        lines = run.line_ids.with_user(self.manager)
        self.assertEqual(len(lines), 2)
        lines.action_notify()
        lines.action_notify()
        notice = run.notice_ids.with_user(self.manager)
        self.assertRecordValues(
            notice, [{"partner_id": self.reseller_a.id, "state": "draft"}]
        )
        self.assertEqual(notice.line_ids, lines)
        self.assertIn("21.24", notice.body)
        self.assertIn("Fabrikam", notice.body)
        self.assertNotIn("19.20", notice.body)
        mails = self.env["mail.mail"].search_count([])
        notice.action_send()
        notice.action_send()
        self.assertEqual(self.env["mail.mail"].search_count([]), mails + 1)
        self.assertEqual((notice.state, notice.sent_by), ("sent", self.manager))
        mail = self.env["mail.mail"].search([], order="id desc", limit=1)
        self.assertEqual(mail.recipient_ids, self.reseller_a)
        self.assertEqual(mail.subject, notice.subject)
        lines.action_notify()
        self.assertEqual(len(run.notice_ids), 1)
        with self.assertRaisesRegex(UserError, "never deleted"):
            notice.unlink()

    def test_notice_in_the_payers_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.reseller_a.lang = "de_DE"
        template = self.env.ref("csp_subscription.mail_template_price_notice")
        template.with_context(
            lang="de_DE"
        ).subject = "Neue Preise ab {{ format_date(object.impact_id.price_date) }}"
        run = self._create_run(sheet_id=self._stage_sheet().id)
        run.line_ids.action_notify()
        self.assertEqual(run.notice_ids.subject, "Neue Preise ab 01.05.2026")

    # --- rights -----------------------------------------------------------------

    def test_sellers_look_and_do_not_act(self):
        run = self._create_run()
        mine = run.with_user(self.seller)
        self.assertEqual(mine.line_count, 2)
        with self.assertRaises(AccessError):
            mine.action_compute()
        with self.assertRaises(AccessError):
            mine.line_ids.action_early_quote()
        with self.assertRaises(AccessError):
            mine.line_ids.action_notify()
        self.assertFalse(self.subscription.renewal_order_ids)
        self.assertFalse(run.notice_ids)

    def test_from_the_sheet(self):
        sheet = self._stage_sheet()
        with trap_jobs() as trap:
            action = sheet.action_renewal_impact()
            again = sheet.action_renewal_impact()
            trap.assert_jobs_count(1)
        self.assertEqual(action["res_id"], again["res_id"])
        self.assertEqual(self.Impact.browse(action["res_id"]).sheet_id, sheet)
