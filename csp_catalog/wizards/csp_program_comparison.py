"""Licence programmes side by side for one customer: cost, margin, terms."""

from odoo import api, fields, models
from odoo.exceptions import UserError


class CspProgramComparison(models.TransientModel):
    _name = "csp.program.comparison"
    _description = "Comparison of Licence Programmes"

    partner_id = fields.Many2one("res.partner", string="Customer", required=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    quantity = fields.Integer(string="Seats", default=10, required=True)
    months = fields.Selection(
        [("12", "1 year"), ("36", "3 years"), ("60", "5 years")],
        string="Compared over",
        default="36",
        required=True,
    )
    line_ids = fields.One2many(
        "csp.program.comparison.line", "comparison_id", string="Programmes"
    )

    _quantity_check = models.Constraint(
        "CHECK (quantity > 0 AND quantity <= 1000000)",
        "Choose a number of seats between 1 and 1,000,000.",
    )

    @api.depends("partner_id", "company_id")
    def _compute_currency_id(self):
        for wizard in self:
            currency = wizard._get_pricelist().currency_id
            wizard.currency_id = currency or wizard.company_id.currency_id

    def _get_pricelist(self):
        self.ensure_one()
        self.company_id._csp_check_own()
        partner = self.partner_id.with_company(self.company_id)
        return partner.commercial_partner_id.property_product_pricelist

    def action_print(self):
        """Print the comparison for a talk with the customer; it shows no cost."""
        self.ensure_one()
        return self.env.ref(
            "csp_catalog.action_report_program_comparison"
        ).report_action(self, config=False)


class CspProgramComparisonLine(models.TransientModel):
    _name = "csp.program.comparison.line"
    _description = "Licence Programme in a Comparison"
    _order = "sequence, id"

    comparison_id = fields.Many2one(
        "csp.program.comparison", required=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(related="comparison_id.company_id")
    currency_id = fields.Many2one(related="comparison_id.currency_id")
    product_id = fields.Many2one(
        "product.product",
        string="Offer",
        required=True,
        domain=[("sale_ok", "=", True)],
        ondelete="cascade",
    )
    program_name = fields.Char(string="Programme", compute="_compute_terms")

    # Money, for all seats.
    unit_price = fields.Monetary(string="Price per seat", compute="_compute_money")
    first_amount = fields.Monetary(string="First payment", compute="_compute_money")
    payment_count = fields.Integer(string="Payments", compute="_compute_money")
    total_amount = fields.Monetary(string="Customer pays", compute="_compute_money")
    cost_amount = fields.Monetary(
        string="Our cost", compute="_compute_money", groups="base.group_user"
    )
    margin_amount = fields.Monetary(
        string="Our margin", compute="_compute_money", groups="base.group_user"
    )
    margin_percent = fields.Float(
        string="Margin (%)", compute="_compute_money", groups="base.group_user"
    )
    monthly_margin = fields.Monetary(
        string="Margin per month", compute="_compute_money", groups="base.group_user"
    )

    # Terms.
    bound_months = fields.Integer(string="Bound for (months)", compute="_compute_terms")
    payment_terms = fields.Char(string="Paid", compute="_compute_terms")
    exit_terms = fields.Char(string="Way out", compute="_compute_terms")

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends(
        "product_id",
        "comparison_id.partner_id",
        "comparison_id.quantity",
        "comparison_id.months",
        "company_id",
    )
    def _compute_money(self):
        now = fields.Datetime.now()
        for wizard, lines in self.grouped("comparison_id").items():
            quantity = wizard.quantity
            currency = wizard.currency_id or self.env.company.currency_id
            company = wizard.company_id or self.env.company
            products = lines.product_id.with_company(company)
            options = {"currency": currency, "date": now}
            prices = wizard._get_pricelist()._get_products_price(
                products, float(quantity), **options
            )
            costs = products._price_compute(
                "standard_price", company=company, **options
            )
            for line in lines:
                product = line.product_id
                price = currency.round(prices.get(product.id, 0.0))
                cost = costs.get(product.id, 0.0)
                times = line._payment_count(int(wizard.months or 12))
                line.unit_price = price
                line.payment_count = times
                line.first_amount = price * quantity
                line.total_amount = price * quantity * times
                line.cost_amount = currency.round(cost * quantity * times)
                line.margin_amount = line.total_amount - line.cost_amount
                line.margin_percent = (
                    line.margin_amount / line.total_amount if line.total_amount else 0.0
                )
                line.monthly_margin = line.margin_amount / int(wizard.months or 12)

    @api.depends("product_id")
    def _compute_terms(self):
        today = fields.Date.context_today(self)
        for line in self:
            product = line.product_id
            program = product.csp_program_id
            line.program_name = program.name or self.env._("Bought once (Open, box)")
            line.bound_months = product._csp_term_months() if product else 0
            line.payment_terms = product and (
                product._csp_unit_label()
                if product.is_csp_offer
                else self.env._("once, for ever")
            )
            line.exit_terms = product and line._describe_exit(program, today)

    # ----------------------------------------------------------------------
    # HELPERS
    # ----------------------------------------------------------------------

    def _payment_count(self, months):
        """Return how often the price is due within ``months``."""
        product = self.product_id
        if not product:
            return 0
        period = product._csp_period_months() or product._csp_term_months()
        return -(-months // period) if period else 1

    def _describe_exit(self, program, today):
        """Say how seats can be given back, by the rules of the programme."""
        if not program:
            return self.env._("Seats stay bought; a new version is paid again.")
        try:
            hours = program._get_rule("seat_reduction_window_hours", today)
        except UserError:
            return self.env._("See the terms of %s.", program.name)
        terms = dict(
            self.product_id._fields["csp_term"]._description_selection(self.env)
        )
        return self.env._(
            "Seats can be added any day and given back in the first %(days)s days, "
            "then at the end of each term of %(term)s.",
            days=int(hours) // 24,
            term=terms.get(self.product_id.csp_term, ""),
        )
