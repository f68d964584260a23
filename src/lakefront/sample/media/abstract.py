"""Generative pictures: flow fields, cells, tiles, meshes of colour, rings, waves and fractals.

What is drawn with shapes alone is returned as the canvas, so that it can be kept as SVG, too.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from PIL import Image

from lakefront.sample.media import noise
from lakefront.sample.media.canvas import Canvas, Point, number, smooth_path
from lakefront.sample.media.noise import Plane, blend

PALETTES: Final[dict[str, tuple[str, ...]]] = {
    "lake": ("#0f2a3d", "#0b6e99", "#56b4e9", "#f5f8fa", "#f2a65a"),
    "ember": ("#2b1220", "#8f2d3c", "#e4572e", "#f3a712", "#fbe8c8"),
    "garden": ("#12332b", "#2e8b57", "#a8c686", "#f7f0d6", "#d1495b"),
    "candy": ("#3d2c5e", "#c86fc9", "#ff8fab", "#ffd6a5", "#fdfcdc"),
    "mineral": ("#1b262c", "#0f4c75", "#3282b8", "#bbe1fa", "#e8e8e8"),
    "clay": ("#3b2a20", "#9c5b3c", "#d9a066", "#efe0c9", "#4f6d63"),
    "neon": ("#0b0c24", "#5b2be0", "#e0218a", "#00c2d1", "#f9f871"),
    "paper": ("#f6f1e7", "#e07a5f", "#3d405b", "#81b29a", "#f2cc8f"),
}


def flow_field(rng: np.random.Generator, width: int, height: int, *, palette: str) -> Image.Image:
    """Draw thousands of strands that follow a turning field."""
    colours = PALETTES[palette]
    board = Canvas(width, height, colours[0])
    turn = noise.fbm(rng, 160, 160, cells=2.4, octaves=2) * 4 * math.pi
    hue = noise.fbm(rng, 160, 160, cells=3, octaves=2)
    step, unit = max(width, height) / 110, 159 / max(width, height)
    count = 620
    x, y = rng.uniform(-0.05, 1.05, count) * width, rng.uniform(-0.05, 1.05, count) * height
    tracks = np.zeros((46, count, 2))
    for i in range(len(tracks)):
        tracks[i, :, 0], tracks[i, :, 1] = x, y
        gx, gy = np.clip(x * unit, 0, 159).astype(int), np.clip(y * unit, 0, 159).astype(int)
        x = x + np.cos(turn[gy, gx]) * step
        y = y + np.sin(turn[gy, gx]) * step
    for i in range(count):
        length = int(rng.integers(14, 46))
        px, py = tracks[0, i]
        share = float(hue[min(max(int(py * unit), 0), 159), min(max(int(px * unit), 0), 159)])
        place = min(share * (len(colours) - 1) * 1.05 + rng.uniform(-0.25, 0.25), len(colours) - 1.01)
        low = max(int(place), 1)
        colour = blend(colours[low], colours[min(low + 1, len(colours) - 1)], max(place - low, 0))
        pairs = [(float(a), float(b)) for a, b in tracks[:length:3, i]]
        board.path(
            smooth_path(pairs),
            stroke=colour,
            width=step * rng.uniform(0.15, 0.75),
            extra=f'stroke-opacity="{rng.uniform(0.55, 0.95):.2f}"',
        )
    return board.image()


def cells(rng: np.random.Generator, width: int, height: int, *, palette: str, glass: bool = True) -> Image.Image:
    """Draw Voronoi cells like stained glass, or like pebbles."""
    colours = PALETTES[palette]
    scale = 2
    w, h = width // scale, height // scale
    count = int(rng.integers(60, 130))
    px, py = rng.uniform(0, w, count).astype(np.float32), rng.uniform(0, h, count).astype(np.float32)
    x, y = np.arange(w, dtype=np.float32)[None, :], np.arange(h, dtype=np.float32)[:, None]
    first = np.full((h, w), np.float32(1e9))
    second = first.copy()
    owner = np.zeros((h, w), dtype=np.int32)
    for i in range(count):
        d = (x - px[i]) ** 2 + (y - py[i]) ** 2
        closer = d < first
        second = np.where(closer, first, np.minimum(second, d))
        first = np.where(closer, d, first)
        owner[closer] = i
    seam = np.sqrt(second) - np.sqrt(first)
    tint = np.stack(
        [
            noise.hex_rgb(blend(colours[int(rng.integers(1, len(colours)))], colours[0], float(rng.uniform(0, 0.35))))
            for _ in range(count)
        ]
    )
    body = tint[owner]
    light = 0.75 + 0.5 * (1 - noise.normal(np.sqrt(first))) + 0.12 * (noise.fbm(rng, w, h, cells=14, octaves=3) - 0.5)
    line = noise.smoothstep(1.0, 4.5, seam) if glass else noise.smoothstep(2, 22, seam) ** 0.6
    dark = noise.hex_rgb(blend(colours[0], "#000000", 0.35))
    colour = noise.over(
        np.broadcast_to(dark, body.shape).astype(np.float32), (body * light[..., None]).astype(np.float32), line
    )
    return noise.picture(colour).resize((width, height), Image.Resampling.BICUBIC)


def truchet(rng: np.random.Generator, width: int, height: int, *, palette: str) -> Canvas:
    """Draw interlocking quarter rings on a grid."""
    colours = PALETTES[palette]
    board = Canvas(width, height, colours[0])
    cell = min(width, height) / int(rng.integers(6, 10))
    for row in range(math.ceil(height / cell)):
        for column in range(math.ceil(width / cell)):
            x, y = column * cell, row * cell
            share = (row / max(height / cell, 1) + column / max(width / cell, 1)) / 2
            tone = colours[1 + int(share * (len(colours) - 1.01)) % (len(colours) - 1)]
            flip = rng.random() < 0.5
            for cx, cy, sx, sy in (
                ((x, y, 1, 1), (x + cell, y + cell, -1, -1)) if flip else ((x + cell, y, -1, 1), (x, y + cell, 1, -1))
            ):
                for radius, colour in ((0.68, tone), (0.5, colours[0]), (0.32, blend(tone, "#ffffff", 0.35))):
                    r = cell * radius
                    arc = f"A{number(r)} {number(r)} 0 0 {int(sx == sy)} {number(cx)} {number(cy + sy * r)}"
                    data = f"M{number(cx + sx * r)} {number(cy)}{arc}"
                    board.path(data, stroke=colour, width=cell * 0.1, extra='style="stroke-linecap:butt"')
    return board


def mesh(rng: np.random.Generator, width: int, height: int, *, palette: str) -> Image.Image:
    """Paint soft lights of several colours flowing into each other."""
    colours = PALETTES[palette]
    x, y = noise.grid(width, height)
    bend = noise.fbm(rng, width, height, cells=1.6, octaves=2)
    x = x + (bend - 0.5) * 0.5
    y = y + (noise.fbm(rng, width, height, cells=1.6, octaves=2) - 0.5) * 0.5
    total = np.zeros((height, width, 3), dtype=np.float32)
    weight = np.zeros((height, width), dtype=np.float32)
    for i in range(9):
        cx, cy = rng.uniform(-0.1, 1.1), rng.uniform(-0.1, 1.1)
        power = 1 / (((x - cx) ** 2 + (y - cy) ** 2) * 9 + 0.04) ** 1.7
        total += power[..., None] * noise.hex_rgb(colours[i % len(colours)])
        weight += power
    return noise.picture(total / weight[..., None], grain=0.022, rng=rng)


def rings(rng: np.random.Generator, width: int, height: int, *, palette: str) -> Canvas:
    """Draw overlapping arcs like a sun over hills."""
    colours = PALETTES[palette]
    board = Canvas(width, height, colours[-1] if palette != "paper" else colours[0])
    size = min(width, height)
    for i in range(34):
        x, y = rng.uniform(0, width), (i / 33 * 1.1 + rng.uniform(-0.05, 0.05)) * height
        radius, count = size * rng.uniform(0.14, 0.34), int(rng.integers(3, 7))
        order = rng.permutation(len(colours) - 1)
        for k in range(count):
            board.circle(x, y, radius * (1 - k / count), colours[int(order[k % len(order)])])
    return board


def waves(rng: np.random.Generator, width: int, height: int, *, palette: str) -> Canvas:
    """Draw sheets of paper cut in waves, each with its shadow."""
    colours = PALETTES[palette]
    board = Canvas(width, height, colours[-1])
    layers = 8
    for i in range(layers):
        share = i / (layers - 1)
        place = (1 - share) * (len(colours) - 1)
        colour = blend(colours[int(place)], colours[min(int(place) + 1, len(colours) - 1)], place % 1)
        base, phase = height * (0.08 + 0.78 * share), rng.uniform(0, 6.28, 3)
        pairs: list[Point] = []
        for x in np.linspace(-0.05, 1.05, 26).tolist():
            swing = (
                math.sin(x * 5 + phase[0]) * 0.06
                + math.sin(x * 9 + phase[1]) * 0.03
                + math.sin(x * 2.2 + phase[2]) * 0.07
            )
            pairs.append((x * width, base + swing * height))
        data = f"{smooth_path(pairs)}V{height * 1.2:.0f}H{-width * 0.05:.0f}Z"
        for lift in (0.003, 0.007, 0.012, 0.018, 0.025):  # a soft shadow, much cheaper than a blur
            board.path(
                data, fill="#000000", extra=f'fill-opacity="0.055" transform="translate(0 {-height * lift:.1f})"'
            )
        board.path(data, fill=board.linear([(0, blend(colour, "#ffffff", 0.08)), (1, blend(colour, "#000000", 0.12))]))
    return board


def fractal(rng: np.random.Generator, width: int, height: int, *, palette: str) -> Image.Image:
    """Paint a Julia set with smooth bands."""
    colours = PALETTES[palette]
    seeds = (-0.8 + 0.156j, -0.4 + 0.6j, 0.285 + 0.01j, -0.70176 - 0.3842j, -0.7269 + 0.1889j)
    c = seeds[int(rng.integers(len(seeds)))]
    w, h = width * 3 // 4, height * 3 // 4
    span = 1.08
    x = np.linspace(-span * w / min(w, h), span * w / min(w, h), w, dtype=np.float32)[None, :]
    y = np.linspace(-span * h / min(w, h), span * h / min(w, h), h, dtype=np.float32)[:, None]
    flat = (x + 1j * y).astype(np.complex64).ravel()
    escape = np.zeros(flat.shape, dtype=np.float32)
    index = np.arange(flat.size)
    for i in range(110):
        flat = flat * flat + np.complex64(c)
        size = flat.real**2 + flat.imag**2
        out = size > 64
        escape[index[out]] = i + 1 - np.log2(np.log2(np.maximum(size[out], 2)) / 2)
        index, flat = index[~out], flat[~out]
        if not len(index):
            break
    shade = np.sqrt(np.clip(escape / 70, 0, 1)).reshape(h, w)
    stops = [(i / (len(colours) - 1), colour) for i, colour in enumerate(colours)]
    wide = noise.picture(noise.ramp(shade * 0.96, stops))
    return wide.resize((width, height), Image.Resampling.BICUBIC)


def low_poly(rng: np.random.Generator, width: int, height: int, *, palette: str) -> Canvas:
    """Draw a sheet of triangles lit from one side."""
    colours = PALETTES[palette]
    board = Canvas(width, height, colours[0])
    columns = 13
    rows = max(round(columns * height / width), 3)
    grid: list[list[tuple[float, float, float]]] = []
    relief = noise.fbm(rng, columns + 3, rows + 3, cells=3, octaves=2)
    for r in range(rows + 3):
        line: list[tuple[float, float, float]] = []
        for q in range(columns + 3):
            x, y = (
                (q - 1 + rng.uniform(-0.34, 0.34)) / columns * width,
                (r - 1 + rng.uniform(-0.34, 0.34)) / rows * height,
            )
            line.append((x, y, float(relief[r, q])))
        grid.append(line)
    stops = [(i / (len(colours) - 1), colour) for i, colour in enumerate(colours)]
    for r in range(rows + 2):
        for q in range(columns + 2):
            a, b, c, d = grid[r][q], grid[r][q + 1], grid[r + 1][q], grid[r + 1][q + 1]
            for triangle in ((a, b, c), (b, d, c)) if (r + q) % 2 else ((a, b, d), (a, d, c)):
                middle = sum(p[2] for p in triangle) / 3
                slope = (triangle[1][2] - triangle[0][2]) * 1.1
                tone = np.clip(middle * 0.8 + sum(p[1] for p in triangle) / 3 / height * 0.3, 0, 1)
                base = noise.rgb_hex(noise.ramp(np.array([tone], dtype=np.float32), stops)[0] * (1 + slope * 0.5))
                board.polygon([(p[0], p[1]) for p in triangle], base, extra=f'stroke="{base}" stroke-width="0.8"')
    return board


def marbling(rng: np.random.Generator, width: int, height: int, *, palette: str) -> Image.Image:
    """Paint ink folded into itself."""
    colours = PALETTES[palette]
    first = noise.fbm(rng, width, height, cells=2.5, octaves=4)
    second = noise.fbm(rng, width, height, cells=2.5, octaves=4)
    base: Plane = noise.fbm(rng, 768, 768, cells=3, octaves=5)
    x, y = noise.grid(width, height)
    reach = 768 / max(width, height)
    folded = noise.sample(base, x * width * reach + (first - 0.5) * 620, y * height * reach + (second - 0.5) * 620)
    bands = np.abs(np.sin(folded * math.pi * 5.5)).astype(np.float32)
    stops = [(i / (len(colours) - 1), colour) for i, colour in enumerate(colours)]
    colour = noise.ramp(np.clip(folded * 0.75 + bands * 0.3 - 0.02, 0, 1), stops)
    return noise.picture(colour * (0.86 + 0.2 * bands[..., None]), grain=0.01, rng=rng)
