"""One request in, one answer out: faults, authentication, replay, route."""

from __future__ import annotations

import hashlib
import json
import logging
import re
import time
import uuid

from . import admin, errors, faults, moments, page, routes, tokens
from .errors import OAuthError, VendorError
from .http_types import Dropped, Request, Response

_logger = logging.getLogger(__name__)
_TOKEN_PATH = re.compile(r"/(?P<tenant>[^/]+)/oauth2/token$")
_REPLAYED = ("POST", "PATCH", "PUT")


class Application:
    """The vendor, as seen from outside."""

    def __init__(self, world):
        self.world = world
        self.faults = faults.Faults()
        self._seen = {}

    def handle(self, request: Request) -> Response:
        """Answer a request or raise ``Dropped``."""
        if request.path == "/" and request.method == "GET":
            return page.answer(self)
        if request.path.startswith("/_sim/"):
            return admin.answer(self, request)
        fault = self.faults.take(request.method, request.target)
        kind = fault["kind"] if fault else None
        if kind in faults.BEFORE:
            early = self._fail_before(request, kind, fault["seconds"])
            if early is not None:
                return early
        if self._is_too_fast(request):
            return Response(429, *reversed(errors.rate_limited(60)))
        response = self._answer(request)
        if kind in faults.AFTER:
            response = self._fail_after(response, kind, fault["seconds"])
        return response

    # --- the normal way -------------------------------------------------------

    def _answer(self, request):
        self.world.run_until_now()
        token = _TOKEN_PATH.match(request.path)
        if token and request.method == "POST":
            return self._token(request, token["tenant"])
        pattern = "?"
        try:
            with self.world.store.transaction():
                found = routes.find(request.method, request.path)
                pattern = found[-1]
                response = self._call(request, *found[:-1])
        except VendorError as error:
            response = Response(error.status, error.body(), dict(error.headers))
        self.world.store.count(request.method, pattern, response.status)
        response.headers |= {
            "MS-CorrelationId": request.header("MS-CorrelationId") or str(uuid.uuid4()),
            "MS-RequestId": request.header("MS-RequestId") or str(uuid.uuid4()),
            "MS-CV": uuid.uuid4().hex[:16] + ".0",
            "MS-ServerId": "simulator",
        }
        return response

    def _call(self, request, handler, names, audience, user):
        authorization = request.header("Authorization")
        tokens.check(self.world, authorization, audience, user)
        known = self.world.store.get("token", authorization.partition(" ")[2].strip())
        request.is_user = known["kind"] == tokens.APP_USER
        request_id = request.header("MS-RequestId")
        is_remembered = request_id and self.world.setting("replay")
        if not is_remembered or request.method not in _REPLAYED:
            return handler(self.world, request, **names)
        return self._once(
            request, request_id, lambda: handler(self.world, request, **names)
        )

    def _once(self, request, request_id, run):
        """Carry a request id out once; afterwards repeat the stored answer."""
        text = f"{request.method} {request.target}\n".encode() + request.body
        fingerprint = hashlib.sha256(text).hexdigest()
        known = self.world.store.answer(request_id)
        if known is None:
            response = run()
            self.world.store.keep_answer(
                request_id,
                fingerprint,
                response.status,
                response.headers,
                response.body,
            )
            return response
        if known[0] != fingerprint:
            raise VendorError(
                400, 2000, "The MS-RequestId was used for a different request before."
            )
        return Response(known[1], known[3], known[2] | {"X-Sim-Replayed": "true"})

    def _token(self, request, tenant):
        try:
            with self.world.store.transaction():
                response = Response(200, tokens.issue(self.world, tenant, request.body))
        except OAuthError as error:
            stamp = moments.write(self.world.now())
            response = Response(error.status, error.body(str(uuid.uuid4()), stamp))
        self.world.store.count("POST", "/{tenant}/oauth2/token", response.status)
        return response

    def _is_too_fast(self, request):
        """Count requests of this minute by customer (or for all other paths)."""
        limit = self.world.setting("rate_limit")
        if not limit or not request.path.startswith("/v1/"):
            return False
        minute = int(time.time() // 60)
        owner = re.match(r"/v1/customers/[0-9a-f-]{36}", request.path)
        key = (minute, owner[0] if owner else "")
        with self.world.store.lock:
            self._seen = {old: n for old, n in self._seen.items() if old[0] == minute}
            self._seen[key] = self._seen.get(key, 0) + 1
            return self._seen[key] > limit

    # --- faults ---------------------------------------------------------------

    def _fail_before(self, request, kind, seconds):
        self.world.store.count(request.method, f"fault:{kind}", "-")
        if kind == "delay":
            time.sleep(seconds)
            return None
        if kind == "429":
            return Response(429, *reversed(errors.rate_limited(seconds or 1)))
        if kind == "500":
            return Response(
                500, {"code": 800005, "description": "Internal error.", "data": []}
            )
        if kind == "readonly":
            return Response(
                409,
                {"code": 900278, "description": "Another operation is pending."},
            )
        raise Dropped(seconds, reset=kind == "reset")

    def _fail_after(self, response, kind, seconds):
        self.world.store.count("*", f"fault:{kind}", "-")
        if kind == "malformed":
            response.body = b'{"id": "cut off in the mid'
            response.headers["Content-Type"] = "application/json"
            return response
        if kind == "500_after":
            return Response(
                500, {"code": 800005, "description": "Internal error.", "data": []}
            )
        if kind == "wrong_customer":
            return self._mix_up(response)
        raise Dropped(seconds, reset=kind == "reset_after")

    def _mix_up(self, response):
        """Put another customer's id wherever the right one stands."""
        if response.body is None or isinstance(response.body, bytes):
            return response
        text = json.dumps(response.body)
        for number, customer in enumerate(self.world.store.all("customer")):
            other = str(uuid.uuid5(uuid.NAMESPACE_DNS, f"other-{number}"))
            text = text.replace(customer["id"], other)
        response.body = json.loads(text)
        return response
