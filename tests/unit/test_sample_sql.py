"""The sample's SQL: complete, commented, and the same on every machine.

What it makes is checked on the real stack, in tests/integration.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from importlib import resources
from string import Template
from typing import Final

import pytest
import sqlglot
from sqlglot import exp

from lakefront.errors import BadInputError
from lakefront.sample.closes import CLOSES_TABLE
from lakefront.sample.lake import (
    CRM_TABLE,
    SCHEMAS,
    expected_tables,
    sample_mark,
    seed_lake,
    table_statements,
    template_values,
)
from lakefront.trino import Trino

UNTIL: Final = dt.date(2026, 10, 31)
CRM: Final = "crm.accounts"
FILES: Final = {
    path.name.removesuffix(".sql"): path.read_text(encoding="utf-8")
    for path in resources.files("lakefront.sample").joinpath("sql").iterdir()
    if path.name.endswith(".sql")
}
LAKE: Final = [*expected_tables(), CLOSES_TABLE]
TABLES: Final = [*LAKE, CRM]
#: Functions whose value depends on chance, on the clock, on who asks or on the order of rows.
UNSTABLE: Final = frozenset(
    {"rand", "random", "uuid", "shuffle", "now", "current_timestamp", "current_date", "current_time", "localtime"}
    | {"localtimestamp", "current_user", "current_timezone", "arbitrary", "any_value", "approx_distinct"}
    | {"approx_percentile", "array_agg", "listagg", "tdigest_agg", "first_value", "last_value"}
)
#: What Iceberg, Trino and Superset all show as it is; money is never a binary float.
TYPES: Final = re.compile(r"BIGINT|INT|VARCHAR|DATE|BOOLEAN|DECIMAL\(\d+, \d+\)|TIMESTAMPTZ\(6\)")


@functools.cache
def statements(name: str) -> list[exp.Expr]:
    made = table_statements(name, template_values("iceberg", UNTIL), table='"iceberg"."some"."table"')
    return [sqlglot.parse_one(sql, read="trino") for sql in made]


def unstable(tree: exp.Expr) -> set[str]:
    called = {function.name.lower() for function in tree.find_all(exp.Anonymous)}
    called |= {
        str(function.sql_name()).lower() for function in tree.find_all(exp.Func) if type(function) is not exp.Anonymous
    }
    bare = {column.name.lower() for column in tree.find_all(exp.Column) if not column.table}
    return (called | bare) & UNSTABLE


def test_each_table_has_its_file_and_each_file_its_table() -> None:
    assert set(FILES) == {*TABLES, "order_lines.fragment"}
    assert {name.split(".")[0] for name in expected_tables()} <= set(SCHEMAS)
    assert "governance" in SCHEMAS
    assert CRM_TABLE == "main.accounts"


@pytest.mark.parametrize("name", TABLES)
def test_trino_can_read_the_statements(name: str) -> None:
    trees = statements(name)
    # what sqlglot cannot parse comes back as a Command
    second = {CRM: [], CLOSES_TABLE: [exp.Select]}.get(name, [exp.Insert])
    assert [type(tree) for tree in trees] == [exp.Create, *second]


@pytest.mark.parametrize("name", FILES)
def test_placeholders_are_known(name: str) -> None:
    known = {*template_values("iceberg", UNTIL), "table", "location"}
    assert set(Template(FILES[name]).get_identifiers()) <= known


@pytest.mark.parametrize("name", TABLES)
def test_no_value_depends_on_chance_or_on_the_clock(name: str) -> None:
    for tree in statements(name):
        assert not unstable(tree)


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("SELECT random()", {"random", "rand"}),
        ("SELECT now()", {"now", "current_timestamp"}),
        ("SELECT current_date", {"current_date"}),
        ("SELECT uuid()", {"uuid"}),
        ("SELECT arbitrary(x) FROM t", {"arbitrary", "any_value"}),
        ("SELECT array_agg(x) FROM t", {"array_agg"}),
        ("SELECT shuffle(ARRAY[1, 2])", {"shuffle"}),
    ],
)
def test_the_check_for_chance_sees_it(sql: str, found: set[str]) -> None:
    assert unstable(sqlglot.parse_one(sql, read="trino")) & found


@pytest.mark.parametrize("name", TABLES)
def test_the_session_time_zone_changes_nothing(name: str) -> None:
    # A cast from a timestamp without a zone to one with a zone takes the session's zone.
    for tree in statements(name):
        for cast in (cast for cast in tree.find_all(exp.Cast) if not cast.find_ancestor(exp.Schema)):
            assert "ZONE" not in cast.to.sql("trino").upper()


@pytest.mark.parametrize("name", LAKE)
def test_tables_and_columns_are_commented_and_typed(name: str) -> None:
    create = statements(name)[0]
    comments = [node.this.name for node in create.find_all(exp.SchemaCommentProperty)]
    assert len(comments) == 1
    assert re.fullmatch(r"[A-Z].{8,} \(lakefront sample 1, until 2026-10-31\)", comments[0])
    columns = list(create.find_all(exp.ColumnDef))
    assert len(columns) > 3
    for column in columns:
        (comment,) = (node.this.name for node in column.find_all(exp.CommentColumnConstraint))
        assert len(comment) > 8, column.name
        assert column.kind is not None
        assert TYPES.fullmatch(column.kind.sql()), (column.name, column.kind.sql())


@pytest.mark.parametrize("name", expected_tables())
def test_the_insert_fills_every_column(name: str) -> None:
    create, insert = statements(name)
    select = insert.find(exp.Select, bfs=True)
    assert select is not None
    query = insert.args["expression"]
    assert isinstance(query, exp.Select)
    assert len(query.expressions) == len(list(create.find_all(exp.ColumnDef)))


@pytest.mark.parametrize(
    ("name", "transform"),
    [
        ("sales.orders", "month(order_date)"),
        ("sales.order_items", "month(order_date)"),
        ("marketing.events", "month(event_ts)"),
        ("markets.option_ticks", "day(ts)"),
    ],
)
def test_facts_are_partitioned_by_time(name: str, transform: str) -> None:
    create = statements(name)[0]
    properties = [node.sql("trino") for node in create.find_all(exp.Property)]
    assert f"partitioning=ARRAY['{transform}']" in properties


def test_tables_are_made_after_those_they_read() -> None:
    made: list[str] = []
    for name in TABLES:
        trees = statements(name)
        read = {f"{t.db}.{t.name}" for tree in trees for t in tree.find_all(exp.Table) if t.catalog == "iceberg"}
        assert read - {"some.table"} <= set(made), name
        made.append(name)


def test_draws_are_independent() -> None:
    # Two columns hashed from the same number and the same salt would move together.
    salts = [salt for text in FILES.values() for salt in re.findall(r"\* (?:1000|100) \+ (\d\d)\b", text)]
    assert len(salts) > 20
    assert len(salts) == len(set(salts))


def test_mail_goes_nowhere() -> None:
    text = "\n".join(FILES.values())
    domains = set(re.findall(r"@([\w.-]+)", text))
    assert domains == {"example.com", "example.org"}


def test_every_planted_defect_is_in_the_readme() -> None:
    readme = resources.files("lakefront.sample").joinpath("README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `([\w.]+)` \| .+ \| \d+ \|$", readme.split("## Planted defects")[1], re.MULTILINE)
    planted = [name.replace(CRM, f"crm.{CRM_TABLE}") for name in TABLES for _ in range(FILES[name].count("-- defect:"))]
    assert sorted(listed) == sorted(planted)


def test_every_table_is_in_the_readme() -> None:
    readme = resources.files("lakefront.sample").joinpath("README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `([\w.]+)` \| [\d,]+ \|", readme.split("## ")[0], re.MULTILINE)
    assert listed == [*LAKE, f"crm.{CRM_TABLE}"]


@pytest.mark.parametrize(
    ("until", "first_day"),
    [
        (dt.date(2026, 10, 31), "DATE '2023-11-01'"),
        (dt.date(2025, 7, 15), "DATE '2022-07-16'"),
        (dt.date(2028, 2, 28), "DATE '2025-02-28'"),  # the day after is 29 February, which 2025 lacks
        (dt.date(2028, 2, 29), "DATE '2025-03-01'"),
        (dt.date(2027, 12, 31), "DATE '2025-01-01'"),
    ],
)
def test_the_sample_covers_three_years(until: dt.date, first_day: str) -> None:
    values = template_values("iceberg", until)
    assert values["first_day"] == first_day
    assert values["last_day"] == f"DATE '{until.isoformat()}'"


def test_scale_changes_the_rows_and_the_mark() -> None:
    assert sample_mark(UNTIL) == "lakefront sample 1, until 2026-10-31"
    assert sample_mark(UNTIL, 0.1) == "lakefront sample 1, until 2026-10-31, scale 0.1"
    assert template_values("iceberg", UNTIL, 0.1)["orders"] == "20000"


def test_names_and_places_are_quoted() -> None:
    values = template_values('la"ke', UNTIL)
    assert values["catalog"] == '"la""ke"'
    create, insert = table_statements("sales.order_items", values, table='"x"', location="s3://o'bucket/sales")
    assert "location = 's3://o''bucket/sales'" in create
    assert 'FROM "la""ke"."sales".orders' in insert


@pytest.mark.parametrize("scale", [0, 0.01, -1, 51, float("nan"), float("inf")])
def test_a_scale_out_of_range_is_refused_before_trino_is_asked(scale: float) -> None:
    nobody = Trino(url="http://127.0.0.1:9", user="nobody")
    with pytest.raises(BadInputError, match=r"\[sample-scale\]"):
        seed_lake(
            nobody,
            catalog="iceberg",
            crm_catalog=None,
            warehouse=None,
            until=UNTIL,
            report=lambda _name, _done, _total: None,
            scale=scale,
        )
