"""A little studio: solids found by marching rays, lit softly in front of a seamless backdrop.

The soft shadow follows Inigo Quilez, "soft shadows in raymarched SDFs" (iquilezles.org/articles).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image

from lakefront.sample.media import noise
from lakefront.sample.media.noise import Plane
from lakefront.sample.media.solids import Distance, Solid, Vec, union

_KEY: Final = np.array([-0.55, 0.78, 0.52], dtype=np.float32) / np.float32(np.linalg.norm([-0.55, 0.78, 0.52]))
_RIM: Final = np.array([0.75, 0.45, -0.5], dtype=np.float32) / np.float32(np.linalg.norm([0.75, 0.45, -0.5]))
_FAR: Final = 12.0
_HIT: Final = 0.0015
_FLOOR: Final = 2.6

#: Backdrop and three colours for the goods.
SCHEMES: Final[dict[str, tuple[str, tuple[str, str, str]]]] = {
    "sand": ("#ecd9c0", ("#c8553d", "#f4efe6", "#2f6f73")),
    "lake": ("#bfdcea", ("#0b6e99", "#f7f4ec", "#f2a65a")),
    "mint": ("#c5e3d2", ("#2e8b57", "#fdf6e9", "#e8836b")),
    "rose": ("#f3cfd0", ("#c4456a", "#fff3ee", "#f0b44c")),
    "night": ("#23324a", ("#e7ecf2", "#f2a65a", "#58b0d6")),
    "sun": ("#f6cf73", ("#e2552f", "#fff6e2", "#27506b")),
    "lilac": ("#d8cdea", ("#6a4fa3", "#f7f1fb", "#f2a65a")),
    "stone": ("#dfe3e6", ("#3c4a57", "#ffffff", "#d98e04")),
    "terra": ("#d98c66", ("#f3e3cf", "#7d2f2a", "#2f5d62")),
    "forest": ("#5f8575", ("#f2e8cf", "#bc4749", "#f4c95d")),
}


@dataclass(frozen=True)
class Studio:
    """Where the camera stands, and the colour behind and below."""

    backdrop: str
    eye: Vec = (0.9, 1.35, 4.2)
    target: Vec = (0.0, 0.55, 0.0)
    zoom: float = 3.2
    reach: float = 1.25


def render(
    solids: Sequence[Solid], studio: Studio, width: int, height: int, *, shadow: Plane | None = None
) -> Image.Image:
    """Take a picture of the solids. Edges are looked at four times as closely as the rest.

    `shadow` is that of `floor_shadow`, for those who take many pictures of the same solids.
    """
    side = min(width, height) / 2
    xs = (np.arange(width, dtype=np.float32) + 0.5 - width / 2) / np.float32(side)
    ys = -(np.arange(height, dtype=np.float32) + 0.5 - height / 2) / np.float32(side)
    px = np.broadcast_to(xs[None, :], (height, width)).ravel()
    py = np.broadcast_to(ys[:, None], (height, width)).ravel()
    scene = union(*(solid.distance for solid in solids))
    start = _approach(scene, studio, width, height)
    dark = floor_shadow(solids, studio) if shadow is None else shadow
    colour, marks = _look(solids, studio, (px, py), scene=scene, dark=dark, start=start)
    shape = marks.reshape(height, width)
    edge = np.zeros((height, width), dtype=bool)
    across, down = shape[:, 1:] != shape[:, :-1], shape[1:] != shape[:-1]
    edge[:, 1:] |= across
    edge[:, :-1] |= across
    edge[1:] |= down
    edge[:-1] |= down
    again = np.flatnonzero(edge.ravel())
    total = np.zeros((len(again), 3), dtype=np.float32)
    for dx, dy in ((-0.37, -0.13), (0.13, -0.37), (0.37, 0.13), (-0.13, 0.37)):
        near_x, near_y = px[again] + np.float32(dx / side), py[again] + np.float32(dy / side)
        near, _ = _look(solids, studio, (near_x, near_y), scene=scene, dark=dark, start=start[again])
        total += np.clip(near, 0, 1)
    colour[again] = total / 4
    return noise.picture(colour.reshape(height, width, 3), grain=0.006, rng=noise.rng_for("studio", width, height))


def _rays(studio: Studio, px: Plane, py: Plane) -> tuple[Plane, Plane]:
    eye = np.array(studio.eye, dtype=np.float32)
    ahead = np.array(studio.target, dtype=np.float32) - eye
    ahead /= np.linalg.norm(ahead)
    right = np.cross(ahead, np.array([0, 1, 0], dtype=np.float32))
    right /= np.linalg.norm(right)
    up = np.cross(right, ahead)
    rays = px[:, None] * right + py[:, None] * up + np.float32(studio.zoom) * ahead
    return eye, (rays / np.linalg.norm(rays, axis=1, keepdims=True)).astype(np.float32)


def _approach(scene: Distance, studio: Studio, width: int, height: int) -> Plane:
    """March one cone for each block of pixels; return where each pixel's ray may start, infinite for a miss."""
    block, side = 6, min(width, height) / 2
    columns, rows = -(-width // block), -(-height // block)
    xs = ((np.arange(columns, dtype=np.float32) + 0.5) * block - width / 2) / np.float32(side)
    ys = -((np.arange(rows, dtype=np.float32) + 0.5) * block - height / 2) / np.float32(side)
    px = np.broadcast_to(xs[None, :], (rows, columns)).ravel()
    py = np.broadcast_to(ys[:, None], (rows, columns)).ravel()
    eye, rays = _rays(studio, px, py)
    spread = np.float32((block / 2 + 1) * 1.42 / side / studio.zoom)
    centre = np.array(studio.target, dtype=np.float32) - eye
    along = rays @ centre
    aside = np.sqrt(np.maximum((centre**2).sum() - along**2, 0))
    t = np.full(len(px), np.float32(np.inf))
    active = np.flatnonzero(aside < studio.reach + spread * 5)
    t[active] = along[active] - np.sqrt(np.maximum(studio.reach**2 - aside[active] ** 2, 0))
    limit = along + np.float32(studio.reach)
    for _ in range(60):
        place = eye + rays[active] * t[active][:, None]
        d = scene(place[:, 0], place[:, 1], place[:, 2])
        cone = spread * t[active]
        going = d > cone
        step = np.where(going, np.maximum(d - cone, 0.004), 0)
        t[active] += step.astype(np.float32)
        missed = going & (t[active] > limit[active])
        t[active[missed]] = np.inf
        active = active[going & ~missed]
        if not len(active):
            break
    start = np.repeat(np.repeat((t * (1 - spread)).reshape(rows, columns), block, axis=0), block, axis=1)
    return np.ascontiguousarray(start[:height, :width]).ravel()


def _look(
    solids: Sequence[Solid], studio: Studio, at: tuple[Plane, Plane], *, scene: Distance, dark: Plane, start: Plane
) -> tuple[Plane, np.ndarray]:
    """Return the colour and a mark of the body (and facet) seen along each ray."""
    px, py = at
    eye, rays = _rays(studio, px, py)
    maybe = np.flatnonzero(np.isfinite(start))
    t, hit = _march(scene, eye, rays[maybe], start[maybe])
    colour = _backdrop(studio, px, py)
    marks = np.zeros(len(px), dtype=np.int32)
    ground = np.where(rays[:, 1] < -1e-4, -eye[1] / np.minimum(rays[:, 1], -1e-4), np.float32(1e9))
    near = np.flatnonzero(ground < _FAR)
    place = eye + rays[near] * ground[near][:, None]
    shadow = _look_up(dark, place[:, 0], place[:, 2])
    tint = noise.hex_rgb(studio.backdrop) * 0.35
    colour[near] *= 1 - shadow[:, None] * (1 - tint)
    seen = hit & (t < ground[maybe] + 0.02)
    on = maybe[seen]
    if len(on):
        place = eye + rays[on] * t[seen][:, None]
        colour[on], marks[on] = _shade(solids, scene, studio, place, rays[on])
    return colour, marks


def _march(scene: Distance, eye: Plane, rays: Plane, start: Plane) -> tuple[Plane, np.ndarray]:
    t = start.astype(np.float32).copy()
    hit = np.zeros(len(t), dtype=bool)
    active = np.arange(len(t))
    limit = t + np.float32(3.0)
    for _ in range(56):
        if not len(active):
            break
        place = eye + rays[active] * t[active][:, None]
        d = scene(place[:, 0], place[:, 1], place[:, 2])
        t[active] += d * np.float32(0.92)
        done = d < _HIT
        hit[active[done]] = True
        active = active[~done & (t[active] < limit[active])]
    return t, hit


def _backdrop(studio: Studio, px: Plane, py: Plane) -> Plane:
    base = noise.hex_rgb(studio.backdrop)
    light = np.exp(-((px + 0.25) ** 2 * 0.45 + (py - 0.35) ** 2 * 0.6))
    return (base * (0.76 + 0.32 * light)[:, None]).astype(np.float32)


def floor_shadow(solids: Sequence[Solid], studio: Studio) -> Plane:
    """Return a map of how dark the floor is, over `_FLOOR` units each way from the target. Soft, so small."""
    scene = union(*(solid.distance for solid in solids))
    size = 208
    line = np.linspace(-_FLOOR, _FLOOR, size, dtype=np.float32)
    x = np.broadcast_to(line[None, :] + np.float32(studio.target[0]), (size, size)).ravel()
    z = np.broadcast_to(line[:, None] + np.float32(studio.target[2]), (size, size)).ravel()
    at = np.stack([x, np.full_like(x, 0.004), z], axis=1)
    light = _shadow(scene, at, 5.5, 26)
    contact = np.ones(len(x), dtype=np.float32)
    for lift in (0.03, 0.1, 0.24):
        d = scene(x, np.full_like(x, lift), z)
        contact -= np.clip(lift - d, 0, 1) / np.float32(lift) * np.float32(0.2)
    away = np.hypot(x - studio.target[0], z - studio.target[2])
    fade = 1 - noise.smoothstep(1.7, 2.5, away)
    return ((1 - (0.5 + 0.5 * light) * np.clip(contact, 0, 1)) * fade).astype(np.float32).reshape(size, size)


def _look_up(dark: Plane, x: Plane, z: Plane) -> Plane:
    size = dark.shape[0]
    scale = (size - 1) / (2 * _FLOOR)
    u = np.clip((x + _FLOOR) * scale, 0, size - 1.001).astype(np.float32)
    v = np.clip((z + _FLOOR) * scale, 0, size - 1.001).astype(np.float32)
    return noise.sample(dark, u, v)


def _shadow(scene: Distance, place: Plane, sharp: float, steps: int) -> Plane:
    light = np.ones(len(place), dtype=np.float32)
    t = np.full(len(place), 0.03, dtype=np.float32)
    active = np.arange(len(place))
    for _ in range(steps):
        if not len(active):
            break
        at = place[active] + _KEY * t[active][:, None]
        d = scene(at[:, 0], at[:, 1], at[:, 2])
        light[active] = np.minimum(light[active], np.clip(0.5 + sharp * d / t[active] * 0.5, 0, 1))
        t[active] += np.clip(d, 0.035, 0.5)
        active = active[(t[active] < 2.4) & (light[active] > 0.01) & (at[:, 1] < 1.7)]
    return (light * light * (3 - 2 * light)).astype(np.float32)


def _shade(
    solids: Sequence[Solid], scene: Distance, studio: Studio, place: Plane, rays: Plane
) -> tuple[Plane, np.ndarray]:
    x, y, z = (np.ascontiguousarray(place[:, i]) for i in range(3))
    e = np.float32(0.002)
    normal = np.zeros_like(place)
    for k in ((1, -1, -1), (-1, -1, 1), (-1, 1, -1), (1, 1, 1)):
        d = scene(x + k[0] * e, y + k[1] * e, z + k[2] * e)
        normal += d[:, None] * np.array(k, dtype=np.float32)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-6)
    owner = np.stack([solid.distance(x, y, z) for solid in solids]).argmin(axis=0)
    base = np.zeros_like(place)
    for i, solid in enumerate(solids):
        mine = owner == i
        if mine.any():
            paint = solid.paint
            base[mine] = noise.hex_rgb(paint) if isinstance(paint, str) else paint(x[mine], y[mine], z[mine])
    gloss = np.array([solid.gloss for solid in solids], dtype=np.float32)[owner][:, None]
    glow = np.array([solid.glow for solid in solids], dtype=np.float32)[owner][:, None]
    occlusion = np.ones(len(place), dtype=np.float32)
    for reach in (0.06, 0.24):
        d = scene(x + normal[:, 0] * reach, y + normal[:, 1] * reach, z + normal[:, 2] * reach)
        occlusion -= np.clip(reach - d, 0, 1) / np.float32(reach) * np.float32(0.24)
    occlusion = np.clip(occlusion, 0.25, 1) * (0.55 + 0.45 * noise.smoothstep(-0.05, 0.5, y))
    facing = (normal @ _KEY).astype(np.float32)
    shade = np.zeros(len(place), dtype=np.float32)
    lit_side = np.flatnonzero(facing > 0.02)
    shade[lit_side] = _shadow(scene, place[lit_side] + normal[lit_side] * np.float32(0.02), 7, 13)
    key = np.clip(facing, 0, 1) * (0.25 + 0.75 * shade)
    wrap = np.clip(facing * 0.5 + 0.5, 0, 1)
    inward = (rays * normal).sum(axis=1)
    mirror = rays - 2 * inward[:, None] * normal
    fresnel = (1 - np.clip(-inward, 0, 1)) ** 4
    softbox = noise.smoothstep(0.86, 0.93, np.clip(mirror @ _KEY, 0, 1)) * (0.4 + 0.6 * shade)
    strip = noise.smoothstep(0.12, 0.03, np.abs(mirror[:, 0] - 0.62)) * noise.smoothstep(-0.35, 0.2, mirror[:, 1])
    bounce = noise.hex_rgb(studio.backdrop) * np.clip(-normal[:, 1] * 0.5 + 0.5, 0, 1)[:, None]
    ambient = (0.30 + 0.26 * wrap)[:, None] * occlusion[:, None]
    diffuse = base * (ambient + 0.66 * key[:, None] + bounce * 0.2 * occlusion[:, None])
    rim = np.clip(normal @ _RIM, 0, 1) ** 3 * 0.12
    shine = (softbox * 0.6 + strip * 0.3 + rim)[:, None] * gloss + fresnel[:, None] * (0.08 + 0.32 * gloss)
    lit = diffuse * (1 - glow) + base * glow * 1.15 + shine * (0.35 + 0.65 * occlusion[:, None]) * (1 - glow * 0.7)
    tone = (base.sum(axis=1) * 6).astype(np.int32)  # a painted seam is an edge, too
    return lit.astype(np.float32), (1 + owner * 64 + tone + 8192 * (normal[:, 1] > 0.6)).astype(np.int32)
