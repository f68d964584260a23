"""Search: what a form and a condition in SQL leave, as a table or a grid; and views that people have saved."""

from __future__ import annotations

import time

import streamlit as st

import people
import reads
import wording
from address import current, forget_view, named_view, query_of, restore, show
from components.choosing import doings, pictures, rows
from components.details import details
from components.earlier import earlier
from components.export import export_all
from components.filters import nothing_left
from components.kept import known
from components.listing import arrangement, held_by, pager, read, summary
from components.search_form import search_form
from components.thumbnails import thumbnail
from components.trouble import tell
from components.views import save_view, views_list
from lakefront.errors import BadInputError, LakefrontError
from lakefront.media.query import Asset, Page
from lakefront.media.views import named
from language import later, t
from state import LAYOUTS, GalleryState

_GRID, _LAYOUT, _PAGE = "grid", "layout", "search"
_LAYOUT_WORDS = {"table": later("Table"), "grid": later("Grid")}
_LAYOUT_ICONS = {"table": ":material/table_rows:", "grid": ":material/grid_view:"}
_BOXES = f'<div class="waiting" aria-hidden="true">{"<i></i>" * 8}</div>'
#: The page that is on the screen.
_SHOWN = "search_shown"
_ROW_HEIGHT = 56
#: How often the table was drawn anew, since its pictures could not be had.
_DRAWN = "search_drawn"
_LOOK_AGAIN_SECONDS = 4


def restored() -> bool:
    """Let a view that the address names be what the page shows; say so where it cannot, and tell whether it does."""
    name = named_view()
    if name is None:
        return True
    try:
        view = named(known("views", lambda: reads.saved_views(people.viewer())).value, name)
    except BadInputError as error:
        restore(name, {})
        st.warning(f"{wording.sentence(error.what)} {t('It was renamed or deleted, or never saved.')}")
        st.button(t("Search without it"), on_click=forget_view)
        return False
    except LakefrontError as error:
        tell(error, t("The saved view cannot be read."))
        return False
    restore(name, view.params)
    told = f" :gray[{wording.plain(view.description)}]" if view.description else ""
    owner = t("saved by {owner}", owner=wording.plain(view.owner))
    st.markdown(f":material/bookmark: **{wording.plain(view.name)}** :gray[{owner}]{told}")
    return True


def as_table(page: Page, state: GalleryState) -> None:
    """Draw the page's items, a row each; a button opens its item, a tick selects it."""
    above = st.container()
    rows(
        _PAGE,
        state,
        page,
        [_row(asset) for asset in page.assets],
        {
            "thumb": st.column_config.ImageColumn(t("Preview"), width=80, pinned=True),
            "title": st.column_config.TextColumn(t("Title"), width="medium"),
            "kind": st.column_config.TextColumn(t("Kind")),
            "tag": st.column_config.TextColumn(t("Tag")),
            "labels": st.column_config.ListColumn(t("Labels")),
            "uploaded": st.column_config.DatetimeColumn(t("Uploaded (UTC)"), format="YYYY-MM-DD HH:mm"),
            "size": st.column_config.NumberColumn(t("Size in kB"), format="%.1f"),
            "width": st.column_config.NumberColumn(t("Width"), format="%d"),
            "height": st.column_config.NumberColumn(t("Height"), format="%d"),
            "seconds": st.column_config.NumberColumn(t("Seconds"), format="%.1f"),
            "type": st.column_config.TextColumn(t("Media type")),
            "source": st.column_config.TextColumn(t("Source")),
            "indexed": st.column_config.CheckboxColumn(t("Search has it")),
            "path": st.column_config.TextColumn(t("S3 path")),
            "id": st.column_config.TextColumn(t("Asset")),
        },
        drawn=st.session_state.get(_DRAWN, 0),
        height="content",
        row_height=_ROW_HEIGHT,
        placeholder="",
        alt=t("Items that were found: a button opens an item, a tick selects it"),
    )
    if not reads.store_answers():
        with above:
            words = t("Pictures cannot be fetched: the object store does not answer. Trying again every few seconds.")
            st.warning(words, icon=":material/cloud_off:")
            look_again()


@st.fragment(run_every=_LOOK_AGAIN_SECONDS)
def look_again() -> None:
    """Draw the table anew once its pictures can be had: it asks for each of them once."""
    if reads.store_answers():
        st.session_state[_DRAWN] = st.session_state.get(_DRAWN, 0) + 1
        st.rerun(scope="app")


def _row(asset: Asset) -> dict[str, object]:
    return {
        "thumb": thumbnail(320, asset.sha256),
        "title": asset.title,
        "kind": wording.one_of(asset.kind),
        "tag": asset.tag,
        "labels": list(asset.labels),
        "uploaded": asset.upload_time.replace(tzinfo=None),
        # Not Streamlit's own form of bytes, which writes mB for a million of them.
        "size": asset.file_size and asset.file_size / 1000,
        "width": asset.width,
        "height": asset.height,
        "seconds": asset.duration_seconds,
        "type": asset.mime_type,
        "source": asset.source_system,
        "indexed": asset.is_indexed,
        "path": asset.s3_path,
        "id": asset.asset_id,
    }


def as_grid(page: Page, state: GalleryState) -> None:
    """Draw the page's items as pictures."""
    pictures(_PAGE, state, page, key=_GRID)


def layout(state: GalleryState) -> None:
    """Draw the choice between a table and a grid."""
    st.session_state[_LAYOUT] = state.layout
    st.segmented_control(
        t("Table or grid"),
        LAYOUTS,
        key=_LAYOUT,
        format_func=lambda name: f"{_LAYOUT_ICONS[name]} {t(_LAYOUT_WORDS[name])}",
        on_change=lambda: show(current().laid_out(st.session_state[_LAYOUT])),
        label_visibility="collapsed",
        required=True,
    )


@st.fragment
def results() -> None:
    """Draw what was found: how many, how long it took, and one page of it."""
    state = current()
    if state.as_of:
        since = t("This searches the media as they were from {moment} on.")
        earlier(state, since, t("This searches the media as of {moment}."))
    began = time.monotonic()
    bar = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="bar")
    line, boxes = bar.empty(), st.empty()
    if st.session_state.get(_SHOWN) != state.showing(None):
        line.markdown(f":gray[{t('Searching …')}]")
    if _SHOWN not in st.session_state:
        boxes.html(_BOXES)
    page = read(state, lost=t("The media cannot be searched."))
    boxes.empty()
    if page is None:
        line.empty()
        return
    st.session_state[_SHOWN] = state.showing(None)
    held = held_by(state)
    took = t("in {time}", time=wording.milliseconds(time.monotonic() - began))
    if not page.assets and not state.after:
        line.markdown(f"**{t('Nothing was found')}** :gray[{took}]")
        try:
            nothing_left(state)
        except LakefrontError as error:
            tell(error, t("The media cannot be searched."))
        doings(_PAGE, state)
        return
    line.markdown(f"{summary(held, page)} :gray[· {took}]")
    with bar, st.container(horizontal=True, gap="xsmall", width="content", vertical_alignment="center"):
        layout(state)
        menu = arrangement(state, pictures=state.layout == "grid")
        pager("top", state, page)
    if held:
        with menu:
            export_all(state, held.totals)
    (as_table if state.layout == "table" else as_grid)(page, state)
    if page.has_more or state.after:
        with st.container(horizontal=True, horizontal_alignment="right"):
            pager("bottom", state, page)
    doings(_PAGE, state)
    if state.open:
        details([asset.asset_id for asset in page.assets], reads.fresh(page, state.as_of))


with st.sidebar:
    place = st.container()
waiting = st.empty()
if _SHOWN not in st.session_state:
    waiting.caption(t("Reading …"))
if restored():
    shown = current()
    search_form(shown)
    waiting.empty()
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="ways"):
        save_view(shown)
        st.page_link(
            "pages/gallery.py",
            label=t("Open in the gallery"),
            icon=":material/photo_library:",
            query_params=query_of(shown.showing(None)),
        )
    results()
waiting.empty()
with place:
    views_list()
