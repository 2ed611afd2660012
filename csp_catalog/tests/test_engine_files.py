"""What is no price sheet is refused in a sentence; what is downloaded runs nowhere."""

import csv
import io
import zipfile
from collections import Counter
from pathlib import Path

from odoo.tests import BaseCase, tagged

from ..engine import cells, export, files, sheet
from ..simulator import sample
from .common import HEADER, sheet_bytes

CONSTRUCTED = Path(__file__).parent.parent / "demo" / "price_sheet_constructed.csv"
FOREIGN = [
    (b"%PDF-1.7\n%...", "a PDF document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a spreadsheet file"),
    (b"<!DOCTYPE html><html>", "a web page"),
    (b"\xef\xbb\xbf\n<html><body>Sign in", "a web page"),
    (b"<?xml version='1.0'?>", "an XML file"),
    (b"\x1f\x8b\x08\x00", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\x89PNG\r\n", "a picture"),
    (b'{"error": 401}', "a JSON file"),
]


@tagged("csp")
class TestFiles(BaseCase):
    def _refuse(self, content, words, **options):
        result = sheet.parse(content, **options)
        self.assertEqual((result.rows, result.error_count), ((), 1))
        self.assertIn(words, result.errors[0].reason)
        self.assertTrue(result.errors[0].reason.endswith("."))

    def _zip(self, *members):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members:
                archive.writestr(name, content)
        return buffer.getvalue()

    def test_other_kinds_of_files_are_named(self):
        for content, words in FOREIGN:
            with self.subTest(words):
                self._refuse(content, words)
                self._refuse(self._zip(("sheets.csv", content)), words)

    def test_a_path_in_a_zip_is_refused(self):
        good = sheet_bytes({})
        for name in ("../sheets.csv", "/etc/sheets.csv", "a/b.csv", "C:sheets.csv"):
            with self.subTest(name):
                self._refuse(self._zip((name, good)), "in a folder")
        self._refuse(self._zip(("folder/", b"")), "in a folder")
        self._refuse(self._zip(("folder/", b""), ("a.csv", good)), "exactly one")
        self.assertTrue(sheet.parse(self._zip(("sheets.csv", good))).is_accepted)

    def test_a_zip_in_a_zip_is_refused(self):
        inner = self._zip(("sheets.csv", sheet_bytes({})))
        self._refuse(self._zip(("sheets.zip", inner)), "another zip")

    def test_a_zip_with_a_password_is_refused(self):
        content = bytearray(self._zip(("sheets.csv", sheet_bytes({}))))
        for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            content[content.index(mark) + offset] |= 1
        self._refuse(bytes(content), "password")

    def test_a_zip_bomb_is_not_unpacked(self):
        bomb = self._zip(("sheets.csv", b"0" * 30_000_000))
        self.assertLess(len(bomb), 100_000)
        self._refuse(bomb, "too large for its zip")
        lying = bytearray(bomb)
        place = lying.index(b"PK\x01\x02") + 24
        lying[place : place + 4] = (1000).to_bytes(4, "little")
        result = sheet.parse(bytes(lying))
        self.assertFalse(result.is_accepted)

    def test_stated_limits(self):
        self.assertEqual((sheet.MAX_BYTES, sheet.MAX_ROWS), (128 * 1024**2, 500_000))
        big = b"x" * (sheet.MAX_BYTES + 1)
        self._refuse(big, "larger than 128 MB. Import one market at a time.")
        del big
        line = sheet_bytes({}).partition(b"\n")[2]
        body = sheet_bytes({}) + line * 60
        self._refuse(body, "More than 50 rows. Import one market", max_rows=50)

    def test_an_empty_zip_is_refused(self):
        self._refuse(self._zip(), "exactly one")

    def test_optional_columns_of_newer_sheets(self):
        header = [*HEADER, "EndofSaleDate", "ChangeIndicator"]
        content = sheet_bytes(
            {"EndofSaleDate": "1/1/2027 0:00", "ChangeIndicator": "Unchanged"},
            {"Currency": "GBP"},
            header=header,
        )
        first, second = sheet.parse(content).rows
        self.assertEqual(first.end_of_sale.year, 2027)
        self.assertEqual((first.change, second.change), ("Unchanged", ""))
        self.assertIsNone(second.end_of_sale)

    def test_error_values_are_neutral(self):
        result = sheet.parse(
            sheet_bytes({"SkuTitle": "=1+1"}, {"UnitPrice": "-1", "SkuId": "0002"})
        )
        self.assertEqual([error.value for error in result.errors], ["'=1+1", "-1"])

    def test_what_is_neutral(self):
        for text in ("=1", "+cmd", "@SUM", "-2+3", " =1", "\t=1", "＝1", "＠a"):
            self.assertEqual(cells.neutral(text), f"'{text}")
        for text in ("", "-1", "-1.5", "Mail", "a=b", "- a dash", "46,08"):
            self.assertEqual(cells.neutral(text), text)

    def test_downloads_run_nothing(self):
        rows = [(3, "SkuTitle", "=HYPERLINK(1)", "Starts like a formula.")]
        header = ("Row", "Column", "Value", "Reason")
        text = export.to_csv(header, rows).decode("utf-8-sig")
        found = list(csv.reader(io.StringIO(text)))
        self.assertEqual(found[1][:3], ["3", "SkuTitle", "'=HYPERLINK(1)"])
        book = export.to_xlsx(header, rows, "Errors")
        with zipfile.ZipFile(io.BytesIO(book)) as archive:
            page = archive.read("xl/worksheets/sheet1.xml").decode()
            words = archive.read("xl/sharedStrings.xml").decode()
        self.assertNotIn("<f>", page)
        self.assertIn("'=HYPERLINK(1)", words)

    def test_encoding_error_names_the_row(self):
        content = sheet_bytes({}, {"SkuTitle": "Bür", "Currency": "GBP"})
        self._refuse(content.decode().encode("cp1252"), "Row 3 is not UTF-8")
        self.assertIsInstance(files.encoding_error(b"\xff"), files.FileError)


@tagged("csp")
class TestConstructedSheet(BaseCase):
    def test_the_file_is_what_the_generator_makes(self):
        content = CONSTRUCTED.read_bytes()
        self.assertLess(len(content), 1_500_000)
        self.assertEqual(content, sample.price_sheet())
        self.assertNotEqual(content, sample.price_sheet(seed=20))

    def test_it_holds_offers_and_every_quirk(self):
        content = CONSTRUCTED.read_bytes()
        result = sheet.parse(content, market="DE")
        self.assertEqual(result.errors, ())
        rows = result.rows
        variants = {(row.offer_key, row.term, row.plan) for row in rows}
        self.assertGreaterEqual(len(variants), 500)
        self.assertEqual(len({row.publisher for row in rows}), 6)
        self.assertEqual(
            {row.currency for row in rows}, {"EUR", "GBP", "CHF", "SEK", "NOK", "DKK"}
        )
        self.assertEqual(
            {row.segment for row in rows},
            {"commercial", "education", "government", "charity"},
        )
        self.assertEqual({row.term for row in rows}, {"P1M", "P1Y", "P3Y"})
        self.assertEqual(
            {row.plan for row in rows}, {"monthly", "annual", "triennial", "none"}
        )
        self.assertEqual(
            {tag for row in rows for tag in row.tags}, {"License", "EST", "Trial"}
        )
        self.assertEqual(
            {(row.tier_min, row.tier_max) for row in rows},
            {(0, 0), (1, 99), (100, 0)},
        )
        self.assertTrue(content.startswith(b"\xef\xbb\xbf"))
        text = content.decode("utf-8-sig")
        self.assertIn('"ERP Price”', text.split("\n", 1)[0])
        for shape in ("T00:00:00.0000000Z", " 12:00:00 AM", " 0:00", "1753", "9999"):
            self.assertIn(shape, text)
        self.assertTrue(any(row.valid_from is None for row in rows))
        self.assertTrue(any(row.end_of_sale for row in rows))
        self.assertTrue(any("\n" in row.description for row in rows))
        self.assertTrue(any('"' in row.description for row in rows))
        self.assertEqual({row.change for row in rows}, {"Changed", "Unchanged"})
        keys = Counter(row.identity[:9] for row in rows)
        self.assertGreater(max(keys.values()), 1, "rows that overlap")
