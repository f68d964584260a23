"""When items came in, as bars: a click or a drag chooses days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from streamlit.components.v2 import component

import wording
from components import source
from language import t

#: More bars than this would be thinner than a finger or a mouse can tell apart.
_MOST_BARS: Final = 92
#: Of all of it, in pixels, as timeline.css draws it.
HEIGHT: Final = 70
_DAY: Final = dt.timedelta(days=1)


def timeline(
    counts: Mapping[dt.date, int],
    *,
    span: tuple[dt.date, dt.date],
    since: dt.date | None,
    until: dt.date | None,
    key: str,
    on_span: Callable[[], None],
) -> Any:
    """Draw how many items came in on the days of `span`; days within `since` and `until` are those that are chosen.

    The result's `span` is the days that were chosen and a number, for one run: `2026-10-01/2026-10-31/1`.
    """
    mount = component(
        "lakefront_timeline", html=source("timeline.html"), css=source("timeline.css"), js=source("timeline.js")
    )
    narrowed = since is not None or until is not None
    low, high = since or span[0], until or span[1]
    if low > high:  # what is chosen lies before or behind all that there is
        low = high = since or high
    bars = [
        {
            "since": first.isoformat(),
            "until": last.isoformat(),
            "first": wording.day(first),
            "last": wording.day(last),
            "items": items,
            "said": t("{days}: {items}", days=wording.days(first, last), items=wording.items(items)),
            "within": narrowed and first <= high and last >= low,
        }
        for first, last, items in columns(counts, *span)
    ]
    data = {
        "name": t("When they came in"),
        "bars": bars,
        "narrowed": narrowed,
        "chosen": wording.days(low, high) if narrowed else "",
    }
    return mount(data=data, key=key, on_span_change=on_span)


def columns(counts: Mapping[dt.date, int], first: dt.date, last: dt.date) -> Iterator[tuple[dt.date, dt.date, int]]:
    """Yield what each bar stands for: its first and last day, and how many items; days, weeks, months or years."""
    starts = _starts(first, last, _year)
    for step in (_day, _week, _month):
        finer = _starts(first, last, step)
        if len(finer) <= _MOST_BARS:
            starts = finer
            break
    ends = [start - _DAY for start in starts[1:]] + [last]
    for start, end in zip(starts, ends, strict=True):
        yield start, end, sum(number for day, number in counts.items() if start <= day <= end)


def _starts(first: dt.date, last: dt.date, step: Callable[[dt.date], dt.date]) -> list[dt.date]:
    starts = [first]
    while (following := step(starts[-1])) <= last:
        starts.append(following)
    return starts


def _day(day: dt.date) -> dt.date:
    return day + _DAY


def _week(day: dt.date) -> dt.date:
    """Return the next Monday."""
    return day + dt.timedelta(days=7 - day.weekday())


def _month(day: dt.date) -> dt.date:
    return (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)


def _year(day: dt.date) -> dt.date:
    return dt.date(day.year + 1, 1, 1)
