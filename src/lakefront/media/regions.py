"""Parts of the time: what has to be read where few data files of a large table differ."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from lakefront.media.filters import Where

#: As many stretches stand in a statement; those that lie nearest are joined before there are more.
MOST_STRETCHES: Final = 40
_INSTANT: Final = dt.timedelta(microseconds=1)
#: Python reaches further than what anything can be dated by.
_FIRST: Final = dt.datetime(1000, 1, 1, tzinfo=dt.UTC)
_LAST: Final = dt.datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=dt.UTC)

Stretch = tuple[dt.datetime, dt.datetime]


@dataclass(frozen=True)
class Region:
    """Stretches of the time, the first and the last moment of each, oldest first, none next to another."""

    stretches: tuple[Stretch, ...] = ()

    @classmethod
    def of(cls, stretches: Iterable[Stretch]) -> Region:
        """Return the region that stretches make up, in whatever order they come and however they overlap."""
        joined: list[Stretch] = []
        for first, last in sorted(stretches):
            if joined and first - _INSTANT <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
            else:
                joined.append((first, last))
        return cls(tuple(joined))

    def __bool__(self) -> bool:
        return bool(self.stretches)

    def __or__(self, other: Region) -> Region:
        return Region.of((*self.stretches, *other.stretches))

    def __and__(self, other: Region) -> Region:
        pairs = ((one, two) for one in self.stretches for two in other.stretches)
        both = ((max(one[0], two[0]), min(one[1], two[1])) for one, two in pairs)
        return Region.of((first, last) for first, last in both if first <= last)

    def within(self, most: int = MOST_STRETCHES) -> Region:
        """Return a region around this one of so many stretches at most."""
        if len(self.stretches) <= most:
            return self
        gaps = sorted(
            range(1, len(self.stretches)),
            key=lambda at: self.stretches[at][0] - self.stretches[at - 1][1],
            reverse=True,
        )
        starts = [0, *sorted(gaps[: most - 1]), len(self.stretches)]
        pairs = pairwise(starts)
        return Region(tuple((self.stretches[start][0], self.stretches[end - 1][1]) for start, end in pairs))

    def add_to(self, where: Where, column: str = "upload_time") -> None:
        """Add the condition that a time lies within; none for all of the time."""
        if self == EVERYTHING:
            return
        kept = self.within().stretches
        terms = [f"{column} BETWEEN ? AND ?"] * len(kept) or ["false"]
        where.add(f"({' OR '.join(terms)})", *(moment for stretch in kept for moment in stretch))


EVERYTHING: Final = Region(((_FIRST, _LAST),))
