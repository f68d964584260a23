"""Prometheus on a stack of its own: killed, it comes back with all that it knew, and goes on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx
import psutil
import pytest

from lakefront.config import load_settings
from lakefront.stack.programs import PROGRAMS, program
from lakefront.stack.state import Phase, read_state
from tests.support.cli import ROOT, lakefront
from tests.support.own_stack import OwnStack
from tests.support.waiting import wait_for


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnStack]:
    home = tmp_path_factory.mktemp("prometheus") / "home"
    if not program(load_settings(bundle=ROOT, home=home), "prometheus"):
        pytest.skip(f"Debian's {PROGRAMS['prometheus'][1]} is not installed here")
    try:
        parts = ("--only", "monitor,prometheus", "--ports", "auto", "--no-seed")
        started = lakefront("up", *parts, home=home, timeout=300)
        assert started.returncode == 0, started.stderr
        yield OwnStack(ROOT, home)
    finally:
        lakefront("down", home=home)


def _samples(stack: OwnStack) -> dict[float, str]:
    """Return the moments and values of a figure of the monitor, which is there as long as the stack."""
    now = time.time()
    asked = {"query": 'up{job="lakefront"}[1h]', "time": str(now)}
    url = f"{stack.settings.service('prometheus').url}/api/v1/query"
    try:
        answer = httpx.get(url, params=asked, timeout=10, trust_env=False).raise_for_status()
    except httpx.HTTPError:
        return {}
    series: list[dict[str, Any]] = answer.json()["data"]["result"]
    assert len(series) <= 1, "a series is one, also after a restart"
    return {float(moment): value for each in series for moment, value in each["values"]}


def test_killed_it_comes_back_with_all_that_it_knew(stack: OwnStack) -> None:
    wait_for(lambda: "1" in _samples(stack).values(), within=120, what="a first figure", every=0.5)
    before = _samples(stack)
    component = read_state(stack.settings.home.state_file).components["prometheus"]
    assert component.identity
    psutil.Process(component.identity.pid).kill()

    def is_back() -> bool:
        now = read_state(stack.settings.home.state_file).components["prometheus"]
        return now.restarts > component.restarts and now.phase is Phase.READY

    wait_for(is_back, within=120, what="Prometheus to be back")
    kept = _samples(stack)
    assert {moment: kept.get(moment) for moment in before} == before, "what it had read is there, once"
    newest = max(before)
    wait_for(lambda: any(moment > newest for moment in _samples(stack)), within=120, what="figures after it", every=0.5)
