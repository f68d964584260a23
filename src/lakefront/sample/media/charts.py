"""Charts as a report would show them: lines, bars, heat maps, rings, scatter, funnels, treemaps and whole boards."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from lakefront.sample.media.canvas import Canvas, Point, number, numbers, smooth_path
from lakefront.sample.media.noise import blend

#: Okabe-Ito, in the order of the house's series.
SERIES: Final = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_REGIONS: Final = ("Asia Pacific", "Europe", "North America", "Latin America", "Middle East", "Africa")
_PRODUCTS: Final = ("Headphones", "Desk lamp", "Running shoe", "Tea set", "Camera", "Armchair", "Speaker", "Backpack")


@dataclass(frozen=True)
class Theme:
    """Surface, raised surface, ink, faint ink and rule."""

    surface: str
    raised: str
    ink: str
    faint: str
    rule: str


LIGHT: Final = Theme("#ffffff", "#f5f8fa", "#0f2a3d", "#5b7083", "#e1e8ee")
DARK: Final = Theme("#0e1a24", "#152534", "#e8eff5", "#93a7b8", "#26394a")
_W: Final = 1200
_H: Final = 750


def chart(rng: np.random.Generator, width: int, height: int, *, form: str, title: str, dark: bool = False) -> Canvas:
    """Draw one chart; `form` is a key of `FORMS`."""
    theme = DARK if dark else LIGHT
    h = round(_W * height / width)
    board = Canvas(_W, h, theme.surface)
    board.text(48, 50, title, 30, theme.ink, bold=True)
    board.text(48, 88, "Sample data, UTC", 18, theme.faint)
    FORMS[form](rng, board, (48, 124, _W - 96, h - 172), theme)
    board.fit(width, height)
    return board


Box = tuple[float, float, float, float]


def _axes(
    board: Canvas, box: Box, theme: Theme, top: float, labels: list[str], *, unit: str = ""
) -> Callable[[float, float], Point]:
    """Draw the grid and labels; return the map from (share of x, value) to a point."""
    x, y, w, h = box
    left, bottom = x + 62, y + h - 34
    for i in range(5):
        value = top * i / 4
        row = bottom - (bottom - y) * i / 4
        board.line((left, row), (x + w, row), theme.rule, 1.5)
        board.text(left - 12, row, f"{value:,.0f}{unit}", 17, theme.faint, anchor="rm")
    for i, label in enumerate(labels):
        board.text(left + (i + 0.5) / len(labels) * (x + w - left), bottom + 24, label, 17, theme.faint, anchor="mm")
    return lambda share, value: (left + share * (x + w - left), bottom - value / top * (bottom - y))


def _legend(board: Canvas, names: list[str], theme: Theme) -> None:
    x = float(_W - 48)
    for i, name in reversed(list(enumerate(names))):
        x -= len(name) * 9.4
        board.text(x, 88, name, 17, theme.faint)
        x -= 24
        board.circle(x + 10, 88, 7, SERIES[i % 6])
        x -= 18


def lines(rng: np.random.Generator, board: Canvas, box: Box, theme: Theme) -> None:
    """Three series over a year, the first with an area under it."""
    place = _axes(board, box, theme, 100, list(_MONTHS), unit="K")
    count = 48
    for s in (2, 1, 0):
        walk = (
            np.cumsum(rng.normal(0.35 - s * 0.1, 2.6, count)) + 62 - s * 17 + 7 * np.sin(np.linspace(0, 9, count) + s)
        )
        pairs = [place(i / (count - 1), float(np.clip(v, 4, 97))) for i, v in enumerate(walk)]
        data = smooth_path(pairs)
        if s == 0:
            foot = place(1, 0)[1]
            paint = board.linear([(0, SERIES[0], 0.38), (1, SERIES[0], 0.02)])
            board.path(
                f"{data}L{number(pairs[-1][0])} {number(foot)}L{number(pairs[0][0])} {number(foot)}Z", fill=paint
            )
        board.path(data, stroke=SERIES[s], width=4)
        board.circle(*pairs[-1], 7, SERIES[s], extra=f'stroke="{theme.surface}" stroke-width="3"')
    _legend(board, ["This year", "Last year", "Plan"], theme)


def bars(rng: np.random.Generator, board: Canvas, box: Box, theme: Theme) -> None:
    """Stacked bars by month."""
    place = _axes(board, box, theme, 400, list(_MONTHS), unit="")
    for i in range(12):
        level = 0.0
        season = 1 + 0.25 * math.sin((i - 3) / 12 * 6.28)
        for s in range(4):
            value = float(rng.uniform(46, 84)) * season * (1.1 - 0.16 * s)
            left, top = place((i + 0.2) / 12, level + value)
            right, bottom = place((i + 0.8) / 12, level)
            board.rect(left, top, right - left, bottom - top - 1.5, SERIES[s], r=4 if s == 3 else 1)
            level += value
    _legend(board, ["Online", "Stores", "Partners", "Other"], theme)


def ranking(rng: np.random.Generator, board: Canvas, box: Box, theme: Theme) -> None:
    """Horizontal bars, longest first."""
    x, y, w, h = box
    values = np.sort(rng.uniform(0.16, 1, len(_PRODUCTS)))[::-1]
    row = h / len(values)
    for i, value in enumerate(values):
        top = y + i * row
        board.text(x + 150, top + row / 2, _PRODUCTS[i], 20, theme.ink, anchor="rm")
        board.rect(x + 170, top + row * 0.2, (w - 260) * float(value), row * 0.6, SERIES[0] if i else SERIES[1], r=6)
        board.text(x + 182 + (w - 260) * float(value), top + row / 2, f"{value * 842:,.0f}K", 19, theme.faint)


def heat(rng: np.random.Generator, board: Canvas, box: Box, theme: Theme) -> None:
    """Days of the week by hours."""
    x, y, w, h = box
    left, cell_w, cell_h = x + 62, (w - 62) / 24, (h - 34) / 7
    for d, day in enumerate(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")):
        board.text(left - 14, y + (d + 0.5) * cell_h, day, 18, theme.faint, anchor="rm")
        for hour in range(24):
            peak = math.exp(-(((hour - 11) / 3.4) ** 2)) + 0.85 * math.exp(-(((hour - 20) / 2.6) ** 2))
            value = min(peak * (0.62 if d > 4 else 1) * float(rng.uniform(0.7, 1.15)), 1)
            cool, warm = (theme.raised, "#0b6e99") if value < 0.6 else ("#0b6e99", "#f2a65a")
            colour = blend(cool, warm, value / 0.6 if value < 0.6 else (value - 0.6) / 0.4)
            board.rect(left + hour * cell_w + 2, y + d * cell_h + 2, cell_w - 4, cell_h - 4, colour, r=6)
    for hour in range(0, 24, 3):
        board.text(left + (hour + 0.5) * cell_w, y + h - 12, f"{hour:02d}:00", 17, theme.faint, anchor="mm")


def ring(rng: np.random.Generator, board: Canvas, box: Box, theme: Theme) -> None:
    """Shares of five regions around a total."""
    x, y, w, h = box
    cx, cy, r = x + w * 0.3, y + h * 0.48, min(h * 0.46, w * 0.27)
    shares = rng.dirichlet(np.full(5, 6.0))
    shares = np.sort(shares)[::-1]
    start, mid = -math.pi / 2, r * 0.82
    for i, share in enumerate(shares):
        end = start + float(share) * 2 * math.pi
        gap = 0.018
        a, b = start + gap, end - gap
        large = int(b - a > math.pi)
        board.path(
            f"M{numbers(cx + mid * math.cos(a), cy + mid * math.sin(a))}A{numbers(mid, mid)} 0 {large} 1 "
            f"{numbers(cx + mid * math.cos(b), cy + mid * math.sin(b))}",
            stroke=SERIES[i],
            width=r * 0.32,
            extra='style="stroke-linecap:butt"',
        )
        row = y + h * (0.16 + i * 0.15)
        board.rect(x + w * 0.64, row - 12, 24, 24, SERIES[i], r=6)
        board.text(x + w * 0.64 + 40, row, _REGIONS[i], 22, theme.ink)
        board.text(x + w, row, f"{share:.1%}", 22, theme.faint, anchor="rm")
        start = end
    board.text(cx, cy - 12, f"{rng.uniform(2, 9):.2f}M", 46, theme.ink, anchor="mm", bold=True)
    board.text(cx, cy + 32, "orders", 20, theme.faint, anchor="mm")


def scatter(rng: np.random.Generator, board: Canvas, box: Box, theme: Theme) -> None:
    """Three groups of dots with their trend."""
    place = _axes(board, box, theme, 80, ["0", "20", "40", "60", "80", "100"])
    for s in range(3):
        cx, cy = 0.25 + 0.26 * s, 22 + 17 * s
        for _ in range(70):
            px, py = float(rng.normal(cx, 0.09)), 0.0
            py = cy + (px - cx) * 90 + float(rng.normal(0, 6))
            if 0.01 < px < 0.99 and 2 < py < 78:
                board.circle(*place(px, py), float(rng.uniform(4, 13)), SERIES[s], extra='fill-opacity="0.62"')
    a, b = place(0.05, 9), place(0.97, 70)
    board.line(a, b, theme.faint, 2.5, extra='stroke-dasharray="4 10"')
    _legend(board, ["Basic", "Plus", "Team"], theme)


def funnel(rng: np.random.Generator, board: Canvas, box: Box, theme: Theme) -> None:
    """Steps from a visit to an order."""
    x, y, w, h = box
    steps = ("Visit", "Product view", "Basket", "Checkout", "Order")
    size, row = 1.0, h / len(steps)
    for i, step in enumerate(steps):
        smaller = size * float(rng.uniform(0.55, 0.78))
        top = y + i * row
        cx = x + w * 0.56
        colour = blend("#0b6e99", "#8fd0e8", i / 4) if theme is LIGHT else blend("#56b4e9", "#0b4f70", i / 4)
        half, next_half = w * 0.4 * size, w * 0.4 * (smaller if i < 4 else size * 0.9)
        board.polygon(
            [
                (cx - half, top + 3),
                (cx + half, top + 3),
                (cx + next_half, top + row - 3),
                (cx - next_half, top + row - 3),
            ],
            colour,
        )
        board.text(x + 4, top + row / 2, step, 22, theme.ink)
        board.text(
            cx,
            top + row / 2,
            f"{size:.1%}",
            24,
            "#ffffff" if i < 3 or theme is DARK else "#0f2a3d",
            anchor="mm",
            bold=True,
        )
        size = smaller


def treemap(rng: np.random.Generator, board: Canvas, box: Box, theme: Theme) -> None:
    """Nested rectangles by size."""

    def split(area: Box, values: list[float], depth: int) -> None:
        x, y, w, h = area
        if len(values) == 1:
            colour = blend(SERIES[depth % 6], theme.surface, 0.1 + 0.5 * float(rng.random()))
            board.rect(x + 3, y + 3, w - 6, h - 6, colour, r=7)
            if w > 130 and h > 60:
                board.text(x + 18, y + 30, _PRODUCTS[int(rng.integers(8))], 19, "#ffffff", bold=True)
                board.text(x + 18, y + 56, f"{values[0] * 100:,.1f}K", 17, "#ffffff")
            return
        half = max(1, next((i for i in range(1, len(values)) if sum(values[:i]) >= sum(values) / 2), len(values) - 1))
        part = sum(values[:half]) / sum(values)
        if w > h:
            split((x, y, w * part, h), values[:half], depth)
            split((x + w * part, y, w * (1 - part), h), values[half:], depth + 1)
        else:
            split((x, y, w, h * part), values[:half], depth)
            split((x, y + h * part, w, h * (1 - part)), values[half:], depth + 2)

    split(box, sorted(rng.pareto(1.5, 22) + 0.25, reverse=True), 0)


def candles(rng: np.random.Generator, board: Canvas, box: Box, theme: Theme) -> None:
    """Prices of two months with their volume."""
    x, y, w, h = box
    price = _axes(board, (x, y, w, h * 0.76), theme, 200, [""])
    value = 96.0
    for i in range(60):
        opened, closed = value, float(np.clip(value + rng.normal(0.6, 6.5), 25, 188))
        high, low = max(opened, closed) + float(rng.uniform(0, 6)), min(opened, closed) - float(rng.uniform(0, 6))
        colour = "#009E73" if closed >= opened else "#D55E00"
        px = price((i + 0.5) / 60, 0)[0]
        board.line((px, price(0, high)[1]), (px, price(0, low)[1]), colour, 2)
        top, bottom = price(0, max(opened, closed))[1], price(0, min(opened, closed))[1]
        board.rect(px - 6, top, 12, max(bottom - top, 2), colour, r=2)
        volume = float(rng.uniform(0.2, 1)) * h * 0.18
        board.rect(px - 6, y + h - volume, 12, volume, blend(colour, theme.surface, 0.55), r=2)
        value = closed


def ridges(rng: np.random.Generator, board: Canvas, box: Box, theme: Theme) -> None:
    """Distributions above each other, one a month."""
    x, y, w, h = box
    xs = np.linspace(0, 1, 90)
    for i in range(12):
        base = y + h * (0.16 + 0.84 * (i + 1) / 12) - 8
        middle, wide = 0.32 + 0.22 * math.sin(i / 12 * 6.28 - 1.2) + 0.1, float(rng.uniform(0.05, 0.1))
        curve = np.exp(-(((xs - middle) / wide) ** 2)) + float(rng.uniform(0.2, 0.7)) * np.exp(
            -(((xs - middle - 0.22) / 0.08) ** 2)
        )
        pairs = [(x + 70 + float(px) * (w - 70), base - float(v) * h * 0.13) for px, v in zip(xs, curve, strict=True)]
        colour = blend("#0b6e99", "#f2a65a", (math.sin(i / 12 * 6.28 - 1.2) + 1) / 2)
        board.path(
            f"{smooth_path(pairs)}L{number(pairs[-1][0])} {number(base)}L{number(pairs[0][0])} {number(base)}Z",
            fill=colour,
            extra='fill-opacity="0.88"',
        )
        board.path(smooth_path(pairs), stroke=theme.surface, width=2)
        board.text(x + 54, base - 8, _MONTHS[i], 18, theme.faint, anchor="rm")


def network(rng: np.random.Generator, board: Canvas, box: Box, theme: Theme) -> None:
    """Groups of things that belong together."""
    x, y, w, h = box
    nodes: list[tuple[float, float, int, float]] = []
    for g in range(6):
        cx, cy = x + w * (0.2 + 0.3 * (g % 3)), y + h * (0.27 + 0.46 * (g // 3))
        nodes.extend(
            (
                cx + float(rng.normal(0, w * 0.055)),
                cy + float(rng.normal(0, h * 0.09)),
                g,
                float(rng.pareto(2.2) * 6 + 6),
            )
            for _ in range(17)
        )
    for i, (ax, ay, ag, _) in enumerate(nodes):
        for bx, by, bg, _ in nodes[i + 1 :]:
            if rng.random() < (0.16 if ag == bg else 0.006):
                board.line((ax, ay), (bx, by), blend(SERIES[ag], theme.surface, 0.45), 1.6)
    for px, py, g, r in nodes:
        board.circle(px, py, min(r, 26), SERIES[g], extra=f'stroke="{theme.surface}" stroke-width="2.5"')


def dashboard(rng: np.random.Generator, board: Canvas, box: Box, theme: Theme) -> None:
    """Numbers on top, a trend, bars and a ring."""
    x, y, w, h = box
    names, values = ("Revenue", "Orders", "Customers", "Return rate"), ("4.82M", "38,214", "12,907", "2.4%")
    for i in range(4):
        left, card = x + i * (w + 20) / 4, (w - 60) / 4
        board.rect(left, y, card, h * 0.22, theme.raised, r=12)
        board.text(left + 20, y + 30, names[i], 18, theme.faint)
        board.text(left + 20, y + h * 0.13, values[i], 36, theme.ink, bold=True)
        spark = [
            (left + card * (0.55 + 0.4 * k / 11), y + h * 0.16 - float(v))
            for k, v in enumerate(np.cumsum(rng.normal(0.8, 4, 12)))
        ]
        board.path(smooth_path(spark), stroke=SERIES[i], width=3)
    for left, wide, form in ((x, w * 0.62, lines), (x + w * 0.64, w * 0.36, ranking)):
        board.rect(left, y + h * 0.27, wide, h * 0.73, theme.raised, r=12)
        inner = (left + 20, y + h * 0.31, wide - 44, h * 0.66)
        if form is lines:
            place = _axes(board, inner, theme, 100, ["Q1", "Q2", "Q3", "Q4"])
            for s in range(2):
                walk = np.cumsum(rng.normal(0.5, 3, 30)) + 56 - s * 24
                board.path(
                    smooth_path([place(i / 29, float(np.clip(v, 3, 98))) for i, v in enumerate(walk)]),
                    stroke=SERIES[s],
                    width=3.5,
                )
        else:
            for i, value in enumerate(np.sort(rng.uniform(0.2, 1, 6))[::-1]):
                row = inner[3] / 6
                board.text(inner[0], inner[1] + row * i + 12, _REGIONS[i], 16, theme.faint)
                board.rect(inner[0], inner[1] + row * (i + 0.42), inner[2] * float(value), row * 0.32, SERIES[i], r=5)


FORMS: Final[dict[str, Callable[[np.random.Generator, Canvas, Box, Theme], None]]] = {
    "lines": lines, "bars": bars, "ranking": ranking, "heat": heat, "ring": ring, "scatter": scatter, "funnel": funnel,
    "treemap": treemap, "candles": candles, "ridges": ridges, "network": network, "dashboard": dashboard,
}  # fmt: skip
