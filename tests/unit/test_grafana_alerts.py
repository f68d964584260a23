"""Alert rules and notifications become files that Grafana reads when it starts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from lakefront.config import load_settings
from lakefront.errors import BadInputError
from lakefront.grafana.alerts import notification_files, seconds
from lakefront.grafana.build import compile_all, plan_export
from lakefront.grafana.load import load_definitions
from tests.support.cli import ROOT
from tests.support.grafana_bundle import GrafanaBundle

RULES = yaml.safe_load((ROOT / "grafana_dashboards/provisioning/alerting/rules.yaml").read_text(encoding="utf-8"))
ALL = [rule for group in RULES["groups"] for rule in group["rules"]]
NOTIFICATIONS = load_definitions(ROOT / "grafana_dashboards").notifications


def texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in texts(item)]
    return [value] if isinstance(value, str) else []


def test_the_alerts_of_the_issue_are_there() -> None:
    assert {
        "cpu-high", "disk-full", "trino-error-rate", "component-down", "trino-queue", "quality-rule-failing",
        "table-stale", "certificate-expiry", "opensearch-red", "log-shipper-behind", "slo-fast-burn", "slo-slow-burn",
    } <= {rule["uid"] for rule in ALL}  # fmt: skip


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule["uid"])
def test_a_rule_ends_in_its_condition_and_leads_to_page_and_panel(rule: dict[str, Any]) -> None:
    letters = [step["refId"] for step in rule["data"]]
    assert letters in (["A", "B", "C"], ["A", "C"])
    assert rule["condition"] == "C"
    assert rule["data"][-1]["model"]["expression"] == letters[-2]
    page = rule["annotations"]["runbook_url"].rsplit("/", 1)[-1]
    assert (ROOT / "docs/operations/runbooks" / page).is_file()
    assert rule["annotations"]["__dashboardUid__"]
    assert rule["labels"]["severity"] in ("page", "ticket")


def test_grafana_finds_nothing_to_replace_in_rules() -> None:
    assert [text for text in texts(RULES) if "$" in text] == []


def test_a_burn_rate_looks_at_a_long_and_a_short_window() -> None:
    fast, slow = (rule["data"][0]["model"]["expr"] for rule in ALL if rule["labels"].get("slo"))
    assert ("_rate1h /" in fast, "_rate5m /" in fast, "> 14.4" in fast) == (True, True, True)
    assert ("_rate6h /" in slow, "_rate30m /" in slow, "> 6)" in slow) == (True, True, True)


@pytest.mark.parametrize("environment", ["local", "dev", "staging", "prod"])
def test_each_environment_tells_by_addresses_of_its_own(environment: str) -> None:
    assert NOTIFICATIONS is not None
    files = notification_files(NOTIFICATIONS[1], environment)
    points = {point["name"]: point["receivers"][0] for point in files["contact-points"]["contactPoints"]}
    [policy] = files["policies"]["policies"]
    assert {policy["receiver"], *(route["receiver"] for route in policy["routes"])} == set(points)
    for receiver in points.values():
        address = receiver["settings"].get("url") or receiver["settings"]["addresses"]
        assert address.startswith("$LAKEFRONT_ALERT_")


def test_tickets_wait_over_the_weekend_and_pages_do_not() -> None:
    assert NOTIFICATIONS is not None
    files = notification_files(NOTIFICATIONS[1], "prod")
    page, ticket = files["policies"]["policies"][0]["routes"]
    assert ticket["mute_time_intervals"] == [item["name"] for item in files["mute-timings"]["muteTimes"]]
    assert "mute_time_intervals" not in page


def test_an_environment_that_nothing_is_said_of_is_told() -> None:
    assert NOTIFICATIONS is not None
    with pytest.raises(BadInputError) as refused:
        notification_files(NOTIFICATIONS[1], "moon")
    assert refused.value.code == "grafana-notifications"


def test_an_export_is_of_its_environment(tmp_path: Path) -> None:
    settings = load_settings(bundle=ROOT, home=tmp_path / "home", env="prod", environ={})
    plan_export(settings, tmp_path / "out").write()
    sources = (tmp_path / "out/provisioning/datasources/lakefront.yaml").read_text(encoding="utf-8")
    assert "basicAuthUser: grafana" in sources
    points = (tmp_path / "out/provisioning/alerting/contact-points.yaml").read_text(encoding="utf-8")
    assert "$LAKEFRONT_ALERT_PAGE_WEBHOOK" in points


def test_a_panel_or_dashboard_that_an_alert_misses_is_told_at_its_rule(tmp_path: Path) -> None:
    bundle = GrafanaBundle(tmp_path / "bundle")
    (bundle.alerts / "a.yml").write_text(ONE.replace("panel: CPU", "panel: CPUs"), encoding="utf-8")
    with pytest.raises(BadInputError, match="has no panel 'CPUs'") as refused:
        compile_all(bundle.settings(), bundle.tables())
    assert refused.value.where is not None
    assert (refused.value.where.file.name, refused.value.where.line) == ("a.yml", 4)


ONE = """\
version: 1
group: Machines
rules:
  - {uid: busy, title: Busy, summary: Busy, description: Busy., severity: page, runbook: busy, promql: busy, over: 1,
     dashboard: machines, panel: CPU}
"""


@pytest.mark.parametrize(("period", "expected"), [("5m", 300), ("1h", 3600), ("30d", 2_592_000), ("500ms", 0)])
def test_periods(period: str, expected: int) -> None:
    assert seconds(period) == expected


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("over: 1,", "", "a rule has a bound"),
        ("promql: busy,", "promql: busy, sql: SELECT 1,", "a rule has one of"),
        ("dashboard: machines, ", "", "which is missing"),
    ],
)
def test_a_rule_that_says_too_much_or_too_little_is_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    bundle = GrafanaBundle(tmp_path / "bundle")
    assert old in ONE
    (bundle.alerts / "a.yml").write_text(ONE.replace(old, new), encoding="utf-8")
    with pytest.raises(BadInputError, match=says):
        compile_all(bundle.settings(), bundle.tables())
