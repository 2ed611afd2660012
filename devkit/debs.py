"""Debian packages as archives: fetched by pinned hash, unpacked without root."""

from __future__ import annotations

import io
import lzma
import os
import platform
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

from devkit.download import Gone, fetch
from devkit.errors import DevkitError, explain_os_error
from devkit.ui import say

MIRROR = "deb.debian.org/debian"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True)
class Deb:
    """One package file of the Debian archive.

    :param suite: where to look for its successor once the file is gone.
    :param architecture: "all", or the one the hash was taken for.
    """

    name: str
    suite: str
    path: str
    sha256: str
    architecture: str = "all"

    @property
    def file_name(self) -> str:
        return self.path.rsplit("/", 1)[1]


def machine_architecture() -> str:
    """Return Debian's name for this machine, or fail for an unknown one."""
    machine = platform.machine()
    if machine not in ARCHITECTURES:
        raise DevkitError(f"There are no pinned packages for a {machine} machine.", 2)
    return ARCHITECTURES[machine]


def mirror_urls(path: str) -> list[str]:
    """Return the addresses of a file of the archive, best first.

    DEVKIT_DEBIAN replaces the mirror. Plain HTTP is the second choice because a
    bare machine may have no certificates; the pinned hash protects the content.
    """
    own = os.environ.get("DEVKIT_DEBIAN")
    bases = [own.rstrip("/")] if own else [f"https://{MIRROR}", f"http://{MIRROR}"]
    return [f"{base}/{path}" for base in bases]


def fetch_deb(deb: Deb, folder: Path) -> Path:
    """Fetch the pinned file, or its successor in the suite when it is gone."""
    architecture = machine_architecture()
    if deb.architecture in ("all", architecture):
        try:
            return fetch(mirror_urls(deb.path), folder / deb.file_name, deb.sha256)
        except Gone as gone:
            say(f"    {gone} Looking for its successor in Debian {deb.suite}.")
    successor = find_in_suite(deb, architecture, folder)
    if successor.path != deb.path:
        say(f"    Using {successor.file_name} instead of the pinned {deb.file_name}.")
    target = folder / successor.file_name
    return fetch(mirror_urls(successor.path), target, successor.sha256)


def find_in_suite(deb: Deb, architecture: str, folder: Path) -> Deb:
    """Read the package index of the suite and return the current file.

    The index itself is not pinned, so it is only read over HTTPS (or from the
    mirror that DEVKIT_DEBIAN names).
    """
    index = folder / f"Packages-{deb.suite}-{architecture}.xz"
    path = f"dists/{deb.suite}/main/binary-{architecture}/Packages.xz"
    fetch(mirror_urls(path)[:1], index, None)
    with lzma.open(index, "rt", encoding="utf-8") as stream:
        for fields in _stanzas(stream):
            if fields.get("Package") == deb.name:
                return Deb(
                    deb.name,
                    deb.suite,
                    fields["Filename"],
                    fields["SHA256"],
                    fields["Architecture"],
                )
    raise DevkitError(f"Debian {deb.suite} no longer has a package {deb.name}.")


def _stanzas(stream: io.TextIOBase):
    """Yield the fields of each paragraph of a Debian control file."""
    fields: dict[str, str] = {}
    for line in stream:
        if not line.strip():
            yield fields
            fields = {}
        elif not line.startswith((" ", "\t")):
            key, _, value = line.partition(":")
            fields[key] = value.strip()
    if fields:
        yield fields


def unpack(deb: Path, target: Path) -> None:
    """Unpack the files of a package below `target`, which may already exist."""
    try:
        target.mkdir(parents=True, exist_ok=True)
        if shutil.which("dpkg-deb"):
            _unpack_with_dpkg(deb, target)
        else:
            with _open_data(deb) as archive:
                _extract(archive, target)
    except OSError as error:
        raise explain_os_error(error, target) from error


def _unpack_with_dpkg(deb: Path, target: Path) -> None:
    result = subprocess.run(
        ["dpkg-deb", "-x", str(deb), str(target)], capture_output=True, text=True
    )
    if result.returncode:
        reason = result.stderr.strip().replace("\n", "; ")
        raise DevkitError(f"Could not unpack {deb.name}: {reason}.")


def _open_data(deb: Path) -> tarfile.TarFile:
    """Open the data archive inside a package (an `ar` file with three members)."""
    name, data = read_ar_member(deb, "data.tar")
    if name.endswith(".zst"):
        raise DevkitError(
            f"{deb.name} is compressed with zstd, which needs `dpkg-deb`; "
            "install the Debian package dpkg."
        )
    return tarfile.open(fileobj=io.BytesIO(data), mode="r:*")


def read_ar_member(deb: Path, prefix: str) -> tuple[str, bytes]:
    """Return name and content of the first member whose name starts so."""
    with deb.open("rb") as stream:
        if stream.read(8) != b"!<arch>\n":
            raise DevkitError(f"{deb.name} is not a Debian package.")
        while len(header := stream.read(60)) == 60:
            name = header[:16].decode("ascii").strip().rstrip("/")
            size = int(header[48:58])
            if name.startswith(prefix):
                return name, stream.read(size)
            stream.seek(size + size % 2, os.SEEK_CUR)
    raise DevkitError(f"{deb.name} has no {prefix} member.")


def _extract(archive: tarfile.TarFile, target: Path) -> None:
    """Extract everything; refuse names that lead out of the folder."""
    for member in archive:
        if member.name.startswith("/") or ".." in Path(member.name).parts:
            raise DevkitError(f"The package names a file outside: {member.name}.")
        member.uid, member.gid = os.getuid(), os.getgid()
        member.uname = member.gname = ""
        if hasattr(tarfile, "fully_trusted_filter"):
            archive.extract(member, target, filter="fully_trusted")
        else:
            archive.extract(member, target)
