"""Everything that is known of a file from one read of its bytes: type, size, hashes, EXIF, length, thumbnails."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import blurhash
import imagehash
import numpy as np
from PIL import Image

from lakefront.media import streams, thumbnails
from lakefront.media.sniff import Kind, sniff
from lakefront.media.stills import Limits, drawing_still, picture_still, refuse_bytes

DEFAULT_LIMITS: Final = Limits()
#: At most this many bits of two perceptual hashes (of 64) differ between near duplicates. What is encoded anew, made
#: brighter or smaller differs in 0 to 4; from 6 on, other things before the same background are found, too.
NEAR_DISTANCE: Final = 4


@dataclass(frozen=True)
class Facts:
    """What is stored about a file. Width and height are as shown; hashes are hexadecimal; length is in seconds.

    `thumbnail_seconds`: what reading it and making its thumbnails took here and now.
    """

    kind: Kind
    mime_type: str
    extension: str
    file_size: int
    sha256: str
    md5: str
    width: int | None = None
    height: int | None = None
    duration_seconds: float | None = None
    perceptual_hash: str | None = None
    placeholder: str | None = None
    exif: dict[str, str] = field(default_factory=dict[str, str])
    thumbnail_seconds: float | None = field(default=None, compare=False)

    def as_dict(self) -> dict[str, Any]:
        """Return plain data, as `Facts(**data)` takes it."""
        return asdict(self)


@dataclass(frozen=True)
class Examined:
    """The facts and the thumbnails (long side in pixels -> WebP). Plain data: it crosses process borders."""

    facts: Facts
    thumbnails: Mapping[int, bytes]


def examine(data: bytes, *, name: str = "the file", limits: Limits = DEFAULT_LIMITS) -> Examined:
    """Read a file's bytes once and return all that Lakefront keeps about it.

    Raises BadInputError (`media-empty`, `media-type`, `media-damaged`, `media-too-large`, `svg-external`).
    """
    refuse_bytes(len(data), limits, name)
    began = time.perf_counter()
    media = sniff(data, name=name)
    longest = thumbnails.LONGEST
    seconds: float | None = None
    width: int | None = None
    height: int | None = None
    exif: dict[str, str] = {}
    if media.kind == "audio":
        heard = streams.sound(data, media, buckets=thumbnails.WAVE_BARS, name=name)
        seconds = round(heard.seconds, 3)
        picture = thumbnails.waveform(heard.levels)
    else:
        if media.kind == "video":
            still, length = streams.film_still(data, media, limits, longest=longest, name=name)
            seconds = round(length, 3)
        elif media.reader == "SVG":
            still = drawing_still(data, limits, longest=longest, name=name)
        else:
            still = picture_still(data, media, limits, longest=longest, name=name)
        picture, width, height, exif = still.picture, still.width, still.height, still.exif
    made = thumbnails.thumbnails(picture)
    took = time.perf_counter() - began
    small = thumbnails.fitted(picture, min(thumbnails.SIZES))
    facts = Facts(
        kind=media.kind,
        mime_type=media.mime,
        extension=media.extension,
        file_size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        md5=hashlib.md5(data, usedforsecurity=False).hexdigest(),
        width=width,
        height=height,
        duration_seconds=seconds,
        perceptual_hash=None if media.kind == "audio" else perceptual_hash(small),
        placeholder=placeholder(small),
        exif=exif,
        thumbnail_seconds=round(took, 3),
    )
    return Examined(facts, made)


def perceptual_hash(picture: Image.Image) -> str:
    """Return the 64-bit DCT hash of a picture as 16 hexadecimal digits (phash of imagehash, on white)."""
    return str(imagehash.phash(_on_white(picture)))


def hash_distance(a: str, b: str) -> int:
    """Return in how many of 64 bits two perceptual hashes differ."""
    return (int(a, 16) ^ int(b, 16)).bit_count()


def placeholder(picture: Image.Image) -> str:
    """Return a blurhash with more components along the longer side (https://github.com/woltapp/blurhash)."""
    tiny = np.asarray(_on_white(picture).resize((24, 24), Image.Resampling.BOX), dtype=np.float64) / 255
    linear = np.where(tiny <= 0.04045, tiny / 12.92, ((tiny + 0.055) / 1.055) ** 2.4)
    across, down = (4, 3) if picture.width >= picture.height else (3, 4)
    return str(blurhash.encode(linear.tolist(), components_x=across, components_y=down, linear=True))


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode == "RGB":
        return picture
    white = Image.new("RGB", picture.size, "white")
    white.paste(picture, mask=picture.getchannel("A"))
    return white
