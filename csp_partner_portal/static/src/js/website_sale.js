import {patch} from "@web/core/utils/patch";
import {WebsiteSale} from "@website_sale/interactions/website_sale";

/**
 * Says what the price of the chosen term and billing is for, and keeps the seats
 * inside the offer's limits.
 */
patch(WebsiteSale.prototype, {
    _onChangeCombination(ev, parent, combination) {
        super._onChangeCombination(...arguments);
        for (const [selector, text] of [
            [".o_csp_unit", combination.csp_unit_label],
            [".o_csp_commitment", combination.csp_commitment],
        ]) {
            const el = parent.querySelector(selector);
            if (el) {
                el.textContent = text || "";
                el.classList.toggle("d-none", !text);
            }
        }
        const input = parent.querySelector("input[name='add_qty']");
        if (input && combination.csp_min_seats) {
            const {csp_min_seats: min, csp_max_seats: max} = combination;
            input.dataset.min = min;
            input.dataset.max = max;
            input.value = Math.min(
                Math.max(parseInt(input.value, 10) || min, min),
                max
            );
        }
    },
});
