"""A mail server of the demo's own: mails leave Odoo and land in a folder."""

from __future__ import annotations

import socket

from devkit.odoo_run import Context
from devkit.processes import HOST, Service


def start_mailbox(context: Context, name: str, port: int) -> Service:
    """Start aiosmtpd on loopback; it keeps all mails in `data/mail` (Maildir)."""
    settings = context.settings
    service = Service(
        name,
        [
            *(settings.python, "-m", "aiosmtpd", "--nosetuid"),
            *("--listen", f"{HOST}:{port}"),
            *("--class", "aiosmtpd.handlers.Mailbox", settings.data_dir / "mail"),
        ],
        settings.log / f"{name}.log",
        settings.run,
    )
    try:
        service.wait_until(lambda: _listens(port), 30)
    except BaseException:
        service.stop()
        raise
    return service


def _listens(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=5):
            return True
    except OSError:
        return False
