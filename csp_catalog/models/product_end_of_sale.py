"""The end of sale that a vendor's price sheet announces."""

from odoo import fields, models
from odoo.fields import Domain


class ProductTemplate(models.Model):
    _inherit = "product.template"

    # What the sheets say; a date by hand may say otherwise.
    csp_vendor_end_of_sale_date = fields.Date(
        string="End of sale at the vendor",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The earliest that the price sheets name. The end of sale follows it as "
        "long as nobody has set another one.",
    )

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _csp_sync_end_of_sale(self):
        """Take over the earliest end of sale of the open prices of each offer.

        The field has one value for all companies: as with the sales price, the first
        company with prices of a shared offer decides. A date by hand stays.
        """
        named = self._csp_read_end_of_sale()
        templates = self.filtered(
            lambda template: (
                template.csp_vendor_end_of_sale_date or template.id in named
            )
        )
        templates -= templates._csp_kept_by_another_company()
        to_write = {}
        for template in templates:
            day = named.get(template.id, False)
            known = template.csp_vendor_end_of_sale_date
            if day != known:
                is_ours = template.csp_end_of_sale_date == known
                key = (day, is_ours)
                to_write[key] = to_write.get(key, self.browse()) | template
        for (day, is_ours), changed in to_write.items():
            values = {"csp_vendor_end_of_sale_date": day}
            if is_ours:
                values["csp_end_of_sale_date"] = day
            changed.write(values)

    def _csp_read_end_of_sale(self):
        """Return ``{template id: day}`` from the open prices of this company."""
        groups = self.env["csp.price"]._read_group(
            Domain("product_id.product_tmpl_id", "in", self.ids)
            & Domain("company_id", "=", self.env.company.id)
            & Domain("end_of_sale_date", "!=", False)
            & Domain("is_superseded", "=", False)
            & (
                Domain("valid_to", "=", False)
                | Domain("valid_to", ">", fields.Datetime.now())
            ),
            ["product_id"],
            ["end_of_sale_date:min"],
        )
        days = {}
        for product, day in groups:
            template_id = product.product_tmpl_id.id
            days[template_id] = min(day, days.get(template_id, day))
        return days
