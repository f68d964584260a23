"""The short form of a dashboard's layout: rows of charts, instead of a tree of blocks that name each other by id."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from lakefront.errors import BadInputError
from lakefront.superset.layout_check import IN_GRID, SIZED, Item, layout_problems
from lakefront.superset.names import Names
from lakefront.superset.position import (
    DEFAULTS,
    FULL_WIDTH,
    GRID,
    HEIGHT,
    MEDIUM,
    ROOT,
    TRANSPARENT,
    VERSION,
    Position,
    blocks,
    children,
    meta,
    normal,
)


class _InexpressibleError(Exception):
    """A position that the short form has no words for."""


def to_position(layout: Sequence[Any], title: str, names: Names) -> Position:
    """Return the position that a layout says, in normal form: always the same for the same layout and names.

    Raises BadInputError (`asset-layout`) for the first thing that `layout_problems` tells.
    """
    for problem in layout_problems(layout):
        place = ".".join(str(step) for step in ("layout", *problem.path))
        raise BadInputError("asset-layout", f"{place}: {problem.what}", fix=problem.fix)
    return normal(_Builder(names).build(cast("Sequence[Item]", layout)), title, names)[0]


def to_layout(position: Mapping[str, Any], title: str, names: Names) -> list[Item] | None:
    """Return the layout that says a position exactly; None where none does."""
    wanted, _ = normal(position, title, names)
    found = blocks(wanted)
    try:
        layout = _Reader(found, names).read()
    except _InexpressibleError:
        return None
    exact = not any(layout_problems(layout)) and to_position(layout, title, names) == wanted
    return layout if exact else None


class _Builder:
    """Makes blocks with numbers for ids, which the normal form then names."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.position: Position = {}

    def build(self, layout: Sequence[Item]) -> Position:
        if len(layout) == 1 and "tabs" in layout[0] and "inside" not in layout[0]:
            top, grid = [self._tabs(layout[0])], []
        else:
            top, grid = [GRID], self._all(layout)
        self.position[ROOT] = {"type": "ROOT", "id": ROOT, "children": top}
        self.position[GRID] = {"type": "GRID", "id": GRID, "children": grid}
        return {VERSION: "v2", **self.position}

    def _add(self, kind: str, said: Item, inside: Sequence[str] = ()) -> str:
        key = f"{kind}:{len(self.position)}"
        self.position[key] = {"type": kind, "children": list(inside), "meta": said}
        return key

    def _all(self, layout: Sequence[Item]) -> list[str]:
        return [self._block(item) for item in layout]

    def _block(self, item: Item) -> str:
        """Return the id of an item that stands by itself, in the dashboard or in a tab."""
        if any(kind in item for kind in SIZED):
            return self._add("ROW", {}, [self._sized(item, FULL_WIDTH, HEIGHT)])
        return self._other(item)

    def _other(self, item: Item) -> str:
        if "tabs" in item:
            return self._tabs(item)
        said = {"background": item["background"]} if "background" in item else {}
        if "row" in item:
            height = int(item.get("height", HEIGHT))
            return self._add("ROW", said, [self._in_row(inner, height) for inner in item["row"]])
        if "header" in item:
            return self._add("HEADER", {**said, "text": item["header"], "headerSize": item.get("size", MEDIUM)})
        return self._add("DIVIDER", {})

    def _in_row(self, item: Item, height: int) -> str:
        if "column" not in item:
            return self._sized(item, int(DEFAULTS["CHART"]["width"]), height)
        width = int(item.get("width", DEFAULTS["COLUMN"]["width"]))
        said = {key: item[key] for key in ("background",) if key in item}
        return self._add(
            "COLUMN", {**said, "width": width}, [self._in_column(inner, width) for inner in item["column"]]
        )

    def _in_column(self, item: Item, width: int) -> str:
        return self._sized(item, width, HEIGHT) if any(kind in item for kind in SIZED) else self._other(item)

    def _sized(self, item: Item, width: int, height: int) -> str:
        said: Item = {"width": item.get("width", width), "height": item.get("height", height)}
        if "markdown" in item:
            return self._add("MARKDOWN", {**said, "code": item["markdown"]})
        if item.get("name"):
            said["sliceNameOverride"] = item["name"]
        return self._add("CHART", {**said, "uuid": self.names.uuid(item["chart"])})

    def _tabs(self, item: Item) -> str:
        inside = [self._add("TAB", {"text": tab["tab"]}, self._all(tab.get("layout", []))) for tab in item["tabs"]]
        return self._add("TABS", {}, inside)


class _Reader:
    """Reads a position in normal form. What it leaves unsaid shows when the layout is compiled and compared."""

    def __init__(self, found: Mapping[str, dict[str, Any]], names: Names) -> None:
        self.found = found
        self.names = names

    def read(self) -> list[Item]:
        top = self._inside(self.found[ROOT])
        if len(top) == 1 and top[0]["type"] == "TABS":
            return [self._tabs(top[0])]
        layout = self._all(self.found[GRID], self._block)
        if len(layout) == 1 and "tabs" in layout[0]:
            layout[0]["inside"] = IN_GRID
        return layout

    def _inside(self, block: Mapping[str, Any]) -> list[dict[str, Any]]:
        return [self.found[key] for key in children(block)]

    def _all(self, block: Mapping[str, Any], read: Callable[[dict[str, Any]], Item]) -> list[Item]:
        return [read(inner) for inner in self._inside(block)]

    def _block(self, block: dict[str, Any]) -> Item:
        inside = self._inside(block)
        alone = len(inside) == 1 and inside[0]["type"] in {"CHART", "MARKDOWN"}
        plain = block["type"] == "ROW" and meta(block)["background"] == TRANSPARENT
        if alone and plain and meta(inside[0])["width"] == FULL_WIDTH:
            item = self._sized(inside[0])
            del item["width"]
            return item
        return self._other(block)

    def _other(self, block: dict[str, Any]) -> Item:
        said = meta(block)
        background = {} if said.get("background", TRANSPARENT) == TRANSPARENT else {"background": said["background"]}
        match block["type"]:
            case "ROW":
                return {**background, **self._row(block)}
            case "HEADER":
                size = {} if said["headerSize"] == MEDIUM else {"size": said["headerSize"]}
                return {**background, **size, "header": said["text"]}
            case "DIVIDER":
                return {"divider": True}
            case "TABS":
                return self._tabs(block)
            case _:
                raise _InexpressibleError

    def _row(self, block: dict[str, Any]) -> Item:
        items = self._all(block, self._in_row)
        heights = {item["height"] for item in items if "height" in item}
        if len(heights) != 1:
            return {"row": items}
        return {"height": heights.pop(), "row": [_without(item, "height") for item in items]}

    def _in_row(self, block: dict[str, Any]) -> Item:
        if block["type"] != "COLUMN":
            return self._sized(block)
        said = meta(block)
        items = self._all(block, self._in_column)
        same = [_without(item, "width") if item.get("width") == said["width"] else item for item in items]
        background = {} if said["background"] == TRANSPARENT else {"background": said["background"]}
        return {**background, "width": said["width"], "column": same}

    def _in_column(self, block: dict[str, Any]) -> Item:
        return self._sized(block) if block["type"] in {"CHART", "MARKDOWN"} else self._other(block)

    def _sized(self, block: dict[str, Any]) -> Item:
        said = meta(block)
        size = {"width": said.get("width"), "height": said.get("height")}
        if block["type"] == "MARKDOWN":
            return {"markdown": said["code"], **size}
        if block["type"] != "CHART":
            raise _InexpressibleError
        name = {"name": said["sliceNameOverride"]} if "sliceNameOverride" in said else {}
        return {"chart": self.names.slug(str(said["uuid"])), **name, **size}

    def _tabs(self, block: dict[str, Any]) -> Item:
        tabs = self._inside(block)
        if not tabs or any(tab["type"] != "TAB" for tab in tabs):
            raise _InexpressibleError
        return {"tabs": [self._tab(tab) for tab in tabs]}

    def _tab(self, block: dict[str, Any]) -> Item:
        layout = self._all(block, self._block)
        return {"tab": meta(block)["text"], **({"layout": layout} if layout else {})}


def _without(item: Item, key: str) -> Item:
    return {name: value for name, value in item.items() if name != key}
