"""The short form of a dashboard: rows of charts, tabs, headers and texts."""

from __future__ import annotations

from typing import Any

from lakefront.semantic.source import Path_
from lakefront.superset.layout_check import KEYS, layout_problems, size_problem
from lakefront.superset.position import FULL_WIDTH
from lakefront.superset.validate.index import Index
from lakefront.superset.validate.placed import Board, check_room
from lakefront.superset.values import listed, mapping, text


class LayoutCheck:
    """Tells what the grammar says of one layout, then walks through what can be read of it and fills its board."""

    def __init__(self, board: Board, index: Index) -> None:
        self.board = board
        self.index = index
        self.broken: set[Path_] = set()

    def run(self) -> None:
        """Check the whole layout."""
        layout = self.board.asset.data.get("layout")
        for problem in layout_problems(layout):
            self.broken.add(("layout", *problem.path))
            if problem.code == "asset-layout-form":
                self.board.whole = False
            self.index.found.add(problem.code, problem.what, problem.where(self.board.asset.source), problem.fix)
        self._items(("layout",), layout, (), FULL_WIDTH)

    def _items(self, path: Path_, value: Any, tab: Path_, room: int) -> None:
        for number, item in enumerate(listed(value)):
            here = (*path, number)
            kind = next((key for key in KEYS if key in mapping(item)), "")
            if here not in self.broken and (*here, kind) not in self.broken:
                self._item((*here, kind), item, kind, tab, room)

    def _item(self, path: Path_, item: dict[str, Any], kind: str, tab: Path_, room: int) -> None:
        if kind == "chart":
            name = text(item[kind])
            self.board.add_chart(self.index.charts.get(name), path, tab, name, self.index)
        elif kind == "markdown":
            self.board.markdown.append((path, text(item[kind])))
        elif kind == "row":
            self._items(path, item[kind], tab, room)
            check_room(self.board, path, [mapping(inner).get("width") for inner in item[kind]], room, self.index)
        elif kind == "column":
            width = item.get("width", room)
            self._items(path, item[kind], tab, room if size_problem("width", width) else int(width))
        elif kind == "tabs":
            self._tabs(path, item[kind], room)

    def _tabs(self, path: Path_, tabs: list[Any], room: int) -> None:
        for number, value in enumerate(tabs):
            here = (*path, number)
            tab = mapping(value)
            self._items((*here, "layout"), tab.get("layout"), here, room)
            if tab and not tab.get("layout") and (*here, "layout") not in self.broken:
                where = self.board.asset.source.at_value(here)
                what = f"the tab '{text(tab.get('tab'))}' shows nothing"
                self.index.found.add("asset-tab-empty", what, where, "put charts on it, or remove it")
