"""Databases and datasets: no secrets, nobody's rights but the asker's, and columns that make sense."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, cast

from lakefront.errors import did_you_mean
from lakefront.semantic.expression import ExpressionError
from lakefront.semantic.source import Path_
from lakefront.superset.bundle import AssetFile
from lakefront.superset.validate.index import Dataset, Index
from lakefront.superset.validate.sql import expression, query
from lakefront.superset.values import in_list, listed, mapping, text

#: What Superset writes in place of a password.
_MASK: Final = re.compile(r"X{4,}|\*+")
_PASSWORD: Final = re.compile(r"://[^:/@]*:([^@]+)@")
_IN_QUERY: Final = re.compile(r"[?&](?:password|access_token|token|api_key|secret)=([^&]+)", re.IGNORECASE)
_SECRET_KEY: Final = re.compile(
    r"password|passwd|secret|token|private_?key|api_?key|credentials|^authorization$|^encrypted_extra$", re.IGNORECASE
)
_ELSEWHERE: Final = "remove it; give it to `lakefront superset apply` by the environment or a file of secrets"


def check_databases(index: Index) -> None:
    """Check all databases."""
    for asset in index.of.get("databases", []):
        _secrets(asset, index)
        if asset.data.get("allow_dml") is True:
            index.found.add(
                "asset-dml",
                "allow_dml lets whoever may write SQL change data",
                asset.source.at_value(("allow_dml",)),
                "write `allow_dml: false`",
            )
        if asset.data.get("impersonate_user") is not True:
            index.found.add(
                "asset-impersonation",
                "without impersonate_user everybody sees what the database's own user may see",
                asset.source.at_key(("impersonate_user",)),
                "write `impersonate_user: true`",
            )


def _secrets(asset: AssetFile, index: Index) -> None:
    uri = text(asset.data.get("sqlalchemy_uri"))
    for found in (_PASSWORD.search(uri), _IN_QUERY.search(uri)):
        if found and not _MASK.fullmatch(found.group(1)):
            where = asset.source.at_value(("sqlalchemy_uri",), found.start(1))
            index.found.add("asset-secret", "there is a password in sqlalchemy_uri", where, _ELSEWHERE)
    for path, value in _texts((), dict(asset.data)):
        key = next((str(part) for part in reversed(path) if isinstance(part, str)), "")
        if _SECRET_KEY.search(key) and value and not _MASK.fullmatch(value) and value != "{}":
            where = asset.source.at_key(path) if isinstance(path[-1], str) else asset.source.at_value(path)
            index.found.add("asset-secret", f"'{key}' is a secret, and files are in git", where, _ELSEWHERE)


def _texts(path: Path_, value: Any) -> Iterator[tuple[Path_, str]]:
    if isinstance(value, dict):
        for key, inner in cast("dict[str, Any]", value).items():
            yield from _texts((*path, key), inner)
    elif isinstance(value, list):
        for number, inner in enumerate(listed(value)):
            yield from _texts((*path, number), inner)
    elif isinstance(value, str):
        yield path, value


def check_datasets(index: Index) -> None:
    """Check all datasets."""
    for dataset in index.datasets.values():
        asset = dataset.asset
        _twice(asset, "columns", "column_name", index)
        _twice(asset, "metrics", "metric_name", index)
        _time(asset, dataset, index)
        _sql(asset, index)


def _twice(asset: AssetFile, key: str, name_key: str, index: Index) -> None:
    seen: set[str] = set()
    for number, item in enumerate(listed(asset.data.get(key))):
        name = text(mapping(item).get(name_key))
        if not name:
            where = asset.source.at_value((key, number))
            index.found.add("asset-missing-key", f"'{name_key}' is missing", where, f"add `{name_key}: …`")
        # SQL without quotes does not tell capitals apart.
        elif name.lower() in seen:
            index.found.add(
                "asset-dataset-twice",
                f"there are two {key} '{name}'",
                asset.source.at_value((key, number, name_key)),
                "rename or remove one of them",
            )
        seen.add(name.lower())


def _time(asset: AssetFile, dataset: Dataset, index: Index) -> None:
    name = text(asset.data.get("main_dttm_col"))
    if not name or name in dataset.times:
        return
    known = name in dataset.columns
    index.found.add(
        "asset-dataset-time",
        f"the time column '{name}' holds no time: it is not is_dttm"
        if known
        else f"there is no column '{name}'.{did_you_mean(name, dataset.times)}",
        asset.source.at_value(("main_dttm_col",)),
        f"use one of: {in_list(dataset.times)}" if dataset.times else "write `is_dttm: true` for the column",
    )


def _sql(asset: AssetFile, index: Index) -> None:
    checked: list[tuple[Path_, Any, Any]] = [(("sql",), asset.data.get("sql"), query)]
    for key in ("columns", "metrics"):
        for number, item in enumerate(listed(asset.data.get(key))):
            checked.append(((key, number, "expression"), mapping(item).get("expression"), expression))
    for path, sql, parse in checked:
        if not text(sql).strip():
            continue
        try:
            parse(sql)
        except ExpressionError as error:
            where = asset.source.at_value(path, error.offset)
            index.found.add("asset-sql", str(error), where, "write Trino's SQL")
