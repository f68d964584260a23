"""The grid of thumbnails: one component, immutable addresses, everything else is its JavaScript's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from streamlit.components.v2 import component

import wording
from components import source
from components.thumbnails import thumbnail
from lakefront.media.query import Asset

#: Pictures with shorter edges are shown in their own size: blown up they would only be blurred.
_SMALL = 200


def tile(asset: Asset) -> dict[str, Any]:
    """Return what the grid needs to know of an asset."""
    facts = [wording.size(asset.file_size)]
    if asset.kind == "image" and asset.width and asset.height:
        facts.insert(0, f"{asset.width} × {asset.height}")
    return {
        "id": asset.asset_id,
        "kind": asset.kind,
        "title": asset.title,
        "thumb": thumbnail(320, asset.sha256),
        "hash": asset.placeholder,
        "facts": " · ".join(facts),
        "when": wording.moment(asset.upload_time),
        "badge": wording.duration(asset.duration_seconds) if asset.duration_seconds else None,
        "small": asset.kind == "image" and max(asset.width or _SMALL, asset.height or _SMALL) < _SMALL,
    }


def grid(
    assets: Sequence[Asset],
    *,
    key: str,
    page: str,
    newer: bool = False,
    older: bool = False,
    opened: str | None = None,
    last: str | None = None,
    on_open: Callable[[], None],
    on_turn: Callable[[], None] | None = None,
    strip: bool = False,
    dense: bool = False,
) -> Any:
    """Draw assets; `page` names what is shown, so that the same page is never drawn twice; `last` was
    open before `opened` became None, and gets the keyboard's focus back.

    The result's `open` is the id of the asset that was chosen, `turn` is "newer" or "older", each for one run.
    """
    mount = component(
        "lakefront_grid",
        html=source("grid.html"),
        css=source("grid.css"),
        js=source("blurhash.js", "pictures.js", "grid.js"),
    )
    data = {
        "items": [tile(asset) for asset in assets],
        "page": page,
        "newer": newer,
        "older": older,
        "open": opened,
        "last": last,
        "strip": strip,
        "dense": dense,
    }
    return mount(data=data, key=key, on_open_change=on_open, on_turn_change=on_turn or (lambda: None))
