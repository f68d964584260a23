"""The address bar: the one place where the state of a page is kept."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

import language
import people
from history_state import HistoryState
from item_state import ItemState
from state import DuplicatesState, GalleryState
from statistics_state import StatisticsState

State = GalleryState | DuplicatesState | StatisticsState | HistoryState | ItemState
#: Who looks, and in which language.
_OF_EVERY_PAGE = (people.PARAMETER, language.PARAMETER)


def params() -> dict[str, list[str]]:
    """Return the query of the address."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def current() -> GalleryState:
    """Return what the address bar says of the gallery."""
    return GalleryState.from_params(params())


def current_duplicates() -> DuplicatesState:
    """Return what the address bar says of the duplicates."""
    return DuplicatesState.from_params(params())


def current_item() -> ItemState:
    """Return what the address bar says of the page of one item."""
    return ItemState.from_params(params())


def item_address(asset_id: str, as_of: str | None = None) -> str:
    """Return where an item has a page to itself, seen from any other page."""
    return f"item?{urlencode(query_of(ItemState(asset_id, as_of)), doseq=True)}"


def query_of(state: State) -> dict[str, str | list[str]]:
    """Return the query of an address that shows a state to the person who looks."""
    kept = {name: st.query_params[name] for name in _OF_EVERY_PAGE if name in st.query_params}
    return state.to_params() | kept


def show(state: State) -> None:
    """Put a state into the address bar: one step in the browser's history."""
    st.query_params.from_dict(query_of(state))


def show_item(asset_id: str | None) -> None:
    """Open another item on the page that is shown, or none."""
    if asset_id:
        st.query_params["open"] = asset_id
    elif "open" in st.query_params:
        del st.query_params["open"]
