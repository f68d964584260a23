"""The policies in Superset: each person sees what Trino shows her, writes what her roles allow, and is told why not."""

from __future__ import annotations

import base64
import contextlib
import csv
import dataclasses
import io
import json
import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from lakefront.config import Settings
from lakefront.semantic.ask import Semantic
from lakefront.semantic.emit.superset import asset_uuid
from lakefront.superset.apply import Applied, apply
from tests.support.house import (
    ASSETS,
    CHARTS,
    COLUMNS,
    DASHBOARDS,
    DATASETS,
    EVERYBODY,
    OPEN,
    OPEN_AND_MOVING,
    OWNER,
    QUESTIONS,
    WRITES_SQL,
    House,
    answered,
    table_of,
)
from tests.support.superset import Visitor, messages

pytestmark = pytest.mark.stack

CUSTOMERS = (
    "SELECT customer_id, full_name, email, region FROM sales.customers WHERE customer_id < 60 ORDER BY customer_id"
)


def _apply(settings: Settings) -> Applied:
    return apply(settings, lambda _: None)


def _columns_and_metrics(params: dict[str, Any]) -> tuple[list[str], list[str]]:
    columns = [*params.get("groupby", []), *params.get("groupbyRows", []), *params.get("groupbyColumns", [])]
    if params.get("x_axis") and params["x_axis"] not in columns:
        columns.append(params["x_axis"])
    metrics = params.get("metrics") or [params["metric"]]
    return columns, metrics


# --- What each person sees -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EVERYBODY)
def test_the_charts_of_sales_overview_are_hers_or_refused(house: House, name: str) -> None:
    visitor = house.visitors[name]
    for chart in DASHBOARDS["sales-overview"]:
        columns, metrics = _columns_and_metrics(chart["params"])
        query = {"columns": columns, "metrics": metrics, "row_limit": 50_000}
        form_data = {"slice_id": house.charts[chart["uuid"]], "viz_type": chart["viz_type"]}
        response = visitor.chart_data(house.datasets["sales"], query, form_data=form_data)
        if name in OPEN["sales"]:
            truth = house.truth(name, "sales", columns, metrics)
            assert answered(response, columns, metrics) == truth, chart["slice_name"]
        else:
            assert response.status_code == 403, chart["slice_name"]
            assert f"You may not see the dataset 'sales': none of your roles opens the data behind it. Ask {OWNER}" in (
                messages(response)
            )


def _pairs() -> Iterator[Any]:
    """Yield datasets with people: those who are refused, and of those who are not the first and the last.

    That all others get Trino's numbers, too, test_superset_matrix.py shows for each of these datasets; here it is long.
    """
    for dataset in QUESTIONS:
        _, *between, _ = sorted(OPEN[dataset])
        for name in EVERYBODY:
            yield pytest.param(dataset, name, marks=[pytest.mark.long] if name in between else [])


@pytest.mark.parametrize(("dataset", "name"), list(_pairs()))
def test_a_dataset_shows_her_what_trino_and_the_semantic_layer_show_her(house: House, name: str, dataset: str) -> None:
    column, metric = QUESTIONS[dataset]
    response = house.visitors[name].chart_data(house.datasets[dataset], {"columns": [column], "metrics": [metric]})
    if name not in OPEN[dataset]:
        assert response.status_code == 403
        assert OWNER in messages(response)
        return
    seen = answered(response, [column], [metric])
    assert seen == house.truth(name, dataset, [column], [metric])
    answer = Semantic(house.settings, user=name).query(metrics=(metric,), by=(COLUMNS.get(dataset, column),))
    assert seen == table_of(answer.rows, 1)


def test_rows_and_masks_differ_by_person(house: House) -> None:
    seen: dict[str, list[dict[str, Any]]] = {}
    query = {"columns": ["customer_id", "full_name", "region"], "orderby": [["customer_id", True]], "row_limit": 40}
    for name in sorted(OPEN["customer_list"]):
        response = house.visitors[name].chart_data(house.datasets["customer_list"], query)
        seen[name] = response.json()["result"][0]["data"]
        truth = house.rows(
            name, "SELECT customer_id, full_name, region FROM sales.customers ORDER BY customer_id LIMIT 40"
        )
        assert [tuple(row.values()) for row in seen[name]] == truth
    assert {row["region"] for row in seen["elena"]} == {"EU"}
    assert {row["full_name"] for row in seen["victor"]} == {None}
    names = {name: [row["full_name"] for row in rows] for name, rows in seen.items()}
    assert len({tuple(map(str, column)) for column in names.values()}) == len(names), "five people, five sights"


def test_only_dashboards_and_charts_of_her_datasets_are_listed(house: House) -> None:
    for name, visitor in house.visitors.items():
        hers = [uuid for uuid, dataset in DATASETS.items() if name in {**OPEN, **OPEN_AND_MOVING}[dataset]]
        # Others' tests may have dashboards of their own there.
        listed = visitor.ask("GET", "/api/v1/dashboard/").json()["result"]
        dashboards = [item for item in listed if item["slug"] in DASHBOARDS]
        charts = visitor.ask("GET", "/api/v1/chart/").json()
        shown = [charts for charts in DASHBOARDS.values() if any(chart["dataset_uuid"] in hers for chart in charts)]
        assert len(dashboards) == len(shown), name
        assert charts["count"] == sum(chart["dataset_uuid"] in hers for chart in CHARTS.values()), name


def test_the_public_sees_nothing(house: House, stack: Settings) -> None:
    url = stack.service("superset").url
    for path in ("dashboard/", "chart/", "dataset/", "database/"):
        response = httpx.get(f"{url}/api/v1/{path}", headers={"Accept": "application/json"})
        assert response.status_code in (401, 403) or response.json()["count"] == 0, path
    (role,) = [row for row in house.admin.rows("/security/roles/") if row["name"] == "Public"]
    assert house.admin.get(f"/security/roles/{role['id']}/permissions/")["result"] == []


def test_what_the_public_is_given_by_hand_opens_nothing(house: House, stack: Settings) -> None:
    (role,) = [row for row in house.admin.rows("/security/roles/") if row["name"] == "Public"]
    given = [
        row["id"]
        for row in house.admin.rows("/security/permissions-resources/")
        if (row["permission"]["name"], row["view_menu"]["name"])
        in {("can_read", "Dashboard"), ("can_read", "Chart"), ("all_datasource_access", "all_datasource_access")}
    ]
    assert len(given) == 3
    grants = f"/security/roles/{role['id']}/permissions"
    house.admin.post(grants, {"permission_view_menu_ids": given})
    try:
        for path in ("dashboard/", "chart/"):
            response = httpx.get(
                f"{stack.service('superset').url}/api/v1/{path}", headers={"Accept": "application/json"}
            )
            assert response.status_code == 401, path
    finally:
        house.admin.post(grants, {"permission_view_menu_ids": []})


def test_a_right_that_is_taken_away_is_gone_with_the_next_request(house: House) -> None:
    roles = {row["name"]: row["id"] for row in house.admin.rows("/security/roles/")}
    (victor,) = [row for row in house.admin.rows("/security/users/") if row["username"] == "victor"]
    sales = house.datasets["sales"]
    question = {"metrics": ["revenue"]}
    assert house.visitors["victor"].chart_data(sales, question).status_code == 200
    house.admin.put(f"/security/users/{victor['id']}", {"roles": [roles["Public"]]})
    try:
        assert house.visitors["victor"].chart_data(sales, question).status_code in (401, 403)
    finally:
        assert list(_apply(house.settings).access.changes) == ["set the roles of victor"]
    assert house.visitors["victor"].chart_data(sales, question).status_code == 200


# --- What nobody gets past -----------------------------------------------------------------------------------------


def test_who_looks_on_writes_nothing(house: House) -> None:
    victor = house.visitors["victor"]
    chart = house.charts[asset_uuid("chart", "sales-by-country")]
    sales, lake = house.datasets["sales"], house.databases["Lakehouse"]
    attempts: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "/api/v1/chart/", {"slice_name": "x", "datasource_id": sales, "datasource_type": "table"}),
        ("PUT", f"/api/v1/chart/{chart}", {"slice_name": "mine"}),
        ("POST", "/api/v1/dashboard/", {"dashboard_title": "mine"}),
        ("POST", "/api/v1/dataset/", {"database": lake, "table_name": "x", "sql": "SELECT 1 AS x"}),
        ("PUT", f"/api/v1/dataset/{sales}", {"sql": "SELECT 1 AS x"}),
        ("POST", "/api/v1/database/", {"database_name": "x", "sqlalchemy_uri": "sqlite://"}),
        ("POST", f"/api/v1/database/{lake}/upload/", {}),
        ("POST", "/api/v1/assets/import/", {}),
        ("POST", "/api/v1/security/roles/", {"name": "x"}),
        ("GET", "/api/v1/security/users/", {}),
        ("GET", "/api/v1/rowlevelsecurity/", {}),
        ("POST", "/api/v1/security/guest_token/", {"user": {}, "resources": [], "rls": []}),
    ]
    for method, path, body in attempts:
        response = victor.ask(method, path, **({"json": body} if method != "GET" else {}))
        assert response.status_code in (401, 403, 404), f"{method} {path}: {response.status_code} {response.text[:200]}"
    assert not _apply(house.settings).changed


def test_sql_is_for_those_whose_role_says_so(house: House) -> None:
    lake = house.databases["Lakehouse SQL"]
    for name, visitor in house.visitors.items():
        response = visitor.sql(lake, "SELECT current_user AS me")
        if name in WRITES_SQL:
            assert response.json()["data"] == [{"me": name}], name
        else:
            assert response.status_code == 403, name
        past_the_datasets = visitor.sql(house.databases["Lakehouse"], "SELECT count(*) AS x FROM sales.orders")
        assert (past_the_datasets.status_code == 200) == (name == "admin"), name


def test_changed_questions_do_not_pass(house: House) -> None:
    elena, customers = house.visitors["elena"], house.datasets["customer_list"]
    dashboard = next(asset.id for asset in house.admin.assets("dashboard"))
    chart = house.charts[asset_uuid("chart", "sales-by-country")]
    borrowed = elena.chart_data(
        house.datasets["sales"], {"metrics": ["revenue"]}, form_data={"dashboardId": dashboard, "slice_id": chart}
    )
    assert borrowed.status_code == 403, "a dashboard lends no access"
    metric = {"expressionType": "SQL", "label": "x", "sqlExpression": "{}"}
    for text in (
        "(SELECT max(email) FROM sales.customers)",
        "count(*) FILTER (WHERE EXISTS (SELECT 1 FROM sales.order_items))",
    ):
        answer = elena.chart_data(customers, {"metrics": [{**metric, "sqlExpression": text}]})
        assert answer.status_code != 200, text
    everything = {**metric, "sqlExpression": "count(*) FILTER (WHERE region <> 'EU')"}
    assert elena.chart_data(customers, {"metrics": [everything]}).json()["result"][0]["data"] == [{"x": 0}]
    for where in ("1 = 1) OR (1 = 1", "region = 'US' OR 1 = 1"):
        answer = elena.chart_data(
            customers, {"metrics": ["signups"], "columns": ["region"], "extras": {"where": where}}
        )
        if answer.status_code == 200:
            assert {row["region"] for row in answer.json()["result"][0]["data"]} == {"EU"}
    unlisted = {"columns": [{"expressionType": "SQL", "label": "p", "sqlExpression": '"$path"'}], "metrics": []}
    assert elena.chart_data(customers, unlisted).status_code != 200


def test_the_second_lock_holds_by_itself_and_hides_nothing_more(house: House) -> None:
    for name, dataset in (
        ("elena", "customer_360"),
        ("elena", "customer_list"),
        ("elena", "business_accounts"),
        ("tom", "daily_statistics"),
        ("tom", "option_trades"),
    ):
        column, metric = QUESTIONS[dataset]
        query = {"columns": [column], "metrics": [metric]}
        response = house.visitors[name].chart_data(house.datasets[dataset], query, result_type="query")
        sql = response.json()["result"][0]["query"].rstrip().rstrip(";")
        as_admin = table_of(house.rows("admin", sql), 1)
        assert as_admin == house.truth(name, dataset, [column], [metric]), (
            "Superset's filter alone says what Trino says"
        )
        assert len(as_admin) < len(house.truth("admin", dataset, [column], [metric]))


# --- Caches --------------------------------------------------------------------------------------------------------


def _chart(house: House, visitor: Visitor) -> Any:
    query = {"columns": ["region"], "metrics": ["signups"], "orderby": [["region", True]]}
    return visitor.chart_data(house.datasets["customer_list"], query).json()["result"][0]["data"]


def _filter_values(house: House, visitor: Visitor) -> Any:
    query = {"columns": ["full_name"], "metrics": [], "row_limit": 20, "orderby": [["full_name", True]]}
    form_data = {"native_filter_id": "NATIVE_FILTER-x", "type": "NATIVE_FILTER", "viz_type": "filter_select"}
    answer = visitor.chart_data(house.datasets["customer_list"], query, form_data=form_data)
    return answer.json()["result"][0]["data"]


def _column_values(house: House, visitor: Visitor) -> Any:
    path = f"/api/v1/datasource/table/{house.datasets['customer_list']}/column/region/values/"
    return sorted(visitor.ask("GET", path).json()["result"])


def _exported(house: House, visitor: Visitor) -> Any:
    query = {"columns": ["region"], "metrics": ["signups"], "orderby": [["region", True]]}
    answer = visitor.chart_data(house.datasets["customer_list"], query, result_format="csv")
    assert answer.headers["content-type"].startswith("text/csv"), answer.text[:300]
    return list(csv.reader(io.StringIO(answer.text)))


def _samples(house: House, visitor: Visitor) -> Any:
    place = {"datasource_type": "table", "datasource_id": house.datasets["customer_list"], "per_page": 1000}
    answer = visitor.ask("POST", "/datasource/samples", params=place, json={})
    assert answer.status_code == 200, answer.text[:300]
    return answer.json()["result"]["total_count"]


def _drilled(house: House, visitor: Visitor) -> Any:
    place = {"datasource_type": "table", "datasource_id": house.datasets["customer_list"], "per_page": 50}
    only = {"filters": [{"col": "customer_id", "op": "<", "val": 60}]}
    answer = visitor.ask("POST", "/datasource/samples", params=place, json=only)
    return sorted((row["customer_id"], str(row["full_name"])) for row in answer.json()["result"]["data"])


@pytest.mark.parametrize("ask", [_chart, _filter_values, _column_values, _exported, _samples, _drilled])
def test_people_who_ask_in_turns_get_their_own(house: House, ask: Callable[[House, Visitor], Any]) -> None:
    asking = [house.visitors[name] for name in ("elena", "victor", "ana", "admin")]
    first = {visitor.name: ask(house, visitor) for visitor in asking}
    assert first["elena"] != first["admin"], "the question tells people apart"
    for _ in range(3):
        for visitor in asking:
            assert ask(house, visitor) == first[visitor.name], visitor.name


def test_the_cache_is_in_use_and_each_person_has_her_own_entry(house: House) -> None:
    query = {"columns": ["country"], "metrics": ["signups"], "row_limit": 77}
    keys: dict[str, str] = {}
    for name in ("elena", "victor", "dana"):
        for cached in (None, True):
            result = house.visitors[name].chart_data(house.datasets["customer_list"], query).json()["result"][0]
            assert bool(result["is_cached"]) == bool(cached), f"{name} the second time: {cached}"
        keys[name] = result["cache_key"]
    assert len(set(keys.values())) == 3


def test_sql_lab_gives_each_person_her_own(house: House) -> None:
    lake = house.databases["Lakehouse SQL"]
    for _ in range(3):
        for name in ("ana", "dana", "admin"):
            data = house.visitors[name].sql(lake, CUSTOMERS).json()["data"]
            assert [tuple(row.values()) for row in data] == house.rows(name, CUSTOMERS), name


def test_lists_of_tables_are_each_person_s_own(house: House) -> None:
    lake = house.databases["Lakehouse SQL"]
    seen: dict[tuple[str, str], set[str]] = {}
    for _ in range(2):
        for schema in ("markets", "governance"):
            for name in ("admin", "ana", "dana"):
                answer = house.visitors[name].ask("GET", f"/api/v1/database/{lake}/tables/?q=(schema_name:{schema})")
                tables = {item["value"] for item in answer.json()["result"]}
                assert seen.setdefault((name, schema), tables) == tables, name
    assert seen["ana", "markets"] == {"option_ticks", "daily_stats"}
    assert seen["ana", "governance"] == seen["dana", "governance"] == set()
    assert seen["admin", "governance"] >= {"query_audit", "quality_results"}


# --- Whose name Trino hears ----------------------------------------------------------------------------------------


def _as(stack: Settings, principal: str, user: str) -> str:
    """Sign in to Trino as `principal`, asking for `user`; return the name that it then hears, or its refusal."""
    login = base64.b64encode(f"{principal}:".encode()).decode()
    headers = {"X-Trino-User": user, "Authorization": f"Basic {login}"}
    with httpx.Client(headers=headers, timeout=60) as http:
        body = http.post(f"{stack.service('trino').url}/v1/statement", content="SELECT current_user").json()
        while "error" not in body and "data" not in body:
            body = http.get(body["nextUri"]).json()
    return str(body["error"]["message"] if "error" in body else body["data"][0][0])


def test_superset_may_ask_for_people_and_for_nobody_else(stack: Settings, house: House) -> None:
    assert _as(stack, "superset", "ana") == "ana"
    assert _as(stack, "superset", "stranger") == "Access Denied: User superset cannot impersonate user stranger"
    assert _as(stack, "superset", "lakefront") == "Access Denied: User superset cannot impersonate user lakefront"
    assert _as(stack, "prometheus", "ana") == "Access Denied: User prometheus cannot impersonate user ana"
    assert _as(stack, "ana", "elena") == "Access Denied: User ana cannot impersonate user elena"
    assert "Cannot execute query" in _as(stack, "superset", "superset"), "by itself it sees nothing"


@pytest.fixture
def stranger(house: House) -> Iterator[Visitor]:
    """Somebody with every right in Superset, whom no policy knows."""
    name = f"stranger-{uuid.uuid4().hex[:8]}"
    (admin,) = [row for row in house.admin.rows("/security/roles/") if row["name"] == "Admin"]
    body = {
        "username": name, "first_name": "S", "last_name": "S", "email": f"{name}@example.com", "active": True,
        "password": house.settings.secrets.people_password, "roles": [admin["id"]],
    }  # fmt: skip
    number = house.admin.post("/security/users/", body)["id"]
    with contextlib.closing(Visitor(house.settings, name)) as visitor:
        yield visitor
    # Superset keeps what she asked, and so cannot remove her.
    house.admin.put(f"/security/users/{number}", {"active": False})


def test_superset_signs_in_as_itself_and_trino_is_the_wall(house: House, stranger: Visitor) -> None:
    answer = stranger.sql(house.databases["Lakehouse SQL"], "SELECT 1")
    assert "No role is known of you, so the lake shows you nothing." in messages(answer)
    chart = stranger.chart_data(house.datasets["sales"], {"metrics": ["revenue"]})
    assert messages(chart) == f"No role is known of you, so the lake shows you nothing. Ask {OWNER} for a role."


# --- Refusals ------------------------------------------------------------------------------------------------------


def test_a_refusal_of_trino_is_a_sentence(house: House) -> None:
    lake = house.databases["Lakehouse SQL"]
    refused = messages(house.visitors["ana"].sql(lake, "SELECT * FROM governance.query_audit"))
    table = "iceberg.governance.query_audit"
    assert f"Your roles do not open the table {table}, which this asks for. Ask {OWNER}" in refused
    write = messages(house.visitors["ana"].sql(lake, "SELECT * FROM TABLE(system.query(query => 'x'))"))
    assert "Traceback" not in write
    mistake = messages(house.visitors["ana"].sql(lake, "SELECT nothing FROM sales.orders"))
    assert "nothing" in mistake
    assert OWNER not in mistake, "a mistake is no refusal"


# --- Applying ------------------------------------------------------------------------------------------------------


def test_no_value_that_one_person_s_charts_show_is_kept_in_a_dashboard_for_all(house: House) -> None:
    dashboard = house.visitors["tom"].ask("GET", "/api/v1/dashboard/lakehouse-analytics").json()["result"]
    path, admin = f"/api/v1/dashboard/{dashboard['id']}", house.visitors["admin"]
    seen = {"map_label_colors": {"of a row that tom does not see": "#111111"}, "shared_label_colors": ["KORA"]}
    # What the page sends when it is left, and what it sends when an editor saves.
    assert admin.ask("PUT", f"{path}/colors", params={"mark_updated": "false"}, json=seen).status_code == 200
    saved = json.loads(dashboard["json_metadata"]) | seen
    assert admin.ask("PUT", path, json={"json_metadata": json.dumps(saved)}).status_code == 200
    for name in ("tom", "admin"):
        kept = house.visitors[name].ask("GET", path).json()["result"]["json_metadata"]
        assert "of a row that tom does not see" not in kept, name
        assert json.loads(kept)["native_filter_configuration"] == saved["native_filter_configuration"]


def test_what_is_changed_by_hand_is_put_right_and_foreign_things_stay(house: House) -> None:
    admin = house.admin
    assert not _apply(house.settings).changed
    roles = {row["name"]: row["id"] for row in admin.rows("/security/roles/")}
    rules = {row["name"]: row for row in admin.rows("/rowlevelsecurity/", order="name")}
    rule = rules["Lakefront: customer_list, regionmanager-b34313414c"]
    (victor,) = [row for row in admin.rows("/security/users/") if row["username"] == "victor"]
    foreign = admin.post("/security/roles/", {"name": "Somebody else's"})["id"]
    admin.post("/security/roles/", {"name": "Lakefront: Retired"})
    admin.post(f"/security/roles/{roles['Lakefront: Viewer']}/permissions", {"permission_view_menu_ids": []})
    admin.put(f"/rowlevelsecurity/{rule['id']}", {"clause": "1 = 1"})
    admin.put(f"/security/users/{victor['id']}", {"roles": [roles["Alpha"]]})

    changes = _apply(house.settings).access.changes
    assert set(changes) == {
        "set the permissions of Lakefront: Viewer",
        f"put the row filter {rule['name']} right",
        "set the roles of victor",
        "removed the role Lakefront: Retired",
    }
    assert not _apply(house.settings).changed
    names = {row["name"] for row in admin.rows("/security/roles/")}
    assert "Somebody else's" in names
    admin.remove(f"/security/roles/{foreign}")
    assert house.visitors["victor"].chart_data(house.datasets["sales"], {"metrics": ["revenue"]}).status_code == 200


def test_accounts_are_made_here_only_and_closed_when_the_policies_forget(
    house: House, stack: Settings, tmp_path: Path
) -> None:
    name = f"zoe-{uuid.uuid4().hex[:8]}"
    bundle = tmp_path / "bundle"
    shutil.copytree(ASSETS, bundle / "superset_assets")
    file = bundle / "superset_assets" / "groups" / "viewer.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("- victor", f"- victor\n  - {name}"), encoding="utf-8")
    url = stack.service("superset").url
    elsewhere = {**stack.environ, "LAKEFRONT_SUPERSET_URL": url}
    assert _apply(dataclasses.replace(stack, bundle=bundle, environ=elsewhere)).access.changes == ()
    assert _apply(dataclasses.replace(stack, bundle=bundle)).access.changes == (f"made an account for {name}",)
    with contextlib.closing(Visitor(stack, name)) as zoe:
        # Superset knows her now, and Trino, whose rules are those of the real policies, does not.
        refused = zoe.chart_data(house.datasets["sales"], {"metrics": ["revenue"]})
        assert "No role is known of you, so the lake shows you nothing." in messages(refused)
    assert _apply(stack).access.changes == (f"closed the account of {name}, whom the policies do not name",)
    with pytest.raises(AssertionError, match="401"):
        Visitor(stack, name)
