"""A vendor's price sheet: read, previewed, applied once."""

from odoo import fields, models

from ..const import SHEET_STATES, TIMELINES


class CspPriceSheet(models.Model):
    _name = "csp.price.sheet"
    _description = "Price Sheet"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "create_date desc, id desc"

    # Identity.
    name = fields.Char(required=True, tracking=True)
    program_id = fields.Many2one("csp.program", required=True, index=True)
    provider_id = fields.Many2one("csp.provider", index="btree_not_null")
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    state = fields.Selection(
        SHEET_STATES, required=True, default="draft", copy=False, tracking=True
    )

    # The file.
    source = fields.Selection(
        [("file", "Uploaded file"), ("provider", "Fetched from the provider")],
        required=True,
        default="file",
    )
    market = fields.Char(help="Two letters. Empty: whatever the file says.")
    timeline = fields.Selection(TIMELINES, default="current", required=True)
    month = fields.Char(help="YYYYMM, for a past month.")
    file = fields.Binary(attachment=True, required=True, copy=False)
    file_name = fields.Char()
    checksum = fields.Char(copy=False, readonly=True, index=True)

    # What it would do, and what it did.
    row_ids = fields.One2many("csp.price.sheet.row", "sheet_id", copy=False)
    row_count = fields.Integer(string="Rows", copy=False, readonly=True)
    new_count = fields.Integer(string="New", copy=False, readonly=True)
    changed_count = fields.Integer(string="Changed", copy=False, readonly=True)
    ended_count = fields.Integer(string="Ended", copy=False, readonly=True)
    unchanged_count = fields.Integer(string="Unchanged", copy=False, readonly=True)
    refused_count = fields.Integer(string="Refused", copy=False, readonly=True)
    applied_at = fields.Datetime(copy=False, readonly=True)
