"""The one door to the network for all adapters. Nothing else imports ``requests``.

What the door lets through:

* https to port 443 of a listed host, and only to an address that is public. All
  addresses of the name are checked and the connection goes to the checked address
  itself, so a name that changes its mind meanwhile (DNS rebinding) gains nothing;
* plain http to loopback, for a provider in test mode, to the configured address only.

It follows no redirect, reads no proxy or netrc from the environment, keeps no cookie,
limits time and size, and tells its log about every exchange without secrets.
"""

from __future__ import annotations

import ipaddress
import json
import random
import re
import socket
import time
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import SplitResult, urlencode, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

from .base import ExchangeLog, LogCallback, RefusedError, RetryableError
from .base import UnknownOutcomeError as Unknown
from .scrub import Scrubber

MAX_BYTES = 16 * 1024 * 1024
MAX_TRIES = 3
BACK_OFF = 0.25
LONGEST_PAUSE = 2.0
CHUNK = 64 * 1024
_TRANSIENT = (500, 502, 503, 504)
_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
# IPv6 ranges that carry an IPv4 address inside.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True)
class Answer:
    """A complete answer: any status but a redirect."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    url: str

    def json(self) -> Any:
        """Return the decoded body; ValueError when it is no JSON."""
        return json.loads(self.content)


class HttpDoor:
    """Send requests for one provider."""

    def __init__(
        self,
        *,
        allowed_hosts: Iterable[str],
        test_origins: Iterable[str] = (),
        timeout: float = 30.0,
        connect_timeout: float = 10.0,
        log: LogCallback | None = None,
        secrets: Iterable[str] = (),
        resolve: Callable = socket.getaddrinfo,
        sleep: Callable[[float], None] = time.sleep,
    ):
        self._allowed_hosts = frozenset(host.lower() for host in allowed_hosts)
        self._test_origins = frozenset(
            _origin(urlsplit(url)) for url in test_origins if url
        )
        self._timeout = timeout
        self._connect_timeout = connect_timeout
        self._log = log
        self._resolve = resolve
        self._sleep = sleep
        self.scrubber = Scrubber(secrets)

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        json_body: Any = None,
        form: Mapping[str, str] | None = None,
        is_write: bool | None = None,
        max_bytes: int = MAX_BYTES,
        timeout: float | None = None,
    ) -> Answer:
        """Send one request and return the whole answer.

        Reads are repeated a few times on network trouble and 5xx. A write is sent
        once: RetryableError when it never left, UnknownOutcomeError when its answer
        is lost.
        """
        if is_write is None:
            is_write = method not in ("GET", "HEAD")
        if params:
            url += ("&" if "?" in url else "?") + urlencode(params)
        body, content_type = _encode(json_body, form)
        head = {"Accept": "application/json", "Accept-Encoding": "identity"}
        if content_type:
            head["Content-Type"] = content_type
        head |= headers or {}
        exchange = _Exchange(method, url, head, body, max_bytes, timeout)
        tries = 1 if is_write else MAX_TRIES
        for number in range(1, tries + 1):
            try:
                answer = self._exchange(exchange, is_write)
            except RetryableError:
                if number == tries:
                    raise
            else:
                if answer.status not in _TRANSIENT or number == tries:
                    return answer
            pause = BACK_OFF * 2 ** (number - 1)
            self._sleep(min(LONGEST_PAUSE, pause * random.uniform(0.5, 1.5)))
        raise AssertionError("unreachable")

    # --- one exchange ---------------------------------------------------------

    def _exchange(self, exchange, is_write):
        parts, address = self.check(exchange.url)
        started = time.monotonic()
        answer, problem = None, ""
        try:
            answer = self._talk(exchange, parts, address, started)
        except requests.exceptions.RequestException as error:
            problem = type(error).__name__
            raise self._network_error(error, is_write, parts) from error
        except urllib3.exceptions.HTTPError as error:
            problem = type(error).__name__
            raise self._network_error(error, is_write, parts) from error
        except (_TooSlow, _TooLarge, zlib.error) as error:
            problem = str(error)
            kind = Unknown if is_write else RetryableError
            if isinstance(error, _TooLarge) and not is_write:
                kind = RefusedError
            raise kind(f"{parts.hostname}: {error}") from error
        finally:
            self._tell(exchange, parts, answer, time.monotonic() - started, problem)
        if 300 <= answer.status < 400:
            raise RefusedError(
                f"{parts.hostname} answered with a redirect, which is never followed.",
                code=str(answer.status),
            )
        return answer

    def _talk(self, exchange, parts, address, started):
        limit = exchange.timeout or self._timeout
        with requests.Session() as session:
            session.trust_env = False
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
            patience = (self._connect_timeout, min(limit, self._timeout))
            pinned = _PinnedAdapter(parts, self._timeout, patience)
            session.mount(f"{parts.scheme}://", pinned)
            with session.request(
                exchange.method,
                _with_address(parts, address),
                headers={**exchange.headers, "Host": parts.netloc},
                data=exchange.body,
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            ) as response:
                content = _read(response, exchange.max_bytes, started + limit)
                return Answer(
                    response.status_code, response.headers, content, exchange.url
                )

    def _network_error(self, error, is_write, parts):
        if _was_never_sent(error):
            return RetryableError(f"No connection to {parts.hostname}.")
        if is_write:
            return Unknown(f"The answer of {parts.hostname} was lost.")
        return RetryableError(f"The answer of {parts.hostname} was lost.")

    def _tell(self, exchange, parts, answer, duration, problem):
        if self._log is None:
            return
        scrub = self.scrubber
        self._log(
            ExchangeLog(
                method=exchange.method,
                url=scrub.url(parts),
                status=answer.status if answer else None,
                request=scrub.body(exchange.body, exchange.headers),
                answer=scrub.body(answer.content, answer.headers) if answer else "",
                duration=round(duration, 3),
                correlation_id=exchange.headers.get("MS-CorrelationId", ""),
                request_id=exchange.headers.get("MS-RequestId", ""),
                error=problem,
            )
        )

    # --- what is allowed --------------------------------------------------------

    def check(self, url: str) -> tuple[SplitResult, str]:
        """Return the parts of an allowed address and the IP to connect to."""
        parts = _split(url)
        if _origin(parts) in self._test_origins and _is_loopback_name(parts.hostname):
            addresses = self._addresses(parts)
            if not all(_is_loopback(address) for address in addresses):
                raise RefusedError("A test address must be on this machine.")
            return parts, addresses[0]
        if parts.scheme != "https":
            raise RefusedError("Only https addresses are allowed.")
        if parts.port not in (None, 443):
            raise RefusedError("Only the standard https port is allowed.")
        if parts.hostname not in self._allowed_hosts:
            raise RefusedError(f"The host {parts.hostname} is not on the list.")
        addresses = self._addresses(parts)
        for address in addresses:
            if not _is_public(address):
                raise RefusedError(f"{parts.hostname} leads to a private address.")
        return parts, addresses[0]

    def _addresses(self, parts):
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            rows = self._resolve(parts.hostname, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise RetryableError(f"{parts.hostname} cannot be resolved.") from error
        addresses = list(dict.fromkeys(row[4][0].partition("%")[0] for row in rows))
        if not addresses:
            raise RetryableError(f"{parts.hostname} cannot be resolved.")
        return addresses


@dataclass(frozen=True)
class _Exchange:
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None
    max_bytes: int
    timeout: float | None


class _TooSlow(Exception):
    pass


class _TooLarge(Exception):
    pass


class _PinnedAdapter(HTTPAdapter):
    """Speak TLS for a host name although the URL holds its checked address."""

    def __init__(self, parts, given, patience):
        self._given = given
        self._patience = patience  # (to connect, between two pieces of the answer)
        self._tls = {}
        if parts.scheme == "https":
            name = parts.hostname
            self._tls = {"server_hostname": name, "assert_hostname": name}
        super().__init__(max_retries=0)

    def send(self, request, **kwargs):
        # requests passes one number on; a test's network guard may have changed it.
        if kwargs.get("timeout") == self._given:
            kwargs["timeout"] = self._patience
        return super().send(request, **kwargs)

    def init_poolmanager(self, *args, **kwargs):
        return super().init_poolmanager(*args, **kwargs, **self._tls)


def _read(response, limit, deadline):
    """Read the raw body within limits, then undo a content encoding."""
    content = bytearray()
    for chunk in response.raw.stream(CHUNK, decode_content=False):
        content += chunk
        if len(content) > limit:
            raise _TooLarge(f"the answer is larger than {limit} bytes")
        if time.monotonic() > deadline:
            raise _TooSlow("the answer took too long")
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding in ("gzip", "deflate") and content[:2] != b"PK":
        unpack = zlib.decompressobj(zlib.MAX_WBITS | 32)
        plain = unpack.decompress(bytes(content), limit + 1)
        if len(plain) > limit:
            raise _TooLarge(f"the answer is larger than {limit} bytes")
        return plain
    return bytes(content)


def _encode(json_body, form):
    if form is not None:
        return urlencode(form).encode(), "application/x-www-form-urlencoded"
    if json_body is not None:
        return json.dumps(json_body).encode(), "application/json"
    return None, ""


def _split(url):
    if not isinstance(url, str) or re.search(r"[\s\\\x00-\x1f\x7f]|[^\x00-\x7f]", url):
        raise RefusedError("The address holds characters that are not allowed.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise RefusedError("The address is not valid.") from error
    if not parts.hostname or parts.username is not None or port == 0:
        raise RefusedError("The address must name a host, and no user.")
    return parts


def _origin(parts):
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return parts.scheme, parts.hostname, port


def _with_address(parts, address):
    host = f"[{address}]" if ":" in address else address
    netloc = f"{host}:{parts.port}" if parts.port else host
    return parts._replace(netloc=netloc, fragment="").geturl()


def _is_loopback_name(hostname):
    return hostname in _LOOPBACK_NAMES


def _unwrap(address):
    """Return the IPv4 address inside an IPv6 one, where there is one."""
    ip = ipaddress.ip_address(address)
    if ip.version == 6:
        if ip in _NAT64:
            return ipaddress.ip_address(int(ip) & 0xFFFFFFFF)
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo and ip.teredo[1])
        return inner or ip
    return ip


def _is_loopback(address):
    return _unwrap(address).is_loopback


def _is_public(address):
    ip = _unwrap(address)
    return ip.is_global and not ip.is_multicast


def _was_never_sent(error):
    if isinstance(
        error, (requests.exceptions.ConnectTimeout, requests.exceptions.SSLError)
    ):
        return True
    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", cause)
    return isinstance(
        reason,
        (
            urllib3.exceptions.NewConnectionError,
            urllib3.exceptions.ConnectTimeoutError,
        ),
    )
