"""Published numbers: each is one subtest named by its id."""

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from odoo.tests import BaseCase, tagged

from ..engine.money import DOWN, HALF_UP, Money, spread, tax
from ..engine.periods import (
    Grid,
    Period,
    from_inclusive,
    grid_on_bill_day,
    local_day,
    whole_months,
)
from ..engine.proration import amount, factor, shares, slice_factor
from .vectors import amounts, calendar


def day(text):
    return date.fromisoformat(text) if text else None


def period(pair):
    return Period(day(pair[0]), day(pair[1]))


@tagged("post_install", "-at_install", "csp_engine")
class TestCalendarVectors(BaseCase):
    def test_boundaries(self):
        for row in calendar.BOUNDARIES:
            name, source, start, bill_day, months, end, until, expected = row
            with self.subTest(name, source=source):
                grid = self._grid(start, bill_day, months)
                cuts = list(grid.cut(day(start), day(end), day(until)))
                found = [cuts[0].part.start] + [cut.part.end for cut in cuts]
                self.assertEqual(found, [day(text) for text in expected])

    def test_anniversaries(self):
        for name, source, anchor, months, yes, no in calendar.ANNIVERSARIES:
            with self.subTest(name, source=source):
                grid = Grid(day(anchor), months)
                self.assertEqual([d for d in yes if not grid.is_boundary(day(d))], [])
                self.assertEqual([d for d in no if grid.is_boundary(day(d))], [])

    def test_cycles_of_days(self):
        for name, source, anchor, step, expected in calendar.DAY_CYCLES:
            with self.subTest(name, source=source):
                grid = Grid(day(anchor), step, in_days=True)
                found = [grid.boundary(k + 1) for k in range(len(expected))]
                self.assertEqual(found, [day(text) for text in expected])
                self.assertEqual(grid.index_at(found[2]), 3)

    def test_whole_months(self):
        for name, source, start, end, expected in calendar.WHOLE_MONTHS:
            with self.subTest(name, source=source):
                self.assertEqual(whole_months(day(start), day(end)), expected)

    def test_factors(self):
        for row in calendar.FACTORS:
            name, source, start, end, until, bill_day, months, expected = row
            with self.subTest(name, source=source):
                grid = self._grid(start, bill_day, months)
                cuts = grid.cut(day(start), day(end), day(until))
                found = [slice_factor(cut) for cut in cuts]
                self.assertEqual(found, [Fraction(text) for text in expected])

    def test_day_counts(self):
        for name, source, part, full, rule, expected in calendar.DAY_COUNTS:
            with self.subTest(name, source=source):
                found = factor(period(part), period(full), rule)
                self.assertEqual(f"{float(found):.9f}", expected)

    def test_divergence(self):
        """B11b: counted from the anchor, 14 February on bill day 31 is 14/28."""
        grid = grid_on_bill_day(day("2011-02-14"), 31)
        found = [
            slice_factor(cut)
            for cut in grid.cut(day("2011-02-14"), None, day("2011-03-01"))
        ]
        self.assertEqual(found, [Fraction(14, 28), Fraction(1)])

    def test_inclusive_days_are_converted_at_the_border(self):
        """V41: a term through 2023-03-01 is followed by one from 2023-03-02."""
        term = from_inclusive(day("2022-03-02"), day("2023-03-01"))
        self.assertEqual(term.end, day("2023-03-02"))
        self.assertEqual(term.last_day, day("2023-03-01"))

    def test_days_of_a_local_month(self):
        """I07, I08: 31 days in Paris when the clock goes back and forward."""
        for begin, end in (
            ("2023-09-30T23:10:00", "2023-10-31T22:59:59"),
            ("2023-02-28T23:10:00", "2023-03-31T21:59:59"),
        ):
            with self.subTest(begin):
                first = local_day(datetime.fromisoformat(begin), "Europe/Paris")
                last = local_day(datetime.fromisoformat(end), "Europe/Paris")
                self.assertEqual(from_inclusive(first, last).days, 31)

    def _grid(self, start, bill_day, months):
        if bill_day:
            return grid_on_bill_day(day(start), bill_day, months)
        return Grid(day(start), months)


@tagged("post_install", "-at_install", "csp_engine")
class TestMoneyVectors(BaseCase):
    def test_stubs(self):
        for name, source, price, quantity, part, full, expected in amounts.STUBS:
            with self.subTest(name, source=source):
                found = amount(
                    Decimal(price), quantity, period(part), period(full), Money()
                )
                self.assertEqual(found, Decimal(expected))

    def test_ratios(self):
        for name, source, price, part, whole, step, mode, expected in amounts.RATIOS:
            with self.subTest(name, source=source):
                money = Money(Decimal(step), mode)
                found = money.round(Fraction(Decimal(price)) * Fraction(part, whole))
                self.assertEqual(found, Decimal(expected))

    def test_taxed_credits(self):
        for row in amounts.TAXED:
            name, source, price, part, whole, percent, net, taxed, total = row
            with self.subTest(name, source=source):
                money = Money(Decimal(1))
                found = money.round(Fraction(Decimal(price)) * Fraction(part, whole))
                on_top = tax(found, Decimal(percent), money)
                self.assertEqual(found, Decimal(net))
                self.assertEqual(on_top, Decimal(taxed))
                self.assertEqual(found + on_top, Decimal(total))

    def test_roundings(self):
        for name, source, value, step, expected in amounts.ROUNDINGS:
            with self.subTest(name, source=source):
                found = Money(Decimal(step)).round(Decimal(value))
                self.assertEqual(found, Decimal(expected))

    def test_spreads(self):
        for name, source, total, parts, expected in amounts.SPREADS:
            with self.subTest(name, source=source):
                parts = [Decimal(part) for part in parts]
                cut = spread(Decimal(total), parts, Money(Decimal(1)))
                left = [part - off for part, off in zip(parts, cut, strict=True)]
                self.assertEqual(left, [Decimal(text) for text in expected])

    def test_vendor_arithmetic(self):
        for row in amounts.VENDOR:
            name, source, price, quantity, part, cycle, mode, order, expected = row
            with self.subTest(name, source=source):
                begin = date(2021, 1, 1).toordinal()
                full = Period(date.fromordinal(begin), date.fromordinal(begin + cycle))
                used = Period(full.start, date.fromordinal(begin + part))
                money = Money(mode=mode, order=order)
                found = amount(Decimal(price), quantity, used, full, money)
                self.assertEqual(found, Decimal(expected))

    def test_three_decimals(self):
        """G05: KWD 100.50 is 100500 minor units."""
        money = Money(Decimal("0.001"))
        self.assertEqual(money.minor(Decimal("100.50")), 100500)
        self.assertEqual(money.digits, 3)

    def test_vendor_tax_is_truncated_per_line(self):
        """V71: each line's tax is truncated, then summed."""
        money = Money(mode=DOWN)
        lines = [Decimal("10.09"), Decimal("10.09")]
        self.assertEqual(
            sum(tax(line, Decimal(23), money) for line in lines), Decimal("4.64")
        )
        self.assertEqual(tax(sum(lines), Decimal(23), money), Decimal("4.64"))
        self.assertEqual(
            tax(Decimal("10.09"), Decimal(23), Money(mode=HALF_UP)), Decimal("2.32")
        )

    def test_annual_lines_split_per_month(self):
        """V88: a prepaid subtotal over twelve months gives 1074 and 226.50."""
        monthly = [shares(Decimal(text), 12, Money())[0] for text in ("12888", "2718")]
        self.assertEqual(monthly, [Decimal("1074.00"), Decimal("226.50")])
        self.assertEqual(sum(monthly), Decimal("1300.50"))

    def test_every_vector_has_one_place(self):
        rows = [
            *calendar.BOUNDARIES,
            *calendar.ANNIVERSARIES,
            *calendar.DAY_CYCLES,
            *calendar.WHOLE_MONTHS,
            *calendar.FACTORS,
            *calendar.DAY_COUNTS,
            *amounts.STUBS,
            *amounts.RATIOS,
            *amounts.TAXED,
            *amounts.ROUNDINGS,
            *amounts.SPREADS,
            *amounts.VENDOR,
        ]
        names = [row[0] for row in rows]
        self.assertEqual(len(names), len(set(names)))
        self.assertFalse(set(names) & set(amounts.NOT_REPEATED))
