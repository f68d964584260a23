"""Saved views: what somebody looks for in the media, under a name by which everybody finds it.

They are rows of one small Iceberg table. A change reads all of it, checks who may do what, and replaces it in a commit
that holds only upon the very state that was read: when another was faster, it is read and checked anew. So no name is
given twice, and nothing that somebody has just saved is lost.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, replace
from typing import Any, Final, cast

import pyarrow
from pyiceberg.expressions import AlwaysTrue
from pyiceberg.table import Table

from lakefront.config import Settings
from lakefront.errors import BadInputError, CheckFailedError, NotAllowedError, did_you_mean
from lakefront.iceberg.catalog import answered
from lakefront.iceberg.columns import Column
from lakefront.iceberg.schema import arrow_schema, schema_of
from lakefront.media.assets import SAVED_VIEWS, TABLE
from lakefront.media.catalog import MediaCatalog
from lakefront.media.commits import BATCH_ID, commit, upon_this_state
from lakefront.media.condition import condition_sql
from lakefront.media.description import written
from lakefront.media.params import Listing, read_query, written_query
from lakefront.media.rows import no_table
from lakefront.media.sources import shown
from lakefront.semantic.policy.edits import administers
from lakefront.semantic.policy.load import policies_here
from lakefront.trino import Trino

COLUMNS: Final = (
    Column("name", "string", "What it is called; no two have one name"),
    Column("owner", "string", "Who saved it, and may change it"),
    # Not `query`: the audit knows columns with personal data by their names, and that is one of its own.
    Column("parameters", "string", "What it shows, as the parameters of an address of the explorer"),
    Column("description", "string", "What it is good for; may be empty"),
    Column("created_at", "timestamptz", "When it was saved first, UTC"),
    Column("updated_at", "timestamptz", "When it was changed last, UTC"),
    Column("updated_by", "string", "Who changed it last"),
)
#: All are read at once, and people choose among them.
MOST_VIEWS: Final = 2_000
LONGEST_NAME: Final = 80
LONGEST_DESCRIPTION: Final = 500
#: In an address, `view` says this of the pictures' size.
_RESERVED: Final = frozenset({"dense"})
#: How the explorer draws what is found.
_DRAWN: Final = ("view", "layout")
_LONGEST_QUERY: Final = 4_000
_ATTEMPTS: Final = 100
_SELECT: Final = ", ".join(column.name for column in COLUMNS)
# Arrow has no types.
_ARROW: Final[Any] = pyarrow


@dataclass(frozen=True)
class SavedView:
    """What somebody looks for, under a name; its fields are those of `COLUMNS`, in their order.

    `query`: the parameters of an address, as `params` writes them.
    """

    name: str
    owner: str
    query: str
    description: str
    created_at: dt.datetime
    updated_at: dt.datetime
    updated_by: str

    @property
    def params(self) -> dict[str, list[str]]:
        """What it shows, as the parameters of an address."""
        return read_query(self.query)

    @property
    def listing(self) -> Listing:
        """What it shows."""
        return Listing.from_params(self.params)


def saved_views(trino: Trino) -> tuple[SavedView, ...]:
    """Return the views that this person may see, by name; none where nobody has saved any.

    Raises NotAllowedError (`trino-denied`) for whoever may not see media.
    """
    try:
        rows = trino.query(f"SELECT {_SELECT} FROM {trino.schemas.table(SAVED_VIEWS)}").rows  # noqa: S608 - names of our own
    except BadInputError as error:
        if no_table(error):
            return ()
        raise
    return tuple(sorted((_view_of(row) for row in rows), key=lambda view: _same(view.name)))


def named(views: Sequence[SavedView], name: str) -> SavedView:
    """Return the view of a name, in any case. Raises BadInputError (`media-view`)."""
    for view in views:
        if _same(view.name) == _same(name):
            return view
    raise BadInputError(
        "media-view",
        f"there is no saved view '{shown(name)}'.{did_you_mean(name, [view.name for view in views])}",
        fix="choose one that `lakefront media views list` shows",
    )


def ensure_table(catalog: MediaCatalog) -> Table:
    """Return the table; create it when it is missing. Raises as `answered`."""
    properties = {
        "format-version": "2",
        "comment": "One row for each saved view of the media",
        "write.parquet.compression-codec": "zstd",
        # It is replaced at each change, and small.
        "write.metadata.delete-after-commit.enabled": "true",
        "write.metadata.previous-versions-max": "20",
    }
    name, shape = catalog.schemas.table(SAVED_VIEWS), schema_of(COLUMNS)

    def create() -> Table:
        catalog.catalog.create_namespace_if_not_exists(name.split(".")[0])
        return catalog.catalog.create_table_if_not_exists(name, schema=shape, properties=properties)

    return answered(catalog.url, create)


class Views:
    """Saves and changes views in the name of the person that `trino` is asked as, for whoever may see media.

    `groups`: hers, as the identity provider says them, where it does. Only the owner of a view and an admin may change
    it. Each change raises NotAllowedError (`trino-denied` for whoever sees no media, `media-view-denied`),
    BadInputError (`media-view`, `media-view-name`, `media-view-taken`, `media-view-full`), CheckFailedError
    (`media-view-changed`: others have changed it since it was seen, `media-view-conflict`) or UnreachableError.
    """

    def __init__(
        self,
        settings: Settings,
        trino: Trino,
        *,
        groups: Sequence[str] | None = None,
        catalog: MediaCatalog | None = None,
    ) -> None:
        self.user = trino.user
        self._settings, self._trino, self._groups = settings, trino, groups
        self._given = catalog

    def save(self, name: str, query: str, description: str = "") -> SavedView:
        """Save a new view."""
        name, kept, described = _checked_name(name), _checked_query(query), _checked_description(description)

        def add(views: list[SavedView], now: dt.datetime) -> list[SavedView]:
            self._check_free(views, name)
            if len(views) >= MOST_VIEWS:
                what = f"there are {len(views):,} saved views already"
                raise BadInputError("media-view-full", what, fix="delete those that nobody needs")
            return [*views, SavedView(name, self.user, kept, described, now, now, self.user)]

        return named(self._commit(add), name)

    def change(
        self, seen: SavedView, *, name: str | None = None, query: str | None = None, description: str | None = None
    ) -> SavedView:
        """Change a view as it was seen; what is None stays as it is."""
        wanted = _checked_name(seen.name if name is None else name)
        kept = seen.query if query is None else _checked_query(query)
        described = seen.description if description is None else _checked_description(description)

        def swap(views: list[SavedView], now: dt.datetime) -> list[SavedView]:
            self._check_mine(views, seen)
            others = [view for view in views if view.name != seen.name]
            self._check_free(others, wanted)
            changed = replace(
                seen, name=wanted, query=kept, description=described, updated_at=now, updated_by=self.user
            )
            return [*others, changed]

        return named(self._commit(swap), wanted)

    def delete(self, seen: SavedView) -> None:
        """Delete a view as it was seen."""

        def remove(views: list[SavedView], _: dt.datetime) -> list[SavedView]:
            self._check_mine(views, seen)
            return [view for view in views if view.name != seen.name]

        self._commit(remove)

    def may_change(self, view: SavedView) -> bool:
        """Tell whether the person may change or delete a view."""
        ours = self._settings
        if view.owner == self.user or ours.everybody_sees_everything or self.user == ours.env.trino_user:
            return True
        return administers(policies_here(ours), self.user, self._groups)

    def _check_free(self, others: Sequence[SavedView], name: str) -> None:
        for view in others:
            if _same(view.name) == _same(name):
                whose = "you have" if view.owner == self.user else f"{view.owner} has"
                what = f"{whose} saved a view as '{view.name}' already"
                raise BadInputError("media-view-taken", what, fix="choose another name, or change that view")

    def _check_mine(self, views: Sequence[SavedView], seen: SavedView) -> None:
        now = next((view for view in views if view.name == seen.name), None)
        if now is None:
            what = f"the saved view '{seen.name}' is not there any more"
            raise CheckFailedError("media-view-changed", what, fix="list them anew; somebody has deleted or renamed it")
        if not self.may_change(now):
            raise NotAllowedError(
                "media-view-denied",
                f"{self.user} may not change the saved view '{now.name}' of {now.owner}",
                fix=f"save one of your own under another name, or ask {now.owner}",
            )
        if now.updated_at != seen.updated_at:
            what = f"{now.updated_by} has changed the saved view '{now.name}' meanwhile"
            raise CheckFailedError("media-view-changed", what, fix="look at it as it is now, then change it again")

    def _commit(self, edit: Callable[[list[SavedView], dt.datetime], list[SavedView]]) -> tuple[SavedView, ...]:
        """Replace all views by what `edit` makes of them; return those."""
        self._check_sees_media()
        catalog = self._given or MediaCatalog.from_settings(self._settings)
        table = ensure_table(catalog)
        saved_views(self._trino)  # whoever may not see them saves none
        left: list[SavedView] = []

        def write(table: Table, batch: str) -> None:
            nonlocal left
            left = edit(_rows_of(table), dt.datetime.now(dt.UTC))
            upon_this_state(table)
            with table.transaction() as change:
                if table.current_snapshot() is not None:
                    change.delete(AlwaysTrue(), snapshot_properties={BATCH_ID: batch})
                if left:
                    change.append(_to_arrow(left, table), snapshot_properties={BATCH_ID: batch})

        conflict = CheckFailedError(
            "media-view-conflict", "others kept changing the saved views", fix="try again; nothing was changed"
        )
        commit(catalog.url, table, lambda: ensure_table(catalog), write, conflict=conflict, attempts=_ATTEMPTS)
        return tuple(left)

    def _check_sees_media(self) -> None:
        try:
            self._trino.query(f"SELECT asset_id FROM {self._trino.schemas.table(TABLE)} LIMIT 0")  # noqa: S608 - a name of our own
        except BadInputError as error:
            if no_table(error):
                fix = "take some in first: `lakefront media ingest`"
                raise BadInputError("media-view", "there is no media yet", fix=fix) from error
            raise


def _rows_of(table: Table) -> list[SavedView]:
    """Return the views of this very state."""
    if table.current_snapshot() is None:
        return []
    rows = cast("list[dict[str, Any]]", cast("Any", table.scan().to_arrow()).to_pylist())
    return [_view_of(tuple(row[column.name] for column in COLUMNS)) for row in rows]


def _to_arrow(views: Sequence[SavedView], table: Table) -> Any:
    rows = [dict(zip((column.name for column in COLUMNS), astuple(view), strict=True)) for view in views]
    return _ARROW.Table.from_pylist(rows, schema=arrow_schema(table.schema()))


def _view_of(row: Sequence[Any]) -> SavedView:
    view = SavedView(*row)
    return replace(view, created_at=view.created_at.astimezone(dt.UTC), updated_at=view.updated_at.astimezone(dt.UTC))


def _same(name: str) -> str:
    """Return what equal names have in common: people tell no case apart."""
    return unicodedata.normalize("NFC", " ".join(name.split()).casefold())


def _checked_name(name: str) -> str:
    kept = written(" ".join(name.split()))
    if not kept or len(kept) > LONGEST_NAME or shown(kept) != kept:
        what = f"'{shown(name)}' is no name of a view"
        raise BadInputError("media-view-name", what, fix=f"write 1 to {LONGEST_NAME} letters on one line")
    if kept.casefold() in _RESERVED:
        what = f"a view cannot be called '{kept}': in an address, that says how large pictures are"
        raise BadInputError("media-view-name", what, fix="choose another name")
    return kept


def _checked_description(text: str) -> str:
    kept = written(" ".join(text.split()))
    if len(kept) > LONGEST_DESCRIPTION or not all(letter.isprintable() for letter in kept):
        what = f"a description of {len(kept):,} letters cannot be kept"
        raise BadInputError("media-view-name", what, fix=f"write at most {LONGEST_DESCRIPTION} letters, all visible")
    return kept


def _checked_query(query: str) -> str:
    """Return a query without what is of one look at it only. Raises BadInputError, for its condition as well."""
    try:
        params = read_query(query.lstrip("?"))
    except ValueError:
        params = {}
    of = Listing.from_params(params)
    if of.filter.condition:
        condition_sql(of.filter.condition)
    kept = written_query(of.to_params() | {name: params[name][-1] for name in _DRAWN if name in params})
    if not kept:
        raise BadInputError("media-view", "there is nothing to save", fix="filter or sort by something first")
    if len(kept) > _LONGEST_QUERY:
        what = f"what takes {len(kept):,} letters in an address cannot be kept"
        raise BadInputError("media-view", what, fix="filter by fewer values")
    return kept
