"""Two runs at once, with two real cursors: the same invoices as one run.

Runs like any other test under pytest. Odoo's own runner leaves it out by default,
because it commits; start it there with `--test-tags csp_race`.

Everything it commits is taken away again, also when it fails.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from unittest.mock import patch

from psycopg2 import IntegrityError, OperationalError

from odoo import SUPERUSER_ID, api
from odoo.exceptions import LockError, UserError
from odoo.modules.registry import DummyRLock, Registry
from odoo.tests import BaseCase, tagged
from odoo.tests.common import get_db_name
from odoo.tools import mute_logger

DAY = date(2026, 3, 1)
THREADS = 4


@tagged("-standard", "-at_install", "post_install", "csp_race")
class TestBillingRace(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        cls.addClassCleanup(cls._remove)
        cls.ids = {}
        with cls._env() as env:
            cls._create(env)

    @classmethod
    @contextmanager
    def _env(cls):
        with cls.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})

    @classmethod
    def _create(cls, env):
        country = env.ref("base.de")
        company = env["res.company"].create(
            {
                "name": "Race company",
                "country_id": country.id,
                "currency_id": env.ref("base.EUR").id,
            }
        )
        cls.ids["company"] = company.id
        env.user.company_ids |= company
        env = env(context=dict(env.context, allowed_company_ids=company.ids))
        accounts = env["account.account"].create(
            [
                {
                    "name": "Race due",
                    "code": "RACE1",
                    "account_type": "asset_receivable",
                },
                {"name": "Race income", "code": "RACE2", "account_type": "income"},
            ]
        )
        cls.ids["accounts"] = accounts.ids
        cls.ids["journal"] = (
            env["account.journal"]
            .create(
                {
                    "name": "Race",
                    "code": "RACE",
                    "type": "sale",
                    "company_id": company.id,
                    "default_account_id": accounts[1].id,
                }
            )
            .id
        )
        payer = env["res.partner"].create(
            {
                "name": "Race payer",
                "is_company": True,
                "street": "Elbe 1",
                "city": "Hamburg",
                "country_id": country.id,
                "property_account_receivable_id": accounts[0].id,
            }
        )
        cls.ids["payer"] = payer.id
        product = env["product.product"].create(
            {
                "name": "Race offer",
                "type": "service",
                "taxes_id": False,
                "property_account_income_id": accounts[1].id,
            }
        )
        cls.ids["template"] = product.product_tmpl_id.id
        subscription = env["csp.subscription"].create(
            {
                "customer_id": payer.id,
                "payer_id": payer.id,
                "company_id": company.id,
                "product_id": product.id,
                "program_id": env.ref("csp_catalog.program_own_services").id,
                "quantity": 5,
                "term": "P1Y",
                "plan": "monthly",
                "currency_id": company.currency_id.id,
                "unit_price": 19.8,
                "cost_currency_id": company.currency_id.id,
                "unit_cost": 17.6,
                "start_date": DAY,
                "anchor_date": DAY,
                "term_start_date": DAY,
                "term_end_date": date(2027, 3, 1),
            }
        )
        cls.ids["subscription"] = subscription.id
        subscription._set_pending()
        subscription._set_active()
        subscription._book_event("start", DAY)
        cls.ids["run"] = (
            env["csp.billing.run"]
            .create({"company_id": company.id, "date": DAY, "state": "drafting"})
            .id
        )

    @classmethod
    def _remove(cls):
        """Take away what was committed; the ledger only by SQL, on purpose."""
        ids = cls.ids
        with cls._env() as env:
            cls._clean_billing(env)
            for table in ("csp_subscription_event", "csp_seat_batch"):
                env.cr.execute(
                    f"DELETE FROM {table} WHERE subscription_id = %s",
                    (ids.get("subscription"),),
                )
            env.cr.execute(
                "DELETE FROM csp_subscription WHERE id = %s", (ids.get("subscription"),)
            )
            env.cr.execute(
                "DELETE FROM csp_billing_run WHERE id = %s", (ids.get("run"),)
            )
            env.invalidate_all()
            for model, key in (
                ("product.template", "template"),
                ("res.partner", "payer"),
                ("account.journal", "journal"),
                ("account.account", "accounts"),
            ):
                found = ids.get(key) or []
                records = env[model].browse(found).exists()
                records.with_context(force_delete=True).unlink()
            company = env["res.company"].browse(ids.get("company") or []).exists()
            if company:
                cls._remove_company(env, company)

    @classmethod
    def _remove_company(cls, env, company):
        env.user.company_ids -= company
        partner = company.partner_id
        providers = env["payment.provider"].search([("company_id", "=", company.id)])
        try:
            with env.cr.savepoint():
                providers.unlink()
                company.unlink()
                partner.unlink()
        except (IntegrityError, UserError):
            company.write({"active": False, "name": f"Race company {company.id}"})

    @classmethod
    def _clean_billing(cls, env):
        env["account.move"].search([("csp_run_id", "=", cls.ids.get("run"))]).unlink()
        env.cr.execute(
            "DELETE FROM csp_charge WHERE subscription_id = %s",
            (cls.ids.get("subscription"),),
        )
        env.cr.execute(
            "UPDATE csp_subscription SET next_charge_date = %s WHERE id = %s",
            (DAY, cls.ids.get("subscription")),
        )

    def setUp(self):
        super().setUp()
        self.addCleanup(self._reset)

    def _reset(self):
        with self._env() as env:
            self._clean_billing(env)

    def _bill(self, wait):
        """One run in its own transaction; return what stopped it, if anything."""
        company = self.ids["company"]
        try:
            with self.registry.cursor() as cr:
                env = api.Environment(
                    cr, SUPERUSER_ID, {"allowed_company_ids": [company]}
                )
                run = env["csp.billing.run"].browse(self.ids["run"])
                wait()
                run._bill_payers(env["res.partner"].browse(self.ids["payer"]))
        except (LockError, OperationalError, IntegrityError) as error:
            return error
        return None

    def _race(self, barrier_in=None):
        barrier = threading.Barrier(THREADS, timeout=20)
        # Odoo's runner holds this lock while tests run; threads would wait for ever.
        patchers = [patch.object(Registry, "_lock", DummyRLock())]
        if barrier_in:
            model = self.registry["csp.subscription"]
            real = model._plan_charges

            def read_then_wait(subscriptions, until):
                plans = real(subscriptions, until)
                barrier.wait()
                return plans

            patchers.append(patch.object(model, "_plan_charges", read_then_wait))
            # Without the row lock all of them plan on the same, empty ledger.
            patchers.append(
                patch.object(model, "lock_for_update", lambda records: None)
            )
        for patcher in patchers:
            patcher.start()
            self.addCleanup(patcher.stop)
        wait = (lambda: None) if barrier_in else barrier.wait
        with ThreadPoolExecutor(max_workers=THREADS) as executor:
            jobs = [executor.submit(self._bill, wait) for _thread in range(THREADS)]
            errors = [job.result(timeout=60) for job in jobs]
        for patcher in patchers:
            patcher.stop()
        return [error for error in errors if error]

    def _assert_billed_once(self):
        with self._env() as env:
            env.cr.execute(
                "SELECT leg, amount FROM csp_charge WHERE subscription_id = %s"
                " ORDER BY leg",
                (self.ids["subscription"],),
            )
            self.assertEqual(env.cr.fetchall(), [("cost", 88), ("sale", 99)])
            moves = env["account.move"].search([("csp_run_id", "=", self.ids["run"])])
            self.assertEqual(moves.mapped("amount_total"), [99.0])

    @mute_logger("odoo.sql_db")
    def test_runs_at_once_bill_once(self):
        """The row lock lets one of them bill; the others are told to come again."""
        self._race()
        self._assert_billed_once()
        self.assertIsNone(self._bill(lambda: None), "coming again finds nothing")
        self._assert_billed_once()

    @mute_logger("odoo.sql_db")
    def test_without_the_lock_the_ledger_refuses(self):
        """All plan on an empty ledger: the constraints let one through."""
        errors = self._race(barrier_in="plan")
        self.assertEqual(len(errors), THREADS - 1, errors)
        self._assert_billed_once()
