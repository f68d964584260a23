"""The explorer as a person sees it: pictures that are there, numbers that Trino confirms, links that open the same."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from lakefront.config import Settings
from lakefront.trino import Trino
from tests.support.explorer_pages import expect_parameters, settled
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.stack, pytest.mark.browser, pytest.mark.usefixtures("patience")]

NEWEST_FIRST = "SELECT asset_id FROM media.assets{where} ORDER BY upload_time DESC, asset_id DESC"
WIDTHS = "images => images.map(image => image.complete ? image.naturalWidth : 0)"


def _open(page: Page, settings: Settings, address: str = "") -> None:
    page.goto(f"{settings.service('explorer').url}/gallery{address}")
    expect(page.locator(".tile").first).to_be_visible()


def _ids(page: Page) -> list[str]:
    return page.locator(".tile").evaluate_all("tiles => tiles.map(tile => tile.dataset.id)")


def _columns(page: Page) -> int:
    """Count the columns of tiles, all at one moment: between two looks, everything may have moved to the side."""
    lefts = page.locator(".tile").evaluate_all("tiles => tiles.map(tile => Math.round(tile.getBoundingClientRect().x))")
    return len(set(lefts))


def _turn(page: Page, where: str) -> None:
    """Go to the neighbouring page and wait until it is there."""
    first = _ids(page)[0]
    page.get_by_role("button", name=where).first.click()
    expect(page.locator(".tile").first).not_to_have_attribute("data-id", first)


def _decoded(images: Locator, *, within: float = 20) -> None:
    wait_for(lambda: min(images.evaluate_all(WIDTHS), default=0) > 0, within=within, what="every picture being decoded")


def _expect_total(page: Page, total: int) -> None:
    words = f"{total:,} item" + ("" if total == 1 else "s")
    expect(page.locator(".st-key-bar strong")).to_have_text(words)


def _count(trino: Trino, **equal: str) -> int:
    where = " AND ".join([f"{column} = ?" for column in equal] or ["true"])
    return int(trino.query(f"SELECT count(*) FROM media.assets WHERE {where}", list(equal.values())).scalar())


def _pill(page: Page, words: str) -> Locator:
    return page.locator("section.stSidebar").get_by_role("button", name=re.compile(rf"^{words}\s"))


def test_the_first_page_shows_the_newest_twenty_and_asks_nobody_else(page: Page, stack: Settings, trino: Trino) -> None:
    problems: list[str] = []
    asked: set[str] = set()
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda request: asked.add(urlsplit(request.url).hostname or ""))

    _open(page, stack)

    assert _ids(page) == [row[0] for row in trino.query(NEWEST_FIRST.format(where="") + " LIMIT 20").rows]
    _expect_total(page, _count(trino))
    page.locator(".tile").last.scroll_into_view_if_needed()
    images = page.locator(".tile img")
    expect(images).to_have_count(20)
    _decoded(images)
    assert _columns(page) == 4
    assert page.locator(".tile canvas.blur").count() == 20, "each has its placeholder under it"
    assert asked <= {"127.0.0.1", ""}
    assert problems == []


def test_filters_change_the_count_to_what_trino_says(page: Page, stack: Settings, trino: Trino) -> None:
    _open(page, stack)
    everything = _count(trino)
    _expect_total(page, everything)

    images = _count(trino, kind="image")
    expect(_pill(page, "Images")).to_have_accessible_name(f"Images {images:,}")
    _pill(page, "Images").click()
    _expect_total(page, images)
    expect(page).to_have_url(re.compile("kind=image"))

    products = _count(trino, kind="image", tag="product")
    assert 0 < products < images < everything
    expect(_pill(page, "product")).to_have_accessible_name(f"product {products:,}")
    _pill(page, "product").click()
    _expect_total(page, products)
    expect(page).to_have_url(re.compile("tag=product"))
    expect_parameters(page, {"kind": ["image"], "tag": ["product"]})

    _pill(page, "Images").click()
    _expect_total(page, _count(trino, tag="product"))
    page.get_by_role("button", name="Clear filters").click()
    _expect_total(page, everything)
    expect(page).to_have_url(re.compile(r"^[^?]*$"))


def test_a_date_range_narrows_to_whole_days_in_utc(page: Page, stack: Settings, trino: Trino) -> None:
    day = "CAST(upload_time AT TIME ZONE 'UTC' AS date)"
    found = trino.query(f"SELECT {day}, count(*) FROM media.assets GROUP BY 1 ORDER BY 1 DESC OFFSET 2 LIMIT 5").rows
    first, last = found[-1][0], found[0][0]
    _open(page, stack, f"?since={first}&until={last}")
    _expect_total(page, sum(number for _, number in found))
    shown = NEWEST_FIRST.format(where=f" WHERE {day} BETWEEN DATE '{first}' AND DATE '{last}'")
    assert _ids(page) == [row[0] for row in trino.query(f"{shown} LIMIT 20").rows]
    expect(page.locator("section.stSidebar [data-testid='stDateInput']")).to_contain_text("Uploaded")


def test_paging_shows_everything_once_in_order(page: Page, stack: Settings, trino: Trino) -> None:
    _open(page, stack, "?kind=audio&kind=video")
    wanted = [row[0] for row in trino.query(NEWEST_FIRST.format(where=" WHERE kind IN ('audio', 'video')")).rows]
    assert len(wanted) > 20
    older, newer = (page.get_by_role("button", name=name).first for name in ("Older", "Newer"))
    pages = [_ids(page)]
    expect(newer).to_be_disabled()
    while older.is_enabled():
        _turn(page, "Older")
        pages.append(_ids(page))
        expect(newer).to_be_enabled()
        wait_for(lambda: (len(pages[-1]) < 20) == older.is_disabled(), what="the button knowing whether there is more")
    assert [asset for shown in pages for asset in shown] == wanted
    for shown in reversed(pages[:-1]):
        newer.click()
        expect(page.locator(".tile").first).to_have_attribute("data-id", shown[0])
        assert _ids(page) == shown


def test_a_click_opens_the_picture_large_with_all_that_is_known(page: Page, stack: Settings, trino: Trino) -> None:
    _open(page, stack, "?kind=image")
    chosen = _ids(page)[2]
    row = trino.query(
        "SELECT title, width, height, sha256, s3_path, mime_type FROM media.assets WHERE asset_id = ?", [chosen]
    ).dicts()[0]
    page.locator(".tile").nth(2).click()

    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".title")).to_have_text(row["title"])
    _decoded(dialog.locator(".media img"))
    src = dialog.locator(".media img").get_attribute("src")
    assert src is not None
    assert src.startswith(f"/api/thumb/1440/{row['sha256']}.webp?sig=")
    for value in (f"{row['width']} × {row['height']} pixels", row["sha256"], row["s3_path"], row["mime_type"]):
        expect(dialog.locator(".about")).to_contain_text(str(value))
    expect(page).to_have_url(re.compile(f"open={chosen}"))

    original = httpx.get(str(dialog.locator(".download").get_attribute("href")))
    assert original.status_code == 200
    assert original.headers["content-disposition"].startswith("attachment")

    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page).not_to_have_url(re.compile("open="))


def test_the_keyboard_is_enough(page: Page, stack: Settings) -> None:
    _open(page, stack)
    ids = _ids(page)
    page.locator(".tile").first.focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft"):
        page.keyboard.press(key)
    focused = page.locator(".tile:focus")
    expect(focused).to_have_attribute("data-id", ids[4])
    assert focused.evaluate("tile => getComputedStyle(tile).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").locator(".title")).not_to_be_empty()
    expect(page).to_have_url(re.compile(f"open={ids[4]}"))
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(f"open={ids[5]}"))
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".tile:focus")).to_have_attribute("data-id", ids[5])
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Keys")).not_to_be_visible()
    page.keyboard.press("End")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".tile").first).not_to_have_attribute("data-id", ids[0])
    expect(page.locator(".tile").first).to_be_focused()


def test_a_link_opens_the_same_filters_page_and_item(page: Page, stack: Settings, browser: Browser) -> None:
    _open(page, stack, "?kind=image")
    _turn(page, "Older")
    expect(page).to_have_url(re.compile("after="))
    shown = _ids(page)
    page.locator(".tile").nth(1).click()
    expect(page.get_by_role("dialog").locator(".title")).not_to_be_empty()
    title = page.get_by_role("dialog").locator(".title").inner_text()
    link = page.url
    assert f"open={shown[1]}" in link

    somebody_else = browser.new_context(viewport={"width": 1440, "height": 900})
    theirs = somebody_else.new_page()
    theirs.goto(link)
    expect(theirs.get_by_role("dialog").locator(".title")).to_have_text(title)
    assert _ids(theirs) == shown
    expect(_pill(theirs, "Images")).to_have_attribute("aria-pressed", "true")
    somebody_else.close()


def test_a_page_of_another_list_becomes_the_first_page_of_this_one(page: Page, stack: Settings) -> None:
    _open(page, stack, "?kind=video")
    videos = _ids(page)
    _open(page, stack, "?kind=image")
    _turn(page, "Older")
    expect(page).to_have_url(re.compile("after="))
    page.goto(page.url.replace("kind=image", "kind=video"))
    expect(page).not_to_have_url(re.compile("after="))
    expect(page.locator(".tile").first).to_be_visible()
    assert _ids(page) == videos
    expect(page.get_by_role("alert")).to_have_count(0)


def test_back_and_forward_go_through_what_was_seen(page: Page, stack: Settings, trino: Trino) -> None:
    _open(page, stack)
    everything, videos = _count(trino), _count(trino, kind="video")
    _expect_total(page, everything)
    _pill(page, "Videos").click()
    _expect_total(page, videos)
    page.locator(".tile").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("dialog")).to_have_count(0)
    _expect_total(page, videos)
    page.go_back()
    _expect_total(page, everything)
    expect(_pill(page, "Videos")).to_have_attribute("aria-pressed", "false")
    page.go_forward()
    _expect_total(page, videos)


def test_sounds_and_films_play_and_seek(page: Page, stack: Settings) -> None:
    for kind, tag in (("audio", "audio"), ("video", "video")):
        _open(page, stack, f"?kind={kind}")
        page.locator(".tile").first.click()
        player = page.get_by_role("dialog").locator(tag)
        expect(player).to_have_count(1)
        wait_for(lambda player=player: player.evaluate("p => p.readyState") >= 1, what=f"the {kind}'s metadata")
        assert player.evaluate("p => p.duration") > 0
        middle = player.evaluate(
            "p => new Promise(done => { p.onseeked = () => done(p.currentTime); p.currentTime = p.duration / 2; })"
        )
        assert middle > 0


def test_filters_that_leave_nothing_name_the_one_to_loosen(page: Page, stack: Settings, trino: Trino) -> None:
    page.goto(f"{stack.service('explorer').url}/gallery?kind=video&since=2001-01-01&until=2001-01-02")
    expect(page.get_by_text("Nothing fits all of these filters.")).to_be_visible()
    videos = _count(trino, kind="video")
    expect(page.get_by_role("button", name=re.compile("^Any kind"))).to_have_count(0)
    page.get_by_role("button", name=f"Any date: {videos} items").click()
    _expect_total(page, videos)


def test_an_item_that_is_gone_is_said(page: Page, stack: Settings) -> None:
    page.goto(f"{stack.service('explorer').url}/gallery?open=01900000-0000-7000-8000-000000000000")
    expect(page.get_by_role("dialog")).to_contain_text("not here any more")


def test_a_revisit_fetches_no_picture_again(page: Page, stack: Settings) -> None:
    _open(page, stack)
    page.locator(".tile").last.scroll_into_view_if_needed()
    _decoded(page.locator(".tile img"))
    page.reload()
    expect(page.locator(".tile").first).to_be_visible()
    page.locator(".tile").last.scroll_into_view_if_needed()
    _decoded(page.locator(".tile img"))
    loaded = page.evaluate("() => performance.getEntriesByType('resource').map(e => [e.name, e.transferSize])")
    assert [size for name, size in loaded if "/api/thumb/" in name] == [0] * 20


def test_a_thumbnail_may_be_kept_for_ever_and_only_its_own_address_works(page: Page, stack: Settings) -> None:
    _open(page, stack)
    url = stack.service("explorer").url + str(page.locator(".tile img").first.get_attribute("src"))
    answer = httpx.get(url)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/webp"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    again = httpx.get(url, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert httpx.get(url[:-1] + ("A" if url[-1] != "A" else "B")).status_code == 403
    assert httpx.get(url.split("?")[0]).status_code == 403


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone(page: Page, stack: Settings, scheme: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    _open(page, stack)
    wait_for(lambda: _columns(page) == 2, what="two columns")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    surface = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    look = stack.manifest.look
    wanted = look.dark_surface if scheme == "dark" else look.surface
    assert surface == "rgb({}, {}, {})".format(*(int(wanted[at : at + 2], 16) for at in (1, 3, 5)))
    page.locator(".tile").first.click()
    _decoded(page.get_by_role("dialog").locator(".media img"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    picture = page.get_by_role("dialog").locator(".media img").bounding_box()
    assert picture is not None
    assert picture["x"] >= 0
    assert picture["x"] + picture["width"] <= 390


def test_home_tells_what_is_there_and_how_it_is(page: Page, stack: Settings, trino: Trino) -> None:
    page.goto(stack.service("explorer").url)
    for words, kind in (("Images", "image"), ("Sounds", "audio"), ("Videos", "video")):
        metric = page.locator("[data-testid='stMetric']", has_text=words)
        expect(metric).to_contain_text(f"{_count(trino, kind=kind):,}")
    table = page.locator("table")
    rows = int(trino.query("SELECT count(*) FROM sales.orders").scalar())
    expect(table.locator("tr", has_text="sales.orders")).to_contain_text(f"{rows:,}")
    for part in ("Object store", "Catalog", "Trino", "Superset", "Explorer"):
        expect(page.locator("[data-testid='stGrid'] > *", has_text=part)).to_contain_text(re.compile(r"Reachable, \d"))
    dashboard = page.get_by_role("link", name="Sales Overview")
    expect(dashboard).to_have_attribute(
        "href", re.compile(rf"^{stack.service('superset').url}/superset/dashboard/[\w-]+/$")
    )
    newest = _ids(page)[0]
    page.locator(".tile").first.click()
    expect(page).to_have_url(re.compile(f"/gallery\\?open={newest}"))
    expect(page.get_by_role("dialog")).to_be_visible()


def _more_filters(page: Page) -> Locator:
    sidebar = page.locator("section.stSidebar")
    sidebar.get_by_text(re.compile("^More filters")).click()
    return sidebar


def test_text_and_numbers_narrow_to_what_trino_finds(page: Page, stack: Settings, trino: Trino) -> None:
    _open(page, stack)
    said = "(strpos(lower(title), 'lake') > 0 OR strpos(lower(array_join(labels, chr(10))), 'lake') > 0)"
    lakes = int(trino.query(f"SELECT count(*) FROM media.assets WHERE {said}").scalar())
    box = page.get_by_role("textbox", name="Title or label")
    box.fill("Lake")
    box.press("Enter")
    _expect_total(page, lakes)
    wide = int(trino.query(f"SELECT count(*) FROM media.assets WHERE {said} AND width >= 1000").scalar())
    assert 0 < wide < lakes
    sidebar = _more_filters(page)
    width = sidebar.get_by_role("spinbutton", name="Width in pixels, from")
    width.fill("1000")
    width.press("Enter")
    _expect_total(page, wide)
    expect_parameters(page, {"text": ["Lake"], "min-width": ["1000"]})
    expect(sidebar.get_by_text("More filters (1)")).to_be_visible()


def test_a_link_sets_every_filter(page: Page, stack: Settings, trino: Trino) -> None:
    link = (
        "?kind=image&source=batch&type=image%2Fwebp&min-bytes=1000&max-bytes=90000000&indexed=yes&sort=oldest&size=40"
    )
    _open(page, stack, link)
    where = (
        " WHERE kind = 'image' AND source_system = 'batch' AND mime_type = 'image/webp' AND file_size BETWEEN 1000 AND"
        " 90000000 AND is_indexed"
    )
    shown = f"SELECT asset_id FROM media.assets{where} ORDER BY upload_time, asset_id LIMIT 40"
    wait_for(lambda: _ids(page) == [row[0] for row in trino.query(shown).rows], what="the oldest forty being there")
    sidebar = page.locator("section.stSidebar")
    expect(sidebar.get_by_role("spinbutton", name="Size in MB, to")).to_have_value("90.00")
    expect(sidebar.get_by_role("radio", name="Yes").first).to_be_checked()
    expect(page.get_by_role("combobox", name=re.compile("Order"))).to_be_visible()
    page.get_by_role("button", name="Clear filters").click()
    _expect_total(page, _count(trino))
    expect_parameters(page, {"sort": ["oldest"], "size": ["40"]})


ORDERS = {
    "Largest first": ("largest", "file_size DESC, asset_id DESC"),
    "By title": ("name", "substr(lower(title), 1, 64), asset_id"),
}


@pytest.mark.parametrize("words", ORDERS)
def test_another_order_is_the_one_that_trino_says(page: Page, stack: Settings, trino: Trino, words: str) -> None:
    sort, order = ORDERS[words]
    _open(page, stack)
    page.get_by_role("combobox", name=re.compile("Order")).click()
    page.get_by_role("option", name=words).click()
    wanted = [row[0] for row in trino.query(f"SELECT asset_id FROM media.assets ORDER BY {order} LIMIT 20").rows]
    wait_for(lambda: _ids(page) == wanted, within=30, what="the page in the other order")
    expect_parameters(page, {"sort": [sort]})


def test_days_are_chosen_by_dragging_over_the_bars_and_let_go_by_choosing_them_again(
    page: Page, stack: Settings, trino: Trino
) -> None:
    _open(page, stack)
    bars = page.locator(".timeline .bars i")

    def drag() -> None:
        # From the middle of a bar to that of another, where they are now: a scrollbar that comes makes all narrower.
        settled(page)
        places = [bars.nth(number).bounding_box() for number in (12, 24)]
        (left, top), (right, _) = [
            (place["x"] + place["width"] / 2, place["y"] + place["height"] / 2) for place in places if place
        ]
        page.mouse.move(left, top)
        page.mouse.down()
        page.mouse.move(right, top, steps=4)
        page.mouse.up()

    drag()
    expect(page).to_have_url(re.compile(r"since=\d{4}-\d\d-\d\d&until="))
    asked = {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}
    day = "CAST(upload_time AT TIME ZONE 'UTC' AS date)"
    between = f"{day} BETWEEN DATE '{asked['since']}' AND DATE '{asked['until']}'"
    found = int(trino.query(f"SELECT count(*) FROM media.assets WHERE {between}").scalar())
    assert 0 < found < _count(trino)
    _expect_total(page, found)
    expect(page.locator(".timeline i.within")).to_have_count(13)
    drag()
    _expect_total(page, _count(trino))
    expect(page).not_to_have_url(re.compile("since="))


def test_an_item_shows_what_is_the_same_and_what_looks_alike(page: Page, stack: Settings, trino: Trino) -> None:
    near, asset_id = trino.query(
        "SELECT near_group, min(asset_id) FROM media.duplicates WHERE same_group IS NULL GROUP BY 1 ORDER BY 1 LIMIT 1"
    ).rows[0]
    others = "SELECT asset_id FROM media.duplicates WHERE near_group = ? AND asset_id <> ?"
    wanted = {row[0] for row in trino.query(others, [near, asset_id]).rows}
    _open(page, stack, f"?open={asset_id}")
    twins = page.locator(".twin")
    expect(twins).to_have_count(len(wanted))
    expect(page.get_by_role("heading", name="Looks alike")).to_be_visible()
    assert set(twins.evaluate_all("all => all.map(one => one.dataset.id)")) == wanted
    twins.first.click()
    expect(page).to_have_url(re.compile(f"open=({'|'.join(wanted)})"))


def test_an_earlier_state_is_shown_as_it_was(page: Page, stack: Settings, trino: Trino) -> None:
    snapshots = trino.query(
        'SELECT snapshot_id FROM media."assets$snapshots" ORDER BY committed_at'  # the first holds a part of the sample
    ).rows
    first = snapshots[0][0]
    then = trino.query(f"SELECT count(*) FROM media.assets FOR VERSION AS OF {first}").scalar()
    _open(page, stack, f"?as-of={first}")
    _expect_total(page, int(then))
    expect(page.get_by_text("This is the gallery as it was from")).to_be_visible()
    newest = f"SELECT asset_id FROM media.assets FOR VERSION AS OF {first} ORDER BY upload_time DESC, asset_id DESC"
    assert _ids(page) == [row[0] for row in trino.query(f"{newest} LIMIT 20").rows]
    page.get_by_role("button", name="Back to now").click()
    expect(page).not_to_have_url(re.compile("as-of"))
    _expect_total(page, _count(trino))


def test_a_state_that_is_not_there_is_told_and_left(page: Page, stack: Settings) -> None:
    page.goto(f"{stack.service('explorer').url}/gallery?as-of=12345")
    expect(page.get_by_text("There is no state of the media as of 12345")).to_be_visible()
    page.get_by_role("button", name="Back to now").click()
    expect(page.locator(".tile").first).to_be_visible()


def test_small_pictures_are_six_beside_each_other(page: Page, stack: Settings) -> None:
    _open(page, stack)
    page.get_by_role("radio").nth(1).click(force=True)
    expect(page).to_have_url(re.compile("view=dense"))
    wait_for(lambda: _columns(page) == 6, what="six columns")


def test_a_condition_narrows_and_a_wrong_one_is_told_and_can_be_corrected(
    page: Page, stack: Settings, trino: Trino
) -> None:
    _open(page, stack)
    box = _more_filters(page).get_by_role("textbox", name="Condition in SQL")
    box.fill("widht > 2 * height")
    box.press("ControlOrMeta+Enter")
    expect(page.get_by_text("The condition cannot be asked.")).to_be_visible()
    expect(page.get_by_text("Did you mean 'width'").first).to_be_visible()
    box.fill("width > height AND tag = 'user'")
    box.press("ControlOrMeta+Enter")
    wide = trino.query("SELECT count(*) FROM media.assets WHERE width > height AND tag = 'user'").scalar()
    _expect_total(page, int(wide))
    expect_parameters(page, {"where": ["width > height AND tag = 'user'"]})
    page.get_by_text("As a table").click()
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
