"""The story of the demo data: a subscription in every state, dates from today.

Called by the demo file only. Goes through the same verbs as people do, with a
provider that is served by hand.
"""

from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL

# product, SKU, term, plan, title, cost and list price of the whole term
OFFERS = {
    "premium": ("CFQ7TTC0LCHC", "0002", "P1Y", "monthly", "Business Premium", 221.76,
                277.2),
    "basic": ("CFQ7TTC0LH18", "0001", "P1Y", "annual", "Business Basic", 48.0, 60.0),
    "standard": ("CFQ7TTC0LDPB", "0001", "P1M", "monthly", "Business Standard", 12.0,
                 15.0),
    "copilot": ("CFQ7TTC0MM8R", "0001", "P1Y", "monthly", "Copilot", 302.4, 378.0),
    "mail": ("CFQ7TTC0LH16", "0001", "P1Y", "monthly", "Exchange Online", 41.5, 49.8),
}  # fmt: skip

# key, offer, seats, customer, days since the start of the term, what happens next
STORY = (
    ("office", "premium", 85, 4, 290, None),
    ("assistant", "copilot", 12, 1, 196, None),
    ("mailboxes", "mail", 70, 4, 250, None),
    ("shopfloor", "standard", 38, 1, 24, None),
    ("travel", "premium", 26, 2, 172, None),
    ("fresh", "premium", 12, 0, 2, None),
    ("running", "premium", 45, 1, 140, None),
    ("monthly", "standard", 8, 2, 11, None),
    ("renewal", "premium", 30, 0, 330, "quote"),
    ("accepted", "basic", 60, 1, 335, "accept"),
    ("declined", "basic", 15, 2, 340, "decline"),
    ("suspended", "premium", 5, 3, 90, "suspend"),
    ("cancelled", "standard", 3, 3, 1, "cancel"),
    ("expired", "basic", 20, 3, 375, "expire"),
    ("disabled", "basic", 4, 2, 420, "disable"),
    ("extended", "premium", 9, 1, 380, "extend"),
    ("unknown", "premium", 6, 0, 60, "lose"),
)


class CspSubscription(models.Model):
    _inherit = "csp.subscription"

    @api.model
    def _create_demo_story(self):
        """Create the story once."""
        # Tasks run at once and by hand: nothing is queued for a vendor.
        story = self.with_context(queue_job__no_delay=True, tracking_disable=True)
        last_mail = self.env["mail.mail"].search([], order="id desc", limit=1).id or 0
        customers = story._create_demo_customers()
        offers = {key: story._create_demo_offer(*row) for key, row in OFFERS.items()}
        today = fields.Date.context_today(self)
        made = {}
        for key, offer, seats, customer, days, verb in STORY:
            made[key] = story._create_demo_subscription(
                offers[offer], seats, customers[customer], today - timedelta(days=days)
            )
            if verb:
                getattr(made[key], f"_demo_{verb}")()
        order = story._create_demo_order(offers["basic"], 10, customers[2])
        order.action_confirm()
        story._create_demo_refusal(offers["premium"], customers[3])
        made["fresh"].order_id.copy()
        story.create(story._prepare_demo_draft(made["fresh"]))
        self.env["mail.mail"].search([("id", ">", last_mail)]).unlink()

    # ----------------------------------------------------------------------
    # PARTIES AND OFFERS
    # ----------------------------------------------------------------------

    def _create_demo_customers(self):
        """Return five end customers: of two resellers, and one of our own.

        The customers of the catalogue's demo data are taken where they exist.
        """
        Partner = self.env["res.partner"]
        resellers = Partner.search(
            [("is_csp_reseller", "=", True)], limit=2, order="id"
        )
        grade = self.env["res.partner.grade"].search([], limit=1)
        for name in ("Harbour IT Services", "Summit Cloud Partners")[len(resellers) :]:
            resellers |= Partner.create(
                {
                    "name": name,
                    "is_company": True,
                    "grade_id": grade.id,
                    "email": f"office@{name.split()[0].lower()}.example.com",
                }
            )
        rows = (
            ("Fabrikam Maschinenbau GmbH", "27570", "Bremerhaven", resellers[0]),
            ("Lucerne Publishing GmbH", "28195", "Bremen", resellers[0]),
            ("Adventure Works Reisen GmbH", "86150", "Augsburg", resellers[1]),
            ("Wide World Importers GmbH", "20457", "Hamburg", Partner),
            ("Proseware Steuerberatung PartG", "97070", "Würzburg", resellers[1]),
        )
        country = self.env.company.country_id or self.env.ref("base.us")
        customers = Partner.browse()
        for name, code, city, reseller in rows:
            known = [("name", "=", name), ("csp_reseller_id", "=", reseller.id)]
            customers |= Partner.search(known, limit=1) or Partner.create(
                {
                    "name": name,
                    "is_company": True,
                    "csp_reseller_id": reseller.id,
                    "street": "Am Markt 12",
                    "city": city,
                    "zip": code,
                    "country_id": country.id,
                    "email": f"it@{name.split()[0].lower()}.example.com",
                }
            )
        return customers

    def _create_demo_offer(self, product_ref, sku_ref, term, plan, title, cost, erp):
        """Return the offer's variant; make it with a price when there is none."""
        program = self.env.ref("csp_catalog.program_microsoft_nce")
        Template = self.env["product.template"]
        template = Template.search(
            [
                ("csp_program_id", "=", program.id),
                ("csp_product_ref", "=", product_ref),
                ("csp_sku_ref", "=", sku_ref),
                ("csp_segment", "=", "commercial"),
            ],
            limit=1,
        ) or Template.create(
            {
                "name": f"Microsoft 365 {title}",
                "type": "service",
                "service_tracking": "csp_subscription",
                "csp_program_id": program.id,
                "csp_product_ref": product_ref,
                "csp_sku_ref": sku_ref,
                "csp_segment": "commercial",
                "csp_min_seats": 1,
                "csp_max_seats": 300,
            }
        )
        item = (template, term, plan)
        variant = Template._csp_ensure_variants({item})[item]
        variant.active = True
        company = self.env.company
        price = variant._csp_price_at(fields.Datetime.now()).get(variant.id)
        if not price or not price.price_id:
            self.env["csp.price"].create(
                {
                    "program_id": program.id,
                    "company_id": company.id,
                    "product_id": variant.id,
                    "product_ref": product_ref,
                    "sku_ref": sku_ref,
                    "segment": "commercial",
                    "term": term,
                    "plan": plan,
                    "market": (company.country_id or self.env.ref("base.us")).code,
                    "currency_id": company.currency_id.id,
                    "unit_price": cost,
                    "erp_price": erp,
                    "valid_from": "2020-01-01 00:00:00",
                }
            )
        return variant

    # ----------------------------------------------------------------------
    # ORDERS
    # ----------------------------------------------------------------------

    def _create_demo_order(self, variant, seats, customer):
        Tenant = self.env["csp.tenant"]
        word = customer.name.split()[0].lower()
        tenant = Tenant.search([("partner_id", "=", customer.id)], limit=1)
        tenant = tenant or Tenant.create(
            {
                "partner_id": customer.id,
                "program_id": variant.csp_program_id.id,
                "domain": f"{word}.onmicrosoft.com",
                "admin_first_name": "Robin",
                "admin_last_name": "Hale",
                "admin_email": customer.email,
            }
        )
        return self.env["sale.order"].create(
            {
                "partner_id": (customer.csp_reseller_id or customer).id,
                "csp_customer_id": customer.id,
                "csp_tenant_id": tenant.id,
                "csp_terms_accepted_at": fields.Datetime.now(),
                "csp_terms_accepted_by": "Robin Hale",
                "user_id": self.env.ref("base.user_admin").id,
                "order_line": [
                    fields.Command.create(
                        {"product_id": variant.id, "product_uom_qty": seats}
                    )
                ],
            }
        )

    def _create_demo_subscription(self, variant, seats, customer, start):
        """Order it and let a person deliver it with `start`."""
        order = self._create_demo_order(variant, seats, customer)
        order.action_confirm()
        order.csp_subscription_ids._demo_complete(start)
        order._csp_demo_backdate(start)
        return order.csp_subscription_ids

    def _create_demo_refusal(self, variant, customer):
        """An order that the vendor refused: work for the exceptions list."""
        order = self._create_demo_order(variant, 25, customer)
        order.action_confirm()
        task = order.csp_task_ids
        task.write(
            {
                "state": "refused",
                "wait_reason": False,
                "last_error": "The credit line at the vendor is used up. [800025]",
            }
        )
        task._on_problem()

    def _prepare_demo_draft(self, model):
        """Return the values of a subscription that nobody has ordered yet."""
        names = (
            "customer_id", "reseller_id", "payer_id", "contract_id", "product_id",
            "program_id", "provider_id", "tenant_id", "currency_id", "user_id",
        )  # fmt: skip
        return {
            **{name: model[name].id for name in names},
            "quantity": 3,
            "term": model.term,
            "plan": model.plan,
            "unit_price": model.unit_price,
        }

    # ----------------------------------------------------------------------
    # WHAT HAPPENS NEXT
    # ----------------------------------------------------------------------

    def _demo_complete(self, start=None):
        """Complete what waits for a person.

        The tenants stay unknown at the vendor: that of the demo is a simulator, which
        makes the account with the first order that is sent to it.
        """
        for task in self.task_ids.filtered(lambda t: t.state == "waiting"):
            task._complete_by_hand(
                {
                    subscription: {
                        "vendor_ref": f"DEMO-{subscription.id:05d}",
                        "start_date": start,
                    }
                    for subscription in task.subscription_ids
                },
                order_ref=f"PO-{task.id:05d}",
            )

    def _demo_quote(self):
        self._create_renewal_orders()

    def _demo_accept(self):
        self._create_renewal_orders()._csp_accept_renewal("Robin Hale")
        self._demo_complete()

    def _demo_decline(self):
        self._create_renewal_orders()._csp_decline_renewal("Robin Hale")
        self._demo_complete()

    def _demo_suspend(self):
        self._suspend()
        self._demo_complete()

    def _demo_cancel(self):
        self._cancel()
        self._demo_complete()

    def _demo_expire(self):
        self.auto_renew = False
        self._close_term(fields.Date.context_today(self))

    def _demo_disable(self):
        self._demo_expire()
        self._set_disabled()

    def _demo_extend(self):
        """The year is over; it goes on month by month."""
        months = relativedelta(months=1)
        due = self.term_end_date
        self._set_extended()
        self.write(
            {"term_start_date": due, "term_end_date": due + months, "auto_renew": True}
        )
        self._book_event("renew", due)

    def _demo_lose(self):
        self._set_unknown(
            self.env._("The vendor does not list this subscription any more.")
        )


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _csp_demo_backdate(self, start):
        """Have ordered on this day: the story began before today."""
        self.write({"date_order": start, "csp_terms_accepted_at": start})
        events = self.env["csp.subscription.event"]
        events.flush_model()
        # Facts refuse a change, and this is the only place that needs one.
        self.env.execute_query(
            SQL(
                "UPDATE csp_subscription_event SET effective_date = %s"
                " WHERE kind = 'order' AND order_id = ANY(%s) RETURNING id",
                start,
                self.ids,
            )
        )
        events.invalidate_model()
