"""Reading price sheets: every shape vendors write, every way a row can be wrong."""

import csv
import io
import time
import zipfile
from datetime import datetime
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..engine import sheet
from .common import HEADER, sheet_bytes

SHAPES = [
    ("2/1/2019 12:00:00 AM", datetime(2019, 2, 1)),
    ("2/1/2023 0:00", datetime(2023, 2, 1)),
    ("12/31/2023 13:05", datetime(2023, 12, 31, 13, 5)),
    ("2021-10-01T00:00:00.0000000Z", datetime(2021, 10, 1)),
    ("2021-10-01T02:30:00+02:00", datetime(2021, 10, 1, 0, 30)),
    ("2021-10-01", datetime(2021, 10, 1)),
    ("2/4/2021 8:35:31 PM", datetime(2021, 2, 4, 20, 35, 31)),
    ("1/1/1753 12:00:00 AM", None),
    ("1753-01-01T00:00:00.0000000Z", None),
]
ENDS = [
    ("11/30/9999 11:59:59 PM", None),
    ("9999-11-30T23:59:59.0000000Z", None),
    ("12/31/9999 0:00", None),
    ("", None),
    ("2026-06-30T23:59:59.9999999Z", datetime(2026, 7, 1)),
    ("6/30/2026 11:59:59 PM", datetime(2026, 7, 1)),
    ("6/30/2026 23:59", datetime(2026, 7, 1)),
    ("2026-07-01T00:00:00Z", datetime(2026, 7, 1)),
    ("7/1/2026 0:00", datetime(2026, 7, 1)),
    ("2/4/2030 8:35:31 PM", datetime(2030, 2, 4, 20, 35, 32)),
]
# column, cell, words the reason must have
BROKEN = [
    ("UnitPrice", "-48", "negative"),
    ("UnitPrice", "46,08", "decimal comma"),
    ("UnitPrice", "1.046,08", "decimal comma"),
    ("UnitPrice", "1,046.08", "thousands"),
    ("UnitPrice", "", "missing"),
    ("UnitPrice", "NaN", "not a price"),
    ("UnitPrice", "1E+3", "not a price"),
    ("UnitPrice", "=1+1", "not a price"),
    ("UnitPrice", "99999999999", "impossibly high"),
    ("ERP Price", "-0.01", "negative"),
    ("ERP Price", "abc", "not a price"),
    ("TermDuration", "P7Y", "Unknown term"),
    ("TermDuration", "", "Unknown term"),
    ("BillingPlan", "Weekly", "Unknown billing plan"),
    ("BillingPlan", "Triennial", "Not possible with a term of P1Y"),
    ("Currency", "XXZ", "Unknown currency"),
    ("Currency", "", "Unknown currency"),
    ("Market", "Germany", "two letters"),
    ("Market", "", "two letters"),
    ("Segment", "Military", "Unknown segment"),
    ("ProductId", "", "missing"),
    ("ProductId", "CFQ7TTC0 LH18", "letters and digits"),
    ("SkuId", "", "missing"),
    ("ProductTitle", "", "missing"),
    ("ProductTitle", '=HYPERLINK("http://x")', "formula"),
    ("SkuTitle", "@SUM(A1)", "formula"),
    ("SkuTitle", "＝1+1", "formula"),
    ("SkuDescription", "+cmd|' /C calc'!A0", "formula"),
    ("Publisher", "-2+3", "formula"),
    ("EffectiveStartDate", "", "missing"),
    ("EffectiveStartDate", "01.02.2023", "not a date"),
    ("EffectiveStartDate", "13/31/2023 0:00", "does not exist"),
    ("EffectiveStartDate", "2/30/2023 12:00:00 AM", "does not exist"),
    ("EffectiveStartDate", "2/3/2023 13:00:00 PM", "does not exist"),
    ("EffectiveEndDate", "soon", "not a date"),
    ("EffectiveEndDate", "2023-01-31T23:59:59Z", "before the start"),
    ("PricingTierRangeMin", "1.5", "whole number"),
    ("PricingTierRangeMin", "-1", "whole number"),
    ("PricingTierRangeMax", "many", "whole number"),
]


@tagged("csp")
class TestSheet(BaseCase):
    def _parse_one(self, **cells):
        result = sheet.parse(sheet_bytes(cells))
        self.assertEqual(result.errors, ())
        (row,) = result.rows
        return row

    def _refuse(self, content, *words, **options):
        result = sheet.parse(content, **options)
        self.assertEqual(result.rows, ())
        self.assertFalse(result.is_accepted)
        self.assertEqual(len(result.errors), 1)
        for word in words:
            self.assertIn(word, result.errors[0].reason)
        return result.errors[0]

    # --- what is read -------------------------------------------------------

    def test_one_row(self):
        row = self._parse_one(Tags="License;Trial", PricingTierRangeMin="1")
        self.assertEqual(row.line, 2)
        self.assertEqual(row.offer_key, ("CSPTEST00001", "0001", "commercial"))
        self.assertEqual((row.term, row.plan), ("P1Y", "annual"))
        self.assertEqual((row.market, row.currency), ("DE", "EUR"))
        self.assertEqual(row.unit_price, Decimal("48.000000"))
        self.assertEqual(row.erp_price, Decimal("60.000000"))
        self.assertEqual((row.tier_min, row.tier_max), (1, 0))
        self.assertEqual(row.valid_from, datetime(2023, 2, 1))
        self.assertIsNone(row.valid_to)
        self.assertEqual(row.tags, ("License", "Trial"))

    def test_start_dates_in_every_shape(self):
        for text, expected in SHAPES:
            with self.subTest(text):
                row = self._parse_one(EffectiveStartDate=text)
                self.assertEqual(row.valid_from, expected)

    def test_end_dates_become_the_first_instant_after(self):
        for text, expected in ENDS:
            with self.subTest(text):
                row = self._parse_one(EffectiveEndDate=text)
                self.assertEqual(row.valid_to, expected)

    def test_six_currencies_are_six_rows(self):
        codes = ["EUR", "GBP", "CHF", "SEK", "NOK", "DKK"]
        result = sheet.parse(sheet_bytes(*({"Currency": code} for code in codes)))
        self.assertEqual([row.currency for row in result.rows], codes)

    def test_segments_and_their_absence(self):
        words = {
            "Commercial": "commercial",
            "education": "education",
            "Government": "government",
            "Charity": "charity",
            "": "commercial",
        }
        for word, expected in words.items():
            with self.subTest(word):
                self.assertEqual(self._parse_one(Segment=word).segment, expected)

    def test_sku_is_text_and_gets_eaten_zeros_back(self):
        for text, expected in (("0001", "0001"), ("1", "0001"), ("00ES", "00ES")):
            with self.subTest(text):
                self.assertEqual(self._parse_one(SkuId=text).sku_ref, expected)

    def test_billing_plans(self):
        cases = [
            ("P1M", "Monthly", "monthly"),
            ("P3Y", "TRIENNIAL", "triennial"),
            ("P1M", "None", "none"),
            ("P1Y", "OneTime", "one_time"),
        ]
        for term, text, expected in cases:
            with self.subTest(text):
                row = self._parse_one(TermDuration=term, BillingPlan=text)
                self.assertEqual(row.plan, expected)

    def test_prices_keep_six_decimals(self):
        row = self._parse_one(UnitPrice="0.1234567", **{"ERP Price": "0"})
        self.assertEqual(row.unit_price, Decimal("0.123457"))
        self.assertEqual(row.erp_price, Decimal("0"))

    def test_text_with_commas_quotes_and_newlines(self):
        text = 'Best "value", for\r\nsmall teams – „ja“'
        self.assertEqual(self._parse_one(SkuDescription=text).description, text)

    def test_columns_in_any_order_unknown_ones_ignored(self):
        header = [*reversed(HEADER), "ChangeIndicator", "EndofSaleDate"]
        result = sheet.parse(sheet_bytes({}, header=header))
        self.assertEqual(result.rows[0].product_ref, "CSPTEST00001")

    def test_optional_columns_may_be_missing(self):
        optional = {
            "SkuTitle",
            "Publisher",
            "SkuDescription",
            "UnitOfMeasure",
            "PricingTierRangeMin",
            "PricingTierRangeMax",
            "Tags",
            "Segment",
        }
        header = [name for name in HEADER if name not in optional]
        (row,) = sheet.parse(sheet_bytes({}, header=header)).rows
        self.assertEqual((row.segment, row.tags), ("commercial", ()))

    # --- how files come -----------------------------------------------------

    def test_byte_order_mark_and_line_ends(self):
        plain = sheet_bytes({})
        for content in (
            b"\xef\xbb\xbf" + plain,
            plain.replace(b"\r\n", b"\n"),
            plain.decode().encode("utf-16"),
            plain + b"\r\n\r\n",
        ):
            self.assertEqual(len(sheet.parse(content).rows), 1)

    def test_typographic_quote_in_the_header(self):
        header = HEADER[:-1]
        content = sheet_bytes({}, {"Currency": "GBP"}, header=header).decode()
        for odd in ('"ERP Price”', "“ERP Price”", 'ERP Price"'):
            with self.subTest(odd):
                broken = content.replace('"ERP Price"', odd, 1)
                self.assertEqual(len(sheet.parse(broken.encode()).rows), 2)

    def test_zip_with_one_file(self):
        self.assertEqual(len(sheet.parse(self._zip(a=sheet_bytes({}))).rows), 1)

    def test_bad_archives(self):
        good = self._zip(a=sheet_bytes({}))
        self._refuse(self._zip(a=b"x", b=b"y"), "exactly one")
        self._refuse(good[:40], "damaged")
        self._refuse(self._zip(**{"[Content_Types].xml": b"", "b": b""}), "spreadsheet")
        self._refuse(self._zip(a=b"0" * 3_000_000), "too large")
        self._refuse(self._zip(a=b"0" * 300_000), "too large", max_bytes=200_000)

    def _zip(self, **members):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        return buffer.getvalue()

    def test_files_that_are_no_price_sheet(self):
        self._refuse(b"", "empty")
        self._refuse(b"hello world", "header lacks ProductTitle, ProductId")
        self._refuse(b"\x00\x01" * 50, "not a text file")
        self._refuse(sheet_bytes(), "no rows")
        self._refuse(sheet_bytes({}).replace(b",", b";"), "semicolons")
        self._refuse(
            sheet_bytes({"SkuTitle": "Bür"}).decode().encode("cp1252"), "UTF-8"
        )
        self._refuse(sheet_bytes({}, header=[*HEADER, "Market"]), "Market", "twice")
        self._refuse(
            sheet_bytes({}, header=[n for n in HEADER if n != "Currency"]), "Currency"
        )

    def test_limits(self):
        content = sheet_bytes({}, {"Currency": "GBP"}, {"Currency": "CHF"})
        self._refuse(content, "More than 2 rows", max_rows=2)
        self._refuse(content, "larger than", max_bytes=100)
        self._refuse(sheet_bytes({"SkuDescription": "x" * 10_001}), "longer than")

    # --- what is refused ----------------------------------------------------

    def test_each_broken_cell_tells_row_column_and_reason(self):
        for column, cell, words in BROKEN:
            with self.subTest(column=column, cell=cell):
                result = sheet.parse(sheet_bytes({"Currency": "GBP"}, {column: cell}))
                self.assertEqual(result.rows, ())
                (error,) = result.errors
                self.assertEqual(error.line, 3)
                self.assertEqual(error.column, column)
                self.assertIn(words, error.reason)

    def test_rows_of_another_market(self):
        content = sheet_bytes({"Market": "US", "Currency": "USD"})
        error = self._refuse(content, "The sheet is for DE.", market="DE")
        self.assertEqual((error.line, error.column), (2, "Market"))
        self.assertEqual(len(sheet.parse(content, market="us").rows), 1)

    def test_tier_that_ends_below_its_start(self):
        content = sheet_bytes({"PricingTierRangeMin": "10", "PricingTierRangeMax": "9"})
        self.assertEqual(self._refuse(content, "below").column, "PricingTierRangeMax")

    def test_wrong_number_of_columns(self):
        content = sheet_bytes({}) + b'"only","three","cells"\r\n'
        error = self._refuse(content, "3 columns, the header has 19")
        self.assertEqual(error.line, 3)

    def test_open_quote(self):
        content = sheet_bytes({}) + b'"never closed\r\n'
        self._refuse(content, "quotes")

    def test_same_offer_from_the_same_day_at_two_prices(self):
        content = sheet_bytes({}, {"UnitPrice": "49"})
        error = self._refuse(content, "Row 2 has another price")
        self.assertEqual(error.line, 3)

    def test_repeated_price_counts_once_with_the_longer_range(self):
        result = sheet.parse(
            sheet_bytes({"EffectiveEndDate": "2026-11-05T23:59:59Z"}, {}, {})
        )
        (row,) = result.rows
        self.assertIsNone(row.valid_to)
        self.assertEqual(result.row_count, 3)

    def test_what_makes_a_key(self):
        different = [
            {"ProductId": "CSPTEST00002"},
            {"SkuId": "0002"},
            {"Segment": "Education"},
            {"TermDuration": "P3Y"},
            {"BillingPlan": "Monthly"},
            {"Market": "AT"},
            {"Currency": "CHF"},
            {"PricingTierRangeMin": "100"},
            {"PricingTierRangeMax": "99"},
            {"EffectiveStartDate": "2024-02-01T00:00:00Z"},
        ]
        cells = [{"UnitPrice": str(50 + n), **c} for n, c in enumerate(different)]
        result = sheet.parse(sheet_bytes({}, *cells))
        self.assertEqual(result.errors, ())
        self.assertEqual(len(result.rows), 11)

    def test_all_errors_are_told_up_to_a_limit(self):
        rows = [{"UnitPrice": "-1", "Currency": "?"}] * 3000
        result = sheet.parse(sheet_bytes(*rows))
        self.assertEqual(result.error_count, 6000)
        self.assertEqual(len(result.errors), sheet.MAX_ERRORS)

    def test_line_numbers_count_lines_of_the_file(self):
        content = sheet_bytes({"SkuDescription": "two\r\nlines"}, {"UnitPrice": "x"})
        self.assertEqual(sheet.parse(content).errors[0].line, 4)

    # --- speed --------------------------------------------------------------

    def test_reading_costs_a_few_times_the_bare_csv(self):
        """Measured against Python's reader in the same run: any machine will do."""
        rows = [{"ProductId": f"P{n:06d}", "UnitPrice": f"{n}.5"} for n in range(20000)]
        content = sheet_bytes(*rows)
        text = content.decode("utf-8-sig")
        ours, bare = [], []
        for _repeat in range(3):
            started = time.perf_counter()
            result = sheet.parse(content)
            ours.append(time.perf_counter() - started)
            self.assertEqual(len(result.rows), 20000)
            started = time.perf_counter()
            for record in csv.reader(io.StringIO(text, newline="")):
                assert [cell.strip() for cell in record]
            bare.append(time.perf_counter() - started)
        self.assertLess(min(ours), 20 * min(bare))
