"""A visit to a page of pictures in a real browser: moments read in the page itself, bytes told by the browser."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

_VIEWPORT = {"width": 1440, "height": 900}
_PATIENCE_MS = 120_000
#: Of a message of a socket; the browser tells its bytes in base64.
_BINARY = 2
#: Streamlit runs the page's script no more: what was clicked now would not wait for it.
_IDLE = "[data-testid='stApp'][data-test-script-state='notRunning']"

#: What the pages of a visit may call: `pictures` are the img elements of a selector, also within components;
#: `seen` waits until as many of them are there as wanted, none that was there before, and each is decoded. It returns
#: moments in milliseconds since the navigation.
_SCRIPT = """
window.pictures = (selector) => {
  const found = [];
  const look = (root) => {
    found.push(...root.querySelectorAll(selector));
    for (const node of root.querySelectorAll("*")) if (node.shadowRoot) look(node.shadowRoot);
  };
  look(document);
  return found;
};
window.seen = async ({ selector, count, patience, before = [] }) => {
  const deadline = performance.now() + patience;
  const old = new Set(before);
  const loaded = (image) => image.complete && image.naturalWidth > 0;
  let first = null;
  let there = null;
  for (;;) {
    const images = window.pictures(selector);
    const fresh = images.filter((image) => !old.has(image.src));
    if (fresh.some(loaded)) first ??= performance.now();
    if (images.length === count && fresh.length === count) {
      there ??= performance.now();
      if (images.every(loaded)) {
        const decoded = await Promise.all(images.map((image) => image.decode())).then(() => true, () => false);
        if (decoded) return { first, there, decoded: performance.now() };
      }
    }
    if (performance.now() > deadline) throw new Error(`${fresh.length} new pictures of ${count} are there`);
    await new Promise((done) => setTimeout(done, 10));
  }
};
"""
_AFTER_CLICK = """
async (button, wanted) => {
  const before = window.pictures(wanted.selector).map((image) => image.src);
  const began = performance.now();
  button.click();
  const moments = await window.seen({ ...wanted, before });
  return Object.fromEntries(Object.entries(moments).map(([name, moment]) => [name, moment - began]));
}
"""


@dataclass(frozen=True)
class Seen:
    """Seconds until the first picture was there, all img elements (empty or not), and every picture, decoded."""

    first: float
    there: float
    decoded: float


@dataclass
class Traffic:
    """What came over the wire since it was last counted anew: bytes of each request, and of the socket's messages."""

    requests: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    messages: int = 0
    under_way: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def weight(self) -> int:
        """All bytes."""
        return sum(size for _, size in self.requests) + self.messages

    def of(self, part: str) -> int:
        """Return the bytes of addresses that hold a text."""
        return sum(size for url, size in self.requests if part in url)


@dataclass
class Visit:
    """One browser that had nothing in its cache when it came. `selector`: the page's pictures."""

    page: Page
    selector: str
    traffic: Traffic

    def open(self, url: str, count: int = 20) -> Seen:
        """Go to an address; return the moments since the navigation began, and count its traffic alone."""
        self.traffic.requests.clear()
        self.traffic.messages = 0
        self.page.goto(url, wait_until="commit")
        return _seen(self.page.evaluate("wanted => window.seen(wanted)", self._wanted(count)))

    def click(self, chosen: str, *, selector: str | None = None, count: int = 20) -> Seen:
        """Click what a selector of Playwright finds first; return the moments since the click."""
        wanted = {**self._wanted(count), **({"selector": selector} if selector else {})}
        return _seen(self.page.locator(chosen).first.evaluate(_AFTER_CLICK, wanted))

    def settle(self) -> None:
        """Wait until the page is all there: its script has ended, and nothing is fetched for half a second."""
        self.page.locator(_IDLE).wait_for()
        known = -1
        while self.traffic.under_way or known != len(self.traffic.requests):
            known = len(self.traffic.requests)
            self.page.wait_for_timeout(500)

    def _wanted(self, count: int) -> dict[str, Any]:
        return {"selector": self.selector, "count": count, "patience": _PATIENCE_MS}


def _seen(moments: dict[str, float]) -> Seen:
    return Seen(**{name: moment / 1000 for name, moment in moments.items()})


@contextlib.contextmanager
def visit(browser: Browser, selector: str) -> Generator[Visit]:
    """Come with a new browser profile: nothing is kept of what was seen before."""
    context = browser.new_context(viewport=_VIEWPORT, locale="en-GB", timezone_id="UTC")
    try:
        context.set_default_timeout(_PATIENCE_MS)
        context.add_init_script(_SCRIPT)
        page = context.new_page()
        yield Visit(page, selector, _traffic(context, page))
    finally:
        context.close()


def _traffic(context: BrowserContext, page: Page) -> Traffic:
    traffic = Traffic()
    session = context.new_cdp_session(page)

    def asked(event: dict[str, Any]) -> None:
        if event["request"]["url"].startswith("http"):  # a picture within the page's text comes by no request
            traffic.under_way[event["requestId"]] = event["request"]["url"]

    def finished(event: dict[str, Any]) -> None:
        if url := traffic.under_way.pop(event["requestId"], None):
            traffic.requests.append((url, int(event["encodedDataLength"])))

    def failed(event: dict[str, Any]) -> None:
        traffic.under_way.pop(event["requestId"], None)

    def message(event: dict[str, Any]) -> None:
        size = len(event["response"]["payloadData"])
        traffic.messages += size * 3 // 4 if event["response"]["opcode"] == _BINARY else size

    session.on("Network.requestWillBeSent", asked)
    session.on("Network.loadingFinished", finished)
    session.on("Network.loadingFailed", failed)
    session.on("Network.webSocketFrameReceived", message)
    session.send("Network.enable")
    return traffic
