from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.fields import Domain
from odoo.http import request, route

from ..const import CHART_MONTHS, LIVE_STATES
from .agreements import CspPortalAgreements
from .renewals import CspPortalRenewals
from .subscriptions import CspPortalSubscriptions


class CspPortalHome(CspPortalSubscriptions, CspPortalRenewals, CspPortalAgreements):
    """The start page: what runs, what waits, what was spent."""

    def _prepare_home_portal_values(self, counters):
        """Override of `portal` to count subscriptions and waiting renewals."""
        values = super()._prepare_home_portal_values(counters)
        if "csp_subscription_count" in counters:
            values["csp_subscription_count"] = request.env[
                "csp.subscription"
            ].search_count(self._csp_subscription_domain(), limit=1)
        if "csp_renewal_count" in counters:
            values["csp_renewal_count"] = request.env["sale.order"].search_count(
                self._csp_renewal_domain() & Domain("state", "=", "sent")
            )
        if "csp_agreement_count" in counters:
            values["csp_agreement_count"] = len(self._csp_agreements_to_sign())
        return values

    def _csp_agreements_to_sign(self):
        """Return the agreements (sudo) that wait for the reseller's signature."""
        agreements = self._csp_agreements()
        if not self._csp_is_reseller():
            return agreements.browse()
        return agreements.filtered(lambda agreement: agreement.state == "sent")

    @route(
        "/my/csp",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["GET"],
    )
    def portal_csp_home(self):
        """Show the cards and the chart."""
        partner = self._csp_partner()
        Subscription = request.env["csp.subscription"]
        live = self._csp_subscription_domain() & Domain("state", "in", LIVE_STATES)
        [(count, seats)] = Subscription._read_group(
            live, aggregates=["__count", "quantity:sum"]
        )
        renewals = request.env["sale.order"].search(
            self._csp_renewal_domain() & Domain("state", "=", "sent"),
            order="validity_date, id",
            limit=5,
        )
        latest = Subscription.search(
            self._csp_subscription_domain() & Domain("state", "!=", "draft"),
            order="id desc",
            limit=5,
        )
        return request.render(
            "csp_partner_portal.portal_home",
            self._csp_values(
                "csp_home",
                subscription_count=count,
                seat_count=seats or 0,
                customer_count=len(self._csp_customers()),
                # sudo: found under the rules of the user
                renewals=renewals.sudo(),
                agreements_to_sign=self._csp_agreements_to_sign(),
                latest=latest.sudo(),
                grade=partner.grade_id.sudo(),
                chart=self._csp_spend_chart(),
                offers=self._csp_seats_by_offer(live),
            ),
        )

    def _csp_spend_chart(self):
        """Return what was invoiced per month, net of taxes, oldest month first."""
        today = fields.Date.context_today(request.env.user)
        first = today.replace(day=1) - relativedelta(months=CHART_MONTHS - 1)
        company = request.website.company_id
        # sudo: sums of the signed-in company's own posted invoices only
        sums = {
            month.strftime("%Y-%m"): -balance
            for month, balance in request.env["account.move.line"]
            .sudo()
            ._read_group(
                [
                    ("move_id.commercial_partner_id", "=", self._csp_partner().id),
                    ("move_id.move_type", "in", ("out_invoice", "out_refund")),
                    ("company_id", "=", company.id),
                    ("parent_state", "=", "posted"),
                    ("display_type", "=", "product"),
                    ("product_id.is_csp_offer", "=", True),
                    ("invoice_date", ">=", first),
                    ("invoice_date", "<=", today),
                ],
                ["invoice_date:month"],
                ["balance:sum"],
            )
        }
        months = [
            first + relativedelta(months=number) for number in range(CHART_MONTHS)
        ]
        return {
            "labels": [month.strftime("%m/%y") for month in months],
            "values": [
                company.currency_id.round(sums.get(month.strftime("%Y-%m"), 0.0))
                for month in months
            ],
            "currency": company.currency_id.name,
            "title": request.env._("Invoiced, without taxes"),
        }

    def _csp_seats_by_offer(self, domain):
        """Return the offers with the most seats."""
        groups = request.env["csp.subscription"]._read_group(
            domain, ["product_id"], ["quantity:sum"], limit=6, order="quantity:sum desc"
        )
        # sudo: names of offers in subscriptions that the user may read
        return [
            {"name": product.sudo().name, "seats": quantity}
            for product, quantity in groups
        ]
