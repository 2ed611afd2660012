"""Relations, component services, benefits and channels of offers."""

from datetime import date

from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from .common import CspCatalogCommon
from .test_engine_service_plans import guid, table_bytes

TABLE = (
    ("Mail One", 1, "Mailbox", 11),
    ("Mail One", 1, "Ground Foundation", 19),
    ("Business Suite", 2, "Mailbox", 11),
    ("Business Suite", 2, "Chat", 12),
    ("Big Suite", 3, "Mailbox", 11),
    ("Big Suite", 3, "Chat", 12),
    ("Big Suite", 3, "Archive", 13),
    ("Reports", 4, "Ground Foundation", 19),
    ("Reports", 4, "Charts", 14),
)


@freeze_time("2026-06-15 12:00:00")
@tagged("post_install", "-at_install", "csp")
class TestOffer(CspCatalogCommon):
    # --- relations ----------------------------------------------------------

    def test_circles_are_refused_with_the_path_in_words(self):
        basic, standard, premium = (
            self._create_offer(name=name) for name in ("Basic", "Standard", "Premium")
        )
        self._create_relation(basic, "upgrades_to", standard)
        self._create_relation(standard, "upgrades_to", premium)
        with (
            self.assertRaisesRegex(ValidationError, "Basic → Standard → Premium → B"),
            self.cr.savepoint(),
        ):
            self._create_relation(premium, "upgrades_to", basic)
        self.assertFalse(premium.csp_relation_ids)
        # A circle of two kinds that mean the same: neither can be bought first.
        self._create_relation(premium, "requires", basic)
        with self.assertRaisesRegex(ValidationError, "circle"), self.cr.savepoint():
            self._create_relation(basic, "addon_of", premium)
        # Another kind is another path; exclusion has no direction.
        self._create_relation(premium, "excludes", basic)
        self._create_relation(basic, "excludes", premium)

    def test_a_relation_is_between_two_offers_and_once(self):
        offer, other = self._create_offer(), self._create_offer()
        self._create_relation(offer, "requires", other)
        for values in (("requires", other), ("excludes", offer)):
            with (
                self.assertRaises(IntegrityError),
                mute_logger("odoo.sql_db"),
                self.cr.savepoint(),
            ):
                self._create_relation(offer, *values)
        self.assertEqual(len(offer.csp_relation_ids), 1)

    # --- component services -------------------------------------------------

    def _import(self, *rows, **values):
        return self.env["csp.service.suite"]._import_table(
            table_bytes(*(rows or TABLE)), **values
        )

    def test_import_matches_offers_and_says_what_contains_what(self):
        mail = self._create_offer(name="Mail", csp_provisioning_ref=guid(1).upper())
        suite = self._create_offer(name="Suite", csp_sku_part_number="business_suite")
        big = self._create_offer(name="Big suite")
        reports = self._create_offer(
            name="Reports offer", csp_sku_part_number="REPORTS"
        )
        education = self._create_offer(csp_segment="education")
        counts = self._import(match_names=True)
        self.assertEqual(
            counts,
            {
                "plans_new": 5,
                "suites_new": 4,
                "suites_changed": 0,
                "offers_named": 1,
                "offers_changed": 3,
            },
        )
        self.assertEqual(big.csp_provisioning_ref, guid(3))
        # Known by now: identifiers alone bring the services.
        education.csp_sku_part_number = "MAIL_ONE"
        self.assertEqual(education.csp_component_ids, mail.csp_component_ids)
        self.assertEqual(
            set(mail.csp_component_ids.mapped("code")), {"MAILBOX", "GROUND_FOUNDATION"}
        )
        self.assertEqual(big.csp_contained_ids, mail | suite)
        self.assertEqual(suite.csp_contained_ids, mail)
        self.assertEqual(mail.csp_suite_ids, suite | big)
        # The technical ground of both is no reason to call one part of the other.
        self.assertFalse(reports.csp_suite_ids | reports.csp_contained_ids)
        # Of another segment: sold to somebody else.
        self.assertFalse(education.csp_suite_ids)
        Template = self.env["product.template"]
        ours = [("id", "in", (mail | suite | big | reports | education).ids)]
        search = lambda *leaf: Template.search([*ours, leaf])  # noqa: E731
        self.assertEqual(search("csp_suite_ids", "in", big.ids), mail | suite)
        self.assertEqual(search("csp_suite_ids", "ilike", "Big"), mail | suite)
        self.assertEqual(search("csp_contained_ids", "in", mail.ids), suite | big)
        self.assertEqual(search("csp_suite_ids", "=", False), big | reports | education)
        self.assertEqual(search("csp_component_ids", "ilike", "Archive"), big)

    def test_the_same_table_twice_changes_nothing(self):
        offer = self._create_offer(csp_sku_part_number="BIG_SUITE")
        self._import()
        self.assertEqual(len(offer.csp_component_ids), 3)
        counts = self._import()
        self.assertEqual(set(counts.values()), {0})
        counts = self._import(*TABLE[:-3])
        self.assertEqual((counts["suites_changed"], counts["suites_new"]), (1, 0))
        self.assertEqual(len(offer.csp_component_ids), 2)

    def test_a_wrong_row_stops_the_whole_table(self):
        before = self.env["csp.service.suite"].search_count([])
        content = table_bytes(*TABLE).replace(guid(13).encode(), b"thirteen")
        with self.assertRaisesRegex(UserError, "1 rows are wrong:\nRow 8: Service_P"):
            self.env["csp.service.suite"]._import_table(content)
        self.assertEqual(self.env["csp.service.suite"].search_count([]), before)

    def test_a_name_that_two_products_have_is_nobodys(self):
        offer = self._create_offer(name="Twin")
        content = table_bytes(("Twin", 21, "Mailbox", 11), ("Twin", 22, "Chat", 12))
        content = content.replace(b"TWIN", b"TWIN_A", 1)
        counts = self.env["csp.service.suite"]._import_table(content, match_names=True)
        self.assertEqual((counts["suites_new"], counts["offers_named"]), (2, 0))
        self.assertFalse(offer.csp_provisioning_ref)

    def test_includes_says_so_by_hand(self):
        box, item = self._create_offer(), self._create_offer()
        self._create_relation(box, "includes", item)
        self.assertEqual(box.csp_contained_ids, item)
        self.assertEqual(item.csp_suite_ids, box)

    # --- benefits -----------------------------------------------------------

    def test_benefits_print_while_they_are_valid(self):
        variant = self._create_variant(self._create_offer(name="Windmail"))
        self.env["csp.benefit"].create(
            {
                "name": "Free upgrade of Windows",
                "valid_from": date(2026, 6, 1),
                "valid_to": date(2026, 7, 1),
                "product_tmpl_ids": [Command.set(variant.product_tmpl_id.ids)],
            }
        )
        customer = self._create_customer()
        order = self._create_order(customer, [(variant, 1)])

        def printed():
            report = self.env["ir.actions.report"]
            return report._render_qweb_html("sale.report_saleorder", order.ids)[
                0
            ].decode()

        for day, is_shown in (
            ("2026-05-31", False),
            ("2026-06-01", True),
            ("2026-06-30", True),
            ("2026-07-01", False),
        ):
            with self.subTest(day=day), freeze_time(f"{day} 12:00:00"):
                self.assertEqual(bool(order._csp_get_benefits()), is_shown)
                self.assertEqual("Free upgrade of Windows" in printed(), is_shown)
        with freeze_time("2026-06-30 12:00:00"):
            self._create_provider()
            order.action_confirm()
        # What was promised with the order stays on it.
        with freeze_time("2026-08-01 12:00:00"):
            self.assertIn("Free upgrade of Windows", printed())
        self.assertIn("per user and month", printed())

    # --- units --------------------------------------------------------------

    def test_every_variant_says_what_its_price_is_for(self):
        offer = self._create_offer()
        monthly = self._create_variant(offer, "P1Y", "monthly")
        yearly = self._create_variant(offer, "P1Y", "annual")
        self.assertEqual(monthly.csp_unit_label, "per user and month")
        self.assertEqual(yearly.csp_unit_label, "per user and year")
        order = self._create_order(self._create_customer(), [(yearly, 1)])
        self.assertEqual(order.order_line.csp_unit_label, "per user and year")
        metered = self.env["product.product"].create(
            {
                "name": "Storage",
                "type": "service",
                "csp_is_usage": True,
                "uom_id": self.env.ref("uom.product_uom_hour").id,
            }
        )
        self.assertEqual(metered.csp_unit_label, "per Hours used")
        self.assertEqual(metered.product_tmpl_id.csp_unit_label, "per Hours used")
        ordinary = self.env["product.product"].create({"name": "Desk"})
        self.assertFalse(ordinary.csp_unit_label)

    # --- licences are ordinary products -------------------------------------

    def test_the_product_form_edits_an_offer(self):
        offer = self._create_offer(name="Editable")
        self.env.user.group_ids |= self.env.ref("csp_catalog.group_csp_manager")
        with Form(offer, view="product.product_template_only_form_view") as form:
            form.csp_channel = "partner"
            form.csp_end_of_sale_date = date(2027, 1, 1)
            form.csp_sku_part_number = "EDITABLE"
        self.assertEqual(offer.csp_channel, "partner")
        self.assertEqual(offer.csp_end_of_sale_date, date(2027, 1, 1))
