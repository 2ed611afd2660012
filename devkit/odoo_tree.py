"""Obtain an Odoo 19 tree: the one at ODOO_PATH, or Debian's package unpacked."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from devkit import stamps
from devkit.debs import Deb, fetch_deb, unpack
from devkit.errors import DevkitError
from devkit.settings import Settings
from devkit.ui import say, step

SERIES = (19, 0)

ODOO = Deb(
    "odoo-19",
    "sid",
    "pool/main/o/odoo/odoo-19_19.0.0+dfsg-1_all.deb",
    "9d2f598b0555db17e291d48ed24df184c70823c053c4c5ed53c467ca7f629bbf",
)
# Debian's Odoo links these web assets instead of carrying them. Font Awesome
# stays at 4.7: later versions lack the file that the back office asks for.
COMPANIONS = (
    Deb(
        "libjs-jquery",
        "sid",
        "pool/main/n/node-jquery/libjs-jquery_3.7.1+dfsg+~3.5.33-1_all.deb",
        "818d6383b5b8f33734f682076b02fe3e765af23251ff6bf2b47747a4484e19d3",
    ),
    Deb(
        "libjs-jquery-form",
        "sid",
        "pool/main/j/jquery-goodies/libjs-jquery-form_12-4_all.deb",
        "fbfeedcd3eaf519b3cdcc88e93a1c79f6775da71657bac763f1430fe66e8a1da",
    ),
    Deb(
        "libjs-underscore",
        "sid",
        "pool/main/u/underscore/libjs-underscore_1.13.8~dfsg+~1.13.0-1_all.deb",
        "4bd04d6b3695e10228b4d479d6963d6b768bcd9aa22e9cef2a014814f5de2906",
    ),
    Deb(
        "fonts-roboto-unhinted",
        "sid",
        "pool/main/f/fonts-roboto/fonts-roboto-unhinted_3.016-1_all.deb",
        "e08ef58b6b92ab2554cc5047b84c3eb03fe0df36d9eddaa1326f80783687c2e8",
    ),
    Deb(
        "fonts-montserrat",
        "sid",
        "pool/main/f/fonts-montserrat/fonts-montserrat_9.000-6_all.deb",
        "c5f603701f86661a7eed820ff0b0d19e0aa697b316053b7885cc7346370128c1",
    ),
    Deb(
        "fonts-inconsolata",
        "sid",
        "pool/main/f/fonts-inconsolata/fonts-inconsolata_3.001+ds-1_all.deb",
        "7ae10c4d43e968eb6974c22283dd4e912824a34472f813108b5a8308dcce149e",
    ),
    Deb(
        "fonts-ocr-b",
        "sid",
        "pool/main/f/fonts-ocr-b/fonts-ocr-b_0.3.1~dfsg-2_all.deb",
        "c3760c25162b33ef4b19f0801a2ffbe956634c1fbbef42610c718edfb06baca9",
    ),
    Deb(
        "fonts-font-awesome",
        "trixie",
        "pool/main/f/fonts-font-awesome/"
        "fonts-font-awesome_5.0.10+really4.7.0~dfsg-4.1_all.deb",
        "5f09e1adce26d59628a239c538882d53e58978b958233864fc617be9a510018e",
    ),
)
# Removed from Debian's package for its licence. The back office only loads the
# bundle it belongs to; nothing of ours blurs a camera picture.
STAND_IN = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"
LIBFAKETIME = Deb(
    "libfaketime",
    "bookworm",
    "pool/main/f/faketime/libfaketime_0.9.10-2.1_amd64.deb",
    "b09481e7690680966005330c3f907bba4b5eefc35e1faaea4783cc55655d1150",
    "amd64",
)


@dataclass(frozen=True)
class OdooTree:
    """A tree whose `package_path` goes on Python's path.

    :param addons_paths: folders with Odoo's own add-ons.
    :param fingerprint: changes when the tree is replaced by another one.
    """

    package_path: Path
    addons_paths: tuple[Path, ...]
    fingerprint: str


def inspect_tree(path: Path) -> OdooTree:
    """Check that `path` holds Odoo 19 and tell where its add-ons are.

    `path` is a checkout (with `odoo-bin`, `addons/`, `odoo/`) or a folder such
    as `dist-packages` that holds the `odoo` package.
    """
    release = path / "odoo" / "release.py"
    if not release.is_file():
        raise DevkitError(f"{path} holds no Odoo: there is no odoo/release.py.", 2)
    text = release.read_text(encoding="utf-8")
    match = re.search(r"^version_info = \((\d+), (\d+)", text, re.M)
    version = tuple(map(int, match.groups())) if match else ()
    if version != SERIES:
        found = ".".join(map(str, version)) or "an unknown version"
        raise DevkitError(f"{path} holds Odoo {found}; version 19.0 is needed.", 2)
    addons = [path / "odoo" / "addons"]
    if not (addons[0] / "sale").is_dir():
        addons.append(path / "addons")
        if not (addons[1] / "sale").is_dir():
            raise DevkitError(f"{path} has no add-on folder with `sale` in it.", 2)
    head = path / ".git" / "HEAD"
    return OdooTree(
        path,
        tuple(addons),
        stamps.fingerprint(
            str(path), release.read_bytes(), head.read_bytes() if head.is_file() else ""
        ),
    )


def ensure_odoo(settings: Settings) -> OdooTree:
    """Return the Odoo tree, fetching and unpacking it when there is none."""
    if settings.odoo_path:
        return inspect_tree(settings.odoo_path)
    prefix = settings.odoo_prefix
    packages = prefix / "usr/lib/python3/dist-packages"
    stamp = settings.home / "odoo.stamp"
    wanted = stamps.fingerprint(*(deb.sha256 for deb in (ODOO, *COMPANIONS)))
    if not (packages.is_dir() and stamps.is_current(stamp, wanted)):
        _check_room(settings)
        with step("Odoo 19 Community (Debian package, unpacked into the work folder)"):
            files = [fetch_deb(deb, settings.downloads) for deb in (ODOO, *COMPANIONS)]
            temporary = settings.home / "odoo.part"
            shutil.rmtree(temporary, ignore_errors=True)
            for file in files:
                unpack(file, temporary)
            _add_stand_in(temporary / "usr/lib/python3/dist-packages")
            if prefix.exists():
                shutil.rmtree(prefix)
            temporary.rename(prefix)
        stamps.write(stamp, wanted)
    tree = inspect_tree(packages)
    return OdooTree(
        tree.package_path, tree.addons_paths, stamps.fingerprint(tree.fingerprint)
    )


def _add_stand_in(packages: Path) -> None:
    path = packages / "odoo" / "addons" / STAND_IN
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("// Not part of Debian's package.\n", encoding="utf-8")


def _check_room(settings: Settings, needed_gb: float = 5.0) -> None:
    """Fail early when the disk cannot hold Odoo, the environment and databases."""
    free = shutil.disk_usage(settings.home).free / 1e9
    if free < needed_gb:
        raise DevkitError(
            f"The disk of {settings.home} has {free:.1f} GB free and about "
            f"{needed_gb:.0f} GB are needed; make room or set DEVKIT_HOME."
        )


def ensure_libfaketime(settings: Settings) -> Path:
    """Return libfaketime.so.1, with which tests move a server's clock."""
    folder = settings.home / "faketime"
    if not (found := _find_library(folder)):
        say("==> libfaketime (moves the clock of a server under test)")
        temporary = settings.home / "faketime.part"
        shutil.rmtree(temporary, ignore_errors=True)
        unpack(fetch_deb(LIBFAKETIME, settings.downloads), temporary)
        temporary.rename(folder)
        found = _find_library(folder)
    if not found:
        raise DevkitError(f"{LIBFAKETIME.file_name} holds no libfaketime.so.1.")
    return found


def _find_library(folder: Path) -> Path | None:
    return next(iter(folder.glob("usr/lib/*/faketime/libfaketime.so.1")), None)
