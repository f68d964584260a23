"""A query of a definition -> what Grafana's data sources are sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from lakefront.errors import BadInputError, did_you_mean
from lakefront.grafana.model import Kind, Lucene, Panel, PanelQuery, Source
from lakefront.grafana.sql import Tables, panel_sql

#: The kinds of Grafana's data sources.
PLUGINS: Final[Mapping[Source, str]] = {
    Source.PROMETHEUS: "prometheus",
    Source.OPENSEARCH: "grafana-opensearch-datasource",
    Source.TRINO: "trino-datasource",
}
#: What the data sources of the bundle are called in Grafana; a dashboard names them by a variable.
UIDS: Final[Mapping[Source, str]] = {source: f"lakefront-{source}" for source in Source}
NAMES: Final[Mapping[Source, str]] = {
    Source.PROMETHEUS: "Lakefront Prometheus",
    Source.OPENSEARCH: "Lakefront OpenSearch",
    Source.TRINO: "Lakefront Trino",
}
#: Formats of the Trino data source.
TIME_SERIES: Final = 0
TABLE: Final = 1
TIME_FIELD: Final = "timestamp"
#: Grafana's own source of answers that another panel has.
OTHER_PANEL: Final = {"type": "datasource", "uid": "-- Dashboard --"}


def datasource(source: Source) -> dict[str, str]:
    """Return a reference to a data source by the dashboard's variable."""
    return {"type": PLUGINS[source], "uid": f"${{{variable_of(source)}}}"}


def variable_of(source: Source) -> str:
    """Return the name of the variable that chooses a data source."""
    return f"ds_{source}"


def targets(panel: Panel, tables: Tables, others: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return the queries of a panel. `others`: ids of the dashboard's panels, by title.

    Raises SqlError, and BadInputError for metrics or panels that do not exist.
    """
    return [target(query, panel, chr(ord("A") + number), tables, others) for number, query in enumerate(panel.queries)]


def target(query: PanelQuery, panel: Panel, letter: str, tables: Tables, others: Mapping[str, int]) -> dict[str, Any]:
    """Return one query of a panel. Raises as `targets`."""
    if query.source is None:
        return {"refId": letter, "datasource": OTHER_PANEL, "panelId": _number(query.panel or "", others)}
    head: dict[str, Any] = {"refId": letter, "datasource": datasource(query.source)}
    if query.promql:
        return head | _prometheus(query, panel)
    if query.lucene:
        return head | lucene(query.lucene)
    return head | {"rawSQL": panel_sql(query, tables), "format": TIME_SERIES if query.series else TABLE}


def _number(title: str, others: Mapping[str, int]) -> int:
    if title not in others:
        raise BadInputError(
            "grafana-panel",
            f"this dashboard has no panel '{title}'.{did_you_mean(title, others)}",
            fix="use the title of one of its panels",
        )
    return others[title]


def _prometheus(query: PanelQuery, panel: Panel) -> dict[str, Any]:
    instant = query.instant or panel.kind is Kind.TABLE
    form = "heatmap" if query.heatmap else "table" if panel.kind is Kind.TABLE else "time_series"
    said: dict[str, Any] = {
        "expr": query.promql,
        "editorMode": "code",
        "format": form,
        "instant": instant,
        "range": not instant,
        "legendFormat": query.legend if query.legend is not None else "__auto",
    }
    return said


def lucene(asked: Lucene) -> dict[str, Any]:
    """Return a search of the OpenSearch data source."""
    # As it is typed in: by itself, Grafana would escape `*`, and so find nothing where all is chosen.
    search = re.sub(r"\$([a-z]\w*)", r"${\1:raw}", asked.search)
    head: dict[str, Any] = {"query": search, "queryType": "lucene", "timeField": TIME_FIELD}
    if asked.shows == "lines":
        settings = {"size": str(asked.size), "order": "desc"}
        return head | {
            "isLogsQuery": True,
            "luceneQueryType": "Logs",
            "metrics": [{"id": "1", "type": "logs", "settings": settings}],
            "bucketAggs": [],
        }
    count: dict[str, Any] = {"luceneQueryType": "Metric", "metrics": [{"id": "1", "type": "count"}]}
    over_time = {
        "id": "3",
        "type": "date_histogram",
        "field": TIME_FIELD,
        "settings": {"interval": "auto", "min_doc_count": "0"},
    }
    terms = {
        "id": "2",
        "type": "terms",
        "field": asked.by,
        "settings": {"size": str(min(asked.size, 50)), "order": "desc", "orderBy": "_count", "min_doc_count": "1"},
    }
    by = [terms] if asked.by else []
    return head | count | {"bucketAggs": [*by, over_time] if asked.shows == "count" else by}
