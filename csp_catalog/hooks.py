"""What has to be switched on once, when the add-on is installed."""


def post_init_hook(env):
    """Switch on pricelists and variants: levels are pricelists, terms are variants."""
    employees = env.ref("base.group_user")
    employees._apply_group(env.ref("product.group_product_pricelist"))
    employees._apply_group(env.ref("product.group_product_variant"))
    # Partners without a level need a list too, or Odoo hands them the first it finds.
    env["res.company"].search([])._activate_or_create_pricelists()
