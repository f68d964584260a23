"""Item: one asset with a page, and so an address, of its own."""

from __future__ import annotations

import streamlit as st

from address import current_item, show
from components.details import item, read
from components.earlier import earlier
from item_state import ItemState
from lakefront.media.query import Asset
from language import t


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
        earlier(state, t("This is the item as it was from {moment} on."), t("This is the item as of {moment}."))
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
