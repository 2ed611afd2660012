"""The Python that runs us, the lock file, the Odoo tree, the settings."""

from pathlib import Path

import pytest

from devkit import __main__ as entry
from devkit import databases, odoo_run, odoo_tree, postgres, python_env, settings
from devkit.errors import DevkitError, explain_os_error

ROOT = Path(settings.__file__).parent


@pytest.mark.parametrize("version", [(3, 10, 0), (3, 13, 9)])
def test_suitable_python(version):
    assert entry.choose_python(version, lambda name: None) is None


@pytest.mark.parametrize("version", [(3, 9, 2), (3, 14, 0), (4, 0, 0)])
def test_unsuitable_python(version):
    with pytest.raises(SystemExit, match=r"3\.10 to 3\.13"):
        entry.choose_python(version, lambda name: None)
    which = {"python3.12": "/stub/python3.12", "python3.11": "/usr/bin/python3.11"}
    found = entry.choose_python(version, which.get, lambda path: "stub" not in path)
    assert found == "/usr/bin/python3.11"


@pytest.mark.parametrize("path", sorted(ROOT.glob("requirements*.lock")))
def test_our_lock_files_are_pinned(path):
    assert python_env.read_lock(path.read_text())


@pytest.mark.parametrize(
    "line", ["lxml", "lxml>=4 \\\n    --hash=sha256:" + "a" * 64, "lxml==4.9.3"]
)
def test_loose_lock_lines(line):
    with pytest.raises(DevkitError, match="does not pin lxml"):
        python_env.read_lock(line)


def test_lock_lines_with_markers():
    text = "a==1 ; python_version < '3' \\\n    --hash=sha256:" + "b" * 64 + "\n"
    assert python_env.read_lock(text) == {"a==1 ; python_version < '3'": ["b" * 64]}


def make_tree(folder, version):
    (folder / "odoo").mkdir(parents=True)
    (folder / "addons/sale").mkdir(parents=True)
    release = f"version_info = ({version}, FINAL, 0, '')\n"
    (folder / "odoo/release.py").write_text(release)
    return folder


def test_odoo_checkout(tmp_path):
    tree = odoo_tree.inspect_tree(make_tree(tmp_path, "19, 0, 0"))
    assert tree.addons_paths == (tmp_path / "odoo/addons", tmp_path / "addons")


def test_other_odoo(tmp_path):
    with pytest.raises(DevkitError, match=r"holds Odoo 18\.0; version 19\.0"):
        odoo_tree.inspect_tree(make_tree(tmp_path, "18, 0, 0"))
    with pytest.raises(DevkitError, match="holds no Odoo"):
        odoo_tree.inspect_tree(tmp_path / "nothing")


def test_full_disk_is_told(tmp_path):
    text = str(explain_os_error(OSError(28, "No space left on device"), tmp_path))
    assert text.startswith("The disk is full: could not write")


def test_role_postgres_is_refused(monkeypatch):
    monkeypatch.setenv("PGUSER", "postgres")
    with pytest.raises(DevkitError, match="refuses to work as the PostgreSQL role"):
        postgres._given_environment()


def test_work_folder_can_move():
    home = settings.load({"DEVKIT_HOME": "/tmp/elsewhere"}).home
    assert home == Path("/tmp/elsewhere").resolve()


def test_fingerprint_ignores_tests(tmp_path):
    (tmp_path / "csp_x/tests").mkdir(parents=True)
    (tmp_path / "csp_x/models.py").write_text("one")
    own = settings.Settings(tmp_path, tmp_path / ".devkit", None, ("csp_x",))
    before = databases.addons_fingerprint(own)
    (tmp_path / "csp_x/tests/test_x.py").write_text("two")
    assert databases.addons_fingerprint(own) == before
    (tmp_path / "csp_x/models.py").write_text("three")
    assert databases.addons_fingerprint(own) != before


LOG = """\
2026-01-01 10:00:00,123 77 INFO csp_demo odoo: fine
2026-01-01 10:00:01,123 77 WARNING csp_demo odoo.models: no good
2026-01-01 10:00:02,123 77 ERROR csp_demo odoo.http: broken
Traceback (most recent call last):
  File "x.py", line 1, in <module>
ValueError: odd
2026-01-01 10:00:03,123 77 INFO csp_demo odoo: a WARNING in words
"""


def test_problems_in_a_log(tmp_path):
    log = tmp_path / "odoo.log"
    log.write_text(LOG)
    first, second = odoo_run.find_problems(log)
    assert first.endswith("no good")
    assert second.endswith("broken | ValueError: odd")
    allowed = [("odoo.models: no good", "reason"), ("odoo.http: broken", "reason")]
    assert odoo_run.find_problems(log, allowed) == []
