"""Tables of other tools -> the `source` or `sql` of a dataset."""

from __future__ import annotations

import re
from typing import Final

from lakefront.semantic.exchange.draft import Data, ImportOptions
from lakefront.semantic.exchange.metric_to_sql import UnsayableError
from lakefront.semantic.model_base import TABLE_PATTERN

_QUERY: Final = re.compile(r"\s*(\(|select\b|with\b)", re.IGNORECASE)
_QUOTES: Final = re.compile(r"[\"`\[\]]")


def origin(text: str, options: ImportOptions) -> Data:
    """Return the keys that say where a dataset's rows are. Raises UnsayableError."""
    if _QUERY.match(text):
        return {"sql": text.strip()}
    parts = [part.strip() for part in _QUOTES.sub("", text).lower().split(".")]
    if len(parts) == 1 and options.schema:
        parts = [options.schema, *parts]
    if len(parts) == 1:
        raise UnsayableError(f"the table '{text}' names no schema; --schema says which")
    if len(parts) == 3 and parts[0] == options.catalog:
        parts = parts[1:]
    name = ".".join(parts)
    if not re.match(TABLE_PATTERN, name):
        raise UnsayableError(f"'{text}' is not a table's name that Trino reads without quotes")
    return {"source": name}
