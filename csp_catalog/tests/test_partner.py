"""Levels, their pricelists, resellers and end customers."""

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import CspCatalogCommon


@tagged("post_install", "-at_install", "csp")
class TestLevel(CspCatalogCommon):
    def test_level_makes_one_pricelist_with_one_rule(self):
        grade = self._create_grade(csp_discount=12, name="Gold")
        pricelist = grade.default_pricelist_id
        self.assertEqual(pricelist.name, "Gold")
        self.assertEqual(pricelist.csp_grade_id, grade)
        (item,) = pricelist.item_ids
        self.assertEqual(
            (item.applied_on, item.compute_price, item.base, item.percent_price),
            ("3_global", "percentage", "list_price", 12),
        )

    def test_pricelist_is_closed_to_visitors(self):
        pricelist = self._create_grade().default_pricelist_id
        self.assertFalse(pricelist.csp_is_public)
        if "website_id" in pricelist._fields:
            self.assertFalse(pricelist.website_id)
            self.assertFalse(pricelist.selectable)
            self.assertFalse(pricelist.code)

    def test_sync_is_idempotent(self):
        grade = self._create_grade(csp_discount=12)
        pricelist, item = grade.default_pricelist_id, grade.csp_pricelist_ids.item_ids
        for _turn in range(2):
            grade._csp_sync_pricelist()
        grade.csp_discount = 12
        self.assertEqual(grade.csp_pricelist_ids, pricelist)
        self.assertEqual(pricelist.item_ids, item)

    def test_write_updates_the_list(self):
        grade = self._create_grade(csp_discount=12)
        pricelist = grade.default_pricelist_id
        grade.write({"csp_discount": 15, "name": "Platinum"})
        self.assertEqual(grade.default_pricelist_id, pricelist)
        self.assertEqual(pricelist.name, "Platinum")
        self.assertEqual(pricelist.item_ids.percent_price, 15)
        grade.csp_discount = 0
        self.assertEqual(pricelist.item_ids.percent_price, 0)

    def test_level_without_discount_gets_no_list_until_it_has_one(self):
        grade = self._create_grade(csp_discount=0)
        self.assertFalse(grade.default_pricelist_id)
        grade.csp_discount = 5
        self.assertEqual(grade.default_pricelist_id.item_ids.percent_price, 5)

    def test_hand_made_list_is_left_alone(self):
        own = self.env["product.pricelist"].create({"name": "By hand"})
        grade = self._create_grade(csp_discount=5, default_pricelist_id=own.id)
        self.assertEqual(grade.default_pricelist_id, own)
        self.assertFalse(grade.csp_pricelist_ids)
        self.assertFalse(own.item_ids)

    def test_impossible_discounts(self):
        for discount in (-1, 100, 120):
            with self.assertRaises(ValidationError):
                self._create_grade(csp_discount=discount)


@tagged("post_install", "-at_install", "csp")
class TestPartner(CspCatalogCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gold = cls._create_grade(csp_discount=12, name="Gold")
        cls.silver = cls._create_grade(csp_discount=8, name="Silver")

    def _own_list(self, partner):
        return partner.specific_property_product_pricelist

    def test_list_on_create(self):
        reseller = self._create_reseller(self.gold)
        self.assertEqual(self._own_list(reseller), self.gold.default_pricelist_id)
        self.assertTrue(reseller.is_csp_reseller)

    def test_list_follows_the_level(self):
        reseller = self._create_reseller(self.gold)
        reseller.grade_id = self.silver
        self.assertEqual(self._own_list(reseller), self.silver.default_pricelist_id)
        reseller.grade_id = False
        self.assertFalse(self._own_list(reseller))
        self.assertFalse(reseller.is_csp_reseller)

    def test_list_set_by_hand_stays_when_the_level_goes(self):
        reseller = self._create_reseller(self.gold)
        own = self.env["product.pricelist"].create({"name": "By hand"})
        reseller.specific_property_product_pricelist = own
        reseller.grade_id = False
        self.assertEqual(self._own_list(reseller), own)

    def test_new_list_of_the_level_reaches_its_partners(self):
        reseller = self._create_reseller(self.gold)
        own = self.env["product.pricelist"].create({"name": "New gold"})
        self.gold.default_pricelist_id = own
        self.assertEqual(self._own_list(reseller), own)

    def test_contacts_of_a_reseller_share_its_list(self):
        reseller = self._create_reseller(self.gold)
        user = self._create_portal_user(reseller)
        self.assertEqual(
            user.partner_id.property_product_pricelist, self.gold.default_pricelist_id
        )
        self.assertFalse(user.partner_id.is_csp_reseller)

    def test_customers_are_companies_of_their_own(self):
        reseller = self._create_reseller(self.gold)
        customer = self._create_customer(reseller)
        self.assertEqual(reseller.csp_customer_ids, customer)
        self.assertEqual(customer.commercial_partner_id, customer)
        with self.assertRaises(ValidationError):
            customer.parent_id = reseller
        with self.assertRaises(ValidationError):
            reseller.csp_reseller_id = reseller
