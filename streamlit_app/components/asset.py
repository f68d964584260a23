"""One asset, large, with everything that is known of it."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from streamlit.components.v2 import component

import wording
from components import source
from components.thumbnails import thumbnail
from lakefront.media.duplicates import Match
from lakefront.media.query import Asset
from language import language, later, t

_ALIKE: Final[Mapping[Match, str]] = {"same": later("The same content"), "near": later("Looks alike")}
#: What browsers draw by themselves; larger originals would hold one up.
_DRAWN: Final = {"image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "image/svg+xml"}
_MOST_DRAWN: Final = 80_000_000


@dataclass(frozen=True)
class Addresses:
    """Presigned addresses of an asset's files, and where else it is. None for what cannot be had.

    `previews`: of a sound and a film, by name; `page`: of the page that it has to itself; `there`: tells whether there
    is the original.
    """

    page: str
    original: str | None = None
    download: str | None = None
    there: str | None = None
    thumbnail: str | None = None
    previews: Mapping[str, str] | None = None


def facts(asset: Asset) -> list[dict[str, Any]]:
    """Return names and values with their units, in the order in which people look for them."""
    sized = (asset.width, asset.height) if asset.width and asset.height else None
    lasting = asset.duration_seconds
    known: list[tuple[str, str | None, bool]] = [
        (t("Uploaded"), wording.moment(asset.upload_time), False),
        (t("Dimensions"), t("{width} × {height} pixels", width=sized[0], height=sized[1]) if sized else None, False),
        (t("Resolution"), f"{sized[0] * sized[1] / 1e6:.1f} MP" if sized else None, False),
        (t("Duration"), f"{wording.duration(lasting)} ({lasting:.2f} s)" if lasting else None, False),
        (t("Bit rate"), f"{asset.file_size * 8 / lasting / 1000:,.0f} kbit/s" if lasting else None, False),
        (
            t("File size"),
            t("{size} ({bytes} bytes)", size=wording.size(asset.file_size), bytes=f"{asset.file_size:,}"),
            False,
        ),
        (t("Type"), asset.mime_type, False),
        (t("Source"), asset.source_system, False),
        (t("Indexed"), t("yes") if asset.is_indexed else t("no"), False),
        (t("Created"), _when_by(asset.created_at, asset.created_by), False),
        (t("Changed"), _when_by(asset.updated_at, asset.updated_by), False),
        (t("S3 path"), asset.s3_path, True),
        (t("Asset id"), asset.asset_id, True),
        (t("SHA-256"), asset.sha256, True),
        (t("MD5"), asset.md5, True),
        (t("Perceptual hash"), asset.perceptual_hash, True),
    ]
    return [{"name": name, "value": value, "copy": copy} for name, value, copy in known if value]


def exif(tags: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return what the camera wrote, by name, numbers with their units."""
    return [{"name": name, "value": _with_unit(name, value), "copy": False} for name, value in sorted(tags.items())]


_UNITS: Final = {
    "FNumber": "f/{}",
    "MaxApertureValue": "f/{}",
    "FocalLength": "{} mm",
    "FocalLengthIn35mmFilm": "{} mm",
    "ISOSpeedRatings": "ISO {}",
    "GPSAltitude": "{} m",
    "GPSLatitude": "{}°",
    "GPSLongitude": "{}°",
    "ExposureBiasValue": "{} EV",
    "SubjectDistance": "{} m",
}


def _with_unit(name: str, value: str) -> str:
    number = _number(value)
    if number is None:
        return value
    if name == "ExposureTime" and number > 0:
        return f"1/{round(1 / number)} s" if number < 0.5 else f"{number:g} s"
    return _UNITS.get(name, "{}").format(value)


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def place(tags: Mapping[str, str]) -> dict[str, Any] | None:
    """Return where a picture was taken, for the map; None where its tags do not say, or name no place on Earth."""
    latitude, longitude = (_number(tags.get(name)) for name in ("GPSLatitude", "GPSLongitude"))
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return None
    north, east = ("N" if latitude >= 0 else "S"), ("E" if longitude >= 0 else "W")
    text = f"{abs(latitude):.5f}° {north}, {abs(longitude):.5f}° {east}"
    plain = f"{latitude:.5f},{longitude:.5f}"
    return {
        "latitude": latitude,
        "longitude": longitude,
        "text": text,
        "plain": plain.replace(",", ", "),
        "address": f"geo:{plain}",
        "map": t("Map of the world with a point at {place}", place=text),
    }


def _twin(asset: Asset) -> dict[str, Any]:
    sized = f"{asset.width} × {asset.height}, " if asset.width and asset.height else ""
    return {
        "id": asset.asset_id,
        "title": asset.title,
        "thumb": thumbnail(320, asset.sha256),
        "hash": asset.placeholder,
        "facts": f"{sized}{wording.size(asset.file_size)}",
    }


def _when_by(moment: dt.datetime, person: str | None) -> str:
    at = wording.moment(moment)
    return t("{moment} by {person}", moment=at, person=person) if person else at


def _words() -> dict[str, str]:
    """Return what the page says by itself."""
    return {
        "previous": t("Previous item"),
        "next": t("Next item"),
        "about": t("What is known of it"),
        "zoom": t("Zoom"),
        "closer": t("Zoom in (+)"),
        "farther": t("Zoom out (-)"),
        "fit": t("Fit to the window (0)"),
        "times": t("{factor}×"),
        "loading": t("Original …"),
        "original": t("Original"),
        "preview": t("Preview"),
        "noOriginal": t("The original cannot be shown here; this is its preview of 1440 pixels at most."),
        "copy": t("Copy"),
        "copyOf": t("Copy {name}"),
        "copied": t("Copied"),
        "download": t("Download original"),
        "thumbnail": t("Download preview"),
        "copyLink": t("Copy link"),
        "ownPage": t("Open on its own page"),
        "place": t("Where it was taken"),
        "coordinates": t("coordinates"),
        "openMap": t("Open in a map"),
        "exif": t("From the camera (EXIF)"),
        "noPreview": t("There is no preview of this picture. Download the original to see it."),
        "noStore": t("The file cannot be fetched: the object store does not answer. Trying again every few seconds."),
        "cannotPlay": t("This browser cannot play the file. Download the original to play it elsewhere."),
        "gone": t(
            "The file is missing: the object store does not have it any more. What is known of it is kept here; whoever"
            " has the file can upload it again."
        ),
        "notNow": t("The file cannot be fetched: the object store does not answer. Try again in a few seconds."),
        "making": t("Reading the file …"),
        "waiting": t("The object store does not answer, or is busy. Trying again every few seconds."),
        "none": t("There is nothing to draw of this file: {reason}"),
        "first": t("The first {time} are drawn."),
        "position": t("Position"),
        "of": t("{at} of {end}"),
        "spectrogram": t("Spectrogram: pitch upwards, time to the right, louder is brighter"),
        "strip": t("Frames of the video"),
        "goTo": t("Go to {time}"),
    }


def asset_view(
    asset: Asset,
    *,
    addresses: Addresses,
    key: str,
    previous: str | None,
    following: str | None,
    alike: Mapping[Match, Sequence[Asset]],
    on_go: Callable[[], None],
    state: str | None = None,
    own_page: bool = False,
) -> Any:
    """Draw an asset. `alike`: its duplicates; `state`: of which state of the table it is.

    The result's `go` is the id of a neighbour or a duplicate.
    """
    mount = component(
        "lakefront_asset",
        html=source("asset.html"),
        css=source("asset.css"),
        js=source("blurhash.js", "pictures.js", "world.js", "zoom.js", "players.js", "asset.js"),
    )
    sized = asset.width and asset.height
    drawn = asset.kind == "image" and asset.mime_type in _DRAWN and asset.file_size <= _MOST_DRAWN
    data = {
        # What is shown; the rest follows from it, but for neighbours and addresses that are signed anew.
        "mark": f"{asset.asset_id} {state} {language()} {asset.updated_at}",
        "id": asset.asset_id,
        "kind": asset.kind,
        "title": asset.title,
        "picture": thumbnail(1440, asset.sha256),
        "hash": asset.placeholder,
        "ratio": asset.width / asset.height if sized and asset.width and asset.height else None,
        "limit": asset.width if asset.kind == "image" and asset.width else None,
        "sharper": {"src": addresses.original if drawn else None, "width": asset.width or 0},
        "original": addresses.original,
        "download": addresses.download,
        "there": addresses.there,
        "thumbnail": addresses.thumbnail,
        "previews": addresses.previews,
        "page": addresses.page,
        "own": own_page,
        "chips": [wording.one_of(asset.kind), asset.tag, *asset.labels],
        "facts": facts(asset),
        "place": place(asset.exif),
        "exif": exif(asset.exif),
        "alike": [{"name": t(_ALIKE[match]), "items": [_twin(other) for other in alike[match]]} for match in alike],
        "previous": previous,
        "next": following,
        "words": _words(),
    }
    return mount(data=data, key=key, on_go_change=on_go)
