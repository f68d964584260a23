"""Definitions -> dashboards: the same each time, in a form that Grafana 9.3 to 13 read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from grafana_foundation_sdk.models import dashboard as sdk

from lakefront.config import LookTable, Schemas
from lakefront.grafana.build import compile_all, plan_build, plan_export
from lakefront.grafana.dashboard import CompileError, numbers_of, placed
from lakefront.grafana.load import DefinitionError, load_definitions
from lakefront.grafana.model import Kind, Panel, PanelQuery, Thresholds
from lakefront.grafana.panels import thresholds_json
from lakefront.grafana.sql import SqlError, Tables, qualified
from lakefront.grafana.validate.compiled import panels_of
from tests.support.cli import ROOT
from tests.support.grafana_bundle import GrafanaBundle

FOLDER = ROOT / "grafana_dashboards"
DASHBOARDS = sorted((FOLDER / "dashboards").glob("*.json"))
LOOK = LookTable()


@pytest.fixture
def bundle(tmp_path: Path) -> GrafanaBundle:
    return GrafanaBundle(tmp_path / "bundle")


def compiled(bundle: GrafanaBundle, uid: str) -> dict[str, Any]:
    return compile_all(bundle.settings(), bundle.tables()).dashboards[uid]


def problems(bundle: GrafanaBundle) -> list[str]:
    with pytest.raises((CompileError, DefinitionError)) as refused:
        compile_all(bundle.settings(), bundle.tables())
    error = refused.value
    assert isinstance(error, CompileError | DefinitionError)
    return [f"{item.where}: {item.what} [{item.code}]".replace(f"{bundle.definitions}/", "") for item in error.problems]


@pytest.mark.parametrize("file", DASHBOARDS, ids=lambda path: path.stem)
def test_the_types_of_grafanas_own_sdk_read_a_dashboard_and_lose_nothing(file: Path) -> None:
    data = json.loads(file.read_text(encoding="utf-8"))
    read = sdk.Dashboard.from_json(data)
    assert read.uid == file.stem
    assert len(read.panels or []) == len(data["panels"])
    assert {panel.id_val for panel in read.panels or [] if isinstance(panel, sdk.Panel)} == {
        panel["id"] for panel in data["panels"] if panel["type"] != "row"
    }


def test_the_bundle_has_the_dashboards_of_operations() -> None:
    assert {file.stem for file in DASHBOARDS} == {
        "lakehouse-overview", "trino", "iceberg", "object-storage", "data-quality", "performance", "logs", "audit",
        "kubernetes", "pipelines", "front-end",
    }  # fmt: skip


@pytest.mark.parametrize("file", sorted((FOLDER / "definitions").glob("*.yml")), ids=lambda path: path.stem)
def test_a_definition_fits_the_schema_that_editors_read(file: Path) -> None:
    schema = json.loads((FOLDER / "dashboard.schema.json").read_text(encoding="utf-8"))
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=../dashboard.schema.json\n")
    jsonschema.validate(yaml.safe_load(text), schema)


def test_a_second_build_changes_nothing_and_a_stale_file_goes(bundle: GrafanaBundle) -> None:
    first = plan_build(bundle.settings())
    assert {change for change, _ in first.changes()} == {"created"}
    first.write()
    assert plan_build(bundle.settings()).changes() == []
    bundle.replace("shop", "links: [machines]\n", "")
    (bundle.definitions / "machines.yml").unlink()
    changes = {(change, path.name) for change, path in plan_build(bundle.settings()).changes()}
    assert ("deleted", "machines.json") in changes


def test_a_dashboard_made_by_hand_stays_beside_the_others(bundle: GrafanaBundle) -> None:
    file = bundle.json / "hers.json"
    file.write_text('{"uid": "hers", "title": "Hers"}', encoding="utf-8")
    plan_build(bundle.settings()).write()
    assert file.exists()
    assert "hers" in compile_all(bundle.settings(), bundle.tables()).handmade


def test_json_that_is_none_is_told_by_line(bundle: GrafanaBundle) -> None:
    (bundle.json / "hers.json").write_text('{"uid": "hers",\n oops}', encoding="utf-8")
    with pytest.raises(Exception, match=r"hers\.json:2:2: this is not valid JSON"):
        compile_all(bundle.settings(), bundle.tables())


def test_ids_stay_when_panels_move(bundle: GrafanaBundle) -> None:
    before = {panel["title"]: panel["id"] for panel in compiled(bundle, "shop")["panels"]}
    panels = bundle.definitions / "shop.yml"
    text = panels.read_text(encoding="utf-8")
    start, second = text.index("      - title: Revenue"), text.index("      - title: Orders")
    panels.write_text(text[:start] + text[second:] + text[start:second], encoding="utf-8")
    assert {panel["title"]: panel["id"] for panel in compiled(bundle, "shop")["panels"]} == before


def test_panels_stand_from_left_to_right_and_wrap() -> None:
    text = [Panel(title=str(n), kind=Kind.TEXT, text="x", width=10, height=n) for n in (3, 5, 2)]
    places, end = placed(text, 1)
    assert [(place["x"], place["y"]) for place in places] == [(0, 1), (10, 1), (0, 6)]
    assert end == 8


def test_every_id_of_the_bundle_is_single() -> None:
    for _, said in load_definitions(FOLDER).dashboards:
        assert len(set(numbers_of(said))) == len(said.panels)


def test_metrics_come_through_the_semantic_layer_with_grafanas_time(bundle: GrafanaBundle) -> None:
    [revenue] = [panel for panel in compiled(bundle, "shop")["panels"] if panel["title"] == "Revenue"]
    sql = revenue["targets"][0]["rawSQL"]
    assert 'SUM("orders"."amount")' in sql
    assert "WITH_TIMEZONE($__timeFrom(), 'UTC')" in sql
    assert "IN (${region:sqlstring})" in sql
    assert 'FROM iceberg."shop"."orders"' in sql


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT a FROM s.t", "SELECT a FROM lake.here_s.t"),
        ("SELECT a FROM other.s.t", "SELECT a FROM other.s.t"),
        ("SELECT '$x' AS a", "SELECT '$x' AS a"),
        ("SELECT $x AS a", "SELECT ${x:sqlstring} AS a"),
        ('SELECT a FROM s."t$files"', 'SELECT a FROM lake.here_s."t$files"'),
        ("SELECT $__timeGroup(a, '5m') AS b", "SELECT $__timeGroup(a, '5m') AS b"),
    ],
)
def test_sql_names_catalog_and_schema_of_the_environment(bundle: GrafanaBundle, sql: str, expected: str) -> None:
    tables = Tables(bundle.tables().layer, Schemas("lake", "here_"), "lake")
    assert " ".join(qualified(sql, tables).split()) == expected


@pytest.mark.parametrize(
    "sql", ["SELECT", "DROP TABLE s.t", "SELECT 1; SELECT 2", "SELECT $__nothing(a)", "SELECT $__timeFilter(a, b, c)"]
)
def test_sql_that_is_no_query_is_refused(bundle: GrafanaBundle, sql: str) -> None:
    with pytest.raises(SqlError):
        qualified(sql, bundle.tables())


def test_each_mistake_is_told_at_its_place(bundle: GrafanaBundle) -> None:
    bundle.replace("shop", "unit: currencyEUR", "units: currencyEUR")
    bundle.replace("machines", "{promql: avg by (instance) (busy), legend", "{promq: avg by (instance) (busy), legend")
    assert problems(bundle) == [
        "machines.yml:16:14: 'promq' is not known here. Did you mean 'promql'? [grafana-unknown-key]",
        "shop.yml:17:9: 'units' is not known here. Did you mean 'unit'? [grafana-unknown-key]",
    ]


def test_a_metric_or_dashboard_that_does_not_exist_is_told_at_its_place(bundle: GrafanaBundle) -> None:
    bundle.replace("shop", "metrics: [revenue]", "metrics: [revenu]")
    bundle.replace("shop", "links: [machines]", "links: [machine]")
    found = problems(bundle)
    assert any(item.startswith("shop.yml:7:9: there is no dashboard 'machine'") for item in found)
    assert any("revenu" in item and "shop.yml:20:13" in item for item in found)


def test_a_uid_that_is_there_twice_is_refused(bundle: GrafanaBundle) -> None:
    bundle.replace("machines", "uid: machines", "uid: shop")
    bundle.replace("shop", "links: [machines]\n", "")
    assert problems(bundle) == ["shop.yml:3:6: the uid 'shop' is that of machines.yml already [grafana-uid-twice]"]


def test_a_panel_can_show_the_answer_of_another(bundle: GrafanaBundle) -> None:
    bundle.replace("shop", "      - title: Orders\n", REUSING + "      - title: Orders\n")
    panels = {panel["title"]: panel for panel in compiled(bundle, "shop")["panels"]}
    assert panels["Sum"]["targets"][0]["panelId"] == panels["Orders"]["id"]
    assert panels["Sum"]["options"]["reduceOptions"] == {"values": False, "calcs": ["sum"], "fields": "/^amount$/"}
    bundle.replace("shop", "{panel: Orders,", "{panel: Order,")
    assert "Did you mean 'Orders'?" in problems(bundle)[0]


REUSING = """\
      - title: Sum
        kind: stat
        unit: short
        total: sum
        queries: [{panel: Orders, field: amount}]
"""


@pytest.mark.parametrize(
    ("said", "steps"),
    [
        (Thresholds(warning=1, bad=2), [(LOOK.good, None), (LOOK.warning, 1), (LOOK.bad, 2)]),
        (Thresholds(bad=2), [(LOOK.good, None), (LOOK.bad, 2)]),
        (Thresholds(warning=2, bad=1, falling=True), [(LOOK.bad, None), (LOOK.warning, 1), (LOOK.good, 2)]),
        (Thresholds(bad=1, falling=True), [(LOOK.bad, None), (LOOK.good, 1)]),
    ],
)
def test_thresholds_become_steps_in_the_colours_of_the_bundle(
    said: Thresholds, steps: list[tuple[str, float | None]]
) -> None:
    made = thresholds_json(said, LOOK)["steps"]
    assert [(step["color"], step["value"]) for step in made] == steps


@pytest.mark.parametrize(
    "data",
    [
        {"promql": "up", "sql": "SELECT 1"},
        {},
        {"promql": "up", "by": ["a"]},
        {"promql": "up", "field": "a"},
    ],
)
def test_a_query_speaks_one_language(data: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"a query has one of|belong to `metrics`|is one of a `panel`"):
        PanelQuery.model_validate(data)


def test_rows_and_dashboards_without_metrics_are_left_out(bundle: GrafanaBundle) -> None:
    bundle.replace("machines", "  - title: Now\n", "  - title: Now\n    present_when: busy\n")
    bundle.replace("machines", "time: {since: now-1h}\n", "time: {since: now-1h}\npresent_when: machine\n")
    settings, tables = bundle.settings(), bundle.tables()
    assert compile_all(settings, tables, absent={"busy"}).dashboards["machines"]["panels"] == []
    assert "machines" not in compile_all(settings, tables, absent={"machine"}).dashboards
    assert len(compile_all(settings, tables).dashboards["machines"]["panels"]) == 3


def test_lucene_gets_what_was_typed_and_not_what_grafana_escapes() -> None:
    data = json.loads((FOLDER / "dashboards" / "logs.json").read_text(encoding="utf-8"))
    searches = {target["query"] for panel in panels_of(data) for target in panel.get("targets", [])}
    assert "service:${service:raw} AND level:${level:raw} AND (${text:raw})" in searches


def test_an_export_has_all_that_a_grafana_reads(bundle: GrafanaBundle, tmp_path: Path) -> None:
    plan_export(bundle.settings(), tmp_path / "out").write()
    names = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert names == {
        "dashboards/machines.json", "dashboards/shop.json", "provisioning/dashboards/lakefront.yaml",
        "provisioning/datasources/lakefront.yaml", "provisioning/plugins/lakefront.yaml",
    }  # fmt: skip


def test_data_sources_hold_no_address_and_no_secret() -> None:
    for file in (FOLDER / "provisioning").rglob("*.yaml"):
        for line in file.read_text(encoding="utf-8").splitlines():
            key, _, value = line.strip().partition(": ")
            if key in ("url", "basicAuthPassword", "addresses", "password"):
                # From the environment; or a link to a dashboard of the same Grafana, whose address it does not say.
                assert value.strip("'").startswith(("$", "/d/")), f"{file}: {line}"
