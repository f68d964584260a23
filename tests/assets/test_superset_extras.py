"""What Superset's import leaves out, on a real Superset: what was put is what is read, doing it twice does nothing."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from lakefront.config import Settings
from lakefront.errors import CheckFailedError
from lakefront.semantic.emit.superset import asset_uuid
from lakefront.superset.apply import apply
from lakefront.superset.bundle import KINDS, Bundle, read_bundle
from lakefront.superset.client import SupersetClient
from lakefront.superset.connection import lakehouse_connection
from lakefront.superset.extras import (
    Directory,
    Extras,
    Ids,
    delete_object,
    identity,
    put_links,
    put_object,
    read_files,
    read_live,
    settle,
)
from lakefront.superset.text import dump, leading_comments
from tests.support.cli import ROOT
from tests.support.full_bundle import ALL_OF_AN_ALERT, LINKS, with_links
from tests.support.superset_export import pack

pytestmark = pytest.mark.stack

ASSETS = ROOT / "superset_assets"


#: Whom files call so.
EXPLORER = ("https://explorer.example.com",)


class Recording(SupersetClient):
    """A session that remembers what it wrote, and can end after some of it as a killed process would."""

    written: list[str]
    ends_after: int | None

    def _ask(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        answer = super()._ask(method, path, **options)
        if method != "GET" and path != "/security/login":
            self.written.append(f"{method} {path}")
            if self.ends_after is not None and len(self.written) >= self.ends_after:
                raise KeyboardInterrupt
        return answer


@pytest.fixture(scope="module")
def bundle(stack: Settings) -> Bundle:
    """The reference bundle's assets, all of them on the server."""
    apply(stack, lambda _: None)
    return read_bundle(ASSETS)


@pytest.fixture
def client(stack: Settings, bundle: Bundle) -> Iterator[Recording]:
    """A session of the admin; what a test leaves behind is taken away."""
    session = Recording.from_settings(stack, timeout=120)
    session.written, session.ends_after = [], None
    with session:
        ids = _ids(session, bundle)
        before = read_live(session, ids, {})
        yield session
        session.ends_after = None
        ids = _ids(session, bundle)
        for name, data in read_live(session, ids, {}).objects.items():
            if before.objects.get(name) != data:
                delete_object(session, name, data)
        here, ids = Directory.read(session), _with_themes(ids, before.objects)
        after = read_live(session, ids, {})
        for asset in bundle.assets:
            links = before.links.get(asset.uuid, {})
            if after.links.get(asset.uuid, {}) != links:
                put_links(session, asset.uuid, KINDS[asset.folder], links, ids, directory=here)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The reference bundle with links of a dashboard, a chart and a dataset, and with an alert that has all keys."""
    folder = Path(shutil.copytree(ASSETS, tmp_path / "superset_assets"))
    with_links(folder)
    return folder


def _ids(client: SupersetClient, bundle: Bundle) -> Ids:
    live = {kind: client.ids(kind) for kind in KINDS.values()}  # type: ignore[arg-type]
    names = {asset.uuid: asset.name for asset in bundle.assets}
    return Ids(live, names)


def _with_themes(ids: Ids, objects: Mapping[str, Mapping[str, Any]]) -> Ids:
    return Ids(ids.of, {**ids.names, **{data["uuid"]: name for name, data in objects.items() if "uuid" in data}})


def _known(*groups: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    return {name: identity(name, data) for objects in groups for name, data in objects.items()}


def _put_all(client: SupersetClient, files: Extras, bundle: Bundle) -> None:
    ids = _with_themes(_ids(client, bundle), files.objects)
    here = Directory.read(client, EXPLORER)
    for name, data in files.objects.items():
        put_object(client, name, data, ids, directory=here)
    here = Directory.read(client, EXPLORER)
    for asset in bundle.assets:
        if asset.uuid in files.links:
            put_links(client, asset.uuid, KINDS[asset.folder], files.links[asset.uuid], ids, directory=here)


def _read(client: SupersetClient, files: Extras, bundle: Bundle) -> Extras:
    """Return what is live of what the files name."""
    ids = _with_themes(_ids(client, bundle), files.objects)
    live = read_live(client, ids, _known(files.objects), wanted=files, directory=Directory.read(client, EXPLORER))
    return Extras(
        {name: data for name, data in live.objects.items() if name in files.objects},
        {name: links for name, links in live.links.items() if name in files.links},
    )


def _report(client: SupersetClient, name: str) -> dict[str, Any]:
    found = next(row for row in client.rows("/report/", order="name") if row["name"] == name)
    return dict(client.get(f"/report/{found['id']}")["result"])


# --- The whole -------------------------------------------------------------------------------------------------------


def test_what_git_says_is_what_is_live_and_twice_does_nothing(client: Recording, folder: Path) -> None:
    bundle = read_bundle(folder)
    files = read_files(folder, bundle)
    assert len(files.links) >= 3
    assert len(files.objects) >= 5
    _put_all(client, files, bundle)
    settled, warnings = settle(files, Directory.read(client, EXPLORER), {})
    assert warnings == ()
    live = _read(client, files, bundle)
    assert live == settled == files
    for name, data in live.objects.items():
        text = (folder / name).read_text(encoding="utf-8")
        assert dump(data, leading_comments(text)) == text, name
    client.written.clear()
    _put_all(client, files, bundle)
    assert client.written == []


@pytest.mark.parametrize(
    "every", [pytest.param(5, id="every fifth"), pytest.param(1, id="each", marks=pytest.mark.long)]
)
def test_an_end_at_any_point_is_finished_by_the_next_time(client: Recording, folder: Path, every: int) -> None:
    bundle = read_bundle(folder)
    wanted = read_files(folder, bundle)
    uuids = {asset.uuid for asset in bundle.assets if asset.name in LINKS}
    files = Extras(wanted.objects, {name: wanted.links[name] for name in uuids})

    def put_nothing() -> None:
        for name, data in files.objects.items():
            delete_object(client, name, data)
        _put_all(client, Extras({}, {name: {} for name in uuids}), bundle)
        client.written.clear()

    put_nothing()
    _put_all(client, files, bundle)
    writes = len(client.written)
    assert writes > 8
    for point in range(1, writes + 1, every):
        put_nothing()
        client.ends_after = point
        with pytest.raises(KeyboardInterrupt):
            _put_all(client, files, bundle)
        client.ends_after = None
        _put_all(client, files, bundle)
        live = _read(client, files, bundle)
        assert live.objects == files.objects, f"ended after {point} of {writes}"
        assert {name: live.links[name] for name in uuids} == files.links, f"ended after {point} of {writes}"
    found = read_live(client, _ids(client, bundle), {}).objects
    titles = [str(data.get("theme_name") or data.get("template_name") or data.get("name")) for data in found.values()]
    assert len(titles) == len(set(titles)), "nothing is there twice"


def test_what_people_made_is_told_and_not_touched(client: Recording, bundle: Bundle) -> None:
    files = read_files(ASSETS, bundle)
    client.post("/css_template/", {"template_name": "Mine (test)", "css": "a {}"})
    client.post("/css_template/", {"template_name": "lakefront:test:state:0", "css": "a note of this tool"})
    client.post("/theme/", {"theme_name": "Mine (test)", "json_data": '{"token": {"borderRadius": 0}}'})
    _put_all(client, files, bundle)
    live = read_live(client, _ids(client, bundle), _known(files.objects), wanted=files)
    assert live.objects["css/mine-test.yaml"] == {"version": "1.0.0", "template_name": "Mine (test)", "css": "a {}"}
    assert live.objects["themes/mine-test.yaml"]["json_data"] == {"token": {"borderRadius": 0}}
    assert not any("state" in name or "THEME" in name for name in live.objects), "notes and system themes are left out"
    note = next(row for row in client.rows("/css_template/", order="template_name") if "state" in row["template_name"])
    client.remove("/css_template/", [int(note["id"])])


# --- Themes ----------------------------------------------------------------------------------------------------------


def _theme(**more: Any) -> dict[str, Any]:
    look = {"algorithm": "dark", "token": {"colorPrimary": "#123456", "fontSizeXS": "8", **more}}
    return {"version": "1.0.0", "uuid": asset_uuid("theme", "test"), "theme_name": "Test 테마", "json_data": look}


def test_a_changed_theme_stays_the_theme_of_its_dashboards(client: Recording, bundle: Bundle) -> None:
    ids = Ids(_ids(client, bundle).of, {asset_uuid("theme", "test"): "themes/test.yaml"})
    dashboard = asset_uuid("dashboard", "sales-overview")
    put_object(client, "themes/test.yaml", _theme(), ids)
    put_links(client, dashboard, "dashboard", {"theme": "test"}, ids)
    number = Directory.read(client).themes[asset_uuid("theme", "test")]
    put_object(client, "themes/test.yaml", _theme(borderRadius=0), ids)
    live = read_live(client, ids, {"themes/test.yaml": asset_uuid("theme", "test")})
    assert live.objects["themes/test.yaml"] == _theme(borderRadius=0)
    assert live.links[dashboard]["theme"] == "test"
    assert Directory.read(client).themes[asset_uuid("theme", "test")] == number
    told = {dashboard: asset_uuid("theme", "test")}
    assert read_live(client, ids, {}, themes_of=told).links[dashboard] == live.links[dashboard]
    delete_object(client, "themes/test.yaml", _theme())
    delete_object(client, "themes/test.yaml", _theme())
    assert "theme" not in read_live(client, ids, {}).links.get(dashboard, {})


def test_a_theme_with_a_new_uuid_takes_the_old_one_s_place(client: Recording, bundle: Bundle) -> None:
    ids = _ids(client, bundle)
    after = {**_theme(), "uuid": str(uuid.uuid4())}
    put_object(client, "themes/test.yaml", _theme(), ids)
    put_object(client, "themes/test.yaml", after, ids, before=_theme())
    themes = Directory.read(client).themes
    assert after["uuid"] in themes
    assert _theme()["uuid"] not in themes


def test_what_superset_takes_out_of_a_theme_is_told(client: Recording, bundle: Bundle) -> None:
    theme = _theme(brandSpinnerUrl="data:image/png;base64,AAAA")
    with pytest.raises(CheckFailedError, match=r"does not keep .* token.brandSpinnerUrl"):
        put_object(client, "themes/test.yaml", theme, _ids(client, bundle))


def test_a_theme_that_superset_refuses_is_told_in_its_words(client: Recording, bundle: Bundle) -> None:
    theme = _theme(fontUrls=["https://fonts.example.com/a.css"])
    with pytest.raises(CheckFailedError, match=r"fonts\.example\.com"):
        put_object(client, "themes/test.yaml", theme, _ids(client, bundle))


# --- CSS templates ---------------------------------------------------------------------------------------------------


def test_a_template_is_changed_renamed_and_deleted(client: Recording, bundle: Bundle) -> None:
    ids = _ids(client, bundle)
    first = {"version": "1.0.0", "template_name": "It's one! (test)", "css": "a { color: red }\n"}
    second = {**first, "css": "a { color: blue }\n"}
    third = {**second, "template_name": "(test) Two"}
    put_object(client, "css/a.yaml", first, ids)
    put_object(client, "css/a.yaml", second, ids)
    assert read_live(client, ids, {"css/a.yaml": "It's one! (test)"}).objects["css/a.yaml"] == second
    put_object(client, "css/a.yaml", third, ids, before=second)
    put_object(client, "css/a.yaml", third, ids, before=second)
    live = read_live(client, ids, {"css/a.yaml": "(test) Two"}).objects
    assert live["css/a.yaml"] == third
    assert not any(data.get("template_name") == "It's one! (test)" for data in live.values())
    delete_object(client, "css/a.yaml", third)
    delete_object(client, "css/a.yaml", third)
    assert "css/test-two.yaml" not in read_live(client, ids, {}).objects


def test_two_templates_of_one_name_are_told(client: Recording, bundle: Bundle) -> None:
    data = {"version": "1.0.0", "template_name": "Twice (test)", "css": "a {}"}
    for css in ("b {}", "c {}"):
        client.post("/css_template/", {"template_name": "Twice (test)", "css": css})
    ids = _ids(client, bundle)
    with pytest.raises(CheckFailedError, match=r"more than one CSS template named 'Twice \(test\)'"):
        put_object(client, "css/a.yaml", data, ids)
    with pytest.raises(CheckFailedError, match="superset-name-twice"):
        read_live(client, ids, {"css/a.yaml": "Twice (test)"})
    unknown = read_live(client, ids, {}).objects
    assert {"css/twice-test.yaml", "css/twice-test-2.yaml"} <= set(unknown)
    for row in list(client.rows("/css_template/", order="template_name")):
        if row["template_name"] == "Twice (test)":
            client.remove("/css_template/", [int(row["id"])])


# --- Alerts and reports ----------------------------------------------------------------------------------------------


def _live_report(client: Recording, ids: Ids, data: Mapping[str, Any]) -> Mapping[str, Any]:
    known = {"reports/a.yaml": identity("reports/a.yaml", data)}
    return read_live(client, ids, known, wanted=Extras({"reports/a.yaml": data})).objects["reports/a.yaml"]


def test_every_key_of_an_alert_comes_back(client: Recording, bundle: Bundle) -> None:
    ids = _ids(client, bundle)
    assert put_object(client, "reports/a.yaml", ALL_OF_AN_ALERT, ids) == ()
    assert _live_report(client, ids, ALL_OF_AN_ALERT) == ALL_OF_AN_ALERT
    client.written.clear()
    put_object(client, "reports/a.yaml", ALL_OF_AN_ALERT, ids)
    assert client.written == []


def test_keys_that_are_taken_out_go_back_to_what_they_are_without(client: Recording, bundle: Bundle) -> None:
    ids = _ids(client, bundle)
    put_object(client, "reports/a.yaml", ALL_OF_AN_ALERT, ids)
    kept = ("version", "name", "type", "active", "database", "crontab", "sql", "recipients")
    short = {key: ALL_OF_AN_ALERT[key] for key in kept}
    short |= {"dashboard": "sales-overview", "validator_type": "not null"}
    put_object(client, "reports/a.yaml", short, ids)
    assert _live_report(client, ids, short) == short
    row = _report(client, "It's all! (test)")
    assert row["chart"] is None
    assert (row["timezone"], row["report_format"], row["grace_period"]) == ("UTC", "PNG", 14400)


def test_an_alert_that_becomes_a_report_of_another_name_is_one_thing(client: Recording, bundle: Bundle) -> None:
    ids = _ids(client, bundle)
    report = {
        "version": "1.0.0",
        "name": "Renamed (test)",
        "type": "Report",
        "active": False,
        "chart": "sales-kpi-orders",
        "crontab": "0 0 1 * *",
        "recipients": [{"target": "a@example.com", "type": "Email"}],
    }
    put_object(client, "reports/a.yaml", ALL_OF_AN_ALERT, ids)
    number = _report(client, "It's all! (test)")["id"]
    put_object(client, "reports/a.yaml", report, ids, before=ALL_OF_AN_ALERT)
    assert _live_report(client, ids, report) == report
    assert _report(client, "Renamed (test)")["id"] == number
    delete_object(client, "reports/a.yaml", report)
    delete_object(client, "reports/a.yaml", report)
    assert "reports/renamed-test.yaml" not in read_live(client, ids, {}).objects


def test_an_edit_on_the_server_is_seen_and_put_right(client: Recording, bundle: Bundle) -> None:
    ids = _ids(client, bundle)
    put_object(client, "reports/a.yaml", ALL_OF_AN_ALERT, ids)
    client.put(f"/report/{_report(client, 'It' + chr(39) + 's all! (test)')['id']}", {"crontab": "1 1 * * *"})
    live = _live_report(client, ids, ALL_OF_AN_ALERT)
    assert {key for key in live if live[key] != ALL_OF_AN_ALERT[key]} == {"crontab"}
    put_object(client, "reports/a.yaml", ALL_OF_AN_ALERT, ids)
    assert _live_report(client, ids, ALL_OF_AN_ALERT) == ALL_OF_AN_ALERT


def test_a_report_of_something_that_is_not_there_is_told(client: Recording, bundle: Bundle) -> None:
    data = {**ALL_OF_AN_ALERT, "chart": "nowhere"}
    with pytest.raises(CheckFailedError, match="Superset has no chart 'nowhere'"):
        put_object(client, "reports/a.yaml", data, _ids(client, bundle))


def test_an_owner_without_account_is_left_out_with_a_warning(client: Recording, bundle: Bundle) -> None:
    ids = _ids(client, bundle)
    data = {**ALL_OF_AN_ALERT, "owners": ["ana", "zoe"]}
    said = put_object(client, "reports/a.yaml", data, ids)
    assert ["'zoe' has no account" in line for line in said] == [True]
    settled, _ = settle(Extras({"reports/a.yaml": data}), Directory.read(client), {})
    assert _live_report(client, ids, data) == settled.objects["reports/a.yaml"]


def test_what_a_person_ordered_for_herself_is_hers(client: Recording, bundle: Bundle) -> None:
    ids = _ids(client, bundle)
    chart = ids.of["chart"][asset_uuid("chart", "sales-by-country")]
    body = {"type": "Report", "name": "My own (test)", "chart": chart, "crontab": "0 9 * * *", "active": False}
    client.post("/report/", {**body, "creation_method": "charts"})
    try:
        assert "reports/my-own-test.yaml" not in read_live(client, ids, {}).objects
    finally:
        client.remove("/report/", [int(_report(client, "My own (test)")["id"])])


# --- Links -----------------------------------------------------------------------------------------------------------


def test_links_are_set_changed_and_taken_away(client: Recording, bundle: Bundle) -> None:
    ids = _ids(client, bundle)
    chart = asset_uuid("chart", "sales-by-country")
    for links in (
        {"owners": ["ana"], "tags": ["a (test)", "b (test)"]},
        {"owners": ["ana", "dana"], "tags": ["b (test)", "c (test)"]},
        {"tags": ["c (test)"]},
        {"owners": ["admin", "dana"]},
        {},
    ):
        put_links(client, chart, "chart", links, ids)
        wanted = Extras({}, {chart: links})
        assert read_live(client, ids, {}, wanted=wanted).links.get(chart, {}) == links
        client.written.clear()
        put_links(client, chart, "chart", links, ids)
        assert client.written == []


def test_pages_are_allowed_changed_and_taken_away_and_the_address_stays(client: Recording, bundle: Bundle) -> None:
    ids, here = _ids(client, bundle), Directory.read(client, EXPLORER)
    dashboard = asset_uuid("dashboard", "sales-overview")
    for embedded in (["explorer"], ["explorer", "https://a.example.com"], ["https://a.example.com"], [], ["explorer"]):
        links = {"embedded": embedded} if embedded else {}
        put_links(client, dashboard, "dashboard", links, ids, directory=here)
        live = read_live(client, ids, {}, directory=here)
        assert live.links.get(dashboard, {}).get("embedded", []) == embedded
        if embedded:
            told = client.one(f"/dashboard/{ids.id('dashboard', 'sales-overview')}/embedded")
            assert told["uuid"] == dashboard, "pages find it by the uuid that git has"
        client.written.clear()
        put_links(client, dashboard, "dashboard", links, ids, directory=here)
        assert client.written == []
    with pytest.raises(CheckFailedError, match="superset-embedded"):
        put_links(client, dashboard, "dashboard", {"embedded": ["explorer"]}, ids)


def test_an_import_makes_no_difference_to_links(client: Recording, stack: Settings, bundle: Bundle) -> None:
    ids = _ids(client, bundle)
    chart = asset_uuid("chart", "sales-by-country")
    links = {"owners": ["ana"], "tags": ["a (test)"]}
    put_links(client, chart, "chart", links, ids)
    connection = lakehouse_connection(stack)
    client.import_assets(pack(bundle, {asset.uuid: connection for asset in bundle.of("databases")}))
    owners = client.get(f"/chart/{ids.of['chart'][chart]}")["result"]["owners"]
    assert len(owners) == 2, "the import has made the admin an owner"
    assert read_live(client, ids, {}).links[chart] == links
    put_links(client, chart, "chart", links, ids)
    assert len(client.get(f"/chart/{ids.of['chart'][chart]}")["result"]["owners"]) == 1


def test_superset_s_own_tags_are_left_alone(client: Recording, bundle: Bundle) -> None:
    ids = _ids(client, bundle)
    chart = asset_uuid("chart", "sales-by-country")
    path = f"/chart/{ids.of['chart'][chart]}"
    for links in ({"tags": ["a (test)"], "owners": ["ana"]}, {"owners": ["ana"]}):
        put_links(client, chart, "chart", links, ids)
        names = {tag["name"] for tag in client.get(path)["result"]["tags"]}
        assert "type:chart" in names, "TAGGING_SYSTEM gives it"
        assert read_live(client, ids, {}).links[chart] == links


def test_owners_of_a_dataset_change_nothing_else_of_it(client: Recording, bundle: Bundle) -> None:
    ids = _ids(client, bundle)
    dataset = asset_uuid("dataset", "sales")
    path = f"/dataset/{ids.of['dataset'][dataset]}"
    client.put(path, {"always_filter_main_dttm": True})
    before = client.get(path)["result"]
    try:
        put_links(client, dataset, "dataset", {"owners": ["dana"]}, ids)
        after = client.get(path)["result"]
        differing = {key for key in before if before[key] != after[key]}
        assert differing <= {"owners", "changed_on", "changed_on_humanized", "changed_by"}
        assert after["always_filter_main_dttm"] is True
    finally:
        client.put(path, {"always_filter_main_dttm": False})


def test_a_role_that_is_not_there_opens_nothing(client: Recording, bundle: Bundle) -> None:
    ids = _ids(client, bundle)
    dashboard = asset_uuid("dashboard", "sales-overview")
    client.written.clear()
    with pytest.raises(CheckFailedError, match="no role 'Lakefront: Viewr'"):
        put_links(client, dashboard, "dashboard", {"roles": ["Lakefront: Viewr"]}, ids)
    assert client.written == []


def test_an_asset_that_is_not_there_is_told(client: Recording, bundle: Bundle) -> None:
    with pytest.raises(CheckFailedError, match="superset-asset"):
        put_links(client, str(uuid.uuid4()), "chart", {"tags": ["a"]}, _ids(client, bundle))
