"""Maps of places that don't exist: streets, islands from above, lines of equal height."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from PIL import Image

from lakefront.sample.media import noise
from lakefront.sample.media.canvas import Canvas, Point, numbers, smooth_path
from lakefront.sample.media.noise import blend

#: Land, street, avenue, park, water, block.
MAPS: Final[dict[str, tuple[str, str, str, str, str, str]]] = {
    "day": ("#f2efe9", "#ffffff", "#f7d794", "#cfe6c1", "#a9d3ea", "#e6e0d6"),
    "night": ("#182635", "#2a3f55", "#4b6a88", "#1f3d3a", "#0d1a2b", "#203245"),
    "ink": ("#ffffff", "#0f2a3d", "#0f2a3d", "#e8efe4", "#dbe8f0", "#ffffff"),
}


def street_map(rng: np.random.Generator, width: int, height: int, *, style: str) -> Canvas:
    """Draw a town: blocks, avenues, a river, parks and a route."""
    land, street, avenue, park, water, block = MAPS[style]
    board = Canvas(1200, round(1200 * height / width), land)
    w, h = board.width, board.height
    turn = rng.uniform(-18, 18)
    board.add(f'<g transform="rotate({turn:.1f} {w / 2} {h / 2})">')
    xs, ys = [-300.0], [-300.0]
    while xs[-1] < w + 300:
        xs.append(xs[-1] + float(rng.choice([54, 72, 96, 120])))
    while ys[-1] < h + 300:
        ys.append(ys[-1] + float(rng.choice([48, 62, 80])))
    for i in range(len(xs) - 1):
        for j in range(len(ys) - 1):
            x, y, cw, ch = xs[i] + 5, ys[j] + 5, xs[i + 1] - xs[i] - 10, ys[j + 1] - ys[j] - 10
            green = rng.random() < 0.07
            board.rect(x, y, cw, ch, park if green else block, r=4)
            if not green and style != "ink":
                for _ in range(int(rng.integers(2, 5))):
                    bw, bh = cw * rng.uniform(0.2, 0.42), ch * rng.uniform(0.2, 0.42)
                    board.rect(
                        x + rng.uniform(0.05, 0.5) * cw,
                        y + rng.uniform(0.05, 0.5) * ch,
                        bw,
                        bh,
                        blend(block, "#8a7f6d", 0.16),
                    )
    for x in xs:
        board.line((x, -300), (x, h + 300), street, 7 if style != "ink" else 2.5)
    for y in ys:
        board.line((-300, y), (w + 300, y), street, 7 if style != "ink" else 2.5)
    board.add("</g>")
    board.ellipse(w * rng.uniform(0.2, 0.8), h * rng.uniform(0.2, 0.8), w * 0.12, h * 0.13, park)
    phase = rng.uniform(0, 6.28)
    river = [
        (t * w, h * (0.55 + 0.26 * math.sin(t * 4 + phase) + 0.06 * math.sin(t * 9)))
        for t in np.linspace(-0.05, 1.05, 14).tolist()
    ]
    board.path(smooth_path(river), stroke=water, width=h * 0.11)
    for _ in range(3):
        y0, y1 = rng.uniform(-0.1, 1.1) * h, rng.uniform(-0.1, 1.1) * h
        data = smooth_path(
            [
                (-20, y0),
                (w * 0.35, (y0 * 2 + y1) / 3 + rng.uniform(-50, 50)),
                (w * 0.7, (y0 + y1 * 2) / 3),
                (w + 20, y1),
            ]
        )
        board.path(data, stroke=blend(avenue, "#000000", 0.18), width=19)
        board.path(data, stroke=avenue, width=14 if style != "ink" else 17)
    route: list[Point] = [
        (w * 0.16, h * 0.78),
        (w * 0.3, h * 0.6),
        (w * 0.46, h * 0.64),
        (w * 0.6, h * 0.4),
        (w * 0.82, h * 0.24),
    ]
    board.path(smooth_path(route), stroke="#0b6e99", width=13)
    board.path(smooth_path(route), stroke="#56b4e9", width=7)
    board.circle(*route[0], 15, "#ffffff", extra='stroke="#0b6e99" stroke-width="7"')
    px, py = route[-1]
    board.path(
        f"M{numbers(px, py)}C{numbers(px - 34, py - 46, px - 30, py - 84, px, py - 84)}"
        f"C{numbers(px + 30, py - 84, px + 34, py - 46, px, py)}Z",
        fill="#d1495b",
    )
    board.circle(px, py - 54, 12, "#ffffff")
    board.fit(width, height)
    return board


def relief_map(rng: np.random.Generator, width: int, height: int, *, warm: bool = False) -> Image.Image:
    """Paint islands from above: shaded relief, beaches and shallow water."""
    land = noise.fbm(rng, width, height, cells=3.2, octaves=8, gain=0.54)
    x, y = noise.grid(width, height)
    level = noise.normal(land - 0.55 * ((x - 0.5) ** 2 + (y - 0.5) ** 2))
    dy, dx = np.gradient(level)
    shade = np.clip(0.7 - (dx + dy) * width * 0.055, 0.25, 1.35)
    stops = [
        (0.0, "#0b3554"), (0.36, "#12688f"), (0.47, "#3fa9b5"), (0.5, "#9fdcd0"), (0.515, "#ecdcae"), (0.55, "#9dbb6a"),
        (0.68, "#4f8a4b"), (0.8, "#8a7a55"), (0.9, "#b9aa95"), (1.0, "#ffffff"),
    ]  # fmt: skip
    if warm:
        stops = [
            (0.0, "#2a4b57"),
            (0.45, "#4f8f8f"),
            (0.5, "#c9d8b8"),
            (0.53, "#f0dcb0"),
            (0.7, "#d9a05f"),
            (0.88, "#a85b3a"),
            (1.0, "#f7ead8"),
        ]
    water = level < 0.508
    colour = noise.ramp(level, stops) * np.where(water, 1 + (shade - 0.7) * 0.12, shade + 0.25)[..., None]
    clouds = noise.smoothstep(0.62, 0.92, noise.fbm(rng, width, height, cells=4, octaves=6)) * 0.85
    colour = noise.over(colour.astype(np.float32), np.ones(3, np.float32), clouds)
    return noise.picture(colour)


def contour_map(rng: np.random.Generator, width: int, height: int, *, ground: str, line: str) -> Image.Image:
    """Paint lines of equal height."""
    level = noise.fbm(rng, width, height, cells=2.6, octaves=4, gain=0.42) * 22
    dy, dx = np.gradient(level)
    slope = np.maximum(np.hypot(dx, dy), 1e-4)
    near = np.abs(level - np.round(level)) / slope
    bold = np.where(np.round(level) % 5 == 0, 1.5, 0.65)
    alpha = np.clip(bold + 0.6 - near, 0, 1) * np.where(np.round(level) % 5 == 0, 0.95, 0.6)
    base = noise.ramp(noise.normal(level), [(0, ground), (1, blend(ground, line, 0.22))])
    return noise.picture(noise.over(base, noise.hex_rgb(line), alpha.astype(np.float32)))
