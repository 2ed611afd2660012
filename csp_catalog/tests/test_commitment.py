"""The commitment stands beside the price of one seat and billing period."""

from odoo.tests import tagged

from .common import CspCatalogCommon


@tagged("post_install", "-at_install", "csp")
class TestCommitment(CspCatalogCommon):
    def test_on_the_line_and_on_paper(self):
        offer = self._create_offer()
        variants = [
            self._create_variant(offer, "P1Y", "monthly", 50.4, 63),
            self._create_variant(offer, "P1Y", "annual", 48, 60),
            self._create_variant(offer, "P3Y", "annual", 144, 180),
        ]
        hardware = self.env["product.product"].create({"name": "Laptop"})
        order = self._create_order(
            self._create_reseller(), [(one, 10) for one in [*variants, hardware]]
        )
        self.assertEqual(
            [
                line.csp_commitment and line.csp_commitment.replace("\xa0", " ")
                for line in order.order_line
            ],
            [
                "1 year: 12 payments of 47.30 €, 567.60 € in all",
                "1 year, paid in advance",
                "3 years: 3 payments of 540.00 €, 1,620.00 € in all",
                False,
            ],
        )
        html = self.env["ir.actions.report"]._render_qweb_html(
            "sale.report_saleorder", order.ids
        )[0]
        self.assertEqual(html.decode().count("Commitment of"), 3)
