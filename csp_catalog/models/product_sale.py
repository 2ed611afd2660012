"""Who may buy an offer: stopped, ended, channel, seats, what it needs beside it."""

from odoo import api, fields, models
from odoo.fields import Domain

from ..engine import offers

SHOWN_PARTNERS = 5


class ProductTemplate(models.Model):
    _inherit = "product.template"

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _is_combination_possible(
        self, combination, parent_combination=None, ignore_no_variant=False
    ):
        """Override of `product`: what is not on sale cannot be put into a cart."""
        possible = super()._is_combination_possible(
            combination, parent_combination, ignore_no_variant
        )
        return possible and not self._csp_is_off_sale()

    def _csp_is_off_sale(self, moment=None):
        """Tell whether nobody may buy it now: its group is stopped or it has ended."""
        self.ensure_one()
        moment = moment or fields.Datetime.now()
        return bool(self._csp_get_stopping_category(moment)) or (
            self._csp_has_sale_ended(moment)
        )

    def _csp_get_stopping_category(self, moment):
        """Return the category that has stopped the sale, its own or one above."""
        self.ensure_one()
        # sudo: visitors have no right on categories, which only decide here.
        return self.sudo().categ_id._csp_get_stopped(moment)

    def _csp_has_sale_ended(self, moment):
        self.ensure_one()
        day = fields.Datetime.context_timestamp(self, moment).date()
        return bool(self.csp_end_of_sale_date and self.csp_end_of_sale_date <= day)

    @api.private
    def _csp_get_channel_partners(self, customer=None, limit=SHOWN_PARTNERS):
        """Return the resellers to name to somebody who may not buy directly.

        A customer's own reseller alone; else those of the customer's country, or the
        company's, best level first. Callers show name and city, nothing more.
        """
        # sudo: visitors are told names and cities of resellers.
        Partner = self.env["res.partner"].sudo()
        customer = (customer or Partner).sudo().commercial_partner_id
        if customer.csp_reseller_id:
            return customer.csp_reseller_id.commercial_partner_id
        country = customer.country_id or self.env.company.country_id
        domain = Domain("is_csp_reseller", "=", True) & Domain(
            "company_id", "in", (False, self.env.company.id)
        )
        partners = Partner.search(domain & Domain("country_id", "=", country.id))
        partners = partners or Partner.search(domain)
        return partners.sorted(lambda p: (p.grade_id.sequence, p.name or "", p.id))[
            :limit
        ]


class ProductProduct(models.Model):
    _inherit = "product.product"

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    @api.private
    def _csp_sale_refusals(
        self, partner, quantity=1, others=None, customer=None, moment=None
    ):
        """Return in words why ``partner`` cannot buy this product, or nothing.

        :param res.partner partner: who buys; a reseller buys for ``customer``
        :param quantity: seats
        :param dict others: ``{product: seats}`` of what is bought together with it
        :param res.partner customer: who uses it; by default the buyer
        :rtype: list(str)
        """
        self.ensure_one()
        cart = [(self, quantity), *dict(others or {}).items()]
        found = self._csp_cart_refusals(partner, cart, customer, moment)
        return [sentence for product, sentence in found if product == self]

    @api.model
    def _csp_cart_refusals(self, partner, cart, customer=None, moment=None):
        """Return [(product, sentence)]: what stands against selling a cart.

        :param list cart: [(product, seats)]
        """
        moment = moment or fields.Datetime.now()
        found = []
        for product, quantity in cart:
            found += [
                (product, sentence)
                for sentence in (
                    *product._csp_off_sale_refusals(moment),
                    *product._csp_channel_refusals(partner, customer),
                    *product._csp_seat_refusals(quantity),
                )
            ]
        for refusal in self._csp_check_relations(cart, customer or partner):
            # An add-on that is not bought now: its base is what goes too far.
            about = (refusal.offer_id, *refusal.other_ids)
            product = next(
                p
                for template_id in about
                for p, _seats in cart
                if p.product_tmpl_id._origin.id == template_id
            )
            found.append((product, self._csp_word_refusal(refusal)))
        return found

    def _csp_off_sale_refusals(self, moment):
        """Return why nobody may buy it: stopped, ended, charged by use."""
        self.ensure_one()
        name = self.display_name
        category = self.product_tmpl_id._csp_get_stopping_category(moment)
        if category:
            if self.env.user._is_internal() and category.csp_stop_reason:
                return [
                    self.env._(
                        "%(product)s is not sold at the moment, the sale of "
                        "“%(category)s” is stopped: %(reason)s",
                        product=name,
                        category=category.name,
                        reason=category.csp_stop_reason,
                    )
                ]
            return [self.env._("%s is not sold at the moment.", name)]
        if self.product_tmpl_id._csp_has_sale_ended(moment):
            return [
                self.env._(
                    "%(product)s is not sold any more since %(date)s.",
                    product=name,
                    date=fields.Date.to_string(self.csp_end_of_sale_date),
                )
            ]
        if self.csp_is_usage and self.csp_key:
            return [
                self.env._("%s is charged by use: it cannot be ordered in seats.", name)
            ]
        return []

    @api.private
    def _csp_filter_sellable(self, partner, moment=None):
        """Return those that this buyer may order at all, alone and in enough seats.

        The same answer as `_csp_sale_refusals` gives about stopped groups, ends of
        sale, usage and channels, without its words: for a whole list at once.
        """
        moment = moment or fields.Datetime.now()
        return self.filtered(
            lambda product: (
                not product.product_tmpl_id._csp_is_off_sale(moment)
                and not (product.csp_is_usage and product.csp_key)
                and not product._csp_is_wrong_channel(partner)
            )
        )

    def _csp_is_wrong_channel(self, partner):
        """Tell whether the offer is sold to others than this buyer only."""
        self.ensure_one()
        if self.csp_channel not in ("direct", "partner") or not partner:
            return False
        # sudo: only tells whether the buyer is a reseller.
        is_reseller = bool(partner.sudo().commercial_partner_id.is_csp_reseller)
        return is_reseller == (self.csp_channel == "direct")

    def _csp_channel_refusals(self, partner, customer=None):
        """Return why this buyer is the wrong one: directly, or through partners."""
        self.ensure_one()
        if not self._csp_is_wrong_channel(partner):
            return []
        if self.csp_channel == "direct":
            return [
                self.env._(
                    "%s is sold to end customers directly, not through resellers.",
                    self.display_name,
                )
            ]
        return [self._csp_word_partners(customer or partner)]

    def _csp_word_partners(self, customer):
        """Return the sentence that sends a direct buyer to the partners."""
        partners = self.product_tmpl_id._csp_get_channel_partners(customer)
        if not partners:
            return self.env._("%s is sold by our partners only.", self.display_name)
        return self.env._(
            "%(product)s is sold by our partners only. Ask one of them: %(partners)s.",
            product=self.display_name,
            partners=", ".join(
                f"{partner.name} ({partner.city})" if partner.city else partner.name
                for partner in partners
            ),
        )

    @api.private
    def _csp_seat_refusals(self, quantity):
        """Return a sentence when there are too few or too many seats."""
        self.ensure_one()
        if not self.csp_key:
            return []
        errors = []
        if quantity < (self.csp_min_seats or 1):
            errors.append(
                self.env._(
                    "%(product)s needs at least %(limit)s seats.",
                    product=self.display_name,
                    limit=self.csp_min_seats or 1,
                )
            )
        if self.csp_max_seats and quantity > self.csp_max_seats:
            errors.append(
                self.env._(
                    "%(product)s has at most %(limit)s seats.",
                    product=self.display_name,
                    limit=self.csp_max_seats,
                )
            )
        return errors

    @api.model
    def _csp_owned_products(self, partner):
        """Return ``{template id: seats}`` of the offers that a customer uses now.

        Hook: this add-on knows no subscriptions.
        """
        return {}

    # ----------------------------------------------------------------------
    # BUSINESS: RELATIONS
    # ----------------------------------------------------------------------

    @api.model
    def _csp_check_relations(self, cart, customer):
        """Return the engine's refusals of a cart."""
        seats = self._csp_count_seats(cart)
        if not seats:
            return []
        owned = self._csp_owned_products(customer)
        rules = self._csp_read_rules({*seats, *owned})
        return offers.check(seats, owned, rules)

    @api.model
    def _csp_overlaps(self, cart, customer):
        """Return [(component, suite)] templates that a cart holds side by side."""
        seats = self._csp_count_seats(cart)
        if not seats:
            return []
        owned = self._csp_owned_products(customer)
        Template = self.env["product.template"]
        contained = {}
        for suite_id, part_id in Template._csp_read_containment(list(seats)):
            contained.setdefault(suite_id, set()).add(part_id)
        return [
            (Template.browse(part_id), Template.browse(suite_id))
            for part_id, suite_id in offers.overlaps(seats, owned, contained)
        ]

    @api.model
    def _csp_count_seats(self, cart):
        """Return ``{template id: seats}`` of the offers in a cart."""
        seats = {}
        for product, quantity in cart:
            template_id = product.product_tmpl_id._origin.id
            if product.is_csp_offer and template_id:
                seats[template_id] = seats.get(template_id, 0) + int(quantity)
        return seats

    @api.model
    def _csp_read_rules(self, template_ids):
        """Return the engine's rules about some offers, in one query."""
        # sudo: customers have no right on relations, which only decide here.
        relations = (
            self.env["csp.offer.relation"]
            .sudo()
            .search(
                Domain("kind", "!=", offers.UPGRADES_TO)
                & (
                    Domain("offer_id", "in", list(template_ids))
                    | Domain("other_id", "in", list(template_ids))
                    | Domain("kind", "=", offers.INCLUDES)
                )
            )
        )
        return relations._build_rules()

    @api.model
    def _csp_word_refusal(self, refusal):
        """Return the sentence for what an offer lacks or does not go with."""
        # sudo: names of offers are no secret, their records may be unpublished.
        Template = self.env["product.template"].sudo()
        name = Template.browse(refusal.offer_id).name
        others = " / ".join(Template.browse(refusal.other_ids).mapped("name"))
        if refusal.kind == offers.REQUIRES:
            return self.env._(
                "%(product)s needs %(others)s: neither ordered nor in use yet.",
                product=name,
                others=others,
            )
        if refusal.kind == offers.ADDON_OF:
            return self.env._(
                "%(product)s is an add-on of %(others)s, which is neither ordered nor "
                "in use yet.",
                product=name,
                others=others,
            )
        if refusal.kind == offers.SHARE:
            return self.env._(
                "%(product)s needs at least %(minimum)s seats for %(seats)s seats of "
                "%(others)s.",
                product=name,
                minimum=refusal.minimum,
                seats=refusal.base_seats,
                others=others,
            )
        return self.env._(
            "%(product)s does not go with %(others)s.", product=name, others=others
        )
