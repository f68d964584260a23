"""The schemas that an asset's SQL reads: the bundle's in git, the environment's in its Superset.

The law: what `here` makes of an asset of git, `in_bundle` gives back unchanged. What somebody wrote on the server comes
back with the bundle's names; where the bundle has none for it, it is marked, so that it is never taken for git's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from lakefront.config import Schemas
from lakefront.errors import BadInputError, Location
from lakefront.semantic.expression import ExpressionError
from lakefront.semantic.source import Path_, Source
from lakefront.semantic.sql_schemas import sql_here, sql_in_bundle
from lakefront.superset.values import listed, mapping

Data = dict[str, Any]
#: (key, the environment's text) -> git's.
Known = Mapping[tuple[str, str], str]
#: (key, text, whether it is a whole SELECT) -> text.
_Change = Callable[[str, str, bool], str]
_Place = Callable[[str | None, str], tuple[str | None, str]]
#: Stands before SQL of tables that nothing in the bundle is called after.
FOREIGN: Final = "/* of schemas that are not this environment's */ "
_FOREIGN_SCHEMA: Final = " (not of this environment)"
#: Of charts and dashboards: SQL that people write on the spot, at any depth.
WRITTEN: Final = ("sqlExpression", "where", "having")
_SELECTS: Final = {"datasets": ("sql",), "reports": ("sql",)}
_WITH_WRITTEN: Final = {"charts": ("params", "query_context"), "dashboards": ("metadata",)}


def here(folder: str, data: Mapping[str, Any], schemas: Schemas) -> Data:
    """Return an asset of git, in canonical form, as the environment's Superset is told.

    Raises ExpressionError where it cannot be told which tables SQL reads, and as `Schemas.here`.
    """
    if schemas.all_same:
        return dict(data)
    return _changed(folder, data, lambda _, sql, query: sql_here(sql, schemas, query=query), schemas.here)


def in_bundle(folder: str, data: Mapping[str, Any], schemas: Schemas, known: Known | None = None) -> Data:
    """Return an asset of the environment's Superset, in canonical form, as git has it.

    `known`: as `known_of` gives it, for names that git writes in capitals.
    """
    if schemas.all_same:
        return dict(data)
    texts = known or {}

    def change(key: str, sql: str, query: bool) -> str:
        found = texts.get((key, sql))
        if found is None:
            found = sql_in_bundle(sql, schemas, query=query)
        return FOREIGN + sql if found is None else found

    def place(catalog: str | None, schema: str) -> tuple[str | None, str]:
        found = schemas.in_bundle(catalog, schema)
        if found is None or schemas.here(*found) != (catalog, schema):
            return catalog, schema + _FOREIGN_SCHEMA
        return found[0], texts.get(("schema", schema), found[1])

    return _changed(folder, data, change, place)


def known_of(folder: str, data: Mapping[str, Any], schemas: Schemas, source: Source) -> Known:
    """Return what the environment makes of the texts of an asset of git, so that it is known again.

    `source`: its file. Raises BadInputError (`asset-schemas`) with the place of SQL whose tables cannot be told.
    """
    found: dict[tuple[str, str], str] = {}

    def change(key: str, sql: str, query: bool) -> str:
        try:
            made = sql_here(sql, schemas, query=query)
        except ExpressionError as error:
            raise BadInputError(
                "asset-schemas",
                f"schemas have other names in the environment '{schemas.env}', and {error}",
                where=_where(source, sql, error.offset),
                fix="name each table as schema.table in SQL that does not depend on Jinja, or take the names of "
                "schemas out of lakefront.toml",
            ) from None
        found[key, made] = sql
        return made

    def place(catalog: str | None, schema: str) -> tuple[str | None, str]:
        made = schemas.here(catalog, schema)
        found["schema", made[1]] = schema
        return made

    _changed(folder, data, change, place)
    return found


def _changed(folder: str, data: Mapping[str, Any], change: _Change, place: _Place) -> Data:
    found = dict(data)
    for key in _SELECTS.get(folder, ()):
        if isinstance(found.get(key), str):
            found[key] = change(key, found[key], True)
    for key in _WITH_WRITTEN.get(folder, ()):
        if key in found:
            found[key] = _written(found[key], change)
    if folder == "datasets":
        if isinstance(found.get("fetch_values_predicate"), str):
            found["fetch_values_predicate"] = change("expression", found["fetch_values_predicate"], False)
        for key in ("columns", "metrics"):
            if key in found:
                found[key] = [_with_expression(mapping(item), change) for item in listed(found[key])]
        if found.get("schema"):
            catalog, found["schema"] = place(found.get("catalog"), str(found["schema"]))
            if catalog != found.get("catalog"):
                found["catalog"] = catalog
    return found


def _with_expression(item: Data, change: _Change) -> Data:
    if not isinstance(item.get("expression"), str):
        return item
    return {**item, "expression": change("expression", item["expression"], False)}


def _written(value: Any, change: _Change) -> Any:
    if isinstance(value, dict):
        return {
            key: change("expression", inner, False)
            if key in WRITTEN and isinstance(inner, str)
            else _written(inner, change)
            for key, inner in cast("Data", value).items()
        }
    return [_written(item, change) for item in cast("list[Any]", value)] if isinstance(value, list) else value


def _where(source: Source, sql: str, offset: int) -> Location:
    """Return the line and column of an offset into a text of a file, or of the text, or the file."""
    path = _path_of(source.data, sql, ())
    return Location(source.file) if path is None else source.at_offset(path, sql, offset)


def _path_of(value: Any, text: str, path: Path_) -> Path_ | None:
    if isinstance(value, str):
        return path if value.strip() == text.strip() else None
    inside = mapping(value).items() if isinstance(value, dict) else enumerate(listed(value))
    return next((found for key, inner in inside if (found := _path_of(inner, text, (*path, key))) is not None), None)
