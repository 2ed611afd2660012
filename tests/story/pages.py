"""What people do in the browser, in the words of the business."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.story.people import Person

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
WAIT_MS = 40_000


def sign_in(browser: Browser, url: str, person: Person) -> Page:
    """Open a browser window of this person's own and sign in."""
    context = browser.new_context(viewport=DESKTOP, base_url=url)
    context.set_default_timeout(WAIT_MS)
    page = context.new_page()
    page.goto("/web/login")
    page.fill("input[name=login]", person.login)
    page.fill("input[name=password]", person.password)
    # Enter, because the first submit button of the page is the site's search.
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda address: "/web/login" not in address)
    return page


def amount(text: str) -> str:
    """Return the digits of an amount as shown, with a decimal point."""
    found = re.search(r"-?[\d.,\u00a0\u202f]*\d", text)
    if not found:
        raise AssertionError(f"no amount in {text!r}")
    digits = re.sub(r"[\u00a0\u202f]", "", found[0])
    if "," in digits and digits.rfind(",") > digits.rfind("."):
        return digits.replace(".", "").replace(",", ".")
    return digits.replace(",", "")


class BackOffice:
    """The distributor at work."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def open(self, action: str, record_id: int | None = None) -> None:
        """Open an action by its external id, or one record in it."""
        path = f"/odoo/action-{action}"
        self.page.goto(f"{path}/{record_id}" if record_id else path)
        self.page.wait_for_selector(".o_action_manager .o_view_controller")

    def fetch_price_sheet(self, market: str) -> None:
        """Fetch the current price sheet from the provider and look at the preview."""
        self.open("csp_catalog.action_csp_price_sheet")
        self.page.get_by_role("button", name="Import a price sheet").click()
        dialog = self.page.locator(".modal")
        dialog.get_by_label("Fetch from the provider").check()
        market_field = dialog.locator("div[name=market] input")
        market_field.fill(market)
        dialog.get_by_role("button", name="Read and compare").click()
        self.page.wait_for_selector(".o_form_view:not(.modal *)")
        self.expect_state("staged")

    def apply_price_sheet(self) -> None:
        """Apply the sheet on the screen and wait until the queue has done it."""
        self.page.get_by_role("button", name="Apply", exact=True).click()
        self.page.locator(".modal").get_by_role("button", name="Ok").click()

    def expect_state(self, value: str) -> None:
        """Expect the status bar to stand at this state, looking again as people do."""
        current = self.page.locator(
            f".o_statusbar_status button[data-value={value}].o_arrow_button_current"
        )
        for _look in range(10):
            try:
                expect(current).to_be_visible(timeout=WAIT_MS / 10)
                return
            except AssertionError:
                self.page.reload()
                self.page.wait_for_selector(".o_form_view")
        expect(current).to_be_visible()

    def bill_today(self) -> int:
        """Make today's billing run, look at its preview, start it; return its id."""
        page = self.page
        self.open("csp_billing.csp_billing_run_action")
        page.get_by_role("button", name="New", exact=True).click()
        page.get_by_role("button", name="Preview", exact=True).click()
        self.expect_state("planned")
        expect(page.locator("div[name=preview_ids] .o_data_row").first).to_be_visible()
        page.get_by_role("button", name="Start", exact=True).click()
        page.wait_for_url(re.compile(r"/\d+$"))
        return int(page.url.rsplit("/", 1)[1])


class Portal:
    """A reseller at work."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def find_offer(self, words: str, term: str, plan: str):
        """Search the catalogue; return the row of the only offer that fits."""
        self.page.goto(
            f"/my/csp/catalog?search={words}&term={term}&plan={plan}&segment=commercial"
        )
        rows = self.page.locator("[data-csp-offer]").filter(
            has=self.page.get_by_text(words, exact=True)
        )
        expect(rows).to_have_count(1)
        return rows.first

    def order(self, customer: str, seats: int, domain: str) -> str:
        """Fill in the order form on the screen, send it twice, return the address."""
        page = self.page
        page.select_option("#csp_customer", label=customer)
        page.fill("#csp_seats", str(seats))
        self.fill_tenant(domain, "Ada", "Berger", "ada.berger@example.com")
        page.get_by_role("button", name="Place order").dblclick()
        page.wait_for_url(lambda address: "/my/csp/order/" not in address)
        return page.url

    def fill_tenant(self, domain: str, first: str, last: str, email: str) -> None:
        """Answer the questions about the customer's account at the vendor."""
        fill_tenant(self.page, domain, first, last, email)

    def accept_renewal(self, customer: str) -> None:
        """Say yes to the renewal quote of a customer."""
        self.page.goto("/my/csp/renewals")
        card = self.page.locator(".card", has_text=customer).filter(
            has=self.page.get_by_role("button", name="Renew")
        )
        expect(card).to_have_count(1)
        card.get_by_role("button", name="Renew").click()
        expect(
            self.page.locator(".o_csp_row", has_text=customer).get_by_text("Renewed")
        ).to_be_visible()


class Shop:
    """An end customer who buys."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def put_in_cart(self, product_url: str, seats: int) -> None:
        """Open a product page, choose the seats, go to the cart."""
        page = self.page
        page.goto(product_url)
        page.wait_for_load_state("networkidle")
        page.fill("input[name=add_qty]", str(seats))
        page.press("input[name=add_qty]", "Tab")
        with page.expect_response(re.compile("/shop/cart/add")):
            page.locator("#add_to_cart").click()
        page.goto("/shop/cart")

    def check_out(self) -> None:
        """Go from the cart to the first question of the checkout."""
        page = self.page
        for _step in range(3):
            page.locator("a[name=website_sale_main_button]:visible").first.click()
            page.wait_for_load_state("networkidle")
            if "/shop/tenant" in page.url:
                return
        raise AssertionError(f"no question about the account, but {page.url}")

    def answer_tenant_step(self, domain: str) -> None:
        """Answer the checkout step that asks for the account."""
        expect(self.page).to_have_url(re.compile("/shop/tenant"))
        fill_tenant(self.page, domain, "Carla", "Weber", "carla.weber@example.com")
        self.page.get_by_role("button", name="Continue to payment").click()

    def pay(self) -> None:
        """Pay with the demo provider, which accepts everything."""
        page = self.page
        expect(page).to_have_url(re.compile("/shop/payment"))
        demo = page.locator("input[name=o_payment_radio][data-provider-code=demo]")
        if demo.count():
            demo.first.check()
        page.fill("#customer_input", "4111111111111111")
        terms = page.locator("#website_sale_tc_checkbox")
        if terms.count():
            terms.check()
        page.locator("button[name=o_payment_submit_button]:visible").first.click()
        page.wait_for_url(re.compile("/shop/confirmation"))


def fill_tenant(page: Page, domain: str, first: str, last: str, email: str) -> None:
    """Fill in the fields that the portal's order and the checkout share."""
    page.check("#tenant_new")
    page.fill("#csp_domain", domain)
    page.fill("#csp_first_name", first)
    page.fill("#csp_last_name", last)
    page.fill("#csp_email", email)
    page.check("#csp_terms")


def photograph(page: Page, path: Path, phone: bool = False) -> None:
    """Keep what the page looks like, at desktop or phone width."""
    page.set_viewport_size(PHONE if phone else DESKTOP)
    page.screenshot(path=str(path))
    page.set_viewport_size(DESKTOP)
