import {_t} from "@web/core/l10n/translation";
import {ConfirmationDialog} from "@web/core/confirmation_dialog/confirmation_dialog";
import {registry} from "@web/core/registry";
import {Interaction} from "@web/public/interaction";

/** Sends a filter form as soon as another choice is made. */
export class CspAutoSubmit extends Interaction {
    static selector = ".o_csp_autosubmit";
    dynamicContent = {
        _root: {"t-on-change": () => this.el.form.requestSubmit()},
    };
}

/**
 * Asks where there is something to ask, and keeps a form from being sent twice.
 *
 * The server keeps its own memory of sent forms; this only spares the second click.
 */
export class CspOnce extends Interaction {
    static selector = "form.o_csp_once";
    dynamicContent = {
        _root: {"t-on-submit": this.onSubmit},
    };

    setup() {
        this.isSent = false;
        this.isConfirmed = false;
    }

    onSubmit(ev) {
        const button = this.el.querySelector("button[type=submit]");
        const question = this.el.dataset.cspConfirm;
        if (this.isSent) {
            ev.preventDefault();
            return;
        }
        if (question && !this.isConfirmed) {
            ev.preventDefault();
            this.ask(question, button.textContent.trim());
            return;
        }
        this.isSent = true;
        button.classList.add("disabled");
        button.setAttribute("aria-disabled", "true");
        // Coming back with the browser's button shows the form as it was left.
        this.addListener(window, "pageshow", (event) => {
            if (event.persisted) {
                this.isSent = false;
                this.isConfirmed = false;
                button.classList.remove("disabled");
                button.removeAttribute("aria-disabled");
            }
        });
    }

    ask(question, verb) {
        this.services.dialog.add(ConfirmationDialog, {
            title: _t("Please confirm"),
            body: question,
            confirmLabel: verb,
            confirm: () => {
                this.isConfirmed = true;
                this.el.requestSubmit();
            },
            cancel: () => {
                // The page stays as it is.
            },
        });
    }
}

/** The minus and plus buttons beside a number of seats. */
export class CspSeats extends Interaction {
    static selector = ".o_csp_seats";
    dynamicContent = {
        "[data-csp-step]": {"t-on-click": this.onStep},
    };

    onStep(ev) {
        const input = this.el.querySelector("input");
        const step = parseInt(ev.currentTarget.dataset.cspStep, 10);
        const wanted = (parseInt(input.value, 10) || 0) + step;
        const lowest = parseInt(input.min, 10) || 1;
        const highest = parseInt(input.max, 10) || Infinity;
        input.value = Math.min(Math.max(wanted, lowest), highest);
        input.dispatchEvent(new Event("input", {bubbles: true}));
    }
}

const interactions = registry.category("public.interactions");
interactions.add("csp_partner_portal.auto_submit", CspAutoSubmit);
interactions.add("csp_partner_portal.once", CspOnce);
interactions.add("csp_partner_portal.seats", CspSeats);
