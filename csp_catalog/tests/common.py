"""Factories shared by the tests of this add-on and of those above it."""

from datetime import date, datetime
from decimal import Decimal

from odoo.fields import Command

from odoo.addons.base.tests.common import BaseCommon

from ..engine.sheet import SheetRow

HEADER = (
    "ProductTitle,ProductId,SkuId,SkuTitle,Publisher,SkuDescription,UnitOfMeasure,"
    "TermDuration,BillingPlan,Market,Currency,UnitPrice,PricingTierRangeMin,"
    "PricingTierRangeMax,EffectiveStartDate,EffectiveEndDate,Tags,ERP Price,Segment"
).split(",")
DEFAULT_CELLS = {
    "ProductTitle": "Test Mail",
    "ProductId": "CSPTEST00001",
    "SkuId": "0001",
    "SkuTitle": "Test Mail",
    "Publisher": "Test Publisher",
    "SkuDescription": "Mail for tests.",
    "TermDuration": "P1Y",
    "BillingPlan": "Annual",
    "Market": "DE",
    "Currency": "EUR",
    "UnitPrice": "48",
    "EffectiveStartDate": "2023-02-01T00:00:00.0000000Z",
    "EffectiveEndDate": "9999-11-30T23:59:59.0000000Z",
    "Tags": "License",
    "ERP Price": "60",
    "Segment": "Commercial",
}


def sheet_bytes(*rows, header=HEADER):
    """Return a price sheet; each row is a dict of cells over the default ones."""
    lines = [header] + [
        [{**DEFAULT_CELLS, **row}.get(name, "") for name in header] for row in rows
    ]
    return "".join(
        ",".join('"' + cell.replace('"', '""') + '"' for cell in line) + "\r\n"
        for line in lines
    ).encode()


class CspCatalogCommon(BaseCommon):
    """The company sells in Germany, in euro; a programme of its own; factories.

    ``cls.company``, ``cls.market``, ``cls.currency``, ``cls.program``.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.company.country_id = cls.env.ref("base.de")
        cls.market = "DE"
        cls._use_currency(cls.company, "EUR")
        cls.currency = cls.company.currency_id
        cls.program = cls._create_program()
        cls.env.ref("base.group_user")._apply_group(
            cls.env.ref("product.group_product_pricelist")
        )

    # --- programme and provider ---------------------------------------------

    @classmethod
    def _create_program(cls, rules=None, **values):
        """Create a programme with the rules of Microsoft's, ``rules`` changed."""
        count = cls.env["csp.program"].search_count([])
        program = cls.env["csp.program"].create(
            {"name": "Test programme", "code": f"test_{count}", **values}
        )
        template = cls.env.ref("csp_catalog.program_microsoft_nce")
        rules = dict(rules or {})
        for rule in template.rule_ids:
            if rule.code not in rules:
                rule.copy({"program_id": program.id})
        for code, value in rules.items():
            value_type = template.rule_ids.filtered(
                lambda rule, c=code: rule.code == c
            )[:1].value_type
            cls.env["csp.program.rule"].create(
                {
                    "program_id": program.id,
                    "code": code,
                    "value": str(value),
                    "value_type": value_type or "text",
                }
            )
        return program

    @classmethod
    def _create_provider(cls, **values):
        """Create a connection that a person fulfils by hand, in test mode."""
        return cls.env["csp.provider"].create(
            {
                "name": "Test provider",
                "code": "manual",
                "mode": "test",
                "program_id": cls.program.id,
                "company_id": cls.company.id,
                **values,
            }
        )

    # --- offers and prices --------------------------------------------------

    @classmethod
    def _create_offer(cls, program=None, tags=("License",), **values):
        """Create the template of an offer; see ``_create_variant`` for the rest."""
        count = cls.env["product.template"].search_count([("is_csp_offer", "=", True)])
        row = cls._build_row(
            product_ref=values.pop("csp_product_ref", f"CSPTEST{count:05d}"),
            sku_ref=values.pop("csp_sku_ref", "0001"),
            segment=values.pop("csp_segment", "commercial"),
            title=values.pop("name", f"Test offer {count}"),
            tags=tags,
        )
        offers = cls.env["product.template"]._csp_ensure_offers(
            program or cls.program, [row]
        )
        offer = offers[row.offer_key]
        if values:
            offer.write(values)
        return offer

    @classmethod
    def _create_variant(
        cls, offer=None, term="P1Y", plan="monthly", cost=48.0, erp=60.0, **price_values
    ):
        """Create a variant and its price; cost and erp are for the whole term.

        Without an offer a new one is made. ``cost=None`` makes no price.
        """
        offer = offer or cls._create_offer()
        item = (offer, term, plan)
        variant = cls.env["product.template"]._csp_ensure_variants({item})[item]
        if cost is not None:
            cls._create_price(variant, unit_price=cost, erp_price=erp, **price_values)
        return variant

    @classmethod
    def _create_price(cls, variant, **values):
        """Create a vendor price of a variant, valid since 2020 by default."""
        return cls.env["csp.price"].create(
            {
                "program_id": variant.csp_program_id.id,
                "company_id": cls.company.id,
                "product_id": variant.id,
                "product_ref": variant.csp_product_ref,
                "sku_ref": variant.csp_sku_ref,
                "segment": variant.csp_segment,
                "term": variant.csp_term,
                "plan": variant.csp_plan,
                "market": cls.market,
                "currency_id": cls.currency.id,
                "unit_price": 48.0,
                "erp_price": 60.0,
                "valid_from": datetime(2020, 1, 1),
                **values,
            }
        )

    @classmethod
    def _create_own_service(cls, list_price=10.0, standard_price=4.0, **values):
        """Create a monthly service of the distributor's own, without price rows."""
        program = cls.env.ref("csp_catalog.program_own_services")
        offer = cls._create_offer(program=program, **values)
        variant = cls._create_variant(offer, "P1M", "monthly", cost=None)
        variant.standard_price = standard_price
        offer.list_price = list_price
        return variant

    @classmethod
    def _build_row(cls, **values):
        """Build one row as the engine reads it from a price sheet."""
        defaults = {
            "line": 2,
            "title": "Test Mail",
            "product_ref": "CSPTEST00001",
            "sku_ref": "0001",
            "sku_title": values.get("title", "Test Mail"),
            "publisher": "Test Publisher",
            "description": "",
            "unit": "",
            "term": "P1Y",
            "plan": "annual",
            "market": "DE",
            "currency": "EUR",
            "unit_price": Decimal("48.000000"),
            "tier_min": 0,
            "tier_max": 0,
            "valid_from": datetime(2023, 2, 1),
            "valid_to": None,
            "tags": ("License",),
            "erp_price": Decimal("60.000000"),
            "segment": "commercial",
        }
        return SheetRow(**{**defaults, **values})

    @classmethod
    def _import_sheet(cls, *rows, apply=True, **values):
        """Import a price sheet of ``rows`` (see ``sheet_bytes``) and apply it."""
        content = values.pop("content", None) or sheet_bytes(*rows)
        sheet = cls.env["csp.price.sheet"]._import(
            content,
            **{"name": "Test sheet", "program_id": cls.program.id, **values},
        )
        if apply and sheet.state == "staged":
            sheet._apply()
        return sheet

    @classmethod
    def _create_relation(cls, offer, kind, other, **values):
        """Relate two offers: ``offer`` requires, excludes, ... ``other``."""
        return cls.env["csp.offer.relation"].create(
            {"offer_id": offer.id, "kind": kind, "other_id": other.id, **values}
        )

    # --- bundles ------------------------------------------------------------

    @classmethod
    def _create_device(cls, list_price=999.0, standard_price=850.0, **values):
        """Create an ordinary product, such as a laptop; taxes only where given."""
        return (
            cls.env["product.template"]
            .create(
                {
                    "name": "Test laptop",
                    "type": "consu",
                    "list_price": list_price,
                    "standard_price": standard_price,
                    "invoice_policy": "order",
                    "taxes_id": False,
                    **values,
                }
            )
            .product_variant_id
        )

    @classmethod
    def _create_bundle(cls, products, list_price, **values):
        """Create a combo product with one component per product."""
        combos = cls.env["product.combo"].create(
            [
                {
                    "name": product.name,
                    "sequence": index,
                    "combo_item_ids": [Command.create({"product_id": product.id})],
                }
                for index, product in enumerate(products)
            ]
        )
        return (
            cls.env["product.template"]
            .create(
                {
                    "name": "Test bundle",
                    "type": "combo",
                    "list_price": list_price,
                    "combo_ids": [Command.set(combos.ids)],
                    "taxes_id": False,
                    **values,
                }
            )
            .product_variant_id
        )

    @classmethod
    def _add_bundle(cls, order, bundle, quantity=1):
        """Put a bundle into a quotation; return its line."""
        line = cls.env["sale.order.line"].create(
            {
                "order_id": order.id,
                "product_id": bundle.id,
                "product_uom_qty": quantity,
            }
        )
        cls.env["sale.order.line"].create(
            [
                {
                    "order_id": order.id,
                    "product_id": combo.combo_item_ids[:1].product_id.id,
                    "product_uom_qty": quantity,
                    "combo_item_id": combo.combo_item_ids[:1].id,
                    "linked_line_id": line.id,
                    "sequence": line.sequence + 1,
                }
                for combo in bundle.combo_ids
            ]
        )
        return line

    # --- suggestions --------------------------------------------------------

    @classmethod
    def _create_ladder(cls, plans, recommended=1, **values):
        """Create a ladder of up to three plans, from good to best."""
        return cls.env["csp.suggestion.ladder"].create(
            {
                "name": "Test ladder",
                "company_id": cls.company.id,
                "rung_ids": [
                    Command.create(
                        {
                            "rung": rung,
                            "product_id": plan.id,
                            "is_recommended": index == recommended,
                        }
                    )
                    for index, (rung, plan) in enumerate(
                        zip(("good", "better", "best"), plans, strict=False)
                    )
                ],
                **values,
            }
        )

    @classmethod
    def _create_suggestion_rule(cls, ladder, **values):
        """Create a rule for every device, a quarter of its price at most."""
        return cls.env["csp.suggestion.rule"].create(
            {
                "name": "Test rule",
                "company_id": cls.company.id,
                "ladder_id": ladder.id,
                **values,
            }
        )

    # --- partners -----------------------------------------------------------

    @classmethod
    def _create_grade(cls, csp_discount=10.0, **values):
        """Create a level with its pricelist."""
        return cls.env["res.partner.grade"].create(
            {"name": "Test level", "csp_discount": csp_discount, **values}
        )

    @classmethod
    def _create_reseller(cls, grade=None, **values):
        """Create a company with a level."""
        return cls.env["res.partner"].create(
            {
                "name": "Test reseller",
                "is_company": True,
                "grade_id": (grade or cls._create_grade()).id,
                "email": "reseller@example.com",
                "street": "Hauptstrasse 1",
                "zip": "20095",
                "city": "Hamburg",
                "country_id": cls.env.ref("base.de").id,
                **values,
            }
        )

    @classmethod
    def _create_customer(cls, reseller=None, **values):
        """Create an end customer, a company of its own."""
        return cls.env["res.partner"].create(
            {
                "name": "Test customer",
                "is_company": True,
                "csp_reseller_id": reseller.id if reseller else False,
                "email": "customer@example.com",
                "phone": "+49 40 123456",
                "street": "Nebenstrasse 2",
                "zip": "20097",
                "city": "Hamburg",
                "country_id": cls.env.ref("base.de").id,
                **values,
            }
        )

    @classmethod
    def _create_agreement(cls, partner=None, lines=(), activate=True, **values):
        """Create an agreement, in force from 2020 on; ``lines`` are dicts of values."""
        agreement = cls.env["csp.agreement"].create(
            {
                "partner_id": (partner or cls._create_reseller()).id,
                "company_id": cls.company.id,
                "currency_id": cls.currency.id,
                "date_start": date(2020, 1, 1),
                "line_ids": [Command.create(line) for line in lines],
                **values,
            }
        )
        if activate:
            agreement._activate()
        return agreement

    @classmethod
    def _create_promotion(cls, percent=10.0, **values):
        """Create a promotion since 2020; the fields of its one line go there."""
        names = ("product_tmpl_id", "product_id", "term", "plan")
        line = {name: values.pop(name) for name in names if name in values}
        return cls.env["csp.promotion"].create(
            {
                "name": f"Test promotion {percent}",
                "percent": percent,
                "company_id": cls.company.id,
                "date_start": datetime(2020, 1, 1),
                "line_ids": [Command.create(line)] if line else [],
                **values,
            }
        )

    @classmethod
    def _create_portal_user(cls, partner, **values):
        """Create a portal user who is a contact of the company ``partner``."""
        login = values.pop("login", f"portal_{partner.id}")
        contact = cls.env["res.partner"].create(
            {
                "name": f"Person of {partner.name}",
                "parent_id": partner.id,
                "email": f"{login}@example.com",
            }
        )
        return (
            cls.env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                {
                    "login": login,
                    "password": login,
                    "partner_id": contact.id,
                    "group_ids": [Command.set([cls.env.ref("base.group_portal").id])],
                    "company_id": cls.company.id,
                    "company_ids": [Command.set([cls.company.id])],
                    **values,
                }
            )
        )

    # --- orders -------------------------------------------------------------

    @classmethod
    def _create_order(cls, partner, lines, **values):
        """Create a quotation; ``lines`` are (variant, seats) or dicts of values."""
        return cls.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "order_line": [
                    Command.create(
                        line
                        if isinstance(line, dict)
                        else {"product_id": line[0].id, "product_uom_qty": line[1]}
                    )
                    for line in lines
                ],
                **values,
            }
        )
