"""The folder of an unpacked release of Grafana: one that is given, or one that `lakefront install grafana` put here.

No package registry has Grafana's server. Its releases are archives of one folder: bin, conf, public.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lakefront.config import VERSION_PATTERN, Settings
from lakefront.errors import BadInputError, CheckFailedError, Location
from lakefront.stack.component import Context, Report
from lakefront.stack.download import locked
from lakefront.stack.release import Release, fetch, read_checksum, sha256, top_folder, unpack

#: Names a folder that is there already.
VARIABLE: Final = "GRAFANA_HOME"
#: Names one that runs already.
ADDRESS_VARIABLE: Final = "GRAFANA_URL"
_NEEDED: Final = ("conf/defaults.ini", "public")
_FOLDER: Final = re.compile(r"^grafana-(?:enterprise-)?v?(?P<version>[0-9].*)$")
_MACHINES: Final = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


@dataclass(frozen=True)
class Installed:
    """A release that `up` starts. `new`: whether it was put there just now; `checked`: with a checksum beside it."""

    version: str
    folder: Path
    new: bool
    checked: bool = True


def command(folder: Path, part: str = "server") -> tuple[str, ...] | None:
    """Return how a release's `server` or `cli` is called; None where it has none.

    One program has both since Grafana 9.4; before, and some later releases too, have one for each.
    """
    for program, words in ((folder / "bin" / "grafana", (part,)), (folder / "bin" / f"grafana-{part}", ())):
        if program.is_file() and os.access(program, os.X_OK):
            return (str(program), *words)
    return None


def wrong_with(folder: Path) -> str | None:
    """Return why a folder is no unpacked release of Grafana, in words; None where it is one."""
    if not folder.is_dir():
        return "there is no such folder"
    lacking = next((name for name in _NEEDED if not (folder / name).exists()), None)
    if lacking:
        return f"it has no {lacking}"
    return None if command(folder) else "it has no bin/grafana or bin/grafana-server that can be run"


def found(settings: Settings) -> Path | None:
    """Return the release that is started here: the given one, else the installed one; None where there is none.

    Raises BadInputError (`grafana-home`) for a given one that is none.
    """
    given = settings.environ.get(VARIABLE)
    if given:
        folder = Path(given).expanduser().absolute()
        problem = wrong_with(folder)
        if problem:
            raise BadInputError(
                "grafana-home",
                f"{VARIABLE} names no unpacked release of Grafana: {problem}",
                where=Location(folder),
                fix=f"name the folder that the release's archive holds, the one with bin, conf and public; or unset"
                f" {VARIABLE}",
            )
        return folder
    current = _current(settings)
    return current.resolve() if wrong_with(current) is None else None


def missing(settings: Settings) -> str | None:
    """Return why no Grafana can be started here, and how to mend it; None where one can. Raises as `found`."""
    if found(settings):
        return None
    how = f"name an unpacked release in {VARIABLE}, or one that runs in {ADDRESS_VARIABLE}"
    return f"there is no Grafana here: `lakefront install grafana`, or {how}"


def required(settings: Settings) -> Path:
    """Return the release that is started here. Raises CheckFailedError (`program-missing`), and as `found`."""
    folder = found(settings)
    if folder is None:
        raise CheckFailedError("program-missing", "the release of Grafana is gone", fix="`lakefront install grafana`")
    return folder


def install(
    settings: Settings, report: Report, *, version: str | None = None, archive: Path | None = None
) -> Installed:
    """Put a release into the home's tools, from an archive or from where its makers publish it, and use that one.

    What is there already is left as it is. Raises BadInputError (`grafana-version`, `grafana-machine`), as
    `release.fetch` and `release.unpack`.
    """
    settings.home.prepare()
    context = Context("grafana", settings, report, threading.Event())
    wanted = _version(archive) if archive else version or settings.manifest.grafana.version
    if not re.fullmatch(VERSION_PATTERN, wanted):
        raise BadInputError("grafana-version", f"'{wanted}' is no version", fix='write one such as "12.4.3"')
    folder = settings.home.tools / f"grafana-{wanted}"
    with locked(settings.home.tools, "grafana", context):
        if wrong_with(folder) is None:
            _use(settings, folder)
            return Installed(wanted, folder, new=False)
        shutil.rmtree(folder, ignore_errors=True)
        if archive:
            checked = _compare(archive, context)
            unpack(archive, folder, wrong_with, context)
        else:
            checked = True
            fetched = fetch(_release(settings, wanted), settings.home.tools, context)
            try:
                unpack(fetched, folder, wrong_with, context)
            finally:
                fetched.unlink()
        _use(settings, folder)
    return Installed(wanted, folder, new=True, checked=checked)


def _version(archive: Path) -> str:
    name = top_folder(archive)
    known = _FOLDER.fullmatch(name)
    if known:
        return known["version"]
    raise BadInputError(
        "archive-other",
        f"this is no release archive of Grafana: it holds '{name}', and not a folder such as grafana-v12.4.3",
        where=Location(archive),
        fix="give the .tar.gz of a release as it is published for this machine",
    )


def _compare(archive: Path, context: Context) -> bool:
    """Compare an archive with the checksum beside it; return whether there is one. Raises CheckFailedError."""
    beside = archive.with_name(f"{archive.name}.sha256")
    if not beside.is_file():
        return False
    wanted = read_checksum(beside.read_text(encoding="utf-8", errors="replace"))
    actual = sha256(archive, context)
    if actual == wanted:
        return True
    raise CheckFailedError(
        "release-corrupt",
        f"its SHA-256 is {actual[:16]}…, and {beside.name} beside it says {f'{wanted[:16]}…' if wanted else 'none'}",
        fix="fetch both again",
    )


def _release(settings: Settings, version: str) -> Release:
    machine = platform.machine().lower()
    if machine not in _MACHINES or sys.platform not in ("linux", "darwin"):
        raise BadInputError(
            "grafana-machine",
            f"there is no archive of Grafana for {platform.system()} on {platform.machine()}",
            fix=f"name a Grafana that runs elsewhere in {ADDRESS_VARIABLE}",
        )
    address = settings.manifest.grafana.release
    for name, value in (("version", version), ("os", sys.platform), ("arch", _MACHINES[machine])):
        address = address.replace(f"{{{name}}}", value)
    return Release("Grafana", version, address)


def _current(settings: Settings) -> Path:
    return settings.home.tools / "grafana"


def _use(settings: Settings, folder: Path) -> None:
    """Have `found` return this one, from one moment to the next."""
    link = _current(settings)
    beside = link.with_name(f".{link.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    beside.symlink_to(folder.name)
    beside.replace(link)
