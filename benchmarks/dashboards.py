"""Each dashboard until all its charts are drawn, in a real browser; and what the time goes into.

Drawn are the charts of the tab that a dashboard opens with; its other tabs are turned to afterwards, and the slowest is
told. Cold: a browser that has nothing kept, of a Superset that has nothing kept, so that every chart's query is run by
Trino. Warm: the same browser again, with the answers kept. The browser has a folder of its own, as people's have: one
without keeps no compiled scripts. Nothing stands between it and Superset, and each frame is looked at as lightly as can
be: to put something into its requests took a second of a cold page. The baselines run in the same run and in turns with
it: the same questions posted without a browser, and their SQL asked of Trino alone, one after another. Eight at once
are eight sessions of the API that post what the page posts, six requests at a time as a browser does: eight browsers on
this machine would measure the machine.

Superset's datasets read rows, not rollups. What rollups could save is measured on the numbers in large type: the
semantic layer asks for them with and without.
"""

from __future__ import annotations

import contextlib
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import BrowserContext, Page, Playwright, Request, sync_playwright
from tests.browser.journeys import log_in, open_tab, wait_for_charts
from tests.support.chromium import ARGUMENTS, required_chromium
from tests.support.dashboards import Dashboard, Tab, answers, read_dashboards
from tests.support.superset import Visitor

from benchmarks.report import Figure, publish
from lakefront.config import Settings
from lakefront.superset.client import SupersetClient
from lakefront.trino import Trino

#: Issue 7.
_COLD_SECONDS, _WARM_SECONDS = 5.0, 1.5
_ROUNDS = 3
_PEOPLE, _CROWDED_ROUNDS = 8, 2
#: How long a page is left alone before another is opened.
_LOOKED_AT_MS = 1000
#: What a browser sends to one host at a time.
_AT_ONCE = 6
_DATA = "/api/v1/chart/data"


@dataclass
class Measured:
    """One dashboard: seconds of each round, by what was measured. `bodies`: what its first tab and its filters ask."""

    dashboard: Dashboard
    seconds: dict[str, list[float]] = field(default_factory=dict)
    bodies: list[dict[str, Any]] = field(default_factory=list)

    def note(self, what: str, seconds: float) -> None:
        """Keep a round."""
        self.seconds.setdefault(what, []).append(seconds)

    def median(self, what: str) -> float:
        """Return the median of the rounds."""
        return statistics.median(self.seconds[what])


def run(settings: Settings) -> None:
    """Measure and publish."""
    path = required_chromium()
    measured = [Measured(dashboard) for dashboard in read_dashboards()]
    visitor = Visitor(settings, settings.env.superset_user)
    trino = Trino.from_settings(settings, source="lakefront-bench")
    with sync_playwright() as playwright:
        opened = partial(_browser, playwright, path)
        for item in measured:
            for _ in range(_ROUNDS):
                with opened() as browser:
                    _in_browser(browser, settings, item)
                item.note("api", _timed(lambda item=item: _post_all(visitor, item.bodies, force=True)))
                item.note("kept", _timed(lambda item=item: _post_all(visitor, item.bodies, force=False)))
            sql = _sql_of(visitor, item.bodies)
            for _ in range(_ROUNDS):
                item.note("trino", _timed(lambda sql=sql: _ask_all(trino, sql)))
                for kind in ("auto", "never"):
                    item.note(
                        kind,
                        _timed(
                            lambda item=item, kind=kind: answers(
                                settings, settings.env.superset_user, item.dashboard, rollups=kind
                            )
                        ),
                    )
            cold, warm = item.median("cold"), item.median("warm")
            print(f"{item.dashboard.slug}: cold {cold:.1f} s, warm {warm:.1f} s", flush=True)
        with opened() as browser:
            empty = _empty(browser, settings)
    figures = [figure for item in measured for figure in _figures(item, empty)]
    note = "baseline; what Superset's page itself takes in a browser that knows it"
    figures.append(Figure("a dashboard without charts: warm", empty, "s", note=note))
    publish("dashboards", [*figures, *_crowd(settings, measured)])
    visitor.close()


@contextlib.contextmanager
def _browser(playwright: Playwright, path: str) -> Iterator[BrowserContext]:
    """Open a browser that has been nowhere yet."""
    with (
        tempfile.TemporaryDirectory(prefix="lakefront-browser-", ignore_cleanup_errors=True) as folder,
        playwright.chromium.launch_persistent_context(
            folder, executable_path=path, args=list(ARGUMENTS), locale="en-GB", timezone_id="UTC"
        ) as browser,
    ):
        browser.set_default_timeout(180_000)
        yield browser


def _in_browser(browser: BrowserContext, settings: Settings, item: Measured) -> None:
    """Open a dashboard in a new browser, cold, then again, warm."""
    page = browser.new_page()
    log_in(page, settings)
    item.bodies = []

    def note(request: Request) -> None:
        if _DATA in request.url:
            item.bodies.append(json.loads(request.post_data or "{}"))

    page.on("request", note)
    _forget_answers(settings)
    asked = _draw(page, settings, item, "cold")
    page.remove_listener("request", note)
    del item.bodies[asked:]
    if not any(_kept(settings).iterdir()):
        raise SystemExit(f"{item.dashboard.slug}: Superset keeps no answer now, so nothing was run for it")
    # What is drawn again takes the answers that are kept by now; its scripts are compiled as far as they will be.
    _draw(page, settings, item, None)
    _draw(page, settings, item, "warm")


def _kept(settings: Settings) -> Path:
    return settings.home.data / "superset" / "cache" / "data"


def _forget_answers(settings: Settings) -> None:
    """Let Superset forget the answers that it keeps."""
    kept = _kept(settings)
    if not kept.is_dir():
        raise SystemExit(f"{kept} is not there: what Superset keeps elsewhere cannot be emptied from here")
    for file in kept.iterdir():
        file.unlink(missing_ok=True)


def _empty(browser: BrowserContext, settings: Settings) -> float:
    """Return the seconds in which a dashboard without charts is there, in a browser that has been there before."""
    with SupersetClient.from_settings(settings) as client:
        number = int(client.post("/dashboard/", {"dashboard_title": "Without charts"})["id"])
        try:
            page = browser.new_page()
            log_in(page, settings)
            took = [_timed(lambda: _open_empty(page, settings, number)) for _ in range(_ROUNDS + 1)]
        finally:
            client.remove("/dashboard/", [number])
    return statistics.median(took[1:])


def _open_empty(page: Page, settings: Settings, number: int) -> None:
    page.goto(f"{settings.service('superset').url}/superset/dashboard/{number}/")
    page.get_by_text("There are no charts added to this dashboard").wait_for()


def _draw(page: Page, settings: Settings, item: Measured, what: str | None) -> int:
    """Open a dashboard, turn to each of its tabs, and note the seconds of each as `what`.

    Returns how many of the item's questions were asked before another tab was turned to.
    """
    first, *others = item.dashboard.tabs
    page.set_viewport_size({"width": 1440, "height": first.height})
    # What the page before still asks for and reports is not this one's.
    page.wait_for_timeout(_LOOKED_AT_MS)
    began = time.monotonic()
    page.goto(f"{settings.service('superset').url}/superset/dashboard/{item.dashboard.slug}/", wait_until="commit")
    wait_for_charts(page, len(first.charts), filters=False, canvases=first.canvases)
    seconds = time.monotonic() - began
    # What filters offer is asked for when the charts are there.
    wait_for_charts(page, len(first.charts))
    filters, asked = time.monotonic() - began, len(item.bodies)
    page.set_viewport_size({"width": 1440, "height": max(tab.height for tab in item.dashboard.tabs)})
    turned = [_timed(lambda tab=tab: _turn(page, tab)) for tab in others]
    if what:
        item.note(what, seconds)
        item.note(f"{what}: filters", filters)
        item.note(f"{what}: turned", max(turned, default=0.0))
    return asked


def _turn(page: Page, tab: Tab) -> None:
    open_tab(page, tab)
    wait_for_charts(page, len(tab.charts), canvases=tab.canvases)


def _post_all(visitor: Visitor, bodies: Sequence[dict[str, Any]], *, force: bool) -> None:
    def post(body: dict[str, Any]) -> None:
        answer = visitor.ask("POST", "/api/v1/chart/data", json={**body, "force": force})
        if answer.status_code != 200:
            raise SystemExit(f"{visitor.name}: {answer.status_code} {answer.text[:400]}")

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(post, bodies))


def _sql_of(visitor: Visitor, bodies: Sequence[dict[str, Any]]) -> list[str]:
    """Return the SQL that Superset makes of questions."""
    found: list[str] = []
    for body in bodies:
        told = visitor.ask("POST", "/api/v1/chart/data", json={**body, "result_type": "query"}).json()
        # A comparison with a time before is two statements in one answer.
        found += [part for result in told["result"] for part in result["query"].split(";") if part.strip()]
    return found


def _ask_all(trino: Trino, statements: Sequence[str]) -> None:
    for statement in statements:
        trino.query(statement)


def _timed(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def _figures(item: Measured, empty: float) -> list[Figure]:
    name, median = item.dashboard.slug, item.median
    first, tabs = item.dashboard.tabs[0], len(item.dashboard.tabs) - 1
    statements = f"{len(item.bodies)} questions"
    apart = median("api") / median("kept")
    return [
        Figure(f"{name}: cold", median("cold"), "s", _COLD_SECONDS, f"{len(first.charts)} charts drawn"),
        Figure(f"{name}: warm", median("warm"), "s", _WARM_SECONDS, "the same browser again"),
        *(
            Figure(f"{name}: slowest other tab, {word}", median(f"{word}: turned"), "s", bound, f"of {tabs} more")
            for word, bound in (("cold", _COLD_SECONDS), ("warm", _WARM_SECONDS))
            if tabs
        ),
        Figure(f"{name}: filters' values too, warm", median("warm: filters"), "s"),
        Figure(f"{name}: warm / without charts", median("warm") / empty, "x"),
        Figure(f"{name}: cold / warm", median("cold") / median("warm"), "x"),
        Figure(f"{name}: cold / questions alone", median("cold") / median("api"), "x", note=statements),
        Figure(f"{name}: questions alone, run", median("api"), "s", note=f"baseline; {apart:.1f} times as kept"),
        Figure(f"{name}: questions alone, kept", median("kept"), "s", note="baseline"),
        Figure(f"{name}: SQL in Trino alone", median("trino"), "s", note="baseline; one after another"),
        Figure(
            f"{name}: large numbers, rollups / rows",
            median("auto") / median("never"),
            "x",
            note=f"{median('auto'):.2f} s against {median('never'):.2f} s, by the semantic layer",
        ),
    ]


def _busy() -> float:
    """Return the seconds that all processors of this machine have worked, whatever on."""
    times = psutil.cpu_times()
    return float(times.user + times.system)


def _crowd(settings: Settings, measured: Sequence[Measured]) -> list[Figure]:
    """Time eight sessions that open a dashboard at once against one, for each dashboard."""
    visitors = [Visitor(settings, settings.env.superset_user) for _ in range(_PEOPLE)]
    figures: list[Figure] = []
    for item in measured:
        for word, bound in (("run", _COLD_SECONDS), ("kept", _WARM_SECONDS)):
            force = word == "run"
            alone: list[float] = []
            each: list[float] = []
            busy: list[float] = []
            for _ in range(_CROWDED_ROUNDS):
                alone.append(_timed(partial(_post_all, visitors[0], item.bodies, force=force)))
                began = _busy()
                with ThreadPoolExecutor(_PEOPLE) as pool:
                    work = [pool.submit(_timed, partial(_post_all, one, item.bodies, force=force)) for one in visitors]
                    each += [done.result() for done in work]
                busy.append((_busy() - began) / (psutil.cpu_count() or 1))
            one, many = statistics.median(alone), statistics.median(each)
            name = f"{item.dashboard.slug}: {_PEOPLE} at once"
            least = f"questions alone, the median of all; {statistics.median(busy):.1f} s of each processor here"
            figures.append(Figure(f"{name}, {word}", many, "s", bound, least))
            figures.append(Figure(f"{name} / one, {word}", many / one, "x"))
    for visitor in visitors:
        visitor.close()
    return figures
