"""Microsoft Partner Center behind our contract."""

from __future__ import annotations

import io
import re
import zipfile
from urllib.parse import quote

from .. import base
from . import const, mapping
from .changes import Changes
from .client import Client
from .ordering import Ordering
from .promotions import Promotions

_VIEW = re.compile(r"[a-z_]{3,40}")
_MARKET = re.compile(r"[A-Z]{2}")
_MONTH = re.compile(r"20\d\d(0[1-9]|1[0-2])")
_TIMELINES = ("current", "future", "history")


class PartnerCenterAdapter(base.Adapter):
    """Talk to Partner Center's REST API with the secure application model."""

    code = "partner_center"

    def __init__(self, config, *, log=None, on_refresh_token=None):
        super().__init__(config, log=log, on_refresh_token=on_refresh_token)
        self._client = Client(config, log, on_refresh_token)
        self._ordering = Ordering(self._client)
        self._changes = Changes(self._client)
        self._promotions = Promotions(self._client)

    # --- commands -----------------------------------------------------------

    def execute(self, command, checkpoint=None):
        self._client._check_mode()
        flow = self._flow(command)
        return flow.execute(command, dict(checkpoint or {}))

    def lookup(self, command, checkpoint=None):
        self._client._check_mode()
        flow = self._flow(command)
        return flow.lookup(command, dict(checkpoint or {}))

    # --- questions ----------------------------------------------------------

    def get_subscription(self, customer_ref, subscription_ref):
        body = self._changes.fetch(customer_ref, subscription_ref)
        return mapping.subscription(body, customer_ref)

    def list_subscriptions(self, customer_ref):
        path = f"/v1/customers/{quote(customer_ref, safe='')}/subscriptions"
        return [
            mapping.subscription(
                self._changes.checked(body, customer_ref), customer_ref
            )
            for body in self._client.get_all(path)
        ]

    def is_domain_taken(self, domain):
        return self._client.exists(f"/v1/domains/{quote(domain, safe='')}")

    def fetch_price_sheet(
        self, market, view="updatedlicensebased", timeline="current", month=None
    ):
        """Download a sheet (Partner REST, "Get a price sheet").

        "Accept-Encoding: deflate" makes the vendor answer with a zip of the CSV.
        """
        if not _MARKET.fullmatch(market) or not _VIEW.fullmatch(view):
            raise base.RefusedError("The market or the view of the sheet is not valid.")
        if timeline not in _TIMELINES:
            raise base.RefusedError("The timeline is current, future or history.")
        params = {"timeline": timeline}
        if timeline == "history":
            if not _MONTH.fullmatch(month or ""):
                raise base.RefusedError("A sheet of the past needs a month: YYYYMM.")
            params["month"] = month
        path = (
            f"/v1.0/sales/pricesheets(Market='{market}',PricesheetView='{view}')/$value"
        )
        answer = self._client.get_file(path, params, const.MAX_SHEET_BYTES)
        parts = [market, view, timeline] + ([month] if timeline == "history" else [])
        return base.PriceSheetFile(
            name="_".join(parts) + ".csv",
            content=unpack(answer.content, const.MAX_SHEET_UNPACKED),
            fetched_url=answer.url,
        )

    def fetch_promotions(self, country, segment="commercial"):
        return self._promotions.fetch(country, segment)

    def check_promotions(self, customer_ref, lines, country=""):
        return self._promotions.check(customer_ref, tuple(lines), country)

    def ping(self):
        self._client._check_mode()
        self._client.tokens.get(const.AUDIENCE_API, fresh=True)
        self._client.get("/v1/customers", {"size": "1"})

    # --- helpers ------------------------------------------------------------

    def _flow(self, command):
        if isinstance(command, base.PlaceOrder):
            return self._ordering
        if isinstance(command, base.SubscriptionCommand):
            return self._changes
        raise base.RefusedError(
            f"Partner Center cannot do this: {type(command).__name__}."
        )


def unpack(content: bytes, limit: int) -> bytes:
    """Return the CSV inside a zip, or the content itself when it is none."""
    if content[:2] != b"PK":
        return content
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = [
                name for name in archive.namelist() if name.lower().endswith(".csv")
            ]
            if len(names) != 1:
                raise base.RefusedError("The download does not hold exactly one CSV.")
            with archive.open(names[0]) as member:
                plain = member.read(limit + 1)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise base.RetryableError("The download is damaged.") from error
    if len(plain) > limit:
        raise base.RefusedError(f"The price sheet is larger than {limit} bytes.")
    return plain
