"""Time machine: what was added, changed and removed between two states of the media."""

from __future__ import annotations

import datetime as dt

import streamlit as st

import comparisons
import login
import people
import reads
import wording
from address import params, query_of, show
from components import trigger
from components.changes import changes
from components.compared import CHANGE_WORDS, numbers
from components.gone import tell_gone
from components.grid import grid
from components.history import states
from components.kept import known
from components.pager import backward, forward, ways
from components.trouble import tell
from history_state import HistoryState
from lakefront.errors import BadInputError, LakefrontError, UnreachableError
from lakefront.media.comparison import CHANGES, Change, Comparison, Items
from lakefront.media.difference import Pair
from lakefront.media.query import BAD_TOKEN, NO_STATE, AssetFilter, parse_as_of
from lakefront.media.states import Step
from lakefront.trino import TOO_LONG
from language import later, t
from state import GalleryState

_LINE, _FROM, _TO, _SHOW, _ITEMS = "history-line", "history-from", "history-to", "history-show", "history-items"
_NOTHING: dict[Change, str] = {
    "added": later("Nothing was added between these states."),
    "changed": later("Nothing was changed between these states."),
    "removed": later("Nothing was removed between these states."),
}
_BOXES = f'<div class="waiting" aria-hidden="true">{"<i></i>" * 8}</div>'
#: Where an item that was chosen is opened, in the run after the choice.
_GO = "history_go"
#: What is on the screen.
_SHOWN = "history_shown"
_FIRST, _LAST = dt.datetime(1970, 1, 1), dt.datetime(9999, 12, 31)  # noqa: DTZ001 - a field's, which has no zones


def current() -> HistoryState:
    """Return what the address bar says."""
    return HistoryState.from_params(params())


def said(found: Pair, place: int) -> str:
    """Return a state in words."""
    asked = (found.before, found.after)[place]
    if found.states is None:
        return t("now") if asked is None else wording.plain(str(asked))
    return wording.moment(found.states[place].since, seconds=True)


def spanned() -> None:
    """Compare the two states that were chosen on the line."""
    wanted = trigger(_LINE, "span")
    if wanted:
        before, end = wanted.split("/")[:2]
        show(current().between(before, end))


def timed() -> None:
    """Compare the states at the times that were chosen; the earlier one comes first."""
    state, moments = current(), [_moment(st.session_state.get(key)) for key in (_FROM, _TO)]
    chosen = [
        # A field shows no seconds: unless another time was chosen, the state that it stands for is meant.
        known if moment == _moment(st.session_state.get(f"_{key}")) else moment
        for key, known, moment in zip((_FROM, _TO), _known(state), moments, strict=True)
    ]
    if moments[0] and moments[1] and moments[0] > moments[1]:
        chosen.reverse()
    show(state.between(*chosen))


def _known(state: HistoryState) -> tuple[str | None, str | None]:
    return state.before, state.later


def _moment(value: dt.datetime | None) -> str | None:
    return f"{value:%Y-%m-%dT%H:%M}Z" if value else None


def fields(state: HistoryState, found: Pair | None) -> None:
    """Draw the fields of the two times, and the ways to the gallery of each."""
    for key, name, place in ((_FROM, state.before, 0), (_TO, state.later, 1)):
        shown = _time(name, found, place) if name or place == 0 else None
        st.session_state[key] = st.session_state[f"_{key}"] = shown
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="history-fields"):
        for key, words in ((_FROM, t("From (UTC)")), (_TO, t("To (UTC), empty for now"))):
            st.datetime_input(
                words,
                key=key,
                on_change=timed,
                format="YYYY-MM-DD",
                step=dt.timedelta(minutes=1),
                min_value=_FIRST,
                max_value=_LAST,
                width=230,
            )
        if state != HistoryState(change=state.change):
            st.button(
                t("The latest changes"), icon=":material/today:", type="tertiary", on_click=show,
                args=(HistoryState(change=state.change),),
            )  # fmt: skip


def _time(name: str | None, found: Pair | None, place: int) -> dt.datetime | None:
    """Return what a field shows, in whole minutes."""
    moment = found.states[place].since if found and found.states else None
    if name and not name.isdecimal():
        try:
            moment = parse_as_of(name).moment
        except BadInputError:
            moment = None
    return moment.astimezone(dt.UTC).replace(tzinfo=None, second=0, microsecond=0) if moment else None


def galleries(found: Pair) -> None:
    """Draw the ways to the gallery as it was in both states."""
    with st.container(horizontal=True, gap="small", key="history-galleries"):
        for place, name in enumerate(comparisons.names(found)):
            newest = current().later is None and place == 1
            words = t("The gallery now") if newest else t("The gallery as of {when}", when=said(found, place))
            target = GalleryState(as_of=None if newest else name)
            st.page_link(
                "pages/gallery.py", label=words, icon=":material/photo_library:", query_params=query_of(target)
            )


def trouble(error: LakefrontError, steps: list[Step]) -> None:
    """Say why two states cannot be compared, and what can be instead."""
    if isinstance(error, BadInputError) and error.code in {NO_STATE, "query-as-of"}:
        tell_gone(error, current().before, current().later)
        with st.container(horizontal=True, gap="xsmall"):
            if steps:
                earliest = str(steps[-1].state.snapshot)
                st.button(t("From the earliest state to now"), on_click=show, args=(current().between(earliest, None),))
            st.button(t("The latest changes"), on_click=show, args=(HistoryState(),))
    elif error.code == TOO_LONG and not reads.failing():
        told = t(
            "Choose states that are closer to each other, or ask by `lakefront media compare`, which takes its time."
        )
        st.warning(f"**{t('Comparing these states takes too long for a page.')}**  \n{told}", icon=":material/timer:")
    else:
        tell(error, t("The states cannot be compared."))


def turn(where: str, page: Items) -> None:
    """Go to the neighbouring page."""
    if where in {"on", "older"} and page.next:
        forward(current(), page.next)
    elif where in {"back", "newer"}:
        backward(current())


def opened(page: Items, change: Change, ends: tuple[str | None, str | None]) -> None:
    """Note that an item was chosen: it is opened as of the state that has it."""
    wanted = trigger(_ITEMS, "open")
    if wanted and any(item.asset.asset_id == wanted for item in page.items):
        as_of = ends[0] if change == "removed" else ends[1] if current().later else None
        st.session_state[_GO] = GalleryState(as_of=as_of, open=wanted)


def read(state: HistoryState, change: Change, ends: tuple[str | None, str | None], *, told: bool) -> Items | None:
    """Return a page of the items that one thing happened to; when it cannot be read, say so."""
    try:
        found = known(
            ("changes", *ends, change, state.after),
            lambda: comparisons.items(people.viewer(), *ends, change, after=state.after),
        )
    except LakefrontError as error:
        if isinstance(error, BadInputError) and error.code == BAD_TOKEN:
            show(state.at(None))  # an address that was typed or cut, or is older than a key
            st.rerun()
        trouble(error, comparisons.steps())
        return None
    if not told:
        found.tell(t("The states cannot be compared."))
    return found.value


def listed(state: HistoryState, found: Comparison, ends: tuple[str | None, str | None], *, told: bool) -> None:
    """Draw the choice of what happened, and a page of the items that it happened to.

    `told`: whether it was said already that they cannot be read again.
    """
    counts = {change: found.totals(change).assets for change in CHANGES}
    change: Change = state.change or next((each for each in CHANGES if counts[each]), "added")
    st.session_state[_SHOW] = change

    def choose() -> None:
        wanted = st.session_state.get(_SHOW)
        if wanted in CHANGES:
            show(current().of(wanted))

    top = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="bar")
    with top:
        st.segmented_control(
            t("What happened"),
            CHANGES,
            key=_SHOW,
            format_func=lambda each: f"{t(CHANGE_WORDS[each])} :gray[{wording.number(counts[each])}]",
            on_change=choose,
            required=True,
            label_visibility="collapsed",
            width="content",
        )
    line, boxes = st.empty(), st.empty()
    if not counts[change]:
        line.caption(t(_NOTHING[change]))
        return
    shown = (*ends, change, state.after)
    if st.session_state.get(_SHOWN) != shown:
        line.caption(t("Reading …"))
        boxes.html(_BOXES)
    page = read(state, change, ends, told=told)
    boxes.empty()
    line.empty()
    if page is None:
        return
    st.session_state[_SHOWN] = shown
    if change == "removed":
        line.caption(t("As they were last. Where the thumbnail is gone as well, there is no preview."))
    name, pinned = repr(shown), state.between(*ends).of(change).at(state.after)
    words = (t("Newer"), t("Newest"), t("Older"))

    def turned(where: str) -> None:
        # Which states they were is said from now on: what is there now may be another one on the next page.
        if current() != pinned:
            show(pinned)
        turn(where, page)

    if page.next or state.after:
        with top:
            ways("top", pinned, page.next, words=words, turn=turned)
    if change == "changed":
        changes(page.items, key=_ITEMS, page=name, on_open=lambda: opened(page, change, ends))
    else:
        grid(
            [item.asset for item in page.items],
            key=_ITEMS,
            page=name,
            newer=state.after is not None,
            older=page.next is not None,
            on_open=lambda: opened(page, change, ends),
            on_turn=lambda: turned(trigger(_ITEMS, "turn") or ""),
        )
    if page.next or state.after:
        with st.container(horizontal=True, horizontal_alignment="right"):
            ways("bottom", pinned, page.next, words=words, turn=turned)


def nothing_kept() -> None:
    """Say why there is no state to be seen: nothing was ever written, or nobody can tell."""
    try:
        empty = not reads.totals(people.viewer(), AssetFilter()).assets
    except LakefrontError as error:
        tell(error, t("The states cannot be read."))
        return
    if empty:
        st.markdown(f"**{t('There is no media yet.')}**  \n{t('`lakefront seed` brings the sample.')}")
        return
    tell(_no_states(), t("The states cannot be read."))


def _no_states() -> UnreachableError:
    return UnreachableError(
        "catalog-unreachable", "the catalog does not say which states there are", fix="look at `lakefront status`"
    )


def _steps() -> list[Step]:
    """Return the states, the newest first. Raises UnreachableError where there is none to be seen."""
    found = comparisons.steps()
    if not found:
        raise _no_states()
    return found


def _pair(state: HistoryState) -> Pair | None:
    try:
        return comparisons.pair(state.before, state.later)
    except LakefrontError:
        return None


def line_of(steps: list[Step], found: Pair | None) -> None:
    """Draw the line of states."""
    chosen = t("From {before} to {later}", before=said(found, 0), later=said(found, 1)) if found else ""
    ends = (found.states[0].snapshot, found.states[1].snapshot) if found and found.states else None
    known = comparisons.knows_numbers(people.viewer(), login.groups())
    states(steps, numbers=known, chosen=chosen, ends=ends, key=_LINE, on_span=spanned)


@st.fragment
def browse() -> None:
    """Draw the states, what differs between the two that are chosen, and the items that do."""
    wanted: GalleryState | None = st.session_state.pop(_GO, None)
    if wanted:
        # Streamlit puts the query into the address before the page, as a step of its own: a step back leads to this
        # page with that query, which has to say what was compared, too.
        st.switch_page("pages/gallery.py", query_params=query_of(current().at(None)) | query_of(wanted))
    state, steps, unread = current(), list[Step](), None
    try:
        states_known = known("states", _steps)
        steps, unread = states_known.value, states_known.error
    except UnreachableError:
        if not (state.before and state.later):
            nothing_kept()
            return
    above, line = st.container(key="history-above"), st.empty()
    line.caption(t("Comparing …"))

    def compare() -> tuple[Pair, Comparison]:
        if unread:
            raise unread  # which states are meant is told by those that there are
        found = comparisons.pair(state.before, state.later)
        return found, comparisons.compared(people.viewer(), *comparisons.names(found))

    try:
        seen = known(("compared", state.before, state.later), compare)
    except LakefrontError as error:
        line.empty()
        if isinstance(error, BadInputError) or error.code == TOO_LONG:
            # Whoever may not see the media is not told when they were changed.
            found = _pair(state)
            with above:
                line_of(steps, found)
                fields(state, found)
        trouble(error, steps)
        return
    found, result = seen.value
    ends = comparisons.names(found)
    seen.tell(t("The states cannot be compared."))
    with above:
        line_of(steps, found)
        fields(state, found)
        galleries(found)
    if len(steps) == 1 and ends[0] == ends[1]:
        line.markdown(t("**There is one state only.** Nothing has been added, changed or removed since."))
        return
    if not result.cells:
        line.markdown(f"**{t('Nothing differs between these states.')}**")
        return
    line.empty()
    numbers(result)
    listed(state, result, ends, told=seen.error is not None)


st.markdown(f"# {t('Time machine')}")
st.caption(
    t(
        "What was added, changed and removed from one state of the media to another. A click on a state tells what it"
        " did; a drag, or Shift and a click, takes several together."
    )
)
browse()
