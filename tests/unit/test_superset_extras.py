"""Themes, CSS templates, reports and links of the bundle: what is read, what is refused, what is the same."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from lakefront.config import load_settings
from lakefront.errors import BadInputError, CheckFailedError
from lakefront.semantic.source import read_source
from lakefront.superset.bundle import Bundle, read_bundle
from lakefront.superset.extras import (
    Directory,
    Extras,
    Ids,
    check_files,
    css,
    identity,
    read_files,
    recipients,
    reports,
    settle,
)
from lakefront.superset.extras.common import Live, named
from lakefront.superset.extras.cron import crontab_problem
from lakefront.superset.text import dump, leading_comments
from tests.support.cli import ROOT

ASSETS = ROOT / "superset_assets"
THEME = """\
version: 1.0.0
uuid: 5d8e0a3c-1f5e-4a55-9d0b-0d7c9be8c001
theme_name: Night
json_data:
  algorithm: dark
  token:
    colorPrimary: '#123456'
"""
CSS = """\
version: 1.0.0
template_name: Big
css: "p { font-size: 3em }"
"""
REPORT = """\
version: 1.0.0
name: Every morning
type: Report
active: false
dashboard: sales-overview
crontab: 0 7 * * *
recipients:
  - type: Email
    target: team@example.com
"""
ALERT = """\
version: 1.0.0
name: Too few
type: Alert
active: false
chart: sales-kpi-orders
database: lakehouse
crontab: 0 7 * * *
sql: SELECT 1
validator_type: operator
validator_config_json:
  op: <
  threshold: 3
recipients:
  - type: Slack
    target: alerts
"""
KINDS = {"themes": THEME, "css": CSS, "reports": REPORT, "alerts": ALERT}


@pytest.fixture
def assets(tmp_path: Path) -> Path:
    """The reference bundle's assets alone, to be given extras."""
    folder = Path(shutil.copytree(ASSETS, tmp_path / "superset_assets"))
    for name in ("themes", "css", "reports"):
        shutil.rmtree(folder / name)
    for name in ("charts", "dashboards"):
        for file in (folder / name).glob("*.yaml"):
            data = {key: value for key, value in read_source(file).data.items() if key not in ("owners", "tags")}
            file.write_text(dump(data), encoding="utf-8")
    return folder


def _write(assets: Path, kind: str, text: str, name: str = "mine.yaml") -> Path:
    file = assets / ("reports" if kind == "alerts" else kind) / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def _check(assets: Path) -> tuple[Extras, list[BadInputError]]:
    return check_files(assets, read_bundle(assets))


def _asset_with(assets: Path, name: str, lines: str) -> int:
    """Add lines at the end of an asset's file; return the number of the first."""
    file = assets / name
    text = file.read_text(encoding="utf-8")
    file.write_text(text + lines, encoding="utf-8")
    return len(text.splitlines()) + 1


def test_the_reference_bundle_has_one_of_each_and_none_of_them_sends() -> None:
    extras = read_files(ASSETS, read_bundle(ASSETS))
    assert {name.split("/")[0] for name in extras.objects} == {"themes", "css", "reports"}
    sends = {data["type"]: data["active"] for name, data in extras.objects.items() if name.startswith("reports/")}
    assert sends == {"Alert": False, "Report": False}


def test_the_reference_bundle_s_files_are_in_canonical_form() -> None:
    for name, data in read_files(ASSETS, read_bundle(ASSETS)).objects.items():
        text = (ASSETS / name).read_text(encoding="utf-8")
        assert dump(data, leading_comments(text)) == text, name


def test_the_themes_of_the_reference_bundle_have_the_look_of_the_manifest() -> None:
    look = load_settings(bundle=ROOT).manifest.look
    extras = read_files(ASSETS, read_bundle(ASSETS))
    light, dark = (extras.objects[f"themes/{name}.yaml"]["json_data"] for name in ("lakefront", "lakefront-dark"))
    assert light["algorithm"], dark["algorithm"] == ("default", "dark")
    assert (light["token"]["colorPrimary"], light["token"]["colorTextBase"]) == (look.primary, look.ink)
    assert (light["token"]["colorBgContainer"], light["token"]["colorBgLayout"]) == (look.surface, look.surface_alt)
    assert dark["token"]["colorBgContainer"] == look.dark_surface_alt
    assert dark["token"]["colorBgLayout"] == look.dark_surface


@pytest.mark.parametrize("kind", KINDS)
def test_a_right_file_is_read(assets: Path, kind: str) -> None:
    file = _write(assets, kind, KINDS[kind])
    extras, problems = _check(assets)
    assert problems == []
    assert list(extras.objects) == [file.relative_to(assets).as_posix()]


#: kind, what is replaced, by what, code, line, words of the message
MISTAKES = [
    ("themes", "uuid: 5d8e", "uuid: 5D8E", "asset-uuid", 2, "is not a uuid"),
    ("themes", "theme_name: Night\n", "", "asset-missing-key", 1, "'theme_name' is missing"),
    ("themes", "theme_name", "theme_nam", "asset-unknown-key", 3, "Did you mean 'theme_name'?"),
    ("themes", "token:", "tokens:", "asset-unknown-key", 6, "Did you mean 'token'?"),
    ("themes", "algorithm: dark", "algorithm: night", "asset-invalid", 5, "'json_data.algorithm' = 'night'"),
    ("themes", "Night", "' Night'", "asset-title", 3, "begins or ends with a space"),
    ("themes", "version: 1.0.0", "version: 2.0.0", "asset-invalid", 1, "'version' = '2.0.0'"),
    (
        "themes",
        "    colorPrimary: '#123456'",
        "    brandSpinnerSvg: <svg onload='x()'/>",
        "asset-theme-script",
        7,
        "takes out without a word",
    ),
    ("css", 'css: "p { font-size: 3em }"', 'css: ""', "asset-invalid", 3, "it may not be empty"),
    ("css", "template_name: Big", "template_name: 'lakefront:x'", "asset-title", 2, "kept for notes of this tool"),
    ("css", "template_name: Big", "uuid: x\ntemplate_name: Big", "asset-unknown-key", 2, "'uuid' is not known here"),
    ("css", "Big", "[Big]", "asset-invalid", 2, "a text is wanted here"),
    ("css", CSS, "- a\n", "asset-empty", 0, "an asset is a mapping"),
    ("css", "Big", "*big", "yaml-alias", 2, "anchors and aliases"),
    ("reports", "active: false\n", "", "asset-missing-key", 1, "'active' is missing"),
    ("reports", "active: false", "active: off", "asset-invalid", 4, "'active' = 'off'"),
    ("reports", "type: Report", "type: Reports", "asset-invalid", 3, "'type' = 'Reports'"),
    ("reports", "sales-overview", "sale-overview", "asset-reference", 5, "Did you mean 'sales-overview'?"),
    ("reports", "dashboard: sales-overview", "chart: sales-kpi", "asset-reference", 5, "no charts/sales-kpi.yaml"),
    ("reports", "dashboard: sales-overview\n", "", "asset-report", 2, "a chart or a dashboard is sent"),
    (
        "reports",
        "dashboard: sales-overview",
        "dashboard: sales-overview\nchart: sales-kpi-orders",
        "asset-report",
        5,
        "one of the two",
    ),
    ("reports", "0 7 * * *", "0 7 * *", "asset-crontab", 6, "this has 4"),
    ("reports", "0 7 * * *", "0 25 * * *", "asset-crontab", 6, "'25' is not a hour: it goes from 0 to 23"),
    (
        "reports",
        "active: false",
        "active: false\ntimezone: Asia/Soul",
        "asset-timezone",
        5,
        "Did you mean 'Asia/Seoul'?",
    ),
    ("reports", "active: false", "active: false\nsql: SELECT 1", "asset-report", 5, "'sql' is of alerts"),
    ("reports", "active: false", "active: false\ndatabase: lakehouse", "asset-report", 5, "'database' is of alerts"),
    ("reports", "active: false", "active: false\ngrace_period: 0", "asset-invalid", 5, "greater than or equal to 1"),
    (
        "reports",
        "active: false",
        "active: false\ncustom_width: 100",
        "asset-invalid",
        5,
        "greater than or equal to 600",
    ),
    ("reports", "team@example.com", "team", "asset-recipient", 9, "'team' is not an address"),
    ("reports", "team@example.com", "team@example.com, b@x", "asset-recipient", 9, "'b@x' is not an address"),
    ("reports", "  - type: Email\n    target: team@example.com\n", "  []\n", "asset-recipient", 8, "nobody gets this"),
    ("alerts", "type: Slack", "type: Fax", "asset-invalid", 14, "'recipients.type' = 'Fax'"),
    ("alerts", "target: alerts", "target: alerts\n    cc: x", "asset-recipient", 16, "'cc' is of mails"),
    ("alerts", "sql: SELECT 1\n", "", "asset-report", 3, "an alert needs 'sql'"),
    ("alerts", "database: lakehouse\n", "", "asset-report", 3, "an alert needs 'database'"),
    ("alerts", "database: lakehouse", "database: lakehous", "asset-reference", 6, "Did you mean 'lakehouse'?"),
    ("alerts", "op: <", "op: =", "asset-invalid", 11, "'validator_config_json.op' = '='"),
    ("alerts", "threshold: 3", "threshold: three", "asset-invalid", 12, "'validator_config_json.threshold' = 'three'"),
    (
        "alerts",
        "validator_type: operator",
        "validator_type: not null",
        "asset-report",
        10,
        "with `validator_type: operator`",
    ),
    ("alerts", "validator_config_json:\n  op: <\n  threshold: 3\n", "", "asset-report", 9, "nothing says what"),
    (
        "alerts",
        "Slack\n    target: alerts",
        "Webhook\n    target: http://x.io/a",
        "asset-recipient",
        15,
        "https address",
    ),
    (
        "alerts",
        "Slack\n    target: alerts",
        "Webhook\n    target: https://u:p@x.io/a",
        "asset-secret",
        15,
        "a password or a token",
    ),
    (
        "alerts",
        "Slack\n    target: alerts",
        "Webhook\n    target: https://x.io/a?key=1",
        "asset-secret",
        15,
        "a password or a token",
    ),
    (
        "alerts",
        "Slack\n    target: alerts",
        "Webhook\n    target: https://hooks.example.com/services/T0123/B4567/aB3dE6gH9jK2mN5pQ8sT",
        "asset-secret",
        15,
        "a password or a token",
    ),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda item: f"{item[0]}-{item[2]}")
def test_each_mistake_is_told_with_its_line(assets: Path, mistake: tuple[str, str, str, str, int, str]) -> None:
    kind, old, new, code, line, words = mistake
    assert old in KINDS[kind]
    file = _write(assets, kind, KINDS[kind].replace(old, new, 1))
    extras, problems = _check(assets)
    found = problems[0]
    assert (len(problems), found.code) == (1, code), [str(problem) for problem in problems]
    assert found.where is not None
    assert (found.where.file, found.where.line) == (file, line), str(found)
    assert words in found.what
    assert found.fix
    assert extras.objects == {}
    with pytest.raises(BadInputError, match=code):
        read_files(assets, read_bundle(assets))


def test_all_mistakes_of_all_files_are_told_in_order(assets: Path) -> None:
    _write(assets, "reports", REPORT.replace("0 7 * * *", "x").replace("team@example.com", "team"))
    _write(assets, "themes", THEME.replace("Night", "''"))
    codes = [(problem.where.file.parent.name, problem.code) for problem in _check(assets)[1] if problem.where]
    assert codes == [("reports", "asset-crontab"), ("reports", "asset-recipient"), ("themes", "asset-invalid")]


@pytest.mark.parametrize(
    ("kind", "code", "line"),
    [("themes", "asset-uuid-twice", 2), ("css", "asset-name-twice", 2), ("reports", "asset-name-twice", 2)],
)
def test_two_files_may_not_mean_one_thing(assets: Path, kind: str, code: str, line: int) -> None:
    _write(assets, kind, KINDS[kind], "a.yaml")
    second = _write(assets, kind, KINDS[kind], "b.yaml")
    problem = _check(assets)[1][0]
    assert (problem.code, str(problem.where).rsplit(":", 1)[0]) == (code, f"{second}:{line}")
    assert f"{second.parent.name}/a.yaml" in problem.what


def test_an_alert_and_a_report_may_have_the_same_name(assets: Path) -> None:
    _write(assets, "reports", REPORT, "a.yaml")
    _write(assets, "alerts", ALERT.replace("Too few", "Every morning"), "b.yaml")
    assert _check(assets)[1] == []


def test_there_are_no_folders_in_the_folders(assets: Path) -> None:
    _write(assets, "css", CSS, "deep/mine.yaml")
    problem = _check(assets)[1][0]
    assert (problem.code, problem.fix) == ("asset-place", "move this to css/mine.yaml")


def test_what_is_left_to_superset_is_not_in_the_canonical_form(assets: Path) -> None:
    defaults = "timezone: UTC\nreport_format: PNG\ngrace_period: 14400\nworking_timeout: 3600\nlog_retention: 90\n"
    more = "force_screenshot: false\nowners: []\nextra: {}\nemail_subject: ''\n"
    _write(assets, "reports", REPORT, "a.yaml")
    _write(assets, "reports", REPORT.replace("Every morning", "B") + defaults + more, "b.yaml")
    short, long = _check(assets)[0].objects.values()
    assert {**short, "name": "B"} == long
    assert "timezone" not in long
    assert long["active"] is False


def test_order_and_wholeness_of_numbers_mean_nothing() -> None:
    people = [{"type": "Slack", "target": "x"}, {"type": "Email", "target": "a@b.io"}]
    one = {"type": "Alert", "name": "n", "validator_type": "operator"}
    first = reports.canonical(
        {**one, "owners": ["b", "a"], "recipients": people, "validator_config_json": {"threshold": 3.0, "op": "<"}}
    )
    second = reports.canonical(
        {
            **one,
            "owners": ["a", "b", "a"],
            "recipients": people[::-1],
            "validator_config_json": {"op": "<", "threshold": 3},
        }
    )
    assert first == second
    assert repr(first["validator_config_json"]["threshold"]) == "3"


def test_a_secret_of_the_server_does_not_get_into_git() -> None:
    address = "https://hooks.example.com/services/T0123/B4567/aB3dE6gH9jK2mN5pQ8sT"
    row = {"type": "Webhook", "recipient_config_json": f'{{"target": "{address}"}}'}
    assert recipients.from_rest(row)["target"] == "https://hooks.example.com/…"
    plain = {"type": "Webhook", "recipient_config_json": '{"target": "https://relay.example.com/superset-alerts"}'}
    assert recipients.from_rest(plain)["target"] == "https://relay.example.com/superset-alerts"


def test_recipients_come_back_as_they_were_sent() -> None:
    item = {"type": "Email", "target": "a@b.io", "cc": "c@d.io", "bcc": "e@f.io"}
    assert recipients.canonical([recipients.from_rest(recipients.to_rest(item))]) == [item]


@pytest.mark.parametrize(
    "text", ["* * * * *", "*/5 0-23/2 1,15 jan-mar mon", "0 7 L * 1-5", "0 0 * * 1#2", "59 23 31 12 7"]
)
def test_crontabs_are_read(text: str) -> None:
    assert crontab_problem(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "@daily",
        "60 * * * *",
        "* * 0 * *",
        "* * * 13 *",
        "* * * * 8",
        "*/0 * * * *",
        "5-1 * * * *",
        "a * * * *",
        "* * * * * *",
        "L * * * *",
        "١ * * * *",
    ],
)
def test_other_crontabs_are_not(text: str) -> None:
    assert crontab_problem(text)


# --- Links -------------------------------------------------------------------------------------------------------


def test_links_are_read_sorted_and_once(assets: Path) -> None:
    _write(assets, "themes", THEME, "night.yaml")
    lines = "owners: [dana, ana, dana]\ntags: [finance, 매출]\nroles: ['Lakefront: Viewer']\ntheme: night\n"
    _asset_with(assets, "dashboards/sales-overview.yaml", lines)
    bundle = read_bundle(assets)
    extras = read_files(assets, bundle)
    assert extras.links[next(asset.uuid for asset in bundle.assets if asset.slug == "sales-overview")] == {
        "owners": ["ana", "dana"],
        "tags": ["finance", "매출"],
        "theme": "night",
        "roles": ["Lakefront: Viewer"],
    }


LINK_MISTAKES = [
    ("dashboards/sales-overview.yaml", "owners: ana", "asset-link", "'owners' is a list of names"),
    ("dashboards/sales-overview.yaml", "owners: [1]", "asset-link", "1 is not a name"),
    ("dashboards/sales-overview.yaml", "tags: [' a']", "asset-link", "' a' is not a name"),
    ("dashboards/sales-overview.yaml", "tags: ['owner:1']", "asset-link", "by itself"),
    ("dashboards/sales-overview.yaml", "tags: [a/b]", "asset-link", "cannot take away"),
    ("dashboards/sales-overview.yaml", "theme: nigth", "asset-reference", "Did you mean 'night'?"),
    ("dashboards/sales-overview.yaml", "theme: [night]", "asset-reference", "there is no themes/"),
    ("charts/sales-kpi-orders.yaml", "theme: night", "asset-link", "'theme' is not of charts"),
    ("charts/sales-kpi-orders.yaml", "roles: [Viewer]", "asset-link", "'roles' is not of charts"),
    ("datasets/lakehouse/sales.yaml", "tags: [a]", "asset-link", "'tags' is not of datasets"),
    ("databases/lakehouse.yaml", "owners: [ana]", "asset-link", "'owners' is not of databases"),
]


@pytest.mark.parametrize(("name", "line", "code", "words"), LINK_MISTAKES)
def test_each_mistake_in_links_is_told_with_its_line(assets: Path, name: str, line: str, code: str, words: str) -> None:
    _write(assets, "themes", THEME, "night.yaml")
    number = _asset_with(assets, name, line + "\n")
    problem = _check(assets)[1][0]
    assert (problem.code, problem.where and problem.where.line) == (code, number), str(problem)
    assert problem.where is not None
    assert problem.where.file == assets / name
    assert words in problem.what


HERE = Directory(
    me="admin",
    accounts={"admin": 1, "ana": 2, "dana": 3},
    roles={"Lakefront: Viewer": 7},
    themes={"5d8e0a3c-1f5e-4a55-9d0b-0d7c9be8c001": 4},
    system_themes={"THEME_DARK": 2},
)
IDS = Ids(
    {"chart": {"c-1": 11, "c-2": 12}, "dashboard": {"d-1": 21}},
    {"c-1": "charts/first.yaml", "d-1": "dashboards/all.yaml", "5d8e0a3c-1f5e-4a55-9d0b-0d7c9be8c001": "themes/n.yaml"},
)


def _owned(*ids: int) -> dict[str, Any]:
    return {"owners": [{"id": number} for number in ids]}


def test_the_account_that_imports_is_an_owner_only_where_git_says_so() -> None:
    assert HERE.owners(_owned(1, 3, 2), []) == ["ana", "dana"]
    assert HERE.owners(_owned(1, 2), ["admin"]) == ["admin", "ana"]
    assert HERE.owners(_owned(99), []) == []


def test_whoever_has_no_account_is_left_out_with_a_warning() -> None:
    files = Extras(
        {"reports/a.yaml": {"type": "Report", "name": "n", "owners": ["ana", "zoe"]}},
        {"c-1": {"owners": ["zoe"]}, "d-1": {"owners": ["zoe"], "tags": ["t"]}},
    )
    settled, warnings = settle(files, HERE, IDS.names)
    assert settled.objects["reports/a.yaml"]["owners"] == ["ana"]
    assert settled.links == {"d-1": {"tags": ["t"]}}
    assert [line.split(":")[0] for line in warnings] == ["reports/a.yaml", "charts/first.yaml", "dashboards/all.yaml"]
    assert "'zoe' has no account" in warnings[0]
    assert HERE.owner_ids(_owned(1, 2), ["dana", "zoe"]) == [3]
    assert HERE.owner_ids(_owned(1, 2), ["zoe"]) == [1], "somebody stays"
    assert HERE.owner_ids(_owned(2), []) == []


def test_a_role_that_is_not_there_is_an_error_and_not_an_open_door() -> None:
    with pytest.raises(CheckFailedError, match="Did you mean 'Lakefront: Viewer'"):
        HERE.role_ids(["Lakefront: Viewers"])


def test_things_are_called_by_their_files() -> None:
    assert (IDS.id("chart", "first"), IDS.id("chart", "c-2"), IDS.id("dashboard", "all")) == (11, 12, 21)
    assert (IDS.slug("chart", 11), IDS.slug("chart", 12), IDS.slug("chart", 13)) == ("first", "c-2", None)
    assert (HERE.theme_id("n", IDS), HERE.theme_id("THEME_DARK", IDS)) == (4, 2)
    assert (HERE.theme_slug(4, IDS), HERE.theme_slug(2, IDS), HERE.theme_slug(5, IDS)) == ("n", "THEME_DARK", None)
    with pytest.raises(CheckFailedError, match="superset-asset"):
        IDS.id("dashboard", "first")
    with pytest.raises(CheckFailedError, match="superset-theme"):
        HERE.theme_id("x", IDS)


def test_live_objects_are_named_by_files_else_by_their_titles() -> None:
    live = [Live("x", "My Theme!", {"n": 1}), Live("y", "My theme", {"n": 2}), Live("z", "Known", {"n": 3})]
    known = {"css/k.yaml": "z", "themes/x.yaml": "x", "css/gone.yaml": "gone"}
    assert named("css", live, known) == {
        "css/k.yaml": {"n": 3},
        "css/my-theme.yaml": {"n": 1},
        "css/my-theme-2.yaml": {"n": 2},
    }


def test_a_name_that_is_there_twice_is_told_where_a_file_means_it() -> None:
    live = [Live("x", "x", {}), Live("x", "x", {})]
    assert len(named("css", live, {})) == 2
    with pytest.raises(CheckFailedError, match="more than one CSS template named 'x'"):
        named("css", live, {"css/x.yaml": "x"})


def test_what_an_object_is_recognised_by(assets: Path) -> None:
    assert identity("css/a.yaml", css.canonical({"template_name": "Big", "css": "p"})) == "Big"
    assert identity("reports/a.yaml", {"type": "Alert", "name": "Too few"}) == "Alert: Too few"
    assert identity("themes/a.yaml", {"uuid": "u"}) == "u"


def test_an_empty_bundle_has_no_extras(assets: Path) -> None:
    assert check_files(assets, Bundle(())) == (Extras({}, {}), [])
