{
    "name": "Cloud Distribution - Billing",
    "summary": "Charges, billing runs and invoices of cloud subscriptions",
    "version": "19.0.1.0.0",
    "license": "LGPL-3",
    "author": "CSP Distribution Suite",
    "category": "Sales/CSP",
    "development_status": "Beta",
    "depends": ["csp_subscription", "account", "account_payment"],
    "data": [
        # Security.
        "security/csp_billing_groups.xml",
        "security/ir.model.access.csv",
        "security/csp_billing_rules.xml",
        # Records.
        "data/queue_job_data.xml",
        "data/ir_cron_data.xml",
        "data/mail_activity_type_data.xml",
        # Views.
        "views/csp_charge_views.xml",
        "views/csp_billing_hold_views.xml",
        "views/csp_billing_run_views.xml",
        "views/csp_subscription_views.xml",
        "views/sale_order_views.xml",
        "views/account_move_views.xml",
        "views/res_config_settings_views.xml",
        # Depends on the actions above.
        "views/csp_billing_menus.xml",
    ],
    "demo": ["demo/csp_billing_demo.xml"],
}
