"""Thumbnails by a CDN in front of the explorer: pages name it, and tell from its answers what is wrong."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from benchmarks.latency_proxy import latency_proxy
from playwright.sync_api import Page

from lakefront.config import Settings
from tests.browser.journeys import wait_for_thumbnails
from tests.support import own_explorer
from tests.support.bundles import with_thumbnails_at

pytestmark = [pytest.mark.stack, pytest.mark.browser]

#: The status of an address, as a page of another origin may know it.
STATUS = "address => fetch(address).then(answer => answer.status, () => 'not told')"


def test_pictures_come_by_the_cdn_which_asks_the_explorer(page: Page, stack: Settings, tmp_path: Path) -> None:
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(urlsplit(request.url).netloc) if "/api/thumb" in request.url else None)
    with latency_proxy(stack.service("explorer").url, 0) as cdn:
        bundle = with_thumbnails_at(tmp_path / "bundle", cdn.url)
        with own_explorer.running(stack, tmp_path, bundle=bundle) as url:
            cdn.target = ("127.0.0.1", int(url.rsplit(":", 1)[1]))
            page.goto(f"{url}/gallery?kind=image")
            wait_for_thumbnails(page, 20)
            page.locator(".tile").first.click()
            large = page.get_by_role("dialog").locator(".media img")
            large.wait_for()
            assert str(large.get_attribute("src")).startswith(f"{cdn.url}/api/thumb/1440/")
            source = str(page.locator(".tile img").first.get_attribute("src"))
            assert [page.evaluate(STATUS, address) for address in (source, source.partition("?")[0])] == [200, 403]
    assert asked == {urlsplit(cdn.url).netloc}
