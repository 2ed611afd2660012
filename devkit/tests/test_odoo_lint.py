"""Odoo's own lints, from its `test_lint` add-on, on the add-ons of this repository.

Several of them read the whole registry; what they find in Odoo or OCA is not our
business, so only what names one of our add-ons, models or fields counts.
"""

import importlib
import logging
import re
import unittest

import pytest

from odoo.modules import Manifest

from devkit.settings import load

ADDONS = load().addons
LINTS = (
    ("test_dunderinit", "TestDunderinit"),
    ("test_index", "TestIndex"),
    ("test_jstranslate", "TestJsTranslations"),
    ("test_manifests", "ManifestLinter"),
    ("test_naming", "TestNaming"),
    ("test_onchange_domains", "TestOnchangeDomains"),
    ("test_override_signatures", "TestLintOverrideSignatures"),
    ("test_pofile", "PotLinter"),
    ("test_routes", "RoutesLinter"),
    ("test_test_holes", "TestTestHoles"),
)
# Keys that OCA adds to manifests and its tools read; Odoo's list lacks them.
OCA_KEYS = {"development_status", "maintainers", "oca_data_manual"}
# Odoo's list of fields that another index covers, with ours: the first key of it.
COVERED = {
    "csp.price.product_id",  # _resolve_idx
    "csp.price.sheet_id",  # _sheet_idx
}
OURS = re.compile(rf"\b(?:csp[._]|{'|'.join(map(re.escape, ADDONS))})")


class Findings(unittest.TestResult):
    """Collect what concerns us; `broken` holds a lint that could not run."""

    def __init__(self):
        super().__init__()
        self.ours = []
        self.broken = []

    def addFailure(self, test, err):
        text = str(err[1])
        self.ours += [line for line in text.splitlines() if OURS.search(line)]

    def addError(self, test, err):
        self.broken.append(f"{test}: {err[1]!r}")

    def addSubTest(self, test, subtest, err):
        if err and OURS.search(subtest._subDescription()):
            self.ours.append(f"{subtest._subDescription()}: {err[1]}")

    def addSkip(self, test, reason):
        self.broken.append(f"{test}: {reason}")


@pytest.mark.parametrize(("module", "case"), LINTS, ids=[name for name, _ in LINTS])
def test_odoo_lint(module, case, monkeypatch, caplog):
    manifests = [Manifest.for_addon(name) for name in ADDONS]
    assert all(manifests), "an add-on has no manifest"
    monkeypatch.setattr(
        Manifest, "all_addon_manifests", staticmethod(lambda: manifests)
    )
    lint = importlib.import_module(f"odoo.addons.test_lint.tests.{module}")
    if hasattr(lint, "get_modules"):
        monkeypatch.setattr(lint, "get_modules", lambda: list(ADDONS))
    if hasattr(lint, "MANIFEST_KEYS"):
        monkeypatch.setattr(lint, "MANIFEST_KEYS", {*lint.MANIFEST_KEYS, *OCA_KEYS})
    if hasattr(lint, "BTREE_INDEX_IGNORE_FIELDS"):
        covered = {*lint.BTREE_INDEX_IGNORE_FIELDS, *COVERED}
        monkeypatch.setattr(lint, "BTREE_INDEX_IGNORE_FIELDS", covered)
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(getattr(lint, case))
    findings = Findings()
    with caplog.at_level(logging.WARNING, logger="odoo.addons.test_lint"):
        suite.run(findings)
    told = [record.getMessage() for record in caplog.records]
    findings.ours += [text for text in told if OURS.search(text)]
    assert findings.testsRun
    assert not findings.broken
    assert not findings.ours, "\n".join(findings.ours)
