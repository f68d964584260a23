"""Canonical assets: the reference bundle is canonical, what a server adds is taken out, what is unset is said."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lakefront.superset.archive import Exported
from lakefront.superset.bundle import AssetFile, names_of, read_bundle
from lakefront.superset.canonical import OWN_KEYS, from_export, tidy, to_import
from lakefront.superset.live import file_names
from lakefront.superset.names import Connection, Names, slug_of
from lakefront.superset.text import dump, leading_comments
from tests.support.cli import ROOT

BUNDLE = read_bundle(ROOT / "superset_assets")
NAMES = names_of(BUNDLE)
ONE, TWO = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
CHARTS = Names(charts={"one": (ONE, "One"), "two": (TWO, "Two")})


@pytest.mark.parametrize("asset", BUNDLE.assets, ids=lambda asset: asset.name)
def test_the_files_of_the_bundle_are_canonical(asset: AssetFile) -> None:
    text = asset.file.read_text(encoding="utf-8")
    assert dump(tidy(asset.folder, asset.data, NAMES), leading_comments(text)) == text
    sent = to_import(asset.folder, asset.data, NAMES)
    # What is set by REST besides is no part of the import.
    own = {key: value for key, value in asset.data.items() if key in OWN_KEYS}
    assert dump({**from_export(asset.folder, sent, NAMES), **own}, leading_comments(text)) == text


def test_what_is_not_set_is_said_to_the_import() -> None:
    # The import leaves alone what it is not told: a description that is gone from git would stay on the server.
    chart = to_import("charts", {"version": "1.0.0", "uuid": ONE, "slice_name": "One", "viz_type": "pie"}, CHARTS)
    assert chart["description"] is None
    assert chart["query_context"] is None
    assert chart["params"] == {"viz_type": "pie"}
    dashboard = to_import("dashboards", {"version": "1.0.0", "uuid": "u", "dashboard_title": "T"}, CHARTS)
    assert dashboard["css"] is None
    assert dashboard["published"] is False
    assert dashboard["metadata"] == {}
    assert dashboard["position"]["ROOT_ID"]["children"] == ["GRID_ID"]
    dataset = to_import("datasets", {"table_name": "t", "columns": [{"column_name": "a"}]}, CHARTS)
    assert dataset["columns"][0] | {"groupby": True, "expression": None} == dataset["columns"][0]
    assert dataset["metrics"] == []


def test_our_own_keys_are_not_sent() -> None:
    own = {key: ["x"] for key in OWN_KEYS}
    data = {"version": "1.0.0", "uuid": "u", "dashboard_title": "T", **own}
    assert not own.keys() & to_import("dashboards", data, CHARTS).keys()
    assert own.keys() <= tidy("dashboards", data).keys(), "what people write of them stays"


def test_the_catalog_of_the_environment_is_no_part_of_a_dataset() -> None:
    names = Names(connections={ONE: Connection("trino://superset@lake:8080/iceberg", {})})
    dataset = {"version": "1.0.0", "uuid": TWO, "database_uuid": ONE, "table_name": "t"}
    for catalog, kept in ((None, None), ("iceberg", None), ("tpch", "tpch")):
        live = {**dataset, "catalog": catalog}
        assert from_export("datasets", live, names).get("catalog") == kept
        assert tidy("datasets", live, names).get("catalog") == kept
    elsewhere = {**dataset, "catalog": "iceberg"}
    assert from_export("datasets", elsewhere, Names())["catalog"] == "iceberg", "of another connection"


def test_workers_are_the_environment_s_and_somebody_who_takes_them_away_is_told() -> None:
    git = {"version": "1.0.0", "uuid": ONE, "database_name": "Lakehouse"}
    for workers in (False, True):
        names = Names(connections={ONE: Connection("trino://superset@lake:8080/iceberg", {}, workers=workers)})
        sent = to_import("databases", git, names)
        assert sent["allow_run_async"] is workers
        assert from_export("databases", sent, names) == tidy("databases", git, names)
        edited = {**sent, "allow_run_async": not workers}
        assert from_export("databases", edited, names) != tidy("databases", git, names)


def test_new_files_are_called_as_their_assets_are() -> None:
    titles = ("orders_per_day", "Orders per day", "Größe & Gewicht", "orders_per_day")
    assets = [
        Exported("datasets", f"{number:08}", number, {"table_name": title, "database_uuid": ONE})
        for number, title in enumerate(titles, start=1)
    ]
    database = Exported("databases", ONE, None, {"database_name": "Lakehouse"})
    names = list(file_names([*assets, database], {ONE: "databases/lakehouse.yaml"}).values())
    assert names == [
        "databases/lakehouse.yaml",
        "datasets/lakehouse/orders_per_day.yaml",
        "datasets/lakehouse/orders-per-day.yaml",
        "datasets/lakehouse/groe-gewicht.yaml",
        "datasets/lakehouse/orders_per_day-2.yaml",
    ]


def test_what_a_server_adds_to_a_chart_is_taken_out() -> None:
    params = {"datasource": "7__table", "slice_id": 3, "dashboards": [1], "viz_type": "pie", "annotation_layers": []}
    params |= {"extra_form_data": {}, "groupby": ["a"], "metric": "m", "y_axis_title": ""}
    # Defaults of this type's controls; the third differs from its own.
    params |= {"row_limit": 100, "donut": False, "show_legend": False, "matrixify_enable": False}
    context = json.dumps({"datasource": {"id": 7, "type": "table"}, "queries": [{}]})
    live = {
        "uuid": ONE,
        "viz_type": "pie",
        "description": "",
        "params": params,
        "query_context": context,
        "tags": ["a"],
    }
    assert from_export("charts", live, CHARTS) == {
        "uuid": ONE,
        "viz_type": "pie",
        "params": {"groupby": ["a"], "metric": "m", "show_legend": False, "y_axis_title": ""},
    }, "an empty parameter may mean something else than none"


def test_the_query_of_a_chart_that_is_not_known_here_is_kept_as_data() -> None:
    query = {"datasource": {"id": 7, "type": "table"}, "metrics": ["m"]}
    context = {
        "datasource": {"id": 7, "type": "table"},
        "queries": [query],
        "form_data": {"slice_id": 3},
        "force": False,
    }
    live = {"uuid": ONE, "viz_type": "deck_arc", "params": {"a": 1}, "query_context": json.dumps(context)}
    canonical = from_export("charts", live, CHARTS)
    assert canonical["query_context"] == {"queries": [{"metrics": ["m"]}]}
    sent = to_import("charts", canonical, CHARTS)
    assert json.loads(sent["query_context"])["form_data"] == {"a": 1, "viz_type": "deck_arc"}
    assert from_export("charts", sent, CHARTS) == canonical


def _dashboard(metadata: dict[str, Any]) -> dict[str, Any]:
    """Return an export with two charts, whose numbers are 41 and 42, in a tab."""
    block = {"type": "CHART", "children": []}
    return {
        "version": "1.0.0",
        "uuid": "u",
        "dashboard_title": "T",
        "theme_uuid": None,
        "position": {
            "DASHBOARD_VERSION_KEY": "v2",
            "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["TABS-x"]},
            "TABS-x": {"type": "TABS", "id": "TABS-x", "children": ["TAB-x"], "meta": {}},
            "TAB-x": {"type": "TAB", "id": "TAB-x", "children": ["ROW-x"], "meta": {"text": "First"}},
            "ROW-x": {"type": "ROW", "id": "ROW-x", "children": ["CHART-a", "CHART-b"], "meta": {}},
            "CHART-a": {**block, "id": "CHART-a", "meta": {"uuid": ONE, "chartId": 41, "width": 6, "height": 9}},
            "CHART-b": {**block, "id": "CHART-b", "meta": {"uuid": TWO, "chartId": 42, "width": 6, "height": 9}},
        },
        "metadata": metadata,
    }


def _filter(**said: Any) -> dict[str, Any]:
    mask = {"extraFormData": {}, "filterState": {}, "ownState": {}}
    return {
        "type": "NATIVE_FILTER",
        "filterType": "filter_select",
        "defaultDataMask": mask,
        "cascadeParentIds": [],
        "scope": {"rootPath": ["ROOT_ID"], "excluded": []},
        "chartsInScope": [41, 42],
        "tabsInScope": ["TAB-x"],
        **said,
    }


def test_numbers_of_charts_become_slugs_and_random_ids_get_names() -> None:
    metadata = {
        "native_filter_configuration": [
            _filter(id="NATIVE_FILTER-V1StGXR8_Z5jdHi6B-myT", name="Region"),
            _filter(
                id="NATIVE_FILTER-aaaGXR8_Z5jdHi6B-myT",
                name="Region",
                cascadeParentIds=["NATIVE_FILTER-V1StGXR8_Z5jdHi6B-myT"],
                scope={"rootPath": ["TAB-x", "TAB-gone"], "excluded": [42, 999]},
            ),
            _filter(id="NATIVE_FILTER-my-own", name="Other"),
        ],
        "chart_configuration": {
            "41": {"id": 41, "crossFilters": {"scope": "global", "chartsInScope": [42]}},
            "42": {"id": 42, "crossFilters": {"scope": {"rootPath": ["TAB-x"], "excluded": [41]}, "chartsInScope": []}},
            "99": {"id": 99, "crossFilters": {"scope": {"rootPath": [], "excluded": []}}},
        },
        "global_chart_configuration": {"scope": {"rootPath": ["ROOT_ID"], "excluded": [41]}, "chartsInScope": [42]},
        "expanded_slices": {"42": True},
        "timed_refresh_immune_slices": [41],
        "shared_label_colors": ["a"],
        "map_label_colors": {"a": "#fff"},
        "default_filters": "{}",
        "refresh_frequency": 0,
        "cross_filters_enabled": True,
        "color_scheme": "",
    }
    canonical = from_export("dashboards", _dashboard(metadata), CHARTS)
    assert canonical["metadata"] == {
        "native_filter_configuration": [
            {"id": "NATIVE_FILTER-region", "name": "Region", "filterType": "filter_select"},
            {
                "id": "NATIVE_FILTER-region-2",
                "name": "Region",
                "filterType": "filter_select",
                "cascadeParentIds": ["NATIVE_FILTER-region"],
                "scope": {"rootPath": ["TAB-first"], "excluded": ["two"]},
            },
            {"id": "NATIVE_FILTER-my-own", "name": "Other", "filterType": "filter_select"},
        ],
        "chart_configuration": {"two": {"crossFilters": {"scope": {"rootPath": ["TAB-first"], "excluded": ["one"]}}}},
        "global_chart_configuration": {"scope": {"excluded": ["one"]}},
        "expanded_slices": {"two": True},
        "timed_refresh_immune_slices": ["one"],
    }
    sent = to_import("dashboards", canonical, CHARTS)
    numbers = {block["meta"]["uuid"]: block["meta"]["chartId"] for block in _charts(sent)}
    one, two = numbers[ONE], numbers[TWO]
    assert sent["metadata"]["expanded_slices"] == {str(two): True}
    assert sent["metadata"]["chart_configuration"][str(two)]["id"] == two
    assert sent["metadata"]["global_chart_configuration"] == {"scope": {"rootPath": ["ROOT_ID"], "excluded": [one]}}
    again = sent["metadata"]["native_filter_configuration"][1]
    assert again["scope"] == {"rootPath": ["TAB-first"], "excluded": [two]}
    assert again["defaultDataMask"] == {"extraFormData": {}, "filterState": {}, "ownState": {}}
    assert from_export("dashboards", sent, CHARTS) == canonical


def _charts(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    return [b for b in dashboard["position"].values() if isinstance(b, dict) and b["type"] == "CHART"]


def test_a_chart_twice_on_a_dashboard_has_one_number() -> None:
    layout = [{"row": [{"chart": "one", "width": 6}, {"chart": "one", "width": 6}]}]
    data = {"version": "1.0.0", "uuid": "u", "dashboard_title": "T", "layout": layout}
    sent = to_import("dashboards", data, CHARTS)
    assert [block["meta"]["chartId"] for block in _charts(sent)] == [1, 1]


def test_a_database_is_kept_without_what_its_environment_puts_in() -> None:
    connection = Connection("trino://u@here:80/lake", {"engine_params": {"connect_args": {"source": "s"}}}, "secret")
    names = Names(connections={"u": connection})
    kept = {"version": "1.0.0", "uuid": "u", "database_name": "L", "extra": {"cost_estimate_enabled": True}}
    sent = to_import("databases", kept, names)
    assert sent["sqlalchemy_uri"] == connection.uri
    assert "secret" not in str(sent)
    live = {**sent, "password": None, "masked_encrypted_extra": "{}", "ssh_tunnel": {"server_address": "x"}}
    assert from_export("databases", live, names) == kept
    moved = from_export("databases", {**live, "sqlalchemy_uri": "trino://u@there:80/lake"}, names)
    assert moved["sqlalchemy_uri"] == "trino://u@there:80/lake", "what somebody changed is told"


def test_a_dataset_does_not_inherit_the_timeout_of_its_database_into_git() -> None:
    names = Names(timeouts={"d": 300})
    live = {"uuid": "u", "table_name": "t", "database_uuid": "d", "cache_timeout": 300, "columns": [], "metrics": []}
    assert "cache_timeout" not in from_export("datasets", live, names)
    assert from_export("datasets", {**live, "cache_timeout": 60}, names)["cache_timeout"] == 60


@pytest.mark.parametrize(
    ("title", "slug"), [("Sales & Ops (EU)", "sales-ops-eu"), ("Größe", "groe"), ("売上", "unnamed"), ("a", "a-2")]
)
def test_slugs(title: str, slug: str) -> None:
    assert slug_of(title, {"a"}) == slug
