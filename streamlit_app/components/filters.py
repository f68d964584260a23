"""The sidebar's filters, with how many items each would leave."""

from __future__ import annotations

import datetime as dt

import streamlit as st

import people
import reads
import wording
from address import current, show
from lakefront.errors import LakefrontError, NotAllowedError
from lakefront.media.assets import KINDS
from lakefront.media.query import AssetFilter
from state import GalleryState

_KINDS, _TAGS, _DAYS = "kinds", "tags", "days"


def _narrow() -> None:
    chosen = st.session_state
    span: tuple[dt.date, ...] = tuple(chosen.get(_DAYS) or ())
    if len(span) == 1:
        return  # the second day is still to come
    since, until = span or (None, None)
    show(current().narrowed(kinds=chosen.get(_KINDS) or (), tags=chosen.get(_TAGS) or (), since=since, until=until))


def filters() -> None:
    """Draw the filters; what is chosen goes into the address bar."""
    state, viewer = current(), people.viewer()
    try:
        counts = reads.facets(viewer, state.filter)
        everything = reads.facets(viewer, AssetFilter())
        span = reads.days(viewer)
    except NotAllowedError:
        return  # the page says what is not for this person
    except LakefrontError:
        st.caption("Filters come back with the gallery.")
        return
    # Widgets follow the address bar, so that links, back and forward set them too.
    st.session_state[_KINDS] = list(state.kinds)
    st.session_state[_TAGS] = list(state.tags)
    first, last = span or (None, None)
    since, until = state.since or first, state.until or last
    st.session_state[_DAYS] = (since, until) if (state.since or state.until) and since and until else ()
    # What there is at all stays in sight and in its place, however few of it the other filters leave.
    kinds = [*KINDS, *sorted({*everything["kind"], *state.kinds} - {*KINDS})]
    tags = sorted({*everything["tag"], *state.tags})
    st.pills(
        "Kind",
        kinds,
        selection_mode="multi",
        key=_KINDS,
        on_change=_narrow,
        format_func=lambda kind: _counted(wording.KINDS.get(kind) or kind, counts["kind"].get(kind, 0)),
    )
    st.pills(
        "Tag",
        tags,
        selection_mode="multi",
        key=_TAGS,
        on_change=_narrow,
        format_func=lambda tag: _counted(tag, counts["tag"].get(tag, 0)),
    )
    st.date_input(
        "Uploaded",
        key=_DAYS,
        on_change=_narrow,
        format="YYYY-MM-DD",
        min_value=min(filter(None, (first, since)), default=None),
        max_value=max(filter(None, (last, until)), default=None),
    )
    if state.narrow:
        st.button("Clear filters", icon=":material/close:", type="tertiary", on_click=show, args=(GalleryState(),))


def nothing_left(state: GalleryState) -> None:
    """Say which filter to loosen when none of the items is left. Raises LakefrontError."""
    if not state.narrow:
        st.markdown("**There is no media yet.**  \n`lakefront seed` brings the sample.")
        return
    st.markdown("**Nothing fits all of these filters.** Loosen one of them:")
    found = [
        (words, looser, left)
        for words, looser in _loosened(state)
        if (left := reads.count(people.viewer(), looser.filter))
    ]
    with st.container(horizontal=True, gap="xsmall"):
        for words, looser, left in found:
            st.button(f"{words}: {wording.items(left)}", key=f"loosen-{words}", on_click=show, args=(looser,))
        st.button("Clear all filters", key="loosen-all", on_click=show, args=(GalleryState(),))


def _loosened(state: GalleryState) -> list[tuple[str, GalleryState]]:
    since, until = state.since, state.until
    options: list[tuple[str, GalleryState]] = []
    if since or until:
        options.append(("Any date", state.narrowed(kinds=state.kinds, tags=state.tags, since=None, until=None)))
    if state.tags:
        options.append(("Any tag", state.narrowed(kinds=state.kinds, tags=(), since=since, until=until)))
    if state.kinds:
        options.append(("Any kind", state.narrowed(kinds=(), tags=state.tags, since=since, until=until)))
    return options


def _counted(words: str, number: int) -> str:
    return f"{wording.plain(words)} :gray[{wording.number(number)}]"
