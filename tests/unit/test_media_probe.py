"""What is found in files, and how bad files are refused: with a reason, and without harm."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from PIL import ExifTags, Image
from PIL.TiffImagePlugin import IFDRational

from lakefront.errors import BadInputError
from lakefront.media.probe import examine, hash_distance
from lakefront.media.stills import Limits
from tests.support.pictures import saved, shades, tone

# As in production, where importing the decoder sets it: pytest resets warning filters for each test.
pytestmark = pytest.mark.filterwarnings("error::PIL.Image.DecompressionBombWarning")


def picture(width: int = 640, height: int = 400) -> Image.Image:
    """A picture with a bright left top corner, so that turning it can be seen."""
    x, y = np.linspace(0, 1, width)[None, :], np.linspace(0, 1, height)[:, None]
    light = np.exp(-((x**2 + y**2) * 4))
    waves = 0.5 + 0.5 * np.sin(x * 19) * np.cos(y * 13)
    return Image.fromarray((np.stack([light, light * 0.6 + waves * 0.2, waves], axis=2) * 255).astype(np.uint8))


def film(width: int = 320, height: int = 180, frames: int = 30) -> bytes:
    return shades([0] + [200] * (frames - 1), width, height)  # the first frame is black, as it often is


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and has next to nothing in it: what a bomb looks like before it goes off."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 64)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("form", "mime", "extension"),
    [
        ("JPEG", "image/jpeg", "jpg"),
        ("PNG", "image/png", "png"),
        ("WEBP", "image/webp", "webp"),
        ("AVIF", "image/avif", "avif"),
        ("GIF", "image/gif", "gif"),
    ],
)
def test_raster_pictures_are_known_by_their_content(form: str, mime: str, extension: str) -> None:
    facts = examine(saved(picture(), form), name="misleading.txt").facts
    assert (facts.kind, facts.mime_type, facts.extension) == ("image", mime, extension)
    assert (facts.width, facts.height) == (640, 400)
    assert facts.duration_seconds is None
    assert facts.placeholder is not None
    assert len(facts.placeholder) == 28  # 4 x 3 components
    assert facts.perceptual_hash is not None
    assert len(facts.perceptual_hash) == 16


def test_the_same_picture_in_other_formats_is_a_near_duplicate_and_another_picture_is_not() -> None:
    hashes = [examine(saved(picture(), form)).facts.perceptual_hash or "" for form in ("PNG", "JPEG", "WEBP", "AVIF")]
    smaller = examine(saved(picture().resize((400, 250)), "JPEG", quality=60)).facts.perceptual_hash or ""
    other = examine(saved(picture().rotate(90, expand=True), "PNG")).facts.perceptual_hash or ""
    assert max(hash_distance(hashes[0], each) for each in [*hashes, smaller]) <= 4
    assert hash_distance(hashes[0], other) > 12


def test_a_picture_that_was_taken_upright_is_shown_upright() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    stored = picture(600, 400).transpose(Image.Transpose.ROTATE_90)
    examined = examine(saved(stored, "JPEG", exif=exif))
    assert (examined.facts.width, examined.facts.height) == (600, 400)
    thumbnail = Image.open(io.BytesIO(examined.thumbnails[320])).convert("L")
    assert thumbnail.size == (320, 213)
    corner, opposite = thumbnail.resize((2, 2)).getpixel((0, 0)), thumbnail.resize((2, 2)).getpixel((1, 1))
    assert isinstance(corner, int)
    assert isinstance(opposite, int)
    assert corner > opposite + 20


def test_exif_is_text_with_places_in_degrees() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Make], exif[ExifTags.Base.Model] = "Halla", "H-100\x00\x07"
    photo = exif.get_ifd(ExifTags.IFD.Exif)
    photo[ExifTags.Base.FNumber] = IFDRational(28, 10)
    photo[ExifTags.Base.MakerNote] = b"\x00" * 4000
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    gps[1], gps[2], gps[3], gps[4] = "S", (33.0, 30.0, 36.0), "W", (70.0, 45.0, 0.0)
    found = examine(saved(picture(), "JPEG", exif=exif)).facts.exif
    assert found["Make"] == "Halla"
    assert found["Model"] == "H-100"
    assert found["FNumber"] == "2.8"
    assert found["GPSLatitude"] == "-33.510000"
    assert found["GPSLongitude"] == "-70.750000"
    assert "MakerNote" not in found


def test_endless_exif_is_cut() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = "x" * 30_000
    found = examine(saved(picture(), "JPEG", exif=exif)).facts.exif
    assert len(found["Artist"]) == 1000


def test_sound_has_a_length_and_a_picture_of_itself() -> None:
    examined = examine(tone(seconds=1.5))
    assert examined.facts.mime_type == "audio/wav"
    assert examined.facts.duration_seconds == 1.5
    assert examined.facts.width is None
    assert examined.facts.perceptual_hash is None
    assert Image.open(io.BytesIO(examined.thumbnails[320])).size == (320, 180)


def test_film_is_shown_by_a_frame_from_inside() -> None:
    examined = examine(film())
    assert examined.facts.mime_type == "video/mp4"
    assert examined.facts.duration_seconds == pytest.approx(2.0, abs=0.1)
    assert (examined.facts.width, examined.facts.height) == (320, 180)
    pixel = Image.open(io.BytesIO(examined.thumbnails[320])).convert("L").getpixel((160, 90))
    assert isinstance(pixel, int)
    assert pixel > 150


def test_drawings_are_rasterised_and_keep_their_transparency() -> None:
    svg = (
        b'<?xml version="1.0"?><!-- hello --><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 100">'
        b'<circle cx="100" cy="50" r="40" fill="#0b6e99"/></svg>'
    )
    examined = examine(svg)
    assert examined.facts.mime_type == "image/svg+xml"
    assert (examined.facts.width, examined.facts.height) == (200, 100)
    thumbnail = Image.open(io.BytesIO(examined.thumbnails[320]))
    assert thumbnail.size == (320, 160)
    assert thumbnail.mode == "RGBA"
    assert thumbnail.getpixel((1, 1)) == (0, 0, 0, 0) or thumbnail.getchannel("A").getpixel((1, 1)) == 0


def test_a_script_in_a_drawing_leaves_no_trace_in_what_is_shown() -> None:
    svg = (
        b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><script>alert(1)</script>'
        b'<rect width="40" height="40" fill="#f00" onload="alert(2)"/></svg>'
    )
    for thumbnail in examine(svg).thumbnails.values():
        assert thumbnail.startswith(b"RIFF")
        assert b"alert" not in thumbnail


def test_thumbnails_fit_their_size_and_are_never_larger_than_the_original() -> None:
    large = examine(saved(picture(3000, 2000), "JPEG")).thumbnails
    small = examine(saved(picture(16, 16), "PNG")).thumbnails
    assert [Image.open(io.BytesIO(large[size])).size for size in (320, 1440)] == [(320, 213), (1440, 960)]
    assert [Image.open(io.BytesIO(small[size])).size for size in (320, 1440)] == [(16, 16), (16, 16)]
    assert {Image.open(io.BytesIO(data)).format for data in large.values()} == {"WEBP"}


def test_pictures_of_16_bits_are_scaled_not_cut_off() -> None:
    deep = Image.fromarray((np.linspace(0, 65_535, 256 * 64).reshape(64, 256)).astype(np.uint16))
    thumbnail = Image.open(io.BytesIO(examine(saved(deep, "PNG")).thumbnails[320])).convert("L")
    low, high = thumbnail.getextrema()
    assert isinstance(low, int)
    assert isinstance(high, int)
    assert low < 12
    assert high > 240
    middle = thumbnail.getpixel((128, 32))
    assert isinstance(middle, int)
    assert 100 < middle < 150


SVG_HEAD = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">'
HOSTILE: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "empty": (lambda: b"", "media-empty", "is empty"),
    "html-named-jpg": (lambda: b"<!DOCTYPE html><html><script>alert(1)</script>", "media-type", "an HTML page"),
    "html-with-svg": (lambda: b"<html><svg xmlns='http://www.w3.org/2000/svg'></svg></html>", "media-type", "HTML"),
    "text": (lambda: "그림이 아닙니다\n".encode() * 20, "media-type", "text"),
    "zip": (lambda: b"PK\x03\x04" + b"\0" * 60, "media-type", "zip archive"),
    "pdf": (lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "media-type", "Portable Document"),
    "truncated-jpeg": (lambda: saved(picture(), "JPEG")[:3000], "media-damaged", "cannot be decoded"),
    "truncated-png": (lambda: saved(picture(), "PNG")[:2000], "media-damaged", "cannot be decoded"),
    "truncated-webp": (lambda: saved(picture(), "WEBP")[:1500], "media-damaged", "cannot be decoded"),
    "truncated-avif": (lambda: saved(picture(), "AVIF")[:1500], "media-damaged", "cannot be decoded"),
    "jpeg-head-only": (lambda: b"\xff\xd8\xff\xe0", "media-damaged", "cannot be decoded"),
    "bomb-8k": (lambda: png_header(8_000, 8_000), "media-too-large", "8,000 x 8,000"),
    "bomb-12k": (lambda: png_header(12_000, 12_000), "media-too-large", "144 megapixels"),
    "bomb-50k": (lambda: png_header(50_000, 50_000), "media-too-large", "2,500 megapixels"),
    "truncated-mp4": (lambda: film()[:1500], "media-damaged", "cannot be decoded"),
    "wav-head-only": (lambda: tone()[:44], "media-damaged", "no sound"),
    "svg-not-closed": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><g>', "media-damaged", "not well-formed"),
    "svg-reads-files": (
        lambda: SVG_HEAD + b'<image href="/etc/hostname.png" width="9" height="9"/></svg>',
        "svg-external",
        "another file",
    ),
    "svg-reads-files-by-entity": (
        lambda: (
            b'<!DOCTYPE svg [<!ENTITY a "/etc/x.png">]>' + SVG_HEAD + b'<image href="&a;" width="9" height="9"/></svg>'
        ),
        "svg-external",
        "another file",
    ),
    "svg-nested": (lambda: SVG_HEAD + b"<g>" * 500 + b"</g>" * 500 + b"</svg>", "media-too-large", "100 levels"),
    "svg-endless": (
        lambda: b'<svg xmlns="http://www.w3.org/2000/svg" width="100000" height="100000"/>',
        "media-too-large",
        "100,000 x 100,000",
    ),
    "gif-with-nothing": (lambda: b"GIF89a\x01\x00\x01\x00\x00\x00\x00;", "media-damaged", "cannot be decoded"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_bad_files_are_refused_with_the_reason(name: str) -> None:
    make, code, words = HOSTILE[name]
    with pytest.raises(BadInputError) as refused:
        examine(make(), name="holiday.jpg")
    assert refused.value.code == code
    assert words in refused.value.what
    assert "holiday.jpg" in refused.value.what
    assert refused.value.fix


def test_limits_can_be_set() -> None:
    data = saved(picture(640, 400), "PNG")
    with pytest.raises(BadInputError, match=r"0\.1 megapixels"):
        examine(data, limits=Limits(max_pixels=100_000))
    with pytest.raises(BadInputError, match="at most 0 MB"):
        examine(data, limits=Limits(max_bytes=1000))


@pytest.mark.parametrize("seed", range(40))
def test_random_damage_never_raises_anything_but_our_error(seed: int) -> None:
    rng = np.random.default_rng(seed)
    forms = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
    data = bytearray(saved(picture(200, 120), forms[seed % 5]))
    for place in rng.integers(12, len(data), 24):
        data[int(place)] = int(rng.integers(256))
    try:
        outcome = str(examine(bytes(data)).facts.width)
    except BadInputError as refused:
        outcome = refused.code
    assert outcome.isdecimal() or outcome in {"media-damaged", "media-too-large", "media-type"}
