"""Steps that browser tests and screenshots share."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from lakefront.config import Settings
from tests.support.dashboards import Dashboard, Tab
from tests.support.superset import Visitor
from tests.support.waiting import wait_for

#: Cold caches on a busy machine.
_PATIENCE_MS = 180_000
#: Whether so many charts are in sight and none of them is still loading, nor a filter where those count, too; where
#: canvases are wanted, so many are in sight and each is painted with more than one colour. Counted first: to see what
#: is in sight makes the page lay itself out, and looking must not take the time of what is looked at.
_DRAWN = """
({charts, filters, canvases}) => {
    const all = (selector) => [...document.querySelectorAll(selector)];
    const seen = (selector) => all(selector).filter(found => found.checkVisibility());
    const isPainted = (canvas) => {
        const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
        const colours = new Set();
        for (let i = 0; i < data.length && colours.size < 2; i += 4) {
            if (data[i + 3] > 0) colours.add(data[i] << 16 | data[i + 1] << 8 | data[i + 2]);
        }
        return colours.size >= 2;
    };
    const chart = "[data-test='chart-grid-component']", loading = "[data-test='loading-indicator']";
    if (all("[data-test='slice-container']").length < charts) return false;
    if (seen(chart).length !== charts || seen("[data-test='slice-container']").length !== charts) return false;
    if (seen(filters ? loading : `${chart} ${loading}`).length) return false;
    if (!canvases) return true;
    const painted = seen(`${chart} canvas`);
    return painted.length >= canvases && painted.every(isPainted);
}
"""
_WIDTHS = "images => images.map(image => image.complete ? image.naturalWidth : 0)"


def log_in(page: Page, settings: Settings, user: str | None = None) -> None:
    """Log in to Superset, as its admin or as a person of the policies."""
    password = settings.secrets.people_password if user else settings.secrets.superset_password
    page.goto(f"{settings.service('superset').url}/login/")
    page.locator("#username").fill(user or settings.env.superset_user)
    page.locator("#password").fill(password)
    page.locator("[data-test='login-button']").click()
    page.wait_for_url("**/welcome/**", wait_until="commit", timeout=_PATIENCE_MS)


def sign_in(page: Page, settings: Settings, user: str | None = None) -> None:
    """Be logged in as by `log_in`, without its two pages: only tests of logins tell anything of them."""
    visitor = Visitor(settings, user or settings.env.superset_user)
    url = settings.service("superset").url
    page.context.add_cookies([{"name": name, "value": value, "url": url} for name, value in visitor.cookies.items()])
    visitor.close()


def wait_for_charts(
    page: Page, count: int, *, filters: bool = True, canvases: int = 0, within_ms: int = _PATIENCE_MS
) -> None:
    """Wait until `count` charts are drawn, those of the tab in front. Charts are drawn when they come into view.

    `filters`: wait for what filters offer, too. `canvases`: wait until so many are there and all are painted, too.
    Looked at with every frame: assertions look once a second later on.
    """
    wanted = {"charts": count, "filters": filters, "canvases": canvases}
    try:
        page.wait_for_function(_DRAWN, arg=wanted, timeout=within_ms)
    except PlaywrightTimeoutError as error:
        counts = {
            name: page.locator(f"[data-test='{name}']:visible").count()
            for name in ("chart-grid-component", "slice-container", "loading-indicator")
        }
        raise AssertionError(f"wanted {count} charts that are drawn, there are {counts}") from error


def open_dashboard(page: Page, settings: Settings, dashboard: Dashboard) -> None:
    """Open a dashboard in a window as high as its highest tab, and wait until every chart of the first one is there."""
    page.set_viewport_size({"width": 1440, "height": max(tab.height for tab in dashboard.tabs)})
    page.goto(f"{settings.service('superset').url}/superset/dashboard/{dashboard.slug}/")
    wait_for_charts(page, len(dashboard.tabs[0].charts))


def open_tab(page: Page, tab: Tab | str) -> None:
    """Turn to a tab of the dashboard that is open; one that is not given by its title is waited for, too."""
    title = tab if isinstance(tab, str) else tab.title
    if title:
        # Its name for those who do not see it has that of the button in it, too.
        page.get_by_role("tab").filter(has=page.get_by_text(title, exact=True)).click()
    if isinstance(tab, Tab):
        wait_for_charts(page, len(tab.charts))


def wait_on(page: Page, condition: Callable[[], bool], *, within: float, what: str) -> None:
    """Wait as `wait_for` does, and let the page tell meanwhile what happens: it does while Playwright waits only."""
    wait_for(lambda: page.wait_for_timeout(50) or condition(), within=within, what=what)


def refresh(page: Page, count: int) -> None:
    """Ask anew for all `count` charts of the dashboard that is open, whatever is cached, and wait for the answers."""
    answered: list[str] = []
    asked = re.compile(r"/api/v1/chart/data\?form_data=.*&force=true")
    page.on("response", lambda got: answered.append(got.url) if asked.search(got.url) else None)
    page.locator("[data-test='refresh-button']").click()
    wait_on(page, lambda: len(answered) >= count, within=180, what="every chart being asked anew")
    wait_for_charts(page, count)


def chart(page: Page, title: str) -> Locator:
    """Return a chart of the dashboard that is open."""
    return page.locator(f"[data-test='chart-grid-component'][data-test-chart-name={json.dumps(title)}]")


def filter_box(page: Page, filter_id: str) -> Locator:
    """Return where a filter of the dashboard that is open is chosen; Superset calls it by the filter's id."""
    return page.locator("[data-test='filter-bar']").get_by_role("combobox", name=filter_id, exact=True)


def choose(page: Page, filter_id: str, value: str) -> None:
    """Choose a value in a filter of the dashboard that is open, and apply it."""
    bar = page.locator("[data-test='filter-bar']")
    filter_box(page, filter_id).click()
    page.locator(".ant-select-item-option", has=page.get_by_text(value, exact=True)).click()
    page.keyboard.press("Escape")
    bar.locator("[data-test='filter-bar__apply-button']").click()


def wait_for_thumbnails(page: Page, count: int) -> None:
    """Wait until the gallery shows `count` tiles and every picture of them is decoded."""
    expect(page.locator(".tile")).to_have_count(count, timeout=_PATIENCE_MS)
    pictures = page.locator(".tile img")
    wait_for(lambda: min(pictures.evaluate_all(_WIDTHS), default=0) > 0, what="every picture being decoded")
