"""Today's price of every offer to every level and agreement, against its cost."""

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..const import PLAN_SELECTION, SEGMENTS, TERM_SELECTION
from ..engine import agreement as agreement_engine
from ..engine import impact

BATCH = 2000


class CspMarginReport(models.Model):
    """One offer as one level or agreement pays it; thrown away with each refresh.

    An agreement has rows for the offers that it prices itself: the others cost what its
    level pays.
    """

    _name = "csp.margin.report"
    _description = "Margin by Level and Agreement"
    _inherit = "csp.audience"
    _order = "margin_percent, id"
    _rec_name = "product_id"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    computed_at = fields.Datetime(string="As of", required=True, readonly=True)

    # The offer.
    product_id = fields.Many2one(
        "product.product",
        string="Offer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    categ_id = fields.Many2one(
        "product.category", string="Category", readonly=True, ondelete="cascade"
    )
    program_id = fields.Many2one(
        "csp.program", string="Programme", readonly=True, ondelete="cascade"
    )
    segment = fields.Selection(SEGMENTS, readonly=True)
    term = fields.Selection(TERM_SELECTION, readonly=True)
    plan = fields.Selection(PLAN_SELECTION, string="Billing", readonly=True)

    # One seat and billing period.
    list_price = fields.Float(digits="Product Price", readonly=True, aggregator="avg")
    price = fields.Float(digits="Product Price", readonly=True, aggregator="avg")
    cost = fields.Float(digits=(16, 6), readonly=True, aggregator="avg")
    margin_amount = fields.Float(
        string="Margin amount", digits="Product Price", readonly=True, aggregator="avg"
    )
    margin_percent = fields.Float(string="Margin", readonly=True, aggregator="avg")
    reseller_margin_percent = fields.Float(
        string="Reseller's margin",
        readonly=True,
        aggregator="avg",
        help="Share of the list price that the reseller keeps.",
    )
    is_floor_break = fields.Boolean(string="Below cost", readonly=True, index=True)
    is_minimum_break = fields.Boolean(string="Below minimum margin", readonly=True)

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_refresh(self):
        """Compute all rows of the company anew, in the background."""
        if not self.env.user.has_group("csp_catalog.group_csp_product_manager"):
            raise AccessError(
                self.env._("Only a product manager may refresh the margins.")
            )
        company = self.env.company
        self.with_delay(
            description=self.env._("Margins of %s", company.name),
            identity_key=f"csp.margin.report:{company.id}",
        )._refresh(company)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._(
                    "Margins are being computed. Reload the page in a moment."
                ),
            },
        }

    def action_view_product(self):
        """Open the offer."""
        self.ensure_one()
        return self.product_id._get_records_action()

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    @api.model
    def _refresh(self, company):
        """Replace the rows of a company by what is true now."""
        now = fields.Datetime.now()
        self.flush_model()
        self.env.cr.execute(
            SQL("DELETE FROM csp_margin_report WHERE company_id = %s", company.id)
        )
        self.invalidate_model()
        products = (
            self.env["product.product"]
            .with_company(company)
            .search(
                [
                    ("csp_key", "!=", False),
                    ("company_id", "in", (False, company.id)),
                ]
            )
        )
        offers, pending = {}, []
        for links, currency, audience in self._get_audiences(company, now):
            if currency not in offers:
                offers[currency] = products._csp_price_at(
                    now, currency=currency, company=company
                )
            pending += self._prepare_rows(
                links, currency, audience, offers[currency], company, now
            )
            while len(pending) >= BATCH:
                self.create(pending[:BATCH])
                pending = pending[BATCH:]
        self.create(pending)

    def _prepare_rows(self, links, currency, audience, table, company, now):
        """Return the values of all rows about one audience."""
        products = self.env["product.product"].browse(table)
        step = products._csp_step(currency)
        rows = []
        offers = products._csp_build_offers(table)
        for product in products:
            offer = offers[product.id]
            if not offer.erp:
                # What is free has no margin, and would lower every average.
                continue
            answer = agreement_engine.evaluate(audience.terms, offer, 1, now, step)
            if links["kind"] == "agreement" and answer.line is None:
                continue
            margin = impact.margin_percent(answer.price, offer.cost)
            partner_margin = impact.margin_percent(offer.erp, answer.price)
            rows.append(
                {
                    **links,
                    "company_id": company.id,
                    "computed_at": now,
                    "product_id": product.id,
                    "categ_id": product.categ_id.id,
                    "program_id": product.csp_program_id.id,
                    "segment": product.csp_segment,
                    "term": product.csp_term,
                    "plan": product.csp_plan,
                    "list_price": float(offer.erp),
                    "price": float(answer.price),
                    "cost": float(offer.cost),
                    "margin_amount": float(answer.price - offer.cost),
                    "margin_percent": float((margin or 0) / 100),
                    "reseller_margin_percent": float((partner_margin or 0) / 100),
                    "is_floor_break": impact.is_below_floor(
                        answer.price, offer.cost, step
                    ),
                    "is_minimum_break": impact.is_below_minimum(
                        answer.price, offer.erp, audience.minimum
                    ),
                }
            )
        return rows

    # ----------------------------------------------------------------------
    # CRON
    # ----------------------------------------------------------------------

    @api.model
    def _cron_refresh(self):
        """Daily: plan one job per company that has vendor prices."""
        for (company,) in self.env["csp.price"]._read_group([], ["company_id"]):
            self.with_delay(
                description=self.env._("Margins of %s", company.name),
                identity_key=f"csp.margin.report:{company.id}",
            )._refresh(company)
