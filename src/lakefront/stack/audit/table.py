"""`governance.query_audit` through PyIceberg: made when missing, appended to in single commits, each query once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import pyarrow
from pyiceberg import expressions
from pyiceberg.catalog import Catalog
from pyiceberg.exceptions import CommitFailedException, NoSuchTableError, TableAlreadyExistsError
from pyiceberg.schema import Schema
from pyiceberg.table import Table

from lakefront.iceberg.columns import Column
from lakefront.iceberg.schema import arrow_schema, by_day, schema_of
from lakefront.stack.audit.columns import COLUMNS, TABLE, TABLE_COMMENT

#: In a snapshot's summary: which batch it holds, for who looks at the table's history.
BATCH_ID: Final = "lakefront.batch-id"
_ATTEMPTS: Final = 4
# Arrow has no types, and those of PyIceberg's expressions are wrong; what comes of them goes straight into PyIceberg.
_ARROW: Final[Any] = pyarrow
_EXPRESSIONS: Final[Any] = expressions
_PROPERTIES: Final = {
    "format-version": "2",
    "comment": TABLE_COMMENT,
    "write.parquet.compression-codec": "zstd",
    # PyIceberg would put an append that failed on top of whatever is there by then, also of itself, landed late.
    "commit.retry.num-retries": "0",
    "commit.manifest-merge.enabled": "true",
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "20",
    # Files are pruned by these; texts would only make the table's metadata large.
    "write.metadata.metrics.default": "counts",
    "write.metadata.metrics.column.query_id": "full",
    "write.metadata.metrics.column.created_at": "full",
    "write.metadata.metrics.column.user": "truncate(16)",
}


def schema() -> Schema:
    """Return the table's schema."""
    return schema_of(COLUMNS)


def to_arrow(rows: Sequence[Mapping[str, Any]]) -> Any:
    """Return rows as an Arrow table by time and id. Raises ValueError or TypeError for what does not fit a column."""
    ordered = sorted(rows, key=lambda row: (row["created_at"], row["query_id"]))
    return _ARROW.Table.from_pylist(
        [{column.name: _value(column, row.get(column.name)) for column in COLUMNS} for row in ordered],
        schema=arrow_schema(schema()),
    )


def _value(column: Column, value: Any) -> Any:
    if value is None and column.required:
        raise ValueError(f"{column.name} is missing")
    return dt.datetime.fromisoformat(value) if column.type == "timestamptz" and value is not None else value


class AuditTable:
    """The table in a catalog, held open between batches. `name` with its namespace, for a table beside the real one."""

    def __init__(self, catalog: Catalog, name: str = TABLE) -> None:
        self._catalog = catalog
        self._name = name
        self._table: Table | None = None

    def open(self) -> Table:
        """Return the table; make its namespace and itself, and columns that an older one lacks, where missing.

        Raises what PyIceberg and the libraries under it raise.
        """
        if self._table is None:
            self._table = self._ensure()
        return self._table

    def forget(self) -> None:
        """Read the table anew before it is next used: nobody knows what became of the last commit."""
        self._table = None

    def append(self, batch: str, rows: Sequence[Mapping[str, Any]], *, doubtful: bool) -> int:
        """Add those rows of a batch that are not there, in one commit. Return how many were added.

        `doubtful`: some may be there already, from an attempt whose outcome nobody knows, so look first. Raises what
        PyIceberg and the libraries under it raise; the batch is doubtful then.
        """
        wanted = {str(row["query_id"]): row for row in rows}
        for attempt in range(_ATTEMPTS):
            table = self.open()
            if doubtful or attempt:
                there = _present(table, list(wanted.values()))
                wanted = {key: row for key, row in wanted.items() if key not in there}
            if not wanted:
                return 0
            try:
                with table.transaction() as change:
                    change.append(to_arrow(list(wanted.values())), snapshot_properties={BATCH_ID: batch})
            except CommitFailedException:  # another writer was faster
                self.forget()
                if attempt == _ATTEMPTS - 1:
                    raise
            else:
                return len(wanted)
        return 0

    def _ensure(self) -> Table:
        try:
            table = self._catalog.load_table(self._name)
        except NoSuchTableError:
            return self._create()
        missing = {column.name for column in COLUMNS} - set(table.schema().column_names)
        if missing:
            with table.update_schema() as change:
                change.union_by_name(schema())
        return table

    def _create(self) -> Table:
        self._catalog.create_namespace_if_not_exists(self._name.rpartition(".")[0])
        shape = schema()
        days = by_day(shape, "created_at")
        try:
            return self._catalog.create_table(self._name, schema=shape, partition_spec=days, properties=_PROPERTIES)
        except TableAlreadyExistsError:  # another process was faster
            return self._catalog.load_table(self._name)


def _present(table: Table, rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """Return the ids of those rows that the table has; only files of their time are looked at."""
    if not rows:
        return set()
    moments = sorted(str(row["created_at"]) for row in rows)
    ids = {str(row["query_id"]) for row in rows}
    found = (
        cast("Any", table)
        .scan(
            row_filter=_EXPRESSIONS.And(
                _EXPRESSIONS.GreaterThanOrEqual("created_at", moments[0]),
                _EXPRESSIONS.LessThanOrEqual("created_at", moments[-1]),
                _EXPRESSIONS.In("query_id", ids),
            ),
            selected_fields=("query_id",),
        )
        .to_arrow()
    )
    return set(found.column("query_id").to_pylist())
