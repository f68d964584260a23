"""What git wants of a Superset: the files of `superset_assets/` in canonical form, and how they are called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from lakefront.config import BUNDLE_NAMES, Schemas, Settings
from lakefront.superset.access_files import AccessBundle, read_access
from lakefront.superset.bundle import AssetFile, Bundle, read_bundle, read_mapping
from lakefront.superset.canonical import OWN_KEYS, tidy
from lakefront.superset.connection import LAKEHOUSE_FILES, lakehouse_connection
from lakefront.superset.entries import Entry, object_key
from lakefront.superset.environment import Known, known_of
from lakefront.superset.extras import Directory, Extras, settle
from lakefront.superset.extras import read_files as read_extras
from lakefront.superset.names import Connection, Names


@dataclass(frozen=True)
class Wanted:
    """All that git says. `extras`: of what this Superset can hold, once `on` has asked it."""

    folder: Path
    bundle: Bundle
    extras: Extras
    access: AccessBundle
    connection: Connection
    schemas: Schemas = BUNDLE_NAMES
    warnings: tuple[str, ...] = ()

    def on(self, directory: Directory) -> Wanted:
        """Return what can hold on a server: owners who have an account there."""
        extras, warnings = settle(self.extras, directory, {asset.uuid: asset.name for asset in self.bundle.assets})
        return replace(self, extras=extras, warnings=warnings)

    @cached_property
    def names(self) -> Names:
        """How the assets call each other."""
        databases = self.bundle.of("databases")
        names = Names(
            charts={asset.slug: (asset.uuid, asset.title) for asset in self.bundle.of("charts")},
            connections={asset.uuid: self.connection for asset in databases if asset.name in LAKEHOUSE_FILES},
            timeouts={
                asset.uuid: int(asset.data["cache_timeout"]) for asset in databases if asset.data.get("cache_timeout")
            },
            schemas=self.schemas,
        )
        return names if self.schemas.all_same else replace(names, known=dict(self._known(names)))

    def _known(self, names: Names) -> Iterator[tuple[str, Known]]:
        """Yield what the environment makes of SQL. Raises BadInputError (`asset-schemas`, `manifest-…`)."""
        for asset in self.bundle.assets:
            data = tidy(asset.folder, asset.data, names)
            yield asset.uuid, known_of(asset.folder, data, self.schemas, asset.source)
        for name, data in self.extras.objects.items():
            source = read_mapping(self.folder / name)
            yield object_key(name, data), known_of(name.split("/", 1)[0], data, self.schemas, source)

    @cached_property
    def entries(self) -> Mapping[str, Entry]:
        """All of it by key."""
        entries = {asset.uuid: Entry(asset.name, asset.uuid, self._data(asset)) for asset in self.bundle.assets}
        objects = ((object_key(name, data), name, data) for name, data in self.extras.objects.items())
        return entries | {key: Entry(name, key, data) for key, name, data in objects}

    def _data(self, asset: AssetFile) -> dict[str, Any]:
        data = linked(self.tidied(asset), self.extras.links.get(asset.uuid, {}))
        if asset.uuid in self.names.connections:
            # The address is the environment's: the import puts it in, and the export is read without it.
            data.pop("sqlalchemy_uri", None)
        return data

    def tidied(self, asset: AssetFile) -> dict[str, Any]:
        """Return the file's data in canonical form."""
        return tidy(asset.folder, asset.data, self.names)


def read_wanted(settings: Settings) -> Wanted:
    """Read `superset_assets/`. Raises BadInputError for a broken bundle."""
    folder = settings.part("superset_assets")
    bundle = read_bundle(folder)
    extras, access = read_extras(folder, bundle), read_access(folder)
    return Wanted(folder, bundle, extras, access, lakehouse_connection(settings), settings.schemas)


def linked(data: Mapping[str, Any], links: Mapping[str, Any]) -> dict[str, Any]:
    """Return an asset's data with the keys that REST sets as `links` says, and no other."""
    return {**{key: value for key, value in data.items() if key not in OWN_KEYS}, **links}
