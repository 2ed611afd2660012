"""Orders that the catalogue refuses, and what can be done about it in one click."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..engine import offers

# What is added may need something itself; no chain of needs is longer.
MAX_ROUNDS = 50


class SaleOrder(models.Model):
    _inherit = "sale.order"

    csp_offer_warning = fields.Text(
        compute="_compute_csp_offer_warning", groups="base.group_user"
    )
    csp_offer_notice = fields.Text(
        compute="_compute_csp_offer_warning", groups="base.group_user"
    )
    csp_can_add_missing = fields.Boolean(
        compute="_compute_csp_offer_warning", groups="base.group_user"
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends(
        "order_line.product_id", "order_line.product_uom_qty", "partner_id", "state"
    )
    def _compute_csp_offer_warning(self):
        for order in self:
            is_open = order.state in ("draft", "sent") and order._csp_is_guarded_sale()
            refusals = order._csp_offer_errors() if is_open else []
            overlaps = order._csp_overlap_notices() if is_open else []
            order.csp_offer_warning = "\n".join(refusals)
            order.csp_offer_notice = "\n".join(overlaps)
            order.csp_can_add_missing = is_open and bool(order._csp_get_missing())

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_quotation_send(self):
        """Override of `sale`: what nobody may buy now is not offered either."""
        for order in self.filtered(lambda o: o.state in ("draft", "sent")):
            errors = order._csp_off_sale_errors()
            if errors:
                raise UserError("\n".join(errors))
        return super().action_quotation_send()

    def action_csp_add_missing(self):
        """Add the offers and seats that others in the order need; say why."""
        self.check_access("write")
        for order in self:
            if order.state not in ("draft", "sent"):
                raise UserError(self.env._("%s is not a quotation.", order.name))
            added = order._csp_add_missing()
            if not added:
                raise UserError(self.env._("Nothing is missing that can be added."))
            order.message_post(body="\n".join(added))

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _confirmation_error_message(self):
        """Override of `sale` to refuse what the catalogue does not sell like this."""
        message = super()._confirmation_error_message()
        if message:
            return message
        return "\n".join(self._csp_offer_errors()) or False

    def _csp_is_guarded_sale(self):
        """Tell whether something new is sold. Hook: renewals are not."""
        self.ensure_one()
        return True

    def _csp_offer_errors(self):
        """Return a sentence per reason why this order cannot be confirmed."""
        self.ensure_one()
        cart = self._csp_get_cart()
        if not cart or not self._csp_is_guarded_sale():
            return []
        found = self._csp_products()._csp_cart_refusals(
            self.partner_id,
            cart,
            customer=self._csp_get_user_of_offers(),
            moment=self._csp_floor_moment(),
        )
        return list(dict.fromkeys(sentence for _product, sentence in found))

    def _csp_off_sale_errors(self):
        """Return a sentence per product that nobody may buy now."""
        self.ensure_one()
        if not self._csp_is_guarded_sale():
            return []
        return [
            sentence
            for product, _seats in self._csp_get_cart()
            for sentence in product._csp_off_sale_refusals(self._csp_floor_moment())
        ]

    def _csp_overlap_notices(self):
        """Return a sentence per offer that is bought beside its suite."""
        self.ensure_one()
        pairs = self._csp_products()._csp_overlaps(
            self._csp_get_cart(), self._csp_get_user_of_offers()
        )
        return [
            self.env._(
                "%(component)s is part of %(suite)s: who has the suite needs no seat "
                "of its own.",
                component=component.name,
                suite=suite.name,
            )
            for component, suite in pairs
        ]

    def _csp_add_missing(self):
        """Add lines and seats until nothing is missing; return the explanations."""
        self.ensure_one()
        added = []
        for _round in range(MAX_ROUNDS):
            missing = self._csp_get_missing()
            if not missing:
                break
            refusal, variant = missing[0]
            if refusal.kind == offers.SHARE:
                added.append(self._csp_add_seats(refusal))
            else:
                added.append(self._csp_add_offer(refusal, variant))
        return added

    def _csp_get_missing(self):
        """Return [(refusal, variant)]: what can be mended by adding to the order."""
        self.ensure_one()
        Product = self._csp_products()
        found = []
        for refusal in Product._csp_check_relations(
            self._csp_get_cart(), self._csp_get_user_of_offers()
        ):
            if refusal.kind == offers.SHARE:
                # An add-on in use gets its seats where it runs, not by a new line.
                if self._csp_lines_of(refusal.offer_id):
                    found.append((refusal, Product))
            elif refusal.kind in (offers.REQUIRES, offers.ADDON_OF):
                variant = self._csp_choose_variant(refusal)
                if variant:
                    found.append((refusal, variant))
        return found

    def _csp_choose_variant(self, refusal):
        """Return the variant to propose: same term and billing where it exists."""
        line = self._csp_lines_of(refusal.offer_id)[:1]
        wanted = (line.product_id.csp_term, line.product_id.csp_plan)
        moment = self._csp_floor_moment()
        for template in self.env["product.template"].browse(refusal.other_ids):
            variants = template.product_variant_ids
            if (
                not template.sale_ok
                or not variants
                or template._csp_is_off_sale(moment)
            ):
                continue
            if template.csp_is_usage or template.csp_is_trial:
                continue
            same = variants.filtered(lambda v: (v.csp_term, v.csp_plan) == wanted)
            return same[:1] or template._csp_first_variants()[template]
        return self.env["product.product"]

    def _csp_add_offer(self, refusal, variant):
        lines = self._csp_lines_of(refusal.offer_id)
        seats = sum(lines.mapped("product_uom_qty"))
        seats = max(seats, variant.csp_min_seats or 1)
        if variant.csp_max_seats:
            seats = min(seats, variant.csp_max_seats)
        self.order_line = [
            Command.create({"product_id": variant.id, "product_uom_qty": seats})
        ]
        return self.env._(
            "Added %(seats)s seats of %(added)s, because %(offer)s needs it.",
            seats=int(seats),
            added=variant.display_name,
            offer=lines[:1].product_id.name,
        )

    def _csp_add_seats(self, refusal):
        lines = self._csp_lines_of(refusal.offer_id)
        owned = self._csp_products()._csp_owned_products(self._csp_get_user_of_offers())
        seats = sum(lines.mapped("product_uom_qty")) + owned.get(refusal.offer_id, 0)
        lines[0].product_uom_qty += refusal.minimum - seats
        return self.env._(
            "Raised %(offer)s to %(seats)s seats, because its base has %(base)s.",
            offer=lines[0].product_id.name,
            seats=refusal.minimum,
            base=refusal.base_seats,
        )

    # ----------------------------------------------------------------------
    # HELPERS
    # ----------------------------------------------------------------------

    def _csp_get_cart(self):
        """Return [(product, quantity)] of the lines that sell something."""
        self.ensure_one()
        return [
            (line.product_id, line.product_uom_qty)
            for line in self.order_line
            if not line.display_type
            and not line.is_downpayment
            and line.product_id
            and line.product_uom_qty > 0
        ]

    def _csp_products(self):
        """Return no product, in the company that sells."""
        company = self.company_id or self.env.company
        return self.env["product.product"].with_company(company)

    def _csp_lines_of(self, template_id):
        """Return the lines with variants of an offer."""
        return self.order_line.filtered(
            lambda line: line.product_id.product_tmpl_id._origin.id == template_id
        )

    def _csp_get_user_of_offers(self):
        """Return the company whose offers in use count. Hook."""
        self.ensure_one()
        return self.partner_id.commercial_partner_id

    def _csp_get_benefits(self):
        """Return ``{template: benefits}`` to print: valid today, or when ordered."""
        self.ensure_one()
        moment = self.date_order if self.state == "sale" else fields.Datetime.now()
        day = fields.Datetime.context_timestamp(self, moment).date()
        templates = self.order_line.product_id.product_tmpl_id
        found = {
            template: template.with_company(self.company_id)._csp_get_benefits(day)
            for template in templates
        }
        return {template: benefits for template, benefits in found.items() if benefits}


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    csp_unit_label = fields.Char(string="Price is", compute="_compute_csp_unit_label")

    @api.depends("product_id")
    def _compute_csp_unit_label(self):
        for line in self:
            line.csp_unit_label = line.product_id.csp_unit_label
