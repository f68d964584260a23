"""Prometheus, OpenSearch and Trino, asked what Grafana's data sources would ask them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, cast

import httpx

from lakefront.config import Settings
from lakefront.errors import CheckFailedError, LakefrontError, UnreachableError
from lakefront.grafana.asking import interpolate
from lakefront.grafana.asking.interpolate import Chosen
from lakefront.grafana.model import Source
from lakefront.grafana.provisioning import TRINO_USER
from lakefront.trino import Trino

_TIMEOUT: Final = 60.0
_POINTS: Final = 200
_SHORTEST_STEP: Final = 15
_LABEL_VALUES: Final = re.compile(r"label_values\((?:(?P<metric>.+?)\s*,\s*)?(?P<label>\w+)\)")
#: As which program the audit knows these queries.
_PROGRAM: Final = "lakefront-grafana"
Target = Mapping[str, Any]


class Asked(Protocol):
    """A source that is up."""

    def count(self, target: Target, chosen: Chosen) -> int:
        """Return how many rows or series a query of a panel gives. Raises LakefrontError with what the source says."""
        ...

    def values(self, query: str, chosen: Chosen) -> int:
        """Return how many values the query of a variable gives. Raises as `count`."""
        ...


def address(settings: Settings, source: Source) -> str | None:
    """Return where a source answers in the environment; None where nothing says so.

    From the environment (`LAKEFRONT_PROMETHEUS_URL`), lakefront.toml, or the local stack.
    """
    named = settings.environ.get(f"LAKEFRONT_{source.upper()}_URL") or settings.env.address(source.value)
    if named:
        return named.rstrip("/")
    port = settings.ports.get(source.value)
    return f"http://127.0.0.1:{port}" if port else None


def connect(settings: Settings, source: Source) -> Asked:
    """Return a source, once it has answered. Raises UnreachableError (`source-missing`, `source-down`)."""
    where = address(settings, source)
    if where is None:
        raise UnreachableError(
            "source-missing",
            f"nothing says where {source} is",
            fix=f'set LAKEFRONT_{source.upper()}_URL, or write {source} = "https://…" into [env.{settings.env_name}]',
        )
    if source is Source.TRINO:
        return TrinoSource.connect(settings)
    made = PrometheusSource(where) if source is Source.PROMETHEUS else OpenSearchSource(where)
    made.probe()
    return made


def _asked(method: str, url: str, what: str, **options: Any) -> Any:
    try:
        response = httpx.request(method, url, timeout=_TIMEOUT, **options)
        data = response.json()
    except httpx.HTTPError as error:
        raise UnreachableError(
            "source-down", f"{what} does not answer at {url}: {error}", fix="start it, or correct its address"
        ) from None
    except ValueError:
        raise CheckFailedError(
            "source-answer", f"{what} answers something else than JSON", fix="see that its address is right"
        ) from None
    if response.is_success:
        return data
    raise CheckFailedError("source-refused", _says(data, response), fix="correct the query")


def _says(data: Any, response: httpx.Response) -> str:
    body = cast("dict[str, Any]", data) if isinstance(data, dict) else {}
    error = body.get("error")
    if isinstance(error, str):
        return error
    if isinstance(error, dict):
        causes = cast("list[dict[str, Any]]", cast("dict[str, Any]", error).get("root_cause") or [error])
        return "; ".join(str(cause.get("reason") or cause.get("type")) for cause in causes)
    return f"status {response.status_code}"


@dataclass(frozen=True)
class PrometheusSource:
    """Prometheus' HTTP API."""

    url: str

    def probe(self) -> None:
        """See that it answers. Raises UnreachableError."""
        _asked("GET", f"{self.url}/api/v1/status/buildinfo", "Prometheus")

    def count(self, target: Target, chosen: Chosen) -> int:
        """Return how many series have a number."""
        query = interpolate.promql(str(target["expr"]), chosen)
        if target.get("instant"):
            data = {"query": query, "time": f"{chosen.until.timestamp():.3f}"}
            answer = _asked("POST", f"{self.url}/api/v1/query", "Prometheus", data=data)
        else:
            step = max(_SHORTEST_STEP, chosen.seconds // _POINTS)
            data = {
                "query": query,
                "start": f"{chosen.since.timestamp():.3f}",
                "end": f"{chosen.until.timestamp():.3f}",
                "step": str(step),
            }
            answer = _asked("POST", f"{self.url}/api/v1/query_range", "Prometheus", data=data)
        result = answer["data"]["result"]
        if answer["data"]["resultType"] == "scalar":
            return 1
        return sum(1 for series in result if _has_number(series))

    def values(self, query: str, chosen: Chosen) -> int:
        """Return how many values of a label there are."""
        found = _LABEL_VALUES.fullmatch(query.strip())
        if not found:
            raise CheckFailedError(
                "source-refused", f"'{query}' is no query for values", fix="write label_values(metric, label)"
            )
        metric = interpolate.promql(found["metric"], chosen) if found["metric"] else None
        params = {"match[]": metric} if metric else {}
        return len(
            _asked("GET", f"{self.url}/api/v1/label/{found['label']}/values", "Prometheus", params=params)["data"]
        )

    def exists(self, query: str, chosen: Chosen) -> bool:
        """Say whether a query has an answer now. Raises as `count`."""
        return self.count({"expr": query, "instant": True}, chosen) > 0


def _has_number(series: Mapping[str, Any]) -> bool:
    points = cast("list[list[Any]]", series.get("values") or [series.get("value")])
    return any(not math.isnan(float(point[1])) for point in points if point)


@dataclass(frozen=True)
class OpenSearchSource:
    """OpenSearch's search, in the alias that Grafana's data source has."""

    url: str
    index: str = "logs"

    def probe(self) -> None:
        """See that it answers. Raises UnreachableError."""
        _asked("GET", self.url, "OpenSearch")

    def count(self, target: Target, chosen: Chosen) -> int:
        """Return how many lines, or buckets with lines, there are."""
        field = str(target["timeField"])
        bounds = {"gte": _millis(chosen.since), "lte": _millis(chosen.until), "format": "epoch_millis"}
        search = interpolate.lucene(str(target["query"]), chosen)
        conditions = [
            {"range": {field: bounds}},
            {"query_string": {"analyze_wildcard": True, "query": search}},
        ]
        body: dict[str, Any] = {"query": {"bool": {"filter": conditions}}, "size": 0}
        groups = cast("list[dict[str, Any]]", target["bucketAggs"])
        logs = target["metrics"][0]["type"] == "logs"
        if logs:
            body |= {"size": int(target["metrics"][0]["settings"]["size"]), "sort": [{field: {"order": "desc"}}]}
        else:
            body["aggs"] = _aggregations(groups, chosen)
        # Where nothing was ever shipped, the alias has no index behind it.
        params = {"ignore_unavailable": "true", "allow_no_indices": "true"}
        answer = _asked("POST", f"{self.url}/{self.index}/_search", "OpenSearch", json=body, params=params)
        if logs:
            return len(answer["hits"]["hits"])
        if not groups or "aggregations" not in answer:
            return 0
        buckets = cast("list[dict[str, Any]]", answer["aggregations"][groups[0]["id"]]["buckets"])
        return sum(1 for bucket in buckets if bucket["doc_count"])

    def values(self, query: str, chosen: Chosen) -> int:  # noqa: ARG002 - no variable of ours asks here
        """Refuse: variables ask Prometheus or Trino."""
        raise CheckFailedError("source-refused", f"'{query}' asks OpenSearch for values", fix="list the values instead")


def _aggregations(groups: list[dict[str, Any]], chosen: Chosen) -> dict[str, Any]:
    first, *rest = groups
    settings = first["settings"]
    if first["type"] == "terms":
        said: dict[str, Any] = {
            "terms": {"field": first["field"], "size": int(settings["size"]), "order": {"_count": settings["order"]}}
        }
    else:
        step = max(1, chosen.seconds // _POINTS)
        said = {"date_histogram": {"field": first["field"], "fixed_interval": f"{step}s", "min_doc_count": 0}}
    if rest:
        said["aggs"] = _aggregations(rest, chosen)
    return {first["id"]: said}


def _millis(moment: Any) -> int:
    return round(moment.timestamp() * 1000)


@dataclass(frozen=True)
class TrinoSource:
    """Trino, as the user that Grafana's data source asks as."""

    trino: Trino

    @classmethod
    def connect(cls, settings: Settings) -> TrinoSource:
        """See that it answers. Raises UnreachableError, and NotAllowedError where it does not know Grafana's user."""
        trino = Trino.from_settings(settings, user=TRINO_USER, source=_PROGRAM, timeout=_TIMEOUT)
        try:
            trino.query("SELECT 1")
        except UnreachableError as error:
            raise UnreachableError("source-down", error.what, fix=error.fix) from None
        return cls(trino)

    def count(self, target: Target, chosen: Chosen) -> int:
        """Return how many rows there are that say something."""
        rows = self.trino.query(interpolate.trino(str(target["rawSQL"]), chosen)).rows
        return 0 if len(rows) == 1 and all(value is None for value in rows[0]) else len(rows)

    def values(self, query: str, chosen: Chosen) -> int:
        """Return how many values there are."""
        return len(self.trino.query(interpolate.trino(query, chosen)).rows)


def present(settings: Settings, queries: set[str], chosen: Chosen) -> tuple[set[str], str | None]:
    """Return the queries of `present_when` that have an answer; and why nothing is known, where that is so."""
    if not queries:
        return set(), None
    try:
        source = connect(settings, Source.PROMETHEUS)
        if not isinstance(source, PrometheusSource):
            raise TypeError(source)
        return {query for query in queries if source.exists(query, chosen)}, None
    except LakefrontError as error:
        return set(), error.what
