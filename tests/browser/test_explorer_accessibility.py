"""Pages of the explorer by the rules of WCAG 2.2 AA that axe-core knows.

Light and dark, wide and phone, English and Korean: four contexts that have each pair of them once. `make test` has two
of them, in which each look and each size is; what is Korean is the same page with other words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from lakefront.config import Settings
from lakefront.trino import Trino
from tests.support.explorer_pages import PAGES, an_image, look_at, settled
from tests.support.remote_explorer import explorer, remote_bundle, remote_services
from tests.support.services import free_port

pytestmark = [pytest.mark.stack, pytest.mark.browser, pytest.mark.usefixtures("patience")]

WIDE, PHONE = (1440, 900), (390, 844)
CONTEXTS = [
    ("light", WIDE, "en-GB"),
    pytest.param(("dark", WIDE, "ko-KR"), marks=pytest.mark.long),
    pytest.param(("light", PHONE, "ko-KR"), marks=pytest.mark.long),
    ("dark", PHONE, "en-GB"),
]
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
#: Superset's own page, of another origin, which is looked at where Superset is; and the parts of Streamlit's field of a
#: date and a time, which are 19 pixels wide and cannot be widened from outside (target-size): each can be typed into.
FRAME = {"exclude": [[".embedded iframe"], ["[data-testid=stDateTimeInput] [role=spinbutton]"]]}


@pytest.fixture(params=CONTEXTS, ids=lambda each: f"{each[0]}-{'wide' if each[1] is WIDE else 'phone'}-{each[2][:2]}")
def context(request: pytest.FixtureRequest, browser: Browser) -> Iterator[BrowserContext]:
    """A browser context of a look, a size and a language. Nothing moves: colours that fade in are none of a page's."""
    scheme, (width, height), locale = request.param
    made = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        locale=locale,
        timezone_id="UTC",
        reduced_motion="reduce",
    )
    yield made
    made.close()


def _told(violation: Mapping[str, Any]) -> str:
    nodes = violation["nodes"]
    places = [f"    {node['target']}: {node['failureSummary'].splitlines()[-1].strip()}" for node in nodes[:5]]
    return "\n".join([f"{violation['impact']}: {violation['id']}, {violation['help']} ({len(nodes)})", *places])


def _violations(page: Page) -> list[str]:
    """Return the serious and the critical violations of a page that is all there, in words."""
    # Streamlit fetches what draws the words of links when it draws the first one, which may be after a look at them: a
    # violation is one that is there when the page is looked at again.
    return _seen(page) and (settled(page) or _seen(page))


def _seen(page: Page) -> list[str]:
    found = Axe().run(page, context=FRAME, options=RULES).response["violations"]
    return [_told(each) for each in found if each["impact"] in {"serious", "critical"}]


def test_no_page_has_a_serious_violation(context: BrowserContext, stack: Settings, trino: Trino) -> None:
    asset, found = an_image(trino), dict[str, list[str]]()
    page = context.new_page()
    for shown in PAGES:
        look_at(page, stack, shown, asset)
        found[shown.name] = _violations(page)
    told = "\n".join(f"{name}: {violation}" for name, each in found.items() for violation in each)
    assert not told, told


def test_menus_and_the_calendar_have_none(context: BrowserContext, stack: Settings, trino: Trino) -> None:
    page = context.new_page()
    look_at(page, stack, next(shown for shown in PAGES if shown.name == "home"), "")
    for menu in page.locator(".st-key-corner [data-testid=stPopoverButton]").all():
        menu.click()
        expect(page.get_by_role("radiogroup")).to_be_visible()
        assert _violations(page) == []
        page.keyboard.press("Escape")
        expect(page.get_by_role("radiogroup")).to_have_count(0)


def test_who_is_not_let_in_is_told_so_readably(context: BrowserContext, stack: Settings, tmp_path: Path) -> None:
    port = free_port()
    bundle = remote_bundle(tmp_path / "bundle", remote_services(stack, port))
    with explorer(bundle, stack.home.root, port, {}) as address:
        page = context.new_page()
        page.goto(address)
        expect(page.get_by_role("alert")).to_be_visible()
        settled(page)
        assert _violations(page) == []
