"""What the time machine reads: states of the media table, and how two of them differ for the person who looks."""

from __future__ import annotations

import datetime as dt

import streamlit as st

import reads
from environment import settings
from lakefront.errors import BadInputError, LakefrontError
from lakefront.media import comparison
from lakefront.media.assets import TABLE
from lakefront.media.comparison import Change, Comparison, Items
from lakefront.media.difference import Pair
from lakefront.media.query import NO_STATE, AsOf, parse_as_of
from lakefront.media.states import Step
from lakefront.semantic.policy.load import policies_here
from lakefront.semantic.policy.seen import sees_all_rows

_DAY = dt.timedelta(days=1)


@st.cache_data(ttl=5, show_spinner=False)
def steps() -> list[Step]:
    """Return the states that can still be read with what made each of them, the newest first."""
    return reads.metadata().steps(reads.MOST_STATES)


@st.cache_data(ttl=5, max_entries=500, show_spinner=False)
def pair(before: str | None, later: str | None) -> Pair:
    """Return two states; without `later`, what is there now; without `before`, a day before that, or one change.

    Raises BadInputError: `query-as-of`, `media-as-of` for a state that is not there.
    """
    metadata, end = reads.metadata(), _state(later)
    if before is not None:
        return metadata.pair(_state(before), end)
    newest = metadata.pair(end, end)
    if newest.states is None:
        return newest
    since = newest.states[1].since
    try:
        return metadata.pair(AsOf("moment", moment=since - _DAY), end)
    except BadInputError as error:
        if error.code != NO_STATE:
            raise
    earlier = [state for state in metadata.history(reads.MOST_STATES) if state.since < since]
    return metadata.pair(AsOf("snapshot", snapshot=earlier[0].snapshot), end) if earlier else newest


@st.cache_data(ttl=60, max_entries=2000, show_spinner=False)
def compared(viewer: str, before: str | None, later: str | None) -> Comparison:
    """Return how many items were added, changed and removed. The states are as `names` has them."""
    return comparison.compare(reads.engine(viewer), reads.metadata().pair(_state(before), _state(later)))


@st.cache_data(ttl=60, max_entries=2000, show_spinner=False)
def items(viewer: str, before: str | None, later: str | None, change: Change, *, after: str | None) -> Items:
    """Return a page of the items that one thing happened to.

    Raises BadInputError (`page-token`) for a token that is not of this list.
    """
    return comparison.items(
        reads.engine(viewer),
        reads.metadata().pair(_state(before), _state(later)),
        change,
        signing_key=settings().secrets.signing_key,
        size=reads.PAGE_SIZE,
        after=after,
    )


def names(found: Pair) -> tuple[str | None, str | None]:
    """Return two states as an address names them."""
    before, later = (None if state is None else _written(state) for state in (found.before, found.after))
    return before, later


@st.cache_data(ttl=60, max_entries=2000, show_spinner=False)
def knows_numbers(viewer: str, groups: tuple[str, ...] | None) -> bool:
    """Tell whether the viewer may know how many rows the table has: whoever sees all of them may."""
    ours = settings()
    if ours.everybody_sees_everything or viewer == ours.env.trino_user:
        return True
    try:
        return sees_all_rows(policies_here(ours), viewer, ours.schemas.table(TABLE), groups)
    except LakefrontError:
        return False


def _state(name: str | None) -> AsOf | None:
    return parse_as_of(name) if name else None


def _written(state: AsOf) -> str:
    return state.moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ") if state.moment else str(state)
