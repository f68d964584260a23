"""A dashboard's `position` in one normal form: stable ids, no numbers of a server, defaults written out.

What is known to be made anew by Superset's front end whenever a dashboard is opened is made here by the same rules:
`parents`, the names of charts and the title in the header.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from lakefront.superset.names import Names, free_name, slug_of

ROOT: Final = "ROOT_ID"
GRID: Final = "GRID_ID"
HEADER: Final = "HEADER_ID"
VERSION: Final = "DASHBOARD_VERSION_KEY"
#: The ids that every dashboard has.
FIXED: Final = frozenset({ROOT, GRID, HEADER})
TRANSPARENT: Final = "BACKGROUND_TRANSPARENT"
MEDIUM: Final = "MEDIUM_HEADER"
#: Columns of the grid across a dashboard.
FULL_WIDTH: Final = 12
WIDTH: Final = 4
HEIGHT: Final = 50
#: What Superset's front end takes for a missing key of `meta`.
DEFAULTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "CHART": {"width": WIDTH, "height": HEIGHT},
    "MARKDOWN": {"width": WIDTH, "height": HEIGHT, "code": ""},
    "ROW": {"background": TRANSPARENT},
    "COLUMN": {"background": TRANSPARENT, "width": WIDTH},
    "HEADER": {"background": TRANSPARENT, "headerSize": MEDIUM, "text": ""},
    "TAB": {"text": "", "defaultText": "Tab title", "placeholder": "Tab title"},
}
# The row into which an export puts the charts that the layout forgot, in no order.
_LEFTOVER: Final = "ROW-N-"
Position = dict[str, Any]


def blocks(position: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the blocks of a position by id; it also holds texts such as its version."""
    return {key: cast("dict[str, Any]", block) for key, block in position.items() if isinstance(block, dict)}


def children(block: Mapping[str, Any]) -> list[str]:
    """Return the ids of what is inside a block."""
    return list(cast("list[str]", block.get("children") or []))


def meta(block: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a block says of itself."""
    return dict(cast("dict[str, Any]", block.get("meta") or {}))


def tab_title(block: Mapping[str, Any]) -> str:
    """Return what people read on a tab: one that is new in Superset's editor has no title of its own."""
    said = meta(block)
    return str(said.get("text") or said.get("defaultText") or DEFAULTS["TAB"]["defaultText"])


def chart_ids(position: Mapping[str, Any]) -> dict[int, str]:
    """Return number on the server -> uuid of the charts of an exported position."""
    found = (meta(block) for block in blocks(position).values() if block.get("type") == "CHART")
    return {item["chartId"]: str(item["uuid"]) for item in found if item.get("uuid") and "chartId" in item}


def normal(position: Mapping[str, Any], title: str, names: Names) -> tuple[Position, dict[str, str]]:
    """Return a position in normal form, and its ids: old -> new.

    Blocks that cannot be seen are left out, except charts: they belong to the dashboard all the same. So are charts
    that were deleted from the server, of which only a place is left.
    """
    tree = _Tree(position, names)
    result: Position = {
        VERSION: position.get(VERSION, "v2"),
        ROOT: {"type": "ROOT", "id": ROOT, "children": tree.renamed(ROOT) if ROOT in tree.found else [GRID]},
        GRID: {"type": "GRID", "id": GRID, "parents": [ROOT], "children": tree.renamed(GRID)},
        HEADER: {"type": "HEADER", "id": HEADER, "meta": {"text": title}},
    }
    for old, new in tree.ids.items():
        if old in FIXED:
            continue
        block = tree.found[old]
        result[new] = {
            **{key: value for key, value in block.items() if key not in {"chartId", "parents"}},
            "id": new,
            "children": tree.renamed(old),
            "parents": [tree.ids[key] for key in tree.parents[old]],
            "meta": _normal_meta(block, names),
        }
    return result, tree.ids


def _normal_meta(block: Mapping[str, Any], names: Names) -> dict[str, Any]:
    kind = str(block.get("type"))
    # Superset's own code spreads a text into this mapping at times: its letters, numbered.
    kept = {key: value for key, value in meta(block).items() if value is not None and not key.isdigit()}
    if kind == "CHART":
        kept.pop("chartId", None)
        kept["sliceName"] = names.title(str(kept.get("uuid"))) or kept.get("sliceName", "")
        if not kept.get("sliceNameOverride"):
            kept.pop("sliceNameOverride", None)
    if kind == "TAB":
        kept = {key: value for key, value in kept.items() if key not in {"defaultText", "placeholder"}}
        kept["text"] = tab_title(block)
    return {**DEFAULTS.get(kind, {}), **kept}


@dataclass(frozen=True)
class _Place:
    """Where a block is: the titles of the tabs around it, and its numbers inside the innermost of them."""

    tabs: str
    numbers: str


class _Tree:
    """The blocks that can be reached, in the order in which they are seen, and their names."""

    def __init__(self, position: Mapping[str, Any], names: Names) -> None:
        self.names = names
        self.found = {key: block for key, block in blocks(position).items() if not _is_dead(block)}
        self.parents: dict[str, list[str]] = {}
        self.ids: dict[str, str] = {}
        self._taken: set[str] = set()
        for old, place in self._walk(ROOT, (), _Place("", "")):
            self._name(old, place)
        loose = [key for key, block in self.found.items() if block.get("type") == "CHART" and key not in self.ids]
        for old in sorted(loose, key=self._slug):
            self.parents[old] = []
            self._name(old, _Place("", ""))

    def renamed(self, old: str) -> list[str]:
        """Return the new ids of what is inside a block."""
        return [self.ids[key] for key in self._children(old) if key in self.ids]

    def _children(self, key: str) -> list[str]:
        inside = [child for child in children(self.found.get(key, {})) if child in self.found]
        if key.startswith(_LEFTOVER) and "0" in meta(self.found[key]):
            inside.sort(key=self._slug)
        return inside

    def _slug(self, key: str) -> str:
        return self.names.slug(str(meta(self.found[key]).get("uuid")))

    def _walk(self, key: str, parents: tuple[str, ...], place: _Place) -> Iterator[tuple[str, _Place]]:
        if key not in self.found or key in self.parents:
            return
        self.parents[key] = list(parents)
        block = self.found[key]
        if block.get("type") == "TAB":
            title = slug_of(tab_title(block), otherwise="tab")
            place = _Place(f"{place.tabs}-{title}", "")
        yield key, place
        inside = self._children(key)
        for number, child in enumerate(inside, start=1):
            step = place if key == ROOT else _Place(place.tabs, f"{place.numbers}-{number}")
            yield from self._walk(child, (*parents, key), step)

    def _name(self, old: str, place: _Place) -> None:
        kind = str(self.found[old].get("type"))
        name = f"CHART-{self._slug(old)}" if kind == "CHART" else f"{kind}{place.tabs}{place.numbers}"
        self.ids[old] = old if old in FIXED else free_name(name, self._taken)
        self._taken.add(self.ids[old])


def _is_dead(block: Mapping[str, Any]) -> bool:
    return block.get("type") == "CHART" and not meta(block).get("uuid")
