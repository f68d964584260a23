"""The address bar: the one place where the state of a page is kept."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

import streamlit as st

import language
import people
import query
from history_state import HistoryState
from item_state import ItemState
from state import DuplicatesState, GalleryState
from statistics_state import StatisticsState

State = GalleryState | DuplicatesState | StatisticsState | HistoryState | ItemState
#: Who looks, and in which language.
OF_EVERY_PAGE: Final = (people.PARAMETER, language.PARAMETER)


#: In an address, the name of a saved view; and in a session, what the one that it names shows.
_VIEW, _RESTORED = "view", "_view_restored"


def params() -> dict[str, list[str]]:
    """Return the query of the address; where it names a saved view, that one's, and what the address says besides."""
    said = query.said()
    name, kept = st.session_state.get(_RESTORED, ("", {}))
    return kept | {key: value for key, value in said.items() if key != _VIEW} if said.get(_VIEW) == [name] else said


def named_view() -> str | None:
    """Return the name of the saved view that the address names; None without one."""
    name = query.one(_VIEW)
    return name if name and name != "dense" else None


def restore(name: str, kept: dict[str, list[str]]) -> None:
    """Let an address that names a saved view mean its query."""
    st.session_state[_RESTORED] = (name, kept)


def open_view(name: str) -> None:
    """Put the name of a saved view into the address bar, and nothing that was shown before."""
    query.put({_VIEW: name} | of_every_page())


def forget_view() -> None:
    """Take the name of a saved view out of the address bar."""
    query.put(of_every_page())


def of_every_page() -> dict[str, str]:
    """Return what stands in the address of every page."""
    said = query.said()
    return {name: said[name][-1] for name in OF_EVERY_PAGE if name in said}


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
    return state.to_params() | of_every_page()


def show(state: State) -> None:
    """Put a state into the address bar: one step in the browser's history."""
    query.put(query_of(state))


def show_item(asset_id: str | None) -> None:
    """Open another item on the page that is shown, or none."""
    if asset_id or query.one("open"):
        query.put_one("open", asset_id or None)
