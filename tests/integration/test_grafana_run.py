"""Every query of dashboards and alerts on the running stack, as Grafana's own user."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import httpx
import pytest

from lakefront.config import Settings
from lakefront.errors import NotAllowedError
from lakefront.grafana.apply import apply, plan
from lakefront.grafana.client import GrafanaClient, grafana_token, grafana_url
from lakefront.grafana.provisioning import TRINO_USER
from lakefront.trino import Trino
from tests.support.cli import lakefront

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def answers(stack: Settings) -> list[dict[str, Any]]:
    asked = lakefront("grafana", "validate", "--format", "json", home=stack.home.root)
    assert asked.returncode == 0, asked.stderr
    found = json.loads(asked.stdout)
    assert found["problems"] == []
    return list(found["queries"])


def test_trino_answers_every_panel_variable_and_alert(answers: list[dict[str, Any]]) -> None:
    asked = [item for item in answers if item["source"] == "trino"]
    assert {item["kind"] for item in asked} == {"panel", "variable", "alert"}
    assert [item for item in asked if item["state"] not in ("ok", "empty")] == []
    states = Counter(item["state"] for item in asked)
    assert states["ok"] > states["empty"]


def test_sizes_of_tables_are_those_that_the_engine_counts(answers: list[dict[str, Any]], stack: Settings) -> None:
    [table] = [item for item in answers if item["name"] == "What wants doing"]
    assert table["rows"] > 5
    trino = Trino.from_settings(stack, user=TRINO_USER, source="lakefront-tests")
    sizes = trino.query(
        'SELECT sum(record_count), count(lower_bounds), count(file_path) FROM sales."orders$files"'
    ).rows
    [(rows, bounds, paths)] = sizes
    assert (
        rows == Trino.from_settings(stack, source="lakefront-tests").query("SELECT count(*) FROM sales.orders").scalar()
    )
    assert (bounds, paths) == (0, 0)


def test_grafanas_user_sees_no_row_of_the_business(stack: Settings) -> None:
    trino = Trino.from_settings(stack, user=TRINO_USER, source="lakefront-tests")
    with pytest.raises(NotAllowedError):
        trino.query("SELECT count(*) FROM sales.orders")
    with pytest.raises(NotAllowedError):
        trino.query('SELECT count(*) FROM sales."orders$partitions"')


def test_what_is_not_there_is_skipped_with_its_reason(answers: list[dict[str, Any]], stack: Settings) -> None:
    for source in ("prometheus", "opensearch"):
        if source in stack.ports:
            continue
        skipped = [item for item in answers if item["source"] == source]
        assert skipped
        assert {item["state"] for item in skipped} == {"skipped"}
        assert all(item["says"] for item in skipped)


@pytest.fixture(scope="module")
def grafana(stack: Settings) -> Settings:
    """A real Grafana, where one is given: GRAFANA_URL and LAKEFRONT_GRAFANA_TOKEN."""
    if not stack.environ.get("GRAFANA_URL"):
        pytest.skip("GRAFANA_URL names no Grafana, which is in no package registry")
    with GrafanaClient(grafana_url(stack), grafana_token(stack)) as client:
        assert list(client.dashboards()) is not None
    return stack


def test_a_real_grafana_takes_every_dashboard_and_then_nothing_more(grafana: Settings) -> None:
    apply(grafana, lambda _: None)
    assert plan(grafana, lambda _: None).empty
    url, token = grafana_url(grafana), grafana_token(grafana)
    for item in apply(grafana, lambda _: None).dashboards:
        shown = httpx.get(item.url, headers={"Authorization": f"Bearer {token}"}, timeout=30)
        assert shown.status_code == 200, (url, item.title)
