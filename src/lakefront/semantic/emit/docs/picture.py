"""A graph -> SVG that stands in a page: text can be selected, boxes are links, colours are the page's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from lakefront.semantic.emit.docs.html import Html, el, join
from lakefront.semantic.emit.docs.layout import NOTE, ROW, TITLE, Box, Edge, Graph, Layout, Node, Port, arrange, shorten

#: How many boxes a layer shows before the rest is put into one.
_MOST: Final = 12
_TEXT_X: Final = 14


def picture(graph: Graph, title: str) -> Html:
    """Return a graph as a figure; layers with very many boxes are drawn in short, and in full on request."""
    short = _collapse(graph)
    if short is graph:
        return _figure(graph, title)
    return join(
        _figure(short, title),
        el("details", el("summary", f"Show all {len(graph.nodes)} boxes"), _figure(graph, f"{title}, in full")),
    )


def _figure(graph: Graph, title: str) -> Html:
    layout = arrange(graph)
    svg = el(
        "svg",
        el("title", title),
        [el("text", text, class_="heading", x=x + 2, y=14) for x, text in layout.headings],
        el("g", [_line(edge, points) for edge, points in layout.lines], class_="lines"),
        [_box(node, layout.boxes[node.key]) for node in graph.nodes],
        viewBox=f"0 0 {layout.width} {layout.height}",
        width=layout.width,
        height=layout.height,
        style=_size(layout),
        role="group",
        aria_label=title,
    )
    return el("figure", svg, class_="picture", tabindex="0", role="region", aria_label=title)


def _size(layout: Layout) -> str:
    """A picture shrinks a little to fit, never so far that it cannot be read; then its figure scrolls."""
    return f"min-width:{round(layout.width * 0.82)}px"


def _line(edge: Edge, points: Sequence[tuple[int, int]]) -> Html:
    (x, y), *rest = points
    path = [f"M{x} {y}"]
    for at, (to_x, to_y) in enumerate(rest):
        if at % 2:  # through a lane
            path.append(f"H{to_x}")
        else:
            middle = (x + to_x) // 2
            path.append(f"C{middle} {y} {middle} {to_y} {to_x} {to_y}")
        x, y = to_x, to_y
    arrow = _arrow(*points[0], -1) if edge.back else _arrow(*points[-1], 1)
    return el(
        "g",
        el("title", edge.tip) if edge.tip else None,
        el("path", d=" ".join(path), class_="line"),
        el("path", d=arrow, class_="arrow"),
        class_="edge",
        data_from=_name(edge.start),
        data_to=_name(edge.end),
    )


def _arrow(x: int, y: int, way: int) -> str:
    return f"M{x} {y}l{-7 * way} -4v8z"


def _name(port: Port) -> str:
    return f"{port[0]}#{port[1]}" if port[1] else port[0]


def _box(node: Node, box: Box) -> Html:
    width = box.width - _TEXT_X - 10
    title = shorten(node.title, width, TITLE, bold=True)
    note = shorten(node.note, width, NOTE)
    x = box.x + _TEXT_X
    tip = node.tip or (node.title if title != node.title or note != node.note else "")
    head = join(
        el("title", tip) if tip else None,
        el(
            "rect", x=box.x, y=box.y, width=box.width, height=node.head if node.rows else box.height, rx=8, class_="hit"
        ),
        el("text", title, x=x, y=box.y + 21, class_="title"),
        el("text", note, x=x, y=box.y + 38, class_="note") if note else None,
    )
    rows = [
        _linked(
            row.href,
            join(
                el("title", row.tip or row.text),
                el("rect", x=box.x + 6, y=top, width=box.width - 12, height=ROW, rx=5, class_="hit"),
                el("text", shorten(row.text, width, NOTE + 1, mono=True), x=x, y=top + 16, class_="row"),
            ),
            f"{node.key}#{row.key}",
            row.text,
        )
        for at, row in enumerate(node.rows)
        for top in (box.y + node.head + at * ROW,)
    ]
    return el(
        "g",
        el("rect", x=box.x, y=box.y, width=box.width, height=box.height, rx=8, class_="box"),
        el("rect", x=box.x, y=box.y + 8, width=4, height=box.height - 16, rx=2, class_="strip"),
        _linked(node.href, head, node.key, f"{node.title}, {node.kind}"),
        rows,
        class_=f"node {node.kind}{' focus' if node.focus else ''}",
        data_node=node.key,
    )


def _linked(href: str | None, content: Html, port: str, name: str) -> Html:
    """`name` is read out: without it, a screen reader would read the tip, which is the description."""
    if not href:
        return el("g", content, data_port=port)
    return el("a", content, href=href, data_port=port, aria_label=name)


def _collapse(graph: Graph) -> Graph:
    """Return the graph with the tail of each long layer put into one box; the graph itself where none is long."""
    layers: dict[int, list[Node]] = {}
    for node in graph.nodes:
        layers.setdefault(node.rank, []).append(node)
    kept: list[Node] = []
    instead: dict[str, str] = {}
    for rank, layer in layers.items():
        if len(layer) <= _MOST:
            kept += layer
            continue
        # The box that the page is about stays, whatever its place.
        layer.sort(key=lambda node: not node.focus)
        shown, rest = layer[: _MOST - 1], layer[_MOST - 1 :]
        more = Node(
            key=f"more{rank}",
            kind=rest[0].kind,
            rank=rank,
            title=f"… {len(rest)} more",
            tip=", ".join(node.title for node in rest),
        )
        instead |= {node.key: more.key for node in rest}
        kept += [*shown, more]
    if not instead:
        return graph
    edges: dict[tuple[Port, Port], Edge] = {}
    for edge in graph.edges:
        start, end = (_moved(port, instead) for port in (edge.start, edge.end))
        edges.setdefault((start, end), replace(edge, start=start, end=end))
    return replace(graph, nodes=tuple(kept), edges=tuple(edges.values()))


def _moved(port: Port, instead: dict[str, str]) -> Port:
    return (instead[port[0]], None) if port[0] in instead else port
