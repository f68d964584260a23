"""The states of the media table as a line, with what was done in each: a click or a drag chooses what to compare."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from streamlit.components.v2 import component

import wording
from components import source
from lakefront.media.states import Deed, Step
from language import later, n, t

#: Without numbers, in words.
_WORDS: Final[Mapping[Deed, str]] = {
    "added": later("items were added"),
    "removed": later("items were removed"),
    "changed": later("items were changed"),
    "rewritten": later("files were rewritten, no item changed"),
    "set back": later("the table was set back to an earlier state"),
    "unknown": later("the table was written"),
}
_LOOKS: Final[Mapping[Deed, tuple[str, str]]] = {
    "added": ("added", "+"),
    "removed": ("removed", "−"),
    "changed": ("changed", "±"),
    "rewritten": ("rewritten", "↻"),
    "set back": ("back", "↶"),
    "unknown": ("unknown", "·"),
}
#: States between two days that are written under the line: closer, their names would overlap.
_ROOM: Final = 3


def states(
    steps: Sequence[Step],
    *,
    numbers: bool,
    chosen: str,
    ends: tuple[int, int] | None,
    key: str,
    on_span: Callable[[], None],
) -> Any:
    """Draw states, which come the newest first. `numbers`: whether the viewer may know how many rows were written.

    `ends`: the snapshots that are compared, `chosen`: both in words. The result's `span` is the two that were chosen
    and a number, for one run: `123/456/1`.
    """
    mount = component(
        "lakefront_history", html=source("history.html"), css=source("history.css"), js=source("history.js")
    )
    line = list(reversed(steps))
    most = max((step.rows or 0 for step in line), default=0) if numbers else 0
    labelled = -_ROOM
    told: list[dict[str, Any]] = []
    for place, step in enumerate(line):
        look, glyph = _LOOKS[step.deed]
        day = step.state.since.date()
        new_day = place == 0 or day != line[place - 1].state.since.date()
        if new_day and place - labelled >= _ROOM:
            labelled, label = place, wording.short_day(day)
        else:
            label = ""
        told.append(
            {
                "id": str(step.state.snapshot),
                "said": f"{wording.moment(step.state.since, seconds=True)}: {deed(step, numbers=numbers)}",
                "look": look,
                "glyph": glyph,
                "share": _share(step, most),
                "day": label,
                "first": step.first,
            }
        )
    places = {step.state.snapshot: place for place, step in enumerate(line)}
    found = sorted(places[end] for end in ends if end in places) if ends else []
    data = {
        "name": t("States of the media, oldest first"),
        "states": told,
        "chosen": chosen,
        "low": found[0] if len(found) == 2 else None,
        "high": found[1] if len(found) == 2 else None,
    }
    return mount(data=data, key=key, on_span_change=on_span)


def deed(step: Step, *, numbers: bool) -> str:
    """Return what made a state, in words."""
    if step.first:
        return t("the earliest state that is kept")
    rows = step.rows
    if numbers and rows is not None:
        count = wording.number(rows)
        if step.deed == "added":
            return n("{count} item added", "{count} items added", rows, count=count)
        if step.deed == "removed":
            return n("{count} item removed", "{count} items removed", rows, count=count)
        if step.deed == "changed":
            return n("{count} item changed", "{count} items changed", rows, count=count)
    return t(_WORDS[step.deed])


def _share(step: Step, most: int) -> float:
    """Return how high a bar is, of 1: the number of rows by its digits, so that few are seen beside many."""
    if step.deed in {"rewritten", "unknown"} or step.first:
        return 0.08
    return 0.2 + 0.8 * math.log1p(step.rows or 0) / math.log1p(most) if most else 0.5
