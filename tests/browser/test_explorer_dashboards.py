"""Dashboards of Superset inside the explorer, as the person who looks."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from lakefront.config import Settings
from lakefront.trino import Trino
from tests.browser.journeys import log_in
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.stack, pytest.mark.browser]

PATIENCE = 90_000


def _open(page: Page, stack: Settings, person: str) -> FrameLocator:
    page.goto(f"{stack.service('explorer').url}/dashboards?as={person}")
    expect(page.locator(".embedded.ready")).to_be_visible(timeout=PATIENCE)
    return page.frame_locator(".embedded iframe")


def test_each_person_sees_her_own_numbers_and_no_token_is_in_an_address(
    page: Page, stack: Settings, trino: Trino
) -> None:
    asked: list[str] = []
    problems: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: problems.append(str(error)))
    for person in ("ana", "victor"):
        frame = _open(page, stack, person)
        count = trino.signed_in_as(person).query("SELECT count(*) FROM media.assets").scalar()
        number = frame.locator("[data-test='chart-grid-component']", has_text="Assets").first
        expect(number).to_contain_text(re.compile(rf"{count:,}|{count}"), timeout=PATIENCE)
    assert {urlsplit(url).hostname for url in asked if url.startswith("http")} == {"127.0.0.1"}
    assert not [url for url in asked if "eyJ" in url], "a token begins so"
    assert problems == []


def test_the_frame_is_as_high_as_the_dashboard_and_follows_light_and_dark(browser: Browser, stack: Settings) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="dark")
    page = context.new_page()
    frame = _open(page, stack, "ana")
    expect(frame.locator("[data-test='chart-grid-component']").first).to_be_visible(timeout=PATIENCE)

    def lightness() -> int:
        text = frame.locator("body").evaluate("element => getComputedStyle(element).color")
        return sum(int(part) for part in re.findall(r"\d+", text)[:3])

    # Colours fade into one another, and the height follows what is drawn: both are waited for.
    wait_for(lambda: lightness() > 380, within=90, what="light letters on a dark page")
    page.emulate_media(color_scheme="light")
    wait_for(lambda: lightness() < 380, within=90, what="dark letters on a light page")

    def height_with_all_in_it() -> int | None:
        height = page.locator(".embedded iframe").evaluate("element => element.clientHeight")
        return height if frame.locator("body").evaluate("element => element.scrollHeight") <= height + 1 else None

    low = wait_for(height_with_all_in_it, within=90, what="a frame as high as what is in it")
    frame.get_by_role("tab").filter(has_text="Types and sources").click()
    wait_for(lambda: (height_with_all_in_it() or 0) > low, within=90, what="a frame as high as a higher tab")
    context.close()


def test_who_may_not_see_the_data_is_told_whom_to_ask(page: Page, stack: Settings) -> None:
    page.goto(f"{stack.service('explorer').url}/dashboards?as=olga")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Your roles open none of the data of these dashboards.", timeout=PATIENCE)
    expect(alert).to_contain_text("Ask data-protection@example.com")
    expect(page.locator("iframe")).to_have_count(0)


def test_looking_at_it_logs_nobody_out_of_superset(page: Page, stack: Settings) -> None:
    log_in(page, stack)
    _open(page, stack, "victor")
    page.goto(f"{stack.service('superset').url}/api/v1/me/")
    expect(page.locator("body")).to_contain_text('"username":"admin"')
