"""From agreements to pricelists, and to the engine's terms."""

from datetime import datetime, timedelta
from decimal import Decimal

from odoo import api, fields, models

from ..engine import agreement as engine
from ..engine.prices import COST_STEP, round_half_up

# What decides whether two versions of a line say the same.
CONTENT_FIELDS = ("scope", "kind", "value", "min_quantity")


class CspAgreement(models.Model):
    _inherit = "csp.agreement"

    # ----------------------------------------------------------------------
    # BUSINESS: COMPILE
    # ----------------------------------------------------------------------

    def _compile(self, base=None):
        """Write what differs in the pricelists of these agreements; return them.

        One list per agreement, whatever its versions. Each line is a dated rule; a line
        that the next version leaves as it was stays one rule. What no rule speaks about
        costs what ``base`` says.

        :param product.pricelist base: by default the list of the level
        """
        lists = self.env["product.pricelist"]
        for origin, versions in self._get_versions().grouped("origin_id").items():
            latest = versions[-1]
            beneath = base or latest._get_level_pricelist()
            pricelist = lists.with_context(active_test=False).search(
                [("csp_agreement_id", "=", origin.id)]
            )
            if pricelist:
                latest._update_pricelist(pricelist)
            else:
                pricelist = lists.create(latest._prepare_pricelist())
                versions.invalidate_recordset(["pricelist_id"])
            versions._update_items(pricelist, beneath)
            lists |= pricelist
        return lists

    def _prepare_pricelist(self):
        """Return the values of the list, without its rules."""
        self.ensure_one()
        values = {
            "name": self.name,
            "csp_agreement_id": self.origin_id.id,
            "company_id": self.company_id.id,
            "currency_id": self.currency_id.id,
            "sequence": 100,
        }
        # With a website set, or offered for choice, visitors would see the list.
        pricelist_fields = self.env["product.pricelist"]._fields
        if "website_id" in pricelist_fields:
            values["website_id"] = False
        if "selectable" in pricelist_fields:
            values["selectable"] = False
        return values

    def _update_pricelist(self, pricelist):
        """Write what differs only: each write empties the caches of all workers."""
        wanted = {"currency_id": self.currency_id.id, "active": True}
        values = _get_difference(pricelist, wanted)
        if values:
            pricelist.write(values)

    def _update_items(self, pricelist, base):
        """Create, write and delete the rules that differ from what is wanted."""
        wanted = {False: self._prepare_fallback_item(base)}
        for line, first, last in self._get_runs():
            wanted[line.id] = line._prepare_item(first, last)
        items = self.env["product.pricelist.item"].search(
            [("pricelist_id", "=", pricelist.id)]
        )
        surplus = items.browse()
        for item in items:
            values = wanted.pop(item.csp_agreement_line_id.id, None)
            if values is None:
                surplus += item
                continue
            difference = _get_difference(item, values)
            if difference:
                item.write(difference)
        if surplus:
            surplus.unlink()
        if wanted:
            items.create(
                [{**values, "pricelist_id": pricelist.id} for values in wanted.values()]
            )

    def _get_runs(self):
        """Return [(line, from, to)]: versions of a line that say the same are one."""
        runs = {}
        ended = []
        for line in self.line_ids.sorted(lambda one: (*one._get_span(), one.id)):
            first, last = line._get_span()
            if first == last:
                continue
            key = line._get_content()
            run = runs.get(key)
            if run and run[2] == first:
                runs[key] = (run[0], run[1], last)
                continue
            if run:
                ended.append(run)
            runs[key] = (line, first, last)
        return [*ended, *runs.values()]

    def _prepare_fallback_item(self, base):
        """Return the values of the rule for what no line speaks about."""
        return {
            "applied_on": "3_global",
            "csp_agreement_line_id": False,
            **_prepare_percentage(0.0, base),
        }

    def _get_level_pricelist(self):
        """Return the list of the level; empty: the vendor's list price."""
        self.ensure_one()
        pricelist = self.grade_id.default_pricelist_id
        is_ours = pricelist.company_id in (self.company_id, self.company_id.browse())
        return pricelist if is_ours else pricelist.browse()

    def _get_level_percent(self):
        """Return what the level takes off the list price.

        A list made by hand is no percentage: give the engine its price, see `Offer`.
        """
        pricelist = self._get_level_pricelist() if self else False
        is_compiled = pricelist and pricelist.csp_grade_id == self.grade_id
        return self.grade_id.csp_discount if is_compiled else 0.0

    # ----------------------------------------------------------------------
    # BUSINESS: THE ENGINE'S VIEW
    # ----------------------------------------------------------------------

    @api.private
    def _build_terms(self, currency=None):
        """Return the engine's terms; of several agreements those of all together.

        :param res.currency currency: what fixed prices are wanted in; by default the
            agreement's own
        """
        first = self[:1]
        percent = Decimal(repr(first._get_level_percent()))
        return engine.Terms(
            first.id,
            first.version,
            percent.quantize(Decimal("0.01")),
            self.line_ids._build_lines(currency),
        )

    @api.private
    def _csp_negotiated_cost(self, product, list_cost, quantity=1, moment=None):
        """Return (cost, line or None): what the vendor asks under this agreement."""
        price = _ListCost(list_cost, self.currency_id)
        table = self._csp_negotiated_costs({product.id: price}, quantity, moment)
        return table[product.id]

    @api.private
    def _csp_negotiated_costs(self, table, quantity=1, moment=None):
        """Return ``{product id: (cost, line or None)}`` under purchase agreements.

        Without an agreement, or without a line about the product, the cost is the
        vendor's list cost.

        :param dict table: what `product.product._csp_price_at` returns
        :param datetime moment: by default now
        """
        moment = moment or fields.Datetime.now()
        products = self.env["product.product"].browse(table)
        offers = products._csp_build_offers(table)
        lines_of = {
            currency: self.line_ids._build_lines(currency)
            for currency in {price.currency for price in table.values()}
        }
        costs = {}
        for product_id, price in table.items():
            offer = offers[product_id]
            line = engine.choose(lines_of[price.currency], offer, quantity, moment)
            if line is None:
                costs[product_id] = (price.cost, None)
                continue
            cost = engine.apply_line(line, offer, offer.cost)
            record = self.env["csp.agreement.line"].browse(line.line_id)
            costs[product_id] = (round_half_up(cost, COST_STEP), record)
        return costs


class CspAgreementLine(models.Model):
    _inherit = "csp.agreement.line"

    def _get_content(self):
        """Return everything that this line says, its days apart."""
        self.ensure_one()
        target = self._get_target()
        return (
            *(self[name] for name in CONTENT_FIELDS),
            target.id if target else False,
            self.currency_id.id,
            frozenset(self.agreement_id.program_ids.ids),
        )

    def _get_in_version(self, versions):
        """Return the line of the version in force that says the same, or this one.

        A line that later versions leave as it was stays one rule of the pricelist,
        which names the line it began with.

        :param csp.agreement versions: those in force at the moment in question
        """
        self.ensure_one()
        own = self.agreement_id
        content = self._get_content()
        for version in versions.filtered(lambda one: one.origin_id == own.origin_id):
            for line in version.line_ids:
                if line._get_content() == content:
                    return line
        return self

    def _prepare_item(self, first, last):
        """Return the values of the rule for this line between two instants."""
        self.ensure_one()
        return {
            **self._prepare_item_target(),
            **self._prepare_item_price(),
            "min_quantity": float(self.min_quantity),
            "date_start": first,
            # Odoo's last moment is inside, ours is outside.
            "date_end": (
                False if last == datetime.max else last - timedelta(seconds=1)
            ),
            "csp_agreement_line_id": self.id,
        }

    def _prepare_item_target(self):
        if self.scope == "category":
            return {"applied_on": "2_product_category", "categ_id": self.categ_id.id}
        if self.scope == "template":
            return {
                "applied_on": "1_product",
                "product_tmpl_id": self.product_tmpl_id.id,
            }
        if self.scope == "variant":
            return {
                "applied_on": "0_product_variant",
                "product_id": self.product_id.id,
                "product_tmpl_id": self.product_id.product_tmpl_id.id,
            }
        return {"applied_on": "3_global"}

    def _prepare_item_price(self):
        if self.kind == "discount_erp":
            return _prepare_percentage(self.value)
        if self.kind == "discount_level":
            return _prepare_percentage(
                self.value, self.agreement_id._get_level_pricelist()
            )
        if self.kind == "markup_cost":
            return {
                "compute_price": "formula",
                "base": "standard_price",
                "price_markup": self.value,
            }
        return {"compute_price": "fixed", "fixed_price": self.value}


class _ListCost:
    """A list cost that came alone; see `_csp_negotiated_cost`."""

    __slots__ = ("cost", "currency", "erp")

    def __init__(self, cost, currency):
        self.cost = self.erp = cost
        self.currency = currency


def _prepare_percentage(percent, base=None):
    """Return the values of a percentage off a list, or off the list price."""
    return {
        "compute_price": "percentage",
        "percent_price": percent,
        "base": "pricelist" if base else "list_price",
        "base_pricelist_id": base.id if base else False,
    }


def _get_difference(record, values):
    """Return the values that are not those of the record."""
    difference = {}
    for name, value in values.items():
        known = record[name]
        if isinstance(known, models.BaseModel):
            known = known.id
        if known != value:
            difference[name] = value
    return difference
