"""Resale prices: each reseller keeps its own, and nobody sees another's."""

from datetime import date, datetime

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import freeze_time, tagged

from .common import CspCatalogCommon


@tagged("post_install", "-at_install", "csp", "csp_security")
@freeze_time("2026-05-10 10:00:00")
class TestResalePrice(CspCatalogCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.variant = cls._create_variant(plan="annual")
        cls.reseller_a = cls._create_reseller(name="Reseller A")
        cls.reseller_b = cls._create_reseller(name="Reseller B")
        cls.user_a = cls._create_portal_user(cls.reseller_a)
        cls.user_b = cls._create_portal_user(cls.reseller_b)
        cls.customer_a = cls._create_customer(cls.reseller_a)
        cls.price_a = cls._resale(cls.reseller_a, 70)
        cls.price_b = cls._resale(cls.reseller_b, 80)

    @classmethod
    def _resale(cls, reseller, price, **values):
        return cls.env["csp.resale.price"].create(
            {
                "reseller_id": reseller.id,
                "product_id": cls.variant.id,
                "currency_id": cls.currency.id,
                "price": price,
                "date_start": date(2026, 1, 1),
                **values,
            }
        )

    def test_a_reseller_keeps_its_own_prices_and_sees_no_other(self):
        prices = self.env["csp.resale.price"]
        for user, own, other, stranger in (
            (self.user_a, self.price_a, self.price_b, self.reseller_b),
            (self.user_b, self.price_b, self.price_a, self.reseller_a),
        ):
            mine = prices.with_user(user)
            with self.subTest(user.name):
                self.assertEqual(mine.search([]).ids, own.ids)
                own.with_user(user).price += 1
                for attempt in (
                    lambda other=other, user=user: other.with_user(user).read(
                        ["price"]
                    ),
                    lambda other=other, user=user: other.with_user(user).write(
                        {"price": 1}
                    ),
                    lambda other=other, user=user: other.with_user(user).unlink(),
                    lambda own=own, user=user, stranger=stranger: own.with_user(
                        user
                    ).write({"reseller_id": stranger.id, "date_start": "2026-02-02"}),
                    lambda mine=mine, stranger=stranger: mine.create(
                        {
                            "reseller_id": stranger.id,
                            "product_id": self.variant.id,
                            "price": 5,
                            "date_start": date(2026, 3, 1),
                        }
                    ),
                ):
                    with self.assertRaises(AccessError), self.cr.savepoint():
                        attempt()
        self.env.invalidate_all()
        self.assertEqual((self.price_a.price, self.price_b.price), (71, 81))
        self.assertEqual(self.price_a.reseller_id, self.reseller_a)
        self.assertEqual(prices.search_count([]), 2)

    def test_visitors_and_end_customers_see_nothing(self):
        public = self.env.ref("base.public_user")
        with self.assertRaises(AccessError):
            self.env["csp.resale.price"].with_user(public).search([])
        user = self._create_portal_user(self.customer_a)
        self.assertFalse(self.env["csp.resale.price"].with_user(user).search([]))

    def test_a_price_for_the_customer_comes_first_and_later_ones_win(self):
        self._resale(self.reseller_a, 66, customer_id=self.customer_a.id)
        self._resale(self.reseller_a, 75, date_start=date(2026, 5, 1))
        self._resale(self.reseller_a, 99, date_start=date(2026, 6, 1))
        other = self._create_customer(self.reseller_a)

        def resale(moment, customer=None):
            falls = self.variant._csp_waterfalls(
                self.reseller_a, moment, customer=customer
            )
            return falls[self.variant.id].resale

        self.assertEqual(resale(datetime(2026, 4, 1)), 70)
        self.assertEqual(resale(datetime(2026, 5, 10)), 75)
        self.assertEqual(resale(datetime(2026, 5, 10), self.customer_a), 66)
        self.assertEqual(resale(datetime(2026, 5, 10), other), 75)
        falls = self.variant._csp_waterfalls(self.reseller_a)
        self.assertEqual(falls[self.variant.id].reseller_margin, 75 - 54)

    def test_nothing_is_given_away_unless_partners_set_the_price(self):
        with (
            self.assertRaisesRegex(ValidationError, "cannot be given away"),
            self.cr.savepoint(),
        ):
            self._resale(self.reseller_a, 0, date_start=date(2026, 2, 1))
        self.variant.product_tmpl_id.csp_is_partner_priced = True
        self._resale(self.reseller_a, 0, date_start=date(2026, 2, 1))

    def test_only_for_own_customers(self):
        with (
            self.assertRaisesRegex(ValidationError, "own customers"),
            self.cr.savepoint(),
        ):
            self._resale(
                self.reseller_b,
                50,
                customer_id=self.customer_a.id,
                date_start=date(2026, 2, 1),
            )
        self.assertEqual(self.env["csp.resale.price"].search_count([]), 2)
