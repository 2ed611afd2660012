"""Creating variants in bulk, on the dynamic attributes Term and Billing."""

from odoo import api, models
from odoo.fields import Command

# The ORM compares every attribute value with the whole batch.
BATCH = 200
# The smaller sizes of a picture, stored as attachments: nothing to store for none.
IMAGES = ("image_1024", "image_512", "image_256", "image_128")
VARIANT_IMAGES = (
    "image_variant_1024",
    "image_variant_512",
    "image_variant_256",
    "image_variant_128",
)


class ProductTemplate(models.Model):
    _inherit = "product.template"

    def _csp_ensure_variants(self, wanted):
        """Find or create variants.

        :param set wanted: (template, term, plan)
        :return: ``{(template, term, plan): variant}``
        """
        templates = self.browse({template.id for template, _term, _plan in wanted})
        known = self._csp_find_variants(templates)
        missing = sorted(
            wanted - known.keys(), key=lambda item: (item[0].id, *item[1:])
        )
        if missing:
            values = self._csp_ensure_attribute_values(missing)
            for start in range(0, len(missing), BATCH):
                batch = missing[start : start + BATCH]
                known.update(
                    zip(batch, self._csp_create_variants(batch, values), strict=True)
                )
        return {item: known[item] for item in wanted}

    def _csp_create_variants(self, wanted, values):
        """Create the variants of [(template, term, plan)], in this order."""
        created = (
            self.env["product.product"]
            .with_context(tracking_disable=True, csp_template_is_known=True)
            .create(
                [
                    {
                        "product_tmpl_id": template.id,
                        "product_template_attribute_value_ids": [
                            Command.set(
                                [values[template.id, term], values[template.id, plan]]
                            )
                        ],
                    }
                    for template, term, plan in wanted
                ]
            )
        )
        created._csp_skip_images()
        return created

    def _csp_find_variants(self, templates):
        """Return ``{(template, term, plan): variant}``, archived ones as well."""
        found = (
            self.env["product.product"]
            .with_context(active_test=False)
            .search_fetch(
                [("product_tmpl_id", "in", templates.ids), ("csp_term", "!=", False)],
                ["product_tmpl_id", "csp_term", "csp_plan"],
            )
        )
        return {(v.product_tmpl_id, v.csp_term, v.csp_plan): v for v in found}

    def _csp_ensure_attribute_values(self, wanted):
        """Make the templates offer the wanted terms and plans.

        :return: ``{(template id, code): id of the template's attribute value}``
        """
        attributes = {
            "term": self.env.ref("csp_catalog.attribute_term"),
            "plan": self.env.ref("csp_catalog.attribute_plan"),
        }
        values = {
            value.csp_code: value
            for attribute in attributes.values()
            for value in attribute.value_ids
            if value.csp_code
        }
        by_line = {}
        for template, term, plan in wanted:
            for kind, code in (("term", term), ("plan", plan)):
                by_line.setdefault((template, attributes[kind]), set()).add(
                    values[code].id
                )
        # The variants follow in one batch: Odoo must not look for them by itself.
        lines = self.env["product.template.attribute.line"].with_context(
            create_product_product=False, update_product_template_attribute_values=False
        )
        templates = self.browse({template.id for template, _term, _plan in wanted})
        existing = {
            (line.product_tmpl_id, line.attribute_id): line
            for line in lines.search([("product_tmpl_id", "in", templates.ids)])
        }
        touched = lines.browse()
        to_create = []
        for (template, attribute), value_ids in by_line.items():
            line = existing.get((template, attribute))
            if not line:
                to_create.append(
                    {
                        "product_tmpl_id": template.id,
                        "attribute_id": attribute.id,
                        "value_ids": [Command.set(sorted(value_ids))],
                    }
                )
            elif value_ids - set(line.value_ids.ids):
                line.value_ids = [Command.link(value_id) for value_id in value_ids]
                touched |= line
        touched |= lines._csp_create_lines(to_create)
        touched._csp_create_template_values()
        found = self.env["product.template.attribute.value"].search_fetch(
            [
                ("product_tmpl_id", "in", templates.ids),
                ("attribute_id", "in", [a.id for a in attributes.values()]),
                ("ptav_active", "=", True),
            ],
            ["product_tmpl_id", "product_attribute_value_id"],
        )
        return {
            (
                value.product_tmpl_id.id,
                value.product_attribute_value_id.csp_code,
            ): value.id
            for value in found
        }

    def _csp_skip_images(self):
        """Spare new templates the work of shrinking a picture that is not there."""
        _skip_images(self, IMAGES)


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _prepare_create_values(self, vals_list):
        """Override: variants of a template at hand have nothing to write on it.

        The ORM would empty the template's properties, with one `write` per variant.
        """
        result = super()._prepare_create_values(vals_list)
        if self.env.context.get("csp_template_is_known"):
            for values in result:
                values.pop("product_properties", None)
        return result

    def _csp_skip_images(self):
        """Spare new variants the work of shrinking a picture that is not there."""
        _skip_images(self, VARIANT_IMAGES)


class ProductTemplateAttributeLine(models.Model):
    _inherit = "product.template.attribute.line"

    @api.model
    def _csp_create_lines(self, vals_list):
        """Create lines; as Odoo does, without asking for an archived one each time.

        `product` searches line by line for an archived line to bring back, one query
        each. One query answers for all; only where it finds something, Odoo's way is
        taken.
        """
        archived = self.search_count(
            [
                ("active", "=", False),
                ("product_tmpl_id", "in", [v["product_tmpl_id"] for v in vals_list]),
            ],
            limit=1,
        )
        if archived:
            return self.create(vals_list)
        return models.BaseModel.create(self, vals_list)

    def _csp_create_template_values(self):
        """Create the missing template values of these lines in one batch.

        Odoo does the same line by line (`_update_product_template_attribute_values`).
        """
        self.env["product.template.attribute.value"].create(
            [
                {"attribute_line_id": line.id, "product_attribute_value_id": value.id}
                for line in self
                for value in line.value_ids
                - line.product_template_value_ids.product_attribute_value_id
            ]
        )


def _skip_images(records, names):
    for name in names:
        records.env.remove_to_compute(records._fields[name], records)
