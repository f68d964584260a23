"""What is generated from the models: exact SQL, exact metrics, the same bytes every time, stale files found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import sqlglot
from ruamel.yaml import YAML

from lakefront.errors import BadInputError
from lakefront.semantic import SemanticLayer, load_files, load_layer
from lakefront.semantic.emit.build import plan_build
from lakefront.semantic.emit.superset import HEADER, asset_uuid, superset_datasets
from lakefront.semantic.source import read_source
from lakefront.semantic.view_sql import compile_view
from tests.support.cli import ROOT

MODEL = """\
version: 1
name: shop
description: A shop.
owner: team@example.com
datasets:
  - name: items
    source: shop.items
    description: One row an item.
    primary_key: [id]
    columns:
      - {name: id, type: bigint, description: Its number.}
      - {name: order_id, type: bigint, description: Its order.}
      - {name: day, type: date, description: Its day., time: {grains: [day, month]}}
      - {name: price, type: "decimal(10,2)", description: Price in USD.}
      - {name: tax, type: "decimal(10,2)", description: Tax., expression: price - price / 1.1}
      - {name: net, type: "decimal(10,2)", description: Price less tax., expression: price - tax}
  - name: orders
    source: shop.orders
    description: One row an order.
    primary_key: [order_id]
    columns:
      - {name: order_id, type: bigint, description: Its number.}
      - {name: customer_id, type: bigint, description: Who ordered.}
      - {name: status, type: varchar, description: Its state.}
  - name: customers
    source: crm.main.customers
    description: One row a customer.
    primary_key: [customer_id]
    columns:
      - {name: customer_id, type: bigint, description: Its number.}
      - {name: status, type: varchar, description: Its state., label: Customer state}
      - {name: email, type: varchar, description: E-mail., sensitivity: pii}
relationships:
  - {name: item_order, from: items, to: orders, from_columns: [order_id], to_columns: [order_id]}
  - {name: order_customer, from: orders, to: customers, from_columns: [customer_id], to_columns: [customer_id]}
metrics:
  - name: revenue
    label: Revenue
    type: sum
    dataset: items
    expression: net
    filter: price > 0
    description: |
      What was paid,
      less tax.
    owner: finance@example.com
    unit: USD
    certified: {by: Finance}
  - {name: lines, label: Lines, type: count, dataset: items, expression: "*", description: Items., owner: a}
  - {name: orders, label: Orders, type: count_distinct, dataset: orders, expression: order_id, description: N, owner: a}
  - name: open_share
    label: Open
    type: ratio
    numerator: open_orders
    denominator: orders
    description: Share of open orders.
    owner: a
    format: percent
  - name: open_orders
    label: Open orders
    type: count_distinct
    dataset: orders
    expression: order_id
    filter: status = 'it''s open'
    description: N.
    owner: a
views:
  - name: shop
    label: Shop
    description: Items with their order.
    root: items
    time: day
    columns: [items.day, {column: customers.status, missing: "it's unknown"}, customers.email]
    metrics: [revenue, lines, orders, open_share]
"""


@pytest.fixture
def layer(tmp_path: Path) -> SemanticLayer:
    file = tmp_path / "shop.yml"
    file.write_text(MODEL, encoding="utf-8")
    return load_files([file])


def _yaml(text: str) -> dict[str, Any]:
    return YAML(typ="safe", pure=True).load(text)


def test_the_view_is_one_select_over_the_root_with_only_the_joins_it_needs(layer: SemanticLayer) -> None:
    assert compile_view(layer.views["shop"], layer).sql == "\n".join(
        [
            "SELECT",
            '  "items"."day",',
            """  COALESCE("customers"."status", 'it''s unknown') AS "status",""",
            '  "customers"."email",',
            '  "items"."price" - (',
            '    "items"."price" - "items"."price" / 1.1',
            '  ) AS "net",',
            '  "items"."price",',
            '  "orders"."order_id",',
            '  "orders"."status" AS "orders_status"',
            'FROM "shop"."items" AS "items"',
            'LEFT JOIN "shop"."orders" AS "orders" /* at most one row */',
            '  ON "items"."order_id" = "orders"."order_id"',
            'LEFT JOIN "crm"."main"."customers" AS "customers" /* at most one row */',
            '  ON "orders"."customer_id" = "customers"."customer_id"',
        ]
    )


def test_metrics_are_aggregates_over_the_view(layer: SemanticLayer) -> None:
    open_orders = """COUNT(DISTINCT "order_id") FILTER(WHERE "orders_status" = 'it''s open')"""
    assert compile_view(layer.views["shop"], layer).metrics == {
        "revenue": 'SUM("net") FILTER(WHERE "price" > 0)',
        "lines": "COUNT(*)",
        "orders": 'COUNT(DISTINCT "order_id")',
        "open_share": f'CAST({open_orders} AS DOUBLE) / NULLIF(COUNT(DISTINCT "order_id"), 0)',
    }


def test_the_dataset_carries_the_words_of_the_model(layer: SemanticLayer) -> None:
    text = superset_datasets(layer)["datasets/lakehouse/shop.yaml"]
    assert text.startswith(HEADER + "\n")
    data = _yaml(text)
    assert data["uuid"] == asset_uuid("dataset", "shop")
    assert data["main_dttm_col"] == "day"
    columns = {column["column_name"]: column for column in data["columns"]}
    assert columns["day"]["is_dttm"]
    assert columns["status"]["verbose_name"] == "Customer state"
    assert columns["email"]["extra"] == {"warning_markdown": "Personal data: shown masked, or not at all, by role."}
    assert not columns["net"]["groupby"], "a column that is there for a metric only is not offered"
    revenue = {metric["metric_name"]: metric for metric in data["metrics"]}["revenue"]
    assert revenue["description"] == "What was paid, less tax. Unit: USD. Owner: finance@example.com."
    assert revenue["currency"] == {"symbol": "USD", "symbolPosition": "prefix"}
    assert revenue["extra"]["certification"]["certified_by"] == "Finance"
    assert sorted(metric["d3format"] for metric in data["metrics"]) == [",d", ",d", ",d", ".1%"]
    assert list(columns) == sorted(columns), "an export has them in no order, so the file has them by name"


def test_the_same_models_give_the_same_bytes(layer: SemanticLayer, tmp_path: Path) -> None:
    again = tmp_path / "again" / "shop.yml"
    again.parent.mkdir()
    again.write_text(MODEL, encoding="utf-8")
    assert superset_datasets(load_files([again])) == superset_datasets(layer)


def test_a_build_is_needed_once(layer: SemanticLayer, tmp_path: Path) -> None:
    assets = tmp_path / "assets"
    first = plan_build(layer, tmp_path, assets)
    file = assets / "datasets" / "lakehouse" / "shop.yaml"
    schema = tmp_path / "model.schema.json"
    assert first.changes() == [("created", file), ("created", schema)]
    first.write()
    assert plan_build(layer, tmp_path, assets).changes() == []
    file.write_text(file.read_text(encoding="utf-8") + "# edited by hand\n", encoding="utf-8")
    assert plan_build(layer, tmp_path, assets).changes() == [("changed", file)]


def test_a_generated_file_without_a_view_is_deleted(layer: SemanticLayer, tmp_path: Path) -> None:
    old = tmp_path / "datasets" / "lakehouse" / "old.yaml"
    own = tmp_path / "datasets" / "lakehouse" / "own.yaml"
    old.parent.mkdir(parents=True)
    old.write_text(f"{HEADER}\nversion: 1.0.0\n", encoding="utf-8")
    own.write_text("version: 1.0.0\n", encoding="utf-8")
    plan_build(layer, tmp_path, tmp_path).write()
    assert not old.exists()
    assert own.exists(), "what a person wrote stays"


def test_a_file_that_a_person_wrote_is_not_overwritten(layer: SemanticLayer, tmp_path: Path) -> None:
    own = tmp_path / "datasets" / "lakehouse" / "shop.yaml"
    own.parent.mkdir(parents=True)
    own.write_text("version: 1.0.0\n", encoding="utf-8")
    with pytest.raises(BadInputError, match="was not generated"):
        plan_build(layer, tmp_path, tmp_path)


def test_editors_find_a_schema_that_every_model_of_the_bundle_keeps() -> None:
    schema = json.loads((ROOT / "semantic_layer" / "model.schema.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    files = sorted((ROOT / "semantic_layer" / "models").glob("*.yml"))
    assert files
    for file in files:
        lines = file.read_text(encoding="utf-8").splitlines()
        assert lines[0] == "# yaml-language-server: $schema=../model.schema.json"
        data = json.loads(json.dumps(read_source(file).data, default=str))
        assert not list(validator.iter_errors(data)), file
        data["metrics"][0]["tipe"] = "sum"
        assert list(validator.iter_errors(data)), "a misspelt key is marked"


def test_the_reference_bundle_is_generated_and_its_sql_parses() -> None:
    layer = load_layer(ROOT / "semantic_layer")
    assert plan_build(layer, ROOT / "semantic_layer", ROOT / "superset_assets").changes() == []
    compiled = compile_view(layer.views["sales"], layer)
    sqlglot.parse_one(compiled.sql, dialect="trino")
    for sql in compiled.metrics.values():
        sqlglot.parse_one(sql, dialect="trino")
    assert {"revenue", "orders", "average_order_value", "units", "customers", "return_rate", "gross_margin"} <= set(
        compiled.metrics
    )


def test_a_view_shows_derived_metrics_and_columns_of_joined_datasets(tmp_path: Path) -> None:
    more = """\
  - {name: vip, label: V, type: sum, dataset: items, expression: price,
     filter: customers.status = 'vip', description: D., owner: a}
  - {name: vip_share, label: S, type: derived, expression: 100 * vip / revenue, description: D., owner: a}
views:
"""
    file = tmp_path / "shop.yml"
    text = MODEL.replace("views:\n", more, 1).replace("lines, orders, open_share]", "vip, vip_share]")
    file.write_text(text, encoding="utf-8")
    changed = load_files([file])
    compiled = compile_view(changed.views["shop"], changed)
    assert '"customers"."status" AS "customers_status"' in compiled.sql
    assert compiled.metrics["vip"] == """SUM("price") FILTER(WHERE "customers_status" = 'vip')"""
    assert compiled.metrics["vip_share"] == (
        """CAST(100 * SUM("price") FILTER(WHERE "customers_status" = 'vip') AS DOUBLE) / """
        """NULLIF(SUM("net") FILTER(WHERE "price" > 0), 0)"""
    )


def test_a_metric_over_time_is_refused_in_a_view(tmp_path: Path) -> None:
    more = "  - {name: so_far, label: S, type: cumulative, metric: revenue, description: D., owner: a}\nviews:\n"
    file = tmp_path / "shop.yml"
    text = MODEL.replace("views:\n", more, 1).replace("lines, orders, open_share]", "so_far]")
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadInputError, match="'so_far' needs whole periods, and a view has single rows"):
        load_files([file])
