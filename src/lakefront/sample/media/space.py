"""Planets, moons and nebulae: shaded spheres over a field of stars."""

from __future__ import annotations

from typing import Final

import numpy as np
from PIL import Image

from lakefront.sample.media import noise
from lakefront.sample.media.noise import Plane

#: Surface colours by height, air, and whether the surface lies in bands.
WORLDS: Final[dict[str, tuple[tuple[str, ...], str, bool]]] = {
    "ocean": (("#0a2a5e", "#14508f", "#2f86b8", "#d8c795", "#4f8a4b", "#8a7a5a", "#f4f6f8"), "#7fc4ff", False),
    "rust": (("#5a2417", "#8f3f22", "#c0623a", "#dd8f5f", "#f0c49a"), "#ffb28a", False),
    "gas": (("#7a4a32", "#b98252", "#e8cda0", "#f7ecd8", "#c99a6a", "#a4623e"), "#ffe0b0", True),
    "ice": (("#5a86b0", "#9cc6e0", "#d5ecf5", "#ffffff"), "#c4ecff", False),
    "violet": (("#2a1450", "#5a2f8f", "#a05cc0", "#e59ad0", "#ffd9ef"), "#d9a0ff", True),
    "moon": (("#4a4b50", "#77787d", "#9b9ca0", "#c9c8c6"), "#888888", False),
}


def planet(rng: np.random.Generator, width: int, height: int, *, world: str, ring: bool = False) -> Image.Image:
    """Paint one world, half lit."""
    colours, air, banded = WORLDS[world]
    scene = nebula_field(rng, width, height, strength=0.35, tints=(air, "#3a4a8f"))
    size = min(width, height)
    radius = size * rng.uniform(0.3, 0.38)
    cx, cy = width * rng.uniform(0.42, 0.58), height * rng.uniform(0.47, 0.55)
    x, y = np.arange(width, dtype=np.float32)[None, :], np.arange(height, dtype=np.float32)[:, None]
    dx, dy = (x - cx) / radius, (y - cy) / radius
    out = np.sqrt(dx**2 + dy**2)
    front = np.sqrt(np.clip(1 - out**2, 0, 1))
    light = np.array([-0.62, -0.42, 0.66], dtype=np.float32)
    surface, slope = _surface(rng, dx, dy, front, colours, banded=banded)
    lit = np.clip(dx * light[0] + dy * light[1] + front * light[2] + slope * 0.25, 0, 1)
    ball = surface * (0.02 + 1.05 * lit)[..., None]
    edge = (1 - front) ** 3 * np.clip(0.25 + lit, 0, 1)
    ball = ball + edge[..., None] * noise.hex_rgb(air) * 0.75
    halo = np.exp(-np.clip(out - 1, 0, None) * 16) * np.clip(0.35 - (dx + dy) * 0.45, 0, 1) * (out > 1)
    scene = scene + halo[..., None] * noise.hex_rgb(air) * 0.6
    if ring:
        scene = _with_ring(scene, dx, dy, colours, behind=True)
    scene = noise.over(scene, ball.astype(np.float32), np.clip((1 - out) * radius + 0.5, 0, 1))
    if ring:
        scene = _with_ring(scene, dx, dy, colours, behind=False)
    return noise.picture(scene, grain=0.008, rng=rng)


def _surface(
    rng: np.random.Generator, dx: Plane, dy: Plane, front: Plane, colours: tuple[str, ...], *, banded: bool
) -> tuple[Plane, Plane]:
    size = 512
    rough = noise.fbm(rng, size, size, cells=5, octaves=7, gain=0.55)
    u = (np.arctan2(dx, np.maximum(front, 1e-3)) / np.pi * 0.5 + 0.5) * size * 0.9
    v = (np.arcsin(np.clip(dy, -1, 1)) / np.pi + 0.5) * size * 0.9
    texture = noise.sample(rough, u, v)
    slope = (noise.sample(rough, u + 2.5, v + 2.5) - texture) * 6
    if banded:
        wave = noise.fbm(rng, 4, size, cells=3, cells_y=22, octaves=3)[:, 1]
        row = np.clip(v + (texture - 0.5) * 36, 0, size - 1).astype(np.int32)
        texture, slope = wave[row], slope * 0.15
    stops = [(i / (len(colours) - 1), colour) for i, colour in enumerate(colours)]
    return noise.ramp(np.clip((texture - 0.5) * 1.35 + 0.5, 0, 1), stops), slope.astype(np.float32)


def _with_ring(scene: Plane, dx: Plane, dy: Plane, colours: tuple[str, ...], *, behind: bool) -> Plane:
    lean = 0.32
    rx = dx * np.cos(lean) + dy * np.sin(lean)
    ry = (dy * np.cos(lean) - dx * np.sin(lean)) / 0.26
    out = np.sqrt(rx**2 + ry**2)
    gaps = noise.fbm(noise.rng_for("ring", len(colours)), 512, 4, cells=40, octaves=3)[1]
    bright = gaps[np.clip((out - 1.3) / 0.9 * 511, 0, 511).astype(np.int32)]
    body = noise.smoothstep(1.3, 1.34, out) * noise.smoothstep(2.2, 2.12, out) * (0.25 + 0.7 * bright)
    half = ry < 0 if behind else ry >= 0
    shade = np.where((rx > 0.1) & (np.abs(ry) < 0.95) & behind, 0.35, 1.0)
    return noise.over(scene, (noise.hex_rgb(colours[-2]) * shade[..., None]).astype(np.float32), body * half * 0.9)


def nebula_field(
    rng: np.random.Generator,
    width: int,
    height: int,
    *,
    strength: float = 1.0,
    tints: tuple[str, ...] = ("#ff5f8a", "#5f8aff", "#ffb36b"),
) -> Plane:
    """Return stars with glowing gas."""
    scene = np.broadcast_to(noise.hex_rgb("#05070f"), (height, width, 3)).astype(np.float32).copy()
    mask = noise.fbm(rng, width, height, cells=2.5, octaves=3)
    for tint in tints:
        gas = noise.fbm(rng, width, height, cells=3.5, octaves=7, gain=0.58)
        veil = noise.smoothstep(0.36, 0.92, gas) * noise.smoothstep(0.15, 0.75, mask)
        scene += (veil * strength)[..., None] * noise.hex_rgb(tint)
    dust = noise.smoothstep(0.5, 0.8, noise.fbm(rng, width, height, cells=5, octaves=6))
    scene *= (1 - 0.6 * dust)[..., None]
    count = width * height // 700
    xs, ys = rng.integers(0, width, count), rng.integers(0, height, count)
    scene[ys, xs] += (rng.random(count, dtype=np.float32) ** 4)[:, None]
    return with_bright_stars(rng, scene, 14)


def with_bright_stars(rng: np.random.Generator, scene: Plane, count: int) -> Plane:
    """Add a few stars with a soft halo and a cross of light."""
    height, width = int(scene.shape[0]), int(scene.shape[1])
    reach = max(min(width, height) // 40, 6)
    line = np.arange(-reach, reach + 1, dtype=np.float32)
    gx, gy = line[None, :], line[:, None]
    glow = np.exp(-(gx**2 + gy**2) / (reach * 0.35)) + 0.5 * np.exp(-np.abs(gx) / (reach * 0.25)) * np.exp(-(gy**2))
    glow = glow + 0.5 * np.exp(-np.abs(gy) / (reach * 0.25)) * np.exp(-(gx**2))
    for _ in range(count):
        x, y = int(rng.integers(reach, width - reach - 1)), int(rng.integers(reach, height - reach - 1))
        tint = noise.hex_rgb("#ffffff") * (1 - 0.2 * rng.random(3, dtype=np.float32))
        power = np.float32(rng.uniform(0.3, 1.0))
        scene[y - reach : y + reach + 1, x - reach : x + reach + 1] += glow[..., None] * tint * power
    return scene


def nebula(rng: np.random.Generator, width: int, height: int, *, tints: tuple[str, ...]) -> Image.Image:
    """Paint a nebula."""
    return noise.picture(nebula_field(rng, width, height, tints=tints), grain=0.01, rng=rng)
