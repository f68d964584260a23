"""Queries and models that are refused: exactly what a person is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest

from lakefront.errors import BadInputError
from lakefront.semantic import SemanticLayer, load_files
from lakefront.semantic.compile import compile_query
from lakefront.semantic.describe import describe_metric, plan_text
from lakefront.semantic.plan import plan_query
from lakefront.semantic.query import parse_query
from lakefront.semantic.schema import model_schema
from lakefront.semantic.source import read_source
from tests.support.cli import ROOT
from tests.support.golden import check_golden
from tests.unit.test_semantic_compile import GOLDEN, query_of

INVALID = Path(__file__).parent / "semantic_invalid"
_BAD_QUERIES = cast("dict[str, dict[str, Any]]", read_source(INVALID / "queries.yml").data)
_BAD_MODELS = cast("dict[str, dict[str, str]]", read_source(INVALID / "models.yml").data)


@pytest.fixture(scope="module")
def layer() -> SemanticLayer:
    return load_files([GOLDEN / "model.yml"])


def test_wrong_queries_are_refused_with_these_words(layer: SemanticLayer) -> None:
    told: list[str] = []
    for name, asked in _BAD_QUERIES.items():
        with pytest.raises(BadInputError) as raised:
            compile_query(query_of(asked), layer)
        assert raised.value.code.startswith("query-"), name
        told.append(f"== {name}\n{raised.value}\n")
    check_golden(INVALID / "queries.txt", "".join(told))


def test_wrong_models_are_refused_with_these_words(tmp_path: Path) -> None:
    text = (GOLDEN / "model.yml").read_text(encoding="utf-8")
    told: list[str] = []
    for name, change in _BAD_MODELS.items():
        assert change["old"] in text, name
        file = tmp_path / "shop.yml"
        file.write_text(text.replace(change["old"], change["new"], 1), encoding="utf-8")
        with pytest.raises(BadInputError) as raised:
            load_files([file])
        told.append(f"== {name}\n{str(raised.value).replace(f'{tmp_path}/', '')}\n")
    check_golden(INVALID / "models.txt", "".join(told))


def test_a_plan_is_told_in_words(layer: SemanticLayer) -> None:
    query = parse_query(
        ["refund_rate", "buyers_approx"], ["buyer_region.region"], since="2026-01-01", where="buyer.segment = 'vip'",
        order=["-refund_rate"], limit=5, as_of="2026-02-01",
    )  # fmt: skip
    assert plan_text(plan_query(query, layer)).splitlines() == [
        "scan returns (shop.returns) once",
        "  join buyer (return_buyer), at most one row each",
        "  join buyer_region (buyer_region), at most one row each",
        "  bound return_date: from 2026-01-01 to before the end",
        "  keep rows where buyer.segment = 'vip'",
        "  group by buyer_region.region",
        "  refunds = sum(refund) over returns",
        "scan orders (shop.orders) once",
        "  join buyer (order_buyer), at most one row each",
        "  join buyer_region (buyer_region), at most one row each",
        "  bound order_date: from 2026-01-01 to before the end",
        "  keep rows where buyer.segment = 'vip'",
        "  group by buyer_region.region",
        "  revenue = sum(amount) over orders where status <> 'cancelled'",
        "  buyers_approx = approx_distinct(buyer_id) over orders",
        "put 2 answers together by region",
        "refund_rate = CAST(refunds AS DOUBLE) / NULLIF(revenue, 0)",
        "buyers_approx = buyers_approx",
        "order by refund_rate falling, region rising",
        "limit 5",
        "note: as of 2026-02-01 23:59:59.999000+00:00",
        "note: buyers_approx is approximate",
    ]


def test_a_description_leads_down_to_columns_and_up_to_users(layer: SemanticLayer) -> None:
    found = describe_metric("revenue", layer)
    assert found.columns == ("shop.orders.amount", "shop.orders.status")
    assert {"average_order", "revenue_growth", "running_last_month", "net"} <= set(found.metrics)
    assert "buyer_region.region" in found.dimensions
    assert "regions.region" not in found.dimensions, "two ways lead there"
    assert describe_metric("gross", layer).columns == ("shop.orders.amount", "shop.orders.fee")
    assert describe_metric("vip_revenue", layer).columns == ("shop.orders.amount", "shop.customers.segment")
    assert set(describe_metric("running_last_month", layer).made_of) == {"revenue_running", "revenue"}


def test_a_description_of_the_reference_bundle_names_charts_and_dashboards() -> None:
    layer = load_files(sorted((ROOT / "semantic_layer" / "models").glob("*.yml")))
    found = describe_metric("return_rate", layer, ROOT / "superset_assets")
    assert "sales" in found.views
    assert "Sales Overview" in found.dashboards
    assert found.charts


def test_an_editor_is_told_keys_and_kinds() -> None:
    schema = json.loads(model_schema())
    kinds = schema["$defs"]
    assert kinds["Cumulative"]["additionalProperties"] is False
    assert set(kinds["Relationship"]["properties"]) >= {"from", "to", "as", "from_columns"}
    assert "PeriodOverPeriod" in kinds
    assert model_schema() == model_schema()
