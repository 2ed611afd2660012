"""The simulator's own endpoints under ``/_sim/``, from loopback only."""

from __future__ import annotations

import ipaddress
from datetime import timedelta

from . import carts, customers, moments, promotions, subscriptions
from .errors import VendorError
from .http_types import Response


def answer(app, request):
    """Answer an admin request."""
    if request.path == "/_sim/health":
        return Response(200, {"status": "ok", "now": moments.write(app.world.now())})
    if not ipaddress.ip_address(request.client).is_loopback:
        return Response(403, {"error": "admin endpoints answer on loopback only"})
    # A page in a browser on the same machine must not steer the simulator.
    host = (request.header("Host") or "").rsplit(":", 1)[0].strip("[]")
    if host not in ("127.0.0.1", "localhost", "::1") or request.header("Origin"):
        return Response(403, {"error": "admin endpoints do not answer to browsers"})
    handler = _HANDLERS.get((request.method, request.path))
    if handler is None:
        return Response(404, {"error": f"no {request.method} {request.path}"})
    try:
        return Response(200, handler(app, request))
    except (ValueError, TypeError, KeyError, VendorError) as error:
        return Response(400, {"error": f"{type(error).__name__}: {error}"})


def state(app, request=None):
    """Return the world: customers, carts, orders, subscriptions, request counts."""
    world = app.world
    world.run_until_now()
    with world.store.transaction():
        store = world.store
        return {
            "now": moments.write(world.now()),
            "seed": world.seed,
            "settings": world.settings(),
            "customers": [customers.public(row) for row in store.all("customer")],
            "carts": [carts.public(row) for row in store.all("cart")],
            "orders": [carts.public_order(world, row) for row in store.all("order")],
            "subscriptions": [
                subscriptions.public(world, row) | {"customerId": row["_customer"]}
                for row in store.all("subscription")
            ],
            "agreements": store.all("agreement"),
            "events": store.all("event"),
            "promotions": [promotions.public(row) for row in store.all("promotion")],
            "redemptions": store.all("redemption"),
            "faults": app.faults.all(),
            "requests": store.counts(),
        }


def _get_clock(app, request):
    return {"now": moments.write(app.world.now())}


def _post_clock(app, request):
    values = request.json()
    if "now" in values:
        moment = moments.parse(values["now"])
    else:
        amount = values["advance"]
        if isinstance(amount, (int, float)):
            amount = {"seconds": amount}
        moment = app.world.now() + timedelta(**amount)
    if values.get("rebase"):
        app.world.rebase(moment)
        return {"now": moments.write(app.world.now()), "happened": []}
    happened = app.world.move_clock(moment)
    return {"now": moments.write(app.world.now()), "happened": happened}


def _get_faults(app, request):
    return {"faults": app.faults.all()}


def _post_faults(app, request):
    values = request.json()
    rows = values.get("faults", [values])
    return {"faults": [app.faults.add(row) for row in rows]}


def _delete_faults(app, request):
    app.faults.clear()
    return {"faults": []}


def _get_settings(app, request):
    return app.world.settings()


def _post_settings(app, request):
    app.world.change_settings(request.json())
    return app.world.settings()


def _post_reset(app, request):
    app.faults.clear()
    app.world.reset()
    return {"now": moments.write(app.world.now())}


def _post_tenant(app, request):
    """Add a directory of somebody who is not a customer yet."""
    values = request.json()
    domain = values["domain"].lower()
    with app.world.store.transaction():
        if customers.is_taken(app.world, domain):
            raise ValueError(f"{domain} exists already")
        app.world.store.put(
            "tenant",
            domain,
            {
                "domain": domain,
                "name": values.get("company_name") or domain,
                "country": values.get("country") or "DE",
            },
        )
    return {"domain": domain}


def _post_accept(app, request):
    """Play the customer who accepts our relationship request."""
    with app.world.store.transaction():
        return customers.accept_relationship(app.world, request.json()["domain"])


def _post_promotion(app, request):
    """Run one more promotion, in the documented shape."""
    with app.world.store.transaction():
        return promotions.add(app.world, request.json())


def _post_redemption(app, request):
    """Play another partner who sells the customer seats under a promotion."""
    with app.world.store.transaction():
        return promotions.bought_elsewhere(app.world, request.json())


_HANDLERS = {
    ("GET", "/_sim/state"): state,
    ("GET", "/_sim/clock"): _get_clock,
    ("POST", "/_sim/clock"): _post_clock,
    ("GET", "/_sim/faults"): _get_faults,
    ("POST", "/_sim/faults"): _post_faults,
    ("DELETE", "/_sim/faults"): _delete_faults,
    ("GET", "/_sim/settings"): _get_settings,
    ("POST", "/_sim/settings"): _post_settings,
    ("POST", "/_sim/reset"): _post_reset,
    ("POST", "/_sim/tenants"): _post_tenant,
    ("POST", "/_sim/relationships/accept"): _post_accept,
    ("POST", "/_sim/promotions"): _post_promotion,
    ("POST", "/_sim/redemptions"): _post_redemption,
}
