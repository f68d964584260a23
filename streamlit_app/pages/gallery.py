"""Gallery: everything in the media table, page by page."""

from __future__ import annotations

import datetime as dt

import streamlit as st

import people
import reads
import wording
from address import current, show
from components import trigger
from components.choosing import doings, pictures
from components.details import details
from components.earlier import earlier
from components.export import export_all
from components.filters import filters, nothing_left
from components.listing import arrangement, held_by, pager, read, summary
from components.timeline import HEIGHT, timeline
from components.trouble import tell
from components.views import saved_views
from lakefront.errors import LakefrontError
from lakefront.media.query import Page
from language import t
from state import GalleryState

_GRID, _TIMELINE, _TABLE = "grid", "timeline", "table"
_BOXES = f'<div class="waiting" aria-hidden="true">{"<i></i>" * reads.PAGE_SIZE}</div>'
_PAGE = "gallery"
#: The page that is on the screen.
_SHOWN = "shown"


def as_table(page: Page) -> None:
    """Draw what is known of the page's items, a row each."""
    st.dataframe(
        [
            {
                t("Title"): asset.title,
                t("Kind"): wording.one_of(asset.kind),
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
        words = t("This is the gallery as it was from {moment} on."), t("This is the gallery as of {moment}.")
        earlier(state, *words)
    bar = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="bar")
    line = bar.empty()
    boxes = st.empty()
    if st.session_state.get(_SHOWN) != state.showing(None):
        line.markdown(f":gray[{t('Reading …')}]")
    if _SHOWN not in st.session_state:
        boxes.html(_BOXES)
    page = read(state, lost=t("The gallery cannot be read."))
    boxes.empty()
    if page is None:
        line.empty()
        return
    st.session_state[_SHOWN] = state.showing(None)
    if not page.assets and not state.after:
        line.empty()
        nothing(state)
        doings(_PAGE, state)
        return
    with bar, st.container(horizontal=True, gap="xsmall", width="content", key="controls"):
        menu = arrangement(state)
        pager("top", state, page)
    pictures(_PAGE, state, page, key=_GRID)
    # What has to be counted comes after the pictures.
    held = held_by(state)
    line.markdown(summary(held, page))
    if held:
        with menu:
            export_all(state, held.totals)
    if page.has_more or state.after:
        with st.container(horizontal=True, horizontal_alignment="right"):
            pager("bottom", state, page)
    table = st.expander(t("As a table"), icon=":material/table_rows:", key=_TABLE, on_change="rerun")
    if table.open:
        with table:
            as_table(page)
    doings(_PAGE, state)
    if state.open:
        details([asset.asset_id for asset in page.assets], reads.fresh(page, state.as_of))


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
# As high as the bars that will come, of which there is nothing yet: what is below stays where it is.
above = st.container(key="when", height=HEIGHT, border=False)
browse()
with above:
    when()
with place:
    saved_views()
    filters()
