"""The short form of a dashboard: rows of charts, tabs, headers and texts."""

from __future__ import annotations

from typing import Any, Final

from lakefront.errors import did_you_mean
from lakefront.semantic.source import Path_
from lakefront.superset.validate.index import Index
from lakefront.superset.validate.placed import COLUMNS, Board, check_widths
from lakefront.superset.values import in_list, mapping, text

_OF_PAGE: Final = ("row", "chart", "markdown", "header", "divider", "tabs")
_OF_ROW: Final = ("chart", "markdown", "column")
_OF_COLUMN: Final = _OF_PAGE


class LayoutCheck:
    """Walks through one layout and fills its board."""

    def __init__(self, board: Board, index: Index) -> None:
        self.board = board
        self.index = index

    def run(self) -> None:
        """Check the whole layout."""
        self._items(("layout",), self.board.asset.data.get("layout"), _OF_PAGE, (), COLUMNS)

    def _items(self, path: Path_, value: Any, kinds: tuple[str, ...], tab: Path_, room: int) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        for here, item in self._list(path, value):
            kind = self._kind(here, item, kinds)
            if kind:
                self._item(here, item, kind, tab, room)
            items.append(item)
        return items

    def _list(self, path: Path_, value: Any) -> list[tuple[Path_, dict[str, Any]]]:
        if not isinstance(value, list):
            self._broken(path, "a list of items is wanted here", "start each item with '- '")
            return []
        return [((*path, number), mapping(item)) for number, item in enumerate(value)]  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]

    def _kind(self, path: Path_, item: dict[str, Any], kinds: tuple[str, ...]) -> str:
        found = [kind for kind in kinds if kind in item]
        if len(found) == 1:
            return found[0]
        if found:
            what = f"an item is one thing, and this is {' and '.join(found)}"
        else:
            wrong = next(
                (key for key in item if key not in ("height", "width", "background", "name", "size", "inside")), ""
            )
            what = f"an item cannot be '{wrong}' here.{did_you_mean(wrong, kinds)}" if wrong else "this item is nothing"
        self._broken(path, what, f"write one of: {in_list(kinds)}")
        return ""

    def _item(self, path: Path_, item: dict[str, Any], kind: str, tab: Path_, room: int) -> None:
        here = (*path, kind)
        height = item.get("height")
        if height is not None and (not isinstance(height, int) or height < 1):
            self._broken((*path, "height"), f"a height is a whole number over 0, and this is {height!r}", "write 20")
        if kind == "chart":
            name = text(item["chart"])
            self.board.add_chart(self.index.charts.get(name), here, tab, name or repr(item["chart"]), self.index)
        elif kind == "markdown":
            self.board.markdown.append((here, text(item["markdown"])))
        elif kind == "row":
            self._row(here, item["row"], tab, room)
        elif kind == "column":
            width = item.get("width")
            self._items(here, item["column"], _OF_COLUMN, tab, width if isinstance(width, int) else room)
        elif kind == "tabs":
            self._tabs(here, item["tabs"], room)
        elif kind == "header" and not text(item["header"]):
            self._broken(here, "a header is a text", "write one")

    def _row(self, path: Path_, value: Any, tab: Path_, room: int) -> None:
        items = self._items(path, value, _OF_ROW, tab, room)
        widths = [((*path, number, "width"), item.get("width")) for number, item in enumerate(items)]
        check_widths(self.board, path, [pair for pair in widths if pair[1] is not None], room, self.index)

    def _tabs(self, path: Path_, value: Any, room: int) -> None:
        for here, item in self._list(path, value):
            title = text(item.get("tab"))
            if not title:
                self._broken(here, "a tab has a title", "add `tab: …`")
            self._items((*here, "layout"), item.get("layout", []), _OF_PAGE, here, room)
            if not item.get("layout"):
                where = self.board.asset.source.at_value(here)
                what = f"the tab '{title}' shows nothing"
                self.index.found.add("asset-tab-empty", what, where, "put charts on it, or remove it")

    def _broken(self, path: Path_, what: str, fix: str) -> None:
        self.board.whole = False
        self.index.found.add("asset-layout-form", what, self.board.asset.source.at_value(path), fix)
