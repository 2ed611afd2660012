"""Agreements compile to pricelists: only what differs is written, prices are equal."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from ..engine.agreement import evaluate
from .common import CspCatalogCommon

CENT = Decimal("0.01")
WRITES = ("INSERT", "UPDATE", "DELETE")


@tagged("post_install", "-at_install", "csp")
@freeze_time("2026-05-10 10:00:00")
class TestCompile(CspCatalogCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gold = cls._create_grade(csp_discount=10, name="Gold")
        cls.reseller = cls._create_reseller(cls.gold)
        cls.offer = cls._create_offer()
        cls.annual = cls._create_variant(cls.offer, "P1Y", "annual", 48, 60)
        cls.monthly = cls._create_variant(cls.offer, "P1Y", "monthly", 50.4, 63)
        cls.other = cls._create_variant(None, "P1Y", "annual", 100, 120)

    def _price(self, variant, quantity=1, moment=datetime(2026, 5, 10)):
        pricelist = self.reseller.specific_property_product_pricelist
        price = pricelist._get_product_price(variant, quantity, date=moment)
        return self.currency.round(price)

    def _count_writes(self, work):
        """Return how many statements on rules and lists ``work`` needs."""
        self.env.flush_all()
        self.env.invalidate_all()
        statements = []
        original = self.env.cr.execute

        def execute(query, *args, **kwargs):
            text = getattr(query, "code", None) or str(query)
            if text.lstrip().upper().startswith(WRITES) and (
                "product_pricelist" in text or "res_partner" in text
            ):
                statements.append(text)
            return original(query, *args, **kwargs)

        self.patch(self.env.cr, "execute", execute)
        work()
        self.env.flush_all()
        self.env.cr.execute = original
        return len(statements)

    # --- what is compiled ---------------------------------------------------

    def test_each_kind_becomes_a_rule(self):
        agreement = self._create_agreement(
            self.reseller,
            [
                {"value": 15},
                {
                    "scope": "category",
                    "categ_id": self.offer.categ_id.id,
                    "kind": "discount_level",
                    "value": 5,
                },
                {
                    "scope": "template",
                    "product_tmpl_id": self.offer.id,
                    "kind": "markup_cost",
                    "value": 12.5,
                },
                {
                    "scope": "variant",
                    "product_id": self.annual.id,
                    "kind": "fixed",
                    "value": 51.25,
                    "min_quantity": 10,
                },
            ],
        )
        pricelist = agreement.pricelist_id
        self.assertEqual(self.reseller.specific_property_product_pricelist, pricelist)
        self.assertEqual(pricelist.csp_agreement_id, agreement)
        self.assertFalse(pricelist.csp_is_public)
        self.assertEqual(len(pricelist.item_ids), 5)
        self.assertEqual(self._price(self.other), 102.6)  # 120 - 10 % - 5 %
        self.assertEqual(self._price(self.annual), 54.0)  # 48 + 12.5 %
        self.assertEqual(self._price(self.annual, 10), 51.25)
        self.assertEqual(self._price(self.monthly), 4.73)  # 4.20 + 12.5 %

    def test_without_a_line_the_level_stands(self):
        self._create_agreement(
            self.reseller,
            [{"scope": "variant", "product_id": self.annual.id, "value": 20}],
        )
        self.assertEqual(self._price(self.annual), 48.0)
        self.assertEqual(self._price(self.other), 108.0)
        self.gold.csp_discount = 15
        self.assertEqual(self._price(self.other), 102.0)

    def test_another_level_moves_the_fallback(self):
        agreement = self._create_agreement(
            self.reseller,
            [
                {
                    "scope": "variant",
                    "product_id": self.annual.id,
                    "kind": "discount_level",
                    "value": 10,
                }
            ],
        )
        items = agreement.pricelist_id.item_ids
        silver = self._create_grade(csp_discount=5, name="Silver")
        self.reseller.grade_id = silver
        self.assertEqual(
            self.reseller.specific_property_product_pricelist, agreement.pricelist_id
        )
        self.assertEqual(agreement.pricelist_id.item_ids, items)
        self.assertEqual(items.base_pricelist_id, silver.default_pricelist_id)
        self.assertEqual(self._price(self.other), 114.0)
        self.assertEqual(self._price(self.annual), 51.3)
        own = self.env["product.pricelist"].create(
            {
                "name": "New silver",
                "item_ids": [
                    Command.create({"compute_price": "percentage", "percent_price": 7})
                ],
            }
        )
        silver.default_pricelist_id = own
        self.assertEqual(items.base_pricelist_id, own)
        self.assertEqual(self._price(self.other), 111.6)
        self.reseller.grade_id = False
        self.assertFalse(items.base_pricelist_id)
        self.assertEqual(self._price(self.other), 120.0)

    def test_a_list_set_by_hand_comes_back_to_none_after_the_end(self):
        agreement = self._create_agreement(self.reseller, [{"value": 15}])
        agreement._end(date(2026, 5, 10))
        with freeze_time("2026-05-11 01:00:00"):
            self.env["csp.agreement"]._cron_csp_agreements()
            self.reseller._csp_sync_pricelist()
        self.assertEqual(
            self.reseller.specific_property_product_pricelist,
            self.gold.default_pricelist_id,
        )

    def test_programmes_bound_the_lines(self):
        program = self._create_program()
        theirs = self._create_variant(
            self._create_offer(program=program), "P1Y", "annual", 48, 60
        )
        service = self._create_own_service(list_price=10)
        self._create_agreement(
            self.reseller, [{"value": 20}], program_ids=self.program.ids
        )
        self.assertEqual(self._price(self.annual), 48.0)
        self.assertEqual(self._price(theirs), 54.0)
        self.assertEqual(self._price(service), 9.0)
        self._create_agreement(self.reseller, [{"value": 30}], program_ids=program.ids)
        self.assertEqual(self._price(self.annual), 48.0)
        self.assertEqual(self._price(theirs), 42.0)
        self.assertEqual(self._price(service), 9.0)

    # --- versions -----------------------------------------------------------

    def test_versions_are_dated_rules(self):
        first = self._create_agreement(
            self.reseller, [{"value": 15}], date_start=date(2021, 1, 1)
        )
        second = first._amend(date_start=date(2026, 6, 1))
        second.line_ids.value = 20
        second._activate()
        pricelist = first.pricelist_id
        self.assertEqual(second.pricelist_id, pricelist)
        self.assertEqual(len(pricelist.item_ids), 3)
        for moment, expected in (
            (datetime(2020, 12, 31, 23, 59, 59), 54.0),
            (datetime(2021, 1, 1), 51.0),
            (datetime(2026, 5, 31, 23, 59, 59), 51.0),
            (datetime(2026, 6, 1), 48.0),
        ):
            self.assertEqual(self._price(self.annual, moment=moment), expected)

    def test_a_line_that_stays_keeps_its_rule(self):
        lines = [
            {"scope": "variant", "product_id": product.id, "value": 20}
            for product in (self.annual, self.monthly, self.other)
        ]
        first = self._create_agreement(self.reseller, [*lines, {"value": 15}])
        before = first.pricelist_id.item_ids
        second = first._amend(date_start=date(2026, 6, 1))
        second.line_ids[0].value = 25
        second._activate()
        after = first.pricelist_id.item_ids
        self.assertLess(before, after)
        (new,) = after - before
        self.assertEqual(new.csp_agreement_line_id, second.line_ids[0])
        self.assertEqual(new.date_start, datetime(2026, 6, 1))
        (closed,) = before.filtered("date_end")
        self.assertEqual(closed.csp_agreement_line_id, first.line_ids[0])
        self.assertEqual(closed.date_end, datetime(2026, 5, 31, 23, 59, 59))

    def test_a_line_that_stays_is_named_in_its_version(self):
        first = self._create_agreement(
            self.reseller,
            [{"value": 15}, {"value": 20, "min_quantity": 10}],
        )
        second = first._amend(date_start=date(2026, 6, 1))
        second.line_ids[1].value = 25
        second._activate()
        (rule,) = first.pricelist_id.item_ids.filtered(
            lambda item: item.percent_price == 15
        )
        line = rule.csp_agreement_line_id
        self.assertEqual(line, first.line_ids[0])
        for moment, version in ((date(2026, 5, 31), first), (date(2026, 6, 1), second)):
            found = self.reseller._csp_get_agreements(moment)
            self.assertEqual(line._get_in_version(found), version.line_ids[0])
        self.assertEqual(line._get_in_version(first.browse()), line)

    # --- only what differs --------------------------------------------------

    def test_nothing_changed_writes_nothing(self):
        agreement = self._create_agreement(
            self.reseller,
            [
                {"value": 15},
                {
                    "scope": "variant",
                    "product_id": self.annual.id,
                    "kind": "markup_cost",
                    "value": 5,
                },
            ],
        )
        for work in (
            agreement._compile,
            self.reseller._csp_sync_agreements,
            self.env["csp.agreement"]._cron_csp_agreements,
            self.gold._csp_sync_pricelist,
        ):
            self.assertEqual(self._count_writes(work), 0)

    def test_one_changed_line_writes_one_rule(self):
        agreement = self._create_agreement(
            self.reseller,
            [
                {"scope": "variant", "product_id": product.id, "value": 20}
                for product in (self.annual, self.monthly, self.other)
            ],
        )
        items = agreement.pricelist_id.item_ids
        agreement.line_ids[1].value = 21
        self.assertEqual(self._count_writes(agreement._compile), 1)
        self.assertEqual(agreement.pricelist_id.item_ids, items)
        self.assertEqual(self._price(self.monthly), 4.15)

    # --- refusals -----------------------------------------------------------

    def test_a_level_whose_list_stands_on_the_agreement_is_refused(self):
        agreement = self._create_agreement(self.reseller, [{"value": 15}])
        own = self.env["product.pricelist"].create(
            {
                "name": "Circle",
                "item_ids": [
                    Command.create(
                        {
                            "compute_price": "percentage",
                            "base": "pricelist",
                            "base_pricelist_id": agreement.pricelist_id.id,
                        }
                    )
                ],
            }
        )
        with (
            self.assertRaisesRegex(ValidationError, "Recursive pricelist"),
            self.cr.savepoint(),
        ):
            self.gold.default_pricelist_id = own
        self.env.invalidate_all()
        self.assertEqual(self._price(self.other), 102.0)

    def test_the_list_of_an_agreement_cannot_be_deleted(self):
        agreement = self._create_agreement(self.reseller, [{"value": 15}])
        with self.assertRaisesRegex(UserError, "draft"):
            agreement.unlink()
        self.assertTrue(agreement.pricelist_id)

    # --- the engine says the same -------------------------------------------

    def test_old_orders_are_answered_for_ever(self):
        first = self._create_agreement(self.reseller, [{"value": 15}])
        second = first._amend(date_start=date(2026, 6, 1))
        second.line_ids.value = 20
        second._activate()
        for moment, version, expected in (
            (datetime(2026, 5, 20), 1, "51.00"),
            (datetime(2026, 6, 2), 2, "48.00"),
        ):
            found = self.reseller._csp_get_agreement(moment)
            offers = self.annual._csp_build_offers(self.annual._csp_price_at(moment))
            answer = evaluate(
                found._build_terms(), offers[self.annual.id], 1, moment, CENT
            )
            self.assertEqual(found.version, version)
            self.assertEqual(str(answer.price), expected)
            self.assertEqual(str(answer.level_price), "54.00")
            self.assertEqual(answer.line.line_id, found.line_ids.id)


def _draw_line(draw, case):
    """Return the values of any line about what the case sells."""
    scope = draw(st.sampled_from(["all", "category", "template", "variant"]))
    kind = draw(
        st.sampled_from(["discount_erp", "discount_level", "markup_cost", "fixed"])
    )
    limit = 9999 if kind != "fixed" else 20000
    targets = {
        "all": {},
        "category": {"categ_id": draw(st.sampled_from(case.categories)).id},
        "template": {"product_tmpl_id": draw(st.sampled_from(case.offers)).id},
        "variant": {"product_id": draw(st.sampled_from(case.variants)).id},
    }
    days = {}
    if draw(st.booleans()):
        days["date_start"] = date(2026, 1, 1) + timedelta(draw(st.integers(0, 30)))
    if draw(st.booleans()):
        days["date_end"] = date(2026, 2, 1) + timedelta(draw(st.integers(0, 30)))
    return {
        "scope": scope,
        "kind": kind,
        "value": draw(st.integers(0, limit)) / 100,
        "min_quantity": draw(st.sampled_from([0, 0, 5, 10])),
        **targets[scope],
        **days,
    }


def _without_duplicates(lines):
    """Keep the first line about each target and quantity."""
    kept = {}
    for line in lines:
        names = ("scope", "categ_id", "product_tmpl_id", "product_id", "min_quantity")
        kept.setdefault(tuple(line.get(name) for name in names), line)
    return list(kept.values())


@tagged("post_install", "-at_install", "csp")
@freeze_time("2026-05-10 10:00:00")
class TestCompileEqualsEngine(CspCatalogCommon):
    """Odoo's engine over the compiled list says what the engine says directly."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dollar = cls.setup_other_currency("USD", rates=[("2020-01-01", 1.0837)])
        parent = cls.env["product.category"].create({"name": "Parent"})
        child = cls.env["product.category"].create(
            {"name": "Child", "parent_id": parent.id}
        )
        cls.categories = [parent, child]
        cls.offers = [cls._create_offer() for _number in range(3)]
        for offer, category in zip(cls.offers, (parent, child, child), strict=True):
            offer.categ_id = category
        cls.variants = [
            cls._create_variant(offer, "P1Y", plan, cost, erp)
            for offer, cost, erp in zip(
                cls.offers, (48.0, 101.37, 7.77), (60.0, 133.33, 9.99), strict=True
            )
            for plan in ("annual", "monthly")
        ]
        cls.products = cls.env["product.product"].concat(*cls.variants)
        cls.reseller = cls._create_reseller(cls._create_grade(csp_discount=7.35))

    @settings(max_examples=25, deadline=None, derandomize=True)
    @given(data=st.data())
    def test_any_agreement(self, data):
        draw = data.draw
        lines = [_draw_line(draw, self) for _number in range(draw(st.integers(0, 6)))]
        currency = draw(st.sampled_from([self.currency, self.dollar]))
        quantity = draw(st.sampled_from([1, 4, 5, 9, 10, 99]))
        moment = datetime(2026, 1, 1) + timedelta(
            days=draw(st.integers(0, 70)), seconds=draw(st.integers(0, 86399))
        )
        savepoint = self.cr.savepoint()
        try:
            agreement = self._create_agreement(
                self.reseller,
                _without_duplicates(lines),
                date_start=date(2026, 1, 10),
                date_end=draw(st.sampled_from([None, date(2026, 2, 15)])),
                currency_id=currency.id,
            )
            found = agreement._compile()._get_products_price(
                self.products, quantity, date=moment
            )
            offers = self.products._csp_build_offers(
                self.products._csp_price_at(
                    moment, currency=currency, quantity=quantity
                )
            )
            terms = agreement._build_terms()
            for product in self.products:
                answer = evaluate(terms, offers[product.id], quantity, moment, CENT)
                self.assertEqual(
                    f"{currency.round(found[product.id]):.2f}", str(answer.price)
                )
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all()
