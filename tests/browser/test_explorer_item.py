"""One item: its own address, zoom, map, versions, uses, and the players of sounds and films."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, Response, expect

from lakefront.config import Settings
from lakefront.media.edits import Changes, Editor
from lakefront.trino import Trino
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.stack, pytest.mark.browser, pytest.mark.usefixtures("patience")]

LARGE = "kind = 'image' AND width > 3000 AND mime_type = 'image/jpeg'"
MAPPED = "element_at(exif, 'GPSLatitude') IS NOT NULL"


def _id(trino: Trino, where: str) -> str:
    return str(trino.query(f"SELECT min(asset_id) FROM media.assets WHERE {where}").scalar())


def _open(page: Page, stack: Settings, address: str) -> Locator:
    page.goto(f"{stack.service('explorer').url}/item{address}")
    asset = page.locator(".asset")
    expect(asset.locator(".title")).not_to_be_empty()
    return asset


def _scale(asset: Locator) -> float:
    return float(asset.locator(".how-close").inner_text().rstrip("×배"))


def _zoomed(asset: Locator, wanted: float) -> None:
    wait_for(lambda: abs(_scale(asset) - wanted) < 0.06, what=f"a zoom of {wanted}")


def _box(of: Locator) -> Mapping[str, float]:
    found = of.bounding_box()
    assert found is not None
    return {name: float(str(value)) for name, value in found.items()}


def test_it_has_an_address_that_the_dialog_leads_to_and_copies(page: Page, stack: Settings, trino: Trino) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    asset_id = _id(trino, LARGE)
    page.goto(f"{stack.service('explorer').url}/gallery?open={asset_id}")
    dialog = page.get_by_role("dialog")
    title = dialog.locator(".title")
    expect(title).not_to_be_empty()
    told = title.inner_text()
    dialog.get_by_role("button", name="Copy link").click()
    expect(dialog.get_by_role("button", name="Copied")).to_be_visible()
    copied = str(page.evaluate("navigator.clipboard.readText()"))
    assert parse_qs(urlsplit(copied).query)["id"] == [asset_id]
    dialog.get_by_role("link", name="Open on its own page").click()
    expect(page).to_have_url(re.compile(rf"/item\?id={asset_id}"))
    expect(page.locator(".asset .title")).to_have_text(told)
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("link", name="Item")).to_have_count(0)
    page.get_by_role("button", name="Copy S3 path").click()
    assert str(page.evaluate("navigator.clipboard.readText()")).startswith("s3://")
    page.goto(copied)
    expect(page.locator(".asset .title")).to_have_text(told)


def test_what_is_not_there_or_not_named_is_said(page: Page, stack: Settings) -> None:
    url = stack.service("explorer").url
    for query, words in (
        ("?id=01900000-0000-7000-8000-000000000000", "There is no such item"),
        ("", "The address names no item."),
        ("?id=../../etc", "The address names no item."),
        ("?id=01900000-0000-7000-8000-000000000000&as-of=2001-01-01", "There is no state of the media"),
        ("?id=01900000-0000-7000-8000-000000000000&lang=ko", "볼 권한이 없습니다"),
    ):
        page.goto(f"{url}/item{query}")
        expect(page.get_by_text(words)).to_be_visible()
    expect(page.locator("[data-testid='stException']")).to_have_count(0)


def test_files_are_downloaded_and_facts_have_units(page: Page, stack: Settings, trino: Trino) -> None:
    asset = _open(page, stack, f"?id={_id(trino, f'{LARGE} AND {MAPPED}')}")
    for name, mime in (("Download original", "image/jpeg"), ("Download preview", "image/webp")):
        answer = httpx.get(str(asset.get_by_role("link", name=name).get_attribute("href")))
        assert answer.status_code == 200
        assert answer.headers["content-disposition"].startswith("attachment")
        assert answer.headers["content-type"] == mime
    for words in (
        r"6000 × 4000 pixels",
        r"24\.0 MP",
        r"MB \([\d,]+ bytes\)",
        r"ISO \d+",
        r"f/\d",
        r"\d+ mm",
        r"GPSAltitude\d+ m",
    ):
        expect(asset.locator(".about")).to_contain_text(re.compile(words))


def test_the_keyboard_zooms_and_still_goes_to_neighbours(page: Page, stack: Settings) -> None:
    page.goto(f"{stack.service('explorer').url}/gallery?kind=image")
    expect(page.locator(".tile").first).to_be_visible()
    ids = page.locator(".tile").evaluate_all("tiles => tiles.map(tile => tile.dataset.id)")
    page.locator(".tile").first.click()
    asset = page.get_by_role("dialog").locator(".asset")
    expect(asset.locator(".media img.here")).to_have_count(1)
    page.keyboard.press("+")
    _zoomed(asset, 1.5)
    page.keyboard.press("+")
    page.keyboard.press("-")
    _zoomed(asset, 1.5)
    before = _box(asset.locator(".surface"))
    page.keyboard.press("Shift+ArrowRight")
    wait_for(lambda: _box(asset.locator(".surface"))["x"] < before["x"] - 5, what="the picture moving")
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(f"open={ids[1]}"))
    _zoomed(asset, 1.0)
    page.keyboard.press("+")
    _zoomed(asset, 1.5)
    page.keyboard.press("0")
    _zoomed(asset, 1.0)
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile(f"open={ids[0]}"))


def test_wheel_buttons_double_click_and_drag(page: Page, stack: Settings, trino: Trino) -> None:
    asset = _open(page, stack, f"?id={_id(trino, LARGE)}")
    expect(asset.locator(".media img.here")).to_have_count(1)
    stage = _box(asset.locator(".stage"))
    x, y = stage["x"] + stage["width"] * 0.3, stage["y"] + stage["height"] * 0.4
    page.mouse.move(x, y)
    page.mouse.wheel(0, -300)
    wait_for(lambda: _scale(asset) > 1.5, what="the wheel zooming")
    page.mouse.wheel(0, 3000)
    _zoomed(asset, 1.0)
    page.mouse.dblclick(x, y)
    _zoomed(asset, 2.5)
    surface = asset.locator(".surface")
    wait_for(
        lambda: abs(_box(surface)["width"] / _box(asset.locator(".frame"))["width"] - 2.5) < 0.05, what="it being there"
    )
    before = _box(surface)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 120, y - 60, steps=4)
    page.mouse.up()
    after = _box(surface)
    assert after["x"] - before["x"] == pytest.approx(-120, abs=2)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 5000, y, steps=3)
    page.mouse.up()
    assert _box(surface)["x"] <= stage["x"] + 1, "its edge stays at the window's"
    asset.get_by_role("button", name="Fit to the window (0)").click()
    _zoomed(asset, 1.0)
    asset.get_by_role("button", name="Zoom in (+)").click()
    _zoomed(asset, 1.5)
    asset.get_by_role("button", name="Zoom out (-)").click()
    _zoomed(asset, 1.0)
    expect(asset.get_by_role("button", name="Zoom out (-)")).to_be_disabled()


def test_close_up_it_is_the_original(page: Page, stack: Settings, trino: Trino) -> None:
    originals: list[str] = []
    page.on("request", lambda request: originals.append(request.url) if "/raw/images/" in request.url else None)
    asset = _open(page, stack, f"?id={_id(trino, LARGE)}")
    expect(asset.locator(".media img.here")).to_have_count(1)
    assert originals == [], "the preview is enough until then"
    for _ in range(4):
        page.keyboard.press("+")
    expect(asset.locator(".zoom")).to_have_attribute("data-state", "original")
    assert asset.locator("img.sharp").evaluate("image => image.naturalWidth") > 3000
    assert len(originals) == 1


def test_an_original_that_is_lost_leaves_the_preview(page: Page, stack: Settings, trino: Trino) -> None:
    page.route("**/raw/images/**", lambda route: route.abort())
    asset = _open(page, stack, f"?id={_id(trino, LARGE)}")
    expect(asset.locator(".media img.here")).to_have_count(1)
    for _ in range(4):
        page.keyboard.press("+")
    expect(asset.locator(".trouble")).to_contain_text("The original cannot be shown here")
    expect(asset.locator(".media img.here")).to_be_visible()


def test_two_fingers_pinch(browser: Browser, stack: Settings, trino: Trino) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    asset = _open(page, stack, f"?id={_id(trino, LARGE)}")
    expect(asset.locator(".media img.here")).to_have_count(1)
    stage = _box(asset.locator(".stage"))
    x, y = stage["x"] + stage["width"] / 2, stage["y"] + stage["height"] / 2
    client = context.new_cdp_session(page)

    def fingers(gap: float, kind: str = "touchMove") -> None:
        points = [{"x": x - gap, "y": y, "id": 1}, {"x": x + gap, "y": y, "id": 2}]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points if kind != "touchEnd" else []})

    fingers(30, "touchStart")
    for gap in (40, 60, 80, 90):
        fingers(gap)
    fingers(0, "touchEnd")
    wait_for(lambda: 2.0 < _scale(asset) < 4.0, what="the picture being three times as large")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("window.visualViewport.scale") == 1
    context.close()


@pytest.mark.parametrize(("motion", "moves"), [("reduce", False), ("no-preference", True)])
def test_motion_is_what_was_asked_for(
    browser: Browser, stack: Settings, trino: Trino, motion: str, moves: bool
) -> None:
    context = browser.new_context(reduced_motion="reduce" if motion == "reduce" else "no-preference")
    page = context.new_page()
    asset = _open(page, stack, f"?id={_id(trino, LARGE)}")
    expect(asset.locator(".media img.here")).to_have_count(1)
    page.keyboard.press("+")
    _zoomed(asset, 1.5)
    duration = asset.locator(".surface").evaluate("node => getComputedStyle(node).transitionDuration")
    assert (duration != "0s") == moves
    context.close()


@pytest.mark.parametrize("scheme", [pytest.param("light", marks=pytest.mark.long), "dark"])
def test_a_map_shows_where_it_was_taken_and_asks_nobody(page: Page, stack: Settings, trino: Trino, scheme: str) -> None:
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(urlsplit(request.url).hostname or ""))
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    asset_id = _id(trino, MAPPED)
    row = trino.query(
        "SELECT exif['GPSLatitude'], exif['GPSLongitude'] FROM media.assets WHERE asset_id = ?", [asset_id]
    )
    latitude, longitude = map(float, row.rows[0])
    place = _open(page, stack, f"?id={asset_id}").locator(".place")
    place.scroll_into_view_if_needed()
    point = place.locator("svg circle.point")
    assert float(str(point.get_attribute("cx"))) == pytest.approx(longitude)
    assert float(str(point.get_attribute("cy"))) == pytest.approx(-latitude)
    expect(place.get_by_role("link", name="Open in a map")).to_have_attribute(
        "href", f"geo:{latitude:.5f},{longitude:.5f}"
    )
    expect(place).to_contain_text(f"{abs(latitude):.5f}°")
    expect(place.get_by_role("button", name="Copy coordinates")).to_be_visible()
    assert asked <= {"127.0.0.1", ""}


def test_a_picture_without_a_place_has_no_map(page: Page, stack: Settings, trino: Trino) -> None:
    asset = _open(page, stack, f"?id={_id(trino, f'kind = {chr(39)}image{chr(39)} AND NOT {MAPPED}')}")
    expect(asset.locator(".facts").first).to_be_visible()
    expect(asset.locator(".place")).to_be_hidden()


def test_versions_tell_each_change_and_lead_to_how_it_was(page: Page, stack: Settings, trino: Trino) -> None:
    asset_id = _id(trino, "title LIKE 'Firs%'")
    title = str(trino.query("SELECT title FROM media.assets WHERE asset_id = ?", [asset_id]).scalar())
    editor = Editor(stack)
    editor.change([asset_id], Changes(title="Firs | **renamed** <b>x</b>"))
    try:
        asset = _open(page, stack, f"?id={asset_id}")
        expect(asset.locator(".title")).to_have_text("Firs | **renamed** <b>x</b>")
        page.get_by_text("Versions", exact=True).click()
        box = page.locator(".st-key-versions")
        expect(box.get_by_text("Changed", exact=True).first).to_be_visible()
        row = box.locator("tr", has_text="Title").first
        expect(row.locator("td")).to_have_text(["Title", title, "Firs | **renamed** <b>x</b>"])
        link = box.get_by_role("link", name="As it was then").last
        page.goto(f"{stack.service('explorer').url}/{link.get_attribute('href')}")
        expect(page.locator(".asset .title")).to_have_text(title)
        expect(page.get_by_text("This is the item as it was from")).to_be_visible()
        page.get_by_role("button", name="Back to now").click()
        expect(page).not_to_have_url(re.compile("as-of"))
        expect(page.locator(".asset .title")).to_have_text("Firs | **renamed** <b>x</b>")
    finally:
        editor.change([asset_id], Changes(title=title))


def test_it_says_where_it_is_used_and_nowhere(page: Page, stack: Settings, trino: Trino) -> None:
    copy = str(trino.query("SELECT min(asset_id) FROM media.duplicates WHERE same_group IS NOT NULL").scalar())
    alone = _id(trino, "asset_id NOT IN (SELECT asset_id FROM media.duplicates)")
    for asset_id, words in ((copy, "media_duplicates"), (alone, "Nowhere: no other table names it")):
        _open(page, stack, f"?id={asset_id}")
        page.get_by_text("Where it is used", exact=True).click()
        box = page.locator(".st-key-used")
        expect(box).to_contain_text(words)
        expect(box.get_by_role("link", name="Media")).to_be_visible()


def test_a_sound_has_a_waveform_and_a_spectrogram_that_seek(page: Page, stack: Settings, trino: Trino) -> None:
    asset = _open(page, stack, f"?id={_id(trino, 'duration_seconds > 4 AND mime_type = ' + repr('audio/wav'))}")
    wave = asset.get_by_role("slider", name="Position")
    expect(wave).to_be_visible()
    picture = asset.locator("img.spectrogram")
    wait_for(lambda: picture.evaluate("image => image.naturalWidth") == 1000, what="the spectrogram")
    drawn = asset.locator(".wave canvas").evaluate(
        "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(value => value)"
    )
    assert drawn
    player = asset.locator("audio")
    wait_for(lambda: player.evaluate("p => p.readyState") >= 1, what="the sound's metadata")
    box = _box(wave)
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 20)
    length = float(player.evaluate("p => p.duration"))
    wait_for(lambda: abs(player.evaluate("p => p.currentTime") - length / 2) < 0.2, what="the middle being sought")
    expect(wave).to_have_attribute("aria-valuetext", re.compile(r"^0:0\d of 0:"))
    wave.focus()
    page.keyboard.press("Home")
    wait_for(lambda: player.evaluate("p => p.currentTime") == 0, what="the beginning being sought")
    page.keyboard.press("ArrowRight")
    wait_for(lambda: player.evaluate("p => p.currentTime") > 0.1, what="a step forward")
    player.evaluate("p => { p.muted = true; }")
    page.keyboard.press("Space")
    wait_for(lambda: not player.evaluate("p => p.paused"), what="it playing")


def test_a_film_seeks_by_ranges_and_by_its_frames(page: Page, stack: Settings, trino: Trino) -> None:
    ranges: list[Response] = []
    page.on("response", lambda answer: ranges.append(answer) if "/raw/video/" in answer.url else None)
    asset = _open(page, stack, f"?id={_id(trino, 'kind = ' + repr('video') + ' AND duration_seconds > 4')}")
    player = asset.locator("video")
    expect(player).to_have_attribute("poster", re.compile("^/api/thumb/1440/"))
    stills = asset.get_by_role("group", name="Frames of the video").get_by_role("button")
    expect(stills).to_have_count(10)
    wait_for(lambda: asset.locator(".cut").first.evaluate("image => image.naturalWidth") > 500, what="the frames")
    wait_for(lambda: player.evaluate("p => p.readyState") >= 1, what="the film's metadata")
    stills.nth(7).click()
    length = float(player.evaluate("p => p.duration"))
    wait_for(lambda: abs(player.evaluate("p => p.currentTime") - length * 0.75) < 0.3, what="the frame being sought")
    expect(stills.nth(7)).to_have_attribute("aria-current", "true")
    stills.nth(1).focus()
    page.keyboard.press("Enter")
    wait_for(lambda: player.evaluate("p => p.currentTime") < length * 0.3, what="an earlier one being sought")
    assert {answer.status for answer in ranges} == {206}
    part = httpx.get(str(player.evaluate("p => p.src")), headers={"Range": "bytes=100-199"})
    assert (part.status_code, len(part.content)) == (206, 100)
    assert part.headers["content-range"].startswith("bytes 100-199/")


def test_a_preview_may_be_kept_and_only_its_own_address_works(page: Page, stack: Settings, trino: Trino) -> None:
    with page.expect_response(re.compile("/api/preview/peaks/")) as caught:
        _open(page, stack, f"?id={_id(trino, 'kind = ' + repr('audio'))}")
    url = caught.value.url
    answer = httpx.get(url)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert httpx.get(url, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    assert httpx.get(url.replace("/peaks/", "/times/")).status_code == 403
    assert httpx.get(url.split("&sig=")[0]).status_code == 403


def test_what_cannot_be_drawn_is_said_in_words(page: Page, stack: Settings, trino: Trino) -> None:
    page.route(
        "**/api/preview/**", lambda route: route.fulfill(status=422, body="the file cannot be decoded; export it again")
    )
    asset = _open(page, stack, f"?id={_id(trino, 'kind = ' + repr('audio'))}")
    expect(asset.locator(".note")).to_have_text(
        "There is nothing to draw of this file: the file cannot be decoded; export it again"
    )
    expect(asset.locator("audio")).to_be_visible()


@pytest.mark.parametrize("scheme", [pytest.param("light", marks=pytest.mark.long), "dark"])
@pytest.mark.parametrize("kind", ["image", "audio", "video"])
def test_it_fits_a_phone(page: Page, stack: Settings, trino: Trino, scheme: str, kind: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    asset = _open(page, stack, f"?id={_id(trino, 'kind = ' + repr(kind))}&lang=ko")
    shown = {"image": ".media img.here", "audio": ".wave", "video": ".strip"}[kind]
    expect(asset.locator(shown)).to_be_visible()
    expect(asset.get_by_role("link", name="원본 다운로드")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
