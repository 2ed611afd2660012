from uuid import uuid4

from werkzeug.exceptions import NotFound

from odoo.exceptions import AccessError, MissingError
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager

from .. import forms
from ..const import MAX_ID, STATE_BADGES


class CspPortal(CustomerPortal):
    """What all pages under /my/csp share: who asks, and what they may see."""

    # --------------------------------------------------------------------------
    # WHO
    # --------------------------------------------------------------------------

    def _csp_partner(self):
        """Return the company that the signed-in person belongs to (sudo)."""
        return request.env.user.partner_id.commercial_partner_id

    def _csp_is_reseller(self):
        return bool(self._csp_partner().is_csp_reseller)

    def _csp_reseller(self):
        """Return the signed-in reseller, or answer as if the page did not exist."""
        if not self._csp_is_reseller():
            raise NotFound()
        return self._csp_partner()

    # --------------------------------------------------------------------------
    # WHAT
    # --------------------------------------------------------------------------

    def _csp_document(self, model_name, document_id):
        """Return a record (sudo) that the user may read.

        A record of somebody else and a record that does not exist give the same
        answer, or the difference would tell which ids are in use.
        """
        self._csp_check_id(document_id)
        try:
            document = self._document_check_access(model_name, document_id)
        except (AccessError, MissingError):
            raise NotFound() from None
        # sudo: checked just now. `portal` answers as the system's own user, to whom
        # errors would tell costs; the person stays who it is.
        return document.with_user(request.env.user).sudo()

    def _csp_check_id(self, document_id):
        if not 0 < document_id <= MAX_ID:
            raise NotFound()

    def _csp_not_found(self):
        raise NotFound()

    def _csp_customers(self):
        """Return the end customers of the signed-in reseller (sudo).

        sudo: a portal user may not read other companies; the domain limits the
        search to those that belong to the asking reseller.
        """
        partner = self._csp_partner()
        return (
            request.env["res.partner"]
            .sudo()
            .search([("csp_reseller_id", "=", partner.id)], order="name, id")
        )

    def _csp_customer(self, text):
        """Return the reseller's customer of that id, or an empty record."""
        customer_id = forms.record_id(text)
        return self._csp_customers().filtered(
            lambda customer: customer.id == customer_id
        )

    # --------------------------------------------------------------------------
    # PAGES
    # --------------------------------------------------------------------------

    def _csp_values(self, page_name, **values):
        """Return the values of every page: layout, tabs, badges."""
        return {
            **self._prepare_portal_layout_values(),
            "page_name": page_name,
            "csp_partner": self._csp_partner(),
            "csp_is_reseller": self._csp_is_reseller(),
            "csp_badges": STATE_BADGES,
            **values,
        }

    def _csp_pager(self, url, total, page, size, **url_args):
        """Return the pager of a list; a page that does not exist is the first."""
        last = max(1, -(-total // size))
        return portal_pager(
            url=url,
            total=total,
            page=forms.whole_number(str(page), 1, last) or 1,
            step=size,
            url_args={name: value for name, value in url_args.items() if value},
        )

    def _csp_choice(self, text, choices, default):
        """Return the text if it is one of the choices."""
        return text if text in choices else default

    # --------------------------------------------------------------------------
    # FORMS
    # --------------------------------------------------------------------------

    def _csp_new_token(self):
        return uuid4().hex

    def _csp_once(self, kind, token, work):
        """Run ``work`` for the first sending of a form and redirect to its result.

        A second sending, from a double click or a reload, is led to the same place
        and changes nothing. When ``work`` raises, the form may be sent again.
        """
        token = forms.token(token)
        if not token:
            raise NotFound()
        # sudo: the memory of sent forms has no portal access; rows are looked up by
        # the asking user.
        Request = request.env["csp.portal.request"].sudo()
        with request.env.cr.savepoint():
            sent, is_first = Request._claim(kind, token)
            if is_first:
                sent.url = work()
        return request.redirect(sent.url or "/my/csp", 303)
