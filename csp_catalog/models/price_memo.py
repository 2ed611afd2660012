"""What one computation of many prices has read already."""


class PriceMemo:
    """Prices and rules, read once for all products of a pricelist computation.

    Travels in the context of the products, as `csp_price_memo`: rules and lists beneath
    ask product by product. Nothing outlives the computation.
    """

    __slots__ = ("company_id", "indexes", "moment", "offer_ids", "offers", "products")
    __slots__ += ("product_ids", "tables")

    def __init__(self, products, moment, offers):
        """Prepare for ``products``; ``offers`` are the variants that have prices."""
        self.company_id = products.env.company.id
        self.moment = moment
        self.products = products
        self.product_ids = frozenset(products.ids)
        self.offers = offers
        self.offer_ids = frozenset(offers.ids)
        self.tables = {}
        self.indexes = {}

    def is_at(self, moment, company):
        """Tell whether it is about that moment and company."""
        return self.moment == moment and self.company_id == company.id

    def covers(self, products, moment):
        """Tell whether it is about these products, at that moment."""
        return (
            self.is_at(moment, products.env.company)
            and self.products._name == products._name
            and self.product_ids.issuperset(products._ids)
        )

    def get_table(self, currency, quantity):
        """Return ``{product id: CspPrice}`` of all offers."""
        key = (currency.id, quantity)
        if key not in self.tables:
            self.tables[key] = self.offers._csp_price_at(
                self.moment, currency=currency, quantity=quantity
            )
        return self.tables[key]

    def get_index(self, pricelist, build):
        """Return what ``build`` makes of a pricelist's rules for all products."""
        if pricelist.id not in self.indexes:
            self.indexes[pricelist.id] = build(self.products, self.moment)
        return self.indexes[pricelist.id]
