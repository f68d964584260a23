"""Somebody looks for media, step by step, as a person of each role; and those who may not see any."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, FilePayload, Locator, Page, expect

from lakefront.config import Settings
from lakefront.media.edits import Editor
from lakefront.trino import Trino
from tests.support.explorer_pages import an_image, settled
from tests.support.pictures import picture, saved
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.stack, pytest.mark.browser, pytest.mark.usefixtures("patience")]

PLAYED = "player => player.currentTime > player.duration / 2"
WIDE, PHONE = (1440, 900), (390, 844)
Edit = Literal["Tag", "Label", "Delete"]


@dataclass(frozen=True)
class Person:
    """One who may see media, what she may do to them, and how she looks at them."""

    name: str
    edits: tuple[Edit, ...]
    adds: bool
    size: tuple[int, int] = WIDE
    scheme: Literal["light", "dark"] = "light"


#: One of each role that opens the media, by hand from the policy.
PEOPLE: Final = (
    Person("victor", (), adds=False, size=PHONE, scheme="dark"),
    Person("dana", ("Tag", "Label"), adds=True),
    Person("ana", ("Tag", "Label"), adds=False, scheme="dark"),
    Person("admin", ("Tag", "Label", "Delete"), adds=True, size=PHONE),
)
OFTEN: Final = {"victor", "dana"}
#: One of each role that opens none of them.
OTHERS: Final = (
    "olga",
    pytest.param("elena", marks=pytest.mark.long),
    pytest.param("tom", marks=pytest.mark.long),
)


class Journey:
    """One person at the explorer: what she sees, and each state that she has come by."""

    def __init__(self, page: Page, url: str, person: Person) -> None:
        self.page, self.person = page, person
        self._url = url
        self.seen: list[tuple[str, list[str], str]] = []

    def go(self, address: str) -> None:
        self.page.goto(f"{self._url}/{address}{'&' if '?' in address else '?'}as={self.person.name}")

    @property
    def ids(self) -> list[str]:
        return self.page.locator(".tile").evaluate_all("tiles => tiles.map(tile => tile.dataset.id)")

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog")

    def expect_total(self, total: int) -> None:
        words = f"{total:,} item" + ("" if total == 1 else "s")
        expect(self.page.locator(".st-key-bar strong")).to_have_text(words)

    def remember(self) -> None:
        """Keep the state that is shown, which its address has to restore."""
        settled(self.page)
        title = self.dialog.locator(".title").inner_text() if self.dialog.count() else ""
        self.seen.append((self.page.url, self.ids, title))

    def filter(self, name: str) -> Locator:
        """Return the filter of a name; on a phone the filters lie over the page when they are opened."""
        ways_in = self.page.get_by_test_id("stExpandSidebarButton")
        if self.person.size is PHONE and ways_in.is_visible():
            ways_in.click()
        return self.page.locator("section.stSidebar").get_by_role("button", name=re.compile(rf"^{name}\s"))

    def close_filters(self) -> None:
        close = self.page.get_by_role("button", name="Collapse sidebar")
        if self.person.size is PHONE and not self.page.get_by_test_id("stExpandSidebarButton").is_visible():
            close.click()


@pytest.fixture(
    params=[
        pytest.param(person, id=person.name, marks=() if person.name in OFTEN else pytest.mark.long)
        for person in PEOPLE
    ]
)
def journey(request: pytest.FixtureRequest, browser: Browser, stack: Settings) -> Iterator[Journey]:
    person: Person = request.param
    width, height = person.size
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=person.scheme, locale="en-GB", timezone_id="UTC"
    )
    context.set_default_timeout(30_000)
    yield Journey(context.new_page(), stack.service("explorer").url, person)
    context.close()


def _decoded(picture: Locator) -> None:
    wait_for(lambda: picture.evaluate("image => image.naturalWidth") > 0, what="a picture being there")


def test_from_the_first_look_to_the_link_that_is_sent(journey: Journey, browser: Browser, trino: Trino) -> None:
    page, mine = journey.page, trino.signed_in_as(journey.person.name)
    everything = int(mine.query("SELECT count(*) FROM media.assets").scalar())

    # Thumbnails are there at once, blurred placeholders first.
    journey.go("gallery")
    expect(page.locator(".tile")).to_have_count(20)
    assert page.locator(".tile canvas.blur").count() == 20
    _decoded(page.locator(".tile img").first)
    journey.expect_total(everything)
    journey.remember()

    # Narrows by tag and kind, counts follow.
    of_users = int(mine.query("SELECT count(*) FROM media.assets WHERE tag = 'user'").scalar())
    journey.filter("user").click()
    journey.expect_total(of_users)
    pictures = int(mine.query("SELECT count(*) FROM media.assets WHERE tag = 'user' AND kind = 'image'").scalar())
    expect(journey.filter("Images")).to_have_accessible_name(f"Images {pictures}")
    journey.filter("Images").click()
    journey.expect_total(pictures)
    journey.close_filters()
    journey.remember()

    # Turns the page, and opens one at full size with all that is known of it.
    first = journey.ids[0]
    page.get_by_role("button", name="Older").filter(visible=True).first.click()
    expect(page.locator(".tile").first).not_to_have_attribute("data-id", first)
    journey.remember()
    page.locator(".tile").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(journey.dialog.locator(".title")).not_to_be_empty()
    _decoded(journey.dialog.locator(".media img"))
    expect(journey.dialog.locator(".about")).to_contain_text("SHA-256")
    expect(page).to_have_url(re.compile(f"open={journey.ids[1]}"))
    journey.remember()

    # Back and forward go through all of it.
    page.go_back()
    expect(journey.dialog).to_have_count(0)
    page.go_back()
    expect(page.locator(".tile").first).to_have_attribute("data-id", first)
    page.go_forward()
    expect(page.locator(".tile").first).not_to_have_attribute("data-id", first)
    page.go_forward()
    expect(journey.dialog.locator(".title")).not_to_be_empty()
    page.keyboard.press("Escape")
    expect(journey.dialog).to_have_count(0)

    # Each state is restored by its link, for whoever gets it.
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB", timezone_id="UTC")
    colleague = context.new_page()
    for address, ids, title in journey.seen:
        colleague.goto(address)
        expect(colleague.locator(".tile")).to_have_count(len(ids))
        assert colleague.locator(".tile").evaluate_all("tiles => tiles.map(tile => tile.dataset.id)") == ids
        if title:
            expect(colleague.get_by_role("dialog").locator(".title")).to_have_text(title)
    context.close()


def test_twelve_are_picked_and_saved_and_may_be_changed_by_whom_the_policy_lets(journey: Journey) -> None:
    page = journey.page
    journey.go("gallery?kind=image&min-width=10")
    expect(page.locator(".tile")).to_have_count(20)
    chosen = journey.ids[:12]
    page.locator(".tile").first.focus()
    page.keyboard.press("Space")
    for _ in range(11):
        page.keyboard.press("Shift+ArrowRight")
    bar = page.locator(".st-key-selected")
    expect(bar.get_by_text("12 selected", exact=True)).to_be_visible()
    for edit in ("Tag", "Label", "Delete"):
        expect(bar.get_by_role("button", name=edit, exact=True)).to_have_count(int(edit in journey.person.edits))
    bar.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.locator(".offer[data-format=zip]").click()
    with zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes())) as archive:
        assert archive.testzip() is None
        told: dict[str, Any] = json.loads(archive.read("manifest.json"))
    assert {asset["asset_id"] for asset in told["assets"]} == set(chosen)
    assert told["export"]["viewer"] == journey.person.name
    expect(page.locator(".sending").last).to_contain_text("Saved: ")


def test_near_duplicates_a_sound_and_a_film(journey: Journey, trino: Trino) -> None:
    page = journey.page
    near, asset = trino.query(
        "SELECT near_group, min(asset_id) FROM media.duplicates WHERE same_group IS NULL GROUP BY 1 ORDER BY 1 LIMIT 1"
    ).rows[0]
    others = trino.query("SELECT count(*) FROM media.duplicates WHERE near_group = ?", [near]).scalar() - 1
    journey.go(f"gallery?open={asset}")
    twins = journey.dialog.locator(".twin")
    expect(twins).to_have_count(others)
    twins.first.click()
    expect(page).not_to_have_url(re.compile(f"open={asset}"))
    journey.dialog.get_by_role("link", name="Open on its own page").click()
    expect(page).to_have_url(re.compile(r"/item\?id="))
    assert parse_qs(urlsplit(page.url).query)["as"] == [journey.person.name]
    for kind, drawn in (("audio", ".wave"), ("video", ".strip")):
        found = trino.query("SELECT min(asset_id) FROM media.assets WHERE kind = ?", [kind]).scalar()
        journey.go(f"item?id={found}")
        player = page.locator(f".asset {kind}")
        expect(page.locator(f".asset {drawn}")).to_be_visible()
        wait_for(lambda player=player: player.evaluate("p => p.readyState") >= 1, what=f"the {kind}'s metadata")
        player.evaluate("p => { p.muted = true; p.currentTime = p.duration / 2; return p.play(); }")
        wait_for(
            lambda player=player: player.evaluate("p => p.currentTime > p.duration / 2"), what=f"the {kind} playing"
        )


def test_files_are_dropped_and_each_ones_fate_is_told(journey: Journey, stack: Settings, trino: Trino) -> None:
    page = journey.page
    journey.go("upload")
    if not journey.person.adds:
        expect(page.get_by_role("alert")).to_contain_text("Your roles add no media.")
        expect(page.locator("input[type=file]")).to_have_count(0)
        return
    files = [(f"{n}.png", saved(picture(4000 + n, 40, 30), "PNG")) for n in (1, 2, 1)]
    try:
        page.locator("input[type=file]").set_input_files(
            [
                FilePayload(name=name, mimeType="image/png", buffer=data)
                for name, data in [*files, ("letter.txt", b"Dear reader, this is no picture at all.")]
            ]
        )
        page.get_by_role("button", name="Take in 3 items").click()
        told = page.get_by_role("heading", name="Last upload:")
        expect(told).to_contain_text("2 added, 1 already there, 1 refused")
        expect(page.get_by_role("alert").filter(has_text="letter.txt")).to_contain_text("not a picture")
    finally:
        added = trino.query(
            "SELECT asset_id FROM media.assets WHERE created_by = ? AND source_system = 'manual' AND width = 40",
            [journey.person.name],
        ).rows
        if added:
            Editor(stack).delete([row[0] for row in added])


@pytest.mark.parametrize("person", OTHERS)
def test_who_may_see_no_media_is_told_so_on_every_page(page: Page, stack: Settings, trino: Trino, person: str) -> None:
    url, asset = stack.service("explorer").url, an_image(trino)
    title = str(trino.query("SELECT title FROM media.assets WHERE asset_id = ?", [asset]).scalar())
    for address in (
        "gallery",
        f"gallery?open={asset}",
        f"item?id={asset}",
        "search",
        "search?layout=grid",
        "duplicates",
        "time-machine",
        "statistics",
    ):
        page.goto(f"{url}/{address}{'&' if '?' in address else '?'}as={person}")
        alert = page.get_by_role("alert").first
        expect(alert).to_contain_text(f"{person} may not see media.")
        expect(alert).to_contain_text("Ask data-protection@example.com")
        settled(page)
        assert page.locator(".tile, .group, .asset .title, .js-plotly-plot, .history .state").count() == 0, address
        assert title not in page.locator("[data-testid=stApp]").inner_text(), address
    page.goto(f"{url}/upload?as={person}")
    expect(page.get_by_role("alert")).to_contain_text("Your roles add no media.")
    page.goto(f"{url}/?as={person}")
    expect(page.get_by_text(f"{person} may not see media.assets").first).to_be_visible()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB", timezone_id="UTC")
    made.set_default_timeout(30_000)
    yield made
    made.close()


def test_two_tabs_and_two_people_do_not_disturb_each_other(
    context: BrowserContext, browser: Browser, stack: Settings, trino: Trino
) -> None:
    url = stack.service("explorer").url
    images, films = context.new_page(), context.new_page()
    theirs = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB", timezone_id="UTC")
    other = theirs.new_page()
    here = [(images, "image", "admin"), (films, "video", "admin"), (other, "image", "victor")]
    for page, kind, person in here:
        page.goto(f"{url}/gallery?kind={kind}&as={person}")
        expect(page.locator(".tile").first).to_be_visible()
    # Each does something else: one opens, one selects and chooses Korean, one turns the page.
    images.locator(".tile").first.click()
    expect(images.get_by_role("dialog").locator(".title")).not_to_be_empty()
    films.locator(".tile").first.focus()
    films.keyboard.press("Space")
    expect(films.locator(".st-key-selected")).to_contain_text("1 selected")
    films.get_by_role("button", name="English").click()
    films.get_by_text("한국어", exact=True).click()
    expect(films.locator(".st-key-selected")).to_contain_text("1개 선택")
    first = other.locator(".tile").first.get_attribute("data-id")
    other.get_by_role("button", name="Older").first.click()
    expect(other.locator(".tile").first).not_to_have_attribute("data-id", str(first))
    for page, kind, person in here:
        settled(page)
        query = parse_qs(urlsplit(page.url).query)
        assert (query["kind"], query["as"]) == ([kind], [person])
        count = int(
            trino.signed_in_as(person).query("SELECT count(*) FROM media.assets WHERE kind = ?", [kind]).scalar()
        )
        expect(page.locator(".st-key-bar strong")).to_contain_text(f"{count:,}")
        expect(page.get_by_role("button", name=person)).to_be_visible()
    assert ("open" in images.url, "open" in films.url, "open" in other.url) == (True, False, False)
    assert ("after" in images.url, "after" in films.url, "after" in other.url) == (False, False, True)
    images.keyboard.press("Escape")
    expect(images.locator(".st-key-selected")).to_have_count(0)
    expect(other.locator(".st-key-selected")).to_have_count(0)
    expect(images.get_by_role("button", name="English")).to_be_visible()
    expect(films.locator(".st-key-selected")).to_contain_text("1개 선택")
    theirs.close()
