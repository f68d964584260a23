"""Plain data -> YAML text, always the same for the same data: the exact inverse of `lakefront.semantic.source`.

Block style, lists indented under their key, no line ever wrapped, text of several lines as `|`. What YAML 1.2 or the
YAML 1.1 of Superset's own tools would read as something else than a text is quoted.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, cast

from lakefront.semantic.source import plain_scalar

#: The keys of an asset's file that come first, for all kinds in one order; keys that are not named stand between them.
FIRST: Final = (
    "version",
    "uuid",
    "database_uuid",
    "dataset_uuid",
    "database_name",
    "table_name",
    "slice_name",
    "dashboard_title",
    "theme_name",
    "template_name",
    "name",
    "dataset",
    "slug",
    "viz_type",
    "description",
    "certified_by",
    "certification_details",
    "owners",
    "tags",
    "theme",
    "roles",
    "embedded",
)
#: Those that come last.
LAST: Final = (
    "css",
    "extra",
    "params",
    "query_context",
    "sql",
    "columns",
    "metrics",
    "layout",
    "position",
    "metadata",
    "permissions",
    "databases",
    "datasets",
    "members",
    "rules",
    "left_to_trino",
)
#: The order inside a dashboard's layout: what an item is, how large it is, what is in it.
_LAYOUT: Final = ("tab", "chart", "markdown", "header", "divider", "name", "size", "width", "height", "background")
_LAYOUT_LAST: Final = ("row", "column", "tabs", "layout")
_STEP: Final = 2
# A key that is longer than libyaml looks ahead for its ':' is written after a '?'.
_LONGEST_KEY: Final = 1000
_FORBIDDEN_FIRST: Final = frozenset("-?:,[]{}#&*!|>'\"%@`=")
_UNPRINTABLE: Final = re.compile(
    "[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
# Words, dates, numbers in groups or to another base, and times of day, which YAML 1.1 reads as no text.
_OLD_YAML: Final = re.compile(
    r"(?i:y|n|yes|no|on|off)|\d{4}-\d\d?-\d\d?([Tt\s].*)?"
    r"|[-+]?\d[\d_]*(:[0-5]?\d)*(\.[\d_]*)?([eE][-+]?\d+)?|[-+]?0[xbo][\da-fA-F_]+|[-+]?\.(?i:inf|nan)"
)
Order = Callable[[Mapping[str, Any]], Sequence[str]]


def dump(data: Mapping[str, Any], head: str = "") -> str:
    """Return an asset's file: `head` (whole lines of comments), then the data, its keys in the canonical order.

    Raises ValueError for what this YAML cannot say: numbers without end, texts that are not Unicode, other types.
    """
    if not data:
        return f"{head}{{}}\n"
    return head + "\n".join(_mapping(data, 0, top_order)) + "\n"


def leading_comments(text: str) -> str:
    """Return the lines of comments at the top of a file, each with its newline: what people wrote stays."""
    match = re.match(r"(?:[ \t]*#[^\n]*\n|[ \t]*\n)*", text)
    return match.group() if match else ""


def top_order(data: Mapping[str, Any]) -> Sequence[str]:
    """Return the keys of an asset in the order of its file."""
    return _ordered(data, FIRST, LAST)


def _layout_order(data: Mapping[str, Any]) -> Sequence[str]:
    return _ordered(data, _LAYOUT, _LAYOUT_LAST)


def _ordered(data: Mapping[str, Any], first: Sequence[str], last: Sequence[str]) -> Sequence[str]:
    known = {*first, *last}
    middle = sorted(key for key in data if key not in known)
    return [*(key for key in first if key in data), *middle, *(key for key in last if key in data)]


def _lines(value: Any, indent: int, order: Order) -> list[str]:
    """Return the lines of a collection that is not empty, each with its indent."""
    if isinstance(value, Mapping):
        return _mapping(cast("Mapping[str, Any]", value), indent, order)
    return _sequence(cast("Sequence[Any]", value), indent, order)


def _mapping(data: Mapping[str, Any], indent: int, order: Order) -> list[str]:
    space = " " * indent
    lines: list[str] = []
    for key in order(data):
        value = data[key]
        inner = order if order is _layout_order else sorted
        if order is top_order and key == "layout":
            inner = _layout_order
        name = _key(key)
        if len(name) > _LONGEST_KEY:
            lines.append(f"{space}? {name}")
            name = ""
        if _is_block(value):
            lines.append(f"{space}{name}:")
            lines += _lines(value, indent + _STEP, inner)
        else:
            first, *rest = _scalar_lines(value, indent + _STEP)
            lines.append(f"{space}{name}: {first}")
            lines += rest
    return lines


def _sequence(data: Sequence[Any], indent: int, order: Order) -> list[str]:
    space = " " * indent
    lines: list[str] = []
    for value in data:
        if _is_block(value):
            inner = _lines(value, indent + _STEP, order)
            lines.append(f"{space}- {inner[0][indent + _STEP :]}")
            lines += inner[1:]
        else:
            first, *rest = _scalar_lines(value, indent + _STEP)
            lines.append(f"{space}- {first}")
            lines += rest
    return lines


def _is_block(value: Any) -> bool:
    return isinstance(value, Mapping | list | tuple) and len(cast("Sequence[Any]", value)) > 0


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise ValueError(f"a key is a text, not {key!r}")  # noqa: TRY004 (one error for all that cannot be said)
    return _quoted(key) if "\n" in key else _one_line(key)


def _scalar_lines(value: Any, indent: int) -> list[str]:
    """Return a scalar or an empty collection: what stands behind the key, then further lines with their indent."""
    if isinstance(value, str):
        return list(_literal(value, indent)) if _fits_literal(value) else [_one_line(value)]
    return [_word(value)]


def _word(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return repr(value)
    if isinstance(value, Mapping | list | tuple):
        return "{}" if isinstance(value, Mapping) else "[]"
    raise ValueError(f"YAML here has no {value!r}")


def _fits_literal(text: str) -> bool:
    return "\n" in text and bool(text.strip()) and not _UNPRINTABLE.search(text)


def _literal(text: str, indent: int) -> Iterator[str]:
    body = text.rstrip("\n")
    ending = len(text) - len(body)
    # Without the number, the indent is guessed from the first line, which here is not where the text starts.
    number = str(_STEP) if text[0] in " \t\n" else ""
    yield "|" + number + ("-" if ending == 0 else "" if ending == 1 else "+")
    for line in body.split("\n"):
        yield " " * indent + line if line else ""
    yield from [""] * (ending - 1)


def _one_line(text: str) -> str:
    if "\n" in text or _UNPRINTABLE.search(text):
        return _quoted(text)
    if _is_plain(text):
        return text
    return "'" + text.replace("'", "''") + "'"


def _is_plain(text: str) -> bool:
    if not text or text[0] in _FORBIDDEN_FIRST or text != text.strip() or text.startswith("..."):
        return False
    if ": " in text or text.endswith(":") or " #" in text or "\t" in text:
        return False
    return isinstance(plain_scalar(text), str) and not _OLD_YAML.fullmatch(text)


def _quoted(text: str) -> str:
    """Return a text between double quotes, with escapes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(f"this is half a character: {text!r}") from None
    return _UNPRINTABLE.sub(_escape, json.dumps(text, ensure_ascii=False))


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match.group()):04x}"
