from odoo.tests import tagged
from odoo.tools import file_open

from .common import CspSubscriptionCommon


@tagged("post_install", "-at_install")
class TestNeutralize(CspSubscriptionCommon):
    """A restored copy orders nothing and opens nothing."""

    def test_copy_is_harmless(self):
        order = self._create_cloud_order()
        order.action_confirm()
        task = order.csp_task_ids
        access = self.env["csp.access"].create(
            {
                "tenant_id": order.csp_tenant_id.id,
                "company_id": self.company.id,
                "kind": "tenant_admin",
                "secret": "S3cret",
            }
        )
        self.env.flush_all()
        with file_open("csp_subscription/data/neutralize.sql") as script:
            self.env.cr.execute(script.read())
        self.env.invalidate_all()
        self.assertEqual(task.state, "failed")
        self.assertIn("nothing to do", task._run())
        job = self.env["queue.job"].search([("uuid", "=", task.job_uuid)])
        self.assertEqual(job.state, "cancelled")
        self.assertFalse(access.sudo().secret)
        before = self.env["queue.job"].search_count([])
        self.env["csp.provisioning.task"]._cron_sweep()
        self.assertEqual(self.env["queue.job"].search_count([]), before)
