"""What a metric is, in words: definition, SQL, the table columns it comes from, and who uses it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlglot import exp

from lakefront.errors import BadInputError, did_you_mean
from lakefront.semantic.compile import compile_query
from lakefront.semantic.expression import columns_used, parse_dataset_sql, parse_row_expression
from lakefront.semantic.joins import routes_from
from lakefront.semantic.metrics import inputs_of, over_time_inside, parts_of
from lakefront.semantic.model import (
    Aggregate,
    AnyMetric,
    Cumulative,
    Dataset,
    Derived,
    PeriodOverPeriod,
    Ratio,
    SemanticLayer,
)
from lakefront.semantic.plan_types import Plan
from lakefront.semantic.query import METRIC_TIME, parse_query
from lakefront.semantic.tables import column_of, columns_of
from lakefront.semantic.usage import Usage, read_usage


@dataclass(frozen=True)
class Description:
    """All that is known of a metric."""

    metric: AnyMetric
    file: Path
    definition: str
    #: Metrics that it is made of, near to far, each with its definition.
    made_of: dict[str, str]
    #: Columns of tables, as `sales.order_items.net_amount`.
    columns: tuple[str, ...]
    #: Dimensions that it may be taken by, as `orders.region`.
    dimensions: tuple[str, ...]
    sql: str
    metrics: tuple[str, ...]
    rollups: tuple[str, ...]
    views: tuple[str, ...]
    charts: tuple[str, ...]
    dashboards: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the description as plain data."""
        metric = self.metric
        return {
            "metric": metric.name,
            "label": metric.label,
            "description": " ".join(metric.description.split()),
            "type": metric.type,
            "unit": metric.unit,
            "format": metric.format.value,
            "owner": metric.owner,
            "certified_by": metric.certified.by if metric.certified else None,
            "synonyms": list(metric.synonyms),
            "file": str(self.file),
            "definition": self.definition,
            "made_of": self.made_of,
            "columns": list(self.columns),
            "dimensions": list(self.dimensions),
            "sql": self.sql,
            "used_by": {
                "metrics": list(self.metrics),
                "rollups": list(self.rollups),
                "views": list(self.views),
                "charts": list(self.charts),
                "dashboards": list(self.dashboards),
            },
        }


def describe_metric(name: str, layer: SemanticLayer, superset_assets: Path | None = None) -> Description:
    """Return what is known of a metric; charts and dashboards are looked for in Superset's files.

    Raises BadInputError (`query-unknown-metric`).
    """
    metric = layer.metrics.get(name)
    if metric is None:
        raise BadInputError(
            "query-unknown-metric", f"there is no metric '{name}'.{did_you_mean(name, layer.metrics)}",
            fix="`lakefront semantic list` shows all metrics",
        )  # fmt: skip
    parts = parts_of(metric, layer.metrics)
    usage = read_usage(superset_assets) if superset_assets else Usage()
    charts = usage.charts_of(name, layer)
    return Description(
        metric=metric,
        file=next(file for model, file in zip(layer.models, layer.files, strict=True) if metric in model.metrics),
        definition=definition_of(metric),
        made_of={part: definition_of(layer.metrics[part]) for part in _made_of(metric, layer)},
        columns=tuple(dict.fromkeys(column for part in parts for column in _lineage(part, layer))),
        dimensions=_dimensions(parts, layer),
        sql=_example(metric, layer),
        metrics=tuple(other.name for other in layer.metrics.values() if name in _made_of(other, layer)),
        rollups=tuple(rollup.name for rollup in layer.rollups.values() if name in rollup.named_metrics),
        views=tuple(view.name for view in layer.views.values() if name in view.metrics),
        charts=tuple(chart.name for chart in charts),
        dashboards=tuple(dashboard.title for dashboard in usage.dashboards_with(charts)),
    )


def definition_of(metric: AnyMetric) -> str:
    """Return a metric's definition in one line."""
    match metric:
        case Aggregate():
            what = f"{metric.type}({metric.expression}) over {metric.dataset}"
            what += f" where {metric.filter}" if metric.filter else ""
            return what + (f", at the {metric.over_time} moment of each period" if metric.over_time else "")
        case Ratio():
            return f"{metric.numerator} / {metric.denominator}"
        case Derived():
            return metric.expression
        case Cumulative():
            if metric.window:
                return f"{metric.metric} of the last {metric.window.count} {metric.window.grain.value}s"
            return f"{metric.metric} {f'since the start of the {metric.reset.value}' if metric.reset else 'so far'}"
        case PeriodOverPeriod():
            return f"{metric.show} of {metric.metric}, {metric.offset.count} {metric.offset.grain.value}s before"


def plan_text(plan: Plan) -> str:
    """Return a plan in words, one line a fact."""
    lines: list[str] = []
    for branch in plan.branches:
        dataset = branch.dataset
        if branch.rollup:
            lines.append(f"scan {dataset.source} once: the rollup {branch.rollup} of {dataset.name}")
        else:
            lines.append(f"scan {dataset.name} ({dataset.source or 'SQL'}) once")
        lines += [f"  join {step.role} ({step.name}), at most one row each" for step in branch.joins]
        if branch.fact.time and (plan.query.since or plan.query.until):
            since, until = plan.query.since or "the first", plan.query.until or "the end"
            lines.append(f"  bound {branch.fact.time.name}: from {since} to before {until}")
        if plan.query.where is not None:
            lines.append(f"  keep rows where {plan.query.where.sql('trino')}")
        if branch.window:
            lines.append(f"  count rows of {branch.window}")
        if branch.dimensions:
            lines.append(f"  group by {', '.join(str(item) for item in branch.dimensions)}")
        lines += [f"  {leaf.name} = {definition_of(leaf.metric)}" for leaf in branch.leaves]
    if len(plan.branches) > 1:
        lines.append(f"put {len(plan.branches)} answers together by {', '.join(plan.names) or 'nothing: one row each'}")
    lines += [f"{output.name} = {output.tree.sql('trino')}" for output in plan.outputs]
    lines += [f"keep answers where {plan.having.sql('trino')}"] if plan.having else []
    order = ", ".join(f"{item.name} {'falling' if item.descending else 'rising'}" for item in plan.order)
    lines += [f"order by {order}"] if order else []
    lines += [f"limit {plan.query.limit}"] if plan.query.limit else []
    lines += [f"note: {note}" for note in plan.notes]
    return "\n".join(lines)


def _made_of(metric: AnyMetric, layer: SemanticLayer) -> list[str]:
    names = list(inputs_of(metric))
    for name in names:
        names += [part for part in inputs_of(layer.metrics[name]) if part not in names]
    return names


def _lineage(part: Aggregate, layer: SemanticLayer) -> list[str]:
    behind = routes_from(part.dataset, layer.relationships).datasets()
    return [
        column
        for role, name in columns_of(part)
        for column in _origins(layer.datasets[behind[role]], name)
    ]  # fmt: skip


def _origins(dataset: Dataset, name: str) -> list[str]:
    column = column_of(dataset, name)
    if column.expression:
        uses = columns_used(parse_row_expression(column.expression))
        return [origin for use in uses for origin in _origins(dataset, use.name)]
    if dataset.source:
        return [f"{dataset.source}.{name}"]
    tables = sorted({table.sql("trino") for table in parse_dataset_sql(dataset.sql or "").find_all(exp.Table)})
    return [f"{dataset.name}.{name} (SQL over {', '.join(tables)})"]


def _dimensions(parts: list[Aggregate], layer: SemanticLayer) -> tuple[str, ...]:
    """Return the columns that all parts can be taken by."""
    common: dict[str, None] | None = None
    for name in dict.fromkeys(part.dataset for part in parts):
        routes = routes_from(name, layer.relationships)
        mine = {
            f"{role}.{column.name}": None
            for role, dataset in routes.datasets().items()
            if not any(step.role in routes.ambiguous for step in routes.way(role))
            for column in layer.datasets[dataset].columns
        }
        common = mine if common is None else {key: None for key in common if key in mine}
    return tuple(common or ())


def _example(metric: AnyMetric, layer: SemanticLayer) -> str:
    by: list[str] = []
    if over_time_inside(metric, layer.metrics):
        times = [
            column_of(layer.datasets[part.dataset], time)
            for part in parts_of(metric, layer.metrics)
            if (time := part.time or layer.datasets[part.dataset].time_column)
        ]
        grains = [set(column.time.grains) for column in times if column.time]
        first = times[0].time.grains if times and times[0].time else ()
        shared = [grain.value for grain in first if all(grain in other for other in grains)]
        by = [f"{METRIC_TIME}.{(shared or ['day'])[0]}"]
    try:
        return compile_query(parse_query([metric.name], by), layer).sql
    except BadInputError as error:
        return f"-- {error.what}"
