"""What a file is, by its content. Names and declared types are never believed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

import puremagic

from lakefront.errors import BadInputError

Kind = Literal["image", "audio", "video"]


@dataclass(frozen=True)
class MediaType:
    """A type that Lakefront keeps. `reader` is Pillow's format or FFmpeg's demuxer, the only one that may open it."""

    kind: Kind
    mime: str
    extension: str
    reader: str


JPEG: Final = MediaType("image", "image/jpeg", "jpg", "JPEG")
PNG: Final = MediaType("image", "image/png", "png", "PNG")
GIF: Final = MediaType("image", "image/gif", "gif", "GIF")
WEBP: Final = MediaType("image", "image/webp", "webp", "WEBP")
AVIF: Final = MediaType("image", "image/avif", "avif", "AVIF")
SVG: Final = MediaType("image", "image/svg+xml", "svg", "SVG")
WAV: Final = MediaType("audio", "audio/wav", "wav", "wav")
MP3: Final = MediaType("audio", "audio/mpeg", "mp3", "mp3")
FLAC: Final = MediaType("audio", "audio/flac", "flac", "flac")
OGG: Final = MediaType("audio", "audio/ogg", "ogg", "ogg")
M4A: Final = MediaType("audio", "audio/mp4", "m4a", "mp4")
MP4: Final = MediaType("video", "video/mp4", "mp4", "mp4")
MOV: Final = MediaType("video", "video/quicktime", "mov", "mov")
WEBM: Final = MediaType("video", "video/webm", "webm", "matroska")
MKV: Final = MediaType("video", "video/x-matroska", "mkv", "matroska")

#: All that is kept, for messages and for pickers.
KEPT: Final = (JPEG, PNG, GIF, WEBP, AVIF, SVG, WAV, MP3, FLAC, OGG, M4A, MP4, MOV, WEBM, MKV)

_SIGNATURES: Final = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"fLaC", FLAC),
    (b"OggS", OGG),
    (b"ID3", MP3),
)
_SVG_ROOT: Final = re.compile(
    rb"\A\s*(?:<\?xml[^>]{0,200}\?>)?(?:\s|<!--.{0,4000}?-->|<!DOCTYPE\s+svg[^>\[]{0,400}(?:\[.{0,4000}?\]\s*)?>)*<(?:\w{1,40}:)?svg[\s>]",
    re.DOTALL,
)


def sniff(data: bytes, *, name: str = "the file") -> MediaType:
    """Return the type of a file's content.

    Raises BadInputError (`media-empty`, `media-type`) that says what the content is instead.
    """
    if not data:
        raise BadInputError("media-empty", f"{name} is empty", fix="send the file again; its transfer may have stopped")
    found = _by_signature(data)
    if found:
        return found
    raise BadInputError(
        "media-type",
        f"{name} is {describe(data)}, not a picture, sound or film that Lakefront keeps",
        fix=f"convert it to one of: {', '.join(kept.extension for kept in KEPT)}",
    )


def describe(data: bytes) -> str:
    """Return in words what content looks like, for a message."""
    head = data[:1024].lstrip().lower()
    if head.startswith((b"<!doctype html", b"<html", b"<head", b"<script", b"<body")):
        return "an HTML page"
    if data.startswith(b"PK\x03\x04"):
        return "a zip archive or an office document"
    try:
        guesses = puremagic.magic_string(data[:4096])
    except (puremagic.PureError, ValueError):
        guesses = []
    if _is_text(data[:4096]):
        return "text"
    if guesses and guesses[0].confidence >= 0.2:
        return f"probably a file of the type '{guesses[0].name}'"
    return "of an unknown type"


def _is_text(data: bytes) -> bool:
    try:
        data[: len(data) - 4].decode("utf-8") if len(data) > 8 else data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return b"\0" not in data


def _by_signature(data: bytes) -> MediaType | None:
    for signature, media in _SIGNATURES:
        if data.startswith(signature):
            return media
    if data.startswith(b"\x1aE\xdf\xa3"):
        return WEBM if b"webm" in data[:64] else MKV
    if data.startswith((b"RIFF", b"RF64")):
        return {b"WEBP": WEBP, b"WAVE": WAV}.get(data[8:12])
    if data[4:8] == b"ftyp":
        return _by_brand(data)
    if _is_mpeg_frame(data):
        return MP3
    return SVG if _SVG_ROOT.match(data[:16_384].removeprefix(b"\xef\xbb\xbf")) else None


def _by_brand(data: bytes) -> MediaType | None:
    size = min(int.from_bytes(data[:4], "big"), 256)
    major = data[8:12]
    brands = {major, *(data[i : i + 4] for i in range(16, size, 4))}
    if brands & {b"avif", b"avis"}:
        return AVIF
    if brands & {b"heic", b"heix", b"mif1", b"hevc"}:
        return None
    if major in {b"M4A ", b"M4B "}:
        return M4A
    return MOV if major == b"qt  " else MP4


def _is_mpeg_frame(data: bytes) -> bool:
    """Return whether two MPEG audio layer III frames follow each other: one alone is too weak a sign."""
    size = _frame_size(data)
    return size > 0 and _frame_size(data[size:]) > 0


_BITRATES: Final = {
    3: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0),
}


def _frame_size(data: bytes) -> int:
    """Return the length in bytes of the MPEG audio frame at the start, or 0 (ISO/IEC 11172-3, 2.4.1.3)."""
    if len(data) < 4 or data[0] != 0xFF or data[1] & 0xE0 != 0xE0:
        return 0
    version, layer = data[1] >> 3 & 3, data[1] >> 1 & 3
    if layer != 1 or version == 1:
        return 0
    rate = (44_100, 48_000, 32_000, 0)[data[2] >> 2 & 3] >> {3: 0, 2: 1, 0: 2}[version]
    bitrate = _BITRATES[3 if version == 3 else 2][data[2] >> 4] * 1000
    if not rate or not bitrate:
        return 0
    return (144 if version == 3 else 72) * bitrate // rate + (data[2] >> 1 & 1)
