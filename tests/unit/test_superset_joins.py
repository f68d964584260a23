"""Joins that a question of Superset does not need: which are left out, and what stays as it is."""

from __future__ import annotations

from types import ModuleType, SimpleNamespace
from typing import Final

import pytest
import sqlglot
import yaml
from sqlglot import exp

from lakefront.semantic.view_sql import AT_MOST_ONE
from tests.support.cli import ROOT
from tests.support.inside_superset import module_of_superset

DATASETS: Final = {path.stem: path for path in (ROOT / "superset_assets" / "datasets" / "lakehouse").glob("*.yaml")}
ITEMS: Final = """
SELECT
  "items"."day",
  "orders"."region",
  "customers"."segment",
  COALESCE("products"."category", 'none') AS "category",
  "items"."amount" - "items"."cost" AS "profit",
  "visits"."last"
FROM "items" AS "items"
LEFT JOIN "orders" AS "orders" /* at most one row */
  ON "items"."order_id" = "orders"."order_id"
LEFT JOIN "customers" AS "customers" /* at most one row */
  ON "orders"."customer_id" = "customers"."customer_id"
LEFT JOIN "products" AS "products" /* at most one row */
  ON "items"."product_id" = "products"."product_id"
LEFT JOIN (SELECT "customer_id", MAX("day") AS "last" FROM "visits" GROUP BY 1) AS "visits" /* at most one row */
  ON "orders"."customer_id" = "visits"."customer_id"
"""


@pytest.fixture(scope="module")
def joins() -> ModuleType:
    """What Superset loads; it is not part of the toolkit."""
    return module_of_superset("joins")


def _joined(sql: str) -> list[str]:
    return [join.alias_or_name for join in sqlglot.parse_one(sql, dialect="trino").find_all(exp.Join)]


def _asked(of: str, dataset: str = ITEMS) -> str:
    return of.replace("ITEMS", f"(\n{dataset}\n) AS virtual_table")


def test_the_mark_is_the_one_that_a_build_writes(joins: ModuleType) -> None:
    assert joins.MARK == AT_MOST_ONE


@pytest.mark.parametrize(
    ("question", "left"),
    [
        ("SELECT SUM(profit) FROM ITEMS", []),
        ("SELECT COUNT(*) FROM ITEMS WHERE day > DATE '2026-01-01'", []),
        ('SELECT "REGION", SUM(profit) FROM ITEMS GROUP BY "REGION"', ["orders"]),
        ("SELECT SUM(profit) FROM ITEMS WHERE virtual_table.category IN ('a')", ["products"]),
        # A customer is found by her order.
        ("SELECT SUM(profit) FILTER(WHERE segment = 'x') FROM ITEMS", ["orders", "customers"]),
        ("SELECT day FROM ITEMS GROUP BY day ORDER BY MAX(category)", ["products"]),
        ("SELECT day FROM ITEMS GROUP BY day HAVING MAX(region) = 'EU'", ["orders"]),
        ("SELECT day FROM ITEMS WHERE day IN (SELECT d FROM t WHERE t.r = region)", ["orders"]),
        # A series limit asks the dataset twice, each time for something else.
        (
            "SELECT day, region, SUM(profit) FROM ITEMS JOIN (SELECT category AS c__, SUM(profit) AS m FROM ITEMS"
            " GROUP BY category) AS series_limit ON category = c__ GROUP BY day, region",
            ["orders", "products", "series_limit", "products"],
        ),
        ("SELECT SUM(profit), MAX(last) FROM ITEMS", ["orders", "visits"]),
        ("SELECT x FROM (SELECT SUM(profit) AS x FROM ITEMS) AS t", []),
    ],
)
def test_only_joins_stay_of_which_something_is_named(joins: ModuleType, question: str, left: list[str]) -> None:
    assert sorted(_joined(joins.without_unused_joins(_asked(question)))) == sorted(left)


def test_all_else_of_a_question_stays_in_its_place(joins: ModuleType) -> None:
    made = joins.without_unused_joins(_asked("SELECT region, SUM(profit) AS profit FROM ITEMS GROUP BY 1 LIMIT 5"))
    expected = """
        SELECT region, SUM(profit) AS profit FROM (
            SELECT "items"."day", "orders"."region", "items"."amount" - "items"."cost" AS "profit"
            FROM "items" AS "items"
            LEFT JOIN "orders" AS "orders" ON "items"."order_id" = "orders"."order_id"
        ) AS virtual_table GROUP BY 1 LIMIT 5"""
    tree = sqlglot.parse_one(made, dialect="trino")
    assert tree.sql("trino", comments=False) == sqlglot.parse_one(expected, dialect="trino").sql("trino")


@pytest.mark.parametrize(
    ("question", "dataset"),
    [
        ("SELECT * FROM ITEMS", ITEMS),
        ("SELECT virtual_table.* FROM ITEMS", ITEMS),
        ("SELECT SUM(profit) FROM ITEMS JOIN other USING (region)", ITEMS),
        ("SELECT SUM(profit) FROM ITEMS NATURAL JOIN other", ITEMS),
        ("SELECT SUM(profit) FROM", ITEMS),
        ("ITEMS", ITEMS),
        ("SELECT SUM(profit) FROM ITEMS", ITEMS.replace("/* at most one row */", "")),
        ("SELECT SUM(profit) FROM ITEMS", ITEMS.replace("at most one row", "at most one row, mostly")),
        ("SELECT SUM(profit) FROM ITEMS", ITEMS.replace("LEFT JOIN", "JOIN")),
        ("SELECT SUM(profit) FROM ITEMS", ITEMS.replace("LEFT JOIN", "FULL JOIN")),
        ("SELECT SUM(profit) FROM ITEMS", ITEMS.replace("SELECT", "SELECT DISTINCT")),
        ("SELECT SUM(profit) FROM ITEMS", f"{ITEMS} LIMIT 10"),
        ("SELECT SUM(profit) FROM ITEMS", f"{ITEMS} UNION ALL {ITEMS}"),
        ("SELECT SUM(profit) FROM ITEMS", ITEMS.replace('"items"."day"', "*")),
        # Of which table is it?
        ("SELECT SUM(profit) FROM ITEMS", ITEMS.replace('"items"."day"', '"day"')),
        ("SELECT SUM(profit) FROM ITEMS", ITEMS.replace('"items"."day"', 'ROW_NUMBER() OVER () AS "day"')),
        ("SELECT SUM(profit) FROM ITEMS", ITEMS.replace('"items"."day"', '(SELECT MAX(t.day) FROM t) AS "day"')),
        ("SELECT SUM(profit) FROM ITEMS", ITEMS.replace(' - "items"."cost"', "").replace('"items"."amount"', "SUM(1)")),
    ],
)
def test_what_is_not_sure_stays_as_it_is(joins: ModuleType, question: str, dataset: str) -> None:
    asked = _asked(question, dataset)
    assert joins.without_unused_joins(asked, database=None) == asked


@pytest.mark.parametrize("guest", [True, False])
def test_a_guest_asks_for_every_table_and_trino_says_which_are_hers(joins: ModuleType, guest: bool) -> None:
    asked, manager = _asked("SELECT SUM(profit) FROM ITEMS"), SimpleNamespace(is_guest_user=lambda: guest)
    assert (joins.without_unused_joins(asked, security_manager=manager, database=None) == asked) == guest


def test_a_condition_of_the_dataset_keeps_what_it_names(joins: ModuleType) -> None:
    where = 'WHERE "orders"."region" = \'EU\''
    assert _joined(joins.without_unused_joins(_asked("SELECT SUM(profit) FROM ITEMS", ITEMS + where))) == ["orders"]


@pytest.mark.parametrize("name", sorted(DATASETS))
def test_a_question_of_a_dataset_of_ours_keeps_what_its_columns_need(joins: ModuleType, name: str) -> None:
    data = yaml.safe_load(DATASETS[name].read_text(encoding="utf-8"))
    marked = AT_MOST_ONE in (data["sql"] or "")
    every = ", ".join(f'"{column["column_name"]}"' for column in data["columns"])
    for columns in [every, *every.split(", ")]:
        asked = f"SELECT {columns} FROM (\n{data['sql']}\n) AS virtual_table"
        made = joins.without_unused_joins(asked)
        if not marked or columns == every:
            assert made == asked
        inner = sqlglot.parse_one(made, dialect="trino").find(exp.Subquery)
        assert inner is not None
        had = set(inner.this.named_selects)
        assert {column.strip('"') for column in columns.split(", ")} <= had
