"""Where boxes and lines of a picture are: layers from left to right, few crossings, no line through a box.

After Sugiyama, Tagawa and Toda, *Methods for Visual Understanding of Hierarchical System Structures* (1981): a line
over several layers goes through a place of its own in each; neighbours' means give the order; then each layer is
moved as near to its neighbours as its order allows.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

TITLE: Final = 13
NOTE: Final = 11
ROW: Final = 24
_GAP_X: Final = 56
_GAP_Y: Final = 14
_LANE: Final = 8
_SWEEPS: Final = 12
_MIN_WIDTH, _MAX_WIDTH = 112, 244
_PADDING: Final = 28

#: An end of a line: a box, and the row of it, if it is at one.
Port = tuple[str, str | None]
#: What has a place in a layer: a box, or (box at the end, layer) where lines to that box pass.
_Item = str | tuple[str, int]


@dataclass(frozen=True)
class Row:
    """A line of text in a box that lines may start from and end at."""

    key: str
    text: str
    href: str | None = None
    tip: str = ""


@dataclass(frozen=True)
class Node:
    """A box. Those of one `rank` are below each other; lines go from lower ranks to higher ones."""

    key: str
    kind: str
    rank: int
    title: str
    note: str = ""
    href: str | None = None
    rows: tuple[Row, ...] = ()
    focus: bool = False
    tip: str = ""

    @property
    def head(self) -> int:
        """The height of what is above the rows."""
        return 48 if self.note else 34

    @property
    def height(self) -> int:
        """The height of the whole box."""
        return self.head + (len(self.rows) * ROW + 6 if self.rows else 0)

    def port_y(self, row: str | None) -> int:
        """Return how far below the top a line meets the box, or one of its rows."""
        for at, item in enumerate(self.rows):
            if item.key == row:
                return self.head + at * ROW + ROW // 2
        return self.head // 2


@dataclass(frozen=True)
class Edge:
    """A line from one box to another. `back`: it is about the other direction, so its arrow is at its start."""

    start: Port
    end: Port
    tip: str = ""
    back: bool = False


@dataclass(frozen=True)
class Graph:
    """Boxes and lines; `headings` are written above the layers."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    headings: Mapping[int, str]


@dataclass(frozen=True)
class Box:
    """A place in pixels."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Layout:
    """A picture's places. `lines` are the points that each line passes, left and right of every layer by turns."""

    width: int
    height: int
    boxes: dict[str, Box]
    lines: tuple[tuple[Edge, tuple[tuple[int, int], ...]], ...]
    headings: tuple[tuple[int, str], ...]


def text_width(text: str, size: float, *, bold: bool = False, mono: bool = False) -> float:
    """Return about how wide a text is in pixels, rather too wide than too narrow: fonts differ."""
    return size * sum(_advance(letter, mono=mono) for letter in text) * (1.08 if bold else 1)


def _advance(letter: str, *, mono: bool) -> float:
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.05
    if mono:
        return 0.62
    if letter in "iljtfr.,:;'|! ()[]":
        return 0.4
    return 0.85 if letter in "mwMWOQ@%" else 0.72 if letter.isupper() else 0.62


def shorten(text: str, width: float, size: float, *, bold: bool = False, mono: bool = False) -> str:
    """Return a text, cut with an ellipsis where it is wider than `width`."""
    if text_width(text, size, bold=bold, mono=mono) <= width:
        return text
    while text and text_width(f"{text}…", size, bold=bold, mono=mono) > width:
        text = text[:-1]
    return f"{text.rstrip()}…"


def arrange(graph: Graph) -> Layout:
    """Return the places of a graph's boxes and lines, always the same for the same graph."""
    return _Arranger(graph).layout()


class _Arranger:
    def __init__(self, graph: Graph) -> None:
        ranks = sorted({node.rank for node in graph.nodes})
        self.graph = graph
        self.nodes = {node.key: node for node in graph.nodes}
        self.rank = {node.key: ranks.index(node.rank) for node in graph.nodes}
        self.headings = [graph.headings.get(rank, "") for rank in ranks]
        self.layers: list[list[_Item]] = [[] for _ in ranks]
        for node in graph.nodes:
            self.layers[self.rank[node.key]].append(node.key)
        self.ways = [self._way(edge) for edge in graph.edges]
        #: Neighbours in the layer before and after, with how far below their tops the line is at both ends.
        self.before: dict[_Item, list[tuple[_Item, int, int]]] = {}
        self.after: dict[_Item, list[tuple[_Item, int, int]]] = {}
        for edge, way in zip(graph.edges, self.ways, strict=True):
            for left, right in pairwise(way):
                mine, theirs = self._offset(left, edge.start), self._offset(right, edge.end)
                self.after.setdefault(left, []).append((right, theirs, mine))
                self.before.setdefault(right, []).append((left, mine, theirs))

    def _way(self, edge: Edge) -> list[_Item]:
        """Return what a line passes; lines to one box share their lanes, so that they become one bundle."""
        start, end = edge.start[0], edge.end[0]
        way: list[_Item] = [start]
        for rank in range(self.rank[start] + 1, self.rank[end]):
            lane = (end, rank)
            if lane not in self.layers[rank]:
                self.layers[rank].append(lane)
            way.append(lane)
        return [*way, end]

    def _offset(self, item: _Item, port: Port) -> int:
        return self.nodes[item].port_y(port[1]) if isinstance(item, str) else _LANE // 2

    def _height(self, item: _Item) -> int:
        return self.nodes[item].height if isinstance(item, str) else _LANE

    def layout(self) -> Layout:
        self._order()
        tops = self._tops()
        widths = [self._width(layer, heading) for layer, heading in zip(self.layers, self.headings, strict=True)]
        lefts = [sum(widths[:at]) + _GAP_X * at + 1 for at in range(len(widths))]
        above = 26 if any(self.headings) else 1
        lowest = min(tops.values(), default=0)
        places = {
            item: Box(lefts[at], round(tops[item] - lowest) + above, widths[at], self._height(item))
            for at, layer in enumerate(self.layers)
            for item in layer
        }
        lines = tuple(
            (edge, self._points(edge, way, places)) for edge, way in zip(self.graph.edges, self.ways, strict=True)
        )
        return Layout(
            width=sum(widths) + _GAP_X * (len(widths) - 1) + 2,
            height=round(max((tops[item] + self._height(item) for item in tops), default=0) - lowest) + above + 2,
            boxes={key: places[key] for key in self.nodes},
            lines=lines,
            headings=tuple((lefts[at], text) for at, text in enumerate(self.headings) if text),
        )

    def _points(self, edge: Edge, way: Sequence[_Item], places: Mapping[_Item, Box]) -> tuple[tuple[int, int], ...]:
        start, end = places[edge.start[0]], places[edge.end[0]]
        points = [(start.x + start.width, start.y + self._offset(edge.start[0], edge.start))]
        for lane in way[1:-1]:
            place = places[lane]
            y = place.y + _LANE // 2
            points += [(place.x, y), (place.x + place.width, y)]
        return (*points, (end.x, end.y + self._offset(edge.end[0], edge.end)))

    def _width(self, layer: Sequence[_Item], heading: str) -> int:
        widest = max((self._text(self.nodes[item]) for item in layer if isinstance(item, str)), default=0.0)
        return round(min(max(widest + _PADDING, text_width(heading, NOTE, bold=True) + 4, _MIN_WIDTH), _MAX_WIDTH))

    @staticmethod
    def _text(node: Node) -> float:
        rows = (text_width(row.text, NOTE + 1, mono=True) for row in node.rows)
        return max(text_width(node.title, TITLE, bold=True), text_width(node.note, NOTE), *rows, 0)

    def _order(self) -> None:
        """Order the layers by their neighbours' means, to and fro; keep the order with the fewest crossings."""
        best, fewest = [list(layer) for layer in self.layers], self._crossings()
        for sweep in range(_SWEEPS):
            forward = sweep % 2 == 0
            sides = self.before if forward else self.after
            layers = self.layers[1:] if forward else self.layers[-2::-1]
            for layer in layers:
                place = self._places()
                means = {
                    item: _mean([place[other] + dy / 1000 for other, dy, _ in sides.get(item, [])], place[item])
                    for item in layer
                }
                layer.sort(key=means.__getitem__)
            crossings = self._crossings()
            if crossings < fewest:
                best, fewest = [list(layer) for layer in self.layers], crossings
        self.layers = best

    def _places(self) -> dict[_Item, float]:
        return {item: at / max(len(layer) - 1, 1) for layer in self.layers for at, item in enumerate(layer)}

    def _crossings(self) -> int:
        at = {item: place for layer in self.layers for place, item in enumerate(layer)}
        total = 0
        for layer in self.layers[:-1]:
            ends = [
                ((at[item], mine), (at[other], theirs))
                for item in layer
                for other, theirs, mine in self.after.get(item, [])
            ]
            ends.sort()
            total += sum(a[1] > b[1] and a[0] < b[0] for i, a in enumerate(ends) for b in ends[i + 1 :])
        return total

    def _tops(self) -> dict[_Item, float]:
        tops: dict[_Item, float] = {}
        for layer in self.layers:
            tops.update(self._stack(layer, dict.fromkeys(layer, 0.0)))
        for sweep in range(_SWEEPS):
            for layer in self.layers if sweep % 2 == 0 else self.layers[::-1]:
                wanted: dict[_Item, float] = {}
                for item in layer:
                    lines = [*self.before.get(item, []), *self.after.get(item, [])]
                    wanted[item] = _mean([tops[other] + theirs - mine for other, theirs, mine in lines], tops[item])
                tops.update(self._stack(layer, wanted))
        return tops

    def _stack(self, layer: Sequence[_Item], wanted: Mapping[_Item, float]) -> dict[_Item, float]:
        """Return tops as near as may be to those wanted, in order, without overlap (pool adjacent violators)."""
        offsets: list[float] = []
        at = 0.0
        for item in layer:
            offsets.append(at)
            at += self._height(item) + _GAP_Y
        pools: list[tuple[float, int]] = []
        for item, offset in zip(layer, offsets, strict=True):
            mean, count = wanted[item] - offset, 1
            while pools and pools[-1][0] >= mean:
                other, others = pools.pop()
                mean, count = (mean * count + other * others) / (count + others), count + others
            pools.append((mean, count))
        bases = [mean for mean, count in pools for _ in range(count)]
        return {item: base + offset for item, base, offset in zip(layer, bases, offsets, strict=True)}


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
