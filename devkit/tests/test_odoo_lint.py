"""Odoo's own lints, from its `test_lint` add-on, on the add-ons of this repository.

The imported classes are collected as tests of this module. What they would find
in Odoo itself is not our business, so they only see our add-ons.
"""

import importlib

import pytest
from odoo.addons.test_lint.tests.test_dunderinit import TestDunderinit  # noqa: F401
from odoo.addons.test_lint.tests.test_index import TestIndex  # noqa: F401
from odoo.addons.test_lint.tests.test_jstranslate import (  # noqa: F401
    TestJsTranslations,
)
from odoo.addons.test_lint.tests.test_manifests import ManifestLinter  # noqa: F401
from odoo.addons.test_lint.tests.test_markers import TestConflictMarkers  # noqa: F401
from odoo.addons.test_lint.tests.test_naming import TestNaming  # noqa: F401
from odoo.addons.test_lint.tests.test_onchange_domains import (  # noqa: F401
    TestOnchangeDomains,
)
from odoo.addons.test_lint.tests.test_override_signatures import (  # noqa: F401
    TestLintOverrideSignatures,
)
from odoo.addons.test_lint.tests.test_pofile import PotLinter  # noqa: F401
from odoo.addons.test_lint.tests.test_routes import RoutesLinter  # noqa: F401
from odoo.addons.test_lint.tests.test_test_holes import TestTestHoles  # noqa: F401

from odoo.modules import Manifest

from devkit.settings import load

ADDONS = load().addons


@pytest.fixture(autouse=True)
def only_our_addons(monkeypatch):
    ours = [Manifest.for_addon(name) for name in ADDONS]
    assert all(ours), "an add-on has no manifest"
    monkeypatch.setattr(Manifest, "all_addon_manifests", staticmethod(lambda: ours))
    for name in ("test_pofile", "test_manifests", "test_routes", "test_test_holes"):
        module = importlib.import_module(f"odoo.addons.test_lint.tests.{name}")
        if hasattr(module, "get_modules"):
            monkeypatch.setattr(module, "get_modules", lambda: list(ADDONS))
