"""What a person sees who writes quality rules: good ones are understood, mistakes told with file, line and column."""

from __future__ import annotations

from pathlib import Path

import pytest

from lakefront.errors import BadInputError
from lakefront.semantic import ModelError
from lakefront.semantic.quality.bind import BoundRule
from lakefront.semantic.quality.load import load_rules
from lakefront.semantic.quality_model import RuleKind, Severity
from tests.support.cli import ROOT

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
      - {name: status, type: varchar, description: Its state.}
      - {name: price, type: "decimal(10,2)", description: Price in USD.}
    quality:
      - {rule: row_count, min: 10, max: 20}
      - {rule: not_null, columns: [day, status], severity: warning, max_share: 0.01}
      - {rule: unique, column: order_id, owner: lead@example.com}
      - {rule: accepted_values, column: status, values: [open, closed], max_rows: 3}
      - {rule: range, column: price, min: 0, max: 99.5}
      - {rule: range, column: day, min: 2020-01-01, max: today}
      - {rule: expression, name: paid, expression: price > 0, where: status <> 'open'}
      - {rule: relationship, relationship: order_customer}
      - {rule: relationship, name: known, column: customer_id, to: customers}
      - {rule: freshness, column: made_at, max_age: 36h}
  - name: customers
    source: shop.customers
    description: One row a customer.
    primary_key: [customer_id]
    columns:
      - {name: customer_id, type: bigint, description: Its number.}
relationships:
  - {name: order_customer, from: orders, to: customers, from_columns: [customer_id], to_columns: [customer_id]}
"""


def _load(text: str, tmp_path: Path) -> list[BoundRule]:
    (tmp_path / "models").mkdir(exist_ok=True)
    (tmp_path / "models" / "shop.yml").write_text(text, encoding="utf-8")
    return load_rules(tmp_path)


def test_rules_are_understood(tmp_path: Path) -> None:
    rules = _load(MODEL, tmp_path)
    assert [(rule.name, rule.columns, rule.bound) for rule in rules] == [
        ("row_count", (), ">= 10 and <= 20"),
        ("not_null_day_status", ("day", "status"), "not null, up to 1% may fail"),
        ("unique_order_id", ("order_id",), "unique"),
        ("accepted_values_status", ("status",), "one of open, closed, up to 3 may fail"),
        ("range_price", ("price",), ">= 0 and <= 99.5"),
        ("range_day", ("day",), ">= 2020-01-01 and <= today"),
        ("paid", ("price",), "price > 0"),
        ("relationship_order_customer", ("customer_id",), "in customers(customer_id)"),
        ("known", ("customer_id",), "in customers(customer_id)"),
        ("freshness_made_at", ("made_at",), "at most 36h old"),
    ]
    assert {rule.kind for rule in rules} == set(RuleKind)
    assert [rule.severity for rule in rules[:3]] == [Severity.ERROR, Severity.WARNING, Severity.ERROR]
    assert [rule.owner for rule in rules[:3]] == ["team@example.com", "team@example.com", "lead@example.com"]


def test_a_share_is_told_as_it_was_written(tmp_path: Path) -> None:
    bounds = []
    for share in ("0.1", "0.005", "0.0001", "1"):
        rules = _load(MODEL.replace("max_share: 0.01", f"max_share: {share}"), tmp_path)
        bounds.append(rules[1].bound.removeprefix("not null, "))
    assert bounds == ["up to 10% may fail", "up to 0.5% may fail", "up to 0.01% may fail", "up to 100% may fail"]


# `^` marks the place that the error must name.
@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("rule: unique, column", "rule: ^uniqe, column", "'datasets.quality.rule' = 'uniqe'"),
        ("{rule: unique, column: order_id,", "^{column: order_id,", "'rule' is missing"),
        ("column: order_id, owner", "^colum: order_id, owner", "'colum' is not known here."),
        ("column: order_id, owner", "column: ^order_idd, owner", "'order_idd'. Did you mean 'order_id'?"),
        ("columns: [day, status]", "columns: [day, ^statu]", "no column of orders 'statu'. Did you mean 'status'?"),
        ("columns: [day, status]", "columns: ^[]", "it may not be empty"),
        ("columns: [day, status]", "column: day, ^columns: [status]", "'column' is there already"),
        ("{rule: unique, column: order_id, owner", "^{rule: unique, owner", "'column' or 'columns' is missing"),
        ("column: order_id, owner", "column: order_id, ^max: 3, owner", "a rule of kind unique has no 'max'."),
        (
            "{rule: accepted_values, column: status,",
            "^{rule: accepted_values,",
            "'column' is missing",
        ),
        ("column: status, values: [open", "^columns: [status], values: [open", "accepted_values has no 'columns'. Did"),
        ("values: [open, closed]", "values: [open, ^3]", "'3': a text is wanted here, for a column of type varchar"),
        (
            "{rule: accepted_values, column: status, values: [open, closed],",
            "^{rule: accepted_values, column: status,",
            "'values' is missing",
        ),
        ("max_rows: 3", "max_rows: ^-3", "greater than or equal to 0"),
        ("max_share: 0.01", "max_share: ^1.5", "less than or equal to 1"),
        ("severity: warning", "severity: ^warn", "'datasets.quality.severity' = 'warn'"),
        ("min: 0, max: 99.5", "min: ^low, max: 99.5", "'low': a number is wanted here, for a column of type decimal"),
        (
            "{rule: range, column: price, min: 0, max: 99.5}",
            "^{rule: range, column: price}",
            "'min' or 'max' is missing",
        ),
        ("min: 2020-01-01", "min: ^2020-13-01", "'2020-13-01': a date such as 2026-10-31, or today, is wanted here"),
        ("expression: price > 0", "expression: ^sum(price) > 0", "is an aggregate"),
        ("expression: price > 0", "expression: price > ^pric", "no column of orders 'pric'. Did you mean 'price'?"),
        ("expression: price > 0", "expression: ^price >", "not a valid SQL expression"),
        ("expression: price > 0", "expression: ^price > (select 1)", "a query may not stand inside"),
        ("expression: price > 0", "expression: ^customers.customer_id > 0", "without a qualifier"),
        ("where: status <> 'open'", "where: ^stat <> 'open'", "there is no column of orders 'stat'"),
        ("relationship: order_customer}", "relationship: ^order_customers}", "Did you mean 'order_customer'?"),
        (
            "relationship: order_customer}",
            "relationship: order_customer, ^to_columns: [customer_id]}",
            "the relationship 'order_customer' has its columns already",
        ),
        ("to: customers}\n      - {rule: fresh", "to: ^customer}\n      - {rule: fresh", "Did you mean 'customers'?"),
        (
            "{rule: relationship, name: known, column: customer_id, to: customers}",
            "^{rule: relationship, name: known, to: customers}",
            "'column' or 'columns' is missing",
        ),
        (
            "name: known, column: customer_id, to: customers}",
            "name: known, column: customer_id, to: customers, to_columns: ^[customer_id, customer_id]}",
            "1 columns cannot be matched with 2",
        ),
        ("max_age: 36h", "max_age: ^36 hours", "'datasets.quality.max_age' = '36 hours'"),
        ("column: made_at, max_age", "column: ^status, max_age", "a date or timestamp is wanted here"),
        ("max_age: 36h", "max_age: 36h, ^max_rows: 1", "freshness is about the whole table"),
        ("min: 10, max: 20", "min: ^ten, max: 20", "'ten' is not a number of rows"),
        ("name: paid, ", "name: ^Paid, ", "'datasets.quality.name' = 'Paid'"),
        (
            "- {rule: range, column: day,",
            "- ^{rule: range, name: range_price, column: day,",
            "two rules named 'range_price'",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in MODEL
    marked = MODEL.replace(old, new, 1)
    before = marked[: marked.index("^")]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    with pytest.raises(BadInputError) as raised:
        _load(marked.replace("^", "", 1), tmp_path)
    message = str(raised.value).splitlines()[0]
    assert message.startswith(f"{tmp_path / 'models' / 'shop.yml'}:{line}:{column}: "), message
    assert says in message
    assert raised.value.exit_code == 2
    assert raised.value.fix


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = MODEL.replace("column: made_at", "column: made").replace("price > 0", "prise > 0")
    with pytest.raises(ModelError) as raised:
        _load(text, tmp_path)
    assert [problem.where.line for problem in raised.value.problems if problem.where] == [24, 27]


def test_an_unknown_dataset_is_told_with_the_nearest_name() -> None:
    with pytest.raises(BadInputError, match=r"there is no dataset 'order'\. Did you mean 'orders'\?"):
        load_rules(ROOT / "semantic_layer", dataset="order")


def test_every_dataset_of_the_bundle_has_rules_with_owners() -> None:
    rules = load_rules(ROOT / "semantic_layer")
    datasets = {rule.dataset.name for rule in rules}
    assert datasets >= {
        *("order_items", "orders", "products", "customers", "campaigns", "marketing_events"),
        *("option_ticks", "daily_stats", "media_assets", "accounts", "reports"),
    }
    assert [rule.name for rule in rules if "@" not in rule.owner] == []
    for dataset in datasets:
        kinds = {rule.kind for rule in rules if rule.dataset.name == dataset}
        assert {RuleKind.ROW_COUNT, RuleKind.UNIQUE} <= kinds, dataset
