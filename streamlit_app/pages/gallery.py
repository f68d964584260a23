"""Gallery: everything in the media table, newest first, twenty at a time."""

from __future__ import annotations

import datetime as dt

import streamlit as st

import people
import reads
import wording
from address import current, show
from components import trigger
from components.details import LAST, details
from components.filters import filters, nothing_left
from components.grid import grid
from components.trouble import tell
from lakefront.errors import BadInputError, LakefrontError
from lakefront.media.query import BAD_TOKEN, Page
from state import GalleryState

_GRID = "grid"
_BOXES = f'<div class="waiting" aria-hidden="true">{"<i></i>" * reads.PAGE_SIZE}</div>'
#: For each page that was reached by "Older", the page it was reached from: the way back to newer ones.
_CAME_FROM = "came_from"
#: The page that is on the screen.
_SHOWN = "shown"
#: Pages as they were read last, and when.
_KEPT = "kept"
_MOST_KEPT = 20


def came_from(state: GalleryState) -> GalleryState | None:
    """Return the page that this one was reached from by "Older", if this session has seen it."""
    return st.session_state.get(_CAME_FROM, {}).get(state.showing(None))


def turn(where: str, page: Page) -> None:
    """Go to the neighbouring page."""
    state = current()
    if where == "older" and page.next:
        older = state.at(page.next)
        if older == state.showing(None):
            return  # a second click before the first was answered
        st.session_state.setdefault(_CAME_FROM, {})[older] = state.showing(None)
        show(older)
    elif where == "newer":
        show(came_from(state) or state.at(None))


def read(state: GalleryState) -> Page | None:
    """Return the page of a state; when it cannot be read, say so and return it as it was read last, if ever."""
    # Another person may be looking now, who is not to see what this one saw.
    place = (people.viewer(), state.showing(None))
    kept: dict[tuple[str, GalleryState], tuple[Page, dt.datetime]] = st.session_state.setdefault(_KEPT, {})
    try:
        page = reads.page(people.viewer(), state.filter, state.after)
    except LakefrontError as error:
        if isinstance(error, BadInputError) and error.code == BAD_TOKEN:
            # An address that was typed or cut, or is older than a key: its filters are good all the same.
            show(state.at(None))
            st.rerun()
        if place not in kept:
            tell(error, "The gallery cannot be read.")
            return None
        page, when = kept[place]
        tell(error, f"The gallery cannot be read anew. This is how it was at {when:%H:%M:%S} UTC.")
        return page
    kept.pop(place, None)
    kept[place] = (page, dt.datetime.now(dt.UTC))
    while len(kept) > _MOST_KEPT:
        del kept[next(iter(kept))]
    return page


def pager(place: str, state: GalleryState, page: Page) -> None:
    """Draw the ways to the neighbouring pages."""
    known = not state.after or came_from(state)
    with st.container(horizontal=True, gap="xsmall", width="content", key=f"pager-{place}"):
        st.button(
            "Newer" if known else "Newest",
            icon=":material/chevron_left:",
            key=f"newer-{place}",
            disabled=not state.after,
            on_click=turn,
            args=("newer", page),
        )
        st.button(
            "Older",
            icon=":material/chevron_right:",
            icon_position="right",
            key=f"older-{place}",
            disabled=not page.has_more,
            on_click=turn,
            args=("older", page),
        )


def summary(state: GalleryState, page: Page) -> str:
    """Return the line above the grid: how many items the filters leave, and the days of those on the page."""
    try:
        total = f"**{wording.items(reads.count(people.viewer(), state.filter))}**"
    except LakefrontError:
        total = ""
    if not page.assets:
        return total
    days = wording.days(page.assets[-1].upload_time.date(), page.assets[0].upload_time.date())
    if page.fell_back:
        days += ", as it is now: what earlier pages showed is no longer kept"
    return f"{total} :gray[{days}]"


@st.fragment
def browse() -> None:
    """Draw one page, the ways to its neighbours and, when one is open, an item."""
    state = current()
    bar = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="bar")
    line = bar.empty()
    boxes = st.empty()
    if st.session_state.get(_SHOWN) != state.showing(None):
        line.markdown(":gray[Reading …]")
    if _SHOWN not in st.session_state:
        boxes.html(_BOXES)
    page = read(state)
    boxes.empty()
    if page is None:
        line.empty()
        return
    st.session_state[_SHOWN] = state.showing(None)
    if not page.assets and not state.after:
        line.empty()
        try:
            nothing_left(state)
        except LakefrontError as error:
            tell(error, "The gallery cannot be read.")
        return

    def opened() -> None:
        wanted = trigger(_GRID, "open")
        if wanted:
            show(current().showing(wanted))

    def turned() -> None:
        wanted = trigger(_GRID, "turn")
        if wanted:
            turn(wanted, page)

    with bar:
        pager("top", state, page)
    ids = [asset.asset_id for asset in page.assets]
    grid(
        page.assets,
        key=_GRID,
        page=repr((state.showing(None), ids)),
        newer=state.after is not None,
        older=page.has_more,
        opened=state.open,
        last=st.session_state.get(LAST),
        on_open=opened,
        on_turn=turned,
    )
    line.markdown(summary(state, page))
    if page.has_more or state.after:
        with st.container(horizontal=True, horizontal_alignment="right"):
            pager("bottom", state, page)
    if state.open:
        details(ids)


# The sidebar is there from the first moment, so that nothing jumps; the grid comes before what goes into it.
with st.sidebar:
    st.markdown("#### Filters")
    place = st.container()
browse()
with place:
    filters()
