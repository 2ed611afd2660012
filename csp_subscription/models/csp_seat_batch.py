from odoo import fields, models


class CspSeatBatch(models.Model):
    """Seats bought together, with their own last moment to be given back."""

    _name = "csp.seat.batch"
    _description = "Seat Batch"
    _order = "bought_at desc, id desc"

    subscription_id = fields.Many2one(
        "csp.subscription", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="subscription_id.company_id", store=True, index=True
    )
    quantity = fields.Integer(required=True)
    bought_at = fields.Datetime(required=True)
    reducible_until = fields.Datetime(
        help="Seats of this batch can be given back until then."
    )

    _quantity_positive = models.Constraint(
        "CHECK (quantity >= 0)", "A batch cannot hold less than no seats."
    )
