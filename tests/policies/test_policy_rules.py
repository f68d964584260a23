"""Policies obeyed by a real Trino: a canary row outside every filter, a canary value behind every mask."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest

from lakefront.config import Settings
from lakefront.errors import BadInputError, LakefrontError, NotAllowedError
from lakefront.semantic.policy.live import mask_key
from lakefront.trino import Trino
from tests.support.cli import lakefront
from tests.support.waiting import wait_for

#: Stands in every personal value of a row outside of the filter.
CANARY = "canary"
_ROLLUPS = ("region", "day", "mailbox")
_TABLES = (
    "CREATE SCHEMA IF NOT EXISTS shop",
    "CREATE SCHEMA IF NOT EXISTS rollups",
    """CREATE TABLE shop.customers WITH (partitioning = ARRAY['full_name']) AS SELECT * FROM (VALUES
       (BIGINT '1', 'petra', 'petra@example.com', '+49 30 555 0101', DATE '1980-05-06', 'EU',
        CAST(4711 AS decimal(10,2)), 'note of petra'),
       (2, 'canary', 'canary@example.com', '+1 555 0100 202', DATE '1999-09-09', 'US', 37, 'note of canary'),
       (3, 'otto', NULL, NULL, NULL, 'EU', 0, NULL))
       AS t (customer_id, full_name, email, phone, birth_date, region, credit, note)""",
    """CREATE TABLE shop.orders AS SELECT * FROM (VALUES
       (BIGINT '10', BIGINT '1', 'EU', DATE '2026-01-01', CAST(5 AS decimal(10,2))),
       (20, 2, 'US', DATE '2026-01-01', 777),
       (30, 2, NULL, DATE '2026-01-01', 0)) AS t (order_id, customer_id, region, day, amount)""",
    "CREATE TABLE shop.secrets AS SELECT BIGINT '1' AS id",
    "CREATE TABLE rollups.by_region AS SELECT region, sum(amount) AS revenue FROM shop.orders GROUP BY 1",
    "CREATE TABLE rollups.by_day AS SELECT day, sum(amount) AS revenue FROM shop.orders GROUP BY 1",
    """CREATE TABLE rollups.by_mailbox AS SELECT split_part(c.email, '@', 1) AS mailbox, sum(o.amount) AS revenue
       FROM shop.orders AS o JOIN shop.customers AS c ON c.customer_id = o.customer_id GROUP BY 1""",
)


class Asked:
    """The lake as different people see it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._trino = Trino.from_settings(settings, source="lakefront-tests")

    def rows(self, user: str, sql: str) -> list[tuple[Any, ...]]:
        return self._trino.signed_in_as(user).query(sql).rows

    def refused(self, user: str, sql: str) -> str:
        """Return the words of Trino itself."""
        with pytest.raises(NotAllowedError) as raised:
            self.rows(user, sql)
        return str(raised.value.__cause__)

    def error(self, user: str, sql: str) -> str:
        with pytest.raises(LakefrontError) as raised:
            self.rows(user, sql)
        return raised.value.what


@pytest.fixture(scope="module")
def lake(policed: Settings) -> Iterator[Asked]:
    asked = Asked(policed)
    try:
        for statement in _TABLES:
            asked.rows("lakefront", statement)
        built = lakefront("--bundle", str(policed.bundle), "policy", "build", home=policed.home.root)
        assert built.returncode == 0, built.stderr
        # Its rules are followed as soon as they are read again: the first that a build adds is that of `note`.
        _until_read(asked)
        asked.rows("ana", "SELECT 1")
        asked.rows("root", "CREATE VIEW shop.invoked SECURITY INVOKER AS SELECT * FROM shop.customers")
        yield asked
    finally:
        asked.rows("lakefront", "DROP VIEW IF EXISTS shop.invoked")
        for table in ("shop.customers", "shop.orders", "shop.secrets", *(f"rollups.by_{n}" for n in _ROLLUPS)):
            asked.rows("lakefront", f"DROP TABLE IF EXISTS {table}")


def _until_read(asked: Asked) -> None:
    wait_for(lambda: asked.rows("vic", "SELECT count(note) FROM shop.customers") == [(0,)], within=60)


def test_each_person_sees_her_rows_and_values(lake: Asked) -> None:
    columns = (
        "customer_id, full_name, email, phone, year(birth_date), month(birth_date), region, CAST(credit AS integer)"
    )
    sql = f"SELECT {columns}, note FROM shop.customers ORDER BY 1"
    assert lake.rows("mia", sql) == [
        (1, "petra", "petra@example.com", "+49 30 555 0101", 1980, 5, "EU", 4711, None),
        (3, "otto", None, None, None, None, "EU", 0, None),
    ]
    assert lake.rows("vic", sql) == [
        (1, None, None, None, None, None, "EU", 4711, None),
        (2, None, None, None, None, None, "US", 37, None),
        (3, None, None, None, None, None, "EU", 0, None),
    ]
    first, second, third = lake.rows("ana", sql)
    assert first[3:] == ("***0101", 1980, 1, "EU", 4000, None)
    assert second[3:] == ("*** 202", 1999, 1, "US", 30, None)
    assert third == (3, third[1], None, None, None, None, "EU", 0, None)


def test_a_hash_is_keyed_and_its_key_is_nowhere_to_be_seen(lake: Asked) -> None:
    ((hashed,),) = lake.rows("ana", "SELECT email FROM shop.customers WHERE customer_id = 2")
    key = mask_key(lake.settings.secrets.signing_key)
    assert hashed == hashlib.sha256(key + b"canary@example.com").digest()[:16].hex().upper()
    plan = lake.rows("ana", "EXPLAIN SELECT email FROM shop.customers")[0][0]
    assert key.hex() not in plan.lower().replace(" ", "")
    assert "Cannot select" in lake.refused("ana", "SELECT * FROM governance.mask_keys")


def test_roles_are_put_together_cell_by_cell(lake: Asked) -> None:
    rows = lake.rows("mixed", "SELECT customer_id, full_name, email FROM shop.customers ORDER BY 1")
    assert rows == [(1, "petra", "petra@example.com"), (2, None, None), (3, "otto", None)]


def test_current_user_is_the_person_also_behind_a_hash(lake: Asked) -> None:
    ((number, name),) = lake.rows("petra", "SELECT customer_id, full_name FROM shop.customers")
    assert number == 1
    assert len(name) == 32


def test_who_lacks_the_attribute_sees_no_row(lake: Asked) -> None:
    assert lake.rows("lost", "SELECT count(*) FROM shop.customers") == [(0,)]


@pytest.mark.parametrize("user", ["ana", "mia", "mixed"])
@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM shop.customers",
        "SELECT * FROM (SELECT * FROM shop.customers) AS t",
        "SELECT * FROM shop.customers FOR VERSION AS OF {snapshot}",
        "SELECT max(full_name), max(email), max(note), min_by(phone, email) FROM shop.customers",
        "WITH t AS (SELECT * FROM shop.customers) SELECT a.*, b.* FROM t AS a JOIN t AS b ON a.credit >= b.credit",
        "SELECT o.*, c.* FROM shop.orders AS o LEFT JOIN shop.customers AS c ON c.customer_id = o.customer_id",
        "SELECT * FROM shop.invoked",
        "SELECT * FROM shop.customers WHERE full_name LIKE 'canary%' OR email LIKE 'canary%'",
        'SELECT "$path", "$partition" FROM shop.customers',
        "SELECT * FROM information_schema.columns",
        "SHOW STATS FOR shop.customers",
        "EXPLAIN SELECT * FROM shop.customers WHERE full_name > 'a'",
        "EXPLAIN ANALYZE SELECT * FROM shop.customers",
        "EXPLAIN (TYPE IO, FORMAT JSON) SELECT * FROM shop.customers",
    ],
)
def test_the_canary_is_never_seen(lake: Asked, user: str, sql: str) -> None:
    ((snapshot,),) = lake.rows("root", 'SELECT max(snapshot_id) FROM shop."customers$snapshots"')
    seen = str(lake.rows(user, sql.format(snapshot=snapshot)))
    assert CANARY not in seen
    assert "1999, 9, 9" not in seen


@pytest.mark.parametrize("user", ["ana", "mia", "mixed", "petra"])
@pytest.mark.parametrize(
    "sql",
    [
        "SELECT customer_id FROM shop.customers WHERE CAST(region || full_name AS integer) = 1",
        "SELECT customer_id FROM shop.customers WHERE CAST(region || email AS integer) = 1 AND customer_id > 0",
        "SELECT nothing FROM shop.customers",
    ],
)
def test_errors_do_not_tell_of_the_canary(lake: Asked, user: str, sql: str) -> None:
    with pytest.raises(BadInputError) as raised:
        lake.rows(user, sql)
    assert CANARY not in raised.value.what


def test_a_filter_comes_before_the_condition_of_the_query(lake: Asked) -> None:
    # Row 2 alone would divide by zero.
    sql = "SELECT customer_id FROM shop.customers WHERE 1 / (customer_id - 2) <> 5 ORDER BY 1"
    assert lake.rows("mia", sql) == [(1,), (3,)]
    assert "zero" in lake.error("vic", sql)
    # Trino looks at the query's condition, too, where the filter is NULL: a filter must be false then.
    unknown = "SELECT count(*) FROM shop.orders WHERE 1 / (order_id - 30) <> 5"
    assert lake.rows("mia", unknown) == [(1,)]
    assert "zero" in lake.error("vic", unknown)


def test_a_view_of_somebody_else_shows_each_person_her_own(lake: Asked) -> None:
    sql = "SELECT customer_id, full_name FROM shop.invoked ORDER BY 1"
    assert lake.rows("mia", sql) == [(1, "petra"), (3, "otto")]
    assert lake.rows("mixed", sql) == [(1, "petra"), (2, None), (3, "otto")]
    assert lake.rows("root", sql) == [(1, "petra"), (2, "canary"), (3, "otto")]
    assert "Cannot select" in lake.refused("petra", sql)


def test_rollups_hold_the_line(lake: Asked) -> None:
    assert [row[0] for row in lake.rows("mia", "SELECT region FROM rollups.by_region")] == ["EU"]
    assert len(lake.rows("vic", "SELECT * FROM rollups.by_region")) == 3
    assert "Cannot select" in lake.refused("mia", "SELECT * FROM rollups.by_day")
    assert lake.rows("vic", "SELECT CAST(revenue AS integer) FROM rollups.by_day") == [(782,)]
    assert lake.rows("ana", "SELECT mailbox FROM rollups.by_mailbox") == [(None,), (None,)]
    assert "Cannot select" in lake.refused("petra", "SELECT * FROM rollups.by_mailbox")


@pytest.mark.parametrize("about", ["files", "partitions", "manifests", "entries", "all_entries"])
def test_tables_about_values_are_closed(lake: Asked, about: str) -> None:
    for user in ("vic", "ana", "mia", "mixed"):
        assert "Cannot select" in lake.refused(user, f'SELECT * FROM shop."customers${about}"')
    assert lake.rows("root", f'SELECT count(*) > 0 FROM shop."customers${about}"') == [(True,)]
    assert lake.rows("vic", f'SELECT count(*) > 0 FROM shop."orders${about}"') == [(True,)]


def test_tables_about_rows_are_open_to_who_sees_all_rows(lake: Asked) -> None:
    assert lake.rows("vic", 'SELECT count(*) > 0 FROM shop."customers$snapshots"') == [(True,)]
    assert "Cannot select" in lake.refused("mia", 'SELECT * FROM shop."customers$snapshots"')


@pytest.mark.parametrize("user", ["ana", "mia", "petra"])
def test_unlisted_means_no(lake: Asked, user: str) -> None:
    for sql in (
        "SELECT * FROM shop.secrets",
        "SELECT * FROM tpch.tiny.nation",
        "SELECT * FROM system.runtime.queries",
        "SELECT * FROM TABLE(iceberg.system.table_changes('shop', 'customers', 1, 2))",
        "CREATE TABLE shop.mine AS SELECT 1 AS x",
        "CREATE VIEW shop.mine SECURITY DEFINER AS SELECT * FROM shop.customers",
        "DELETE FROM shop.orders",
        "CALL iceberg.system.rollback_to_snapshot('shop', 'orders', 1)",
    ):
        assert "Access Denied" in lake.refused(user, sql)
    names = {row[0] for row in lake.rows(user, "SELECT table_name FROM information_schema.tables")}
    assert "secrets" not in names
    assert "mask_keys" not in names


@pytest.mark.parametrize("user", ["vic", "ana", "mia"])
@pytest.mark.parametrize("procedure", ["optimize", "expire_snapshots"])
def test_a_reader_cannot_rewrite_a_table(lake: Asked, user: str, procedure: str) -> None:
    # Trino has no rule for it: what stops her is the filter that every table has.
    assert "not supported for table with row filter" in lake.error(user, f"ALTER TABLE shop.orders EXECUTE {procedure}")


def test_a_stranger_may_not_even_ask(lake: Asked) -> None:
    assert "Cannot execute query" in lake.refused("stranger", "SELECT 1")
    assert "Cannot execute query" in lake.refused("superset", "SELECT 1")
