"""Two at once about prices: quotas and agreements. Run by tag `csp_race`."""

import threading

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .race import RaceCase


@tagged("-standard", "-at_install", "post_install", "csp_race")
class TestRacePrices(RaceCase):
    def _run_each(self, ids, verb):
        """Run ``verb(env, id)`` for all of these ids at once; return the errors."""
        mine = threading.local()
        waiting = list(ids)

        def work(env):
            # A retry is about the same record.
            if not hasattr(mine, "number"):
                mine.number = waiting.pop()
            verb(env, mine.number)

        results = self._together(work, len(ids))
        return [result for result in results if isinstance(result, Exception)]

    def _create_partners(self, env, **values):
        return env["res.partner"].create(
            [
                {"name": f"Race partner {number}", "is_company": True, **values}
                for number in range(2)
            ]
        )

    def _create_agreements(self, env, partners, **values):
        """Create a draft per partner for everything from 2020 on."""
        agreements = env["csp.agreement"].create(
            [
                {"partner_id": partner.id, "date_start": "2020-01-01", **values}
                for partner in partners
            ]
        )
        return agreements.ids

    def _activate(self, ids):
        """Activate all at once; return the errors and the states."""
        errors = self._run_each(
            ids, lambda env, number: env["csp.agreement"].browse(number)._activate()
        )
        with self._env() as env:
            agreements = env["csp.agreement"].browse(ids)
            return errors, sorted(agreements.mapped("state"))

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_two_orders_take_the_rest_of_a_quota(self):
        """Three seats each, five left: one order gets the promotion."""
        with self._env() as env:
            order = env["sale.order"].browse(self.order_id)
            promotion = env["csp.promotion"].create(
                {
                    "name": "Race promotion",
                    "company_id": order.company_id.id,
                    "program_id": order.order_line.product_id.csp_program_id.id,
                    "percent": 10,
                    "date_start": "2020-01-01 00:00:00",
                    "quota_seats": 5,
                }
            )
            orders = env["sale.order"]
            for number in range(2):
                tenant = order.csp_tenant_id.copy({"domain": f"race{number}.example"})
                orders += order.copy(
                    {
                        "csp_tenant_id": tenant.id,
                        "csp_terms_accepted_at": "2026-01-01 10:00:00",
                    }
                )
            self.assertEqual(orders.order_line.csp_promotion_ids, promotion)
            ids, promotion_id = orders.ids, promotion.id
        errors = self._run_each(
            ids, lambda env, number: env["sale.order"].browse(number).action_confirm()
        )
        self.assertEqual([type(error) for error in errors], [UserError])
        self.assertIn("Race promotion", str(errors[0]))
        with self._env() as env:
            promotion = env["csp.promotion"].browse(promotion_id)
            self.assertEqual(promotion.used_seats, 3)
            self.assertEqual(promotion.usage_ids.mapped("seats"), [3])
            orders = env["sale.order"].browse(ids)
            self.assertEqual(sorted(orders.mapped("state")), ["draft", "sale"])

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_two_agreements_of_one_partner(self):
        with self._env() as env:
            partner = self._create_partners(env)[0]
            ids = self._create_agreements(env, [partner, partner])
        errors, states = self._activate(ids)
        self.assertEqual([type(error) for error in errors], [UserError])
        self.assertIn("already has agreement", str(errors[0]))
        self.assertEqual(states, ["active", "draft"])

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_two_exclusive_agreements(self):
        """Two resellers sign at once that they are the only one in Germany."""
        with self._env() as env:
            germany = env.ref("base.de")
            ids = self._create_agreements(
                env,
                self._create_partners(env),
                is_exclusive=True,
                country_ids=[Command.set(germany.ids)],
            )
        errors, states = self._activate(ids)
        self.assertEqual([type(error) for error in errors], [UserError])
        self.assertIn("is exclusive", str(errors[0]))
        self.assertEqual(states, ["active", "draft"])
