"""Agreements for some countries, and those that shut others out."""

from datetime import date
from decimal import Decimal

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import CspCatalogCommon


@tagged("post_install", "-at_install", "csp")
@freeze_time("2026-05-10 10:00:00")
class TestTerritory(CspCatalogCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.germany, cls.austria = cls.env.ref("base.de"), cls.env.ref("base.at")
        cls.vendor, cls.rival = cls.env["res.partner"].create(
            [{"name": "Vendor"}, {"name": "Rival"}]
        )
        cls.program.partner_id = cls.vendor
        cls.other_program = cls._create_program()

    def _agree(self, partner, countries=None, programs=None, **values):
        """Make a draft for these countries and programmes; none: for all of them."""
        agreement = self._create_agreement(
            partner,
            activate=False,
            country_ids=[Command.set(countries.ids if countries else [])],
            program_ids=[Command.set(programs.ids if programs else [])],
            **values,
        )
        return agreement

    def _assert_refused(self, agreement, other):
        with self.assertRaisesRegex(UserError, f"{other.name}.* is exclusive"):
            agreement._activate()
        self.assertEqual(agreement.state, "draft")
        self.assertEqual((other.state, other.date_end), ("active", False))

    # --- cost ---------------------------------------------------------------

    def test_negotiated_cost_holds_in_its_territory(self):
        product = self._create_variant(plan="annual", cost=48, erp=60)
        agreement = self._create_agreement(
            self.vendor,
            [{"kind": "discount_cost", "value": 2.5}],
            side="purchase",
            country_ids=[Command.set(self.germany.ids)],
        )
        german = self._create_customer()
        austrian = self._create_customer(country_id=self.austria.id)
        nowhere = self._create_customer(country_id=False)
        reseller = self._create_reseller(country_id=self.austria.id)
        for customer, cost in ((german, "46.8"), (austrian, "48"), (nowhere, "46.8")):
            with self.subTest(customer.country_id.code):
                [fall] = product._csp_waterfalls(customer).values()
                self.assertEqual(fall.cost, Decimal(cost))
                # Where it is used counts, not who sells it.
                [fall] = product._csp_waterfalls(reseller, customer=customer).values()
                self.assertEqual(fall.cost, Decimal(cost))
        self.company.country_id = self.austria
        self.assertFalse(agreement._filter_territory(nowhere, self.company))
        self.assertFalse(agreement._filter_territory(nowhere.browse(), self.company))
        self.assertTrue(agreement._filter_territory(german, self.company))

    # --- one vendor ---------------------------------------------------------

    def test_an_exclusive_vendor_is_the_only_one(self):
        values = {"side": "purchase", "programs": self.program}
        first = self._agree(self.vendor, is_exclusive=True, **values)
        first._activate()
        for refused in (
            self._agree(self.rival, **values),
            self._agree(self.rival, is_exclusive=True, **values),
            self._agree(self.rival, side="purchase"),
            self._agree(self.rival, self.germany, **values),
        ):
            self._assert_refused(refused, first)
        self._agree(
            self.rival, side="purchase", programs=self.other_program
        )._activate()

    def test_nobody_becomes_the_only_vendor_beside_another(self):
        first = self._agree(self.vendor, side="purchase")
        first._activate()
        self._assert_refused(
            self._agree(self.rival, side="purchase", is_exclusive=True), first
        )
        # Without exclusivity both deliver.
        self._agree(self.rival, side="purchase")._activate()

    # --- one reseller per country -------------------------------------------

    def test_one_exclusive_reseller_per_programme_and_country(self):
        reseller, other, third = (self._create_reseller() for _number in range(3))
        first = self._agree(reseller, self.germany, self.program, is_exclusive=True)
        first._activate()
        for countries, programs in (
            (self.germany, self.program),
            (self.germany + self.austria, None),
            (None, self.program),
        ):
            draft = self._agree(other, countries, programs, is_exclusive=True)
            self._assert_refused(draft, first)
        # Other countries, other programmes, not exclusive, the next version.
        self._agree(other, self.austria, self.program, is_exclusive=True)._activate()
        self._agree(
            third, self.germany, self.other_program, is_exclusive=True
        )._activate()
        self._agree(self._create_reseller(), self.germany, self.program)._activate()
        second = first._amend(date_start=date(2026, 6, 1))
        second._activate()
        self.assertEqual(second.state, "active")

    def test_after_the_exclusive_one_has_ended(self):
        first = self._agree(self._create_reseller(), self.germany, is_exclusive=True)
        first._activate()
        first._end(date(2026, 5, 31))
        other = self._create_reseller()
        draft = self._agree(other, self.germany, is_exclusive=True)
        with self.assertRaisesRegex(UserError, "is exclusive"):
            draft._activate()
        draft.date_start = date(2026, 6, 1)
        draft._activate()
        self.assertEqual(draft.state, "active")
