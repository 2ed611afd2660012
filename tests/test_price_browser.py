"""What was agreed, and the price that follows, in the browsers of three people.

A reseller signs the next version of its agreement and sees the new price; its
customer's paper does not show it; the distributor reads where the price comes from,
stops the sale of the group, and neither shop nor portal sells it any more.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

from playwright.sync_api import expect

from tests.story.pages import BackOffice, amount, sign_in
from tests.story.people import load_people

OFFER = "Managed Backup for Microsoft 365"
GROUP = "Backup"
RESELLER = "Contoso IT-Systemhaus"
CUSTOMER = "Adventure Works Reisen GmbH"
SEATS = 10
PARTS = {"level": 8, "negotiated": 9}


def cents(value) -> Decimal:
    """Return an amount as it is shown: two digits, half up."""
    return Decimal(str(value)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def test_price_browser(live_system, browser):
    """Agreement, quotation, explanation, switch."""
    system = live_system()
    people = load_people()
    admin = system.rpc("admin", "admin")
    [product] = admin.call(
        "product.product",
        "search_read",
        [
            [("name", "=", OFFER)],
            ["product_tmpl_id", "website_url", "csp_erp_price", "csp_unit_cost"],
        ],
    )
    erp = cents(product["csp_erp_price"])
    net = cents(erp * (100 - sum(PARTS.values())) / 100)

    contoso = sign_in(browser, system.url, people["contoso"])
    sign_agreement(contoso, offer_next_version(admin, product))
    see_price(contoso, product["id"], erp, net)
    order_id = quote(contoso, product["id"], erp, net)

    office = BackOffice(sign_in(browser, system.url, people["admin"]))
    read_explanation(office, order_id, erp, net, cents(product["csp_unit_cost"]))
    stop_group(office)
    expect_refused(contoso, product["id"])
    shopper = sign_in(browser, system.url, people["litware"])
    expect_gone_from_shop(shopper, product["website_url"])
    for page in (contoso, office.page, shopper):
        page.context.close()


def offer_next_version(admin, product) -> int:
    """Amend the agreement by a volume band; return the version to be signed."""
    [current] = admin.call(
        "csp.agreement",
        "search",
        [[("partner_id.name", "=", RESELLER), ("state", "=", "active")]],
    )
    version = admin.call("csp.agreement", "action_amend", [[current]])["res_id"]
    admin.call(
        "csp.agreement.line",
        "create",
        [
            {
                "agreement_id": version,
                "scope": "template",
                "product_tmpl_id": product["product_tmpl_id"][0],
                "kind": "discount_erp",
                "min_quantity": SEATS,
                "component_ids": [
                    [0, 0, {"reason": reason, "percent": percent}]
                    for reason, percent in PARTS.items()
                ],
            }
        ],
    )
    admin.call("csp.agreement", "action_send", [[version]])
    return version


def sign_agreement(page, version: int) -> None:
    """Read the agreement that waits, sign it with the name that stands there."""
    page.goto("/my/csp/agreements")
    page.locator(f"a[href='/my/csp/agreement/{version}']").click()
    expect(page.get_by_text("Waits for your signature").first).to_be_visible()
    button = page.get_by_role("button", name="Accept and sign")
    expect(button).to_be_enabled()
    button.click()
    page.wait_for_url(re.compile("signed=1"))
    expect(page.get_by_text("the agreement is signed")).to_be_visible()
    expect(page.locator("img[alt=Signature]")).to_be_visible()


def see_price(page, product_id: int, erp: Decimal, net: Decimal) -> None:
    """Look at the steps from the list price to the own price."""
    page.goto(f"/my/csp/price/{product_id}?seats={SEATS}")
    bars = page.locator(".o_csp_waterfall [role=listitem]")
    assert Decimal(amount(bars.first.inner_text())) == erp
    assert Decimal(amount(bars.last.locator("div").last.inner_text())) == net
    expect(page.locator(".o_csp_waterfall")).not_to_contain_text("Cost")


def quote(page, product_id: int, erp: Decimal, net: Decimal) -> int:
    """Quote to a customer; print its paper, which has its own prices only."""
    page.goto(f"/my/csp/order/{product_id}")
    page.select_option("#csp_customer", label=CUSTOMER)
    page.fill("#csp_seats", str(SEATS))
    page.get_by_role("button", name="Save as quotation").click()
    page.wait_for_url(re.compile(r"/my/csp/quote/\d+$"))
    expect(page.locator("main")).to_contain_text(f"{net}")
    order_id = int(page.url.rsplit("/", 1)[1])
    page.goto(f"/my/csp/quote/{order_id}/print")
    paper = page.locator("body")
    expect(paper).to_contain_text(CUSTOMER)
    expect(paper).to_contain_text(f"{erp}")
    expect(paper).to_contain_text(f"{erp * SEATS}")
    expect(paper).not_to_contain_text(f"{net}")
    expect(paper).not_to_contain_text(f"{net * SEATS}")
    return order_id


def read_explanation(office, order_id: int, erp, net, cost) -> None:
    """Open the order of the quotation and ask where its price comes from."""
    page = office.page
    office.open("sale.action_quotations", order_id)
    page.locator("button[name=action_csp_explain_price]").first.click()
    dialog = page.locator(".modal .o_csp_price_explanation")
    for part in (f"{erp}", f"{net}", f"{net - cost}", "17 %", "One level up: Gold"):
        expect(dialog).to_contain_text(part)
    page.locator(".modal footer").get_by_role("button", name="Close").click()


def stop_group(office) -> None:
    """Stop the sale of the product group with a reason."""
    page = office.page
    office.open("csp_catalog.action_csp_product_group")
    card = page.locator(".o_kanban_record").filter(
        has=page.get_by_text(GROUP, exact=True)
    )
    card.get_by_role("button", name="Stop the sale").click()
    dialog = page.locator(".modal")
    dialog.locator("div[name=reason] input, div[name=reason] textarea").fill("Recall")
    dialog.get_by_role("button", name="Stop the sale").click()
    expect(card.get_by_text("Stopped", exact=True)).to_be_visible()


def expect_refused(page, product_id: int) -> None:
    """Expect the portal to sell the offer no more."""
    page.goto("/my/csp/catalog?search=Managed Backup")
    expect(page.locator(f"a[href^='/my/csp/order/{product_id}']")).to_have_count(0)


def expect_gone_from_shop(page, address: str) -> None:
    """Expect the page of the offer to say why, and no button to buy."""
    page.goto(address)
    expect(page.get_by_text("not sold at the moment")).to_be_visible()
    expect(page.locator("#add_to_cart")).not_to_be_visible()
