"""Every person, every dataset, every way into Superset: the numbers that Trino itself gives her, or a refusal."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.embedding import Shown
from tests.support.house import EVERYBODY, OPEN, OWNER, QUESTIONS, WRITES_SQL, House, answered
from tests.support.superset import messages

pytestmark = pytest.mark.stack

MAY_NOT = (f"Ask {OWNER}", "Your roles do not")


def _from_csv(response: httpx.Response) -> dict[tuple[str, ...], Any]:
    assert response.status_code == 200, response.text[:500]
    _, *rows = csv.reader(io.StringIO(response.content.decode("utf-8-sig")))
    return {(row[0],): [float(row[1]) if row[1] else None] for row in rows}


@pytest.mark.parametrize("name", EVERYBODY)
def test_each_way_gives_her_what_trino_gives_her(house: House, shown: Shown, name: str) -> None:
    """SQL Lab, a CSV export, and a guest who asks an embedded dashboard's dataset for columns of her own."""
    visitor, guest = house.visitors[name], shown.guest(name)
    opened = 0
    for dataset, (column, metric) in QUESTIONS.items():
        query = {"columns": [column], "metrics": [metric]}
        exported = visitor.chart_data(house.datasets[dataset], query, result_format="csv")
        as_guest = shown.ask(guest, dataset, query)
        written = visitor.sql(house.databases["Lakehouse SQL"], house.sql_of(dataset, [column], [metric]))
        if name in OPEN[dataset]:
            truth = house.truth(name, dataset, [column], [metric])
            assert _from_csv(exported) == truth, f"{dataset}: CSV"
            assert answered(as_guest, [column], [metric]) == truth, f"{dataset}: guest"
            opened += 1
        else:
            assert exported.status_code == 403, dataset
            assert as_guest.status_code >= 400, f"{dataset}: {as_guest.text[:300]}"
            assert any(words in messages(as_guest) for words in MAY_NOT), messages(as_guest)
        if name not in WRITES_SQL:
            assert written.status_code == 403, dataset
        elif name in OPEN[dataset]:
            rows = {(str(row[column]),): [row[metric] and float(row[metric])] for row in written.json()["data"]}
            assert rows == truth, f"{dataset}: SQL"
        else:
            assert any(words in messages(written) for words in MAY_NOT), messages(written)
    guest.close()
    assert opened == sum(name in OPEN[dataset] for dataset in QUESTIONS)


def test_every_dataset_is_asked_here_or_by_tests_of_its_own() -> None:
    # By their choice of a date, in test_time_machine.py.
    assert OPEN.keys() - QUESTIONS.keys() == {"monthly_results_as_of", "monthly_results_as_of_dates"}


@pytest.fixture
def made_by_hand(house: House) -> Iterator[int]:
    """A dataset of somebody's own SQL, which everybody owns: Superset itself refuses nobody."""
    owners = [row["id"] for row in house.admin.rows("/security/users/") if row["username"] in EVERYBODY]
    body = {
        "database": house.databases["Lakehouse"], "table_name": f"by_hand_{uuid.uuid4().hex[:8]}", "owners": owners,
        "sql": "SELECT customer_id, full_name, email, region FROM sales.customers",
    }  # fmt: skip
    number = int(house.admin.post("/dataset/", body)["id"])
    yield number
    house.admin.remove(f"/dataset/{number}")


def test_a_virtual_dataset_opens_nothing(house: House, made_by_hand: int) -> None:
    columns = ["customer_id", "full_name", "email", "region"]
    query = {"columns": columns, "orderby": [["customer_id", True]], "row_limit": 50}
    sql = f"SELECT {', '.join(columns)} FROM sales.customers ORDER BY customer_id LIMIT 50"
    seen: set[str] = set()
    for name, visitor in house.visitors.items():
        response = visitor.chart_data(made_by_hand, query)
        if name in OPEN["customer_list"]:
            rows = response.json()["result"][0]["data"]
            assert [tuple(row[column] for column in columns) for row in rows] == house.rows(name, sql), name
            seen.add(str(rows))
        else:
            assert any(words in messages(response) for words in MAY_NOT), f"{name}: {messages(response)}"
    assert len(seen) == len(OPEN["customer_list"]), "each has rows and masks of her own"


def test_no_answer_has_more_rows_than_the_limits_say_and_no_query_runs_for_ever(house: House) -> None:
    dana, sales = house.visitors["dana"], house.datasets["sales"]
    for asked, limit in ((None, 10_000), (10_000_000, 100_000)):
        answer = dana.chart_data(sales, {"columns": ["order_id"], "row_limit": asked}, result_type="query")
        assert f"LIMIT {limit}" in answer.json()["result"][0]["query"], asked
    lake = house.databases["Lakehouse SQL"]
    body = {"database_id": lake, "sql": "SELECT 1 AS one", "runAsync": False, "queryLimit": 10_000_000}
    ran = dana.ask("POST", "/api/v1/sqllab/execute/", json=body).json()
    assert ran["query"]["limit"] == 100_000
    told = dana.sql(lake, "SHOW SESSION LIKE 'query_max_run_time'").json()["data"]
    assert [row["Value"] for row in told] == ["2.00m"] or [row["Value"] for row in told] == ["120s"], told
