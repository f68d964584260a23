"""Columns, metrics and filters as charts name them: by name, or written on the spot."""

from __future__ import annotations

from typing import Any, Final

from sqlglot import exp

from lakefront.errors import did_you_mean
from lakefront.semantic.expression import ExpressionError
from lakefront.semantic.source import Path_
from lakefront.superset.bundle import AssetFile
from lakefront.superset.validate.index import Dataset, Index
from lakefront.superset.validate.sql import column_names, expression, signature
from lakefront.superset.values import in_list, mapping, text

#: superset.utils.core.FilterOperator
OPERATORS: Final = frozenset({
    "==", "!=", ">", "<", ">=", "<=", "LIKE", "NOT LIKE", "ILIKE", "NOT ILIKE", "IS NULL", "IS NOT NULL", "IN",
    "NOT IN", "IS TRUE", "IS FALSE", "TEMPORAL_RANGE", "LATEST PARTITION",
})  # fmt: skip
_AGGREGATES: Final = ("AVG", "COUNT", "COUNT_DISTINCT", "MAX", "MIN", "SUM")


def check_column(asset: AssetFile, path: Path_, value: Any, dataset: Dataset, index: Index) -> None:
    """Check a column: its name, or `{label, sqlExpression}`."""
    if isinstance(value, str):
        if value not in dataset.columns:
            index.found.add(
                "asset-column",
                f"{dataset.name} has no column '{value}'.{did_you_mean(value, dataset.columns)}",
                asset.source.at_value(path),
                f"use one of: {in_list(dataset.columns)}",
            )
        return
    item = mapping(value)
    sql = text(item.get("sqlExpression"))
    if not sql:
        what = "a column is the name of one, or has `label` and `sqlExpression`"
        index.found.add("asset-form", what, asset.source.at_value(path), "write the column's name")
        return
    if sql not in dataset.columns:  # a time axis has a bare name there, whatever its letters
        _sql(asset, (*path, "sqlExpression"), sql, dataset, index)


def check_metric(asset: AssetFile, path: Path_, value: Any, dataset: Dataset, index: Index, *, certified: bool) -> None:
    """Check a metric: its name in the dataset, or an aggregate. `certified`: it must be one that is."""
    if isinstance(value, str):
        _named_metric(asset, path, value, dataset, index, certified=certified)
        return
    item = mapping(value)
    sql = (
        text(item.get("sqlExpression"))
        if item.get("expressionType") == "SQL"
        else _simple(asset, path, item, dataset, index)
    )
    if not sql:
        return
    written = item.get("expressionType") == "SQL"
    if written and not _sql(asset, (*path, "sqlExpression"), sql, dataset, index):
        return
    where = asset.source.at_value((*path, "sqlExpression") if written else path)
    same = dataset.signatures.get(signature(sql) or "")
    label = text(item.get("label"))
    if same:
        index.found.add(
            "asset-metric-redefined",
            f"this is the metric '{same}' of {dataset.name}, written again",
            where,
            f"write `{same}` in its place",
        )
    elif label.lower() in dataset.labels:
        name = dataset.labels[label.lower()]
        index.found.add(
            "asset-metric-redefined",
            f"'{label}' is the metric '{name}' of {dataset.name}, and means something else here",
            asset.source.at_value((*path, "label")),
            f"write `{name}` in its place, or give it another label",
        )
    elif written:
        index.found.add(
            "asset-metric-adhoc",
            f"'{label or sql}' is a metric that only this chart knows",
            where,
            "define it in the semantic layer, then name it here",
        )
    if certified and not same:
        index.found.add(
            "asset-certified",
            f"the chart is certified and '{label or sql}' is no metric of {dataset.name}",
            where,
            "use certified metrics of the dataset, or remove certified_by",
        )


def _named_metric(asset: AssetFile, path: Path_, name: str, dataset: Dataset, index: Index, *, certified: bool) -> None:
    metric = dataset.metrics.get(name)
    where = asset.source.at_value(path)
    if metric is None:
        known = index.layer is not None and name in index.layer.metrics
        elsewhere = f"the semantic layer has it: add it to `metrics` of the view {dataset.name}"
        index.found.add(
            "asset-metric",
            f"{dataset.name} has no metric '{name}'.{did_you_mean(name, dataset.metrics)}",
            where,
            elsewhere if known else f"use one of: {in_list(dataset.metrics)}",
        )
    elif certified and not metric.certified:
        index.found.add(
            "asset-certified",
            f"the chart is certified and its metric '{name}' is not",
            where,
            "certify the metric in the semantic layer, or remove certified_by",
        )


def _simple(asset: AssetFile, path: Path_, item: dict[str, Any], dataset: Dataset, index: Index) -> str:
    """Check `{aggregate, column}`; return it as SQL, or nothing if it is not one."""
    column = text(mapping(item.get("column")).get("column_name"))
    aggregate = text(item.get("aggregate"))
    if item.get("expressionType") != "SIMPLE" or aggregate not in _AGGREGATES or not column:
        index.found.add(
            "asset-form",
            "a metric is the name of one, or has `expressionType` SQL with `sqlExpression`, or SIMPLE with `column` "
            "and `aggregate`",
            asset.source.at_value(path),
            f"name a metric of the dataset: {in_list(dataset.metrics)}",
        )
        return ""
    check_column(asset, (*path, "column", "column_name"), column, dataset, index)
    return f'COUNT(DISTINCT "{column}")' if aggregate == "COUNT_DISTINCT" else f'{aggregate}("{column}")'


def check_filters(asset: AssetFile, path: Path_, filters: list[Any], dataset: Dataset, index: Index) -> None:
    """Check a list of filters: `{subject, operator, comparator}` or `{sqlExpression}`."""
    for number, value in enumerate(filters):
        item, here = mapping(value), (*path, number)
        if item.get("expressionType") == "SQL":
            _sql(asset, (*here, "sqlExpression"), text(item.get("sqlExpression")), dataset, index)
            continue
        operator = text(item.get("operator"))
        if operator not in OPERATORS:
            index.found.add(
                "asset-operator",
                f"Superset has no operator '{operator}'.{did_you_mean(operator, OPERATORS)}",
                asset.source.at_value((*here, "operator")),
                f"use one of: {in_list(OPERATORS)}",
            )
        subject = item.get("subject")
        having = item.get("clause") == "HAVING" and text(subject).lower() in dataset.labels
        if not having:
            check_column(asset, (*here, "subject"), subject, dataset, index)


def _sql(asset: AssetFile, path: Path_, sql: str, dataset: Dataset, index: Index) -> exp.Expr | None:
    """Check SQL and the columns in it; return its tree where it is sound."""
    try:
        tree = expression(sql)
    except ExpressionError as error:
        fix = "write one expression of Trino's SQL"
        index.found.add("asset-sql", str(error), asset.source.at_value(path, error.offset), fix)
        return None
    if tree is None:
        return exp.Null()
    for name in column_names(tree):
        if name.lower() not in dataset.columns_folded:
            index.found.add(
                "asset-column",
                f"{dataset.name} has no column '{name}'.{did_you_mean(name, dataset.columns)}",
                asset.source.at_value(path, max(sql.find(name), 0)),
                f"use one of: {in_list(dataset.columns)}",
            )
    return tree
