"""The shape of an asset: one row of `media.assets`, its columns with their meaning, and where its bytes are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from lakefront.errors import BadInputError
from lakefront.iceberg.columns import Column
from lakefront.media.sniff import Kind

if TYPE_CHECKING:
    from lakefront.media.probe import Facts

TABLE: Final = "media.assets"
VIEW: Final = "media.image_metadata"
DUPLICATES: Final = "media.duplicates"
SAVED_VIEWS: Final = "media.saved_views"

KINDS: Final[tuple[Kind, ...]] = ("image", "audio", "video")
TAGS: Final = ("product", "user", "analytics", "other")
SOURCE_SYSTEMS: Final = ("manual", "batch", "api")

#: The columns in the table's order; field ids are given in this order when the table is created.
COLUMNS: Final = (
    Column("asset_id", "string", "UUIDv7 of the asset; its time is upload_time, to the millisecond"),
    Column("kind", "string", "image, audio or video"),
    Column("s3_path", "string", "Address of the original, s3://bucket/key"),
    Column("file_size", "long", "Size of the original in bytes"),
    Column("mime_type", "string", "Media type, found from the content"),
    Column("upload_time", "timestamptz", "When it came in, UTC; the table is partitioned by its day and sorted by it"),
    Column("source_system", "string", "Where it came from: manual, batch or api"),
    Column("tag", "string", "What it is for: product, user, analytics or other"),
    Column("labels", "list<string>", "Free labels, any number"),
    Column("title", "string", "Title for people"),
    Column("width", "int", "Width in pixels as shown, after the orientation tag; not for audio", required=False),
    Column("height", "int", "Height in pixels as shown, after the orientation tag; not for audio", required=False),
    Column("duration_seconds", "double", "Length of audio and video in seconds", required=False),
    Column("sha256", "string", "SHA-256 of the original, hexadecimal; equal for exact duplicates"),
    Column("md5", "string", "MD5 of the original, hexadecimal"),
    Column(
        "perceptual_hash", "string", "64-bit DCT hash, hexadecimal; near duplicates differ in few bits", required=False
    ),
    Column("placeholder", "string", "Blurhash to show until the thumbnail is there", required=False),
    Column("exif", "map<string,string>", "EXIF by tag name; places in decimal degrees"),
    Column("is_indexed", "boolean", "Whether search has it"),
    Column("created_at", "timestamptz", "When the row was first written"),
    Column("updated_at", "timestamptz", "When the row was last changed"),
    Column("created_by", "string", "Who took it in", required=False),
    Column("updated_by", "string", "Who changed the row last", required=False),
)

#: What became of an asset's thumbnails: columns of the table that are no part of an asset, which any state of it has.
THUMBNAIL_COLUMNS: Final = (
    Column(
        "thumbnail_seconds",
        "double",
        "Seconds that reading the original and making its thumbnails took; empty where nobody has measured it",
        required=False,
    ),
    Column(
        "thumbnail_error",
        "string",
        "Why its thumbnails could not be made when that was last tried; empty where they could, or nobody has tried",
        required=False,
    ),
)
#: All columns of the table.
TABLE_COLUMNS: Final = (*COLUMNS, *THUMBNAIL_COLUMNS)

#: The view for those who know images by the classic names: its column, the table's column, its meaning.
VIEW_COLUMNS: Final = (
    ("image_id", "asset_id", "UUIDv7 of the image"),
    ("s3_path", "s3_path", "Address of the original, s3://bucket/key"),
    ("file_size", "file_size", "Size of the original in bytes"),
    ("mime_type", "mime_type", "Media type, found from the content"),
    ("upload_time", "upload_time", "When it came in, UTC"),
    ("source_system", "source_system", "Where it came from: manual, batch or api"),
    ("tag", "tag", "What it is for: product, user, analytics or other"),
    ("width", "width", "Width in pixels as shown"),
    ("height", "height", "Height in pixels as shown"),
    ("checksum", "sha256", "SHA-256 of the original, hexadecimal"),
    ("is_indexed", "is_indexed", "Whether search has it"),
    ("created_at", "created_at", "When the row was first written"),
    ("updated_at", "updated_at", "When the row was last changed"),
)


@dataclass(frozen=True)
class Asset:
    """One picture, sound or film. Times are in UTC; see `COLUMNS` for meanings and units.

    `thumbnail_seconds` goes into the table with a new asset, and is not read with it.
    """

    asset_id: str
    kind: Kind
    s3_path: str
    file_size: int
    mime_type: str
    upload_time: dt.datetime
    source_system: str
    tag: str
    labels: tuple[str, ...]
    title: str
    width: int | None
    height: int | None
    duration_seconds: float | None
    sha256: str
    md5: str
    perceptual_hash: str | None
    placeholder: str | None
    exif: Mapping[str, str]
    is_indexed: bool
    created_at: dt.datetime
    updated_at: dt.datetime
    created_by: str | None
    updated_by: str | None
    thumbnail_seconds: float | None = field(default=None, compare=False)

    @classmethod
    def of_facts(
        cls,
        facts: Facts,
        *,
        asset_id: str,
        bucket: str,
        at: dt.datetime,
        by: str,
        title: str,
        tag: str,
        labels: tuple[str, ...],
        source_system: str,
        is_indexed: bool = False,
    ) -> Asset:
        """Return the row of a file that somebody took in at a time, its original where `original_key` has it."""
        key = original_key(facts.kind, at.date(), facts.sha256, facts.extension)
        return cls(
            asset_id=asset_id,
            kind=facts.kind,
            s3_path=f"s3://{bucket}/{key}",
            file_size=facts.file_size,
            mime_type=facts.mime_type,
            upload_time=at,
            source_system=source_system,
            tag=tag,
            labels=labels,
            title=title,
            width=facts.width,
            height=facts.height,
            duration_seconds=facts.duration_seconds,
            sha256=facts.sha256,
            md5=facts.md5,
            perceptual_hash=facts.perceptual_hash,
            placeholder=facts.placeholder,
            exif=facts.exif,
            is_indexed=is_indexed,
            created_at=at,
            updated_at=at,
            created_by=by,
            updated_by=by,
            thumbnail_seconds=facts.thumbnail_seconds,
        )

    def thumbnail_key(self, size: int) -> str:
        """Return the key of a thumbnail in the media bucket."""
        return thumbnail_key(self.sha256, size)


_FOLDERS: Final[Mapping[Kind, str]] = {"image": "images", "audio": "audio", "video": "video"}


def original_folder(kind: Kind, day: dt.date) -> str:
    """Return where the originals of a kind and a day are: `raw/images/2026-10-31`."""
    return f"raw/{_FOLDERS[kind]}/{day.isoformat()}"


def original_key(kind: Kind, day: dt.date, sha256: str, extension: str) -> str:
    """Return the key of an original: `raw/images/2026-10-31/ab/ab12….jpg`. Equal content of a day has one key."""
    return f"{original_folder(kind, day)}/{sha256[:2]}/{sha256}.{extension}"


def thumbnail_key(sha256: str, size: int) -> str:
    """Return the key of a thumbnail of `size` pixels: `thumbs/320/ab12….webp`."""
    return f"thumbs/{size}/{sha256}.webp"


def split_path(s3_path: str) -> tuple[str, str]:
    """Return bucket and key of `s3://bucket/key`. Raises BadInputError (`s3-path`)."""
    scheme, _, rest = s3_path.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not bucket or not key:
        raise BadInputError("s3-path", f"'{s3_path}' is not an S3 path", fix="write it as s3://bucket/key")
    return bucket, key
