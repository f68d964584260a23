"""The site of the semantic layer as people use it: from a disk, without a server, by mouse, by keyboard, on a phone."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from lakefront.semantic import load_layer
from tests.support.cli import ROOT, lakefront

pytestmark = pytest.mark.browser

Opened = Callable[..., Page]

PAGES = (
    "index.html",
    "map.html",
    "dashboards.html",
    "metrics/gross_margin.html",
    "datasets/order_items.html",
    "views/sales.html",
    "models/sales.html",
)
#: Boxes that overlap, and texts that leave their box, in all pictures that are shown.
FAULTS = """() => [...document.querySelectorAll('.picture svg')].flatMap(svg => {
  const boxes = [...svg.querySelectorAll('.node')].map(node => [node.dataset.node, node.querySelector('.box').getBBox(),
    [...node.querySelectorAll('text')].map(text => text.getBBox())]);
  const inside = (a, b) =>
    a.x >= b.x && a.y >= b.y && a.x + a.width <= b.x + b.width && a.y + a.height <= b.y + b.height;
  const apart = (a, b) => a.x + a.width < b.x || b.x + b.width < a.x || a.y + a.height < b.y || b.y + b.height < a.y;
  return boxes.flatMap(([name, box, texts], at) => [
    ...texts.filter(text => !inside(text, box)).map(() => `${name} is too narrow`),
    ...boxes.slice(at + 1).filter(([, other]) => !apart(box, other)).map(([other]) => `${name} overlaps ${other}`)]);
})"""
TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of the reference bundle."""
    bundle = tmp_path_factory.mktemp("bundle")
    for part in ("semantic_layer", "superset_assets"):
        shutil.copytree(ROOT / part, bundle / part)
    shutil.copy(ROOT / "lakefront.toml", bundle)
    done = lakefront("semantic", "docs", cwd=bundle)
    assert done.returncode == 0, done.stderr
    return bundle / ".lakefront" / "semantic-docs"


@pytest.fixture
def opened(browser: Browser, site: Path) -> Iterator[Opened]:
    """Open a page of the site; whatever it complains of, or asks of a network, fails the test."""
    contexts: list[Any] = []
    complaints: list[str] = []

    def asked(request: Request) -> None:
        if not request.url.startswith(("file://", "data:")):
            complaints.append(request.url)

    def open_(address: str, *, width: int = 1440, **options: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("request", asked)
        page.on("console", lambda message: complaints.append(message.text) if message.type != "log" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        path, _, anchor = address.partition("#")
        page.goto((site / path).as_uri() + (f"#{anchor}" if anchor else ""))
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.mark.parametrize(
    ("word", "marked"), [("revenue", "Revenue"), ("turnover", "turnover"), ("매출", "매출"), ("NET SALES", "net")]
)
def test_an_analyst_finds_revenue_by_any_of_its_names(opened: Opened, word: str, marked: str) -> None:
    page = opened("index.html")
    page.keyboard.press("/")
    page.keyboard.type(word)
    first = page.locator("#results a").first
    expect(first).to_contain_text("Revenue")
    expect(first.locator("mark").get_by_text(marked, exact=True).first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Revenue")
    expect(page.get_by_text("Certified by Finance")).to_be_visible()
    expect(page.get_by_role("link", name="sales-analytics@example.com").first).to_be_visible()
    page.locator("#used-by").get_by_role("link", name="Sales Overview").click()
    expect(page.get_by_role("heading", name="Sales Overview")).to_be_in_viewport()


def test_a_misspelt_word_is_answered_with_the_nearest(opened: Opened) -> None:
    page = opened("index.html")
    page.locator("#search").fill("tunrover")
    expect(page.locator("#status")).to_contain_text("Did you mean “turnover”?")


def test_an_engineer_goes_from_a_metric_to_its_table_column(opened: Opened) -> None:
    page = opened("metrics/gross_margin.html")
    page.locator(".picture").get_by_role("link", name="cost_amount").click()
    row = page.locator("#column-cost_amount")
    expect(row).to_be_in_viewport()
    expect(row).to_contain_text("decimal(12,2)")
    row.get_by_role("link", name="Gross margin").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Gross margin")


def test_filters_narrow_what_is_shown_and_stay_in_the_address(opened: Opened) -> None:
    page = opened("index.html")
    page.get_by_role("button", name="Metrics").click()
    owner = "sales-analytics@example.com"
    own = [metric for metric in load_layer(ROOT / "semantic_layer").metrics.values() if metric.owner == owner]
    certified = [metric for metric in own if metric.certified]
    assert 0 < len(certified) < len(own)
    page.get_by_label("Owner").select_option(owner)
    expect(page.locator("#results li")).to_have_count(len(own))
    page.get_by_label("Certified only").check()
    expect(page.locator("#status")).to_have_text(f"{len(certified)} found")
    again = opened(f"index.html#{page.url.split('#')[1]}")
    expect(again.locator("#results li")).to_have_count(len(certified))
    expect(again.get_by_label("Owner")).to_have_value(owner)
    again.get_by_role("button", name="Clear").click()
    expect(again.locator("#browse")).to_be_visible()
    expect(again.get_by_role("button", name="All")).to_have_attribute("aria-pressed", "true")


def test_the_keyboard_goes_everywhere(opened: Opened) -> None:
    page = opened("views/sales.html")
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type("order")
    results = page.locator("#results a")
    expect(results.first).to_be_visible()
    second = str(results.nth(1).locator("b").text_content())
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(results.nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(second)
    page.keyboard.press("/")
    page.keyboard.type("order")
    page.keyboard.press("Escape")
    expect(page.locator("#search")).to_have_value("")
    expect(page.locator("#results")).to_be_hidden()


def test_a_box_lights_up_what_leads_to_it_and_what_it_leads_to(opened: Opened) -> None:
    page = opened("metrics/average_order_value.html")
    page.locator("[data-port='metric:orders']").focus()
    expect(page.locator(".node.on[data-node='dataset:order_items']")).to_have_count(1)
    expect(page.locator(".node.on[data-node='metric:average_order_value']")).to_have_count(1)
    expect(page.locator(".node.on[data-node='metric:revenue']")).to_have_count(0)
    page.locator("#search").focus()
    expect(page.locator(".on")).to_have_count(0)


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_the_screen_and_boxes_hold_their_texts(opened: Opened, scheme: str, width: int) -> None:
    for name in PAGES:
        page = opened(name, width=width, color_scheme=scheme)
        page.evaluate("() => document.querySelectorAll('details').forEach(part => { part.open = true; })")
        assert page.evaluate(TOO_WIDE) <= 0, name
        assert page.evaluate(FAULTS) == [], name


def _ground(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


def test_the_theme_is_the_systems_until_another_is_chosen_and_kept(opened: Opened) -> None:
    page = opened("metrics/revenue.html", color_scheme="dark")
    assert _ground(page) == "rgb(14, 26, 36)"
    page.get_by_role("button", name="Change to the light theme").click()
    assert _ground(page) == "rgb(255, 255, 255)"
    page.get_by_role("link", name="Map", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Map of the datasets")
    assert _ground(page) == "rgb(255, 255, 255)"


def test_paper_is_white_and_holds_everything(opened: Opened) -> None:
    page = opened("metrics/revenue.html", color_scheme="dark", width=794)  # A4 at 96 dots an inch
    page.emulate_media(media="print", color_scheme="dark")
    assert _ground(page) == "rgb(255, 255, 255)"
    expect(page.locator("#search")).to_be_hidden()
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    expect(page.locator("#dimensions").get_by_role("link", name="Home region")).to_be_visible()
    assert page.evaluate(TOO_WIDE) <= 0


def test_everything_but_the_search_works_without_scripts(opened: Opened) -> None:
    page = opened("index.html", java_script_enabled=False)
    expect(page.locator("#filters")).to_be_hidden()
    page.get_by_role("link", name="Average order value").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Average order value")
    page.locator(".picture").get_by_role("link", name="Orders, metric", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Orders")
