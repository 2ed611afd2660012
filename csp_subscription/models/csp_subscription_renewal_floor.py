"""From when on the next term is offered, at which price, and what it costs us."""

from odoo import api, fields, models

from ..engine import renewal

ACTIVITY_LOSS = "csp_subscription.mail_activity_type_loss"


class CspSubscription(models.Model):
    _inherit = "csp.subscription"

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    @api.private
    def _is_early_renewal_allowed(self, today):
        """Tell whether the programme lets the next term be offered that early."""
        self.ensure_one()
        lead_days = self._get_lead_days(today)
        early_days = int(
            self.program_id._csp_get_optional_rule("early_renewal_days", today, 0)
        )
        days_left = (self.term_end_date - today).days
        return renewal.is_quoted(self._get_term_months(), lead_days) and (
            0 < days_left <= max(lead_days, early_days)
        )

    def _get_renewal_pricelist(self):
        """Return the price list of the next term.

        A list compiled from a level or an agreement gives way to the one that the
        payer has now; a list chosen by hand stays.
        """
        self.ensure_one()
        chosen = self.order_id.pricelist_id
        payer = self.payer_id.with_company(self.company_id)
        current = payer.property_product_pricelist
        # sudo: only tells where the list comes from
        origin = chosen.sudo()
        is_compiled = any(
            name in origin._fields and origin[name]
            for name in ("csp_grade_id", "csp_agreement_id")
        )
        if not origin.active:
            return current
        if is_compiled and current.currency_id == chosen.currency_id:
            return current
        return chosen

    def _get_waterfall_at(self, day, currency):
        """Return how the price of the next term comes about, as its quote would.

        The agreement and promotions count; nothing where the vendor has no price for
        that day.
        """
        self.ensure_one()
        buyer = self.order_id.partner_id or self.payer_id
        falls = self.product_id._csp_waterfalls(
            buyer,
            fields.Datetime.to_datetime(day),
            self.quantity,
            currency=currency,
            company=self.company_id,
            customer=self.customer_id,
            pricelist=self._get_renewal_pricelist(),
        )
        return falls.get(self.product_id.id)

    def _get_cost_at(self, day):
        """Return the vendor's price per seat and period at `day`, in our currency."""
        self.ensure_one()
        values = self._prepare_vendor_price(day)
        return values.get("unit_cost", 0.0) * values.get("currency_rate", 1.0)

    def _is_below_cost(self, price, *days):
        """Tell whether all seats at `price` cost us more than that on any of `days`."""
        self.ensure_one()
        amount = price * self.quantity
        return any(
            self.currency_id.compare_amounts(
                amount, self._get_cost_at(day) * self.quantity
            )
            < 0
            for day in days
        )

    def _report_loss(self, start, intent):
        """Tell a product manager that the term begun at `start` is below cost.

        A price that somebody accepted has been looked at before.
        """
        self.ensure_one()
        if intent and intent.unit_price:
            return
        # sudo: whoever reads the vendor's answer need not know the cost
        subscription = self.sudo()
        cost = subscription.unit_cost * subscription.currency_rate
        loss = (cost - subscription.unit_price) * subscription.quantity
        if self.currency_id.compare_amounts(loss, 0.0) <= 0:
            return
        note = self.env._(
            "The term from %(date)s was renewed without a decision, at a list price "
            "that is %(loss)s per period below cost.",
            date=start,
            loss=self.currency_id.format(loss),
        )
        kind = self.env.ref(ACTIVITY_LOSS)
        known = subscription.activity_ids.filtered(
            lambda activity: activity.activity_type_id == kind
        )
        if known:
            known.note = note
            return
        subscription.activity_schedule(
            ACTIVITY_LOSS, user_id=self._get_product_manager().id, note=note
        )

    # ----------------------------------------------------------------------
    # HELPERS
    # ----------------------------------------------------------------------

    def _get_product_manager(self):
        """Return a product manager of the company."""
        self.ensure_one()
        # sudo: looks for colleagues by their group
        group = self.env.ref("csp_catalog.group_csp_product_manager").sudo()
        people = group.all_user_ids.filtered(
            lambda u: self.company_id in u.company_ids and u.active and u.id != 1
        )
        return people.sorted("id")[:1] or self.env.user
