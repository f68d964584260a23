"""Models to Apache Ossie and back: the same models, a document by the specification, and files of other tools."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import sqlglot
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lakefront.errors import BadInputError
from lakefront.semantic import SemanticLayer, load_files, load_layer
from lakefront.semantic.exchange.draft import ImportOptions
from lakefront.semantic.exchange.ossie_export import NEWEST, RELEASED, VERSIONS, dump, export_ossie
from lakefront.semantic.exchange.ossie_import import import_ossie
from lakefront.semantic.exchange.ossie_spec import read_ossie
from lakefront.semantic.exchange.settle import Settled, settle
from lakefront.semantic.exchange.write_yaml import render, write_files
from tests.support.cli import ROOT, lakefront
from tests.unit.test_semantic_emit import MODEL

FOREIGN = """\
version: 0.2.0.dev0
name: Web Shop
datasets:
  - name: Orders
    source: web.shop.orders
    primary_key: [order_id]
    unique_keys: [[number]]
    fields:
      - {name: order_id, datatype: Integer, expression: {dialects: [{dialect: ANSI_SQL, expression: order_id}]}}
      - {name: number, datatype: String, expression: {dialects: [{dialect: ANSI_SQL, expression: number}]}}
      - {name: day, datatype: Date, expression: {dialects: [{dialect: ANSI_SQL, expression: day}]}}
      - {name: paidAt, datatype: DateTime, expression: {dialects: [{dialect: ANSI_SQL, expression: paid_at}]}}
      - name: net
        datatype: Decimal
        label: Net amount
        expression: {dialects: [{dialect: SNOWFLAKE, expression: "Orders.gross - NVL(tax, 0)"}]}
        ai_context: {synonyms: [paid]}
  - name: customers
    source: web.shop.customers
    primary_key: [id]
    fields:
      - {name: id, datatype: Integer, expression: {dialects: [{dialect: ANSI_SQL, expression: id}]}}
      - {name: segment, datatype: String, expression: {dialects: [{dialect: ANSI_SQL, expression: segment}]}}
relationships:
  - {name: buyer, from: Orders, to: customers, from_columns: [customer_id], to_columns: [id]}
metrics:
"""


def _loaded(settled: Settled, folder: Path) -> SemanticLayer:
    write_files(folder / "models", settled.texts, force=True)
    return load_layer(folder)


def _imported(text: str, folder: Path, name: str = "shop.yml") -> Settled:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return settle(
        import_ossie(read_ossie(file), ImportOptions(catalog="lake")), folder / "models", comment="Made here."
    )


def _metric(sql: str, dialect: str = "ANSI_SQL") -> str:
    return (
        FOREIGN
        + f"  - name: asked\n    expression: {{dialects: [{{dialect: {dialect}, expression: {json.dumps(sql)}}}]}}\n"
    )


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("form", ["yml", "json"])
def test_the_reference_bundle_comes_back_as_it_went(tmp_path: Path, version: str, form: str) -> None:
    layer = load_layer(ROOT / "semantic_layer")
    made = export_ossie(layer, name="shop", catalog="lake", version=version)
    settled = _imported(made.as_yaml() if form == "yml" else made.as_json(), tmp_path, f"shop.{form}")
    assert settled.findings == ()
    again = _loaded(settled, tmp_path)
    assert again.models == layer.models
    assert [file.name for file in again.files] == [file.name for file in layer.files]
    assert export_ossie(again, name="shop", catalog="lake", version=version) == made


def test_a_small_model_with_roles_queries_and_levels_comes_back(tmp_path: Path) -> None:
    text = MODEL.replace("from: orders, to: customers,", "from: orders, to: customers, as: buyer,").replace(
        "  - name: revenue\n",
        "  - {name: vip, label: V, type: count, dataset: orders, expression: '*', filter: buyer.status = 'vip', "
        "description: D., owner: a}\n"
        "  - {name: level, label: L, type: sum, dataset: items, expression: price, over_time: last, description: D., "
        "owner: a}\n  - name: revenue\n",
    )
    text = text.split("views:")[0].replace("source: shop.orders", "sql: SELECT * FROM shop.orders WHERE order_id > 0")
    file = tmp_path / "odd name.yml"
    file.write_text(text, encoding="utf-8")
    layer = load_files([file])
    made = export_ossie(layer, name="shop", catalog="lake")
    assert len(made.notes) == 2
    assert {"vip", "level"}.isdisjoint(item["name"] for item in made.document["metrics"])
    again = _loaded(_imported(made.as_yaml(), tmp_path), tmp_path)
    assert again.models == layer.models
    assert again.files[0].name == "odd name.yml"


_TEXT = st.text(st.characters(blacklist_categories=["Cs", "Cn"]), min_size=1, max_size=30).filter(lambda t: t.strip())


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(_TEXT, min_size=8, max_size=8), bound=st.integers() | st.floats(allow_nan=False, width=32))
def test_any_text_comes_back_through_yaml_and_ossie(tmp_path: Path, texts: list[str], bound: float) -> None:
    if bound in (float("inf"), float("-inf")):
        bound = 0
    plain = load_files([_written(tmp_path, MODEL)]).models[0]
    data: dict[str, Any] = json.loads(json.dumps(dump(plain)))
    data |= {"description": texts[0], "owner": texts[1]}
    data["datasets"][0]["description"] = texts[2]
    data["datasets"][0]["columns"][0] |= {"label": texts[3], "synonyms": [texts[4]], "format": "compact"}
    data["datasets"][0]["quality"] = [{"rule": "range", "column": "price", "min": bound, "description": texts[5]}]
    data["metrics"][0] |= {"unit": texts[6], "certified": {"by": texts[7]}, "description": texts[3]}
    layer = load_files([_written(tmp_path, render(data))])
    assert dump(layer.models[0]) == dump(type(plain).model_validate(data))
    made = export_ossie(layer, name="shop", catalog="lake")
    assert _loaded(_imported(made.as_json(), tmp_path, "x.json"), tmp_path).models == layer.models


def _written(folder: Path, text: str) -> Path:
    (folder / "models").mkdir(exist_ok=True)
    file = folder / "models" / "shop.yml"
    file.write_text(text, encoding="utf-8")
    return file


#: The specification's parts: the keys that each may have, and of these, those that it must have.
_COMMON = {"name", "description", "ai_context", "custom_extensions"}
_KEYS = {
    "model": (_COMMON | {"version", "datasets", "relationships", "metrics"}, {"name", "datasets"}),
    "datasets": (_COMMON | {"source", "primary_key", "unique_keys", "fields"}, {"name", "source"}),
    "fields": (_COMMON | {"expression", "dimension", "label", "datatype"}, {"name", "expression"}),
    "relationships": (_COMMON | {"from", "to", "from_columns", "to_columns"},
                      {"name", "from", "to", "from_columns", "to_columns"}),
    "metrics": (_COMMON | {"expression", "datatype"}, {"name", "expression"}),
}  # fmt: skip
_TYPES = {"String", "Integer", "Decimal", "Float", "Boolean", "Date", "Time", "DateTime", "DateTimeTz", "Opaque"}


def _by_the_specification(data: dict[str, Any], kind: str = "model") -> int:
    """Assert that a part has the keys that the specification gives it, and return how many parts were seen."""
    may, must = _KEYS[kind]
    assert must <= set(data) <= may, (kind, data)
    assert data.get("datatype", "String") in _TYPES
    for extension in data.get("custom_extensions", ()):
        assert set(extension) == {"vendor_name", "data"}
        assert isinstance(json.loads(extension["data"]), dict)
    for item in data.get("expression", {}).get("dialects", ()):
        assert item["dialect"] == "ANSI_SQL"
        if kind == "metrics":
            sqlglot.parse_one(item["expression"], read="postgres")
    return 1 + sum(_by_the_specification(item, key) for key in _KEYS if key != "model" for item in data.get(key, ()))


def test_an_export_is_what_the_specification_says() -> None:
    layer = load_layer(ROOT / "semantic_layer")
    newest = export_ossie(layer, name="shop", catalog="lake", version=NEWEST).document
    assert newest["version"] == "0.2.0.dev0"
    assert _by_the_specification(newest) > 200
    released = export_ossie(layer, name="shop", catalog="lake", version=RELEASED).document
    assert set(released) == {"version", "semantic_model"}
    assert released["version"] == "0.1.1"
    assert "datatype" not in json.dumps(released["semantic_model"])
    known = {item["name"] for item in newest["datasets"]}
    assert {item[key] for item in newest["relationships"] for key in ("from", "to")} <= known
    by_name = {item["name"]: item for item in newest["metrics"]}
    assert by_name["revenue"]["expression"]["dialects"][0]["expression"] == (
        "SUM(CASE WHEN order_items.status <> 'cancelled' THEN order_items.net_amount END)"
    )


@pytest.mark.parametrize(
    ("sql", "wanted"),
    [
        ("SUM(Orders.net)", {"type": "sum", "dataset": "orders", "expression": "net"}),
        ("COUNT(Orders.order_id)", {"type": "count", "dataset": "orders", "expression": "*"}),
        ("COUNT(number)", {"type": "count", "dataset": "orders", "expression": "number"}),
        ("count(distinct ORDERS.paidAt)", {"type": "count_distinct", "expression": "paid_at"}),
        ("APPROX_COUNT_DISTINCT(customers.id)", {"type": "approx_distinct", "dataset": "customers"}),
        ("APPROX_PERCENTILE(Orders.net, 0.9)", {"type": "approx_percentile", "percentile": 0.9}),
        ("AVG(net) FILTER (WHERE segment = 'vip')", {"type": "avg", "filter": "customers.segment = 'vip'"}),
        ("SUM(CASE WHEN net > 1 THEN net END)", {"type": "sum", "expression": "net", "filter": "net > 1"}),
        ("SUM(CASE WHEN net > 1 THEN net ELSE 0 END)", {"expression": "CASE WHEN net > 1 THEN net ELSE 0 END"}),
        ("SUM(net) / NULLIF(COUNT(DISTINCT customers.id), 0)",
         {"type": "ratio", "numerator": "asked_numerator", "denominator": "asked_denominator"}),
        ("100.0 * SUM(net) / COUNT(number)", {"type": "derived", "expression": "100.0 * asked_part_1 / asked_part_2"}),
        ("COALESCE(MAX(net), 0)", {"type": "derived", "expression": "COALESCE(asked_part_1, 0)"}),
    ],
)  # fmt: skip
def test_sql_of_another_tool_becomes_a_metric(tmp_path: Path, sql: str, wanted: dict[str, Any]) -> None:
    layer = _loaded(_imported(_metric(sql), tmp_path), tmp_path)
    assert dump(layer.metrics["asked"]).items() >= wanted.items()


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("STDDEV(Orders.net)", "the aggregate STDDEV(Orders.net) has no counterpart"),
        ("SUM(Orders.net) OVER (ORDER BY day)", "a window function has no counterpart"),
        ("SUM(Orders.nett)", "orders has no field 'nett'"),
        ("SUM(Order.net)", "there is no dataset 'Order'"),
        ("Orders.net + 1", "'Orders.net' is neither inside an aggregate nor a metric"),
        ("COUNT(*)", "whose rows are meant is not said"),
        ("SUM(", "this is not SQL that can be read: SUM("),
        ("SUM(net + (SELECT 1))", "a query inside an expression has no counterpart"),
        ("COUNT(DISTINCT day, net)", "only COUNT(DISTINCT one value) has"),
    ],
)
def test_what_cannot_be_said_is_told_with_its_place(tmp_path: Path, sql: str, says: str) -> None:
    settled = _imported(_metric(sql), tmp_path)
    found = [str(item) for item in settled.findings if item.lost and "'asked' is left out" in item.what]
    assert len(found) == 1
    assert says in found[0]
    line = FOREIGN.count("\n") + 1
    assert found[0].startswith(f"{tmp_path}/shop.yml:{line}:5: ")
    assert "asked" not in _loaded(settled, tmp_path).metrics


def test_a_foreign_model_becomes_one_that_reads_well(tmp_path: Path) -> None:
    settled = _imported(_metric("SUM(net)"), tmp_path)
    text = settled.texts["web_shop.yml"]
    assert text.startswith("# Made here.\nversion: 1\nname: web_shop\n")
    assert "  - {name: buyer, from: orders, to: customers, from_columns: [customer_id], to_columns: [id]}\n" in text
    assert "type: decimal(38,6)  # a guess: to be checked\n" in text
    layer = _loaded(settled, tmp_path)
    orders = layer.datasets["orders"]
    assert orders.primary_key == ("order_id",)
    assert [rule.own_columns for rule in orders.quality] == [("number",)]
    net = next(column for column in orders.columns if column.name == "net")
    assert (net.expression, net.label, net.synonyms) == ("gross - COALESCE(tax, 0)", "Net amount", ("paid",))
    assert [column.name for column in orders.columns if column.time] == ["day", "paid_at"]


def test_sql_that_another_tool_changed_counts(tmp_path: Path) -> None:
    layer = load_layer(ROOT / "semantic_layer")
    text = export_ossie(layer, name="shop", catalog="lake").as_yaml()
    old = "expression: SUM(order_items.returned_quantity)"
    assert text.count(old) == 1
    settled = _imported(text.replace(old, "expression: MAX(order_items.quantity)"), tmp_path)
    assert ["'returned_units' was changed outside Lakefront" in item.what for item in settled.findings] == [True]
    metric = _loaded(settled, tmp_path).metrics["returned_units"]
    assert (metric.type, metric.label, metric.unit) == ("max", "Returned units", "units")


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("a: [", "2:1", "not valid YAML"),
        ("name: x\n", "1:1", "neither `datasets` nor `semantic_model`"),
        ("datasets: [{name: a}]\nname: x\n", "1:12", "'datasets.source' is missing"),
        ('{"name": "x",\n "datasets": "none"}', "2:14", "'datasets': input should be a valid tuple"),
    ],
)
def test_a_broken_file_is_told_with_its_place(tmp_path: Path, text: str, place: str, says: str) -> None:
    file = tmp_path / "bad.yml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadInputError) as caught:
        read_ossie(file)
    assert says in caught.value.what
    assert str(caught.value.where) == f"{file}:{place}"


def test_the_command_line_writes_and_reads(tmp_path: Path) -> None:
    document = tmp_path / "shop.ossie.json"
    exported = lakefront("semantic", "export", "--to", "ossie", "--out", str(document))
    assert exported.returncode == 0, exported.stderr
    assert "other tools will not see it: 'revenue_growth'" in exported.stderr
    command = ("semantic", "import", "--from", "ossie", str(document), "--out", str(tmp_path / "models"))
    imported = lakefront(*command)
    assert (imported.returncode, imported.stderr) == (0, "")
    assert load_layer(tmp_path).models == load_layer(ROOT / "semantic_layer").models
    again = lakefront(*command)
    assert again.returncode == 2
    more = len(load_layer(tmp_path).models) - 1
    assert f"there is already a file here, and {more} more [exchange-exists]" in again.stderr
    assert lakefront(*command, "--force").returncode == 0


def test_the_command_line_tells_what_is_lost(tmp_path: Path) -> None:
    file = tmp_path / "shop.yml"
    file.write_text(_metric("MEDIAN(net)") + "ai_context: ask nicely\n", encoding="utf-8")
    asked = lakefront("semantic", "import", "--from", "ossie", str(file), "--out", str(tmp_path / "models"))
    assert asked.returncode == 5
    assert "is exact there and approximate here" in asked.stderr
    assert "the ai_context of 'Web Shop' is not kept" in asked.stderr
    assert load_layer(tmp_path).metrics["asked"].type == "approx_percentile"
