"""Agreements in the portal: the own ones, signed once, nobody else's."""

import base64

from odoo.fields import Command
from odoo.tests import JsonRpcException, tagged
from odoo.tools import mute_logger

from .common import CspPortalCommon
from .test_payment import SIGNATURE

MISSING = 2**31 - 2


@tagged("post_install", "-at_install")
class TestAgreements(CspPortalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agreements = {
            party.marker: cls._create_agreement(
                party.reseller,
                [
                    {
                        "scope": "variant",
                        "product_id": cls.offer.id,
                        "kind": "discount_erp",
                        "component_ids": [
                            Command.create({"reason": "level", "percent": 10}),
                            Command.create({"reason": "volume", "percent": 5.5}),
                        ],
                    },
                    {"kind": "markup_cost", "value": 77.13, "min_quantity": 500},
                ],
                activate=False,
                settlement_cycle="quarterly",
                credit_limit_amount=12345,
                note=f"<p>{party.marker} terms</p>",
            )
            for party in cls.parties
        }
        for agreement in cls.agreements.values():
            agreement._set_sent()
        cls.own = cls.agreements[cls.a.marker]
        cls.foreign = cls.agreements[cls.b.marker]

    # ----------------------------------------------------------------------
    # HELPERS
    # ----------------------------------------------------------------------

    def _sign(self, agreement, **values):
        params = {"name": "Ada Berger", "signature": SIGNATURE, **values}
        return self.make_jsonrpc_request(
            f"/my/csp/agreement/{agreement.id}/accept", params
        )

    def _price(self, party):
        self.env.invalidate_all()
        return self.offer._get_csp_offers(party.reseller, self.company)[0]["price"]

    def test_only_what_was_read_is_signed(self):
        """Terms that change behind an open page have to be read first."""
        self.login(self.a.user)
        self.get(f"/my/csp/agreement/{self.own.id}")
        self.own._set_draft()
        self.own.line_ids[0].component_ids[1].percent = 1.0
        self.own._set_sent()
        self.env.flush_all()
        answer = self._sign(self.own)
        self.assertIn("has changed", answer["error"])
        self.assertEqual((self.own.state, self.own.signed_by), ("sent", False))
        page = self.get(f"/my/csp/agreement/{self.own.id}")
        self.assertIn("11 % off the list price", page.text)
        self.assertIn("redirect_url", self._sign(self.own))
        self.assertEqual(self.own.state, "active")

    # ----------------------------------------------------------------------
    # READING
    # ----------------------------------------------------------------------

    def test_the_page_says_what_was_agreed(self):
        self.login(self.a.user)
        page = self.get("/my/csp/agreements")
        self.assertIn(self.own.name, page.text)
        self.assertIn("Waits for your signature", page.text)
        page = self.get(f"/my/csp/agreement/{self.own.id}")
        self.assertEqual(page.status_code, 200)
        for text in (
            "15.5 % off the list price",
            "Partner level",
            "Volume",
            "Quarterly",
            "12,345.00",
            "alphamark terms",
            "from 500 seats",
            "portal.signature_form",
        ):
            self.assertIn(text, page.text)
        paper = self.get(f"/my/csp/agreement/{self.own.id}/print")
        self.assertEqual(paper.status_code, 200)
        self.assertIn("15.5 % off the list price", paper.text)
        # The mark-up on a cost would tell the cost.
        for answer in (page, paper):
            self.assertNotIn("77.13", answer.text)

    def test_the_start_page_asks_for_the_signature(self):
        self.login(self.a.user)
        self.assertIn("waits for your signature", self.get("/my/csp").text)
        counters = self.make_jsonrpc_request(
            "/my/counters", {"counters": ["csp_agreement_count"]}
        )
        self.assertEqual(counters, {"csp_agreement_count": 1})
        self._sign(self.own)
        self.assertNotIn("waits for your signature", self.get("/my/csp").text)

    def test_the_document(self):
        self.login(self.a.user)
        path = f"/my/csp/agreement/{self.own.id}/document"
        self.assertEqual(self.get(path).status_code, 404)
        self.own.sudo().write(
            {"document": base64.b64encode(b"%PDF-1.4 terms"), "document_name": "a.pdf"}
        )
        self.env.flush_all()
        answer = self.get(path)
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.content, b"%PDF-1.4 terms")
        self.assertIn("attachment", answer.headers["Content-Disposition"])

    # ----------------------------------------------------------------------
    # SIGNING
    # ----------------------------------------------------------------------

    def test_signed_once_and_in_force(self):
        self.assertEqual(self._price(self.a), 18.0)
        self.login(self.a.user)
        answer = self._sign(self.own)
        self.assertEqual(
            answer["redirect_url"], f"/my/csp/agreement/{self.own.id}?signed=1"
        )
        self.assertEqual(self._price(self.a), 16.9)
        self.assertEqual(self.own.state, "active")
        self.assertEqual(self.own.signed_by, "Ada Berger")
        self.assertEqual(self.own.signed_ip, "127.0.0.1")
        self.assertTrue(self.own.signed_at)
        self.assertTrue(self.own.signature)
        signed_at = self.own.signed_at
        message = self.own.message_ids.filtered(lambda m: "Ada Berger" in str(m.body))
        self.assertEqual(message.author_id, self.a.user.partner_id)
        again = self._sign(self.own, name="Eve")
        self.assertIn("does not wait for a signature", again["error"])
        self.env.invalidate_all()
        self.assertEqual(self.own.signed_by, "Ada Berger")
        self.assertEqual(self.own.signed_at, signed_at)
        page = self.get(f"/my/csp/agreement/{self.own.id}")
        self.assertIn("Ada Berger", page.text)
        self.assertNotIn("portal.signature_form", page.text)

    @mute_logger("odoo.http")
    def test_what_is_no_signature_changes_nothing(self):
        self.login(self.a.user)
        for values in (
            {"name": ""},
            {"name": "   "},
            {"name": None},
            {"name": ["x"]},
            {"signature": ""},
            {"signature": None},
            {"signature": "not base64!"},
            {"signature": base64.b64encode(b"no picture").decode()},
            {"signature": "A" * 2_000_004},
        ):
            with self.subTest(values=str(values)[:40]):
                answer = self._sign(self.own, **values)
                self.assertIn("error", answer)
                self.env.invalidate_all()
                self.assertEqual(self.own.state, "sent")
                self.assertFalse(self.own.signature)
                self.assertFalse(self.own.signed_by)
        self.assertEqual(self._price(self.a), 18.0)

    # ----------------------------------------------------------------------
    # OTHERS
    # ----------------------------------------------------------------------

    @mute_logger("odoo.http")
    def test_others_get_nothing_and_sign_nothing(self):
        purchase = self._create_agreement(
            self.a.reseller, activate=False, side="purchase"
        )
        purchase._set_sent()
        draft = self._create_agreement(self.a.reseller, activate=False)
        self.own.sudo().document = base64.b64encode(b"terms")
        self.foreign.sudo().document = base64.b64encode(b"terms")
        self.env.flush_all()
        cases = (
            (self.a.user, self.foreign),
            (self.b.user, self.own),
            (self.a.customer_user, self.own),
            (self.a.user, purchase),
            (self.a.user, draft),
        )
        for user, agreement in cases:
            self.login(user)
            missing = self.get(f"/my/csp/agreement/{MISSING}")
            token = agreement._portal_ensure_token()
            self.env.flush_all()
            for path in ("", "/print", "/document", f"?access_token={token}"):
                with self.subTest(user=user.name, path=path):
                    answer = self.get(f"/my/csp/agreement/{agreement.id}{path}")
                    self.assert_same_answer(answer, missing)
                    self.assertNotIn(agreement.name, answer.text)
            state = agreement.state
            with self.assertRaises(JsonRpcException):
                self._sign(agreement)
            self.env.invalidate_all()
            self.assertEqual(agreement.state, state)
            self.assertFalse(agreement.signature)
        for one, other in ((self.a, self.foreign), (self.b, self.own)):
            self.login(one.user)
            self.assertNotIn(other.name, self.get("/my/csp/agreements").text)
        for bad in (0, -1, 2**31, 2**70, "text"):
            answer = self.get(f"/my/csp/agreement/{bad}")
            self.assertEqual(answer.status_code, 404)

    @mute_logger("odoo.http")
    def test_anonymous_visitors_are_sent_to_the_sign_in(self):
        self.authenticate(None, None)
        token = self.own._portal_ensure_token()
        for path in (
            "/my/csp/agreements",
            f"/my/csp/agreement/{self.own.id}?access_token={token}",
            f"/my/csp/agreement/{self.own.id}/print",
            f"/my/csp/agreement/{self.own.id}/document",
        ):
            answer = self.get(path)
            self.assertEqual(answer.status_code, 303, path)
            self.assertIn("/web/login", answer.headers["Location"])
        with self.assertRaises(JsonRpcException):
            self._sign(self.own)
        self.env.invalidate_all()
        self.assertEqual(self.own.state, "sent")

    def test_the_model_itself_is_closed(self):
        for model in (
            "csp.agreement",
            "csp.agreement.line",
            "csp.agreement.component",
        ):
            for user in (self.a.user, self.a.customer_user):
                self.assertFalse(self.env[model].with_user(user).has_access("read"))
