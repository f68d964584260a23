"""What became of thumbnails, as the rows of their assets tell it: how long they took, or why there are none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from lakefront.config import Settings
from lakefront.errors import BadInputError, CheckFailedError
from lakefront.media.assets import TABLE
from lakefront.media.catalog import MediaCatalog
from lakefront.media.filters import AssetFilter, where_of
from lakefront.media.objects import MISSING
from lakefront.media.sources import shown
from lakefront.media.thumbnailing import Made
from lakefront.media.turns import until_committed
from lakefront.trino import Trino

#: Thumbnails that took so many seconds are slow; the semantic layer's `slow_thumbnails` says the same.
SLOW: Final = 1.0
#: Contents that one commit tells of at most.
AT_ONCE: Final = 500
_LONGEST: Final = 500


@dataclass(frozen=True)
class Troubled:
    """An asset whose thumbnails could not be made (`error` says why), or were slow (`seconds`)."""

    asset_id: str
    title: str
    kind: str
    mime_type: str
    source_system: str
    upload_time: dt.datetime
    seconds: float | None = None
    error: str | None = None


def record(settings: Settings, made: Sequence[Made]) -> None:
    """Write into the rows of contents what became of their thumbnails, where they do not say so yet.

    Columns that the table was made without are added. Raises CheckFailedError (`media-thumbnails-conflict`),
    UnreachableError, NotAllowedError.
    """
    MediaCatalog.from_settings(settings).ensure_table()
    trino = Trino.from_settings(settings, source="lakefront-media")
    for start in range(0, len(made), AT_ONCE):
        part = made[start : start + AT_ONCE]
        rows = ", ".join(["(?, CAST(? AS double), CAST(? AS varchar))"] * len(part))
        # What took another while only when it was made anew is no news.
        sql = f"""
            MERGE INTO {trino.schemas.table(TABLE)} AS kept
            USING (VALUES {rows}) AS told (sha256, seconds, error) ON kept.sha256 = told.sha256
            WHEN MATCHED AND (
                kept.thumbnail_error IS DISTINCT FROM told.error
                OR (kept.thumbnail_seconds IS NULL AND told.seconds IS NOT NULL)
            ) THEN UPDATE SET thumbnail_seconds = told.seconds, thumbnail_error = told.error
        """
        values = [value for each in part for value in (each.sha256, each.seconds, reason(each))]
        until_committed(lambda sql=sql, values=values: trino.query(sql, values), conflict=_conflict())


def reason(made: Made) -> str | None:
    """Return why there are none, without the address of the original: who may see the row may not see all of it."""
    if made.error is None:
        return None
    if made.error.code == MISSING:
        return "its original is not in the object store"
    return made.error.what.replace(shown(made.original), "the original")[:_LONGEST]


def _conflict() -> CheckFailedError:
    return CheckFailedError(
        "media-thumbnails-conflict", "others kept changing the same media", fix="run `lakefront media thumbnails` again"
    )


def troubled(trino: Trino, wanted: AssetFilter, *, most: int) -> tuple[list[Troubled], list[Troubled]]:
    """Return assets without thumbnails, the newest first, and those with slow ones, the slowest first; `most` of each.

    Only failures that were told are known: see `record`.
    """
    where = where_of(wanted, trino.schemas)
    also = f"{where.sql} AND" if where.sql else " WHERE"
    columns = "asset_id, title, kind, mime_type, source_system, upload_time, thumbnail_seconds, thumbnail_error"
    table = trino.schemas.table(TABLE)
    parts = [
        f"(SELECT {columns} FROM {table}{also} {condition} ORDER BY {order}, asset_id DESC LIMIT {most:d})"  # noqa: S608 - names of our own; values are parameters
        for condition, order in (
            ("thumbnail_error IS NOT NULL", "upload_time DESC"),
            (f"thumbnail_error IS NULL AND thumbnail_seconds >= {SLOW}", "thumbnail_seconds DESC"),
        )
    ]
    found = [_troubled(row) for row in trino.query(" UNION ALL ".join(parts), where.values * len(parts)).rows]
    failed = [each for each in found if each.error is not None]
    slow = [each for each in found if each.error is None]
    return (
        sorted(failed, key=lambda each: (each.upload_time, each.asset_id), reverse=True),
        sorted(slow, key=lambda each: (each.seconds or 0, each.asset_id), reverse=True),
    )


def not_kept_yet(error: BadInputError) -> bool:
    """Tell whether a table was asked that was made before it kept this; `record` adds the columns."""
    return error.code == "trino-user-error" and error.what.startswith("COLUMN_NOT_FOUND")


def _troubled(row: Sequence[Any]) -> Troubled:
    asset_id, title, kind, mime_type, source_system, upload_time, seconds, error = row
    return Troubled(
        asset_id,
        title or "",
        kind,
        mime_type or "",
        source_system or "",
        upload_time.astimezone(dt.UTC),
        seconds,
        error,
    )
