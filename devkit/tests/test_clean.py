"""`make clean` removes what devkit made, and nothing else."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path
from unittest.mock import patch

from devkit import maintenance
from devkit.errors import DevkitError
from devkit.settings import Settings


class TestClean(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.home = Path(folder.name) / "home"
        self.settings = Settings(Path(folder.name) / "repo", self.home, None, ())
        for name in ("stop_leftovers", "_drop_databases"):
            patcher = patch.object(maintenance, name)
            patcher.start()
            self.addCleanup(patcher.stop)
        patcher = patch.object(maintenance, "say")
        self.said = patcher.start()
        self.addCleanup(patcher.stop)

    def test_a_folder_of_somebody_else_is_left_alone(self):
        (self.home / "run").mkdir(parents=True)
        thesis = self.home / "Documents" / "thesis.txt"
        thesis.parent.mkdir()
        thesis.write_text("x")
        with self.assertRaises(DevkitError):
            maintenance.clean(self.settings)
        self.assertTrue(thesis.exists())
        self.assertTrue((self.home / "run").is_dir())

    def test_a_full_folder_does_not_become_the_work_folder(self):
        self.home.mkdir()
        (self.home / "thesis.txt").write_text("x")
        with self.assertRaises(DevkitError):
            self.settings.make_folders()
        self.assertEqual([p.name for p in self.home.iterdir()], ["thesis.txt"])

    def test_what_devkit_made_is_removed(self):
        self.settings.make_folders()
        (self.home / "odoo.stamp").write_text("x")
        maintenance.clean(self.settings)
        self.assertFalse(self.home.exists())

    def test_what_was_put_beside_is_kept(self):
        self.settings.make_folders()
        (self.home / "notes.txt").write_text("mine")
        maintenance.clean(self.settings)
        self.assertEqual([p.name for p in self.home.iterdir()], ["notes.txt"])
        self.assertIn("notes.txt", self.said.call_args[0][0])
