"""The grid of thumbnails: one component, immutable addresses, everything else is its JavaScript's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from streamlit.components.v2 import component

import wording
from components import source
from components.thumbnails import thumbnail
from lakefront.media.query import Asset
from language import later, t

#: Pictures with shorter edges are shown in their own size: blown up they would only be blurred.
_SMALL = 200
#: Keys and what they do; those of a grid from which items are selected.
_KEYS: Final = (
    (("←", "→", "↑", "↓"), later("Move between items; past the edge turns the page")),
    (("Home", "End"), later("First and last item of the page")),
    (("Enter",), later("Open")),
)
_PICKING: Final = (
    (("Space",), later("Select the item, or let go of it")),
    (("Shift + ←", "→", "↑", "↓"), later("Select from here on; Shift and a click does it, too")),
    (("Ctrl + A",), later("Select the whole page")),
    (("Esc",), later("Let go of all that is selected, on every page")),
)
_MORE: Final = ((("?",), later("Show or hide this help")),)


@dataclass(frozen=True)
class Picking:
    """What is selected, as far as a grid has to know: `name` of the selection, and the last change it has `heard` of.

    `picked`: those of the page; `count`: all of them, on whichever page.
    """

    name: str
    heard: int
    count: int
    picked: frozenset[str]


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
    picking: Picking | None = None,
    on_select: Callable[[], None] | None = None,
) -> Any:
    """Draw assets; `page` names what is shown, so that the same page is never drawn twice; `last` was
    open before `opened` became None, and gets the keyboard's focus back. `picking`: None where nothing can be selected.

    The result's `open` is the id of the asset that was chosen, `turn` is "newer" or "older", `select` the changes of
    what is selected, as `Selection.hear` takes them, each for one run.
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
        "words": _words(picking),
        "selection": picking
        and {
            "name": picking.name,
            "heard": picking.heard,
            "count": picking.count,
            "picked": [at for at, asset in enumerate(assets) if asset.asset_id in picking.picked],
        },
    }
    nothing = lambda: None  # noqa: E731 - three times the same
    return mount(
        data=data,
        key=key,
        on_open_change=on_open,
        on_turn_change=on_turn or nothing,
        on_select_change=on_select or nothing,
    )


def _words(picking: Picking | None) -> dict[str, Any]:
    keys = (*_KEYS, *(_PICKING if picking else ((("Esc",), later("Close")),)), *_MORE)
    return {
        "list": t("Media"),
        "keys": t("Keys"),
        "close": t("Close"),
        "help": [(names, t(what)) for names, what in keys],
        "kinds": {"image": t("Image"), "audio": t("Sound"), "video": t("Video")},
        "missing": t("No preview"),
        "trouble": t("Pictures cannot be fetched: the object store does not answer. Trying again every few seconds."),
        "pick": t("Select {title}", title="{title}"),
        "picked": t("selected"),
        "number": t("{number} selected", number="{number}"),
    }
