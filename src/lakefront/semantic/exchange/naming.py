"""Names of other tools -> names that models may have, and words for labels."""

from __future__ import annotations

import re
from collections.abc import Container

_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_LONGEST = 63


def to_name(text: str) -> str:
    """Return a name in lower case with underscores, the nearest to `text`."""
    words = _HUMPS.sub("_", text) if not text.isupper() else text
    name = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")
    if not name or not name[0].isalpha():
        name = f"n_{name}".rstrip("_")
    return name[:_LONGEST].rstrip("_")


def free_name(text: str, taken: Container[str]) -> str:
    """Return `text` as a name, with a number after it when it is taken."""
    name = to_name(text)
    found, number = name, 2
    while found in taken:
        ending = f"_{number}"
        found = name[: _LONGEST - len(ending)] + ending
        number += 1
    return found


def to_label(name: str) -> str:
    """Return a name as words: `order_date` is "Order date"."""
    words = " ".join(_HUMPS.sub(" ", name).replace("_", " ").split())
    return (words[:1].upper() + words[1:]) or name


def to_description(name: str) -> str:
    """Return the sentence that stands where a file has no description."""
    return f"{to_label(name)}."
