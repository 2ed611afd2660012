"""The first steps of an order: domain, customer, relationship, agreement.

Sources: Partner Center REST, "Verify domain availability", "Create a customer",
"Request a reseller relationship", "Confirm customer acceptance of the Microsoft
Customer Agreement".
"""

from __future__ import annotations

import json
from urllib.parse import quote

from .. import base
from . import const, errors, mapping
from .client import Client, request_id


class CustomerSteps:
    """Bring the order to a customer that has accepted the agreement."""

    def __init__(self, client: Client):
        self._client = client

    def _do_cart(self, command, state):
        raise NotImplementedError

    # --- 1. the domain ------------------------------------------------------------

    def _do_domain(self, command, state):
        tenant = command.tenant
        if tenant.vendor_ref:
            return self._with_customer(command, state, tenant.vendor_ref)
        if tenant.is_existing:
            return self._do_relationship(command, state)
        is_free = not self._client.exists(
            f"/v1/domains/{quote(tenant.domain, safe='')}"
        )
        # A taken domain may be our own work of a moment ago: the next step repeats
        # the request under the same id, and only its first answer can succeed.
        if not is_free and self._find_customer(tenant) is None:
            raise base.RefusedError(
                f"The domain {tenant.domain} is taken. Choose another one, or say "
                "that the customer has a tenant already.",
                "domain_taken",
            )
        return base.Continue({**state, "step": "create", "domain_was_free": is_free})

    def _do_relationship(self, command, state):
        """Existing tenants accept a request first ("Request a relationship")."""
        found = self._find_by_domain(command.tenant.domain)
        if found is not None:
            return self._with_customer(command, state, found["id"])
        answer = self._client.get("/v1/customers/relationshiprequests")
        return base.Waiting(
            "An administrator of the customer must accept the reseller relationship.",
            checkpoint=state,
            url=answer.get("url") or "",
            after=3600.0,
        )

    def _with_customer(self, command, state, customer_ref):
        state = {**state, "step": "agreement", "customer_ref": customer_ref}
        return self._do_agreement(command, state)

    # --- 2. the customer ----------------------------------------------------------

    def _do_create(self, command, state):
        tenant = command.tenant
        body = mapping.customer_body(tenant)
        id_ = request_id(command.key, "customer", state.get("round", 0))
        try:
            answer = self._client.post("/v1/customers", body, id_)
        except base.RefusedError:
            customer_ref = state.get("seen_customer") or self._late_customer(
                tenant, state
            )
            if not customer_ref:
                raise
            return self._created(state, customer_ref, ())
        customer_ref = str(answer.get("id") or "")
        if not customer_ref or not self._is_ours(customer_ref, tenant):
            raise errors.wrong_customer(is_write=True)
        return self._created(state, customer_ref, _credentials(answer, tenant))

    def _late_customer(self, tenant, state):
        """Return a customer that appeared after we saw the domain free."""
        if not state.get("domain_was_free"):
            return None
        found = self._find_by_domain(tenant.domain)
        if found is not None:
            return found["id"] if mapping.is_same_customer(found, tenant) else None
        if self._client.exists(f"/v1/domains/{quote(tenant.domain, safe='')}"):
            raise base.RetryableError(
                f"The domain {tenant.domain} was free a moment ago. The vendor's list "
                "of customers does not show yet whose it is.",
                retry_after=const.LAG_WAIT,
            )
        return None

    def _created(self, state, customer_ref, access):
        state = {**state, "step": "agreement", "customer_ref": customer_ref}
        state.pop("seen_customer", None)
        return base.Continue(state, access=access)

    def _find_created(self, command, state):
        found = self._find_customer(command.tenant)
        if found is None:
            return None
        if not state.get("domain_was_free"):
            return None  # the repeated request will tell whose it is
        return base.Continue({**state, "seen_customer": found["id"]})

    def _is_ours(self, customer_ref, tenant):
        """Check an answer by reading the customer it names."""
        try:
            body = self._client.get(f"/v1/customers/{quote(customer_ref, safe='')}")
        except base.RefusedError:
            return False
        return body.get("id") == customer_ref and mapping.is_same_customer(body, tenant)

    def _find_customer(self, tenant):
        found = self._find_by_domain(tenant.domain)
        return found if found and mapping.is_same_customer(found, tenant) else None

    def _find_by_domain(self, domain):
        condition = {"Field": "Domain", "Value": domain, "Operator": "starts_with"}
        params = {"size": "100", "filter": json.dumps(condition)}
        for body in self._client.get_all("/v1/customers", params):
            company = body.get("companyProfile") or {}
            if str(company.get("domain") or "").lower() == domain.lower():
                return body
        return None

    # --- 3. the agreement ---------------------------------------------------------

    def _do_agreement(self, command, state):
        customer_ref = state["customer_ref"]
        if self._is_agreed(customer_ref):
            return self._do_cart(command, {**state, "step": "cart"})
        if command.agreement is None:
            raise base.RefusedError(
                const.REFUSALS[const.AGREEMENT_MISSING],
                const.AGREEMENT_MISSING,
                checkpoint=base.next_round(state),
            )
        params = {"agreementType": const.AGREEMENT_TYPE}
        templates = sorted(
            self._client.get_all("/v1/agreements", params),
            key=lambda row: row.get("versionRank") or 0,
        )
        if not templates:
            raise base.RetryableError("The vendor shows no customer agreement.")
        body = mapping.agreement_body(command.agreement, templates[-1]["templateId"])
        id_ = request_id(command.key, "agreement", state.get("round", 0))
        path = f"/v1/customers/{quote(customer_ref, safe='')}/agreements"
        try:
            self._client.post(path, body, id_)
        except base.RefusedError as error:
            if error.code != const.AGREEMENT_DUPLICATE:
                raise
        return base.Continue({**state, "step": "cart"})

    def _is_agreed(self, customer_ref):
        path = f"/v1/customers/{quote(customer_ref, safe='')}/agreements"
        params = {"agreementType": const.AGREEMENT_TYPE}
        return any(True for _row in self._client.get_all(path, params))


def _credentials(answer, tenant):
    credentials = answer.get("userCredentials") or {}
    if not credentials.get("password"):
        return ()
    user = str(credentials.get("userName") or "admin")
    return (
        base.Access(
            kind=base.ACCESS_TENANT_ADMIN,
            username=user if "@" in user else f"{user}@{tenant.domain}",
            secret=str(credentials["password"]),
            url="https://admin.microsoft.com",
        ),
    )
