"""Every csp model x every ORM verb, as A on B's record and the other way round.

Two doors are tried: `call_kw`, with the cookie of a signed-in person, and `/json/2`,
with an API key of the same person.
"""

from datetime import timedelta

from odoo import fields
from odoo.tests import JsonRpcException, tagged
from odoo.tools import SQL, mute_logger

from odoo.addons.csp_partner_portal.tests.common import CspPortalCommon
from odoo.addons.csp_partner_portal.tests.reviewed import PUBLIC_METHODS

REFUSALS = (
    "AccessError",
    "MissingError",
    "UserError",
    "ValidationError",
    "ValueError",
    "AttributeError",
)


@tagged("post_install", "-at_install")
class TestRpcMatrix(CspPortalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.models = [
            model
            for model in cls.env["ir.model"]
            .search([("model", "=like", "csp.%")])
            .mapped("model")
            if not cls.env[model]._abstract
        ]
        cls.resale = {
            party.marker: cls.env["csp.resale.price"].create(
                {
                    "reseller_id": party.reseller.id,
                    "product_id": cls.offer.id,
                    "price": 99.0,
                }
            )
            for party in cls.parties
        }
        cls.keys = {
            party.marker: cls.env["res.users.apikeys"]
            .with_user(party.user)
            .sudo()
            ._generate("rpc", "matrix", fields.Datetime.now() + timedelta(days=1))
            for party in cls.parties
        }

    # ----------------------------------------------------------------------
    # RECORDS
    # ----------------------------------------------------------------------

    def _record(self, model, party):
        """Return a record of a party, or any record where parties have none."""
        known = {
            "csp.subscription": party.subscription,
            "csp.subscription.event": party.event,
            "csp.contract": party.contract,
            "csp.tenant": party.tenant,
            "csp.access": party.access,
            "csp.resale.price": self.resale[party.marker],
            "sale.order": party.renewal,
            "res.partner": party.customer,
            "product.product": self.offer,
            "product.template": self.offer.product_tmpl_id,
        }
        return known.get(model) or self.env[model].search([], limit=1)

    def _row(self, record):
        """Return the row as the database has it."""
        if not record:
            return None
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "SELECT t::text FROM %s t WHERE id = %s",
                SQL.identifier(record._table),
                record.id,
            )
        )
        return self.env.cr.fetchone()

    # ----------------------------------------------------------------------
    # DOORS
    # ----------------------------------------------------------------------

    def _call_kw(self, party, model, method, ids=None, **kwargs):
        args = [] if ids is None else [ids]
        return self.make_jsonrpc_request(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": args, "kwargs": kwargs},
        )

    def _json2(self, party, model, method, ids=None, **kwargs):
        body = dict(kwargs) if ids is None else {"ids": ids, **kwargs}
        answer = self.url_open(
            f"/json/2/{model}/{method}",
            json=body,
            headers={"Authorization": f"bearer {self.keys[party.marker]}"},
        )
        if answer.status_code != 200:
            raise JsonRpcException(answer.status_code, answer.json()["name"])
        return answer.json()

    def _refused(self, door, party, model, method, *args, **kwargs):
        """Assert that a call is refused, with a refusal and not with a crash."""
        with self.assertRaises(JsonRpcException) as caught:
            result = door(party, model, method, *args, **kwargs)
            self.fail(f"{model}.{method} answered {result!r}")
        name = str(caught.exception).rpartition(".")[2]
        self.assertIn(name, REFUSALS, f"{model}.{method}: {caught.exception}")

    def _empty(self, door, party, model, method, is_empty, *args, **kwargs):
        """Assert that a call is refused or finds nothing."""
        try:
            result = door(party, model, method, *args, **kwargs)
        except JsonRpcException as error:
            self.assertIn(str(error).rpartition(".")[2], REFUSALS)
            return
        self.assertTrue(is_empty(result), f"{model}.{method} answered {result!r}")

    # ----------------------------------------------------------------------
    # MATRIX
    # ----------------------------------------------------------------------

    @mute_logger("odoo.http")
    def test_call_kw(self):
        self._walk(self._call_kw)

    @mute_logger("odoo.http")
    def test_json_2(self):
        self._walk(self._json2)

    def _walk(self, door):
        for one, other in ((self.a, self.b), (self.b, self.a)):
            self.login(one.user)
            for model in self.models:
                with self.subTest(model=model, user=one.marker):
                    self._walk_model(door, one, other, model)

    def _walk_model(self, door, one, other, model):
        record = self._record(model, other)
        before = self._row(record)
        count = self.env[model].search_count([])
        ids = record.ids or [1]
        name = record.display_name or "x"
        only = [("id", "in", ids)]

        def nothing(result):
            return not result or other.marker not in str(result)

        # Reading
        self._refused(door, one, model, "read", ids, fields=["display_name"])
        self._empty(
            door,
            one,
            model,
            "search_read",
            lambda result: not result,
            domain=only,
            fields=["id"],
        )
        self._empty(door, one, model, "search", lambda ids: not ids, domain=only)
        self._empty(
            door, one, model, "search_count", lambda count: count == 0, domain=only
        )
        self._empty(
            door,
            one,
            model,
            "name_search",
            lambda result: ids[0] not in [row[0] for row in result],
            name=name,
            limit=1000,
        )
        self._empty(
            door,
            one,
            model,
            "formatted_read_group",
            lambda groups: not sum(group["__count"] for group in groups),
            domain=only,
            groupby=[],
            aggregates=["__count"],
        )
        self._empty(
            door,
            one,
            model,
            "web_search_read",
            lambda result: not result["length"],
            domain=only,
            specification={"display_name": {}},
        )
        self._empty(
            door, one, model, "search_read", nothing, domain=[], fields=["display_name"]
        )
        self._refused(door, one, model, "export_data", ids, fields_to_export=["id"])
        self._refused(
            door, one, model, "web_read", ids, specification={"display_name": {}}
        )
        # Writing
        self._refused(door, one, model, "write", ids, vals={"company_id": 1})
        self._refused(door, one, model, "unlink", ids)
        self._refused(door, one, model, "copy", ids)
        self._refused(door, one, model, "create", vals_list=[{}])
        self.env.invalidate_all()
        self.assertEqual(self._row(record), before)
        self.assertEqual(self.env[model].search_count([]), count)

    # ----------------------------------------------------------------------
    # OWN RECORDS
    # ----------------------------------------------------------------------

    @mute_logger("odoo.http")
    def test_own_records_are_read_only(self):
        self.login(self.a.user)
        subscription = self.a.subscription
        before = self._row(subscription)
        self._refused(
            self._call_kw,
            self.a,
            "csp.subscription",
            "write",
            subscription.ids,
            vals={"quantity": 1},
        )
        self._refused(
            self._call_kw, self.a, "csp.subscription", "unlink", subscription.ids
        )
        self.assertEqual(self._row(subscription), before)

    @mute_logger("odoo.http")
    def test_prices_are_not_an_oracle(self):
        """An end customer cannot find out its reseller's price by asking twice."""
        self.login(self.a.customer_user)
        names = (
            "unit_price",
            "erp_unit_price",
            "period_amount",
            "commitment_amount",
            "unit_cost",
        )
        for name in names:
            with self.subTest(field=name):
                for method, kwargs in (
                    ("search_count", {"domain": [(name, ">", 0)]}),
                    ("search_read", {"domain": [], "fields": [name]}),
                    ("search", {"domain": [], "order": name}),
                    (
                        "formatted_read_group",
                        {
                            "domain": [],
                            "groupby": [],
                            "aggregates": [f"{name}:sum"],
                        },
                    ),
                ):
                    if method == "search" and name == "commitment_amount":
                        continue  # not stored: there is no order by it
                    self._refused(
                        self._call_kw, self.a, "csp.subscription", method, **kwargs
                    )

    @mute_logger("odoo.http")
    def test_the_secret_is_not_a_field(self):
        self.login(self.a.user)
        for method, kwargs in (
            ("read", {"ids": self.a.access.ids, "fields": ["secret"]}),
            ("search_count", {"domain": [("secret", "=like", "a%")]}),
        ):
            self._refused(self._call_kw, self.a, "csp.access", method, **kwargs)

    # ----------------------------------------------------------------------
    # PUBLIC AND PRIVATE METHODS
    # ----------------------------------------------------------------------

    @mute_logger("odoo.http")
    def test_buttons_of_employees(self):
        """No button changes anything for a portal user, on whatever record."""
        for user in (self.a.user, self.a.customer_user):
            self.login(user)
            for entry in sorted(PUBLIC_METHODS):
                model, _dot, method = entry.rpartition(".")
                for party in self.parties:
                    if entry == "csp.access.action_reveal" and party is self.a:
                        continue  # the owner may look, and the look is logged
                    with self.subTest(method=entry, party=party.marker, user=user.name):
                        self._press(party, model, method)

    def _press(self, party, model, method):
        record = self._record(model, party)
        before = (self._row(record), self._counts())
        answer = None
        try:
            answer = self._call_kw(self.a, model, method, record.ids or [1])
        except JsonRpcException as error:
            self.assertIn(str(error).rpartition(".")[2], REFUSALS)
        self.env.invalidate_all()
        self.assertEqual((self._row(record), self._counts()), before)
        if party is not self.a:
            self.assertNotIn(party.marker, str(answer))

    @mute_logger("odoo.http")
    def test_a_secret_is_shown_to_its_owners_only(self):
        self.login(self.a.user)
        self._refused(
            self._call_kw, self.a, "csp.access", "action_reveal", self.b.access.ids
        )
        self.assertFalse(self.b.access.revealed_at)

    def _counts(self):
        """Return how many rows there are of what a button could make."""
        return {
            model: self.env[model].sudo().search_count([])
            for model in (*self.models, "sale.order", "account.move", "mail.message")
        }

    @mute_logger("odoo.http")
    def test_private_methods(self):
        self.login(self.a.user)
        for model, method in (
            ("csp.subscription", "_change_seats"),
            ("csp.subscription", "_set_cancelled"),
            ("csp.access", "_reveal"),
            ("sale.order", "_csp_accept_renewal"),
            ("csp.provider", "_get_adapter"),
        ):
            with self.subTest(method=method):
                self._refused(self._call_kw, self.a, model, method, [1])

    @mute_logger("odoo.http")
    def test_the_context_is_not_an_identity(self):
        self.login(self.a.user)
        context = {
            "uid": self.b.user.id,
            "authenticated_partner_id": self.b.reseller.id,
            "allowed_company_ids": self.env["res.company"].search([]).ids,
            "active_test": False,
            "su": True,
        }
        for door in (self._call_kw, self._json2):
            self._refused(
                door,
                self.a,
                "csp.subscription",
                "read",
                self.b.subscription.ids,
                fields=["name"],
                context=context,
            )

    @mute_logger("odoo.http")
    def test_orders_of_another(self):
        for one, other in ((self.a, self.b), (self.b, self.a)):
            self.login(one.user)
            for record in (other.order, other.renewal, other.order.order_line):
                ids, model = record.ids, record._name
                self._refused(self._call_kw, one, model, "read", ids, fields=["name"])
                self._refused(self._call_kw, one, model, "write", ids, vals={})
                self._refused(
                    self._call_kw,
                    one,
                    model,
                    "web_read",
                    ids,
                    specification={"display_name": {}},
                )
            for order in (one.renewal, other.renewal):
                for method in ("action_confirm", "action_cancel", "action_draft"):
                    self._refused(self._call_kw, one, "sale.order", method, order.ids)
                self.env.invalidate_all()
                self.assertEqual(order.state, "sent")
