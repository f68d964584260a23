"""Assets in canonical form with their names: what git, the memory and the server are compared by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from lakefront.superset.bundle import KINDS, TITLES
from lakefront.superset.extras import identity

#: In this order they are made; they are removed in the reverse order.
ORDER: Final = ("databases", "datasets", "charts", "themes", "css", "dashboards", "reports")


@dataclass(frozen=True)
class Entry:
    """One asset. `name`: its file below `superset_assets`; `key`: what stays when that is renamed, such as its uuid."""

    name: str
    key: str
    data: Mapping[str, Any]

    @property
    def folder(self) -> str:
        """The top folder, which tells the kind."""
        return self.name.split("/", 1)[0]

    @property
    def slug(self) -> str:
        """The name of the file without its ending."""
        return self.name.rsplit("/", 1)[-1].removesuffix(".yaml")

    @property
    def title(self) -> str:
        """The name that people see."""
        for key in (TITLES.get(self.folder, ""), "theme_name", "template_name", "name"):
            if self.data.get(key):
                return str(self.data[key])
        return self.slug

    @property
    def imported(self) -> bool:
        """Whether Superset's import takes it; the others are set by REST."""
        return self.folder in KINDS


Entries = Mapping[str, Entry]


def order_of(entry: Entry) -> tuple[int, str]:
    """Return what sorts entries so that each comes after what it needs."""
    return (ORDER.index(entry.folder) if entry.folder in ORDER else len(ORDER), entry.name)


def object_key(name: str, data: Mapping[str, Any]) -> str:
    """Return the key of a theme, CSS template, alert or report: what the server recognises it by."""
    return f"{name.split('/', 1)[0]}:{identity(name, data)}"
