"""One asset, large, with everything that is known of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from streamlit.components.v2 import component

import wording
from components import source
from components.thumbnails import thumbnail
from lakefront.media.duplicates import Match
from lakefront.media.query import Asset

_ALIKE: Final[Mapping[Match, str]] = {"same": "The same content", "near": "Looks alike"}


def facts(asset: Asset) -> list[dict[str, Any]]:
    """Return names and values, in the order in which people look for them."""
    known: list[tuple[str, str | None, bool]] = [
        ("Uploaded", wording.moment(asset.upload_time), False),
        ("Dimensions", f"{asset.width} × {asset.height} pixels" if asset.width and asset.height else None, False),
        ("Duration", wording.duration(asset.duration_seconds) if asset.duration_seconds else None, False),
        ("File size", f"{wording.size(asset.file_size)} ({asset.file_size:,} bytes)", False),
        ("Type", asset.mime_type, False),
        ("Source", asset.source_system, False),
        ("Indexed", "yes" if asset.is_indexed else "no", False),
        ("Created", _when_by(asset.created_at, asset.created_by), False),
        ("Changed", _when_by(asset.updated_at, asset.updated_by), False),
        ("S3 path", asset.s3_path, True),
        ("Asset id", asset.asset_id, True),
        ("SHA-256", asset.sha256, True),
        ("MD5", asset.md5, True),
        ("Perceptual hash", asset.perceptual_hash, True),
    ]
    return [{"name": name, "value": value, "copy": copy} for name, value, copy in known if value]


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
    return f"{wording.moment(moment)} by {person}" if person else wording.moment(moment)


def asset_view(
    asset: Asset,
    *,
    original: str,
    download: str,
    key: str,
    previous: str | None,
    following: str | None,
    alike: Mapping[Match, Sequence[Asset]],
    on_go: Callable[[], None],
) -> Any:
    """Draw an asset. `original` and `download` are presigned addresses; `alike`: its duplicates.

    The result's `go` is the id of a neighbour or a duplicate.
    """
    mount = component(
        "lakefront_asset",
        html=source("asset.html"),
        css=source("asset.css"),
        js=source("blurhash.js", "pictures.js", "asset.js"),
    )
    sized = asset.width and asset.height
    data = {
        "id": asset.asset_id,
        "kind": asset.kind,
        "title": asset.title,
        "picture": thumbnail(1440, asset.sha256),
        "hash": asset.placeholder,
        "ratio": asset.width / asset.height if sized and asset.width and asset.height else None,
        "limit": asset.width if asset.kind == "image" and asset.width else None,
        "original": original,
        "download": download,
        "chips": [wording.ONE_OF.get(asset.kind, asset.kind), asset.tag, *asset.labels],
        "facts": facts(asset),
        "exif": [{"name": name, "value": value, "copy": False} for name, value in sorted(asset.exif.items())],
        "alike": [{"name": _ALIKE[match], "items": [_twin(other) for other in alike[match]]} for match in alike],
        "previous": previous,
        "next": following,
    }
    return mount(data=data, key=key, on_go_change=on_go)
