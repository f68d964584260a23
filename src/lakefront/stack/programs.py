"""Programs that no package registry of ours has: found where the manifest says, or on the path of this machine."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from lakefront.config import Settings
from lakefront.errors import CheckFailedError

#: Component -> the names that the program goes by, and the package of Debian that has it.
PROGRAMS: Final = {
    "prometheus": (("prometheus",), "prometheus"),
    "alertmanager": (("alertmanager", "prometheus-alertmanager"), "prometheus-alertmanager"),
    "node": (("node_exporter", "prometheus-node-exporter"), "prometheus-node-exporter"),
}


def program(settings: Settings, name: str) -> Path | None:
    """Return the program of a component; None where this machine has none."""
    told: str | None = getattr(settings.manifest.stack.programs, name)
    names = (told,) if told else PROGRAMS[name][0]
    # As the shell would find it that the stack was started from.
    found = (shutil.which(each, path=settings.environ.get("PATH")) for each in names)
    return next((Path(path) for path in found if path), None)


def missing(name: str) -> Callable[[Settings], str | None]:
    """Return what tells why a component cannot be started here, and how to mend it; None where it can."""

    def told(settings: Settings) -> str | None:
        if program(settings, name):
            return None
        return f"there is no {name} here: `apt install {PROGRAMS[name][1]}`, or name it in [stack.programs]"

    return told


def required(settings: Settings, name: str) -> Path:
    """Return the program of a component. Raises CheckFailedError (`program-missing`): it was there a moment ago."""
    found = program(settings, name)
    if found is None:
        raise CheckFailedError("program-missing", f"the program of {name} is gone", fix=str(missing(name)(settings)))
    return found
