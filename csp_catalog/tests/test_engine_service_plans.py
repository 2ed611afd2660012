"""The public table of products and service plans, read without a database."""

from odoo.tests import BaseCase, tagged

from ..engine import service_plans
from ..engine.files import FileError

HEADER = (
    "Product_Display_Name,String_Id,GUID,Service_Plan_Name,Service_Plan_Id,"
    "Service_Plans_Included_Friendly_Names"
)


def guid(number):
    """Return an identifier made from a number."""
    return f"00000000-0000-4000-8000-{number:012d}"


def table_bytes(*rows, encoding="utf-8"):
    """Return a table; a row is (product, its number, plan, its number)."""
    lines = [HEADER] + [
        f"{name},{name.upper().replace(' ', '_')},{guid(ref)},"
        f"{plan.upper().replace(' ', '_')},{guid(plan_ref)},{plan}"
        for name, ref, plan, plan_ref in rows
    ]
    return "\r\n".join(lines).encode(encoding)


@tagged("post_install", "-at_install", "csp")
class TestEngineServicePlans(BaseCase):
    def parse(self, content):
        return service_plans.parse(service_plans.decode(content))

    def test_products_and_their_plans(self):
        table = self.parse(
            table_bytes(
                ("Mail", 1, "Mailbox", 11),
                ("Suite", 2, "Mailbox", 11),
                ("Suite", 2, "Chat", 12),
            )
        )
        self.assertEqual(
            [(plan.ref, plan.name) for plan in table.plans],
            [(guid(11), "MAILBOX"), (guid(12), "CHAT")],
        )
        self.assertEqual(
            [(suite.part_number, suite.plan_refs) for suite in table.suites],
            [("MAIL", (guid(11),)), ("SUITE", (guid(11), guid(12)))],
        )
        self.assertEqual(table.errors, ())

    def test_quirks_of_the_public_file(self):
        rows = [("Mail", 1, "Mailbox", 11), ("Mail", 1, "Mailbox", 11)]
        for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
            with self.subTest(encoding=encoding):
                table = self.parse(table_bytes(*rows, encoding=encoding))
                self.assertEqual(len(table.suites), 1)
                self.assertEqual(table.suites[0].plan_refs, (guid(11),))
        # A hard space, as the public file has them, in Windows-1252.
        content = table_bytes(("Mail\u00a0Plus\u00a0", 1, "Mailbox", 11))
        content = content.replace("\u00a0".encode(), b"\xa0")
        self.assertEqual(self.parse(content).suites[0].name, "Mail Plus")
        upper = self.parse(
            table_bytes(*rows).replace(guid(1).encode(), guid(1).upper().encode())
        )
        self.assertEqual(upper.suites[0].ref, guid(1))

    def test_errors_name_row_and_column(self):
        good = table_bytes(("Mail", 1, "Mailbox", 11)).decode()
        cases = {
            good.replace(
                guid(11), "123"
            ): "Row 2: Service_Plan_Id is not an identifier",
            good.replace("\r\nMail,", "\r\n,"): "Row 2: Product_Display_Name is empty",
            good.replace("\r\nMail,", "\r\n=1+1,"): "Row 2: Product_Display_Name: The",
            good + "\r\n" + good.splitlines()[1].replace("MAIL,", "POST,"): (
                f"Row 3: the product {guid(1)} is called POST here and MAIL in a row"
            ),
        }
        for text, message in cases.items():
            with self.subTest(message=message):
                table = service_plans.parse(text)
                self.assertEqual(len(table.errors), 1)
                self.assertTrue(table.errors[0].startswith(message), table.errors[0])
                self.assertEqual((table.plans, table.suites), ((), ()))

    def test_files_that_are_something_else(self):
        for content, message in (
            (b"Name,Price\r\nMail,3\r\n", "columns Product_Display_Name, String_Id"),
            (HEADER.encode(), "no rows"),
            (b"PK\x00\x01\x00\x00", "not a text file"),
            (HEADER.encode() + b'\r\n"Mail,1', "cannot be read as CSV"),
        ):
            with self.subTest(message=message):
                with self.assertRaisesRegex(FileError, message):
                    self.parse(content)
