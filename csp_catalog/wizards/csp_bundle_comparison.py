"""A bundle beside its parts bought alone: price, cost, margin, partner's earning."""

from odoo import api, fields, models


class CspBundleComparison(models.TransientModel):
    _name = "csp.bundle.comparison"
    _description = "Bundle and Single Prices"

    bundle_id = fields.Many2one(
        "product.template",
        required=True,
        domain=[("type", "=", "combo")],
        ondelete="cascade",
    )
    partner_id = fields.Many2one(
        "res.partner",
        help="Prices of this partner's list, and what it earns when it sells at list "
        "price. Empty: an end customer who pays the list price.",
    )
    quantity = fields.Integer(default=1, required=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    line_ids = fields.One2many(
        "csp.bundle.comparison.line",
        "comparison_id",
        string="Components",
        compute="_compute_lines",
        store=True,
    )

    # Totals: what the partner earns each month, alone and in the bundle.
    single_price = fields.Monetary(string="Alone", compute="_compute_totals")
    bundle_price = fields.Monetary(string="In the bundle", compute="_compute_totals")
    saving = fields.Monetary(string="Customer saves", compute="_compute_totals")
    cost = fields.Monetary(
        compute="_compute_totals",
        groups="base.group_user",
    )
    margin = fields.Monetary(
        string="Our margin",
        compute="_compute_totals",
        groups="base.group_user",
    )
    single_monthly_earning = fields.Monetary(
        string="Partner earns per month, parts alone", compute="_compute_totals"
    )
    bundle_monthly_earning = fields.Monetary(
        string="Partner earns per month, bundle", compute="_compute_totals"
    )

    _quantity_check = models.Constraint(
        "CHECK (quantity > 0 AND quantity <= 100000)",
        "Choose a quantity between 1 and 100,000.",
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("partner_id", "company_id")
    def _compute_currency_id(self):
        for wizard in self:
            wizard.currency_id = wizard._get_pricelist().currency_id or (
                wizard.company_id.currency_id
            )

    @api.depends("bundle_id", "partner_id", "quantity", "company_id")
    def _compute_lines(self):
        for wizard in self:
            wizard.line_ids = [fields.Command.clear()] + [
                fields.Command.create(values) for values in wizard._prepare_lines()
            ]

    @api.depends("line_ids", "quantity")
    def _compute_totals(self):
        for wizard in self:
            lines, quantity = wizard.line_ids, wizard.quantity
            wizard.single_price = quantity * sum(lines.mapped("single_price"))
            wizard.bundle_price = quantity * sum(lines.mapped("bundle_price"))
            wizard.saving = wizard.single_price - wizard.bundle_price
            wizard.cost = quantity * sum(lines.mapped("cost"))
            wizard.margin = wizard.bundle_price - wizard.cost
            monthly = lines.filtered("months")
            for side in ("single", "bundle"):
                wizard[f"{side}_monthly_earning"] = quantity * sum(
                    line[f"{side}_earning"] / line.months for line in monthly
                )

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _get_pricelist(self):
        self.ensure_one()
        self.company_id._csp_check_own()
        partner = self.partner_id.with_company(self.company_id)
        return partner.commercial_partner_id.property_product_pricelist

    def _prepare_lines(self):
        """Return the values of one line per component, per unit and period."""
        self.ensure_one()
        bundle, company = self.bundle_id, self.company_id
        if not bundle.combo_ids:
            return []
        now = fields.Datetime.now()
        currency = self.currency_id
        pricelist = self._get_pricelist()
        options = {"currency": currency, "date": now}
        products = bundle.combo_ids.combo_item_ids.product_id.with_company(company)
        variant = bundle.product_variant_id.with_company(company)
        own = pricelist._get_products_price(products, float(self.quantity), **options)
        own_bundle = pricelist._get_product_price(
            variant, float(self.quantity), **options
        )
        parts = bundle._csp_bundle_parts(currency, company, now)
        own_shares = bundle._csp_bundle_shares(own_bundle, currency, company, now)
        list_price = bundle.currency_id._convert(
            bundle.list_price, currency, company, now.date()
        )
        list_shares = bundle._csp_bundle_shares(list_price, currency, company, now)
        lines = []
        for combo in bundle.combo_ids:
            product = min(
                combo.combo_item_ids.product_id, key=lambda item: own[item.id]
            )
            own_price = currency.round(own[product.id])
            lines.append(
                {
                    "product_id": product.id,
                    "months": product._csp_period_months(),
                    "single_list_price": float(parts[combo].price),
                    "single_price": own_price,
                    "single_earning": float(parts[combo].price) - own_price,
                    "bundle_price": float(own_shares[combo]),
                    "bundle_earning": float(list_shares[combo] - own_shares[combo]),
                    "cost": float(parts[combo].cost),
                }
            )
        return lines


class CspBundleComparisonLine(models.TransientModel):
    _name = "csp.bundle.comparison.line"
    _description = "Component of a Bundle, Alone and Inside"

    comparison_id = fields.Many2one(
        "csp.bundle.comparison", required=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="comparison_id.company_id")
    currency_id = fields.Many2one(related="comparison_id.currency_id")
    product_id = fields.Many2one("product.product", string="Component", readonly=True)
    months = fields.Integer(string="Paid every (months)", readonly=True)
    period = fields.Char(string="Paid", compute="_compute_period")
    single_list_price = fields.Monetary(string="List price", readonly=True)
    single_price = fields.Monetary(string="Alone", readonly=True)
    single_earning = fields.Monetary(string="Earning alone", readonly=True)
    bundle_price = fields.Monetary(string="In the bundle", readonly=True)
    bundle_earning = fields.Monetary(string="Earning in the bundle", readonly=True)
    cost = fields.Monetary(readonly=True, groups="base.group_user")
    margin = fields.Monetary(
        string="Our margin", compute="_compute_margin", groups="base.group_user"
    )

    @api.depends("months")
    def _compute_period(self):
        for line in self:
            line.period = {
                0: self.env._("once"),
                1: self.env._("per month"),
                12: self.env._("per year"),
            }.get(line.months) or self.env._("every %s months", line.months)

    @api.depends("bundle_price", "cost")
    def _compute_margin(self):
        for line in self:
            line.margin = line.bundle_price - line.cost
