"""Surfaces: wood, stone, linen, brick, water, sand, paper and tiles."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

from lakefront.sample.media import noise
from lakefront.sample.media.noise import Plane, blend


def _lit(height_map: Plane, strength: float) -> Plane:
    dy, dx = np.gradient(height_map)
    return np.asarray(1 - (dx + dy) * strength, dtype=np.float32)


def wood(rng: np.random.Generator, width: int, height: int, *, colour: str) -> Image.Image:
    """Paint boards with grain and knots."""
    x, y = noise.grid(width, height)
    boards = 5
    row = np.floor(y * boards)
    seam = noise.smoothstep(0.0, 0.012, np.abs((y * boards) % 1 - 0.5) * -1 + 0.5) * np.ones((1, width), np.float32)
    shift = np.array([rng.uniform(0, 9) for _ in range(boards + 1)], dtype=np.float32)[row.astype(np.int32)]
    bend = noise.fbm(rng, width, height, cells=2.2, cells_y=9, octaves=4)
    lines = np.sin((y * boards * 9 + bend * 11 + shift * 7 + x * 0.6) * 2 * math.pi) * 0.5 + 0.5
    fibre = noise.fbm(rng, width, height, cells=6, cells_y=240, octaves=3)
    tone = np.clip(0.5 * lines**1.5 + 0.5 * fibre + (shift / 9 - 0.5) * 0.25, 0, 1).astype(np.float32)
    base = noise.ramp(tone, [(0, blend(colour, "#000000", 0.45)), (0.5, colour), (1, blend(colour, "#ffffff", 0.3))])
    return noise.picture(base * (0.35 + 0.65 * seam)[..., None], grain=0.01, rng=rng)


def marble(rng: np.random.Generator, width: int, height: int, *, colour: str, vein: str) -> Image.Image:
    """Paint polished stone with veins."""
    bend = noise.fbm(rng, width, height, cells=3, octaves=6, gain=0.6)
    other = noise.fbm(rng, width, height, cells=4, octaves=6, gain=0.6)
    x, y = noise.grid(width, height)
    lines = np.abs(np.sin((x * 1.3 + y * 0.9 + bend * 1.9) * math.pi * 2.2)).astype(np.float32)
    fine = np.abs(np.sin((x * 0.7 - y * 1.6 + other * 2.4) * math.pi * 3)).astype(np.float32)
    mark = noise.smoothstep(0.2, 0.0, lines) * other + noise.smoothstep(0.07, 0.0, fine) * 0.5 * bend
    cloud = noise.ramp(bend, [(0, blend(colour, vein, 0.25)), (0.6, colour), (1, blend(colour, "#ffffff", 0.4))])
    return noise.picture(noise.over(cloud, noise.hex_rgb(vein), np.clip(mark, 0, 0.85)))


def linen(rng: np.random.Generator, width: int, height: int, *, colour: str) -> Image.Image:
    """Paint woven cloth."""
    x, y = np.arange(width, dtype=np.float32)[None, :], np.arange(height, dtype=np.float32)[:, None]
    pitch = max(width / 150, 5)
    warp, weft = np.sin(x / pitch * math.pi) ** 2, np.sin(y / pitch * math.pi) ** 2
    over = (np.floor(x / pitch) + np.floor(y / pitch)) % 2
    thread = np.where(over > 0, warp * (0.6 + 0.4 * weft), weft * (0.6 + 0.4 * warp)).astype(np.float32)
    thread *= 0.75 + 0.5 * noise.fbm(rng, width, height, cells=90, octaves=2)
    fold = noise.fbm(rng, width, height, cells=1.5, cells_y=2.5, octaves=2)
    tone = np.clip(0.3 + 0.5 * thread + (fold - 0.5) * 0.5, 0, 1)
    return noise.picture(
        noise.ramp(tone, [(0, blend(colour, "#000000", 0.55)), (0.55, colour), (1, blend(colour, "#ffffff", 0.5))])
    )


def brick(rng: np.random.Generator, width: int, height: int, *, colour: str, mortar: str) -> Image.Image:
    """Paint a wall of bricks."""
    x, y = np.arange(width, dtype=np.float32)[None, :], np.arange(height, dtype=np.float32)[:, None]
    bh = height / 11
    bw = bh * 2.6
    row = np.floor(y / bh)
    column = np.floor((x + (row % 2) * bw / 2) / bw)
    u, v = ((x + (row % 2) * bw / 2) / bw) % 1, (y / bh) % 1 * np.ones_like(x)
    rough = noise.fbm(rng, width, height, cells=60, octaves=4)
    edge = np.minimum(np.minimum(u, 1 - u) * 2.6, np.minimum(v, 1 - v)) + (rough - 0.5) * 0.05
    body = noise.smoothstep(0.045, 0.1, edge.astype(np.float32))
    hue = rng.random((64, 64), dtype=np.float32)[row.astype(np.int32) % 64, column.astype(np.int32) % 64]
    tint = noise.ramp(
        hue * 0.7 + rough * 0.3,
        [(0, blend(colour, "#000000", 0.35)), (0.6, colour), (1, blend(colour, "#ffd9b0", 0.35))],
    )
    light = _lit(noise.stretch(noise.stretch(body, width // 2, height // 2), width, height) + rough * 0.4, 1.6)
    return noise.picture(
        noise.over(noise.hex_rgb(mortar) * (0.7 + 0.4 * rough[..., None]), tint, body) * light[..., None]
    )


def water(rng: np.random.Generator, width: int, height: int, *, colour: str) -> Image.Image:
    """Paint light playing on the ground of a pool."""
    total = np.zeros((height, width), dtype=np.float32)
    for cells in (4, 7):
        bend = noise.fbm(rng, width, height, cells=cells, octaves=2)
        field = noise.fbm(rng, width, height, cells=cells, octaves=2)
        total += (1 - np.abs(np.sin((field + bend * 0.5) * math.pi * 3.4))) ** 5
    base = noise.ramp(
        noise.fbm(rng, width, height, cells=2, octaves=2),
        [(0, blend(colour, "#000000", 0.25)), (1, blend(colour, "#ffffff", 0.2))],
    )
    return noise.picture(base + np.clip(total, 0, 1.2)[..., None] * 0.5)


def sand(rng: np.random.Generator, width: int, height: int, *, colour: str) -> Image.Image:
    """Paint ripples in sand under low light."""
    x, y = noise.grid(width, height)
    bend = noise.fbm(rng, width, height, cells=2.5, octaves=4)
    phase = (y * 19 + x * 3 + bend * 6.5) % 1
    ripple = np.where(phase < 0.72, phase / 0.72, (1 - phase) / 0.28).astype(np.float32)
    relief = noise.stretch(noise.stretch(ripple, width // 2, height // 2), width, height)
    light = 0.55 + 0.5 * relief + (bend - 0.5) * 0.35
    return noise.picture(noise.hex_rgb(colour) * light[..., None], grain=0.045, rng=rng)


def tiles(rng: np.random.Generator, width: int, height: int, *, colour: str, other: str) -> Image.Image:
    """Paint glazed tiles with a flower of arcs."""
    size = min(width, height) / 5
    x, y = np.arange(width, dtype=np.float32)[None, :], np.arange(height, dtype=np.float32)[:, None]
    u, v = (x / size) % 1 - 0.5, (y / size) % 1 - 0.5
    corner = np.hypot(np.abs(u) - 0.5, np.abs(v) - 0.5)
    around, out = np.arctan2(v, u), np.hypot(u, v)
    flower = out - 0.2 - 0.1 * np.cos(around * 8)
    paint = noise.smoothstep(0.012, -0.012, flower.astype(np.float32))
    paint = np.maximum(paint, noise.smoothstep(0.035, 0.02, np.abs(corner - 0.3).astype(np.float32)))
    paint = np.maximum(paint, noise.smoothstep(0.16, 0.14, corner.astype(np.float32)))
    heart = noise.smoothstep(0.09, 0.07, out.astype(np.float32))
    colour_plane = noise.over(
        np.broadcast_to(noise.hex_rgb(colour), (height, width, 3)), noise.hex_rgb(other), paint * (1 - heart)
    )
    seam = noise.smoothstep(0.0, 0.02, (0.5 - np.maximum(np.abs(u), np.abs(v))).astype(np.float32))
    tone = rng.uniform(0.88, 1.08, (64, 64)).astype(np.float32)[
        (y / size).astype(np.int32) % 64, (x / size).astype(np.int32) % 64
    ]
    gloss = 1 + 0.12 * (0.5 - u - v)
    return noise.picture(colour_plane * (tone * gloss * (0.55 + 0.45 * seam))[..., None], grain=0.012, rng=rng)


def paper(rng: np.random.Generator, width: int, height: int, *, colour: str) -> Image.Image:
    """Paint crumpled paper."""
    total = np.zeros((height, width), dtype=np.float32)
    for cells, share in ((3, 1.0), (6, 0.6), (12, 0.3)):
        a, b = (
            noise.fbm(rng, width, height, cells=cells, octaves=1),
            noise.fbm(rng, width, height, cells=cells, octaves=1),
        )
        total += np.abs(a - b) * np.float32(share)
    light = np.clip(_lit(total, width * 0.028), 0.55, 1.3) * (
        0.9 + 0.1 * noise.fbm(rng, width, height, cells=100, octaves=2)
    )
    return noise.picture(noise.hex_rgb(colour) * light[..., None])
