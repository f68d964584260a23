"""Without the joins that a question does not need, its answer is the same, and Trino is not asked for their tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from lakefront.trino import Trino
from tests.support.cli import ROOT
from tests.support.house import House
from tests.support.inside_superset import module_of_superset

pytestmark = pytest.mark.stack

_FILES: Final = sorted((ROOT / "superset_assets" / "datasets" / "lakehouse").glob("*.yaml"))
MARKED: Final = [path for path in _FILES if "/* at most one row */" in path.read_text(encoding="utf-8")]


def _questions(data: dict[str, Any]) -> list[str]:
    """Return a question for the numbers of all rows, and one more for those by each column that groups them."""
    # What is approximate differs a little with each plan.
    exact = [item for item in data["metrics"] if "APPROX" not in item["expression"]]
    metrics = "".join(f', {item["expression"]} AS "{item["metric_name"]}"' for item in exact)
    within = f"FROM ({data['sql']}) AS virtual_table"
    by = [column["column_name"] for column in data["columns"] if column.get("groupby", True)]
    return [
        f"SELECT COUNT(*){metrics} {within}",
        *(
            f'SELECT "{name}", COUNT(*) AS number {within} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 200'
            for name in by
            if "_id" not in name
        ),
    ]


@pytest.mark.parametrize("path", MARKED, ids=[path.stem for path in MARKED])
def test_the_answer_is_the_same(trino: Trino, path: Path) -> None:
    asked = _questions(yaml.safe_load(path.read_text(encoding="utf-8")))
    without_unused_joins = module_of_superset("joins").without_unused_joins
    fewer: list[str] = [without_unused_joins(sql) for sql in asked]
    assert any(sql.count("LEFT JOIN") < before.count("LEFT JOIN") for sql, before in zip(fewer, asked, strict=True))
    for before, sql in zip(asked, fewer, strict=True):
        if sql != before:
            assert trino.query(sql).rows == trino.query(before).rows, sql


@pytest.mark.parametrize(("columns", "tables"), [([], ()), (["category"], ("products",)), (["region"], ("orders",))])
def test_superset_asks_for_no_table_that_a_chart_does_not_need(
    house: House, trino: Trino, columns: list[str], tables: tuple[str, ...]
) -> None:
    unlike_others = 900 + len("".join(columns))
    query = {"columns": columns, "metrics": ["units"], "row_limit": unlike_others}
    answer = house.visitors["ana"].chart_data(house.datasets["sales"], query, force=True)
    assert answer.status_code == 200, answer.text
    asked = trino.query(
        "SELECT query FROM system.runtime.queries WHERE source = 'superset' AND \"user\" = 'ana'"
        f" AND query LIKE '%LIMIT {unlike_others}' ORDER BY created DESC LIMIT 1"
    )
    sql = str(asked.rows[0][0])
    assert {name for name in ("orders", "products") if f'LEFT JOIN "sales"."{name}"' in sql} == {*tables}
