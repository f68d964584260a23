"""The table `media.duplicates`: one row for each asset that has duplicates, with the groups that it is in."""

from __future__ import annotations

from typing import Final, Literal

from pyiceberg.table import Table

from lakefront.iceberg.catalog import answered
from lakefront.iceberg.columns import Column
from lakefront.iceberg.schema import schema_of
from lakefront.media.assets import DUPLICATES
from lakefront.media.catalog import MediaCatalog

#: How assets may be duplicates: the same content, or pictures that look alike and are not all of the same content.
Match = Literal["same", "near"]
MATCHES: Final[tuple[Match, ...]] = ("same", "near")

COLUMNS: Final = (
    Column("asset_id", "string", "An asset that has duplicates"),
    Column("upload_time", "timestamptz", "When it came in, UTC"),
    Column("same_group", "string", "SHA-256 that the assets of its group share; empty without any", required=False),
    Column("same_assets", "int", "How many assets are in that group", required=False),
    Column("same_spare", "long", "Bytes of that group but for its largest asset", required=False),
    Column("near_group", "string", "Perceptual hash that names its group of pictures that look alike", required=False),
    Column("near_assets", "int", "How many assets are in that group", required=False),
    Column("near_spare", "long", "Bytes of that group but for its largest asset", required=False),
    Column("found_at", "timestamptz", "When duplicates were looked for, UTC"),
)


def ensure_table(catalog: MediaCatalog) -> Table:
    """Return the table; create it when it is missing, beside the one of assets. Raises as `answered`."""
    properties = {
        "format-version": "2",
        "comment": "One row for each asset that has duplicates",
        "write.parquet.compression-codec": "zstd",
    }
    name, shape = catalog.schemas.table(DUPLICATES), schema_of(COLUMNS)
    return answered(
        catalog.url, lambda: catalog.catalog.create_table_if_not_exists(name, schema=shape, properties=properties)
    )
