"""Forms in which the same software is sold: box, OEM, yearly, monthly."""

from decimal import Decimal

from odoo import api, fields, models

from ..const import LICENCE_KINDS
from ..engine import comparison


class CspLicenceFamily(models.Model):
    _name = "csp.licence.family"
    _description = "Licence Family"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    users = fields.Integer(
        string="Compared for users",
        default=1,
        required=True,
        help="For how many people the forms are compared.",
    )
    offer_ids = fields.Many2many(
        "product.template",
        "csp_licence_family_product_rel",
        "family_id",
        "product_tmpl_id",
        string="Shown on the pages of",
        check_company=True,
    )
    form_ids = fields.One2many("csp.licence.form", "family_id", copy=True)
    summary = fields.Char(compute="_compute_summary")

    _users_check = models.Constraint(
        "CHECK (users > 0 AND users <= 100000)",
        "Compare for a number of users between 1 and 100,000.",
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("users", "form_ids.price", "form_ids.months", "form_ids.users")
    def _compute_summary(self):
        for family in self:
            sentences = family._csp_summarise(family._csp_compare(), family.currency_id)
            family.summary = " ".join(sentences)

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    @api.private
    def _csp_compare(self, pricelist=None, currency=None, display=None):
        """Return ``{horizon in months: {form: engine Total}}`` at stored prices.

        :param product.pricelist pricelist: of the buyer; by default the list prices
        :param display: function (product, price) -> price as shown, such as with tax
        """
        self.ensure_one()
        currency = currency or self.currency_id
        prices = self.form_ids._csp_prices(pricelist, currency, display)
        forms = [
            comparison.Form(index, prices[form], form.months, form.users)
            for index, form in enumerate(self.form_ids)
            if form in prices
        ]
        return {
            horizon: {
                self.form_ids[key]: total
                for key, total in comparison.compare(forms, horizon, self.users).items()
            }
            for horizon in comparison.HORIZONS
        }

    @api.private
    def _csp_summarise(self, table, currency):
        """Return one sentence per horizon: which form saves how much against which."""
        self.ensure_one()
        sentences = []
        for horizon, totals in table.items():
            for form, total in totals.items():
                if total.is_best and total.saving:
                    sentences.append(
                        self.env._(
                            "Over %(months)s months, %(best)s saves %(amount)s "
                            "(%(percent)s %%) against %(other)s.",
                            months=horizon,
                            best=form.name,
                            amount=currency.format(float(total.saving)),
                            percent=total.saving_percent,
                            other=self.form_ids[total.dearest.key].name,
                        )
                    )
        return sentences


class CspLicenceForm(models.Model):
    _name = "csp.licence.form"
    _description = "Licence Form"
    _order = "family_id, sequence, id"
    _check_company_auto = True

    family_id = fields.Many2one(
        "csp.licence.family", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="family_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, translate=True)
    kind = fields.Selection(LICENCE_KINDS, required=True)
    product_id = fields.Many2one(
        "product.product",
        string="Sold as",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        help="Its price today counts. Empty: a form that others sell, with the price "
        "typed in here.",
    )
    typed_price = fields.Monetary(string="Typed price")
    typed_months = fields.Integer(
        string="Typed months of use", help="0: for ever, bought once."
    )
    users = fields.Integer(default=1, required=True)
    devices = fields.Integer(string="Devices per user", default=1)
    benefits = fields.Text(translate=True)

    # What it comes to.
    price = fields.Monetary(compute="_compute_price")
    months = fields.Integer(string="Months of use", compute="_compute_months")
    price_12 = fields.Monetary(string="12 months", compute="_compute_comparison")
    price_36 = fields.Monetary(string="36 months", compute="_compute_comparison")
    saving_12 = fields.Monetary(
        string="Saving in 12 months", compute="_compute_comparison"
    )
    saving_36 = fields.Monetary(
        string="Saving in 36 months", compute="_compute_comparison"
    )
    is_best_12 = fields.Boolean(compute="_compute_comparison")
    is_best_36 = fields.Boolean(compute="_compute_comparison")

    _numbers_check = models.Constraint(
        "CHECK (users > 0 AND devices >= 0 AND typed_price >= 0 AND typed_months >= 0)",
        "Price, months, users and devices cannot be negative; there is one user at "
        "least.",
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("product_id", "typed_price", "company_id")
    def _compute_price(self):
        for company, forms in self.grouped("company_id").items():
            prices = forms._csp_prices(None, company.currency_id)
            for form in forms:
                form.price = float(prices.get(form, 0))

    @api.depends("product_id", "typed_months")
    def _compute_months(self):
        for form in self:
            product = form.product_id
            form.months = (
                product._csp_period_months() or product._csp_term_months()
                if product.is_csp_offer
                else form.typed_months
            )

    @api.depends("price", "months", "users", "family_id.users", "family_id.form_ids")
    def _compute_comparison(self):
        for family, forms in self.grouped("family_id").items():
            table = family._csp_compare() if family else {}
            for form in forms:
                for horizon in comparison.HORIZONS:
                    total = table.get(horizon, {}).get(form)
                    form[f"price_{horizon}"] = float(total.amount) if total else 0.0
                    form[f"saving_{horizon}"] = float(total.saving) if total else 0.0
                    form[f"is_best_{horizon}"] = bool(total and total.is_best)

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _csp_prices(self, pricelist, currency, display=None):
        """Return ``{form: Decimal}``; a form that is not sold now is left out."""
        company = self.company_id[:1] or self.env.company
        now = fields.Datetime.now()
        products = self.product_id.with_company(company)
        options = {"currency": currency, "date": now}
        if pricelist:
            table = pricelist._get_products_price(products, 1.0, **options)
        else:
            table = products._price_compute("list_price", company=company, **options)
        offers = products.filtered("csp_key")
        sold = offers._csp_price_at(now, currency=currency, company=company)
        prices = {}
        for form in self:
            product = form.product_id
            if not product:
                price = form.currency_id._convert(
                    form.typed_price, currency, company, now.date()
                )
            elif not product.active or (product in offers and product.id not in sold):
                continue
            else:
                price = table[product.id]
                price = currency.round(display(product, price) if display else price)
            prices[form] = Decimal(repr(price))
        return prices
