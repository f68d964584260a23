"""The ways from a page to its neighbours. A token names the page behind; the way back is what this session has seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from address import show
from history_state import HistoryState
from state import DuplicatesState, GalleryState

State = TypeVar("State", GalleryState, DuplicatesState, HistoryState)

#: For each page that was reached from the one before it, that one.
_CAME_FROM = "came_from"


def came_from(state: State) -> State | None:
    """Return the page from which this one was reached, if this session has seen it."""
    return st.session_state.get(_CAME_FROM, {}).get(state.showing(None))


def forward(state: State, token: str) -> None:
    """Go to the page behind, which the token names."""
    following = state.at(token)
    if following == state.showing(None):
        return  # a second click before the first was answered
    st.session_state.setdefault(_CAME_FROM, {})[following] = state.showing(None)
    show(following)


def backward(state: State) -> None:
    """Go to the page before, or to the first one where nobody knows which that is."""
    show(came_from(state) or state.at(None))


def ways(
    place: str,
    state: GalleryState | DuplicatesState | HistoryState,
    following: str | None,
    *,
    words: tuple[str, str, str],
    turn: Callable[[str], None],
) -> None:
    """Draw the buttons; `turn` is called with "back" or "on". `following`: the token of the page behind.

    `words`: of the way back, of it where it leads to the first page, and of the way on.
    """
    back, first, onward = words
    with st.container(horizontal=True, gap="xsmall", width="content", key=f"pager-{place}"):
        st.button(
            back if not state.after or came_from(state) else first,
            icon=":material/chevron_left:",
            key=f"back-{place}",
            disabled=not state.after,
            on_click=turn,
            args=("back",),
        )
        st.button(
            onward,
            icon=":material/chevron_right:",
            icon_position="right",
            key=f"on-{place}",
            disabled=following is None,
            on_click=turn,
            args=("on",),
        )
