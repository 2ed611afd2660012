"""How a price impact is computed: in jobs of a few hundred subscriptions each."""

import logging
from decimal import Decimal

from psycopg2 import OperationalError

from odoo import fields, models

from ..const import LIVE_STATES
from ..engine import impact, renewal

_logger = logging.getLogger(__name__)

# Subscriptions per job.
CHUNK = 200


class CspPriceImpact(models.Model):
    _inherit = "csp.price.impact"

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _start(self):
        """Forget an earlier result and plan the first job."""
        self.ensure_one()
        if self._reset():
            self._plan_chunk(0)

    def _reset(self):
        """Forget an earlier result; tell whether there is anything to compute now."""
        self.ensure_one()
        self._check_unused()
        if not self._set_running():
            return False
        self.notice_ids.unlink()
        self.line_ids.unlink()
        self.write(
            {
                "computed_at": fields.Datetime.now(),
                "seen_count": 0,
                "total_count": self.env["csp.subscription"].search_count(
                    self._get_domain()
                ),
            }
        )
        return True

    def _plan_chunk(self, last_id):
        self.with_delay(
            description=self.env._("Price impact %s", self.name),
            identity_key=f"csp.price.impact:{self.id}:{last_id}",
        )._run_chunk(last_id)

    def _run_chunk(self, last_id):
        """Look at the next subscriptions; plan the rest. A second run adds nothing."""
        self.ensure_one()
        if self.state != "running":
            return
        subscriptions = self.env["csp.subscription"].search(
            [*self._get_domain(), ("id", ">", last_id)], order="id", limit=CHUNK
        )
        self._book_lines(subscriptions)
        self.seen_count += len(subscriptions)
        if len(subscriptions) < CHUNK:
            self._set_done()
        else:
            self._plan_chunk(subscriptions[-1].id)

    def _get_domain(self):
        """Return which subscriptions may renew within the horizon."""
        self.ensure_one()
        return [
            ("company_id", "=", self.company_id.id),
            ("state", "in", LIVE_STATES),
            ("auto_renew", "=", True),
            ("term_end_date", "!=", False),
            ("term_end_date", "<", self._get_horizon()),
        ]

    def _get_horizon(self):
        """Return the first day that is not looked at any more."""
        self.ensure_one()
        return fields.Date.add(
            (self.computed_at or fields.Datetime.now()).date(),
            months=self.horizon_months,
        )

    def _book_lines(self, subscriptions):
        """Keep the effect on each of these subscriptions."""
        self.ensure_one()
        known = self.env["csp.price.impact.line"].search(
            [
                ("impact_id", "=", self.id),
                ("subscription_id", "in", subscriptions.ids),
            ]
        )
        subscriptions -= known.subscription_id
        subscriptions = subscriptions.with_company(self.company_id)
        sheet = self.sheet_id.with_company(self.company_id)
        priced = subscriptions.with_env(sheet._with_prices().env if sheet else self.env)
        priced = priced.with_company(self.company_id)
        values = []
        for subscription in priced:
            line = self._guard_line(subscription)
            if line:
                values.append(line)
        # Prices of tomorrow must not stay in the cache as those of today.
        priced.product_id.invalidate_recordset(flush=False)
        self.env["csp.price.impact.line"].create(values)

    def _guard_line(self, subscription):
        """Return the values of a line; what goes wrong is told in it."""
        try:
            with self.env.cr.savepoint():
                return self._prepare_line(subscription)
        except OperationalError:
            raise
        except Exception as error:  # noqa: BLE001 - becomes a line with its reason
            _logger.info("price impact on subscription %s: %s", subscription.id, error)
            return {
                "impact_id": self.id,
                "subscription_id": subscription.id,
                "renewal_date": subscription.term_end_date,
                "quantity": subscription.quantity,
                "error": str(error),
            }

    def _prepare_line(self, subscription):
        """Return the values of one line, nothing where no renewal comes."""
        self.ensure_one()
        today = self.computed_at.date()
        day = impact.first_renewal(
            subscription.anchor_date or subscription.term_start_date,
            subscription.term_end_date,
            subscription._get_term_months(),
            self.price_date,
            self._get_horizon(),
        )
        if not day:
            return None
        intent = subscription._get_intent(day)
        if intent and intent.decision not in ("renew", "change"):
            return None
        terms = subscription._prepare_renewal_price(day, intent)
        quantity = intent.quantity or subscription.quantity
        price = terms.get("unit_price", subscription.unit_price)
        cost = subscription.unit_cost * subscription.currency_rate
        new_cost = (
            terms["unit_cost"] * terms["currency_rate"]
            if "unit_cost" in terms
            else cost
        )
        return {
            "impact_id": self.id,
            "subscription_id": subscription.id,
            "renewal_date": day,
            "quantity": quantity,
            "is_decided": bool(intent),
            "has_no_price": "unit_cost" not in terms,
            "unit_price": subscription.unit_price,
            "unit_cost": cost,
            "renewal_unit_price": price,
            "renewal_unit_cost": new_cost,
            **self._prepare_amounts(subscription, quantity, cost, price, new_cost),
            **self._prepare_quote(subscription, day, today, intent),
        }

    def _prepare_amounts(self, subscription, quantity, cost, price, new_cost):
        """Return the money per period, and per year in the company's currency."""
        currency = subscription.currency_id
        step = Decimal(1).scaleb(-currency.decimal_places)
        months = subscription._get_period_months() or subscription._get_term_months()
        before, after = (
            impact.build_side(_exact(one), _exact(its_cost), quantity, months, step)
            for one, its_cost in ((subscription.unit_price, cost), (price, new_cost))
        )

        def convert(amount):
            return currency._convert(
                float(amount),
                self.company_id.currency_id,
                self.company_id,
                self.computed_at.date(),
            )

        return {
            "period_amount": float(before.period),
            "renewal_period_amount": float(after.period),
            "period_difference": float(after.period - before.period),
            "year_amount": convert(before.year),
            "renewal_year_amount": convert(after.year),
            "year_difference": convert(after.year - before.year),
            "year_margin": convert(before.year_margin),
            "renewal_year_margin": convert(after.year_margin),
            "year_margin_difference": convert(after.year_margin - before.year_margin),
            "margin_percent": float((before.margin_percent or 0) / 100),
            "renewal_margin_percent": float((after.margin_percent or 0) / 100),
            "is_below_floor": impact.is_below_floor(
                _exact(price), _exact(new_cost), quantity, step
            ),
        }

    def _prepare_quote(self, subscription, day, today, intent):
        """Return when the renewal is quoted on its own, and at which price."""
        lead_days = subscription._get_lead_days(today)
        if intent or not renewal.is_quoted(subscription._get_term_months(), lead_days):
            return {}
        quote_date = max(today, fields.Date.subtract(day, days=lead_days))
        return {
            "quote_date": quote_date,
            "quote_unit_price": subscription._get_list_price(quote_date),
        }


def _exact(amount):
    """Return a stored amount as Decimal."""
    return Decimal(repr(round(amount, 6)))
