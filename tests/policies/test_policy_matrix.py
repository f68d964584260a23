"""Every cell of the policies, asked of a real Trino by every way; and that this notices rules that were changed."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lakefront.config import Settings
from lakefront.errors import BadInputError
from lakefront.media.assets import TABLE, VIEW, VIEW_COLUMNS
from lakefront.semantic import load_layer
from lakefront.semantic.emit.trino_access import AccessFiles, write_access
from lakefront.semantic.policy.live import mask_key
from lakefront.semantic.policy.load import load_policies
from lakefront.semantic.policy.matrix.ask import Route
from lakefront.semantic.policy.matrix.lake import View
from lakefront.semantic.policy.matrix.run import Matrix
from lakefront.trino import Trino
from tests.support.cli import ROOT

_EVERYWHERE = "(everywhere)"


def _quiet(_step: str, _done: int, _total: int) -> None:
    return


@contextlib.contextmanager
def _matrix(settings: Settings, folder: Path) -> Iterator[Matrix]:
    matrix = Matrix(
        load_policies(folder, load_layer(folder)),
        Trino.from_settings(settings, source="lakefront-tests", timeout=120),
        catalog="iceberg",
        key=mask_key(settings.secrets.signing_key),
        write=lambda files: write_access(files, settings.home.access_rules),
        views=[View(VIEW, TABLE, tuple((name, column) for name, column, _ in VIEW_COLUMNS))],
    )
    try:
        matrix.make(_quiet)
        yield matrix
    finally:
        matrix.drop()


@pytest.fixture(scope="module")
def shop(policed: Settings) -> Iterator[Matrix]:
    with _matrix(policed, policed.part("semantic_layer")) as matrix:
        yield matrix


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    "everybody",
    [
        pytest.param(False, id="one person for each set of roles that people have"),
        pytest.param(True, id="and one for each role alone, by every way", marks=pytest.mark.long),
    ],
)
def test_every_cell_of_the_reference_bundle_is_as_its_policies_say(policed: Settings, *, everybody: bool) -> None:
    """Everybody asks for the values of every table; by the other ways, once for each way of seeing a table.

    The rules that close the other ways are made of how she sees a table, so one of those that she sees alike stands for
    them. Each table by each way is for `make test-long`, and for the small shop below.
    """
    with _matrix(policed, ROOT / "semantic_layer") as matrix:
        people = [asker.name for asker in matrix.askers if everybody or not asker.made_up]
        result = matrix.run(_quiet, only=people, briefly=not everybody)
    assert result.failures == ()
    assert [(item.what, item.reason) for item in result.not_run] == [
        ("opensearch.default.trino_audit", "the scratch stack has no catalog opensearch"),
        ("system.iceberg_tables", "it belongs to the engine or to another catalog"),
    ]
    asked = {Route(route) for route, cells in result.by_route.items() if cells}
    assert asked == set(Route), "also whether two of one standing see the same: olga and grafana are both Ops"
    wanted = {(name,) for name in matrix.loaded.policies.roles}
    if everybody:
        assert wanted <= {asker.roles for asker in result.people}
    else:
        assert wanted <= {(role,) for asker in result.people for role in asker.roles}
    assert all((asker.name, table) in result.by_pair for asker in result.people for table in result.tables)


def test_every_cell_of_a_small_shop_is_as_its_policies_say(shop: Matrix) -> None:
    result = shop.run(_quiet)
    assert result.failures == ()
    assert result.not_run == ()


def _tampered(files: AccessFiles) -> AccessFiles:
    rules: dict[str, list[dict[str, Any]]] = json.loads(files.rules)
    tables = rules["tables"]

    def rule(group: str, table: str) -> dict[str, Any]:
        return next(item for item in tables if group in item.get("group", "").split("|") and item.get("table") == table)

    customers = rule("analyst", "customers")
    customers["columns"] = [column for column in customers["columns"] if column["name"] != "phone"]
    manager = next(name for line in files.groups.splitlines() for name, _, who in [line.partition(":")] if who == "mia")
    rule(manager, "orders")["filter"] = "TRUE"
    opened = {"catalog": "iceberg", "schema": "shop", "privileges": ["SELECT"]}
    tables.insert(0, {"group": "viewer", "table": r"customers\$files", **opened})
    tables.insert(0, {"group": "analyst", "table": "secrets", **opened})
    return dataclasses.replace(files, rules=json.dumps(rules))


def test_rules_that_were_tampered_with_fail_where_they_were_and_nowhere_else(shop: Matrix) -> None:
    result = shop.run(_quiet, only=("ana", "mia", "vic"), tamper=_tampered)
    by_place: dict[tuple[str, str], set[str]] = {}
    routes: dict[tuple[str, str], set[Route]] = {}
    for item in result.failures:
        by_place.setdefault((item.who, item.table), set()).add(item.column)
        routes.setdefault((item.who, item.table), set()).add(item.route)
    assert set(by_place) == {
        ("ana", "shop.customers"), ("ana", "shop.secrets"), ("ana", _EVERYWHERE), ("mia", "shop.orders"),
        ("vic", "shop.customers"),
    }  # fmt: skip
    # A mask that was dropped opens this one column, by every way of asking for values.
    assert by_place["ana", "shop.customers"] == {"phone"}
    values = {Route.SELECT, Route.SUBQUERY, Route.SELF_JOIN, Route.JOIN, Route.TIME_TRAVEL, Route.AGGREGATE, Route.VIEW}
    assert values <= routes["ana", "shop.customers"]
    # A filter that was dropped lets rows through.
    let_through = [item for item in result.failures if item.who == "mia" and item.route is Route.SELECT]
    assert {(item.expected, item.got) for item in let_through} == {("no row", "a row")}
    # A table about a table that was opened is one cell.
    assert [item.route for item in result.failures if item.who == "vic"] == [Route.METADATA]
    # A rule that was added opens a table, which is then listed, too.
    assert routes["ana", _EVERYWHERE] == {Route.CATALOGUE}
    assert values - {Route.SUBQUERY, Route.SELF_JOIN, Route.JOIN} <= routes["ana", "shop.secrets"]


def test_who_is_not_in_the_policies_cannot_be_asked(shop: Matrix) -> None:
    with pytest.raises(BadInputError, match="Did you mean 'ana'"):
        shop.run(_quiet, only=("anna",))
