"""What may be written in a dashboard's `layout`, and what is wrong with one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from lakefront.superset.position import FULL_WIDTH

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
#: Which items may stand where.
PLACES: Final[Mapping[str, frozenset[str]]] = {
    "layout": frozenset({"row", "chart", "markdown", "header", "divider", "tabs"}),
    "row": frozenset({"chart", "markdown", "column"}),
    "column": frozenset({"row", "chart", "markdown", "header", "divider", "tabs"}),
}
#: Tabs that are all of a layout stand in the dashboard's own place for tabs, unless they say that they do not.
IN_GRID: Final = "grid"


@dataclass(frozen=True)
class LayoutProblem:
    """What is wrong in a layout. `path`: keys and list positions from the layout's own list on."""

    path: tuple[str | int, ...]
    what: str
    fix: str


def charts_in(layout: object) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield (path from the layout's own list on, slug) of every chart that a layout names."""
    for path, item in _items(layout, ()):
        if isinstance(item.get("chart"), str):
            yield (*path, "chart"), item["chart"]


def layout_problems(layout: object) -> Iterator[LayoutProblem]:
    """Yield what is wrong with a layout, in the order of its text. That a chart exists is not asked."""
    yield from _problems(layout, (), "layout")


def _items(found: object, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Item]]:
    if isinstance(found, list):
        for number, item in enumerate(cast("list[object]", found)):
            yield from _items(item, (*path, number))
    elif isinstance(found, dict):
        item = cast("Item", found)
        yield path, item
        for key in ("row", "column", "tabs", "layout"):
            if key in item:
                yield from _items(item[key], (*path, key))


def _problems(found: object, path: tuple[str | int, ...], place: str) -> Iterator[LayoutProblem]:
    if not isinstance(found, list):
        yield LayoutProblem(path, f"a {place} is a list", "write its items below it, each after '- '")
        return
    for number, item in enumerate(cast("list[object]", found)):
        here = (*path, number)
        if not isinstance(item, dict):
            yield LayoutProblem(here, "an item is a mapping", f"write one of: {_or(PLACES[place])}")
        else:
            yield from _item_problems(cast("Item", item), here, place)


def _item_problems(item: Item, path: tuple[str | int, ...], place: str) -> Iterator[LayoutProblem]:
    kinds = [key for key in KEYS if key in item]
    if len(kinds) != 1:
        what = f"an item is one of {_or(PLACES[place])}" + (f", not {' and '.join(kinds)} at once" if kinds else "")
        yield LayoutProblem(path, what, "write one of them")
        return
    kind = kinds[0]
    if kind not in PLACES[place]:
        yield LayoutProblem((*path, kind), f"a {kind} cannot be in a {place}", f"a {place} has {_or(PLACES[place])}")
        return
    for key in sorted(item.keys() - KEYS[kind] - {kind}):
        yield LayoutProblem(
            (*path, key), f"a {kind} has no '{key}'", f"it may have {_or(KEYS[kind]) or 'nothing more'}"
        )
    if kind in SIZED and place == "layout" and "width" in item:
        yield LayoutProblem((*path, "width"), f"a {kind} outside a row has the full width", "put it into a row")
    for key, most in (("width", FULL_WIDTH), ("height", None)):
        yield from _size_problems(item, (*path, key), key, most)
    inner = item[kind]
    if kind in {"chart", "markdown", "header"} and not isinstance(inner, str):
        yield LayoutProblem((*path, kind), f"a {kind} is a text", "put quotes around it")
    elif kind == "divider" and inner is not True:
        yield LayoutProblem((*path, kind), "a divider is `divider: true`", "write it so, or remove it")
    elif kind in {"row", "column"}:
        yield from _problems(inner, (*path, kind), kind)
    elif kind == "tabs":
        if item.get("inside", IN_GRID) != IN_GRID:
            yield LayoutProblem(
                (*path, "inside"), "tabs are inside the grid, or the whole dashboard", f"inside: {IN_GRID}"
            )
        yield from _tab_problems(inner, (*path, kind))


def _size_problems(item: Item, path: tuple[str | int, ...], key: str, most: int | None) -> Iterator[LayoutProblem]:
    size = item.get(key, 1)
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        yield LayoutProblem(path, f"a {key} is a whole number from 1 on", f"{key}: 4")
    elif most and size > most:
        yield LayoutProblem(path, f"a dashboard is {most} columns wide, not {size}", f"{key}: {most}")


def _tab_problems(found: object, path: tuple[str | int, ...]) -> Iterator[LayoutProblem]:
    tabs = cast("list[object]", found) if isinstance(found, list) else []
    if not tabs:
        yield LayoutProblem(path, "tabs are a list of at least one", "- tab: Title")
    for number, item in enumerate(tabs):
        here = (*path, number)
        tab = cast("Item", item) if isinstance(item, dict) else {}
        if not isinstance(tab.get("tab"), str):
            yield LayoutProblem(here, "a tab has a title", "- tab: Title")
        for key in sorted(tab.keys() - {"tab", "layout"}):
            yield LayoutProblem((*here, key), f"a tab has no '{key}'", "it has a title and a layout")
        yield from _problems(tab.get("layout", []), (*here, "layout"), "layout")


def _or(words: Sequence[str] | frozenset[str]) -> str:
    return ", ".join(sorted(words))
