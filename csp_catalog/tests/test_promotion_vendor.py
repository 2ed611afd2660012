"""The vendor's promotions as records: read, read again, closed, shown on offers."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from odoo.addons.queue_job.exception import RetryableJobError
from odoo.addons.queue_job.tests.common import trap_jobs

from .. import providers
from .common import CspCatalogCommon
from .simulator_process import SimulatorProcess

NOW = datetime(2026, 6, 15, 9, 0)


class ListAdapter:
    """Answers with a list of promotions, or fails."""

    def __init__(self, *found, error=None):
        self.found = found
        self.error = error
        self.asked = []

    def fetch_promotions(self, country, segment="commercial"):
        self.asked.append((country, segment))
        if self.error:
            raise self.error
        return [row for row in self.found if row.segment == segment]


@tagged("post_install", "-at_install", "csp")
class TestPromotionVendor(CspCatalogCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.provider = cls._create_provider(
            code="partner_center",
            base_url="http://127.0.0.1:1",
            tenant_ref="tenant",
            client_id="application",
            client_secret="s3cret",
            refresh_token="t0ken",
            country_id=cls.env.ref("base.de").id,
        )
        cls.offer = cls._create_offer(csp_product_ref="CSPPROMO0001")
        cls.variant = cls._create_variant(cls.offer, "P1Y", "annual")
        cls.other = cls._create_variant()
        cls.promotions = cls.env["csp.promotion"]

    def listed(self, ref="P:0001:A", percent="10", **values):
        """Return a promotion as an adapter tells it; it runs for 60 days."""
        start = values.pop("start", NOW - timedelta(days=30))
        end = values.pop("end", NOW + timedelta(days=30))
        item = providers.PromotionItem(
            values.pop("product", "CSPPROMO0001"),
            "0001",
            values.pop("term", "P1Y"),
            values.pop("plan", "annual"),
            Decimal(percent),
        )
        return providers.Promotion(
            ref=ref,
            name=values.pop("name", f"Promotion {ref}"),
            start_at=start.replace(tzinfo=timezone.utc),
            end_at=end.replace(tzinfo=timezone.utc),
            items=values.pop("items", (item,)),
            segment=values.pop("segment", "commercial"),
            **values,
        )

    def sync(self, *found, moment=NOW, error=None):
        """Read a list; return the counts."""
        adapter = ListAdapter(*found, error=error)
        with patch.object(
            type(self.provider), "_get_adapter", lambda *args, **kwargs: adapter
        ):
            return self.provider._sync_promotions(moment)

    def known(self):
        return self.promotions.search([("provider_id", "=", self.provider.id)])

    def snapshot(self):
        return self.known().read(["vendor_ref", "percent", "date_end", "line_ids"])

    # --- reading ------------------------------------------------------------------

    def test_everything_of_a_promotion_is_kept(self):
        counts = self.sync(
            self.listed(
                percent="12.5",
                min_seats=5,
                max_seats=1000,
                is_first_purchase=True,
                is_automatic=True,
                max_redemptions=2,
                required_products=(("A", "B"), ("C",)),
                description="Half of it.",
            )
        )
        self.assertEqual(
            counts,
            {"added": 1, "changed": 0, "ended": 0, "unchanged": 0, "skipped": 0},
        )
        promotion = self.known()
        self.assertRecordValues(
            promotion,
            [
                {
                    "vendor_ref": "P:0001:A",
                    "name": "Promotion P:0001:A",
                    "source": "vendor",
                    "company_id": self.company.id,
                    "program_id": self.program.id,
                    "segment": "commercial",
                    "percent": 12.5,
                    "date_start": NOW - timedelta(days=30),
                    "date_end": NOW + timedelta(days=30),
                    "min_seats": 5,
                    "max_seats": 1000,
                    "is_first_purchase": True,
                    "is_automatic": True,
                    "max_redemptions": 2,
                    "required_refs": "A, B; C",
                    "vendor_terms": "Half of it.",
                    "last_seen_at": NOW,
                }
            ],
        )
        self.assertRecordValues(
            promotion.line_ids,
            [
                {
                    "product_ref": "CSPPROMO0001",
                    "sku_ref": "0001",
                    "term": "P1Y",
                    "plan": "annual",
                }
            ],
        )

    def test_second_reading_changes_nothing(self):
        rows = (self.listed(), self.listed("P:0001:B", segment="education"))
        self.sync(*rows)
        before = self.snapshot()
        counts = self.sync(*rows)
        self.assertEqual(
            counts,
            {"added": 0, "changed": 0, "ended": 0, "unchanged": 2, "skipped": 0},
        )
        self.assertEqual(self.snapshot(), before)

    def test_changes_are_taken_over(self):
        self.sync(self.listed())
        later = NOW + timedelta(days=90)
        counts = self.sync(self.listed(percent="20", end=later, plan="monthly"))
        self.assertEqual((counts["changed"], counts["unchanged"]), (1, 0))
        promotion = self.known()
        self.assertEqual(promotion.percent, 20)
        self.assertEqual(promotion.date_end, later)
        self.assertEqual(promotion.line_ids.plan, "monthly")

    def test_what_is_not_listed_any_more_is_closed_and_kept(self):
        self.sync(self.listed(), self.listed("P:0001:B"))
        self.assertEqual(self.sync(self.listed("P:0001:B"))["ended"], 1)
        gone = self.known().filtered(lambda p: p.vendor_ref == "P:0001:A")
        self.assertEqual(gone.date_end, NOW)
        self.assertTrue(gone.active)
        self.assertIn("does not list it any more", gone.message_ids[0].body)
        self.assertEqual(self.sync(self.listed("P:0001:B"))["ended"], 0)
        self.assertEqual(len(self.known()), 2)
        back = self.sync(self.listed(), self.listed("P:0001:B"))
        self.assertEqual((back["added"], back["changed"]), (0, 1))
        self.assertEqual(gone.date_end, NOW + timedelta(days=30))

    def test_promotions_of_others_are_left_alone(self):
        own = self.promotions.create(
            {"name": "Ours", "percent": 5, "company_id": self.company.id}
        )
        by_hand = self.promotions.create(
            {
                "name": "By hand",
                "source": "vendor",
                "percent": 5,
                "program_id": self.program.id,
            }
        )
        elsewhere = self.promotions.create(
            {
                "name": "Other programme",
                "source": "vendor",
                "vendor_ref": "X",
                "percent": 5,
                "program_id": self._create_program().id,
            }
        )
        self.assertEqual(self.sync()["ended"], 0)
        self.assertFalse((own | by_hand | elsewhere).filtered("date_end"))

    def test_what_cannot_be_used_is_skipped_and_told(self):
        rows = (
            self.listed("P:0001:A", items=()),
            self.listed("P:0001:B", term="NoTerm"),
            self.listed("P:0001:C", start=NOW, end=NOW),
            self.listed("P:0001:D"),
        )
        counts = self.sync(*rows)
        self.assertEqual((counts["added"], counts["skipped"]), (1, 3))
        self.assertEqual(self.known().vendor_ref, "P:0001:D")

    def test_lowest_percentage_of_a_mixed_promotion(self):
        items = tuple(
            providers.PromotionItem(ref, "0001", "P1Y", "annual", Decimal(percent))
            for ref, percent in (("A", "30"), ("B", "10"))
        )
        self.sync(self.listed(items=items))
        promotion = self.known()
        self.assertEqual((promotion.percent, len(promotion.line_ids)), (10, 2))
        self.assertIn("lowest one", promotion.vendor_terms)

    def test_a_failed_reading_books_nothing(self):
        self.sync(self.listed())
        before = self.snapshot()
        error = providers.RetryableError("busy", retry_after=57)
        with self.assertRaises(providers.RetryableError):
            self.sync(self.listed("P:0001:B"), error=error)
        self.assertEqual(self.snapshot(), before)

    # --- people and jobs ------------------------------------------------------------

    def test_buttons_need_the_right(self):
        salesman = new_test_user(
            self.env, "csp_reader", groups="csp_catalog.group_csp_user"
        )
        manager = new_test_user(
            self.env, "csp_promoter", groups="csp_catalog.group_csp_product_manager"
        )
        adapter = ListAdapter(self.listed(start=datetime(2020, 1, 1)))
        with patch.object(
            type(self.provider), "_get_adapter", lambda *args, **kwargs: adapter
        ):
            for call in (
                self.provider.with_user(salesman).action_sync_promotions,
                self.promotions.with_user(salesman).action_sync_vendor,
            ):
                with self.assertRaises(AccessError):
                    call()
            self.assertFalse(self.known())
            self.env["csp.provider"].search([("id", "!=", self.provider.id)]).write(
                {"mode": "disabled"}
            )
            done = self.promotions.with_user(manager).action_sync_vendor()
        self.assertIn("1 new", done["params"]["message"])
        self.assertEqual(
            [segment for _country, segment in adapter.asked],
            ["commercial", "education", "government", "charity"],
        )
        self.assertEqual({country for country, _segment in adapter.asked}, {"DE"})

    def test_nobody_to_ask_is_told(self):
        self.env["csp.provider"].search([]).write({"mode": "disabled"})
        with self.assertRaises(UserError):
            self.promotions.action_sync_vendor()

    def test_refusal_is_told_in_words(self):
        error = providers.AuthError("The client secret is wrong.", "invalid_client")
        with (
            patch.object(
                type(self.provider),
                "_get_adapter",
                lambda *args, **kwargs: ListAdapter(error=error),
            ),
            self.assertRaisesRegex(UserError, "The client secret is wrong"),
        ):
            self.provider.action_sync_promotions()

    def test_cron_plans_one_job_per_connected_provider(self):
        self._create_provider(code="manual", mode="enabled")
        self._create_provider(code="partner_center", mode="disabled")
        others = self.env["csp.provider"].search(
            [("id", "!=", self.provider.id), ("code", "!=", "manual")]
        )
        others.mode = "disabled"
        with trap_jobs() as trap:
            self.env["csp.provider"]._cron_sync_promotions()
            self.env["csp.provider"]._cron_sync_promotions()
            trap.assert_jobs_count(1)
            trap.assert_enqueued_job(self.provider._sync_promotions_job)

    def test_job_of_a_busy_vendor_comes_back(self):
        for error, expected in (
            (providers.RetryableError("busy", retry_after=57), RetryableJobError),
            (providers.RefusedError("no"), None),
        ):
            with patch.object(
                type(self.provider),
                "_get_adapter",
                lambda *args, error=error, **kwargs: ListAdapter(error=error),
            ):
                if expected:
                    with self.assertRaises(expected):
                        self.provider._sync_promotions_job()
                else:
                    self.assertIn("no", self.provider._sync_promotions_job())
        self.assertFalse(self.known())

    # --- use --------------------------------------------------------------------------

    def test_offers_show_their_promotions(self):
        now = fields.Datetime.now()
        start, end = now - timedelta(days=1), now + timedelta(days=1)
        self.sync(self.listed(start=start, end=end), moment=now)
        self.assertEqual(self.offer.csp_promotion_count, 1)
        self.assertEqual(self.other.product_tmpl_id.csp_promotion_count, 0)
        action = self.offer.action_view_csp_promotions()
        self.assertEqual(self.promotions.search(action["domain"]), self.known())
        self.assertEqual(self.provider.promotion_count, 1)
        self.assertEqual(self.known().line_ids.vendor_offer_id, self.offer)
        action = self.provider.action_view_promotions()
        self.assertEqual(self.promotions.search(action["domain"]), self.known())

    def test_only_the_vendor_knows_some_conditions(self):
        """They lower no cost by themselves: the vendor might refuse them."""
        self.sync(
            self.listed(),
            self.listed("P:0001:B", percent="50", max_redemptions=1),
            self.listed("P:0001:C", percent="60", required_products=(("A",),)),
        )
        found = self.promotions._get_applicable(
            self.variant, self._create_reseller(), 5, NOW, self.company
        )
        self.assertEqual(found[self.variant.id].mapped("vendor_ref"), ["P:0001:A"])

    def test_answers_of_the_vendor_are_believed(self):
        self.sync(
            self.listed(),
            self.listed("P:0001:B", percent="50", max_redemptions=1),
        )
        plain, conditional = self.known().sorted("vendor_ref")
        customer = self._create_customer()
        checks = self.env["csp.promotion.check"]

        def applicable(seats, moment=NOW):
            found = self.promotions._get_applicable(
                self.variant, customer, seats, moment, self.company
            )
            return found.get(self.variant.id, self.promotions).mapped("vendor_ref")

        def answer(promotion, seats, is_eligible, left=None):
            refusals = ()
            if not is_eligible:
                refusals = (providers.PromotionRefusal("SeatCount", "No.", left),)
            check = checks._book_answer(
                promotion,
                customer,
                self.variant,
                seats,
                providers.PromotionAnswer("k", "x", is_eligible, refusals),
            )
            check.sudo().checked_at = NOW
            return check

        self.assertEqual(applicable(5), ["P:0001:A"])
        first = answer(conditional, 5, True)
        self.assertEqual(applicable(5), ["P:0001:B"])
        self.assertEqual(applicable(6), ["P:0001:A"])
        # V68: 500 wanted, 400 are left.
        self.assertEqual(answer(conditional, 500, False, 400), first)
        self.assertEqual(first.reason, "No. Seats left: 400.")
        answer(plain, 500, False)
        self.assertEqual(applicable(500), [])
        self.assertEqual(applicable(400), ["P:0001:B"])
        self.assertEqual(applicable(500, NOW + timedelta(days=2)), ["P:0001:A"])
        self.assertEqual(len(checks.search([("customer_id", "=", customer.id)])), 2)

    def test_renewal_rule_of_the_programme(self):
        self.sync(self.listed())
        promotion = self.known()
        self.assertTrue(promotion._is_kept_at(NOW))
        self.assertFalse(promotion._is_kept_at(NOW + timedelta(days=30)))
        self.program.rule_ids.filtered(
            lambda rule: rule.code == "promotion_at_renewal"
        ).value = "never"
        self.assertFalse(promotion._is_kept_at(NOW))


@tagged("post_install", "-at_install", "csp")
class TestPromotionSimulator(CspCatalogCommon):
    def test_read_over_http(self):
        with SimulatorProcess() as simulator:
            simulator.rebase_clock("2026-06-15T09:30:00Z")
            values = simulator.provider_values()
            provider = self._create_provider(
                code="partner_center",
                country_id=self.env.ref("base.de").id,
                tenant_ref=values.pop("tenant_id"),
                **{
                    name: values[name]
                    for name in (
                        "base_url",
                        "token_url",
                        "pricesheet_url",
                        "client_id",
                        "client_secret",
                        "refresh_token",
                    )
                },
            )
            counts = provider._sync_promotions(datetime(2026, 6, 15, 9, 30))
            self.assertEqual((counts["added"], counts["skipped"]), (6, 0))
            simulator.set_clock("2026-07-01T00:00:00Z")
            counts = provider._sync_promotions(datetime(2026, 7, 1))
            self.assertEqual(
                counts,
                {"added": 3, "changed": 0, "ended": 0, "unchanged": 3, "skipped": 0},
            )
            found = self.env["csp.promotion"].search(
                [("provider_id", "=", provider.id)]
            )
            self.assertEqual(len(found), 9)
            self.assertEqual(sorted(set(found.mapped("percent"))), [10, 15, 20, 25, 30])
