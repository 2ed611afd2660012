"""Second phase of a run: numbers, one job per journal; and the way of a run."""

import logging

from psycopg2 import OperationalError

from odoo import api, models

from odoo.addons.queue_job.delay import group

from ..const import LEG_SALE, POST_SLICE, RUN_ACTIVE
from .csp_billing_run_draft import SILENT

_logger = logging.getLogger(__name__)


class CspBillingRun(models.Model):
    _inherit = "csp.billing.run"

    # ----------------------------------------------------------------------
    # BUSINESS - THE WAY OF A RUN
    # ----------------------------------------------------------------------

    def _start(self):
        """Plan, then let jobs draft in parallel and one job per journal post."""
        self.ensure_one()
        batches = self._plan()
        if not batches and not self._get_unposted():
            return self._finish() if self.state != "draft" else self._close_empty()
        self._set_drafting()
        self.is_paused = False
        drafts = [
            self.delayable(
                channel="root.csp_billing",
                description=self.env._("%(run)s: drafts", run=self.name),
                identity_key=f"csp.billing.run-{self.id}-draft-{batch.id}",
            )._job_draft(batch)
            for batch in batches
        ]
        posting = self.delayable(
            channel="root.csp_billing",
            description=self.env._("%(run)s: posting", run=self.name),
        )._job_post()
        if drafts:
            group(*drafts).on_done(posting).delay()
        else:
            posting.delay()
        return batches

    def _run_now(self):
        """Do all of it in this transaction: small companies, demo, tests."""
        self.ensure_one()
        batches = self._plan()
        if not batches and not self._get_unposted():
            self._close_empty()
            return self.env["account.move"]
        self._set_drafting()
        moves = self.env["account.move"]
        for batch in batches:
            moves |= self._draft_batch(batch.payer_ids, batch)
        self._set_posting()
        while self._post_batch():
            pass
        self._finish()
        return moves

    def _close_empty(self):
        """Nothing was due: the run is done without having begun."""
        self._set_drafting()
        self._set_done()

    def _finish(self):
        """Close the run when nothing waits any more."""
        waiting = self.batch_ids.filtered(lambda batch: batch.state == "waiting")
        if not waiting and not self._get_unposted():
            self._set_done()

    # ----------------------------------------------------------------------
    # BUSINESS - POSTING
    # ----------------------------------------------------------------------

    def _job_post(self):
        """Queue job: one posting job per journal, because the number is a lock."""
        self.ensure_one()
        if not self._is_going_on():
            return
        self._set_posting()
        journals = self._get_unposted().journal_id
        if not journals:
            self._finish()
        for journal in journals:
            self._delay_posting(journal)

    def _delay_posting(self, journal):
        self.with_delay(
            channel="root.csp_billing",
            description=self.env._(
                "%(run)s: post in %(journal)s", run=self.name, journal=journal.name
            ),
        )._job_post_journal(journal)

    def _job_post_journal(self, journal):
        """Queue job: post a slice, then ask for the next one."""
        self.ensure_one()
        if not self._is_going_on():
            return
        self._post_batch(journal)
        if self._get_unposted(journal):
            self._delay_posting(journal)
        else:
            self._finish()

    def _post_batch(self, journal=None):
        """Post a slice of drafts; return what was tried (empty: nothing is left)."""
        self.ensure_one()
        moves = self._get_unposted(journal, limit=POST_SLICE)
        moves = moves.try_lock_for_update().with_context(**SILENT)
        if not moves:
            return moves
        try:
            with self.env.cr.savepoint():
                moves._post(soft=False)
        except OperationalError:
            raise
        except Exception as error:  # noqa: BLE001 - becomes a hold
            _logger.info("run %s posts one by one: %s", self.id, error)
            for move in moves:
                self._post_alone(move)
        moves.filtered(lambda m: m.state == "posted")._csp_send_later()
        return moves

    def _post_alone(self, move):
        try:
            with self.env.cr.savepoint():
                move._post(soft=False)
        except OperationalError:
            raise
        except Exception as error:  # noqa: BLE001 - becomes a hold
            _logger.info("run %s holds invoice %s: %s", self.id, move.id, error)
            move.invalidate_recordset()
            self.env["csp.billing.hold"]._put(
                move.commercial_partner_id,
                self.company_id,
                "post",
                str(error),
                move_id=move,
                run=self,
            )

    def _get_unposted(self, journal=None, limit=None):
        """Return the drafts of the run that no hold keeps back."""
        held = self.env["csp.billing.hold"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("state", "=", "open"),
                ("move_id", "!=", False),
            ]
        )
        domain = [
            ("csp_run_id", "=", self.id),
            ("state", "=", "draft"),
            ("id", "not in", held.move_id.ids),
        ]
        if journal:
            domain.append(("journal_id", "=", journal.id))
        return self.env["account.move"].search(domain, order="id", limit=limit)

    # ----------------------------------------------------------------------
    # CRON
    # ----------------------------------------------------------------------

    @api.model
    def _cron_run(self):
        """Start today's run of each company that has something due. Safe twice."""
        self.env["account.move"]._csp_send_waiting()
        for company in self._get_billing_companies():
            runs = self.with_company(company)
            probe = runs.new({"company_id": company.id, "date": company._csp_today()})
            if probe._get_due_payers() or runs._get_unfinished(company):
                runs._find_or_create(company)._start_if_due()

    @api.model
    def _get_billing_companies(self):
        """Return the companies in which there may be something to do."""
        found = self.env["res.company"]
        for model, domain in (
            ("csp.subscription", [("next_charge_date", "!=", False)]),
            ("csp.billing.run", [("state", "in", RUN_ACTIVE)]),
            ("csp.billing.hold", [("state", "=", "open")]),
            (
                "csp.charge",
                [
                    ("leg", "=", LEG_SALE),
                    ("invoice_line_id", "=", False),
                    ("amount", "!=", 0),
                ],
            ),
        ):
            groups = self.env[model]._read_group(domain, ["company_id"])
            found = found.union(*(company for (company,) in groups))
        return found.sorted("id")

    @api.model
    def _get_unfinished(self, company):
        return self.search_count(
            [("company_id", "=", company.id), ("state", "in", RUN_ACTIVE)], limit=1
        )

    @api.model
    def _find_or_create(self, company, date=None):
        """Return the run of the company's own today, made when it is missing."""
        date = date or company._csp_today()
        run = self.search(
            [
                ("company_id", "=", company.id),
                ("date", "=", date),
                ("state", "!=", "cancelled"),
            ],
            limit=1,
        )
        return run or self.create({"company_id": company.id, "date": date})

    def _start_if_due(self):
        """Start, or start again, unless it is paused or nothing waits for it.

        Jobs of an earlier start may be under way: row locks and the ledger decide
        who bills whom.
        """
        self.ensure_one()
        if not self.is_paused and (self._get_due_payers() or self._get_unposted()):
            self._start()
