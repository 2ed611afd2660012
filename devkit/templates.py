"""Template databases: built once per state of the sources, copied many times."""

from __future__ import annotations

import datetime
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from devkit import stamps
from devkit.databases import Databases, addons_fingerprint
from devkit.errors import DevkitError
from devkit.odoo_run import Context, run_script, run_to_end
from devkit.processes import stop_all
from devkit.ui import step

# The add-ons of Odoo and OCA below ours, so that a change of ours re-installs
# only ours. The order is Odoo's business.
DEPENDENCIES = (
    "website_sale",
    "crm",
    "sale_management",
    "sale_margin",
    "sale_crm",
    "account",
    "payment_demo",
    "partnership",
    "website_crm_partner_assign",
    "queue_job",
)
# Nothing may call Odoo's services from a machine under test: company look-ups
# and lead enrichment are switched off where a person would do it, and so is the
# weekly report to Odoo's update service.
QUIET_SQL = """
UPDATE res_company SET iap_enrich_auto_done = true;
INSERT INTO ir_config_parameter (key, value, create_date, write_date)
     VALUES ('crm.iap.lead.enrich.setting', 'manual', now(), now())
ON CONFLICT (key) DO UPDATE SET value = excluded.value;
UPDATE ir_cron SET active = false WHERE id IN (
    SELECT res_id FROM ir_model_data
     WHERE module = 'mail' AND name = 'ir_cron_module_update_notification');
"""
# What the first page of the shop, the portal and the back office loads.
ASSETS_SCRIPT = """
website = env["website"].search([], limit=1)
for place, bundles in (
    (website.id, ("web.assets_frontend", "web.assets_frontend_lazy")),
    (website.id, ("web.assets_frontend_minimal", "web.chartjs_lib")),
    (None, ("web.assets_frontend", "web.assets_frontend_minimal")),
    (None, ("web.assets_frontend_lazy", "web.assets_web")),
):
    qweb = env["ir.qweb"].with_context(website_id=place)
    for bundle in bundles:
        qweb._get_asset_bundle(bundle, css=False, js=True).js()
        qweb._get_asset_bundle(bundle, css=True, js=False).css()
env.cr.commit()
"""


@dataclass(frozen=True)
class Template:
    """Names of the two layers, and whether they carry demo data."""

    base: str
    full: str
    demo: bool


PLAIN = Template("csp_base_tpl", "csp_test_tpl", demo=False)
DEMO = Template("csp_base_demo_tpl", "csp_demo_tpl", demo=True)


def ensure_templates(context: Context, *templates: Template) -> None:
    """Build what is missing or out of date, side by side."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        jobs = [pool.submit(_ensure, context, template) for template in templates]
        try:
            failures = [job.exception() for job in jobs]
        except BaseException:
            stop_all()  # else leaving the pool would wait for them
            raise
    for failure in failures:
        if failure:
            raise failure


def ensure_base(context: Context, template: Template) -> str:
    """Build the layer of Odoo's own add-ons; return its fingerprint."""
    databases = Databases(context.settings, context.server)
    content = stamps.fingerprint(
        context.tree.fingerprint, QUIET_SQL, *DEPENDENCIES, str(template.demo)
    )
    note = databases.note(template.base)
    if note is None or note.content != content:
        with step(f"database {template.base}: Odoo's add-ons"):
            databases.create(template.base)
            _install(context, template.base, DEPENDENCIES, template.demo)
            context.server.psql(QUIET_SQL, template.base)
            context.server.psql("VACUUM ANALYZE", template.base)
            databases.set_content(template.base, content)
    return content


def _ensure(context: Context, template: Template) -> None:
    settings = context.settings
    for addon in settings.addons:
        own = settings.addon_path(addon) / "__manifest__.py"
        if not own.is_file() and addon.startswith("csp_"):
            raise DevkitError(f"The add-on {addon} is not in {settings.root}.")
    databases = Databases(settings, context.server)
    base = ensure_base(context, template)
    # Demo dates are relative to the day of installation.
    today = datetime.date.today().isoformat() if template.demo else ""
    content = stamps.fingerprint(base, addons_fingerprint(settings), today)
    note = databases.note(template.full)
    if note is None or note.content != content:
        with step(f"database {template.full}: {', '.join(settings.addons)}"):
            databases.clone(template.base, template.full)
            _install(context, template.full, settings.addons, template.demo)
            if template.demo:
                _make_assets(context, template.full)
            databases.set_content(template.full, content)


def _make_assets(context: Context, database: str) -> None:
    """Compile styles and scripts once, so that no copy waits for its first page."""
    problems = run_script(context, database, ASSETS_SCRIPT)
    made = "SELECT count(*) FROM ir_attachment WHERE url LIKE '/web/assets/%.min.js'"
    if context.server.psql(made, database)[0][0] == "0":
        raise DevkitError(f"Odoo could not compile its assets:\n  {problems}")


def _install(
    context: Context, database: str, addons: tuple[str, ...], demo: bool
) -> None:
    arguments = ["-d", database, "-i", ",".join(addons)]
    if demo:
        arguments.append("--with-demo")
    run_to_end(context, f"install-{database}", arguments)
