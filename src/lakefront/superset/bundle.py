"""`superset_assets/` read, and checked for broken references."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from lakefront.errors import BadInputError, Location
from lakefront.semantic.source import Source, read_source
from lakefront.superset.layout_check import charts_in, layout_problems, said_twice
from lakefront.superset.names import Connection, Names
from lakefront.superset.position import blocks, meta
from lakefront.superset.values import is_uuid

KINDS: Final = {"databases": "database", "datasets": "dataset", "charts": "chart", "dashboards": "dashboard"}
#: Under which key the name stands that people see.
TITLES: Final = {
    "databases": "database_name",
    "datasets": "table_name",
    "charts": "slice_name",
    "dashboards": "dashboard_title",
}


@dataclass(frozen=True)
class AssetFile:
    """One asset of the bundle. `name`: its path below `superset_assets`; `source`: its YAML, with places."""

    name: str
    source: Source

    @property
    def data(self) -> Mapping[str, Any]:
        """The content of the file."""
        return cast("Mapping[str, Any]", self.source.data)

    @property
    def file(self) -> Path:
        """The file itself."""
        return self.source.file

    @property
    def folder(self) -> str:
        """The top folder, which tells the kind: databases, datasets, charts or dashboards."""
        return self.name.split("/", 1)[0]

    @property
    def slug(self) -> str:
        """The name of the file without its ending: what other files of the bundle call the asset."""
        return self.file.stem

    @property
    def uuid(self) -> str:
        """The asset's uuid."""
        return str(self.data["uuid"])

    @property
    def title(self) -> str:
        """The name that people see."""
        return str(self.data[TITLES[self.folder]])


@dataclass(frozen=True)
class Bundle:
    """All assets of a bundle, checked, in the order of their names."""

    assets: tuple[AssetFile, ...]

    def of(self, folder: str) -> list[AssetFile]:
        """Return the assets of one kind, by the name of its folder."""
        return [asset for asset in self.assets if asset.folder == folder]


def read_bundle(folder: Path) -> Bundle:
    """Read and check the assets below `superset_assets`.

    Raises BadInputError with the file (and line where known) of the first thing that Superset would refuse, or would
    import wrongly without a word.
    """
    assets = tuple(
        AssetFile(file.relative_to(folder).as_posix(), read_mapping(file))
        for kind in sorted(KINDS)
        for file in sorted((folder / kind).rglob("*.yaml"))
    )
    if not assets:
        raise BadInputError(
            "assets-missing",
            "there are no Superset assets here",
            where=Location(folder),
            fix="correct superset_assets in lakefront.toml",
        )
    _check(assets)
    return Bundle(assets)


def names_of(bundle: Bundle, connections: Mapping[str, Connection] | None = None) -> Names:
    """Return what the files of a bundle call each other. `connections`: uuid of a database -> what it is here."""
    timeouts = {asset.uuid: asset.data.get("cache_timeout") for asset in bundle.of("databases")}
    return Names(
        charts={asset.slug: (asset.uuid, asset.title) for asset in bundle.of("charts")},
        connections=connections or {},
        timeouts={key: int(value) for key, value in timeouts.items() if value is not None},
    )


def read_mapping(file: Path) -> Source:
    """Read a mapping from a YAML file. Raises BadInputError with its line where there is none."""
    source = read_source(file)
    if not isinstance(source.data, dict):
        raise BadInputError("asset-empty", "an asset is a mapping", where=Location(file), fix="restore it from git")
    return source


def _check(assets: tuple[AssetFile, ...]) -> None:
    by_uuid: dict[str, AssetFile] = {}
    for asset in assets:
        for key in ("uuid", "version", TITLES[asset.folder]):
            if not asset.data.get(key):
                raise _broken(asset, "asset-missing-key", f"'{key}' is missing", f"add `{key}: …`")
        if not is_uuid(asset.uuid):
            raise _broken(asset, "asset-uuid", f"'{asset.uuid}' is not a uuid", "write a new one: uuidgen")
        if asset.uuid in by_uuid:
            other = by_uuid[asset.uuid].name
            raise _broken(
                asset, "asset-uuid-twice", f"{other} has the same uuid", "give one of them a new one: uuidgen"
            )
        by_uuid[asset.uuid] = asset
    charts = _charts_by_slug(assets)
    for asset in assets:
        _check_layout(asset, charts)
        for what, folder, target in _references(asset):
            found = by_uuid.get(target)
            if found is None or found.folder != folder:
                raise _broken(
                    asset,
                    "asset-reference",
                    f"{what} names {target}, and no file in {folder}/ has that uuid",
                    f"correct it, or add the missing {KINDS[folder]}",
                )


def _charts_by_slug(assets: tuple[AssetFile, ...]) -> dict[str, AssetFile]:
    """Return the charts by the names that layouts use. Raises BadInputError where two have the same."""
    charts: dict[str, AssetFile] = {}
    for asset in assets:
        if asset.folder == "charts":
            if asset.slug in charts:
                what = f"{charts[asset.slug].name} has the same name, and layouts name charts by it"
                raise _broken(asset, "asset-name-twice", what, "rename one of the files")
            charts[asset.slug] = asset
    return charts


def _check_layout(asset: AssetFile, charts: Mapping[str, AssetFile]) -> None:
    """Raise BadInputError with the place of the first thing that is wrong in a dashboard's layout."""
    layout = asset.data.get("layout") if asset.folder == "dashboards" else None
    if layout is None:
        return
    if said_twice(asset.data):
        where = asset.source.at_key(("layout",))
        what = "there is a layout and a position, which say the same in two ways"
        raise BadInputError("asset-layout-twice", what, where=where, fix="remove one of them")
    for problem in layout_problems(layout):
        raise BadInputError("asset-layout", problem.what, where=problem.where(asset.source), fix=problem.fix)
    for path, slug in charts_in(layout):
        if slug not in charts:
            where = asset.source.at_value(("layout", *path))
            what = f"layout names the chart '{slug}', and no file in charts/ is called so"
            raise BadInputError("asset-reference", what, where=where, fix="correct it, or add the missing chart")


def _references(asset: AssetFile) -> Iterator[tuple[str, str, str]]:
    """Yield (where it is written, folder of what it names, uuid)."""
    if asset.folder == "datasets":
        yield "database_uuid", "databases", str(asset.data.get("database_uuid"))
    elif asset.folder == "charts":
        yield "dataset_uuid", "datasets", str(asset.data.get("dataset_uuid"))
    elif asset.folder == "dashboards":
        position = cast("dict[str, Any]", asset.data.get("position") or {})
        for key, block in blocks(position).items():
            if block.get("type") == "CHART":
                yield f"position.{key}", "charts", str(meta(block).get("uuid"))
        metadata = cast("dict[str, Any]", asset.data.get("metadata") or {})
        filters = cast("list[dict[str, Any]]", metadata.get("native_filter_configuration") or [])
        for item in filters:
            for target in cast("list[dict[str, Any]]", item.get("targets") or []):
                if "datasetUuid" in target:
                    yield f"the filter '{item.get('name')}'", "datasets", str(target["datasetUuid"])


def _broken(asset: AssetFile, code: str, what: str, fix: str) -> BadInputError:
    return BadInputError(code, what, where=Location(asset.file), fix=fix)
