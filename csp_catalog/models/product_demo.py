"""Dressing the demonstration offers: texts, pictures, identifiers."""

import base64
import csv
import io

from odoo import api, models
from odoo.tools import file_open, file_path


class ProductTemplate(models.Model):
    _inherit = "product.template"

    # ----------------------------------------------------------------------
    # HELPERS
    # ----------------------------------------------------------------------

    @api.model
    def _csp_demo_import_sheet(self):
        """Import and apply the demonstration price sheet of the company's market."""
        company = self.env.ref("base.main_company")
        market = "DE" if company.country_id.code == "DE" else "US"
        path = f"csp_catalog/demo/price_sheet_{market.lower()}.csv"
        with file_open(path, "rb") as stream:
            content = stream.read()
        program = self.env.ref("csp_catalog.program_microsoft_nce")
        sheet = (
            self.env["csp.price.sheet"]
            .with_company(company)
            ._import(
                content,
                name=f"{program.name} {market}",
                file_name=f"price_sheet_{market.lower()}.csv",
                program_id=program.id,
                company_id=company.id,
                market=market,
            )
        )
        if sheet.state == "staged":
            sheet._apply()
        self._csp_demo_dress()

    @api.model
    def _csp_demo_dress(self):
        """Give the offers texts, pictures, seat limits and external identifiers.

        Other demonstration data find ``csp_catalog.offer_<name>`` and
        ``csp_catalog.variant_<name>_<term>_<plan>``.
        """
        program = self.env.ref("csp_catalog.program_microsoft_nce")
        offers = self._csp_find_offers(program)
        with file_open("csp_catalog/demo/offers.csv") as stream:
            rows = list(csv.DictReader(io.StringIO(stream.read())))
        identifiers = []
        for row in rows:
            offer = offers.get((row["product_ref"], row["sku_ref"], "commercial"))
            if not offer:
                continue
            offer.write(
                {
                    "description_sale": row["description"],
                    "csp_max_seats": int(row["max_seats"]),
                    **self._csp_demo_prepare_image(row["name"]),
                }
            )
            identifiers.append((f"offer_{row['name']}", offer))
            for variant in offer.with_context(active_test=False).product_variant_ids:
                suffix = f"{variant.csp_term.lower()}_{variant.csp_plan}"
                identifiers.append((f"variant_{row['name']}_{suffix}", variant))
        self.env["ir.model.data"]._update_xmlids(
            [
                {
                    "xml_id": f"csp_catalog.{name}",
                    "record": record,
                    "noupdate": True,
                }
                for name, record in identifiers
            ]
        )

    @api.model
    def _csp_demo_prepare_image(self, name):
        """Return the picture of a demonstration offer, where there is one."""
        name = name.removesuffix("_trial")
        try:
            path = file_path(f"csp_catalog/demo/images/{name}.png")
        except FileNotFoundError:
            return {}
        with file_open(path, "rb") as stream:
            return {"image_1920": base64.b64encode(stream.read())}


class CspServiceSuite(models.Model):
    _inherit = "csp.service.suite"

    # ----------------------------------------------------------------------
    # HELPERS
    # ----------------------------------------------------------------------

    @api.model
    def _demo_import_table(self):
        """Import a small table of the same shape as the vendor's public one."""
        with file_open("csp_catalog/demo/service_plans.csv", "rb") as stream:
            self._import_table(stream.read(), match_names=True)
