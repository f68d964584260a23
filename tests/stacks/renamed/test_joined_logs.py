"""From a chart to its query in Trino to all its log lines, by the id of the request; and how processes say they are."""

from __future__ import annotations

import contextvars
import datetime as dt
import json
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest

from lakefront import request_ids
from lakefront.config import Settings
from lakefront.errors import LakefrontError
from lakefront.grafana.asking.interpolate import Chosen, lucene
from lakefront.request_ids import HEADER, is_well_formed
from lakefront.superset.client import SupersetClient
from lakefront.trino import Trino
from tests.support.cli import ROOT
from tests.support.own_stack import OwnStack
from tests.support.request_ids import GOOD, HOSTILE
from tests.support.superset import Visitor
from tests.support.waiting import wait_for

OURS = ("explorer", "superset", "audit", "shipper", "monitor")
#: Others in each run, since a stack may have been asked before.
SLOW, SQL, PAGE, WRONG = (f"{what}-{uuid.uuid4().hex}" for what in ("chart", "sql-tab", "page", "wrong"))


@pytest.fixture(scope="module")
def stack(renamed: OwnStack) -> Settings:
    return renamed.settings


@pytest.fixture(scope="module")
def ana(stack: Settings) -> Iterator[Visitor]:
    visitor = Visitor(stack, "ana")
    yield visitor
    visitor.close()


def found(stack: Settings, index: str, **wanted: str) -> list[dict[str, Any]]:
    """Return the documents with these values."""
    query = {"bool": {"filter": [{"term": {name: value}} for name, value in wanted.items()]}}
    url = f"{stack.service('opensearch').url}/{index}/_search"
    answer = httpx.post(url, json={"size": 500, "query": query}, timeout=30, trust_env=False).raise_for_status()
    return [hit["_source"] for hit in answer.json()["hits"]["hits"]]


def awaited(stack: Settings, index: str, **wanted: str) -> list[dict[str, Any]]:
    """Return the documents with these values, as soon as there are any."""
    what = f"{wanted} in {index}"
    return wait_for(lambda: found(stack, index, **wanted), within=120, what=what)


def ask_a_chart(stack: Settings, ana: Visitor, request_id: str) -> httpx.Response:
    """Ask for what a chart shows, past the cache, as a browser behind a proxy does."""
    with SupersetClient.from_settings(stack) as client:
        dataset = next(asset.id for asset in client.assets("dataset") if asset.title == "sales")
    query = {"columns": ["country"], "metrics": ["revenue"], "filters": [], "extras": {}, "orderby": []}
    body = {"datasource": {"id": dataset, "type": "table"}, "queries": [query], "force": True}
    return ana.ask("POST", "/api/v1/chart/data", json=body, headers={HEADER: request_id})


def test_from_a_slow_chart_to_the_query_to_its_log_lines(stack: Settings, ana: Visitor) -> None:
    answer = ask_a_chart(stack, ana, SLOW)
    assert (answer.status_code, answer.headers[HEADER]) == (200, SLOW)
    (query,) = awaited(stack, "trino-audit-*", request_id=SLOW)
    assert (query["user"], query["source"], query["query_state"]) == ("ana", "superset", "FINISHED")
    # The lines of Superset, by the id of the request; one of them names the query.
    awaited(stack, "logs-*", request_id=SLOW, logger="gunicorn.access")
    lines = found(stack, "logs-*", request_id=SLOW)
    assert {line["service"] for line in lines} == {"superset"}
    assert [line["query_id"] for line in lines if line["logger"] == "lakefront.queries"] == [query["query_id"]]
    (event,) = [line for line in lines if line["message"] == "ChartDataRestApi.data"]
    assert event["query_ids"] == [query["query_id"]]
    # The lines of Trino, by the id of the query.
    (timeline,) = awaited(stack, "logs-*", query_id=query["query_id"], service="trino")
    assert timeline["message"].startswith(f"TIMELINE: Query {query['query_id']} :: FINISHED")
    # The lake's own table of queries has it, too.
    trino = Trino.from_settings(stack, source="tests")
    sql = f"SELECT query_id, user FROM {trino.schemas.table('governance.query_audit')} WHERE request_id = ?"
    rows = wait_for(lambda: trino.query(sql, [SLOW]).rows, within=180, what=f"{SLOW} in the audit")
    assert rows == [(query["query_id"], "ana")]


@pytest.mark.parametrize(
    ("dashboard", "panel"),
    [
        ("front-end", "Slowest answers to charts"),
        ("performance", "Slowest charts"),
        ("trino", "Slowest queries"),
        ("audit", "Queries, newest first"),
    ],
)
def test_a_click_on_a_query_shows_its_lines_and_those_of_its_request(
    stack: Settings, ana: Visitor, dashboard: str, panel: str
) -> None:
    request_id = f"clicked-{uuid.uuid4().hex}"
    ask_a_chart(stack, ana, request_id)
    (query,) = awaited(stack, "trino-audit-*", request_id=request_id)
    awaited(stack, "logs-*", query_id=query["query_id"], service="trino")
    awaited(stack, "logs-*", request_id=request_id, logger="gunicorn.access")
    # As Grafana fills the address of the link in, and then the search of the panel that it leads to.
    address = link_of(dashboard, panel, "query_id")["url"]
    for name in ("query_id", "request_id"):
        address = address.replace(f"${{__data.fields.{name}}}", quote(query[name]))
    assert address.startswith("/d/logs?")
    (text,) = parse_qs(urlsplit(address).query)["var-text"]
    now = dt.datetime.now(dt.UTC)
    shown = Chosen(now - dt.timedelta(hours=1), now, {"service": ["*"], "level": ["*"], "text": [text]})
    search = lucene(panel_of("logs", "Lines")["targets"][0]["query"], shown)
    asked = {"size": 500, "query": {"query_string": {"query": search, "analyze_wildcard": True}}}
    url = f"{stack.service('opensearch').url}/logs-*/_search"
    answer = httpx.post(url, json=asked, timeout=30, trust_env=False).raise_for_status()
    lines = [hit["_source"] for hit in answer.json()["hits"]["hits"]]
    assert {line["service"] for line in lines} == {"superset", "trino"}
    assert all(
        line.get("request_id") == request_id or query["query_id"] in (line.get("query_id"), *line.get("query_ids", ()))
        for line in lines
    )


def panel_of(dashboard: str, title: str) -> dict[str, Any]:
    """Return a panel as it is compiled; rows have titles, too."""
    file = ROOT / "grafana_dashboards" / "dashboards" / f"{dashboard}.json"
    panels = json.loads(file.read_text(encoding="utf-8"))["panels"]
    return next(each for each in panels if each["title"] == title and "targets" in each)


def link_of(dashboard: str, panel: str, column: str) -> dict[str, Any]:
    """Return the link of a column's cells."""
    overrides = panel_of(dashboard, panel)["fieldConfig"]["overrides"]
    of_column = next(each for each in overrides if each["matcher"]["options"] == column)
    (link,) = next(each["value"] for each in of_column["properties"] if each["id"] == "links")
    return link


def test_a_statement_of_sql_lab_is_found_the_same_way(stack: Settings, ana: Visitor) -> None:
    with SupersetClient.from_settings(stack) as client:
        database = next(asset.id for asset in client.assets("database") if asset.title == "Lakehouse SQL")
    body = {"database_id": database, "sql": "SELECT 41 + 1", "runAsync": False, "schema": "sales", "queryLimit": 10}
    answer = ana.ask("POST", "/api/v1/sqllab/execute/", json=body, headers={HEADER: SQL})
    assert answer.headers[HEADER] == SQL
    asked = awaited(stack, "trino-audit-*", request_id=SQL)
    assert [each["query"] for each in asked if "41 + 1" in each["query"]]
    told = awaited(stack, "logs-*", request_id=SQL, logger="lakefront.queries")
    assert {line["query_id"] for line in told} <= {each["query_id"] for each in asked}


def test_what_the_explorer_asks_is_found_the_same_way(stack: Settings) -> None:
    url = stack.service("explorer").url
    answer = httpx.get(f"{url}/readyz", headers={HEADER: PAGE}, timeout=30, trust_env=False)
    assert answer.headers[HEADER] == PAGE
    (query,) = awaited(stack, "trino-audit-*", request_id=PAGE)
    (line,) = awaited(stack, "logs-*", request_id=PAGE, logger="lakefront.trino")
    assert (line["service"], line["query_id"]) == ("explorer", query["query_id"])


def test_a_query_that_fails_is_written_down_with_both_ids(stack: Settings, caplog: pytest.LogCaptureFixture) -> None:
    trino = Trino.from_settings(stack, source="tests")

    def ask() -> None:
        request_ids.begin(WRONG)
        with pytest.raises(LakefrontError):
            trino.query("SELEKT")

    with caplog.at_level("INFO", logger="lakefront.trino"):
        contextvars.copy_context().run(ask)
    (record,) = [each for each in caplog.records if each.name == "lakefront.trino"]
    (query,) = awaited(stack, "trino-audit-*", request_id=WRONG)
    assert (query["query_id"], query["error_code"]) == (record.__dict__["fields"]["query_id"], "SYNTAX_ERROR")


def test_a_trace_token_that_is_no_such_id_is_not_kept(stack: Settings) -> None:
    trino = Trino.from_settings(stack, source="tests")
    headers = {
        "X-Trino-User": trino.user,
        "X-Trino-Trace-Token": 'x" OR user:"ana',
        "X-Trino-Source": "tests-of-tokens",
    }
    url = f"{stack.service('trino').url}/v1/statement"
    said = httpx.post(url, content="SELECT 1", headers=headers, timeout=30, trust_env=False).raise_for_status().json()
    while "nextUri" in said:
        said = httpx.get(said["nextUri"], headers=headers, timeout=30, trust_env=False).raise_for_status().json()
    (query,) = awaited(stack, "trino-audit-*", query_id=said["id"])
    assert "request_id" not in query


@pytest.mark.parametrize("name", ["explorer", "superset"])
def test_ids_that_are_well_formed_are_kept_and_hostile_ones_replaced(stack: Settings, name: str) -> None:
    url = f"{stack.service(name).url}/healthz"
    with httpx.Client(timeout=30, trust_env=False) as client:
        for good in GOOD:
            assert client.get(url, headers={HEADER: good}).headers.get_list(HEADER) == [good]
        for hostile in HOSTILE:
            (given,) = client.get(url, headers=[(HEADER.encode(), hostile)]).headers.get_list(HEADER)
            assert is_well_formed(given)
            assert given.encode() != hostile
        assert len({client.get(url).headers[HEADER] for _ in range(5)}) == 5


@pytest.mark.parametrize("name", OURS)
def test_every_process_of_ours_says_that_it_runs_that_it_is_ready_and_how_it_does(stack: Settings, name: str) -> None:
    url = stack.service(name).url
    with httpx.Client(base_url=url, timeout=30, trust_env=False) as client:
        assert client.get("/healthz").status_code == 200
        ready = client.get("/readyz")
        assert (ready.status_code, ready.json()["ready"]) == (200, True)
        figures = client.get("/metrics")
    assert figures.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert f"# HELP lakefront_{'component' if name == 'monitor' else name}_" in figures.text
