"""The time machine as people see it: states chosen on a line, what differs, links, states that are gone."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from lakefront.config import Schemas, Settings
from lakefront.media.assets import TABLE, Asset
from lakefront.media.catalog import MediaCatalog
from lakefront.trino import Trino
from tests.support import own_explorer
from tests.support.assets import made_up_asset
from tests.support.bundles import with_media_elsewhere
from tests.support.services import HOST, free_port

pytestmark = [pytest.mark.stack, pytest.mark.browser, pytest.mark.usefixtures("patience")]

HOSTILE = '<img src=x onerror="document.title=1"> **bold** [link](javascript:alert(1))'


class Past:
    """Media with a past that only these tests know, and an explorer that shows them."""

    def __init__(self, stack: Settings, trino: Trino, schema: str) -> None:
        schemas = Schemas(names={"media": schema})
        self.schema = schema
        self.catalog = replace(MediaCatalog.from_settings(stack), schemas=schemas)
        self.trino = replace(trino, schemas=schemas)
        self.table = schemas.table(TABLE)
        self.states: list[str] = []
        self.first = [made_up_asset(number, title=f"first {number}", file_size=1000) for number in range(3)]
        self.second = [made_up_asset(number, title=f"second {number}", file_size=500) for number in range(25)]
        self.url = ""

    def did(self) -> None:
        head = self.catalog.reloaded().current_snapshot()
        assert head is not None
        self.states.append(str(head.snapshot_id))

    def add(self, assets: list[Asset]) -> None:
        self.catalog.append(assets)
        self.did()

    def run(self, sql: str, *values: str) -> None:
        self.trino.query(sql.format(table=self.table), values)
        self.did()

    def drop(self) -> None:
        self.trino.query(f"DROP TABLE IF EXISTS {self.table}")
        self.trino.query(f"DROP SCHEMA IF EXISTS {self.schema}")


@pytest.fixture(scope="module")
def past(stack: Settings, trino: Trino, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Past]:
    """Five states: 3 came in, 25 came in, one was changed, one was removed, files were rewritten."""
    folder: Path = tmp_path_factory.mktemp("past")
    made = Past(stack, trino, "media_past_pages")
    made.drop()
    try:
        made.add(made.first)
        made.add(made.second)
        update = "UPDATE {table} SET title = ?, labels = ARRAY['spring', 'press'], tag = 'product' WHERE asset_id = ?"
        made.run(update, HOSTILE, made.first[0].asset_id)
        made.run("DELETE FROM {table} WHERE asset_id = ?", made.first[1].asset_id)
        made.trino.query(f"ALTER TABLE {made.table} EXECUTE optimize")
        made.did()
        with own_explorer.running(
            stack, folder, bundle=with_media_elsewhere(folder / "bundle", made.schema)
        ) as made.url:
            yield made
    finally:
        made.drop()


def _open(page: Page, past: Past, query: str = "") -> None:
    page.goto(f"{past.url}/time-machine{query}")
    expect(page.locator(".history .state").first).to_be_visible()


def _between(past: Past, before: int, later: int, show: str = "") -> str:
    return f"?from={past.states[before]}&to={past.states[later]}" + (f"&show={show}" if show else "")


def _metric(page: Page, label: str) -> Locator:
    return page.get_by_test_id("stMetric").filter(has=page.get_by_text(label, exact=True))


def _expect_numbers(page: Page, added: int, changed: int, removed: int) -> None:
    for label, number in (("Added", added), ("Changed", changed), ("Removed", removed)):
        expect(_metric(page, label).get_by_test_id("stMetricValue")).to_have_text(str(number))


def _state(page: Page, past: Past, place: int) -> Locator:
    return page.locator(f".state[data-id='{past.states[place]}']")


def test_a_click_on_a_state_tells_what_it_did_and_back_goes_back(page: Page, past: Past) -> None:
    _open(page, past, _between(past, 0, 3))
    _expect_numbers(page, 25, 1, 1)
    expect(page.locator(".state")).to_have_count(5)
    expect(_state(page, past, 1)).to_have_attribute("aria-label", re.compile("25 items added$"))
    expect(_state(page, past, 3)).to_have_attribute("aria-label", re.compile("1 item removed$"))
    expect(_state(page, past, 4)).to_have_attribute("aria-label", re.compile("no item changed$"))
    expect(_state(page, past, 0)).to_be_disabled()
    _state(page, past, 3).click()
    _expect_numbers(page, 0, 0, 1)
    expect(page).to_have_url(re.compile(f"from={past.states[2]}&to={past.states[3]}"))
    expect(page.locator(".tile")).to_have_count(1)
    expect(_state(page, past, 3)).to_have_attribute("aria-pressed", "true")
    _state(page, past, 1).click()
    _expect_numbers(page, 25, 0, 0)
    _state(page, past, 3).click(modifiers=["Shift"])
    _expect_numbers(page, 25, 1, 1)
    page.go_back()
    _expect_numbers(page, 25, 0, 0)
    _state(page, past, 4).click()
    expect(page.get_by_text("Nothing differs between these states.")).to_be_visible()


def test_a_drag_and_the_keyboard_choose_as_well(page: Page, past: Past) -> None:
    _open(page, past, _between(past, 2, 3))
    _expect_numbers(page, 0, 0, 1)
    _state(page, past, 1).hover()
    page.mouse.down()
    _state(page, past, 2).hover()
    page.mouse.up()
    _expect_numbers(page, 25, 1, 0)
    _state(page, past, 2).focus()
    page.keyboard.press("ArrowRight")
    expect(_state(page, past, 3)).to_be_focused()
    page.keyboard.press("Enter")
    _expect_numbers(page, 0, 0, 1)


def test_a_link_restores_states_what_is_shown_and_the_page(page: Page, past: Past, browser: Browser) -> None:
    _open(page, past, _between(past, 0, 3))
    _expect_numbers(page, 25, 1, 1)
    expect(page.locator(".tile")).to_have_count(20)
    first = page.locator(".tile").first.get_attribute("data-id")
    page.get_by_role("button", name="Older").last.click()
    expect(page.locator(".tile")).to_have_count(5)
    shown = page.locator(".tile").evaluate_all("tiles => tiles.map(tile => tile.dataset.id)")
    somebody_else = browser.new_context(viewport={"width": 1440, "height": 900})
    theirs = somebody_else.new_page()
    theirs.goto(page.url)
    expect(theirs.locator(".tile")).to_have_count(5)
    assert theirs.locator(".tile").evaluate_all("tiles => tiles.map(tile => tile.dataset.id)") == shown
    somebody_else.close()
    page.get_by_role("button", name="Newer").last.click()
    expect(page.locator(".tile").first).to_have_attribute("data-id", str(first))
    page.get_by_role("radio", name=re.compile("Removed")).click()
    expect(page).to_have_url(re.compile("show=removed"))
    expect(page.locator(".tile")).to_have_count(1)


def test_what_changed_is_told_column_by_column_and_is_text(page: Page, past: Past) -> None:
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    _open(page, past, _between(past, 1, 2))
    change = page.locator(".change")
    expect(change).to_have_count(1)
    expect(change.locator(".title")).to_have_text(HOSTILE)
    rows = change.locator("tbody tr")
    cells = [[cell.strip() for cell in row.locator("th, td").all_inner_texts()] for row in rows.all()]
    assert cells == [["Tag", "other", "product"], ["Labels", "nothing", "spring, press"], ["Title", "first 0", HOSTILE]]
    assert page.title() != "1"
    assert problems == []
    page.get_by_text("By kind, tag and column").click()
    expect(page.get_by_test_id("stDataFrame")).to_have_count(3)


def test_an_item_opens_as_of_the_state_that_has_it(page: Page, past: Past) -> None:
    _open(page, past, _between(past, 2, 3))
    page.locator(".tile").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".title")).to_have_text("first 1")
    gone = past.first[1].asset_id
    for part in ("/gallery", f"as-of={past.states[2]}", f"open={gone}"):
        assert part in page.url
    page.go_back()
    _expect_numbers(page, 0, 0, 1)
    page.goto(f"{past.url}/time-machine{_between(past, 1, 2)}")
    page.locator(".change .title").click()
    expect(dialog.locator(".title")).to_have_text(HOSTILE)
    assert f"as-of={past.states[2]}" in page.url


def test_the_gallery_of_each_state_is_one_click_away(page: Page, past: Past) -> None:
    _open(page, past, _between(past, 0, 2))
    page.get_by_role("link", name=re.compile("The gallery as of")).first.click()
    expect(page).to_have_url(re.compile(f"/gallery\\?as-of={past.states[0]}"))
    expect(page.locator(".tile")).to_have_count(3)


def test_without_a_choice_the_latest_changes_are_shown(page: Page, past: Past) -> None:
    _open(page, past)
    expect(page.get_by_text("Nothing differs between these states.")).to_be_visible()  # files were rewritten last
    expect(_state(page, past, 4)).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("link", name="The gallery now")).to_be_visible()


def test_times_choose_states_too(page: Page, past: Past) -> None:
    tomorrow = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1)
    _open(page, past, f"?from={past.states[0]}&to={tomorrow}T00:00")
    _expect_numbers(page, 25, 1, 1)
    _open(page, past, "?from=yesterday&to=%3Cb%3E&show=all&after=x")
    expect(page.get_by_text("Nothing differs between these states.")).to_be_visible()


@pytest.mark.parametrize("query", ["?from=7", "?from=2001-01-01", "?to=12345"])
def test_a_state_that_is_not_kept_is_told_with_what_is(page: Page, past: Past, query: str) -> None:
    _open(page, past, query)
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("There is no state of the media as of")
    expect(alert).to_contain_text("States are kept from")
    page.get_by_role("button", name="From the earliest state to now").click()
    _expect_numbers(page, 25, 1, 1)
    expect(alert).to_have_count(0)


def test_who_may_not_see_the_media_is_told_nothing_of_their_past(page: Page, stack: Settings) -> None:
    page.goto(f"{stack.service('explorer').url}/time-machine?as=olga")
    expect(page.get_by_role("alert")).to_contain_text("olga may not see media.assets.")
    expect(page.locator(".history .state")).to_have_count(0)


@pytest.mark.parametrize("scheme", [pytest.param("light", marks=pytest.mark.long), "dark"])
def test_it_fits_a_phone_and_speaks_korean(browser: Browser, past: Past, scheme: str) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844},
        color_scheme="dark" if scheme == "dark" else "light",
        locale="ko-KR",
    )
    page = context.new_page()
    _open(page, past, _between(past, 0, 3))
    expect(page.get_by_text("추가됨", exact=True)).to_be_visible()
    expect(page.locator(".tile").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()


def test_one_state_and_no_table_are_told(
    page: Page, stack: Settings, trino: Trino, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("empty")
    made = Past(stack, trino, "media_past_none")
    made.drop()
    try:
        with own_explorer.running(
            stack, folder, bundle=with_media_elsewhere(folder / "bundle", made.schema)
        ) as made.url:
            page.goto(f"{made.url}/time-machine")
            expect(page.get_by_text("There is no media yet.")).to_be_visible()
            made.add(made.first)
            page.wait_for_timeout(6_000)  # what was read is kept for five seconds
            page.goto(f"{made.url}/time-machine")
            expect(page.get_by_text("There is one state only.")).to_be_visible()
            expect(page.get_by_role("link", name="The gallery now")).to_be_visible()
    finally:
        made.drop()


def test_without_trino_it_says_so(page: Page, stack: Settings, tmp_path: Path) -> None:
    nobody = f"http://{HOST}:{free_port()}"
    with own_explorer.running(stack, tmp_path, ready="/healthz", trino=nobody) as url:
        page.goto(f"{url}/time-machine")
        alert = page.get_by_role("alert")
        expect(alert).to_contain_text("The states cannot be compared.")
        expect(alert).to_contain_text(f"Trino at {nobody}: does not answer.")
