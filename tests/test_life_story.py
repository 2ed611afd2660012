"""The whole business in one story, through the interfaces that people use.

A Sunday evening at 19:00: the distributor fetches the month's price sheet, a reseller
orders ten seats in the portal, an end customer buys in the eShop. A month later the
billing run invoices the next month. Ahead of the year's end a renewal quote waits in
the reseller's portal. Real Odoo with its job runner, real PostgreSQL, real HTTP to the
vendor simulator, a real browser; only the clock is moved.
"""

from __future__ import annotations

import re
import time
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

from playwright.sync_api import expect

from tests.story.mail import MailCatcher, text_of
from tests.story.pages import BackOffice, Portal, Shop, amount, sign_in
from tests.story.people import load_people
from tests.story.world import Story, until_sunday_evening

OFFER = "Microsoft 365 Business Premium"
SEATS = 10
SHOP_SEATS = 3
ACCESS_SECONDS = 60
GOLD = Decimal("0.88")
RESELLER_CUSTOMER = "Tailspin Spielwaren AG"
SHOP_CUSTOMER = "Litware Gastro GmbH"


def cents(value) -> Decimal:
    """Return an amount as it is booked: two digits, half up."""
    return Decimal(str(value)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def test_life_story(live_system, browser):
    """From the price sheet to the renewed year."""
    start = until_sunday_evening()
    system = live_system(start)
    with MailCatcher() as mail:
        story = Story(system, mail, start, browser)
        people = load_people()
        assert story.today().weekday() == 6, "the story begins on a Sunday"

        erp = fetch_price_sheet(story, browser, people)
        sold = order_as_reseller(story, browser, people, erp)
        bought = buy_in_the_shop(story, browser, people, mail, erp)
        bill_the_next_month(story, browser, people, sold, bought)
        renew_for_a_year(story, browser, people, sold)
        story.close_windows()


def fetch_price_sheet(story, browser, people) -> Decimal:
    """a. The sheet becomes offers with prices; return the ERP price per month."""
    office = BackOffice(sign_in(browser, story.system.url, people["admin"]))
    office.fetch_price_sheet("DE")
    counts = story.read(
        "csp.price.sheet", [], ["new_count", "changed_count", "refused_count"]
    )[-1]
    assert counts["new_count"] > 500 and not counts["refused_count"]
    before = len(story.read("csp.price", [], ["id"]))
    office.apply_price_sheet()
    office.expect_state("applied")
    prices = story.read("csp.price", [], ["id"])
    assert len(prices) == before + counts["new_count"] + counts["changed_count"]

    rows = story.read(
        "csp.price",
        [
            ("product_id.name", "=", OFFER),
            ("term", "=", "P1Y"),
            ("plan", "=", "monthly"),
            ("currency_id.name", "=", "EUR"),
            ("market", "=", "DE"),
        ],
        ["erp_price", "unit_price"],
    )
    assert rows, "the offer is in the sheet"
    return cents(Decimal(str(rows[-1]["erp_price"])) / 12)


def order_as_reseller(story, browser, people, erp) -> dict:
    """b, c. Ten seats at the reseller's own price, delivered and invoiced."""
    known = story.subscription_of(RESELLER_CUSTOMER) or {"id": 0}
    orders_before = len(story.vendor()["orders"])
    page = sign_in(browser, story.system.url, people["northwind"])
    portal = Portal(page)
    offer = portal.find_offer(OFFER, "P1Y", "monthly")
    own = cents(erp * GOLD)
    shown = offer.inner_text()
    assert amount(f"{erp}") in shown.replace(",", "."), shown
    assert amount(f"{own}") in shown.replace(",", "."), shown
    assert re.search(r"12[.,]0\s*%", shown), shown
    offer.get_by_role("link", name="Order").click()
    portal.order(RESELLER_CUSTOMER, SEATS, "tailspinstory")

    sold = story.wait_until_active(RESELLER_CUSTOMER, known["id"])
    assert len(story.vendor()["orders"]) == orders_before + 1, "ordered exactly once"
    assert sold["quantity"] == SEATS
    assert cents(sold["unit_price"]) == own
    assert sold["unit_cost"] <= sold["unit_price"], "never below cost"
    assert story.vendor_subscription(sold["vendor_ref"])["quantity"] == SEATS
    expect_first_invoice(story, sold, own * SEATS)

    # Reseller and distributor see the same subscription, order and invoice.
    page.goto(f"/my/csp/subscription/{sold['id']}")
    expect(page.get_by_text(sold["name"]).first).to_be_visible()
    page.goto("/my/orders")
    expect(page.get_by_text(sold["order_id"][1]).first).to_be_visible()
    page.goto("/my/invoices")
    name = story.invoices_of(sold)[0]["name"]
    expect(page.get_by_text(name).first).to_be_visible()
    office = BackOffice(sign_in(browser, story.system.url, people["admin"]))
    office.open("csp_subscription.csp_subscription_action", sold["id"])
    expect(office.page.get_by_text(sold["name"]).first).to_be_visible()
    office.expect_state("active")
    return sold


def buy_in_the_shop(story, browser, people, mail, erp) -> dict:
    """d. A customer pays on Sunday evening and has access within a minute."""
    known = story.subscription_of(SHOP_CUSTOMER) or {"id": 0}
    orders_before = len(story.vendor()["orders"])
    page = sign_in(browser, story.system.url, people["litware"])
    shop = Shop(page)
    shop.put_in_cart(shop_url(story), SHOP_SEATS)
    shop.check_out()
    shop.answer_tenant_step("litwarestory")
    shop.pay()
    paid_at = time.time()
    access = page.locator(".o_csp_delivery [data-access]")
    expect(access.first).to_be_visible(timeout=ACCESS_SECONDS * 1000)
    shown_after = time.time() - paid_at
    expect(access.first).to_contain_text("litwarestory")

    bought = story.wait_until_active(SHOP_CUSTOMER, known["id"])
    mailed_at, message = mail.wait_for(
        lambda m: "litwarestory" in text_of(m), ACCESS_SECONDS
    )
    assert shown_after < ACCESS_SECONDS
    assert mailed_at - paid_at < ACCESS_SECONDS
    assert "litware" in message["To"] or "weber" in message["To"]
    print(
        f"\naccess shown after {shown_after:.1f} s, mailed {mailed_at - paid_at:.1f} s"
    )

    page.goto(f"/my/csp/subscription/{bought['id']}")
    expect(page.locator("[data-access]").first).to_contain_text("litwarestory")
    page.locator("[data-csp-reveal]").first.click()
    expect(page.locator("[data-csp-secret]").first).not_to_be_empty()

    assert len(story.vendor()["orders"]) == orders_before + 1, "ordered exactly once"
    assert bought["quantity"] == SHOP_SEATS
    assert cents(bought["unit_price"]) == erp
    invoice = expect_first_invoice(story, bought, erp * SHOP_SEATS)
    assert invoice["payment_state"] in ("paid", "in_payment"), invoice
    return bought


def shop_url(story) -> str:
    """Return the address of the offer's page with yearly term, billed monthly."""
    [product] = story.read(
        "product.product",
        [
            ("name", "=", OFFER),
            ("csp_term", "=", "P1Y"),
            ("csp_plan", "=", "monthly"),
            ("csp_segment", "=", "commercial"),
        ],
        ["website_url"],
    )
    return product["website_url"]


def expect_first_invoice(story, subscription, untaxed) -> dict:
    """Expect one posted invoice with the first month, to the cent."""

    def posted():
        invoices = story.invoices_of(subscription)
        return invoices if invoices and invoices[0]["state"] == "posted" else None

    invoices = story.wait_for("the first invoice", posted)
    assert len(invoices) == 1
    assert cents(invoices[0]["amount_untaxed"]) == untaxed, invoices
    assert invoices[0]["commercial_partner_id"][0] == subscription["payer_id"][0]
    return invoices[0]


def bill_the_next_month(story, browser, people, sold, bought) -> None:
    """e. A month later the next period is invoiced, once, however often it runs."""
    story.move_to_day(31)
    office = BackOffice(sign_in(browser, story.system.url, people["admin"]))
    run_id = office.bill_today()
    story.wait_for_run(run_id)
    for subscription, seats in ((sold, SEATS), (bought, SHOP_SEATS)):
        charges = story.charges_of(subscription)
        month = cents(Decimal(str(subscription["unit_price"])) * seats)
        assert [cents(c["amount"]) for c in charges] == [month] * 2
        assert charges[0]["period_end"] == charges[1]["period_start"]
        assert len(story.wait_until_posted(subscription)) == 2
    ledger = story.read("csp.charge", [], ["id"])
    moves = story.read("account.move", [], ["id"])
    for _again in range(5):
        story.bill_again(run_id)
    assert story.read("csp.charge", [], ["id"]) == ledger
    assert story.read("account.move", [], ["id"]) == moves


def renew_for_a_year(story, browser, people, sold) -> None:
    """f. The quote waits in the portal; a yes renews at the vendor."""
    story.move_to_day(365 - 40)
    for _twice in range(2):
        story.run_cron("csp_subscription.cron_prepare_renewals")
    quotes = story.read(
        "sale.order",
        [
            ("csp_order_type", "=", "renewal"),
            ("order_line.csp_subscription_id", "=", sold["id"]),
        ],
        ["state", "amount_untaxed"],
    )
    assert [q["state"] for q in quotes] == ["sent"], quotes
    page = sign_in(browser, story.system.url, people["northwind"])
    Portal(page).accept_renewal(RESELLER_CUSTOMER)
    story.wait_for(
        "the vendor knows the decision",
        lambda: story.vendor_subscription(sold["vendor_ref"])["autoRenewEnabled"],
    )

    story.move_to_day(367)
    story.run_cron("csp_subscription.cron_sync")
    renewed = story.wait_for(
        "the new term",
        lambda: next(
            (
                s
                for s in [story.subscription_of(RESELLER_CUSTOMER)]
                if s["term_start_date"] == sold["term_end_date"]
            ),
            None,
        ),
    )
    assert renewed["state"] == "active"
    assert renewed["quantity"] == SEATS
    assert cents(renewed["unit_price"] * SEATS) == cents(quotes[0]["amount_untaxed"])

    # The year that nobody billed is caught up, month by month, and then it is quiet.
    office = BackOffice(sign_in(browser, story.system.url, people["admin"]))
    run_id = office.bill_today()
    story.wait_for_run(run_id)
    charges = story.charges_of(sold)
    assert len(charges) == 13, "twelve months and the first of the new year"
    assert charges[12]["period_start"] == renewed["term_start_date"]
    for earlier, later in pairwise(charges):
        assert earlier["period_end"] == later["period_start"]
    story.wait_until_posted(sold)
    story.bill_again(run_id)
    assert len(story.charges_of(sold)) == 13
