"""Writers who met at the same table step aside before they try again."""

from __future__ import annotations

import random
import time
from typing import Final

_LONGEST_WAIT: Final = 2.0


def step_aside(attempt: int) -> None:
    """Wait for a random moment, the longer the more often it was tried, so that writers who met part."""
    time.sleep(random.uniform(0, min(_LONGEST_WAIT, 0.05 * 2**attempt)))  # noqa: S311 - nothing secret
