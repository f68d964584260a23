"""An environment whose schemas have other names: its models, its access rules, and its Superset."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from lakefront.config import Schemas, load_settings
from lakefront.errors import BadInputError
from lakefront.semantic import load_files, load_layer
from lakefront.semantic.compile import compile_query
from lakefront.semantic.emit.build import plan_build
from lakefront.semantic.emit.trino_access import access_files
from lakefront.semantic.policy.load import load_policies
from lakefront.semantic.query import parse_query
from lakefront.semantic.view_sql import compile_view
from lakefront.superset.bundle import read_bundle
from lakefront.superset.canonical import from_export, to_import
from lakefront.superset.environment import FOREIGN, here, in_bundle
from lakefront.superset.names import Names
from lakefront.superset.wanted import Wanted, read_wanted
from tests.support.cli import ROOT

STAGING = Schemas(prefix="stg_", names={"sales": "shop_sales", "crm.main": "crm_staging.main"}, env="staging")
PREFIX = Schemas(prefix="x_", env="local")
BUNDLE = ROOT / "semantic_layer"
ASSETS = ROOT / "superset_assets"


def _tables(sql: str) -> set[str]:
    return set(re.findall(r'(?:FROM|JOIN) ((?:"\w+"\.)+"\w+")', sql))


def test_models_read_the_environments_tables() -> None:
    layer = load_layer(BUNDLE, STAGING)
    assert layer.datasets["orders"].source == "shop_sales.orders"
    assert layer.datasets["accounts"].source == "crm_staging.main.accounts"
    assert layer.datasets["media_assets"].source == "stg_media.assets"
    assert layer.datasets["query_audit"].source == "stg_governance.query_audit"
    assert {rollup.target.split(".")[0] for rollup in layer.rollups.values()} == {"stg_rollups", "stg_markets"}
    sql = compile_query(parse_query(["revenue"], ["orders.region"]), layer).sql
    assert _tables(sql) == {'"shop_sales"."order_items"', '"shop_sales"."orders"'}


def test_a_view_is_the_bundles_but_for_its_schemas() -> None:
    plain, there = load_layer(BUNDLE), load_layer(BUNDLE, PREFIX)
    assert plain.views
    for name, view in plain.views.items():
        git, sql = compile_view(view, plain).sql, compile_view(there.views[name], there).sql
        assert sql.replace('"x_', '"') == git
        in_lake = {table for table in _tables(git) if table.count(".") == 1}
        assert {table.replace('"', '"x_', 1) for table in in_lake} == {t for t in _tables(sql) if t.count(".") == 1}


def test_a_dataset_over_a_select_reads_the_environments_tables(tmp_path: Path) -> None:
    text = (
        "version: 1\nname: m\ndescription: d\nowner: o\ndatasets:\n"
        "  - name: days\n    description: d\n    primary_key: [day]\n    sql: {sql}\n"
        "    columns: [{{name: day, type: date, description: d}}]\n"
    )
    file = tmp_path / "m.yml"
    file.write_text(text.format(sql="SELECT DISTINCT day FROM sales.days"), encoding="utf-8")
    assert load_files([file], STAGING).datasets["days"].sql == "SELECT DISTINCT day FROM shop_sales.days"
    file.write_text(text.format(sql="SELECT day FROM TABLE(system.days('sales'))"), encoding="utf-8")
    assert load_files([file]).datasets["days"].sql
    with pytest.raises(BadInputError) as caught:
        load_files([file], STAGING)
    assert caught.value.code == "model-schemas"
    assert str(caught.value.where) == f"{file}:9:32"


def test_access_rules_are_of_the_environments_tables() -> None:
    def rules(schemas: Schemas) -> str:
        return access_files(load_policies(BUNDLE, load_layer(BUNDLE, schemas)), catalog="iceberg").rules

    lake = {"sales", "analytics", "markets", "governance", "media", "marketing", "rollups"}
    git, there = json.loads(rules(Schemas())), json.loads(rules(PREFIX))
    of_git = [(rule["catalog"], rule["schema"], rule["table"]) for rule in git["tables"] if "table" in rule]
    of_there = [(rule["catalog"], rule["schema"], rule["table"]) for rule in there["tables"] if "table" in rule]
    moved = [
        (catalog, f"x_{schema}" if catalog == "iceberg" and schema in lake else schema, table)
        for catalog, schema, table in of_git
    ]
    assert sorted(of_there) == sorted(moved)
    # ".*": sizes of all tables, for who runs the platform.
    assert {schema for catalog, schema, _ in of_git if catalog == "iceberg"} == {*lake, "system", ".*"}
    # Filters and masks are the same, but for where the key of hashes is.
    assert '\\"x_governance\\".\\"mask_keys\\"' in rules(PREFIX)
    plain = [sorted(re.sub(r'\bx_|"rules-\w+"', "", text).split("\n")) for text in (rules(PREFIX), rules(Schemas()))]
    assert [line.rstrip(",") for line in plain[0]] == [line.rstrip(",") for line in plain[1]]


def test_tables_that_a_role_opens_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "p.yml").write_text(
        "version: 1\nname: p\ndescription: d\nowner: o\nroles:\n  - name: Reader\n    description: d\n"
        "    tables: [sales.*, media.assets, tpch.tiny.nation]\n"
        "users: [{name: rita, roles: [Reader]}]\n",
        encoding="utf-8",
    )
    loaded = load_policies(tmp_path, load_layer(BUNDLE, STAGING))
    opened = json.loads(access_files(loaded, catalog="iceberg").rules)["tables"]
    found = {(rule["catalog"], rule["schema"]) for rule in opened if rule.get("group") == "reader"}
    assert {("iceberg", "shop_sales"), ("iceberg", "stg_media"), ("tpch", "tiny")} <= found


def test_generated_files_keep_the_bundles_names() -> None:
    assert plan_build(load_layer(BUNDLE), BUNDLE, ASSETS).changes() == []


def _bundle(folder: Path, local: str, files: Mapping[str, str] | None = None) -> Path:
    shutil.copytree(ASSETS, folder / "superset_assets")
    for name, text in (files or {}).items():
        (folder / "superset_assets" / name).write_text(text, encoding="utf-8")
    (folder / "lakefront.toml").write_text(f'[bundle]\nname = "mine"\n[env.local]\n{local}\n', encoding="utf-8")
    return folder


def _wanted(folder: Path) -> Wanted:
    secrets = {f"LAKEFRONT_{name}": "x" for name in ("S3_ACCESS_KEY", "S3_SECRET_KEY", "SIGNING_KEY")}
    secrets |= {f"LAKEFRONT_SUPERSET_{name}": "x" for name in ("SECRET_KEY", "PASSWORD")}
    return read_wanted(load_settings(bundle=folder, home=folder / "home", environ=secrets))


def test_all_assets_come_back_as_git_has_them(tmp_path: Path) -> None:
    wanted = _wanted(_bundle(tmp_path, 'schema_prefix = "x_"\nschemas = {sales = "shop"}'))
    changed = 0
    for asset in wanted.bundle.of("datasets"):
        data = wanted.tidied(asset)
        sent = to_import(asset.folder, data, wanted.names)
        assert "x_" in sent["sql"] or '"shop"' in sent["sql"] or '"crm"' in sent["sql"]
        changed += sent["sql"] != data["sql"]
        assert from_export(asset.folder, sent, wanted.names) == data
    assert changed >= 4
    for name, data in wanted.extras.objects.items():
        folder = name.split("/")[0]
        sent = here(folder, data, wanted.schemas)
        assert in_bundle(folder, sent, wanted.schemas) == data
    alert = here("reports", wanted.extras.objects["reports/sales-no-orders-yesterday.yaml"], wanted.schemas)
    assert "FROM shop.orders" in alert["sql"]


DATASET = {
    "version": "1.0.0",
    "uuid": "u",
    "table_name": "t",
    "sql": "SELECT a FROM media.assets",
    "schema": "sales",
    "columns": [{"column_name": "a", "expression": "(SELECT max(b) FROM sales.b)"}],
    "metrics": [{"metric_name": "n", "expression": "count(*)"}],
    "fetch_values_predicate": "a IN (SELECT a FROM media.a)",
}
CHART = {
    "version": "1.0.0",
    "uuid": "c",
    "slice_name": "C",
    "viz_type": "nothing_known",
    "params": {
        "adhoc_filters": [
            {"clause": "WHERE", "expressionType": "SQL", "sqlExpression": "a IN (SELECT a FROM sales.b)"}
        ],
        "metrics": [{"expressionType": "SQL", "sqlExpression": "sum(a)", "label": "SELECT FROM sales.b"}],
    },
    "query_context": {"queries": [{"extras": {"where": "(a IN (SELECT a FROM sales.b))"}}]},
}


# A chart's parameters are told twice: by themselves, and in its query.
@pytest.mark.parametrize(("folder", "asset", "times"), [("datasets", DATASET, 1), ("charts", CHART, 3)])
def test_every_place_of_sql_is_changed_and_comes_back(folder: str, asset: dict[str, Any], times: int) -> None:
    names = Names(schemas=STAGING)
    sent = to_import(folder, asset, names)
    text = json.dumps(sent)
    assert "FROM sales.b)" not in text
    assert text.count("FROM shop_sales.b)") == times
    assert from_export(folder, sent, names) == asset


def test_a_physical_dataset_moves() -> None:
    crm = {"table_name": "accounts", "catalog": "crm", "schema": "main"}
    assert here("datasets", crm, STAGING) == {"table_name": "accounts", "catalog": "crm_staging", "schema": "main"}
    assert in_bundle("datasets", here("datasets", crm, STAGING), STAGING) == crm
    lake = {"table_name": "orders", "schema": "sales"}
    assert here("datasets", lake, STAGING) == {"table_name": "orders", "schema": "shop_sales"}
    assert in_bundle("datasets", here("datasets", lake, STAGING), STAGING) == lake


def test_an_edit_has_the_bundles_names_and_what_is_foreign_is_never_taken_for_gits() -> None:
    edited = {"sql": "SELECT a, b FROM shop_sales.orders WHERE c"}
    assert in_bundle("datasets", edited, STAGING)["sql"] == "SELECT a, b FROM sales.orders WHERE c"
    # Git's very text, on a server whose schemas have other names: it reads another environment's data.
    same = {"sql": "SELECT a FROM sales.orders", "schema": "sales"}
    back = in_bundle("datasets", same, STAGING)
    assert back["sql"] == FOREIGN + same["sql"]
    assert back["schema"] not in ("sales", "shop_sales")
    jinja = {"sql": "SELECT a FROM {{ t }}"}
    assert in_bundle("datasets", jinja, STAGING)["sql"] != jinja["sql"]


def test_names_in_capitals_come_back_as_git_writes_them(tmp_path: Path) -> None:
    sales = next(ASSETS.glob("datasets/lakehouse/sales.yaml"))
    text = sales.read_text(encoding="utf-8").replace('FROM "sales".', 'FROM "Sales".')
    wanted = _wanted(_bundle(tmp_path, 'schema_prefix = "x_"', {"datasets/lakehouse/sales.yaml": text}))
    asset = next(item for item in wanted.bundle.of("datasets") if item.slug == "sales")
    data = wanted.tidied(asset)
    assert '"Sales".' in data["sql"]
    assert from_export("datasets", to_import("datasets", data, wanted.names), wanted.names) == data


@pytest.mark.parametrize(
    ("sql", "place"),
    [
        ("sql: SELECT a FROM {{ t }}", ":5:20"),
        ("sql: |\n  SELECT a\n  FROM {{ t }}", ":7:8"),
        ("sql: SELECT 1\nmetrics:\n  - metric_name: n\n    expression: (SELECT 1 FROM {{ t }})", ":8:32"),
    ],
)
def test_sql_whose_tables_cannot_be_told_is_refused_with_its_place(tmp_path: Path, sql: str, place: str) -> None:
    database = read_bundle(ASSETS).of("databases")[0].uuid
    text = (
        f"version: 1.0.0\nuuid: 5f0f7f5e-3a86-4b6f-8d4e-0d4f3a8e5a11\ndatabase_uuid: {database}\ntable_name: t\n{sql}\n"
    )
    name = "datasets/lakehouse/t.yaml"
    folder = _bundle(tmp_path, 'schema_prefix = "x_"', {name: text})
    with pytest.raises(BadInputError) as caught:
        assert _wanted(folder).names
    assert caught.value.code == "asset-schemas"
    assert str(caught.value.where) == f"{folder}/superset_assets/{name}{place}"
    (folder / "lakefront.toml").write_text('[bundle]\nname = "mine"\n', encoding="utf-8")
    assert _wanted(folder).names.known == {}
