"""Superset in the audit: which chart, filter or tab asked, under Trino's id, and what the dashboard counts."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from lakefront.config import Settings
from lakefront.iceberg.catalog import connect
from lakefront.iceberg.schema import arrow_schema, schema_of
from lakefront.semantic.ask import Semantic
from lakefront.semantic.emit.superset import asset_uuid
from lakefront.semantic.lake_table import LakeTable
from lakefront.stack.audit.columns import COLUMNS
from lakefront.stack.audit.event import to_row
from lakefront.stack.audit.table import AuditTable
from lakefront.superset.client import SupersetClient
from lakefront.trino import Trino
from tests.support.superset import Visitor
from tests.support.waiting import wait_for

pytestmark = pytest.mark.stack

_CHART = ("sales-by-country", "Sales Overview")


class Watch:
    """Superset as ana uses it, with the lines that it writes of her and the rows that the audit keeps."""

    def __init__(self, settings: Settings, trino: Trino) -> None:
        self.settings = settings
        self._trino = trino
        self.admin = SupersetClient.from_settings(settings).__enter__()
        self.ana = Visitor(settings, "ana")
        self.charts = self.admin.ids("chart")
        self.dashboards = self.admin.ids("dashboard")
        self.datasets = {asset.title: asset.id for asset in self.admin.assets("dataset")}
        self.databases = {asset.title: asset.id for asset in self.admin.assets("database")}
        self._log = settings.home.logs / "superset.log"

    def events(self, act: Callable[[], Any], action: str, **fields: Any) -> list[dict[str, Any]]:
        """Return the lines of an action that come of what is done, once there is one with these fields."""
        begin = self._log.stat().st_size
        act()
        found: list[dict[str, Any]] = []

        def is_there() -> bool:
            with self._log.open("rb") as file:
                file.seek(begin)
                lines = [json.loads(line) for line in file if line.endswith(b"\n") and b'"lakefront.events"' in line]
            found[:] = [
                line
                for line in lines
                if line["action"] == action and all(line.get(name) == value for name, value in fields.items())
            ]
            return bool(found)

        wait_for(is_there, within=120, what=f"a line of {action} with {fields}")
        return found

    def row(self, query_id: str) -> dict[str, Any]:
        """Return the audit's row of a query, once it is there."""
        found: list[dict[str, Any]] = []

        def is_there() -> bool:
            sql = "SELECT * FROM governance.query_audit WHERE query_id = ?"
            found[:] = self._trino.query(sql, [query_id]).dicts()
            return bool(found)

        wait_for(is_there, within=180, what=f"the query {query_id} in the audit")
        return found[0]

    def chart(self, form_data: dict[str, Any], *, force: bool = True) -> httpx.Response:
        """Ask for revenue by country as ana's browser would."""
        query = {"columns": ["country"], "metrics": ["revenue"]}
        return self.ana.chart_data(self.datasets["sales"], query, form_data=form_data, force=force)

    def close(self) -> None:
        self.ana.close()
        self.admin.__exit__(None, None, None)


@pytest.fixture(scope="module")
def watch(stack: Settings, trino: Trino) -> Iterator[Watch]:
    made = Watch(stack, trino)
    yield made
    made.close()


def test_a_chart_is_in_the_audit_under_the_id_that_its_event_names(watch: Watch) -> None:
    chart = asset_uuid("chart", _CHART[0])
    dashboard = next(uuid for uuid in watch.dashboards if uuid == asset_uuid("dashboard", "sales-overview"))
    form = {"slice_id": watch.charts[chart], "dashboardId": watch.dashboards[dashboard]}
    answers: list[httpx.Response] = []
    lines = watch.events(
        lambda: answers.append(watch.chart(form)), "ChartDataRestApi.data", user="ana", chart_uuid=chart, cached=False
    )
    assert answers[0].status_code == 200
    (line,) = lines
    assert line["service"] == "superset"
    assert dt.datetime.fromisoformat(line["timestamp"]).tzinfo is not None
    assert line["dashboard"] == _CHART[1]
    assert line["duration_ms"] > 0
    (query_id,) = line["query_ids"]
    row = watch.row(query_id)
    assert (row["user"], row["source"], row["client"]) == ("ana", "superset", "dashboard")
    assert (row["chart"], row["chart_uuid"]) == (line["chart"], chart)
    assert (row["dashboard"], row["dashboard_uuid"]) == (_CHART[1], dashboard)
    asked = answers[0].json()["result"][0]["query"]
    assert '"country"' in asked
    assert _bare(row["query"]) == _bare(asked), "saying its chart does not change a statement"

    (again,) = watch.events(
        lambda: watch.chart(form, force=False), "ChartDataRestApi.data", user="ana", chart_uuid=chart, cached=True
    )
    assert "query_ids" not in again, "what the cache answers asks Trino nothing"


def test_a_chart_by_itself_a_filter_and_a_tab_are_told_apart(watch: Watch) -> None:
    dashboard = watch.dashboards[asset_uuid("dashboard", "sales-overview")]
    chart = watch.charts[asset_uuid("chart", _CHART[0])]
    for form, told in (
        ({"slice_id": chart}, {"client": "chart", "dashboard": None}),
        (
            {"native_filter_id": "NATIVE_FILTER-sales-region", "dashboardId": dashboard, "slice_id": 0},
            {"client": "filter", "dashboard": _CHART[1], "dashboard_filter": "Region", "chart": None},
        ),
        ({"slice_id": "1 OR 1=1", "dashboardId": [7]}, {"client": "chart", "chart": None, "dashboard": None}),
    ):
        line = watch.events(lambda form=form: watch.chart(form), "ChartDataRestApi.data", user="ana", cached=False)[0]
        row = watch.row(line["query_ids"][0])
        assert {name: row[name] for name in told} == told
    title = "Umsätze 매출"
    body = {"database_id": watch.databases["Lakehouse SQL"], "sql": "SELECT 41 + 1 AS x", "runAsync": False}
    lines = watch.events(
        lambda: watch.ana.ask("POST", "/api/v1/sqllab/execute/", json={**body, "tab": title}), "execute_sql", user="ana"
    )
    row = watch.row(lines[0]["query_ids"][0])
    assert (row["user"], row["client"], row["sql_tab"]) == ("ana", "sql lab", title)
    assert "41 + 1" in row["query"]


def test_logins_failed_ones_and_changes_of_roles_are_told(watch: Watch) -> None:
    url = watch.settings.service("superset").url
    wrong = {"username": "nobody", "password": "wrong-password", "provider": "db", "refresh": False}
    watch.events(lambda: httpx.post(f"{url}/api/v1/security/login", json=wrong), "login_failed", user="nobody")
    visitors: list[Visitor] = []
    watch.events(lambda: visitors.append(Visitor(watch.settings, "victor")), "login", user="victor")
    visitors[0].close()
    roles = {row["name"]: row["id"] for row in watch.admin.rows("/security/roles/")}
    user = {"username": "passing", "first_name": "P", "last_name": "P", "email": "passing@example.com", "active": True}
    made: list[int] = []

    def hire() -> None:
        secret = {"password": "long-enough-for-a-test", "roles": [roles["Gamma"]]}
        made.append(watch.admin.post("/security/users/", {**user, **secret})["id"])

    try:
        admin = watch.settings.env.superset_user
        (line,) = watch.events(hire, "user_roles_changed", of_user="passing")
        assert (line["user"], line["added"]) == (admin, ["Gamma"])
        change = {"roles": [roles["Alpha"]]}
        (line,) = watch.events(
            lambda: watch.admin.put(f"/security/users/{made[0]}", change), "user_roles_changed", of_user="passing"
        )
        assert (line["added"], line["removed"]) == (["Alpha"], ["Gamma"])
    finally:
        path = f"/security/users/{made[0]}"
        watch.events(lambda: watch.admin.remove(path), "user_deleted", of_user="passing")


def test_the_numbers_of_the_usage_dashboard_are_those_of_plain_sql(watch: Watch, trino: Trino) -> None:
    olga = Visitor(watch.settings, "olga")
    until = trino.query("SELECT max(created_at) FROM governance.query_audit").scalar()
    moment = until.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    where = f"created_at < TIMESTAMP '{moment} UTC'"
    metrics = [
        "queries_asked",
        "active_people",
        "denied_queries",
        "queries_failed",
        "superset_queries",
        "bytes_scanned",
    ]
    (plain,) = trino.query(
        f"""SELECT count(*), count(DISTINCT IF(cardinality(user_groups) > 0 AND source <> 'lakefront-policy', "user")),
        count_if(error_code = 'PERMISSION_DENIED'), count_if(state = 'FAILED'), count_if(source = 'superset'),
        sum(bytes_scanned) FROM governance.query_audit WHERE {where}"""
    ).rows
    query = {"metrics": metrics, "extras": {"where": where}}
    (seen,) = olga.chart_data(watch.datasets["query_audit"], query).json()["result"][0]["data"]
    assert [seen[name] for name in metrics] == [int(value) for value in plain]
    assert min(plain) >= 0
    assert plain[0] > plain[4] > 0
    assert plain[1] > 0
    reads = trino.query(
        f"""SELECT "user", t, count(*) FROM governance.query_audit CROSS JOIN UNNEST(tables_read) AS u (t)
        WHERE {where} AND state = 'FINISHED' AND cardinality(user_groups) > 0 AND source <> 'lakefront-policy'
        AND strpos(t, '.information_schema.') = 0 GROUP BY 1, 2"""
    ).rows
    people = {"col": "asked_by", "op": "==", "val": "person"}
    query = {
        "columns": ["user", "table_name"], "metrics": ["table_reads"], "filters": [people], "row_limit": 10_000,
        "extras": {"where": where},
    }  # fmt: skip
    rows = olga.chart_data(watch.datasets["tables_asked"], query).json()["result"][0]["data"]
    assert {(row["user"], row["table_name"], row["table_reads"]) for row in rows} == {tuple(row) for row in reads}
    assert reads
    olga.close()


def test_personal_data_that_a_person_read_are_named(watch: Watch, trino: Trino) -> None:
    asked = trino.signed_in_as("ana").query("SELECT max(email), max(birth_date) FROM sales.customers").query_id
    watch.row(asked)
    sql = "SELECT count(*) FROM sales.customers"
    count = trino.signed_in_as("admin").query(sql).query_id
    watch.row(count)
    olga = Visitor(watch.settings, "olga")
    query = {"columns": ["query_id", "personal", "personal_data"], "filters": [_among([asked, count])]}
    rows = olga.chart_data(watch.datasets["tables_asked"], query, force=True).json()["result"][0]["data"]
    olga.close()
    told = {row["query_id"]: (set(filter(None, row["personal"].split(", "))), row["personal_data"]) for row in rows}
    assert told[asked] == ({"birth_date", "email"}, "read under masks")
    assert told[count] == (set(), "none")


def _bare(sql: str) -> str:
    """Return a statement without its layout."""
    return "".join(sql.split()).rstrip(";")


def _among(keys: list[str]) -> dict[str, Any]:
    return {"col": "query_id", "op": "IN", "val": keys}


def test_quality_results_of_the_first_start_are_those_of_the_table(stack: Settings, trino: Trino) -> None:
    (row,) = (
        Semantic(stack, user="olga")
        .query(metrics=("rules_checked", "rules_failed", "rows_failing"), where="quality_results.run = 'newest'")
        .rows
    )
    (plain,) = trino.query(
        """SELECT count_if(status IN ('passed', 'failed')), count_if(status = 'failed'),
        sum(failing_rows) FILTER (WHERE status = 'failed') FROM governance.quality_results AS r
        WHERE run_at = (SELECT max(run_at) FROM governance.quality_results AS n WHERE n.dataset = r.dataset)"""
    ).rows
    assert tuple(row) == tuple(plain)
    assert row[0] > row[1] > 0, "the sample has defects, and most of it is well"


def test_a_table_of_before_gets_the_new_columns(stack: Settings, trino: Trino) -> None:
    catalog, name = connect(stack), "scratch_audit.query_audit"
    old = COLUMNS[: next(n for n, column in enumerate(COLUMNS) if column.name == "client")]
    catalog.create_namespace_if_not_exists("scratch_audit")
    event = {
        "metadata": {"queryId": "q1", "query": "SELECT 1", "queryState": "FINISHED", "tables": []},
        "context": {"user": "ana", "clientInfo": '{"client": "dashboard", "chart": "Orders"}'},
        "statistics": {},
        "createTime": "2026-10-31T23:59:59Z",
    }
    row = to_row(json.dumps(event).encode(), dt.datetime.now(dt.UTC))
    try:
        table = catalog.create_table(name, schema=schema_of(old))
        assert len(arrow_schema(table.schema())) == len(old)
        assert AuditTable(catalog, name).append("b1", [row], doubtful=False) == 1
        found = trino.query(f"SELECT chart, client, dashboard FROM {name}").rows
        assert found == [("Orders", "dashboard", None)]
    finally:
        catalog.drop_table(name)
        catalog.drop_namespace("scratch_audit")


def test_a_table_of_results_of_before_gets_the_new_columns(stack: Settings, trino: Trino) -> None:
    catalog, names = stack.env.iceberg_catalog, ("scratch_quality", "results")
    old = LakeTable(catalog, *names, columns=(("run_id", "varchar", "a run"),), comment="old", key="run_id")
    new = LakeTable(catalog, *names, columns=(*old.columns, ("why", "varchar", "its why")), comment="new", key="run_id")
    try:
        old.append(trino, [("r1",)], "r1")
        new.append(trino, [("r2", "because")], "r2")
        found = trino.query("SELECT run_id, why FROM scratch_quality.results ORDER BY run_id").rows
        assert found == [("r1", None), ("r2", "because")]
    finally:
        trino.query("DROP TABLE IF EXISTS scratch_quality.results")
        trino.query("DROP SCHEMA IF EXISTS scratch_quality")
