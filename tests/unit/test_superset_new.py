"""`lakefront superset new`: every type gives a chart that the bundle accepts, and wrong words are told."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from lakefront.errors import BadInputError
from lakefront.superset.bundle import read_bundle
from lakefront.superset.canonical import tidy
from lakefront.superset.new import VIZ_TYPES, ParamKind, new_chart, new_dashboard, write_new
from tests.support.cli import ROOT, lakefront

ASSETS = ROOT / "superset_assets"
BUNDLE = read_bundle(ASSETS)
METRICS, COLUMNS = ["revenue", "orders", "customers"], ["region", "country"]


def _some(name: str) -> tuple[list[str], list[str]]:
    """Return as many metrics and columns as a type has places for."""
    kind = VIZ_TYPES[name]
    return METRICS[: len(kind.metric_at)], COLUMNS[: len(kind.by_at)]


@pytest.mark.parametrize("viz_type", sorted(VIZ_TYPES))
def test_each_type_makes_a_chart_with_all_that_it_requires(viz_type: str) -> None:
    metrics, by = _some(viz_type)
    chart = new_chart(BUNDLE, viz_type, "x", dataset="sales", metrics=metrics, by=by)
    kind, params = VIZ_TYPES[viz_type], chart["params"]
    assert kind.missing(params) == []
    for param in kind.params:
        if param.name in params and param.kind in {ParamKind.METRICS, ParamKind.COLUMNS, ParamKind.ORDER}:
            assert isinstance(params[param.name], list)
        if params.get(param.name) and param.kind in {ParamKind.METRIC, ParamKind.COLUMN}:
            assert isinstance(params[param.name], str)
        if param.choices and param.name in params:
            assert params[param.name] in param.choices
    assert params["adhoc_filters"][0]["subject"] == "order_date"
    assert tidy("charts", chart) == chart


def test_the_charts_of_the_bundle_are_of_known_types_with_what_they_require() -> None:
    for chart in BUNDLE.of("charts"):
        kind = VIZ_TYPES[chart.data["viz_type"]]
        assert kind.missing(chart.data["params"]) == [], chart.name


@pytest.mark.parametrize(
    ("said", "code", "says"),
    [
        ({"viz_type": "pye"}, "asset-viz-type", "no viz type 'pye'. Did you mean 'pie'?"),
        ({"slug": "My Chart"}, "asset-name", "not a name of a file"),
        ({"dataset": "sale"}, "asset-dataset-unknown", "Did you mean 'sales'?"),
        ({"metrics": ["revenu"]}, "asset-metric-unknown", "Did you mean 'revenue'?"),
        ({"by": ["regio"]}, "asset-column-unknown", "Did you mean 'region'?"),
        ({"metrics": []}, "asset-param-missing", "pie needs 'metric'"),
        ({"by": []}, "asset-param-missing", "pie needs 'groupby'"),
        ({"metrics": ["revenue", "orders"]}, "asset-param-too-many", "pie has no place for orders"),
        ({"viz_type": "table", "metrics": [], "by": []}, "asset-param-missing", "groupby, metrics, percent_metrics"),
        ({"viz_type": "world_map"}, "asset-viz-type", "no viz type 'world_map'"),
        ({"viz_type": "pivot_table_v2", "by": []}, "asset-param-missing", "one of groupbyRows, groupbyColumns"),
    ],
)
def test_wrong_words_are_told(said: dict[str, Any], code: str, says: str) -> None:
    asked = {"viz_type": "pie", "slug": "x", "dataset": "sales", "metrics": ["revenue"], "by": ["region"], **said}
    with pytest.raises(BadInputError) as raised:
        new_chart(BUNDLE, asked.pop("viz_type"), asked.pop("slug"), **asked)
    assert raised.value.code == code
    assert says in raised.value.what


def test_a_dashboard_has_its_numbers_on_top_and_a_filter_on_time() -> None:
    charts = ["sales-top-products", "sales-kpi-revenue", "sales-by-country", "sales-kpi-orders"]
    dashboard = new_dashboard(BUNDLE, "x", "X", charts)
    assert dashboard["layout"] == [
        {"height": 26, "row": [{"chart": "sales-kpi-revenue", "width": 6}, {"chart": "sales-kpi-orders", "width": 6}]},
        {"height": 44, "row": [{"chart": "sales-top-products", "width": 6}, {"chart": "sales-by-country", "width": 6}]},
    ]
    assert dashboard["metadata"]["native_filter_configuration"][0]["filterType"] == "filter_time"
    with pytest.raises(BadInputError, match="no chart 'sales-kpi'"):
        new_dashboard(BUNDLE, "x", "X", ["sales-kpi"])


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    chart = new_chart(BUNDLE, "pie", "x", dataset="sales", metrics=["revenue"], by=["region"])
    file = write_new(tmp_path, "charts/x.yaml", chart)
    before = file.read_text(encoding="utf-8")
    with pytest.raises(BadInputError, match="there is a file already"):
        write_new(tmp_path, "charts/x.yaml", {"version": "2"})
    assert file.read_text(encoding="utf-8") == before


def test_the_commands_write_files_that_the_bundle_accepts(tmp_path: Path) -> None:
    shutil.copytree(ASSETS, tmp_path / "superset_assets")
    shutil.copy(ROOT / "lakefront.toml", tmp_path)
    new = ("--bundle", str(tmp_path), "superset", "new")
    by_channel = ("--dataset", "sales", "--metric", "revenue", "--by", "channel")
    made = lakefront(*new, "chart", "pie", "revenue-by-channel", *by_channel, home=tmp_path / "home")
    assert made.returncode == 0, made.stderr
    assert made.stdout.strip().endswith("charts/revenue-by-channel.yaml")
    made = lakefront(
        *new, "dashboard", "channels", "--title", "Channels", "--chart", "revenue-by-channel", home=tmp_path
    )
    assert made.returncode == 0, made.stderr
    bundle = read_bundle(tmp_path / "superset_assets")
    before = [item.title for item in BUNDLE.of("dashboards")]
    assert sorted(item.title for item in bundle.of("dashboards")) == sorted([*before, "Channels"])
    twice = lakefront(*new, "chart", "pie", "revenue-by-channel", *by_channel, home=tmp_path / "home")
    assert twice.returncode == 2
    assert "asset-exists" in twice.stderr
