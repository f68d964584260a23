"""A hundred texts that want to run, as titles, labels, EXIF, file names and addresses: on no page does one of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import ConsoleMessage, Dialog, Page, expect

from lakefront.config import Schemas, Settings
from lakefront.media.assets import DUPLICATES, TABLE
from lakefront.media.catalog import MediaCatalog
from lakefront.media.duplicates import find_duplicates
from lakefront.trino import Trino
from tests.support import attacks, own_explorer
from tests.support.assets import made_up_asset
from tests.support.bundles import with_media_elsewhere
from tests.support.explorer_pages import settled
from tests.support.pictures import picture, saved

pytestmark = [pytest.mark.stack, pytest.mark.browser, pytest.mark.usefixtures("patience")]

SCHEMA = "media_attacked"
TEXTS = attacks.texts()
PAGES = (
    *("", "gallery?size=60&view=dense", "gallery?sort=name", "search", "search?layout=grid&size=60", "duplicates"),
    *("time-machine", "statistics", "upload", "dashboards"),
)
PARAMETERS = ("text", "where", "as-of", "open", "after", "as", "sort", "lang", "match", "since")
_RAN = "() => window.__ran || 0"


class Watch:
    """What a page did that no text may make it do."""

    def __init__(self, page: Page, origins: set[str]) -> None:
        self.page, self.wrong = page, list[str]()
        page.on("dialog", self._asked_for_attention)
        page.on("popup", lambda popup: self.wrong.append(f"a window: {popup.url}"))
        page.on("console", self._said)
        page.on("request", lambda request: self._asked(request.url, origins))

    def _asked_for_attention(self, dialog: Dialog) -> None:
        self.wrong.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    def _said(self, message: ConsoleMessage) -> None:
        # Superset lets only the stack's own explorer show it, and this is another one.
        stopped = "Content Security Policy" in message.text and "frame-ancestors" not in message.text
        if stopped or "javascript:" in message.text:
            self.wrong.append(f"the browser had to stop something: {message.text}")

    def _asked(self, url: str, origins: set[str]) -> None:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https", "ws"} and parts.netloc not in origins:
            self.wrong.append(f"a request elsewhere: {url}")

    def nothing(self) -> None:
        """Fail if any of it happened, in the page or in a frame of it."""
        ran = [frame.url for frame in self.page.frames if frame.evaluate(_RAN)]
        assert (ran, self.wrong) == ([], [])


@pytest.fixture(scope="module")
def explorer(stack: Settings, trino: Trino, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An explorer whose media carry the texts wherever a text can be: two of each content, so that all have a twin."""
    folder: Path = tmp_path_factory.mktemp("attacked")
    schemas = Schemas(names={"media": SCHEMA})
    catalog, ours = replace(MediaCatalog.from_settings(stack), schemas=schemas), replace(trino, schemas=schemas)
    rows = [
        made_up_asset(
            number,
            title=text,
            labels=(text, f"{text}2"),
            exif={"Artist": text, text: "value", "ImageDescription": text},
            sha256=f"{number // 2:064x}",
            source_system=text[:40],
            mime_type=f"image/{text[:30]}",
            tag="other" if number % 10 else text,
        )
        for number, text in enumerate(TEXTS)
    ]
    try:
        catalog.append(rows)
        find_duplicates(catalog, ours)
        with own_explorer.running(stack, folder, bundle=with_media_elsewhere(folder / "bundle", SCHEMA)) as url:
            yield url
    finally:
        for kind, name in (("VIEW", "media.image_metadata"), ("TABLE", TABLE), ("TABLE", DUPLICATES)):
            trino.query(f"DROP {kind} IF EXISTS {schemas.table(name)}")
        trino.query(f"DROP SCHEMA IF EXISTS {SCHEMA}")


@pytest.fixture
def watch(page: Page, explorer: str, stack: Settings) -> Watch:
    services = ("objects", "superset")
    return Watch(page, {urlsplit(explorer).netloc, *(urlsplit(stack.service(name).url).netloc for name in services)})


def test_the_texts_run_in_a_page_that_takes_them_for_more_than_text(page: Page) -> None:
    """What is looked for below can be found: many run by themselves in a page that is careless."""
    page.set_content("<body></body>")
    page.evaluate(
        "texts => texts.forEach(text => { document.body.insertAdjacentHTML('beforeend', text) })", list(TEXTS)
    )
    page.wait_for_function(f"{_RAN[6:]} >= 10")


def test_no_text_runs_in_the_gallery_or_in_any_opened_item(page: Page, explorer: str, watch: Watch) -> None:
    page.goto(f"{explorer}/gallery?size=60")
    expect(page.locator(".tile")).to_have_count(60)
    seen = {title for title in page.locator(".tile .title").all_text_contents() if title in TEXTS}
    assert len(seen) > 50, "the texts are shown as they are"
    page.locator(".tile").first.click()
    for _ in range(59):
        shown = page.get_by_role("dialog").locator("h3, .title").first.text_content()
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("dialog").locator("h3, .title").first).not_to_have_text(shown or "")
        watch.nothing()


@pytest.mark.parametrize(
    "path", ["", "gallery?after=", "gallery?view=dense", "duplicates", "statistics", "upload", "dashboards"]
)
def test_no_text_runs_on_a_page(page: Page, explorer: str, watch: Watch, path: str) -> None:
    page.goto(f"{explorer}/{path}")
    settled(page)
    for opener in page.get_by_text("As a table").all():
        opener.click()
        expect(page.locator("[data-testid='stDataFrame']")).to_be_visible()
    for tile in page.locator(".tile").all()[:20]:
        tile.hover()
    watch.nothing()


@pytest.mark.parametrize("half", [TEXTS[:50], TEXTS[50:]])
def test_no_text_runs_out_of_an_address(page: Page, explorer: str, watch: Watch, half: tuple[str, ...]) -> None:
    query: dict[str, Any] = {"label": half, "tag": half, "kind": half[:10], "source": half, "type": half}
    page.goto(f"{explorer}/gallery?{urlencode({**query, 'text': half[0]}, doseq=True)}")
    expect(page.get_by_text("Nothing fits all of these filters.")).to_be_visible()
    watch.nothing()
    for name, text in zip(
        ("text", "where", "as-of", "open", "after", "as", "sort", "lang", "match", "since"), half, strict=False
    ):
        page.goto(f"{explorer}/gallery?{urlencode({name: text})}")
        expect(page.locator(".tile, [data-testid='stAlert'], [data-testid='stMarkdown']").first).to_be_visible()
        watch.nothing()


def test_no_name_of_a_file_runs_when_it_is_taken_in_or_refused(page: Page, explorer: str, watch: Watch) -> None:
    page.goto(f"{explorer}/upload")
    names = [text.replace("/", "∕") for text in TEXTS[::4]]
    files = [(f"{name}.png", saved(picture(number), "PNG")) for number, name in enumerate(names[:8])]
    files += [(f"{name}.html", f"<html><script>{attacks.RUN}</script>{name}</html>".encode()) for name in names[8:16]]
    files += [(f"{name}.svg", attacks.svg(name)) for name in names[16:20]]
    page.locator("input[type=file]").set_input_files(
        [{"name": name, "mimeType": "image/svg+xml", "buffer": data} for name, data in files]
    )
    take = page.get_by_role("button", name="Take in")
    expect(take).to_be_enabled()
    watch.nothing()
    take.click()
    # Drawings that would run something or fetch something are refused as the pages are.
    expect(page.get_by_role("heading", name="Last upload:")).to_contain_text("8 added, 12 refused")
    watch.nothing()
    page.goto(f"{explorer}/gallery?source=manual")
    expect(page.locator(".tile")).to_have_count(8)
    watch.nothing()
