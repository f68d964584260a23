"""The semantic layer on the running stack: the command line, the Python API, pruning and time travel."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from decimal import Decimal

import pytest

from lakefront import Semantic
from lakefront.config import Settings
from lakefront.semantic.time import Placeholder
from lakefront.trino import Trino
from tests.support.cli import lakefront

pytestmark = pytest.mark.stack
_REVENUE = "SELECT sum(net_amount) FROM sales.order_items WHERE status <> 'cancelled'"


@pytest.fixture(scope="module")
def semantic(stack: Settings) -> Semantic:
    return Semantic(stack)


def test_the_command_line_gives_the_number_of_plain_sql(stack: Settings, trino: Trino) -> None:
    asked = lakefront(
        "semantic", "query", "--metric", "revenue", "--by", "order_date.month", "--by", "customers.region",
        "--where", "region in ('EU','US')", "--since", "2026-01-01", "--limit", "100", "--format", "json",
        home=stack.home.root,
    )  # fmt: skip
    assert asked.returncode == 0, asked.stderr
    rows = json.loads(asked.stdout)
    wanted = trino.query(
        "SELECT date_trunc('month', i.order_date), c.region, sum(i.net_amount) FROM sales.order_items i "
        "JOIN sales.orders o ON o.order_id = i.order_id JOIN sales.customers c ON c.customer_id = o.customer_id "
        "WHERE i.status <> 'cancelled' AND i.order_date >= DATE '2026-01-01' AND c.region IN ('EU', 'US') "
        "GROUP BY 1, 2 ORDER BY 1, 2"
    )
    got = [(row["order_date_month"], row["region"], Decimal(str(row["revenue"]))) for row in rows]
    assert got == [(str(month), region, revenue) for month, region, revenue in wanted.rows]


def test_every_format_says_the_same(stack: Settings, trino: Trino) -> None:
    command = ("semantic", "query", "-m", "orders", "-b", "orders.channel", "--order", "-orders", "--limit", "2")
    formats = ("csv", "markdown", "sql", "plan")
    printed = {name: lakefront(*command, "--format", name, home=stack.home.root).stdout for name in formats}
    rows = list(csv.DictReader(io.StringIO(printed["csv"])))
    assert [(row["channel"], int(row["orders"])) for row in rows] == trino.query(printed["sql"]).rows
    assert printed["markdown"].splitlines()[0] == "| channel | orders |"
    assert printed["plan"].startswith("scan order_items (sales.order_items) once\n  join orders (")


def test_a_mistake_ends_in_words_and_exit_code_2(stack: Settings) -> None:
    asked = lakefront("semantic", "query", "-m", "revenu", home=stack.home.root)
    assert asked.returncode == 2
    assert "there is no metric 'revenu'. Did you mean 'revenue'?" in asked.stderr
    assert "Traceback" not in asked.stderr


def test_a_description_is_told(stack: Settings) -> None:
    told = lakefront("semantic", "describe", "average_order_value", home=stack.home.root).stdout
    for words in (
        "definition: revenue / orders",
        "sales.order_items.net_amount",
        "certified by: Finance",
        "Sales Overview",
    ):
        assert words in told


def test_a_notebook_gets_the_same_number(semantic: Semantic, trino: Trino) -> None:
    answer = semantic.query("revenue")
    wanted = trino.query(_REVENUE).scalar()
    assert answer.rows == [(wanted,)]
    assert answer.to_arrow()["revenue"].to_pylist() == [wanted]
    assert answer.to_pandas()["revenue"].iloc[0] == float(wanted)


def test_an_empty_answer_keeps_its_types(semantic: Semantic) -> None:
    table = semantic.query(["revenue", "orders"], "order_date.month", since="1999-01-01", until="1999-02-01").to_arrow()
    assert table.num_rows == 0
    assert [str(field.type) for field in table.schema] == ["date32[day]", "decimal128(38, 2)", "int64"]


def test_a_time_bound_reads_only_its_partitions(semantic: Semantic, trino: Trino) -> None:
    whole, month = (
        json.loads(trino.query(f"EXPLAIN (TYPE IO, FORMAT JSON) {_sql_of_revenue(semantic, since)}").scalar())
        for since in (None, "2026-10-01")
    )
    rows = [io_["inputTableColumnInfos"][0]["estimate"]["outputRowCount"] for io_ in (whole, month)]
    assert rows[1] < rows[0] / 10
    ranges = month["inputTableColumnInfos"][0]["constraint"]["columnConstraints"][0]
    assert ranges["columnName"] == "order_date"
    assert ranges["domain"]["ranges"][0]["low"]["value"] == "2026-10-01"


def _sql_of_revenue(semantic: Semantic, since: str | None) -> str:
    return semantic.query("revenue", since=since, rollups="never").sql


def test_an_earlier_state_can_be_asked_for(semantic: Semantic, trino: Trino) -> None:
    snapshots = trino.query('SELECT snapshot_id, committed_at FROM sales."order_items$snapshots" ORDER BY 2').rows
    first, last = snapshots[0], snapshots[-1]
    for state, snapshot in ((first[0], first[0]), (last[0], last[0]), (last[1] + dt.timedelta(seconds=1), last[0])):
        wanted = trino.query(_REVENUE.replace("order_items", f"order_items FOR VERSION AS OF {snapshot}")).scalar()
        assert semantic.query("revenue", as_of=state).rows == [(wanted,)]


@pytest.mark.parametrize(
    ("since", "until", "fill"),
    [
        (Placeholder.GRAFANA_FROM, Placeholder.GRAFANA_TO,
         {"$__timeFrom()": "TIMESTAMP '2026-05-01 00:00:00'", "$__timeTo()": "TIMESTAMP '2026-05-31 12:00:00'"}),
        (Placeholder.SUPERSET_FROM, Placeholder.SUPERSET_TO,
         {"{{ from_dttm }}": "2026-05-01 00:00:00", "{{ to_dttm }}": "2026-05-31 12:00:00"}),
    ],
    ids=["grafana", "superset"],
)  # fmt: skip
def test_placeholders_run_once_they_are_filled(
    semantic: Semantic, trino: Trino, since: Placeholder, until: Placeholder, fill: dict[str, str]
) -> None:
    sql = semantic.query("revenue", since=since, until=until).sql
    for marker, value in fill.items():
        assert marker in sql
        sql = sql.replace(marker, value)
    may = semantic.query("revenue", since="2026-05-01", until="2026-06-01").rows
    assert trino.query(sql).rows == may
