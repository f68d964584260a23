"""Statistics: what the media library holds and how it grows, in the semantic layer's numbers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, cast

import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from sqlglot.expressions import column

import people
import reads
import wording
from address import params, query_of, show
from components import charts, days_shown, notice
from components.charts import Measure, Row, Time
from components.kept import known
from components.thumbnail_card import thumbnail_card
from components.trouble import tell
from environment import settings
from lakefront.errors import LakefrontError, UnreachableError
from lakefront.media.assets import KINDS
from language import later, t
from state import GalleryState
from statistics_state import GRAINS, LAST_DAYS, Grain, StatisticsState, day_after, grain_for

#: The dataset of the semantic layer that everything is counted of.
_DATASET: Final = "media_assets"
_LOST: Final = later("The statistics cannot be read.")
_HEADLINES: Final = (
    "assets",
    "storage_bytes",
    "average_asset_bytes",
    "duplicate_assets",
    "duplicate_bytes",
    "duplicate_share",
)
_PERIOD, _DAYS, _KINDS, _GRAIN = ("statistics-period", "statistics-days", "statistics-kinds", "statistics-grain")
_ALL_DAYS: Final = "All"
_MOST_TYPES: Final = 6
_MOST_LINKS: Final = 8
_REFRESH_SECONDS: Final = 30
_GRAIN_WORDS: Final = {"day": later("Day"), "week": later("Week"), "month": later("Month")}
_UPLOADS: Final = {
    "day": later("Assets uploaded, by day and kind"),
    "week": later("Assets uploaded, by week and kind"),
    "month": later("Assets uploaded, by month and kind"),
}
_GROWTH: Final = {
    "day": later("Storage at the end of each day, by kind"),
    "week": later("Storage at the end of each week, by kind"),
    "month": later("Storage at the end of each month, by kind"),
}
_CUT: Final = {
    "day": "",
    "week": later("Weeks begin on Monday; the first and the last may be cut."),
    "month": later("The first and the last month may be cut."),
}


@dataclass(frozen=True)
class Chart:
    """A chart: its title, the metrics it shows by a dimension and by kind, and what draws it of the rows.

    `by`: `upload_time.week`. `links`: the filter of the gallery that values of the dimension go into. `note`: what is
    to be known of it.
    """

    key: str
    title: str
    metrics: tuple[str, ...]
    by: str
    draw: Callable[[Sequence[Row], Sequence[Measure], Sequence[str]], go.Figure]
    links: str | None = None
    note: str = ""

    @property
    def column(self) -> str:
        """The name of the dimension's column in the answer."""
        return self.by.replace(".", "_")

    @property
    def over_time(self) -> bool:
        """Whether it is by periods of the time."""
        return self.by.startswith("upload_time.")


def measure(name: str) -> Measure:
    """Return a metric as charts show it."""
    metric = reads.layer().metrics[name]
    return Measure(name, t(metric.label or metric.name), metric.unit)


def described(name: str) -> str:
    """Return what a column of the dataset is called."""
    dataset = reads.layer().datasets[_DATASET]
    label = next((item.label for item in dataset.columns if item.name == name), None)
    return t(label or name.replace("_", " ").capitalize())


def asked(state: StatisticsState, today: dt.date) -> dict[str, Any]:
    """Return the condition and the bounds of all questions. The semantic layer's `until` does not count any more."""
    since, until = state.days(today)
    where = column("kind", table=_DATASET).isin(*state.kinds).sql("trino") if state.kinds else None
    return {"where": where, "since": since, "until": day_after(until)}


def charts_of(grain: Grain, days: tuple[dt.date, dt.date]) -> list[Chart]:
    """Return the charts of the page, in their order. `days`: the first and the last one of those over time."""
    time = Time(f"upload_time_{grain}", grain)
    note = t(_CUT[grain]) if _CUT[grain] else ""

    def over_time(rows: Sequence[Row], shown: Sequence[Measure], series: Sequence[str]) -> go.Figure:
        return charts.over_time(rows, time, shown[0], series, days)

    def growth(rows: Sequence[Row], shown: Sequence[Measure], series: Sequence[str]) -> go.Figure:
        return charts.growth(rows, time, shown[0], series, days[1])

    def lying(name: str, most: int | None = None) -> Callable[..., go.Figure]:
        return partial(_lying, name, most)

    def steps(rows: Sequence[Row], shown: Sequence[Measure], series: Sequence[str]) -> go.Figure:
        return charts.by_value(rows, "size_class", shown, series, ranked=False)

    both = ("assets", "storage_bytes")
    return [
        Chart("uploads", t(_UPLOADS[grain]), ("assets",), f"upload_time.{grain}", over_time,
              links="kinds", note=note),
        Chart("growth", t(_GROWTH[grain]), ("storage_to_date",), f"upload_time.{grain}",
              growth, note=t("What came in before the chosen days is counted, too.")),
        Chart("tags", t("Assets by tag and kind"), both, "tag", lying("tag"), links="tags"),
        Chart("types", t("Assets by media type"), both, "mime_type", lying("mime_type", _MOST_TYPES),
              links="mime_types"),
        Chart("sources", t("Assets by source and kind"), both, "source_system", lying("source_system"),
              links="source_systems"),
        Chart("sizes", t("Assets by size and kind"), both, "size_class", steps),
        Chart("duplicates", t("Duplicates by source and kind"), ("duplicate_assets", "duplicate_bytes"),
              "source_system", lying("source_system"), links="duplicates"),
        Chart("cost", t("Storage of duplicates by source and kind"), ("duplicate_bytes", "duplicate_assets"),
              "source_system", lying("source_system")),
    ]  # fmt: skip


def _lying(
    name: str, most: int | None, rows: Sequence[Row], shown: Sequence[Measure], series: Sequence[str]
) -> go.Figure:
    names = [item.name for item in shown]
    kept = charts.largest_and_other(rows, name, names, most) if most else rows
    return charts.by_value(kept, name, shown, series)


def headlines(row: Row) -> None:
    """Draw the numbers of all that is counted; each tells on hover what it is, in the semantic layer's words."""
    metrics = reads.layer().metrics
    with st.grid(len(_HEADLINES), min_column_width=140):
        for name in _HEADLINES:
            metric, value = metrics[name], row[name]
            help_ = wording.plain(t(" ".join(metric.description.split())))
            if metric.unit == "bytes":
                help_ += f"  \n{wording.plain(charts.exact_size(round(value or 0)))}"
                shown = wording.size(round(value or 0))
            elif metric.format == "percent":
                shown = f"{value or 0:.1%}"
            else:
                shown = wording.number(value or 0)
            st.metric(t(metric.label or name), shown, help=help_)


def together(shown: Sequence[Chart]) -> dict[str, tuple[str, ...]]:
    """Return the metrics to ask for each chart: charts by the same dimension have theirs from one statement.

    Over time each has its own: what adds up from the beginning is another table for Trino.
    """
    return {
        chart.key: chart.metrics
        if chart.over_time
        else tuple(dict.fromkeys(name for other in shown if other.by == chart.by for name in other.metrics))
        for chart in shown
    }


@st.fragment(run_every=_REFRESH_SECONDS, parallel=True)
def card(chart: Chart, metrics: tuple[str, ...], state: StatisticsState, today: dt.date) -> None:
    """Draw a chart, the ways from it into the gallery, and its numbers; comes back by itself when Trino does.

    `metrics`: those that are asked for, with which the chart's own are.
    """
    st.markdown(f"## {chart.title}")
    place = st.empty()
    if not st.session_state.get(f"_seen_{chart.key}"):
        place.container(height=charts.HEIGHT, border=False).caption(t("Counting …"))
    by = (f"{_DATASET}.{chart.by}", f"{_DATASET}.{charts.KIND}")
    try:
        read = known(
            (chart.key, by, state, today),
            lambda: reads.measured(people.viewer(), metrics, by, **asked(state, today)),
        )
    except UnreachableError:
        place.container(height=charts.HEIGHT, border=False).caption(t("This comes back as soon as Trino answers."))
        return
    except LakefrontError as error:
        with place.container(height=charts.HEIGHT, border=False):
            notice.caption(error.what, error.fix)
        return
    st.session_state[f"_seen_{chart.key}"] = True
    rows = read.value
    shown = [measure(name) for name in chart.metrics]
    if not any(row[chart.metrics[0]] for row in rows):
        place.container(height=charts.HEIGHT, border=False).caption(t("There are none."))
        return
    place.plotly_chart(
        chart.draw(rows, shown, settings().manifest.look.series),
        key=f"chart-{chart.key}",
        config=charts.CONFIG,
        alt=t("{title}. The numbers are in the table below.", title=chart.title),
    )
    if read.error:
        st.caption(f":material/cloud_off: {read.as_it_was}")
    if chart.note:
        st.caption(chart.note)
    if chart.links:
        ways(chart, rows, shown[0], state.in_gallery(today))
    # A table is drawn when somebody opens it: eight would be a good part of the page's weight.
    table = st.expander(t("Numbers"), key=f"numbers-{chart.key}", on_change="rerun")
    if table.open:
        with table:
            numbers(chart, rows, shown)


def ways(chart: Chart, rows: Sequence[Row], first: Measure, gallery: GalleryState) -> None:
    """Draw links to what a chart counts, in the gallery under the same filters."""
    if chart.links == "duplicates":
        targets = {t("all that have duplicates, look-alikes as well"): gallery.narrowed(duplicates=True)}
    elif chart.links == "kinds":
        kinds = [kind for kind in charts.kinds_in(rows) if kind in KINDS]
        targets = {wording.kind(kind): gallery.narrowed(kinds=(kind,)) for kind in kinds}
    else:
        totals: dict[str, int] = {}
        for row in rows:
            if row[chart.column]:
                totals[row[chart.column]] = totals.get(row[chart.column], 0) + row[first.name]
        ranked = sorted(totals, key=lambda value: (-totals[value], value))
        targets = {value: gallery.narrowed(**{cast("str", chart.links): (value,)}) for value in ranked[:_MOST_LINKS]}
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center", key=f"ways-{chart.key}"):
        st.caption(t("In the gallery:"), width="content")
        for words, target in targets.items():
            st.page_link("pages/gallery.py", label=f":primary[{wording.plain(words)}]", query_params=query_of(target))


def numbers(chart: Chart, rows: Sequence[Row], shown: Sequence[Measure]) -> None:
    """Draw the rows of a chart as a table."""
    grain = chart.by.rpartition(".")[2]
    heading = t("{period} (UTC)", period=t(_GRAIN_WORDS[grain])) if chart.over_time else described(chart.by)
    units = {
        item.name: t("{label} (bytes)", label=item.label) if item.unit == "bytes" else item.label for item in shown
    }
    names = {chart.column: heading, charts.KIND: described(charts.KIND)} | units
    frame = pd.DataFrame([{words: row[name] for name, words in names.items()} for row in rows])
    st.dataframe(
        frame,
        key=f"table-{chart.key}",
        hide_index=True,
        column_config={words: st.column_config.NumberColumn(format="localized") for words in units.values()},
        alt=chart.title,
    )


def _take_kinds() -> None:
    wanted = st.session_state.get(_KINDS) or ()
    show(replace(StatisticsState.from_params(params()), kinds=tuple(kind for kind in KINDS if kind in wanted)))


def _take_grain() -> None:
    show(replace(StatisticsState.from_params(params()), grain=st.session_state.get(_GRAIN)))


def _take_period() -> None:
    wanted = st.session_state.get(_PERIOD)
    state = StatisticsState.from_params(params()).of_days(None, None)
    show(replace(state, last=wanted if wanted in LAST_DAYS else None))


def _take_days() -> None:
    span = days_shown.chosen(_DAYS)
    if span is None or len(span) == 1:
        return  # nobody chose these, or the second day is still to come
    since, until = span or (None, None)
    show(StatisticsState.from_params(params()).of_days(since, until))


def filters(state: StatisticsState, span: tuple[dt.date, dt.date], grain: Grain, today: dt.date) -> None:
    """Draw what can be chosen; it goes into the address bar. `span`: the first and the last day that has assets."""
    chosen = st.session_state
    first, last = state.covered(today, span)
    narrow = state.days(today) != (None, None)
    chosen[_PERIOD] = state.last or (None if narrow else _ALL_DAYS)
    days_shown.follow(_DAYS, (first, last) if narrow else ())
    chosen[_KINDS], chosen[_GRAIN] = list(state.kinds), grain
    st.pills(
        t("Uploaded"),
        [_ALL_DAYS, *LAST_DAYS],
        key=_PERIOD,
        on_change=_take_period,
        format_func=lambda days: t("All") if days == _ALL_DAYS else t("Last {days} days", days=days),
    )
    st.date_input(
        t("First and last day"),
        key=_DAYS,
        on_change=_take_days,
        format="YYYY-MM-DD",
        min_value=min(span[0], first),
        max_value=max(span[1], last, today),
        help=t("Both days count; days are in UTC."),
    )
    st.pills(
        t("Kind"),
        KINDS,
        selection_mode="multi",
        key=_KINDS,
        on_change=_take_kinds,
        format_func=wording.kind,
    )
    st.segmented_control(
        t("Over time, by"),
        GRAINS,
        key=_GRAIN,
        on_change=_take_grain,
        format_func=lambda name: t(_GRAIN_WORDS[name]),
        required=True,
    )
    if state != StatisticsState():
        st.button(
            t("Clear filters"), icon=":material/close:", type="tertiary", on_click=show, args=(StatisticsState(),)
        )


def draw() -> None:
    """Draw the page."""
    st.markdown(f"# {t('Statistics')}")
    line = st.empty()
    today = dt.datetime.now(dt.UTC).date()
    state, viewer = StatisticsState.from_params(params()), people.viewer()
    line.caption(t("Counting …"))
    try:
        read = known(
            ("headlines", state, today),
            lambda: (reads.days(viewer), reads.measured(viewer, _HEADLINES, **asked(state, today))),
        )
    except LakefrontError as error:
        line.empty()
        tell(error, t(_LOST))
        return
    span, found = read.value
    read.tell(t(_LOST))
    if not span:
        line.empty()
        st.markdown(f"**{t('There is no media yet.')}**  \n{t('`lakefront seed` brings the sample.')}")
        return
    first, last = state.covered(today, span)
    grain = state.grain or grain_for((last - first).days + 1)
    with st.sidebar:
        st.markdown(f"#### {t('Filters')}")
        filters(state, span, grain, today)
    kinds = ", ".join(map(wording.kind, state.kinds)) or t("all kinds")
    when = t("Uploaded {days} (UTC)", days=wording.days(first, last))
    line.caption(f"{when} · {wording.plain(kinds)}")
    if not found or not found[0]["assets"]:
        what = t("Nothing was uploaded in these days, of these kinds.")
        st.markdown(f"**{what}** {t('Choose others, or all of them:')}")
        st.button(t("Clear filters"), key="clear-all", on_click=show, args=(StatisticsState(),))
        return
    headlines(found[0])
    with st.grid(2, min_column_width=340, gap="small"):
        # Before the first upload there is nothing to see, and what is to come is not known.
        shown = charts_of(grain, (max(first, span[0]), min(last, today)))
        metrics = together(shown)
        for chart in shown:
            with st.container(border=True, gap="xsmall", height="stretch", key=f"card-{chart.key}"):
                card(chart, metrics[chart.key], state, today)
    with st.container(border=True, gap="xsmall", key="card-thumbnails"):
        thumbnail_card(state.in_gallery(today).filter, partial(reads.measured, **asked(state, today)))
    st.caption(t("Every number is a metric of the semantic layer, which Superset's dashboards have theirs from, too."))


draw()
