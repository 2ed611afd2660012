from odoo.tests import tagged

from .common import CspPortalCommon

TOKEN = "0123456789abcdef"


@tagged("post_install", "-at_install")
class TestSubscriptions(CspPortalCommon):
    def test_list(self):
        self.login(self.a.user)
        for params, is_found in (
            ({}, True),
            ({"search": self.a.subscription.name}, True),
            ({"search": "alphamark"}, True),
            ({"search": "nothing of it"}, False),
            ({"filterby": "ended"}, False),
            ({"filterby": "all"}, True),
            ({"filterby": "pending"}, False),
            ({"customer_id": self.a.customer.id}, True),
            ({"sortby": "end"}, True),
            ({"sortby": "seats"}, True),
            ({"sortby": "customer"}, True),
        ):
            with self.subTest(params=params):
                answer = self.get("/my/csp/subscriptions", **params)
                self.assertEqual(answer.status_code, 200)
                found = f"/my/csp/subscription/{self.a.subscription.id}" in answer.text
                self.assertEqual(found, is_found)

    def test_page(self):
        self.login(self.a.user)
        text = self.get(f"/my/csp/subscription/{self.a.subscription.id}").text
        for part in (
            self.a.subscription.name,
            self.a.customer.name,
            "180.00",
            self.a.order.name,
            self.a.access.username,
            "data-csp-reveal",
            'role="progressbar"',
        ):
            self.assertIn(part, text)
        self.assertNotIn("alphamark-secret", text)

    def test_more_seats(self):
        self.login(self.a.user)
        subscription = self.a.subscription
        path = f"/my/csp/subscription/{subscription.id}/seats"
        tasks = subscription.task_ids
        answer = self.post(path, token=TOKEN, seats="12")
        self.assertEqual(answer.status_code, 303)
        again = self.post(path, token=TOKEN, seats="12")
        self.assertEqual(again.headers["Location"], answer.headers["Location"])
        self.env.invalidate_all()
        task = subscription.task_ids - tasks
        self.assertEqual(len(task), 1)
        self.assertEqual(task.kind, "seats")
        # The vendor has not answered yet: nothing is changed before.
        self.assertEqual(subscription.quantity, 10)
        self.assertIn("under way", self.get(subscription.access_url).text)

    def test_what_the_vendor_refuses_is_said(self):
        self.login(self.a.user)
        subscription = self.a.subscription
        subscription.batch_ids.reducible_until = False
        path = f"/my/csp/subscription/{subscription.id}/seats"
        tasks = len(subscription.task_ids)
        for seats in ("5", "10", "0", "-1", "1e3", "9999999999"):
            with self.subTest(seats=seats):
                answer = self.post(path, token=TOKEN, seats=seats)
                self.assertEqual(answer.status_code, 200)
                self.assertIn("alert-danger", answer.text)
        self.env.invalidate_all()
        self.assertEqual(len(subscription.task_ids), tasks)
        self.assertEqual(subscription.quantity, 10)
