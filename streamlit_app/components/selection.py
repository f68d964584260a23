"""What is selected, kept by a session for each person and state, and the bar of what can be done with it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

import streamlit as st

import login
import people
import reads
import sentences
import wording
from components.export import export_menu, sendings, under_way
from components.grid import Picking
from components.notice import in_english
from lakefront.errors import LakefrontError
from lakefront.media.assets import TAGS
from lakefront.media.counting import Totals
from lakefront.media.edits import MOST_AT_ONCE, Changes, Edited
from lakefront.media.export import Wanted
from lakefront.media.query import Asset
from lakefront.semantic.policy.model import Edit
from language import n, t

#: As many as one edit changes.
MOST: Final = MOST_AT_ONCE
_LABEL: Final = "label"
#: Selections by person and state, and the sizes of the items that were shown last.
_SELECTIONS, _SEEN = "selections", "selection_seen"
_MOST_SELECTIONS: Final = 20
_MOST_SEEN: Final = 5_000


@dataclass
class Selection:
    """Items that were selected one after another: id -> bytes. A page sends changes of it, and is told what was heard.

    `left_out`: so many did not fit any more, at the last change.
    """

    chosen: dict[str, int] = field(default_factory=dict[str, int])
    name: str = field(default_factory=lambda: secrets.token_hex(4))
    heard: int = 0
    left_out: int = 0

    def hear(self, told: str, sizes: Mapping[str, int]) -> None:
        """Take changes as the grid sends them. `sizes`: of what has been shown; nothing else can be selected."""
        said = cast("dict[str, Any]", json.loads(told))
        if said["name"] != self.name or int(said["number"]) <= self.heard:
            return  # of a selection that has ended, or heard of already
        self.heard = int(said["number"])
        if said["none"]:
            self.chosen.clear()
        self._change(map(str, said["on"]), map(str, said["off"]), sizes)

    def tick(self, shown: Iterable[str], ticked: Collection[str], sizes: Mapping[str, int]) -> None:
        """Let those that are `ticked` be the ones that are selected of the items that a page shows."""
        ids = list(shown)
        self._change((each for each in ids if each in ticked), (each for each in ids if each not in ticked), sizes)

    def _change(self, on: Iterable[str], off: Iterable[str], sizes: Mapping[str, int]) -> None:
        for asset_id in off:
            self.chosen.pop(asset_id, None)
        added = [asset_id for asset_id in on if asset_id in sizes and asset_id not in self.chosen]
        fitting = added[: MOST - len(self.chosen)]
        self.chosen |= {asset_id: sizes[asset_id] for asset_id in fitting}
        self.left_out = len(added) - len(fitting)

    def clear(self) -> None:
        """Begin another selection, of nothing."""
        self.chosen, self.name, self.heard, self.left_out = {}, secrets.token_hex(4), 0, 0

    def picking(self, ids: Iterable[str]) -> Picking:
        """Return what a grid of these items has to know."""
        return Picking(self.name, self.heard, len(self.chosen), frozenset(ids) & self.chosen.keys())


def selection(viewer: str, as_of: str | None) -> Selection:
    """Return what a person has selected in this session, of a state of the table."""
    kept: dict[tuple[str, str | None], Selection] = st.session_state.setdefault(_SELECTIONS, {})
    place = (viewer, as_of)
    kept[place] = kept.pop(place, None) or Selection()  # the one used last comes last
    while len(kept) > _MOST_SELECTIONS:
        del kept[next(iter(kept))]
    return kept[place]


def seen(assets: Iterable[Asset] = ()) -> Mapping[str, int]:
    """Return the bytes of the items that this session was shown last, by id. `assets` are shown now."""
    kept: dict[str, int] = st.session_state.setdefault(_SEEN, {})
    for asset in assets:
        kept.pop(asset.asset_id, None)
        kept[asset.asset_id] = asset.file_size or 0  # a policy may keep sizes
    while len(kept) > _MOST_SEEN:
        del kept[next(iter(kept))]
    return kept


@dataclass(frozen=True)
class Outcome:
    """What came of an edit, as Markdown. `error`: sentences of the toolkit about what did not work."""

    words: str
    done: bool
    error: tuple[str, ...] = ()


@dataclass(frozen=True)
class Chosen:
    """What a page has selected: id -> bytes, and how to let go of it. `page`: the name of the page.

    `as_of`: the state that it was selected of. `note`: what else is to be said of it, such as what did not fit.
    """

    page: str
    sizes: Mapping[str, int]
    clear: Callable[[], None]
    as_of: str | None = None
    note: str = ""

    @property
    def bytes(self) -> int:
        """How much their originals take."""
        return sum(self.sizes.values())


def rights() -> frozenset[Edit]:
    """Return what the viewer may do; nothing where the policies cannot be read, as an edit would be refused, too."""
    try:
        return reads.edits(people.viewer(), login.groups()) & {"tag", "labels", "delete"}
    except LakefrontError:
        return frozenset()


def close(page: str) -> None:
    """Take what came of the last edit off a page."""
    st.session_state.pop(_outcome(page), None)


def bar(chosen: Chosen, may: frozenset[Edit], *, emptied: int = 0) -> None:
    """Draw how many items are selected, what may be done with them, what came of the last edit, and exports under way.

    `emptied`: of so many groups nothing would be left without the items.
    """
    outcome: Outcome | None = st.session_state.get(_outcome(chosen.page))
    if not chosen.sizes and outcome is None and not under_way():
        return
    look = reads.settings().manifest.look
    # Nothing shines through it, in light and in dark.
    st.html(f"<style>.st-key-selected {{ background: light-dark({look.surface}, {look.dark_surface_alt}) }}</style>")
    with st.container(key="selected", horizontal=True, vertical_alignment="center", gap="xsmall"):
        sendings()
        if outcome:
            icon = ":material/check_circle:" if outcome.done else ":material/error:"
            st.markdown(f"{icon} {outcome.words}", width="content")
            in_english(*outcome.error)
            st.button(
                t("Close"), key="close", icon=":material/close:", type="tertiary", on_click=close, args=(chosen.page,)
            )
        elif chosen.sizes:
            _doings(chosen, may, emptied)


def _doings(chosen: Chosen, may: frozenset[Edit], emptied: int) -> None:
    number = len(chosen.sizes)
    said = t("{number} selected", number=wording.number(number))
    note = f"  \n:orange[{chosen.note}]" if chosen.note else ""
    st.markdown(f"**{said}** :gray[{wording.size(chosen.bytes)}]{note}", width="content")
    st.button(t("Clear"), key="clear", icon=":material/close:", type="tertiary", on_click=chosen.clear)
    export_menu(
        "export-selected",
        Wanted(ids=tuple(chosen.sizes), as_of=chosen.as_of),
        Totals(number, chosen.bytes),
        words=t("Export"),
    )
    if "tag" in may:
        with st.popover(t("Tag"), icon=":material/sell:"):
            for tag in TAGS:
                if st.button(wording.plain(tag), key=f"tag-{tag}", width="stretch"):
                    _edit(chosen, t("Tagging …"), lambda tag=tag: _changed(chosen, Changes(tag=tag)))
    if "labels" in may:
        with st.popover(t("Label"), icon=":material/label:"), st.form("labelling", border=False):
            label = st.text_input(t("Label to add"), key=_LABEL, placeholder=t("spring"))
            if st.form_submit_button(t("Add label")) and label.strip():
                _edit(chosen, t("Labelling …"), lambda: _changed(chosen, Changes(add_labels=(label,))))
    if "delete" in may and st.button(t("Delete"), key="delete", icon=":material/delete:"):
        _confirm(chosen, emptied)


def _confirm(chosen: Chosen, emptied: int) -> None:
    st.dialog(t("Delete"))(_ask)(chosen, emptied)


def _ask(chosen: Chosen, emptied: int) -> None:
    """Ask before items are deleted. `emptied`: of so many groups nothing would be left."""
    number = wording.items(len(chosen.sizes))
    st.markdown(f"**{t('Delete {items}, {size}?', items=number, size=wording.size(chosen.bytes))}**")
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
            _edit(chosen, t("Deleting {items} …", items=number), lambda: _deleted(chosen))


def _edit(chosen: Chosen, doing: str, change: Callable[[], str]) -> None:
    """Change media, and show what came of it. `change` returns that in words."""
    try:
        with st.spinner(doing):
            told = change()
    except LakefrontError as error:
        said = (error.what, error.fix)
        known = [wording.sentence(text) for each in said if (text := sentences.said(each))]
        outcome = Outcome(" ".join([f"**{t('That did not work.')}**", *known]), done=False, error=said)
    else:
        reads.forget_media()
        chosen.clear()
        outcome = Outcome(f"**{told}.**", done=True)
    st.session_state[_outcome(chosen.page)] = outcome
    st.rerun()


def _changed(chosen: Chosen, changes: Changes) -> str:
    """Change tags or labels; return in words what came of it."""
    done: Edited = people.editor().change([*chosen.sizes], changes)
    told = t("{number} changed", number=wording.number(done.changed))
    already = t("{number} had it already", number=wording.number(done.unchanged))
    return f"{told}, {already}" if done.unchanged else told


def _deleted(chosen: Chosen) -> str:
    """Delete assets; return in words what came of it."""
    return t("{number} deleted", number=wording.number(people.editor().delete([*chosen.sizes])))


def _outcome(page: str) -> str:
    return f"{page}_outcome"
