"""How charges are shown on invoices."""

from odoo import fields, models
from odoo.tools import float_compare, format_date

from ..const import MAX_NAMES


class CspCharge(models.Model):
    _inherit = "csp.charge"

    def _prepare_order_invoice_line(self, line):
        """Return what differs from the order line's own invoice values."""
        self.ensure_one()
        values = {
            "quantity": self.quantity or (-1 if self.amount < 0 else 1),
            "name": f"{line.name}\n{self._get_period_text()}",
            "csp_charge_ids": [fields.Command.link(self.id)],
        }
        net = line.price_unit * (1 - (line.discount or 0.0) / 100) * self.quantity
        if float_compare(
            self.currency_id.round(net),
            self.amount,
            precision_rounding=self.currency_id.rounding,
        ):
            values |= {"discount": 0.0, "price_unit": self._get_line_price()}
        return values

    def _get_group_key(self):
        """What makes charges of one invoice share a line."""
        self.ensure_one()
        return (
            self.product_id.id,
            self.period_start,
            self.period_end,
            self.kind,
            self.unit_price,
            self.factor_text,
        )

    def _get_line_price(self):
        """Return the price that, times the seats, gives exactly the amount."""
        quantity = abs(sum(self.mapped("quantity"))) or 1
        currency = self.currency_id
        amount = abs(sum(self.mapped("amount")))
        price = self[0].unit_price
        is_exact = not float_compare(
            currency.round(price * quantity),
            amount,
            precision_rounding=currency.rounding,
        )
        return price if is_exact else amount / quantity

    def _get_line_name(self, lang=None):
        """Return offer, period, part of it and who uses it."""
        charge = self[0].with_context(lang=lang) if lang else self[0]
        parts = [charge.product_id.display_name, charge._get_period_text()]
        customers = self.customer_id
        if customers and customers != self.payer_id:
            names = ", ".join(customers[:MAX_NAMES].mapped("name"))
            if len(customers) > MAX_NAMES:
                names = charge.env._(
                    "%(names)s and %(count)s more",
                    names=names,
                    count=len(customers) - MAX_NAMES,
                )
            parts.append(names)
        return "\n".join(parts)

    def _get_period_text(self):
        self.ensure_one()
        env = self.env
        text = env._(
            "%(start)s to %(end)s",
            start=format_date(env, self.period_start),
            end=format_date(env, self.period_last_date),
        )
        notes = {
            "prorated_add": env._("seats added"),
            "credit": env._("seats given back"),
            "cancel_refund": env._("cancelled"),
            "repair": env._("correction"),
            "one_time": env._("once"),
        }
        note = notes.get(self.kind)
        if self.factor != 1:
            days = env._(
                "%(part)s of %(whole)s days",
                part=(self.period_end - self.period_start).days,
                whole=(self.full_end - self.full_start).days,
            )
            note = f"{note}, {days}" if note else days
        return f"{text} ({note})" if note else text
