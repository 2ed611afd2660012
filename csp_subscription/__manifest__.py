{
    "name": "CSP Subscription",
    "summary": "Cloud subscriptions: ordering, provisioning, seats and renewals",
    "version": "19.0.1.1.0",
    "license": "LGPL-3",
    "author": "CSP Distribution Suite",
    "category": "Sales/CSP",
    "application": True,
    "development_status": "Beta",
    "depends": ["csp_catalog", "mail"],
    "data": [
        # Security.
        "security/csp_subscription_security.xml",
        "security/ir.model.access.csv",
        # Records.
        "data/ir_sequence_data.xml",
        "data/queue_job_data.xml",
        "data/ir_cron_data.xml",
        "data/mail_activity_type_data.xml",
        "data/mail_template_data.xml",
        # Wizards.
        "wizards/csp_subscription_change_views.xml",
        "wizards/csp_provisioning_task_complete_views.xml",
        # Views.
        "views/csp_provisioning_task_views.xml",
        "views/csp_subscription_list_views.xml",
        "views/csp_subscription_views.xml",
        "views/csp_subscription_event_views.xml",
        "views/csp_promotion_views.xml",
        "views/csp_contract_views.xml",
        "views/csp_tenant_views.xml",
        "views/csp_intent_views.xml",
        "views/sale_order_views.xml",
        "views/res_partner_views.xml",
        "views/csp_price_impact_views.xml",
        "views/csp_price_impact_line_views.xml",
        "views/csp_price_impact_notice_views.xml",
        # Depends on all actions.
        "views/csp_subscription_menus.xml",
        "views/csp_price_impact_menus.xml",
    ],
    "assets": {
        "web.assets_backend": ["csp_subscription/static/src/scss/commitment.scss"],
    },
    "demo": ["demo/csp_subscription_demo.xml", "demo/csp_impact_demo.xml"],
}
