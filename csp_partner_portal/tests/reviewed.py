"""What somebody has looked at: lists that the walks in tests/security compare with.

An entry is added together with its line in the matrices, not to silence a test.
"""

CSP_MODULES = ("csp_catalog", "csp_subscription", "csp_billing", "csp_partner_portal")

# Models whose rows are the same for all companies.
GLOBAL_MODELS = set()

# What portal users may write, within a portal rule: a reseller's own price list.
PORTAL_WRITES = {"csp.resale.price"}

# Files in which every sudo() has been read, and a comment per call would be noise.
SUDO_FILES = set()

# Address: who may ask for it.
ROUTES = {
    "/my/csp": "portal",
    "/my/csp/catalog": "reseller",
    "/my/csp/catalog/page/<int:page>": "reseller",
    "/my/csp/order/<int:product_id>": "reseller",
    "/my/csp/customers": "reseller",
    "/my/csp/customers/page/<int:page>": "reseller",
    "/my/csp/customers/new": "reseller",
    "/my/csp/subscriptions": "portal",
    "/my/csp/subscriptions/page/<int:page>": "portal",
    "/my/csp/subscription/<int:subscription_id>": "party of the subscription",
    "/my/csp/subscription/<int:subscription_id>/access": "party of the subscription",
    "/my/csp/subscription/<int:subscription_id>/seats": "payer",
    "/my/csp/renewals": "portal",
    "/my/csp/renewal/<int:order_id>/accept": "payer",
    "/my/csp/renewal/<int:order_id>/decline": "payer",
    "/my/csp/renewal/<int:order_id>/seats/<int:line_id>": "payer",
    "/shop/tenant": "owner of the cart",
    "/shop/tenant/submit": "owner of the cart",
    "/shop/csp/delivery": "who has just ordered",
}

# Names in pg_constraint or pg_indexes that invariants rest on.
CONSTRAINTS = {
    "csp_access_pkey",
    "csp_agreement_version_uniq",
    "csp_intent_open_uniq",
    "csp_portal_request_token_unique",
    "csp_promotion_usage_line_uniq",
    "csp_promotion_vendor_ref_uniq",
    "csp_provisioning_task_key_uniq",
    "csp_provisioning_task_order_uniq",
    "csp_special_bid_name_uniq",
    "csp_subscription_event_renew_uniq",
    "csp_subscription_event_start_uniq",
    "csp_subscription_order_line_uniq",
    "csp_subscription_quantity_positive",
    "csp_subscription_term_dates",
    "csp_subscription_vendor_ref_uniq",
    "csp_tenant_domain_uniq",
    "product_pricelist_csp_agreement_uniq",
    "product_product_csp_key_uniq",
    "product_template_csp_offer_uniq",
}

# Methods that a person may call over RPC, as model.method.
PUBLIC_METHODS = {
    "account.move.action_view_csp_charges",
    "account.move.button_cancel",
    "account.move.button_draft",
    "csp.access.action_reveal",
    "csp.agreement.action_activate",
    "csp.agreement.action_amend",
    "csp.agreement.action_cancel",
    "csp.agreement.action_draft",
    "csp.agreement.action_end",
    "csp.agreement.action_send",
    "csp.agreement.action_view_pricelist",
    "csp.agreement.action_view_versions",
    "csp.billing.hold.action_release",
    "csp.billing.run.action_cancel",
    "csp.billing.run.action_pause",
    "csp.billing.run.action_preview",
    "csp.billing.run.action_resume",
    "csp.billing.run.action_start",
    "csp.billing.run.action_view_charges",
    "csp.billing.run.action_view_holds",
    "csp.billing.run.action_view_moves",
    "csp.charge.action_view_invoice",
    "csp.contract.action_activate",
    "csp.contract.action_close",
    "csp.contract.action_view_subscriptions",
    "csp.price.sheet.action_apply",
    "csp.price.sheet.action_impact",
    "csp.price.sheet.action_stage",
    "csp.price.sheet.action_view_impact",
    "csp.price.sheet.action_view_prices",
    "csp.price.sheet.confirm.action_confirm",
    "csp.price.sheet.impact.action_view_offers",
    "csp.price.sheet.import.action_import",
    "csp.program.action_view_offers",
    "csp.program.action_view_sheets",
    "csp.promotion.action_sync_vendor",  # asks for the right to write promotions
    "csp.promotion.action_view_usages",
    "csp.provider.action_sync_promotions",  # asks for the right to write promotions
    "csp.provider.action_test_connection",
    "csp.provider.action_view_promotions",
    "csp.provisioning.task.action_complete",
    "csp.provisioning.task.action_give_up",
    "csp.provisioning.task.action_retry",
    "csp.provisioning.task.action_view_subscriptions",
    "csp.provisioning.task.complete.action_complete",
    "csp.special.bid.action_approve",
    "csp.special.bid.action_draft",
    "csp.special.bid.action_refuse",
    "csp.special.bid.action_request",
    "csp.subscription.action_cancel_subscription",
    "csp.subscription.action_change_seats",
    "csp.subscription.action_prepare_renewal",
    "csp.subscription.action_resume",
    "csp.subscription.action_suspend",
    "csp.subscription.action_sync",
    "csp.subscription.action_view_charges",
    "csp.subscription.action_view_csp_invoices",
    "csp.subscription.action_view_events",
    "csp.subscription.action_view_order",
    "csp.subscription.action_view_renewals",
    "csp.subscription.action_view_tasks",
    "csp.subscription.change.action_apply",
    "csp.suggestion.ladder.action_view_rules",
    "csp.suggestion.wizard.line.action_add",
    "product.product.action_view_csp_prices",
    "product.template.action_csp_compare_bundle",
    "product.template.action_csp_create_variants",
    "product.template.action_view_csp_prices",
    "product.template.action_view_csp_promotions",
    "res.partner.action_view_csp_agreements",
    "res.partner.action_view_csp_customers",
    "res.partner.action_view_csp_subscriptions",
    "sale.order.action_csp_accept_terms",
    "sale.order.action_csp_approve_below_cost",
    "sale.order.action_csp_decline_renewal",
    "sale.order.action_csp_suggest",
    "sale.order.action_draft",
    "sale.order.action_view_csp_charges",
    "sale.order.action_view_csp_subscriptions",
    "sale.order.action_view_csp_tasks",
}
