"""What somebody does while a page is still coming is heard, and goes on from where her last click led."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from lakefront.config import Settings
from tests.support import own_explorer
from tests.support.explorer_pages import expect_parameters, picked
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.stack, pytest.mark.browser, pytest.mark.usefixtures("patience")]


@pytest.fixture(scope="module")
def explorer(stack: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An explorer of the sample's media."""
    with own_explorer.running(stack, tmp_path_factory.mktemp("explorer")) as url:
        yield url


class Line:
    """The line between a page and its server, on which what the server says can be kept back."""

    def __init__(self, page: Page) -> None:
        self._kept: list[tuple[WebSocketRoute, str | bytes]] = []
        self._holds = False
        self.said = 0
        page.route_web_socket("**/_stcore/stream", self._connect)

    def _connect(self, client: WebSocketRoute) -> None:
        server = client.connect_to_server()

        def from_server(message: str | bytes) -> None:
            self.said += 1
            if self._holds:
                self._kept.append((client, message))
            else:
                client.send(message)

        client.on_message(server.send)
        server.on_message(from_server)

    def hold(self) -> None:
        """Keep back what the server says from now on."""
        self._holds = True

    def release(self) -> None:
        """Say what was kept back, in its order."""
        self._holds = False
        for client, message in self._kept:
            client.send(message)
        self._kept.clear()

    def trickle(self, page: Page) -> None:
        """Say what is kept back piece by piece, so that each is drawn by itself, until nothing came for two seconds."""
        idle = 0
        while idle < 40:
            page.wait_for_timeout(50)
            idle += 1
            if self._kept:
                client, message = self._kept.pop(0)
                client.send(message)
                idle = 0
        self.release()

    def answered(self, page: Page) -> None:
        """Wait until the server has answered what was asked: it says nothing more for a while."""
        before = self.said
        wait_for(lambda: page.wait_for_timeout(50) or self.said > before, what="an answer")
        self.answered_all(page)

    def answered_all(self, page: Page) -> None:
        """Wait until the server has nothing more to say."""
        said = -1
        while said != self.said:
            said = self.said
            page.wait_for_timeout(1_000)


def _open(page: Page, address: str) -> Line:
    line = Line(page)
    page.goto(address)
    expect(page.locator(".tile").first).to_be_visible()
    expect(page.locator(".st-key-bar strong")).to_be_visible()
    page.wait_for_timeout(1_000)
    return line


def _turned(page: Page) -> None:
    page.get_by_role("button", name="Older").first.click()


def test_what_is_selected_just_after_a_page_was_turned_leaves_it_turned(page: Page, explorer: str) -> None:
    line = _open(page, f"{explorer}/gallery")
    first = page.locator(".tile").first.get_attribute("data-id") or ""
    line.hold()
    _turned(page)
    line.answered(page)
    page.locator(".pick input").first.check()
    line.answered(page)
    line.release()
    expect(page).to_have_url(re.compile("after="))
    expect(page.locator(".st-key-selected")).to_contain_text("1 selected")
    expect(page.locator(".tile").first).not_to_have_attribute("data-id", first)
    assert picked(page) == []  # what was selected is on the page before
    # A part of the page was drawn anew; what stands beside it is still there.
    expect(page.get_by_role("button", name="Images")).to_have_accessible_name("Images 252")
    page.go_back()
    expect(page.locator(".tile").first).to_have_attribute("data-id", first)
    expect(page).to_have_url(f"{explorer}/gallery")


def test_a_page_that_is_turned_just_after_a_filter_was_set_is_one_of_what_it_leaves(page: Page, explorer: str) -> None:
    line = _open(page, f"{explorer}/gallery")
    line.hold()
    page.get_by_role("button", name="Images").click()
    line.answered(page)
    _turned(page)
    line.answered(page)
    line.release()
    expect(page).to_have_url(re.compile("kind=image&after="))
    expect(page.locator(".st-key-bar strong")).to_have_text("252 items")
    page.go_back()
    expect(page).to_have_url(f"{explorer}/gallery?kind=image")
    expect(page.locator(".st-key-bar strong")).to_have_text("252 items")
    page.go_back()
    expect(page).to_have_url(f"{explorer}/gallery")
    expect(page.locator(".st-key-bar strong")).to_have_text("288 items")


def test_a_filter_that_is_set_just_after_another_is_set_beside_it(page: Page, explorer: str) -> None:
    line = _open(page, f"{explorer}/gallery")
    line.hold()
    page.get_by_role("button", name="Images").click()
    line.answered(page)
    page.get_by_role("button", name="product").click()
    line.answered(page)
    line.release()
    expect(page).to_have_url(re.compile("kind=image&tag=product"))
    for name in ("Images", "product"):
        expect(page.get_by_role("button", name=name)).to_have_attribute("aria-pressed", "true")
    left = page.locator(".st-key-bar strong").inner_text().removesuffix(" items")
    expect(page.get_by_role("button", name="product")).to_have_accessible_name(f"product {left}")


def test_days_that_the_timeline_sets_stay_when_a_filter_follows_at_once(page: Page, explorer: str) -> None:
    line = _open(page, f"{explorer}/gallery")
    day = page.locator(".timeline .bars i").last
    line.hold()
    day.click()
    line.answered(page)
    page.get_by_role("button", name="Images").click()
    line.answered(page)
    line.release()
    expect(page).to_have_url(re.compile(r"kind=image&since=[\d-]+&until=[\d-]+"))


def test_a_period_of_statistics_stays_when_a_filter_follows_at_once(page: Page, explorer: str) -> None:
    line = Line(page)
    page.goto(f"{explorer}/statistics?as=ana")
    expect(page.locator(".st-key-card-tags .js-plotly-plot").first).to_be_visible()
    line.answered_all(page)
    sidebar = page.locator("section.stSidebar")
    line.hold()
    sidebar.get_by_role("radio", name="Last 90 days").click()
    line.answered(page)
    sidebar.get_by_role("button", name="Images").click()
    line.answered(page)
    line.release()
    expect_parameters(page, {"as": ["ana"], "kind": ["image"], "last": ["90"]})


def test_a_person_who_is_chosen_stays_chosen_when_something_else_follows_at_once(page: Page, explorer: str) -> None:
    line = _open(page, f"{explorer}/gallery?as=admin")
    page.locator(".st-key-who").get_by_role("button").click()
    choice = page.get_by_text("victor", exact=True)
    expect(choice).to_be_visible()
    line.hold()
    choice.click()
    line.answered(page)
    page.locator(".tile").first.focus()
    page.keyboard.press("Space")
    line.answered(page)
    line.release()
    expect(page.locator(".st-key-who")).to_contain_text("victor")
    expect(page).to_have_url(re.compile("as=victor"))


#: Where what can be clicked above the pictures stands from the moment it does, whatever comes after it.
WATCH = """
window.moved = {};
const parts = {
  order: ".st-key-sort",
  export: ".st-key-export-all button",
  newer: ".st-key-back-top button",
  older: ".st-key-on-top button",
  pictures: ".st-key-grid",
  kinds: ".stSidebar .st-key-kinds",
};
const look = () => {
  for (const [name, selector] of Object.entries(parts)) {
    const part = document.querySelector(selector);
    if (!part || !part.getBoundingClientRect().width) continue;
    const { x, y } = part.getBoundingClientRect();
    const places = (window.moved[name] ??= []);
    const place = `${Math.round(x)},${Math.round(y)}`;
    if (places.at(-1) !== place) places.push(place);
  }
  requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""


@pytest.mark.parametrize("width", [1280, 1800])
def test_nothing_moves_under_the_pointer_of_a_first_visitor(page: Page, explorer: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.add_init_script(WATCH)
    line = Line(page)
    line.hold()
    page.goto(f"{explorer}/gallery?kind=video", wait_until="commit")
    line.trickle(page)
    expect(page.locator(".tile").first).to_be_visible()
    expect(page.locator(".st-key-export-all button").first).to_be_visible()
    expect(page.locator(".timeline .bars i").first).to_be_visible()
    expect(page.locator(".stSidebar").get_by_role("button", name="Videos")).to_be_visible()
    places = page.evaluate("window.moved")
    assert sorted(places) == ["export", "kinds", "newer", "older", "order", "pictures"]
    assert {name: seen for name, seen in places.items() if len(seen) > 1} == {}
