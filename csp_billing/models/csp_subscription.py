from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from odoo import api, fields, models

from odoo.addons.csp_catalog.const import PLANS

from ..const import LEG_COST, LEG_SALE
from ..engine.money import Money
from ..engine.periods import Period
from ..engine.plan import Entry, make_plan
from ..engine.timeline import Fact, LayerKey, Rules, SafetyError


@dataclass(frozen=True)
class BillingPlan:
    """The entries to book per leg, or why nothing may be booked."""

    entries: dict[str, tuple[Entry, ...]]
    next_due: date | None = None
    error: SafetyError | None = None


class CspSubscription(models.Model):
    _inherit = "csp.subscription"

    charge_ids = fields.One2many(
        "csp.charge", "subscription_id", string="Charges", groups="base.group_user"
    )
    next_charge_date = fields.Date(
        string="Next Billing",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups="base.group_user",
        help="From this day on there is something to look at for billing.",
    )
    charge_count = fields.Integer(
        compute="_compute_charge_count", groups="base.group_user"
    )
    csp_invoice_count = fields.Integer(
        string="Invoices",
        compute="_compute_csp_invoice_count",
        compute_sudo=True,
        groups="base.group_user",
    )
    invoiced_amount = fields.Monetary(
        string="Invoiced",
        compute="_compute_csp_invoice_count",
        compute_sudo=True,
        groups="base.group_user",
    )
    billing_hold_ids = fields.One2many(
        "csp.billing.hold",
        "subscription_id",
        string="Billing Holds",
        groups="base.group_user",
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("charge_ids")
    def _compute_charge_count(self):
        counts = dict(
            self.env["csp.charge"]._read_group(
                [("subscription_id", "in", self.ids)], ["subscription_id"], ["__count"]
            )
        )
        for subscription in self:
            subscription.charge_count = counts.get(subscription, 0)

    @api.depends("charge_ids.invoice_line_id")
    def _compute_csp_invoice_count(self):
        groups = self.env["csp.charge"]._read_group(
            [
                ("subscription_id", "in", self.ids),
                ("leg", "=", LEG_SALE),
                ("invoice_line_id", "!=", False),
            ],
            ["subscription_id"],
            ["invoice_line_id:recordset", "amount:sum"],
        )
        found = {s: (len(lines.move_id), amount) for s, lines, amount in groups}
        for subscription in self:
            count, amount = found.get(subscription, (0, 0.0))
            subscription.csp_invoice_count = count
            subscription.invoiced_amount = amount

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_view_charges(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "csp_billing.csp_charge_action"
        )
        action["domain"] = [("subscription_id", "=", self.id)]
        action["context"] = {}
        return action

    def action_view_csp_invoices(self):
        self.ensure_one()
        return self._get_csp_invoices()._get_records_action(name=self.env._("Invoices"))

    # ----------------------------------------------------------------------
    # BUSINESS - PLAN
    # ----------------------------------------------------------------------

    def _plan_charges(self, until):
        """Return `{subscription: BillingPlan}` for periods beginning by `until`.

        Preview and booking both call this; it writes nothing.
        """
        facts = self._build_facts()
        ledgers = self._build_ledgers()
        plans = {}
        # sudo: planning reads the cost side, which the caller need not see
        for subscription in self.sudo():
            entries, due, error = {}, None, None
            try:
                for leg in (LEG_SALE, LEG_COST):
                    plan = make_plan(
                        facts[subscription.id, leg],
                        ledgers[subscription.id, leg],
                        subscription._build_rules(leg),
                        until,
                    )
                    entries[leg], due = plan.entries, plan.next_due
            except SafetyError as caught:
                entries, error = {}, caught
            plans[subscription.with_env(self.env)] = BillingPlan(entries, due, error)
        return plans

    def _build_rules(self, leg):
        self.ensure_one()
        currency = self._get_leg_currency(leg)
        return Rules(
            anchor=self.anchor_date or date.min,
            months=PLANS.get(self.plan) or None,
            money=Money(Decimal(str(currency.rounding or 0.01))),
        )

    def _get_leg_currency(self, leg):
        self.ensure_one()
        if leg == LEG_COST:
            return self.cost_currency_id or self.company_id.currency_id
        return self.currency_id

    def _build_facts(self):
        """Return `{(subscription id, leg): facts}` from the booked events."""
        # sudo: events carry the cost, which only planning needs here
        events = (
            self.env["csp.subscription.event"]
            .sudo()
            .search_fetch(
                [("subscription_id", "in", self.ids)],
                [
                    "subscription_id",
                    "effective_date",
                    "kind",
                    "quantity",
                    "unit_price",
                    "unit_cost",
                    "term_start_date",
                    "term_end_date",
                ],
                order="id",
            )
        )
        found = defaultdict(list)
        for event in events:
            for leg, price in (
                (LEG_SALE, event.unit_price),
                (LEG_COST, event.unit_cost),
            ):
                found[event.subscription_id.id, leg].append(
                    Fact(
                        effective=event.effective_date,
                        sequence=event.id,
                        kind=event.kind,
                        quantity=event.quantity,
                        unit_price=to_decimal(price),
                        term_start=event.term_start_date or None,
                        term_end=event.term_end_date or None,
                    )
                )
        return found

    def _build_ledgers(self):
        """Return `{(subscription id, leg): entries}` from the booked charges."""
        # sudo: both legs are needed, whoever plans
        charges = (
            self.env["csp.charge"]
            .sudo()
            .search_fetch(
                [("subscription_id", "in", self.ids), ("state", "=", "booked")],
                [
                    "subscription_id",
                    "leg",
                    "kind",
                    "slice_start",
                    "layer_start",
                    "unit_price",
                    "period_start",
                    "period_end",
                    "full_start",
                    "full_end",
                    "quantity",
                    "amount",
                    "reversed_charge_id",
                ],
                order="id",
            )
        )
        found = defaultdict(list)
        for charge in charges:
            key = LayerKey(
                charge.slice_start, charge.layer_start, to_decimal(charge.unit_price)
            )
            found[charge.subscription_id.id, charge.leg].append(
                Entry(
                    kind=charge.kind,
                    key=key,
                    period=Period(charge.period_start, charge.period_end),
                    full=Period(charge.full_start, charge.full_end),
                    quantity=charge.quantity,
                    amount=to_decimal(charge.amount),
                    entry_id=charge.id,
                    reverses_id=charge.reversed_charge_id.id or None,
                )
            )
        return found

    # ----------------------------------------------------------------------
    # BUSINESS - BOOK
    # ----------------------------------------------------------------------

    @api.private
    def _book_charges(self, plans, run=None, first_lines=None):
        """Append what the plans say to the ledger; return the charges of both legs.

        :param first_lines: `{subscription: order line}` of what the order invoices
        """
        first_lines = first_lines or {}
        vals_list = []
        # sudo: charges are written by planning only; nobody has a right to create
        sound = self.filtered(lambda s: not plans[s].error).sudo()
        positions = sound._get_ledger_lengths()
        event_dates = sound._get_event_dates()
        charges = self.env["csp.charge"].sudo()
        rates = {}
        for subscription in sound:
            plan = plans[subscription.with_env(self.env)]
            for leg, entries in plan.entries.items():
                for entry in entries:
                    positions[subscription.id, leg] += 1
                    taken_back = charges.browse(entry.reverses_id or ())
                    vals = subscription._prepare_charge(leg, entry, taken_back, rates)
                    vals["position"] = positions[subscription.id, leg]
                    vals["event_id"] = find_event(
                        event_dates[subscription.id], entry.period.start
                    )
                    vals["run_id"] = run.id if run else False
                    if leg == LEG_SALE and subscription in first_lines:
                        vals["order_line_id"] = first_lines[subscription].id
                    elif taken_back.order_line_id and not taken_back.invoice_line_id:
                        # What the order has yet to invoice, it invoices less this.
                        vals["order_line_id"] = taken_back.order_line_id.id
                    vals_list.append(vals)
            if subscription.next_charge_date != (plan.next_due or False):
                subscription.next_charge_date = plan.next_due
        return charges.create(vals_list)

    def _prepare_charge(self, leg, entry, taken_back, rates):
        """Return the values of an entry; a credit goes to whom the charge went.

        :param taken_back: the charge that a credit reverses, or empty
        """
        self.ensure_one()
        source = taken_back or self
        currency = taken_back.currency_id or self._get_leg_currency(leg)
        company = self.company_id
        day = entry.period.start
        if (currency, company, day) not in rates:
            rates[currency, company, day] = self.env[
                "res.currency"
            ]._get_conversion_rate(currency, company.currency_id, company, day)
        rate = rates[currency, company, day]
        amount = float(entry.amount)
        return {
            "subscription_id": self.id,
            "company_id": company.id,
            "leg": leg,
            "kind": entry.kind,
            "period_start": entry.period.start,
            "period_end": entry.period.end,
            "slice_start": entry.key.slice_start,
            "layer_start": entry.key.layer_start,
            "full_start": entry.full.start,
            "full_end": entry.full.end,
            "quantity": entry.quantity,
            "unit_price": float(entry.key.unit_price),
            "factor_text": f"{entry.factor.numerator}/{entry.factor.denominator}",
            "factor": float(entry.factor),
            "amount": amount,
            "currency_id": currency.id,
            "rate": rate,
            "company_amount": company.currency_id.round(amount * rate),
            "price_ref": self._get_price_ref(),
            "payer_id": source.payer_id.id,
            "customer_id": source.customer_id.id,
            "reseller_id": source.reseller_id.id,
            "product_id": source.product_id.id,
            "reversed_charge_id": taken_back.id,
        }

    def _get_price_ref(self):
        self.ensure_one()
        parts = [self.order_id.name, self.price_id.display_name]
        return ", ".join(filter(None, parts)) or False

    def _get_ledger_lengths(self):
        groups = self.env["csp.charge"]._read_group(
            [("subscription_id", "in", self.ids)],
            ["subscription_id", "leg"],
            ["position:max"],
        )
        found = defaultdict(int)
        found.update({(s.id, leg): position for s, leg, position in groups})
        return found

    def _get_event_dates(self):
        found = defaultdict(list)
        for event in self.env["csp.subscription.event"].search_fetch(
            [("subscription_id", "in", self.ids), ("kind", "!=", "order")],
            ["subscription_id", "effective_date"],
            order="effective_date, id",
        ):
            found[event.subscription_id.id].append((event.effective_date, event.id))
        return found

    def _reset_next_charge_date(self):
        """Have billing look at these again from their first day."""
        # sudo: a technical date of billing, set by verbs that were checked
        for subscription in self.sudo():
            subscription.next_charge_date = subscription.start_date


def to_decimal(value):
    """The stored number as the decimal that was meant."""
    return Decimal(f"{value or 0.0:.6f}")


def find_event(dates, day):
    """The last event in force on a day, from `[(date, id)]` in order."""
    found = False
    for effective, event_id in dates:
        if effective > day and found:
            break
        found = event_id
    return found
