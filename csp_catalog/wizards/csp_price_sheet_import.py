"""Bring a price sheet in: as a file, or straight from the provider."""

from odoo import fields, models

from ..const import TIMELINES


class CspPriceSheetImport(models.TransientModel):
    _name = "csp.price.sheet.import"
    _description = "Import a Price Sheet"

    program_id = fields.Many2one("csp.program", required=True)
    timeline = fields.Selection(TIMELINES, default="current", required=True)
