"""The address bar: the one place where the state of a page is kept."""

from __future__ import annotations

from typing import Final

import streamlit as st

import language
import people
from state import DuplicatesState, GalleryState
from statistics_state import StatisticsState

State = GalleryState | DuplicatesState | StatisticsState
#: Who looks, and in which language.
OF_EVERY_PAGE: Final = (people.PARAMETER, language.PARAMETER)


def params() -> dict[str, list[str]]:
    """Return the query of the address."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def current() -> GalleryState:
    """Return what the address bar says of the gallery."""
    return GalleryState.from_params(params())


def current_duplicates() -> DuplicatesState:
    """Return what the address bar says of the duplicates."""
    return DuplicatesState.from_params(params())


def query_of(state: State) -> dict[str, str | list[str]]:
    """Return the query of an address that shows a state to the person who looks."""
    return state.to_params() | of_every_page()


def of_every_page() -> dict[str, str]:
    """Return what the way to another page of the explorer takes along."""
    return {name: st.query_params[name] for name in OF_EVERY_PAGE if name in st.query_params}


def show(state: State) -> None:
    """Put a state into the address bar: one step in the browser's history."""
    st.query_params.from_dict(query_of(state))


def show_item(asset_id: str | None) -> None:
    """Open another item on the page that is shown, or none."""
    if asset_id:
        st.query_params["open"] = asset_id
    elif "open" in st.query_params:
        del st.query_params["open"]
