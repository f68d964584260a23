"""Crontabs: when an alert or a report runs."""

from __future__ import annotations

import re
from typing import Final

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
#: Name, least, most, and words in place of numbers, the first of which is the least.
_FIELDS: Final[tuple[tuple[str, int, int, tuple[str, ...]], ...]] = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of the week", 0, 7, _DAYS),
)
_ITEM: Final = re.compile(r"(?:\*|(?P<low>\w+)(?:-(?P<high>\w+))?)(?:/(?P<step>\d+))?")
#: The last day of a month; the second Monday.
_SPECIAL: Final = {"day of the month": re.compile(r"l"), "day of the week": re.compile(r"[0-7]#[1-5]")}


def crontab_problem(text: str) -> str | None:
    """Return what is wrong with a crontab of five fields, in words; None if nothing is.

    Words such as @daily are refused: Superset takes them, and then fails at showing its list.
    """
    fields = text.split()
    if len(fields) != len(_FIELDS):
        return f"a crontab has five fields (minute, hour, day, month, weekday), and this has {len(fields)}"
    for written, (name, least, most, words) in zip(fields, _FIELDS, strict=True):
        for item in written.lower().split(","):
            special = _SPECIAL.get(name)
            if not (special and special.fullmatch(item)) and not _is_item(item, least, most, words):
                return f"'{item}' is not a {name}: it goes from {least} to {most}"
    return None


def _is_item(item: str, least: int, most: int, words: tuple[str, ...]) -> bool:
    found = _ITEM.fullmatch(item)
    if not found or found["step"] == "0":
        return False
    numbers = [_number(found[end], least, words) for end in ("low", "high") if found[end] is not None]
    return all(number is not None and least <= number <= most for number in numbers) and (
        len(numbers) < 2 or (numbers[0] or 0) <= (numbers[1] or 0)
    )


def _number(word: str, least: int, words: tuple[str, ...]) -> int | None:
    if word in words:
        return words.index(word) + least
    return int(word) if word.isascii() and word.isdigit() else None
