"""A page of items as the gallery and the search show it: read, arranged, turned, and what it holds in words."""

from __future__ import annotations

import unicodedata
from typing import Any, Final, NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import people
import reads
import wording
from address import current, show, show_item
from components import trigger
from components.details import LAST
from components.gone import tell_gone
from components.grid import grid
from components.kept import known
from components.notice import notice
from components.pager import backward, forward, ways
from components.trouble import tell
from lakefront.errors import BadInputError, LakefrontError
from lakefront.media.condition import ConditionError
from lakefront.media.query import BAD_TOKEN, NO_STATE, Page, Totals
from language import later, n, t
from state import SIZES, SORTS, GalleryState

_SORT, _SIZE, _VIEW = "sort", "size", "view"
_ROOMY, _DENSE = ":material/grid_view:", ":material/apps:"
#: Orders in words.
SORT_WORDS: Final = {
    "newest": later("Newest first"),
    "oldest": later("Oldest first"),
    "largest": later("Largest first"),
    "smallest": later("Smallest first"),
    "name": later("By title"),
}


def turn(where: str, page: Page) -> None:
    """Go to the neighbouring page."""
    if where == "older" and page.next:
        forward(current(), page.next)
    elif where == "newer":
        backward(current())


def read(state: GalleryState, *, lost: str) -> Page | None:
    """Return the page of a state; when it cannot be read, say so and return it as it was read last, if ever.

    `lost`: what is not there then, in words.
    """

    def ask() -> Page:
        return reads.page(
            people.viewer(), state.filter, state.after, sort=state.sort, size=state.size, as_of=state.as_of
        )

    try:
        page = known(("page", state.showing(None)), ask)
    except LakefrontError as error:
        if isinstance(error, BadInputError) and error.code == BAD_TOKEN:
            # An address that was typed or cut, or is older than a key: its filters are good all the same.
            show(state.at(None))
            st.rerun()
        _say_why(error, state, lost)
        return None
    page.tell(lost)
    return page.value


def _say_why(error: LakefrontError, state: GalleryState, lost: str) -> None:
    if isinstance(error, BadInputError) and error.code == "page-days":
        _too_many(error)
    elif isinstance(error, BadInputError) and error.code in {NO_STATE, "query-as-of"}:
        tell_gone(error, state.as_of, go=lambda earliest: show(current().of(earliest)))
    elif isinstance(error, BadInputError) and state.filter.condition:
        notice(f"**{t('The condition cannot be asked.')}**", error.what, icon=":material/rule:", fix=error.fix)
        if isinstance(error, ConditionError) and error.span:
            st.code(pointed_at(state.filter.condition, *error.span), language=None)
        st.button(t("Without it"), on_click=show, args=(state.narrowed(condition=""),))
    else:
        tell(error, lost)


def _too_many(error: BadInputError) -> None:
    """Say that so many items are not sorted that way, and offer the order that always works."""
    notice("", error.what, icon=":material/sort:", then=t("Choose days, or filters that leave fewer."))
    st.button(t("Newest first"), on_click=show, args=(current().arranged(sort="newest"),))


def pointed_at(text: str, start: int, end: int) -> str:
    """Return a line with a line below it that points at some of its letters; wide letters are as wide there."""
    wide = [unicodedata.east_asian_width(letter) in "WF" for letter in text]
    before = "".join("\u3000" if each else " " for each in wide[:start])
    return f"{text}\n{before}{''.join('＾' if each else '^' for each in wide[start:end])}"


def _arrange() -> None:
    """Take the order and the size of a page that were chosen."""
    chosen = st.session_state
    show(current().arranged(sort=chosen.get(_SORT), size=chosen.get(_SIZE)))


def arrangement(state: GalleryState, *, pictures: bool = True) -> DeltaGenerator:
    """Draw the choice of the order, of how many items a page has and, of pictures, how large they are.

    Returns the place of one thing more.
    """
    st.session_state[_SORT], st.session_state[_SIZE] = state.sort, state.size
    st.session_state[_VIEW] = _DENSE if state.dense else _ROOMY
    with st.container(horizontal=True, gap="xsmall", width="content", vertical_alignment="center", key="arrangement"):
        st.selectbox(
            t("Order"),
            SORTS,
            key=_SORT,
            format_func=lambda sort: t(SORT_WORDS[sort]),
            on_change=_arrange,
            label_visibility="collapsed",
            width=150,
        )
        st.selectbox(
            t("Items a page"),
            SIZES,
            key=_SIZE,
            format_func=lambda size: t("{number} a page", number=size),
            on_change=_arrange,
            label_visibility="collapsed",
            width=140,
        )
        if pictures:
            st.segmented_control(
                t("Large or small pictures"),
                (_ROOMY, _DENSE),
                key=_VIEW,
                on_change=lambda: show(current().drawn(dense=st.session_state.get(_VIEW) == _DENSE)),
                label_visibility="collapsed",
                required=True,
            )
        return st.container(width="content")


def tiles(page: Page, state: GalleryState, *, key: str, **more: Any) -> None:
    """Draw the page's items as pictures: a click opens one, the arrow keys turn the page. `more`: as of `grid`."""

    def opened() -> None:
        wanted = trigger(key, "open")
        if wanted:
            show_item(wanted)

    def turned() -> None:
        wanted = trigger(key, "turn")
        if wanted:
            turn(wanted, page)

    grid(
        page.assets,
        key=key,
        page=repr((state.showing(None), [asset.asset_id for asset in page.assets])),
        newer=state.after is not None,
        older=page.has_more,
        opened=state.open,
        last=st.session_state.get(LAST),
        dense=state.dense,
        on_open=opened,
        on_turn=turned,
        **more,
    )


def pager(place: str, state: GalleryState, page: Page) -> None:
    """Draw the ways to the neighbouring pages."""
    where = {"back": "newer", "on": "older"}
    words = (t("Newer"), t("Newest"), t("Older"))
    ways(place, state, page.next, words=words, turn=lambda way: turn(where[way], page))


class Held(NamedTuple):
    """What filters leave, and how many tags there are among it."""

    totals: Totals
    tags: int


def held_by(state: GalleryState) -> Held | None:
    """Return what the filters leave; None where it cannot be counted now."""
    asked = people.viewer(), state.filter, state.as_of
    try:
        return Held(reads.totals(*asked), reads.tags(*asked))
    except LakefrontError:
        return None


def summary(held: Held | None, page: Page) -> str:
    """Return the line above the items: what the filters leave, and the days of the items on the page."""
    told: list[str] = []
    total = f"**{wording.items(held.totals.assets)}** " if held else ""
    if held and held.totals.bytes:
        size, average = held.totals.bytes, held.totals.bytes // held.totals.assets
        told += [wording.size(size), t("{size} on average", size=wording.size(average))]
    if held and held.tags:
        told.append(n("{number} tag", "{number} tags", held.tags))
    if page.assets:
        days = sorted(asset.upload_time.date() for asset in page.assets)
        told.append(wording.days(days[0], days[-1]))
    if page.fell_back:
        told.append(t("as it is now: what earlier pages showed is no longer kept"))
    return f"{total}:gray[{' · '.join(told)}]" if told else total
