"""Every asset by itself: its keys and their forms, and that nothing is there twice."""

from __future__ import annotations

from typing import Any, Final

from lakefront.errors import did_you_mean
from lakefront.superset.bundle import KINDS, TITLES, AssetFile
from lakefront.superset.names import FILE_NAME, slug_of
from lakefront.superset.validate.index import Index
from lakefront.superset.values import in_list, is_uuid, text

_EVERY: Final = ("version", "uuid", "is_managed_externally", "external_url")
_CERTIFIED: Final = ("certified_by", "certification_details")
_REQUIRED: Final = {
    "databases": ("version", "uuid", "database_name"),  # the address is the environment's
    "datasets": ("version", "uuid", "database_uuid", "table_name"),
    "charts": ("version", "uuid", "dataset_uuid", "slice_name", "viz_type"),
    "dashboards": ("version", "uuid", "dashboard_title", "slug"),
}
#: The keys of Superset's import schemas, and those of our own.
KEYS: Final = {
    "databases": (
        *_EVERY, "database_name", "sqlalchemy_uri", "password", "encrypted_extra", "masked_encrypted_extra",
        "cache_timeout", "expose_in_sqllab", "allow_run_async", "allow_ctas", "allow_cvas", "allow_dml",
        "allow_csv_upload", "allow_file_upload", "impersonate_user", "extra", "ssh_tunnel", "configuration_method",
    ),
    "datasets": (
        *_EVERY, "database_uuid", "table_name", "main_dttm_col", "currency_code_column", "description",
        "default_endpoint", "offset", "cache_timeout", "schema", "catalog", "sql", "source_db_engine", "params",
        "template_params", "filter_select_enabled", "fetch_values_predicate", "extra", "columns", "metrics",
        "normalize_columns", "always_filter_main_dttm", "folders", "owners",
    ),
    "charts": (
        *_EVERY, *_CERTIFIED, "dataset_uuid", "slice_name", "description", "viz_type", "params", "query_context",
        "cache_timeout", "tags", "owners",
    ),
    "dashboards": (
        *_EVERY, *_CERTIFIED, "dashboard_title", "description", "css", "slug", "position", "metadata", "published",
        "tags", "owners", "theme", "roles", "embedded", "layout", "theme_uuid", "theme_id",
    ),
}  # fmt: skip
_FORMS: Final[dict[str, tuple[type, str]]] = {
    **dict.fromkeys(("params", "metadata", "position", "extra", "template_params"), (dict, "a mapping")),
    **dict.fromkeys(("columns", "metrics", "layout", "owners", "tags", "roles"), (list, "a list")),
    **dict.fromkeys(
        (
            *TITLES.values(), "uuid", "version", "viz_type", "slug", "description", "css", "sql", "sqlalchemy_uri",
            "dataset_uuid", "database_uuid", "certified_by", "certification_details", "theme", "main_dttm_col",
        ),
        (str, "a text"),
    ),
    **dict.fromkeys(("published", "allow_dml", "impersonate_user", "expose_in_sqllab"), (bool, "true or false")),
}  # fmt: skip
_NAMES: Final = ("owners", "tags", "roles")


def check_identity(index: Index) -> None:
    """Check keys, forms, uuids and names of all assets."""
    for asset in index.bundle.assets:
        _keys(asset, index)
        _forms(asset, index)
        _uuid(asset, index)
    for folder, key in TITLES.items():
        _titles(folder, key, index)
    for asset in index.of.get("dashboards", []):
        slug = text(asset.data.get("slug"))
        if slug and slug != asset.slug:
            index.found.add(
                "asset-slug",
                f"the slug is '{slug}' and the file is '{asset.slug}.yaml'",
                asset.source.at_value(("slug",)),
                f"write `slug: {asset.slug}`, or rename the file",
            )
    for asset in index.of.get("datasets", []):
        _dataset_place(asset, index)


def _keys(asset: AssetFile, index: Index) -> None:
    kind, known = KINDS[asset.folder], KEYS[asset.folder]
    for key in asset.data:
        if key not in known:
            index.found.add(
                "asset-unknown-key",
                f"a {kind} has no key '{key}'.{did_you_mean(key, known)}",
                asset.source.at_key((key,)),
                f"remove it, or use one of: {in_list(known)}",
            )
    for key in _REQUIRED[asset.folder]:
        if asset.data.get(key) in (None, ""):
            value = asset.slug if key == "slug" else "…"
            index.found.add(
                "asset-missing-key", f"'{key}' is missing", asset.source.at_key((key,)), f"add `{key}: {value}`"
            )  # fmt: skip


def _forms(asset: AssetFile, index: Index) -> None:
    for key, value in asset.data.items():
        wanted = _FORMS.get(key)
        if wanted and value is not None and not isinstance(value, wanted[0]):
            index.found.add(
                "asset-form",
                f"'{key}' is {_named(value)}, and should be {wanted[1]}",
                asset.source.at_value((key,)),
                f"write {wanted[1]}",
            )
        elif key in _NAMES and isinstance(value, list):
            for number, item in enumerate(asset.data[key]):
                if not text(item):
                    index.found.add(
                        "asset-form",
                        f"'{key}' holds {_named(item)}, and should hold names",
                        asset.source.at_value((key, number)),
                        "write a name",
                    )


def _named(value: Any) -> str:
    names = ((dict, "a mapping"), (list, "a list"), (str, "a text"), (bool, "true or false"), (int | float, "a number"))
    return next((name for kind, name in names if isinstance(value, kind)), "nothing")


def _uuid(asset: AssetFile, index: Index) -> None:
    value = text(asset.data.get("uuid"))
    if not value:
        return
    where = asset.source.at_value(("uuid",))
    if not is_uuid(value):
        index.found.add("asset-uuid", f"'{value}' is not a uuid", where, "write a new one: uuidgen")
    first = index.by_uuid[value]
    if first is not asset:
        index.found.add(
            "asset-uuid-twice", f"{first.name} has the same uuid", where, "give one of them a new one: uuidgen"
        )


def _titles(folder: str, key: str, index: Index) -> None:
    seen: dict[str, AssetFile] = {}
    for asset in index.of.get(folder, []):
        title = text(asset.data.get(key))
        first = seen.setdefault(title, asset)
        if title and first is not asset:
            why = ", and Superset keeps table names apart over all databases" if folder == "datasets" else ""
            index.found.add(
                "asset-title-twice",
                f"{first.name} is called '{title}', too{why}",
                asset.source.at_value((key,)),
                "rename one of them",
            )


def _dataset_place(asset: AssetFile, index: Index) -> None:
    name = text(asset.data.get("table_name"))
    # What was made in Superset may be called as people write.
    file = name if FILE_NAME.fullmatch(name) else slug_of(name)
    if name and file != asset.slug:
        index.found.add(
            "asset-file-name",
            f"the table is '{name}' and the file is '{asset.slug}.yaml'",
            asset.source.at_value(("table_name",)),
            f"rename the file to {file}.yaml",
        )
    database = index.linked("databases", asset.data.get("database_uuid"))
    parts = asset.name.split("/")
    if database and len(parts) == 3 and parts[1] != database.slug:
        index.found.add(
            "asset-file-name",
            f"the file is in '{parts[1]}/' and its database is '{database.slug}'",
            asset.source.at_value(("database_uuid",)),
            f"move it to datasets/{database.slug}/",
        )
