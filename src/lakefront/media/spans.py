"""Stretches of time, and how many assets each may hold: what bounds a page before anything is read for it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lakefront.media.filters import midnight

#: A day of more assets than twice as many is told in parts of about so many.
PART: Final = 2_500
#: No part of a day is shorter than a minute.
_MOST_PARTS: Final = 24 * 60
_DAY: Final = dt.timedelta(days=1)


@dataclass(frozen=True, order=True)
class Span:
    """From `start` on and before `end`, at most a day in UTC; `rows` it may hold: for a part of a day an estimate."""

    start: dt.datetime
    end: dt.datetime
    rows: int


@dataclass(frozen=True)
class FileRange:
    """A data file: the moments of its first and its last row, of one day in UTC, and how many rows it has."""

    first: dt.datetime
    last: dt.datetime
    rows: int


def whole_days(counts: Mapping[dt.date, int]) -> list[Span]:
    """Return counts of days as spans, oldest first."""
    return [Span(midnight(day), midnight(day) + _DAY, rows) for day, rows in sorted(counts.items()) if rows]


def spans_of(files: Iterable[FileRange]) -> list[Span]:
    """Return the spans that data files fill, oldest first: days, and parts of the days that hold many rows.

    A file's rows are taken to lie evenly between its first and its last one.
    """
    by_day: defaultdict[dt.date, list[FileRange]] = defaultdict(list)
    for file in files:
        by_day[file.first.date()].append(file)
    found: list[Span] = []
    for day, each in sorted(by_day.items()):
        start, rows = midnight(day), sum(file.rows for file in each)
        if rows <= 2 * PART:
            found.append(Span(start, start + _DAY, rows))
        else:
            found += _parts(start, min(-(-rows // PART), _MOST_PARTS), each)
    return found


def _parts(start: dt.datetime, parts: int, files: Sequence[FileRange]) -> list[Span]:
    """Return the parts of a day that any file reaches into."""
    rows: defaultdict[int, float] = defaultdict(float)
    for file in files:
        first, last = ((moment - start) / _DAY * parts for moment in (file.first, file.last))
        for place in range(int(first), min(int(last), parts - 1) + 1):
            rows[place] += file.rows * (
                (min(last, place + 1) - max(first, place)) / (last - first) if last > first else 1
            )
    # Rounded up: where a file's last row lies on the edge, its part may hold that one row.
    return [
        Span(start + _DAY * place / parts, start + _DAY * (place + 1) / parts, int(held) + 1)
        for place, held in sorted(rows.items())
    ]
