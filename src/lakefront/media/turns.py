"""Writers who met at the same table step aside before they try again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Final, TypeVar

from lakefront.errors import CheckFailedError, LakefrontError
from lakefront.trino import COMMIT_FAILED

Done = TypeVar("Done")

_ATTEMPTS: Final = 20
_LONGEST_WAIT: Final = 2.0


def step_aside(attempt: int) -> None:
    """Wait for a random moment, the longer the more often it was tried, so that writers who met part."""
    time.sleep(random.uniform(0, min(_LONGEST_WAIT, 0.05 * 2**attempt)))  # noqa: S311 - nothing secret


def until_committed(write: Callable[[], Done], *, conflict: LakefrontError) -> Done:
    """Let Trino write, and again when others have changed the same files meanwhile: `write` reads what is there anew.

    Raises `conflict` when they kept doing so.
    """
    for attempt in range(_ATTEMPTS):
        try:
            return write()
        except CheckFailedError as error:
            if error.code != COMMIT_FAILED:
                raise
        step_aside(attempt)
    raise conflict
