"""What a reseller could find out about costs, names and other resellers by asking."""

from odoo.tests import JsonRpcException, tagged
from odoo.tools import mute_logger

from .common import CspPortalCommon


@tagged("post_install", "-at_install")
class TestLeaks(CspPortalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Costs 10.00 per month: 77.13 % on top make 17.71.
        cls.agreement = cls._create_agreement(
            cls.a.reseller,
            [
                {
                    "kind": "markup_cost",
                    "value": 77.13,
                    "scope": "variant",
                    "product_id": cls.offer.id,
                }
            ],
        )

    def _call(self, model, method, *args, **kwargs):
        return self.make_jsonrpc_request(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": args, "kwargs": kwargs},
        )

    def _error(self, model, method, *args, **kwargs):
        """Return what a refused call answers."""
        with self.assertRaises(JsonRpcException):
            self._call(model, method, *args, **kwargs)
        answer = self.url_open(
            f"/web/dataset/call_kw/{model}/{method}",
            json={
                "jsonrpc": "2.0",
                "id": 1,
                "params": {
                    "model": model,
                    "method": method,
                    "args": args,
                    "kwargs": kwargs,
                },
            },
        )
        return answer.text

    # ----------------------------------------------------------------------
    # PRICES
    # ----------------------------------------------------------------------

    @mute_logger("odoo.http")
    def test_a_markup_on_the_cost_tells_no_cost(self):
        """The rule of the own list does not say what it adds to the cost."""
        pricelist = self.agreement.pricelist_id
        rule = pricelist.item_ids.filtered(lambda item: item.base == "standard_price")
        self.assertEqual(rule.price_markup, 77.13)
        for user in (self.a.user, self.b.user, self.a.customer_user):
            self.login(user)
            found = self._call(
                "product.pricelist.item", "search_read", [], fields=["name"]
            )
            self.assertNotIn("77.13", str(found))
            for name in (
                "price",
                "price_discount",
                "price_markup",
                "price_min_margin",
                "rule_tip",
            ):
                self._error("product.pricelist.item", "read", rule.ids, [name])
            self._error(
                "product.pricelist.item", "search_count", [("price_markup", ">", 1)]
            )
        # The price is told all the same.
        self.login(self.a.user)
        self.assertIn("17.71", self.get(f"/my/csp/price/{self.offer.id}").text)
        info = self.make_jsonrpc_request(
            "/website_sale/get_combination_info",
            {
                "product_template_id": self.offer.product_tmpl_id.id,
                "product_id": self.offer.id,
                "combination": self.offer.product_template_attribute_value_ids.ids,
                "add_qty": 1,
            },
        )
        self.assertEqual(info["price"], 17.71)
        self.assertEqual(self.get("/shop").status_code, 200)

    @mute_logger("odoo.http")
    def test_hidden_fields_are_no_oracle(self):
        """No domain, order or group leads to a cost."""
        hidden = {
            "csp.resale.price": (
                "product_id.standard_price",
                "product_id.csp_price_ids.unit_price",
                "reseller_id.credit_limit",
                "reseller_id.grade_id.csp_discount",
            ),
            "res.partner.grade": (
                "csp_discount",
                "csp_discount_limit",
                "csp_min_reseller_margin",
            ),
            "res.company": ("csp_discount_limit",),
            "product.product": ("standard_price", "csp_price_ids.unit_price"),
            "product.template": ("standard_price", "csp_relation_ids.note"),
            "sale.order": (
                "csp_floor_approved_by",
                "csp_floor_approved_at",
                "csp_floor_approved_gap",
                "csp_approval_state",
                "margin",
                "order_line.purchase_price",
                "order_line.csp_waterfall",
            ),
            "sale.order.line": (
                "csp_manual_percent",
                "csp_loss_amount",
                "csp_special_bid_id",
                "csp_special_bid_id.line_ids.value",
                "csp_promotion_ids.percent",
                "csp_rate",
                "purchase_price",
            ),
        }
        for user in (self.a.user, self.a.customer_user):
            self.login(user)
            for model, names in hidden.items():
                for name in names:
                    with self.subTest(model=model, name=name, user=user.login):
                        self._error(model, "search_count", [(name, "=", "1")])
                        self._error(
                            model,
                            "formatted_read_group",
                            [],
                            groupby=[name],
                            aggregates=["__count"],
                        )

    @mute_logger("odoo.http")
    def test_a_reseller_does_not_learn_that_it_buys_below_cost(self):
        order = self.a.order
        manager = self.env.ref("base.user_admin")
        order.write(
            {
                "csp_floor_approved_by": manager.id,
                "csp_floor_approved_at": "2026-01-01 00:00:00",
            }
        )
        self.env.flush_all()
        self.login(self.a.user)
        self._error(
            "sale.order",
            "read",
            order.ids,
            ["csp_floor_approved_by", "csp_floor_approved_at"],
        )
        page = self.get(f"/my/orders/{order.id}")
        self.assertEqual(page.status_code, 200)
        self.assertNotIn("Below-cost", page.text)

    # ----------------------------------------------------------------------
    # NAMES
    # ----------------------------------------------------------------------

    @mute_logger("odoo.http", "odoo.sql_db")
    def test_resale_prices_tell_no_names(self):
        """Who writes ids into a price learns nothing about whom they belong to."""
        hidden = self._create_variant(
            self._create_offer(name="Secretmail Nextyear", sale_ok=False)
        )
        hidden.product_tmpl_id.is_published = False
        device = self._create_device(name="Secretdevice", is_published=False)
        self.login(self.a.user)
        own = self._call(
            "csp.resale.price", "create", [{"product_id": self.offer.id, "price": 99.0}]
        )
        count = self.env["csp.resale.price"].search_count([])
        base = {"product_id": self.offer.id, "price": 9.0, "date_start": "2030-01-01"}
        for values in (
            {"reseller_id": self.b.reseller.id},
            {"reseller_id": self.b.customer.id},
            {"customer_id": self.b.customer.id},
            {"product_id": hidden.id},
            {"product_id": hidden.id, "price": 0},
            {"product_id": device.product_variant_id.id},
        ):
            with self.subTest(values=values):
                for text in (
                    self._error("csp.resale.price", "create", [{**base, **values}]),
                    self._error("csp.resale.price", "write", own, values),
                ):
                    self.assertNotIn(self.b.marker, text)
                    self.assertNotIn("Secret", text)
        self.env.invalidate_all()
        self.assertEqual(self.env["csp.resale.price"].search_count([]), count)
