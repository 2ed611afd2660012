"""The provider record: secrets, adapter, price sheets fetched, neutralisation."""

from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged

from .. import providers
from .common import CspCatalogCommon, sheet_bytes


class FakeAdapter:
    """Answers what the test wants."""

    def __init__(self, content=b"", error=None):
        self.content = content
        self.error = error
        self.calls = []

    def ping(self):
        if self.error:
            raise self.error

    def fetch_price_sheet(self, market, **options):
        self.calls.append((market, options))
        if self.error:
            raise self.error
        return providers.PriceSheetFile("sheets.csv", self.content)


@tagged("post_install", "-at_install", "csp")
class TestConnection(CspCatalogCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.provider = cls._create_provider(
            code="partner_center",
            base_url="http://127.0.0.1:1",
            tenant_ref="tenant",
            client_id="application",
            client_secret="s3cret",
            refresh_token="t0ken",
            country_id=cls.env.ref("base.de").id,
            mpn_id="123",
        )
        cls.manager = new_test_user(
            cls.env, "csp_manager", groups="csp_catalog.group_csp_manager"
        )
        cls.product_manager = new_test_user(
            cls.env, "csp_product", groups="csp_catalog.group_csp_product_manager"
        )

    def _with_adapter(self, adapter):
        return patch.object(
            type(self.provider), "_get_adapter", lambda *args, **kwargs: adapter
        )

    def test_secrets_are_closed_to_employees(self):
        for user in (self.manager, self.product_manager):
            provider = self.provider.with_user(user)
            for field in ("client_secret", "refresh_token"):
                with self.assertRaises(AccessError):
                    provider.read([field])
            self.assertNotIn("client_secret", provider.read()[0])
            self.assertNotIn("client_secret", provider.fields_get())

    def test_configuration_of_the_adapter(self):
        adapter = self.provider.with_user(self.manager)._get_adapter()
        self.assertEqual(adapter.code, "partner_center")
        self.assertEqual(adapter.config.mode, "test")
        self.assertEqual(adapter.config.client_secret, "s3cret")
        self.assertEqual(adapter.config.country, "DE")
        self.assertNotIn("s3cret", repr(adapter.config))
        adapter.on_refresh_token("n3w")
        self.assertEqual(self.provider._get_refresh_token(), "n3w")
        self.assertEqual(self.provider.refresh_token, "t0ken")
        self._end_transaction()
        self.assertEqual(self.provider.refresh_token, "n3w")

    def test_a_rotated_token_survives_a_rollback_of_the_call(self):
        self.provider._store_refresh_token("n3w")
        self.env.cr.postcommit.clear()
        with self.enter_registry_test_mode():
            self.env.cr.postrollback.run()
        self.provider.invalidate_recordset()
        self.assertEqual(self.provider.refresh_token, "n3w")

    def test_archived_provider_is_disabled(self):
        self.provider.active = False
        self.assertEqual(self.provider._get_adapter().config.mode, "disabled")

    def test_copy_has_no_secret_and_is_off(self):
        copy = self.provider.copy()
        self.assertFalse(copy.client_secret)
        self.assertFalse(copy.refresh_token)
        self.assertEqual(copy.mode, "disabled")

    def _end_transaction(self):
        """Do what follows a commit, without one."""
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.cr.postcommit.run()
        self.provider.invalidate_recordset()

    def test_connection_button(self):
        provider = self.provider.with_user(self.manager)
        with self._with_adapter(FakeAdapter()):
            action = provider.action_test_connection()
        self._end_transaction()
        self.assertEqual(action["params"]["type"], "success")
        self.assertFalse(self.provider.last_error)
        self.assertTrue(self.provider.last_call_at)
        error = providers.AuthError("The secret has expired.", "900")
        with self._with_adapter(FakeAdapter(error=error)):
            action = provider.action_test_connection()
        self._end_transaction()
        self.assertEqual(action["params"]["type"], "danger")
        self.assertEqual(self.provider.last_error, "The secret has expired. [900]")
        with self.assertRaises(AccessError):
            self.provider.with_user(self.product_manager).action_test_connection()

    def test_wizard_fetches_from_the_provider(self):
        adapter = FakeAdapter(sheet_bytes({}))
        form = Form(self.env["csp.price.sheet.import"].with_user(self.product_manager))
        form.program_id = self.program
        form.source = "provider"
        self.assertEqual(form.provider_id, self.provider)
        self.assertTrue(form.is_complete)
        form.market = "de"
        with self._with_adapter(adapter):
            action = form.save().action_import()
        sheet = self.env["csp.price.sheet"].browse(action["res_id"])
        self.assertEqual(
            adapter.calls,
            [
                (
                    "DE",
                    {
                        "view": "updatedlicensebased",
                        "timeline": "current",
                        "month": None,
                    },
                )
            ],
        )
        self.assertEqual((sheet.state, sheet.source), ("staged", "provider"))
        self.assertEqual((sheet.market, sheet.provider_id), ("DE", self.provider))
        sheet._apply()
        self.assertEqual(sheet.state, "applied")

    def test_refused_fetch_is_told(self):
        error = providers.RetryableError("The vendor is busy.")
        with (
            self._with_adapter(FakeAdapter(error=error)),
            self.assertRaisesRegex(UserError, "The vendor is busy."),
        ):
            self.provider._fetch_price_sheet("DE")

    def test_provider_of_another_programme(self):
        other = self._create_provider(program_id=self._create_program().id)
        with self.assertRaises(ValidationError):
            self._import_sheet({}, provider_id=other.id)

    def test_neutralised_copy_is_harmless(self):
        self.env.flush_all()
        path = Path(__file__).parent.parent / "data" / "neutralize.sql"
        self.cr.execute(path.read_text())
        self.env.invalidate_all()
        providers_left = self.env["csp.provider"].search([("mode", "!=", "disabled")])
        self.assertFalse(providers_left)
        self.assertFalse(self.provider.client_secret)
        self.assertFalse(self.provider.refresh_token)
