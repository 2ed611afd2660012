"""Factories shared by the tests of this add-on and of those above it."""

from datetime import date
from unittest.mock import patch

from odoo import Command, fields

from odoo.addons.csp_subscription.tests.common import CspSubscriptionCommon

TAX = 19.0


class CspBillingCommon(CspSubscriptionCommon):
    """The distributor keeps books in euro and charges 19 % on cloud offers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids |= cls.env.ref("csp_billing.group_csp_accountant")
        cls._load_chart(cls.company)
        cls.journal = cls.env["account.journal"].search(
            [("company_id", "=", cls.company.id), ("type", "=", "sale")], limit=1
        )
        cls.tax = cls.env["account.tax"].create(
            {
                "name": "19 % test",
                "amount": TAX,
                "type_tax_use": "sale",
                "company_id": cls.company.id,
            }
        )
        cls.company.account_sale_tax_id = cls.tax
        cls.offer.taxes_id = cls.tax

    @classmethod
    def _load_chart(cls, company):
        """Give the company a chart of accounts, keeping its currency."""
        if company.chart_template:
            return
        currency = company.currency_id
        cls.env["account.chart.template"].try_loading(
            "generic_coa", company, install_demo=False
        )
        company.currency_id = currency

    # --- factories ------------------------------------------------------------

    @classmethod
    def _create_variant(cls, *args, **kwargs):
        variant = super()._create_variant(*args, **kwargs)
        if "tax" in cls.__dict__ or hasattr(cls, "tax"):
            variant.taxes_id = cls.tax
        return variant

    @classmethod
    def _create_running(cls, start, seats=5, price=None, customer=None, **values):
        """Return a running subscription from `start` that no order invoices.

        :param price: net price per seat and billing period
        """
        subscription = cls._create_bare(start, seats, price, customer, **values)
        subscription._set_pending()
        subscription._set_active()
        subscription._book_event("start", subscription.start_date)
        return subscription

    @classmethod
    def _create_bare(cls, start, seats=5, price=None, customer=None, **values):
        start = fields.Date.to_date(start)
        customer = customer or cls.customer_a
        payer = customer.csp_reseller_id or customer
        offer = values.pop("offer", cls.offer)
        return cls.env["csp.subscription"].create(
            {
                "customer_id": customer.id,
                "reseller_id": customer.csp_reseller_id.id,
                "payer_id": payer.id,
                "company_id": cls.company.id,
                "product_id": offer.id,
                "program_id": offer.csp_program_id.id,
                "quantity": seats,
                "term": offer.csp_term,
                "plan": offer.csp_plan,
                "currency_id": cls.currency.id,
                "unit_price": 19.8 if price is None else price,
                "cost_currency_id": cls.currency.id,
                "unit_cost": 17.6,
                "start_date": start,
                "anchor_date": start,
                "term_start_date": start,
                "term_end_date": date(start.year + 1, start.month, start.day),
                **values,
            }
        )

    @classmethod
    def _change_seats(cls, subscription, seats, day):
        subscription.quantity = seats
        return subscription._book_event("seats", fields.Date.to_date(day))

    @classmethod
    def _cancel_on(cls, subscription, day):
        subscription._set_cancelled()
        return subscription._book_event("cancel", fields.Date.to_date(day))

    # --- paying ---------------------------------------------------------------

    def _pay(self, order):
        """Pay the order as the shop does: done, then post-processed."""
        method_class = self.env.registry["account.payment.method"]
        real = method_class._get_payment_method_information

        def with_test_method(methods):
            return {**real(methods), "none": {"mode": "electronic", "type": ("bank",)}}

        patcher = patch.object(
            method_class, "_get_payment_method_information", with_test_method
        )
        patcher.start()
        self.addCleanup(patcher.stop)
        bank = self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", self.company.id)], limit=1
        )
        self.env["account.payment.method"].create(
            {"name": "Test", "code": "none", "payment_type": "inbound"}
        )
        method = self.env.ref("payment.payment_method_unknown")
        provider = self.env["payment.provider"].create(
            {
                "name": "Test",
                "code": "none",
                "state": "test",
                "company_id": self.company.id,
                "payment_method_ids": [Command.set(method.ids)],
            }
        )
        method.active = True
        provider.journal_id = bank
        line = bank.inbound_payment_method_line_ids.filtered(
            lambda line: line.payment_provider_id == provider
        )
        line.payment_account_id = self.env["account.account"].create(
            {
                "name": "Outstanding",
                "code": "OUT1",
                "account_type": "asset_current",
                "reconcile": True,
            }
        )
        tx = self.env["payment.transaction"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": method.id,
                "reference": f"shop-{order.id}",
                "amount": order.amount_total,
                "currency_id": order.currency_id.id,
                "partner_id": order.partner_id.id,
                "sale_order_ids": [Command.set(order.ids)],
            }
        )
        tx._set_done()
        tx._post_process()
        return tx

    # --- running --------------------------------------------------------------

    def _run(self, day, company=None):
        """Bill up to a day in this transaction; return the run."""
        company = company or self.company
        run = self.env["csp.billing.run"]._find_or_create(
            company, fields.Date.to_date(day)
        )
        run._run_now()
        return run

    def _assert_nothing_more_to_bill(self, day, subscriptions=None):
        """Try to bill again: no charge, no invoice, nothing left over."""
        before = self._count_books()
        self._run(day)
        self.assertEqual(self._count_books(), before, "billing again billed something")
        run = self._run(day)
        self.assertFalse(run._get_pending_charges())
        subscriptions = subscriptions or self.env["csp.subscription"].search([])
        for plan in subscriptions._plan_charges(run.date).values():
            self.assertFalse([e for leg in plan.entries.values() for e in leg])

    def _count_books(self):
        return {
            model: self.env[model].search_count([])
            for model in ("csp.charge", "account.move", "account.move.line")
        }

    def _sale_amounts(self, subscriptions):
        charges = subscriptions.charge_ids.filtered(lambda c: c.leg == "sale")
        return charges.sorted("id").mapped("amount")
