"""The package reader, and the successor of a file that left the archive."""

import io
import lzma
import tarfile

import pytest

from devkit import debs
from devkit.errors import DevkitError

INDEX = """\
Package: other
Filename: pool/o/other_1_all.deb
SHA256: 11

Package: wanted
Architecture: all
Description: short
 long text with
 a colon: here
Filename: pool/w/wanted_2_all.deb
SHA256: 22
"""


def make_tar(mode, names=("./usr/share/file.txt",)):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size, info.uid = 5, 12345
            archive.addfile(info, io.BytesIO(b"hello"))
        link = tarfile.TarInfo("./usr/link.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "share/file.txt"
        archive.addfile(link)
    return buffer.getvalue()


def make_deb(path, data, suffix):
    members = [("debian-binary", b"2.0\n"), ("control.tar.gz", b"odd"), (suffix, data)]
    with path.open("wb") as stream:
        stream.write(b"!<arch>\n")
        for name, content in members:
            head = f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n"
            stream.write(head.encode() + content + b"\n" * (len(content) % 2))
    return path


@pytest.fixture
def without_dpkg(monkeypatch):
    monkeypatch.setattr(debs.shutil, "which", lambda name: None)


@pytest.mark.parametrize("kind", ["xz", "gz"])
def test_unpacks_without_dpkg(tmp_path, without_dpkg, kind):
    deb = make_deb(tmp_path / "a.deb", make_tar(f"w:{kind}"), f"data.tar.{kind}")
    debs.unpack(deb, tmp_path / "out")
    assert (tmp_path / "out/usr/link.txt").read_text() == "hello"


def test_zstd_is_explained(tmp_path, without_dpkg):
    deb = make_deb(tmp_path / "a.deb", b"zstd", "data.tar.zst")
    with pytest.raises(DevkitError, match="zstd, which needs `dpkg-deb`"):
        debs.unpack(deb, tmp_path / "out")


def test_names_outside_are_refused(tmp_path, without_dpkg):
    deb = make_deb(tmp_path / "a.deb", make_tar("w:gz", ["../evil"]), "data.tar.gz")
    with pytest.raises(DevkitError, match="names a file outside"):
        debs.unpack(deb, tmp_path / "out")
    assert not (tmp_path / "evil").exists()


def test_something_else_is_refused(tmp_path, without_dpkg):
    (tmp_path / "a.deb").write_bytes(b"<html>")
    with pytest.raises(DevkitError, match="not a Debian package"):
        debs.unpack(tmp_path / "a.deb", tmp_path / "out")


def test_successor_of_a_gone_file(tmp_path, monkeypatch, capsys):
    asked = []

    def fetch(urls, target, sha256, **_options):
        asked.append((urls[0], sha256))
        if "wanted_1" in urls[0]:
            raise debs.Gone("There is no wanted_1_all.deb any more.")
        if "Packages" in urls[0]:
            target.write_bytes(lzma.compress(INDEX.encode()))
        return target

    monkeypatch.setattr(debs, "fetch", fetch)
    pinned = debs.Deb("wanted", "sid", "pool/w/wanted_1_all.deb", "1" * 64)
    found = debs.fetch_deb(pinned, tmp_path)
    assert found == tmp_path / "wanted_2_all.deb"
    assert asked[-1][1] == "22"
    assert "Using wanted_2_all.deb instead" in capsys.readouterr().out


def test_package_that_left_the_suite(tmp_path, monkeypatch):
    def fetch(urls, target, sha256, **_options):
        target.write_bytes(lzma.compress(INDEX.encode()))
        return target

    monkeypatch.setattr(debs, "fetch", fetch)
    missing = debs.Deb("missing", "sid", "pool/m/missing_1_all.deb", "1" * 64)
    with pytest.raises(DevkitError, match="no longer has a package missing"):
        debs.find_in_suite(missing, "amd64", tmp_path)
