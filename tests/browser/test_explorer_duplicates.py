"""The page of duplicates: what each person sees of them, links that open the same, and edits as roles allow them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from lakefront.config import Schemas, Settings
from lakefront.media.assets import DUPLICATES, TABLE, Asset
from lakefront.media.catalog import MediaCatalog
from lakefront.media.duplicates import MATCHES, Match, find_duplicates, groups
from lakefront.trino import Trino
from tests.support import own_explorer
from tests.support.assets import made_up_asset
from tests.support.bundles import with_media_elsewhere
from tests.support.services import HOST, free_port
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.stack, pytest.mark.browser, pytest.mark.usefixtures("patience")]

SCHEMA = "media_copies"
HOSTILE = '<img src=x onerror="document.title=1"> **bold** [link](javascript:alert(1)) :red[red]'
SHOWN = "groups => groups.map(g => [g.dataset.key, [...g.querySelectorAll('.tile')].map(tile => tile.dataset.id)])"


@pytest.fixture(scope="module")
def explorer(stack: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An explorer of the sample's media."""
    with own_explorer.running(stack, tmp_path_factory.mktemp("explorer")) as url:
        yield url


class Copies:
    """Media that only these tests write to, and an explorer that shows them. Each test has groups of its own."""

    def __init__(self, stack: Settings, trino: Trino) -> None:
        schemas = Schemas(names={"media": SCHEMA})
        self.catalog = replace(MediaCatalog.from_settings(stack), schemas=schemas)
        self.trino = replace(trino, schemas=schemas)
        self.table = schemas.table(TABLE)
        self.assets: dict[str, list[Asset]] = {}
        self.url = ""

    def add(self, content: str, title: str, size: int, number: int = 2) -> None:
        """Add a group: so many assets of one content, which is a hexadecimal digit."""
        self.assets[content] = [
            made_up_asset(place, sha256=content * 64, title=title, file_size=size) for place in range(number)
        ]

    def left(self, content: str) -> set[str]:
        """Return the assets of a group that are left."""
        sql = f"SELECT asset_id FROM {self.table} WHERE sha256 = ?"
        return {row[0] for row in self.trino.query(sql, [content * 64]).rows}

    def labels(self, asset: Asset) -> list[str]:
        sql = f"SELECT labels FROM {self.table} WHERE asset_id = ?"
        return list(self.trino.query(sql, [asset.asset_id]).scalar())


@pytest.fixture(scope="module")
def copies(stack: Settings, trino: Trino, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copies]:
    folder: Path = tmp_path_factory.mktemp("copies")
    made = Copies(stack, trino)
    made.add("a", "Lake", 5_000_000, number=3)
    made.add("b", "Hill", 100)
    made.add("c", "Wood", 80)
    made.add("d", "Field", 60)
    made.add("e", HOSTILE, 40)
    try:
        made.catalog.append([asset for group in made.assets.values() for asset in group])
        find_duplicates(made.catalog, made.trino)
        with own_explorer.running(stack, folder, bundle=with_media_elsewhere(folder / "bundle", SCHEMA)) as made.url:
            yield made
    finally:
        for name in (TABLE, DUPLICATES):
            trino.query(f"DROP TABLE IF EXISTS {made.trino.schemas.table(name)}")
        trino.query(f"DROP SCHEMA IF EXISTS {SCHEMA}")


def _open(page: Page, url: str, query: str = "") -> None:
    page.goto(f"{url}/duplicates{query}")
    expect(page.locator(".duplicates .tile").first).to_be_visible()


def _shown(page: Page) -> list[tuple[str, list[str]]]:
    return [(key, ids) for key, ids in page.locator(".groups > .group").evaluate_all(SHOWN)]


def _known(trino: Trino, stack: Settings, match: Match, after: str | None = None) -> list[tuple[str, list[str]]]:
    found = groups(trino, match, signing_key=stack.secrets.signing_key, size=10, after=after)
    return [(group.key, [asset.asset_id for asset in group.assets]) for group in found.groups]


def _tile(page: Page, asset_id: str) -> Locator:
    return page.locator(f".tile[data-id='{asset_id}']")


def _group(page: Page, content: str) -> Locator:
    return page.locator(f".group[data-key='{content * 64}']")


def _bar(page: Page) -> Locator:
    return page.locator(".st-key-selected")


@pytest.mark.parametrize("person", ["admin", "victor"])
@pytest.mark.parametrize("match", MATCHES)
def test_groups_are_those_that_the_person_may_see(
    page: Page, stack: Settings, trino: Trino, explorer: str, *, person: str, match: Match
) -> None:
    _open(page, explorer, f"?match={match}&as={person}")
    known = _known(trino.signed_in_as(person), stack, match)
    assert known
    assert _shown(page) == known
    words = {"same": "copies take", "near": "all but the largest take"}[match]
    first = page.locator(".group").first
    expect(first).to_have_attribute("aria-label", re.compile(f"^{len(known[0][1])} items, {words} "))
    expect(first.locator(".badge", has_text="Oldest")).to_have_count(1)


def test_pages_of_groups_go_on_and_back(page: Page, stack: Settings, trino: Trino, explorer: str) -> None:
    _open(page, explorer)
    first = _shown(page)
    page.get_by_role("button", name="More groups").first.click()
    expect(page).to_have_url(re.compile("after="))
    expect(page.locator(".group").first).not_to_have_attribute("data-key", first[0][0])
    second = _shown(page)
    token = groups(trino, "same", signing_key=stack.secrets.signing_key, size=10).next
    assert second == _known(trino, stack, "same", token)
    page.get_by_role("button", name="Back").first.click()
    expect(page.locator(".group").first).to_have_attribute("data-key", first[0][0])
    assert _shown(page) == first
    expect(page).not_to_have_url(re.compile("after="))
    page.get_by_role("radio", name="Look alike").click()
    expect(page).to_have_url(re.compile("match=near"))
    expect(page.locator(".group").first).not_to_have_attribute("data-key", first[0][0])
    page.go_back()
    expect(page.locator(".group").first).to_have_attribute("data-key", first[0][0])


def test_a_link_opens_the_same_groups_and_item_and_back_closes_it(page: Page, explorer: str, browser: Browser) -> None:
    _open(page, explorer, "?match=near&as=ana")
    first = _shown(page)
    page.get_by_role("button", name="More groups").first.click()
    expect(page).to_have_url(re.compile("after="))
    wait_for(lambda: _shown(page) != first, what="other groups")
    shown = _shown(page)
    chosen = shown[0][1][1]
    _tile(page, chosen).locator(".picture").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".title")).not_to_be_empty()
    title, link = dialog.locator(".title").inner_text(), page.url
    for part in ("match=near", "after=", "as=ana", f"open={chosen}"):
        assert part in link

    somebody_else = browser.new_context(viewport={"width": 1440, "height": 900})
    theirs = somebody_else.new_page()
    theirs.goto(link)
    expect(theirs.get_by_role("dialog").locator(".title")).to_have_text(title)
    assert _shown(theirs) == shown
    somebody_else.close()

    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page).not_to_have_url(re.compile("open="))
    expect(_tile(page, chosen).locator(".picture")).to_be_focused()
    page.go_back()
    expect(dialog.locator(".title")).to_have_text(title)
    page.go_back()
    expect(dialog).to_have_count(0)
    assert _shown(page) == shown


def test_an_address_that_makes_no_sense_shows_the_first_groups(page: Page, explorer: str) -> None:
    _open(page, explorer)
    first = _shown(page)
    for query in ("?match=other&after=x", "?after=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA&open=%3Cb%3E"):
        _open(page, explorer, query)
        assert _shown(page) == first
        expect(page.get_by_role("alert")).to_have_count(0)
        expect(page.get_by_role("dialog")).to_have_count(0)


def test_whoever_may_change_nothing_is_offered_nothing(page: Page, explorer: str) -> None:
    _open(page, explorer, "?as=victor")
    expect(page.locator(".duplicates input")).to_have_count(0)
    expect(page.get_by_role("button", name=re.compile("^(Select|Tag|Label|Delete)"))).to_have_count(0)


def test_an_analyst_tags_what_she_selects_and_may_not_delete(page: Page, trino: Trino, explorer: str) -> None:
    _open(page, explorer, "?as=ana")
    chosen = _shown(page)[0][1][1]
    how_it_was = "SELECT tag, updated_at, updated_by FROM media.assets WHERE asset_id = ?"
    ((tag, *changed),) = trino.query(how_it_was, [chosen]).rows
    other = "product" if tag != "product" else "other"
    try:
        _tile(page, chosen).get_by_role("checkbox").check()
        expect(_bar(page)).to_contain_text("1 selected")
        expect(_bar(page).get_by_role("button", name="Delete")).to_have_count(0)
        _bar(page).get_by_role("button", name="Tag").click()
        page.get_by_role("button", name=other, exact=True).click()
        expect(_bar(page)).to_contain_text("1 changed.")
        expect(_tile(page, chosen).locator(".tag")).to_have_text(other)
        expect(_tile(page, chosen).get_by_role("checkbox")).not_to_be_checked()
        ((now, _, by),) = trino.query(how_it_was, [chosen]).rows
        assert (now, by) == (other, "ana")
    finally:
        trino.query(
            "UPDATE media.assets SET tag = ?, updated_at = ?, updated_by = ? WHERE asset_id = ?",
            [tag, *changed, chosen],
        )


def test_an_admin_deletes_all_but_the_oldest_once_she_has_said_so(page: Page, copies: Copies) -> None:
    oldest = min(copies.assets["a"], key=lambda asset: (asset.upload_time, asset.asset_id)).asset_id
    _open(page, copies.url)
    lakes = _group(page, "a")
    expect(lakes).to_have_attribute("aria-label", "3 items, copies take 10.0 MB")
    choice = lakes.get_by_role("button", name="Select all but oldest")
    choice.click()
    expect(_bar(page)).to_contain_text("2 selected 10.0 MB")
    expect(choice).to_have_attribute("aria-pressed", "true")
    expect(_tile(page, oldest).get_by_role("checkbox")).not_to_be_checked()

    _bar(page).get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Delete 2 items, 10.0 MB?")
    expect(dialog).to_contain_text("lakefront media reconcile --delete")
    expect(dialog).not_to_contain_text("Nothing would be left")
    dialog.get_by_role("button", name="Keep them").click()
    expect(dialog).to_have_count(0)
    assert len(copies.left("a")) == 3
    expect(_bar(page)).to_contain_text("2 selected")

    _bar(page).get_by_role("button", name="Delete").click()
    dialog.get_by_role("button", name="Delete 2 items").click()
    expect(_bar(page)).to_contain_text("2 deleted.")
    expect(dialog).to_have_count(0)
    assert copies.left("a") == {oldest}
    expect(lakes).to_have_count(0)
    expect(page.locator(".group")).not_to_have_count(0)
    expect(page.locator(".duplicates input:checked")).to_have_count(0)


def test_it_says_that_nothing_would_be_left_of_a_group_and_lets_go_of_what_is_selected(
    page: Page, copies: Copies
) -> None:
    _open(page, copies.url)
    for box in _group(page, "b").get_by_role("checkbox").all():
        box.check()
    expect(_bar(page)).to_contain_text("2 selected")
    _bar(page).get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Nothing would be left of one group")
    dialog.get_by_role("button", name="Keep them").click()
    expect(dialog).to_have_count(0)
    _bar(page).get_by_role("button", name="Clear").click()
    expect(_bar(page)).to_have_count(0)
    expect(page.locator(".duplicates input:checked")).to_have_count(0)
    assert len(copies.left("b")) == 2


def test_the_keyboard_labels_what_is_selected_and_an_error_is_said_in_words(page: Page, copies: Copies) -> None:
    first, second = copies.assets["c"]
    _open(page, copies.url)
    _tile(page, second.asset_id).get_by_role("checkbox").focus()
    page.keyboard.press("Space")
    expect(_bar(page)).to_contain_text("1 selected")
    for label, outcome in (("x" * 200, "That did not work."), ("spring", "1 changed.")):
        _bar(page).get_by_role("button", name="Label").click()
        page.get_by_label("Label to add").fill(label)
        page.keyboard.press("Enter")
        expect(_bar(page)).to_contain_text(outcome)
        _bar(page).get_by_role("button", name="Close").click()
    expect(_bar(page)).to_have_count(0)
    assert copies.labels(second) == ["spring"]
    assert copies.labels(first) == []


def test_what_is_gone_meanwhile_is_said(page: Page, copies: Copies) -> None:
    gone = copies.assets["d"][1].asset_id
    _open(page, copies.url)
    _tile(page, gone).get_by_role("checkbox").check()
    _bar(page).get_by_role("button", name="Delete").click()
    copies.trino.query(f"DELETE FROM {copies.table} WHERE asset_id = ?", [gone])
    page.get_by_role("button", name="Delete 1 item").click()
    expect(_bar(page)).to_contain_text("That did not work.")
    expect(_bar(page)).to_contain_text(f"There is no asset '{gone}'")


def test_a_title_is_text_whoever_wrote_it(page: Page, copies: Copies) -> None:
    problems: list[str] = []
    page.on("dialog", lambda dialog: problems.append(dialog.message))
    page.on("pageerror", lambda error: problems.append(str(error)))
    _open(page, copies.url)
    hostile = _group(page, "e")
    expect(hostile.locator(".title").first).to_have_text(HOSTILE)
    assert page.locator(".duplicates img[src='x']").count() == 0
    hostile.get_by_role("checkbox").first.check()
    _bar(page).get_by_role("button", name="Delete").click()
    expect(page.get_by_role("dialog")).to_contain_text("Delete 1 item")
    assert page.title() != "1"
    assert problems == []


def test_where_nothing_is_known_it_says_how_duplicates_are_looked_for(page: Page, copies: Copies) -> None:
    page.goto(f"{copies.url}/duplicates?match=near")
    expect(page.get_by_text("No groups of pictures that look alike are known.")).to_be_visible()
    expect(page.get_by_text("lakefront media duplicates --look")).to_be_visible()


def test_without_trino_it_says_so(page: Page, stack: Settings, tmp_path: Path) -> None:
    nobody = f"http://{HOST}:{free_port()}"
    with own_explorer.running(stack, tmp_path, ready="/healthz", trino=nobody) as url:
        page.goto(f"{url}/duplicates")
        alert = page.get_by_role("alert")
        expect(alert).to_contain_text("Duplicates cannot be read.")
        expect(alert).to_contain_text(f"Trino at {nobody}: does not answer.")


@pytest.mark.parametrize("scheme", [pytest.param("light", marks=pytest.mark.long), "dark"])
def test_it_fits_a_phone(page: Page, explorer: str, scheme: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    _open(page, explorer)
    page.get_by_role("button", name="Select all but oldest").first.click()
    expect(_bar(page)).to_contain_text("1 selected")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for part in (_bar(page), page.locator(".group").first):
        box = part.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
