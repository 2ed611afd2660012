"""Walks over models, rules, routes and constraints: what nobody thought of.

A new model, route or public method makes one of these tests fail until somebody has
looked at it and added it to a list here, together with its line in the matrices.
"""

import ast
import inspect
from pathlib import Path

from odoo import models
from odoo.http import _generate_routing_rules
from odoo.modules import get_module_path
from odoo.tests import TransactionCase, tagged

from odoo.addons.csp_partner_portal.tests.reviewed import (
    CONSTRAINTS,
    CSP_MODULES,
    GLOBAL_MODELS,
    PORTAL_WRITES,
    PUBLIC_METHODS,
    ROUTES,
    SUDO_FILES,
)


@tagged("post_install", "-at_install")
class TestMeta(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = cls.env.ref("base.group_portal")
        cls.models = cls.env["ir.model"].search([("model", "=like", "csp.%")])

    # ----------------------------------------------------------------------
    # ACCESS
    # ----------------------------------------------------------------------

    def test_every_portal_acl_has_a_portal_rule(self):
        groups = self.portal | self.env.ref("base.group_public")
        accesses = self.env["ir.model.access"].search(
            [("group_id", "in", groups.ids), ("model_id.model", "=like", "csp.%")]
        )
        self.assertTrue(accesses, "no portal access found: the test looks wrong")
        for access in accesses:
            rules = access.model_id.rule_ids.filtered(
                lambda rule, group=access.group_id: (
                    group in rule.groups and rule.perm_read and rule.domain_force
                )
            )
            self.assertTrue(rules, f"{access.model_id.model}: may be read by all")

    def test_portal_may_only_read(self):
        accesses = self.env["ir.model.access"].search(
            [("group_id", "=", self.portal.id), ("model_id.model", "=like", "csp.%")]
        )
        for access in accesses:
            self.assertFalse(
                access.model_id.model not in PORTAL_WRITES
                and (access.perm_write or access.perm_create or access.perm_unlink),
                f"{access.model_id.model}: a portal user may write",
            )

    def test_no_model_is_open_to_everybody(self):
        accesses = self.env["ir.model.access"].search(
            [("group_id", "=", False), ("model_id.model", "=like", "csp.%")]
        )
        self.assertFalse(accesses.mapped("name"))

    def test_public_has_no_access(self):
        accesses = self.env["ir.model.access"].search(
            [
                ("group_id", "=", self.env.ref("base.group_public").id),
                ("model_id.model", "=like", "csp.%"),
            ]
        )
        self.assertFalse(accesses.mapped("name"))

    def test_every_model_has_access_rows(self):
        for model in self.models:
            if self.env[model.model]._abstract:
                continue
            self.assertTrue(model.access_ids, f"{model.model}: nobody may read it")

    def test_every_csp_model_has_an_owner(self):
        for model in self.models.filtered(lambda model: not model.transient):
            if self.env[model.model]._abstract:
                continue
            names = set(model.field_id.mapped("name"))
            self.assertTrue(
                {"company_id", "commercial_partner_id"} & names
                or model.model in GLOBAL_MODELS,
                f"{model.model} belongs to nobody",
            )

    def test_every_company_field_has_a_company_rule(self):
        for model in self.models.filtered(lambda model: not model.transient):
            if "company_id" not in self.env[model.model]._fields:
                continue
            rules = model.rule_ids.filtered(
                lambda rule: not rule.groups and "company_id" in rule.domain_force
            )
            self.assertTrue(rules, f"{model.model}: no rule keeps companies apart")

    def test_costs_are_closed_to_portal_users(self):
        for model in self.models:
            for name, field in self.env[model.model]._fields.items():
                if "cost" in name or "secret" in name:
                    is_closed = not self._portal_reads(model) or field.groups
                    self.assertTrue(is_closed, f"{model.model}.{name} is open")

    def test_amounts_are_closed_to_portal_users(self):
        """Who may read a subscription need not know what others pay for it."""
        seen = 0
        readable = self.models.filtered(self._portal_reads)
        for model in readable.filtered(lambda m: m.model not in PORTAL_WRITES):
            for name, field in self.env[model.model]._fields.items():
                if field.type in ("float", "monetary"):
                    seen += 1
                    self.assertTrue(field.groups, f"{model.model}.{name} is open")
        self.assertTrue(seen, "no amount found: the test looks wrong")

    def _portal_reads(self, model):
        return model.access_ids.filtered(
            lambda access: access.group_id == self.portal and access.perm_read
        )

    # ----------------------------------------------------------------------
    # ROUTES
    # ----------------------------------------------------------------------

    def _routes(self):
        """Yield (address, endpoint) of all routes that our add-ons declare."""
        modules = self.env.registry._init_modules
        for address, endpoint in _generate_routing_rules(modules, nodb_only=False):
            parts = endpoint.func.__module__.split(".")
            if parts[:2] == ["odoo", "addons"] and parts[2] in CSP_MODULES:
                yield address, endpoint

    def test_every_route_is_in_the_matrix(self):
        declared = {
            address
            for address, _endpoint in self._routes()
            if "/csp" in address or address.startswith("/shop/tenant")
        }
        self.assertEqual(
            declared, set(ROUTES), "give the new route its line in reviewed.py"
        )

    def test_no_route_is_without_csrf(self):
        for address, endpoint in self._routes():
            routing = endpoint.routing
            if routing["type"] == "http":
                self.assertIsNot(routing.get("csrf"), False, address)

    def test_routes_take_named_parameters_only(self):
        """Unknown parameters of a request reach nobody."""
        for address, endpoint in self._routes():
            if address not in ROUTES:
                continue
            parameters = inspect.signature(endpoint.func).parameters.values()
            self.assertFalse(
                [p.name for p in parameters if p.kind is p.VAR_KEYWORD], address
            )

    def test_changes_need_a_post(self):
        for address, endpoint in self._routes():
            routing = endpoint.routing
            if address in ROUTES and routing["type"] == "http":
                self.assertEqual(len(routing["methods"]), 1, address)

    # ----------------------------------------------------------------------
    # DATABASE
    # ----------------------------------------------------------------------

    def test_constraints_really_exist(self):
        self.env.cr.execute(
            "SELECT conname FROM pg_constraint UNION SELECT indexname FROM pg_indexes"
        )
        names = {name for (name,) in self.env.cr.fetchall()}
        self.assertFalse(CONSTRAINTS - names)

    def test_a_service_day_is_charged_once(self):
        self.env.cr.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE contype = 'x' AND conrelid = 'csp_charge'::regclass"
        )
        definitions = [definition for (definition,) in self.env.cr.fetchall()]
        self.assertTrue(definitions, "csp_charge has no EXCLUDE constraint")
        self.assertTrue(any("&&" in text for text in definitions), definitions)

    def test_unique_keys_are_unique_indexes(self):
        """Every `UniqueIndex` and `Constraint` of the source is in the database."""
        self.env.cr.execute(
            "SELECT conname FROM pg_constraint UNION SELECT indexname FROM pg_indexes"
        )
        names = {name for (name,) in self.env.cr.fetchall()}
        for model in self.models:
            record = self.env[model.model]
            if record._abstract:
                continue
            for table_object in record._table_objects.values():
                self.assertIn(
                    table_object.full_name(record), names, f"{model.model} lost one"
                )

    # ----------------------------------------------------------------------
    # METHODS
    # ----------------------------------------------------------------------

    def test_public_methods_are_reviewed(self):
        """What a stranger may call over RPC is on a list that somebody has read."""
        found = set()
        for model in self.env.registry.models.values():
            for cls in model.mro():
                if not self._is_ours(cls):
                    continue
                for name, value in vars(cls).items():
                    if self._is_public(name, value, model):
                        found.add(f"{model._name}.{name}")
        self.assertFalse(found - PUBLIC_METHODS, "public, and not reviewed")
        self.assertFalse(PUBLIC_METHODS - found, "reviewed, but gone")

    def _is_ours(self, cls):
        parts = cls.__module__.split(".")
        return parts[:2] == ["odoo", "addons"] and parts[2] in CSP_MODULES

    def _is_public(self, name, value, model):
        if name.startswith("_") or not inspect.isfunction(value):
            return False
        if hasattr(models.BaseModel, name):
            return False
        return not any(
            getattr(vars(cls).get(name), "_api_private", False) for cls in model.mro()
        )

    # ----------------------------------------------------------------------
    # SOURCE
    # ----------------------------------------------------------------------

    def _sources(self):
        for module in CSP_MODULES:
            root = Path(get_module_path(module))
            for path in sorted(root.rglob("*.py")):
                if "tests" not in path.parts and "migrations" not in path.parts:
                    yield f"{module}/{path.relative_to(root)}", path.read_text()

    def test_sudo_is_explained(self):
        """Each sudo() has a comment that proves the check before it."""
        silent = [
            f"{name}:{node.lineno}"
            for name, source in self._sources()
            if name not in SUDO_FILES
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "sudo"
            and not self._is_explained(source.splitlines(), node)
        ]
        self.assertFalse(silent)

    def _is_explained(self, lines, node):
        around = lines[max(0, node.lineno - 20) : node.end_lineno + 3]
        return any("sudo:" in line for line in around)

    def test_no_markup_from_formatted_text(self):
        for name, source in self._sources():
            for node in ast.walk(ast.parse(source)):
                if (
                    isinstance(node, ast.Call)
                    and getattr(node.func, "id", "") in ("Markup", "_")
                    and node.args
                ):
                    self.assertNotIsInstance(
                        node.args[0], ast.JoinedStr, f"{name}:{node.lineno}"
                    )

    def test_no_raw_output_in_templates(self):
        for module in CSP_MODULES:
            for path in Path(get_module_path(module)).rglob("*.xml"):
                text = path.read_text()
                self.assertNotIn("t-raw", text, path.name)
                self.assertNotIn("<script", text, path.name)

    def test_no_markup_from_strings_in_scripts(self):
        for module in CSP_MODULES:
            for path in Path(get_module_path(module)).rglob("static/src/**/*.js"):
                text = path.read_text()
                for word in ("innerHTML", "insertAdjacentHTML", "eval(", "markup("):
                    self.assertNotIn(word, text, path.name)
