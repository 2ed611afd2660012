"""HTTP around the application: one thread per connection, bounded bodies."""

from __future__ import annotations

import logging
import socket
import struct
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .http_types import Dropped, Request, Response

_logger = logging.getLogger(__name__)
MAXIMUM_BODY = 4 * 1024 * 1024


class Server(ThreadingHTTPServer):
    """Serve one application."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address, app):
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        self.app = app
        super().__init__(address, Handler)


class Handler(BaseHTTPRequestHandler):
    """Translate between sockets and the application."""

    protocol_version = "HTTP/1.1"
    server_version = "simulator"
    timeout = 60
    wbufsize = -1
    disable_nagle_algorithm = True

    def _serve(self):
        length = self.headers.get("Content-Length") or "0"
        if not length.isdigit() or int(length) > MAXIMUM_BODY:
            self.close_connection = True
            self._send(Response(413, {"code": 413, "description": "Body too large."}))
            return
        request = Request(
            method=self.command,
            target=self.path,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(int(length)),
            client=self.client_address[0],
        )
        try:
            response = self.server.app.handle(request)
        except Dropped as dropped:
            self._drop(dropped)
            return
        except Exception:
            _logger.exception("%s %s failed", request.method, request.path)
            response = Response(
                500, {"code": 800005, "description": "Internal error.", "data": []}
            )
        try:
            self._send(response)
        except ConnectionError:
            _logger.info("%s %s: the caller has gone", self.command, self.path)
            self.close_connection = True

    do_GET = do_HEAD = do_POST = do_PATCH = do_PUT = do_DELETE = _serve

    def _send(self, response):
        content_type, payload = response.payload()
        self.send_response(response.status)
        for name, value in response.headers.items():
            if name != "Content-Type":
                self.send_header(name, value)
        if content_type:
            self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(payload)
        self.wfile.flush()

    def _drop(self, dropped):
        time.sleep(dropped.seconds)
        self.close_connection = True
        if dropped.reset:
            # Linger zero makes the kernel answer with a reset.
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.connection.close()

    def log_message(self, format, *args):
        _logger.debug(format, *args)
