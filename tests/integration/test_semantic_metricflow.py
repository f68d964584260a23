"""MetricFlow, another compiler of another team, gives the same values for the same questions on the same Trino.

What differs on purpose is in tests/data/metricflow/queries.yml, each with its reason and its exact size.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

import pytest

from lakefront.semantic import SemanticLayer, load_files
from lakefront.semantic.compile import compile_query
from lakefront.semantic.query import parse_query
from lakefront.semantic.source import read_source
from lakefront.trino import Trino
from tests.support.cli import ROOT
from tests.support.metricflow_engine import MetricFlow, Request
from tests.support.shop_schema import shop_schema

pytestmark = pytest.mark.stack
DATA = ROOT / "tests" / "data" / "metricflow"
CASES = cast("dict[str, dict[str, Any]]", read_source(DATA / "queries.yml").data)
Keyed = dict[tuple[Any, ...], tuple[Any, ...]]


@dataclass(frozen=True)
class Both:
    """The two compilers over the same tables."""

    layer: SemanticLayer
    metricflow: MetricFlow
    trino: Trino


@pytest.fixture(scope="module")
def both(trino: Trino, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    with shop_schema(trino) as schema:
        file = tmp_path_factory.mktemp("metricflow") / "shop.yml"
        model = (ROOT / "tests/golden/semantic/model.yml").read_text(encoding="utf-8")
        file.write_text(model.replace(" shop.", f" {schema}."), encoding="utf-8")
        manifest = (DATA / "shop.yml").read_text(encoding="utf-8").replace("SCHEMA", schema)
        yield Both(load_files([file]), MetricFlow(manifest, DATA / "shop.yml", trino), trino)


@pytest.mark.parametrize("name", list(CASES))
def test_metricflow_gives_the_same_values(name: str, both: Both) -> None:
    case = CASES[name]
    request = Request.from_data(case["ours"], case.get("theirs", {}))
    compiled = compile_query(parse_query(**case["ours"]), both.layer)
    width = len(request.by)
    ours = _keyed(both.trino.query(compiled.sql).rows, width)
    theirs = _keyed(both.metricflow.rows(request), width)
    assert ours, "a question without an answer compares nothing"

    # A row that only Lakefront has says nothing: it stands for rows that the metric's own filter leaves out.
    assert all(set(ours[key]) == {None} for key in ours.keys() - theirs.keys())
    other = {key: (ours[key], theirs[key]) for key in ours.keys() & theirs.keys() if not _alike(ours[key], theirs[key])}
    found = (sorted(ours.keys() - theirs.keys(), key=str), sorted(theirs.keys() - ours.keys(), key=str), other)
    expected = case.get("differs", {"ours": 0, "theirs": 0, "values": 0})
    sizes = (expected["ours"], expected["theirs"], expected["values"])
    assert tuple(len(part) for part in found) == sizes, (
        f"{case.get('differs', {}).get('why', 'they should agree')}\nonly ours: {found[0]}\nonly theirs: {found[1]}\n"
        f"other values: {other}\n{compiled.sql}\n{both.metricflow.sql(request)}"
    )


def test_every_difference_has_a_size_and_a_reason() -> None:
    for case in CASES.values():
        if "differs" in case:
            assert sum(case["differs"][part] for part in ("ours", "theirs", "values")) > 0
            assert case["differs"]["why"].endswith(".")


def _keyed(rows: list[tuple[Any, ...]], width: int) -> Keyed:
    keyed = {tuple(_moment(part) for part in row[:width]): tuple(row[width:]) for row in rows}
    assert len(keyed) == len(rows), "a key stands twice"
    return keyed


def _moment(part: Any) -> Any:
    """Return a day as its first moment: a month of a timestamp is a date here and a timestamp there."""
    return dt.datetime.combine(part, dt.time()) if type(part) is dt.date else part


def _alike(have: tuple[Any, ...], want: tuple[Any, ...]) -> bool:
    return all(_same(a, b) for a, b in zip(have, want, strict=True))


def _same(have: Any, want: Any) -> bool:
    if have is None or want is None:
        return have is want
    if isinstance(have, (Decimal, int)) and isinstance(want, (Decimal, int)):
        return have == want
    return math.isclose(float(have), float(want), rel_tol=1e-9, abs_tol=1e-9)
