"""What may be written in a dashboard's `layout`, and what is wrong with one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from lakefront.errors import Location, did_you_mean
from lakefront.semantic.source import Path_, Source
from lakefront.superset.position import FULL_WIDTH
from lakefront.superset.values import in_list, mapping, text

Item = dict[str, Any]
#: What an item of a layout may be, and what each may say besides.
KEYS: Final[Mapping[str, frozenset[str]]] = {
    "row": frozenset({"height", "background"}),
    "column": frozenset({"width", "background"}),
    "chart": frozenset({"name", "width", "height"}),
    "markdown": frozenset({"width", "height"}),
    "header": frozenset({"size", "background"}),
    "divider": frozenset(),
    "tabs": frozenset({"inside"}),
}
SIZED: Final = ("chart", "markdown")
_ON_PAGE: Final = ("row", "chart", "markdown", "header", "divider", "tabs")
#: Which items may stand where.
PLACES: Final[Mapping[str, tuple[str, ...]]] = {
    "layout": _ON_PAGE,
    "row": ("chart", "markdown", "column"),
    "column": _ON_PAGE,
}
#: Tabs that are all of a layout stand in the dashboard's own place for tabs, unless they say that they do not.
IN_GRID: Final = "grid"
_BESIDES: Final = frozenset[str]().union(*KEYS.values())
WIDTH_FIX: Final = f"write `width:` with 1 to {FULL_WIDTH}"
_SIZES: Final = {"width": WIDTH_FIX, "height": "write 20"}
_TEXTS: Final = ("background", "name", "size")


@dataclass(frozen=True)
class LayoutProblem:
    """What is wrong in a layout. `path`: keys and list positions from the layout's own list on.

    `code`: what `lakefront superset validate` calls it; `of_key`: it is the path's last key that is wrong.
    """

    path: Path_
    what: str
    fix: str
    code: str = "asset-layout-form"
    of_key: bool = False

    def where(self, source: Source) -> Location:
        """Return its place in a dashboard's file."""
        path = ("layout", *self.path)
        return source.at_key(path) if self.of_key else source.at_value(path)


def said_twice(dashboard: Mapping[str, Any]) -> bool:
    """Tell whether a dashboard has a layout and a position, which say the same in two ways."""
    return dashboard.get("layout") is not None and "position" in dashboard


def charts_in(layout: object) -> Iterator[tuple[Path_, str]]:
    """Yield (path from the layout's own list on, slug) of every chart that a layout names."""
    for path, item in _items(layout, ()):
        if isinstance(item.get("chart"), str):
            yield (*path, "chart"), item["chart"]


def layout_problems(layout: object) -> Iterator[LayoutProblem]:
    """Yield what is wrong with a layout, in the order of its text. That a chart exists is not asked."""
    yield from _problems(layout, (), "layout")


def size_problem(key: str, size: object) -> str | None:
    """Return what is wrong with a `width` in columns or a `height` in rows of the grid, None for a sound one."""
    if size is None:
        return f"a {key} is missing"
    whole = size if isinstance(size, int) and not isinstance(size, bool) else 0
    if key == "width":
        return None if 1 <= whole <= FULL_WIDTH else f"a width is 1 to {FULL_WIDTH}, and this is {size!r}"
    return None if whole >= 1 else f"a height is a whole number over 0, and this is {size!r}"


def _items(found: object, path: Path_) -> Iterator[tuple[Path_, Item]]:
    if isinstance(found, list):
        for number, item in enumerate(cast("list[object]", found)):
            yield from _items(item, (*path, number))
    elif isinstance(found, dict):
        item = cast("Item", found)
        yield path, item
        for key in ("row", "column", "tabs", "layout"):
            if key in item:
                yield from _items(item[key], (*path, key))


def _problems(found: object, path: Path_, place: str) -> Iterator[LayoutProblem]:
    if not isinstance(found, list):
        yield LayoutProblem(path, "a list of items is wanted here", "start each item with '- '")
        return
    for number, item in enumerate(cast("list[object]", found)):
        here = (*path, number)
        if isinstance(item, dict):
            yield from _item_problems(cast("Item", item), here, place)
        else:
            yield LayoutProblem(here, "an item is a mapping", _one_of(place))


def _item_problems(item: Item, path: Path_, place: str) -> Iterator[LayoutProblem]:
    kinds = [key for key in KEYS if key in item]
    if len(kinds) != 1:
        yield LayoutProblem(path, _not_one(item, kinds, place), _one_of(place))
        return
    kind = kinds[0]
    if kind not in PLACES[place]:
        yield LayoutProblem((*path, kind), f"a {kind} cannot be in a {place}", _one_of(place), of_key=True)
        return
    for key in sorted(item.keys() - KEYS[kind] - {kind}):
        fix = f"it may have {in_list(KEYS[kind]) or 'nothing more'}"
        yield LayoutProblem((*path, key), f"a {kind} has no '{key}'", fix, of_key=True)
    yield from _said_problems(item, path, kind, place)
    inner = item[kind]
    if kind in {"row", "column"}:
        yield from _problems(inner, (*path, kind), kind)
    elif kind == "tabs":
        yield from _tab_problems(inner, (*path, kind))
    elif kind == "divider":
        if inner is not True:
            yield LayoutProblem((*path, kind), "a divider is `divider: true`", "write it so, or remove it")
    elif not isinstance(inner, str):
        yield LayoutProblem((*path, kind), f"a {kind} is a text", "put quotes around it")
    elif kind == "header" and not inner:
        yield LayoutProblem((*path, kind), "a header is a text", "write one")


def _not_one(item: Item, kinds: list[str], place: str) -> str:
    if kinds:
        return f"an item is one thing, and this is {' and '.join(kinds)}"
    wrong = next((key for key in item if key not in _BESIDES), "")
    return f"an item cannot be '{wrong}' here.{did_you_mean(wrong, PLACES[place])}" if wrong else "this item is nothing"


def _said_problems(item: Item, path: Path_, kind: str, place: str) -> Iterator[LayoutProblem]:
    """Yield what is wrong with what an item says besides what it is."""
    said = {key: item[key] for key in item if key in KEYS[kind]}
    if kind in SIZED and place == "layout" and "width" in said:
        del said["width"]
        what = f"a {kind} outside a row has the full width"
        yield LayoutProblem((*path, "width"), what, "put it into a row", of_key=True)
    for key, value in said.items():
        if key in _SIZES and (what := size_problem(key, value)):
            code = "asset-width" if key == "width" else "asset-layout-form"
            yield LayoutProblem((*path, key), what, _SIZES[key], code)
        elif key in _TEXTS and not isinstance(value, str):
            yield LayoutProblem((*path, key), f"a {key} is a text", "put quotes around it")
        elif key == "inside" and value != IN_GRID:
            what = "tabs are inside the grid, or the whole dashboard"
            yield LayoutProblem((*path, key), what, f"write `inside: {IN_GRID}`, or remove it")


def _tab_problems(found: object, path: Path_) -> Iterator[LayoutProblem]:
    tabs = cast("list[object]", found) if isinstance(found, list) else []
    if not tabs:
        yield LayoutProblem(path, "tabs are a list of at least one", "start each with '- tab: …'")
    for number, item in enumerate(tabs):
        here = (*path, number)
        tab = mapping(item)
        if not text(tab.get("tab")):
            yield LayoutProblem((*here, "tab"), "a tab has a title", "add `tab: …`")
        for key in sorted(tab.keys() - {"tab", "layout"}):
            yield LayoutProblem((*here, key), f"a tab has no '{key}'", "it has a title and a layout", of_key=True)
        yield from _problems(tab.get("layout", []), (*here, "layout"), "layout")


def _one_of(place: str) -> str:
    return f"write one of: {in_list(PLACES[place])}"
