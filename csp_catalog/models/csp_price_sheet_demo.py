"""The demonstration's price sheet of next month, ready to apply."""

import csv
import io
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import file_open

# Everything gets 5 % dearer; this product's cost rises more than its list price.
RISE = Decimal("1.05")
HARD_PRODUCT = "CFQ7TTC0LCHC"
HARD_COST = Decimal("1.12")
HARD_LIST = Decimal("1.02")


class CspPriceSheet(models.Model):
    _inherit = "csp.price.sheet"

    # ----------------------------------------------------------------------
    # HELPERS
    # ----------------------------------------------------------------------

    @api.model
    def _csp_demo_stage_next_month(self):
        """Stage the list of next month and show its impact; nothing is applied."""
        company = self.env.ref("base.main_company")
        program = self.env.ref("csp_catalog.program_microsoft_nce")
        market = "DE" if company.country_id.code == "DE" else "US"
        start = fields.Date.today() + relativedelta(months=1, day=1)
        sheet = self.with_company(company)._import(
            self._csp_demo_write_list(market, start),
            name=f"{program.name} {market} {start:%Y-%m}",
            file_name=f"price_sheet_{market.lower()}_{start:%Y_%m}.csv",
            program_id=program.id,
            company_id=company.id,
            market=market,
            timeline="future",
        )
        if sheet.state == "staged":
            sheet._book_impact()
        self.env["csp.margin.report"]._refresh(company)

    @api.model
    def _csp_demo_write_list(self, market, start):
        """Return the current list at the prices of next month."""
        with file_open(f"csp_catalog/demo/price_sheet_{market.lower()}.csv") as stream:
            rows = list(csv.DictReader(io.StringIO(stream.read())))
        stream = io.StringIO()
        writer = csv.DictWriter(stream, rows[0], quoting=csv.QUOTE_ALL)
        writer.writeheader()
        for row in rows:
            is_hard = row["ProductId"] == HARD_PRODUCT
            row["UnitPrice"] = Decimal(row["UnitPrice"]) * (
                HARD_COST if is_hard else RISE
            )
            row["ERP Price"] = Decimal(row["ERP Price"]) * (
                HARD_LIST if is_hard else RISE
            )
            row["EffectiveStartDate"] = f"{start}T00:00:00.0000000Z"
            writer.writerow(row)
        return stream.getvalue().encode()
