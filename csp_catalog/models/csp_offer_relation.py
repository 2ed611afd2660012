"""What an offer needs, excludes, contains and can be upgraded to."""

from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..const import RELATION_KINDS
from ..engine import offers


class CspOfferRelation(models.Model):
    _name = "csp.offer.relation"
    _description = "Offer Relation"
    _order = "offer_id, kind, requirement_group, sequence, id"

    offer_id = fields.Many2one(
        "product.template", required=True, index=True, ondelete="cascade"
    )
    kind = fields.Selection(RELATION_KINDS, required=True, default="requires")
    other_id = fields.Many2one(
        "product.template",
        string="Other offer",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="offer_id.company_id", store=True, index="btree_not_null"
    )
    sequence = fields.Integer(
        default=10, help="The first of several alternatives is the one proposed."
    )
    requirement_group = fields.Integer(
        string="Alternatives",
        default=1,
        aggregator=None,
        help="Of the required offers with the same number, one is enough.",
    )
    share_percent = fields.Float(
        string="Least share (%)",
        digits=(5, 2),
        aggregator=None,
        help="Fewest seats of the add-on, as a share of the seats of its base.",
    )
    note = fields.Char(string="Reason", translate=True)

    _relation_uniq = models.UniqueIndex(
        "(offer_id, kind, other_id)", "These two offers have this relation already."
    )
    _two_offers_check = models.Constraint(
        "CHECK (offer_id != other_id)", "An offer has no relation to itself."
    )
    _share_check = models.Constraint(
        "CHECK (share_percent IS NULL OR share_percent BETWEEN 0 AND 100)",
        "The least share is a percentage from 0 to 100.",
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("offer_id", "kind", "other_id")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for relation in self:
            relation.display_name = " ".join(
                filter(
                    None,
                    (
                        relation.offer_id.name,
                        kinds.get(relation.kind),
                        relation.other_id.name,
                    ),
                )
            )

    # ----------------------------------------------------------------------
    # CONSTRAINTS
    # ----------------------------------------------------------------------

    @api.constrains("offer_id", "kind", "other_id")
    def _check_cycle(self):
        """Refuse paths that come back to their first offer, and say which."""
        for kinds in offers.ACYCLIC:
            if set(kinds).isdisjoint(self.mapped("kind")):
                continue
            # sudo: a path may lead through an offer of another company.
            relations = self.sudo().search_fetch(
                [("kind", "in", kinds)], ["offer_id", "other_id"]
            )
            edges = {}
            for relation in relations:
                edges.setdefault(relation.offer_id.id, []).append(relation.other_id.id)
            path = offers.find_cycle(edges)
            if path:
                names = self.env["product.template"].sudo().browse(path)
                words = dict(self._fields["kind"]._description_selection(self.env))
                raise ValidationError(
                    self.env._(
                        "The path “%(kind)s” goes round in a circle: %(path)s. Remove "
                        "one of its relations first.",
                        kind=words[kinds[0]],
                        path=" → ".join(offer.name for offer in names),
                    )
                )

    # ----------------------------------------------------------------------
    # HELPERS
    # ----------------------------------------------------------------------

    def _build_rules(self):
        """Return the engine's view of these relations, in the order to propose."""
        return [
            offers.Rule(
                relation.kind,
                relation.offer_id.id,
                relation.other_id.id,
                relation.requirement_group,
                Decimal(repr(relation.share_percent or 0.0)),
            )
            for relation in self.sorted(lambda r: (r.sequence, r.id))
        ]
