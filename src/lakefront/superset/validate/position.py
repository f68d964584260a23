"""The long form of a dashboard: Superset's `position`, a tree of blocks by their ids."""

from __future__ import annotations

from typing import Any, Final

from lakefront.errors import did_you_mean
from lakefront.semantic.source import Path_
from lakefront.superset.layout_check import WIDTH_FIX, size_problem
from lakefront.superset.position import FULL_WIDTH, ROOT, VERSION
from lakefront.superset.validate.index import Index
from lakefront.superset.validate.placed import Board, check_room
from lakefront.superset.values import in_list, listed, mapping, text

_OF_PAGE: Final = ("CHART", "COLUMN", "DIVIDER", "DYNAMIC", "HEADER", "MARKDOWN", "ROW", "TABS")
#: What may stand in what, as Superset's editor has it (isValidChild).
_CHILDREN: Final[dict[str, tuple[str, ...]]] = {
    "ROOT": ("GRID", "TABS"),
    "GRID": _OF_PAGE,
    "TABS": ("TAB",),
    "TAB": _OF_PAGE,
    "ROW": ("CHART", "COLUMN", "DYNAMIC", "MARKDOWN"),
    "COLUMN": ("CHART", "DIVIDER", "DYNAMIC", "HEADER", "MARKDOWN", "ROW", "TABS"),
    **dict.fromkeys(("CHART", "DIVIDER", "DYNAMIC", "HEADER", "MARKDOWN"), ()),
}
_WIDE: Final = ("CHART", "MARKDOWN", "COLUMN", "DYNAMIC")


class PositionCheck:
    """Walks through one position and fills its board."""

    def __init__(self, board: Board, index: Index) -> None:
        self.board = board
        self.index = index
        self.position = mapping(board.asset.data.get("position"))
        self.reached: set[str] = set()

    def run(self) -> None:
        """Check the whole position."""
        self.board.ids = frozenset(self.position)
        if self.position.get(VERSION, "v2") != "v2":
            self._broken((VERSION,), f"'{VERSION}' is not 'v2'", f"write `{VERSION}: v2`, or leave it out")
        for key, block in self.position.items():
            if key != VERSION:
                self._block(key, block)
        if mapping(self.position.get(ROOT)).get("type") != "ROOT":
            self._broken((), f"there is no block '{ROOT}' of the type ROOT", "restore it, or write `layout`")
            return
        self._walk(ROOT, (), (), FULL_WIDTH)
        for key, block in self.position.items():
            kind = mapping(block).get("type")
            # Superset keeps a grid beside tabs, empty, and the header apart from the tree.
            if (
                key in self.reached
                or kind in (None, "HEADER")
                or (kind == "GRID" and not mapping(block).get("children"))
            ):
                continue
            if kind in _CHILDREN:
                what = f"nothing has '{key}' as a child: it is not shown"
                self._child((key,), what, "add it to the `children` of its row, or remove it")

    def _block(self, key: str, value: Any) -> None:
        block = mapping(value)
        kind = text(block.get("type"))
        if not block:
            self._broken((key,), f"'{key}' is no block", "a block is a mapping with type, id and children")
        elif kind not in _CHILDREN:
            what = f"there is no block of the type '{kind}'.{did_you_mean(kind, _CHILDREN)}"
            self._broken((key, "type"), what, f"use one of: {in_list(_CHILDREN)}")
        if block.get("id", key) != key:
            self._broken((key, "id"), f"the id of '{key}' is '{block['id']}'", f"write `id: {key}`, or leave it out")

    def _walk(self, key: str, parents: tuple[str, ...], tab: Path_, room: int) -> None:
        self.reached.add(key)
        block = mapping(self.position[key])
        kind = text(block.get("type"))
        children: list[str] = []
        for number, child in enumerate(listed(block.get("children"))):
            if self._may_hold(key, kind, number, child):
                children.append(child)
        if parents and "parents" in block and tuple(listed(block.get("parents"))) != parents:
            self._found(
                "asset-position-parents",
                (key, "parents"),
                f"'{key}' is in {' > '.join(parents)}, and its `parents` say otherwise",
                f"write `parents: [{', '.join(parents)}]`, or leave it out",
            )
        self._content(key, kind, mapping(block.get("meta")), tab)
        if kind == "ROW":
            self._widths(key, children, room)
        width = mapping(block.get("meta")).get("width")
        inside = width if kind == "COLUMN" and isinstance(width, int) else room
        below = (*parents, key)
        for child in children:
            if child not in self.reached:
                child_kind = mapping(self.position[child]).get("type")
                self._walk(child, below, ("position", child) if child_kind == "TAB" else tab, inside)
        if kind in ("TAB", "TABS") and not children:
            self._empty(key, kind, block)

    def _widths(self, key: str, children: list[str], room: int) -> None:
        widths = {child: mapping(mapping(self.position[child]).get("meta")).get("width") for child in children}
        for child, width in widths.items():
            if what := size_problem("width", width):
                where = self.board.asset.source.at_value(("position", child, "meta", "width"))
                self.index.found.add("asset-width", what, where, WIDTH_FIX)
        check_room(self.board, ("position", key), [*widths.values()], room, self.index)

    def _may_hold(self, key: str, kind: str, number: int, child: Any) -> bool:
        path = (key, "children", number)
        block = mapping(self.position.get(child)) if isinstance(child, str) else {}
        if not block:
            what = f"there is no block '{child}'.{did_you_mean(str(child), self.position)}"
            self._child(path, what, "correct it, or remove it")
            return False
        if child in self.reached or listed(mapping(self.position[key]).get("children")).index(child) != number:
            self._child(path, f"'{child}' is in another place already", "a block is in one place: remove one")
            return False
        child_kind = text(block.get("type"))
        allowed = _CHILDREN.get(kind, ())
        if child_kind in _CHILDREN and child_kind not in allowed:
            holds = in_list(allowed) or "nothing"
            self._broken(path, f"a {kind} cannot hold a {child_kind}", f"it holds: {holds}")
        return True

    def _content(self, key: str, kind: str, meta: dict[str, Any], tab: Path_) -> None:
        if kind == "CHART":
            uuid = meta.get("uuid")
            chart = self.index.linked("charts", uuid)
            self.board.add_chart(chart, ("position", key, "meta", "uuid"), tab, str(uuid), self.index)
        elif kind == "MARKDOWN":
            self.board.markdown.append((("position", key, "meta", "code"), text(meta.get("code"))))
        height = meta.get("height")
        if kind in _WIDE and height is not None and (what := size_problem("height", height)):
            self._broken((key, "meta", "height"), what, "write 50")

    def _empty(self, key: str, kind: str, block: dict[str, Any]) -> None:
        if kind == "TABS":
            self._broken((key,), f"'{key}' has no tabs", "remove it, or add a TAB")
        else:
            title = text(mapping(block.get("meta")).get("text")) or key
            self._found("asset-tab-empty", (key,), f"the tab '{title}' shows nothing", "put charts on it, or remove it")

    def _child(self, path: Path_, what: str, fix: str) -> None:
        self.board.whole = False
        self._found("asset-position-child", path, what, fix)

    def _broken(self, path: Path_, what: str, fix: str) -> None:
        self.board.whole = False
        self._found("asset-position", path, what, fix)

    def _found(self, code: str, path: Path_, what: str, fix: str) -> None:
        where = self.board.asset.source
        place = where.at_key(("position", *path)) if len(path) < 2 else where.at_value(("position", *path))
        self.index.found.add(code, what, place, fix)
