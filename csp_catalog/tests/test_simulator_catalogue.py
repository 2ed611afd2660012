"""The constructed price sheet has the documented shape and all its quirks."""

from __future__ import annotations

import csv
import io
import subprocess
import sys

try:
    from .simulator_case import PlainCase
    from .simulator_process import ADDON_PATH
except ImportError:
    from simulator_case import PlainCase
    from simulator_process import ADDON_PATH


def sheet(*options):
    """Return (header, rows as dicts) of a sheet made by the command line."""
    text = subprocess.run(
        [sys.executable, "-m", "simulator.catalogue", *options],
        cwd=ADDON_PATH,
        check=True,
        capture_output=True,
        encoding="utf-8",
    ).stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    return text.split("\n", 1)[0], rows


class TestSheet(PlainCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.header, cls.rows = sheet("--month", "202611")
        cls.offers = {key(row) for row in cls.rows}

    def price(self, title, term, plan, currency="EUR"):
        found = [
            (row["UnitPrice"], row["ERP Price"])
            for row in self.rows
            if (row["SkuTitle"], row["TermDuration"], row["BillingPlan"])
            == (title, term, plan)
            and row["Currency"] == currency
        ]
        self.assertEqual(len(found), 1, found)
        return found[0]

    def test_header_is_the_documented_one(self):
        self.assertEqual(
            self.header,
            '"ProductTitle","ProductId","SkuId","SkuTitle","Publisher",'
            '"SkuDescription","UnitOfMeasure","TermDuration","BillingPlan","Market",'
            '"Currency","UnitPrice","PricingTierRangeMin","PricingTierRangeMax",'
            '"EffectiveStartDate","EffectiveEndDate","Tags","ERP Price","Segment"',
        )

    def test_old_sheets_lack_the_segment_and_have_an_odd_quote(self):
        header, _rows = sheet("--month", "202311")
        self.assertTrue(header.endswith(',"Tags","ERP Price”'))

    def test_well_known_prices(self):
        basic = "Microsoft 365 Business Basic"
        self.assertEqual(self.price(basic, "P1Y", "Annual"), ("46.08", "57.6"))
        self.assertEqual(self.price(basic, "P1Y", "Annual", "GBP"), ("40.32", "50.4"))
        self.assertEqual(self.price(basic, "P1Y", "Monthly"), ("48.384", "60.48"))
        self.assertEqual(self.price(basic, "P1M", "Monthly"), ("4.608", "5.76"))
        self.assertEqual(self.price(basic, "P3Y", "Annual"), ("138.24", "172.8"))

    def test_catalogue_is_large_and_names_real_products(self):
        self.assertGreaterEqual(len(self.offers), 500)
        titles = {row["ProductTitle"] for row in self.rows}
        for title in (
            "Microsoft 365 Business Basic",
            "Microsoft 365 Business Standard",
            "Microsoft 365 Business Premium",
            "Microsoft 365 E3",
            "Exchange Online (Plan 1)",
            "Visio Plan 2",
            "Power BI Pro",
            "Microsoft 365 Copilot",
        ):
            self.assertIn(title, titles)
            pairs = {
                (row["TermDuration"], row["BillingPlan"])
                for row in self.rows
                if row["ProductTitle"] == title
            }
            self.assertLessEqual(
                {("P1M", "Monthly"), ("P1Y", "Monthly"), ("P1Y", "Annual")}, pairs
            )

    def test_quirks_are_there(self):
        def values(name):
            return {row[name] for row in self.rows}

        self.assertEqual(values("Currency"), {"EUR", "GBP", "CHF", "SEK", "NOK", "DKK"})
        self.assertEqual(values("Tags"), {"License", "License;Trial", "License;EST"})
        self.assertEqual(
            values("Segment"), {"Commercial", "Education", "Government", "Charity"}
        )
        starts, ends = values("EffectiveStartDate"), values("EffectiveEndDate")
        for shape in ("2/1/2023 12:00:00 AM", "2/1/2023 0:00"):
            self.assertIn(shape, starts)
        self.assertIn("2023-02-01T00:00:00.0000000Z", starts)
        self.assertIn("11/30/9999 11:59:59 PM", ends)
        self.assertTrue(any("1753" in start for start in starts))
        self.assertIn("100", values("PricingTierRangeMin"))
        self.assertIn("0001", values("SkuId"))
        self.assertEqual(
            values("BillingPlan"), {"Monthly", "Annual", "Triennial", "None"}
        )

    def test_some_rows_overlap(self):
        count = {}
        for row in self.rows:
            full = (*key(row), row["Currency"], row["PricingTierRangeMin"])
            count[full] = count.get(full, 0) + 1
        self.assertIn(2, count.values())

    def test_extended_term_costs_three_percent_more_and_comes_in_may_2026(self):
        title = "Microsoft 365 Business Basic - Extended Service Term"
        self.assertEqual(self.price(title, "P1M", "Monthly"), ("4.7462", "5.9328"))
        _header, before = sheet("--month", "202604")
        self.assertNotIn("License;EST", {row["Tags"] for row in before})

    def test_months_differ_by_about_five_percent(self):
        _header, before = sheet("--month", "202610")
        old = {(*key(row), row["Currency"]): row["UnitPrice"] for row in before}
        new = {(*key(row), row["Currency"]): row["UnitPrice"] for row in self.rows}
        share = sum(old.get(name) != price for name, price in new.items()) / len(new)
        self.assertTrue(0.02 < share < 0.09, share)
        _header, future = sheet("--month", "202610", "--timeline", "future")
        self.assertTrue(0.02 < len(future) / len(before) < 0.09)
        announced = {(*key(row), row["Currency"]): row["UnitPrice"] for row in future}
        for name, price in announced.items():
            self.assertEqual(new.get(name, price), price)

    def test_what_is_withdrawn(self):
        """The preview and a view of its own tell the end; then it is not listed."""
        withdrawn = "CFQ7TTC0HDK0"  # from December 2026 on
        self.assertIn(withdrawn, {row["ProductId"] for row in self.rows})
        options = ("--timeline", "future"), ("--view", "licensebasedeos")
        for option in options:
            header, rows = sheet("--month", "202611", *option)
            self.assertTrue(header.rstrip().endswith(',"EndofSaleDate"'))
            ends = {
                (row["EffectiveEndDate"], row["EndofSaleDate"])
                for row in rows
                if row["ProductId"] == withdrawn
            }
            # Rows of an old price end before; the last one ends with the sale.
            last = {end for effective, end in ends if effective == end}
            self.assertEqual(last, {end for _effective, end in ends})
            self.assertTrue(last)
        self.assertEqual(
            {row["ProductId"] for row in rows},
            {
                "CFQ7TTC0HDK0",
                "CFQ7TTC0LHSW",
                "CFQ7TTC0LH0D",
                "CFQ7TTC0HDB1",
                "CFQ7TTC0LGZM",
            },
        )
        _header, later = sheet("--month", "202612")
        self.assertNotIn(withdrawn, {row["ProductId"] for row in later})

    def test_extended_term_has_its_own_view(self):
        _header, rows = sheet("--month", "202611", "--view", "licensebasedest")
        self.assertEqual({row["Tags"] for row in rows}, {"License;EST"})

    def test_sheet_is_deterministic_for_a_seed(self):
        self.assertEqual(sheet("--month", "202611")[1], self.rows)
        self.assertNotEqual(sheet("--month", "202611", "--seed", "8")[1], self.rows)

    def test_large_sheet_has_the_wanted_size(self):
        _header, rows = sheet("--rows", "20000")
        self.assertTrue(20000 <= len(rows) <= 22000, len(rows))

    def test_other_markets_have_their_currency(self):
        _header, rows = sheet("--market", "US")
        self.assertEqual({row["Currency"] for row in rows}, {"USD"})


def key(row):
    """Return what identifies an offer."""
    names = ("ProductId", "SkuId", "TermDuration", "BillingPlan", "Segment")
    return tuple(row[name] for name in names)
