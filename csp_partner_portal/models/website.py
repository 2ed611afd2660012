from odoo import models
from odoo.fields import Domain
from odoo.http import request

from ..const import TENANT_STEP


class Website(models.Model):
    _inherit = "website"

    def _get_allowed_steps_domain(self):
        """Override of `website_sale` to ask for the tenant only where one is needed.

        Decided per request: the step's record is shared by all carts.
        """
        domain = super()._get_allowed_steps_domain()
        cart = request.cart if request and hasattr(request, "cart") else None
        if not cart or not cart.has_csp_lines:
            domain = list(Domain(domain) & Domain("step_href", "!=", TENANT_STEP))
        return domain
