"""What a price impact foresees is what the invoices say after the day."""

from odoo.tests import freeze_time, tagged

from odoo.addons.csp_catalog.tests.common import sheet_bytes
from odoo.addons.queue_job.tests.common import trap_jobs

from .common import CspBillingCommon


@tagged("post_install", "-at_install")
class TestPriceImpactInvoice(CspBillingCommon):
    def test_simulation_is_the_invoice(self):
        subscription = self._create_running("2025-07-01", 7, auto_renew=True)
        with freeze_time("2026-03-10"):
            sheet = self.env["csp.price.sheet"]._import(
                sheet_bytes(
                    {
                        "ProductId": "CFQ7TTC0LCHC",
                        "SkuId": "0002",
                        "TermDuration": "P1Y",
                        "BillingPlan": "Monthly",
                        # 18.4275 cost, 22.60 list price, 20.34 for the reseller
                        "UnitPrice": "221.13",
                        "ERP Price": "271.17",
                        "EffectiveStartDate": "2026-05-01T00:00:00.0000000Z",
                    }
                ),
                name="List of May",
                program_id=self.program.id,
            )
            run = self.env["csp.price.impact"].create({"sheet_id": sheet.id})
            with trap_jobs() as trap:
                run.action_compute()
                trap.perform_enqueued_jobs()
        line = run.line_ids
        self.assertEqual(line.subscription_id, subscription)
        self.assertEqual(line.renewal_period_amount, 142.38)
        sheet._apply()
        with freeze_time("2026-07-01"):
            self.env["csp.subscription"]._close_terms()
        old = self._run("2026-06-30").move_ids
        self.assertEqual((line.period_amount, old.amount_untaxed), (138.6, 1663.2))
        new = self._run("2026-07-01").move_ids
        self.assertEqual(new.amount_untaxed, line.renewal_period_amount)
        self.assertEqual(new.invoice_line_ids.price_unit, line.renewal_unit_price)
        charge = subscription.charge_ids.filtered(lambda one: one.leg == "cost").sorted(
            "period_start"
        )[-1]
        self.assertAlmostEqual(charge.amount, line.renewal_unit_cost * 7, 2)
