"""What the explorer was reading for somebody who has moved on is cancelled at Trino."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from lakefront.config import Settings
from lakefront.trino import Trino
from tests.support import own_explorer
from tests.support.bundles import with_media_elsewhere
from tests.support.running import ended, ids_of
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.stack, pytest.mark.browser]

SCHEMA = "media_slow"
PATIENCE = 30_000


class Lake:
    """The sample's media behind a view, which a condition can make slower than the explorer has patience."""

    def __init__(self, trino: Trino, url: str) -> None:
        self._trino = trino
        self.url = url

    def fast(self) -> None:
        self._put("true")

    def slow(self) -> None:
        """Have everything count 60 million rows first; what runs already is not changed."""
        self._put("(SELECT count(*) FROM tpch.sf10.lineitem) > 0")

    def _put(self, condition: str) -> None:
        view = f"CREATE OR REPLACE VIEW {SCHEMA}.assets AS SELECT * FROM media.assets WHERE {condition}"
        self._trino.query(view)

    def running(self) -> list[str]:
        return ids_of(self._trino, f"{SCHEMA}.assets", source="lakefront-explorer", state="RUNNING")

    def began(self) -> str:
        """Wait for a statement to run, and return its id."""
        return wait_for(self.running, what="a slow statement of the explorer running")[0]

    def was_cancelled(self, query_id: str) -> bool:
        """Wait for its end, and tell whether it was that: the explorer's limit would have another name."""
        return ended(self._trino, query_id) == ("FAILED", "USER_CANCELED")


@pytest.fixture(scope="module")
def slow_explorer(stack: Settings, trino: Trino, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    folder: Path = tmp_path_factory.mktemp("leaving")
    trino.query(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
    lake = Lake(trino, "")
    lake.fast()
    try:
        with own_explorer.running(stack, folder, bundle=with_media_elsewhere(folder / "bundle", SCHEMA)) as lake.url:
            yield lake
    finally:
        trino.query(f"DROP VIEW {SCHEMA}.assets")
        trino.query(f"DROP SCHEMA {SCHEMA}")


@pytest.fixture
def lake(slow_explorer: Lake) -> Iterator[Lake]:
    slow_explorer.fast()
    yield slow_explorer
    # The next test is not to take what still runs for its own.
    wait_for(lambda: not slow_explorer.running(), what="what was read having ended")


def _pill(page: Page, words: str) -> None:
    page.locator("section.stSidebar").get_by_role("button", name=re.compile(rf"^{words}\s")).click()


def _older(page: Page) -> None:
    page.get_by_role("button", name="Older").first.click()


def _home(page: Page) -> None:
    page.get_by_role("link", name="Home").click()


@pytest.mark.parametrize(
    ("ask", "leave", "arrived"),
    [
        (lambda page: _pill(page, "Images"), lambda page: _pill(page, "Videos"), "kind=image&kind=video"),
        (lambda page: _pill(page, "product"), _home, "/(\\?as=admin)?$"),
        (_older, lambda page: page.go_back(), "/gallery"),
    ],
    ids=["another filter", "another page", "the page before"],
)  # fmt: skip
def test_what_was_asked_for_before_is_cancelled_and_the_next_is_shown(
    page: Page, lake: Lake, ask: Callable[[Page], None], leave: Callable[[Page], None], arrived: str
) -> None:
    page.goto(f"{lake.url}/gallery")
    expect(page.locator(".tile")).to_have_count(20, timeout=PATIENCE)
    lake.slow()
    ask(page)
    statement = lake.began()
    lake.fast()
    leave(page)
    assert lake.was_cancelled(statement)
    expect(page).to_have_url(re.compile(arrived), timeout=PATIENCE)
    expect(page.locator(".tile")).not_to_have_count(0, timeout=PATIENCE)
    expect(page.get_by_text("Reading …")).to_have_count(0, timeout=PATIENCE)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_closing_the_page_cancels_what_it_was_reading(page: Page, lake: Lake) -> None:
    lake.slow()
    page.goto(f"{lake.url}/gallery?tag=logo")
    statement = lake.began()
    page.close()
    assert lake.was_cancelled(statement)
    assert not lake.running(), "nothing else is begun for nobody"


def test_who_waits_for_the_same_is_not_sent_away_with_the_one_who_leaves(
    page: Page, lake: Lake, browser: Browser
) -> None:
    address = f"{lake.url}/gallery?kind=image&kind=audio"
    lake.slow()
    page.goto(address)
    statement = lake.began()
    context = browser.new_context()
    other = context.new_page()
    other.goto(address)
    expect(other.get_by_text("Reading …")).to_be_visible(timeout=PATIENCE)
    assert lake.running() == [statement], "the other one waits for what is read already"
    lake.fast()
    page.close()
    assert lake.was_cancelled(statement)
    expect(other.locator(".tile")).to_have_count(20, timeout=PATIENCE)
    expect(other.get_by_role("alert")).to_have_count(0)
    context.close()
