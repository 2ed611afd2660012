"""The token endpoint of the directory service (Partner Center REST, "Authentication").

Grants: ``client_credentials`` (app only) and ``refresh_token`` (app and user). Every
refresh hands out a new refresh token. A token is good for one audience.
"""

from __future__ import annotations

import hmac
from datetime import timedelta
from urllib.parse import parse_qs

from . import const, moments
from .errors import OAuthError, VendorError

APP_USER = "app_user"
APP_ONLY = "app_only"


def issue(world, tenant, body):
    """Answer a token request."""
    form = {key: values[0] for key, values in parse_qs(body.decode()).items()}
    if tenant.lower() not in (const.PARTNER_TENANT_ID, "common"):
        raise OAuthError(
            400, "invalid_request", 90002, f"Tenant '{tenant}' was not found."
        )
    if form.get("client_id") != const.CLIENT_ID:
        raise OAuthError(
            400,
            "unauthorized_client",
            700016,
            "Application with the given identifier was not found in the directory.",
        )
    if not hmac.compare_digest(
        form.get("client_secret", "").encode(), const.CLIENT_SECRET.encode()
    ):
        raise OAuthError(
            401, "invalid_client", 7000215, "Invalid client secret provided."
        )
    resource = form.get("resource", "").rstrip("/")
    if resource not in (
        const.AUDIENCE_API,
        const.AUDIENCE_PRICES,
        const.RETIRED_AUDIENCE,
    ):
        raise OAuthError(
            400,
            "invalid_resource",
            500011,
            f"The resource principal named {resource} was not found in the tenant.",
        )
    grant = form.get("grant_type")
    if grant == "client_credentials":
        return _answer(world, resource, APP_ONLY)
    if grant == "refresh_token":
        _check_refresh(world, form.get("refresh_token", ""))
        return _answer(world, resource, APP_USER)
    raise OAuthError(
        400,
        "unsupported_grant_type",
        70003,
        f"The app requested an unsupported grant type '{grant}'.",
    )


def check(world, authorization, audience, user_required=False):
    """Raise unless the bearer token is valid for ``audience``."""
    scheme, _, token = (authorization or "").partition(" ")
    known = world.store.get("token", token.strip()) if scheme == "Bearer" else None
    if not known or moments.parse(known["until"]) <= world.now():
        raise VendorError(401, "401", "The access token is missing, wrong or expired.")
    if known["audience"] == const.RETIRED_AUDIENCE:
        raise VendorError(401, 900420, "The token audience is no longer accepted.")
    if known["audience"] != audience:
        raise VendorError(401, "401", f"The token audience must be {audience}.")
    if user_required and known["kind"] != APP_USER:
        raise VendorError(
            403, 900329, "This call needs App+User authentication, not App only."
        )


def _check_refresh(world, token):
    known = world.store.get("refresh", token)
    if token == const.REFRESH_TOKEN and known is None:
        known = {"used": False}
    if known is None or (known["used"] and world.setting("strict_refresh")):
        raise OAuthError(
            400,
            "invalid_grant",
            700082,
            "The refresh token has expired, was revoked or is not valid.",
        )
    world.store.put("refresh", token, {"used": True})


def _answer(world, resource, kind):
    now = world.now()
    until = now + timedelta(seconds=const.TOKEN_SECONDS)
    access = "sim." + world.store.new_id("token").replace("-", "")
    world.store.put(
        "token",
        access,
        {"audience": resource, "kind": kind, "until": moments.write(until)},
    )
    answer = {
        "token_type": "Bearer",
        "expires_in": str(const.TOKEN_SECONDS),
        "expires_on": str(int(until.timestamp())),
        "not_before": str(int(now.timestamp())),
        "resource": resource,
        "access_token": access,
    }
    if kind == APP_USER:
        refresh = "simr." + world.store.new_id("refresh").replace("-", "")
        world.store.put("refresh", refresh, {"used": False})
        answer |= {"scope": "user_impersonation", "refresh_token": refresh}
    return answer
