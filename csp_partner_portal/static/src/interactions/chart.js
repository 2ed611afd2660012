import {loadBundle} from "@web/core/assets";
import {registry} from "@web/core/registry";
import {Interaction} from "@web/public/interaction";

/** Draws the bars of the monthly spend; the numbers come with the page. */
export class CspChart extends Interaction {
    static selector = ".o_csp_chart";

    async willStart() {
        await loadBundle("web.chartjs_lib");
    }

    start() {
        const data = JSON.parse(this.el.dataset.chart);
        const color =
            getComputedStyle(this.el).getPropertyValue("--primary") || "#714b67";
        const chart = new window.Chart(this.el.querySelector("canvas"), {
            type: "bar",
            data: {
                labels: data.labels,
                datasets: [
                    {
                        label: data.title,
                        data: data.values,
                        backgroundColor: color.trim(),
                        borderRadius: 4,
                        maxBarThickness: 32,
                    },
                ],
            },
            options: {
                maintainAspectRatio: false,
                plugins: {legend: {display: false}},
                scales: {
                    x: {grid: {display: false}},
                    y: {beginAtZero: true, ticks: {maxTicksLimit: 5}},
                },
            },
        });
        this.registerCleanup(() => chart.destroy());
    }
}

registry.category("public.interactions").add("csp_partner_portal.chart", CspChart);
