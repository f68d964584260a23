"""dbt's manifest to models: one that dbt 1.11 wrote for a small project of ours, and what is told of the rest."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from lakefront.errors import BadInputError
from lakefront.semantic import SemanticLayer, load_layer
from lakefront.semantic.exchange.dbt import import_dbt, read_dbt
from lakefront.semantic.exchange.draft import ImportOptions
from lakefront.semantic.exchange.ossie_export import dump
from lakefront.semantic.exchange.settle import Settled, settle
from lakefront.semantic.exchange.write_yaml import write_files
from tests.support.cli import ROOT, lakefront

MANIFEST = ROOT / "tests" / "data" / "dbt_shop_manifest.json"
DATA: dict[str, Any] = json.loads(MANIFEST.read_text(encoding="utf-8"))


def _imported(data: dict[str, Any], folder: Path) -> tuple[SemanticLayer, Settled]:
    file = folder / "manifest.json"
    file.write_text(json.dumps(data), encoding="utf-8")
    settled = settle(import_dbt(read_dbt(file), ImportOptions(catalog="shop")), folder / "models", comment="Made here.")
    write_files(folder / "models", settled.texts)
    return load_layer(folder), settled


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> SemanticLayer:
    return _imported(DATA, tmp_path_factory.mktemp("dbt"))[0]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("orders", {"type": "count", "dataset": "orders", "owner": "sales@example.com", "unit": "orders",
                    "certified": {"by": "Finance"}}),
        ("eu_revenue", {"type": "sum", "expression": "amount",
                        "filter": "region = 'EU' AND customers.segment = 'consumer'"}),
        ("recent_orders", {"filter": "DATE_TRUNC('month', ordered_on) >= CAST('2026-01-01' AS DATE)"}),
        ("average_order_value", {"type": "ratio", "numerator": "revenue", "denominator": "orders", "label": "AOV"}),
        ("eu_share", {"type": "ratio", "numerator": "eu_share_numerator", "denominator": "revenue"}),
        ("eu_share_numerator", {"type": "sum", "expression": "amount", "filter": "region = 'EU'"}),
        ("revenue_per_buyer", {"type": "derived", "expression": "revenue / buyers"}),
        ("revenue_growth", {"type": "period_over_period", "metric": "revenue", "show": "growth",
                            "offset": {"count": 1, "grain": "year"}}),
        ("revenue_last_week", {"show": "previous", "offset": {"count": 7, "grain": "day"}}),
        ("revenue_so_far", {"type": "cumulative", "metric": "revenue"}),
        ("revenue_7d", {"type": "cumulative", "window": {"count": 7, "grain": "day"}}),
        ("revenue_ytd", {"type": "cumulative", "reset": "year"}),
        ("stock", {"type": "sum", "dataset": "stock", "over_time": "last"}),
        ("large_orders", {"type": "count", "expression": "*", "filter": "is_large"}),
        ("p95_amount", {"type": "approx_percentile", "percentile": 0.95}),
    ],
)  # fmt: skip
def test_each_kind_of_metric_has_its_counterpart(layer: SemanticLayer, name: str, wanted: dict[str, Any]) -> None:
    assert dump(layer.metrics[name]).items() >= wanted.items()


def test_entities_columns_and_tests_become_datasets(layer: SemanticLayer) -> None:
    orders = layer.datasets["orders"]
    assert (orders.source, orders.primary_key) == ("marts.orders", ("order_id",))
    columns = {column.name: column for column in orders.columns}
    assert (columns["amount"].type, columns["amount"].description) == ("decimal(12,2)", "Paid, in USD.")
    assert (columns["is_large"].type, columns["is_large"].expression) == ("boolean", "amount > 100")
    assert [column.name for column in orders.columns if column.time] == ["ordered_on"]
    assert layer.datasets["customers"].column("email").sensitivity == "pii"  # type: ignore[union-attr] - it is there
    assert [dump(item) for item in layer.relationships] == [
        {"name": "orders_customer", "from": "orders", "to": "customers", "from_columns": ["customer_id"],
         "to_columns": ["customer_id"]}
    ]  # fmt: skip
    assert [dump(rule) for rule in orders.quality] == [
        {"rule": "not_null", "column": "order_id"},
        {"rule": "unique", "column": "order_id"},
        {"rule": "relationship", "column": "customer_id", "to": "customers", "to_columns": ["customer_id"],
         "severity": "warning"},
        {"rule": "accepted_values", "column": "region", "values": ["EU", "US"]},
        {"rule": "range", "column": "amount", "min": 0, "where": "state <> 'cancelled'"},
        {"rule": "not_null", "column": "amount", "severity": "warning"},
        {"rule": "expression", "name": "amount_is_no_debt", "expression": "amount >= 0"},
    ]  # fmt: skip


def test_a_saved_query_becomes_a_view(layer: SemanticLayer) -> None:
    view = layer.views["revenue_by_region"]
    assert (view.root, view.time, view.metrics) == ("orders", "ordered_on", ("revenue", "average_order_value"))
    assert list(view.outputs()) == ["ordered_on", "region", "segment"]


def test_the_semantic_manifest_gives_the_same_metrics(layer: SemanticLayer, tmp_path: Path) -> None:
    plain = {key: list(DATA[key].values()) for key in ("semantic_models", "metrics", "saved_queries")}
    made, settled = _imported(plain, tmp_path)

    def computed(of: SemanticLayer) -> dict[str, Any]:
        return {name: {**dump(metric), "owner": "-"} for name, metric in of.metrics.items()}

    assert computed(made) == computed(layer)
    assert any("types of 'orders' are guesses" in finding.what for finding in settled.findings)


def _changed(change: dict[str, Any], metric: str = "eu_revenue") -> dict[str, Any]:
    data = copy.deepcopy(DATA)
    data["metrics"][f"metric.shop.{metric}"] |= change
    return data


def _filter(template: str) -> dict[str, Any]:
    return {"filter": {"where_filters": [{"where_sql_template": template}]}}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"type": "conversion"}, "there is no kind of metric like 'conversion'"),
        ({"type_params": {"measure": {"name": "revenu"}}}, "there is no measure 'revenu'"),
        (_filter("{{ Dimension('order__regon') }} = 'EU'"), "there is no dimension 'order__regon'"),
        (_filter("{{ Metric('orders', ['customer']) }} > 1"), "'Metric' in a condition has no counterpart"),
        (_filter("{% if x %} a {% endif %}"), "the template is more than names of dimensions"),
        (_filter("{{ __import__('os').system('x') }} = 1"), "cannot be read"),
        (_filter("secret = 1"), "'secret' is not a dimension"),
        (_filter("{{ TimeDimension('order__ordered_on', 'century') }} > 1"), "there is no grain 'century'"),
    ],
)
def test_what_has_no_counterpart_is_told_with_its_place(tmp_path: Path, change: dict[str, Any], says: str) -> None:
    made, settled = _imported(_changed(change), tmp_path)
    told = [str(finding) for finding in settled.findings if "'eu_revenue' is left out" in finding.what]
    assert len(told) == 1
    assert says in told[0]
    assert told[0].startswith(f'{tmp_path}/manifest.json: $.metrics["metric.shop.eu_revenue"]: ')
    assert "eu_revenue" not in made.metrics
    assert "revenue" in made.metrics


def test_what_is_made_of_a_lost_metric_is_told_too(tmp_path: Path) -> None:
    made, settled = _imported(_changed({"type": "conversion"}, "buyers"), tmp_path)
    assert any("it is made of 'buyers', which is not there" in finding.what for finding in settled.findings)
    assert {"buyers", "revenue_per_buyer"}.isdisjoint(made.metrics)


def test_a_test_without_counterpart_is_told(tmp_path: Path) -> None:
    data = copy.deepcopy(DATA)
    name = next(name for name in data["nodes"] if "accepted_values" in name)
    data["nodes"][name]["test_metadata"]["name"] = "is_even"
    made, settled = _imported(data, tmp_path)
    assert any("there is no quality rule like 'is_even'" in finding.what for finding in settled.findings)
    assert len(made.datasets["orders"].quality) == 6


def test_a_project_without_semantic_models_gives_its_documented_tables(tmp_path: Path) -> None:
    made, _ = _imported({key: DATA[key] for key in ("metadata", "nodes")}, tmp_path)
    assert {"orders", "customers", "stock"} <= set(made.datasets)
    assert made.datasets["customers"].primary_key == ("customer_id",)
    assert made.metrics == {}


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [("{", "dbt-json", ":1:2"), ("[]", "dbt-shape", ":1:1"), ('{"x": 1}', "dbt-shape", ":1:1")],
)
def test_a_broken_file_is_told_with_its_place(tmp_path: Path, text: str, code: str, place: str) -> None:
    file = tmp_path / "manifest.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadInputError) as caught:
        read_dbt(file)
    assert caught.value.code == code
    assert str(caught.value.where) == f"{file}{place}"


def test_the_command_line_writes_what_loads_and_ends_with_5(tmp_path: Path) -> None:
    asked = lakefront(
        "semantic", "import", "--from", "dbt", str(MANIFEST), "--out", str(tmp_path / "models"), "--owner", "Shop"
    )
    assert asked.returncode == 5, asked.stderr
    assert asked.stdout.strip() == str(tmp_path / "models" / "shop.yml")
    assert "there is no kind of metric like 'conversion'" in asked.stderr
    assert load_layer(tmp_path).models[0].owner == "Shop"
    missing = lakefront("semantic", "import", "--from", "dbt", str(tmp_path / "none.json"))
    assert missing.returncode == 2
    assert "none.json cannot be read: No such file or directory [dbt-unreadable]" in missing.stderr
