"""SQL of panels and alerts for Grafana's Trino data source: tables with their catalog, variables as literals.

What a person may write of Grafana is `$__timeFilter(column)`, `$__timeFrom()`, `$__timeTo()`,
`$__timeGroup(column, '$__interval')` and `$variable`, which is one value or, after IN, all chosen ones. Each is a node
of the tree while the SQL is put together, never glued into it. Macros:
https://github.com/trinodb/grafana-trino/blob/main/pkg/trino/macros.go
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from lakefront.config import Schemas
from lakefront.grafana.model import EachTable, PanelQuery
from lakefront.semantic.compile import compile_query
from lakefront.semantic.expression import DIALECT
from lakefront.semantic.model import SemanticLayer
from lakefront.semantic.query import parse_query
from lakefront.semantic.time import Placeholder

#: Strings, quoted names, macros, variables: only what stands outside of the first two is replaced.
_TOKEN: Final = re.compile(
    r"(?P<text>'(?:[^']|'')*')|(?P<name>\"(?:[^\"]|\"\")*\")|\$__(?P<macro>\w+)|\$\{?(?P<variable>[a-z]\w*)\}?"
)
_MACROS: Final = ("timeFilter", "timeFrom", "timeTo", "timeGroup")
_MARK: Final = re.compile(r"'⟦([a-z]\w*)⟧'")


class SqlError(ValueError):
    """What is wrong with the SQL of a panel, in words."""


@dataclass(frozen=True)
class Tables:
    """The semantic layer of an environment, what its schemas are called, and the name of its lake catalog."""

    layer: SemanticLayer
    schemas: Schemas
    catalog: str = "iceberg"

    @property
    def each(self) -> tuple[str, ...]:
        """The tables of the lake that the models are over, each once."""
        sources = {item.source for item in self.layer.datasets.values() if item.source}
        return tuple(sorted(name for name in sources if name.count(".") == 1))


def variables_of(sql: str) -> set[str]:
    """Return the names of the variables that SQL uses, those in quoted names too."""
    return set(re.findall(r"\$\{?([a-z]\w*)", sql)) - {
        "snapshots",
        "files",
        "manifests",
        "history",
        "partitions",
        "refs",
    }


def panel_sql(query: PanelQuery, tables: Tables) -> str:
    """Return the SQL that a panel asks. Raises SqlError, and BadInputError (`query-…`) for metrics."""
    if query.metrics:
        return _of_metrics(query, tables)
    if query.each_table:
        return _of_each_table(query.each_table, tables)
    return qualified(query.sql or "", tables)


def qualified(sql: str, tables: Tables) -> str:
    """Return SQL with the catalog and the environment's schemas before its tables. Raises SqlError."""
    return _text(_in_environment(_parsed(sql), tables))


def _of_metrics(query: PanelQuery, tables: Tables) -> str:
    asked = parse_query(
        query.metrics,
        query.by,
        where=_marked(query.where) if query.where else None,
        since=None if query.any_time else Placeholder.GRAFANA_FROM,
        until=None if query.any_time else Placeholder.GRAFANA_TO,
        having=query.having,
        order=query.order,
        limit=query.limit,
    )
    compiled = compile_query(asked, tables.layer).sql
    # The semantic layer has put in the environment's schemas; the catalog is what its own connection says.
    return _text(_with_catalog(_parsed(compiled), tables.catalog))


def _of_each_table(each: EachTable, tables: Tables) -> str:
    rest = f" WHERE {each.where}" if each.where else ""
    rest += f" GROUP BY {each.group_by}" if each.group_by else ""
    parts: list[exp.Expr] = []
    for name in tables.each:
        schema, table = name.split(".")
        select = f"SELECT '{name}' AS table_name, {each.select} FROM {schema}.\"{table}${each.about}\"{rest}"  # noqa: S608 - names of the model
        parts.append(_in_environment(_parsed(select), tables))
    if not parts:
        raise SqlError("the models have no table of the lake")
    whole: exp.Expr = parts[0]
    for part in parts[1:]:
        whole = exp.Union(this=whole, expression=part, distinct=False)
    outer = _in_environment(_parsed(each.sql), tables)
    if not isinstance(outer, exp.Select):
        raise SqlError("`sql` is a SELECT over each_table")
    return _text(outer.with_("each_table", as_=whole, copy=False))


def _parsed(sql: str) -> exp.Expr:
    try:
        trees = sqlglot.parse(_marked(sql), dialect=DIALECT)
    except (ParseError, TokenError) as error:
        raise SqlError(str(error).split("\n", maxsplit=1)[0]) from None
    tree = trees[0] if len(trees) == 1 else None
    if not isinstance(tree, exp.Query) or (isinstance(tree, exp.Select) and not tree.expressions):
        raise SqlError("one SELECT is wanted here")
    return tree.transform(_time_filter)


def _marked(sql: str) -> str:
    """Return SQL whose variables and macros are literals and functions, which can be parsed."""

    def replaced(found: re.Match[str]) -> str:
        if found["macro"]:
            if found["macro"] not in _MACROS:
                raise SqlError(
                    f"there is no macro $__{found['macro']}: use {', '.join(f'$__{name}' for name in _MACROS)}"
                )
            return f"grafana__{found['macro']}"
        return f"'⟦{found['variable']}⟧'" if found["variable"] else found[0]

    return _TOKEN.sub(replaced, sql)


def _time_filter(node: exp.Expr) -> exp.Expr:
    """Turn `$__timeFilter(column)` into bounds that say UTC: Grafana's own leave the zone to the session."""
    if not isinstance(node, exp.Anonymous) or node.name.lower() != "grafana__timefilter":
        return node
    if len(node.expressions) != 1:
        raise SqlError("$__timeFilter takes one column")
    column = node.expressions[0]
    return exp.and_(
        exp.GTE(this=column.copy(), expression=_utc("grafana__timeFrom")),
        exp.LT(this=column.copy(), expression=_utc("grafana__timeTo")),
    )


def _utc(macro: str) -> exp.Expr:
    return exp.Anonymous(
        this="with_timezone", expressions=[exp.Anonymous(this=macro, expressions=[]), exp.Literal.string("UTC")]
    )


def _in_environment(tree: exp.Expr, tables: Tables) -> exp.Expr:
    for table in tree.find_all(exp.Table):
        if table.db and not table.db.startswith("$"):
            catalog, schema = tables.schemas.here(table.catalog or None, table.db)
            table.set("db", exp.to_identifier(schema))
            table.set("catalog", exp.to_identifier(catalog) if catalog else None)
    return _with_catalog(tree, tables.catalog)


def _with_catalog(tree: exp.Expr, catalog: str) -> exp.Expr:
    for table in tree.find_all(exp.Table):
        if table.db and not table.catalog:
            table.set("catalog", exp.to_identifier(catalog))
    return tree


def _text(tree: exp.Expr) -> str:
    sql = tree.sql(DIALECT, pretty=True, normalize_functions=False)
    sql = re.sub(r"(?i)grafana__(\w+)", lambda found: f"$__{_cased(found[1])}", sql)
    return _MARK.sub(r"${\1:sqlstring}", sql)


def _cased(name: str) -> str:
    return next(macro for macro in _MACROS if macro.lower() == name.lower())


def literals(values: Sequence[str]) -> str:
    """Return values as Grafana's `:sqlstring` writes them."""
    return ",".join("'" + value.replace("'", "''") + "'" for value in values)
