"""The vendor's promotions: read from the provider, kept, closed, never deleted."""

from datetime import timedelta, timezone

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..const import PLANS, TERMS
from ..engine import vendor_promotions as engine


class CspPromotion(models.Model):
    _inherit = "csp.promotion"

    provider_id = fields.Many2one(
        "csp.provider",
        string="Read from",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    is_automatic = fields.Boolean(
        string="Applies by itself",
        readonly=True,
        help="The vendor grants it to whoever may have it. Otherwise the order asks "
        "for it.",
    )
    max_redemptions = fields.Integer(
        string="Purchases per customer", readonly=True, help="0: any number."
    )
    required_refs = fields.Char(
        string="Requires one of",
        readonly=True,
        help="Products of the vendor of which the customer must own one, for each "
        "group that is separated by a semicolon.",
    )
    vendor_terms = fields.Text(string="Vendor's description", readonly=True)
    last_seen_at = fields.Datetime(string="Last listed", readonly=True, copy=False)

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_sync_vendor(self):
        """Read the promotions of every connected vendor now."""
        self.env["csp.promotion"].check_access("write")
        found = self.env["csp.provider"]._get_promotion_providers(
            self.env.companies.ids
        )
        if not found:
            raise UserError(
                self.env._(
                    "No vendor can be asked: no provider is enabled whose system "
                    "knows promotions. A person may still enter them here."
                )
            )
        return found.action_sync_promotions()

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    @api.model
    def _book_vendor_list(self, provider, found, moment=None):
        """Make the vendor's list ours; a second time changes nothing.

        What the vendor lists no longer is closed at ``moment``, or at its own end when
        that was earlier, and stays.

        :param list found: the provider's ``Promotion`` values
        :return: dict of counts: added, changed, ended, unchanged, skipped
        """
        moment = moment or fields.Datetime.now()
        counts = dict.fromkeys(("added", "changed", "ended", "unchanged", "skipped"), 0)
        known = {
            promotion.vendor_ref: promotion
            for promotion in self.with_context(active_test=False).search(
                [
                    ("source", "=", "vendor"),
                    ("vendor_ref", "!=", False),
                    ("company_id", "=", provider.company_id.id),
                    ("program_id", "=", provider.program_id.id),
                ]
            )
        }
        listed = {row.ref: row for row in found}
        ends = {ref: promotion.date_end or None for ref, promotion in known.items()}
        plan = engine.compare(ends, listed, moment)
        for ref in plan.added + plan.kept:
            values = self._prepare_vendor_promotion(provider, listed[ref], moment)
            if values is None:
                counts["skipped"] += 1
            elif ref not in known:
                self.create({"vendor_ref": ref, **values})
                counts["added"] += 1
            else:
                is_changed = known[ref]._apply_vendor_values(values)
                counts["changed" if is_changed else "unchanged"] += 1
        for ref in plan.ended:
            known[ref]._close_vendor(moment)
            counts["ended"] += 1
        return counts

    @api.model
    def _prepare_vendor_promotion(self, provider, row, moment):
        """Return the values of a promotion, or None when nothing of it is sold here."""
        entries = (
            engine.Entry(
                item.product_ref, item.sku_ref, item.term, item.plan, item.percent
            )
            for item in row.items
        )
        offered = engine.offered(entries, TERMS, PLANS)
        start, end = _to_naive_utc(row.start_at), _to_naive_utc(row.end_at)
        if offered is None or start >= end:
            return None
        terms = row.description or row.name
        if offered.is_mixed:
            terms = self.env._(
                "%(terms)s\nThe discounts differ by product: the lowest one is "
                "reckoned with.",
                terms=terms,
            )
        return {
            "name": row.name,
            "source": "vendor",
            "provider_id": provider.id,
            "company_id": provider.company_id.id,
            "program_id": provider.program_id.id,
            "segment": row.segment or False,
            "percent": float(offered.percent),
            "date_start": start,
            "date_end": end,
            "min_seats": row.min_seats,
            "max_seats": row.max_seats,
            "is_first_purchase": row.is_first_purchase,
            "is_automatic": row.is_automatic,
            "max_redemptions": row.max_redemptions,
            "required_refs": "; ".join(
                ", ".join(group) for group in row.required_products
            )
            or False,
            "vendor_terms": terms,
            "last_seen_at": moment,
            "line_ids": [
                Command.create(
                    {
                        "product_ref": entry.product_ref,
                        "sku_ref": entry.sku_ref,
                        "term": entry.term,
                        "plan": entry.plan,
                    }
                )
                for entry in offered.entries
            ],
        }

    def _apply_vendor_values(self, values):
        """Write what differs; tell whether anything but the date of reading did."""
        self.ensure_one()
        values = dict(values)
        commands = values.pop("line_ids")
        wanted = sorted(tuple(command[2].values()) for command in commands)
        lines = sorted(
            (line.product_ref, line.sku_ref, line.term, line.plan)
            for line in self.line_ids
        )
        changed = {
            name: value
            for name, value in values.items()
            if name != "last_seen_at"
            and self._fields[name].convert_to_write(self[name], self) != value
        }
        if wanted != lines:
            changed["line_ids"] = [Command.clear(), *commands]
        self.write({**changed, "last_seen_at": values["last_seen_at"]})
        return bool(changed)

    def _close_vendor(self, moment):
        """End a promotion that the vendor does not list any more."""
        self.ensure_one()
        # A promotion never ends before it starts.
        end = max(moment, self.date_start + timedelta(seconds=1))
        self.date_end = min(self.date_end, end) if self.date_end else end
        self.message_post(body=self.env._("The vendor does not list it any more."))

    def _needs_check(self):
        """Tell whether only the vendor knows who may have the promotion.

        Ownership of other products and the number of earlier purchases count across
        all partners of the customer.
        """
        self.ensure_one()
        return bool(self.required_refs or self.max_redemptions)

    def _is_kept_at(self, moment):
        """Tell whether a term that begins at ``moment`` keeps the promotion."""
        self.ensure_one()
        policy = engine.KEPT_IN_PERIOD
        # sudo: the rules of a programme are public terms of the vendor.
        program = self.sudo().program_id
        if "promotion_at_renewal" in program.rule_ids.mapped("code"):
            policy = program._get_rule("promotion_at_renewal", moment.date())
        return engine.is_kept(
            policy, self.date_start or None, self.date_end or None, moment
        )


class CspPromotionLine(models.Model):
    _inherit = "csp.promotion.line"

    vendor_offer_id = fields.Many2one(
        "product.template",
        string="On sale as",
        compute="_compute_vendor_offer_id",
        help="The offer that the vendor's IDs stand for here; empty: not on sale.",
    )

    @api.depends("product_ref", "sku_ref", "promotion_id.program_id")
    def _compute_vendor_offer_id(self):
        named = self.filtered("product_ref")
        offers = self.env["product.template"].search_fetch(
            [
                ("csp_product_ref", "in", list(set(named.mapped("product_ref")))),
                ("csp_program_id", "in", named.promotion_id.program_id.ids),
            ],
            ["csp_program_id", "csp_product_ref", "csp_sku_ref"],
        )
        known = {
            (offer.csp_program_id, offer.csp_product_ref, offer.csp_sku_ref): offer
            for offer in offers
        }
        for line in self:
            key = (line.promotion_id.program_id, line.product_ref, line.sku_ref)
            line.vendor_offer_id = known.get(key, False)


def _to_naive_utc(moment):
    """Return an aware instant as Odoo stores it."""
    return moment.astimezone(timezone.utc).replace(tzinfo=None, microsecond=0)
