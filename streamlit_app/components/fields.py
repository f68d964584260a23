"""The fields that say which items are wanted: what stands in them, and the filter that they mean."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, Final

from lakefront.media.query import AssetFilter
from language import later
from state import GalleryState

DAYS: Final = "days"
_MEGABYTE: Final = 1_000_000
#: Pairs of number boxes: what is said above them, the fields of the filter, and how many of it one unit of a box is.
RANGES: Final = (
    (later("Size in MB"), ("min_size", "max_size"), _MEGABYTE),
    (later("Width in pixels"), ("min_width", "max_width"), 1),
    (later("Height in pixels"), ("min_height", "max_height"), 1),
    (later("Length in seconds"), ("min_duration", "max_duration"), 1.0),
)
SWITCHES: Final = ((later("Search has it"), "indexed"), (later("Has duplicates"), "duplicates"))
ANY: Final = later("Any")
YES: Final = later("Yes")
NO: Final = later("No")
#: Fields of a filter that are not in sight at once.
MORE: Final = (
    *("labels", "exif", "mime_types", "source_systems", "indexed", "duplicates"),
    *(name for _, names, _ in RANGES for name in names),
)
_LISTS: Final = ("kinds", "tags", "labels", "exif", "mime_types", "source_systems")
_TEXTS: Final = ("text", "condition")


def wanted(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of the filter that boxes of these names and values mean. Of days, one alone is the first."""
    since, until = (*(values.get(DAYS) or ()), None, None)[:2]
    found: dict[str, Any] = {name: tuple(values.get(name) or ()) for name in _LISTS}
    found |= {name: " ".join((values.get(name) or "").split()) for name in _TEXTS}
    found |= {"since": since, "until": until}
    for _, names, unit in RANGES:
        least, most = (_amount(values.get(name), unit) for name in names)
        if least is not None and most is not None and least > most:
            least, most = most, least
        found |= zip(names, (least, most), strict=True)
    return found | {name: {YES: True, NO: False}.get(values.get(name) or ANY) for _, name in SWITCHES}


def values_of(of: AssetFilter, span: tuple[dt.date, dt.date] | None) -> dict[str, Any]:
    """Return what stands in the boxes for a filter. `span`: the first and the last day that there is."""
    since, until = days_of(of, span)
    values: dict[str, Any] = {name: list(getattr(of, name)) for name in _LISTS}
    values |= {name: getattr(of, name) for name in _TEXTS}
    values[DAYS] = (since, until) if (of.since or of.until) and since and until else ()
    for _, names, unit in RANGES:
        for name in names:
            value = getattr(of, name)
            values[name] = value / unit if unit == _MEGABYTE and value is not None else value
    return values | {name: {True: YES, False: NO}.get(getattr(of, name), ANY) for _, name in SWITCHES}


def number_of(of: AssetFilter, names: Iterable[str]) -> int:
    """Return how many of these fields a filter sets."""
    return sum(getattr(of, name) not in {None, (), ""} for name in names)


def days_of(chosen: AssetFilter, span: tuple[dt.date, dt.date] | None) -> tuple[dt.date | None, dt.date | None]:
    """Return the days that the field of days shows; an end that is not chosen is that of what there is."""
    first, last = span or (None, None)
    since, until = chosen.since or first, chosen.until or last
    if since and until and since > until:  # what is chosen lies before or behind all that there is
        return (since, since) if chosen.since else (until, until)
    return since, until


def through_the_address(state: GalleryState) -> GalleryState:
    """Return a state as an address keeps it: what it cannot hold is not filtered by."""
    params = state.to_params()
    return GalleryState.from_params({name: [text] if isinstance(text, str) else text for name, text in params.items()})


def _amount(value: float | None, unit: float) -> float | int | None:
    if value is None:
        return None
    return float(value) if isinstance(unit, float) else round(value * unit)
