"""Agreements: what was agreed with the reseller, signed online."""

import binascii

from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.http import request, route

from .. import forms
from ..const import AGREEMENT_BADGES
from .common import CspPortal

REPORT = "csp_partner_portal.action_report_agreement"
# A drawn name is some kilobytes; more is no signature.
MAX_SIGNATURE = 2_000_000


class CspPortalAgreements(CspPortal):
    """The reseller's own agreements. There is no portal access to the model itself."""

    # --------------------------------------------------------------------------
    # PAGES
    # --------------------------------------------------------------------------

    @route(
        "/my/csp/agreements",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["GET"],
    )
    def portal_csp_agreements(self):
        """List the agreements of the signed-in reseller, all versions."""
        self._csp_reseller()
        return request.render(
            "csp_partner_portal.portal_agreements",
            self._csp_values(
                "csp_agreements",
                agreements=self._csp_agreements(),
                agreement_badges=AGREEMENT_BADGES,
            ),
        )

    @route(
        "/my/csp/agreement/<int:agreement_id>",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["GET"],
    )
    def portal_csp_agreement(self, agreement_id, signed=None):
        """Show one agreement; `signed` tells that it was signed just now."""
        agreement = self._csp_agreement(agreement_id)
        if agreement.state == "sent":
            request.session[f"csp_agreement_{agreement.id}"] = (
                agreement._csp_fingerprint()
            )
        return request.render(
            "csp_partner_portal.portal_agreement",
            self._csp_values(
                "csp_agreement",
                agreement=agreement,
                versions=self._csp_agreements().filtered(
                    lambda one: one.origin_id == agreement.origin_id
                ),
                agreement_badges=AGREEMENT_BADGES,
                is_just_signed=bool(signed) and agreement.state == "active",
            ),
        )

    @route(
        "/my/csp/agreement/<int:agreement_id>/print",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["GET"],
    )
    def portal_csp_agreement_print(self, agreement_id):
        """Show the agreement as a paper."""
        return self._show_report(self._csp_agreement(agreement_id), "html", REPORT)

    @route(
        "/my/csp/agreement/<int:agreement_id>/document",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["GET"],
    )
    def portal_csp_agreement_document(self, agreement_id):
        """Download the document that belongs to the agreement."""
        agreement = self._csp_agreement(agreement_id)
        if not agreement.document:
            return self._csp_not_found()
        stream = request.env["ir.binary"]._get_stream_from(
            agreement, "document", filename_field="document_name"
        )
        return stream.get_response(as_attachment=True)

    # --------------------------------------------------------------------------
    # SIGNATURE
    # --------------------------------------------------------------------------

    @route(
        "/my/csp/agreement/<int:agreement_id>/accept",
        type="jsonrpc",
        auth="user",
        website=True,
    )
    def portal_csp_agreement_accept(self, agreement_id, name=None, signature=None):
        """Sign once; the agreement comes into force."""
        agreement = self._csp_agreement(agreement_id)
        name = forms.clean(name, 128)
        if not name:
            return {"error": request.env._("Enter your name.")}
        read = request.session.get(f"csp_agreement_{agreement.id}")
        if read and agreement.state == "sent" and read != agreement._csp_fingerprint():
            return {
                "error": request.env._(
                    "The agreement has changed since this page was opened. Please "
                    "load the page again and read it before you sign."
                )
            }
        if not isinstance(signature, str) or not 0 < len(signature) <= MAX_SIGNATURE:
            return {"error": request.env._("Signature is missing.")}
        try:
            binascii.a2b_base64(signature, strict_mode=True)
            with request.env.cr.savepoint():
                agreement._csp_sign(name, signature, ip=request.httprequest.remote_addr)
        except (TypeError, ValueError):
            return {"error": request.env._("Invalid signature data.")}
        except UserError as error:
            return {"error": str(error)}
        return {
            "force_refresh": True,
            "redirect_url": f"/my/csp/agreement/{agreement.id}?signed=1",
        }

    # --------------------------------------------------------------------------
    # HELPERS
    # --------------------------------------------------------------------------

    def _csp_agreements(self):
        """Return what was agreed with the signed-in reseller, from the offer on.

        sudo: a portal user may not read agreements; the domain keeps to those of its
        company, on the side of sales.
        """
        return (
            request.env["csp.agreement"]
            .sudo()
            .search(
                Domain("partner_id", "=", self._csp_partner().id)
                & Domain("company_id", "=", request.website.company_id.id)
                & Domain("side", "=", "sale")
                & Domain("state", "in", tuple(AGREEMENT_BADGES)),
                order="date_start desc, version desc, id desc",
            )
        )

    def _csp_agreement(self, agreement_id):
        """Return one agreement (sudo) of the signed-in reseller, or not found."""
        self._csp_reseller()
        self._csp_check_id(agreement_id)
        found = self._csp_agreements().filtered(lambda one: one.id == agreement_id)
        return found or self._csp_not_found()
