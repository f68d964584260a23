"""What `/api/v1/assets/export/` gives, under the names that git has for it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, cast

from lakefront.superset.canonical import from_export
from lakefront.superset.names import Connection, Names, free_name, slug_of
from lakefront.superset.text import read_from_superset

Data = dict[str, Any]
_TITLES = {
    "databases": "database_name",
    "datasets": "table_name",
    "charts": "slice_name",
    "dashboards": "dashboard_title",
}


def read_export(content: bytes, known: Mapping[str, str]) -> dict[str, Data]:
    """Return the assets of an export as Superset wrote them, by the names of their files in git.

    Shapes: `known`: uuid -> name below superset_assets of what git has; what it has not is named by slug or title, the
    same for the same server. Assets of other kinds, such as saved queries, are left out.
    """
    found: list[tuple[str, str, Data]] = []
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            folder = next((part for part in PurePosixPath(name).parts if part in _TITLES), None)
            if folder:
                data = cast("Data", read_from_superset(archive.read(name).decode()))
                found.append((folder, str(data.get("slug") or data[_TITLES[folder]]), data))
    result: dict[str, Data] = {}
    taken = set(known.values())
    # In the order of the titles, so that two of one title get their numbers by uuid, and not by chance.
    for folder, title, data in sorted(found, key=lambda item: (*item[:2], str(item[2]["uuid"]))):
        uuid = str(data["uuid"])
        name = known.get(uuid) or _new_name(folder, title, data, result, taken)
        taken.add(name)
        result[name] = data
    return result


def _new_name(folder: str, title: str, data: Data, named: Mapping[str, Data], taken: set[str]) -> str:
    place = folder
    if folder == "datasets":
        # Databases come first in the order above.
        of = {item["uuid"]: PurePosixPath(name).stem for name, item in named.items() if name.startswith("databases/")}
        place = f"{folder}/{of.get(data.get('database_uuid'), 'unknown')}"
    stems = {name.removesuffix(".yaml") for name in taken}
    slug = title if folder == "datasets" and slug_of(title).replace("-", "_") == title else slug_of(title, (), folder)
    return free_name(f"{place}/{slug}", stems) + ".yaml"


def names_of_export(exported: Mapping[str, Data], connections: Mapping[str, Connection]) -> Names:
    """Return the names that the assets of a whole export use of each other."""
    timeouts = {
        str(data["uuid"]): data.get("cache_timeout") for name, data in exported.items() if name.startswith("databases/")
    }
    return Names(
        charts={
            PurePosixPath(name).stem: (str(data["uuid"]), str(data["slice_name"]))
            for name, data in exported.items()
            if name.startswith("charts/")
        },
        connections=connections,
        timeouts={uuid: int(value) for uuid, value in timeouts.items() if value is not None},
    )


def canonical_export(
    content: bytes, known: Mapping[str, str], connections: Mapping[str, Connection]
) -> dict[str, Data]:
    """Return the assets of a whole export as git keeps them, by the names of their files."""
    exported = read_export(content, known)
    names = names_of_export(exported, connections)
    return {name: from_export(name.split("/", 1)[0], data, names) for name, data in exported.items()}
