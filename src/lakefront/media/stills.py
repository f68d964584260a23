"""One still picture of any medium: the bounded decode that thumbnails, hashes and placeholders are made from."""

from __future__ import annotations

import io
import math
import re
import struct
import warnings
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, cast
from xml.parsers import expat

import resvg_py
from PIL import ExifTags, Image, ImageCms, ImageOps

from lakefront.errors import BadInputError
from lakefront.media.sniff import MediaType

# Pillow only warns up to twice its limit; ours is lower, and a picture that trips Pillow's is refused, not mentioned.
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)

_MAX_SVG_BYTES: Final = 10_000_000
#: The rasteriser recurses, and from about 250 levels on it would take the process down with it.
_MAX_SVG_DEPTH: Final = 100
_MAX_TAG: Final = 1000
#: What Pillow's and other decoders raise for content that is not what it claims to be.
_DECODER_ERRORS: Final = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    LookupError,
    TypeError,
    RuntimeError,
    ArithmeticError,
    struct.error,
    zlib.error,
)


@dataclass(frozen=True)
class Limits:
    """What a file may cost: its size in bytes, and the pixels of one decoded frame."""

    max_bytes: int = 512 * 1024 * 1024
    max_pixels: int = 50_000_000


@dataclass(frozen=True)
class Still:
    """A picture no smaller than needed and no larger than the original, upright, in RGB or RGBA.

    `width` and `height` are those of the original as it is shown (after its orientation tag).
    """

    picture: Image.Image
    width: int
    height: int
    exif: dict[str, str] = field(default_factory=dict[str, str])


@contextmanager
def damaged(name: str) -> Generator[None]:
    """Turn what decoders raise for bad content into BadInputError (`media-damaged`, `media-too-large`)."""
    try:
        yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        pixels = re.search(r"\d+", str(error))
        size = f"{int(pixels[0]) / 1e6:,.0f} megapixels" if pixels else "too many pixels"
        raise BadInputError(
            "media-too-large", f"{name} has {size}, more than can be opened safely", fix="scale it down first"
        ) from None
    except _DECODER_ERRORS as error:
        reason = str(error).strip().split("\n")[0] or type(error).__name__
        raise BadInputError(
            "media-damaged", f"{name} cannot be decoded: {reason[:200]}", fix="export it again from its source"
        ) from None


def refuse_bytes(size: int, limits: Limits, name: str) -> None:
    """Raise BadInputError (`media-too-large`) when a file has more bytes than allowed."""
    if size > limits.max_bytes:
        raise BadInputError(
            "media-too-large",
            f"{name} has {size / 1e6:,.0f} MB; at most {limits.max_bytes / 1e6:,.0f} MB are allowed",
            fix="make it smaller, or raise the limit",
        )


def refuse_pixels(width: int, height: int, limits: Limits, name: str) -> None:
    """Raise BadInputError (`media-too-large`) when one frame has more pixels than allowed."""
    if width < 1 or height < 1 or width * height > limits.max_pixels:
        raise BadInputError(
            "media-too-large",
            f"{name} has {width:,} x {height:,} pixels; at most {limits.max_pixels / 1e6:g} megapixels are allowed",
            fix="scale it down first, or raise the limit",
        )


def picture_still(data: bytes, media: MediaType, limits: Limits, *, longest: int, name: str) -> Still:
    """Decode a raster picture (its first frame) to at least `longest` pixels on the long side, where it has them.

    Raises BadInputError (`media-damaged`, `media-too-large`).
    """
    with damaged(name), Image.open(io.BytesIO(data), formats=[media.reader]) as opened:
        refuse_pixels(*opened.size, limits, name)
        width, height = opened.size
        exif = opened.getexif()
        sideways = exif.get(ExifTags.Base.Orientation, 1) in {5, 6, 7, 8}
        tags = _tags(exif)
        if media.reader == "JPEG":
            share = min(1.0, longest / max(width, height))
            opened.draft("RGB", (max(1, round(width * share)), max(1, round(height * share))))
        opened.load()
        picture = _plain(opened)
        picture.thumbnail((longest, longest), Image.Resampling.LANCZOS, reducing_gap=2.0)
        picture = without_empty_alpha(_to_srgb(picture, opened.info.get("icc_profile")))
        orientation = exif.get(ExifTags.Base.Orientation, 1)
        if orientation != 1:
            picture.getexif()[ExifTags.Base.Orientation] = orientation
            picture = ImageOps.exif_transpose(picture)
    if sideways:
        width, height = height, width
    return Still(picture, width, height, tags)


def without_empty_alpha(picture: Image.Image) -> Image.Image:
    """Return a picture without its alpha channel when nothing shows through; else as it is."""
    if picture.mode == "RGBA" and picture.getchannel("A").getextrema() == (255, 255):
        return picture.convert("RGB")
    return picture


def _plain(opened: Image.Image) -> Image.Image:
    if opened.mode in {"RGB", "RGBA"}:
        return opened.copy()
    if opened.mode.startswith(("I", "F")):  # 16 bits or more a sample: scaled, not cut off
        low, high = cast("tuple[float, float]", opened.getextrema())
        top = 65_535.0 if high > 255 or low < 0 else 255.0
        return opened.convert("F").point(lambda v: v * 255 / top).convert("L").convert("RGB")
    transparent = opened.mode in {"LA", "PA", "La", "RGBa"} or "transparency" in opened.info
    return opened.convert("RGBA" if transparent else "RGB")


def _to_srgb(picture: Image.Image, profile: Any) -> Image.Image:
    if not isinstance(profile, bytes) or not profile:
        return picture
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(source):
            return picture
        changed = ImageCms.profileToProfile(
            picture, source, cast("Any", ImageCms.createProfile("sRGB")), outputMode=picture.mode
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture  # a broken colour profile is no reason to refuse the picture
    return changed or picture


def _tags(exif: Image.Exif) -> dict[str, str]:
    """Return EXIF as text by name; places as decimal degrees; nothing binary, nothing endless."""
    tags: dict[str, str] = {}
    for names, block in (
        (ExifTags.TAGS, dict(exif)),
        (ExifTags.TAGS, exif.get_ifd(ExifTags.IFD.Exif)),
    ):
        for key, value in block.items():
            text = _as_text(value)
            if text and key in names and names[key] not in {"ExifOffset", "GPSInfo", "MakerNote", "UserComment"}:
                tags[names[key]] = text
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    for name, value_key, ref_key in (("GPSLatitude", 2, 1), ("GPSLongitude", 4, 3)):
        degrees = _degrees(gps.get(value_key), gps.get(ref_key))
        if degrees is not None:
            tags[name] = f"{degrees:.6f}"
    altitude = _number(gps.get(6))
    if altitude is not None:
        tags["GPSAltitude"] = f"{altitude:g}"
    return dict(sorted(tags.items())[:100])


def _as_text(value: Any) -> str:
    if isinstance(value, bytes):
        return ""
    if isinstance(value, tuple):
        return " ".join(_as_text(part) for part in cast("tuple[Any, ...]", value)[:16])
    number = _number(value)
    text = f"{number:g}" if number is not None else str(value)
    return re.sub(r"[\x00-\x1f\x7f]+", " ", text).strip()[:_MAX_TAG]


def _number(value: Any) -> float | None:
    if isinstance(value, str) or value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return number if math.isfinite(number) else None


def _degrees(value: Any, ref: Any) -> float | None:
    if not isinstance(value, tuple) or len(cast("tuple[Any, ...]", value)) != 3:
        return None
    parts = [_number(part) for part in cast("tuple[Any, ...]", value)]
    if any(part is None for part in parts):
        return None
    whole, minutes, seconds = (part or 0.0 for part in parts)
    degrees = whole + minutes / 60 + seconds / 3600
    return -degrees if str(ref) in {"S", "W"} else degrees


def drawing_still(data: bytes, limits: Limits, *, longest: int, name: str) -> Still:
    """Rasterise an SVG; nothing outside the file is read and no script runs.

    Raises BadInputError (`media-damaged`, `media-too-large`, `svg-external`).
    """
    if len(data) > _MAX_SVG_BYTES:
        raise BadInputError("media-too-large", f"{name} is a drawing of over 10 MB", fix="simplify its paths")
    width, height = _drawing_size(data, name)
    refuse_pixels(width, height, limits, name)
    with damaged(name):
        raster = resvg_py.svg_to_bytes(
            svg_string=data.decode("utf-8-sig"),
            width=longest if width >= height else None,
            height=None if width >= height else longest,
            skip_system_fonts=b"<text" not in data,
        )
        picture = Image.open(io.BytesIO(raster), formats=["PNG"])
        picture.load()
    return Still(without_empty_alpha(picture.convert("RGBA")), width, height)


def _drawing_size(data: bytes, name: str) -> tuple[int, int]:
    """Return the size a drawing asks for, in pixels, checking on the way that it stands alone."""
    size: list[tuple[int, int]] = []
    depth = 0

    def end(_tag: str) -> None:
        nonlocal depth
        depth -= 1

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _MAX_SVG_DEPTH:
            raise BadInputError(
                "media-too-large", f"{name} is nested more than {_MAX_SVG_DEPTH} levels deep", fix="flatten its groups"
            )
        local = tag.rpartition(":")[2]
        if not size:
            size.append(_root_size(attributes))
        if local in {"image", "feImage"}:
            for key, value in attributes.items():
                if key.rpartition(":")[2] == "href" and not value.strip().startswith(("data:", "#")):
                    raise BadInputError(
                        "svg-external", f"{name} refers to another file ({value[:80]})", fix="embed the picture in it"
                    )

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise BadInputError(
            "media-damaged", f"{name} is not well-formed SVG: {error}", fix="export it again from its source"
        ) from None
    return size[0]


def _root_size(attributes: dict[str, str]) -> tuple[int, int]:
    box = [float(part) for part in re.findall(r"-?\d+(?:\.\d+)?", attributes.get("viewBox", ""))]
    wide, tall = (
        (box[2], box[3]) if len(box) == 4 else (300.0, 150.0)
    )  # CSS 2.2, 10.3.2: 300 x 150 when nothing is said
    given = [re.fullmatch(r"\s*(\d+(?:\.\d+)?)(?:px)?\s*", attributes.get(key, "")) for key in ("width", "height")]
    if given[0]:
        tall = float(given[0][1]) * tall / wide if wide else tall
        wide = float(given[0][1])
    if given[1]:
        wide = wide if given[0] else float(given[1][1]) * wide / (tall or 1)
        tall = float(given[1][1])
    return max(round(wide), 1), max(round(tall), 1)
