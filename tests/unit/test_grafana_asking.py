"""Variables and macros are filled in as Grafana and its data sources do it."""

from __future__ import annotations

import datetime as dt

import pytest

from lakefront.grafana.asking.interpolate import Chosen, choices, formatted, lucene, moment, promql, trino
from lakefront.grafana.model import Dashboard

NOW = dt.datetime(2026, 11, 2, 12, 0, tzinfo=dt.UTC)
CHOSEN = Chosen(NOW - dt.timedelta(hours=6), NOW, {"user": ("o'neil", "ana"), "text": ("a*",), "job": ("x.y",)})


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("u IN (${user:sqlstring})", "u IN ('o''neil','ana')"),
        ("t >= $__timeFrom()", "t >= TIMESTAMP '2026-11-02 06:00:00'"),
        ("t < $__timeTo()", "t < TIMESTAMP '2026-11-02 12:00:00'"),
        ("$__timeGroup(t, '5m')", "FROM_UNIXTIME(FLOOR(TO_UNIXTIME(t)/300)*300)"),
        ("$__timeGroup(t, '$__interval')", "FROM_UNIXTIME(FLOOR(TO_UNIXTIME(t)/60)*60)"),
        ('FROM "orders$files"', 'FROM "orders$files"'),
    ],
)
def test_sql(sql: str, expected: str) -> None:
    assert trino(sql, CHOSEN) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rate(a[$__rate_interval])", "rate(a[5m])"),
        ("increase(a[$__range])", "increase(a[21600s])"),
        ('a{job=~"$job"}', 'a{job=~"x\\.y"}'),
        ('a{user=~"$user"}', 'a{user=~"(o\'neil|ana)"}'),
        ("a$nothing", "a$nothing"),
    ],
)
def test_promql(text: str, expected: str) -> None:
    assert promql(text, CHOSEN) == expected


def test_a_search_is_taken_as_it_was_typed_only_where_that_is_said() -> None:
    assert lucene("level:E AND ${text:raw}", CHOSEN) == "level:E AND a*"
    assert lucene("$text", CHOSEN) == r"a\*"
    assert formatted(("a", "b"), "lucene") == '("a" OR "b")'


def test_times_from_now() -> None:
    assert moment("now", NOW) == NOW
    assert moment("now-7d/d", NOW) == NOW - dt.timedelta(days=7)


def test_each_typical_value_is_tried_once() -> None:
    said = Dashboard.model_validate({
        "version": 1, "uid": "one", "title": "One", "description": "One.", "time": {"since": "now-1h"},
        "variables": [
            {"name": "a", "label": "A", "typical": ["1", "2"]},
            {"name": "b", "label": "B", "values": ["x", "y"]},
        ],
        "rows": [{"title": "r", "panels": [{"title": "t", "kind": "text", "text": "x"}]}],
    })  # fmt: skip
    assert [dict(item.values) for item in choices(said, NOW)] == [
        {"a": ("1",), "b": ("x",)},
        {"a": ("2",), "b": ("x",)},
    ]
