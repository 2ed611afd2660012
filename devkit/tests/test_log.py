"""Which lines of Odoo's log count as a problem."""

from devkit.odoo_run import ALLOWED, find_problems

STAMP = "2026-11-22 12:00:00,123 42"
VACUUM = (
    f"{STAMP} WARNING demo odoo.addons.base.models.ir_cron: "
    "Job 'Base: Auto-vacuum internal data' (1) processed no record"
)


def _problems(tmp_path, *lines):
    log = tmp_path / "odoo.log"
    log.write_text("\n".join(lines) + "\n")
    return find_problems(log)


def test_warnings_and_errors_are_found_with_what_failed(tmp_path):
    lines = (
        f"{STAMP} INFO demo odoo.http: fine",
        f"{STAMP} ERROR demo odoo.http: Exception during request",
        "Traceback (most recent call last):",
        "ValueError: broken",
        f"{STAMP} WARNING demo odoo.addons.mail: careful",
    )
    assert _problems(tmp_path, *lines) == [f"{lines[1]} | ValueError: broken", lines[4]]


def test_the_vacuum_of_a_slow_machine_is_allowed(tmp_path):
    other = VACUUM.replace("Base: Auto-vacuum internal data", "Billing run")
    assert _problems(tmp_path, VACUUM, other) == [other]


def test_what_the_chat_and_a_closed_window_say_is_allowed(tmp_path):
    chat = f"{STAMP} ERROR demo odoo.sql_db: bad query: b' UPDATE \"{{}}\"\\n SET x'"
    request = f"{STAMP} ERROR demo werkzeug: Error on request:"
    lines = (
        chat.format("discuss_channel_member"),
        chat.format("csp_subscription"),
        request,
        "Traceback (most recent call last):",
        "BrokenPipeError: [Errno 32] Broken pipe",
        request,
        "Traceback (most recent call last):",
        "ValueError: broken",
    )
    assert _problems(tmp_path, *lines) == [lines[1], f"{request} | ValueError: broken"]


def test_every_exception_is_explained():
    assert all(len(reason) > 20 for _pattern, reason in ALLOWED)
