import {_t} from "@web/core/l10n/translation";
import {rpc} from "@web/core/network/rpc";
import {registry} from "@web/core/registry";
import {Interaction} from "@web/public/interaction";

const POLL_INTERVAL = 2000;

/** Shows a secret when its owner asks for it; the server logs the look. */
export class CspAccess extends Interaction {
    static selector = ".o_csp_access";
    dynamicContent = {
        "[data-csp-reveal]": {"t-on-click": this.locked(this.onReveal, true)},
    };

    async onReveal(ev) {
        const button = ev.currentTarget;
        const item = button.closest("[data-access]");
        const answer = await this.waitFor(
            rpc(this.el.dataset.url, {access_id: parseInt(item.dataset.access, 10)})
        );
        item.querySelector("[data-csp-secret]").textContent =
            answer.error || answer.secret;
        button.remove();
    }
}

/** Follows the delivery of the order just paid, until the access data are there. */
export class CspDelivery extends Interaction {
    static selector = ".o_csp_delivery";

    start() {
        this.deadline = Date.now() + parseInt(this.el.dataset.seconds, 10) * 1000;
        this.poll();
    }

    async poll() {
        let answer;
        try {
            answer = await this.waitFor(rpc("/shop/csp/delivery", {}, {silent: true}));
        } catch {
            // A lost answer is no news: ask again.
            answer = {state: "waiting", items: []};
        }
        if (answer.state === "delivered") {
            this.showOnly();
            this.showItems(answer.items);
        } else if (answer.state === "problem") {
            this.showOnly("problem");
        } else if (Date.now() > this.deadline) {
            this.showOnly("late");
        } else {
            this.waitForTimeout(() => this.poll(), POLL_INTERVAL);
        }
    }

    showOnly(name) {
        for (const part of ["waiting", "late", "problem"]) {
            const el = this.el.querySelector(`[data-csp-${part}]`);
            el.classList.toggle("d-none", part !== name);
            el.classList.toggle("d-flex", part === name && part === "waiting");
        }
    }

    showItems(items) {
        const target = this.el.querySelector("[data-csp-items]");
        for (const item of items) {
            const block = document.createElement("div");
            block.className = "mb-2";
            const title = document.createElement("a");
            title.href = item.url;
            title.className = "fw-medium";
            title.textContent = _t("%(name)s, %(seats)s seats", item);
            block.append(title);
            const list = document.createElement("ul");
            list.className = "list-group o_csp_access mt-1";
            list.dataset.url = `/my/csp/subscription/${item.subscription_id}/access`;
            list.append(...item.accesses.map((access) => this.buildAccess(access)));
            block.append(list);
            this.insert(block, target);
        }
    }

    /** Build the same item as the portal page shows; only text, never markup. */
    buildAccess(access) {
        const item = document.createElement("li");
        item.className = "list-group-item";
        item.dataset.access = access.id;
        const add = (tag, className, text) => {
            const el = document.createElement(tag);
            el.className = className;
            el.textContent = text;
            item.append(el);
            return el;
        };
        add("div", "small text-muted", access.kind);
        if (access.username) {
            add("div", "fw-medium text-break", access.username);
        }
        if (access.url.startsWith("https://")) {
            const link = add("a", "small text-break d-block", access.url);
            link.href = access.url;
            link.target = "_blank";
            link.rel = "noopener noreferrer";
        } else if (access.url) {
            add("div", "small text-break", access.url);
        }
        add("code", "o_csp_secret d-block fs-6 mt-1", "").dataset.cspSecret = "1";
        if (access.has_secret) {
            const button = add(
                "button",
                "btn btn-light border btn-sm mt-1",
                access.username ? _t("Show password") : _t("Show key")
            );
            button.type = "button";
            button.dataset.cspReveal = "1";
        }
        return item;
    }
}

const interactions = registry.category("public.interactions");
interactions.add("csp_partner_portal.access", CspAccess);
interactions.add("csp_partner_portal.delivery", CspDelivery);
