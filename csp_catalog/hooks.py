"""What has to be switched on once, when the add-on is installed."""


def post_init_hook(env):
    """Switch on pricelists: levels are pricelists, and Odoo ignores them otherwise."""
    feature = env.ref("product.group_product_pricelist")
    env.ref("base.group_user")._apply_group(feature)
