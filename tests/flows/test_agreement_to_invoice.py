"""From the agreement to the invoice, the next version and the renewal quote."""

from datetime import date, timedelta

from odoo.tests import freeze_time, tagged

from odoo.addons.csp_billing.tests.common import CspBillingCommon

START = date(2026, 3, 31)


@tagged("post_install", "-at_install")
class TestAgreementToInvoice(CspBillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time("2026-03-01 09:00:00"):
            # 22.00 list, 19.80 by level, less 2.5 %: 19.305, which is 19.31.
            cls.agreement = cls._create_agreement(
                cls.reseller_a,
                [{"kind": "discount_level", "scope": "all", "value": 2.5}],
                date_start=date(2026, 3, 1),
            )

    def _sell(self):
        """Sell and deliver five seats on the last of March."""
        with freeze_time("2026-03-31 10:00:00"):
            order = self._create_cloud_order()
            order.action_confirm()
            self._deliver(order, START)
        return order

    def _amend(self):
        """Agree on 18.50 from the tenth of April on."""
        with freeze_time("2026-04-02 10:00:00"):
            version = self.agreement._amend(date_start=date(2026, 4, 10))
            version.line_ids.write({"kind": "fixed", "value": 18.5})
            version._activate()
        return version

    def test_agreed_price_is_ordered_invoiced_and_billed(self):
        order = self._sell()
        line = order.order_line
        self.assertEqual(line._csp_net_price(), 19.31)
        self.assertEqual(line.csp_agreement_id, self.agreement)
        subscription = order.csp_subscription_ids
        self.assertEqual(
            (subscription.unit_price, subscription.unit_cost), (19.31, 17.6)
        )
        self.assertEqual(order.invoice_ids.amount_untaxed, 96.55)
        self.assertRecordValues(
            subscription.charge_ids.sorted("leg"),
            [{"leg": "cost", "amount": 88.0}, {"leg": "sale", "amount": 96.55}],
        )
        with freeze_time("2026-04-30 10:00:00"):
            run = self._run("2026-04-30")
            self.assertEqual(run.move_ids.amount_untaxed, 96.55)
            self._assert_nothing_more_to_bill("2026-04-30")

    def test_another_reseller_pays_by_its_level(self):
        with freeze_time("2026-03-31 10:00:00"):
            order = self._create_cloud_order(self.customer_b)
        self.assertEqual(order.order_line._csp_net_price(), 19.8)
        self.assertFalse(order.order_line.csp_agreement_id)

    def test_running_term_keeps_its_price_and_its_version(self):
        """A new version changes no running term, no sold line and no reason of it."""
        order = self._sell()
        sold = dict(order.order_line.csp_waterfall)
        version = self._amend()
        self.assertEqual(
            (self.agreement.state, self.agreement.date_end, version.version),
            ("active", date(2026, 4, 9), 2),
        )
        with freeze_time("2026-04-30 10:00:00"):
            self.env["csp.agreement"]._cron_csp_agreements()
            self.assertEqual(self.agreement.state, "superseded")
            run = self._run("2026-04-30")
            self.assertEqual(run.move_ids.amount_untaxed, 96.55)
        with freeze_time("2028-04-30 10:00:00"):
            order.order_line.invalidate_recordset()
            self.assertEqual(dict(order.order_line.csp_waterfall), sold)
            self.assertEqual(order.order_line.csp_agreement_id.version, 1)
            self.assertEqual(order.order_line._csp_net_price(), 19.31)

    def test_order_of_the_new_version(self):
        self._amend()
        with freeze_time("2026-04-10 10:00:00"):
            order = self._create_cloud_order()
        self.assertEqual(order.order_line._csp_net_price(), 18.5)
        self.assertEqual(order.order_line.csp_agreement_id.version, 2)

    def test_renewal_is_quoted_by_the_version_of_that_day(self):
        order = self._sell()
        self._amend()
        subscription = order.csp_subscription_ids
        self.assertEqual(subscription.term_end_date, date(2027, 3, 31))
        with freeze_time(subscription.term_end_date - timedelta(days=30)):
            quote = (
                self.env["csp.subscription"]
                ._prepare_renewal_quotes()
                .filtered(lambda one: one.csp_customer_id == self.customer_a)
            )
        self.assertEqual(quote.amount_untaxed, 92.5)
        self.assertEqual(quote.order_line._csp_net_price(), 18.5)
        self.assertEqual(quote.order_line.csp_agreement_id.version, 2)
