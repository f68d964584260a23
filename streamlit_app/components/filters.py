"""The sidebar's filters, with how many items each would leave."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import streamlit as st

import people
import reads
import wording
from address import current, show
from components import days_shown, notice
from components.fields import (
    ANY,
    DAYS,
    MORE,
    NO,
    RANGES,
    SWITCHES,
    YES,
    days_of,
    number_of,
    through_the_address,
    values_of,
    wanted,
)
from components.kept import known
from lakefront.errors import BadInputError, LakefrontError, NotAllowedError
from lakefront.media.assets import KINDS
from lakefront.media.condition import LONGEST, condition_sql
from lakefront.media.query import AssetFilter
from language import later, t
from state import GalleryState

_AS_OF, _NOW = "as-of", "now"
#: What can be let go of when nothing is left: in words, and the fields of the filter.
_LOOSENED: Final = (
    (later("Any date"), ("since", "until")),
    (later("Any title or label"), ("text", "labels")),
    (later("Any EXIF"), ("exif",)),
    (later("No condition"), ("condition",)),
    (later("Any tag"), ("tags",)),
    (later("Any kind"), ("kinds",)),
    (later("Any media type"), ("mime_types",)),
    (later("Any source"), ("source_systems",)),
    (later("Any size"), ("min_size", "max_size")),
    (later("Any width or height"), ("min_width", "max_width", "min_height", "max_height")),
    (later("Any length"), ("min_duration", "max_duration")),
    (later("In search or not"), ("indexed",)),
    (later("With duplicates or not"), ("duplicates",)),
)
_FIELDS: Final = tuple(values_of(AssetFilter(), None))


def _narrow() -> None:
    chosen, days = st.session_state, days_shown.chosen(DAYS)
    if days is not None and len(days) == 1:
        return  # the second day is still to come
    fields = wanted({name: chosen.get(name) for name in _FIELDS})
    if days is None:
        del fields["since"], fields["until"]  # nobody chose others than those of the address
    show(through_the_address(current().narrowed(**fields)))


def filters() -> None:
    """Draw the filters; what is chosen goes into the address bar."""
    state, viewer = current(), people.viewer()
    asked, wrong = state.filter, None
    try:
        condition_sql(asked.condition or "true")
    except BadInputError as error:
        asked, wrong = replace(asked, condition=""), error  # the others count on, and it can be corrected
    try:
        found = known(
            ("facets", asked, state.as_of),
            lambda: (
                reads.facets(viewer, asked, state.as_of),
                reads.facets(viewer, AssetFilter(), state.as_of),
                reads.days(viewer, state.as_of),
            ),
        )
    except NotAllowedError:
        return  # the page says what is not for this person
    except LakefrontError:
        st.caption(t("Filters come back with the gallery."))
        return
    counts, everything, span = found.value
    _follow(state, span)
    st.text_input(t("Title or label"), key="text", on_change=_narrow, placeholder=t("Any"), icon=":material/search:")
    # What there is at all stays in sight and in its place, however few of it the other filters leave.
    kinds = [*KINDS, *sorted({*everything["kind"], *state.filter.kinds} - {*KINDS})]
    _pills(t("Kind"), "kinds", kinds, counts["kind"], wording.kind)
    _pills(t("Tag"), "tags", sorted({*everything["tag"], *state.filter.tags}), counts["tag"])
    first, last = span or (None, None)
    since, until = days_of(state.filter, span)
    st.date_input(
        t("Uploaded"),
        key=DAYS,
        on_change=_narrow,
        format="YYYY-MM-DD",
        min_value=min(filter(None, (first, since)), default=None),
        max_value=max(filter(None, (last, until)), default=None),
    )
    chosen = number_of(state.filter, (*MORE, "condition"))
    more = t("More filters ({number})", number=chosen) if chosen else t("More filters")
    with st.expander(more, expanded=bool(chosen)):
        _more(state, counts, everything)
        st.text_area(
            t("Condition in SQL"),
            key="condition",
            on_change=_narrow,
            placeholder="width > 2 * height AND tag = 'user'",
            max_chars=LONGEST,
            height=80,
        )
        if wrong:
            notice.caption(wrong.what, wrong.fix, icon=":red[:material/error:]")
    _earlier(state)
    if state.narrow:
        st.button(t("Clear filters"), icon=":material/close:", type="tertiary", on_click=show, args=(state.cleared(),))


def _follow(state: GalleryState, span: tuple[dt.date, dt.date] | None) -> None:
    """Let the widgets follow the address bar, so that links, back and forward set them, too."""
    for name, value in values_of(state.filter, span).items():
        if name == DAYS:
            days_shown.follow(name, value)
        else:
            st.session_state[name] = value


def _more(
    state: GalleryState, counts: Mapping[str, Mapping[str, int]], everything: Mapping[str, Mapping[str, int]]
) -> None:
    st.multiselect(
        t("Labels, all of them"),
        list(state.filter.labels),
        key="labels",
        on_change=_narrow,
        accept_new_options=True,
        placeholder=t("Type a label"),
    )
    st.multiselect(
        t("EXIF, a tag and what it contains"),
        list(state.filter.exif),
        key="exif",
        on_change=_narrow,
        accept_new_options=True,
        placeholder="Model=x-100",
    )
    _pills(
        t("Source"),
        "source_systems",
        sorted({*everything["source_system"], *state.filter.source_systems}),
        counts["source_system"],
    )
    types = sorted({*everything["mime_type"], *state.filter.mime_types})
    st.multiselect(
        t("Media type"),
        types,
        key="mime_types",
        on_change=_narrow,
        placeholder=t("Any"),
        format_func=lambda name: f"{name} ({wording.number(counts['mime_type'].get(name, 0))})",
    )
    for said, names, unit in RANGES:
        words = t(said)
        st.markdown(f":small[{words}]")
        for column, name, end in zip(st.columns(2, gap="xsmall"), names, (t("from"), t("to")), strict=True):
            column.number_input(
                f"{words}, {end}",
                min_value=0 if unit == 1 else 0.0,
                step=1 if unit == 1 else 0.1,
                key=name,
                on_change=_narrow,
                placeholder=end,
                label_visibility="collapsed",
            )
    for words, name in SWITCHES:
        st.segmented_control(t(words), (ANY, YES, NO), key=name, on_change=_narrow, format_func=t, required=True)


def _earlier(state: GalleryState) -> None:
    """Draw the choice of an earlier state."""
    states = {str(known.snapshot): known.since for known in reads.history()}
    choices = [_NOW, *states]
    st.session_state[_AS_OF] = state.as_of or _NOW
    if state.as_of and state.as_of not in states:
        choices.append(state.as_of)
    if len(choices) > 2:
        st.selectbox(
            t("As it was"),
            choices,
            key=_AS_OF,
            on_change=lambda: show(current().of(_chosen_state())),
            format_func=lambda name: t("Now") if name == _NOW else _said(name, states),
            help=t("Every change of the table is a state that can be looked at until it is expired."),
        )


def _chosen_state() -> str | None:
    chosen = st.session_state.get(_AS_OF)
    return None if chosen in {None, _NOW} else str(chosen)


def _said(name: str, states: Mapping[str, dt.datetime]) -> str:
    return t("since {moment}", moment=wording.moment(states[name], seconds=True)) if name in states else name


def _pills(
    words: str, name: str, values: Sequence[str], counts: Mapping[str, int], said: Callable[[str], str] = str
) -> None:
    st.pills(
        words,
        values,
        selection_mode="multi",
        key=name,
        on_change=_narrow,
        format_func=lambda value: wording.plain(said(value)),
    )
    # Beside the words and not in them: a browser says by its words what was clicked, and words that have changed since
    # the browser was told of them name nothing any more: of two quick clicks, the second was lost.
    chips = f'.st-key-{name} [role="toolbar"] button'
    numbers = "".join(
        f'{chips}:nth-of-type({place}) p::after {{ content: " {wording.number(counts.get(value, 0))}" }}'
        for place, value in enumerate(values, start=1)
    )
    with st.container(key=f"chip-numbers-{name}"):
        # With styles alone, Streamlit puts it where the next fragment that is drawn takes it away.
        st.html(f"<style>{numbers}</style><i></i>")


def nothing_left(state: GalleryState) -> None:
    """Say which filter to loosen when none of the items is left. Raises LakefrontError."""
    if not state.narrow:
        st.markdown(f"**{t('There is no media yet.')}**  \n{t('`lakefront seed` brings the sample.')}")
        return
    st.markdown(f"**{t('Nothing fits all of these filters.')}** {t('Loosen one of them:')}")
    found = [
        (words, looser, left)
        for words, looser in _loosened(state)
        if (left := reads.totals(people.viewer(), looser.filter, looser.as_of).assets)
    ]
    with st.container(horizontal=True, gap="xsmall"):
        for words, looser, left in found:
            st.button(
                t("{what}: {items}", what=t(words), items=wording.items(left)),
                key=f"loosen-{words}",
                on_click=show,
                args=(looser,),
            )
        st.button(t("Clear all filters"), key="loosen-all", on_click=show, args=(state.cleared(),))


def _loosened(state: GalleryState) -> list[tuple[str, GalleryState]]:
    nothing = AssetFilter()
    options = (
        (words, state.narrowed(**{name: getattr(nothing, name) for name in names})) for words, names in _LOOSENED
    )
    return [(words, looser) for words, looser in options if looser.filter != state.filter]
