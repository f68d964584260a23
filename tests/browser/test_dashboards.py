"""Every dashboard of the bundle, light and dark, as the people who may open it: drawn, and true.

What is tested is read from the files of `superset_assets`, so a new dashboard is tested as soon as it is there. `make
test` opens each once, in turns light as who sees least and dark as another; `make test-long` as one person of every
role, light and dark. Looks and rights are the same code for every dashboard, so each is seen on half of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, Final, Literal

import pytest
from playwright.sync_api import Browser, Page, Request, StorageState, expect

from lakefront.config import Settings
from lakefront.errors import LakefrontError
from lakefront.trino import Trino
from tests.browser.journeys import (
    chart,
    choose,
    filter_box,
    open_dashboard,
    open_tab,
    refresh,
    sign_in,
    wait_for_charts,
    wait_on,
)
from tests.support.dashboards import Condition, Dashboard, Number, Value, answers, is_shown, read_dashboards
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.stack, pytest.mark.browser]

Scheme = Literal["light", "dark"]
Open = Callable[[str, Scheme], Page]

DASHBOARDS: Final = read_dashboards()
_FAULTS: Final = re.compile("Data error|Unexpected error|No results|An error occurred")


def _visits() -> Iterator[Any]:
    """Yield dashboard, person and scheme of every visit. The quick ones take people in turn, those who see least first.

    A person whom the policies show some rows only is the last of the groups that may open a dashboard.
    """
    for number, dashboard in enumerate(DASHBOARDS):
        *others, last = dashboard.people
        quick = (others[number // 2 % len(others)] if others else last, "dark") if number % 2 else (last, "light")
        for person in dashboard.people:
            for scheme in ("light", "dark"):
                marks = [] if (person, scheme) == quick else [pytest.mark.long]
                yield pytest.param(dashboard, person, scheme, marks=marks, id=f"{dashboard.slug}-{person}-{scheme}")


def _filters() -> Iterator[Any]:
    """Yield each dashboard that has filters; the quick one is another than Sales Overview, which has its own test."""
    able = [dashboard for dashboard in DASHBOARDS if dashboard.choice]
    quick = next(dashboard.slug for dashboard in able if dashboard.slug != "sales-overview")
    for dashboard in able:
        marks = [] if dashboard.slug == quick else [pytest.mark.long]
        yield pytest.param(dashboard, marks=marks, id=dashboard.slug)


@pytest.fixture(scope="module")
def sessions() -> dict[str, StorageState]:
    """Who is logged in already: person -> the browser's cookies."""
    return {}


@pytest.fixture(scope="module", autouse=True)
def refused(trino: Trino) -> None:
    """Has somebody be refused something, so that there is something to show of it."""
    with pytest.raises(LakefrontError):
        trino.signed_in_as("victor").query("SELECT * FROM governance.query_audit")
    rows = "SELECT count(*) FROM governance.query_audit WHERE \"user\" = 'victor' AND error_code = 'PERMISSION_DENIED'"
    admin = trino.signed_in_as("admin")
    wait_for(lambda: int(admin.query(rows).scalar()) > 0, within=180, what="the audit knowing of a refusal")


@pytest.fixture
def open_as(browser: Browser, stack: Settings, sessions: dict[str, StorageState]) -> Iterator[Open]:
    """Gives a page of a browser in which a person is logged in; the login itself is done once a person."""
    with ExitStack() as open_contexts:

        def opened(person: str, scheme: Scheme) -> Page:
            context = browser.new_context(
                locale="en-GB", timezone_id="UTC", color_scheme=scheme, storage_state=sessions.get(person)
            )
            open_contexts.callback(context.close)
            context.set_default_timeout(180_000)
            page = context.new_page()
            if person not in sessions:
                sign_in(page, stack, None if person == stack.env.superset_user else person)
                sessions[person] = context.storage_state()
            return page

        yield opened


def _watched(page: Page, url: str) -> list[str]:
    """Return what goes wrong on a page from now on, as it is found; an answer of another host is wrong, too.

    Superset's front end has a usage pixel built in: the page's policy keeps the browser from asking for it.
    """
    problems: list[str] = []
    ours = (url, "data:", "blob:")
    page.on("pageerror", lambda error: problems.append(f"script: {error}"))
    page.on("response", lambda r: problems.append(f"{r.status} {r.url}") if r.status >= 400 else None)
    page.on("response", lambda r: None if r.url.startswith(ours) else problems.append(f"answered by {r.url}"))
    page.on("requestfailed", lambda r: problems.append(f"{r.failure} {r.url}") if _failed(r, ours) else None)
    return problems


def _failed(request: Request, ours: tuple[str, ...]) -> bool:
    # What the page before was still asking for is given up when the next is opened.
    return request.url.startswith(ours) and request.failure != "net::ERR_ABORTED"


def _shown(page: Page, numbers: list[Number]) -> dict[str, str]:
    return {number.shown_in: chart(page, number.shown_in).locator(".header-line").inner_text() for number in numbers}


def _wrong(shown: dict[str, str], *expected: dict[str, Value]) -> dict[str, Any]:
    """Return the numbers that are not (between) what is expected: title -> text and values."""
    return {
        title: (text, *values)
        for title, text in shown.items()
        if not is_shown(text, *(values := [answer[title] for answer in expected]))
    }


@pytest.mark.parametrize(("dashboard", "person", "scheme"), list(_visits()))
def test_every_chart_is_drawn_and_every_number_is_the_semantic_layers(
    dashboard: Dashboard, person: str, scheme: Scheme, open_as: Open, stack: Settings
) -> None:
    expected = answers(stack, person, dashboard)
    page = open_as(person, scheme)
    problems = _watched(page, stack.service("superset").url)
    open_dashboard(page, stack, dashboard)
    for tab in dashboard.tabs:
        open_tab(page, tab)
        wait_for_charts(page, len(tab.charts), canvases=tab.canvases)
        expect(page.get_by_role("alert")).to_have_count(0)
        expect(page.get_by_text(_FAULTS)).to_have_count(0)
        numbers = dashboard.numbers_on(tab)
        if dashboard.grows and numbers:
            # What somebody was shown a minute ago is kept for minutes.
            refresh(page, len(tab.charts))
            # The number is between what it was before and what it is now, once what was answered is drawn.
            now = answers(stack, person, dashboard)
            wait_on(
                page,
                lambda numbers=numbers, now=now: _wrong(_shown(page, numbers), expected, now) == {},
                within=30,
                what=f"numbers between {expected} and {now}",
            )
        else:
            assert _wrong(_shown(page, numbers), expected) == {}
    surface = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    brightness = sum(int(part) for part in re.findall(r"\d+", surface)[:3])
    assert brightness < 200 if scheme == "dark" else brightness > 600, surface
    assert problems == []


@pytest.mark.parametrize("dashboard", list(_filters()))
def test_a_filter_changes_the_numbers_to_those_of_the_semantic_layer(
    dashboard: Dashboard, open_as: Open, stack: Settings
) -> None:
    person = dashboard.people[0]  # who sees all rows, so that a choice among them changes the numbers
    page = open_as(person, "light")
    problems = _watched(page, stack.service("superset").url)
    open_dashboard(page, stack, dashboard)
    before: dict[str, str] = {}
    for tab in dashboard.tabs:
        open_tab(page, tab)
        before |= _shown(page, dashboard.numbers_on(tab))
    native = dashboard.choice
    assert native
    condition = Condition(native["id"], native["targets"][0]["column"]["name"], _first_value(page, native["id"]))
    expected = answers(stack, person, dashboard, condition)
    choose(page, condition.filter, condition.value)
    after: dict[str, str] = {}
    for tab in dashboard.tabs:
        open_tab(page, tab.title)
        numbers = dashboard.numbers_on(tab)
        wait_on(
            page,
            lambda numbers=numbers: _wrong(_shown(page, numbers), expected) == {},
            within=180,
            what=f"{condition.filter} {condition.value} giving {expected}",
        )
        wait_for_charts(page, len(tab.charts))
        after |= _shown(page, numbers)
    assert before != after
    expect(page).to_have_url(re.compile("native_filters_key="))
    assert problems == []


def _first_value(page: Page, filter_id: str) -> str:
    """Return the first value that a filter offers."""
    filter_box(page, filter_id).click()
    value = page.locator(".ant-select-item-option").first.inner_text()
    page.keyboard.press("Escape")
    return value
