"""The HTTP door: what it refuses, and what it never tells."""

from __future__ import annotations

import http.server
import socket
import threading

try:
    from .simulator_case import PlainCase, providers
except ImportError:
    from simulator_case import PlainCase, providers

if __package__:
    from ..providers import http as door_module
    from ..providers.partner_center.adapter import unpack
    from ..providers.partner_center.const import ALLOWED_HOSTS
else:
    from providers import http as door_module
    from providers.partner_center.adapter import unpack
    from providers.partner_center.const import ALLOWED_HOSTS

API = "api.partnercenter.microsoft.com"
PUBLIC = "20.190.159.1"

FORBIDDEN = (
    "http://169.254.169.254/latest/meta-data/",
    "http://localhost:8069/",
    "http://127.0.0.1/",
    "http://[::1]/",
    "http://0.0.0.0/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://127.1/",
    "https://169.254.169.254/",
    "https://127.0.0.1/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://10.0.0.5/",
    "https://2130706433/",
    "https://evil.example/",
    f"http://{API}/",
    f"https://{API}:8443/",
    f"https://{API}.evil.example/",
    f"https://{API}@evil.example/",
    f"https://user@{API}/",
    f"https://user:pass@{API}/",
    f"https://evil.example#@{API}/",
    f"https://evil.example\\@{API}/",
    f"https://{API}./",
    f"https://{API}\r\nX: y/",
    f"https://{API}\t/",
    "https://api.partnercenter.mıcrosoft.com/",
    "https:///path",
    f"https://{API}:99999/",
    "file:///etc/passwd",
    f"ftp://{API}/",
    f"gopher://{API}/",
    "javascript:alert(1)",
    f"//{API}/",
    "",
    None,
)

PRIVATE = (
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1%eth0",
    "fc00::1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "ff02::1",
)


def resolver(*addresses):
    """Return a getaddrinfo that answers with the given addresses."""

    def resolve(host, port, **options):
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in addresses
        ]

    return resolve


def door(resolve=None, **values):
    """Return a door that never sleeps."""
    return door_module.HttpDoor(
        allowed_hosts=ALLOWED_HOSTS,
        resolve=resolve or resolver(PUBLIC),
        sleep=lambda seconds: None,
        **values,
    )


class TestAllowedAddresses(PlainCase):
    def test_forbidden_addresses_are_refused_without_a_connection(self):
        for url in FORBIDDEN:
            with self.subTest(url=url), self.assertRaises(providers.RefusedError):
                door(resolver("127.0.0.1")).send("GET", url)
            with self.subTest(url=url), self.assertRaises(providers.RefusedError):
                door(test_origins=("http://127.0.0.1:8790",)).check(url)

    def test_listed_host_on_a_private_address_is_refused(self):
        for address in PRIVATE:
            for addresses in ((address,), (PUBLIC, address)):
                refused = self.assertRaises(providers.RefusedError)
                with self.subTest(addresses=addresses), refused:
                    door(resolver(*addresses)).check(f"https://{API}/v1")

    def test_listed_hosts_on_public_addresses_pass(self):
        for host in ALLOWED_HOSTS:
            for address in (PUBLIC, "2603:1030::1"):
                parts, chosen = door(resolver(address)).check(f"https://{host}/v1?x=1")
                self.assertEqual((parts.hostname, chosen), (host, address))

    def test_connection_goes_to_the_checked_address(self):
        """A second look at the name (DNS rebinding) never happens."""
        answers = [PUBLIC, "127.0.0.1"]
        asked, sent = [], []

        def rebinding(host, port, **options):
            asked.append(host)
            return resolver(answers.pop(0))(host, port)

        class Stop(Exception):
            pass

        def request(session, method, url, **options):
            sent.append((url, options["headers"]["Host"], options["allow_redirects"]))
            raise Stop

        original = door_module.requests.Session.request
        door_module.requests.Session.request = request
        try:
            with self.assertRaises(Stop):
                door(rebinding).send("GET", f"https://{API}/v1/customers?size=1")
        finally:
            door_module.requests.Session.request = original
        self.assertEqual(asked, [API])
        self.assertEqual(sent, [(f"https://{PUBLIC}/v1/customers?size=1", API, False)])

    def test_certificate_is_checked_against_the_name(self):
        parts = door_module.urlsplit(f"https://{API}/")
        adapter = door_module._PinnedAdapter(parts, 1, (1, 1))
        options = adapter.poolmanager.connection_pool_kw
        self.assertEqual(options["server_hostname"], API)
        self.assertEqual(options["assert_hostname"], API)

    def test_test_mode_reaches_only_its_own_loopback_port(self):
        open_door = door(
            resolver("127.0.0.1"), test_origins=("http://localhost:8790/base",)
        )
        parts, address = open_door.check("http://localhost:8790/v1")
        self.assertEqual((parts.port, address), (8790, "127.0.0.1"))
        for url in ("http://localhost:8069/", "http://127.0.0.1:8790/"):
            with self.assertRaises(providers.RefusedError):
                open_door.check(url)

    def test_loopback_name_that_leads_away_is_refused(self):
        astray = door(resolver("10.0.0.1"), test_origins=("http://localhost:8790",))
        with self.assertRaises(providers.RefusedError):
            astray.check("http://localhost:8790/")

    def test_configured_private_host_is_no_test_address(self):
        for url in ("http://10.0.0.1:80", "http://sim.internal", "https://10.0.0.1"):
            with self.assertRaises(providers.RefusedError):
                door(test_origins=(url,)).check(url)

    def test_only_test_mode_may_use_loopback(self):
        for mode in ("enabled", "disabled"):
            config = providers.ProviderConfig(
                mode=mode,
                base_url="http://127.0.0.1:9",
                token_url="http://127.0.0.1:9",
                tenant_id="t",
                client_id="c",
                client_secret="secret-1",
            )
            adapter = providers.get_adapter("partner_center", config)
            with self.assertRaises(providers.RefusedError):
                adapter.ping()

    def test_unknown_name_is_retryable(self):
        def fail(host, port, **options):
            raise socket.gaierror("unknown")

        with self.assertRaises(providers.RetryableError):
            door(fail).send("POST", f"https://{API}/v1/customers", json_body={})


class Handler(http.server.BaseHTTPRequestHandler):
    """A server with bad manners, chosen by path."""

    hits = 0

    def _serve(self):
        type(self).hits += 1
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/redirect":
            self._answer(302, b"", {"Location": "http://169.254.169.254/"})
        elif self.path == "/large":
            self._answer(200, b"x" * 5000)
        elif self.path == "/bomb":
            packed = door_module.zlib.compress(b"x" * 1_000_000)
            self._answer(200, packed, {"Content-Encoding": "deflate"})
        elif self.path == "/drip":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            for _number in range(30):
                if self.server.stopping.wait(0.05):
                    break
                self.wfile.write(b"x")
                self.wfile.flush()
        elif self.path == "/close":
            self.close_connection = True
        elif self.path == "/busy":
            self._answer(503, b"{}")
        else:
            self._answer(200, b'{"cookie": "none"}', {"Set-Cookie": "a=b"})

    do_GET = do_POST = _serve

    def _answer(self, status, body, headers=None):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            self.close_connection = True

    def log_message(self, format, *args):
        pass


class TestExchange(PlainCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        cls.server.stopping = threading.Event()
        cls.thread = threading.Thread(target=cls.server.serve_forever, daemon=True)
        cls.thread.start()
        cls.url = f"http://127.0.0.1:{cls.server.server_port}"

    @classmethod
    def tearDownClass(cls):
        cls.server.stopping.set()
        cls.server.shutdown()
        cls.server.server_close()
        super().tearDownClass()

    def setUp(self):
        super().setUp()
        Handler.hits = 0
        self.logs = []
        self.door = door(
            resolver("127.0.0.1"),
            test_origins=(self.url,),
            log=self.logs.append,
            secrets=("hidden-value-1",),
        )

    def test_redirect_is_not_followed(self):
        with self.assertRaises(providers.RefusedError):
            self.door.send("GET", self.url + "/redirect")
        self.assertEqual((Handler.hits, self.logs[0].status), (1, 302))

    def test_large_answers_are_cut_off(self):
        for path in ("/large", "/bomb"):
            with self.subTest(path=path):
                with self.assertRaises(providers.RefusedError):
                    self.door.send("GET", self.url + path, max_bytes=2000)
                with self.assertRaises(providers.UnknownOutcomeError):
                    self.door.send("POST", self.url + path, max_bytes=2000)

    def test_dripping_answer_ends_at_the_deadline(self):
        with self.assertRaises(providers.UnknownOutcomeError):
            self.door.send("POST", self.url + "/drip", timeout=0.3)

    def test_lost_answer_is_unknown_for_writes_only(self):
        with self.assertRaises(providers.UnknownOutcomeError):
            self.door.send("POST", self.url + "/close", json_body={})
        self.assertEqual(Handler.hits, 1)
        with self.assertRaises(providers.RetryableError):
            self.door.send("GET", self.url + "/close")
        self.assertEqual(Handler.hits, 4)
        self.assertTrue(all(row.status is None and row.error for row in self.logs))

    def test_reads_are_repeated_and_writes_are_not(self):
        self.assertEqual(self.door.send("GET", self.url + "/busy").status, 503)
        self.assertEqual(Handler.hits, 3)
        self.assertEqual(self.door.send("POST", self.url + "/busy").status, 503)
        self.assertEqual(Handler.hits, 4)
        self.assertEqual(len(self.logs), 4)

    def test_refused_connection_is_retryable_also_for_writes(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{probe.getsockname()[1]}"
            closed = door(resolver("127.0.0.1"), test_origins=(url,))
            with self.assertRaises(providers.RetryableError):
                closed.send("POST", url + "/", json_body={})

    def test_log_hides_secrets_wherever_they_are(self):
        self.door.send(
            "POST",
            self.url + "/ok?sig=abcdef&page=2&token=tttttt",
            json_body={
                "password": "pw-123456",
                "deep": [{"accessToken": "at-123456", "code": 800009}],
                "text": "uses hidden-value-1 and Bearer eyJhbGciOi.abc",
            },
            headers={"Authorization": "Bearer very-secret"},
        )
        self.door.send("POST", self.url + "/ok", form={"client_secret": "cs-123456"})
        written = repr(self.logs)
        for secret in (
            "abcdef",
            "tttttt",
            "pw-123456",
            "at-123456",
            "hidden-value-1",
            "eyJhbGciOi",
            "very-secret",
            "cs-123456",
        ):
            self.assertNotIn(secret, written)
        self.assertIn("page=2", self.logs[0].url)
        self.assertIn("800009", self.logs[0].request)


class TestUnpack(PlainCase):
    def archive(self, **members):
        import io
        import zipfile

        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(name.replace("_", "."), content)
        return packed.getvalue()

    def test_plain_csv_passes(self):
        self.assertEqual(unpack(b'"A"\r\n', 100), b'"A"\r\n')

    def test_one_csv_is_unpacked(self):
        self.assertEqual(unpack(self.archive(sheets_csv=b"a"), 100), b"a")

    def test_bomb_two_files_and_none_are_refused(self):
        bomb = self.archive(sheets_csv=b"x" * 1_000_000)
        two = self.archive(a_csv=b"a", b_csv=b"b")
        for content in (bomb, two, self.archive(a_txt=b"a")):
            with self.assertRaises(providers.RefusedError):
                unpack(content, 1000)

    def test_damaged_archive_is_fetched_again(self):
        content = self.archive(sheets_csv=b"x" * 500)
        for damaged in (content[:-30], b"PK\x03\x04garbage"):
            with self.assertRaises(providers.RetryableError):
                unpack(damaged, 1000)
