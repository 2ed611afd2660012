"""Which offers of a price sheet go on sale by themselves."""

from odoo import api, fields, models

from ..const import PLAN_SELECTION, SEGMENTS, TERM_SELECTION


class CspSaleRule(models.Model):
    _name = "csp.sale.rule"
    _description = "What Goes on Sale"
    _order = "program_id, sequence, id"

    # Identity.
    program_id = fields.Many2one(
        "csp.program", string="Programme", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", index=True, help="Leave empty to use it in every company."
    )
    sequence = fields.Integer(default=10, help="The first rule that matches decides.")
    active = fields.Boolean(default=True)
    is_excluded = fields.Boolean(
        string="Keep off sale", help="What matches stays off sale."
    )

    # What it matches. Empty matches everything.
    publisher = fields.Char()
    segment = fields.Selection(SEGMENTS)
    tag = fields.Char(help="One tag of the sheet, such as Trial.")
    term = fields.Selection(TERM_SELECTION)
    plan = fields.Selection(PLAN_SELECTION, string="Billing")
    product_ref = fields.Char(string="Product ID")

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("publisher", "segment", "tag", "term", "plan", "product_ref")
    def _compute_display_name(self):
        for rule in self:
            words = [rule[name] for name in rule._get_criteria() if rule[name]]
            rule.display_name = ", ".join(words) or self.env._("Everything")

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    @api.model
    def _get_criteria(self):
        """Return the names of the fields that must match."""
        return ["product_ref", "publisher", "segment", "tag", "term", "plan"]

    @api.model
    def _filter_sellable(self, prices):
        """Return the prices whose offer goes on sale, by their programme's policy."""
        result = prices.browse()
        for (program, company), found in prices.grouped(
            lambda price: (price.program_id, price.company_id)
        ).items():
            if program.sale_policy == "all":
                result += found
            elif program.sale_policy == "rules":
                # sudo: the policy decides, not what the importing user may see of it.
                rules = program.sudo().sale_rule_ids.filtered(
                    lambda rule, company=company: (
                        rule.company_id.id in (False, company.id)
                    )
                )
                result += found.filtered(rules._is_sellable)
        return result

    def _is_sellable(self, price):
        """Tell whether the first rule that matches lets the offer be sold."""
        for rule in self:
            if rule._is_match(price):
                return not rule.is_excluded
        return False

    def _is_match(self, price):
        self.ensure_one()
        tags = {tag.strip().lower() for tag in (price.tags or "").split(";")}
        return (
            (not self.product_ref or self.product_ref == price.product_ref)
            and (
                not self.publisher
                or self.publisher.lower() == (price.publisher or "").lower()
            )
            and (not self.tag or self.tag.strip().lower() in tags)
            and all(
                not self[name] or self[name] == price[name]
                for name in ("segment", "term", "plan")
            )
        )
