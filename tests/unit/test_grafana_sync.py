"""Plan, apply and pull, on a server that keeps dashboards as Grafana's API documents it and is not Grafana."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lakefront.errors import BadInputError, CheckFailedError, NotAllowedError, PartlyDoneError, UnreachableError
from lakefront.grafana.apply import apply, plan
from lakefront.grafana.client import GrafanaClient
from lakefront.grafana.plan_text import lines_of, summary
from lakefront.grafana.pull import Choice, Pull, pull
from lakefront.versions.steps import Action
from tests.support.dashboard_server import TOKEN, DashboardServer
from tests.support.grafana_bundle import GrafanaBundle


@pytest.fixture(params=[False, True], ids=["as Grafana 9", "as Grafana 12"])
def server(request: pytest.FixtureRequest) -> Iterator[DashboardServer]:
    with DashboardServer(paged_versions=request.param) as running:
        yield running


@pytest.fixture
def bundle(tmp_path: Path) -> GrafanaBundle:
    return GrafanaBundle(tmp_path / "bundle")


def say(_: str) -> None:
    return


def planned(bundle: GrafanaBundle, server: DashboardServer) -> list[tuple[Action, str]]:
    return [(step.action, step.key) for step in plan(bundle.settings(server.url), say).steps]


def pulled(bundle: GrafanaBundle, server: DashboardServer, choice: Choice | None = None) -> Pull:
    return pull(bundle.settings(server.url), choice or Choice(), say, write=True)


def panel(data: dict[str, Any], title: str) -> dict[str, Any]:
    return next(item for item in data["panels"] if item.get("title") == title)


def test_a_server_that_is_not_grafana_gets_folder_and_dashboards_once(
    bundle: GrafanaBundle, server: DashboardServer
) -> None:
    applied = apply(bundle.settings(server.url), say)
    assert server.folders == {"shop": "Shop"}
    assert set(server.dashboards) == {"shop", "machines"}
    assert {kept.folder_uid for kept in server.dashboards.values()} == {"shop"}
    assert [item.url for item in applied.dashboards] == [f"{server.url}/d/machines", f"{server.url}/d/shop"]
    server.calls.clear()
    again = apply(bundle.settings(server.url), say)
    assert again.plan.empty
    assert server.writes == []


def test_a_dry_look_writes_nothing(bundle: GrafanaBundle, server: DashboardServer) -> None:
    made = plan(bundle.settings(server.url), say)
    assert [step.action for step in made.steps] == [Action.CREATE, Action.CREATE]
    assert made.folder
    assert server.writes == []


def test_what_git_changed_is_told_apart_from_what_was_edited(bundle: GrafanaBundle, server: DashboardServer) -> None:
    apply(bundle.settings(server.url), say)
    bundle.replace("shop", "title: The shop", "title: Our shop")
    edited = server.newest("machines")
    edited["refresh"] = "5m"
    server.edit("machines", edited)
    made = plan(bundle.settings(server.url), say)
    assert [(step.key, step.action) for step in made.steps] == [
        ("machines", Action.DRIFT),
        ("shop", Action.CHANGE),
    ]
    assert [line for line in lines_of(made) if line.startswith("!")] == [
        "! drift    definitions/machines.yml  Machines  (edited in Grafana; apply puts it back)"
    ]
    apply(bundle.settings(server.url), say)
    assert server.newest("machines")["refresh"] == ""
    assert server.newest("shop")["title"] == "Our shop"
    assert planned(bundle, server) == []


def test_a_field_that_both_changed_is_a_conflict(bundle: GrafanaBundle, server: DashboardServer) -> None:
    apply(bundle.settings(server.url), say)
    bundle.replace("shop", "title: The shop", "title: Our shop")
    server.edit("shop", {**server.newest("shop"), "title": "Her shop"})
    assert planned(bundle, server) == [(Action.CONFLICT, "shop")]


def test_what_a_server_and_a_browser_add_by_themselves_is_no_drift(
    bundle: GrafanaBundle, server: DashboardServer
) -> None:
    apply(bundle.settings(server.url), say)
    saved = server.newest("shop") | {"schemaVersion": 41, "iteration": 7, "gnetId": None, "preload": False}
    saved["annotations"] = {"list": [{"builtIn": 1, "name": "Annotations & Alerts"}]}
    for item in saved["panels"]:
        item["pluginVersion"] = "11.2.0"
    saved["templating"]["list"][-1]["current"] = {"text": ["US"], "value": ["US"]}
    server.edit("shop", saved)
    assert planned(bundle, server) == []


def test_a_deleted_dashboard_comes_back_and_one_that_git_dropped_goes(
    bundle: GrafanaBundle, server: DashboardServer
) -> None:
    apply(bundle.settings(server.url), say)
    bundle.replace("shop", "links: [machines]\n", "")
    (bundle.definitions / "machines.yml").unlink()
    del server.dashboards["shop"]
    assert planned(bundle, server) == [(Action.CREATE, "shop"), (Action.DELETE, "machines")]
    apply(bundle.settings(server.url), say)
    assert set(server.dashboards) == {"shop"}


def test_what_is_not_ours_is_never_touched(bundle: GrafanaBundle, server: DashboardServer) -> None:
    server.save("hers", {"uid": "hers", "title": "Hers", "panels": []}, "", "shop")
    server.save("elsewhere", {"uid": "elsewhere", "title": "Elsewhere", "panels": []}, "", "")
    apply(bundle.settings(server.url), say)
    made = plan(bundle.settings(server.url), say)
    assert made.empty
    assert made.unmanaged == ("Hers",)
    assert "1 dashboards in the folder are not of this bundle" in summary(made)
    assert len(server.dashboards["hers"].versions) == len(server.dashboards["elsewhere"].versions) == 1


def test_a_uid_that_another_folder_has_is_refused_before_anything_is_written(
    bundle: GrafanaBundle, server: DashboardServer
) -> None:
    server.save("shop", {"uid": "shop", "title": "Somebody's", "panels": []}, "", "private")
    with pytest.raises(BadInputError) as refused:
        apply(bundle.settings(server.url), say)
    assert refused.value.code == "grafana-uid-elsewhere"
    assert server.writes == []


def test_who_saves_meanwhile_is_not_overwritten(bundle: GrafanaBundle, server: DashboardServer) -> None:
    apply(bundle.settings(server.url), say)
    with GrafanaClient(server.url, TOKEN) as client, pytest.raises(CheckFailedError) as refused:
        client.save(server.newest("shop"), "shop", "too late", over=0)
    assert refused.value.code == "grafana-changed"


def test_an_apply_that_is_stopped_says_what_is_done(bundle: GrafanaBundle, server: DashboardServer) -> None:
    apply(bundle.settings(server.url), say)
    bundle.replace("shop", "title: The shop", "title: Our shop")
    bundle.replace("shop", "links: [machines]\n", "")
    (bundle.definitions / "machines.yml").unlink()
    settings = bundle.settings(server.url)

    def refuse(text: str) -> None:
        if text.startswith("delete"):
            server.refuse["/api/dashboards/uid/machines"] = 500

    with pytest.raises(PartlyDoneError) as stopped:
        apply(settings, refuse)
    assert stopped.value.code == "grafana-partly"
    server.refuse.clear()
    assert planned(bundle, server) == [(Action.DELETE, "machines")]


def test_a_wrong_token_is_told_and_is_in_no_message(bundle: GrafanaBundle, server: DashboardServer) -> None:
    settings = bundle.settings(server.url, LAKEFRONT_GRAFANA_TOKEN="glsa_wrong")
    with pytest.raises(NotAllowedError) as refused:
        plan(settings, say)
    assert refused.value.code == "grafana-login"
    assert "glsa_wrong" not in f"{refused.value}{refused.value.__cause__}{settings}"


def test_a_token_may_be_in_a_file(bundle: GrafanaBundle, server: DashboardServer, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n", encoding="utf-8")
    plan(bundle.settings(server.url, LAKEFRONT_GRAFANA_TOKEN="", LAKEFRONT_GRAFANA_TOKEN_FILE=str(file)), say)


def test_what_is_missing_is_told(bundle: GrafanaBundle) -> None:
    with pytest.raises(BadInputError) as nowhere:
        plan(bundle.settings(), say)
    assert nowhere.value.code == "grafana-missing-address"
    with pytest.raises(NotAllowedError) as nobody:
        plan(bundle.settings(GRAFANA_URL="http://127.0.0.1:1"), say)
    assert nobody.value.code == "secret-missing"
    with pytest.raises(UnreachableError) as away:
        plan(bundle.settings("http://127.0.0.1:1"), say)
    assert away.value.code == "grafana-unreachable"


def test_a_missing_data_source_is_warned_of(bundle: GrafanaBundle, server: DashboardServer) -> None:
    server.datasources.remove("lakefront-trino")
    [warning] = plan(bundle.settings(server.url), say).warnings
    assert "lakefront-trino" in warning


def test_a_token_that_may_not_know_data_sources_is_no_hindrance(bundle: GrafanaBundle, server: DashboardServer) -> None:
    server.refuse["/api/datasources/uid/lakefront-trino"] = 403
    assert plan(bundle.settings(server.url), say).warnings == ()


def test_a_dashboard_that_grafana_reads_from_a_file_is_warned_of(
    bundle: GrafanaBundle, server: DashboardServer
) -> None:
    apply(bundle.settings(server.url), say)
    server.provisioned.add("shop")
    [warning] = plan(bundle.settings(server.url), say).warnings
    assert "use files or `apply`, not both" in warning


def test_an_edit_that_a_definition_can_say_is_written_into_it(bundle: GrafanaBundle, server: DashboardServer) -> None:
    apply(bundle.settings(server.url), say)
    data = server.newest("machines")
    cpu = panel(data, "CPU")
    cpu["title"] = "CPU in use"
    cpu["fieldConfig"]["defaults"]["unit"] = "percent"
    cpu["fieldConfig"]["defaults"]["thresholds"]["steps"][1]["value"] = 0.6
    cpu["targets"][0]["expr"] = "max by (instance) (busy)"
    cpu["gridPos"]["w"] = 8
    panel(data, "Lines")["gridPos"].update({"x": 8})
    data["description"] = "How busy machines are."
    server.edit("machines", data)
    result = pulled(bundle, server)
    assert result.left == ()
    assert [item.name for item in result.files] == ["grafana_dashboards/definitions/machines.yml"]
    text = (bundle.definitions / "machines.yml").read_text(encoding="utf-8")
    for said in ("title: CPU in use", "unit: percent", "warning: 0.6", "max by (instance) (busy)", "width: 8"):
        assert said in text
    assert planned(bundle, server) == []


def test_comments_stay_and_sql_comes_back_with_its_variables(bundle: GrafanaBundle, server: DashboardServer) -> None:
    apply(bundle.settings(server.url), say)
    data = server.newest("shop")
    target = panel(data, "Orders")["targets"][0]
    target["rawSQL"] = target["rawSQL"].replace("LIMIT 10", "LIMIT 20")
    server.edit("shop", data)
    assert pulled(bundle, server).left == ()
    text = (bundle.definitions / "shop.yml").read_text(encoding="utf-8")
    assert text.startswith("# What the shop earns.\n")
    assert "# a comment that stays" in text
    assert "$region" in text
    assert "LIMIT 20" in text
    assert planned(bundle, server) == []


def test_panels_that_were_moved_or_removed_come_back_so(bundle: GrafanaBundle, server: DashboardServer) -> None:
    apply(bundle.settings(server.url), say)
    data = server.newest("shop")
    panel(data, "Orders")["gridPos"].update({"x": 0})
    panel(data, "Revenue")["gridPos"].update({"x": 18})
    server.edit("shop", data)
    machines = server.newest("machines")
    machines["panels"].remove(panel(machines, "Lines"))
    machines["templating"]["list"] = [item for item in machines["templating"]["list"] if item["query"] == "prometheus"]
    server.edit("machines", machines)
    assert pulled(bundle, server).left == ()
    text = (bundle.definitions / "shop.yml").read_text(encoding="utf-8")
    assert text.index("title: Orders") < text.index("title: Revenue")
    assert "Lines" not in (bundle.definitions / "machines.yml").read_text(encoding="utf-8")
    assert planned(bundle, server) == []


def test_what_a_definition_cannot_say_is_told_and_kept_as_json_where_that_is_asked(
    bundle: GrafanaBundle, server: DashboardServer
) -> None:
    apply(bundle.settings(server.url), say)
    data = server.newest("machines")
    panel(data, "CPU")["options"]["legend"]["displayMode"] = "table"
    server.edit("machines", data)
    result = pulled(bundle, server)
    assert result.files == ()
    assert "legend.displayMode" in result.left[0].because
    kept = pulled(bundle, server, Choice(("machines",), as_json=True))
    assert [item.name for item in kept.files] == ["grafana_dashboards/dashboards/machines.json"]
    assert not (bundle.definitions / "machines.yml").exists()
    apply(bundle.settings(server.url), say)
    assert planned(bundle, server) == []


def test_a_conflict_is_left_unless_theirs_is_asked_for(bundle: GrafanaBundle, server: DashboardServer) -> None:
    apply(bundle.settings(server.url), say)
    bundle.replace("shop", "title: The shop", "title: Our shop")
    server.edit("shop", {**server.newest("shop"), "title": "Her shop"})
    assert "both changed title" in pulled(bundle, server).left[0].because
    assert pulled(bundle, server, Choice(theirs=True)).left == ()
    assert "title: Her shop" in (bundle.definitions / "shop.yml").read_text(encoding="utf-8")


def test_a_dashboard_that_no_file_is_for_is_taken_as_it_is(bundle: GrafanaBundle, server: DashboardServer) -> None:
    apply(bundle.settings(server.url), say)
    made = {"uid": "hers", "title": "Hers", "schemaVersion": 39, "panels": [{"id": 1, "type": "piechart"}]}
    server.save("hers", made, "", "shop")
    with pytest.raises(BadInputError) as unknown:
        pulled(bundle, server, Choice(("Hres",), new=True))
    assert "Did you mean 'Hers'?" in unknown.value.what
    pulled(bundle, server, Choice(("Hers",), new=True))
    assert (bundle.json / "hers.json").is_file()
    assert planned(bundle, server) == []
