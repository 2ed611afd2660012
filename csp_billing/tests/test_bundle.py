"""A device, a licence and a service in one bundle: ordered, invoiced, taken apart."""

from datetime import date

from odoo.tests import freeze_time, tagged

from .common import CspBillingCommon

TODAY = date(2026, 3, 10)


@tagged("post_install", "-at_install")
class TestBundle(CspBillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tax_7 = cls.env["account.tax"].create(
            {"name": "7 % test", "amount": 7, "type_tax_use": "sale"}
        )
        cls.device = cls._create_device(999, 850, taxes_id=cls.tax.ids)
        cls.service = cls._create_device(
            79, 30, name="Set-up", type="service", taxes_id=cls.tax_7.ids
        )
        cls.bundle = cls._create_bundle(
            (cls.device, cls.offer, cls.service), 1050, name="Ready to work"
        )
        cls.customer = cls._create_customer(name="Proseware")
        cls.pricelist = cls.env["product.pricelist"].create(
            {"name": "List prices", "currency_id": cls.currency.id}
        )

    def setUp(self):
        super().setUp()
        with freeze_time("2026-03-10 09:00:00"):
            self.order = self._create_cloud_order(
                self.customer, {}, pricelist_id=self.pricelist.id
            )
            self.order.order_line.unlink()
            self.line = self._add_bundle(self.order, self.bundle)
            self.order.action_confirm()

    def _part(self, product):
        return self.line.linked_line_ids.filtered(lambda p: p.product_id == product)

    def _deliver_now(self):
        with freeze_time("2026-03-10 09:05:00"):
            self._deliver(self.order, TODAY)
        return self.order.csp_subscription_ids

    def test_one_subscription_and_one_invoice_that_adds_up(self):
        subscription = self.order.csp_subscription_ids
        self.assertEqual(len(subscription), 1)
        self.assertRecordValues(
            subscription,
            [
                {
                    "product_id": self.offer.id,
                    "order_line_id": self._part(self.offer).id,
                    "quantity": 1,
                    "unit_price": 21.0,
                    "erp_unit_price": 22.0,
                    "unit_cost": 17.6,
                }
            ],
        )
        self.assertEqual(self.order.amount_untaxed, 1050)
        self._deliver_now()
        move = self.order.invoice_ids
        self.assertRecordValues(
            move,
            [{"state": "posted", "amount_untaxed": 1050, "amount_total": 1240.45}],
        )
        self.assertEqual(
            sorted(
                (line.product_id.id, line.price_subtotal, line.tax_ids.amount)
                for line in move.invoice_line_ids
                if line.display_type == "product"
            ),
            sorted(
                [
                    (self.device.id, 953.59, 19),
                    (self.offer.id, 21.0, 19),
                    (self.service.id, 75.41, 7),
                ]
            ),
        )
        self.assertEqual(self.order.amount_total, move.amount_total)
        self.assertEqual(self.order.invoice_status, "invoiced")
        self._assert_nothing_more_to_bill(TODAY)

    def test_next_month_bills_the_licence_only_at_its_share(self):
        self._deliver_now()
        run = self._run("2026-04-10")
        self.assertEqual(run.move_ids.amount_untaxed, 21)
        self.assertEqual(run.move_ids.invoice_line_ids.product_id, self.offer)
        self._assert_nothing_more_to_bill("2026-04-10")

    def test_cancelling_the_licence_keeps_device_and_service(self):
        subscription = self._deliver_now()
        invoice = self.order.invoice_ids
        with freeze_time("2026-03-10 20:00:00"):
            subscription._apply_vendor_deletion("test")
            self._run(TODAY)
        self.assertEqual(subscription.state, "cancelled")
        refund = subscription._get_csp_invoices() - invoice
        self.assertEqual(refund.move_type, "out_refund")
        self.assertEqual(refund.amount_untaxed, 21)
        self.assertEqual(refund.amount_total, 24.99)
        self.assertEqual(refund.invoice_line_ids.product_id, self.offer)
        self.assertEqual(self.order.state, "sale")
        self.assertRecordValues(
            self._part(self.device) | self._part(self.service),
            [
                {"price_subtotal": 953.59, "qty_invoiced": 1, "qty_to_invoice": 0},
                {"price_subtotal": 75.41, "qty_invoiced": 1, "qty_to_invoice": 0},
            ],
        )
        self._assert_nothing_more_to_bill("2026-03-10")
        notes = self.order.message_ids.filtered(
            lambda m: "leaves the bundle Ready to work" in (m.body or "")
        )
        self.assertEqual(len(notes), 1)
        for text in ("21.00", "953.59", "75.41"):
            self.assertIn(text, notes.body)

    def test_whole_order_is_cancelled_before_the_delivery(self):
        self.order.action_cancel()
        self.assertEqual(self.order.state, "cancel")
        self.assertEqual(self.order.csp_subscription_ids.state, "cancelled")
        self.assertFalse(self.order.invoice_ids)
