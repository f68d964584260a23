"""Wait for a condition, not for a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_for(
    condition: Callable[[], T | None], *, within: float = 30, what: str = "the condition", every: float = 0.05
) -> T:
    """Return what the condition gives as soon as that is true; fail when it is not `within` seconds.

    `every`: seconds between two looks, for what costs something to look at.
    """
    deadline = time.monotonic() + within
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not hold within {within} s")
        time.sleep(every)  # there is no event for what is waited for here
    return found
