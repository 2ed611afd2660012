"""Text from strangers: one spelling of each value is taken, nothing else."""

from odoo.tests import BaseCase, tagged

from odoo.addons.csp_partner_portal import forms


@tagged("post_install", "-at_install")
class TestForms(BaseCase):
    def test_whole_numbers(self):
        for text, number in (
            ("10", 10),
            (" 10 ", 10),
            ("010", 10),
            ("1", 1),
            ("100", 100),
            ("0", None),
            ("101", None),
            ("-1", None),
            ("+1", None),
            ("0.5", None),
            ("1e2", None),
            ("1_0", None),
            ("NaN", None),
            ("١٠", None),
            ("99999999999999", None),
            ("", None),
            (None, None),
            (10, None),
            (["10"], None),
        ):
            with self.subTest(text=text):
                self.assertEqual(forms.whole_number(text, 1, 100), number)

    def test_ids_fit_into_the_database(self):
        self.assertEqual(forms.record_id("2147483647"), 2147483647)
        for text in ("2147483648", "0", "-1", "1 or 1=1", None):
            self.assertIsNone(forms.record_id(text))

    def test_tokens(self):
        self.assertEqual(forms.token("0123456789abcdef"), "0123456789abcdef")
        for text in ("", None, "short", "x" * 65, "0123456789abcde'", ["a"]):
            self.assertIsNone(forms.token(text))

    def test_clean(self):
        self.assertEqual(forms.clean("  a \n b\x00 "), "a b")
        self.assertEqual(forms.clean("abc", 2), "ab")
        self.assertEqual(forms.clean(None), "")
        self.assertEqual(forms.clean(["a"]), "")

    def test_mail(self):
        for text in ("a@b.example", "first.last+tag@sub.example.com"):
            self.assertTrue(forms.is_email(text), text)
        for text in (
            "",
            "a",
            "a@b",
            "a b@c.de",
            "a@b@c.de",
            "a@-b.de",
            "a@b.de,c@d.de",
        ):
            self.assertFalse(forms.is_email(text), text)

    def test_domains(self):
        for text in ("contoso.com", "a-b.co.uk", "x1.onmicrosoft.com"):
            self.assertTrue(forms.is_domain(text), text)
        for text in ("contoso", "-a.com", "a-.com", "a..com", "1.2.3.4", "a_b.com", ""):
            self.assertFalse(forms.is_domain(text), text)

    def test_new_domains(self):
        suffix = "onmicrosoft.com"
        for text in ("contoso", "Contoso", "contoso.onmicrosoft.com"):
            self.assertEqual(
                forms.new_domain(text, suffix), "contoso.onmicrosoft.com", text
            )
        for text in ("", "1contoso", "con-toso", "con.toso", "c" * 28, "contoso.com"):
            self.assertIsNone(forms.new_domain(text, suffix), text)

    def test_paths_stay_on_this_site(self):
        self.assertEqual(forms.safe_path("/my/csp", "/"), "/my/csp")
        for text in (
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "javascript:alert(1)",
            "/my\r\nLocation: x",
            "",
            None,
        ):
            self.assertEqual(forms.safe_path(text, "/"), "/")
