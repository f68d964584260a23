"""The SQL of quality rules: exact for each kind, and as few scans as there can be."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from lakefront.semantic.quality.compile import Scan, compile_rules
from lakefront.semantic.quality.load import load_rules

NOW = dt.datetime(2026, 10, 31, 12, 30, tzinfo=dt.UTC)
MODEL = """\
version: 1
name: shop
description: A shop.
owner: team@example.com
datasets:
  - name: orders
    source: shop.orders
    description: One row an order.
    primary_key: [order_id]
    columns:
      - {name: order_id, type: bigint, description: Its number.}
      - {name: customer_id, type: bigint, description: Who ordered.}
      - {name: day, type: date, description: Its day.}
      - {name: made_at, type: timestamp(6) with time zone, description: Its moment.}
      - {name: local_at, type: timestamp(6), description: Its moment without a zone.}
      - {name: status, type: varchar, description: Its state.}
      - {name: price, type: "decimal(10,2)", description: Price in USD.}
      - {name: cost, type: "decimal(10,2)", description: Cost in USD.}
      - {name: profit, type: "decimal(10,2)", description: Price less cost., expression: price - cost}
    quality:
RULES
  - name: customers
    source: crm.main.customers
    description: One row a customer.
    primary_key: [email, number]
    columns:
      - {name: number, type: bigint, description: Its number.}
      - {name: email, type: varchar, description: Its address., sensitivity: pii}
      - {name: mailbox, type: varchar, description: Of its address., expression: "split_part(email, '@', 1)"}
    quality:
CUSTOMER_RULES
  - name: paid_orders
    sql: SELECT order_id, price FROM shop.orders WHERE status = 'paid'
    description: One row a paid order.
    primary_key: [order_id, price]
    columns:
      - {name: order_id, type: bigint, description: Its number.}
      - {name: price, type: "decimal(10,2)", description: Price in USD.}
    quality:
PAID_RULES
"""


def scans(tmp_path: Path, *rules: str, dataset: str = "orders") -> list[Scan]:
    def block(name: str) -> str:
        lines = rules if name == dataset else ("{rule: row_count, min: 0}",)
        return "\n".join(f"      - {line}" for line in lines)

    text = MODEL.replace("CUSTOMER_RULES", block("customers")).replace("PAID_RULES", block("paid_orders"))
    (tmp_path / "models").mkdir(exist_ok=True)
    (tmp_path / "models" / "shop.yml").write_text(text.replace("RULES", block("orders")), encoding="utf-8")
    return compile_rules(load_rules(tmp_path, dataset=dataset), NOW)


def flat(scan: Scan) -> str:
    """Return a scan's SQL on one line."""
    return scan.query.sql("trino", identify=True)


FAILS = (
    'SELECT COUNT(*) AS "0_checked", COUNT_IF("checked"."0_fails") AS "0_failing", '
    'MIN(IF("checked"."0_fails", "checked"."key_1"), 5) AS "0_keys" FROM '
    '(SELECT "orders"."order_id" AS "key_1", {} AS "0_fails" FROM "shop"."orders" AS "orders") AS "checked"'
)


@pytest.mark.parametrize(
    ("rule", "fails"),
    [
        ("{rule: not_null, column: status}", '"orders"."status" IS NULL'),
        ("{rule: not_null, columns: [day, status]}", '"orders"."day" IS NULL OR "orders"."status" IS NULL'),
        ("{rule: not_null, column: profit}", '("orders"."price" - "orders"."cost") IS NULL'),
        (
            "{rule: accepted_values, column: status, values: [open, it's done]}",
            """NOT "orders"."status" IN ('open', 'it''s done')""",
        ),
        ("{rule: accepted_values, column: order_id, values: [1, -2]}", 'NOT "orders"."order_id" IN (1, -2)'),
        ("{rule: range, column: price, min: 0.5}", '"orders"."price" < 0.5'),
        ("{rule: range, column: price, min: -1, max: 9}", '"orders"."price" < -1 OR "orders"."price" > 9'),
        ("{rule: range, column: profit, max: 9}", '("orders"."price" - "orders"."cost") > 9'),
        ("{rule: range, column: day, max: today}", """"orders"."day" > CAST('2026-10-31' AS DATE)"""),
        (
            "{rule: range, column: made_at, max: now}",
            """"orders"."made_at" > CAST('2026-10-31 12:30:00.000000 UTC' AS TIMESTAMP(6) WITH TIME ZONE)""",
        ),
        (
            "{rule: range, column: local_at, min: 2026-01-01T09:00:00+09:00}",
            """"orders"."local_at" < CAST('2026-01-01 00:00:00.000000' AS TIMESTAMP(6))""",
        ),
        ("{rule: range, column: status, min: a}", """"orders"."status" < 'a'"""),
        ("{rule: expression, expression: price >= cost}", 'NOT "orders"."price" >= "orders"."cost"'),
        (
            "{rule: expression, expression: price > 0 OR status = 'gift'}",
            """NOT ("orders"."price" > 0 OR "orders"."status" = 'gift')""",
        ),
        (
            "{rule: expression, expression: \"day >= current_date - interval '7' day\"}",
            """NOT "orders"."day" >= CAST('2026-10-31' AS DATE) - INTERVAL '7' DAY""",
        ),
        (
            "{rule: expression, expression: made_at < now()}",
            'NOT "orders"."made_at" < CAST(\'2026-10-31 12:30:00.000000 UTC\' AS TIMESTAMP(6) WITH TIME ZONE)',
        ),
    ],
)
def test_rules_about_rows(tmp_path: Path, rule: str, fails: str) -> None:
    (scan,) = scans(tmp_path, rule)
    assert flat(scan) == FAILS.format(fails)


def test_where_limits_the_rows(tmp_path: Path) -> None:
    (scan,) = scans(tmp_path, "{rule: not_null, column: price, where: status = 'paid' OR cost > 0}")
    where = """"orders"."status" = 'paid' OR "orders"."cost" > 0"""
    assert flat(scan) == (
        'SELECT COUNT_IF("checked"."0_checked") AS "0_checked", COUNT_IF("checked"."0_fails") AS "0_failing", '
        'MIN(IF("checked"."0_fails", "checked"."key_1"), 5) AS "0_keys" FROM (SELECT "orders"."order_id" AS "key_1", '
        f'{where} AS "0_checked", ({where}) AND "orders"."price" IS NULL AS "0_fails" '
        f'FROM "shop"."orders" AS "orders" WHERE {where}) AS "checked"'
    )


def test_rows_are_pruned_only_when_no_rule_wants_them(tmp_path: Path) -> None:
    recent = "{rule: not_null, column: price, where: day >= current_date}"
    (both,) = scans(tmp_path, recent, "{rule: range, column: price, min: 0, where: status = 'paid'}")
    assert flat(both).endswith(
        """WHERE "orders"."day" >= CAST('2026-10-31' AS DATE) OR "orders"."status" = 'paid') AS "checked\""""
    )
    (one,) = scans(tmp_path, recent, "{rule: range, column: price, min: 0}")
    assert "WHERE" not in flat(one)


def test_row_count(tmp_path: Path) -> None:
    (scan,) = scans(tmp_path, "{rule: row_count, min: 1}")
    assert flat(scan) == (
        'SELECT COUNT(*) AS "0_checked" FROM '
        '(SELECT "orders"."order_id" AS "key_1" FROM "shop"."orders" AS "orders") AS "checked"'
    )


def test_freshness_does_not_count_times_to_come(tmp_path: Path) -> None:
    (scan,) = scans(tmp_path, "{rule: freshness, column: day, max_age: 2d}")
    assert flat(scan) == (
        'SELECT COUNT(*) AS "0_checked", MAX("checked"."0_time") AS "0_newest" FROM '
        '(SELECT "orders"."order_id" AS "key_1", '
        """IF("orders"."day" <= CAST('2026-10-31' AS DATE), "orders"."day") AS "0_time" """
        'FROM "shop"."orders" AS "orders") AS "checked"'
    )


def test_unique(tmp_path: Path) -> None:
    (scan,) = scans(tmp_path, "{rule: unique, columns: [customer_id, day], where: status = 'paid'}")
    assert flat(scan) == (
        'SELECT COALESCE(SUM("checked"."rows"), 0) AS "0_checked", '
        'COALESCE(SUM("checked"."rows" - 1), 0) AS "0_failing", '
        """MIN(IF("checked"."rows" > 1, FORMAT('(%s, %s)', "checked"."key_1", "checked"."key_2")), 5) AS "0_keys" """
        'FROM (SELECT "orders"."customer_id" AS "key_1", "orders"."day" AS "key_2", COUNT(*) AS "rows" '
        """FROM "shop"."orders" AS "orders" WHERE "orders"."status" = 'paid' """
        'AND NOT "orders"."customer_id" IS NULL AND NOT "orders"."day" IS NULL GROUP BY 1, 2) AS "checked"'
    )


def test_relationship_looks_up_distinct_keys_in_another_catalog(tmp_path: Path) -> None:
    (scan,) = scans(tmp_path, "{rule: relationship, column: customer_id, to: customers, to_columns: [number]}")
    assert flat(scan) == (
        'SELECT COUNT_IF("checked"."0_checked") AS "0_checked", COUNT_IF("checked"."0_fails") AS "0_failing", '
        'MIN(IF("checked"."0_fails", "checked"."key_1"), 5) AS "0_keys" FROM (SELECT "orders"."order_id" AS "key_1", '
        'NOT "orders"."customer_id" IS NULL AS "0_checked", '
        'NOT "orders"."customer_id" IS NULL AND "lookup_0"."found" IS NULL AS "0_fails" '
        'FROM "shop"."orders" AS "orders" LEFT JOIN (SELECT DISTINCT "customers"."number" AS "k0", TRUE AS "found" '
        'FROM "crm"."main"."customers" AS "customers") AS "lookup_0" '
        'ON "orders"."customer_id" = "lookup_0"."k0") AS "checked"'
    )


def test_a_dataset_may_be_a_select(tmp_path: Path) -> None:
    (scan,) = scans(tmp_path, "{rule: range, column: price, min: 0}", dataset="paid_orders")
    assert flat(scan) == (
        'SELECT COUNT(*) AS "0_checked", COUNT_IF("checked"."0_fails") AS "0_failing", '
        """MIN(IF("checked"."0_fails", FORMAT('(%s, %s)', "checked"."key_1", "checked"."key_2")), 5) AS "0_keys" """
        'FROM (SELECT "paid_orders"."order_id" AS "key_1", "paid_orders"."price" AS "key_2", '
        '"paid_orders"."price" < 0 AS "0_fails" FROM (SELECT "order_id", "price" FROM "shop"."orders" '
        """WHERE "status" = 'paid') AS "paid_orders") AS "checked\""""
    )


def test_all_rules_of_a_table_but_unique_are_one_scan(tmp_path: Path) -> None:
    made = scans(
        tmp_path,
        "{rule: row_count, min: 1}",
        "{rule: unique, column: order_id}",
        "{rule: not_null, column: status}",
        "{rule: relationship, column: customer_id, to: customers, to_columns: [number]}",
        "{rule: unique, columns: [customer_id, made_at]}",
        "{rule: accepted_values, column: status, values: [open]}",
        "{rule: freshness, column: day, max_age: 2d}",
        "{rule: expression, expression: price >= cost}",
        "{rule: range, column: price, min: 0}",
    )
    assert [[str(rule.kind) for rule in scan.rules] for scan in made] == [
        ["row_count", "not_null", "relationship", "accepted_values", "freshness", "expression", "range"],
        ["unique"],
        ["unique"],
    ]
    assert [flat(scan).count('"shop"."orders"') for scan in made] == [1, 1, 1]


def test_personal_data_are_never_shown(tmp_path: Path) -> None:
    made = scans(
        tmp_path,
        "{rule: not_null, column: email}",
        "{rule: unique, column: email}",
        "{rule: unique, columns: [mailbox, number]}",
        dataset="customers",
    )
    rows, email, mailbox = map(flat, made)
    assert rows.startswith('SELECT COUNT(*) AS "0_checked", COUNT_IF("checked"."0_fails") AS "0_failing", MIN(IF(')
    assert '(SELECT "customers"."number" AS "key_1", "customers"."email" IS NULL AS "0_fails"' in rows
    assert "0_keys" not in email
    # a column that is computed from personal data is personal, too
    assert 'MIN(IF("checked"."rows" > 1, "checked"."key_2"), 5) AS "0_keys"' in mailbox
