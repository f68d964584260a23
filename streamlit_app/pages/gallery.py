"""Gallery: everything in the media table, page by page."""

from __future__ import annotations

import datetime as dt

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import people
import reads
import wording
from address import current, show
from components import selection, trigger
from components.details import LAST, details
from components.export import export_menu
from components.filters import filters, nothing_left
from components.grid import grid
from components.pager import backward, forward, ways
from components.timeline import timeline
from components.trouble import tell
from lakefront.errors import BadInputError, LakefrontError
from lakefront.media.export import Wanted
from lakefront.media.query import BAD_TOKEN, NO_STATE, Page, Totals
from lakefront.semantic.policy.model import Edit
from language import later, t
from state import SIZES, SORTS, GalleryState

_GRID, _TIMELINE, _SORT, _SIZE, _VIEW, _TABLE = "grid", "timeline", "sort", "size", "view", "table"
_ROOMY, _DENSE = ":material/grid_view:", ":material/apps:"
#: Orders in words.
_SORT_WORDS = {
    "newest": later("Newest first"),
    "oldest": later("Oldest first"),
    "largest": later("Largest first"),
    "smallest": later("Smallest first"),
    "name": later("By title"),
}
_BOXES = f'<div class="waiting" aria-hidden="true">{"<i></i>" * reads.PAGE_SIZE}</div>'
_PAGE = "gallery"
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
                st.warning(f"**{t('The condition cannot be asked.')}**  \n{what}", icon=":material/rule:")
                st.button(t("Without it"), on_click=show, args=(state.narrowed(condition=""),))
            else:
                tell(error, t("The gallery cannot be read."))
            return None
        page, when = kept[place]
        told = t("The gallery cannot be read anew. This is how it was at {time} UTC.", time=f"{when:%H:%M:%S}")
        tell(error, told)
        return page
    kept.pop(place, None)
    kept[place] = (page, dt.datetime.now(dt.UTC))
    while len(kept) > _MOST_KEPT:
        del kept[next(iter(kept))]
    return page


def too_many(error: BadInputError) -> None:
    """Say that so many items are not sorted that way, and offer the order that always works."""
    words = t("Choose days, or filters that leave fewer.")
    st.warning(f"**{wording.sentence(error.what)}**  \n{words}", icon=":material/sort:")
    st.button(t("Newest first"), on_click=show, args=(current().arranged(sort="newest"),))


def arrange() -> None:
    """Take the order and the size of a page that were chosen."""
    chosen = st.session_state
    show(current().arranged(sort=chosen.get(_SORT), size=chosen.get(_SIZE)))


def arrangement(state: GalleryState) -> DeltaGenerator:
    """Draw the choice of the order and of how many items a page has; return the place of one thing more."""
    st.session_state[_SORT], st.session_state[_SIZE] = state.sort, state.size
    st.session_state[_VIEW] = _DENSE if state.dense else _ROOMY
    with st.container(horizontal=True, gap="xsmall", width="content", key="arrangement"):
        st.selectbox(
            t("Order"),
            SORTS,
            key=_SORT,
            format_func=lambda sort: t(_SORT_WORDS[sort]),
            on_change=arrange,
            label_visibility="collapsed",
            width=150,
        )
        st.selectbox(
            t("Items a page"),
            SIZES,
            key=_SIZE,
            format_func=lambda size: t("{number} a page", number=size),
            on_change=arrange,
            label_visibility="collapsed",
            width=120,
        )
        st.segmented_control(
            t("Large or small pictures"),
            (_ROOMY, _DENSE),
            key=_VIEW,
            on_change=lambda: show(current().drawn(dense=st.session_state.get(_VIEW) == _DENSE)),
            label_visibility="collapsed",
            required=True,
        )
        return st.container(width="content")


def pager(place: str, state: GalleryState, page: Page) -> None:
    """Draw the ways to the neighbouring pages."""
    where = {"back": "newer", "on": "older"}
    words = (t("Newer"), t("Newest"), t("Older"))
    ways(place, state, page.next, words=words, turn=lambda way: turn(where[way], page))


def held_by(state: GalleryState) -> Totals | None:
    """Return what the filters leave; None where it cannot be counted now."""
    try:
        return reads.totals(people.viewer(), state.filter, state.as_of)
    except LakefrontError:
        return None


def summary(held: Totals | None, page: Page) -> str:
    """Return the line above the grid: what the filters leave, and the days of the items on the page."""
    told: list[str] = []
    total = f"**{wording.items(held.assets)}** " if held else ""
    if held and held.bytes:
        told += [
            wording.size(held.bytes),
            t("{size} on average", size=wording.size(held.bytes // held.assets)),
        ]
    if page.assets:
        days = sorted(asset.upload_time.date() for asset in page.assets)
        told.append(wording.days(days[0], days[-1]))
    if page.fell_back:
        told.append(t("as it is now: what earlier pages showed is no longer kept"))
    return f"{total}:gray[{' · '.join(told)}]" if told else total


def earlier(state: GalleryState) -> None:
    """Say that this is an earlier state, and offer the way back."""
    known = {str(each.snapshot): each.since for each in reads.history()}
    said = (
        t("This is the gallery as it was from {moment} on.", moment=wording.moment(known[state.as_of], seconds=True))
        if state.as_of in known
        else t("This is the gallery as of {moment}.", moment=state.as_of)
    )
    with st.container(horizontal=True, vertical_alignment="center", key="earlier"):
        st.markdown(f":material/history: **{said}** {t('What has changed since is not shown.')}")
        st.button(t("Back to now"), key="now-again", on_click=show, args=(state.of(None),))


def as_table(page: Page) -> None:
    """Draw what is known of the page's items, a row each."""
    st.dataframe(
        [
            {
                t("Title"): asset.title,
                t("Kind"): wording.ONE_OF.get(asset.kind, asset.kind),
                t("Tag"): asset.tag,
                t("Labels"): ", ".join(asset.labels),
                t("Uploaded (UTC)"): asset.upload_time.replace(tzinfo=None),
                t("Bytes"): asset.file_size,
                t("Width"): asset.width,
                t("Height"): asset.height,
                t("Seconds"): asset.duration_seconds,
                t("Type"): asset.mime_type,
                t("Source"): asset.source_system,
                t("S3 path"): asset.s3_path,
                t("Asset"): asset.asset_id,
            }
            for asset in page.assets
        ],
        hide_index=True,
    )


def doings(chosen: selection.Selection, state: GalleryState) -> None:
    """Draw what is selected, and what may be done with it. What an earlier state holds cannot be changed."""
    left_out = chosen.left_out
    note = (
        t(
            "At most {most} can be selected: {number} more were left out.",
            most=wording.number(selection.MOST),
            number=wording.number(left_out),
        )
        if left_out
        else ""
    )
    may = frozenset[Edit]() if state.as_of else selection.rights()
    selection.bar(selection.Chosen(_PAGE, chosen.chosen, chosen.clear, state.as_of, note), may)


def tiles(state: GalleryState, page: Page, chosen: selection.Selection) -> None:
    """Draw the grid of a page."""

    def opened() -> None:
        wanted = trigger(_GRID, "open")
        if wanted:
            show(current().showing(wanted))

    def turned() -> None:
        wanted = trigger(_GRID, "turn")
        if wanted:
            turn(wanted, page)

    def selected() -> None:
        told = trigger(_GRID, "select")
        if told:
            selection.close(_PAGE)
            selection.selection(people.viewer(), current().as_of).hear(told, selection.seen())

    ids = [asset.asset_id for asset in page.assets]
    selection.seen(page.assets)
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
        picking=chosen.picking(ids),
        on_select=selected,
    )


def nothing(state: GalleryState) -> None:
    """Say that the filters leave nothing, and which to loosen."""
    try:
        nothing_left(state)
    except LakefrontError as error:
        tell(error, t("The gallery cannot be read."))


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
        line.markdown(f":gray[{t('Reading …')}]")
    if _SHOWN not in st.session_state:
        boxes.html(_BOXES)
    page = read(state)
    boxes.empty()
    if page is None:
        line.empty()
        return
    st.session_state[_SHOWN] = state.showing(None)
    chosen = selection.selection(people.viewer(), state.as_of)
    if not page.assets and not state.after:
        line.empty()
        nothing(state)
        doings(chosen, state)
        return
    with bar, st.container(horizontal=True, gap="xsmall", width="content"):
        menu = arrangement(state)
        pager("top", state, page)
    tiles(state, page, chosen)
    # What has to be counted comes after the pictures.
    held = held_by(state)
    line.markdown(summary(held, page))
    if held:
        with menu:
            export_menu("export-all", Wanted(filter=state.filter, sort=state.sort, as_of=state.as_of), held)
    if page.has_more or state.after:
        with st.container(horizontal=True, horizontal_alignment="right"):
            pager("bottom", state, page)
    table = st.expander(t("As a table"), icon=":material/table_rows:", key=_TABLE, on_change="rerun")
    if table.open:
        with table:
            as_table(page)
    doings(chosen, state)
    if state.open:
        details([asset.asset_id for asset in page.assets])


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
    st.markdown(f"#### {t('Filters')}")
    place = st.container()
above = st.container(key="when")
browse()
with above:
    when()
with place:
    filters()
