"""The sidebar's filters, with how many items each would leave."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import streamlit as st

import people
import reads
import wording
from address import current, show
from components import notice
from lakefront.errors import BadInputError, LakefrontError, NotAllowedError
from lakefront.media.assets import KINDS
from lakefront.media.condition import LONGEST, condition_sql
from lakefront.media.query import AssetFilter
from language import later, t
from state import GalleryState

_DAYS: Final = "days"
_MEGABYTE: Final = 1_000_000
#: Pairs of number boxes: what is said above them, the fields of the filter, and how many of it one unit of a box is.
_RANGES: Final = (
    (later("Size in MB"), ("min_size", "max_size"), _MEGABYTE),
    (later("Width in pixels"), ("min_width", "max_width"), 1),
    (later("Height in pixels"), ("min_height", "max_height"), 1),
    (later("Length in seconds"), ("min_duration", "max_duration"), 1.0),
)
_SWITCHES: Final = ((later("Search has it"), "indexed"), (later("Has duplicates"), "duplicates"))
_ANY, _YES, _NO = later("Any"), later("Yes"), later("No")
_AS_OF, _NOW = "as-of", "now"
#: What can be let go of when nothing is left: in words, and the fields of the filter.
_LOOSENED: Final = (
    (later("Any date"), ("since", "until")),
    (later("Any title or label"), ("text", "labels")),
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
#: Fields that are behind "More filters".
_MORE: Final = (
    "labels",
    "mime_types",
    "source_systems",
    "indexed",
    "duplicates",
    "condition",
    *(name for _, names, _ in _RANGES for name in names),
)


def _narrow() -> None:
    chosen = st.session_state
    span: tuple[dt.date, ...] = tuple(chosen.get(_DAYS) or ())
    if len(span) == 1:
        return  # the second day is still to come
    since, until = span or (None, None)
    found: dict[str, Any] = {name: tuple(chosen.get(name) or ()) for name in ("kinds", "tags", "labels")}
    found |= {name: tuple(chosen.get(name) or ()) for name in ("mime_types", "source_systems")}
    found |= {name: " ".join((chosen.get(name) or "").split()) for name in ("text", "condition")}
    found |= {"since": since, "until": until}
    for _, names, unit in _RANGES:
        least, most = (_amount(chosen.get(name), unit) for name in names)
        if least is not None and most is not None and least > most:
            least, most = most, least
        found |= zip(names, (least, most), strict=True)
    found |= {name: {_YES: True, _NO: False}.get(chosen.get(name) or _ANY) for _, name in _SWITCHES}
    # Through the address and back: what it cannot hold is not filtered by.
    show(_through_the_address(current().narrowed(**found)))


def _amount(value: float | None, unit: float) -> float | int | None:
    if value is None:
        return None
    return float(value) if isinstance(unit, float) else round(value * unit)


def _through_the_address(state: GalleryState) -> GalleryState:
    params = state.to_params()
    return GalleryState.from_params({name: [text] if isinstance(text, str) else text for name, text in params.items()})


def filters() -> None:
    """Draw the filters; what is chosen goes into the address bar."""
    state, viewer = current(), people.viewer()
    wanted, wrong = state.filter, None
    try:
        condition_sql(wanted.condition or "true")
    except BadInputError as error:
        wanted, wrong = replace(wanted, condition=""), error  # the others count on, and it can be corrected
    try:
        counts = reads.facets(viewer, wanted, state.as_of)
        everything = reads.facets(viewer, AssetFilter(), state.as_of)
        span = reads.days(viewer, state.as_of)
    except NotAllowedError:
        return  # the page says what is not for this person
    except LakefrontError:
        st.caption(t("Filters come back with the gallery."))
        return
    _follow(state, span)
    st.text_input(t("Title or label"), key="text", on_change=_narrow, placeholder=t("Any"), icon=":material/search:")
    # What there is at all stays in sight and in its place, however few of it the other filters leave.
    kinds = [*KINDS, *sorted({*everything["kind"], *state.filter.kinds} - {*KINDS})]
    _pills(t("Kind"), "kinds", kinds, counts["kind"], wording.kind)
    _pills(t("Tag"), "tags", sorted({*everything["tag"], *state.filter.tags}), counts["tag"])
    first, last = span or (None, None)
    since, until = _days_of(state.filter, span)
    st.date_input(
        t("Uploaded"),
        key=_DAYS,
        on_change=_narrow,
        format="YYYY-MM-DD",
        min_value=min(filter(None, (first, since)), default=None),
        max_value=max(filter(None, (last, until)), default=None),
    )
    chosen = sum(getattr(state.filter, name) not in {None, (), ""} for name in _MORE)
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


def _days_of(chosen: AssetFilter, span: tuple[dt.date, dt.date] | None) -> tuple[dt.date | None, dt.date | None]:
    """Return the days that the field of days shows; an end that is not chosen is that of what there is."""
    first, last = span or (None, None)
    since, until = chosen.since or first, chosen.until or last
    if since and until and since > until:  # what is chosen lies before or behind all that there is
        return (since, since) if chosen.since else (until, until)
    return since, until


def _follow(state: GalleryState, span: tuple[dt.date, dt.date] | None) -> None:
    """Let the widgets follow the address bar, so that links, back and forward set them, too."""
    chosen = state.filter
    for name in ("kinds", "tags", "labels", "mime_types", "source_systems"):
        st.session_state[name] = list(getattr(chosen, name))
    since, until = _days_of(chosen, span)
    st.session_state[_DAYS] = (since, until) if (chosen.since or chosen.until) and since and until else ()
    st.session_state["text"], st.session_state["condition"] = chosen.text, chosen.condition
    for _, names, unit in _RANGES:
        for name in names:
            value = getattr(chosen, name)
            st.session_state[name] = None if value is None else value / unit if unit == _MEGABYTE else value
    for _, name in _SWITCHES:
        st.session_state[name] = {True: _YES, False: _NO}.get(getattr(chosen, name), _ANY)


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
    for said, names, unit in _RANGES:
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
    for words, name in _SWITCHES:
        st.segmented_control(t(words), (_ANY, _YES, _NO), key=name, on_change=_narrow, format_func=t, required=True)


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
        format_func=lambda value: f"{wording.plain(said(value))} :gray[{wording.number(counts.get(value, 0))}]",
    )


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
