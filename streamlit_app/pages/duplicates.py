"""Duplicates: groups of the same content and of pictures that look alike, to tag or to delete what is not needed."""

from __future__ import annotations

import json
from collections.abc import Sequence

import streamlit as st

import people
import reads
from address import current_duplicates as current
from address import show, show_item
from components import trigger
from components.details import LAST, details
from components.duplicates import duplicate_groups
from components.kept import known
from components.pager import backward, forward, ways
from components.selection import Chosen, bar, close, rights
from components.trouble import tell
from lakefront.errors import BadInputError, LakefrontError
from lakefront.media.duplicates import MATCHES, Groups
from lakefront.media.query import BAD_TOKEN, Asset
from language import later, t
from state import DuplicatesState

_GROUPS, _MATCH = "groups", "match"
_MATCH_WORDS = {"same": later("The same content"), "near": later("Look alike")}
_BOXES = f'<div class="waiting" aria-hidden="true">{"<i></i>" * 8}</div>'
#: The page that is on the screen.
_SHOWN = "duplicates_shown"
#: What is selected: the selection's name and the items. A selection ends with its page, its person, and its edit.
_SELECTED = "duplicates_selected"
#: How many selections were ended before this one.
_ENDED = "duplicates_selections_ended"
_PAGE = "duplicates"


def turn(where: str, found: Groups) -> None:
    """Go to the neighbouring page of groups."""
    close(_PAGE)
    if where == "on" and found.next:
        forward(current(), found.next)
    elif where == "back":
        backward(current())


def choose() -> None:
    """Show the kind of groups that was chosen."""
    close(_PAGE)
    show(DuplicatesState(match=st.session_state.get(_MATCH) or MATCHES[0]))


def pager(place: str, state: DuplicatesState, found: Groups) -> None:
    """Draw the ways to the neighbouring pages of groups."""
    words = (t("Back"), t("First groups"), t("More groups"))
    ways(place, state, found.next, words=words, turn=lambda way: turn(way, found))


def selection(state: DuplicatesState) -> str:
    """Return the name of the selection that is made now."""
    return repr((people.viewer(), state.showing(None), st.session_state.get(_ENDED, 0)))


def selected(state: DuplicatesState, assets: Sequence[Asset]) -> list[Asset]:
    """Return what is selected of the items that are shown."""
    name, ids = st.session_state.get(_SELECTED, ("", ()))
    return [asset for asset in assets if asset.asset_id in ids] if name == selection(state) else []


def let_go() -> None:
    """Begin another selection, of nothing."""
    st.session_state[_ENDED] = st.session_state.get(_ENDED, 0) + 1
    close(_PAGE)


def emptied(chosen: Sequence[Asset], found: Groups) -> int:
    """Return of how many groups nothing would be left without what is selected."""
    ids = {asset.asset_id for asset in chosen}
    whole = [group for group in found.groups if group.size <= len(group.assets)]
    return sum(all(asset.asset_id in ids for asset in group.assets) for group in whole)


def read(state: DuplicatesState) -> Groups | None:
    """Return the page of groups of a state; when it cannot be read, say so."""
    try:
        found = known(
            ("groups", state.showing(None)), lambda: reads.duplicate_groups(people.viewer(), state.match, state.after)
        )
    except LakefrontError as error:
        if isinstance(error, BadInputError) and error.code == BAD_TOKEN:
            show(state.at(None))  # an address that was typed or cut, or is older than a key
            st.rerun()
        tell(error, t("Duplicates cannot be read."))
        return None
    found.tell(t("Duplicates cannot be read."))
    return found.value


def nothing(state: DuplicatesState) -> None:
    """Say that no duplicates are known, and how they become so."""
    same = state.match == "same"
    head = (
        t("No groups of the same content are known.") if same else t("No groups of pictures that look alike are known.")
    )
    how = t(
        "Duplicates are looked for by `lakefront media duplicates --look`; what came in since the last time is in no"
        " group yet."
    )
    st.markdown(f"**{head}**  \n{how}")


@st.fragment
def browse() -> None:
    """Draw one page of groups, the ways to its neighbours, what is selected and, when one is open, an item."""
    state = current()
    st.session_state[_MATCH] = state.match
    top = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="bar")
    with top:
        st.segmented_control(
            t("Duplicates"),
            MATCHES,
            key=_MATCH,
            format_func=lambda match: t(_MATCH_WORDS[match]),
            on_change=choose,
            required=True,
            label_visibility="collapsed",
            width="content",
        )
    line, boxes = st.empty(), st.empty()
    if st.session_state.get(_SHOWN) != state.showing(None):
        line.caption(t("Reading …"))
    if _SHOWN not in st.session_state:
        boxes.html(_BOXES)
    found = read(state)
    boxes.empty()
    if found is None:
        line.empty()
        return
    st.session_state[_SHOWN] = state.showing(None)
    assets = [asset for group in found.groups for asset in group.assets]
    may = rights()

    def opened() -> None:
        wanted = trigger(_GROUPS, "open")
        if wanted:
            show_item(wanted)

    def chosen() -> None:
        wanted = trigger(_GROUPS, "select")
        if wanted:
            close(_PAGE)
            st.session_state[_SELECTED] = (selection(current()), frozenset(map(str, json.loads(wanted))))

    if not found.groups and not found.next and not state.after:
        line.empty()
        nothing(state)
        return
    with top:
        pager("top", state, found)
    said = t(
        "Those whose copies take most room come first. What came in since duplicates were looked for is in no group."
    )
    line.caption(said if found.groups else t("You may see no two items of any of these groups."))
    if found.groups:
        duplicate_groups(
            found.groups,
            state.match,
            key=_GROUPS,
            place=repr(state.showing(None)),
            selection=selection(state),
            choosing=bool(may),
            opened=state.open,
            last=st.session_state.get(LAST),
            on_open=opened,
            on_select=chosen,
        )
    if found.next or state.after:
        with st.container(horizontal=True, horizontal_alignment="right"):
            pager("bottom", state, found)
    chosen_now = selected(state, assets)
    sizes = {asset.asset_id: asset.file_size for asset in chosen_now}
    bar(Chosen(_PAGE, sizes, let_go), may, emptied=emptied(chosen_now, found))
    if state.open:
        details([asset.asset_id for asset in assets])


browse()
