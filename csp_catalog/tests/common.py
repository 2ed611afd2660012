"""Factories shared by the tests of this add-on and of those above it."""

from odoo.addons.base.tests.common import BaseCommon


class CspCatalogCommon(BaseCommon):
    """A programme, a market and factories for offers, prices and partners."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program = cls.env.ref("csp_catalog.program_microsoft_nce")
