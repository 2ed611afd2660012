"""The documented endpoints: method, path, audience and what answers."""

from __future__ import annotations

import io
import re
import zipfile

from . import (
    carts,
    catalogue,
    const,
    customers,
    products,
    promotions,
    sheet,
    subscriptions,
)
from .errors import VendorError, invalid, not_found
from .http_types import Response

_ROUTES = []


def route(method, pattern, audience=const.AUDIENCE_API, user=False):
    """Register a handler for a method and a path pattern with ``{names}``."""
    regex = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern) + "$")

    def register(handler):
        _ROUTES.append((method, regex, handler, audience, user, pattern))
        return handler

    return register


def find(method, path):
    """Return (handler, names, audience, user required, pattern)."""
    known = False
    for wanted, regex, handler, audience, user, pattern in _ROUTES:
        match = regex.match(path)
        if match:
            known = True
            if wanted == method:
                return handler, match.groupdict(), audience, user, pattern
    if known:
        raise VendorError(405, 405, "The method is not allowed here.")
    raise not_found(1000, f"The resource {path}")


def collection(world, request, items):
    """Answer a page of ``items``; links.next carries its own headers."""
    size = world.setting("page_size")
    if request.query.get("size", "").isdigit():
        size = max(1, min(size, int(request.query["size"])))
    start = 0
    if request.query.get("seekOperation") == "Next":
        token = request.header("MS-ContinuationToken") or ""
        if not re.fullmatch(r"sim-\d+", token):
            raise invalid(2000, "The continuation token is missing or not valid.")
        start = int(token[4:])
    page = items[start : start + size]
    path = request.path.removeprefix("/v1")
    links = {"self": {"uri": path, "method": "GET", "headers": []}}
    if start + size < len(items):
        links["next"] = {
            "uri": f"{path}?size={size}&seekOperation=Next",
            "method": "GET",
            "headers": [
                {"key": "MS-ContinuationToken", "value": f"sim-{start + size}"}
            ],
        }
    return Response(
        200,
        {
            "totalCount": len(page),
            "items": page,
            "links": links,
            "attributes": {"objectType": "Collection"},
        },
    )


def _country(request):
    country = request.query.get("country", "").upper()
    if len(country) != 2:
        raise invalid(2000, "The query parameter country is required.")
    return country


# --- customers ---------------------------------------------------------------


@route("HEAD", "/v1/domains/{domain}")
def head_domain(world, request, domain):
    return Response(200 if customers.is_taken(world, domain) else 404)


@route("POST", "/v1/validations/address")
def validate_address(world, request):
    address = request.json()
    complete = all(
        address.get(name) for name in ("AddressLine1", "City", "PostalCode", "Country")
    )
    return Response(
        200,
        {
            "originalAddress": address,
            "suggestedAddresses": [],
            "status": "Verified" if complete else "InteractionRequired",
            "validationMessage": None if complete else "The address is not complete.",
        },
    )


@route("POST", "/v1/customers")
def create_customer(world, request):
    return Response(201, customers.create(world, request.json(), request.is_user))


@route("GET", "/v1/customers")
def list_customers(world, request):
    found = customers.search(world, request.query.get("filter"))
    return collection(world, request, found)


@route("GET", "/v1/customers/relationshiprequests", user=True)
def relationship_request(world, request):
    return Response(
        200,
        {
            "url": "https://admin.microsoft.com/Adminportal/Home?invType="
            f"ResellerRelationship&partnerId={const.PARTNER_TENANT_ID}"
            "&msppId=0&DAP=false#/BillingAccounts/partner-invitation",
            "attributes": {"objectType": "CustomerRelationshipRequest"},
        },
    )


@route("GET", "/v1/customers/{customer_id}")
def get_customer(world, request, customer_id):
    customer = customers.public(customers.get(world, customer_id))
    return Response(200, customer | {"allowDelegatedAccess": False})


@route("PATCH", "/v1/customers/{customer_id}")
def patch_customer(world, request, customer_id):
    body = request.json()
    return Response(200, customers.change_relationship(world, customer_id, body))


@route("GET", "/v1/customers/{customer_id}/agreements", user=True)
def list_agreements(world, request, customer_id):
    kind = request.query.get("agreementType")
    return collection(world, request, customers.agreements(world, customer_id, kind))


@route("POST", "/v1/customers/{customer_id}/agreements", user=True)
def create_agreement(world, request, customer_id):
    return Response(201, customers.attest(world, customer_id, request.json()))


@route(
    "GET", "/v1/customers/{id_}/directSignedMicrosoftCustomerAgreementStatus", user=True
)
def direct_agreement(world, request, id_):
    customers.get(world, id_)
    return Response(200, {"isSigned": False})


@route("GET", "/v1/agreements", user=True)
def agreement_templates(world, request):
    template = {
        "templateId": const.AGREEMENT_TEMPLATE,
        "agreementType": const.AGREEMENT_TYPE,
        "agreementLink": "https://aka.ms/customeragreement",
        "versionRank": 1,
    }
    return collection(world, request, [template])


@route("GET", "/v1/customers/{customer_id}/qualifications")
def list_qualifications(world, request, customer_id):
    return Response(200, customers.qualifications(world, customer_id))


@route("POST", "/v1/customers/{customer_id}/qualifications")
def create_qualification(world, request, customer_id):
    return Response(201, customers.qualify(world, customer_id, request.json()))


# --- indirect resellers ---------------------------------------------------------


@route("GET", "/v1/relationships", user=True)
def relationships(world, request):
    rows = [
        row
        | {
            "relationshipType": "is_indirect_cloud_solution_provider_of",
            "state": "active",
        }
        for row in const.RESELLERS
    ]
    return collection(world, request, rows)


@route("GET", "/v1/profiles/mpn", user=True)
def mpn_profile(world, request):
    mpn = request.query.get("mpnId") or const.PARTNER_MPN
    known = {row["mpnId"]: row["name"] for row in const.RESELLERS}
    known |= {const.PARTNER_MPN: "Simulated Distribution GmbH"}
    if mpn not in known:
        raise not_found(3000, "The partner id")
    return Response(200, {"mpnId": mpn, "partnerName": known[mpn]})


@route("GET", "/v1/compliance/csp/agreementstatus", user=True)
def partner_agreement(world, request):
    mpn, tenant = request.query.get("mpnId"), request.query.get("tenantId")
    if bool(mpn) == bool(tenant):
        raise invalid(2000, "Give either mpnId or tenantId.")
    for row in const.RESELLERS:
        if mpn == row["mpnId"] or tenant == row["id"]:
            return Response(200, {"isAgreementSigned": True})
    if mpn == const.UNSIGNED_MPN:
        return Response(200, {"isAgreementSigned": False})
    raise not_found(2200, "The partner id")


# --- catalogue ------------------------------------------------------------------


@route("GET", "/v1/products")
def list_products(world, request):
    query = request.query
    view = query.get("targetView", "")
    found = products.products(
        world, _country(request), view, query.get("targetSegment")
    )
    return collection(world, request, found)


@route("GET", "/v1/products/{product_id}")
def get_product(world, request, product_id):
    return Response(200, products.product(world, product_id, _country(request)))


@route("GET", "/v1/products/{product_id}/skus")
def list_skus(world, request, product_id):
    found = products.skus(world, product_id, _country(request))
    return collection(world, request, found)


@route("GET", "/v1/products/{product_id}/skus/{sku_id}")
def get_sku(world, request, product_id, sku_id):
    return Response(200, products.sku(world, product_id, sku_id, _country(request)))


@route("GET", "/v1/products/{product_id}/skus/{sku_id}/availabilities")
def list_availabilities(world, request, product_id, sku_id):
    country = _country(request)
    found = products.availabilities(world, product_id, sku_id, country)
    return collection(world, request, found)


# --- promotions -------------------------------------------------------------------


@route("GET", "/v1/productpromotions")
def list_promotions(world, request):
    found = promotions.listed(world, _country(request), request.query.get("segment"))
    return collection(world, request, found)


@route("GET", "/v1/productpromotions/{promotion_id}")
def get_promotion(world, request, promotion_id):
    return Response(200, promotions.get(world, promotion_id, _country(request)))


@route("POST", "/v1/customers/{customer_id}/promotionEligibilities")
def promotion_eligibilities(world, request, customer_id):
    return Response(200, promotions.eligibilities(world, customer_id, request.json()))


# --- carts and orders --------------------------------------------------------------


@route("POST", "/v1/customers/{customer_id}/carts")
def create_cart(world, request, customer_id):
    cart = carts.create(world, customer_id, request.json())
    return Response(201, carts.public(cart))


@route("GET", "/v1/customers/{customer_id}/carts/{cart_id}")
def get_cart(world, request, customer_id, cart_id):
    return Response(200, carts.public(carts.get(world, customer_id, cart_id)))


@route("PUT", "/v1/customers/{customer_id}/carts/{cart_id}")
def put_cart(world, request, customer_id, cart_id):
    cart = carts.replace(world, customer_id, cart_id, request.json())
    return Response(200, carts.public(cart))


@route("POST", "/v1/customers/{customer_id}/carts/{cart_id}/checkout")
def checkout(world, request, customer_id, cart_id):
    return Response(201, carts.checkout(world, customer_id, cart_id))


@route("GET", "/v1/customers/{customer_id}/orders")
def list_orders(world, request, customer_id):
    return collection(world, request, carts.orders(world, customer_id))


@route("GET", "/v1/customers/{customer_id}/orders/{order_id}")
def get_order(world, request, customer_id, order_id):
    return Response(200, carts.order(world, customer_id, order_id))


@route("GET", "/v1/customers/{customer_id}/orders/{order_id}/provisioningstatus")
def provisioning_status(world, request, customer_id, order_id):
    order = carts.order(world, customer_id, order_id)
    done = order["status"] == "completed"
    rows = [
        {
            "lineItemNumber": line["lineItemNumber"],
            "status": "success" if done else "in_progress",
            "quantityProvisioningInformation": [],
        }
        for line in order["lineItems"]
    ]
    return collection(world, request, rows)


# --- subscriptions ------------------------------------------------------------------


@route("GET", "/v1/customers/{customer_id}/subscriptions")
def list_subscriptions(world, request, customer_id):
    found = subscriptions.listed(world, customer_id, request.query.get("order_id"))
    return collection(world, request, found)


@route("GET", "/v1/customers/{customer_id}/subscriptions/{subscription_id}")
def get_subscription(world, request, customer_id, subscription_id):
    found = subscriptions.get(world, customer_id, subscription_id)
    return Response(200, subscriptions.public(world, found))


@route("PATCH", "/v1/customers/{customer_id}/subscriptions/{subscription_id}")
def patch_subscription(world, request, customer_id, subscription_id):
    return Response(
        200,
        subscriptions.patch(
            world,
            customer_id,
            subscription_id,
            request.json(),
            request.header("If-Match"),
        ),
    )


# --- price sheets --------------------------------------------------------------------


@route(
    "GET",
    r"/v1\.0/sales/pricesheets\(Market='{market}',PricesheetView='{view}'\)/\$value",
    audience=const.AUDIENCE_PRICES,
    user=True,
)
def price_sheet(world, request, market, view):
    if view not in sheet.VIEWS:
        raise not_found(1000, f"The price sheet view {view}")
    if not re.fullmatch(r"[A-Z]{2}", market):
        raise invalid(2000, "The market must be a country code.")
    timeline = request.query.get("timeline", "current")
    if timeline not in sheet.TIMELINES:
        raise invalid(2000, "The timeline must be current, future or history.")
    month = world.month()
    if timeline == "history":
        wanted = request.query.get("month", "")
        if not re.fullmatch(r"20\d\d(0[1-9]|1[0-2])", wanted):
            raise invalid(2000, "History needs month=YYYYMM.")
        month = catalogue.month_index(int(wanted[:4]), int(wanted[4:]))
        if month > world.month():
            raise not_found(1000, "The price sheet of that month")
    text = sheet.text(market, month, seed=world.seed, timeline=timeline, view=view)
    content = b"\xef\xbb\xbf" + text.encode()
    headers = {"Content-Disposition": "attachment; filename=sheets.csv"}
    if "deflate" in (request.header("Accept-Encoding") or ""):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("sheets.csv", content)
        headers["Content-Type"] = "application/zip"
        return Response(200, packed.getvalue(), headers)
    headers["Content-Type"] = "text/csv; charset=utf-8"
    return Response(200, content, headers)
