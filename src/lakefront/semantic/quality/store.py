"""Findings as rows of an Iceberg table, one for each rule and run, for dashboards and alerts."""

from __future__ import annotations

import dataclasses
from typing import Any, Final

from sqlglot import exp

from lakefront.errors import BadInputError, CheckFailedError
from lakefront.semantic.expression import DIALECT
from lakefront.semantic.quality.run import Finding, Run
from lakefront.trino import Trino

RESULTS_TABLE: Final = "governance.quality_results"
#: A run of very many rules is one statement all the same, so that nobody sees half of one.
_INSERT_SECONDS: Final = 300.0
_ATTEMPTS: Final = 4
_COMMIT_FAILED: Final = "ICEBERG_COMMIT_ERROR"

#: Columns with type and meaning.
COLUMNS: Final = (
    ("run_id", "varchar", "One run of `lakefront quality run`"),
    ("run_at", "timestamp(6) with time zone", "When it ran; the table is partitioned by its day"),
    ("reference_time", "timestamp(6) with time zone", "What the rules took for now"),
    ("dataset", "varchar", "Dataset of the semantic layer"),
    ("table_name", "varchar", "Table behind it; NULL for a dataset that is a SELECT"),
    ("rule", "varchar", "Kind of rule: not_null, unique, ..."),
    ("rule_name", "varchar", "Name of the rule, unique within the dataset"),
    ("column_names", "array(varchar)", "Columns that the rule names"),
    ("severity", "varchar", "error or warning"),
    ("owner", "varchar", "Who mends it"),
    ("status", "varchar", "passed, failed, not_run or skipped"),
    ("failing_rows", "bigint", "Rows that break the rule; 1 for a broken rule about the whole table"),
    ("checked_rows", "bigint", "Rows that were looked at"),
    ("share", "double", "Failing rows as a share of the checked ones, 0 to 1"),
    ("bound", "varchar", "What is asked"),
    ("observed", "varchar", "What was seen, for a rule about the whole table; why, for one that was not run"),
    ("sample_keys", "array(varchar)", "Primary keys of up to five failing rows; never personal data"),
    ("duration_ms", "bigint", "Duration of the query, which several rules may share"),
)


def store(trino: Trino, run: Run, *, catalog: str, table: str = RESULTS_TABLE) -> None:
    """Append a run's findings in one INSERT; make `table` (`schema.table`) when it is missing.

    Raises BadInputError (`results-table`), NotAllowedError or CheckFailedError (`trino-failed`).
    """
    if not run.findings:
        return
    schema, name = split_name(table)
    target = exp.table_(name, db=schema, catalog=catalog)
    if not _exists(trino, catalog, schema, name):
        _create(trino, target)
    rows = [_row(run, finding) for finding in run.findings]
    insert = exp.Insert(
        this=exp.Schema(this=target, expressions=[exp.to_identifier(column, quoted=True) for column, _, _ in COLUMNS]),
        expression=exp.Values(
            expressions=[
                exp.Tuple(expressions=[exp.cast(exp.Placeholder(), kind, dialect=DIALECT) for _, kind, _ in COLUMNS])
                for _ in rows
            ]
        ),
    )
    patient = dataclasses.replace(trino, timeout=max(trino.timeout, _INSERT_SECONDS))
    _append(patient, target, insert, [value for row in rows for value in row], run.run_id)


def split_name(table: str) -> tuple[str, str]:
    """Return schema and name of `schema.table`. Raises BadInputError (`results-table`)."""
    schema, _, name = table.partition(".")
    if not schema or not name or "." in name:
        raise BadInputError("results-table", f"'{table}' is not a table's name", fix="write it as schema.table")
    return schema, name


def _append(trino: Trino, target: exp.Table, insert: exp.Insert, values: list[Any], run_id: str) -> None:
    """Insert; when a commit's outcome is unknown or another one was faster, see what is there before trying again."""
    landed = exp.select(exp.Count(this=exp.Star())).from_(target.copy()).where("run_id = ?").sql(DIALECT, identify=True)
    for attempt in range(_ATTEMPTS):
        try:
            trino.query(insert.sql(DIALECT, identify=True), values)
        except CheckFailedError as error:
            if not error.what.startswith(_COMMIT_FAILED) or attempt == _ATTEMPTS - 1:
                raise
            if trino.query(landed, [run_id]).scalar():
                return
        else:
            return


def _exists(trino: Trino, catalog: str, schema: str, name: str) -> bool:
    tables = exp.table_("tables", db="information_schema", catalog=catalog)
    query = exp.select("1").from_(tables).where("table_schema = ?", "table_name = ?")
    return bool(trino.query(query.sql(DIALECT, identify=True), [schema, name]).rows)


def _create(trino: Trino, target: exp.Table) -> None:
    schema = exp.Create(
        this=exp.table_("", db=target.args["db"], catalog=target.args["catalog"]), kind="SCHEMA", exists=True
    )
    trino.query(schema.sql(DIALECT, identify=True))
    columns = [
        exp.ColumnDef(
            this=exp.to_identifier(name, quoted=True),
            kind=exp.DataType.build(kind, dialect=DIALECT),
            constraints=[exp.ColumnConstraint(kind=exp.CommentColumnConstraint(this=exp.Literal.string(meaning)))],
        )
        for name, kind, meaning in COLUMNS
    ]
    partitioning = exp.Property(
        this=exp.var("partitioning"), value=exp.array(exp.Literal.string("day(run_at)"), dialect=DIALECT)
    )
    comment = exp.SchemaCommentProperty(this=exp.Literal.string("What the quality rules found: one row a rule and run"))
    create = exp.Create(
        this=exp.Schema(this=target, expressions=columns),
        kind="TABLE",
        exists=True,
        properties=exp.Properties(expressions=[comment, partitioning]),
    )
    trino.query(create.sql(DIALECT, identify=True))


def _row(run: Run, finding: Finding) -> tuple[Any, ...]:
    rule = finding.rule
    return (
        run.run_id,
        run.run_at,
        run.now,
        rule.dataset.name,
        rule.dataset.source,
        str(rule.kind),
        rule.name,
        list(rule.columns),
        str(rule.severity),
        rule.owner,
        str(finding.status),
        finding.failing_rows,
        finding.checked_rows,
        finding.share,
        rule.bound,
        finding.observed,
        list(finding.sample_keys),
        finding.duration_ms,
    )
