from datetime import timezone

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.csp_catalog.providers import base as provider_base


class CspTenant(models.Model):
    """The end customer's account at a vendor: wanted, or known by `vendor_ref`."""

    _name = "csp.tenant"
    _description = "Vendor Tenant"
    _inherit = ["mail.thread"]
    _order = "partner_id, name, id"
    _check_company_auto = True

    # Identity
    name = fields.Char(compute="_compute_name", store=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="End Customer",
        required=True,
        index=True,
        ondelete="restrict",
        tracking=True,
    )
    reseller_id = fields.Many2one(
        related="partner_id.csp_reseller_id", store=True, index="btree_not_null"
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    program_id = fields.Many2one(
        "csp.program", string="Programme", required=True, ondelete="restrict"
    )
    domain = fields.Char(
        required=True,
        tracking=True,
        help="Domain of the tenant, for example fabrikam.onmicrosoft.com.",
    )
    is_existing = fields.Boolean(
        string="Exists Already",
        tracking=True,
        help="The customer has this tenant already and accepts our relationship "
        "request; nothing is created at the vendor.",
    )
    vendor_ref = fields.Char(
        string="Vendor Reference", copy=False, tracking=True, readonly=True
    )
    state = fields.Selection(
        [("draft", "Not at the vendor yet"), ("linked", "Linked")],
        compute="_compute_state",
        store=True,
    )

    # First administrator
    admin_first_name = fields.Char(string="First Name")
    admin_last_name = fields.Char(string="Last Name")
    admin_email = fields.Char(string="Email")
    admin_phone = fields.Char(string="Phone")

    # Customer agreement with the vendor
    agreement_accepted_at = fields.Datetime(
        string="Agreement Accepted On", copy=False, tracking=True
    )
    agreement_by_name = fields.Char(string="Accepted By", copy=False)
    agreement_by_email = fields.Char(string="Accepted By (Email)", copy=False)
    agreement_ip = fields.Char(string="Accepted From Address", copy=False)

    # What hangs on it
    subscription_ids = fields.One2many("csp.subscription", "tenant_id")

    _domain_uniq = models.UniqueIndex(
        "(program_id, company_id, lower(domain))",
        "This domain is known already. Choose the existing tenant instead.",
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("domain", "partner_id.name")
    def _compute_name(self):
        for tenant in self:
            tenant.name = tenant.domain or tenant.partner_id.name

    @api.depends("vendor_ref")
    def _compute_state(self):
        for tenant in self:
            tenant.state = "linked" if tenant.vendor_ref else "draft"

    # ----------------------------------------------------------------------
    # CONSTRAINTS
    # ----------------------------------------------------------------------

    @api.constrains("domain")
    def _check_domain(self):
        for tenant in self:
            domain = tenant.domain or ""
            labels = domain.split(".")
            if (
                len(domain) > 253
                or len(labels) < 2
                or not all(_is_label(label) for label in labels)
            ):
                raise ValidationError(
                    self.env._(
                        "“%(domain)s” is not a domain name. Write it like "
                        "fabrikam.onmicrosoft.com.",
                        domain=domain,
                    )
                )

    # ----------------------------------------------------------------------
    # CRUD
    # ----------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("domain"):
                vals["domain"] = vals["domain"].strip().lower()
        return super().create(vals_list)

    def write(self, vals):
        if vals.get("domain"):
            vals = {**vals, "domain": vals["domain"].strip().lower()}
        return super().write(vals)

    # ----------------------------------------------------------------------
    # HELPERS
    # ----------------------------------------------------------------------

    def _get_missing_data(self):
        """Return the labels of what a vendor asks for and is still empty."""
        self.ensure_one()
        names = ["domain"]
        if not self.is_existing:
            names += ["admin_first_name", "admin_last_name", "admin_email"]
        missing = [
            self._fields[name]._description_string(self.env)
            for name in names
            if not self[name]
        ]
        if not self.is_existing and not self.vendor_ref:
            address = {
                "street": self.env._("Street of the end customer"),
                "city": self.env._("City of the end customer"),
                "zip": self.env._("Zip of the end customer"),
                "country_id": self.env._("Country of the end customer"),
            }
            missing += [
                label for name, label in address.items() if not self.partner_id[name]
            ]
        return missing

    def _prepare_provider_tenant(self):
        """Return the value that the provider's adapter understands."""
        self.ensure_one()
        partner = self.partner_id
        return provider_base.Tenant(
            domain=self.domain or "",
            vendor_ref=self.vendor_ref or None,
            company_name=partner.name or "",
            street=partner.street or "",
            street2=partner.street2 or "",
            city=partner.city or "",
            zip=partner.zip or "",
            state=partner.state_id.code or "",
            country=partner.country_id.code or "",
            first_name=self.admin_first_name or "",
            last_name=self.admin_last_name or "",
            email=self.admin_email or "",
            phone=self.admin_phone or "",
            language=(partner.lang or self.env.lang or "en_US").replace("_", "-"),
            is_existing=self.is_existing,
            registration_number=partner.company_registry or "",
        )

    def _prepare_provider_agreement(self):
        """Return who accepted the vendor's agreement, or None."""
        self.ensure_one()
        if not self.agreement_accepted_at:
            return None
        first, _sep, last = (self.agreement_by_name or "").strip().partition(" ")
        return provider_base.AgreementAcceptance(
            first_name=first or self.admin_first_name or "",
            last_name=last or self.admin_last_name or "",
            email=self.agreement_by_email or self.admin_email or "",
            accepted_at=self.agreement_accepted_at.replace(tzinfo=timezone.utc),
            phone=self.admin_phone or "",
        )


def _is_label(label):
    return (
        0 < len(label) <= 63
        and label.isascii()
        and label.replace("-", "").isalnum()
        and not label.startswith("-")
        and not label.endswith("-")
    )
