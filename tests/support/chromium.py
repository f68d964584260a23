"""Find Debian's chromium for the browser tests, or install it where that is possible."""

from __future__ import annotations

import os
from typing import Final

from tests.support.debian import find, install

#: Playwright must not phone home, and as root chromium needs --no-sandbox.
ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PACKAGES: Final = ("chromium", "fonts-noto-cjk")  # the sample has Korean titles


#: What a person is told where there is none.
MISSING: Final = "no chromium: install Debian's package (apt-get install chromium) or set LAKEFRONT_CHROMIUM"


def required_chromium() -> str:
    """Return the path of a chromium, for programs that do nothing without one. Raises SystemExit."""
    path = ensure_chromium()
    if path is None:
        raise SystemExit(MISSING)
    return path


def ensure_chromium() -> str | None:
    """Return the path of a chromium, from LAKEFRONT_CHROMIUM or the search path.

    Installs Debian's package when we are root and it is missing.
    """
    named = os.environ.get("LAKEFRONT_CHROMIUM")
    return named or find(*_NAMES) or (find(*_NAMES) if install(*_PACKAGES) else None)
