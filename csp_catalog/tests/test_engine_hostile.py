"""Cells and files that somebody made up: refused in words, never with a crash."""

import io
import zipfile

from odoo.tests import BaseCase, tagged

from ..engine import sheet
from .common import sheet_bytes


@tagged("csp")
class TestHostileFiles(BaseCase):
    def _refuse(self, content, column, words):
        result = sheet.parse(content)
        self.assertEqual((result.rows, result.error_count), ((), 1), result.rows[:1])
        error = result.errors[0]
        self.assertEqual(error.column, column)
        self.assertIn(words, error.reason)
        self.assertNotIn("\0", error.value)

    def test_zero_bytes_of_another_encoding(self):
        """The database stores no such text."""
        for cells in (
            {"ProductTitle": "Mail\0"},
            {"ProductId": "CFQ7\0"},
            {"UnitPrice": "1\0"},
        ):
            content = sheet_bytes(cells).decode().encode("utf-16")
            with self.subTest(cells=cells):
                self._refuse(content, "", "not a text file")
        content = sheet_bytes({"ProductTitle": "Ābaā"}).decode().encode("utf-16")
        self.assertEqual(sheet.parse(content).rows[0].title, "Ābaā")

    def test_numbers_of_other_scripts(self):
        """What the vendor's systems would not read is no number and no identifier."""
        for column, cell in (
            ("SkuId", "\u0661"),
            ("UnitPrice", "\u0663"),
            ("PricingTierRangeMin", "\u0663"),
            ("EffectiveStartDate", "\u0662023-02-01"),
        ):
            with self.subTest(column=column):
                result = sheet.parse(sheet_bytes({column: cell}))
                self.assertEqual([e.column for e in result.errors], [column])

    def test_numbers_without_end(self):
        self._refuse(
            sheet_bytes({"PricingTierRangeMin": "9" * 9000}),
            "PricingTierRangeMin",
            "whole number",
        )
        self._refuse(
            sheet_bytes({"UnitPrice": "9" * 9000}), "UnitPrice", "impossibly high"
        )

    def test_moments_that_do_not_exist(self):
        for cell in (
            "2023-02-01T00:00:00+99:99",
            "2023-02-01T00:00:00-24:00",
        ):
            with self.subTest(cell=cell):
                self._refuse(
                    sheet_bytes({"EffectiveStartDate": cell}),
                    "EffectiveStartDate",
                    "does not exist",
                )
        result = sheet.parse(
            sheet_bytes(
                {
                    "EffectiveStartDate": "0001-01-01T00:00:00+05:00",
                    "EffectiveEndDate": "9999-12-31T23:59:59-05:00",
                }
            )
        )
        self.assertTrue(result.is_accepted)
        self.assertEqual(
            (result.rows[0].valid_from, result.rows[0].valid_to), (None,) * 2
        )

    def test_damaged_zips_of_other_methods(self):
        for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
            buffer = io.BytesIO()
            with zipfile.ZipFile(buffer, "w", method) as archive:
                archive.writestr("sheet.csv", sheet_bytes(*[{}] * 20))
            content = bytearray(buffer.getvalue())
            content[50:70] = b"\xff" * 20
            with self.subTest(method=method):
                self._refuse(bytes(content), "", "damaged")
        # A method that nobody knows is not a password.
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("sheet.csv", sheet_bytes({}))
        content = bytearray(buffer.getvalue())
        directory = content.find(b"PK\x01\x02")
        content[8:10] = content[directory + 10 : directory + 12] = b"\x63\x00"
        self._refuse(bytes(content), "", "damaged")
