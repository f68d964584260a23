"""The explorer's statistics as a person sees them: the semantic layer's numbers, for whoever looks."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from lakefront.config import Settings
from lakefront.semantic.ask import Semantic
from lakefront.trino import Trino
from tests.support import own_explorer
from tests.support.cli import lakefront
from tests.support.explorer_pages import expect_parameters
from tests.support.faults import Relay

pytestmark = [pytest.mark.stack, pytest.mark.browser]

CHARTS = 8
HEADLINES = ("assets", "storage_bytes", "average_asset_bytes", "duplicate_assets", "duplicate_bytes", "duplicate_share")
#: What Streamlit asks for under the address of a page before it asks at the root; it is answered 404 on every page.
STREAMLIT_ASKS = re.compile(r"/_stcore/(health|host-config)$")


@pytest.fixture(autouse=True)
def _patience() -> Iterator[None]:
    """Give what must appear a minute: machines that run the tests are busy, and plotly is large."""
    expect.set_options(timeout=60_000)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture(scope="module")
def address(stack: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page's address in an explorer of its own, so that no other test has filled its caches."""
    with own_explorer.running(stack, tmp_path_factory.mktemp("explorer")) as url:
        yield f"{url}/statistics"


def _asked(stack: Settings, person: str, *options: str) -> list[dict[str, Any]]:
    """Return what `lakefront semantic query` answers for a person."""
    done = lakefront("semantic", "query", "--user", person, "--format", "json", *options, home=stack.home.root)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _exactly(value: float) -> str:
    return f"{round(value):,} bytes"


def _metric(page: Page, label: str) -> Locator:
    return page.locator("[data-testid='stMetric']").filter(has=page.get_by_text(label, exact=True))


def _drawn(page: Page) -> Locator:
    """Wait until every chart has been drawn."""
    plots = page.locator("[data-testid='stPlotlyChart'] .js-plotly-plot")
    expect(plots).to_have_count(CHARTS)
    return plots


def _traces(chart: Locator) -> list[Mapping[str, Any]]:
    return chart.evaluate("plot => plot.data.map(({name, x, y, type}) => ({name, x, y, type}))")


@pytest.mark.parametrize("person", ["admin", "victor"])
def test_the_numbers_on_top_are_those_of_the_command_line_for_that_person(
    page: Page, stack: Settings, address: str, person: str
) -> None:
    options = [option for name in HEADLINES for option in ("--metric", name)]
    (truth,) = _asked(stack, person, *options, "--where", "media_assets.kind = 'image'")
    metrics = Semantic(stack).layer.metrics
    page.goto(f"{address}?kind=image&as={person}")
    assert truth["assets"] > truth["duplicate_assets"] > 0
    expect(_metric(page, "Assets")).to_contain_text(f"{truth['assets']:,}")
    expect(_metric(page, "Duplicates")).to_contain_text(f"{truth['duplicate_assets']:,}")
    expect(_metric(page, "Share of duplicates")).to_contain_text(f"{truth['duplicate_share']:.1%}")
    for name in ("storage_bytes", "average_asset_bytes", "duplicate_bytes"):
        page.mouse.move(0, 0)
        _metric(page, str(metrics[name].label)).get_by_test_id("stTooltipHoverTarget").hover()
        told = page.get_by_test_id("stTooltipContent").last
        expect(told).to_contain_text(" ".join(metrics[name].description.split()))
        expect(told).to_contain_text(_exactly(truth[name]))


def test_charts_are_drawn_without_an_error_and_nobody_else_is_asked(page: Page, address: str) -> None:
    problems: list[str] = []
    asked: set[str] = set()
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "console",
        lambda message: (
            problems.append(message.text)
            if message.type == "error" and not STREAMLIT_ASKS.search(message.location["url"])
            else None
        ),
    )
    page.on("request", lambda request: asked.add(urlsplit(request.url).hostname or ""))
    page.goto(address)
    plots = _drawn(page)
    for plot in plots.all():
        plot.scroll_into_view_if_needed()
        expect(plot.locator(".main-svg").first).to_be_visible()
        assert any(_traces(plot)), "a chart shows something"
    assert asked <= {"127.0.0.1", ""}
    assert problems == []


def test_bars_add_up_to_what_the_semantic_layer_says(page: Page, stack: Settings, address: str) -> None:
    truth = _asked(stack, "admin", "--metric", "assets", "--by", "media_assets.tag", "--by", "media_assets.kind")
    page.goto(f"{address}?as=admin")
    _drawn(page)
    words = {"Images": "image", "Sounds": "audio", "Videos": "video"}
    bars = [bar for bar in _traces(page.locator(".st-key-card-tags .js-plotly-plot")) if bar["type"] == "bar"]
    shown = {(tag, words[bar["name"]]): x for bar in bars for tag, x in zip(bar["y"], bar["x"], strict=True)}
    assert shown == {(row["tag"], row["kind"]): row["assets"] for row in truth}


def test_a_table_has_the_numbers_of_its_chart(page: Page, stack: Settings, address: str) -> None:
    truth = _asked(
        stack, "victor", "--metric", "assets", "--metric", "storage_bytes",
        "--by", "media_assets.source_system", "--by", "media_assets.kind",
    )  # fmt: skip
    page.goto(f"{address}?as=victor")
    _drawn(page)
    card = page.locator(".st-key-card-sources")
    card.get_by_text("Numbers").click()
    cells = card.locator("[role='gridcell']")
    expect(cells).to_have_count(4 * len(truth))
    wanted = [
        text for row in truth
        for text in (row["source_system"], row["kind"], str(row["assets"]), str(row["storage_bytes"]))
    ]  # fmt: skip
    assert cells.all_inner_texts() == wanted


def test_what_is_chosen_is_in_the_address_and_a_link_opens_the_same(page: Page, stack: Settings, address: str) -> None:
    page.goto(f"{address}?as=ana&last=yesterday&grain=hour")
    _drawn(page)
    sidebar = page.locator("section.stSidebar")
    sidebar.get_by_role("radio", name="Last 90 days").click()
    expect(page).to_have_url(re.compile("last=90"))
    sidebar.get_by_role("button", name="Images").click()
    expect(page).to_have_url(re.compile("kind=image"))
    sidebar.get_by_role("radio", name="Month").click()
    expect(page).to_have_url(re.compile("grain=month"))
    expect_parameters(page, {"as": ["ana"], "kind": ["image"], "last": ["90"], "grain": ["month"]})

    since = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=89)
    (truth,) = _asked(
        stack, "ana", "--metric", "assets", "--where", "media_assets.kind = 'image'", "--since", str(since)
    )
    for _ in range(2):
        expect(_metric(page, "Assets")).to_contain_text(f"{truth['assets']:,}")
        expect(page.get_by_role("heading", name="Assets uploaded, by month and kind")).to_be_visible()
        page.goto(page.url)

    page.locator(".st-key-ways-tags").get_by_role("link", name="product").click()
    expect(page).to_have_url(re.compile(r"/gallery\?.*tag=product"))  # its parameters come after its path
    query = parse_qs(urlsplit(page.url).query)
    assert (query["tag"], query["kind"], query["since"], query["as"]) == (["product"], ["image"], [str(since)], ["ana"])


def test_thumbnails_that_could_not_be_made_are_named_with_the_reason(
    page: Page, stack: Settings, trino: Trino, address: str
) -> None:
    asset_id, title = trino.query(
        "SELECT asset_id, title FROM media.assets WHERE kind = 'video' ORDER BY upload_time DESC LIMIT 1"
    ).rows[0]
    said = "UPDATE media.assets SET thumbnail_error = ?, thumbnail_seconds = ? WHERE asset_id = ?"
    (before,) = trino.query(
        "SELECT thumbnail_error, thumbnail_seconds FROM media.assets WHERE asset_id = ?", [asset_id]
    ).rows
    trino.query(said, ["the original cannot be decoded: cut short", None, asset_id])
    try:
        (truth,) = _asked(
            stack, "admin", "--metric", "missing_thumbnails", "--metric", "unmeasured_thumbnails",
            "--where", "media_assets.kind = 'video'",
        )  # fmt: skip
        assert truth["missing_thumbnails"] > 0
        for language, reason in (("en", "The original cannot be decoded: cut short."), ("ko", "디코딩할 수 없습니다")):
            page.goto(f"{address}?kind=video&as=admin&lang={language}")
            card = page.locator(".st-key-card-thumbnails")
            metrics = card.get_by_test_id("stMetric")
            expect(metrics).to_have_count(3)
            expect(metrics.nth(0)).to_contain_text(f"{truth['missing_thumbnails']:,}")
            expect(metrics.nth(2)).to_contain_text(f"{truth['unmeasured_thumbnails']:,}")
            expect(card).to_contain_text(reason)
        card.get_by_role("link", name=title, exact=True).click()
        expect(page).to_have_url(re.compile(rf"/item\?.*id={asset_id}"))
        expect(page.locator(".asset .title")).to_have_text(title)
        # Of other kinds there is none to be named.
        page.goto(f"{address}?kind=audio&as=admin&lang=en")
        expect(page.locator(".st-key-card-thumbnails").get_by_test_id("stMetric").first).to_contain_text("0")
        expect(page.get_by_text(title, exact=True)).to_have_count(0)
    finally:
        trino.query(said, [*before, asset_id])


def test_days_without_uploads_are_said(page: Page, address: str) -> None:
    for days in ("since=2001-01-01&until=2001-01-31", "since=2090-01-01"):
        page.goto(f"{address}?{days}")
        expect(page.get_by_text("Nothing was uploaded in these days")).to_be_visible()
    page.get_by_test_id("stMain").get_by_role("button", name="Clear filters").click()
    _drawn(page)
    expect(page).not_to_have_url(re.compile("since="))


def test_who_may_not_see_the_media_is_told_whom_to_ask(page: Page, address: str) -> None:
    page.goto(f"{address}?as=olga")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("olga may not see media.assets.")
    expect(alert).to_contain_text("Ask data-protection@example.com for a role that opens it")
    expect(page.get_by_test_id("stMetric")).to_have_count(0)


@pytest.mark.parametrize("scheme", [pytest.param("light", marks=pytest.mark.long), "dark"])
def test_it_fits_a_phone(page: Page, address: str, scheme: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(address)
    plots = _drawn(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for plot in plots.all():
        box = plot.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390


def test_without_trino_it_says_so_and_comes_back_by_itself(page: Page, stack: Settings, tmp_path: Path) -> None:
    trino = Relay(stack.service("trino").url)
    try:
        with own_explorer.running(stack, tmp_path, trino=trino.url) as url:
            page.goto(f"{url}/statistics")
            _drawn(page)
            trino.down()
            page.goto(f"{url}/statistics?kind=video")
            alert = page.get_by_role("alert")
            expect(alert).to_contain_text("The statistics cannot be read.")
            expect(alert).to_contain_text(f"Trino at {trino.url}: does not answer.")
            trino.up()
            expect(page.get_by_test_id("stMetric").first).to_be_visible()
            expect(page.get_by_role("alert")).to_have_count(0)
    finally:
        trino.down()
