"""The questions of TPC-H as semantic queries give the values, and the order, of SQL written by hand."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace
from typing import Any, cast

import pytest

from lakefront.semantic import SemanticLayer, load_files
from lakefront.semantic.compile import Compiled, compile_query
from lakefront.semantic.query import parse_query
from lakefront.semantic.source import read_source
from lakefront.trino import Trino
from tests.support.cli import ROOT

pytestmark = pytest.mark.stack
DATA = ROOT / "tests" / "data" / "tpch"
QUESTIONS = cast("dict[str, dict[str, Any]]", read_source(DATA / "questions.yml").data)
#: The questions that a semantic query cannot ask, and why. None at present.
NOT_EXPRESSED: dict[int, str] = {}


@pytest.fixture(scope="module")
def tiny() -> SemanticLayer:
    return load_files(sorted((DATA / "models").glob("*.yml")))


@pytest.fixture(scope="module")
def sf1(tmp_path_factory: pytest.TempPathFactory) -> SemanticLayer:
    folder = tmp_path_factory.mktemp("tpch")
    for file in (DATA / "models").glob("*.yml"):
        (folder / file.name).write_text(_of_sf1(file.read_text(encoding="utf-8")), encoding="utf-8")
    return load_files(sorted(folder.glob("*.yml")))


def test_all_22_questions_are_asked_or_said_to_be_beyond_it() -> None:
    assert sorted([*(int(number) for number in QUESTIONS), *NOT_EXPRESSED]) == list(range(1, 23))
    assert {int(file.stem) for file in (DATA / "sql").glob("*.sql")} == {int(number) for number in QUESTIONS}


@pytest.mark.parametrize("number", list(QUESTIONS))
def test_a_question_has_the_answer_of_sql_by_hand(number: str, tiny: SemanticLayer, trino: Trino) -> None:
    _compare(number, tiny, trino, _by_hand(number))


@pytest.mark.long
@pytest.mark.parametrize("number", ["1", "9"])
def test_a_question_over_six_million_lines(number: str, sf1: SemanticLayer, trino: Trino) -> None:
    # The catalog makes its rows anew for each query, which takes a small machine a while.
    _compare(number, sf1, replace(trino, timeout=300), _of_sf1(_by_hand(number)))


def _compare(number: str, layer: SemanticLayer, trino: Trino, by_hand: str) -> None:
    question = QUESTIONS[number]
    compiled = _compiled(question, layer, trino)
    columns = len(compiled.plan.names) if question.get("names_only") else len(compiled.columns)
    have = [row[:columns] for row in trino.query(compiled.sql).rows]
    want = trino.query(by_hand).rows
    assert len(have) == len(want), compiled.sql
    assert want, "a question without an answer compares nothing"
    for place, (mine, theirs) in enumerate(zip(have, want, strict=True), start=1):
        same = all(_same(a, b) for a, b in zip(mine, theirs, strict=True))
        assert same, f"row {place}: {mine} is not {theirs}\n{compiled.sql}"
    assert any(value is not None for row in want for value in row), "NULL alone compares nothing"


def _compiled(question: dict[str, Any], layer: SemanticLayer, trino: Trino) -> Compiled:
    query = dict(question["query"])
    if "first" in question:
        first = trino.query(compile_query(parse_query(**question["first"]), layer).sql).scalar()
        query = {
            key: value.replace("${first}", repr(first)) if isinstance(value, str) else value
            for key, value in query.items()
        }
    return compile_query(parse_query(**query), layer)


def _by_hand(number: str) -> str:
    return (DATA / "sql" / f"{int(number):02d}.sql").read_text(encoding="utf-8")


def _of_sf1(text: str) -> str:
    return text.replace("tpch.tiny.", "tpch.sf1.")


def _same(have: Any, want: Any) -> bool:
    if isinstance(have, (float, int)) and isinstance(want, (float, int)):
        # The catalog's prices are doubles, and workers add them up in no fixed order.
        return math.isclose(have, want, rel_tol=1e-9)
    if isinstance(want, dt.date) and isinstance(have, dt.date):
        return have.isoformat()[:10] == want.isoformat()[:10]
    return bool(have == want)
