"""Charts of numbers by kind, drawn by plotly: pure functions from the rows of an answer to a figure.

Text, grid and background are left to Streamlit's theme, which knows whether the viewer's is light or dark.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import plotly.graph_objects as go

import wording
from lakefront.media.assets import KINDS
from language import later, t
from statistics_state import Grain

HEIGHT: Final = 300
#: Names what has no value, and what is left beside the largest values.
NOTHING, OTHER = later("Unknown"), later("Other")
#: What plotly is told of every chart: it sends nothing to anybody, and a finger that scrolls the page goes on doing so.
CONFIG: Final = {"displayModeBar": False, "displaylogo": False, "scrollZoom": False, "doubleClick": False}
KIND: Final = "kind"

#: The line of a sum, between surfaces that are light and those that are dark; Superset's charts of storage have it.
_TOTAL_COLOUR: Final = "#4F7A94"
_BYTE_UNITS: Final = ((1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB"), (1, "B"))
_GAP: Final = 0.25
_DAY_MS: Final = 86_400_000
_MOST_TICKS: Final = 7
_DAYS_OF: Final[Mapping[Grain, int]] = {"day": 1, "week": 7, "month": 30}
#: What axes of time are called, and how their days are written: https://d3js.org/d3-time-format
_UPLOADED: Final[Mapping[Grain, str]] = {
    "day": later("Day of upload (UTC)"),
    "week": later("Week of upload (UTC)"),
    "month": later("Month of upload (UTC)"),
}
_ENDED: Final[Mapping[Grain, str]] = {
    "day": later("End of day (UTC)"),
    "week": later("End of week (UTC)"),
    "month": later("End of month (UTC)"),
}
_HOVER: Final[Mapping[Grain, str]] = {
    "day": later("%a %-d %b %Y"),
    "week": later("Week from %-d %b %Y"),
    "month": later("%B %Y"),
}
#: How far beyond its longest bar a chart goes: room for the number at the bar's end.
_ROOM: Final = 1.18

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Time:
    """Periods as an answer has them. `column`: its name there, of days that periods begin on."""

    column: str
    grain: Grain


@dataclass(frozen=True)
class Measure:
    """A metric as a chart shows it. `name`: its column in the answer; `unit`: as the semantic layer has it."""

    name: str
    label: str
    unit: str | None

    def told(self, value: float) -> str:
        """Return a value in full: 12,345 or 1.24 MB (1,240,000 bytes)."""
        if self.unit != "bytes":
            return wording.number(round(value))
        return exact_size(round(value))

    def short(self, value: float) -> str:
        """Return a value as it stands at the end of a bar."""
        return wording.size(round(value)) if self.unit == "bytes" else wording.number(round(value))

    def axis(self, largest: float) -> tuple[float, str]:
        """Return what values on an axis are divided by, and its title with the unit."""
        factor, unit = byte_unit(largest) if self.unit == "bytes" else (1, t(self.unit) if self.unit else "")
        if unit.lower() == self.label.lower() or not unit:
            return factor, self.label
        return factor, f"{self.label} ({unit})"


def exact_size(value: int) -> str:
    """Return bytes in a unit that is easily read, and in full: 1.24 MB (1,240,000 bytes)."""
    if value < 1000:
        return t("{number} bytes", number=wording.number(value))
    return t("{size} ({number} bytes)", size=wording.size(value), number=wording.number(value))


def byte_unit(largest: float) -> tuple[int, str]:
    """Return the unit in which the largest of some sizes is at least 1: how many bytes it has, and its name."""
    return next(((factor, unit) for factor, unit in _BYTE_UNITS if largest >= factor), _BYTE_UNITS[-1])


def kinds_in(rows: Sequence[Row]) -> list[str]:
    """Return the kinds of some rows, in the order that all charts have."""
    found = {str(row[KIND] or NOTHING) for row in rows}
    return [*(kind for kind in KINDS if kind in found), *sorted(found - {*KINDS})]


def colours(kinds: Sequence[str], series: Sequence[str]) -> dict[str, str]:
    """Return a colour for each kind: the same one wherever it is drawn, whichever others are there."""
    order = {kind: place for place, kind in enumerate(("image", "audio", "video"))}
    others = [kind for kind in kinds if kind not in order]
    places = order | {kind: len(order) + place for place, kind in enumerate(others)}
    return {kind: series[places[kind] % len(series)] for kind in kinds}


def largest_and_other(rows: Sequence[Row], column: str, measures: Sequence[str], most: int) -> list[dict[str, Any]]:
    """Return the rows of the values that have most of the first measure, and those of all others added up as one.

    `measures`: such as may be added up.
    """
    totals = _totals(rows, column, measures[0])
    ranked = sorted(totals, key=lambda value: (-totals[value], value))
    # A single one is named rather than called other.
    kept = {*ranked} if len(ranked) <= most + 1 else {*ranked[:most]}
    made: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        value = str(row[column] or NOTHING)
        key = (value if value in kept else OTHER, str(row[KIND] or NOTHING))
        into = made.setdefault(key, {column: key[0], KIND: key[1], **dict.fromkeys(measures, 0)})
        for name in measures:
            into[name] += row[name] or 0
    return list(made.values())


def over_time(
    rows: Sequence[Row], time: Time, measure: Measure, series: Sequence[str], days: tuple[dt.date, dt.date]
) -> go.Figure:
    """Return bars of periods, stacked by kind; each stands over the first day of its period.

    `days`: the first and the last one that the chart is about.
    """
    factor, title = measure.axis(max(_totals(rows, time.column, measure.name).values(), default=0))
    figure = go.Figure()
    for kind, of_kind, colour in _each_kind(rows, measure, series):
        figure.add_bar(
            x=[row[time.column] for row in of_kind],
            y=[(row[measure.name] or 0) / factor for row in of_kind],
            name=_kind_words(kind),
            marker_color=colour,
            customdata=[measure.told(row[measure.name] or 0) for row in of_kind],
            hovertemplate="%{customdata}",
            width=_DAYS_OF[time.grain] * (1 - _GAP) * _DAY_MS,
        )
    every = periods(*days, time.grain)
    half = dt.timedelta(days=_DAYS_OF[time.grain]) / 2
    figure.update_layout(barmode="stack", hovermode="x unified")
    figure.update_xaxes(
        title_text=t(_UPLOADED[time.grain]),
        type="date",
        range=[_midnight(every[0]) - half, _midnight(every[-1]) + half],
        tickvals=_some(every),
        tickformat=t("%b %Y") if time.grain == "month" else t("%-d %b"),
        hoverformat=t(_HOVER[time.grain]),
    )
    figure.update_yaxes(title_text=title, rangemode="tozero", separatethousands=True)
    return _laid_out(figure)


def growth(rows: Sequence[Row], time: Time, measure: Measure, series: Sequence[str], until: dt.date) -> go.Figure:
    """Return areas of what there was at the end of each period, one kind on the other, and the line of their sum.

    `until`: the last day that counts; a period that has not ended is told as of then.
    """
    totals: dict[dt.date, int] = {}
    for row in rows:
        end = min(_end(row[time.column], time.grain), until)
        totals[end] = totals.get(end, 0) + (row[measure.name] or 0)
    factor, title = measure.axis(max(totals.values(), default=0))
    figure = go.Figure()
    kinds = _each_kind(rows, measure, series)
    mode = "lines+markers" if len(totals) == 1 else "lines"
    for kind, of_kind, colour in kinds:
        figure.add_scatter(
            x=[min(_end(row[time.column], time.grain), until) for row in of_kind],
            y=[(row[measure.name] or 0) / factor for row in of_kind],
            name=_kind_words(kind),
            mode=mode,
            line={"color": colour, "width": 1.5},
            stackgroup="kinds",
            customdata=[measure.told(row[measure.name] or 0) for row in of_kind],
            hovertemplate="%{customdata}",
        )
    if len(kinds) > 1:
        figure.add_scatter(
            x=list(totals),
            y=[value / factor for value in totals.values()],
            name=t("All"),
            mode=mode,
            line={"color": _TOTAL_COLOUR, "width": 2.5},
            customdata=[measure.told(value) for value in totals.values()],
            hovertemplate="%{customdata}",
        )
    figure.update_layout(hovermode="x unified")
    figure.update_xaxes(
        title_text=t(_ENDED[time.grain]),
        type="date",
        tickformat=t("%-d %b\n%Y"),
        hoverformat=t("End of %-d %b %Y"),
        tickvals=_some(list(totals)),
    )
    figure.update_yaxes(title_text=title, rangemode="tozero", separatethousands=True)
    return _laid_out(figure)


def by_value(
    rows: Sequence[Row], column: str, measures: Sequence[Measure], series: Sequence[str], *, ranked: bool = True
) -> go.Figure:
    """Return bars that lie, one for each value, longest first, stacked by kind. Hover tells all of `measures`.

    `ranked`: False for steps of something that has an order; their names sort that way.
    """
    measure = measures[0]
    totals = _totals(rows, column, measure.name)
    factor, title = measure.axis(max(totals.values(), default=0))
    order = sorted(totals, key=lambda value: (value in (OTHER, NOTHING), -totals[value] if ranked else 0, value))
    figure = go.Figure()
    for kind, of_kind, colour in _each_kind(rows, measure, series):
        figure.add_bar(
            orientation="h",
            x=[(row[measure.name] or 0) / factor for row in of_kind],
            y=[_value_words(str(row[column] or NOTHING)) for row in of_kind],
            name=_kind_words(kind),
            marker_color=colour,
            customdata=[_told(measures, row) for row in of_kind],
            hovertemplate="<b>%{y}</b>, %{fullData.name}<br>%{customdata}<extra></extra>",
        )
    figure.add_scatter(
        x=[totals[value] / factor for value in order],
        y=[_value_words(value) for value in order],
        text=[f" {measure.short(totals[value])}" for value in order],
        mode="text",
        textposition="middle right",
        cliponaxis=False,
        hoverinfo="skip",
        showlegend=False,
    )
    longest = max(totals.values(), default=0) / factor
    figure.update_layout(barmode="stack", bargap=_GAP)
    figure.update_xaxes(title_text=title, range=[0, longest * _ROOM or 1], separatethousands=True)
    figure.update_yaxes(
        type="category",
        categoryorder="array",
        categoryarray=[_value_words(value) for value in order[::-1]],
        automargin=True,
    )
    return _laid_out(figure)


def _each_kind(rows: Sequence[Row], measure: Measure, series: Sequence[str]) -> list[tuple[str, list[Row], str]]:
    """Return the kinds that have any of a measure, each with its rows and its colour."""
    kinds = kinds_in([row for row in rows if row[measure.name]])
    colour = colours(kinds, series)
    return [(kind, [row for row in rows if str(row[KIND] or NOTHING) == kind], colour[kind]) for kind in kinds]


def _kind_words(kind: str) -> str:
    return _value_words(kind) if kind == NOTHING else wording.kind(kind)


def _value_words(value: str) -> str:
    return t(value) if value in (OTHER, NOTHING) else value


def _totals(rows: Sequence[Row], column: str, measure: str) -> dict[str, int]:
    totals: dict[str, int] = {}
    for row in rows:
        value = str(row[column] or NOTHING)
        totals[value] = totals.get(value, 0) + (row[measure] or 0)
    return totals


def _told(measures: Sequence[Measure], row: Row) -> str:
    return "<br>".join(f"{measure.label}: {measure.told(row[measure.name] or 0)}" for measure in measures)


def _end(day: dt.date, grain: Grain) -> dt.date:
    """Return the last day of the period that begins on a day."""
    return _next(day, grain) - dt.timedelta(days=1)


def _next(day: dt.date, grain: Grain) -> dt.date:
    """Return the first day of the period after the one that begins on a day."""
    if grain == "month":
        return (day.replace(day=1) + dt.timedelta(days=31)).replace(day=1)
    return day + dt.timedelta(days=7 if grain == "week" else 1)


def periods(first: dt.date, last: dt.date, grain: Grain) -> list[dt.date]:
    """Return the days that periods begin on, from the one that the first day is in; weeks begin on Monday."""
    begin = {
        "day": first,
        "week": first - dt.timedelta(days=first.weekday()),
        "month": first.replace(day=1),
    }[grain]
    every = [begin]
    while (following := _next(every[-1], grain)) <= last:
        every.append(following)
    return every


def _some(days: Sequence[dt.date]) -> list[dt.date]:
    """Return those of some days that an axis names: a few, evenly apart."""
    return list(days[:: -(-len(days) // _MOST_TICKS) or 1])


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time())


def _laid_out(figure: go.Figure) -> go.Figure:
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 0, "r": 24, "t": 32, "b": 0},
        dragmode=False,
        legend={
            "orientation": "h",
            "x": 0,
            "y": 1.02,
            "yanchor": "bottom",
            "traceorder": "normal",
            "itemsizing": "constant",
        },
        hoverlabel={"namelength": -1},
        showlegend=True,
        separators=".,",
    )
    figure.update_xaxes(fixedrange=True, title_standoff=8)
    figure.update_yaxes(fixedrange=True, title_standoff=8)
    return figure
