"""Solid bodies as signed distances, for the studio.

The distance functions follow Inigo Quilez, "distance functions" (iquilezles.org/articles). Lengths are in units of
about one product's height; y is up, the floor is y = 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from lakefront.sample.media.noise import Plane

Vec = tuple[float, float, float]
Distance = Callable[[Plane, Plane, Plane], Plane]
#: A colour, or a function of the place on the body that returns colours of shape (n, 3).
Paint = str | Callable[[Plane, Plane, Plane], Plane]


@dataclass(frozen=True)
class Solid:
    """A body: its distance function, paint, gloss (0 matt to 1 polished) and own light (0 to 1)."""

    distance: Distance
    paint: Paint
    gloss: float = 0.35
    glow: float = 0.0


def sphere(at: Vec, r: float) -> Distance:
    """Return a ball."""
    return lambda x, y, z: np.sqrt((x - at[0]) ** 2 + (y - at[1]) ** 2 + (z - at[2]) ** 2) - np.float32(r)


def ellipsoid(at: Vec, radii: Vec) -> Distance:
    """Return an ellipsoid (a bound on the distance, good enough to march)."""

    def distance(x: Plane, y: Plane, z: Plane) -> Plane:
        a, b, c = (x - at[0]) / radii[0], (y - at[1]) / radii[1], (z - at[2]) / radii[2]
        k0 = np.sqrt(a * a + b * b + c * c)
        k1 = np.sqrt((a / radii[0]) ** 2 + (b / radii[1]) ** 2 + (c / radii[2]) ** 2)
        return (k0 * (k0 - 1) / np.maximum(k1, 1e-5)).astype(np.float32)

    return distance


def box(at: Vec, half: Vec, r: float = 0.03) -> Distance:
    """Return a box with rounded edges; `half` are its half sizes."""

    def distance(x: Plane, y: Plane, z: Plane) -> Plane:
        a = np.abs(x - at[0]) - np.float32(half[0] - r)
        b = np.abs(y - at[1]) - np.float32(half[1] - r)
        c = np.abs(z - at[2]) - np.float32(half[2] - r)
        outside = np.sqrt(np.maximum(a, 0) ** 2 + np.maximum(b, 0) ** 2 + np.maximum(c, 0) ** 2)
        return outside + np.minimum(np.maximum(a, np.maximum(b, c)), 0) - np.float32(r)

    return distance


def cylinder(at: Vec, radius: float, half: float, *, axis: str = "y", r: float = 0.02) -> Distance:
    """Return a cylinder with rounded rims along an axis."""

    def distance(x: Plane, y: Plane, z: Plane) -> Plane:
        p = {"x": (y - at[1], z - at[2], x - at[0]), "y": (x - at[0], z - at[2], y - at[1])}.get(
            axis, (x - at[0], y - at[1], z - at[2])
        )
        a = np.sqrt(p[0] ** 2 + p[1] ** 2) - np.float32(radius - r)
        b = np.abs(p[2]) - np.float32(half - r)
        return np.minimum(np.maximum(a, b), 0) + np.sqrt(np.maximum(a, 0) ** 2 + np.maximum(b, 0) ** 2) - np.float32(r)

    return distance


def capsule(a: Vec, b: Vec, r: float) -> Distance:
    """Return a stick with round ends from a to b."""
    along = np.array(b, dtype=np.float32) - np.array(a, dtype=np.float32)
    length = np.float32(max(float(along @ along), 1e-9))

    def distance(x: Plane, y: Plane, z: Plane) -> Plane:
        px, py, pz = x - a[0], y - a[1], z - a[2]
        h = np.clip((px * along[0] + py * along[1] + pz * along[2]) / length, 0, 1)
        return np.sqrt((px - along[0] * h) ** 2 + (py - along[1] * h) ** 2 + (pz - along[2] * h) ** 2) - np.float32(r)

    return distance


def torus(at: Vec, ring: float, tube: float, *, axis: str = "y") -> Distance:
    """Return a ring around an axis."""

    def distance(x: Plane, y: Plane, z: Plane) -> Plane:
        p = {"x": (y - at[1], z - at[2], x - at[0]), "y": (x - at[0], z - at[2], y - at[1])}.get(
            axis, (x - at[0], y - at[1], z - at[2])
        )
        return np.sqrt((np.sqrt(p[0] ** 2 + p[1] ** 2) - np.float32(ring)) ** 2 + p[2] ** 2) - np.float32(tube)

    return distance


def lathe(profile: Sequence[tuple[float, float]], *, at: Vec = (0, 0, 0), r: float = 0.012) -> Distance:
    """Return the body made by turning a closed profile of (radius, height) points around the vertical.

    The distance to the profile is tabled once and looked up, so any outline costs the same.
    """
    outline = np.array(profile, dtype=np.float32)
    low, high = float(outline[:, 1].min()) - 0.35, float(outline[:, 1].max()) + 0.35
    reach = float(outline[:, 0].max()) + 0.35
    size = 224
    rr = np.linspace(0, reach, size, dtype=np.float32)[None, :]
    yy = np.linspace(low, high, size, dtype=np.float32)[:, None]
    nearest = np.full((size, size), np.float32(1e9))
    inside = np.zeros((size, size), dtype=bool)
    for (x0, y0), (x1, y1) in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        ex, ey = x1 - x0, y1 - y0
        h = np.clip(((rr - x0) * ex + (yy - y0) * ey) / max(float(ex * ex + ey * ey), 1e-9), 0, 1)
        on_axis = x0 < 1e-4 and x1 < 1e-4  # the axis is no surface
        if not on_axis:
            nearest = np.minimum(nearest, (rr - x0 - ex * h) ** 2 + (yy - y0 - ey * h) ** 2)
        crosses = ((y0 > yy) != (y1 > yy)) & (rr < ex * (yy - y0) / (ey if ey else 1e-9) + x0)
        inside ^= crosses
    table = (np.sqrt(nearest) * np.where(inside, -1, 1) - np.float32(r)).astype(np.float32)

    def distance(x: Plane, y: Plane, z: Plane) -> Plane:
        radius = np.sqrt((x - at[0]) ** 2 + (z - at[2]) ** 2)
        height = y - np.float32(at[1])
        beyond = np.maximum(radius - reach, 0) + np.maximum(low - height, 0) + np.maximum(height - high, 0)
        u = np.clip(radius / reach, 0, 0.9999) * np.float32(size - 1)
        v = np.clip((height - low) / (high - low), 0, 0.9999) * np.float32(size - 1)
        i, j = u.astype(np.int32), v.astype(np.int32)
        fu, fv = u - i, v - j
        flat = j * size + i
        cells = table.ravel()
        upper = cells[flat] * (1 - fu) + cells[flat + 1] * fu
        lower = cells[flat + size] * (1 - fu) + cells[flat + size + 1] * fu
        return (upper * (1 - fv) + lower * fv + beyond).astype(np.float32)

    return distance


def union(*bodies: Distance) -> Distance:
    """Return all bodies together."""

    def distance(x: Plane, y: Plane, z: Plane) -> Plane:
        nearest = bodies[0](x, y, z)
        for body in bodies[1:]:
            nearest = np.minimum(nearest, body(x, y, z))
        return nearest

    return distance


def melt(k: float, *bodies: Distance) -> Distance:
    """Return all bodies together, flowing into each other over the length k."""

    def distance(x: Plane, y: Plane, z: Plane) -> Plane:
        nearest = bodies[0](x, y, z)
        for body in bodies[1:]:
            other = body(x, y, z)
            h = np.clip(0.5 + 0.5 * (other - nearest) / np.float32(k), 0, 1)
            nearest = other * (1 - h) + nearest * h - np.float32(k) * h * (1 - h)
        return nearest.astype(np.float32)

    return distance


def carve(body: Distance, tool: Distance) -> Distance:
    """Return a body without what the tool takes away."""
    return lambda x, y, z: np.maximum(body(x, y, z), -tool(x, y, z))


def turned(body: Distance, degrees: float) -> Distance:
    """Return a body turned around the vertical."""
    c, s = np.float32(np.cos(np.radians(degrees))), np.float32(np.sin(np.radians(degrees)))
    return lambda x, y, z: body(x * c - z * s, y, x * s + z * c)
