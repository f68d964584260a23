"""What a person sees who writes a model wrongly: file, line, column, and the nearest valid name."""

from __future__ import annotations

from pathlib import Path

import pytest

from lakefront.errors import BadInputError
from lakefront.semantic import ModelError, SemanticLayer, load_files, load_layer
from lakefront.semantic.source import parse_source

VALID = """\
version: 1
name: shop
description: A shop.
owner: team@example.com
datasets:
  - name: items
    source: shop.items
    description: One row an item.
    primary_key: [order_id, line]
    columns:
      - {name: order_id, type: bigint, description: Its order.}
      - {name: line, type: integer, description: Its place.}
      - {name: price, type: "decimal(10,2)", description: Price in USD.}
      - {name: doubled, type: "decimal(10,2)", description: Twice., expression: price * 2}
  - name: orders
    source: shop.orders
    description: One row an order.
    primary_key: [order_id]
    columns:
      - {name: order_id, type: bigint, description: Its number.}
      - {name: day, type: date, description: Its day., time: {grains: [day, month], zone: UTC}}
      - {name: fee, type: double, description: Fee in USD.}
relationships:
  - {name: item_order, from: items, to: orders, from_columns: [order_id], to_columns: [order_id]}
metrics:
  - {name: revenue, label: Revenue, type: sum, dataset: items, expression: price, description: Paid., owner: a}
  - {name: fees, label: Fees, type: sum, dataset: orders, expression: fee, description: Fees., owner: a}
  - {name: orders, label: Orders, type: count_distinct, dataset: orders, expression: order_id, description: N, owner: a}
  - {name: average, label: AOV, type: ratio, numerator: revenue, denominator: orders, description: Mean., owner: a}
views:
  - name: shop
    label: Shop
    description: Items with their order.
    root: items
    time: day
    columns: [orders.day, items.price]
    metrics: [revenue, orders, average]
"""


def _load(text: str, tmp_path: Path) -> SemanticLayer:
    file = tmp_path / "shop.yml"
    file.write_text(text, encoding="utf-8")
    return load_files([file])


def test_a_valid_model_loads(tmp_path: Path) -> None:
    layer = _load(VALID, tmp_path)
    assert list(layer.metrics) == ["revenue", "fees", "orders", "average"]
    outputs = {name: item.column for name, item in layer.views["shop"].outputs().items()}
    assert outputs == {"day": "orders.day", "price": "items.price"}


# `^` marks the place that the error must name.
@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("label: Revenue", "^lable: Revenue", "'lable' is not known here. Did you mean 'label'?"),
        ("type: sum, dataset: items", "type: ^summ, dataset: items", "not a kind of metric. Did you mean 'sum'?"),
        ("dataset: items, expression: price", "dataset: ^itms, expression: price", "Did you mean 'items'?"),
        (
            "expression: price,",
            "expression: price * ^pric,",
            "there is no column of items 'pric'. Did you mean 'price'?",
        ),
        ("expression: price,", "expression: 'price * ^pric',", "there is no column of items 'pric'"),
        ("expression: price,", "expression: ^sum(price),", "is an aggregate"),
        ("expression: price,", "expression: ^sum(price) over (),", "is an aggregate"),
        ("expression: price,", "expression: ^(price,", "not a valid SQL expression"),
        ("expression: price,", "expression: ^(select 1),", "a query may not stand inside"),
        ("expression: price * 2", "expression: ^items.price * 2", "without a qualifier"),
        ("expression: price,", "expression: ^ordrs.fee,", "no dataset that 'items' leads to 'ordrs'"),
        ("expression: price,", "expression: orders.^fees,", "no column of orders 'fees'. Did you mean 'fee'?"),
        ("expression: price * 2", "expression: ^doubled * 2", "there is no column of items to compute with above"),
        ("to: orders, from_columns", "to: ^order, from_columns", "no dataset 'order'. Did you mean 'orders'?"),
        ("to_columns: [order_id]", "to_columns: ^[day]", "would be doubled"),
        ("to_columns: [order_id]", "to_columns: ^[order_id, day]", "1 columns cannot be matched with 2"),
        ("numerator: revenue", "numerator: ^revenu", "no metric 'revenu'. Did you mean 'revenue'?"),
        ("source: shop.orders", "source: ^orders", "'datasets.source' = 'orders'"),
        ("type: date,", "type: ^dat,", "'dat' is not a type of Trino"),
        ("zone: UTC", "zone: ^Mars/Base", "'Mars/Base' is not a time zone"),
        ("grains: [day, month]", "grains: [day, ^moth]", "'datasets.columns.time.grains' = 'moth'"),
        (
            "description: One row an order.\n    primary_key: [order_id]",
            "description: One.\n    primary_key: [^order_idd]",
            "no column of orders 'order_idd'. Did you mean 'order_id'?",
        ),
        ("name: fees,", "name: ^revenue,", "there is already one of the metrics named 'revenue'"),
        ("name: fees,", "name: ^Fees,", "'metrics.name' = 'Fees'"),
        ("columns: [orders.day, items", "columns: [^order.day, items", "Did you mean 'orders'?"),
        ("items.price]", "items.^prise]", "there is no column of items 'prise'. Did you mean 'price'?"),
        ("items.price]", "{column: items.^prise, as: p}]", "Did you mean 'price'?"),
        ("items.price]", "{^columm: items.price, as: p}]", "'columm' is not known here. Did you mean 'column'?"),
        ("items.price]", "^{as: price}]", "'column' is missing"),
        ("items.price]", "{column: items.price, missing: ^''}]", "it may not be empty"),
        ("items.price]", "^price]", "'views.columns' = 'price'"),
        ("items.price]", "^orders.day]", "the view has two columns named 'day'"),
        ("metrics: [revenue,", "metrics: [^revenues,", "no metric 'revenues'. Did you mean 'revenue'?"),
        ("metrics: [revenue,", "metrics: [^fees,", "the number would be too high"),
        ("time: day", "time: ^price", "there is no time column of the view 'price'"),
        ("version: 1", "version: ^2", "'version' = 2"),
        ("version: 1\nname: shop\n", "^version: 1\n", "'name' is missing"),
        ("description: A shop.", "description: a^: shop.", "not valid YAML"),
        ("name: shop\ndesc", "^version: 1\nname: shop\ndesc", "'version' is written twice"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in VALID
    marked = VALID.replace(old, new, 1)
    before = marked[: marked.index("^")]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    with pytest.raises(BadInputError) as raised:
        _load(marked.replace("^", "", 1), tmp_path)
    message = str(raised.value).splitlines()[0]
    assert message.startswith(f"{tmp_path / 'shop.yml'}:{line}:{column}: "), message
    assert says in message
    assert raised.value.exit_code == 2
    assert raised.value.fix


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = VALID.replace("dataset: items, expression: price", "dataset: itms, expression: price")
    text = text.replace("numerator: revenue", "numerator: revenu")
    with pytest.raises(ModelError) as raised:
        _load(text, tmp_path)
    assert [problem.where.line for problem in raised.value.problems if problem.where] == [26, 29]
    assert str(raised.value).count("to mend it:") == 2


def test_names_are_unique_over_files(tmp_path: Path) -> None:
    first, second = tmp_path / "a.yml", tmp_path / "b.yml"
    first.write_text(VALID, encoding="utf-8")
    second.write_text(
        "version: 1\nname: b\ndescription: B.\nowner: b\nmetrics:\n"
        "  - {name: revenue, label: R, type: count, dataset: items, expression: '*', description: D., owner: o}\n",
        encoding="utf-8",
    )
    with pytest.raises(ModelError) as raised:
        load_files([first, second])
    assert str(raised.value).startswith(f"{second}:6:12: ")
    assert f"at {first}:26:12" in str(raised.value)


def test_two_ways_to_a_dataset_are_refused(tmp_path: Path) -> None:
    again = "  - {name: again, from: items, to: orders, from_columns: [line], to_columns: [order_id]}\n"
    with pytest.raises(ModelError, match="two relationships lead to 'orders': 'item_order' and 'again'"):
        _load(VALID.replace("metrics:\n", again + "metrics:\n", 1), tmp_path)


def test_a_folder_without_models_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="there are no models here"):
        load_layer(tmp_path)


def test_an_alias_bomb_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="anchors and aliases are not used here"):
        _load("a: &a [x, x]\nb: [*a, *a]\n", tmp_path)


@pytest.mark.parametrize("text", ["", "just text", "- a\n- b\n"])
def test_a_file_that_is_no_model_is_told(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadInputError, match="a model is a mapping"):
        _load(text, tmp_path)


_STAIRS = "a:\n" + "".join(" " * depth + "b:\n" for depth in range(1, 90))


@pytest.mark.parametrize("text", ["a: " + "[" * 100_000, "- " * 100_000, _STAIRS], ids=["flow", "list", "stairs"])
def test_deep_nesting_is_refused_and_does_not_crash(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadInputError, match="nested over 50 deep"):
        _load(text, tmp_path)


def test_words_are_those_of_yaml_1_2(tmp_path: Path) -> None:
    text = "a: no\nb: 012\nc: 1_000\nd: ~\ne: 'true'\nf: true\ng: 1e3\nh: 2026-01-31\ni: !!str 5\n"
    assert parse_source(text, tmp_path).data == {
        "a": "no", "b": 12, "c": "1_000", "d": None, "e": "true", "f": True, "g": 1000.0, "h": "2026-01-31", "i": "5",
    }  # fmt: skip


def test_a_second_document_in_a_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="a file holds one document"):
        _load(VALID + "---\n" + VALID, tmp_path)


def test_a_column_is_counted_in_characters(tmp_path: Path) -> None:
    source = parse_source("a: {이름: 서울, b: ★}\n", tmp_path / "x.yml")
    assert str(source.at_value(("a", "b"))) == f"{tmp_path / 'x.yml'}:1:16"


def test_a_dataset_over_a_view_of_itself_is_told(tmp_path: Path) -> None:
    seen = """\
  - name: seen
    view: shop
    description: What the view shows.
    primary_key: [price]
    columns: [{name: price, type: "decimal(10,2)", description: Price in USD.}]
relationships:
  - {name: item_seen, from: items, to: seen, from_columns: [price], to_columns: [price]}
"""
    text = VALID.replace("relationships:\n", seen)
    assert _load(text, tmp_path).datasets["seen"].sql
    with pytest.raises(ModelError) as caught:
        _load(text.replace("items.price]", "items.price, {column: seen.price, as: seen}]"), tmp_path)
    assert "the dataset is made of itself: seen > seen [model-circle]" in str(caught.value)
    assert "shop.yml:24:11" in str(caught.value)
