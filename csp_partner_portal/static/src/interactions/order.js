import {registry} from "@web/core/registry";
import {Interaction} from "@web/public/interaction";

/** Shows amount and margin of an order while seats are typed. */
export class CspOrder extends Interaction {
    static selector = "form.o_csp_order";
    dynamicContent = {
        "[name=seats]": {"t-on-input": this.showTotal},
    };

    start() {
        this.showTotal();
    }

    showTotal() {
        const {price, erp, digits} = this.el.dataset;
        const seats = parseInt(this.el.querySelector("[name=seats]").value, 10) || 0;
        const format = new Intl.NumberFormat(
            document.documentElement.lang || undefined,
            {
                minimumFractionDigits: parseInt(digits, 10),
                maximumFractionDigits: parseInt(digits, 10),
            }
        );
        const total = this.el.querySelector("[data-csp-total]");
        const margin = this.el.querySelector("[data-csp-margin]");
        total.textContent = format.format(seats * parseFloat(price));
        margin.textContent = format.format(
            seats * (parseFloat(erp) - parseFloat(price))
        );
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
interactions.add("csp_partner_portal.customer", CspCustomer);
interactions.add("csp_partner_portal.tenant", CspTenant);
