"""Each rule of `lakefront grafana validate`: what breaks it, where that is told, and that a file may accept it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lakefront.grafana.load import load_definitions
from lakefront.grafana.validate import RULES, Checked, Severity, validate_here
from lakefront.grafana.validate import promql as promql_rule
from tests.support.cli import ROOT
from tests.support.grafana_bundle import GrafanaBundle

PAGE = (ROOT / "docs" / "reference" / "grafana-rules.md").read_text(encoding="utf-8")
METRICS = (ROOT / "docs" / "operations" / "metrics.md").read_text(encoding="utf-8")
ALERTS = """\
version: 1
group: Machines
every: 1m
rules:
  - uid: busy
    title: A machine is busy
    severity: ticket
    summary: "{{ .Labels.instance }} is busy"
    description: It is.
    runbook: busy
    promql: avg by (instance) (busy)
    over: 0.8
    dashboard: machines
    panel: CPU
"""
Edit = Callable[[GrafanaBundle], None]


@pytest.fixture
def bundle(tmp_path: Path) -> GrafanaBundle:
    made = GrafanaBundle(tmp_path / "bundle")
    (made.alerts / "machines.yml").write_text(ALERTS, encoding="utf-8")
    (made.runbooks / "busy.md").write_text("# Busy\n", encoding="utf-8")
    return made


def checked(bundle: GrafanaBundle) -> Checked:
    return validate_here(bundle.settings(), bundle.tables())


def shop(old: str, new: str) -> Edit:
    return lambda bundle: bundle.replace("shop", old, new)


def machines(old: str, new: str) -> Edit:
    return lambda bundle: bundle.replace("machines", old, new)


def alert(old: str, new: str) -> Edit:
    def edit(bundle: GrafanaBundle) -> None:
        file = bundle.alerts / "machines.yml"
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")

    return edit


def handmade(**changes: Any) -> Edit:
    """Add a dashboard that was made by hand."""
    panel = {"id": 1, "type": "stat", "title": "One", "gridPos": {"x": 0, "y": 0, "w": 6, "h": 4}}
    data: dict[str, Any] = {
        "uid": "hers", "title": "Hers", "description": "Hers.", "schemaVersion": 39, "panels": [panel],
        "time": {"from": "now-1h", "to": "now"},
    }  # fmt: skip

    def edit(bundle: GrafanaBundle) -> None:
        made = {**data, **changes}
        made["panels"] = [{**panel, **item} for item in made["panels"]]
        (bundle.json / "hers.json").write_text(json.dumps(made), encoding="utf-8")

    return edit


RECORDING = """\
version: 1
group: Recorded
rules:
  - {name: machine:busy:ratio, description: How busy., promql: avg(busy)}
"""


def record(text: str) -> Edit:
    def edit(bundle: GrafanaBundle) -> None:
        folder = bundle.alerts.with_name("recording")
        folder.mkdir()
        (folder / "recorded.yml").write_text(text, encoding="utf-8")

    return edit


SECOND_RULE = ALERTS[ALERTS.index("  - uid") :]
BROKEN: dict[str, list[tuple[Edit, str]]] = {
    "unique-title": [
        (shop("title: Orders", "title: Revenue"), "shop.yml:22:9"),
        (machines("title: Machines", "title: The shop"), "shop.yml:4:8"),
    ],
    "unit": [(shop("        unit: currencyEUR\n", ""), "shop.yml:13:9")],
    "description": [
        (machines("        description: How busy.\n", ""), "machines.yml:9:9"),
        (shop(", description: Where.", ""), "shop.yml:9:6"),
    ],
    "thresholds": [(shop("unit: currencyEUR", "unit: percentunit"), "shop.yml:13:9")],
    "legend": [(machines(', legend: "{{instance}}"', ""), "machines.yml:16:13")],
    "hidden-time": [(shop("$__timeFilter(ordered_at)", "ordered_at > now()"), "shop.yml:28:13")],
    "row-limit": [(shop(" LIMIT 10", ""), "shop.yml:28:13")],
    "variable": [
        (shop("region IN ($region) LIMIT", "region IN ($regoin) LIMIT"), "shop.yml:28:13"),
        (shop("variables:\n", "variables:\n  - {name: a, label: A, description: A., values: [x]}\n"), "shop.yml:9:12"),
    ],
    "source-by-variable": [(handmade(panels=[{"datasource": {"uid": "P1234"}}]), "hers.json:1:1")],
    "address": [
        (handmade(panels=[{"links": [{"url": "https://logs.example.com/x"}]}]), "hers.json:1:1"),
        (handmade(panels=[{"targets": [{"expr": 'up{instance="10.0.0.1:9100"}'}]}]), "hers.json:1:1"),
    ],
    "classic-model": [
        (handmade(panels=[{"type": "my-plugin-panel"}]), "hers.json:1:1"),
        (handmade(panels=[{}, {}]), "hers.json:1:1"),
        (handmade(panels=[{"timeFrom": "1h"}]), "hers.json:1:1"),
        (handmade(schemaVersion=None), "hers.json:1:1"),
    ],
    "time-range": [(handmade(time={}), "hers.json:1:1"), (handmade(refresh="1s"), "hers.json:1:1")],
    "dashboard-description": [(handmade(description=""), "hers.json:1:1")],
    "runbook": [(alert("runbook: busy", "runbook: idle"), "machines.yml:10:5")],
    "alert-dollar": [(alert("{{ .Labels.instance }} is", "{{ $labels.instance }} is"), "machines.yml:8:5")],
    "unique-alert": [(alert(SECOND_RULE, SECOND_RULE * 2), "machines.yml:15:5")],
    "alert-interval": [
        (alert("over: 0.8", "over: 0.8\n    lasting: 90s"), "machines.yml:13:5"),
        (alert("    dashboard: machines\n    panel: CPU\n", ""), "machines.yml:6:5"),
    ],
    "recorded": [
        (machines("avg by (instance) (busy)", "machine:busi:ratio"), "machines.yml:16:14"),
        (record(RECORDING.replace("avg(busy)", "machine:idle:ratio")), "recorded.yml:4:56"),
        (record(RECORDING + RECORDING[RECORDING.index("  - {") :]), "recorded.yml:5:6"),
    ],
    "promql": [(machines("avg by (instance) (busy)", "avg by (instance (busy)"), "machines.yml:16:14")],
}
CASES = [(name, number) for name, cases in BROKEN.items() for number in range(len(cases))]


@pytest.mark.parametrize(("name", "number"), CASES)
def test_a_rule_tells_what_breaks_it_and_where(bundle: GrafanaBundle, name: str, number: int) -> None:
    if name == "promql" and shutil.which("promtool") is None:
        pytest.skip("promtool is not installed")
    edit, place = BROKEN[name][number]
    edit(bundle)
    found = [problem for problem in checked(bundle).problems if problem.rule == name]
    assert [str(problem.where).rsplit("/", 1)[-1] for problem in found][:1] == [place], checked(bundle).problems


def test_every_rule_has_a_case_and_an_entry_in_the_documentation() -> None:
    names = [rule.name for rule in RULES]
    assert sorted(names) == sorted(BROKEN)
    assert sorted(re.findall(r"^### `([a-z-]+)`", PAGE, re.MULTILINE)) == sorted(names)
    assert [rule.name for rule in RULES if rule.about not in " ".join(PAGE.split())] == []


def test_a_sound_bundle_has_no_problem(bundle: GrafanaBundle) -> None:
    assert checked(bundle).problems == ()


def test_what_is_accepted_is_kept_with_its_reason_and_fails_nothing(bundle: GrafanaBundle) -> None:
    bundle.replace("shop", "        unit: currencyEUR\n", ACCEPTED)
    [problem] = checked(bundle).problems
    assert (problem.rule, problem.accepted) == ("unit", "Everybody knows.")
    assert checked(bundle).of(Severity.ERROR) == []


ACCEPTED = "        accept: [{rule: unit, reason: Everybody knows.}]\n"


def test_an_exception_that_is_not_needed_or_not_known_is_told(bundle: GrafanaBundle) -> None:
    bundle.replace("shop", "unit: currencyEUR\n", f"unit: currencyEUR\n{ACCEPTED}")
    assert [(item.rule, item.severity) for item in checked(bundle).problems] == [("accept", Severity.WARNING)]
    bundle.replace("shop", "rule: unit,", "rule: units,")
    assert [(item.rule, item.severity) for item in checked(bundle).problems] == [("accept", Severity.ERROR)]


def test_without_promtool_the_rest_is_checked(bundle: GrafanaBundle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(promql_rule, "promtool", lambda: None)
    bundle.replace("machines", "avg by (instance) (busy)", "avg by (instance (busy)")
    assert checked(bundle).problems == ()


def test_every_alert_of_the_bundle_has_its_page_and_every_page_its_alert() -> None:
    named = {rule.runbook for _, file in load_definitions(ROOT / "grafana_dashboards").alerts for rule in file.rules}
    pages = {page.stem for page in (ROOT / "docs" / "operations" / "runbooks").glob("*.md")}
    assert named == pages


def test_every_page_says_what_it_means_how_to_see_it_and_how_to_mend_it() -> None:
    for page in (ROOT / "docs" / "operations" / "runbooks").glob("*.md"):
        text = page.read_text(encoding="utf-8")
        headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
        assert headings[:3] == ["What it means", "How to see", "How to mend"], page


def test_metrics_of_our_own_processes_are_listed_with_what_they_mean() -> None:
    ours = re.compile(r"\blakefront_(?:explorer|superset|audit|dashboard|component|objects|opensearch|shipper)_\w+")
    texts = [file.read_text(encoding="utf-8") for file in (ROOT / "grafana_dashboards").rglob("*.yml")]
    used = {name for text in texts for name in ours.findall(text)}
    listed = set(re.findall(r"`(lakefront_\w+)`", METRICS))
    assert len(used) > 12
    assert {re.sub(r"_(bucket|sum|count)$", "", name) if name not in listed else name for name in used} <= listed
