"""That a page shows an earlier state of the media, and the way back."""

from __future__ import annotations

import streamlit as st

import reads
import wording
from address import show
from item_state import ItemState
from language import t
from state import GalleryState


def earlier(state: GalleryState | ItemState, since: str, of: str) -> None:
    """Say that this is an earlier state, and offer what is there now.

    `since` and `of` say which one it is, with `{moment}`: when it began, or as the address has it where that is not
    known.
    """
    known = {str(each.snapshot): each.since for each in reads.history()}
    said = (
        since.format(moment=wording.moment(known[state.as_of], seconds=True))
        if state.as_of in known
        else of.format(moment=wording.plain(state.as_of or ""))
    )
    with st.container(horizontal=True, vertical_alignment="center", key="earlier"):
        st.markdown(f":material/history: **{said}** {t('What has changed since is not shown.')}")
        st.button(t("Back to now"), key="now-again", on_click=show, args=(state.of(None),))
