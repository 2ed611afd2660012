"""Prices per period, the price valid at an instant, and what a sheet changes."""

from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from odoo.tests import BaseCase, tagged

from ..engine import prices, sheet
from ..engine.prices import PriceRow
from .common import sheet_bytes

CENT = Decimal("0.01")


def price_row(price_id=1, valid_from=None, valid_to=None, **values):
    """Return a stored price."""
    defaults = {
        "product_ref": "CSPTEST00001",
        "sku_ref": "0001",
        "segment": "commercial",
        "term": "P1Y",
        "plan": "annual",
        "market": "DE",
        "currency": "EUR",
        "tier_min": 0,
        "tier_max": 0,
        "unit_price": Decimal("48.000000"),
        "erp_price": Decimal("60.000000"),
    }
    return PriceRow(
        **{**defaults, **values},
        price_id=price_id,
        valid_from=valid_from,
        valid_to=valid_to,
    )


@tagged("csp")
class TestSeatPrices(BaseCase):
    def test_list_price_is_rounded_half_up_cost_keeps_six_decimals(self):
        # unit, erp, term, plan -> cost, erp (computed by hand)
        cases = [
            ("48", "60", "P1Y", "annual", "48.000000", "60.00"),
            ("50.4", "63", "P1Y", "monthly", "4.200000", "5.25"),
            ("100", "100", "P1Y", "monthly", "8.333333", "8.33"),
            ("0.06", "0.06", "P1Y", "monthly", "0.005000", "0.01"),
            ("144", "180", "P3Y", "annual", "48.000000", "60.00"),
            ("5184", "6480", "P3Y", "monthly", "144.000000", "180.00"),
            ("5184", "6480", "P3Y", "triennial", "5184.000000", "6480.00"),
            ("0", "0", "P1M", "none", "0.000000", "0.00"),
            ("99", "120", "P1Y", "one_time", "99.000000", "120.00"),
        ]
        for unit, erp, term, plan, cost, list_price in cases:
            with self.subTest(unit=unit, term=term, plan=plan):
                found = prices.seat_prices(
                    Decimal(unit), Decimal(erp), term, plan, step=CENT
                )
                self.assertEqual([str(amount) for amount in found], [cost, list_price])

    def test_conversion_is_exact_before_the_one_rounding(self):
        cost, erp = prices.seat_prices(
            Decimal(10), Decimal(10), "P1Y", "monthly", step=CENT, rate=Fraction(3, 7)
        )
        self.assertEqual((cost, erp), (Decimal("0.357143"), Decimal("0.36")))

    def test_other_currency_steps(self):
        for step, expected in (("1", "8"), ("0.001", "8.333"), ("0.05", "8.35")):
            found = prices.round_half_up(Fraction(100, 12), Decimal(step))
            self.assertEqual(found, Decimal(expected), step)

    def test_twelve_months_of_cost_add_up_to_the_year(self):
        for cents in range(1, 2000, 7):
            unit = Decimal(cents) / 100
            cost, _erp = prices.seat_prices(unit, unit, "P1Y", "monthly", step=CENT)
            self.assertEqual((cost * 12).quantize(CENT), unit)


@tagged("csp")
class TestResolve(BaseCase):
    def test_half_open_borders(self):
        row = price_row(1, datetime(2026, 1, 1), datetime(2026, 7, 1))
        for at, expected in (
            (datetime(2025, 12, 31, 23, 59, 59), None),
            (datetime(2026, 1, 1), 1),
            (datetime(2026, 6, 30, 23, 59, 59), 1),
            (datetime(2026, 7, 1), None),
        ):
            found = prices.resolve([row], at)
            self.assertEqual(found and found.price_id, expected, at)

    def test_open_borders(self):
        self.assertEqual(
            prices.resolve([price_row(7)], datetime(1999, 1, 1)).price_id, 7
        )

    def test_on_overlap_the_earlier_row_stays_until_its_end(self):
        early = price_row(1, datetime(2026, 1, 1), datetime(2026, 11, 6))
        late = price_row(2, datetime(2026, 11, 1))
        for rows in ([early, late], [late, early]):
            for at, expected in (
                (datetime(2026, 10, 31), 1),
                (datetime(2026, 11, 1), 1),
                (datetime(2026, 11, 5, 23, 59, 59), 1),
                (datetime(2026, 11, 6), 2),
            ):
                self.assertEqual(prices.resolve(rows, at).price_id, expected, at)

    def test_a_row_without_end_gives_way_to_the_next(self):
        rows = [
            price_row(1, datetime(2024, 1, 1)),
            price_row(2, datetime(2025, 1, 1)),
            price_row(3, datetime(2027, 1, 1)),
        ]
        for year, expected in ((2024, 1), (2025, 2), (2026, 2), (2027, 3)):
            self.assertEqual(
                prices.resolve(rows, datetime(year, 6, 1)).price_id, expected
            )

    def test_tiers(self):
        rows = [
            price_row(1, tier_min=1, tier_max=99),
            price_row(2, tier_min=100, tier_max=499),
            price_row(3, tier_min=500),
        ]
        at = datetime(2026, 1, 1)
        for seats, expected in ((1, 1), (99, 1), (100, 2), (499, 2), (500, 3)):
            self.assertEqual(prices.resolve(rows, at, seats).price_id, expected)
        self.assertIsNone(prices.resolve(rows[:1], at, 100))

    def test_nothing(self):
        self.assertIsNone(prices.resolve([], datetime(2026, 1, 1)))


@tagged("csp")
class TestDiff(BaseCase):
    def _diff(self, rows, known):
        result = sheet.parse(sheet_bytes(*rows))
        self.assertEqual(result.errors, ())
        return result.rows, prices.diff(result.rows, known)

    def _statuses(self, rows, known):
        return [change.status for change in self._diff(rows, known)[1].changes]

    def test_statuses(self):
        start = datetime(2023, 2, 1)
        known = [price_row(1, start)]
        cases = [
            ({}, "unchanged"),
            ({"UnitPrice": "49"}, "changed"),
            ({"ERP Price": "61"}, "changed"),
            ({"EffectiveStartDate": "2026-12-01T00:00:00Z"}, "changed"),
            ({"EffectiveEndDate": "2026-11-30T23:59:59Z"}, "ended"),
            ({"Currency": "GBP"}, "new"),
            ({"SkuId": "0002"}, "new"),
            ({"TermDuration": "P3Y"}, "new"),
        ]
        for cells, expected in cases:
            with self.subTest(cells):
                self.assertEqual(self._statuses([cells], known), [expected])

    def test_a_longer_range_is_a_change(self):
        known = [price_row(1, datetime(2023, 2, 1), datetime(2026, 1, 1))]
        self.assertEqual(self._statuses([{}], known), ["changed"])

    def test_counts(self):
        known = [price_row(1, datetime(2023, 2, 1))]
        _rows, found = self._diff([{}, {"Currency": "GBP"}, {"SkuId": "2"}], known)
        self.assertEqual(
            found.counts, {"new": 2, "changed": 0, "ended": 0, "unchanged": 1}
        )

    def test_a_complete_list_withdraws_what_it_does_not_list(self):
        known = [
            price_row(1, datetime(2023, 2, 1)),
            price_row(2, datetime(2023, 2, 1), sku_ref="0009"),
            price_row(3, datetime(2023, 2, 1), datetime(2024, 1, 1), sku_ref="0010"),
        ]
        known.append(price_row(4, datetime(2022, 2, 1)))  # gives way to the listed one
        rows, found = self._diff([{}], known)
        prices.add_withdrawn(found, rows, known)
        withdrawn = [change for change in found.changes if change.row is None]
        self.assertEqual([change.known.price_id for change in withdrawn], [2])
        self.assertEqual(found.counts["ended"], 1)
