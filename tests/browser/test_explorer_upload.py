"""Uploading in the explorer: each file's fate is told, nothing is there twice, and only those add who may."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from lakefront.config import Settings
from lakefront.trino import Trino
from tests.support import own_explorer
from tests.support.bundles import with_media_elsewhere
from tests.support.pictures import picture, saved

pytestmark = [pytest.mark.stack, pytest.mark.browser, pytest.mark.usefixtures("patience")]

SCHEMA = "media_uploads"
HOSTILE = "<img src=x onerror=alert(1)> **bold**.png"


@pytest.fixture(scope="module")
def explorer(stack: Settings, trino: Trino, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An explorer whose media are a table that only this test writes to."""
    folder: Path = tmp_path_factory.mktemp("upload")
    bundle = with_media_elsewhere(folder / "bundle", SCHEMA)
    try:
        with own_explorer.running(stack, folder, bundle=bundle) as url:
            yield url
    finally:
        for kind, name in (("VIEW", "image_metadata"), ("TABLE", "assets")):
            trino.query(f"DROP {kind} IF EXISTS {SCHEMA}.{name}")
        trino.query(f"DROP SCHEMA IF EXISTS {SCHEMA}")


def _choose(page: Page, files: dict[str, bytes]) -> None:
    field = page.locator("input[type=file]")
    expect(field).to_have_count(1)  # that of the upload before goes when the page has been drawn
    field.set_input_files(
        [{"name": name, "mimeType": "application/octet-stream", "buffer": data} for name, data in files.items()]
    )


def _titles(trino: Trino) -> list[str]:
    return [row[0] for row in trino.query(f"SELECT title FROM {SCHEMA}.assets ORDER BY title").rows]


def test_files_are_taken_in_and_each_ones_fate_is_told(page: Page, explorer: str, trino: Trino) -> None:
    asked: list[str] = []
    page.on("dialog", lambda dialog: asked.append(dialog.message))
    page.goto(f"{explorer}/upload")
    first = {"Red boat.png": saved(picture(1)), HOSTILE: saved(picture(2)), "again.png": saved(picture(1))}
    _choose(page, {**first, "page.jpg": b"<html><script>alert(1)</script></html>"})
    expect(page.get_by_text("1 of the files has the content of another one")).to_be_visible()
    page.get_by_text("product", exact=True).click()
    labels = page.get_by_role("combobox", name=re.compile("Labels"))
    labels.fill("harbour")
    labels.press("Enter")
    labels.press("Escape")
    page.get_by_role("button", name="Take in 3 items").click()
    expect(page.get_by_role("heading", name="Last upload: 2 added, 1 already there, 1 refused")).to_be_visible()
    assert _titles(trino) == ["<img src=x onerror=alert(1)> **bold**", "Red boat"]
    written = trino.query(f"SELECT DISTINCT tag, labels, source_system, created_by FROM {SCHEMA}.assets").rows
    assert written == [("product", ["harbour"], "manual", "admin")]
    assert asked == []

    # The same once more: it is said before anything is sent to the lake, and nothing is there to be done.
    _choose(page, {"Red boat, renamed.png": saved(picture(1))})
    expect(page.get_by_text("1 of 1 is here already")).to_be_visible()
    expect(page.locator(".tile").first).to_have_attribute("aria-label", re.compile("Red boat"))
    expect(page.get_by_role("button", name="Take in 0 items")).to_be_disabled()


def test_how_far_each_file_is_is_shown_while_they_are_taken_in(page: Page, explorer: str) -> None:
    page.goto(f"{explorer}/upload")
    many = {f"Large {number}.png": saved(picture(100 + number, 1600, 1200)) for number in range(6)}
    _choose(page, {**many, HOSTILE: b"<html>no picture</html>"})
    page.get_by_role("button", name="Take in 7 items").click()
    lines = page.locator(".file-progress li")
    expect(lines).to_have_count(7)
    assert lines.locator("b").all_inner_texts() == [*many, HOSTILE]
    bar = page.get_by_role("progressbar", name=HOSTILE)
    expect(bar).to_have_count(1)
    expect(page.get_by_role("heading", name="Last upload: 6 added, 1 refused")).to_be_visible()
    expect(lines).to_have_count(0)


def test_one_file_may_have_a_title(page: Page, explorer: str, trino: Trino) -> None:
    page.goto(f"{explorer}/upload")
    _choose(page, {"IMG_0001.png": saved(picture(3))})
    title = page.get_by_role("textbox", name="Title")
    title.fill("한낮의 호수")
    title.press("Enter")
    page.get_by_role("button", name="Take in 1 item").click()
    expect(page.get_by_role("heading", name="Last upload: 1 added")).to_be_visible()
    assert "한낮의 호수" in _titles(trino)
    page.goto(f"{explorer}/gallery")
    expect(page.locator(".tile").first).to_have_attribute("aria-label", re.compile("한낮의 호수"))


def test_who_may_not_add_is_told_so(page: Page, explorer: str) -> None:
    page.goto(f"{explorer}/upload?as=victor")
    expect(page.get_by_text("Your roles add no media.")).to_be_visible()
    expect(page.locator("input[type=file]")).to_have_count(0)
