"""Fixtures: one real stack a session, on free ports in a temporary home, and a real browser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from xdist.scheduler import LoadScopeScheduling

from lakefront.config import Settings, load_settings
from lakefront.trino import Trino
from tests.support.chromium import ARGUMENTS, ensure_chromium
from tests.support.cli import ROOT, lakefront


class _ServersInOneProcess(LoadScopeScheduling):
    """Lets one process run all that needs servers, one after the other, while another runs the rest, file by file.

    Two stacks at once slow each other down on two cores until queries time out, and each process would have to make
    its sample data.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", maxsplit=1)[0]
        return file if file.startswith("tests/unit/") else "servers"


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Say which tests go to which process, where there are several."""
    return _ServersInOneProcess(config, log)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A running stack with sample data and dashboards.

    LAKEFRONT_TEST_HOME names the home of one that runs already, for quick turns while developing.
    """
    running = os.environ.get("LAKEFRONT_TEST_HOME")
    if running:
        yield load_settings(bundle=ROOT, home=Path(running))
        return
    home = tmp_path_factory.mktemp("stack") / "home"
    try:
        started = lakefront("up", "--ports", "auto", home=home, timeout=900)
        assert started.returncode == 0, started.stderr
        yield load_settings(bundle=ROOT, home=home)
    finally:
        lakefront("down", home=home)


@pytest.fixture(scope="session")
def trino(stack: Settings) -> Trino:
    """The engine of the running stack."""
    return Trino.from_settings(stack, source="lakefront-tests")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless chromium."""
    path = ensure_chromium()
    if path is None:
        reason = "no chromium: install Debian's package (apt-get install chromium) or set LAKEFRONT_CHROMIUM"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in a new browser context: nobody is logged in, nothing is cached."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB", timezone_id="UTC")
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()
