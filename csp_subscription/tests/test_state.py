from odoo.tests import tagged

from ..const import ALLOWED, STATES
from .common import CspSubscriptionCommon


@tagged("post_install", "-at_install")
class TestState(CspSubscriptionCommon):
    """States move as the table says, and in no other way."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.subscription = cls._create_active_subscription()

    def test_table_names_every_state(self):
        self.assertEqual(set(ALLOWED), {state for state, _label in STATES})

    def test_every_pair_of_states(self):
        verbs = {
            target: getattr(self.subscription, f"_set_{target}")
            for target in ALLOWED
            if target != "draft"
        }
        for source in ALLOWED:
            for target, verb in verbs.items():
                with self.subTest(source=source, target=target):
                    self.subscription.state = source
                    moved = verb()
                    if source == target:
                        self.assertFalse(moved)
                        self.assertEqual(self.subscription.state, source)
                    elif source in ALLOWED[target]:
                        self.assertEqual(moved, self.subscription)
                        self.assertEqual(self.subscription.state, target)
                    else:
                        self.assertFalse(moved)
                        self.assertEqual(self.subscription.state, source)

    def test_no_way_back_to_draft(self):
        self.assertFalse(hasattr(self.subscription, "_set_draft"))
        self.assertEqual(ALLOWED["draft"], ())

    def test_verbs_return_only_what_moved(self):
        other = self._create_active_subscription(customer=self.customer_b)
        other.state = "expired"
        both = self.subscription | other
        self.assertEqual(both._set_suspended(), self.subscription)
        self.assertEqual(other.state, "expired")

    def test_ended_subscriptions_do_not_renew(self):
        self.assertTrue(self.subscription.auto_renew)
        self.subscription._set_cancelled()
        self.assertFalse(self.subscription.auto_renew)
