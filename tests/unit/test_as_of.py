"""Views as of a time: what is generated, what is refused, and what Superset fills in."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest
import sqlglot
from sqlglot import exp

from lakefront.errors import BadInputError
from lakefront.sample.closes import backdated, close_days, close_moment, states
from lakefront.semantic.emit.superset_access import superset_access
from lakefront.semantic.emit.trino_access import access_files
from lakefront.semantic.load import load_files, load_layer
from lakefront.semantic.model import SemanticLayer
from lakefront.semantic.policy.load import load_policies
from lakefront.semantic.query import parse_as_of
from lakefront.semantic.view_as_of import MOMENT, compile_view_as_of
from tests.support.cli import ROOT
from tests.support.inside_superset import module_of_superset

SEMANTIC_LAYER: Final = ROOT / "semantic_layer"
ASKED: Final = f"SELECT 1 FROM t FOR TIMESTAMP AS OF {MOMENT} AS t"
MODEL: Final = """
version: 1
name: books
description: Books.
owner: books@example.com
datasets:
  - name: balances
    source: SOURCE
    description: Balances.
    primary_key: [day]
    columns:
      - {name: day, type: TYPE, description: Day., time: {grains: [month], zone: Asia/Seoul}}
      - {name: amount, type: bigint, description: Amount.}
      - {name: kept, type: boolean, description: Whether it counts.}
metrics:
  - {name: total, label: Total, type: sum, dataset: balances, expression: amount, filter: kept, owner: a,
     description: T}
  - {name: entries, label: Entries, type: count, dataset: balances, expression: "1", description: E., owner: a}
  - {name: mean, label: Mean, type: ratio, numerator: total, denominator: entries, description: M., owner: a}
views:
  - name: book
    label: Book
    description: The book.
    root: balances
    time: day
    as_of: true
    columns: [balances.day]
    metrics: [total, entries, mean]
"""


@pytest.fixture(scope="module")
def superset() -> ModuleType:
    """What runs inside Superset, as far as it needs nothing of it."""
    return module_of_superset("as_of")


def chosen(value: Any, op: str = "IN") -> list[dict[str, Any]]:
    return [{"col": "region", "op": "IN", "val": ["EU"]}, {"col": "as_of", "op": op, "val": value}]


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        ("2026-09-30", "2026-09-30 23:59:59.999"),
        ("2024-02-29", "2024-02-29 23:59:59.999"),
        ("0001-01-01", "0001-01-01 23:59:59.999"),
        ("2026-09-30T22:00Z", "2026-09-30 22:00:00.000"),
        ("2026-09-30 22:00", "2026-09-30 22:00:00.000"),
        ("2026-10-01T07:00:01.250+09:00", "2026-09-30 22:00:01.250"),
    ],
)
def test_a_time_becomes_a_typed_literal(superset: ModuleType, value: str, literal: str) -> None:
    removed: list[str] = []
    sql = superset.filled(ASKED, chosen([value]), [removed])
    assert sql == f"SELECT 1 FROM t FOR TIMESTAMP AS OF TIMESTAMP '{literal} UTC' AS t"
    assert removed == ["as_of"], "the filter is answered, so it is no condition on rows"


@pytest.mark.parametrize("filters", [[], [{"col": "region", "op": "IN", "val": ["EU"]}], chosen("9998-12-31", "==")])
def test_without_a_choice_it_is_now_and_so_is_what_is_to_come(superset: ModuleType, filters: list[Any]) -> None:
    now = "date_add('second', -1, current_timestamp)"
    assert superset.filled(ASKED, filters) == f"SELECT 1 FROM t FOR TIMESTAMP AS OF {now} AS t"


HOSTILE: Final[list[Any]] = [
    "", " ", "today", "now()", "current_timestamp", "2026", "2026-9-30", "2026-09-31", "2026-02-29", "2026-13-01",
    "2026-09-30'", "2026-09-30' OR '1'='1", "2026-09-30 UTC' AS t, (SELECT 1) AS u --", "2026-09-30\n", " 2026-09-30",
    "2026-09-30;", "2026-09-30/**/", "2026-09-30T25:00", "2026-09-30T22:00:00.1234567Z", "2026-09-30T22:00+99:99",
    "2026-09-30T22", "20260930", "2026-W40-3", "２０２６-０９-３０", "2026-09-30\x00", "{{ as_of('x') }}",
    "' UNION SELECT 1 --",
    "9999-12-31", "0001-01-01T00:00+14:00", 20260930, 1.5, True, None, {}, {"val": "2026-09-30"}, [], ["2026-09-30"],
    b"2026-09-30", "2026-09-30" * 1000,
]  # fmt: skip


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: repr(value)[:40])
def test_anything_else_is_refused_in_a_sentence(superset: ModuleType, value: Any) -> None:
    with pytest.raises(superset.RefusedError) as refused:
        superset.filled(ASKED, chosen([value]))
    assert str(refused.value).startswith("As of when? Choose")
    assert len(str(refused.value)) < 100, "the value is not told back"


@pytest.mark.parametrize("op", ["NOT IN", "!=", ">", "<", "LIKE", "IS NULL", "TEMPORAL_RANGE", "", None])
def test_only_one_moment_may_be_asked_for(superset: ModuleType, op: Any) -> None:
    with pytest.raises(superset.RefusedError, match="Choose one date"):
        superset.filled(ASKED, chosen("2026-09-30", op))
    with pytest.raises(superset.RefusedError, match="Choose one date"):
        superset.filled(ASKED, chosen(["2026-09-30", "2026-08-31"]))
    with pytest.raises(superset.RefusedError, match="Choose one date"):
        superset.filled(ASKED, [*chosen(["2026-09-30"]), *chosen(["2026-08-31"])])


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT '{{ current_username() }}'", "{{ url_param('x') }}", "{% for i in range(9) %}x{% endfor %}",
        "{{ as_of(\"as_of\") }}", "{{as_of('as_of')}}", "{{ as_of('as_of') | upper }}", "{{ as_of('a' ~ 'b') }}",
        "{{ as_of('AS OF') }}", "{{ 7 * 7 }}", "{# as_of('as_of') #}",
    ],
)  # fmt: skip
def test_nothing_else_is_filled_in(superset: ModuleType, sql: str) -> None:
    assert superset.filled(sql, chosen(["2026-09-30"])) == sql


def test_no_kind_of_database_is_left_to_jinja(superset: ModuleType) -> None:
    processors = superset.Processors()
    assert all(kind in processors for kind in ("trino", "presto", "postgresql", "sqlite", "anything"))


def layer_of(tmp_path: Path, source: str = "shop.balances", type_: str = "date", more: str = "") -> SemanticLayer:
    file = tmp_path / "books.yml"
    file.write_text(MODEL.replace("SOURCE", source).replace("TYPE", type_) + more, encoding="utf-8")
    return load_files([file])


@pytest.mark.parametrize(
    ("type_", "condition"),
    [
        ("date", f"<= CAST(AT_TIMEZONE({MOMENT}, 'Asia/Seoul') AS DATE)"),
        ("timestamp(6)", f"<= CAST(AT_TIMEZONE({MOMENT}, 'Asia/Seoul') AS TIMESTAMP(6))"),
        ("timestamp(6) with time zone", f"<= {MOMENT}"),
    ],
)
def test_todays_rows_of_the_same_time_are_told_from_later_ones(tmp_path: Path, type_: str, condition: str) -> None:
    compiled = compile_view_as_of(layer_of(tmp_path, type_=type_).views["book"], layer_of(tmp_path, type_=type_))
    words = " ".join(compiled.sql.split())
    assert f"WHEN \"balances\".\"day\" {condition} THEN 'restated' ELSE 'since' END" in words
    assert f'FROM "shop"."balances" FOR TIMESTAMP AS OF {MOMENT} AS "balances"' in compiled.sql


def test_each_metric_counts_the_rows_of_one_state(tmp_path: Path) -> None:
    layer = layer_of(tmp_path)
    sql = {item.name: item.sql for item in compile_view_as_of(layer.views["book"], layer).metrics}
    assert sql["total_then"] == """SUM("amount") FILTER(WHERE "kept" AND "as_of_state" = 'then')"""
    # a count of a constant has no column that could be NULL in the other state
    assert sql["entries_restated"] == """COUNT(1) FILTER(WHERE "as_of_state" = 'restated')"""
    assert sql["entries_today"] == """COUNT(1) FILTER(WHERE "as_of_state" <> 'then')"""
    assert "COALESCE" in sql["total_change"]
    assert "COALESCE" not in sql["mean_change"], "a mean of nothing is not 0"
    for text in sql.values():
        sqlglot.parse_one(text, dialect="trino")


@pytest.mark.parametrize(
    ("source", "more", "says"),
    [
        ("crm.shop.balances", "", "is not a table of the lake"),
        ("shop.balances", "  - {name: book_as_of, label: B, description: B., root: balances, time: day, "
         "columns: [balances.day], metrics: [total]}\n", "a dataset is made that is named 'book_as_of'"),
    ],
)  # fmt: skip
def test_a_view_that_cannot_be_asked_as_of_a_time_is_refused(tmp_path: Path, source: str, more: str, says: str) -> None:
    with pytest.raises(BadInputError, match=says) as raised:
        layer_of(tmp_path, source=source, more=more)
    assert "[model-as-of]" in str(raised.value)
    assert "books.yml:" in str(raised.value)


def test_the_datasets_read_one_table_and_tell_days_only() -> None:
    layer = load_layer(SEMANTIC_LAYER)
    compiled = compile_view_as_of(layer.views["monthly_results"], layer)
    read = sqlglot.parse_one(compiled.sql.replace(MOMENT, "current_timestamp"), dialect="trino")
    assert {f"{table.db}.{table.name}" for table in read.find_all(exp.Table)} == {"sales.monthly_close"}
    dates = sqlglot.parse_one(compiled.dates, dialect="trino")
    assert [table.name for table in dates.find_all(exp.Table)] == ["monthly_close$history"]
    assert {column.name for column in dates.find_all(exp.Column)} == {"made_current_at", "is_current_ancestor"}


def test_policies_hold_at_every_time() -> None:
    loaded = load_policies(SEMANTIC_LAYER, load_layer(SEMANTIC_LAYER))
    files = superset_access(loaded)
    for name in ("monthly_results", "monthly_results_as_of"):
        assert """clause: '"region" IN (''EU'')'""" in files[f"rls/{name}.yaml"]
    assert "rls/monthly_results_as_of_dates.yaml" not in files
    rules = access_files(loaded, catalog="iceberg").rules
    mine = [line for line in rules.splitlines() if "monthly_close" in line and "regionmanager" in line]
    assert len(mine) == 2, "the table by its filter, and when it was changed"
    assert r"monthly_close\\$history" in mine[1]
    assert not any("$(snapshots" in line for line in mine)


def test_a_date_is_its_end_for_the_command_line_too() -> None:
    assert parse_as_of("2026-07-31").moment == dt.datetime(2026, 7, 31, 23, 59, 59, 999_000, dt.UTC)
    assert parse_as_of("2026-07-31T00:00").moment == dt.datetime(2026, 7, 31, tzinfo=dt.UTC)
    with pytest.raises(BadInputError, match="has not ended yet"):
        parse_as_of(f"{dt.datetime.now(dt.UTC).year + 1}-01-01")


def test_the_sample_is_closed_at_the_end_of_each_month() -> None:
    days = close_days(dt.date(2026, 10, 31))
    assert (days[0], days[-1], len(days)) == (dt.date(2025, 11, 30), dt.date(2026, 10, 31), 12)
    assert close_days(dt.date(2026, 10, 30))[-1] == dt.date(2026, 9, 30)
    assert dt.date(2028, 2, 29) in close_days(dt.date(2028, 5, 5))


def test_a_close_restates_what_was_learned_since() -> None:
    may, june = dt.date(2026, 5, 1), dt.date(2026, 6, 1)
    days = [dt.date(2026, 5, 31), dt.date(2026, 6, 30)]
    learned = [
        (may, "EU", "web", days[0], 3, Decimal(30), Decimal(0)),
        (may, "EU", "web", days[1], -1, Decimal(-10), Decimal(5)),
        (june, "EU", "web", days[1], 1, Decimal(7), Decimal(0)),
        (june, "US", "web", dt.date(2026, 7, 31), 1, Decimal(7), Decimal(0)),
    ]
    first, second = states(learned, days)
    assert [(row["month"], row["orders"], row["revenue"], row["restated_on"]) for row in first] == [
        (may, 3, 30, days[0])
    ]
    assert [(row["month"], row["orders"], row["revenue"], row["refunds"]) for row in second] == [
        (may, 2, 20, 5), (june, 1, 7, 0),
    ]  # fmt: skip


def test_metadata_are_dated_by_the_closes() -> None:
    def snapshot(number: int, added: int) -> dict[str, Any]:
        summary = {"added-records": str(added)} if added else {}
        return {
            "snapshot-id": number,
            "sequence-number": number,
            "parent-snapshot-id": number - 1,
            "timestamp-ms": 9,
            "summary": summary,
        }

    metadata = {"snapshots": [snapshot(1, 0), snapshot(2, 5), snapshot(3, 0), snapshot(4, 6)], "statistics": [{}]}
    moments = [close_moment(dt.date(2026, 5, 31)), close_moment(dt.date(2026, 6, 30))]
    made = backdated(metadata, moments)
    assert [(item["snapshot-id"], item.get("parent-snapshot-id")) for item in made["snapshots"]] == [(2, None), (4, 2)]
    assert [item["timestamp-ms"] for item in made["snapshot-log"]] == [1780264800000, 1782856800000]
    assert made["last-updated-ms"] == 1782856800000
    assert metadata["snapshots"][1]["timestamp-ms"] == 9, "what was handed in stays"
    with pytest.raises(ValueError, match=r"shorter|longer"):
        backdated(metadata, moments[:1])
