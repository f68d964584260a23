"""What the explorer's process writes: JSON lines all of it, Streamlit's and its web server's, too."""

from __future__ import annotations

import logging
from typing import Final

import streamlit.logger

from lakefront.json_log import write_json_lines

#: Loggers that say what is done; of others only what is wrong: httpx would write down addresses that are signed.
_OURS: Final = ("lakefront", "explorer")
#: Whoever has handlers of its own.
_OF_THE_SERVER: Final = ("uvicorn", "uvicorn.error", "uvicorn.access")
#: It would write down whole addresses, with what signs them; `requests_told` writes what is wanted.
_SILENT: Final = "uvicorn.access"


def write_json() -> None:
    """Send what is logged from now on to standard error as JSON lines."""
    write_json_lines(logging.WARNING)
    for name in _OURS:
        logging.getLogger(name).setLevel(logging.INFO)
    # Streamlit gives each of its loggers a handler by this, also those that it makes later.
    streamlit.logger.setup_formatter = _hand_on
    streamlit.logger.update_formatter()


def take_over_server() -> None:
    """Take the web server's loggers over, which it has set up as it started."""
    for name in _OF_THE_SERVER:
        _hand_on(logging.getLogger(name))


def _hand_on(logger: logging.Logger) -> None:
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
    logger.propagate = logger.name != _SILENT
