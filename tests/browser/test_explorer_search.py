"""The page of search: a form that becomes an address, results that are right, and views that people share by name."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from lakefront.config import Settings
from lakefront.media.views import Views, saved_views
from lakefront.trino import Trino
from tests.support.explorer_pages import settled
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.stack, pytest.mark.browser, pytest.mark.usefixtures("patience")]

HOSTILE = '<img src=x onerror="document.title=1"> **bold** [link](javascript:alert(1))'


def _open(page: Page, stack: Settings, query: str = "?as=ana") -> None:
    page.goto(f"{stack.service('explorer').url}/search{query}")
    expect(page.get_by_test_id("stForm").first).to_be_visible()


def _expect_total(page: Page, number: int) -> None:
    expect(page.locator(".st-key-bar")).to_contain_text(f"{number:,} item" + ("" if number == 1 else "s"))


def _table(page: Page) -> Locator:
    return page.get_by_test_id("stDataFrame")


def _said(page: Page) -> dict[str, list[str]]:
    return {name: values for name, values in parse_qs(urlsplit(page.url).query).items() if name != "as"}


def _search(page: Page) -> None:
    page.get_by_role("button", name="Search", exact=True).click()


def _sidebar(page: Page) -> Locator:
    return page.get_by_test_id("stSidebar")


@pytest.fixture
def name(trino: Trino, stack: Settings) -> Iterator[str]:
    """A name that no view has; what is saved under it is deleted in the end."""
    made = f"View {secrets.token_hex(4)}"
    yield made
    for view in saved_views(trino):
        if made in view.name:
            Views(stack, trino).delete(view)


def test_the_form_becomes_an_address_that_finds_the_same(page: Page, stack: Settings, trino: Trino) -> None:
    _open(page, stack)
    _expect_total(page, int(trino.query("SELECT count(*) FROM media.assets").scalar()))
    page.get_by_role("textbox", name="Title or label").fill("lake")
    page.get_by_role("button", name="Images").click()
    page.get_by_text("More fields").click()
    page.get_by_role("spinbutton", name="Width in pixels, from").fill("1000")
    _search(page)
    expect(page).to_have_url(re.compile("min-width=1000"))
    assert _said(page) == {"text": ["lake"], "kind": ["image"], "min-width": ["1000"]}
    sql = (
        "SELECT count(*) FROM media.assets WHERE kind = 'image' AND width >= 1000"
        " AND (lower(title) LIKE '%lake%' OR any_match(labels, l -> lower(l) LIKE '%lake%'))"
    )
    wanted = int(trino.query(sql).scalar())
    _expect_total(page, wanted)
    expect(page.locator(".st-key-bar")).to_contain_text(re.compile(r"in (\d+ ms|\d+\.\d s)"))
    settled(page)  # a table of other columns takes the place of the one before when the script has ended
    expect(_table(page)).to_be_visible()
    page.reload()
    _expect_total(page, wanted)
    expect(page.get_by_role("textbox", name="Title or label")).to_have_value("lake")
    page.get_by_role("link", name="Open in the gallery").click()
    expect(page).to_have_url(re.compile(r"/gallery\?.*min-width=1000"))  # its parameters come after its path
    assert _said(page) == {"text": ["lake"], "kind": ["image"], "min-width": ["1000"]}
    expect(page.get_by_text(f"{wanted:,} item").first).to_be_visible()


def test_exif_is_searched_by_tag_and_text(page: Page, stack: Settings, trino: Trino) -> None:
    model = str(trino.query("SELECT max(element_at(exif, 'Model')) FROM media.assets").scalar())
    _open(page, stack, f"?as=admin&exif={quote(f'Model={model.lower()}')}")
    sql = "SELECT count(*) FROM media.assets WHERE strpos(lower(element_at(exif, 'Model')), lower(?)) > 0"
    _expect_total(page, int(trino.query(sql, [model]).scalar()))


def test_an_example_is_a_condition_and_a_wrong_one_is_told_where_it_is_wrong(
    page: Page, stack: Settings, trino: Trino
) -> None:
    _open(page, stack)
    page.get_by_text("Condition in SQL").click()
    columns = page.locator(".st-key-columns")
    expect(columns).to_contain_text("duration_seconds")
    expect(columns).to_contain_text("timestamp(6) with time zone")
    expect(columns).to_contain_text("Size of the original in bytes.")
    page.get_by_role("button", name="Without labels").click()
    expect(page).to_have_url(re.compile("where="))
    assert _said(page) == {"where": ["cardinality(labels) = 0"]}
    box = page.get_by_role("textbox", name=re.compile("True or false"))
    expect(box).to_have_value("cardinality(labels) = 0")
    box.fill("tag = 'user' AND widht > 1")
    _search(page)
    expect(page.get_by_text("The condition cannot be asked.")).to_be_visible()
    expect(page.get_by_text("letter 18: there is no column 'widht'. Did you mean 'width'?").first).to_be_visible()
    expect(page.get_by_test_id("stCode").first).to_contain_text(f"{' ' * 17}^^^^^")
    box.fill("tag = 'user' AND width > 1")
    _search(page)
    sql = "SELECT count(*) FROM media.assets WHERE tag = 'user' AND width > 1"
    _expect_total(page, int(trino.query(sql).scalar()))
    box.fill("width < 0")
    _search(page)
    expect(page.get_by_text("Nothing was found")).to_be_visible()
    page.get_by_role("button", name=re.compile("No condition")).click()
    expect(_table(page)).to_be_visible()


def test_table_and_grid_hold_the_same_and_open_the_same(page: Page, stack: Settings, trino: Trino) -> None:
    _open(page, stack, "?as=ana&kind=video&sort=name&size=40")
    expect(_table(page)).to_be_visible()
    sql = (
        "SELECT asset_id FROM media.assets WHERE kind = 'video' ORDER BY substr(lower(title), 1, 64), asset_id LIMIT 40"
    )
    wanted = [str(row[0]) for row in trino.query(sql).rows]
    box = _table(page).bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 56, box["y"] + 36 + 28)  # the button of the first row
    expect(page).to_have_url(re.compile(f"open={wanted[0]}"))
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page).not_to_have_url(re.compile("open="))
    page.get_by_role("radio", name=re.compile("Grid")).click(force=True)
    expect(page).to_have_url(re.compile("layout=grid"))
    expect(page.locator(".tile")).to_have_count(len(wanted))
    assert page.locator(".tile").evaluate_all("tiles => tiles.map(tile => tile.dataset.id)") == wanted
    page.locator(".tile").first.click()
    expect(page).to_have_url(re.compile(f"open={wanted[0]}"))


def test_a_view_is_saved_opened_by_another_renamed_and_deleted(
    page: Page, browser: Browser, stack: Settings, trino: Trino, *, name: str
) -> None:
    _open(page, stack, "?as=ana&kind=image&where=width+%3E+height&layout=grid")
    wide = int(trino.query("SELECT count(*) FROM media.assets WHERE kind = 'image' AND width > height").scalar())
    _expect_total(page, wide)
    page.get_by_text("Save this view").click()
    page.get_by_role("textbox", name="Save what is shown as").fill(name)
    page.get_by_role("textbox", name="What it is good for").fill(HOSTILE)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text(f"Saved as {name}.")).to_be_visible()
    expect(_sidebar(page).get_by_text(name)).to_be_visible()
    expect(_sidebar(page).get_by_text(f"ana · {HOSTILE}")).to_be_visible()

    context = browser.new_context()
    other = context.new_page()
    _open(other, stack, "?as=victor")
    _sidebar(other).get_by_role("button", name=name).click()
    expect(other).to_have_url(re.compile(f"view={quote(name).replace('%20', '([+]|%20)')}"))
    _expect_total(other, wide)
    expect(other.locator(".tile").first).to_be_visible()
    other.locator(".tile").first.click()
    expect(other.get_by_role("dialog")).to_be_visible()
    other.keyboard.press("Escape")
    expect(other.get_by_role("dialog")).to_have_count(0)
    expect(_sidebar(other).locator(f"[class*='st-key-edit-View-{name[5:]}']")).to_have_count(0)
    other.get_by_text("Save this view").click()
    other.get_by_role("textbox", name="Save what is shown as").fill(name.upper())
    other.get_by_role("button", name="Save", exact=True).click()
    expect(other.get_by_text(f"ana has saved a view as '{name}' already.")).to_be_visible()

    _sidebar(page).locator(f"[class*='st-key-edit-View-{name[5:]}'] button").click()
    page.get_by_role("textbox", name="Name", exact=True).fill(f"{name} again")
    page.get_by_role("button", name="Save changes").click()
    expect(_sidebar(page).get_by_role("button", name=f"{name} again")).to_be_visible()
    other.goto(f"{stack.service('explorer').url}/search?as=victor&view={quote(name)}")
    expect(other.get_by_text("It was renamed or deleted, or never saved.")).to_be_visible()
    _open(other, stack, f"?as=victor&view={quote(name + ' again')}")
    _expect_total(other, wide)
    context.close()

    _sidebar(page).locator(f"[class*='st-key-edit-View-{name[5:]}'] button").click()
    page.get_by_text("Delete it, for everybody").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(_sidebar(page).get_by_text(f"{name} again")).to_have_count(0)
    wait_for(lambda: not [view for view in saved_views(trino) if name in view.name], what="the view being deleted")


def test_a_view_opens_in_the_gallery_as_well(page: Page, stack: Settings, trino: Trino, *, name: str) -> None:
    Views(stack, trino.signed_in_as("dana")).save(name, "kind=video")
    page.goto(f"{stack.service('explorer').url}/gallery?as=victor")
    _sidebar(page).get_by_text("Saved views").click()
    page.get_by_role("button", name=name).click()
    expect(page).to_have_url(re.compile("kind=video"))
    expect(page.locator(".tile").first).to_be_visible()


def test_who_may_see_no_media_sees_no_views(page: Page, stack: Settings, trino: Trino, *, name: str) -> None:
    Views(stack, trino.signed_in_as("ana")).save(name, "kind=video")
    page.goto(f"{stack.service('explorer').url}/search?as=tom")
    expect(page.get_by_text("may not see").first).to_be_visible()
    expect(page.get_by_text(name)).to_have_count(0)


def test_it_speaks_korean(page: Page, stack: Settings) -> None:
    page.goto(f"{stack.service('explorer').url}/search?as=ana&lang=ko")
    expect(page.get_by_role("button", name="검색", exact=True)).to_be_visible()
    expect(_sidebar(page).get_by_text("저장된 보기").first).to_be_visible()


@pytest.mark.parametrize("scheme", [pytest.param("light", marks=pytest.mark.long), "dark"])
def test_it_fits_a_phone(page: Page, stack: Settings, scheme: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    _open(page, stack, "?as=ana&min-width=10&where=width+%3E+1")
    expect(_table(page)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for button in page.get_by_test_id("stForm").get_by_role("button").all():
        box = button.bounding_box()
        assert box is None or box["x"] + box["width"] <= 390
