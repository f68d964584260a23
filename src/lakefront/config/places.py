"""Where a key of a TOML text is written."""

from __future__ import annotations

import re

_PART = r"(?:\"[^\"]*\"|'[^']*'|[A-Za-z0-9_-]+)"
_DOTTED = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = re.compile(rf"^\s*\[\s*(?P<name>{_DOTTED})\s*\]")
_KEY = re.compile(rf"^\s*(?P<key>{_DOTTED})\s*=")


def _path(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in re.findall(_PART, dotted))


def key_position(text: str, keys: tuple[str, ...]) -> tuple[int, int]:
    """Return line and column (from 1) of a key in a TOML text, or of the nearest table above it, or (1, 1)."""
    table: tuple[str, ...] = ()
    best, best_depth = (1, 1), 0
    for number, line in enumerate(text.splitlines(), start=1):
        header = _HEADER.match(line)
        if header:
            table = _path(header["name"])
            path, column = table, line.index("[") + 1
        else:
            key = _KEY.match(line)
            if not key:
                continue
            path = table + _path(key["key"])
            column = key.start("key") + 1
        depth = len(path)
        if path == keys[:depth] and depth > best_depth:
            best, best_depth = (number, column), depth
    return best
