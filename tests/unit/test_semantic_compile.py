"""The SQL of each feature, as golden files, and properties that all of it has."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
import sqlglot
from sqlglot import exp

from lakefront.semantic import SemanticLayer, load_files
from lakefront.semantic.compile import compile_query
from lakefront.semantic.query import Query, parse_query
from lakefront.semantic.source import read_source
from lakefront.semantic.time import Placeholder
from tests.support.cli import ROOT
from tests.support.golden import check_golden

GOLDEN = ROOT / "tests" / "golden" / "semantic"
HEADER = "-- written by tests/unit/test_semantic_compile.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit\n"
QUERIES = cast("dict[str, dict[str, Any]]", read_source(GOLDEN / "queries.yml").data)


@pytest.fixture(scope="module")
def layer() -> SemanticLayer:
    return load_files([GOLDEN / "model.yml"])


def query_of(asked: dict[str, Any]) -> Query:
    """Return a query of the golden or invalid cases; names of placeholders stand for them."""
    markers = {marker.value: marker for marker in Placeholder}
    return parse_query(**{key: markers.get(str(value), value) for key, value in asked.items()})


@pytest.mark.parametrize("name", list(QUERIES))
def test_a_query_becomes_this_sql(name: str, layer: SemanticLayer) -> None:
    sql = compile_query(query_of(QUERIES[name]), layer).sql
    sqlglot.parse_one(sql, dialect="trino")
    check_golden(GOLDEN / f"{name}.sql", f"{HEADER}{sql}\n")


def test_there_is_no_golden_file_without_a_query() -> None:
    assert {path.stem for path in GOLDEN.glob("*.sql")} == set(QUERIES)


@pytest.mark.parametrize("name", list(QUERIES))
def test_columns_are_those_of_the_sql(name: str, layer: SemanticLayer) -> None:
    compiled = compile_query(query_of(QUERIES[name]), layer)
    tree = sqlglot.parse_one(compiled.sql, dialect="trino")
    assert isinstance(tree, exp.Query)
    assert tuple(tree.named_selects) == compiled.columns


def test_the_same_query_gives_the_same_text(tmp_path: Path) -> None:
    text = (GOLDEN / "model.yml").read_text(encoding="utf-8")
    (tmp_path / "model.yml").write_text(text, encoding="utf-8")
    first, second = (load_files([path]) for path in (GOLDEN / "model.yml", tmp_path / "model.yml"))
    for asked in QUERIES.values():
        assert compile_query(query_of(asked), first).sql == compile_query(query_of(asked), second).sql


def test_every_identifier_is_quoted(layer: SemanticLayer) -> None:
    for asked in QUERIES.values():
        tree = sqlglot.parse_one(compile_query(query_of(asked), layer).sql, dialect="trino")
        names = [node.name for node in tree.find_all(exp.Identifier) if not node.quoted]
        # Inside `sql:` a person wrote the names; they are quoted all the same.
        assert names == []


def test_a_text_of_a_user_stays_one_literal(layer: SemanticLayer) -> None:
    nasty = "x' or 1=1; drop table orders; --"
    where = exp.EQ(this=exp.column("status"), expression=exp.Literal.string(nasty)).sql("trino")
    sql = compile_query(parse_query(["revenue"], where=where), layer).sql
    tree = sqlglot.parse_one(sql, dialect="trino")
    assert nasty in [node.name for node in tree.find_all(exp.Literal)]
