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
from components.pager import backward, forward, ways
from components.timeline import timeline
from components.trouble import tell
from lakefront.errors import BadInputError, LakefrontError
from lakefront.media.query import BAD_TOKEN, NO_STATE, Page
from state import SIZES, SORTS, GalleryState

_GRID, _TIMELINE, _SORT, _SIZE, _VIEW, _TABLE = "grid", "timeline", "sort", "size", "view", "table"
_ROOMY, _DENSE = ":material/grid_view:", ":material/apps:"
#: Orders in words.
_SORT_WORDS = {
    "newest": "Newest first",
    "oldest": "Oldest first",
    "largest": "Largest first",
    "smallest": "Smallest first",
    "name": "By title",
}
_BOXES = f'<div class="waiting" aria-hidden="true">{"<i></i>" * reads.PAGE_SIZE}</div>'
#: The page that is on the screen.
_SHOWN = "shown"
#: Pages as they were read last, and when.
_KEPT = "kept"
_MOST_KEPT = 20


def turn(where: str, page: Page) -> None:
    """Go to the neighbouring page."""
    if where == "older" and page.next:
        forward(current(), page.next)
    elif where == "newer":
        backward(current())


def read(state: GalleryState) -> Page | None:
    """Return the page of a state; when it cannot be read, say so and return it as it was read last, if ever."""
    # Another person may be looking now, who is not to see what this one saw.
    place = (people.viewer(), state.showing(None))
    kept: dict[tuple[str, GalleryState], tuple[Page, dt.datetime]] = st.session_state.setdefault(_KEPT, {})
    try:
        page = reads.page(
            people.viewer(), state.filter, state.after, sort=state.sort, size=state.size, as_of=state.as_of
        )
    except LakefrontError as error:
        if isinstance(error, BadInputError) and error.code == BAD_TOKEN:
            # An address that was typed or cut, or is older than a key: its filters are good all the same.
            show(state.at(None))
            st.rerun()
        if place not in kept:
            if isinstance(error, BadInputError) and error.code == "page-days":
                too_many(error)
            elif isinstance(error, BadInputError) and error.code in {NO_STATE, "query-as-of"}:
                st.warning(wording.sentence(error.what), icon=":material/history:")
            elif isinstance(error, BadInputError) and state.filter.condition:
                what = f"{wording.sentence(error.what)} {wording.sentence(error.fix)}"
                st.warning(f"**The condition cannot be asked.**  \n{what}", icon=":material/rule:")
                st.button("Without it", on_click=show, args=(state.narrowed(condition=""),))
            else:
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


def too_many(error: BadInputError) -> None:
    """Say that so many items are not sorted that way, and offer the order that always works."""
    st.warning(
        f"**{wording.sentence(error.what)}**  \nChoose days, or filters that leave fewer.", icon=":material/sort:"
    )
    st.button("Newest first", on_click=show, args=(current().arranged(sort="newest"),))


def arrange() -> None:
    """Take the order and the size of a page that were chosen."""
    chosen = st.session_state
    show(current().arranged(sort=chosen.get(_SORT), size=chosen.get(_SIZE)))


def arrangement(state: GalleryState) -> None:
    """Draw the choice of the order and of how many items a page has."""
    st.session_state[_SORT], st.session_state[_SIZE] = state.sort, state.size
    st.session_state[_VIEW] = _DENSE if state.dense else _ROOMY
    with st.container(horizontal=True, gap="xsmall", width="content", key="arrangement"):
        st.selectbox(
            "Order",
            SORTS,
            key=_SORT,
            format_func=lambda sort: _SORT_WORDS[sort],
            on_change=arrange,
            label_visibility="collapsed",
            width=150,
        )
        st.selectbox(
            "Items a page",
            SIZES,
            key=_SIZE,
            format_func=lambda size: f"{size} a page",
            on_change=arrange,
            label_visibility="collapsed",
            width=120,
        )
        st.segmented_control(
            "Large or small pictures",
            (_ROOMY, _DENSE),
            key=_VIEW,
            on_change=lambda: show(current().drawn(dense=st.session_state.get(_VIEW) == _DENSE)),
            label_visibility="collapsed",
            required=True,
        )


def pager(place: str, state: GalleryState, page: Page) -> None:
    """Draw the ways to the neighbouring pages."""
    where = {"back": "newer", "on": "older"}
    words = ("Newer", "Newest", "Older")
    ways(place, state, page.next, words=words, turn=lambda way: turn(where[way], page))


def summary(state: GalleryState, page: Page) -> str:
    """Return the line above the grid: what the filters leave, and the days of the items on the page."""
    told: list[str] = []
    try:
        totals = reads.totals(people.viewer(), state.filter, state.as_of)
    except LakefrontError:
        total = ""
    else:
        total = f"**{wording.items(totals.assets)}** "
        if totals.bytes:
            told += [wording.size(totals.bytes), f"{wording.size(totals.bytes // totals.assets)} on average"]
    if page.assets:
        days = sorted(asset.upload_time.date() for asset in page.assets)
        told.append(wording.days(days[0], days[-1]))
    if page.fell_back:
        told.append("as it is now: what earlier pages showed is no longer kept")
    return f"{total}:gray[{' · '.join(told)}]" if told else total


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
    line.markdown(summary(state, page))
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
    filters()
