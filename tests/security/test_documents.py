"""Reports, attachments, images and messages of another reseller."""

from odoo.tests import JsonRpcException, tagged
from odoo.tools import mute_logger

from odoo.addons.csp_partner_portal.tests.common import CspPortalCommon


@tagged("post_install", "-at_install")
class TestDocuments(CspPortalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for party in cls.parties:
            party.attachment = cls.env["ir.attachment"].create(
                {
                    "name": f"{party.marker}.txt",
                    "raw": f"{party.marker} text".encode(),
                    "res_model": "csp.subscription",
                    "res_id": party.subscription.id,
                }
            )
            party.message = party.subscription.message_post(
                body=f"{party.marker} message", subtype_xmlid="mail.mt_comment"
            )

    def _directions(self):
        return ((self.a, self.b), (self.b, self.a))

    @mute_logger("odoo.http")
    def test_attachments(self):
        for one, other in self._directions():
            self.login(one.user)
            for path in (
                f"/web/content/{other.attachment.id}",
                f"/web/content/{other.attachment.id}?download=true",
                f"/web/image/{other.attachment.id}",
                f"/web/content/csp.subscription/{other.subscription.id}/name",
            ):
                answer = self.get(path)
                self.assertNotIn(f"{other.marker} text", answer.text, path)
            for model, record in (
                ("ir.attachment", other.attachment),
                ("mail.message", other.message),
            ):
                with self.assertRaises(JsonRpcException, msg=model):
                    self.make_jsonrpc_request(
                        f"/web/dataset/call_kw/{model}/read",
                        {
                            "model": model,
                            "method": "read",
                            "args": [record.ids],
                            "kwargs": {},
                        },
                    )

    @mute_logger("odoo.http")
    def test_order_pages(self):
        for one, other in self._directions():
            self.login(one.user)
            own = self.get(f"/my/orders/{one.order.id}")
            self.assertEqual(own.status_code, 200)
            self.assertIn(one.order.name, own.text)
            for order in (other.order, other.renewal):
                for query in ({}, {"report_type": "html"}, {"access_token": "None"}):
                    answer = self.get(f"/my/orders/{order.id}", **query)
                    self.assertEqual(answer.status_code, 303)
                    self.assertNotIn(other.marker, answer.text)

    @mute_logger("odoo.http")
    def test_reports_of_a_mixed_list(self):
        for one, other in self._directions():
            self.login(one.user)
            for ids in (
                f"{other.order.id}",
                f"{one.order.id},{other.order.id}",
            ):
                answer = self.get(f"/report/html/sale.report_saleorder/{ids}")
                self.assertNotIn(other.marker, answer.text)

    @mute_logger("odoo.http")
    def test_messages_on_a_record_of_another(self):
        for one, other in self._directions():
            self.login(one.user)
            before = len(other.subscription.message_ids)
            with self.assertRaises(JsonRpcException):
                self.make_jsonrpc_request(
                    "/mail/message/post",
                    {
                        "thread_model": "csp.subscription",
                        "thread_id": other.subscription.id,
                        "post_data": {"body": "hello"},
                    },
                )
            other.subscription.invalidate_recordset()
            self.assertEqual(len(other.subscription.message_ids), before)
