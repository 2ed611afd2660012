"""Machine values on the attributes Term and Billing."""

from odoo import fields, models


class ProductAttributeValue(models.Model):
    _inherit = "product.attribute.value"

    csp_code = fields.Char(
        string="Vendor code",
        copy=False,
        help="The word vendors use for this value, such as P1Y or monthly.",
    )

    _csp_code_uniq = models.UniqueIndex(
        "(attribute_id, csp_code) WHERE csp_code IS NOT NULL",
        "This attribute already has a value with that vendor code.",
    )
