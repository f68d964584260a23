"""Gallery: everything in the media table, page by page."""

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
from components.listing import arrangement, held_by, pager, read, summary, turn
from components.timeline import timeline
from components.trouble import tell
from components.views import saved_views
from lakefront.errors import LakefrontError
from lakefront.media.query import Page
from state import GalleryState

_GRID, _TIMELINE, _TABLE = "grid", "timeline", "table"
_BOXES = f'<div class="waiting" aria-hidden="true">{"<i></i>" * reads.PAGE_SIZE}</div>'
#: The page that is on the screen.
_SHOWN = "shown"


def earlier(state: GalleryState) -> None:
    """Say that this is an earlier state, and offer the way back."""
    known = {str(each.snapshot): each.since for each in reads.history()}
    said = (
        f"as it was from {wording.moment(known[state.as_of], seconds=True)} on"
        if state.as_of in known
        else f"as of {state.as_of}"
    )
    with st.container(horizontal=True, vertical_alignment="center", key="earlier"):
        st.markdown(f":material/history: **This is the gallery {said}.** What has changed since is not shown.")
        st.button("Back to now", key="now-again", on_click=show, args=(state.of(None),))


def as_table(page: Page) -> None:
    """Draw what is known of the page's items, a row each."""
    st.dataframe(
        [
            {
                "Title": asset.title,
                "Kind": wording.ONE_OF.get(asset.kind, asset.kind),
                "Tag": asset.tag,
                "Labels": ", ".join(asset.labels),
                "Uploaded (UTC)": asset.upload_time.replace(tzinfo=None),
                "Bytes": asset.file_size,
                "Width": asset.width,
                "Height": asset.height,
                "Seconds": asset.duration_seconds,
                "Type": asset.mime_type,
                "Source": asset.source_system,
                "S3 path": asset.s3_path,
                "Asset": asset.asset_id,
            }
            for asset in page.assets
        ],
        hide_index=True,
    )


@st.fragment
def browse() -> None:
    """Draw one page, the ways to its neighbours and, when one is open, an item."""
    state = current()
    if state.as_of:
        earlier(state)
    bar = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="bar")
    line = bar.empty()
    boxes = st.empty()
    if st.session_state.get(_SHOWN) != state.showing(None):
        line.markdown(":gray[Reading …]")
    if _SHOWN not in st.session_state:
        boxes.html(_BOXES)
    page = read(state, lost="The gallery cannot be read.")
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

    with bar, st.container(horizontal=True, gap="xsmall", width="content"):
        arrangement(state)
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
        dense=state.dense,
        on_open=opened,
        on_turn=turned,
    )
    line.markdown(summary(held_by(state), page))
    if page.has_more or state.after:
        with st.container(horizontal=True, horizontal_alignment="right"):
            pager("bottom", state, page)
    table = st.expander("As a table", icon=":material/table_rows:", key=_TABLE, on_change="rerun")
    if table.open:
        with table:
            as_table(page)
    if state.open:
        details(ids)


def when() -> None:
    """Draw when the items came in that the other filters leave; what is chosen becomes the days that are shown."""
    state, viewer = current(), people.viewer()
    try:
        span = reads.days(viewer, state.as_of)
        counts = reads.by_day(viewer, state.narrowed(since=None, until=None).filter, state.as_of)
    except LakefrontError:
        return  # the gallery below says it

    def chosen() -> None:
        wanted = trigger(_TIMELINE, "span")
        if wanted:
            since, until = map(dt.date.fromisoformat, wanted.split("/")[:2])
            shown = current()
            # The same days once more let go of them.
            again = (shown.filter.since, shown.filter.until) == (since, until)
            show(shown.narrowed(since=None if again else since, until=None if again else until))

    if span:
        timeline(counts, span=span, since=state.filter.since, until=state.filter.until, key=_TIMELINE, on_span=chosen)


# The sidebar is there from the first moment, so that nothing jumps; the grid comes before what goes into it.
with st.sidebar:
    st.markdown("#### Filters")
    place = st.container()
above = st.container(key="when")
browse()
with above:
    when()
with place:
    saved_views()
    filters()
