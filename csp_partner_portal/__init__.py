from . import controllers, models


def _post_init_hook(env):
    """Give the checkout step and the shop category to what exists already.

    Generic checkout steps are copied when a website is created; the websites of this
    database were created before our step. The same holds for offers put on sale.
    """
    step = env.ref("csp_partner_portal.checkout_step_tenant")
    for website in env["website"].search([]):
        if not website._get_checkout_step(step.step_href):
            step.copy({"website_id": website.id, "is_published": True})
    offers = env["product.template"].search(
        [("is_csp_offer", "=", True), ("sale_ok", "=", True)]
    )
    offers._csp_publish()
