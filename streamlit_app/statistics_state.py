"""What the page of statistics counts, as it stands in the address bar: a copied link opens the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, cast, get_args

from lakefront.media.assets import KINDS
from lakefront.media.query import AssetFilter
from state import GalleryState

Grain = Literal["day", "week", "month"]
GRAINS: Final = cast("tuple[Grain, ...]", get_args(Grain))
#: Periods that end today, in days.
LAST_DAYS: Final = (30, 90)
#: The most days that have a bar for each day, or each week, unless somebody wants it otherwise.
_MOST_DAYS: Final[tuple[tuple[int, Grain], ...]] = ((45, "day"), (400, "week"))


@dataclass(frozen=True)
class StatisticsState:
    """What is counted: uploads of the last days, or of days from `since` to `until` (both count), and of which kinds.

    `grain`: how long the periods of charts over time are; None leaves it to how many days there are.
    """

    last: int | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    kinds: tuple[str, ...] = ()
    grain: Grain | None = None

    @classmethod
    def from_params(cls, params: Mapping[str, Sequence[str]]) -> StatisticsState:
        """Read the query of an address. What makes no sense is left out; days and kinds read as the gallery's do."""
        one = {name: values[-1] for name, values in params.items() if values}
        days = {str(days): days for days in LAST_DAYS}
        last = days.get(one.get("last", ""))
        found = GalleryState.from_params(params).filter
        grain = one.get("grain", "")
        return cls(
            last=last,
            since=None if last else found.since,
            until=None if last else found.until,
            kinds=tuple(kind for kind in KINDS if kind in found.kinds),
            grain=next((known for known in GRAINS if known == grain), None),
        )

    def to_params(self) -> dict[str, str | list[str]]:
        """Return the query of the address; what is not set is not in it."""
        params = self._gallery(self.since, self.until).to_params()
        if self.last:
            params["last"] = str(self.last)
        if self.grain:
            params["grain"] = self.grain
        return params

    def days(self, today: dt.date) -> tuple[dt.date | None, dt.date | None]:
        """Return the first and the last day that counts; None leaves that end open."""
        if self.last:
            return today - dt.timedelta(days=self.last - 1), today
        return self.since, self.until

    def covered(self, today: dt.date, span: tuple[dt.date, dt.date]) -> tuple[dt.date, dt.date]:
        """Return the first and the last day in question, where `span` are those that have assets."""
        since, until = self.days(today)
        return since or min(span[0], until or span[0]), until or max(span[1], since or span[1])

    def of_days(self, since: dt.date | None, until: dt.date | None) -> StatisticsState:
        """Return the same of other days."""
        return replace(self, last=None, since=since, until=until)

    def in_gallery(self, today: dt.date) -> GalleryState:
        """Return the gallery of what is counted."""
        return self._gallery(*self.days(today))

    def _gallery(self, since: dt.date | None, until: dt.date | None) -> GalleryState:
        return GalleryState(AssetFilter(kinds=self.kinds, since=since, until=until))


def grain_for(days: int) -> Grain:
    """Return how long periods are best, where a chart covers so many days."""
    return next((grain for most, grain in _MOST_DAYS if days <= most), "month")


def day_after(day: dt.date | None) -> dt.date | None:
    """Return the first day that does not count any more. The calendar's last day has none after it."""
    return None if day is None or day == dt.date.max else day + dt.timedelta(days=1)
