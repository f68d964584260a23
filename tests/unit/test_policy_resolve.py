"""What roles show by themselves and together: never less with a role more, never more than one of them shows."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot.executor import execute

from lakefront.semantic import SemanticLayer, load_layer
from lakefront.semantic.emit.trino_access import access_files
from lakefront.semantic.policy.explain import explain
from lakefront.semantic.policy.load import Loaded, load_policies
from lakefront.semantic.policy.model import Mask, Policies, Policy
from lakefront.semantic.policy.resolve import Standing, access, everybody, standing
from lakefront.semantic.policy.tables import Tables
from tests.support.cli import ROOT, lakefront
from tests.support.golden import check_golden

BUNDLE = ROOT / "tests" / "data" / "policed" / "semantic_layer"
GOLDEN = ROOT / "tests" / "golden" / "policy"
LAYER = load_layer(BUNDLE)
ROWS = [{"customer_id": n, "region": region, "credit": n * 10} for n, region in enumerate(["EU", "US", "ASIA", "EU"])]
_COLUMNS = ("customer_id", "full_name", "email", "birth_date", "region")


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    return load_policies(BUNDLE, LAYER)


_masks = st.dictionaries(st.sampled_from(["pii", "internal"]), st.sampled_from([mask.value for mask in Mask]))
_conditions = st.sampled_from(
    [
        None,
        "region = 'EU'",
        "region IN ({region})",
        "customer_id > 1",
        "credit < 20 OR region = 'US'",
        "region = {none}",
    ]
)


@st.composite
def _roles(draw: st.DrawFn) -> list[dict[str, Any]]:
    roles: list[dict[str, Any]] = []
    for number in range(4):
        condition = draw(_conditions)
        roles.append(
            {
                "name": f"Role{number}",
                "description": "Drawn.",
                "datasets": draw(st.sampled_from([[], ["customers"], ["*"]])),
                "masks": draw(_masks),
                "columns": draw(st.dictionaries(st.just("customers.email"), st.sampled_from(["hash", "show", "null"]))),
                "rows": {"customers": condition} if condition else {},
            }
        )
    return roles


def _seen(roles: list[dict[str, Any]], names: tuple[str, ...]) -> dict[tuple[int, str], int]:
    """Return how open each cell of the rows is: nothing for rows that are not seen."""
    policy = Policy.model_validate({"version": 1, "name": "p", "description": "P.", "owner": "o", "roles": roles})
    policies = Policies(policies=(policy,), files=())
    tables = Tables(LAYER, policies.roles)
    found = access(tables, tables.tables["shop.customers"], Standing(names, (("region", ("US",)),)))
    if found is None:
        return {}
    cells: dict[tuple[int, str], int] = {}
    for row in ROWS:
        if not _holds(found.condition(), row):
            continue
        for column in _COLUMNS:
            mask = next(mask for condition, mask in found.mask(column) if condition is None or _holds(condition, row))
            cells[int(row["customer_id"]), column] = mask.rank
    return cells


def _holds(condition: Any, row: Mapping[str, Any]) -> bool:
    if condition is None:
        return True
    sql = f"SELECT customer_id FROM customers WHERE {condition.sql()}"
    return bool(execute(sql, tables={"customers": [dict(row)]}).rows)


@settings(max_examples=30)
@given(_roles(), st.sets(st.integers(0, 3), max_size=3), st.integers(0, 3))
def test_a_role_more_never_hides_anything(roles: list[dict[str, Any]], some: set[int], extra: int) -> None:
    fewer = _seen(roles, tuple(f"Role{number}" for number in sorted(some)))
    more = _seen(roles, tuple(f"Role{number}" for number in sorted(some | {extra})))
    assert all(more.get(cell, -1) >= rank for cell, rank in fewer.items())


@settings(max_examples=30)
@given(_roles(), st.sets(st.integers(0, 3), min_size=1))
def test_together_roles_show_each_cell_as_the_most_open_of_them_does(
    roles: list[dict[str, Any]], some: set[int]
) -> None:
    alone = [_seen(roles, (f"Role{number}",)) for number in some]
    together = _seen(roles, tuple(f"Role{number}" for number in sorted(some)))
    cells = {cell for seen in alone for cell in seen}
    assert together == {cell: max(seen.get(cell, -1) for seen in alone) for cell in cells}


def test_a_stranger_has_no_standing(loaded: Loaded) -> None:
    assert standing(loaded.policies, "stranger") is None
    assert "stranger" not in everybody(loaded.policies)
    said = explain(loaded, "stranger", "customers")
    assert not said.allowed
    assert [line.where for line in said.lines] == ["no policy gives this person a role"]


def test_people_of_one_standing_are_one_group(loaded: Loaded) -> None:
    groups = dict(line.split(":") for line in access_files(loaded, catalog="iceberg").groups.splitlines())
    assert groups["viewer"] == "vic"
    assert groups["admin"] == "root"
    assert groups["manager-viewer-b34313414c"] == "mixed"


def test_groups_of_an_identity_provider(tmp_path: Path) -> None:
    text = (BUNDLE / "policies" / "access.yml").read_text(encoding="utf-8")
    text = re.sub(r", members: \[[^\]]*\]", "", text) + "members_from: {claim: groups}\n"
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "access.yml").write_text(text, encoding="utf-8")
    claimed = load_policies(tmp_path, LAYER)
    assert "ana" not in everybody(claimed.policies)
    people = everybody(claimed.policies, {"ana": ["analysts", "unknown"], "zoe": ["unknown"]})
    assert people["ana"].roles == ("Analyst",)
    assert "zoe" not in people


def test_the_rules_are_those_that_were_reviewed(loaded: Loaded) -> None:
    physical = {"shop.customers": ("customer_id", "full_name", "note"), "shop.orders": ("order_id", "amount")}
    files = access_files(loaded, catalog="iceberg", physical=physical)
    assert files == access_files(load_policies(BUNDLE, LAYER), catalog="iceberg", physical=physical)
    check_golden(GOLDEN / "rules.json", json.dumps(json.loads(files.rules), indent=2, ensure_ascii=False) + "\n")
    check_golden(GOLDEN / "groups.txt", files.groups)


def test_no_rule_opens_what_nobody_listed(loaded: Loaded) -> None:
    rules = json.loads(access_files(loaded, catalog="iceberg").rules)
    for user in ("vic", "ana", "mia"):
        group = next(g for g, _, names in (line.partition(":") for line in _groups(loaded)) if user in names.split(","))
        for schema, table in (("shop", "secrets"), ("governance", "mask_keys"), ("shop", "customers$files")):
            matching = (
                rule
                for rule in rules["tables"]
                if re.fullmatch(rule.get("group", ".*"), group)
                and "user" not in rule
                and re.fullmatch(rule.get("catalog", ".*"), "iceberg")
                and re.fullmatch(rule.get("schema", ".*"), schema)
                and re.fullmatch(rule.get("table", ".*"), table)
            )
            assert next(matching, {"privileges": []})["privileges"] == []


def _groups(loaded: Loaded) -> list[str]:
    return access_files(loaded, catalog="iceberg").groups.splitlines()


def test_explain_names_the_lines(loaded: Loaded) -> None:
    said = explain(loaded, "mixed", "shop.customers")
    lines = {(line.what, line.says): line for line in said.lines}
    assert said.roles == ("Manager", "Viewer")
    assert lines["rows", "those where"].condition == "region IN ('EU')"
    assert lines["rows", "those where"].where.endswith("access.yml:26:7")
    assert lines["email", "show"].condition == "region IN ('EU')"
    assert lines["email", "show"].where.endswith("access.yml:24:13")
    assert lines["email", "null"].where == "pii unless a role says more"


def test_explain_on_the_command_line() -> None:
    done = lakefront("policy", "explain", "--user", "elena", "--table", "sales.customers", "--format", "json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["allowed"]
    assert {"region IN ('EU')"} == {line["condition"] for line in said["lines"] if line["what"] == "rows"}
    unknown = lakefront("policy", "explain", "--user", "ana", "--table", "sales.custmers")
    assert unknown.returncode == 2
    assert "Did you mean 'sales.customers'?" in unknown.stderr


def test_a_rollup_without_the_column_of_a_filter_is_closed(loaded: Loaded) -> None:
    tables = Tables(loaded.layer, loaded.policies.roles)
    mia = standing(loaded.policies, "mia")
    assert mia
    by_region = access(tables, tables.tables["rollups.by_region"], mia)
    assert by_region
    assert str(by_region.condition()) == "region IN ('EU')"
    assert access(tables, tables.tables["rollups.by_day"], mia) is None


def test_what_is_computed_from_personal_data_is_personal_data(loaded: Loaded) -> None:
    layer: SemanticLayer = loaded.layer
    customers = layer.datasets["customers"]
    mailbox = customers.column("mailbox")
    assert mailbox
    assert mailbox.sensitivity == "internal"
    assert Tables(layer, {}).sensitivity(customers, mailbox) == "pii"
