"""The table of all media, `media.assets`, through PyIceberg: made when missing, appended to in single commits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.exceptions import (
    CommitFailedException,
    NoSuchTableError,
    NoSuchViewError,
    TableAlreadyExistsError,
)
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.table.sorting import SortField, SortOrder
from pyiceberg.transforms import IdentityTransform

from lakefront.config import BUNDLE_NAMES, Schemas, Settings
from lakefront.errors import CheckFailedError, LakefrontError
from lakefront.iceberg.catalog import answered, connect
from lakefront.iceberg.schema import arrow_schema, by_day, schema_of
from lakefront.media.assets import COLUMNS, TABLE, TABLE_COLUMNS, VIEW, VIEW_COLUMNS, Asset
from lakefront.media.commits import BATCH_ID, commit
from lakefront.trino import Trino

#: Of a file before it is compressed: some 8,000 rows, 1 MB in S3.
_FILE_SIZE: Final = 4 * 1024 * 1024
# Arrow has no types; what comes from it goes straight into PyIceberg.
_ARROW: Final[Any] = pyarrow


def schema() -> Schema:
    """Return the table's schema."""
    return schema_of(TABLE_COLUMNS)


def _order(of: Schema) -> SortOrder:
    return SortOrder(SortField(source_id=of.find_field("upload_time").field_id, transform=IdentityTransform()))


def to_arrow(assets: Sequence[Asset], of: Schema) -> Any:
    """Return assets as an Arrow table in the table's own order (upload_time)."""
    rows: list[dict[str, Any]] = []
    for asset in sorted(assets, key=lambda a: (a.upload_time, a.asset_id)):
        row: dict[str, Any] = {column.name: getattr(asset, column.name) for column in COLUMNS}
        row["labels"] = list(asset.labels)
        row["exif"] = list(asset.exif.items())
        row["thumbnail_seconds"] = asset.thumbnail_seconds
        rows.append(row)
    return _ARROW.Table.from_pylist(rows, schema=arrow_schema(of))


@dataclass(frozen=True)
class MediaCatalog:
    """The catalog of an environment, as far as media are concerned."""

    catalog: RestCatalog
    url: str
    schemas: Schemas = BUNDLE_NAMES

    @classmethod
    def from_settings(cls, settings: Settings) -> MediaCatalog:
        """Connect. Raises UnreachableError (`catalog-unreachable`) or NotAllowedError (`catalog-denied`)."""
        return cls(connect(settings), settings.service("catalog").url, settings.schemas)

    @property
    def _table(self) -> str:
        return self.schemas.table(TABLE)

    @property
    def _view(self) -> str:
        return self.schemas.table(VIEW)

    def table(self) -> Table | None:
        """Return the table, or None when there is none yet."""

        def load() -> Table | None:
            try:
                return self.catalog.load_table(self._table)
            except NoSuchTableError:
                return None

        return answered(self.url, load)

    def ensure_table(self) -> Table:
        """Return the table; create its namespace, itself and columns that it was made without when they are missing."""

        def create() -> Table:
            self.catalog.create_namespace_if_not_exists(self._table.split(".")[0])
            shape = schema()
            try:
                return self.catalog.create_table(
                    self._table,
                    schema=shape,
                    partition_spec=by_day(shape, "upload_time"),
                    sort_order=_order(shape),
                    properties={
                        "format-version": "2",
                        "comment": "One row for each image, sound and film kept in S3",
                        "write.parquet.compression-codec": "zstd",
                        # A page needs a few rows of a large day: Trino skips files by their times, not parts of files.
                        "write.target-file-size-bytes": str(_FILE_SIZE),
                        # Files are pruned and columns sized by these; the long ones need no more than a prefix.
                        "write.metadata.metrics.default": "truncate(16)",
                        "write.metadata.metrics.column.asset_id": "full",
                        "write.metadata.metrics.column.exif": "none",
                        "write.metadata.metrics.column.placeholder": "none",
                    },
                )
            except TableAlreadyExistsError:  # another process was faster
                return self.catalog.load_table(self._table)

        table = self.table() or answered(self.url, create)
        if all(column.name in table.schema().column_names for column in TABLE_COLUMNS):
            return table
        return answered(self.url, lambda: _with_all_columns(table))

    def append(self, assets: Sequence[Asset], *, properties: Mapping[str, str] | None = None) -> None:
        """Add assets in one commit, with table properties set in the same commit.

        When the outcome of a commit is unknown, the table is read again before anything is retried.
        Raises CheckFailedError (`catalog-conflict`), UnreachableError (`catalog-failed`) or NotAllowedError.
        """
        if assets:
            # PyIceberg tries each of them four times by itself, waiting longer each time.
            self.commit(
                lambda table, batch: _append(table, assets, batch, properties or {}), rows=len(assets), attempts=4
            )

    def commit(self, write: Callable[[Table, str], None], *, rows: int, attempts: int) -> None:
        """Let `write` change the table of assets in one commit; see `commits.commit`.

        Raises as `append`, whose words tell of `rows`.
        """
        table = self.ensure_table()
        commit(self.url, table, self.reloaded, write, conflict=_conflict(rows), attempts=attempts)

    def reloaded(self) -> Table:
        """Return the table as it is now; it is there."""
        return answered(self.url, lambda: self.catalog.load_table(self._table))

    def ensure_view(self, trino: Trino) -> bool:
        """Create the view with the classic column names unless it is there in full; return whether it was created.

        It runs with the rights of whoever asks, so that row filters and masks hold.
        """
        if self._view_docs() == {name: doc for name, _, doc in VIEW_COLUMNS}:
            return False
        view = self._view
        columns = ", ".join(source if name == source else f"{source} AS {name}" for name, source, _ in VIEW_COLUMNS)
        trino.query(
            f"CREATE OR REPLACE VIEW {view} COMMENT 'Images of media.assets under their classic column names' "  # noqa: S608 - only names of our own
            f"SECURITY INVOKER AS SELECT {columns} FROM {self._table} WHERE kind = 'image'"
        )
        for name, _, doc in VIEW_COLUMNS:
            trino.query(f"COMMENT ON COLUMN {view}.{name} IS '{doc}'")
        return True

    def _view_docs(self) -> dict[str, str | None]:
        def load() -> dict[str, str | None]:
            try:
                view = self.catalog.load_view(self._view)
            except NoSuchViewError:
                return {}
            return {column.name: column.doc for column in view.schema().fields}

        return answered(self.url, load)


def _with_all_columns(table: Table) -> Table:
    """Add the columns that a table of an earlier version lacks; rows that are there have no value in them."""
    try:
        with table.update_schema() as change:
            for field in schema().fields:
                if field.name not in table.schema().column_names:
                    change.add_column(field.name, field.field_type, field.doc)
    except CommitFailedException:  # another process was faster
        table.refresh()
    return table


def _conflict(assets: int) -> LakefrontError:
    return CheckFailedError(
        "catalog-conflict",
        f"{assets} assets could not be added to {TABLE}: others kept changing it",
        fix="run it again; nothing was added, and objects that are stored already are found again",
    )


def _append(table: Table, assets: Sequence[Asset], batch: str, properties: Mapping[str, str]) -> None:
    with table.transaction() as change:
        if properties:
            change.set_properties(dict(properties))
        change.append(to_arrow(assets, table.schema()), snapshot_properties={BATCH_ID: batch})
