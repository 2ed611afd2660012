"""What tests with real cursors and threads share.

They commit and clean up behind themselves.
"""

import contextlib
import threading
from unittest.mock import patch

from odoo import SUPERUSER_ID, Command, api
from odoo.modules.registry import DummyRLock, Registry
from odoo.service.model import retrying
from odoo.tests import get_db_name
from odoo.tests.common import BaseCase
from odoo.tools import mute_logger

from .leftovers import Leftovers


class RaceCase(BaseCase):
    """An order of three seats is there; ``_together`` runs a verb in threads."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        with self._env() as env:
            self.leftovers = Leftovers(env.cr)
        self.addCleanup(self._forget)
        with self._env() as env:
            order = self._create_order(env)
            self.order_id = order.id

    @contextlib.contextmanager
    def _env(self):
        with self.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})

    def _forget(self):
        """Take away what the test has committed."""
        with (
            self._env() as env,
            patch.object(Registry, "_lock", DummyRLock()),
            mute_logger("odoo.service.model", "odoo.sql_db"),
        ):
            # The server's own threads may be at these rows: try again then.
            retrying(lambda: self.leftovers.remove(env.cr), env)
        self.registry.clear_all_caches()

    def _create_order(self, env):
        program = env["csp.program"].create({"name": "Race", "code": "race"})
        template = env.ref("csp_catalog.program_microsoft_nce")
        for rule in template.rule_ids:
            rule.copy({"program_id": program.id})
        self.provider_id = (
            env["csp.provider"]
            .create(
                {
                    "name": "Race",
                    "code": "partner_center",
                    "mode": "test",
                    "program_id": program.id,
                    "company_id": env.company.id,
                }
            )
            .id
        )
        offer = env["product.template"].create(
            {
                "name": "Race offer",
                "type": "service",
                "service_tracking": "csp_subscription",
                "csp_program_id": program.id,
                "csp_product_ref": "RACE",
                "csp_sku_ref": "0001",
                "csp_segment": "commercial",
                "list_price": 10.0,
            }
        )
        item = (offer, "P1Y", "monthly")
        variant = env["product.template"]._csp_ensure_variants({item})[item]
        customer = env["res.partner"].create(
            {
                "name": "Race customer",
                "is_company": True,
                "street": "Weg 1",
                "city": "Berlin",
                "zip": "10115",
                "country_id": env.ref("base.de").id,
            }
        )
        tenant = env["csp.tenant"].create(
            {
                "partner_id": customer.id,
                "company_id": env.company.id,
                "program_id": program.id,
                "domain": "race.example",
                "admin_first_name": "Anna",
                "admin_last_name": "Berg",
                "admin_email": "anna@race.example",
            }
        )
        return env["sale.order"].create(
            {
                "partner_id": customer.id,
                "csp_customer_id": customer.id,
                "csp_tenant_id": tenant.id,
                "csp_terms_accepted_at": "2026-01-01 10:00:00",
                "order_line": [
                    Command.create({"product_id": variant.id, "product_uom_qty": 3})
                ],
            }
        )

    def _together(self, verb, count=2):
        """Run `verb(env)` in so many threads at once, each with Odoo's retry."""
        barrier = threading.Barrier(count, timeout=20)
        results = []

        def work():
            try:
                with self._env() as env:
                    env.cr.execute("SELECT 1")
                    barrier.wait()
                    results.append(retrying(lambda: verb(env), env))
            except Exception as error:  # noqa: BLE001 - the test looks at it
                results.append(error)

        threads = [threading.Thread(target=work) for _number in range(count)]
        # The test runner holds the registry's lock; a retry asks for the registry.
        with patch.object(Registry, "_lock", DummyRLock()):
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(25)
        return results
