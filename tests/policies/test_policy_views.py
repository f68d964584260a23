"""Masked views show what the rules show: in Trino itself, and in DuckDB, which Trino's connector runs inside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lakefront.config import Settings
from lakefront.errors import NotAllowedError
from lakefront.trino import Trino
from tests.policies.conftest import POLICED as BUNDLE
from tests.policies.test_policy_rules import _TABLES as TABLES
from tests.policies.test_policy_rules import CANARY
from tests.support.cli import lakefront

_PEOPLE = ("vic", "ana", "mia", "mixed", "petra", "lost")
_SERVICE = "lakefront"
#: Columns of each table that a dataset or a rollup describes.
_COLUMNS = {
    "shop.customers": ("customer_id", "full_name", "email", "phone", "birth_date", "region", "credit"),
    "shop.orders": ("order_id", "customer_id", "region", "day", "amount"),
    "rollups.by_region": ("region", "revenue"),
    "rollups.by_day": ("day", "revenue"),
    "rollups.by_mailbox": ("mailbox", "revenue"),
}


class Lake:
    """The lake as different people see it, and the scripts of views over it."""

    def __init__(self, trino: Trino, folder: Path) -> None:
        self._trino = trino
        self.folder = folder

    def rows(self, user: str, sql: str) -> list[tuple[Any, ...]]:
        return self._trino.signed_in_as(user).query(sql).rows

    def scripts(self, dialect: str) -> dict[str, list[str]]:
        """Return the statements for each person."""
        folder = self.folder / dialect
        done = lakefront("--bundle", str(BUNDLE), "policy", "views", "--dialect", dialect, "--out", str(folder))
        assert done.returncode == 0, done.stderr
        found: dict[str, list[str]] = {}
        for file in folder.glob("*.sql"):
            text = file.read_text(encoding="utf-8")
            (names,) = re.findall(r"^-- Dialect: \w+\. For (.*)\.$", text, re.MULTILINE)
            plain = re.sub(r"^--.*\n", "", text, flags=re.MULTILINE)
            statements = [statement.strip() for statement in plain.split(";\n") if statement.strip()]
            found.update(dict.fromkeys(names.split(", "), statements))
        return found


@pytest.fixture(scope="module")
def lake(policed: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    lake = Lake(Trino.from_settings(policed, source="lakefront-tests"), tmp_path_factory.mktemp("views"))
    try:
        for statement in TABLES:
            lake.rows(_SERVICE, statement)
        built = lakefront("--bundle", str(policed.bundle), "policy", "build", home=policed.home.root)
        assert built.returncode == 0, built.stderr
        yield lake
    finally:
        for schema in [row[0] for row in lake.rows(_SERVICE, "SHOW SCHEMAS FROM iceberg LIKE 'masked%'")]:
            lake.rows(_SERVICE, f"DROP SCHEMA iceberg.{schema} CASCADE")
        for table in _COLUMNS:
            lake.rows(_SERVICE, f"DROP TABLE IF EXISTS {table}")
        lake.rows(_SERVICE, "DROP TABLE IF EXISTS shop.secrets")


def _views(statements: list[str]) -> dict[str, str]:
    """Return the views that statements make, by the table that each is over."""
    names = (re.match(r'CREATE OR REPLACE VIEW ((?:"\w+"\.)+"(\w+)__(\w+)")', text) for text in statements)
    return {f"{found[2]}.{found[3]}": found[1] for found in names if found}


def _as_read(rows: list[tuple[Any, ...]]) -> list[str]:
    return sorted(str(row) for row in rows)


def test_a_view_in_trino_shows_what_the_rules_show(lake: Lake) -> None:
    compared = 0
    for user, statements in lake.scripts("trino").items():
        for statement in statements:
            lake.rows(_SERVICE, statement)
        views = _views(statements)
        assert sum(text.startswith("CREATE OR REPLACE VIEW") for text in statements) == len(views)
        for table, columns in _COLUMNS.items():
            asked = f"SELECT {', '.join(columns)} FROM "
            if table not in views:
                with pytest.raises(NotAllowedError, match=f"{user} may not see {table}"):
                    lake.rows(user, asked + table)
                continue
            by_view = lake.rows(_SERVICE, asked + views[table])
            assert _as_read(by_view) == _as_read(lake.rows(user, asked + table)), (user, table)
            described = [row[0] for row in lake.rows(_SERVICE, f"DESCRIBE {views[table]}")]
            assert described == list(columns)
            compared += len(by_view)
    assert compared > 20


def test_a_view_in_duckdb_shows_what_the_rules_show_with_null_in_place_of_a_hash(lake: Lake) -> None:
    def run(statement: str) -> None:
        lake.rows("root", f"CALL crm.system.execute(query => '{statement.replace(chr(39), chr(39) * 2)}')")

    for schema in ("shop", "rollups"):
        run(f"CREATE SCHEMA {schema}")
    for table, described in _COLUMNS.items():
        # DuckDB's own tables, written through Trino, with the columns and values of the lake's.
        columns = ", ".join((*described, *(["note"] if table == "shop.customers" else [])))
        lake.rows("root", f"CREATE TABLE crm.{table} AS SELECT {columns} FROM iceberg.{table}")
    compared = 0
    for user, statements in lake.scripts("duckdb").items():
        for statement in statements:
            run(statement)
        for table, view in _views(statements).items():
            columns = _COLUMNS[table]
            read = f"SELECT {', '.join(columns)} FROM {view}"
            by_view = lake.rows("root", f"SELECT * FROM TABLE(crm.system.query(query => '{read}'))")
            by_rules = lake.rows(user, f"SELECT {', '.join(columns)} FROM {table}")
            without = [tuple(None if _is_hash(value) else value for value in row) for row in by_rules]
            assert _as_read(by_view) == _as_read(without), (user, table)
            compared += len(by_view)
            if table == "shop.customers" and user != "vic":
                assert CANARY not in str(by_view)
    assert compared > 20


def _is_hash(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch("[0-9A-F]{32}", value) is not None


def test_a_function_that_an_engine_lacks_is_refused(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    for name in ("models/shop.yml", "policies/access.yml"):
        target = bundle / "semantic_layer" / name
        target.parent.mkdir(parents=True)
        text = (BUNDLE / "semantic_layer" / name).read_text(encoding="utf-8")
        target.write_text(text.replace("full_name = current_user", "url_encode(full_name) = 'a'"), encoding="utf-8")
    (bundle / "lakefront.toml").write_text('[bundle]\nname = "b"\n', encoding="utf-8")
    arguments = ("--bundle", str(bundle), "policy", "views", "--out", str(tmp_path / "views"))
    refused = lakefront(*arguments, "--dialect", "duckdb")
    assert refused.returncode == 2
    assert "shop.customers has no counterpart in duckdb: url_encode" in refused.stderr
    assert not (tmp_path / "views").exists()
    assert lakefront(*arguments, "--dialect", "trino").returncode == 0
