"""Superset's roles and row filters as they are made of policies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from lakefront.errors import BadInputError
from lakefront.semantic import load_layer
from lakefront.semantic.emit.build import plan_build
from lakefront.semantic.emit.superset_access import GROUP_PREFIX, group_role, superset_access
from lakefront.semantic.emit.trino_access import access_files
from lakefront.semantic.policy.load import load_policies
from lakefront.semantic.policy.resolve import Standing
from lakefront.superset.access_files import read_access
from tests.support.cli import ROOT, lakefront

MODEL = """\
version: 1
name: shop
description: A shop.
owner: team@example.com
datasets:
  - name: orders
    source: shop.orders
    description: One row an order.
    primary_key: [order_id]
    columns:
      - {name: order_id, type: bigint, description: Its number.}
      - {name: customer_id, type: bigint, description: Who ordered.}
      - {name: day, type: date, description: When., time: {grains: [day]}}
      - {name: region, type: varchar, description: Where to.}
      - {name: channel, type: varchar, description: How.}
      - {name: buyer, type: varchar, description: Name., sensitivity: pii}
  - name: customers
    source: shop.customers
    description: One row a customer.
    primary_key: [customer_id]
    columns:
      - {name: customer_id, type: bigint, description: Its number.}
      - {name: segment, type: varchar, description: Kind.}
relationships:
  - {name: order_customer, from: orders, to: customers, from_columns: [customer_id], to_columns: [customer_id]}
metrics:
  - {name: orders, label: Orders, type: count, dataset: orders, expression: "*", description: N., owner: a}
views:
  - name: plain
    label: Plain
    description: Orders.
    root: orders
    time: day
    columns: [orders.day, {column: orders.region, as: place}, orders.buyer]
    metrics: [orders]
  - name: joined
    label: Joined
    description: Orders with their customers.
    root: orders
    time: day
    columns: [orders.day, customers.segment]
    metrics: [orders]
"""
POLICY = """\
version: 1
name: access
description: Who may see what.
owner: team@example.com
roles:
  - {name: Everything, description: All rows., datasets: [orders]}
  - {name: Regional, description: Some., datasets: [orders], rows: {orders: "region IN ({region})"}}
  - {name: ByChannel, description: Some., datasets: [orders], rows: {orders: channel = 'web'}}
  - {name: Mine, description: Some., datasets: [orders], masks: {pii: hash}, rows: {orders: buyer = current_user}}
  - {name: Customers, description: Their kind., sql: true, datasets: [customers], rows: {customers: segment = 'new'}}
  - {name: Admin, description: All., admin: true, because: Answers for it.}
users:
  - {name: eva, roles: [Regional], attributes: {region: [EU, "O'Neill"]}}
  - {name: uma, roles: [Regional, Everything], attributes: {region: [EU]}}
  - {name: lou, roles: [Regional]}
  - {name: wes, roles: [ByChannel]}
  - {name: moe, roles: [Mine]}
  - {name: two, roles: [Everything, Customers]}
  - {name: root, roles: [Admin]}
services:
  - {name: loader, description: Loads., does: maintain}
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = _bundle(tmp_path_factory.mktemp("bundle"))
    texts = superset_access(load_policies(folder, load_layer(folder)))
    assert texts == superset_access(load_policies(folder, load_layer(folder))), "the same bytes every time"
    return {name: YAML(typ="safe", pure=True).load(text) for name, text in texts.items()}


def _bundle(folder: Path) -> Path:
    for name, text in (("models/shop.yml", MODEL), ("policies/access.yml", POLICY)):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def _group_of(files: dict[str, Any], person: str) -> dict[str, Any]:
    return next(data for name, data in files.items() if name.startswith("groups/") and person in data["members"])


def _clause(files: dict[str, Any], dataset: str, person: str) -> str | None:
    name = _group_of(files, person)["name"]
    found = [rule["clause"] for rule in files[f"rls/{dataset}.yaml"]["rules"] if rule["role"] == name]
    return found[0] if found else None


def test_a_filter_names_the_dataset_s_columns_and_the_person_s_values(files: dict[str, Any]) -> None:
    assert _clause(files, "plain", "eva") == "\"place\" IN ('EU', 'O''Neill')"
    assert _clause(files, "plain", "lou") == "FALSE", "who lacks the attribute sees nothing"


def test_a_role_that_shows_all_rows_takes_the_filter_away(files: dict[str, Any]) -> None:
    assert _clause(files, "plain", "uma") is None
    assert [_group_of(files, "uma")["name"]] not in [
        [item["role"]] for item in files["rls/plain.yaml"]["left_to_trino"]
    ]


def test_a_group_and_a_dataset_have_one_rule(files: dict[str, Any]) -> None:
    for name, data in files.items():
        if name.startswith("rls/"):
            roles = [rule["role"] for rule in data["rules"]]
            assert len(set(roles)) == len(roles)


def test_what_a_dataset_cannot_say_is_left_to_trino_with_the_reason(files: dict[str, Any]) -> None:
    left = {item["role"]: item["because"] for item in files["rls/plain.yaml"]["left_to_trino"]}
    assert left[_group_of(files, "wes")["name"]] == "the dataset does not show channel"
    assert left[_group_of(files, "moe")["name"]] == "buyer is masked, and the filter asks for its value"


def test_a_filter_of_what_is_joined_hides_no_row(files: dict[str, Any]) -> None:
    assert "rls/joined.yaml" not in files, "an order whose customer is hidden stays"


def test_a_dataset_opens_when_all_its_tables_do(files: dict[str, Any]) -> None:
    assert set(files["roles/Everything.yaml"]["datasets"]) == {"plain"}
    assert files["roles/Customers.yaml"]["datasets"] == {}
    assert set(_group_of(files, "two")["datasets"]) == {"joined"}, "neither role by itself opens it"


def test_sql_is_for_the_roles_that_say_so(files: dict[str, Any]) -> None:
    for name in ("Everything", "Customers"):
        role = files[f"roles/{name}.yaml"]
        assert ("can_execute_sql_query SQLLab" in role["permissions"]) == (name == "Customers")
        assert (set(role["databases"]) == {"lakehouse_sql"}) == (name == "Customers")
    viewer = files["roles/Everything.yaml"]["permissions"]
    assert not [text for text in viewer if text.split()[0] in ("can_upload", "can_delete", "can_export_as_example")]
    written = {text for text in viewer if text.startswith("can_write")}
    assert not written & {f"can_write {what}" for what in ("Chart", "Dashboard", "Dataset", "Database", "Theme")}
    assert "can_explore_json Superset" not in viewer, "its answers are kept for all people alike"


def test_who_may_change_everything_has_superset_s_own_role(files: dict[str, Any]) -> None:
    assert "roles/Admin.yaml" not in files
    assert _group_of(files, "root")["roles"] == ["Admin"]


def test_groups_are_trino_s(tmp_path: Path, files: dict[str, Any]) -> None:
    folder = _bundle(tmp_path)
    trino = access_files(load_policies(folder, load_layer(folder)), catalog="iceberg")
    ours = {f"{n[7:-5]}:{','.join(data['members'])}" for n, data in files.items() if n.startswith("groups/")}
    assert ours == set(trino.groups.splitlines()) - {f"{trino.version}:{trino.version}"}


def test_a_long_name_is_cut_to_what_superset_takes() -> None:
    names = {group_role(Standing((*(f"Role{n}OfTheCompany" for n in range(9)), last))) for last in ("Xa", "Xb")}
    assert len(names) == 2
    assert all(len(name) <= 64 and name.startswith(GROUP_PREFIX) for name in names)


def test_a_role_that_is_gone_takes_its_file_along(tmp_path: Path) -> None:
    folder, assets = _bundle(tmp_path / "semantic_layer"), tmp_path / "superset_assets"
    layer = load_layer(folder)
    plan_build(layer, folder, assets).write()
    assert plan_build(layer, folder, assets).changes() == []
    moved = POLICY.replace("{name: wes, roles: [ByChannel]}", "{name: wes, roles: [Regional]}")
    (folder / "policies" / "access.yml").write_text(moved, encoding="utf-8")
    changes = {path.name: how for how, path in plan_build(layer, folder, assets).changes()}
    assert changes["bychannel.yaml"] == "deleted"


def test_the_reference_bundle_is_read_back() -> None:
    access = read_access(ROOT / "superset_assets")
    assert access.people["elena"] == ("Lakefront group: regionmanager-b34313414c", "Lakefront: RegionManager")
    assert access.people["admin"] == ("Admin", "Lakefront group: admin")


def test_a_file_that_was_edited_is_told(tmp_path: Path) -> None:
    (tmp_path / "roles").mkdir()
    (tmp_path / "roles" / "Viewer.yaml").write_text("version: 1.0.0\nname: x\n", encoding="utf-8")
    with pytest.raises(BadInputError, match="description") as raised:
        read_access(tmp_path)
    assert "lakefront semantic build" in raised.value.fix


def test_the_password_of_a_person_is_told_by_name(tmp_path: Path) -> None:
    secrets = {
        f"LAKEFRONT_{name}": "x" * 32
        for name in ("S3_ACCESS_KEY", "S3_SECRET_KEY", "SUPERSET_SECRET_KEY", "SUPERSET_PASSWORD", "SIGNING_KEY")
    }
    told = {user: lakefront("password", "--user", user, home=tmp_path, env=secrets) for user in ("ana", "nobody")}
    assert told["ana"].returncode == 0
    assert len(told["ana"].stdout.strip()) == 16
    assert told["nobody"].returncode == 2
    assert "no policy gives 'nobody' a role" in told["nobody"].stderr
