"""uuids, themes and roles that files name: each must be there."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, ValidationError

from lakefront.errors import did_you_mean
from lakefront.semantic.validation import problems_of
from lakefront.superset.access_files import GroupFile, RoleFile, RulesFile
from lakefront.superset.bundle import KINDS, AssetFile
from lakefront.superset.extras import embedding
from lakefront.superset.validate.index import Index
from lakefront.superset.values import in_list, listed, mapping, text

#: Roles that every Superset has.
_BUILT_IN: Final = frozenset({"Admin", "Alpha", "Gamma", "Public", "sql_lab"})
_ACCESS: Final[dict[str, type[BaseModel]]] = {"roles": RoleFile, "groups": GroupFile, "rls": RulesFile}
_GENERATED: Final = "this file is generated: run `lakefront semantic build`"


def check_links(index: Index) -> None:
    """Check links of datasets, charts and dashboards, and files of access."""
    for asset in index.of.get("datasets", []):
        _uuid_link(asset, "database_uuid", "databases", index)
    for asset in index.of.get("charts", []):
        _uuid_link(asset, "dataset_uuid", "datasets", index)
    for asset in index.of.get("dashboards", []):
        _theme(asset, index)
        _roles(asset, index)
        _embedded(asset, index)
    for folder, model in _ACCESS.items():
        for asset in index.of.get(folder, []):
            _access(asset, model, index)


def _uuid_link(asset: AssetFile, key: str, folder: str, index: Index) -> None:
    value = text(asset.data.get(key))
    if value and not index.linked(folder, value) and folder not in index.unread:
        index.found.add(
            "asset-reference",
            f"{key} names {value}, and no file in {folder}/ has that uuid",
            asset.source.at_value((key,)),
            f"correct it, or add the missing {KINDS[folder]}",
        )


def _theme(asset: AssetFile, index: Index) -> None:
    for key in ("theme_uuid", "theme_id"):
        if asset.data.get(key) is not None:
            index.found.add(
                "asset-theme",
                f"Superset's import ignores '{key}'",
                asset.source.at_key((key,)),
                "write `theme: SLUG`, a file of themes/",
            )
    name = text(asset.data.get("theme"))
    if name and name not in index.themes:
        index.found.add(
            "asset-theme",
            f"there is no themes/{name}.yaml.{did_you_mean(name, index.themes)}",
            asset.source.at_value(("theme",)),
            f"use one of: {in_list(index.themes)}" if index.themes else "add it",
        )


def _roles(asset: AssetFile, index: Index) -> None:
    known = index.roles | _BUILT_IN
    for number, name in enumerate(listed(asset.data.get("roles"))):
        if text(name) and name not in known:
            index.found.add(
                "asset-role",
                f"there is no role '{name}'.{did_you_mean(name, known)}",
                asset.source.at_value(("roles", number)),
                f"use one of: {in_list(known)}",
            )


def _embedded(asset: AssetFile, index: Index) -> None:
    if asset.data.get(embedding.KEY) not in (None, []):
        for problem in embedding.problems(asset.source):
            index.found.add(problem.code, problem.what, problem.where or asset.source.at_value(()), problem.fix)


def _access(asset: AssetFile, model: type[BaseModel], index: Index) -> None:
    try:
        model.model_validate(asset.data)
    except ValidationError as error:
        for problem in problems_of(error, asset.source, model):
            index.found.add(
                "asset-access-file", problem.what, problem.where or asset.source.at_value(()), _GENERATED
            )  # fmt: skip
        return
    for key in ("databases", "datasets"):
        for name, uuid in mapping(asset.data.get(key)).items():
            if not index.linked(key, uuid) and key not in index.unread:
                index.found.add(
                    "asset-reference",
                    f"'{name}' is {uuid}, and no file in {key}/ has that uuid",
                    asset.source.at_value((key, name)),
                    _GENERATED,
                )
    if asset.folder == "rls":
        _uuid_link(asset, "dataset_uuid", "datasets", index)
        named = [("rules", number, "role") for number, _ in enumerate(listed(asset.data.get("rules")))]
    else:
        named = [("roles", number) for number, _ in enumerate(listed(asset.data.get("roles")))]
    for path in named:
        item = listed(asset.data.get(path[0]))[path[1]]
        name = text(mapping(item).get("role") if asset.folder == "rls" else item)
        if name and name not in index.roles | _BUILT_IN:
            index.found.add(
                "asset-role",
                f"there is no role '{name}'.{did_you_mean(name, index.roles)}",
                asset.source.at_value(path),
                _GENERATED,
            )
