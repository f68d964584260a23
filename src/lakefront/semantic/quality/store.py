"""Findings as rows of an Iceberg table, one for each rule and run, for dashboards and alerts."""

from __future__ import annotations

from typing import Any, Final

from lakefront.errors import BadInputError
from lakefront.semantic.lake_table import LakeTable
from lakefront.semantic.quality.run import Finding, Run
from lakefront.trino import Trino

RESULTS_TABLE: Final = "governance.quality_results"
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
    ("description", "varchar", "Why the rule is there, in its author's words"),
)


def has_results(trino: Trino, *, catalog: str, table: str = RESULTS_TABLE) -> bool:
    """Tell whether the results of any run are kept. Raises as `store`."""
    return _results(trino, catalog, table).exists(trino)


def store(trino: Trino, run: Run, *, catalog: str, table: str = RESULTS_TABLE) -> None:
    """Append a run's findings in one INSERT; make `table` (`schema.table`, as the bundle names it) when it is missing.

    Raises BadInputError (`results-table`), NotAllowedError or CheckFailedError (`trino-failed`).
    """
    if not run.findings:
        return
    _results(trino, catalog, table).append(trino, [_row(run, finding) for finding in run.findings], run.run_id)


def _results(trino: Trino, catalog: str, table: str) -> LakeTable:
    split_name(table)
    schema, name = split_name(trino.schemas.table(table))
    comment = "What the quality rules found: one row a rule and run"
    return LakeTable(catalog, schema, name, COLUMNS, comment, key="run_id", partitioning="day(run_at)")


def split_name(table: str) -> tuple[str, str]:
    """Return schema and name of `schema.table`. Raises BadInputError (`results-table`)."""
    schema, _, name = table.partition(".")
    if not schema or not name or "." in name:
        raise BadInputError("results-table", f"'{table}' is not a table's name", fix="write it as schema.table")
    return schema, name


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
        " ".join((rule.rule.description or "").split()) or None,
    )
