"""Access tokens of the secure application model (Partner Center, "Authentication").

With a refresh token the calls run as App+User, otherwise as App only. Access tokens
are kept per process and audience; the vendor ends them after about an hour.
"""

from __future__ import annotations

import hashlib
import threading
import time
from urllib.parse import quote

from .. import base
from ..http import HttpDoor
from . import const, errors

_lock = threading.Lock()
_cache: dict[tuple, tuple[str, float]] = {}


class TokenSource:
    """Hand out access tokens for one provider."""

    def __init__(self, config: base.ProviderConfig, door: HttpDoor, on_refresh_token):
        self._config = config
        self._door = door
        self._on_refresh_token = on_refresh_token
        self._refresh_token = config.refresh_token

    def get(self, audience: str, fresh: bool = False) -> str:
        """Return a token for ``audience``; ``fresh`` asks for a new one."""
        key = self._key(audience)
        with _lock:
            token, until = _cache.get(key, ("", 0.0))
        if not fresh and token and time.monotonic() < until:
            return token
        token, life = self._request(audience)
        with _lock:
            _cache[key] = (token, time.monotonic() + life - const.TOKEN_MARGIN)
        return token

    def _request(self, audience):
        config = self._config
        if not (config.tenant_id and config.client_id and config.client_secret):
            raise base.AuthError(
                "Fill in the tenant, client id and client secret of the provider."
            )
        form = {
            "resource": audience,
            "client_id": config.client_id,
            "client_secret": config.client_secret,
            "grant_type": "client_credentials",
        }
        if self._refresh_token:
            form |= {
                "grant_type": "refresh_token",
                "refresh_token": self._refresh_token,
            }
        url = (config.token_url or const.LOGIN_URL).rstrip("/")
        answer = self._door.send(
            "POST",
            f"{url}/{quote(config.tenant_id, safe='')}/oauth2/token",
            form=form,
            is_write=False,  # asking again for a token is harmless
        )
        if answer.status >= 500 or answer.status in (408, 429):
            raise errors.from_answer(answer, is_write=False)
        try:
            body = answer.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise base.RetryableError("The sign-in service answered in no known form.")
        if answer.status != 200 or not body.get("access_token"):
            raise _auth_error(answer.status, body)
        return self._keep(body)

    def _keep(self, body):
        token = str(body["access_token"])
        self._door.scrubber.add(token)
        renewed = body.get("refresh_token")
        if renewed and renewed != self._refresh_token:
            self._door.scrubber.add(renewed)
            if self._refresh_token:
                self._refresh_token = renewed
                if self._on_refresh_token is not None:
                    self._on_refresh_token(renewed)
        life = str(body.get("expires_in", "3600"))
        return token, float(life) if life.isdigit() else 3600.0

    def _key(self, audience):
        config = self._config
        secret = hashlib.sha256(config.client_secret.encode()).hexdigest()
        return (
            config.token_url,
            config.tenant_id,
            config.client_id,
            secret,
            bool(config.refresh_token),
            audience,
        )


def _auth_error(status, body):
    error = str(body.get("error", status))
    message = {
        "invalid_client": "The client secret is wrong or has expired.",
        "unauthorized_client": "The application is not known in this tenant.",
        "invalid_grant": "The refresh token has expired or was revoked. Sign in again "
        "and store a new one.",
    }.get(error, "The sign-in service refused the provider's credentials.")
    return base.AuthError(message, error, {"status": status})
