"""The explorer in English and Korean: as the browser says, as somebody chooses, over every way from page to page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from lakefront.config import Settings
from lakefront.trino import Trino
from tests.support.explorer_pages import PAGES, Shown, an_image, look_at, settled

pytestmark = [pytest.mark.stack, pytest.mark.browser, pytest.mark.usefixtures("patience")]

#: Names, units, and what is written the same in every language.
NAMES = {
    *("Lakefront", "Superset", "Trino", "Streamlit", "Iceberg", "REST", "catalog", "S3Proxy", "English"),
    *("UTC", "SQL", "Enter", "Shift", "MB", "kB", "GB", "MP", "ms"),
    *("EXIF", "MD5", "SHA", "256", "S3", "ID"),
    *("admin", "victor", "tom", "olga"),
}
#: Data, SQL, commands, and what is said to be English.
DATA = ", ".join(
    [
        "[lang=en]",
        "code",
        "[data-testid=stLinkButton]",  # dashboards have the names that their files give them
        "table td",
        ".tiles",
        ".st-key-dashboard, .embedded iframe",
        "[translate=no]",  # icons are letters of a font
        "[data-testid=stDateInput] [role=group], [data-testid=stDateTimeInput] [role=group]",  # Streamlit's: yyyy-mm-dd
        ".asset .title, .asset .chips, .asset dd, .asset .alike, .asset img, .changes",  # what is said of items
        "textarea, [data-testid=stMultiSelect] input",  # examples of what to write: SQL, and a tag of EXIF
        ".st-key-export-all button",  # Streamlit's name of an icon; what it does is said in Korean beside it
        "input[type=file]",
        "[data-testid=stPills] button",
        "[data-testid=stButtonGroup] button",
        ".yaxislayer-above",
        "[data-testid=stPageLink]",
        "h1",
        ".st-key-who",
        "[class*=st-key-origin-]",  # what type of file an item is, and where it came from
    ]
)
#: Every text that is seen, and the names of what can be operated, in open shadow trees, too.
TEXTS = """
(data) => {
    const found = [];
    const look = (root) => {
        for (const node of root.querySelectorAll('*')) {
            if (node.shadowRoot) look(node.shadowRoot);
            if (node.closest(data) || ['STYLE', 'SCRIPT', 'NOSCRIPT', 'TITLE'].includes(node.tagName)) continue;
            if (!node.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
            for (const child of node.childNodes) if (child.nodeType === 3) found.push(child.data);
            for (const name of ['aria-label', 'placeholder', 'title', 'alt']) found.push(node.getAttribute(name) ?? '');
        }
    };
    look(document.body);
    return found;
}
"""
LETTERS = re.compile(r"[A-Za-z][A-Za-z0-9]+")


@pytest.fixture
def korean(browser: Browser) -> Iterator[Page]:
    """A page in a browser that asks for Korean."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="ko-KR", timezone_id="UTC")
    yield context.new_page()
    context.close()


def _open(page: Page, stack: Settings, address: str = "") -> None:
    page.goto(f"{stack.service('explorer').url}/{address}")
    expect(page.locator(".st-key-corner")).to_be_visible()
    settled(page)


def _expect_language(page: Page, name: str, title: str) -> None:
    expect(page.locator("html")).to_have_attribute("lang", name)
    expect(page).to_have_title(f"{title} · Lakefront")


def _lang(page: Page) -> list[str] | None:
    return parse_qs(urlsplit(page.url).query).get("lang")


def _choose(page: Page, language: str) -> None:
    choices = page.get_by_test_id("stPopoverBody")
    if not choices.count():  # they stay open when one is chosen
        page.locator(".st-key-speaking button").click()
    choices.get_by_text(language, exact=True).click()


def test_a_browser_that_asks_for_korean_gets_it(korean: Page, page: Page, stack: Settings) -> None:
    _open(korean, stack)
    _expect_language(korean, "ko", "홈")
    expect(korean.get_by_role("link", name="갤러리")).to_be_visible()
    expect(korean.get_by_text("원본 크기")).to_be_visible()
    _open(page, stack)
    _expect_language(page, "en", "Home")
    expect(page.get_by_text("Size of originals")).to_be_visible()


def test_an_address_says_the_language_whatever_the_browser_asks_for(korean: Page, stack: Settings) -> None:
    _open(korean, stack, "statistics?lang=en")
    _expect_language(korean, "en", "Statistics")
    _open(korean, stack, "statistics?lang=xx")
    _expect_language(korean, "ko", "통계")


def test_the_choice_goes_along_over_every_way_and_is_no_step_of_its_own(page: Page, stack: Settings) -> None:
    _open(page, stack, "?lang=ko")
    _expect_language(page, "ko", "홈")
    page.get_by_role("link", name="통계").click()
    _expect_language(page, "ko", "통계")
    expect(page).to_have_url(re.compile(r"/statistics\?lang=ko$"))
    page.locator(".st-key-ways-uploads a").first.click()
    _expect_language(page, "ko", "갤러리")
    expect(page.locator(".tile").first).to_be_visible()
    assert _lang(page) == ["ko"]
    page.locator(".tile").first.click()
    expect(page).to_have_url(re.compile("open="))
    assert _lang(page) == ["ko"]
    page.go_back()
    expect(page).not_to_have_url(re.compile("open="))
    settled(page)
    page.go_back()
    _expect_language(page, "ko", "통계")
    settled(page)
    page.go_back()
    _expect_language(page, "ko", "홈")
    settled(page)
    page.go_forward()
    _expect_language(page, "ko", "통계")
    settled(page)
    page.go_back()
    _expect_language(page, "ko", "홈")
    settled(page)
    page.get_by_role("button", name="갤러리 열기").click()
    _expect_language(page, "ko", "갤러리")
    expect(page).to_have_url(re.compile(r"/gallery\?lang=ko$"))
    page.reload()
    _expect_language(page, "ko", "갤러리")


def test_another_language_is_chosen_and_streamlits_own_words_come_along(page: Page, stack: Settings) -> None:
    _open(page, stack, "upload")
    field = page.get_by_test_id("stFileUploaderDropzone")
    expect(field.locator("button")).to_have_text(re.compile("Upload"))
    _choose(page, "한국어")
    _expect_language(page, "ko", "업로드")
    expect(page).to_have_url(re.compile("lang=ko"))
    expect(field).to_contain_text("업로드")
    expect(field).to_contain_text("파일당 최대 200MB")
    _choose(page, "English")
    _expect_language(page, "en", "Upload")
    expect(page).to_have_url(re.compile("lang=en"))
    expect(field).to_contain_text("200MB per file")
    expect(field.locator("button")).to_have_text(re.compile("Upload"))


# A phone and a wide screen have the two kinds of bars; between them only the room changes.
@pytest.mark.parametrize("width", [390, *(pytest.param(width, marks=pytest.mark.long) for width in (768, 1024)), 1440])
@pytest.mark.parametrize("address", ["?lang=ko", "gallery?lang=en&as=data_protection"])
def test_the_choosers_stand_in_nobodys_way(page: Page, stack: Settings, width: int, address: str) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    _open(page, stack, address)
    expect(page.locator(".st-key-corner")).to_have_css("position", "fixed")
    corner = page.locator(".st-key-corner").bounding_box()
    assert corner is not None
    assert corner["x"] + corner["width"] <= width
    beside = page.locator(
        "[data-testid=stLogoLink]:visible, [data-testid=stExpandSidebarButton]:visible,"
        " [data-testid=stTopNavLink]:visible, [data-testid=stTopNavSection]:visible"
    )
    expect(beside.first).to_be_visible()
    for each in beside.all():
        box = each.bounding_box()
        if box and box["y"] < 56 and box["width"]:
            assert box["x"] + box["width"] <= corner["x"] or box["x"] >= corner["x"] + corner["width"], each


@pytest.mark.parametrize("shown", PAGES, ids=lambda each: each.name)
def test_no_english_word_is_left(korean: Page, stack: Settings, trino: Trino, shown: Shown) -> None:
    look_at(korean, stack, shown, an_image(trino))
    _expect_language(korean, "ko", korean.title().removesuffix(" · Lakefront"))
    texts: list[str] = korean.evaluate(TEXTS, DATA)
    left = {text.strip() for text in texts if set(LETTERS.findall(re.sub(r"\S+[./@]\S+", "", text))) - NAMES}
    assert left == set()
