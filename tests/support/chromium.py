"""Find Debian's chromium for the browser tests, or install it where that is possible."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import Final

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


def find_chromium() -> str | None:
    """Return the path of a chromium, from LAKEFRONT_CHROMIUM or the search path."""
    named = os.environ.get("LAKEFRONT_CHROMIUM")
    return named or next((path for name in _NAMES if (path := shutil.which(name))), None)


def ensure_chromium() -> str | None:
    """Return the path of a chromium, installing Debian's package when we are root and it is missing."""
    found = find_chromium()
    if found or os.geteuid() != 0 or not shutil.which("apt-get"):
        return found
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=environ, check=False, timeout=300)
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *_PACKAGES]
    subprocess.run(install, env=environ, check=False, timeout=900, stdout=subprocess.DEVNULL)
    return find_chromium()
