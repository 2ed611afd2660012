from odoo.tests import tagged

from ..const import STATES
from .common import CspSubscriptionCommon


@tagged("post_install", "-at_install")
class TestDemo(CspSubscriptionCommon):
    """The demo story works without a vendor and shows every state."""

    def test_story_shows_every_state_and_queues_nothing(self):
        self._create_provider(
            program_id=self.env.ref("csp_catalog.program_microsoft_nce").id, sequence=0
        )
        jobs = self.env["queue.job"].search_count([])
        mails = self.env["mail.mail"].search_count([])
        known = self.env["csp.subscription"].search([])
        self.env["csp.subscription"]._create_demo_story()
        made = self.env["csp.subscription"].search([]) - known
        self.assertEqual(set(made.mapped("state")), {state for state, _label in STATES})
        self.assertEqual(self.env["queue.job"].search_count([]), jobs)
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)
        draft = made.filtered(lambda s: s.state == "draft")
        self.assertTrue(made.filtered("is_renewal_due"))
        self.assertIn("refused", made.task_ids.mapped("state"))
        self.assertTrue(all(s.unit_price > s.unit_cost > 0 for s in made - draft))
