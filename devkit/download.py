"""Fetch one file over HTTP: resumed, checked, moved into place when complete."""

from __future__ import annotations

import hashlib
import http.client
import os
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from devkit.errors import DevkitError, explain_os_error
from devkit.ui import Progress, say

CHUNK = 1 << 18
TIMEOUT = 30.0  # seconds without a byte
ATTEMPTS = 4


class Gone(DevkitError):
    """Every address answered that the file does not exist (404 or 410)."""


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def fetch(
    urls: Sequence[str],
    target: Path,
    sha256: str | None,
    *,
    pause: float = 1.0,
) -> Path:
    """Put the file behind one of `urls` at `target` and return `target`.

    A partial file is continued, and a complete one with the right hash is used
    as it is. With `sha256` None the file is always fetched again.

    :param urls: addresses of the same file, best first.
    :param pause: seconds before the second attempt; doubled each time.
    :raise Gone: when every address says that there is no such file.
    :raise DevkitError: when the network, the hash or the disk is at fault.
    """
    if sha256 and target.is_file() and sha256_of(target) == sha256:
        return target
    partial = target.with_name(target.name + ".part")
    if not sha256:
        partial.unlink(missing_ok=True)
    problem = ""
    for attempt in range(ATTEMPTS):
        if attempt:
            say(f"    {problem}; trying again")
            time.sleep(pause * 2 ** (attempt - 1))
        missing = 0
        for url in urls:
            try:
                _transfer(url, partial)
            except urllib.error.HTTPError as error:
                missing += error.code in (404, 410)
                problem = f"{url} answered {error.code}"
                continue
            except (http.client.HTTPException, urllib.error.URLError) as error:
                problem = f"{url} failed ({getattr(error, 'reason', error)})"
                continue
            except (TimeoutError, ConnectionError) as error:
                problem = f"{url} broke off ({error})"
                continue
            except OSError as error:
                raise explain_os_error(error, partial) from error
            if sha256 and sha256_of(partial) != sha256:
                partial.unlink()
                problem = f"{url} does not have the pinned SHA-256"
                continue
            os.replace(partial, target)
            return target
        if missing == len(urls):
            raise Gone(f"There is no {target.name} any more: {problem}.")
    raise DevkitError(
        f"Could not download {target.name}: {problem}; check the network or the "
        "proxy and run the command again, it continues where it stopped."
    )


def _transfer(url: str, partial: Path) -> None:
    """Append what is missing to `partial`; raise when the stream ends early."""
    have = partial.stat().st_size if partial.exists() else 0
    request = urllib.request.Request(url, headers={"User-Agent": "devkit"})
    if have:
        request.add_header("Range", f"bytes={have}-")
    try:
        response = urllib.request.urlopen(request, timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        if error.code != 416:  # 416: nothing beyond what we have; the hash decides
            raise
        return
    with response:
        if response.status != 206:
            have = 0
        length = response.headers.get("Content-Length")
        total = have + int(length) if length else None
        progress = Progress(partial.name.removesuffix(".part"), total)
        with partial.open("ab" if have else "wb") as stream:
            while chunk := response.read(CHUNK):
                stream.write(chunk)
                have += len(chunk)
                progress.update(have)
    if total is not None and have < total:
        raise ConnectionError(f"{have} of {total} bytes")
