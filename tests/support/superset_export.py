"""Exports of a Superset under the names of git's files, and the example dashboards that come in its package."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from lakefront.superset.archive import pack_files
from lakefront.superset.bundle import TITLES, Bundle, names_of
from lakefront.superset.canonical import from_export, to_import
from lakefront.superset.names import Connection, Names, free_name, slug_of
from lakefront.superset.text import dump, read_from_superset

Data = dict[str, Any]


def exported(content: bytes, only: set[str] | None = None) -> dict[str, Data]:
    """Return the assets of a zip as they are in it, by `folder/slug`. `only`: these uuids."""
    found: list[tuple[str, str, str, Data]] = []
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for path in archive.namelist():
            folder = PurePosixPath(path).parts[1]
            data = read_from_superset(archive.read(path).decode())
            if folder in TITLES and (only is None or data["uuid"] in only):
                found.append((folder, slug_of(data[TITLES[folder]]), data["uuid"], data))
    result: dict[str, Data] = {}
    for folder, slug, _, data in sorted(found, key=lambda item: item[:3]):
        result[free_name(f"{folder}/{slug}", result)] = data
    return result


def names_of_files(files: Mapping[str, Data], connections: Mapping[str, Connection] | None = None) -> Names:
    """Return the names that assets use of each other."""
    charts = {name.split("/")[1]: data for name, data in files.items() if name.startswith("charts/")}
    databases = [data for name, data in files.items() if name.startswith("databases/")]
    return Names(
        charts={slug: (data["uuid"], data["slice_name"]) for slug, data in charts.items()},
        connections=connections or {},
        timeouts={data["uuid"]: data["cache_timeout"] for data in databases if data.get("cache_timeout")},
    )


def canonical_texts(files: Mapping[str, Data], names: Names) -> dict[str, str]:
    """Return the canonical text of each exported asset."""
    return {name: dump(from_export(name.split("/")[0], data, names)) for name, data in files.items()}


def import_again(files: Mapping[str, Data], names: Names) -> bytes:
    """Return the zip that imports what an export holds, by way of the canonical form."""
    folders = {name: name.split("/")[0] for name in files}
    canonical = {name: from_export(folders[name], data, names) for name, data in files.items()}
    return packed({name: to_import(folders[name], data, names) for name, data in canonical.items()})


def packed(files: Mapping[str, Data]) -> bytes:
    """Return a zip for Superset's import of assets, by `folder/slug`."""
    return pack_files({f"{name.replace('datasets/', 'datasets/any/')}.yaml": data for name, data in files.items()})


def pack(bundle: Bundle, connections: Mapping[str, Connection]) -> bytes:
    """Return the zip of a whole bundle. `connections`: uuid of a database -> what it is here."""
    names = names_of(bundle, connections)
    return pack_files({asset.name: to_import(asset.folder, asset.data, names) for asset in bundle.assets})


def examples(package: Path, connection: Connection) -> dict[str, Data]:
    """Return the examples of Superset's package as an import takes them, over that database.

    Their rows are not loaded: files to download are left out.
    """
    found: dict[str, Data] = {}
    for file in sorted((package / "examples").rglob("*.yaml")):
        data = read_from_superset(file.read_text(encoding="utf-8"))
        folder = next((kind for kind, title in TITLES.items() if title in data), None)
        if folder is None:
            continue
        data.setdefault("version", "1.0.0")
        if folder == "databases":
            data |= {"sqlalchemy_uri": connection.uri, "extra": {**data["extra"], **connection.extra}}
            data["impersonate_user"] = True
        data = {key: value for key, value in data.items() if key not in {"data", "data_file"}}
        found[free_name(f"{folder}/{slug_of(data[TITLES[folder]])}", found)] = data
    return found
