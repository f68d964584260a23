"""Runs of the pages' scripts as requests: each has an id of its own, and a line in the log.

They come over a websocket, so no request of HTTP is theirs; a click's callback runs before its page, and a fragment may
be drawn anew without it. So a run's id is made when it is first asked for.
"""

from __future__ import annotations

import logging
from contextvars import ContextVar
from typing import Any, Final

from streamlit.runtime.scriptrunner import get_script_run_ctx

from lakefront import request_ids

_log: Final = logging.getLogger("explorer.pages")
#: The run that the id is of.
_OF: Final[ContextVar[Any]] = ContextVar("run", default=None)


def this_run() -> object | None:
    """Return what is one and the same within a run and in no other; None in a thread that runs no script."""
    context = get_script_run_ctx(suppress_warning=True)
    # Streamlit makes it anew for each run; all else that it tells of one is made anew within it, too.
    return context and context.parallel_coordinator


def begin_if_new() -> None:
    """Take a new id where another run has begun in this thread; a thread that runs no script keeps what it has."""
    run = this_run()
    if run is not None and _OF.get() is not run:
        _OF.set(run)
        request_ids.begin()


def tell(page: str, outcome: str, seconds: float) -> None:
    """Write down that a page was drawn."""
    fields = {"page": page, "outcome": outcome, "duration_ms": round(seconds * 1000)}
    _log.info("drew a page", extra={"fields": fields})


request_ids.refresh_by(begin_if_new)
