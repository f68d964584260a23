"""What to show of the media: a filter, and the condition that it is in SQL. Values are always parameters."""

from __future__ import annotations

import datetime as dt
import math
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from lakefront.config import Schemas
from lakefront.errors import BadInputError
from lakefront.media.assets import DUPLICATES
from lakefront.media.condition import condition_sql
from lakefront.media.sources import shown

#: Columns that counts may be asked by -> the field that holds the values wanted of it.
FACET_FIELDS: Final[Mapping[str, str]] = {
    "tag": "tags",
    "kind": "kinds",
    "source_system": "source_systems",
    "mime_type": "mime_types",
}
#: Column -> the fields that hold the least and the greatest value wanted of it.
_RANGES: Final[Mapping[str, tuple[str, str]]] = {
    "file_size": ("min_size", "max_size"),
    "width": ("min_width", "max_width"),
    "height": ("min_height", "max_height"),
    "duration_seconds": ("min_duration", "max_duration"),
}
_GREATEST: Final = 2**63 - 1
#: Python writes years before 1000 in fewer digits than SQL reads; nothing was uploaded that early.
_FIRST_DAY: Final = dt.date(1000, 1, 1)


@dataclass(frozen=True)
class AssetFilter:
    """What to show; an empty tuple, an empty text or None does not narrow.

    One of the values of `kinds`, `tags`, `source_systems` and `mime_types` is enough; `labels` must all be there.
    `text` is looked for in title and labels, in any case. `since` and `until` are days in UTC. Both ends of all ranges
    are included; sizes are in bytes, widths and heights in pixels, durations in seconds. What has no width, height or
    duration is left out by a bound on it. `duplicates`: whether it had any, of the same content or alike, when they
    were looked for last. `exif`: what tags of EXIF must all contain, in any case, each as `Model=x-100`. `condition`:
    one that somebody wrote, in SQL, as `condition_sql` takes it.
    """

    tags: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    source_systems: tuple[str, ...] = ()
    mime_types: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    exif: tuple[str, ...] = ()
    since: dt.date | None = None
    until: dt.date | None = None
    text: str = ""
    indexed: bool | None = None
    duplicates: bool | None = None
    condition: str = ""
    min_size: int | None = None
    max_size: int | None = None
    min_width: int | None = None
    max_width: int | None = None
    min_height: int | None = None
    max_height: int | None = None
    min_duration: float | None = None
    max_duration: float | None = None


@dataclass
class Where:
    """Conditions joined by AND, with their values in order."""

    terms: list[str] = field(default_factory=list[str])
    values: list[Any] = field(default_factory=list[Any])

    def add(self, term: str, *values: Any) -> None:
        """Add a condition with a `?` for each of its values."""
        self.terms.append(term)
        self.values.extend(values)

    @property
    def sql(self) -> str:
        """The clause, with a space before it; empty without conditions."""
        return f" WHERE {' AND '.join(self.terms)}" if self.terms else ""


def where_of(wanted: AssetFilter, schemas: Schemas) -> Where:
    """Return the condition of a filter.

    Raises BadInputError: `media-filter` for a range that holds nothing and for what is no tag of EXIF with a text,
    `media-where` for what is no condition.
    """
    where = Where()
    for column, name in FACET_FIELDS.items():
        values = cast("tuple[str, ...]", getattr(wanted, name))
        if values:
            where.add(f"{column} IN ({', '.join('?' * len(values))})", *values)
    for label in wanted.labels:
        where.add("contains(labels, ?)", unicodedata.normalize("NFC", label))
    for written in wanted.exif:
        tag, text = split_exif(written)
        where.add("strpos(lower(element_at(exif, ?)), lower(?)) > 0", tag, text)
    _add_days(where, wanted)
    _add_ranges(where, wanted)
    if wanted.indexed is not None:
        where.add("is_indexed = ?", wanted.indexed)
    if wanted.duplicates is not None:
        # Of what was found last, whichever state is read.
        found = f"(SELECT asset_id FROM {schemas.table(DUPLICATES)})"  # noqa: S608 - a name of our own
        where.add(f"asset_id {'' if wanted.duplicates else 'NOT '}IN {found}")
    if wanted.condition.strip():
        where.add(f"({condition_sql(wanted.condition)})")
    text = unicodedata.normalize("NFC", " ".join(wanted.text.split()))
    if text:
        # Not LIKE: nothing of a person's text is a wildcard. A line's end keeps labels apart: `text` has none.
        found = "strpos(lower({}), lower(?)) > 0"
        where.add(f"({found.format('title')} OR {found.format('array_join(labels, chr(10))')})", text, text)
    return where


def split_exif(written: str) -> tuple[str, str]:
    """Return tag and text of `Model=x-100`. Raises BadInputError (`media-filter`)."""
    tag, _, text = (part.strip() for part in unicodedata.normalize("NFC", written).partition("="))
    if not tag or not text:
        raise BadInputError(
            "media-filter", f"'{shown(written)}' does not say what a tag of EXIF contains", fix="write Model=x-100"
        )
    return tag, text


def midnight(day: dt.date) -> dt.datetime:
    """Return the start of a day in UTC."""
    return dt.datetime.combine(day, dt.time(), dt.UTC)


def _add_days(where: Where, wanted: AssetFilter) -> None:
    if wanted.since is not None and wanted.until is not None and wanted.since > wanted.until:
        raise _nothing_between("since", wanted.since, "until", wanted.until)
    # Bounds on the raw column with typed values: Iceberg prunes whole days by them.
    if wanted.since is not None:
        where.add("upload_time >= ?", midnight(max(wanted.since, _FIRST_DAY)))
    if wanted.until is not None and wanted.until < dt.date.max:
        where.add("upload_time < ?", midnight(max(wanted.until + dt.timedelta(days=1), _FIRST_DAY)))


def _add_ranges(where: Where, wanted: AssetFilter) -> None:
    for column, (lower, upper) in _RANGES.items():
        least = cast("float | None", getattr(wanted, lower))
        most = cast("float | None", getattr(wanted, upper))
        for name, value in ((lower, least), (upper, most)):
            if value is not None and not (math.isfinite(value) and 0 <= value <= _GREATEST):
                raise BadInputError(
                    "media-filter", f"{name} = {value} is no size that anything can have", fix="give a number from 0 up"
                )
        if least is not None and most is not None and least > most:
            raise _nothing_between(lower, least, upper, most)
        if least is not None:
            where.add(f"{column} >= ?", least)
        if most is not None:
            where.add(f"{column} <= ?", most)


def _nothing_between(lower: str, least: object, upper: str, most: object) -> BadInputError:
    what = f"nothing lies between {lower} = {least} and {upper} = {most}"
    return BadInputError("media-filter", what, fix=f"give a {lower} that is not above {upper}")
