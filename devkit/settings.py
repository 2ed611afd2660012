"""Where things are, as told by the folder of the repository and a few variables."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from devkit.errors import DevkitError

ADDONS = ("csp_catalog", "csp_subscription", "csp_billing", "csp_partner_portal")
ROOT = Path(__file__).resolve().parent.parent
MARKER = ".made-by-devkit"
# What devkit makes in its work folder, and all that `make clean` may remove.
CHILDREN = re.compile(
    r"(downloads|odoo|venv|pg|data|log|run|faketime)(\.part|\.stamp|\.lock)?"
    rf"|{re.escape(MARKER)}"
)


@dataclass(frozen=True)
class Settings:
    """The folders and choices of one run.

    :param root: the repository.
    :param home: the work folder; everything that is fetched or made lives in it.
    :param odoo_path: an Odoo 19 tree that the person already has, or None.
    :param addons: technical names to install, dependencies first.
    """

    root: Path
    home: Path
    odoo_path: Path | None
    addons: tuple[str, ...]

    @property
    def downloads(self) -> Path:
        return self.home / "downloads"

    @property
    def odoo_prefix(self) -> Path:
        return self.home / "odoo"

    @property
    def venv(self) -> Path:
        return self.home / "venv"

    @property
    def python(self) -> Path:
        return self.venv / "bin" / "python"

    @property
    def pg(self) -> Path:
        return self.home / "pg"

    @property
    def data_dir(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "log"

    @property
    def run(self) -> Path:
        return self.home / "run"

    @property
    def is_marked(self) -> bool:
        """Tell whether devkit made the work folder, so that it may remove it."""
        return (self.home / MARKER).is_file()

    def _mark(self) -> None:
        """Take an empty folder, or the default one, as the work folder."""
        if self.is_marked:
            return
        is_default = self.home == self.root / ".devkit"
        if not is_default and self.home.is_dir() and any(self.home.iterdir()):
            raise DevkitError(
                f"{self.home} is not empty and was not made by devkit: choose an "
                "empty or new folder as DEVKIT_HOME.",
                2,
            )
        self.home.mkdir(parents=True, exist_ok=True)
        (self.home / MARKER).touch()

    def foreign_children(self) -> list[Path]:
        """Return what lies in the work folder and is not devkit's."""
        return [
            path for path in self.home.iterdir() if not CHILDREN.fullmatch(path.name)
        ]

    def addon_path(self, addon: str) -> Path:
        return self.root / addon

    def make_folders(self) -> None:
        """Create the work folder; it holds passwords, so others cannot list run/.

        :raise DevkitError: when the folder holds something that is not devkit's.
        """
        try:
            self._mark()
            for path in (self.home, self.downloads, self.data_dir, self.log, self.run):
                path.mkdir(parents=True, exist_ok=True)
            self.run.chmod(0o700)
        except OSError as error:
            raise DevkitError(
                f"Could not create the work folder {self.home}: {error.strerror}.", 2
            ) from error


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read DEVKIT_HOME, ODOO_PATH and DEVKIT_ADDONS; everything has a default."""
    home = Path(environ.get("DEVKIT_HOME") or ROOT / ".devkit").expanduser().resolve()
    odoo = environ.get("ODOO_PATH")
    addons = environ.get("DEVKIT_ADDONS")
    return Settings(
        root=ROOT,
        home=home,
        odoo_path=Path(odoo).expanduser().resolve() if odoo else None,
        addons=tuple(addons.split(",")) if addons else ADDONS,
    )
