"""Which queries a rollup answers, with which SQL, and which it must not; how rollups are built and renewed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any, cast

import pytest
import sqlglot

from lakefront.semantic import ModelError, SemanticLayer, load_files
from lakefront.semantic.compile import compile_query
from lakefront.semantic.model import Grain
from lakefront.semantic.plan import usable_rollups
from lakefront.semantic.rollup.build import (
    Touched,
    create_sql,
    definition_of,
    joined_ranges,
    merge_sql,
    periods_sql,
    sources_of,
)
from lakefront.semantic.rollup.layout import Layout, layouts_of
from lakefront.semantic.rollup.match import ReadyRollup
from lakefront.semantic.rollup.state import NotUsed, State, age_in_words
from lakefront.semantic.source import read_source
from tests.support.golden import check_golden
from tests.unit.test_semantic_compile import GOLDEN, query_of

HEADER = "-- written by tests/unit/test_semantic_rollup.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit\n"
QUERIES = cast("dict[str, dict[str, Any]]", read_source(GOLDEN / "rollups.yml").data)
MODEL = (GOLDEN / "model.yml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def layer() -> SemanticLayer:
    return load_files([GOLDEN / "model.yml"])


@pytest.fixture(scope="module")
def layouts(layer: SemanticLayer) -> dict[str, Layout]:
    return {layout.rollup.name: layout for layout in layouts_of(layer)}


def ready(layer: SemanticLayer) -> list[ReadyRollup]:
    """Return all rollups as current; those of months are the smaller ones."""
    rows = {"orders_by_month": 60, "paid_by_day": 300}
    return [ReadyRollup(layout, rows.get(layout.rollup.name, 1_000)) for layout in layouts_of(layer)]


@pytest.mark.parametrize("name", list(QUERIES))
def test_a_query_over_rollups_becomes_this_sql(name: str, layer: SemanticLayer) -> None:
    compiled = compile_query(query_of(QUERIES[name]), layer, ready(layer))
    sqlglot.parse_one(compiled.sql, dialect="trino")
    assert all(branch.rollup for branch in compiled.plan.branches)
    assert any("from the rollup" in note for note in compiled.plan.notes)
    notes = "".join(f"-- {note}\n" for note in compiled.plan.notes)
    check_golden(GOLDEN / "rollup" / f"{name}.sql", f"{HEADER}{notes}{compiled.sql}\n")


def test_there_is_no_golden_file_without_a_query() -> None:
    built = {"create", "create_in_a_zone", "merge", "periods"}
    assert {path.stem for path in (GOLDEN / "rollup").glob("*.sql")} == set(QUERIES) | built


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param({"metrics": ["revenue"], "by": ["order_date.month"], "as_of": 1}, id="another state of the table"),
        pytest.param({"metrics": ["median_amount"]}, id="percentiles cannot be put together"),
        pytest.param({"metrics": ["revenue"], "where": "amount > 10"}, id="a column that is not kept"),
        pytest.param({"metrics": ["revenue"], "by": ["recipient.segment"]}, id="a key that is not kept"),
        pytest.param({"metrics": ["revenue", "buyers"], "by": ["status"], "where": "fee > 1"}, id="one of two"),
        pytest.param({"metrics": ["paid_count"], "by": ["paid_at.hour"]}, id="finer than the rollup"),
        pytest.param({"metrics": ["paid_count"], "since": "2026-01-01T12:00"}, id="a bound within a day"),
        pytest.param({"metrics": ["paid_count"], "since": "2026-01-01T00:00+00:00"}, id="midnight of another zone"),
        pytest.param({"metrics": ["paid_count"], "since": "grafana_from"}, id="a bound that is not known yet"),
        pytest.param({"metrics": ["paid_count"], "by": ["status"]}, id="a dimension that is not kept"),
        pytest.param({"metrics": ["stock_units"], "by": ["day.month"]}, id="a level"),
        pytest.param({"metrics": ["big_revenue"]}, id="another dataset"),
    ],
)
def test_a_rollup_does_not_answer(asked: dict[str, Any], layer: SemanticLayer) -> None:
    plain = compile_query(query_of(asked), layer)
    assert not usable_rollups(plain.plan, layouts_of(layer))
    over = compile_query(query_of(asked), layer, ready(layer))
    assert over.sql == plain.sql
    assert not any("rollup" in note for note in over.plan.notes)


def test_distinct_values_come_from_sketches_only_when_that_is_asked_for(
    layer: SemanticLayer, layouts: dict[str, Layout]
) -> None:
    months = [ReadyRollup(layouts["orders_by_month"], 60)]
    asked = {"metrics": ["buyers"], "by": ["buyer_region.region"]}
    exact = compile_query(query_of(asked), layer, months)
    assert exact.plan.notes == ()
    sketched = compile_query(query_of({**asked, "approximate": True}), layer, months)
    assert sketched.plan.notes[0] == "buyers is approximate"
    # With the key of who ordered in it, a rollup counts them exactly.
    days = compile_query(query_of(asked), layer, [ReadyRollup(layouts["orders_by_day"], 1_000)])
    assert [branch.rollup for branch in days.plan.branches] == ["orders_by_day (1,000 rows, current)"]
    assert "approximate" not in " ".join(days.plan.notes)


def test_months_do_not_answer_for_days(layer: SemanticLayer) -> None:
    fitting = usable_rollups(
        compile_query(query_of({"metrics": ["revenue"], "since": "2026-01-15"}), layer).plan, layouts_of(layer)
    )
    assert [layout.rollup.name for layout in fitting] == ["orders_by_day"]


def test_months_answer_for_weeks_only_when_they_are_days(layer: SemanticLayer) -> None:
    weeks = query_of({"metrics": ["revenue"], "by": ["order_date.week"]})
    assert [item.rollup.name for item in usable_rollups(compile_query(weeks, layer).plan, layouts_of(layer))] == [
        "orders_by_day"
    ]


def test_the_statement_that_makes_a_rollup(layouts: dict[str, Layout]) -> None:
    created = create_sql(layouts["orders_by_month"], catalog="iceberg", snapshot=17)
    zoned = create_sql(layouts["paid_by_day"], catalog="iceberg", snapshot=17)
    check_golden(GOLDEN / "rollup" / "create.sql", HEADER + _pretty(created))
    check_golden(GOLDEN / "rollup" / "create_in_a_zone.sql", HEADER + _pretty(zoned))


def test_the_statement_that_renews_periods(layouts: dict[str, Layout]) -> None:
    days = [dt.datetime(2026, 1, 31), dt.datetime(2026, 2, 1), dt.datetime(2026, 3, 9)]  # noqa: DTZ001 - clock's time
    touched = Touched(joined_ranges(days, Grain.DAY), without_time=True)
    merged = merge_sql(layouts["orders_by_day"], touched, catalog="iceberg", snapshot=18)
    check_golden(GOLDEN / "rollup" / "merge.sql", HEADER + _pretty(merged))
    found = periods_sql(layouts["paid_by_day"], catalog="iceberg", first=17, last=18)
    check_golden(GOLDEN / "rollup" / "periods.sql", HEADER + _pretty(found))


def test_periods_that_follow_each_other_are_one_range() -> None:
    start = dt.datetime(2026, 1, 31)  # noqa: DTZ001 - clock's time
    assert joined_ranges([start + dt.timedelta(days=2), start, start + dt.timedelta(days=1)], Grain.DAY) == (
        (start, start + dt.timedelta(days=3)),
    )
    assert joined_ranges([start.replace(day=1), start.replace(month=2, day=1)], Grain.MONTH) == (
        (start.replace(day=1), start.replace(month=3, day=1)),
    )


def test_a_rollup_says_where_its_rows_come_from(layouts: dict[str, Layout]) -> None:
    assert sources_of(layouts["orders_by_month"]) == ("shop.orders", "shop.customers", "shop.regions")
    assert sources_of(layouts["paid_by_day"]) == ("shop.orders",)


def test_a_rollup_is_another_one_when_a_metric_changes(layouts: dict[str, Layout], tmp_path: Path) -> None:
    file = tmp_path / "model.yml"
    file.write_text(MODEL.replace("expression: amount, filter: status <> 'cancelled'", "expression: amount"), "utf-8")
    changed = {layout.rollup.name: layout for layout in layouts_of(load_files([file]))}
    same = {name: definition_of(changed[name]) == definition_of(layout) for name, layout in layouts.items()}
    assert same == {
        "orders_by_day": False, "orders_by_month": False, "paid_by_day": True, "returns_by_day": True,
        "lines_by_product": True,
    }  # fmt: skip


NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({}, "current"),
        ({"shop.orders": 2}, "as of 2026-11-21 11:00 UTC"),
        ({"shop.regions": 2}, "as of 2026-11-21 11:00 UTC"),
        ({"shop.orders": 2, "hours": 3}, "its sources have changed since 2026-11-21 09:00 UTC"),
        ({"hours": 3}, "current"),
        ({"rollups.orders_by_month": 2}, "its table was changed by something else"),
        ({"definition": "other"}, "its definition has changed"),
    ],
)
def test_a_rollup_answers_while_it_is_current_or_not_too_old(
    change: dict[str, Any], says: str, layouts: dict[str, Layout]
) -> None:
    layout = layouts["orders_by_month"]
    sources = dict.fromkeys(sources_of(layout), 1)
    as_of = NOW - dt.timedelta(hours=change.pop("hours", 1))
    definition = change.pop("definition", definition_of(layout))
    state = State("orders_by_month", definition, as_of, sources, 1, 60)
    found = age_in_words(layout, state, {**sources, "rollups.orders_by_month": 1, **change}, NOW)
    assert says in (found.reason if isinstance(found, NotUsed) else found)
    assert isinstance(found, NotUsed) == ("semantic refresh orders_by_month" in str(found))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("dataset: returns\n    time", "dataset: return\n    time", "there is no dataset 'return'. Did you mean"),
        ("dimensions: [customer_id]", "dimensions: [custmer_id]", "there is no dimension 'custmer_id'. Did you mean"),
        ("dimensions: [customer_id]", "dimensions: [lines.quantity]", "does not lead to 'lines'"),
        ("metrics: [refunds, return_count]", "metrics: [refundz]", "there is no metric 'refundz'. Did you mean"),
        ("metrics: [refunds, return_count]", "metrics: [revenue]", "'revenue' is over 'orders'"),
        ("metrics: [refunds, return_count]", "metrics: [net]", "'revenue' is over 'orders'"),
        ("[paid_count, order_count]", "[median_amount]", "is an approx_percentile, which cannot be put together"),
        ("[paid_count, order_count]", "[revenue_growth]", "'revenue_growth' is over time"),
        ("table: shop.paid_by_day", "table: shop.orders", "cannot be the table of a rollup of 'orders'"),
        ("table: shop.paid_by_day", "table: rollups.orders_by_day", "is already the table of the rollup"),
        ("column: paid_at, grain: day", "column: paid_at, grain: year", "'orders.paid_at' has no grain 'year'"),
        ("column: paid_at, grain: day", "column: status, grain: day", "there is no time column of orders 'status'"),
        ("as: region}", "as: segment}", "the rollup would have two columns named 'segment'"),
        ("as: turnover", "as: month", "the rollup would have two columns named 'month'"),
        ("max_staleness: 2h", "max_staleness: 2 hours", "'rollups.refresh.max_staleness' = '2 hours'"),
        ("max_staleness: 2h", "max_stalenes: 2h", "'max_stalenes' is not known here. Did you mean 'max_staleness'?"),
        ("{metric: revenue, as: turnover}", "{metrik: revenue}", "'metrik' is not known here. Did you mean 'metric'?"),
        ("CAST(amount AS double)", "amount * 1.0", "'mean_amount' is a mean of what has no known type"),
    ],
)
def test_a_wrong_rollup_is_told_with_its_place(old: str, new: str, says: str, tmp_path: Path) -> None:
    assert MODEL.count(old) == 1
    text = MODEL.replace(old, new)
    file = tmp_path / "shop.yml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ModelError) as caught:
        load_files([file])
    assert says in str(caught.value)
    assert str(caught.value).startswith(f"{file}:")


def _pretty(sql: str) -> str:
    return sqlglot.parse_one(sql, dialect="trino").sql("trino", pretty=True, identify=True) + "\n"
