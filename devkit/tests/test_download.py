"""Downloads: whole, resumed, broken, refused, on a full disk."""

import errno
import hashlib
import http.server
import io
import threading

import pytest

from devkit import download
from devkit.errors import DevkitError

CONTENT = bytes(range(256)) * 4000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    """Serve CONTENT; the server's `script` decides how each answer goes wrong."""

    def do_GET(self):
        self.server.asked.append(self.headers.get("Range"))
        what = self.server.script.pop(0) if self.server.script else "whole"
        if what.isdigit():
            self.send_error(int(what))
            return
        start = 0
        if (wanted := self.headers.get("Range")) and what != "no ranges":
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
        body = CONTENT[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if what == "half" else body)

    def log_message(self, *_arguments):
        """Keep the test output clean."""


@pytest.fixture
def server():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.script, server.asked = [], []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    server.url = f"http://127.0.0.1:{server.server_port}/file.bin"
    yield server
    server.shutdown()
    server.server_close()


def fetch(server, folder, sha256=SHA256):
    return download.fetch([server.url], folder / "file.bin", sha256, pause=0)


def test_whole_file_once(server, tmp_path):
    assert fetch(server, tmp_path).read_bytes() == CONTENT
    fetch(server, tmp_path)
    assert server.asked == [None]
    assert [path.name for path in tmp_path.iterdir()] == ["file.bin"]


def test_broken_stream_is_resumed(server, tmp_path):
    server.script = ["half"]
    assert fetch(server, tmp_path).read_bytes() == CONTENT
    assert server.asked == [None, f"bytes={len(CONTENT) // 2}-"]


def test_file_left_by_an_interrupted_run_is_resumed(server, tmp_path):
    (tmp_path / "file.bin.part").write_bytes(CONTENT[:1000])
    assert fetch(server, tmp_path).read_bytes() == CONTENT
    assert server.asked == ["bytes=1000-"]


def test_server_without_ranges_starts_over(server, tmp_path):
    server.script = ["no ranges"]
    (tmp_path / "file.bin.part").write_bytes(b"x" * 1000)
    assert fetch(server, tmp_path).read_bytes() == CONTENT


def test_wrong_content_never_arrives(server, tmp_path):
    with pytest.raises(DevkitError, match="does not have the pinned SHA-256"):
        fetch(server, tmp_path, "0" * 64)
    assert not list(tmp_path.iterdir())


def test_damaged_partial_file_is_thrown_away(server, tmp_path):
    (tmp_path / "file.bin.part").write_bytes(b"x" * 1000)
    assert fetch(server, tmp_path).read_bytes() == CONTENT
    assert server.asked == ["bytes=1000-", None]


def test_missing_file_is_told_apart(server, tmp_path):
    server.script = ["404"]
    with pytest.raises(download.Gone, match=r"no file\.bin any more"):
        fetch(server, tmp_path)


def test_server_error_is_tried_again_and_told(server, tmp_path):
    server.script = ["503"] * download.ATTEMPTS
    with pytest.raises(DevkitError, match="answered 503"):
        fetch(server, tmp_path)
    assert len(server.asked) == download.ATTEMPTS


def test_second_address_helps(server, tmp_path):
    urls = ["http://127.0.0.1:9/file.bin", server.url]
    target = download.fetch(urls, tmp_path / "file.bin", SHA256, pause=0)
    assert target.read_bytes() == CONTENT


def test_no_network(tmp_path):
    with pytest.raises(DevkitError, match="check the network"):
        url = "http://127.0.0.1:9/file.bin"
        download.fetch([url], tmp_path / "file.bin", SHA256, pause=0)


def test_full_disk(server, tmp_path, monkeypatch):
    class Full(io.BytesIO):
        def write(self, _data):
            raise OSError(errno.ENOSPC, "No space left on device")

    path_type = type(tmp_path)
    real = path_type.open
    monkeypatch.setattr(
        path_type,
        "open",
        lambda path, mode="r", *rest, **named: (
            Full() if mode in ("wb", "ab") else real(path, mode, *rest, **named)
        ),
    )
    with pytest.raises(DevkitError, match="The disk is full"):
        fetch(server, tmp_path)
