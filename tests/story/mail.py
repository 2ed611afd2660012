"""A mail server that keeps what it gets, to see what customers see."""

from __future__ import annotations

import time
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller

from devkit.processes import free_port


class MailCatcher:
    """Use as a context manager; `.port` is where Odoo has to send.

    :ivar received: `(seconds since the epoch, message)` in order of arrival.
    """

    def __init__(self) -> None:
        self.received: list[tuple[float, EmailMessage]] = []
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    async def handle_DATA(self, _server, _session, envelope):
        """Keep the message; the answer is SMTP's."""
        message = message_from_bytes(envelope.original_content, policy=policy.default)
        self.received.append((time.time(), message))
        return "250 OK"

    def __enter__(self) -> MailCatcher:
        self._controller.start()
        return self

    def __exit__(self, *_exc) -> None:
        self._controller.stop()

    def wait_for(
        self, wanted: Callable[[EmailMessage], bool], seconds: float
    ) -> tuple[float, EmailMessage]:
        """Return the first message that fits, as soon as it is there.

        :raise AssertionError: when none came in time; names what came instead.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for at, message in list(self.received):
                if wanted(message):
                    return at, message
            time.sleep(0.2)
        subjects = [f"{m['To']}: {m['Subject']}" for _at, m in self.received]
        raise AssertionError(f"no such mail in {seconds} s; received: {subjects}")


def text_of(message: EmailMessage) -> str:
    """Return the readable text of a message."""
    body = message.get_body(preferencelist=("html", "plain"))
    return body.get_content() if body else ""
