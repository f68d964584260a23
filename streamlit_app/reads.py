"""What pages read, as the person who looks, kept for a moment. The viewer's name is part of every key."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import streamlit as st

from api.health import Health, HealthChecks, problems
from environment import settings
from lakefront.errors import BadInputError, LakefrontError
from lakefront.gate import Gate
from lakefront.media import duplicates, query, uses, versions, views
from lakefront.media.assets import COLUMNS, TABLE
from lakefront.media.condition import NAMES
from lakefront.media.edits import Editor
from lakefront.media.metadata import State, TableMetadata
from lakefront.media.rows import no_table
from lakefront.media.views import SavedView
from lakefront.semantic import SemanticLayer, layer_here
from lakefront.semantic.ask import Semantic
from lakefront.semantic.policy.model import EDITS, Edit
from lakefront.trino import Trino
from leaving import end_if_left
from people import NOBODY

#: Seconds that a statement for a page may run on the server.
STATEMENT_LIMIT = 12.0
#: Seconds for which statements fail at once after Trino did not answer one in time.
SHUT_FOR = 8.0
#: What a page needs to be read: the engine, and what the engine reads from.
NEEDED = ("trino", "catalog", "objects")
PAGE_SIZE = 20
#: States of the table that can be chosen.
MOST_STATES = 200
#: Seconds for which is kept what was read of one state of the table: only what policies let through may change.
PINNED_FOR = 30
#: With so many assets at most, one statement counts them by day and by everything else that is filtered by.
MOST_BY_DAY = 10_000
#: Groups of duplicates on a page, and pages that are passed over because the viewer sees no group of them.
GROUPS = 10
_MOST_PASSED = 10


#: What keeps something that was read of media.
_OF_MEDIA: Final[list[Any]] = []
Reader = TypeVar("Reader")


def of_media(kept: Reader) -> Reader:
    """Have what a cached function keeps forgotten when somebody changes media."""
    _OF_MEDIA.append(kept)
    return kept


@st.cache_resource(show_spinner=False)
def health_checks() -> HealthChecks:
    """Return the checks of all parts."""
    return HealthChecks(settings())


@st.cache_data(ttl=2, show_spinner=False)
def failing() -> list[Health]:
    """Return what does not answer of the parts that pages need: asked once for all who wait for it."""
    return list(problems(health_checks().run(NEEDED)))


@st.cache_data(ttl=2, show_spinner=False)
def store_answers() -> bool:
    """Tell whether the object store answers."""
    return all(part.up for part in health_checks().run(("objects",)))


@st.cache_resource(show_spinner=False)
def gate() -> Gate:
    """Return what all statements of this process pass."""
    return Gate(SHUT_FOR)


@st.cache_resource(max_entries=1000, show_spinner=False)
def engine(viewer: str) -> Trino:
    """Return Trino, asked as `viewer`; what nobody waits for any more is cancelled there."""
    return Trino.from_settings(
        settings(),
        user=viewer,
        principal=NOBODY,
        source="lakefront-explorer",
        timeout=STATEMENT_LIMIT,
        watch=end_if_left,
        gate=gate(),
    )


@st.cache_resource(show_spinner=False)
def metadata() -> TableMetadata:
    """Return what the media table's own metadata tell."""
    return TableMetadata(settings())


@of_media
@st.cache_data(ttl=5, show_spinner=False)
def snapshot() -> int | None:
    """Return the media table's current snapshot, which first pages are pinned to; None where it cannot be told."""
    return metadata().current()


@of_media
@st.cache_data(ttl=PINNED_FOR, max_entries=2000, show_spinner=False)
def day_counts(viewer: str, wanted: query.AssetFilter, state: query.AsOf | None) -> dict[dt.date, int]:
    """Return how many assets a filter leaves of each day."""
    try:
        return query.day_counts(engine(viewer), wanted, as_of=state)
    except BadInputError as error:
        if no_table(error):
            return {}
        raise


def page(
    viewer: str,
    wanted: query.AssetFilter,
    after: str | None = None,
    *,
    sort: query.Sort = "newest",
    size: int = PAGE_SIZE,
    as_of: str | None = None,
) -> query.Page:
    """Return one page of assets: the first one, or the one that a token stands for; of a state where one is said.

    Raises BadInputError: `page-token` for a token that is not of this list, `page-days` for too many assets to sort,
    `media-as-of` and `query-as-of` for a state that is not there.
    """
    pin = None if as_of else snapshot()
    return _page(viewer, wanted, after, sort=sort, size=size, as_of=as_of, pin=pin)


@of_media
@st.cache_data(ttl=PINNED_FOR, max_entries=2000, show_spinner=False)
def _page(
    viewer: str,
    wanted: query.AssetFilter,
    after: str | None,
    *,
    sort: query.Sort,
    size: int,
    as_of: str | None,
    pin: int | None,
) -> query.Page:
    return query.page(
        engine(viewer),
        wanted,
        signing_key=settings().secrets.signing_key,
        sort=sort,
        size=size,
        after=after,
        pin=pin,
        as_of=query.parse_as_of(as_of) if as_of else None,
        counts=metadata().bounds(lambda state: day_counts(viewer, wanted, state)),
    )


def fresh(shown: query.Page, as_of: str | None) -> tuple[query.Asset, ...]:
    """Return the assets of a page as they are in the state that is shown; none of a walk that began in another one."""
    current = shown.snapshot is not None and shown.snapshot == snapshot()
    return shown.assets if as_of or current else ()


@of_media
@st.cache_data(ttl=60, max_entries=2000, show_spinner=False)
def asset(viewer: str, asset_id: str, as_of: str | None = None) -> query.Asset | None:
    """Return one asset, or None when there is none that this person may see."""
    return query.get(engine(viewer), asset_id, as_of=query.parse_as_of(as_of) if as_of else None)


@st.cache_data(ttl=30, show_spinner=False)
def history() -> list[State]:
    """Return the states of the media table that can still be read, the newest first."""
    return metadata().history(MOST_STATES)


def of_contents(viewer: str, contents: tuple[str, ...]) -> dict[str, query.Asset]:
    """Return SHA-256 -> the asset of that content, of those that are there and the viewer sees."""
    try:
        return query.of_contents(engine(viewer), contents)
    except BadInputError as error:
        if no_table(error):
            return {}
        raise


@of_media
@st.cache_data(ttl=60, max_entries=2000, show_spinner=False)
def duplicates_of(viewer: str, asset_id: str) -> dict[duplicates.Match, tuple[query.Asset, ...]]:
    """Return the other assets that are the same or look alike."""
    return duplicates.duplicates_of(engine(viewer), asset_id)


@of_media
@st.cache_data(ttl=30, max_entries=2000, show_spinner=False)
def versions_of(viewer: str, asset_id: str) -> versions.Versions:
    """Return what was changed of an asset, as far as the viewer may see it. Raises as `versions.versions`."""
    return versions.versions(engine(viewer), metadata(), asset_id)


@of_media
@st.cache_data(ttl=60, max_entries=2000, show_spinner=False)
def uses_of(viewer: str, asset_id: str, as_of: str | None = None) -> list[uses.Use]:
    """Return the datasets that name an asset, as far as the viewer sees them; none of an asset that she does not."""
    found = asset(viewer, asset_id, as_of)
    return uses.uses(engine(viewer), layer(), found) if found else []


@of_media
@st.cache_data(ttl=15, max_entries=2000, show_spinner=False)
def duplicate_groups(viewer: str, match: duplicates.Match, after: str | None = None) -> duplicates.Groups:
    """Return a page of groups of duplicates: the first from there on that has one which this person may see.

    Raises BadInputError: `page-token` for a token that is not of this list.
    """
    found = duplicates.Groups((), after)
    for _ in range(_MOST_PASSED):
        try:
            found = duplicates.groups(
                engine(viewer), match, signing_key=settings().secrets.signing_key, size=GROUPS, after=found.next
            )
        except BadInputError as error:
            if no_table(error):
                return duplicates.Groups((), None)
            raise
        if found.groups or not found.next:
            break
    return found


@st.cache_data(ttl=60, max_entries=2000, show_spinner=False)
def edits(viewer: str, groups: tuple[str, ...] | None) -> frozenset[Edit]:
    """Return what the viewer may do to media, at least to some. Raises as `Editor.may`.

    `groups`: those of her login; None for those of the policies' own lists.
    """
    asked = Editor(settings(), user=viewer, groups=groups)
    return frozenset(edit for edit in EDITS if asked.may(edit) is not None)


@st.cache_data(ttl=10, max_entries=2000, show_spinner=False)
def saved_views(viewer: str) -> tuple[SavedView, ...]:
    """Return the views that people have saved, by name."""
    return views.saved_views(engine(viewer))


def forget_views() -> None:
    """Forget the saved views, for everybody: somebody has changed them."""
    saved_views.clear()


def forget_media() -> None:
    """Forget what was read of media, for everybody: somebody has changed them."""
    for kept in _OF_MEDIA:
        kept.clear()


# Not copied for everyone who asks: nothing changes a cube.
@of_media
@st.cache_resource(ttl=PINNED_FOR, max_entries=2000, show_spinner=False)
def _cube(viewer: str, under: query.AssetFilter, state: query.AsOf | None, *, by_day: bool) -> query.Cube:
    """Return the counts that every choice of kinds and tags, and of days, is answered from.

    `under` chooses none of them.
    """
    try:
        return query.cube(engine(viewer), under, by_day=by_day, as_of=state)
    except BadInputError as error:
        if no_table(error):
            return query.Cube({}, by_day)
        raise


@of_media
@st.cache_resource(ttl=PINNED_FOR, max_entries=2000, show_spinner=False)
def _cube_of_days(viewer: str, under: query.AssetFilter, state: query.AsOf | None, *, by_day: bool) -> query.Cube:
    """Return the counts within the days of a filter that chooses neither kinds nor tags."""
    return _cube(viewer, query.counted_under(under, by_day=by_day), state, by_day=by_day).of_days(under)


def _few(state: query.AsOf | None) -> bool:
    """Tell whether a state of the table has so few assets that they may be counted by day and everything else."""
    spans = metadata().spans(state.snapshot) if state is not None and state.kind == "snapshot" else None
    return spans is not None and sum(span.rows for span in spans) <= MOST_BY_DAY


def _state(as_of: str | None) -> query.AsOf | None:
    """Return the state that a first page shows."""
    return query.parse_as_of(as_of) if as_of else query.of_snapshot(snapshot())


def _counts(viewer: str, wanted: query.AssetFilter, as_of: str | None) -> query.Cube:
    """Return the counts of the state that a first page shows, within the days of a filter."""
    state = _state(as_of)
    return _cube_of_days(viewer, query.counted_under(wanted), state, by_day=_few(state))


def totals(viewer: str, wanted: query.AssetFilter, as_of: str | None = None) -> query.Totals:
    """Return how many assets a filter leaves, and their bytes."""
    return _counts(viewer, wanted, as_of).totals(wanted)


def tags(viewer: str, wanted: query.AssetFilter, as_of: str | None = None) -> int:
    """Return how many tags there are among what a filter leaves."""
    return _counts(viewer, wanted, as_of).different("tag", wanted)


def by_day(viewer: str, wanted: query.AssetFilter, as_of: str | None = None) -> dict[dt.date, int]:
    """Return how many assets a filter leaves of each day in the state that a first page shows."""
    state = _state(as_of)
    if _few(state):
        return _cube(viewer, query.counted_under(wanted, by_day=True), state, by_day=True).day_counts(wanted)
    return day_counts(viewer, wanted, state)


def facets(viewer: str, wanted: query.AssetFilter, as_of: str | None = None) -> Mapping[str, Mapping[str, int]]:
    """Return how many assets each value of a column (tag, kind) has under the other filters."""
    return _counts(viewer, wanted, as_of).facets(wanted)


def days(viewer: str, as_of: str | None = None) -> tuple[dt.date, dt.date] | None:
    """Return the first and last day that has assets."""
    found = by_day(viewer, query.AssetFilter(), as_of)
    return (min(found), max(found)) if found else None


@st.cache_resource(ttl=300, show_spinner=False)
def layer() -> SemanticLayer:
    """Return the semantic layer, which says what each number is. Raises ModelError."""
    return layer_here(settings())


@of_media
@st.cache_data(ttl=60, max_entries=2000, show_spinner=False)
def measured(
    viewer: str,
    metrics: tuple[str, ...],
    by: tuple[str, ...] = (),
    *,
    where: str | None = None,
    since: dt.date | None = None,
    until: dt.date | None = None,
) -> list[dict[str, Any]]:
    """Return metrics of the semantic layer by dimensions, a mapping a row; none where nothing was ever written.

    `until`: the first day that does not count. Raises BadInputError (`query-…`).
    """
    # The viewer is asked for as every page does; whether a rollup is current would be asked as the environment's user.
    answer = Semantic(settings(), user=viewer, layer=layer()).query(
        metrics, by, where=where, since=since, until=until, rollups="never"
    )
    try:
        rows = engine(viewer).query(answer.sql).rows
    except BadInputError as error:
        if no_table(error):
            return []
        raise
    return [dict(zip(answer.columns, row, strict=True)) for row in rows]


def media_columns() -> list[Described]:
    """Return the columns that a condition may be about, as the semantic layer describes them, or the table does."""
    described = {column.name: Described(column.name, column.type, column.doc) for column in COLUMNS}
    try:
        datasets = layer().datasets.values()
    except LakefrontError:
        return [described[name] for name in NAMES]  # pages that need the models say what is wrong with them
    table = settings().schemas.table(TABLE)
    for dataset in datasets:
        if dataset.source == table:
            described |= {
                column.name: Described(column.name, column.type, column.description) for column in dataset.columns
            }
    return [described[name] for name in NAMES]


@dataclass(frozen=True)
class Described:
    """A column: its name, type and meaning."""

    name: str
    type: str
    description: str
