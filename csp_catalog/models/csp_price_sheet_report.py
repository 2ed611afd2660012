"""What a price sheet changes, as a list; and why a file was refused, to download."""

import base64

from odoo import fields, models
from odoo.exceptions import UserError

from ..engine import export


class CspPriceSheet(models.Model):
    _inherit = "csp.price.sheet"

    error_csv = fields.Binary(compute="_compute_error_files")
    error_xlsx = fields.Binary(compute="_compute_error_files")

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    def _compute_error_files(self):
        for sheet in self:
            header, rows = sheet._get_error_table()
            sheet.error_csv = base64.b64encode(export.to_csv(header, rows))
            sheet.error_xlsx = base64.b64encode(
                export.to_xlsx(header, rows, self.env._("Errors"))
            )

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_download_errors(self):
        """Download why the file was refused, as CSV."""
        return self._get_download("error_csv", "csv")

    def action_download_errors_xlsx(self):
        """Download why the file was refused, as a spreadsheet."""
        return self._get_download("error_xlsx", "xlsx")

    def action_view_changes(self):
        """Open every change of this sheet: filter, group, compare, export."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "csp_catalog.action_csp_price_sheet_row"
        )
        action["domain"] = [
            ("sheet_id", "=", self.id),
            ("status", "!=", "refused"),
        ]
        action["display_name"] = self.env._("Changes of %s", self.name)
        return action

    def action_view_sold(self):
        """Open the variants that this sheet has put on sale."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "csp_catalog.action_csp_variant"
        )
        action["domain"] = [("id", "in", self.sold_product_ids.ids)]
        action["context"] = {"active_test": False}
        return action

    # ----------------------------------------------------------------------
    # HELPERS
    # ----------------------------------------------------------------------

    def _get_download(self, field, extension):
        self.ensure_one()
        self.check_access("read")
        if not self.error_ids:
            raise UserError(self.env._("%s has no errors.", self.name))
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/{field}/"
            f"price_sheet_{self.id}_errors.{extension}?download=true",
            "target": "self",
        }

    def _get_error_table(self):
        """Return (header, rows) of the errors; the last row says if there are more."""
        self.ensure_one()
        header = [
            self.env._("Row"),
            self.env._("Column"),
            self.env._("Value"),
            self.env._("Reason"),
        ]
        rows = [
            (error.line_number, error.column or "", error.value or "", error.reason)
            for error in self.error_ids
        ]
        more = self.refused_count - len(rows)
        if more > 0:
            rows.append(("", "", "", self.env._("And %s more errors.", more)))
        return header, rows
