"""Things a shop sells, for the studio: each takes two colours and an accent and returns its solids."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from lakefront.sample.media import noise
from lakefront.sample.media.noise import Plane
from lakefront.sample.media.solids import (
    Distance,
    Paint,
    Solid,
    box,
    capsule,
    carve,
    cylinder,
    ellipsoid,
    lathe,
    melt,
    sphere,
    torus,
    turned,
    union,
)

Maker = Callable[[str, str, str], list[Solid]]


def bands(base: str, *bars: tuple[float, float, str]) -> Paint:
    """Return paint with horizontal bars (from, to, colour)."""

    def paint(x: Plane, y: Plane, _z: Plane) -> Plane:
        colour = np.broadcast_to(noise.hex_rgb(base), (len(x), 3)).copy()
        for low, high, bar in bars:
            colour[(y > low) & (y < high)] = noise.hex_rgb(bar)
        return colour

    return paint


def where(test: Callable[[Plane, Plane, Plane], np.ndarray], yes: str, no: str) -> Paint:
    """Return paint of one colour where the test holds and another elsewhere."""

    def paint(x: Plane, y: Plane, z: Plane) -> Plane:
        return np.where(test(x, y, z)[:, None], noise.hex_rgb(yes), noise.hex_rgb(no)).astype(np.float32)

    return paint


def bottle(a: str, b: str, c: str) -> list[Solid]:
    """A bottle with a label and a cap."""
    body = lathe([(0, 0.02), (0.27, 0.02), (0.3, 0.06), (0.3, 0.78), (0.27, 0.9), (0.12, 1.02), (0.1, 1.14), (0, 1.14)])
    return [
        Solid(body, bands(a, (0.22, 0.66, b), (0.26, 0.28, c), (0.6, 0.62, c)), 0.8),
        Solid(cylinder((0, 1.2, 0), 0.125, 0.1), c, 0.5),
    ]


def pump(a: str, b: str, c: str) -> list[Solid]:
    """A soap dispenser."""
    body = lathe([(0, 0.02), (0.3, 0.02), (0.33, 0.07), (0.33, 0.62), (0.28, 0.72), (0.12, 0.76), (0, 0.76)])
    head = union(
        cylinder((0, 0.84, 0), 0.11, 0.07), cylinder((0, 0.98, 0), 0.035, 0.12), box((0, 1.1, 0), (0.09, 0.035, 0.07))
    )
    return [
        Solid(body, bands(a, (0.2, 0.5, b)), 0.55),
        Solid(union(head, capsule((0, 1.11, 0), (-0.3, 1.1, 0.04), 0.03)), c, 0.7),
    ]


def vase(a: str, b: str, c: str) -> list[Solid]:
    """A vase with dry branches."""
    outline = [(0, 0.02), (0.17, 0.02), (0.2, 0.05), (0.36, 0.3), (0.38, 0.42), (0.3, 0.58), (0.13, 0.72), (0.12, 0.8)]
    body = lathe([*outline, (0.17, 0.88), (0.13, 0.88), (0.09, 0.8), (0.09, 0.7), (0, 0.6)])
    rng = noise.rng_for("vase", a, b)
    stems: list[Distance] = []
    buds: list[Distance] = []
    for i in range(6):
        angle, lean = i * 1.05 + rng.uniform(-0.2, 0.2), rng.uniform(0.16, 0.38)
        tip = (float(np.cos(angle)) * lean, float(rng.uniform(1.2, 1.5)), float(np.sin(angle)) * lean)
        stems.append(capsule((0, 0.7, 0), tip, 0.011))
        buds.append(ellipsoid(tip, (0.06, 0.085, 0.06)))
        half = tuple((p + q) / 2 for p, q in zip((0.0, 0.8, 0.0), tip, strict=True))
        buds.append(ellipsoid((half[0] + 0.04, half[1] + 0.1, half[2]), (0.038, 0.06, 0.038)))
    return [
        Solid(body, bands(a, (0.3, 0.34, c)), 0.45),
        Solid(union(*stems), "#7a5c3e", 0.1),
        Solid(union(*buds), b, 0.15),
    ]


def mug(a: str, b: str, c: str) -> list[Solid]:
    """A mug of coffee on a saucer."""
    cup = lathe([(0, 0.1), (0.3, 0.1), (0.36, 0.16), (0.38, 0.78), (0.34, 0.78), (0.32, 0.2), (0, 0.16)], r=0.015)
    saucer = lathe([(0, 0.02), (0.3, 0.02), (0.62, 0.09), (0.62, 0.11), (0.3, 0.07), (0, 0.07)])
    handle = torus((0.42, 0.45, 0), 0.19, 0.045, axis="z")
    drink = cylinder((0, 0.66, 0), 0.335, 0.02, r=0.005)
    return [
        Solid(carve(union(cup, handle), cylinder((0, 0.5, 0), 0.325, 0.3)), bands(a, (0.62, 0.8, b)), 0.6),
        Solid(saucer, b, 0.55),
        Solid(drink, "#4a2a17", 0.75),
        Solid(box((-0.47, 0.13, 0.12), (0.09, 0.035, 0.09), 0.02), c, 0.2),
    ]


def lamp(a: str, _b: str, _c: str) -> list[Solid]:
    """A table lamp, lit."""
    shade = lathe([(0.2, 1.32), (0.24, 1.32), (0.46, 0.84), (0.42, 0.84)])
    foot = melt(0.06, cylinder((0, 0.04, 0), 0.26, 0.04), sphere((0, 0.3, 0), 0.19), cylinder((0, 0.6, 0), 0.03, 0.3))
    return [
        Solid(shade, "#ffdf9e", 0.05, 0.8),
        Solid(foot, a, 0.6),
        Solid(sphere((0, 1.05, 0), 0.12), "#fff1c9", 0.1, 1.0),
    ]


def gift(a: str, b: str, c: str) -> list[Solid]:
    """Two wrapped boxes with ribbons."""
    ribbon = where(lambda x, _y, z: (np.abs(x + 0.12) < 0.075) | (np.abs(z) < 0.075), b, a)
    small = turned(box((0.62, 0.22, 0.5), (0.22, 0.22, 0.22)), 12)
    bow = union(
        ellipsoid((-0.26, 0.92, 0), (0.15, 0.075, 0.07)),
        ellipsoid((0.02, 0.92, 0), (0.15, 0.075, 0.07)),
        sphere((-0.12, 0.92, 0), 0.065),
    )
    return [Solid(box((-0.12, 0.42, 0), (0.45, 0.42, 0.42)), ribbon, 0.25), Solid(bow, b, 0.45), Solid(small, c, 0.25)]


def speaker(a: str, b: str, c: str) -> list[Solid]:
    """A loudspeaker with two cones."""
    cones = union(
        carve(cylinder((0, 0.42, 0.3), 0.25, 0.05, axis="z"), ellipsoid((0, 0.42, 0.4), (0.2, 0.2, 0.12))),
        carve(cylinder((0, 0.88, 0.3), 0.14, 0.05, axis="z"), ellipsoid((0, 0.88, 0.39), (0.1, 0.1, 0.1))),
    )
    rings = union(torus((0, 0.42, 0.34), 0.25, 0.022, axis="z"), torus((0, 0.88, 0.34), 0.14, 0.018, axis="z"))
    domes = union(sphere((0, 0.42, 0.28), 0.08), sphere((0, 0.88, 0.28), 0.05))
    legs = union(*(cylinder((x, 0.03, z), 0.03, 0.04) for x in (-0.26, 0.26) for z in (-0.2, 0.2)))
    return [
        Solid(box((0, 0.6, 0), (0.36, 0.54, 0.3), 0.06), a, 0.35),
        Solid(cones, "#23272c", 0.3),
        Solid(rings, c, 0.8),
        Solid(domes, b, 0.6),
        Solid(legs, "#8a6a48", 0.3),
    ]


def camera(a: str, b: str, c: str) -> list[Solid]:
    """A camera with a big lens."""
    body = union(box((0, 0.42, 0), (0.62, 0.36, 0.2), 0.07), box((0, 0.8, 0), (0.2, 0.1, 0.16), 0.05))
    leather = where(lambda x, y, _z: (y > 0.2) & (y < 0.62) & (np.abs(x) < 0.7), b, a)
    lens = union(cylinder((0, 0.42, 0.3), 0.29, 0.16, axis="z"), cylinder((0, 0.42, 0.5), 0.25, 0.1, axis="z"))
    glass = ellipsoid((0, 0.42, 0.56), (0.18, 0.18, 0.09))
    knobs = union(
        cylinder((-0.42, 0.82, 0), 0.09, 0.05),
        cylinder((0.45, 0.81, 0), 0.06, 0.04),
        cylinder((0.3, 0.8, 0), 0.04, 0.05),
    )
    return [
        Solid(body, leather, 0.3),
        Solid(carve(lens, cylinder((0, 0.42, 0.62), 0.2, 0.1, axis="z")), "#22262b", 0.5),
        Solid(torus((0, 0.42, 0.46), 0.272, 0.018, axis="z"), c, 0.6),
        Solid(glass, "#2c3f66", 1.0),
        Solid(knobs, "#c9ccd1", 0.8),
    ]


def donut(a: str, b: str, c: str) -> list[Solid]:
    """A ring of dough with icing and sprinkles."""
    rng = noise.rng_for("donut", a, c)
    around, out = rng.uniform(0, 6.283, 60), rng.uniform(0.36, 0.72, 60)
    turn = rng.uniform(0, 3.14, 60)

    def sprinkled(x: Plane, y: Plane, z: Plane) -> Plane:
        colour = np.broadcast_to(noise.hex_rgb(a), (len(x), 3)).copy()
        for i in range(60):
            dx, dz = x - np.cos(around[i]) * out[i], z - np.sin(around[i]) * out[i]
            along, aside = dx * np.cos(turn[i]) + dz * np.sin(turn[i]), dz * np.cos(turn[i]) - dx * np.sin(turn[i])
            inside = (np.maximum(np.abs(along) - 0.035, 0) ** 2 + aside**2 < 0.016**2) & (y > 0.38)
            colour[inside] = noise.hex_rgb((b, c, "#ffffff")[i % 3])
        return colour

    def icing(x: Plane, y: Plane, z: Plane) -> Plane:
        around = np.arctan2(z, x)
        edge = 0.32 + 0.035 * np.sin(around * 7) + 0.025 * np.sin(around * 11 + 1)
        ring = np.sqrt((np.sqrt(x**2 + z**2) - 0.52) ** 2 + (y - 0.34) ** 2) - np.float32(0.275)
        return np.maximum(ring, (edge - y) * np.float32(0.8)).astype(np.float32)

    return [
        Solid(torus((0, 0.3, 0), 0.52, 0.27), "#d99a55", 0.15),
        Solid(icing, sprinkled, 0.7),
    ]


def sneaker(a: str, b: str, c: str) -> list[Solid]:
    """A running shoe seen from the side."""
    upper = melt(
        0.2,
        ellipsoid((0.48, 0.22, 0), (0.36, 0.2, 0.25)),
        ellipsoid((0.05, 0.32, 0), (0.48, 0.27, 0.24)),
        ellipsoid((-0.48, 0.38, 0), (0.28, 0.36, 0.24)),
        cylinder((-0.42, 0.62, 0), 0.23, 0.16, r=0.08),
    )
    hollow = melt(0.08, ellipsoid((-0.4, 0.92, 0), (0.19, 0.3, 0.14)), ellipsoid((-0.17, 0.84, 0), (0.2, 0.15, 0.09)))
    sole = melt(
        0.1,
        ellipsoid((-0.42, 0.1, 0), (0.42, 0.13, 0.29)),
        ellipsoid((0.1, 0.09, 0), (0.5, 0.1, 0.25)),
        ellipsoid((0.5, 0.1, 0), (0.42, 0.12, 0.28)),
    )

    def sides(x: Plane, y: Plane, z: Plane) -> Plane:
        colour = np.broadcast_to(noise.hex_rgb(a), (len(x), 3)).copy()
        slant = x + (y - 0.4) * 0.7
        for at in (-0.1, 0.1):
            colour[(np.abs(slant - at - np.abs(y - 0.34)) < 0.05) & (y < 0.56) & (np.abs(z) > 0.1)] = noise.hex_rgb(b)
        colour[x < -0.66] = noise.hex_rgb(c)
        colour[(x > 0.62) & (y < 0.36)] = noise.hex_rgb(c)
        return colour

    laces = union(
        *(
            capsule((-0.02 + i * 0.1, 0.62 - i * 0.035, -0.1), (0.02 + i * 0.1, 0.62 - i * 0.035, 0.1), 0.022)
            for i in range(4)
        )
    )
    parts = [(carve(upper, hollow), sides, 0.2), (sole, "#f6f5f1", 0.3), (laces, "#ffffff", 0.2)]
    return [Solid(turned(shape, -22), paint, gloss) for shape, paint, gloss in parts]


def cactus(a: str, _b: str, c: str) -> list[Solid]:
    """A cactus in a clay pot."""
    pot = lathe(
        [(0, 0.02), (0.27, 0.02), (0.36, 0.42), (0.4, 0.42), (0.4, 0.52), (0.33, 0.52), (0.32, 0.46), (0, 0.46)]
    )

    def ribs(x: Plane, y: Plane, z: Plane) -> Plane:
        stem = melt(
            0.05,
            capsule((0, 0.5, 0), (0, 1.15, 0), 0.17),
            capsule((0.12, 0.78, 0), (0.36, 0.82, 0), 0.085),
            capsule((0.36, 0.82, 0), (0.38, 1.08, 0), 0.085),
            capsule((-0.1, 0.68, 0), (-0.32, 0.74, 0), 0.075),
            capsule((-0.32, 0.74, 0), (-0.33, 0.92, 0), 0.075),
        )(x, y, z)
        return (stem + 0.009 * np.sin(np.arctan2(z, x) * 14)).astype(np.float32) * np.float32(0.85)

    flower = union(
        *(
            ellipsoid((float(np.cos(t)) * 0.06, 1.35, float(np.sin(t)) * 0.06), (0.06, 0.05, 0.06))
            for t in (0, 1.26, 2.5, 3.77, 5)
        )
    )
    return [
        Solid(pot, a, 0.15),
        Solid(ribs, "#3f8f5f", 0.2),
        Solid(flower, c, 0.3),
        Solid(cylinder((0, 0.47, 0), 0.32, 0.02), "#5b4636", 0),
    ]


def headphones(a: str, b: str, c: str) -> list[Solid]:
    """Headphones, standing."""
    band = carve(torus((0, 0.47, 0), 0.52, 0.05, axis="z"), box((0, -0.05, 0), (1, 0.46, 0.3)))
    cups = union(
        cylinder((-0.5, 0.27, 0), 0.27, 0.1, axis="x", r=0.05), cylinder((0.5, 0.27, 0), 0.27, 0.1, axis="x", r=0.05)
    )
    pads = union(torus((-0.37, 0.27, 0), 0.2, 0.08, axis="x"), torus((0.37, 0.27, 0), 0.2, 0.08, axis="x"))
    caps = union(cylinder((-0.6, 0.27, 0), 0.17, 0.03, axis="x"), cylinder((0.6, 0.27, 0), 0.17, 0.03, axis="x"))
    top = ellipsoid((0, 0.97, 0), (0.26, 0.07, 0.1))
    parts = [(union(band), b, 0.6), (cups, a, 0.5), (pads, "#2a2d33", 0.15), (caps, c, 0.8), (top, "#2a2d33", 0.15)]
    return [Solid(turned(shape, -32), paint, gloss) for shape, paint, gloss in parts]


def armchair(a: str, b: str, c: str) -> list[Solid]:
    """An armchair with a cushion."""
    seat = union(
        box((0, 0.38, 0), (0.5, 0.14, 0.46), 0.09),
        box((0, 0.78, -0.38), (0.5, 0.46, 0.14), 0.11),
        box((-0.54, 0.5, 0), (0.11, 0.27, 0.46), 0.1),
        box((0.54, 0.5, 0), (0.11, 0.27, 0.46), 0.1),
    )
    legs = union(
        *(capsule((x, 0.24, z), (x * 1.1, 0.02, z * 1.1), 0.032) for x in (-0.46, 0.46) for z in (-0.38, 0.38))
    )
    pillow = ellipsoid((0.1, 0.72, -0.14), (0.25, 0.22, 0.12))
    return [
        Solid(turned(seat, 18), a, 0.08),
        Solid(turned(legs, 18), "#8d6239", 0.4),
        Solid(turned(pillow, 18), b, 0.08),
        Solid(turned(box((0, 0.525, 0.06), (0.42, 0.05, 0.38), 0.05), 18), c, 0.08),
    ]


def toy_car(a: str, b: str, c: str) -> list[Solid]:
    """A small car of painted wood."""
    body = melt(0.05, box((0, 0.34, 0), (0.72, 0.17, 0.34), 0.1), box((-0.08, 0.6, 0), (0.4, 0.18, 0.3), 0.12))
    glass = union(box((-0.08, 0.62, 0), (0.29, 0.1, 0.312), 0.05), box((-0.08, 0.62, 0), (0.41, 0.1, 0.22), 0.05))
    tyres = union(*(cylinder((x, 0.19, z), 0.19, 0.08, axis="z", r=0.04) for x in (-0.44, 0.44) for z in (-0.33, 0.33)))
    hubs = union(*(cylinder((x, 0.19, z * 1.16), 0.09, 0.05, axis="z") for x in (-0.44, 0.44) for z in (-0.33, 0.33)))
    lights = union(sphere((0.7, 0.38, 0.2), 0.06), sphere((0.7, 0.38, -0.2), 0.06))
    parts = [(body, a, 0.7), (glass, "#bfe0ee", 0.9), (tyres, "#2b2d31", 0.1), (hubs, b, 0.6), (lights, c, 0.9)]
    return [Solid(turned(shape, -24), paint, gloss) for shape, paint, gloss in parts]


def teapot(a: str, b: str, c: str) -> list[Solid]:
    """A round teapot."""
    body = melt(
        0.09,
        ellipsoid((0, 0.42, 0), (0.46, 0.4, 0.46)),
        capsule((0.36, 0.34, 0), (0.64, 0.58, 0), 0.075),
        capsule((0.64, 0.58, 0), (0.74, 0.74, 0), 0.05),
    )
    lid = lathe(
        [(0, 0.78), (0.24, 0.78), (0.2, 0.86), (0.04, 0.9), (0.05, 0.94), (0.08, 0.99), (0.04, 1.03), (0, 1.04)]
    )
    return [
        Solid(melt(0.04, body, torus((-0.48, 0.46, 0), 0.2, 0.042, axis="z")), bands(a, (0.3, 0.36, b)), 0.75),
        Solid(lid, c, 0.75),
    ]


def books(a: str, b: str, c: str) -> list[Solid]:
    """A stack of books with an apple on it."""
    stack: list[Solid] = []
    for i, (colour, turn, half) in enumerate(((a, 8, 0.56), (b, -10, 0.52), (c, 16, 0.48), (a, 2, 0.42))):
        y = 0.11 + i * 0.21
        cover = carve(
            box((0, y, 0), (half, 0.1, half * 0.72), 0.015), box((0.05, y, 0.02), (half, 0.075, half * 0.9), 0.005)
        )
        stack.append(Solid(turned(cover, turn), colour, 0.25))
        stack.append(
            Solid(turned(box((0, y, 0), (half - 0.03, 0.08, half * 0.72 - 0.03), 0.005), turn), "#f3ead7", 0.02)
        )
    apple = carve(ellipsoid((0, 1.08, 0), (0.2, 0.19, 0.2)), sphere((0, 1.3, 0), 0.07))
    return [*stack, Solid(apple, "#c8342f", 0.7), Solid(capsule((0, 1.2, 0), (0.04, 1.36, 0), 0.014), "#5a3d22", 0.1)]


def clock(a: str, b: str, c: str) -> list[Solid]:
    """An alarm clock at ten past ten."""

    def face(x: Plane, y: Plane, _z: Plane) -> Plane:
        dx, dy = x, y - 0.56
        around, out = np.arctan2(dy, dx), np.hypot(dx, dy)
        ticks = (np.abs((around / 6.2832 * 12 + 0.5) % 1 - 0.5) < 0.09) & (out > 0.32) & (out < 0.39)
        colour = np.broadcast_to(noise.hex_rgb("#fbfaf5"), (len(x), 3)).copy()
        colour[ticks] = noise.hex_rgb("#333a44")
        return colour

    hands = union(capsule((0, 0.56, 0.2), (-0.17, 0.68, 0.2), 0.022), capsule((0, 0.56, 0.2), (0.2, 0.74, 0.2), 0.018))
    bells = union(ellipsoid((-0.3, 1.04, 0), (0.17, 0.11, 0.14)), ellipsoid((0.3, 1.04, 0), (0.17, 0.11, 0.14)))
    feet = union(capsule((-0.26, 0.2, 0), (-0.36, 0.04, 0), 0.04), capsule((0.26, 0.2, 0), (0.36, 0.04, 0), 0.04))
    return [
        Solid(union(cylinder((0, 0.56, 0), 0.5, 0.16, axis="z", r=0.05), feet), a, 0.6),
        Solid(cylinder((0, 0.56, 0.12), 0.43, 0.06, axis="z", r=0.01), face, 0.2),
        Solid(bells, c, 0.9),
        Solid(hands, "#20262e", 0.3),
        Solid(union(capsule((0, 1.06, 0), (0, 1.16, 0), 0.03), capsule((-0.1, 1.16, 0), (0.1, 1.16, 0), 0.03)), b, 0.8),
    ]


def still_life(a: str, b: str, c: str) -> list[Solid]:
    """Plain bodies on plinths."""
    return [
        Solid(cylinder((-0.42, 0.3, 0), 0.36, 0.3), a, 0.15),
        Solid(box((0.42, 0.16, 0.12), (0.36, 0.16, 0.32), 0.02), b, 0.15),
        Solid(sphere((-0.42, 0.86, 0), 0.26), c, 0.75),
        Solid(torus((0.42, 0.62, 0.12), 0.2, 0.085, axis="z"), a, 0.5),
        Solid(lathe([(0, 0.0), (0.2, 0.0), (0, 0.62)], at=(0.02, 0, 0.62)), "#f7f3ea", 0.3),
        Solid(sphere((0.62, 0.12, 0.72), 0.12), c, 0.9),
    ]


def duck(_a: str, _b: str, _c: str) -> list[Solid]:
    """A bath duck."""
    body = melt(
        0.12,
        ellipsoid((-0.06, 0.34, 0), (0.52, 0.32, 0.38)),
        sphere((0.28, 0.82, 0), 0.27),
        ellipsoid((-0.52, 0.5, 0), (0.18, 0.14, 0.16)),
    )
    wings = union(ellipsoid((-0.1, 0.4, 0.34), (0.24, 0.15, 0.09)), ellipsoid((-0.1, 0.4, -0.34), (0.24, 0.15, 0.09)))
    beak = melt(0.03, ellipsoid((0.58, 0.8, 0), (0.14, 0.045, 0.12)), ellipsoid((0.54, 0.75, 0), (0.1, 0.035, 0.09)))
    eyes = union(sphere((0.46, 0.92, 0.17), 0.045), sphere((0.46, 0.92, -0.17), 0.045))
    parts = [(body, "#f7c843", 0.6), (wings, "#f2b632", 0.6), (beak, "#e8622a", 0.6), (eyes, "#20242b", 1.0)]
    return [Solid(turned(shape, -28), paint, gloss) for shape, paint, gloss in parts]


GOODS: Final[dict[str, Maker]] = {
    "bottle": bottle, "pump": pump, "vase": vase, "mug": mug, "lamp": lamp, "gift": gift, "speaker": speaker,
    "camera": camera, "donut": donut, "sneaker": sneaker, "cactus": cactus, "headphones": headphones,
    "armchair": armchair, "car": toy_car, "teapot": teapot, "books": books, "clock": clock, "still": still_life,
    "duck": duck,
}  # fmt: skip
