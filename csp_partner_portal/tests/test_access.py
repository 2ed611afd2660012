from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import CspPortalCommon


@tagged("post_install", "-at_install")
class TestAccess(CspPortalCommon):
    def test_parties_may_look(self):
        for user in (self.a.user, self.a.customer_user):
            self.login(user)
            answer = self.make_jsonrpc_request(
                f"/my/csp/subscription/{self.a.subscription.id}/access",
                {"access_id": self.a.access.id},
            )
            self.assertEqual(answer, {"secret": "alphamark-secret"})

    def test_others_may_not(self):
        for user in (self.b.user, self.b.customer_user):
            with self.assertRaises(AccessError):
                self.a.access.with_user(user)._reveal(user)

    def test_the_delivery_answer_has_no_secret(self):
        answer = self.a.order._csp_delivery_answer()
        self.assertEqual(answer["state"], "delivered")
        self.assertEqual(answer["items"][0]["accesses"][0]["has_secret"], True)
        self.assertNotIn("alphamark-secret", str(answer))
