"""Selecting in the gallery by mouse, keyboard and thumb, and exports of what is selected or filtered, opened again."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import httpx
import pyarrow.parquet
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from lakefront.config import Settings
from lakefront.trino import Trino
from tests.support import own_explorer
from tests.support.explorer_pages import picked, settled
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.stack, pytest.mark.browser, pytest.mark.usefixtures("patience")]


@pytest.fixture(scope="module")
def explorer(stack: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An explorer of the sample's media."""
    with own_explorer.running(stack, tmp_path_factory.mktemp("explorer")) as url:
        yield url


def _open(page: Page, url: str, query: str = "") -> None:
    page.goto(f"{url}/gallery{query}")
    expect(page.locator(".tile").first).to_be_visible()
    # What stands above the grid has come, so that nothing moves under the pointer.
    expect(page.locator(".st-key-bar strong")).to_be_visible()


def _ids(page: Page) -> list[str]:
    return page.locator(".tile").evaluate_all("tiles => tiles.map(tile => tile.dataset.id)")


def _bar(page: Page) -> Locator:
    return page.locator(".st-key-selected")


def _expect_selected(page: Page, number: int) -> None:
    expect(_bar(page).get_by_text(f"{number} selected", exact=True)).to_be_visible()


def _saved(page: Page, of: str, menu: Locator) -> bytes:
    """Export in a format and return what the browser saved."""
    menu.click()
    settled(page)
    begun = page.locator(".sending").count()
    with page.expect_download() as download:
        page.locator(f".offer[data-format={of}]").click()
    assert re.fullmatch(rf"lakefront-media-\d{{4}}-\d\d-\d\d-\d{{6}}\.{of}", download.value.suggested_filename)
    data = Path(download.value.path()).read_bytes()
    expect(page.locator(".sending")).to_have_count(begun + 1)
    expect(page.locator(".sending").last).to_have_attribute("data-state", "done")
    expect(page.locator(".offer")).to_have_count(0)  # a click on what is still open would close it
    return data


def _export(page: Page) -> Locator:
    return _bar(page).get_by_role("button", name="Export")


def test_a_click_that_comes_after_the_menu_was_closed_is_heard(page: Page, explorer: str) -> None:
    _open(page, explorer, "?kind=video")
    menu = page.locator(".st-key-export-all button").first
    menu.click()
    settled(page)
    # As where the browser is slower than the click: the menu is closed for the server, and the format is still there.
    offer = page.locator(".offer[data-format=csv]").element_handle()
    menu.click()
    expect(page.locator(".offer")).to_have_count(0)
    settled(page)
    with page.expect_download():
        offer.evaluate("button => button.click()")
    expect(page.locator(".sending")).to_have_attribute("data-state", "done")


def test_the_keyboard_selects_one_a_range_the_page_and_lets_go(page: Page, explorer: str) -> None:
    _open(page, explorer)
    page.locator(".tile").first.focus()
    page.keyboard.press("Space")
    _expect_selected(page, 1)
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".tile").first).to_be_focused()
    expect(page.locator(".tile").first).to_have_attribute("aria-label", re.compile(", selected$"))
    for _ in range(3):
        page.keyboard.press("Shift+ArrowRight")
    _expect_selected(page, 4)
    page.keyboard.press("Shift+ArrowLeft")  # back by one lets go of one
    _expect_selected(page, 3)
    assert picked(page) == [0, 1, 2]
    expect(page.locator(".tile").nth(2)).to_be_focused()
    page.keyboard.press("Space")
    _expect_selected(page, 2)
    page.keyboard.press("ControlOrMeta+a")
    _expect_selected(page, 20)
    page.keyboard.press("Escape")
    expect(_bar(page)).to_have_count(0)
    assert picked(page) == []
    expect(page.locator(".tile").nth(2)).to_be_focused()
    page.keyboard.press("?")
    for words in ("Select the whole page", "Let go of all that is selected, on every page"):
        expect(page.get_by_text(words)).to_be_visible()


def test_the_mouse_selects_one_and_a_range_and_a_click_still_opens(page: Page, explorer: str) -> None:
    _open(page, explorer)
    expect(page.locator(".pick").nth(5)).to_have_css("opacity", "0")
    page.locator(".tile").nth(1).hover()
    expect(page.locator(".pick").nth(1)).to_have_css("opacity", "1")
    page.get_by_role("checkbox", name=re.compile("^Select ")).nth(1).check()
    _expect_selected(page, 1)
    expect(page.locator(".pick").nth(5)).to_have_css("opacity", "1")
    page.locator(".pick").nth(4).click(modifiers=["Shift"])
    _expect_selected(page, 4)
    assert picked(page) == [1, 2, 3, 4]
    page.locator(".tile").nth(2).click(modifiers=["ControlOrMeta"])
    _expect_selected(page, 3)
    page.locator(".tile").nth(6).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".title")).not_to_be_empty()
    page.keyboard.press("Escape")  # closes what is open, and nothing else
    expect(dialog).to_have_count(0)
    _expect_selected(page, 3)
    _bar(page).get_by_role("button", name="Clear").click()
    expect(_bar(page)).to_have_count(0)
    assert picked(page) == []


def test_fast_clicks_are_all_heard(page: Page, explorer: str) -> None:
    _open(page, explorer)
    page.locator(".pick input").evaluate_all("all => all.forEach(box => box.click())")
    _expect_selected(page, 20)
    page.locator(".pick input").evaluate_all("all => all.slice(0, 7).forEach(box => box.click())")
    _expect_selected(page, 13)
    assert picked(page) == [*range(7, 20)]


def test_a_selection_lives_over_pages_and_is_not_in_the_address(page: Page, explorer: str, browser: Browser) -> None:
    _open(page, explorer)
    first = _ids(page)
    page.locator(".tile").first.focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Older").first.click()
    expect(page.locator(".tile").first).not_to_have_attribute("data-id", first[0])
    _expect_selected(page, 1)
    assert picked(page) == []
    second = _ids(page)
    page.locator(".pick input").nth(3).check()
    _expect_selected(page, 2)
    address = page.url
    assert "select" not in address
    page.get_by_role("button", name="Newer").first.click()
    expect(page.locator(".tile").first).to_have_attribute("data-id", first[0])
    assert picked(page) == [0]
    told = json.loads(_saved(page, "json", _export(page)))
    assert [asset["asset_id"] for asset in told["assets"]] == [first[0], second[3]]

    somebody_else = browser.new_context(viewport={"width": 1440, "height": 900})
    theirs = somebody_else.new_page()
    theirs.goto(address)
    expect(theirs.locator(".tile").first).to_be_visible()
    expect(_bar(theirs)).to_have_count(0)
    somebody_else.close()


def test_another_person_has_a_selection_of_her_own(page: Page, explorer: str) -> None:
    _open(page, explorer, "?as=admin")
    page.locator(".pick input").first.check()
    _expect_selected(page, 1)
    page.locator(".st-key-who").get_by_role("button").click()
    page.get_by_text("victor", exact=True).click()
    expect(page).to_have_url(re.compile("as=victor"))
    expect(_bar(page)).to_have_count(0)
    wait_for(lambda: picked(page) == [], what="nothing being selected for her")


def test_each_format_is_saved_and_opens(page: Page, explorer: str, trino: Trino) -> None:
    _open(page, explorer, "?kind=image")
    ids = _ids(page)[:3]
    page.locator(".tile").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    _expect_selected(page, 3)
    columns = ("title", "file_size", "sha256")
    found = trino.query(f"SELECT asset_id, {', '.join(columns)} FROM media.assets WHERE asset_id IN (?, ?, ?)", ids)
    known = {row[0]: row[1:] for row in found.rows}

    rows = list(csv.DictReader(io.StringIO(_saved(page, "csv", _export(page)).decode("utf-8-sig"), newline="")))
    assert [row["asset_id"] for row in rows] == ids
    assert [(row["title"], int(row["file_size"]), row["sha256"]) for row in rows] == [known[name] for name in ids]
    table = pyarrow.parquet.read_table(io.BytesIO(_saved(page, "parquet", _export(page)))).to_pylist()
    assert [tuple(row[column] for column in columns) for row in table] == [known[name] for name in ids]
    told = json.loads(_saved(page, "json", _export(page)))
    assert (told["export"]["viewer"], told["export"]["query"]) == ("admin", {"ids": ids})
    with zipfile.ZipFile(io.BytesIO(_saved(page, "zip", _export(page)))) as opened:
        assert opened.testzip() is None
        manifest = json.loads(opened.read("manifest.json"))
        assert [opened.getinfo(asset["file"]).file_size for asset in manifest["assets"]] == [known[i][1] for i in ids]
    for sending in page.locator(".sending").all():
        expect(sending).to_contain_text("Saved: ")
    expect(page.locator(".sending")).to_have_count(4)
    page.locator(".sending").first.get_by_role("button", name="Close").click()
    expect(page.locator(".sending")).to_have_count(3)


def test_all_that_the_filters_leave_is_exported(page: Page, explorer: str, trino: Trino) -> None:
    _open(page, explorer, "?kind=video&sort=oldest")
    wanted = "SELECT asset_id FROM media.assets WHERE kind = 'video' ORDER BY upload_time, asset_id"
    known = [row[0] for row in trino.query(wanted).rows]
    menu = page.locator(".st-key-export-all").get_by_role("button")
    menu.click()
    expect(page.locator(".offer[data-format=csv]")).to_contain_text(f"{len(known)} rows")
    expect(page.locator(".offer[data-format=zip]")).to_contain_text(f"{len(known)} files, ")
    settled(page)
    menu.click()
    expect(page.locator(".offer")).to_have_count(0)
    settled(page)
    rows = csv.DictReader(io.StringIO(_saved(page, "csv", menu).decode("utf-8-sig"), newline=""))
    assert [row["asset_id"] for row in rows] == known


def test_what_search_found_is_selected_by_ticks_and_exported(page: Page, explorer: str, trino: Trino) -> None:
    page.goto(f"{explorer}/search?kind=video&sort=name&size=20")
    table = page.get_by_test_id("stDataFrame")
    expect(table).to_be_visible()
    expect(page.locator(".st-key-bar strong")).to_be_visible()
    sql = "SELECT asset_id, tag FROM media.assets WHERE kind = 'video' ORDER BY substr(lower(title), 1, 64), asset_id"
    videos = trino.query(sql).rows
    tags = len({tag for _, tag in videos})
    expect(page.locator(".st-key-bar")).to_contain_text(f"{tags} tag{'' if tags == 1 else 's'}")
    _click_row(page, 0, "tick")
    _expect_selected(page, 1)
    _click_row(page, 1, "tick")
    _expect_selected(page, 2)
    # The button opens its item as often as it is clicked, and what is ticked stays so.
    for _ in range(2):
        _click_row(page, 2, "open")
        expect(page.get_by_role("dialog")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page).not_to_have_url(re.compile("open="))
    _expect_selected(page, 2)
    rows = list(csv.DictReader(io.StringIO(_saved(page, "csv", _export(page)).decode("utf-8-sig"))))
    assert {row["asset_id"] for row in rows} == {str(row[0]) for row in videos[:2]}
    # The grid has the same selection; what it lets go of is let go of in the table.
    settled(page)
    page.get_by_role("radio", name=re.compile("Grid")).click(force=True)
    expect(page).to_have_url(re.compile("layout=grid"))
    expect(page.locator(".tile")).to_have_count(min(20, len(videos)))
    assert picked(page) == [0, 1]
    page.locator(".tile").nth(1).hover()
    page.get_by_role("checkbox", name=re.compile("^Select ")).nth(1).uncheck()
    _expect_selected(page, 1)
    page.get_by_role("radio", name=re.compile("Table")).click(force=True)
    expect(table).to_be_visible()
    _expect_selected(page, 1)
    _click_row(page, 0, "tick")
    expect(_bar(page).get_by_text("selected")).to_have_count(0)
    every = page.locator(".st-key-arrangement").get_by_test_id("stPopover").get_by_role("button")
    rows = list(csv.DictReader(io.StringIO(_saved(page, "csv", every).decode("utf-8-sig"))))
    assert [row["asset_id"] for row in rows] == [str(row[0]) for row in videos]


def _click_row(page: Page, row: int, what: Literal["tick", "open"]) -> None:
    """Click into a row of the table that Streamlit draws: a picture, so its places have to be known."""
    settled(page)
    table = page.get_by_test_id("stDataFrame")
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + {"tick": 15, "open": 56}[what], box["y"] + 36 + 28 + 56 * row)


def test_a_person_exports_what_she_sees(page: Page, explorer: str) -> None:
    _open(page, explorer, "?as=victor&kind=image")
    page.locator(".pick input").first.check()
    _expect_selected(page, 1)
    for name in ("Tag", "Label", "Delete"):
        expect(_bar(page).get_by_role("button", name=name)).to_have_count(0)
    told = json.loads(_saved(page, "json", _export(page)))
    assert told["export"]["viewer"] == "victor"
    assert told["assets"][0]["exif"] == {}


def _offer(page: Page) -> dict[str, str]:
    """Return the form that an offer of the menu would send."""
    with page.expect_request("**/api/export/file") as asked:
        page.locator(".offer[data-format=zip]").click()
    return dict(httpx.QueryParams(asked.value.post_data or ""))


def test_only_what_was_offered_is_sent_and_its_length_is_told(page: Page, explorer: str) -> None:
    _open(page, explorer)
    page.locator(".pick input").first.check()
    _export(page).click()
    form = _offer(page)
    url = f"{explorer}/api/export/file"
    answer = httpx.post(url, data=form)
    assert answer.status_code == 200
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert re.fullmatch(r'attachment; filename="lakefront-media-[\d-]+\.zip"', answer.headers["content-disposition"])
    told: dict[str, Any] = httpx.post(f"{explorer}/api/export/progress", data=form).json()
    assert (told["state"], told["sent"], told["of"]) == ("done", len(answer.content), len(answer.content))
    others: list[dict[str, str]] = [
        {},
        form | {"token": form["token"][:-2]},
        form | {"what": '{"filter":{},"sort":"newest"}'},
        {name: value for name, value in form.items() if name != "token"},
    ]
    for other in others:
        refused = httpx.post(url, data=other)
        assert refused.status_code == 403
        assert "To mend it" in refused.text
    assert httpx.post(f"{explorer}/api/export/progress", data={"run": form["run"]}).status_code == 403
    assert httpx.post(url, content=b"x" * 600_000).status_code == 400
    asked = httpx.get(url)  # no address that somebody could be sent: Streamlit answers with its page
    assert "content-disposition" not in asked.headers
    assert asked.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("scheme", [pytest.param("light", marks=pytest.mark.long), "dark"])
def test_a_phone_selects_by_touch_and_everything_fits(browser: Browser, explorer: str, scheme: str) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844},
        has_touch=True,
        is_mobile=True,
        color_scheme="dark" if scheme == "dark" else "light",
        locale="ko-KR",
    )
    page = context.new_page()
    _open(page, explorer)
    expect(page.locator(".pick").first).to_have_css("opacity", "1")
    page.locator(".pick").nth(0).tap()
    page.locator(".pick").nth(1).tap()
    expect(_bar(page)).to_contain_text("2개 선택됨")
    _bar(page).get_by_role("button", name="내보내기").tap()
    offers = page.locator(".offer")
    expect(offers).to_have_count(4)
    expect(offers.last).to_contain_text("파일 2개")
    wait_for(
        lambda: all((box := part.bounding_box()) and 0 <= box["y"] <= 844 - box["height"] for part in offers.all()),
        what="all formats being in sight",
    )
    for part in (_bar(page), *offers.all()):
        box = part.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()
