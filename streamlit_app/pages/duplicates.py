"""Duplicates: groups of the same content and of pictures that look alike, to tag or to delete what is not needed."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

import login
import people
import reads
import sentences
import wording
from address import current_duplicates as current
from address import show, show_item
from components import trigger
from components.details import LAST, details
from components.duplicates import duplicate_groups
from components.notice import in_english
from components.pager import backward, forward, ways
from components.trouble import tell
from lakefront.errors import BadInputError, LakefrontError
from lakefront.media.assets import TAGS
from lakefront.media.duplicates import MATCHES, Groups
from lakefront.media.edits import Changes, Edited
from lakefront.media.query import BAD_TOKEN, Asset
from lakefront.semantic.policy.model import Edit
from language import later, n, t
from state import DuplicatesState

_GROUPS, _MATCH, _LABEL = "groups", "match", "label"
_MATCH_WORDS = {"same": later("The same content"), "near": later("Look alike")}
_BOXES = f'<div class="waiting" aria-hidden="true">{"<i></i>" * 8}</div>'
#: The page that is on the screen.
_SHOWN = "duplicates_shown"
#: What is selected: the selection's name and the items. A selection ends with its page, its person, and its edit.
_SELECTED = "duplicates_selected"
#: How many selections were ended before this one.
_ENDED = "duplicates_selections_ended"
#: What came of the last edit.
_OUTCOME = "duplicates_outcome"


@dataclass(frozen=True)
class Outcome:
    """What came of an edit, as Markdown. `error`: sentences of the toolkit about what did not work."""

    words: str
    done: bool
    error: tuple[str, ...] = ()


def turn(where: str, found: Groups) -> None:
    """Go to the neighbouring page of groups."""
    st.session_state.pop(_OUTCOME, None)
    if where == "on" and found.next:
        forward(current(), found.next)
    elif where == "back":
        backward(current())


def choose() -> None:
    """Show the kind of groups that was chosen."""
    st.session_state.pop(_OUTCOME, None)
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
    st.session_state.pop(_OUTCOME, None)


def edit(doing: str, change: Callable[[], str]) -> None:
    """Change media, and show what came of it. `change` returns that in words."""
    try:
        with st.spinner(doing):
            told = change()
    except LakefrontError as error:
        told = (error.what, error.fix)
        known = [wording.sentence(text) for text in told if sentences.said(text)]
        outcome = Outcome(" ".join([f"**{t('That did not work.')}**", *known]), done=False, error=told)
    else:
        reads.forget_media()
        let_go()
        outcome = Outcome(f"**{told}**", done=True)
    st.session_state[_OUTCOME] = outcome
    st.rerun()


def changed(assets: Sequence[Asset], changes: Changes) -> str:
    """Change tags or labels; return in words what came of it."""
    ids = [asset.asset_id for asset in assets]
    done: Edited = people.editor().change(ids, changes)
    changed, unchanged = wording.number(done.changed), wording.number(done.unchanged)
    if done.unchanged:
        return t("{changed} changed, {unchanged} had it already.", changed=changed, unchanged=unchanged)
    return t("{changed} changed.", changed=changed)


def deleted(assets: Sequence[Asset]) -> str:
    """Delete assets; return in words what came of it."""
    number = people.editor().delete([asset.asset_id for asset in assets])
    return t("{number} deleted.", number=wording.number(number))


def confirm(chosen: Sequence[Asset], emptied: int) -> None:
    """Ask before items are deleted. `emptied`: of so many groups nothing would be left."""
    number, size = wording.items(len(chosen)), wording.size(sum(asset.file_size for asset in chosen))
    st.markdown(f"**{t('Delete {items}, {size}?', items=number, size=size)}**")
    if emptied:
        words = n(
            "Nothing would be left of one group: every copy is selected.",
            "Nothing would be left of {number} groups: every copy is selected.",
            emptied,
        )
        st.warning(words, icon=":material/warning:")
    st.markdown(
        t(
            "They leave the gallery at once. Time travel still shows them, as long as snapshots are kept:"
            " `lakefront media find --as-of`. Their objects go by `lakefront media reconcile --delete`,"
            " once nothing has named them for a week."
        )
    )
    with st.container(horizontal=True, horizontal_alignment="right", gap="xsmall"):
        if st.button(t("Keep them")):
            st.rerun()
        words = t("Delete {items}", items=number)
        if st.button(words, type="primary", icon=":material/delete:", key="delete-them"):
            edit(t("Deleting {items} …", items=number), lambda: deleted(chosen))


def bar(chosen: Sequence[Asset], found: Groups, may: frozenset[Edit]) -> None:
    """Draw how many items are selected, what may be done with them, and what came of the last edit."""
    outcome: Outcome | None = st.session_state.get(_OUTCOME)
    if not chosen and outcome is None:
        return
    look = reads.settings().manifest.look
    # Nothing shines through it, in light and in dark.
    st.html(f"<style>.st-key-selected {{ background: light-dark({look.surface}, {look.dark_surface_alt}) }}</style>")
    with st.container(key="selected", horizontal=True, vertical_alignment="center", gap="xsmall"):
        if outcome:
            icon = ":material/check_circle:" if outcome.done else ":material/error:"
            st.markdown(f"{icon} {outcome.words}", width="content")
            in_english(*outcome.error)
            st.button(t("Close"), key="close", icon=":material/close:", type="tertiary", on_click=close)
            return
        size = wording.size(sum(asset.file_size for asset in chosen))
        selected_ = t("{number} selected", number=wording.number(len(chosen)))
        st.markdown(f"**{selected_}** :gray[{size}]", width="content")
        st.button(t("Clear"), key="clear", icon=":material/close:", type="tertiary", on_click=let_go)
        if "tag" in may:
            with st.popover(t("Tag"), icon=":material/sell:"):
                for tag in TAGS:
                    if st.button(wording.plain(tag), key=f"tag-{tag}", width="stretch"):
                        edit(t("Tagging …"), lambda tag=tag: changed(chosen, Changes(tag=tag)))
        if "labels" in may:
            with st.popover(t("Label"), icon=":material/label:"), st.form("labelling", border=False):
                label = st.text_input(t("Label to add"), key=_LABEL, placeholder=t("spring"))
                if st.form_submit_button(t("Add label")) and label.strip():
                    edit(t("Labelling …"), lambda: changed(chosen, Changes(add_labels=(label,))))
        if "delete" in may and st.button(t("Delete"), key="delete", icon=":material/delete:"):
            ids = {asset.asset_id for asset in chosen}
            whole = [group for group in found.groups if group.size <= len(group.assets)]
            st.dialog(t("Delete"))(confirm)(
                chosen, sum(all(asset.asset_id in ids for asset in group.assets) for group in whole)
            )


def close() -> None:
    """Take what came of the last edit off the page."""
    st.session_state.pop(_OUTCOME, None)


def read(state: DuplicatesState) -> Groups | None:
    """Return the page of groups of a state; when it cannot be read, say so."""
    try:
        return reads.duplicate_groups(people.viewer(), state.match, state.after)
    except LakefrontError as error:
        if isinstance(error, BadInputError) and error.code == BAD_TOKEN:
            show(state.at(None))  # an address that was typed or cut, or is older than a key
            st.rerun()
        tell(error, t("Duplicates cannot be read."))
        return None


def rights() -> frozenset[Edit]:
    """Return what the viewer may do; nothing where the policies cannot be read, as an edit would be refused, too."""
    try:
        return reads.edits(people.viewer(), login.groups())
    except LakefrontError:
        return frozenset()


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
    may = rights() & {"tag", "labels", "delete"}

    def opened() -> None:
        wanted = trigger(_GROUPS, "open")
        if wanted:
            show_item(wanted)

    def chosen() -> None:
        wanted = trigger(_GROUPS, "select")
        if wanted:
            close()
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
    bar(selected(state, assets), found, may)
    if state.open:
        details([asset.asset_id for asset in assets])


browse()
