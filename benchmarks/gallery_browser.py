"""The gallery's pages of pictures in a real browser, with S3 near and far, against the same page made of `st.image`.

Each round has new processes and new browsers, the naive page in turns with the gallery. A page is there when each of
its twenty pictures is decoded. The bounds hold for a page turned in a running session, whose thumbnails the server
fetches from S3; what comes before the first picture of a session is Streamlit's front end, and is told beside it.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from tests.support.chromium import ARGUMENTS, required_chromium

from benchmarks.apps import running_app
from benchmarks.latency_proxy import latency_proxy
from benchmarks.report import Figure, publish
from benchmarks.visits import Seen, visit
from lakefront.config import Settings

#: Issue 8: seconds to a page's pictures, by the seconds that S3 takes longer for each request.
_BOUNDS = {0.05: 3.0, 0.0: 1.0}
_ROUNDS = 5
_NAIVE = Path(__file__).parent / "naive_page.py"
_TILES, _LARGE, _IMAGES = ".tile img", ".media img", "[data-testid='stImage'] img"
_OLDER = "button:has-text('Older')"


class _Rounds:
    """What was measured in each round, by name."""

    def __init__(self) -> None:
        self._values: dict[str, list[float]] = {}

    def note(self, name: str, value: float) -> None:
        """Keep a value of this round."""
        self._values.setdefault(name, []).append(value)

    def note_seen(self, name: str, seen: Seen) -> None:
        """Keep the moments of a page."""
        self.note(name, seen.decoded)
        self.note(f"{name}, first", seen.first)
        self.note(f"{name}, there", seen.there)

    def __getitem__(self, name: str) -> float:
        """The median of the rounds."""
        return statistics.median(self._values[name])

    def most(self, name: str) -> float:
        """Return the highest value of the rounds."""
        return max(self._values[name])


def run(settings: Settings) -> None:
    """Measure and publish."""
    path = required_chromium()
    figures: list[Figure] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        try:
            for seconds, bound in _BOUNDS.items():
                with latency_proxy(settings.service("objects").url, seconds) as proxy:
                    rounds = _Rounds()
                    for _ in range(_ROUNDS):
                        _gallery(browser, settings, proxy.url, rounds)
                        _naive(browser, settings, proxy.url, rounds)
                name = f"S3 + {seconds * 1000:.0f} ms" if seconds else "S3 as it is"
                print(f"{name}: a page turned {rounds['turn']:.2f} s, naive {rounds['naive turn']:.2f} s", flush=True)
                figures += _figures(name, bound, rounds)
                if not seconds:
                    figures += _weights(rounds)
        finally:
            browser.close()
    publish("gallery_browser", figures)


def _gallery(browser: Browser, settings: Settings, objects: str, rounds: _Rounds) -> None:
    """Note a first visit to a new explorer, and one of somebody else whose thumbnails it holds."""
    with running_app(settings, objects) as url:
        address = f"{url}/gallery?kind=image"
        with visit(browser, _TILES) as here:
            rounds.note_seen("load", here.open(address))
            here.settle()
            rounds.note("weight", here.traffic.weight)
            rounds.note("requests", len(here.traffic.requests))
            rounds.note("image bytes", here.traffic.of("/api/thumb/"))
            rounds.note_seen("turn", here.click(_OLDER))
            here.settle()
            rounds.note_seen("open", here.click(".tile", selector=_LARGE, count=1))
            rounds.note_seen("revisit", here.open(address))
            here.settle()
            rounds.note("image bytes again", here.traffic.of("/api/thumb/"))
            rounds.note("weight again", here.traffic.weight)
        with visit(browser, _TILES) as here:
            rounds.note_seen("warm load", here.open(address))
            here.settle()
            rounds.note_seen("warm turn", here.click(_OLDER))


def _naive(browser: Browser, settings: Settings, objects: str, rounds: _Rounds) -> None:
    with running_app(settings, objects, _NAIVE) as url:
        with visit(browser, _IMAGES) as here:
            rounds.note_seen("naive load", here.open(url))
            here.settle()
            rounds.note("naive weight", here.traffic.weight)
            rounds.note("naive requests", len(here.traffic.requests))
            rounds.note("naive image bytes", here.traffic.of("/media/"))
            rounds.note_seen("naive turn", here.click(_OLDER))
            here.settle()
            rounds.note_seen("naive revisit", here.open(url))
            here.settle()
            rounds.note("naive image bytes again", here.traffic.of("/media/"))
            rounds.note("naive weight again", here.traffic.weight)
        with visit(browser, _IMAGES) as here:
            rounds.note_seen("naive warm load", here.open(url))
            here.settle()
            rounds.note_seen("naive warm turn", here.click(_OLDER))


def _figures(name: str, bound: float, rounds: _Rounds) -> list[Figure]:
    def seconds(words: str, what: str, limit: float | None = None) -> Figure:
        note = f"img elements after {rounds[f'{what}, there']:.2f} s"
        return Figure(f"{name}: {words}", rounds[what], "s", limit, note)

    def ratio(words: str, what: str) -> Figure:
        naive = f"naive {what}"
        return Figure(f"{name}: {words} / naive", rounds[what] / rounds[naive], "x", 1.0, f"{rounds[naive]:.2f} s")

    return [
        seconds("a page turned", "turn", bound),
        ratio("a page turned", "turn"),
        seconds("a page turned, thumbnails held by the server", "warm turn", bound),
        ratio("a page turned, held", "warm turn"),
        seconds("first load of the app, new process", "load"),
        ratio("first load, new process", "load"),
        seconds("first load of the app, thumbnails held", "warm load"),
        ratio("first load, held", "warm load"),
        ratio("first load, first picture", "load, first"),
        seconds("the page loaded again by the same browser", "revisit"),
        ratio("loaded again", "revisit"),
        seconds("click to an item's large picture", "open"),
    ]


def _weights(rounds: _Rounds) -> list[Figure]:
    def ratio(words: str, what: str, show: Callable[[float], str]) -> Figure:
        ours, naive = rounds[what], rounds[f"naive {what}"]
        # The gallery has filters and a grid of its own, which come in more and smaller files: these are told only.
        bound = None if what == "requests" else 1.0
        return Figure(f"{words} / naive", ours / naive, "x", bound, f"{show(ours)} against {show(naive)}")

    return [
        ratio("bytes of the first load", "weight", _megabytes),
        ratio("bytes of it loaded again", "weight again", _megabytes),
        ratio("requests of the first load", "requests", lambda number: f"{number:.0f}"),
        ratio("bytes of its pictures", "image bytes", _megabytes),
        Figure("bytes of its pictures, loaded again", rounds.most("image bytes again"), "B", 0, "most of the rounds"),
        Figure("bytes of the naive page's, loaded again", rounds["naive image bytes again"], "B"),
    ]


def _megabytes(size: float) -> str:
    return f"{size / 1e6:.2f} MB"
