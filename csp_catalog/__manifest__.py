{
    "name": "Cloud Distribution - Catalogue",
    "summary": "Vendor offers, price sheets, partner levels and vendor connections",
    "version": "19.0.1.0.0",
    "license": "LGPL-3",
    "author": "CSP Distribution Suite",
    "category": "Sales/CSP",
    "development_status": "Beta",
    "depends": [
        "product",
        "sale_management",
        "sale_margin",
        "partnership",
        "portal",
        "queue_job",
    ],
    "data": [
        # Security.
        "security/csp_catalog_groups.xml",
        "security/ir.model.access.csv",
        "security/csp_catalog_rules.xml",
        # Record data.
        "data/csp_special_bid_sequence.xml",
        "data/product_attribute_data.xml",
        "data/csp_program_data.xml",
        "data/queue_job_data.xml",
        "data/ir_cron_data.xml",
        # Views.
        "views/csp_price_views.xml",
        "views/csp_price_sheet_row_views.xml",
        "wizards/csp_price_sheet_import_views.xml",
        "views/csp_price_sheet_views.xml",
        "wizards/csp_price_sheet_confirm_views.xml",
        "views/csp_price_sheet_impact_views.xml",
        "views/csp_provider_views.xml",
        "views/csp_program_views.xml",
        "views/product_views.xml",
        "views/res_partner_views.xml",
        "views/res_partner_grade_views.xml",
        "views/sale_order_views.xml",
        # Depends on the actions above.
        "views/csp_menus.xml",
        "views/csp_analysis_menus.xml",
        # With their own menus, below those.
        "views/csp_promotion_views.xml",
        "views/csp_resale_price_views.xml",
        "views/csp_special_bid_views.xml",
    ],
    "demo": ["demo/csp_catalog_demo.xml"],
    # Read by the demo's own functions.
    "oca_data_manual": [
        "demo/offers.csv",
        "demo/price_sheet_de.csv",
        "demo/price_sheet_us.csv",
    ],
    "post_init_hook": "post_init_hook",
}
