"""All that a Superset has, in the form in which git has it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

from lakefront.superset.archive import Exported, unpack_export
from lakefront.superset.bundle import KINDS, TITLES
from lakefront.superset.canonical import from_export
from lakefront.superset.client import SupersetClient, several
from lakefront.superset.entries import Entry, object_key
from lakefront.superset.environment import in_bundle
from lakefront.superset.extras import Directory, Extras, Ids, identity, rows_of, theme_names
from lakefront.superset.extras import read_live as read_extras
from lakefront.superset.names import FILE_NAME, Names, free_name, slug_of
from lakefront.superset.wanted import Wanted, linked

_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Live:
    """What a Superset has. `exported`: by uuid; `paths`: key -> name of its file, also of what no file is for.

    `extras`: as they were read; `objects`: those that are no links, in git's words.
    """

    exported: Mapping[str, Exported]
    paths: Mapping[str, str]
    ids: Ids
    objects: Mapping[str, Entry]
    extras: Extras
    directory: Directory
    names: Names

    @property
    def keys(self) -> list[str]:
        """The keys of all that is there."""
        return [*self.exported, *self.objects]

    def entry(self, key: str) -> Entry | None:
        """Return one asset in canonical form; None where the server does not have it."""
        asset = self.exported.get(key)
        if asset is None:
            return self.objects.get(key)
        data = from_export(asset.folder, asset.data, self.names)
        return Entry(self.paths[key], key, linked(data, self.extras.links.get(key, {})))

    def title(self, key: str) -> str:
        """Return the name that people see."""
        asset = self.exported.get(key)
        if asset is not None:
            return str(asset.data.get(TITLES[asset.folder]) or "")
        return self.objects[key].title if key in self.objects else key

    def users_of(self, key: str) -> list[str]:
        """Return the uuids of the assets that refer to an asset."""
        return [other for other, found in self._mentions.items() if key in found and other != key]

    def needs_of(self, key: str) -> list[str]:
        """Return the uuids of the assets that an asset refers to."""
        found = self._mentions.get(key, frozenset())
        return [other for other in self.exported if other in found and other != key]

    @cached_property
    def _mentions(self) -> Mapping[str, frozenset[str]]:
        return {
            key: frozenset(_UUID.findall(json.dumps(asset.data, default=str))) for key, asset in self.exported.items()
        }


@dataclass(frozen=True)
class Answers:
    """What a Superset says of its assets, in its own words. `exported`: by uuid; `databases`: uuid -> id.

    `rows`: as `rows_of`; `objects`: those of a look before; None: to be asked.
    """

    exported: Mapping[str, Exported]
    databases: Mapping[str, int]
    rows: Mapping[str, Mapping[str, Any]]
    objects: Mapping[str, Mapping[str, Any]] | None = None


def ask(client: SupersetClient, kept: Live | None = None) -> Answers:
    """Ask a Superset for its assets. Raises as SupersetClient.

    `kept`: of a look before, after which only assets were imported: what an import does not touch is taken from it.
    """
    if kept is not None:
        exported = _exported(client)
        if exported.keys() == kept.exported.keys():
            return Answers(exported, kept.ids.of["database"], kept.extras.rows, kept.extras.objects)
        return Answers(exported, client.ids("database"), rows_of(client))
    with several() as at_once:
        exporting = at_once.submit(_exported, client)
        databases = at_once.submit(client.ids, "database")
        rows = rows_of(client)
        return Answers(exporting.result(), databases.result(), rows)


def _exported(client: SupersetClient) -> dict[str, Exported]:
    return {asset.uuid: asset for asset in unpack_export(client.export_assets())}


def read_live(
    client: SupersetClient, answers: Answers, directory: Directory, wanted: Wanted, remembered: Iterable[Entry]
) -> Live:
    """Return all that a Superset has, called by the names that git has for it, or had when it was applied last.

    What the answers leave out is asked. Raises as SupersetClient.
    """
    exported = answers.exported
    known: dict[str, Entry] = {entry.key: entry for entry in remembered} | dict(wanted.entries)
    paths = file_names(exported.values(), {key: entry.name for key, entry in known.items()})
    ids = Ids(_ids(exported, answers.databases), paths)
    extras = read_extras(
        client,
        ids,
        {entry.name: identity(entry.name, entry.data) for entry in known.values() if not entry.imported},
        wanted=wanted.extras,
        directory=directory,
        themes_of={
            asset.uuid: str(asset.data.get("theme_uuid") or "")
            for asset in exported.values()
            if asset.folder == "dashboards"
        },
        rows=answers.rows,
        objects=answers.objects,
    )
    names = _names(exported.values(), paths, wanted)
    objects = {key: Entry(name, key, _in_bundle(name, key, data, names)) for name, data, key in _keyed(extras)}
    # Dashboards name themes by file.
    ids = Ids(ids.of, {**paths, **theme_names(extras.objects)})
    paths |= {key: entry.name for key, entry in objects.items()}
    return Live(exported, paths, ids, objects, extras, directory, names)


def _in_bundle(name: str, key: str, data: Mapping[str, Any], names: Names) -> Mapping[str, Any]:
    return in_bundle(name.split("/", 1)[0], data, names.schemas, names.known.get(key))


def file_names(assets: Iterable[Exported], known: Mapping[str, str]) -> dict[str, str]:
    """Return uuid -> file name: the known one, else one of the title that nothing else has; always the same.

    `known`: key -> file name.
    """
    listed = sorted(assets, key=lambda asset: (asset.folder, asset.id or 0, asset.uuid))
    result = {asset.uuid: known[asset.uuid] for asset in listed if asset.uuid in known}
    taken = {name.removesuffix(".yaml") for name in known.values()}
    for asset in listed:
        if asset.uuid in result:
            continue
        folder = asset.folder
        if folder == "datasets":
            database = result.get(str(asset.data.get("database_uuid")), "unknown")
            folder = f"datasets/{_stem(database)}"
        title = str(asset.data.get("slug") or asset.data.get(TITLES[asset.folder]) or "")
        # A dataset's file is called as its table, which may hold a "_".
        same = asset.folder == "datasets" and FILE_NAME.fullmatch(title)
        slug = title if same else slug_of(title, otherwise=asset.uuid[:8])
        stem = free_name(f"{folder}/{slug[:80]}", taken)
        taken.add(stem)
        result[asset.uuid] = f"{stem}.yaml"
    return result


def _ids(exported: Mapping[str, Exported], databases: Mapping[str, int]) -> dict[str, Mapping[str, int]]:
    """Return kind -> uuid -> id. The export names its files by id, but for those of databases."""
    ids: dict[str, dict[str, int]] = {kind: {} for kind in KINDS.values()}
    for asset in exported.values():
        if asset.id is not None:
            ids[KINDS[asset.folder]][asset.uuid] = asset.id
    return {**ids, "database": databases}


def _keyed(extras: Extras) -> Iterable[tuple[str, Mapping[str, Any], str]]:
    return ((name, data, object_key(name, data)) for name, data in extras.objects.items())


def _names(assets: Iterable[Exported], paths: Mapping[str, str], wanted: Wanted) -> Names:
    listed = list(assets)
    charts = {
        _stem(paths[asset.uuid]): (asset.uuid, str(asset.data.get("slice_name") or ""))
        for asset in listed
        if asset.folder == "charts"
    }
    timeouts = {
        asset.uuid: int(asset.data["cache_timeout"])
        for asset in listed
        if asset.folder == "databases" and asset.data.get("cache_timeout")
    }
    return replace(wanted.names, charts=charts, timeouts=timeouts)


def _stem(name: str) -> str:
    return name.rsplit("/", 1)[-1].removesuffix(".yaml")
