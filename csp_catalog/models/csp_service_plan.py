"""Component services, and the vendor's products that consist of them."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..engine import files, service_plans

MAX_BYTES = 16 * 1024 * 1024
SHOWN_ERRORS = 10


class CspServicePlan(models.Model):
    """A service such as a mailbox. The same for all companies: a public fact."""

    _name = "csp.service.plan"
    _description = "Component Service"
    _order = "name, id"
    _rec_names_search = ["name", "code"]

    name = fields.Char(required=True)
    code = fields.Char(string="Service plan name", required=True)
    ref = fields.Char(string="Service plan ID", required=True, readonly=True)
    is_supporting = fields.Boolean(
        string="Supporting",
        help="Technical ground of many products; does not count when offers are "
        "compared by what they contain.",
    )
    suite_ids = fields.Many2many(
        "csp.service.suite",
        "csp_service_plan_suite_rel",
        "plan_id",
        "suite_id",
        string="Part of",
        readonly=True,
    )
    suite_count = fields.Integer(compute="_compute_suite_count")

    _ref_uniq = models.UniqueIndex("(ref)", "This component service exists already.")

    @api.depends("suite_ids")
    def _compute_suite_count(self):
        for plan in self:
            plan.suite_count = len(plan.suite_ids)


class CspServiceSuite(models.Model):
    """A product of the vendor's public table. The same for all companies."""

    _name = "csp.service.suite"
    _description = "Vendor Product and its Services"
    _order = "name, id"
    _rec_names_search = ["name", "part_number"]

    name = fields.Char(required=True)
    part_number = fields.Char(string="String ID", required=True, index=True)
    ref = fields.Char(string="GUID", required=True, readonly=True)
    plan_ids = fields.Many2many(
        "csp.service.plan",
        "csp_service_plan_suite_rel",
        "suite_id",
        "plan_id",
        string="Contains",
    )
    plan_count = fields.Integer(compute="_compute_counts")
    offer_count = fields.Integer(compute="_compute_counts")

    _ref_uniq = models.UniqueIndex("(ref)", "This vendor product exists already.")

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("plan_ids")
    def _compute_counts(self):
        offers = self._find_offers()
        for suite in self:
            suite.plan_count = len(suite.plan_ids)
            suite.offer_count = len(offers.get(suite, ()))

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_view_csp_offers(self):
        """Open the offers that are these vendor products."""
        offers = self.env["product.template"].concat(*self._find_offers().values())
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "csp_catalog.action_csp_offer"
        )
        return {**action, "domain": [("id", "in", offers.ids)], "context": {}}

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    @api.model
    def _import_table(self, content, match_names=False):
        """Bring the public table in: all of it or nothing.

        Products that the table no longer lists stay. Doing it twice changes nothing.

        :param bool match_names: also recognise offers by the product's full name
        :return: counts of what is new and changed, by words
        :rtype: dict
        """
        try:
            table = service_plans.parse(
                service_plans.decode(files.unpack(content, MAX_BYTES))
            )
        except files.FileError as error:
            raise UserError(str(error)) from error
        if table.errors:
            raise UserError(
                self.env._(
                    "Nothing was imported, %(count)s rows are wrong:\n%(errors)s",
                    count=len(table.errors),
                    errors="\n".join(table.errors[:SHOWN_ERRORS]),
                )
            )
        plans, plan_counts = self._book_plans(table)
        suites, suite_counts = self._book_suites(table, plans)
        named = suites._recognise_names() if match_names else 0
        changed = suites._fill_offers()
        return {
            "plans_new": plan_counts,
            "suites_new": suite_counts[0],
            "suites_changed": suite_counts[1],
            "offers_named": named,
            "offers_changed": changed,
        }

    @api.model
    def _book_plans(self, table):
        """Create the missing component services; return (by reference, new)."""
        Plan = self.env["csp.service.plan"]
        refs = [plan.ref for plan in table.plans]
        known = {plan.ref: plan for plan in Plan.search([("ref", "in", refs)])}
        missing = [plan for plan in table.plans if plan.ref not in known]
        created = Plan.create(
            [
                {
                    "ref": plan.ref,
                    "code": plan.name,
                    "name": plan.friendly_name,
                    "is_supporting": "FOUNDATION" in plan.name.upper(),
                }
                for plan in missing
            ]
        )
        known.update({plan.ref: plan for plan in created})
        return known, len(created)

    @api.model
    def _book_suites(self, table, plans):
        """Create or update the products; return (suites, (new, changed))."""
        refs = [suite.ref for suite in table.suites]
        known = {suite.ref: suite for suite in self.search([("ref", "in", refs)])}
        to_create, changed = [], self.browse()
        for row in table.suites:
            members = self.env["csp.service.plan"].concat(
                *(plans[ref] for ref in row.plan_refs)
            )
            suite = known.get(row.ref)
            values = {"name": row.name, "part_number": row.part_number}
            if not suite:
                to_create.append(
                    {
                        **values,
                        "ref": row.ref,
                        "plan_ids": [Command.set(members.ids)],
                    }
                )
                continue
            values = {key: text for key, text in values.items() if suite[key] != text}
            if set(suite.plan_ids) != set(members):
                values["plan_ids"] = [Command.set(members.ids)]
            if values:
                suite.write(values)
                changed |= suite
        created = self.create(to_create)
        suites = self.concat(*known.values(), created)
        return suites, (len(created), len(changed))

    def _recognise_names(self):
        """Give offers without identifiers those of the product of the same name."""
        by_name = {}
        for suite in self:
            by_name.setdefault(suite.name.casefold(), self.browse())
            by_name[suite.name.casefold()] |= suite
        offers = self.env["product.template"].search(
            [
                ("is_csp_offer", "=", True),
                ("csp_sku_part_number", "=", False),
                ("csp_provisioning_ref", "=", False),
            ]
        )
        count = 0
        for offer in offers:
            suite = by_name.get(offer.name.casefold(), self.browse())
            # Two products of one name: a person has to choose.
            if len(suite) == 1:
                offer.csp_provisioning_ref = suite.ref
                count += 1
        return count

    def _fill_offers(self):
        """Give the offers of these products their component services."""
        count = 0
        for suite, offers in self._find_offers().items():
            for offer in offers:
                if set(offer.csp_component_ids) != set(suite.plan_ids):
                    offer.csp_component_ids = suite.plan_ids
                    count += 1
        return count

    def _find_offers(self):
        """Return ``{suite: offers}``, found by GUID or by part number."""
        refs = {suite.ref: suite for suite in self}
        numbers = {suite.part_number.lower(): suite for suite in self}
        offers = self.env["product.template"].search(
            ["|", ("csp_provisioning_ref", "!=", False)]
            + [("csp_sku_part_number", "!=", False)]
        )
        found = {}
        for offer in offers:
            suite = refs.get((offer.csp_provisioning_ref or "").lower())
            if not suite and not offer.csp_provisioning_ref:
                suite = numbers.get((offer.csp_sku_part_number or "").lower())
            if suite:
                found[suite] = found.get(suite, offers.browse()) | offer
        return found
