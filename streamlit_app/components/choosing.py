"""Selecting among the items of a page, as pictures or as rows, and the bar of what can be done with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

import people
import wording
from address import current, show_item
from components import selection, trigger
from components.listing import tiles
from lakefront.media.query import Page
from lakefront.semantic.policy.model import Edit
from language import t
from state import GalleryState


def chosen_of(state: GalleryState) -> selection.Selection:
    """Return what the viewer has selected of the state that is shown."""
    return selection.selection(people.viewer(), state.as_of)


def doings(page: str, state: GalleryState) -> None:
    """Draw what is selected, and what may be done with it. What an earlier state holds cannot be changed."""
    chosen = chosen_of(state)
    left_out = chosen.left_out
    note = (
        t(
            "At most {most} can be selected: {number} more were left out.",
            most=wording.number(selection.MOST),
            number=wording.number(left_out),
        )
        if left_out
        else ""
    )
    may = frozenset[Edit]() if state.as_of else selection.rights()
    selection.bar(selection.Chosen(page, chosen.chosen, chosen.clear, state.as_of, note), may)


def pictures(page: str, state: GalleryState, held: Page, *, key: str) -> None:
    """Draw the pictures of a page, which can be selected."""

    def selected() -> None:
        told = trigger(key, "select")
        if told:
            selection.close(page)
            chosen_of(current()).hear(told, selection.seen())

    selection.seen(held.assets)
    ids = [asset.asset_id for asset in held.assets]
    tiles(held, state, key=key, picking=chosen_of(state).picking(ids), on_select=selected)


def rows(
    page: str,
    state: GalleryState,
    held: Page,
    data: Sequence[Mapping[str, object]],
    columns: Mapping[str, Any],
    *,
    drawn: int = 0,
    **table: Any,
) -> None:
    """Draw a page as a table whose rows are selected by ticks, and opened by a button.

    `data`: a row for each item; `columns`: how Streamlit shows them; `drawn`: how often it was to be
    drawn anew; `table`: more of `st.dataframe`.
    """
    chosen = chosen_of(state)
    ids = [asset.asset_id for asset in held.assets]
    # Streamlit keeps what was ticked in a table: another selection is another table.
    key = f"rows-{abs(hash((people.viewer(), state.showing(None), chosen.name, drawn)))}"
    click = f"{key}-open"

    def ticked() -> None:
        selection.close(page)
        chosen.tick(ids, {ids[row] for row in st.session_state[key].selection.rows}, selection.seen())

    def opened() -> None:
        show_item(ids[st.session_state[click].row])

    selection.seen(held.assets)
    # A cell that opens its item would open the first one for whoever only comes by with the Tab key.
    button = st.column_config.ButtonColumn(
        t("Open"), width=48, pinned=True, type="tertiary", key=click, on_click=opened
    )
    st.dataframe(
        [{"open": ":material/open_in_full:", **row} for row in data],
        key=key,
        hide_index=True,
        on_select=ticked,
        selection_mode="multi-row",
        selection_default={"selection": {"rows": [at for at, each in enumerate(ids) if each in chosen.chosen]}},
        column_config={"open": button, **columns},
        **table,
    )
