"""Every page of the explorer as tests of all of them open it: one line a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

from lakefront.config import Settings
from lakefront.trino import Trino


@dataclass(frozen=True)
class Shown:
    """A page in a state. `ready`: what is to be seen before it is looked at. `{asset}` in an address is some image."""

    name: str
    address: str
    ready: str


PAGES: Final = (
    Shown("home", "", "table"),
    Shown("gallery", "gallery?min-width=10", ".tile"),
    Shown("item", "gallery?kind=image&open={asset}", "[role=dialog] .title"),
    Shown("nothing-left", "gallery?kind=video&until=2001-01-02", ".stMainBlockContainer .stButton"),
    Shown("refused", "gallery?as=tom", "[role=alert]"),
    Shown("item-page", "item?id={asset}", ".facts, .about"),
    Shown("search", "search", "[data-testid=stDataFrame]"),
    Shown("search-grid", "search?layout=grid", ".tile"),
    Shown("time-machine", "time-machine", ".history .state"),
    Shown("duplicates", "duplicates", ".group"),
    Shown("look-alikes", "duplicates?match=near", ".group"),
    Shown("statistics", "statistics", ".st-key-card-cost .js-plotly-plot"),
    Shown("upload", "upload", "[data-testid=stFileUploader]"),
    Shown("upload-refused", "upload?as=victor", "[role=alert]"),
    Shown("dashboards", "dashboards", ".embedded"),
    Shown("dashboards-refused", "dashboards?as=olga", "[role=alert]"),
)


def an_image(trino: Trino) -> str:
    """Return the id of an image."""
    return str(trino.query("SELECT min(asset_id) FROM media.assets WHERE kind = 'image'").scalar())


def look_at(page: Page, stack: Settings, shown: Shown, asset: str) -> None:
    """Open a page and wait until it is all there."""
    page.goto(f"{stack.service('explorer').url}/{shown.address.format(asset=asset)}")
    expect(page.locator(shown.ready).first).to_be_visible()
    settled(page)


def expect_parameters(page: Page, wanted: dict[str, list[str]]) -> None:
    """Wait until an address has these parameters and no others: the browser tells it later than what it shows."""
    page.wait_for_url(lambda url: parse_qs(urlsplit(url).query) == wanted, wait_until="commit", timeout=30_000)


def picked(page: Page) -> list[int]:
    """Return the places of the items of a grid that are selected."""
    return page.locator(".pick input").evaluate_all("all => all.flatMap((box, at) => box.checked ? [at] : [])")


def settled(page: Page) -> None:
    """Wait until no script runs for a page, and its links have their words: Streamlit fetches what draws them later."""
    expect(page.locator("[data-testid=stApp]")).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.locator("[data-testid=stPageLink-NavLink]:not(:has(p))")).to_have_count(0)
