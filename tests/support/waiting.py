"""Wait for a condition, not for a time."""

from __future__ import annotations

import time
from collections.abc import Callable


def wait_for(condition: Callable[[], object], *, within: float = 30, what: str = "the condition") -> None:
    """Return as soon as the condition holds; fail when it does not `within` seconds."""
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not hold within {within} s")
        time.sleep(0.05)
