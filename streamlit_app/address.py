"""The address bar: the one place where the gallery's state is kept."""

from __future__ import annotations

import streamlit as st

from people import PARAMETER
from state import GalleryState


def current() -> GalleryState:
    """Return what the address bar says."""
    return GalleryState.from_params({name: st.query_params.get_all(name) for name in st.query_params})


def show(state: GalleryState) -> None:
    """Put a state into the address bar: one step in the browser's history."""
    person = {PARAMETER: st.query_params[PARAMETER]} if PARAMETER in st.query_params else {}
    st.query_params.from_dict(state.to_params() | person)
