"""Questions to the audit: who asked a table, what a person asked, what was refused; all through Trino.

The table is written by the audit receiver of the stack, one row for each query that Trino finished or refused.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlglot import exp, parse_one

from lakefront.errors import BadInputError, UnreachableError, did_you_mean
from lakefront.semantic.expression import DIALECT
from lakefront.semantic.model import SemanticLayer
from lakefront.semantic.rollup.layout import layouts_of
from lakefront.trino import Trino

AUDIT_TABLE: Final = "governance.query_audit"
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_SPAN: Final = re.compile(r"([1-9][0-9]{0,5})([mhdw])")
_MISSING: Final = ("TABLE_NOT_FOUND", "SCHEMA_NOT_FOUND")

# `audited` stands for the table. What is asked for comes as parameters.
_WHO: Final = """
SELECT "user", count(*) AS queries, max(created_at) AS last_asked,
  array_sort(array_distinct(array_agg(source) FILTER (WHERE source IS NOT NULL))) AS sources,
  array_sort(array_distinct(flatten(array_agg(filters)))) AS row_filters,
  array_sort(array_distinct(flatten(array_agg(masks)))) AS column_masks
FROM (
  SELECT "user", created_at, source,
    filter(row_filters, f -> any_match(?, t -> starts_with(f, concat(t, ': ')))) AS filters,
    filter(column_masks, m -> any_match(?, t -> starts_with(m, concat(t, '.')))) AS masks
  FROM audited WHERE created_at >= ? AND arrays_overlap(tables_read, ?)
) AS asked
GROUP BY "user" ORDER BY queries DESC, "user"
"""
_WHAT: Final = """
SELECT created_at, query_id, source, query_type, state, tables_read, tables_written, row_filters, column_masks,
  output_rows, total_ms, error_code, error_message, query
FROM audited WHERE created_at >= ? AND "user" = ? ORDER BY created_at DESC, query_id DESC
"""
_DENIED: Final = """
SELECT created_at, query_id, "user", principal, source, error_message, query
FROM audited WHERE created_at >= ? AND error_code = 'PERMISSION_DENIED' ORDER BY created_at DESC, query_id DESC
"""


@dataclass(frozen=True)
class Audit:
    """The audit of an environment, asked as whom `trino` asks. `catalog` is the lake's."""

    trino: Trino
    catalog: str

    def who(self, tables: Sequence[str], since: dt.datetime, *, column: str | None = None) -> list[dict[str, Any]]:
        """Return who read one of these tables, how often, when last, and what was put on; most often first.

        `column`: those only who read it. Raises UnreachableError (`audit-missing`) or as `Trino.query`.
        """
        names = list(tables)
        select = self._statement(_WHO)
        parameters: list[Any] = [names, names, since, names]
        if column is not None:
            inner = select.find(exp.Subquery)
            if inner and isinstance(inner.this, exp.Select):
                inner.this.where("arrays_overlap(columns_read, ?)", copy=False, dialect=DIALECT)
            parameters.append([f"{name}.{column}" for name in names])
        return self._rows(select, parameters)

    def what(self, user: str, since: dt.datetime, *, limit: int) -> list[dict[str, Any]]:
        """Return what a person asked, newest first. Raises UnreachableError (`audit-missing`) or as `Trino.query`."""
        return self._rows(self._statement(_WHAT).limit(limit), [since, user])

    def denied(self, since: dt.datetime, *, limit: int) -> list[dict[str, Any]]:
        """Return what Trino refused, newest first. Raises UnreachableError (`audit-missing`) or as `Trino.query`."""
        return self._rows(self._statement(_DENIED).limit(limit), [since])

    @property
    def _table(self) -> str:
        return self.trino.schemas.table(AUDIT_TABLE)

    def _statement(self, text: str) -> exp.Select:
        select = parse_one(text, dialect=DIALECT, into=exp.Select)
        schema, name = self._table.split(".")
        for table in list(select.find_all(exp.Table)):
            table.replace(exp.table_(name, db=schema, catalog=self.catalog))
        return select

    def _rows(self, select: exp.Select, parameters: Sequence[Any]) -> list[dict[str, Any]]:
        try:
            return self.trino.query(select.sql(DIALECT, identify=True), parameters).dicts()
        except BadInputError as error:
            if error.what.startswith(_MISSING):
                raise UnreachableError(
                    "audit-missing",
                    f"there is no table {self.catalog}.{self._table}: no audit receiver has run yet",
                    fix="run `lakefront up`, which starts it, and ask again after the next query",
                ) from None
            raise


def tables_meant(name: str, layer: SemanticLayer, catalog: str) -> list[str]:
    """Return the tables that a dataset is kept in, rollups included, or the one that is named, with their catalogs.

    A table is named as the bundle does, or, where a dataset is over it, as this environment does.
    Raises BadInputError (`unknown-table`).
    """
    dataset = layer.datasets.get(name)
    if dataset is not None and dataset.source:
        rollups = [layout.rollup.target for layout in layouts_of(layer) if layout.rollup.dataset == name]
        return [_qualified(table, catalog) for table in dict.fromkeys([dataset.source, *rollups])]
    if dataset is None and name.count(".") in (1, 2) and all(name.split(".")):
        here = {item.source for item in layer.datasets.values()}
        return [_qualified(name if name in here else layer.schemas.table(name), catalog)]
    known = [item.name for item in layer.datasets.values() if item.source]
    raise BadInputError(
        "unknown-table",
        f"'{name}' is a dataset over a query, which has no table of its own"
        if dataset
        else f"there is no dataset '{name}'.{did_you_mean(name, known)}",
        fix="name a dataset of `lakefront semantic list`, or a table as schema.table or catalog.schema.table",
    )


def since_when(text: str, now: dt.datetime) -> dt.datetime:
    """Return the moment that a text means: `30m`, `12h`, `7d`, `2w` before `now`, or an ISO date or time in UTC.

    Raises BadInputError (`bad-time`).
    """
    span = _SPAN.fullmatch(text)
    try:
        if span:
            return now - dt.timedelta(**{_UNITS[span[2]]: int(span[1])})
        moment = dt.datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise BadInputError(
            "bad-time", f"--since: '{text}' is not a time", fix="write 7d, 12h, 2026-10-31 or 2026-10-31T08:00:00Z"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _qualified(table: str, catalog: str) -> str:
    return table if table.count(".") == 2 else f"{catalog}.{table}"
