"""Fixtures: one real stack a session, on free ports in a temporary home, and a real browser.

A folder of tests has its stack: `browser` and `integration` the whole sample lakehouse of this file, `assets`, `media`
and `policies` lighter ones (see their conftest.py), `stacks` one for each file or folder, `unit` none.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any, Final

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from playwright.sync_api import Browser, Page, sync_playwright
from xdist.scheduler import LoadScopeScheduling

from lakefront.config import Settings
from lakefront.trino import Trino
from tests.support import own_stack
from tests.support.chromium import ARGUMENTS, MISSING, ensure_chromium

# Machines are shared and slow at times: no example is judged by its time.
hypothesis_settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("shared")

#: Folders in the order in which their tests are begun: what takes longest first, what fills the gaps last.
_ORDER: Final = ("browser", "integration", "unit", "assets", "media", "policies", "stacks")
#: All tests of these share one stack, so one process runs them.
_SHARED: Final = {
    "browser": "the sample lakehouse",
    "integration": "the sample lakehouse",
    "assets": "a Superset without data",
    "media": "a lake without data",
    "policies": "a lake without tables",
}


def _folder(test: str) -> str:
    """Return the folder of a test, by its id."""
    return test.split("/", 2)[1]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests into the order in which processes take them."""
    items.sort(key=lambda item: _ORDER.index(_folder(item.nodeid)))


class _ByStack(LoadScopeScheduling):
    """Gives all tests of a shared stack to one process, and other tests file by file."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", maxsplit=1)[0]
        folder, _, _ = file.rpartition("/")
        # A folder in a folder shares a stack, too.
        return _SHARED.get(_folder(nodeid), folder if folder.count("/") > 1 else file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Say which tests go to which process, where there are several."""
    # Else the scope with the most tests comes first, which is seldom the one that takes longest.
    config.option.loadscopereorder = False
    return _ByStack(config, log)


@pytest.fixture(autouse=True)
def own_main(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the main module back: Streamlit lets an app take its place, which processes of later tests would run."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A running stack with sample data and dashboards.

    LAKEFRONT_TEST_HOME names the home of one that runs already, for quick turns while developing.
    """
    with own_stack.running_or_named(tmp_path_factory.mktemp("stack") / "home") as settings:
        yield settings


@pytest.fixture(scope="session")
def trino(stack: Settings) -> Trino:
    """The engine of the running stack."""
    return Trino.from_settings(stack, source="lakefront-tests")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless chromium."""
    path = ensure_chromium()
    if path is None:
        if os.environ.get("CI"):
            pytest.fail(MISSING)
        pytest.skip(MISSING)
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
