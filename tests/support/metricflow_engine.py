"""MetricFlow as an independent second compiler: its own manifest, its own planner, SQL for the same Trino."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
from metricflow.protocols.sql_client import SqlClient, SqlEngine
from metricflow.sql.render.trino import TrinoSqlPlanRenderer
from metricflow_semantic_interfaces.parsing.dir_to_model import parse_yaml_files_to_validation_ready_semantic_manifest
from metricflow_semantic_interfaces.parsing.objects import YamlConfigFile
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

from lakefront.trino import Trino


class _Dialect:
    """What MetricFlow needs to know of an engine to compile for it; the SQL is run by our own client."""

    sql_engine_type = SqlEngine.TRINO
    sql_plan_renderer = TrinoSqlPlanRenderer()


@dataclass(frozen=True)
class Request:
    """A query in MetricFlow's words. `since` and `until` are the first and the last day that count."""

    metrics: tuple[str, ...]
    by: tuple[str, ...] = ()
    where: str | None = None
    since: dt.date | None = None
    until: dt.date | None = None

    @classmethod
    def from_data(cls, ours: dict[str, Any], theirs: dict[str, Any]) -> Request:
        """Return the request of a case: what both say in the same words is written once, in ours."""
        until = _day(ours.get("until"))
        return cls(
            metrics=tuple(theirs.get("metrics", ours["metrics"])),
            by=tuple(theirs.get("by", ())),
            where=theirs.get("where"),
            since=_day(ours.get("since")),
            until=until - dt.timedelta(days=1) if until else None,
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the answer, in the order of the request."""
        return (*self.by, *self.metrics)

    def parameters(self) -> MetricFlowQueryRequest:
        """Return the request as MetricFlow takes it, under a new number."""
        start, end = (dt.datetime.combine(day, dt.time()) if day else None for day in (self.since, self.until))
        return MetricFlowQueryRequest.create(
            metric_names=self.metrics,
            group_by_names=self.by or None,
            where_constraints=[self.where] if self.where else None,
            # A bound on one side only is not in its language.
            time_constraint_start=start or (dt.datetime(2000, 1, 1) if end else None),  # noqa: DTZ001 - it has no zones
            time_constraint_end=end or (dt.datetime(2040, 1, 1) if start else None),  # noqa: DTZ001 - it has no zones
        )


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


class MetricFlow:
    """A manifest, ready to be asked; without a `trino` it compiles only."""

    def __init__(self, text: str, file: Path, trino: Trino | None = None) -> None:
        parsed = parse_yaml_files_to_validation_ready_semantic_manifest(
            [YamlConfigFile(filepath=str(file), contents=text, url=None)]
        )
        assert not parsed.issues.all_issues
        self._trino = trino
        self._engine = MetricFlowEngine(SemanticManifestLookup(parsed.semantic_manifest), cast("SqlClient", _Dialect()))

    def sql(self, request: Request) -> str:
        """Compile a request."""
        return self._engine.explain(request.parameters()).sql_statement.sql

    def rows(self, request: Request) -> list[tuple[Any, ...]]:
        """Ask Trino a request; the columns are in the order of the request."""
        assert self._trino
        rows = self._trino.query(self.sql(request)).dicts()
        return [tuple(cast("Any", row[name]) for name in request.columns) for row in rows]
