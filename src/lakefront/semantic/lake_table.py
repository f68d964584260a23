"""Tables of the lake that Lakefront itself writes: made when they are missing, appended to in one statement."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Final

from sqlglot import exp

from lakefront.errors import CheckFailedError
from lakefront.semantic.expression import DIALECT
from lakefront.trino import COMMIT_FAILED, Trino

#: Many rows are one statement all the same, so that nobody sees half of them.
_INSERT_SECONDS: Final = 300.0
_ATTEMPTS: Final = 4


@dataclasses.dataclass(frozen=True)
class LakeTable:
    """A table with its columns as (name, type, meaning). `key`: the column that tells one append from another."""

    catalog: str
    schema: str
    name: str
    columns: tuple[tuple[str, str, str], ...]
    comment: str
    key: str
    partitioning: str | None = None

    @property
    def table(self) -> exp.Table:
        """The table as AST."""
        return exp.table_(self.name, db=self.schema, catalog=self.catalog)

    def exists(self, trino: Trino) -> bool:
        """Tell whether the table is there."""
        tables = exp.table_("tables", db="information_schema", catalog=self.catalog)
        query = exp.select(exp.Count(this=exp.Star())).from_(tables).where("table_schema = ?", "table_name = ?")
        return bool(trino.query(query.sql(DIALECT, identify=True), [self.schema, self.name]).scalar())

    def complete(self, trino: Trino) -> None:
        """Add the columns that a table of an older version lacks."""
        columns = exp.table_("columns", db="information_schema", catalog=self.catalog)
        query = exp.select("column_name").from_(columns).where("table_schema = ?", "table_name = ?")
        there = {row[0] for row in trino.query(query.sql(DIALECT, identify=True), [self.schema, self.name]).rows}
        for definition in self._definitions():
            if definition.name not in there:
                change = exp.Alter(this=self.table, kind="TABLE", actions=[definition])
                trino.query(change.sql(DIALECT, identify=True))

    def create(self, trino: Trino) -> None:
        """Make the table and its schema, unless they are there."""
        make_schema(trino, self.catalog, self.schema)
        properties: list[exp.Expr] = [exp.SchemaCommentProperty(this=exp.Literal.string(self.comment))]
        if self.partitioning:
            fields = exp.array(exp.Literal.string(self.partitioning), dialect=DIALECT)
            properties.append(exp.Property(this=exp.var("partitioning"), value=fields))
        create = exp.Create(
            this=exp.Schema(this=self.table, expressions=self._definitions()),
            kind="TABLE",
            exists=True,
            properties=exp.Properties(expressions=properties),
        )
        trino.query(create.sql(DIALECT, identify=True))

    def append(self, trino: Trino, rows: Sequence[tuple[Any, ...]], key: str) -> None:
        """Insert rows that share one value of the key column; make the table first when it is missing.

        When a commit's outcome is unknown or another one was faster, see what is there before trying again.
        Raises BadInputError, NotAllowedError or CheckFailedError (`trino-…`).
        """
        if self.exists(trino):
            self.complete(trino)
        else:
            self.create(trino)
        insert = exp.Insert(
            this=exp.Schema(
                this=self.table, expressions=[exp.to_identifier(name, quoted=True) for name, _, _ in self.columns]
            ),
            expression=exp.Values(
                expressions=[
                    exp.Tuple(
                        expressions=[exp.cast(exp.Placeholder(), kind, dialect=DIALECT) for _, kind, _ in self.columns]
                    )
                    for _ in rows
                ]
            ),
        ).sql(DIALECT, identify=True)
        landed = exp.select(exp.Count(this=exp.Star())).from_(self.table).where(f"{self.key} = ?")
        values = [value for row in rows for value in row]
        patient = dataclasses.replace(trino, timeout=max(trino.timeout, _INSERT_SECONDS))
        for attempt in range(_ATTEMPTS):
            try:
                patient.query(insert, values)
            except CheckFailedError as error:
                if error.code != COMMIT_FAILED or attempt == _ATTEMPTS - 1:
                    raise
                if patient.query(landed.sql(DIALECT, identify=True), [key]).scalar():
                    return
            else:
                return

    def _definitions(self) -> list[exp.ColumnDef]:
        return [
            exp.ColumnDef(
                this=exp.to_identifier(name, quoted=True),
                kind=exp.DataType.build(kind, dialect=DIALECT),
                constraints=[exp.ColumnConstraint(kind=exp.CommentColumnConstraint(this=exp.Literal.string(meaning)))],
            )
            for name, kind, meaning in self.columns
        ]


def make_schema(trino: Trino, catalog: str, schema: str) -> None:
    """Make a schema of the lake, unless it is there."""
    create = exp.Create(this=exp.table_("", db=schema, catalog=catalog), kind="SCHEMA", exists=True)
    trino.query(create.sql(DIALECT, identify=True))
