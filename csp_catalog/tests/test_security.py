"""Who may read what: employees, portal users, other companies."""

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import CspCatalogCommon

# The vendor's public table is the same for all.
GLOBAL_MODELS = {"csp.service.plan", "csp.service.suite"}


# What resellers keep themselves; see test_resale_price.
PORTAL_MODELS = {"csp.resale.price"}


@tagged("post_install", "-at_install", "csp", "csp_security")
class TestSecurity(CspCatalogCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grade_a = cls._create_grade(csp_discount=12, name="Level A")
        cls.grade_b = cls._create_grade(csp_discount=33, name="Level B")
        cls.reseller_a = cls._create_reseller(cls.grade_a, name="Reseller A")
        cls.reseller_b = cls._create_reseller(cls.grade_b, name="Reseller B")
        cls.user_a = cls._create_portal_user(cls.reseller_a)
        cls.user_b = cls._create_portal_user(cls.reseller_b)
        names = [
            name
            for name in cls.env.registry
            if name.startswith("csp.")
            and cls.env[name]._original_module == "csp_catalog"
        ]
        cls.models = cls.env["ir.model"].search([("model", "in", names)])
        # The shop gives portal users the right to read all pricelists.
        for model in ("product.pricelist", "product.pricelist.item"):
            cls.env["ir.model.access"].create(
                {
                    "name": f"test {model}",
                    "model_id": cls.env["ir.model"]._get_id(model),
                    "group_id": cls.group_portal.id,
                    "perm_read": True,
                }
            )

    def _pairs(self):
        yield self.user_a, self.grade_a, self.grade_b
        yield self.user_b, self.grade_b, self.grade_a

    def test_portal_user_reads_only_the_own_pricelist(self):
        for user, own, other in self._pairs():
            lists = self.env["product.pricelist"].with_user(user)
            items = self.env["product.pricelist.item"].with_user(user)
            with self.subTest(user.name):
                found = lists.search([("csp_grade_id", "!=", False)])
                self.assertEqual(found.ids, own.default_pricelist_id.ids)
                found = items.search([("pricelist_id.csp_grade_id", "!=", False)])
                self.assertEqual(found.ids, own.default_pricelist_id.item_ids.ids)
                self.assertEqual(
                    items.search_count([("percent_price", "=", other.csp_discount)]), 0
                )
                with self.assertRaises(AccessError):
                    lists.browse(other.default_pricelist_id.id).read(["name"])
                with self.assertRaises(AccessError):
                    items.browse(other.default_pricelist_id.item_ids.id).read(
                        ["percent_price"]
                    )
                self.assertNotIn(
                    other.default_pricelist_id.id,
                    [name[0] for name in lists.name_search("")],
                )

    def test_list_offered_to_everybody_stays_readable(self):
        lists = self.env["product.pricelist"]
        if "selectable" not in lists._fields:
            self.skipTest("lists can be offered to everybody with the shop only")
        offered = lists.create({"name": "For all", "selectable": True})
        found = lists.with_user(self.user_a).search([("id", "=", offered.id)])
        self.assertEqual(found.ids, offered.ids)

    def test_portal_user_reads_no_catalogue_model(self):
        self._create_variant()
        self._create_provider()
        for model in set(self.models.mapped("model")) - PORTAL_MODELS:
            records = self.env[model].with_user(self.user_a)
            for operation in ("read", "write", "create", "unlink"):
                with self.subTest(model=model, operation=operation):
                    self.assertFalse(records.has_access(operation))
            with self.assertRaises(AccessError):
                records.search([])

    def test_portal_user_learns_list_price_but_no_cost(self):
        variant = self._create_variant(plan="annual", cost=48, erp=60)
        self.env["ir.model.access"].create(
            {
                "name": "test product",
                "model_id": self.env["ir.model"]._get_id("product.product"),
                "group_id": self.group_portal.id,
                "perm_read": True,
            }
        )
        product = self.env["product.product"].with_user(self.user_a).browse(variant.id)
        for field in ("csp_unit_cost", "csp_margin_percent", "csp_price_ids"):
            with self.subTest(field), self.assertRaises(AccessError):
                product.read([field])
        line = self.env["sale.order.line"].with_user(self.user_a)
        for field in ("csp_price_id", "csp_price_ref", "purchase_price"):
            self.assertNotIn(field, line.fields_get())
        self.assertIn("csp_erp_price", line.fields_get())

    def test_every_model_has_a_company_and_its_rule(self):
        for model in self.models.filtered(lambda m: not m.transient):
            with self.subTest(model.model):
                # An abstract model has no rows of its own.
                if model.model in GLOBAL_MODELS or self.env[model.model]._abstract:
                    continue
                self.assertIn("company_id", self.env[model.model]._fields)
                rules = model.rule_ids.filtered(
                    lambda rule: not rule.groups and "company_id" in rule.domain_force
                )
                self.assertTrue(rules)
                self.assertTrue(model.access_ids)

    def test_other_company_sees_nothing(self):
        other = self._create_company(name="Other company")
        user = new_test_user(
            self.env,
            "csp_other",
            groups="csp_catalog.group_csp_manager",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        self._import_sheet({})
        self._create_provider()
        for model in ("csp.price", "csp.price.sheet", "csp.price.sheet.row"):
            self.assertFalse(self.env[model].with_user(user).search([]), model)
        mine = self.env["csp.provider"].search([("company_id", "=", self.company.id)])
        self.assertTrue(mine)
        for provider in mine.with_user(user):
            with self.assertRaises(AccessError):
                provider.read(["name"])

    def test_sales_staff_reads_but_does_not_change(self):
        user = new_test_user(
            self.env, "csp_seller", groups="csp_catalog.group_csp_user"
        )
        sheet = self._import_sheet({}, apply=False)
        for record in (sheet, self.program, self.program.rule_ids[0]):
            self.assertTrue(record.with_user(user).read(["display_name"]))
            for operation in ("write", "create", "unlink"):
                self.assertFalse(record.with_user(user).has_access(operation))
        for button in ("action_stage", "action_apply"):
            with self.assertRaises(AccessError):
                getattr(sheet.with_user(user), button)()
        self.assertEqual(sheet.state, "staged")

    def test_product_manager_imports_and_applies(self):
        user = new_test_user(
            self.env, "csp_product", groups="csp_catalog.group_csp_product_manager"
        )
        sheet = self._import_sheet({}, apply=False).with_user(user)
        sheet._apply()
        self.assertEqual(sheet.state, "applied")
        self.assertEqual(len(sheet.price_ids), 1)
