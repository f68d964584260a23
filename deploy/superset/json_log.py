"""Superset's log as JSON lines on standard output, with the fields that all components of Lakefront share."""

import fcntl
import json
import logging
import sys
import tempfile
import time
from typing import Any, TextIO

import request_ids
from audit_events import LOGGER
from query_origin import LOGGER as QUERIES
from superset.utils.logging_configurator import LoggingConfigurator

#: Python's names that other components call otherwise.
_LEVELS = {"WARNING": "WARN", "CRITICAL": "FATAL"}
#: What is written whatever the level.
_ALWAYS = (LOGGER, QUERIES)


class JsonLines(logging.Formatter):
    """One JSON object a record; the `fields` of an event stand beside the shared ones."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line."""
        line = {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": _LEVELS.get(record.levelname, record.levelname),
            "service": "superset",
            "logger": record.name,
            "message": record.getMessage(),
        }
        request_id = request_ids.current()
        if request_id:
            line["request_id"] = request_id
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["stackTrace"] = self.formatException(record.exc_info)
        # ASCII: half of a pair of surrogates, which a message may hold, cannot be written otherwise.
        return json.dumps(line, default=str)


class _WholeLines(logging.StreamHandler[TextIO]):
    """Standard output, a pipe that several processes write to: the kernel keeps only short lines in one piece."""

    def __init__(self) -> None:
        super().__init__(sys.__stdout__)
        # Made before the processes part. Locks on it are each process's own, and go when that dies.
        self._turn = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the log

    def emit(self, record: logging.LogRecord) -> None:
        fcntl.lockf(self._turn, fcntl.LOCK_EX)
        try:
            super().emit(record)
        finally:
            fcntl.lockf(self._turn, fcntl.LOCK_UN)


def _says_something(record: logging.LogRecord) -> bool:
    # Superset looks in vain for the account of each guest, several times a request.
    return not str(record.msg).startswith("Failed to add user to db session")


class ToStdout(LoggingConfigurator):
    """What Superset calls to set its logs up; events are written whatever the level."""

    def __init__(self, level: str) -> None:
        """Take the level of what is no event."""
        self._level = level

    def configure_logging(self, app_config: Any, debug_mode: bool) -> None:  # noqa: ARG002 - Superset's signature
        """Send all records to standard output."""
        handler = _WholeLines()
        handler.setFormatter(JsonLines())
        handler.addFilter(_says_something)
        root = logging.getLogger()
        root.handlers = [handler]
        root.setLevel(self._level)
        logging.captureWarnings(True)
        # Of Superset's own code; nobody here can act on them.
        for name in ("flask_appbuilder", "py.warnings"):
            logging.getLogger(name).setLevel(logging.ERROR)
        # What gunicorn's own workers say goes the same way.
        for name in ("gunicorn.error", "gunicorn.access", *_ALWAYS):
            logger = logging.getLogger(name)
            logger.handlers = [handler]
            logger.propagate = False
        for name in _ALWAYS:
            logging.getLogger(name).setLevel(logging.INFO)
