"""Item: one asset with a page, and so an address, of its own."""

from __future__ import annotations

import streamlit as st

import reads
import wording
from address import current_item, show
from components.details import item, read
from item_state import ItemState
from lakefront.media.query import Asset
from language import t


def earlier(state: ItemState) -> None:
    """Say that this is an earlier state, and offer the way back."""
    known = {str(each.snapshot): each.since for each in reads.history()}
    said = (
        t("This is the item as it was from {moment} on.", moment=wording.moment(known[state.as_of], seconds=True))
        if state.as_of in known
        else t("This is the item as of {state}.", state=wording.plain(state.as_of or ""))
    )
    with st.container(horizontal=True, vertical_alignment="center", key="earlier"):
        st.markdown(f":material/history: **{said}** {t('What has changed since is not shown.')}")
        st.button(t("Back to now"), key="now-again", on_click=show, args=(state.of(None),))


def nothing(state: ItemState) -> None:
    """Say that there is no such item for the viewer."""
    if state.id is None:
        said = t("The address names no item.")
    elif state.as_of:
        said = t("There was no such item in that state, or you may not see it.")
    else:
        said = t("There is no such item, it is not here any more, or you may not see it.")
    st.info(said, icon=":material/search_off:")
    st.page_link("pages/gallery.py", label=t("To the gallery"), icon=":material/photo_library:")


@st.fragment
def page() -> None:
    """Draw the item that the address names."""
    state = current_item()
    if state.as_of:
        earlier(state)
    line = st.empty()
    line.caption(t("Reading …"))
    found = read(state.id, state.as_of) if state.id else False
    line.empty()
    if isinstance(found, Asset):
        item(
            found,
            as_of=state.as_of,
            neighbours=[],
            go=lambda wanted: show(current_item().showing(wanted)),
            own_page=True,
        )
    elif not found:
        nothing(state)


page()
