"""Calls to Partner Center: headers, tokens, paging, bodies."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator
from typing import Any

from .. import base
from ..http import Answer, HttpDoor
from . import const, errors
from .tokens import TokenSource


class Client:
    """One provider's way to the REST API."""

    def __init__(self, config: base.ProviderConfig, log=None, on_refresh_token=None):
        self.config = config
        self.api_url = (config.base_url or const.API_URL).rstrip("/")
        self.prices_url = (config.pricesheet_url or const.PRICES_URL).rstrip("/")
        is_test = config.mode == base.MODE_TEST
        self.door = HttpDoor(
            allowed_hosts=const.ALLOWED_HOSTS,
            test_origins=(config.base_url, config.token_url, config.pricesheet_url)
            if is_test
            else (),
            timeout=config.timeout,
            connect_timeout=config.connect_timeout,
            log=log,
            secrets=(config.client_secret, config.refresh_token),
        )
        self.tokens = TokenSource(config, self.door, on_refresh_token)

    # --- verbs ------------------------------------------------------------------

    def exists(self, path: str) -> bool:
        """Ask with HEAD: 200 is yes, 404 is no."""
        answer = self._send("HEAD", self.api_url + path)
        if answer.status in (200, 404):
            return answer.status == 200
        raise errors.from_answer(answer, is_write=False)

    def get(self, path: str, params: dict | None = None) -> dict:
        """Return one resource."""
        return self._object(self._send("GET", self.api_url + path, params=params))

    def get_all(self, path: str, params: dict | None = None) -> Iterator[dict]:
        """Yield the items of a collection, page by page."""
        headers: dict[str, str] = {}
        for _page in range(const.MAX_PAGES):
            body = self._object(
                self._send("GET", self.api_url + path, params=params, headers=headers)
            )
            items = body.get("items")
            if not isinstance(items, list):
                raise base.RetryableError("The vendor sent a list in no known form.")
            yield from items
            following = (body.get("links") or {}).get("next") or {}
            if not following.get("uri"):
                return
            path, params = self._next_path(following["uri"]), None
            headers = {
                row["key"]: row["value"]
                for row in following.get("headers") or ()
                if row["key"].lower() == "ms-continuationtoken"
            }
        raise base.ProviderError("The vendor's list does not end.")

    def post(self, path: str, body: Any, request_id: str) -> dict:
        """Send a command that creates something."""
        return self._write("POST", path, body, request_id)

    def patch(
        self, path: str, body: dict, request_id: str, etag: str | None = None
    ) -> dict:
        """Send a whole resource back."""
        headers = {"If-Match": f'"{etag}"'} if etag else {}
        return self._write("PATCH", path, body, request_id, headers)

    def get_file(self, path: str, params: dict, max_bytes: int) -> Answer:
        """Download from the price sheet host."""
        answer = self._send(
            "GET",
            self.prices_url + path,
            params=params,
            audience=const.AUDIENCE_PRICES,
            headers={"Accept": "*/*", "Accept-Encoding": "deflate"},
            max_bytes=max_bytes,
            timeout=const.SHEET_TIMEOUT,
        )
        if answer.status != 200:
            raise errors.from_answer(answer, is_write=False)
        return answer

    # --- helpers ----------------------------------------------------------------

    def _write(self, method, path, body, request_id, headers=None):
        answer = self._send(
            method,
            self.api_url + path,
            json_body=body,
            headers={"MS-RequestId": request_id, **(headers or {})},
        )
        if answer.status not in (200, 201, 202, 204):
            raise errors.from_answer(answer, is_write=True)
        if answer.status == 204 or (answer.status == 202 and not answer.content):
            return {}
        try:
            value = answer.json()
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise base.UnknownOutcomeError(
                "The vendor's answer cannot be read.",
                details={"status": answer.status, "path": path},
            )
        return value

    def _send(self, method, url, *, audience=const.AUDIENCE_API, headers=None, **rest):
        self._check_mode()
        head = {
            "MS-RequestId": str(uuid.uuid4()),
            "MS-CorrelationId": str(uuid.uuid4()),
            "MS-Contract-Version": "v1",
            "MS-PartnerCenter-Application": const.APPLICATION_NAME,
            "X-Locale": "en-US",
            **(headers or {}),
        }
        answer = None
        for fresh in (False, True):
            token = self.tokens.get(audience, fresh=fresh)
            head["Authorization"] = f"Bearer {token}"
            self.door.scrubber.add(token)
            answer = self.door.send(method, url, headers=head, **rest)
            if answer.status != 401:
                break
        return answer

    def _check_mode(self):
        if self.config.mode == base.MODE_DISABLED:
            raise base.RefusedError(
                "This provider is disabled. Enable it before using it."
            )

    @staticmethod
    def _object(answer: Answer) -> dict:
        if answer.status != 200:
            raise errors.from_answer(answer, is_write=False)
        try:
            value = answer.json()
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise base.RetryableError(
                "The vendor's answer cannot be read.", details={"url": answer.url}
            )
        return value

    @staticmethod
    def _next_path(uri: str) -> str:
        """Return the path of a next link; it must stay on the same host."""
        if not uri.startswith("/") or uri.startswith("//"):
            raise base.ProviderError("The vendor's next page is on another host.")
        return uri if uri.startswith("/v1/") else "/v1" + uri


def request_id(*parts: Any) -> str:
    """Return the MS-RequestId of a step: the same parts give the same id.

    "On a timeout retry with the same value; after any answer use a new one"
    (Partner Center REST, "Headers").
    """
    name = json.dumps([str(part) for part in parts])
    return str(uuid.uuid5(const.REQUEST_NAMESPACE, name))


def digest(body: Any) -> str:
    """Return a short digest of a request body."""
    text = json.dumps(body, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
