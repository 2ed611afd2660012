"""Many products priced at once: Odoo's rules and arithmetic, without its loops.

Odoo asks every rule about every product, and a list that stands on another asks the
other one product by product. Here rules are indexed, base prices and lists beneath are
asked once for all. Whatever this does not know, Odoo computes itself.
"""

from odoo import models
from odoo.tools import float_round

RULE_FIELDS = [
    "applied_on",
    "base",
    "base_pricelist_id",
    "categ_id",
    "compute_price",
    "csp_agreement_line_id",
    "fixed_price",
    "min_quantity",
    "percent_price",
    "price_discount",
    "price_markup",
    "price_max_margin",
    "price_min_margin",
    "price_round",
    "price_surcharge",
    "product_id",
    "product_tmpl_id",
]
# Methods that this file repeats, and the add-ons whose versions it knows.
REPEATED = ("_compute_price", "_compute_base_price", "_is_applicable_for")
KNOWN_ADDONS = ("odoo.addons.product.", "odoo.addons.csp_catalog.")
KNOWN_SCOPES = ("0_product_variant", "1_product", "2_product_category", "3_global")
KNOWN_BASES = ("list_price", "standard_price", "pricelist")
KNOWN_PRICES = ("fixed", "percentage", "formula")


class RuleIndex:
    """The rules of a list, found by what they are about, in Odoo's order."""

    def __init__(self, rules, programs_of):
        self.variants, self.templates, self.categories = {}, {}, {}
        self.globals = []
        self.programs_of = programs_of
        for position, rule in enumerate(rules):
            entry = (position, rule)
            match rule["applied_on"]:
                case "0_product_variant":
                    self.variants.setdefault(rule["product_id"], []).append(entry)
                case "1_product":
                    self.templates.setdefault(rule["product_tmpl_id"], []).append(entry)
                case "2_product_category":
                    self.categories.setdefault(rule["categ_id"], []).append(entry)
                case _:
                    self.globals.append(entry)

    def find(self, product, quantity):
        """Return the first rule that applies, or None."""
        for entries in self._get_candidates(product):
            for _position, rule in entries:
                if rule["min_quantity"] and quantity < rule["min_quantity"]:
                    continue
                programs = self.programs_of.get(rule["csp_agreement_line_id"])
                if programs and product.csp_program_id.id not in programs:
                    continue
                return rule
        return None

    def _get_candidates(self, product):
        """Yield the rules about a product, group by group, the narrowest first."""
        is_template = product._name == "product.template"
        if self.variants:
            # A template with one variant is that variant.
            variant_id = product.id
            if is_template:
                is_single = product.product_variant_count == 1
                variant_id = is_single and product.product_variant_id.id
            yield self.variants.get(variant_id, ())
        if self.templates:
            template_id = product.id if is_template else product.product_tmpl_id.id
            yield self.templates.get(template_id, ())
        if self.categories and product.categ_id:
            path = product.categ_id.parent_path.strip("/").split("/")
            found = [
                entry
                for category in path
                for entry in self.categories.get(int(category), ())
            ]
            yield sorted(found, key=lambda entry: entry[0])
        yield self.globals


class ProductPricelist(models.Model):
    _inherit = "product.pricelist"

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _compute_price_rule(
        self,
        products,
        quantity,
        *,
        currency=None,
        uom=None,
        date=False,
        compute_price=True,
        **kwargs,
    ):
        """Override of `product`: all products at once, where the rules are known.

        With ``csp_price_chain`` in the context Odoo's own way is gone.
        """
        date = products.env["product.product"]._csp_price_moment(date)
        # Whatever the caller read before, they are read together from here on.
        products = products.with_prefetch()._csp_with_price_memo(date)
        currency = currency or self.currency_id or self.env.company.currency_id
        is_known = (
            len(products) > 0
            and not kwargs
            and len(self) <= 1
            and not self.env.context.get("csp_price_chain")
            and (not uom or all(product.uom_id == uom for product in products))
            and self._csp_repeats_odoo()
        )
        index = None
        if is_known:
            memo = products.env.context["csp_price_memo"]
            index = memo.get_index(self, self._csp_index_rules)
        if index is None:
            return super()._compute_price_rule(
                products,
                quantity,
                currency=currency,
                uom=uom,
                date=date,
                compute_price=compute_price,
                **kwargs,
            )
        found = {product: index.find(product, quantity) for product in products}
        if not compute_price:
            return {
                product.id: (0.0, rule["id"] if rule else False)
                for product, rule in found.items()
            }
        prices = self._csp_compute_prices(found, quantity, currency, date)
        return {
            product.id: (prices[product.id], rule["id"] if rule else False)
            for product, rule in found.items()
        }

    def _get_applicable_rules(self, products, date, **kwargs):
        """Override of `product` to read rules beneath a list that the reader may not.

        A reseller's list stands on that of a level, which is closed to its people. Only
        prices come out, and only of a list that the caller holds already.
        """
        # sudo: see above.
        return super(ProductPricelist, self.sudo())._get_applicable_rules(
            products, date, **kwargs
        )

    # ----------------------------------------------------------------------
    # HELPERS
    # ----------------------------------------------------------------------

    def _csp_repeats_odoo(self):
        """Tell whether no other add-on has changed what is repeated here."""
        registry = self.env.registry
        if not hasattr(registry, "csp_batch_repeats_odoo"):
            classes = type(self.env["product.pricelist.item"]).mro()
            registry.csp_batch_repeats_odoo = all(
                cls.__module__.startswith(KNOWN_ADDONS)
                for cls in classes
                for name in REPEATED
                if name in vars(cls)
            )
        return registry.csp_batch_repeats_odoo

    def _csp_index_rules(self, products, date):
        """Return the rules that may apply; None: one of them is not known here."""
        rules = self._get_applicable_rules(products, date).read(RULE_FIELDS, load="")
        if not all(
            rule["applied_on"] in KNOWN_SCOPES
            and rule["compute_price"] in KNOWN_PRICES
            and (rule["base"] or "list_price") in KNOWN_BASES
            for rule in rules
        ):
            return None
        line_ids = {rule["csp_agreement_line_id"] for rule in rules} - {False}
        # sudo: as in `_is_applicable_for`.
        lines = self.env["csp.agreement.line"].sudo().browse(line_ids)
        return RuleIndex(
            rules, {line.id: set(line.agreement_id.program_ids.ids) for line in lines}
        )

    def _csp_compute_prices(self, found, quantity, currency, date):
        """Return ``{product id: price}``, with the arithmetic of the rules."""
        groups = {}
        for product, rule in found.items():
            if rule is None:
                key = ("list_price", False)
            elif rule["compute_price"] == "fixed":
                continue
            else:
                key = (rule["base"] or "list_price", rule["base_pricelist_id"])
            groups.setdefault(key, []).append(product.id)
        bases = {}
        some = next(iter(found))
        for (base, pricelist_id), ids in groups.items():
            products = some.browse(ids)
            if base == "pricelist" and pricelist_id:
                # sudo: as in `_get_applicable_rules`.
                beneath = self.sudo().browse(pricelist_id)
                bases.update(
                    beneath._csp_convert_prices(products, quantity, currency, date)
                )
            else:
                base = "list_price" if base == "pricelist" else base
                bases.update(
                    self._csp_get_bases(products, base, quantity, currency, date)
                )
        return {
            product.id: _apply_rule(rule, bases.get(product.id))
            for product, rule in found.items()
        }

    def _csp_convert_prices(self, products, quantity, currency, date):
        """Return ``{product id: price}`` of this list in another currency."""
        own = self.currency_id
        if own != currency and self._csp_is_neutral():
            own = currency
        prices = self._get_products_price(products, quantity, currency=own, date=date)
        if own == currency:
            return prices
        rate = own._get_conversion_rate(own, currency, self.env.company, date)
        return {key: price * rate if price else 0.0 for key, price in prices.items()}

    def _csp_is_neutral(self):
        """Tell whether this list of a level is the same in every currency.

        Percentages are: what stands on them in another currency starts from what the
        vendor lists in that one, instead of converting.
        """
        if not self.csp_grade_id:
            return False
        return not self.env["product.pricelist.item"].search_count(
            [
                ("pricelist_id", "=", self.id),
                "|",
                ("compute_price", "!=", "percentage"),
                ("base", "=", "pricelist"),
            ],
            limit=1,
        )

    def _csp_get_bases(self, products, base, quantity, currency, date):
        """Return ``{product id: list price or cost}`` in a currency."""
        found = products._csp_base_prices(base, date, currency, quantity)
        others = products.filtered(lambda product: product.id not in found)
        if not others:
            return found
        prices = others._price_compute(base, date=date)
        rates = {currency: 1}
        for product in others:
            is_cost = base == "standard_price"
            source = product.cost_currency_id if is_cost else product.currency_id
            if source not in rates:
                rates[source] = source._get_conversion_rate(
                    source, currency, self.env.company, date
                )
            price = prices[product.id]
            if source != currency:
                price = price * rates[source] if price else 0.0
            found[product.id] = price
        return found


def _apply_rule(rule, base):
    """Return the price that a rule makes of a base price, as Odoo reckons it."""
    if rule is None:
        return base
    if rule["compute_price"] == "fixed":
        return rule["fixed_price"]
    if rule["compute_price"] == "percentage":
        return (base - (base * (rule["percent_price"] / 100))) or 0.0
    is_cost = rule["base"] == "standard_price"
    discount = -rule["price_markup"] if is_cost else rule["price_discount"]
    price = base - (base * (discount / 100))
    if rule["price_round"]:
        price = float_round(price, precision_rounding=rule["price_round"])
    price += rule["price_surcharge"] or 0.0
    if rule["price_min_margin"]:
        price = max(price, base + rule["price_min_margin"])
    if rule["price_max_margin"]:
        price = min(price, base + rule["price_max_margin"])
    return price
