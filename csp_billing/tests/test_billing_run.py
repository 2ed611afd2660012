"""A billing run: what it charges, what it invoices, and that it does so once."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import CspBillingCommon


@tagged("post_install", "-at_install")
class TestBillingRun(CspBillingCommon):
    def test_one_month_is_one_invoice(self):
        """5 x 19.80 = 99.00, 19 % = 18.81, 117.81 together."""
        subscription = self._create_running("2026-01-31")
        run = self._run("2026-01-31")
        self.assertEqual(run.state, "done")
        self.assertEqual(run.progress, 100)
        self.assertRecordValues(
            run.move_ids,
            [
                {
                    "move_type": "out_invoice",
                    "state": "posted",
                    "partner_id": self.reseller_a.id,
                    "currency_id": self.currency.id,
                    "amount_untaxed": 99.0,
                    "amount_tax": 18.81,
                    "amount_total": 117.81,
                    "invoice_date": run.date,
                }
            ],
        )
        line = run.move_ids.invoice_line_ids
        self.assertRecordValues(
            line, [{"quantity": 5, "price_unit": 19.8, "product_id": self.offer.id}]
        )
        self.assertFalse(line.sale_line_ids)
        self.assertIn("Fabrikam", line.name)
        self.assertRecordValues(
            subscription.charge_ids.sorted("leg"),
            [
                {"leg": "cost", "amount": 88.0, "margin_amount": -88.0},
                {"leg": "sale", "amount": 99.0, "margin_amount": 99.0},
            ],
        )
        self.assertEqual(line.csp_charge_ids, subscription.charge_ids.sorted("leg")[1])
        self.assertEqual(
            subscription.next_charge_date.isoformat(), "2026-02-28", "not drifted"
        )
        self._assert_nothing_more_to_bill("2026-01-31")

    def test_five_times_is_once(self):
        self._create_running("2026-01-10")
        self._create_running("2026-01-10", 3, customer=self.customer_b)
        first = self._run("2026-02-10")
        before = self._count_books()
        moves = first.move_ids
        self.assertEqual(sorted(moves.mapped("amount_untaxed")), [118.8, 198.0])
        for _again in range(5):
            self._run("2026-02-10")
        self.assertEqual(self._count_books(), before)
        self.assertEqual(first.move_ids, moves)

    def test_next_month_is_exactly_one_invoice(self):
        subscription = self._create_running("2026-01-31")
        self._run("2026-01-31")
        self._run("2026-02-27")
        self.assertEqual(subscription.csp_invoice_count, 1)
        run = self._run("2026-02-28")
        self.assertEqual(run.move_ids.mapped("amount_total"), [117.81])
        self.assertEqual(subscription.csp_invoice_count, 2)
        self._assert_nothing_more_to_bill("2026-02-28")

    def test_missed_months_are_caught_up(self):
        subscription = self._create_running("2026-01-31")
        run = self._run("2026-04-30")
        self.assertEqual(run.move_ids.amount_untaxed, 396.0)
        starts = [
            d.isoformat()
            for d in sorted(
                subscription.charge_ids.filtered(lambda c: c.leg == "sale").mapped(
                    "period_start"
                )
            )
        ]
        self.assertEqual(
            starts, ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]
        )
        self._assert_nothing_more_to_bill("2026-04-30")

    def test_preview_is_what_is_posted(self):
        subscription = self._create_running("2026-01-01")
        self._run("2026-01-01")
        self._change_seats(subscription, 8, "2026-01-16")
        run = self.env["csp.billing.run"]._find_or_create(
            self.company, subscription.start_date.replace(month=2)
        )
        before = self._count_books()
        run.action_preview()
        self.assertEqual(self._count_books(), before)
        self.assertEqual(run.state, "planned")
        previewed = run.preview_ids.mapped(
            lambda p: (p.kind, p.period_start, p.period_end, p.quantity, p.amount)
        )
        run._run_now()
        booked = run.charge_ids.filtered(lambda c: c.leg == "sale").sorted("id")
        self.assertEqual(
            previewed,
            booked.mapped(
                lambda c: (c.kind, c.period_start, c.period_end, c.quantity, c.amount)
            ),
        )
        # 3 x 19.80 x 16/31 = 30.658; 8 x 19.80 = 158.40
        self.assertEqual(booked.mapped("amount"), [30.66, 158.4])
        self.assertEqual(run.move_ids.amount_untaxed, 189.06)
        self._assert_nothing_more_to_bill("2026-02-01")

    def test_seats_given_back_become_a_credit_note(self):
        subscription = self._create_running("2026-04-01", 10, 30.0)
        self._run("2026-04-01")
        self._change_seats(subscription, 4, "2026-04-06")
        run = self._run("2026-04-06")
        # 6 x 30.00 x 25/30 = 150.00, 19 % = 28.50
        self.assertRecordValues(
            run.move_ids,
            [
                {
                    "move_type": "out_refund",
                    "state": "posted",
                    "amount_untaxed": 150.0,
                    "amount_tax": 28.5,
                    "amount_total": 178.5,
                }
            ],
        )
        credit = run.charge_ids.filtered(lambda c: c.leg == "sale")
        self.assertRecordValues(
            credit,
            [{"kind": "credit", "quantity": -6, "amount": -150.0, "factor": 5 / 6}],
        )
        self.assertEqual(credit.reversed_charge_id.amount, 300.0)
        self._assert_nothing_more_to_bill("2026-04-30")

    def test_cancelled_on_the_first_day_nets_to_nothing(self):
        subscription = self._create_running("2026-04-01", 10, 8.33)
        invoice = self._run("2026-04-01").move_ids
        self._cancel_on(subscription, "2026-04-01")
        refund = self._run("2026-04-02").move_ids
        self.assertEqual(refund.move_type, "out_refund")
        self.assertEqual(refund.amount_total, invoice.amount_total)
        self.assertFalse(subscription.next_charge_date)
        self._assert_nothing_more_to_bill("2026-12-31")

    def test_credit_within_an_invoice_is_a_negative_line(self):
        leaving = self._create_running("2026-04-01", 1, 30.0)
        self._create_running("2026-04-02", 10, 30.0)
        self._run("2026-04-01")
        self._cancel_on(leaving, "2026-04-16")
        run = self._run("2026-04-16")
        self.assertRecordValues(
            run.move_ids, [{"move_type": "out_invoice", "amount_untaxed": 285.0}]
        )
        self.assertEqual(
            sorted(run.move_ids.invoice_line_ids.mapped("price_subtotal")),
            [-15.0, 300.0],
        )
        self._assert_nothing_more_to_bill("2026-04-16")

    def test_a_new_term_at_the_price_of_its_event(self):
        subscription = self._create_running("2026-01-15", plan="annual", price=200.0)
        self._run("2026-01-15")
        subscription.write(
            {
                "term_start_date": "2027-01-15",
                "term_end_date": "2028-01-15",
                "quantity": 6,
                "unit_price": 210.0,
            }
        )
        subscription._book_event("renew", subscription.term_start_date)
        self.assertFalse(self._run("2027-01-14").move_ids)
        run = self._run("2027-01-15")
        self.assertEqual(run.move_ids.amount_untaxed, 1260.0)
        self.assertEqual(self._sale_amounts(subscription), [1000.0, 1260.0])
        self._assert_nothing_more_to_bill("2027-12-31")

    def test_after_the_term_nothing_is_billed(self):
        subscription = self._create_running("2026-01-15")
        self._run("2028-01-01")
        self.assertEqual(len(self._sale_amounts(subscription)), 12)
        self.assertFalse(subscription.next_charge_date)
        self._assert_nothing_more_to_bill("2028-01-01")

    def test_customers_share_a_line(self):
        second = self._create_customer(self.reseller_a, name="Adatum")
        self._create_running("2026-03-01", 5)
        self._create_running("2026-03-01", 2, customer=second)
        move = self._run("2026-03-01").move_ids
        self.assertRecordValues(
            move.invoice_line_ids,
            [{"quantity": 7, "price_unit": 19.8, "price_subtotal": 138.6}],
        )
        self.assertEqual(len(move.invoice_line_ids.csp_charge_ids), 2)
        self.assertIn("Fabrikam, Adatum", move.invoice_line_ids.name)

    def test_rounded_parts_make_an_exact_line(self):
        """Shares of a cent: the line is worth the sum of its charges."""
        second = self._create_customer(self.reseller_a, name="Adatum")
        for customer in (self.customer_a, second):
            self._create_running("2026-03-01", 1, 3.335, customer)
        move = self._run("2026-03-01").move_ids
        self.assertEqual(move.amount_untaxed, 6.68)
        self.assertEqual(move.invoice_line_ids.price_unit, 3.34)

    def test_two_currencies_never_mix(self):
        usd = self._use_currency_rate("USD", 1.25)
        self._create_running("2026-03-01", 5)
        self._create_running("2026-03-01", 2, 10.0, currency_id=usd.id)
        moves = self._run("2026-03-01").move_ids
        self.assertEqual(
            {(m.currency_id.name, m.amount_untaxed) for m in moves},
            {("EUR", 99.0), ("USD", 20.0)},
        )
        in_usd = moves.filtered(lambda m: m.currency_id == usd)
        self.assertEqual(in_usd.invoice_currency_rate, 1.25)
        self.assertEqual(in_usd.amount_untaxed_signed, 16.0)
        charge = in_usd.invoice_line_ids.csp_charge_ids
        self.assertEqual((charge.amount, charge.company_amount), (20.0, 16.0))
        self._assert_nothing_more_to_bill("2026-03-01")

    def test_a_deleted_draft_is_billed_again(self):
        subscription = self._create_running("2026-03-01", 5)
        run = self.env["csp.billing.run"]._find_or_create(
            self.company, subscription.start_date
        )
        draft = run._draft_batch(self.reseller_a)
        self.assertEqual(draft.state, "draft")
        draft.unlink()
        self.assertFalse(subscription.charge_ids.invoice_line_id)
        self._run("2026-03-01")
        self.assertEqual(run.move_ids.amount_untaxed, 99.0)
        self.assertEqual(len(self._sale_amounts(subscription)), 1)
        self._assert_nothing_more_to_bill("2026-03-01")

    def test_posted_charges_stay(self):
        subscription = self._create_running("2026-03-01", 5)
        self._run("2026-03-01")
        charges = subscription.charge_ids
        with self.assertRaises(UserError):
            charges.write({"amount": 1.0})
        with self.assertRaises(UserError):
            charges.unlink()
        with self.assertRaises(UserError):
            charges._set_void()

    def test_tax_on_top_or_included(self):
        included = self.tax.copy({"price_include_override": "tax_included"})
        self.offer.taxes_id = included
        self._create_running("2026-03-01", 5)
        move = self._run("2026-03-01").move_ids
        self.assertEqual((move.amount_total, move.amount_untaxed), (99.0, 83.19))

    def test_fiscal_position_changes_tax(self):
        free = self.tax.copy({"name": "0 % test", "amount": 0.0})
        position = self.env["account.fiscal.position"].create(
            {"name": "Export", "auto_apply": False, "tax_ids": [(4, free.id)]}
        )
        free.original_tax_ids = self.tax
        self.reseller_a.property_account_position_id = position
        self._create_running("2026-03-01", 5)
        move = self._run("2026-03-01").move_ids
        self.assertEqual(move.fiscal_position_id, position)
        self.assertEqual((move.amount_untaxed, move.amount_total), (99.0, 99.0))

    def test_payment_term_and_address_of_the_payer(self):
        term = self.env.ref("account.account_payment_term_30days")
        self.reseller_a.property_payment_term_id = term
        address = self.env["res.partner"].create(
            {
                "parent_id": self.reseller_a.id,
                "type": "invoice",
                "name": "Buchhaltung",
                "street": "Hafen 1",
                "city": "Kiel",
                "country_id": self.env.ref("base.de").id,
            }
        )
        self._create_running("2026-03-01", 5)
        move = self._run("2026-03-01").move_ids
        self.assertEqual(move.partner_id, address)
        self.assertEqual(move.invoice_payment_term_id, term)
        self.assertEqual(move.invoice_date_due.isoformat(), "2026-03-31")

    def _use_currency_rate(self, name, rate):
        currency = (
            self.env["res.currency"]
            .with_context(active_test=False)
            .search([("name", "=", name)])
        )
        currency.active = True
        currency.rate_ids.unlink()
        self.env["res.currency.rate"].create(
            {
                "currency_id": currency.id,
                "name": "2026-01-01",
                "rate": rate,
                "company_id": self.company.id,
            }
        )
        return currency
