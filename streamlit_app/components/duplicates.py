"""Groups of duplicates, each one's items side by side, to open them or to choose those that are not needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from streamlit.components.v2 import component

import wording
from components import source
from components.grid import tile
from lakefront.media.duplicates import MOST_SHOWN, Group, Match
from lakefront.media.query import Asset
from language import later, t

#: What the bytes are that a group could do without.
_ROOM: Final[Mapping[Match, str]] = {
    "same": later("copies take {size}"),
    "near": later("all but the largest take {size}"),
}
#: What the component itself says.
_WORDS: Final = {
    "missing": later("No preview"),
    "store": later("Pictures cannot be fetched: the object store does not answer. Trying again every few seconds."),
}


def oldest(assets: Sequence[Asset]) -> Asset:
    """Return the one that came in first."""
    return min(assets, key=lambda asset: (asset.upload_time, asset.asset_id))


def largest(assets: Sequence[Asset]) -> Asset:
    """Return the one with the most pixels; of those the one with the most bytes, then the one that came in first."""
    return min(
        assets,
        key=lambda asset: (
            -(asset.width or 0) * (asset.height or 0),
            -asset.file_size,
            asset.upload_time,
            asset.asset_id,
        ),
    )


def spare(group: Group) -> int:
    """Return how many bytes a group could do without: of what is seen of it, unless it has more than are shown."""
    if group.size > len(group.assets) >= MOST_SHOWN:
        return group.spare
    sizes = [asset.file_size for asset in group.assets]
    return sum(sizes) - max(sizes)


def _more(group: Group) -> str:
    """Return what is to be known of items of a group that are not shown."""
    if group.size <= len(group.assets):
        return ""
    if len(group.assets) >= MOST_SHOWN:
        return t("The {most} oldest of {number} are shown.", most=MOST_SHOWN, number=wording.number(group.size))
    return t("There were {number} when duplicates were looked for.", number=wording.number(group.size))


def _group(group: Group, match: Match) -> dict[str, Any]:
    keepers = [(t("Oldest"), t("Select all but oldest"), oldest(group.assets))]
    if match == "near":  # what has the same content has the same size
        keepers.append((t("Largest"), t("Select all but largest"), largest(group.assets)))
    ids = [asset.asset_id for asset in group.assets]
    return {
        "key": group.key,
        "count": wording.items(len(group.assets)),
        "room": t(_ROOM[match], size=wording.size(spare(group))),
        "more": _more(group),
        "choices": [
            {"name": words, "ids": [other for other in ids if other != kept.asset_id]} for _, words, kept in keepers
        ],
        "items": [
            tile(asset)
            | {
                "opens": t("Open {title}", title=asset.title),
                "selects": t("Select {title}", title=asset.title),
                "tag": asset.tag,
                "ratio": asset.width / asset.height if asset.width and asset.height else None,
                "marks": [mark for mark, _, kept in keepers if kept is asset],
            }
            for asset in group.assets
        ],
    }


def duplicate_groups(
    groups: Sequence[Group],
    match: Match,
    *,
    key: str,
    place: str,
    selection: str,
    choosing: bool,
    opened: str | None,
    last: str | None,
    on_open: Callable[[], None],
    on_select: Callable[[], None],
) -> Any:
    """Draw groups. `place` names the page that is shown, `selection` the time during which a selection is kept.

    `choosing`: whether items can be selected. `last` was open before `opened` became None, and gets the keyboard's
    focus back. The result's `open` is the id of the item to open, `select` the ids of all that are selected, as JSON;
    each for one run.
    """
    mount = component(
        "lakefront_duplicates",
        html=source("duplicates.html"),
        css=source("duplicates.css"),
        js=source("blurhash.js", "pictures.js", "duplicates.js"),
    )
    told = [_group(group, match) for group in groups]
    data = {
        "groups": told,
        "page": repr((place, choosing, told)),
        "place": place,
        "selection": selection,
        "choosing": choosing,
        "open": opened,
        "last": last,
        "words": {name: t(words) for name, words in _WORDS.items()},
    }
    return mount(data=data, key=key, on_open_change=on_open, on_select_change=on_select)
