import {registry} from "@web/core/registry";
import {rpc} from "@web/core/network/rpc";
import {Interaction} from "@web/public/interaction";

/** How long nobody types before the price of that many seats is asked for. */
const TYPING_PAUSE = 300;

function formatter(digits) {
    return new Intl.NumberFormat(document.documentElement.lang || undefined, {
        minimumFractionDigits: parseInt(digits, 10),
        maximumFractionDigits: parseInt(digits, 10),
    });
}

/** Shows price, amount and margin of an order while seats are typed. */
export class CspOrder extends Interaction {
    static selector = "form.o_csp_order";
    dynamicContent = {
        "[name=seats]": {"t-on-input": this.onSeats},
    };

    setup() {
        this.askPrice = this.debounced(this.askPrice, TYPING_PAUSE);
    }

    start() {
        this.showTotal();
    }

    onSeats() {
        this.showTotal();
        this.askPrice();
    }

    /** The buyer's price may depend on the number of seats: the server knows. */
    async askPrice() {
        const seats = this.el.querySelector("[name=seats]").value;
        const customer = this.el.querySelector("[name=customer_id]").value;
        const answer = await this.waitFor(
            rpc(this.el.dataset.explain, {seats, customer_id: customer})
        );
        if (
            !answer.price_text ||
            seats !== this.el.querySelector("[name=seats]").value
        ) {
            return;
        }
        this.el.dataset.price = answer.net;
        this.el.dataset.erp = answer.erp;
        const format = formatter(this.el.dataset.digits);
        for (const [name, text] of [
            ["data-csp-net", format.format(answer.net)],
            ["data-csp-erp", format.format(answer.erp)],
            ["data-csp-percent", answer.margin_percent.toFixed(1)],
        ]) {
            this.el.querySelector(`[${name}]`).textContent = text;
        }
        this.el.querySelector("[name=shown_price]").value = answer.price_text;
        this.showTotal();
    }

    showTotal() {
        const {price, erp, digits} = this.el.dataset;
        const seats = parseInt(this.el.querySelector("[name=seats]").value, 10) || 0;
        const format = formatter(digits);
        const total = this.el.querySelector("[data-csp-total]");
        const margin = this.el.querySelector("[data-csp-margin]");
        total.textContent = format.format(seats * parseFloat(price));
        margin.textContent = format.format(
            seats * (parseFloat(erp) - parseFloat(price))
        );
    }
}

/** Shows what is left for the reseller while its resale price is typed. */
export class CspResale extends Interaction {
    static selector = "form.o_csp_resale";
    dynamicContent = {
        "[name=price]": {"t-on-input": this.showMargin},
    };

    start() {
        this.showMargin();
    }

    showMargin() {
        const typed = this.el.querySelector("[name=price]").value.replace(",", ".");
        const price = typed.trim() === "" ? NaN : Number(typed);
        const margin = price - parseFloat(this.el.dataset.net);
        const amount = this.el.querySelector("[data-csp-resale-margin]");
        const percent = this.el.querySelector("[data-csp-resale-percent]");
        const isNumber = Number.isFinite(margin);
        amount.textContent = isNumber
            ? formatter(this.el.dataset.digits).format(margin)
            : "–";
        percent.textContent =
            isNumber && price > 0 ? ((margin / price) * 100).toFixed(1) : "–";
        amount.parentElement.classList.toggle("text-danger", isNumber && margin < 0);
    }
}

/** Loads the page again for another customer: its accounts are different ones. */
export class CspCustomer extends Interaction {
    static selector = "select.o_csp_customer";
    dynamicContent = {
        _root: {"t-on-change": this.onChange},
    };

    start() {
        // The page came back for this choice: the keyboard goes on from here.
        if (new URL(window.location.href).searchParams.has("customer_id")) {
            this.el.focus({preventScroll: true});
        }
    }

    onChange() {
        const url = new URL(window.location.href);
        url.pathname = url.pathname.replace(/\/submit$/, "");
        url.searchParams.set("customer_id", this.el.value);
        // What was typed before the customer was chosen is not typed again.
        const seats = this.el.form.querySelector("[name=seats]");
        if (seats?.value) {
            url.searchParams.set("seats", seats.value);
        }
        window.location.assign(url);
    }
}

/** Asks for the details of an account only when it is a new one to us. */
export class CspTenant extends Interaction {
    static selector = "[data-csp-tenant]";
    dynamicContent = {
        "[name=tenant]": {"t-on-change": this.onChange},
    };

    start() {
        this.el.closest("form")?.querySelector(".is-invalid")?.focus();
    }

    onChange(ev) {
        const choice = ev.currentTarget.value;
        const isTyped = ["new", "existing"].includes(choice);
        this.el
            .querySelector("[data-csp-tenant-details]")
            .classList.toggle("d-none", !isTyped);
        this.el
            .querySelector("[data-csp-suffix]")
            ?.classList.toggle("d-none", choice === "existing");
    }
}

const interactions = registry.category("public.interactions");
interactions.add("csp_partner_portal.order", CspOrder);
interactions.add("csp_partner_portal.resale", CspResale);
interactions.add("csp_partner_portal.customer", CspCustomer);
interactions.add("csp_partner_portal.tenant", CspTenant);
