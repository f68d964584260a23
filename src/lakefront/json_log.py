"""Our processes' logs as JSON lines, with the fields of deploy/opensearch/templates/logs.json.

`extra={"fields": {...}}` of a record puts fields beside the shared ones; `request_id` is added by itself.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import sys
from typing import Any, Final

from lakefront import request_ids

#: Python's names that other components call otherwise.
_LEVELS: Final = {"WARNING": "WARN", "CRITICAL": "FATAL"}


class JsonLines(logging.Formatter):
    """One JSON object a record: timestamp, level, logger, message; where there are, request_id, fields, stackTrace."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line."""
        moment = dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {
            "timestamp": moment.replace("+00:00", "Z"),
            "level": _LEVELS.get(record.levelname, record.levelname),
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


def write_json_lines(level: int = logging.INFO) -> logging.Handler:
    """Send all records of this process to standard error as JSON lines; return what sends them."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    return handler
