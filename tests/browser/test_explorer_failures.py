"""Every page while Trino or the object store is stopped, slow or refuses: it says so, and comes back by itself.

The explorer is one of this file, with relays of its own before the stack's services: nobody else notices.
"""

from __future__ import annotations

import contextlib
import json
import re
import zipfile
from collections.abc import Callable, Collection, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, FilePayload, Locator, Page, expect

from lakefront.config import Settings
from lakefront.media.assets import split_path, thumbnail_key
from lakefront.media.objects import ObjectStore
from lakefront.media.thumbnails import SIZES
from lakefront.trino import Trino
from tests.support.explorer_pages import PAGES, Shown, an_image, settled
from tests.support.faults import Faulty, faulty_explorer
from tests.support.pictures import picture, saved
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.stack, pytest.mark.browser, pytest.mark.usefixtures("patience")]

#: Longer than anybody waits.
NEVER = 3600.0
#: Milliseconds in which all pages at once have to say what does not work, and to come back.
PATIENCE = 120_000
#: Pages that need no Trino to be told what they tell, and what is only refused once it can be asked.
WITHOUT_TRINO = {"upload", "upload-refused", "dashboards", "dashboards-refused"}
#: Pages that show nothing that could be kept, and the time machine, which keeps what two states differ in by itself.
NOTHING_KEPT = WITHOUT_TRINO | {"nothing-left", "refused", "time-machine"}
#: Where each page says that pictures cannot be fetched.
PICTURES = {
    "home": "[role=alert]",
    "gallery": ".notice",
    "item": "[role=dialog] .trouble",
    "item-page": ".trouble",
    "search": "[role=alert]",
    "search-grid": ".notice",
    "duplicates": ".notice",
    "look-alikes": ".notice",
}
NO_PICTURES = {shown.name for shown in PAGES} - PICTURES.keys()
Fault = Callable[[Faulty], None]


@dataclass(frozen=True)
class Case:
    """What happens to Trino, and who looks meanwhile: what another one has read is not asked for again at once."""

    fault: Fault
    person: str
    locale: str


TRINO = [
    pytest.param(Case(lambda faulty: faulty.trino.down(), "ana", "en-GB"), id="stopped", marks=pytest.mark.long),
    pytest.param(Case(lambda faulty: faulty.trino.slow(NEVER), "dana", "ko-KR"), id="slow"),
    pytest.param(
        Case(lambda faulty: faulty.trino.refuse(503), "victor", "en-GB"), id="refuses", marks=pytest.mark.long
    ),
    pytest.param(
        Case(lambda faulty: faulty.trino.refuse(429), "admin", "ko-KR"), id="too much to do", marks=pytest.mark.long
    ),
]
STORE = [
    pytest.param(lambda faulty: faulty.objects.down(), id="stopped"),
    pytest.param(lambda faulty: faulty.objects.slow(NEVER), id="slow", marks=pytest.mark.long),
    pytest.param(lambda faulty: faulty.objects.refuse(503), id="refuses", marks=pytest.mark.long),
]
AGAIN = {"en-GB": "This page tries again every few seconds.", "ko-KR": "몇 초마다 다시 시도합니다"}
NOT_WORDS = re.compile(r"Traceback|Exception|Error\b|HTTPConnectionPool|object at 0x|\bNone\b")


@pytest.fixture(scope="module")
def explorer(stack: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faulty]:
    with faulty_explorer(stack, tmp_path_factory.mktemp("failures")) as made:
        yield made


@pytest.fixture
def faulty(explorer: Faulty) -> Iterator[Faulty]:
    yield explorer
    explorer.mend()


@dataclass(frozen=True)
class Tab:
    """A page that one person has open, in a browser of her own."""

    shown: Shown
    page: Page

    @property
    def ready(self) -> Locator:
        """What is to be seen; where only some may add media, the others are told."""
        told = ", [role=alert]" if self.shown.name == "upload" else ""
        return self.page.locator(f"{self.shown.ready}{told}").first

    @property
    def main(self) -> Locator:
        return self.page.locator("[data-testid=stMain]")


@contextlib.contextmanager
def _tabs(
    context: BrowserContext, url: str, asset: str, person: str, *, without: Collection[str] = ()
) -> Generator[list[Tab]]:
    """Open every page at once; `person` where the address names nobody."""
    tabs: list[Tab] = []
    try:
        for shown in (each for each in PAGES if each.name not in without):
            page = context.new_page()
            address = shown.address.format(asset=asset)
            if "as=" not in address:
                address += f"{'&' if '?' in address else '?'}as={person}"
            page.goto(f"{url}/{address}", wait_until="commit")
            tabs.append(Tab(shown, page))
        yield tabs
    finally:
        for tab in tabs:
            tab.page.close()


@contextlib.contextmanager
def _person(browser: Browser, locale: str = "en-GB") -> Generator[BrowserContext]:
    """Start a browser for somebody who reads a language."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale=locale, timezone_id="UTC")
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


def _in_words(tab: Tab) -> str:
    """Return what a page says, after looking that it is made of words."""
    said = tab.main.inner_text()
    assert tab.page.locator("[data-testid=stException]").count() == 0, tab.shown.name
    assert not NOT_WORDS.search(said), f"{tab.shown.name}: {said}"
    return said


@pytest.mark.parametrize("case", TRINO)
def test_every_page_says_that_trino_does_not_answer_and_comes_back_by_itself(
    browser: Browser, faulty: Faulty, trino: Trino, case: Case
) -> None:
    case.fault(faulty)
    again = AGAIN[case.locale]
    with (
        _person(browser, case.locale) as context,
        _tabs(context, faulty.url, an_image(trino), case.person) as tabs,
    ):
        for tab in tabs:
            if tab.shown.name in WITHOUT_TRINO:
                expect(tab.ready).to_be_visible(timeout=PATIENCE)
            elif tab.shown.name == "home":
                expect(tab.page.get_by_role("alert").filter(has_text=faulty.trino.url)).to_be_visible(timeout=PATIENCE)
            else:
                alert = tab.page.get_by_role("alert").filter(has_text=again).first
                expect(alert).to_contain_text(faulty.trino.url, timeout=PATIENCE)
            _in_words(tab)
            assert case.locale == "en-GB" or tab.page.locator(".in-english").count() == 0, tab.shown.name
        faulty.mend()
        for tab in tabs:
            expect(tab.ready).to_be_visible(timeout=PATIENCE)
            expect(tab.page.get_by_text(again)).to_have_count(0, timeout=PATIENCE)
            expect(tab.page.get_by_text(faulty.trino.url)).to_have_count(0, timeout=PATIENCE)
            settled(tab.page)
            _in_words(tab)


def _forget(page: Page, url: str) -> None:
    """Let the explorer forget what it has read of media, as it does when somebody changes some."""
    page.goto(f"{url}/gallery?as=dana&kind=video&tag=other")
    expect(page.locator(".tile").first).to_be_visible(timeout=PATIENCE)
    page.locator(".tile").first.focus()
    page.keyboard.press("Space")
    bar = page.locator(".st-key-selected")
    bar.get_by_role("button", name="Tag").click()
    page.get_by_role("button", name="other", exact=True).click()
    expect(bar).to_contain_text("1 had it already", timeout=PATIENCE)


def test_what_is_shown_stays_while_trino_is_away(page: Page, faulty: Faulty, trino: Trino) -> None:
    said = "This is how it was at"
    with _tabs(page.context, faulty.url, an_image(trino), "admin", without=NOTHING_KEPT) as tabs:
        for tab in tabs:
            expect(tab.ready).to_be_visible(timeout=PATIENCE)
            settled(tab.page)
        _forget(page, faulty.url)
        faulty.trino.down()
        for tab in tabs:
            tab.page.keyboard.press("r")  # Streamlit runs the page anew
        for tab in tabs:
            expect(tab.page.get_by_text(said).first).to_be_visible(timeout=PATIENCE)
            expect(tab.ready).to_be_visible()
            _in_words(tab)
        faulty.mend()
        for tab in tabs:
            expect(tab.page.get_by_text(said)).to_have_count(0, timeout=PATIENCE)
            expect(tab.ready).to_be_visible()


def test_without_trino_the_ways_from_page_to_page_are_open(page: Page, faulty: Faulty) -> None:
    page.goto(f"{faulty.url}/gallery?as=victor&tag=user")
    expect(page.locator(".tile")).to_have_count(20)
    videos = page.locator("section.stSidebar").get_by_role("button", name=re.compile(r"^Videos\s"))
    expect(videos).to_be_visible()
    faulty.trino.down()
    assert httpx.get(f"{faulty.url}/readyz").status_code == 503
    videos.click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("The gallery cannot be read.")
    expect(alert).to_contain_text(f"Trino at {faulty.trino.url}: does not answer.")
    page.get_by_role("link", name="Home").click()
    expect(page.get_by_role("alert").filter(has_text="Trino")).to_contain_text("all dashboards have no data")
    expect(page.locator("[data-testid='stGrid'] > *", has_text="Object store")).to_contain_text("Reachable")
    page.go_back()
    expect(page.get_by_role("alert").filter(has_text="The gallery cannot be read.")).to_be_visible()
    faulty.mend()
    expect(page.locator(".tile")).not_to_have_count(0, timeout=PATIENCE)
    expect(page.get_by_role("alert")).to_have_count(0)


@pytest.fixture
def fresh(stack: Settings, tmp_path: Path) -> Iterator[Faulty]:
    """An explorer that has fetched no picture yet."""
    with faulty_explorer(stack, tmp_path) as made:
        yield made


@pytest.mark.parametrize("fault", STORE)
def test_every_page_says_that_pictures_cannot_be_fetched_and_fetches_them_then(
    page: Page, fresh: Faulty, trino: Trino, fault: Fault
) -> None:
    fault(fresh)
    with _tabs(page.context, fresh.url, an_image(trino), "admin") as tabs:
        for tab in tabs:
            expect(tab.ready).to_be_visible(timeout=PATIENCE)
            if tab.shown.name in PICTURES:
                missed = tab.page.locator(PICTURES[tab.shown.name]).first
                expect(missed).to_contain_text(re.compile("object store", re.IGNORECASE), timeout=PATIENCE)
            _in_words(tab)
        fresh.mend()
        for tab in tabs:
            expect(tab.ready).to_be_visible(timeout=PATIENCE)
            if tab.shown.name in PICTURES:
                missed = tab.page.locator(PICTURES[tab.shown.name]).filter(has_text="object store")
                expect(missed.filter(visible=True)).to_have_count(0, timeout=PATIENCE)
            if tab.shown.name not in {"search", *NO_PICTURES}:
                _decoded(tab.page.locator("img.here").first)


def test_without_the_object_store_a_page_that_is_turned_has_placeholders(page: Page, fresh: Faulty) -> None:
    page.goto(f"{fresh.url}/gallery?kind=image")
    expect(page.locator(".tile")).to_have_count(20)
    _decoded(page.locator(".tile img").first)
    fresh.objects.down()
    first = page.locator(".tile").first.get_attribute("data-id")
    page.get_by_role("button", name="Older").first.click()
    expect(page.locator(".tile").first).not_to_have_attribute("data-id", str(first))
    notice = page.locator(".notice")
    expect(notice).to_contain_text("the object store does not answer")
    expect(page.locator(".tile canvas.blur")).to_have_count(20)
    page.locator(".tile").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".trouble")).to_contain_text("the object store does not answer")
    expect(dialog.locator(".about")).to_contain_text("S3 path")
    fresh.mend()
    expect(dialog.locator(".media img.here")).to_be_visible(timeout=PATIENCE)
    expect(dialog.locator(".trouble")).not_to_be_visible()
    page.keyboard.press("Escape")
    page.locator(".tile").last.scroll_into_view_if_needed()
    expect(page.locator(".tile img.here")).to_have_count(20, timeout=PATIENCE)
    expect(notice).not_to_be_visible()


def _decoded(picture: Locator) -> None:
    wait_for(lambda: picture.evaluate("image => image.naturalWidth") > 0, what="a picture being there")


def _item(page: Page, url: str, asset: str) -> Locator:
    page.goto(f"{url}/item?id={asset}")
    item = page.locator(".asset")
    expect(item.locator(".title")).not_to_be_empty()
    return item


@pytest.mark.parametrize("kind", ["audio", "video"])
def test_a_player_waits_for_the_store_and_goes_on(page: Page, faulty: Faulty, trino: Trino, kind: str) -> None:
    faulty.objects.down()
    asset = str(trino.query("SELECT max(asset_id) FROM media.assets WHERE kind = ?", [kind]).scalar())
    item = _item(page, faulty.url, asset)
    expect(item.locator(".trouble")).to_contain_text("the object store does not answer. Trying again")
    expect(item.locator(".note")).to_contain_text("Trying again every few seconds")
    faulty.mend()
    player = item.locator(kind)
    wait_for(lambda: player.evaluate("p => p.readyState") >= 1, within=60, what="the player having the file")
    expect(item.locator(".trouble")).not_to_be_visible()
    expect(item.locator({"audio": ".wave", "video": ".strip"}[kind])).to_be_visible()


def test_a_download_of_a_store_that_is_away_leaves_the_page_where_it_is(
    page: Page, faulty: Faulty, trino: Trino
) -> None:
    item = _item(page, faulty.url, an_image(trino))
    address = page.url
    faulty.objects.down()
    item.get_by_role("link", name="Download original").click()
    expect(item.locator(".trouble")).to_contain_text("Try again in a few seconds")
    assert page.url == address
    faulty.mend()
    with page.expect_download() as download:
        item.get_by_role("link", name="Download original").click()
    assert Path(download.value.path()).stat().st_size > 0
    expect(item.locator(".trouble")).not_to_be_visible()


@pytest.fixture
def reader(browser: Browser, locale: str) -> Iterator[Page]:
    """A page of somebody who reads the language of the test."""
    with _person(browser, locale) as context:
        yield context.new_page()


@pytest.fixture
def without_object(stack: Settings, trino: Trino) -> Iterator[str]:
    """An image whose original and thumbnails are gone until the test has ended."""
    asset, path, sha256 = trino.query(
        "SELECT asset_id, s3_path, sha256 FROM media.assets WHERE kind = 'image' AND mime_type = 'image/webp'"
        " AND asset_id NOT IN (SELECT asset_id FROM media.duplicates) ORDER BY asset_id LIMIT 1"
    ).rows[0]
    store = ObjectStore.from_settings(stack)
    kept = {}
    for key in (split_path(path)[1], *(thumbnail_key(sha256, size) for size in SIZES)):
        about = store.head(key)
        assert about is not None
        kept[key] = (store.get(key), about.content_type)
        store.remove(key)
    yield str(asset)
    for key, (data, content_type) in kept.items():
        store.put(key, data, content_type)


@pytest.mark.parametrize("locale", ["en-GB", "ko-KR"])
def test_a_row_without_its_object_says_so_wherever_it_is_shown(
    reader: Page, fresh: Faulty, trino: Trino, without_object: str, locale: str
) -> None:
    title, day = trino.query(
        "SELECT title, CAST(upload_time AT TIME ZONE 'UTC' AS date) FROM media.assets WHERE asset_id = ?",
        [without_object],
    ).rows[0]
    said = {
        "en-GB": ("No preview", "The file is missing", "Not in the object store: 1"),
        "ko-KR": ("미리 보기 없음", "파일이 없습니다", "오브젝트 저장소에 없는 파일 1개"),
    }[locale]
    reader.goto(f"{fresh.url}/gallery?since={day}&until={day}&type=image%2Fwebp")
    tile = reader.locator(f".tile[data-id='{without_object}']")
    expect(tile).to_contain_text(said[0])
    tile.click()
    dialog = reader.get_by_role("dialog")
    expect(dialog.locator(".title")).to_have_text(title)
    expect(dialog.locator(".trouble")).to_contain_text(said[1])
    expect(dialog.locator(".about")).to_contain_text("s3://")
    address = reader.url
    dialog.locator(".way.download").click()
    expect(dialog.locator(".trouble")).to_contain_text(said[1])
    assert reader.url == address
    reader.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    settled(reader)
    reader.locator(".st-key-export-all").get_by_role("button").click()
    with reader.expect_download() as download:
        reader.locator(".offer[data-format=zip]").click()
    expect(reader.locator(".sending").last).to_contain_text(said[2])
    with zipfile.ZipFile(download.value.path()) as archive:
        assert json.loads(archive.read("manifest.json"))["missing"] == [without_object]


@pytest.mark.parametrize("locale", ["en-GB", "ko-KR"])
def test_an_export_that_fails_says_why(reader: Page, faulty: Faulty, locale: str) -> None:
    said = {"en-GB": "Trino does not answer at", "ko-KR": "응답하지 않습니다. 해결 방법:"}[locale]
    reader.goto(f"{faulty.url}/gallery?kind=audio")
    expect(reader.locator(".tile").first).to_be_visible()
    settled(reader)
    reader.locator(".st-key-export-all").get_by_role("button").click()
    expect(reader.locator(".offer[data-format=csv]")).to_be_visible()
    faulty.trino.down()
    reader.locator(".offer[data-format=csv]").click()
    expect(reader.locator(".sending").last).to_contain_text(said)


def test_files_that_are_chosen_wait_for_trino_and_an_upload_that_fails_is_told(page: Page, faulty: Faulty) -> None:
    page.goto(f"{faulty.url}/upload?as=dana")
    field = page.locator("input[type=file]")
    expect(field).to_have_count(1)
    faulty.trino.down()
    file = FilePayload(name="new.png", mimeType="image/png", buffer=saved(picture(77)))
    field.set_input_files([file])
    expect(page.get_by_role("alert")).to_contain_text("It cannot be told which of the files are here already.")
    faulty.mend()
    take_in = page.get_by_role("button", name="Take in 1 item")
    expect(take_in).to_be_visible()
    faulty.objects.down()
    take_in.click()
    alert = page.get_by_role("alert").first
    expect(alert).to_contain_text("The upload did not come to its end.", timeout=PATIENCE)
    expect(alert).to_contain_text("The object store")
    expect(alert).not_to_contain_text("tries again")


@pytest.mark.parametrize("locale", ["en-GB", pytest.param("ko-KR", marks=pytest.mark.long)])
@pytest.mark.parametrize(
    "address",
    [
        "gallery?as-of={state}",
        "gallery?as-of={state}&open={asset}",
        "item?id={asset}&as-of={state}",
        "search?as-of={state}",
        "time-machine?from={state}",
    ],
)
def test_a_state_that_has_expired_is_said_and_left(
    reader: Page, stack: Settings, trino: Trino, address: str, locale: str
) -> None:
    said, back = {
        "en-GB": ("There is no state of the media as of 1234567890, or not any more", "Back to now|The latest changes"),
        "ko-KR": ("1234567890 시점의 미디어 상태가 없거나 더는 남아 있지 않습니다", "현재로 돌아가기|최근 변경"),
    }[locale]
    url = stack.service("explorer").url
    reader.goto(f"{url}/{address.format(state=1234567890, asset=an_image(trino))}")
    expect(reader.get_by_role("alert").filter(has_text=said).first).to_be_visible()
    assert reader.locator("[data-testid=stException], .in-english").count() == 0
    reader.get_by_role("button", name=re.compile(back)).first.click()
    expect(reader.get_by_role("alert")).to_have_count(0)
    assert "1234567890" not in reader.url
