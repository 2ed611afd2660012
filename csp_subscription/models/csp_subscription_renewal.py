"""Renewals: quotes, decisions, what the vendor is told, prices of the next term."""

from odoo import api, fields, models

from odoo.addons.csp_catalog.providers import base as provider_base

from ..const import (
    EVENT_EXPIRE,
    EVENT_RENEW,
    INTENT_OPEN,
    LIVE_STATES,
    STATE_ACTIVE,
    TASK_RENEWAL,
)
from ..engine import renewal, term


class CspSubscription(models.Model):
    _inherit = "csp.subscription"

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_prepare_renewal(self):
        """Make the renewal quote now, without waiting for the lead time."""
        self.ensure_one()
        self.check_access("write")
        orders = self._create_renewal_orders()
        orders = orders or self.renewal_order_ids.filtered(
            lambda o: o.state in ("draft", "sent")
        )
        return orders._get_records_action(name=self.env._("Renewal quotes"))

    # ----------------------------------------------------------------------
    # BUSINESS - QUOTES
    # ----------------------------------------------------------------------

    @api.model
    def _prepare_renewal_quotes(self, today=None):
        """Make the renewal quotes that are due; a second run makes none.

        :return: the new orders
        """
        today = today or fields.Date.context_today(self)
        candidates = self.search(
            [("state", "=", STATE_ACTIVE), ("term_end_date", ">", today)]
        )
        due = candidates.filtered(
            lambda s: s._is_renewal_due(today) and not s._get_intent(s.term_end_date)
        )
        orders = self.env["sale.order"]
        for subscriptions in due.grouped("contract_id").values():
            made = subscriptions._guard_renewal(
                lambda group: group._create_renewal_orders(today)
            )
            orders |= made or orders.browse()
        return orders

    def _is_renewal_due(self, today):
        self.ensure_one()
        if self.state not in LIVE_STATES or not self.term_end_date:
            return False
        lead_days = self._get_lead_days(today)
        return renewal.is_quoted(self._get_term_months(), lead_days) and renewal.is_due(
            self.term_end_date, today, lead_days
        )

    def _get_lead_days(self, today):
        self.ensure_one()
        return int(
            self.program_id._csp_get_optional_rule("renewal_lead_days", today, 30)
        )

    def _create_renewal_orders(self, today=None, until=None):
        """One order per contract, payer currency and end customer.

        A quote that expired before the term ends is offered anew.

        :param date until: last day of the prices, where they end before the term
        """
        today = today or fields.Date.context_today(self)
        # sudo: quotes are found whoever sells them
        quoted = (
            self.env["sale.order.line"]
            .sudo()
            .search(
                [
                    ("csp_subscription_id", "in", self.ids),
                    ("csp_renewal_date", "!=", False),
                    ("state", "!=", "cancel"),
                ]
            )
        )
        known = {
            (line.csp_subscription_id.id, line.csp_renewal_date) for line in quoted
        }
        missing = self.filtered(lambda s: (s.id, s.term_end_date) not in known)
        orders = quoted.order_id._csp_filter_lapsed(today)
        for order in orders:
            order._csp_offer_again(until)
        groups = missing.grouped(
            lambda s: (s.contract_id, s.payer_id, s.currency_id, s.company_id)
        )
        for subscriptions in groups.values():
            order = orders.create(subscriptions._prepare_renewal_order(until))
            order._csp_offer_renewal()
            orders |= order
        return orders

    def _prepare_renewal_order(self, until=None):
        """Return the values of the renewal quote of these subscriptions."""
        first = self[0]
        origin = first.order_id
        contact = origin.partner_id or first.payer_id
        values = {
            "partner_id": contact.id,
            "partner_invoice_id": (origin.partner_invoice_id or contact).id,
            "csp_customer_id": first.customer_id.id,
            "csp_reseller_id": first.reseller_id.id,
            "csp_tenant_id": self.tenant_id[:1].id,
            "csp_order_type": "renewal",
            "company_id": first.company_id.id,
            "user_id": (first.user_id or origin.user_id).id,
            "origin": ", ".join(self.mapped("name")),
            "validity_date": self._get_quote_validity(until),
            "require_payment": False,
            "order_line": [
                fields.Command.create(s._prepare_renewal_line()) for s in self
            ],
        }
        pricelist = first._get_renewal_pricelist()
        if pricelist.active and pricelist.currency_id == first.currency_id:
            values["pricelist_id"] = pricelist.id
        return values

    def _get_quote_validity(self, until=None):
        """Return the last day of a quote: a term's end, or the end of its prices."""
        return min(filter(None, [*self.mapped("term_end_date"), until]))

    def _prepare_renewal_line(self):
        self.ensure_one()
        return {
            "product_id": self.product_id.id,
            "product_uom_qty": self.quantity,
            "csp_subscription_id": self.id,
            "csp_renewal_date": self.term_end_date,
        }

    # ----------------------------------------------------------------------
    # BUSINESS - DECISIONS
    # ----------------------------------------------------------------------

    def _decide_renewal(self, decision, **values):
        """Store the decision for the end of the running term and tell the vendor."""
        self.ensure_one()
        # sudo: the caller has checked the right on the quote or the subscription
        intent = (
            self.env["csp.intent"]
            .sudo()
            ._decide(self, decision, self.term_end_date, **values)
        )
        intent._send()
        return intent

    def _get_decision_deadline(self):
        self.ensure_one()
        return renewal.deadline(self.term_end_date, self.contract_id.notice_days or 0)

    @api.model
    def _decide_by_default(self, today=None):
        """Let the contract's policy decide where nobody answered in time."""
        today = today or fields.Date.context_today(self)
        candidates = self.search(
            [("state", "=", STATE_ACTIVE), ("term_end_date", ">", today)]
        )
        intents = self.env["csp.intent"]
        for subscription in candidates:
            contract = subscription.contract_id
            if not contract or not renewal.is_silent(
                subscription.term_end_date, today, contract.notice_days
            ):
                continue
            if subscription._get_intent(subscription.term_end_date):
                continue
            made = subscription._guard_renewal(lambda s: s._decide_silently(today))
            intents |= made or intents.browse()
        return intents

    def _get_intent(self, due_date):
        """Return the open decision for the term that begins at `due_date`."""
        self.ensure_one()
        # sudo: decisions are kept by the verbs only
        return self.sudo().intent_ids.filtered(
            lambda i: (
                i.kind == "renewal"
                and i.due_date == due_date
                and i.state in INTENT_OPEN
            )
        )[:1]

    def _close_intents(self, due_date):
        for intent in self._get_intent(due_date):
            intent.state = "done"

    def _drop_intents(self):
        # sudo: decisions are kept by the verbs only
        self.sudo().intent_ids.filtered(
            lambda i: i.state in INTENT_OPEN
        ).state = "dropped"

    def _keep_intents(self, vendor_state):
        """Tell the vendor again what a mid-term change made it forget."""
        self.ensure_one()
        intent = self.term_end_date and self._get_intent(self.term_end_date)
        if (
            not intent
            or intent.state != "sent"
            or self.state != STATE_ACTIVE
            or intent._is_kept_by(vendor_state)
            or self._get_open_tasks().filtered(lambda t: t.kind == TASK_RENEWAL)
        ):
            return
        intent._send()

    def _prepare_set_renewal(self, key, intent):
        """Return the command that tells the vendor the decision."""
        quantity = None
        if intent.decision in ("renew", "change") and (
            intent.quantity and intent.quantity != self.quantity
        ):
            quantity = intent.quantity
        return provider_base.SetRenewal(
            key=key,
            auto_renew=intent.decision in ("renew", "change"),
            quantity=quantity,
            extended_term=intent.decision == "extended",
            **self._prepare_refs(),
        )

    # ----------------------------------------------------------------------
    # BUSINESS - NEXT TERM
    # ----------------------------------------------------------------------

    def _prepare_renewal_price(self, start, intent):
        """Return the prices of the term that begins at `start`.

        The accepted quote counts; without one the price list of that day does.
        """
        self.ensure_one()
        values = self._prepare_vendor_price(start)
        if intent and intent.unit_price:
            values["unit_price"] = intent.unit_price
        else:
            price = self._get_list_price(start)
            if price:
                values["unit_price"] = price
        return values

    def _prepare_vendor_price(self, day):
        """Return cost and ERP price at `day`, empty when none is known."""
        self.ensure_one()
        instant = fields.Datetime.to_datetime(day)
        price = self.product_id._csp_price_at(instant, company=self.company_id).get(
            self.product_id.id
        )
        if not price:
            return {}
        # sudo: rates and costs are bookkeeping of the company
        rate = (
            self.env["res.currency"]
            .sudo()
            ._get_conversion_rate(
                price.currency, self.currency_id, self.company_id, day
            )
        )
        return {
            "unit_cost": self._get_negotiated_cost(price, instant),
            "cost_currency_id": price.currency.id,
            "erp_unit_price": self.currency_id.round(float(price.erp) * rate),
            "price_id": price.price_id,
            "currency_rate": rate,
        }

    def _get_negotiated_cost(self, price, instant):
        """Return what the vendor asks under the agreement that holds at ``instant``."""
        self.ensure_one()
        # sudo: rates and costs are bookkeeping of the company
        product = self.sudo().product_id
        vendor = product.csp_program_id.partner_id
        agreements = vendor._csp_get_agreements(instant, self.company_id, "purchase")
        agreements = agreements._filter_territory(self.customer_id, self.company_id)
        if not agreements:
            return float(price.cost)
        costs = agreements._csp_negotiated_costs(
            {product.id: price}, self.quantity, instant
        )
        return float(costs[product.id][0])

    def _get_list_price(self, day):
        """Return the payer's price of `day` in the subscription's currency."""
        self.ensure_one()
        pricelist = self._get_renewal_pricelist()
        if not pricelist:
            return 0.0
        fall = self._get_waterfall_at(day, self.currency_id)
        if fall:
            return float(fall.net)
        instant = fields.Datetime.to_datetime(day)
        price = pricelist._get_product_price(
            self.product_id, self.quantity, date=instant
        )
        return pricelist.currency_id._convert(
            price, self.currency_id, self.company_id, day, round=False
        )

    # ----------------------------------------------------------------------
    # BUSINESS - TERMS WITHOUT A VENDOR
    # ----------------------------------------------------------------------

    @api.model
    def _close_terms(self, today=None):
        """End or renew the terms of subscriptions that no vendor system knows."""
        today = today or fields.Date.context_today(self)
        # sudo: a verb of the cron; of the provider only its kind is looked at
        over = self.search(
            [("state", "in", LIVE_STATES), ("term_end_date", "<=", today)]
        ).filtered(lambda s: s.sudo().provider_id.code in (False, "manual"))
        for subscription in over:
            subscription._guard_renewal(lambda s: s._close_term(today))
        return over

    def _close_term(self, today):
        self.ensure_one()
        while self.state in LIVE_STATES and self.term_end_date <= today:
            due = self.term_end_date
            intent = self._get_intent(due)
            if not self.auto_renew:
                self._set_expired()
                self._book_event(EVENT_EXPIRE, due)
                self._close_intents(due)
                return
            _start, end = term.next_term(self.anchor_date, due, self._get_term_months())
            # sudo: a verb of the cron; nobody may write a term
            self.sudo().write(
                {
                    "quantity": intent.quantity or self.quantity,
                    "term_start_date": due,
                    "term_end_date": end,
                    **self._prepare_renewal_price(due, intent),
                }
            )
            self._book_event(EVENT_RENEW, due)
            self._close_intents(due)
            self._report_loss(due, intent)

    # ----------------------------------------------------------------------
    # CRON
    # ----------------------------------------------------------------------

    @api.model
    def _cron_prepare_renewals(self, today=None):
        """Plan: make due quotes and let policies decide. Safe to run twice."""
        self._prepare_renewal_quotes(today)
        self._decide_by_default(today)

    @api.model
    def _cron_sync(self):
        """Plan the daily reading of everything that runs; close manual terms."""
        self.search(
            [("state", "in", (*LIVE_STATES, "unknown", "expired"))]
        )._sync_from_vendor()
        self._close_terms()
