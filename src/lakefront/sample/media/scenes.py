"""Drawn scenes: city skylines, misty forests, seas, fields and plants."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from PIL import Image

from lakefront.sample.media import noise
from lakefront.sample.media.canvas import Canvas, Point, number, numbers, smooth_path
from lakefront.sample.media.noise import blend
from lakefront.sample.media.terrain import HOURS, paint_sky

#: Near and far colour of the buildings, light of the windows, colour of the water.
CITY_LIGHT: Final[dict[str, tuple[str, str, str, str]]] = {
    "dusk": ("#131a35", "#6a5c8c", "#ffcf7a", "#1a2547"),
    "night": ("#070d1e", "#24406a", "#ffdf9a", "#091631"),
    "sunset": ("#2b1f3f", "#b9665f", "#ffd98a", "#6b3a52"),
    "noon": ("#3d5a78", "#b4cade", "#dff1ff", "#3c78a0"),
    "morning": ("#4a5573", "#d9c8c0", "#fff0d0", "#8ba3b8"),
}


def skyline(rng: np.random.Generator, width: int, height: int, *, hour: str) -> Image.Image:
    """Draw a city across the water."""
    near, far, window, water = CITY_LIGHT[hour]
    shore = int(height * rng.uniform(0.68, 0.76))
    sky = noise.picture(paint_sky(rng, width, height, shore, HOURS[hour]), grain=0.01, rng=rng)
    city = Canvas(width, height)
    for layer in range(4):
        share = layer / 3
        colour = blend(far, near, share**0.9)
        x, tall = -width * 0.02, height * (0.30 + 0.17 * share) * (1.25 if width < height else 1)
        while x < width:
            w = width * rng.uniform(0.028, 0.07) * (0.8 + 0.4 * share)
            middle = math.exp(-(((x + w / 2) / width - 0.5) ** 2) / 0.07)
            h = tall * (0.28 + 0.5 * rng.random() ** 1.6 + 0.42 * middle * rng.random())
            lit = 0.3 if hour == "noon" else 0.12 + 0.4 * share
            _building(rng, city, (x, shore - h, w, h), colour=colour, window=window, lit=lit)
            x += w * rng.uniform(0.86, 1.12)
    towers = city.image(alpha=True)
    sky.paste(towers, mask=towers.getchannel("A"))
    return _mirrored(rng, sky, shore, water)


def _building(
    rng: np.random.Generator,
    city: Canvas,
    box: tuple[float, float, float, float],
    *,
    colour: str,
    window: str,
    lit: float,
) -> None:
    x, y, w, h = box
    city.rect(x, y, w, h, city.linear([(0, colour), (1, blend(colour, "#ffffff", 0.07))]))
    kind = rng.integers(0, 5)
    if kind == 0:
        city.polygon([(x, y), (x + w / 2, y - w * 0.55), (x + w, y)], colour)
    elif kind == 1:
        city.rect(x + w * 0.2, y - w * 0.3, w * 0.6, w * 0.31, colour)
        city.line((x + w / 2, y - w * 0.3), (x + w / 2, y - w * 1.1), colour, max(w * 0.035, 1))
    elif kind == 2:
        city.polygon([(x, y), (x, y - w * 0.4), (x + w, y)], colour)
    city.rect(x + w * 0.88, y, w * 0.12, h, "#000000", extra='fill-opacity="0.12"')
    columns = max(int(w / max(city.width / 130, 5)), 2)
    cell = w / (columns + 0.8)
    rows = int(h / (cell * 1.35))
    marks: list[str] = []
    for row in range(rows):
        busy = rng.random() < 0.8
        for column in range(columns):
            if busy and rng.random() < lit:
                wx, wy = x + cell * (0.65 + column), y + cell * (0.8 + row * 1.35)
                marks.append(
                    f"M{number(wx)} {number(wy)}h{number(cell * 0.5)}v{number(cell * 0.62)}h{number(-cell * 0.5)}z"
                )
    if marks:
        city.path("".join(marks), fill=window, extra=f'fill-opacity="{0.35 + 0.6 * rng.random():.2f}"')


def _mirrored(rng: np.random.Generator, scene: Image.Image, shore: int, water: str) -> Image.Image:
    colour = np.asarray(scene, dtype=np.float32) / 255
    height, width = colour.shape[:2]
    rows = np.arange(shore, height, dtype=np.float32)
    depth = ((rows - shore) / max(height - shore, 1))[:, None]
    ripple = noise.fbm(rng, width, height - shore, cells=9, cells_y=48, octaves=4) - 0.5
    sway = ripple * (5 + 60 * depth)
    from_row = np.clip(shore - (rows - shore)[:, None] * 1.1 - sway, 0, shore - 1).astype(np.int32)
    from_column = np.clip(np.arange(width, dtype=np.float32)[None, :] + sway * 0.25, 0, width - 1).astype(np.int32)
    image = noise.over(
        colour[from_row, from_column], noise.hex_rgb(water), 0.28 + 0.42 * depth * np.ones((1, width), np.float32)
    )
    colour[shore:] = image + np.clip(ripple - 0.16, 0, 1)[..., None] * 0.2
    return noise.picture(colour)


def _spruce(x: float, foot: float, tall: float, rng: np.random.Generator) -> str:
    """Return the outline of one conifer as path data."""
    tiers, half = 9, tall * rng.uniform(0.16, 0.22)
    left: list[Point] = []
    right: list[Point] = []
    for i in range(tiers):
        share = (i + 1) / tiers
        y = foot - tall * (1 - share) - tall * 0.06
        reach = half * share**0.85
        left += [(x - reach * rng.uniform(0.85, 1.1), y), (x - reach * 0.55, y - tall * 0.015)]
        right += [(x + reach * rng.uniform(0.85, 1.1), y), (x + reach * 0.55, y - tall * 0.015)]
    outline = [(x, foot - tall), *left[:-1], (x - tall * 0.012, foot - tall * 0.06), (x - tall * 0.012, foot)]
    outline += [(x + tall * 0.012, foot), (x + tall * 0.012, foot - tall * 0.06), *reversed(right[:-1])]
    return "M" + "L".join(f"{number(px)} {number(py)}" for px, py in outline) + "Z"


def forest(
    rng: np.random.Generator, width: int, height: int, *, light: str, dark: str, sky: tuple[str, str]
) -> Image.Image:
    """Draw rows of conifers that fade into mist."""
    board = Canvas(width, height)
    board.rect(0, 0, width, height, board.linear([(0, sky[0]), (0.75, sky[1])]))
    sun_x = width * rng.uniform(0.25, 0.75)
    board.circle(
        sun_x,
        height * 0.3,
        height * 0.5,
        board.radial([(0, "#ffffff", 0.75), (0.25, "#ffffff", 0.25), (1, "#ffffff", 0)]),
    )
    layers = 6
    for layer in range(layers):
        share = layer / (layers - 1)
        colour = blend(light, dark, share**1.3)
        base = height * (0.46 + 0.43 * share)
        wave = [rng.uniform(0, 6.28) for _ in range(2)]

        def ground(x: float, base: float = base, wave: list[float] = wave, share: float = share) -> float:
            return base + height * 0.05 * (
                math.sin(x / width * 5 + wave[0]) + 0.5 * math.sin(x / width * 11 + wave[1])
            ) * (1 - 0.3 * share)

        tall = height * (0.10 + 0.34 * share**1.4)
        step = tall * 0.17
        x = -step
        trees: list[str] = []
        while x < width + step:
            trees.append(_spruce(x, ground(x) + tall * 0.1, tall * rng.uniform(0.55, 1.1), rng))
            x += step * rng.uniform(0.6, 1.7)
        hill = smooth_path([(x0, ground(x0)) for x0 in np.linspace(0, width, 24).tolist()])
        paint = board.linear([(0, colour), (1, blend(colour, light, 0.3 * (1 - share)))])
        board.path("".join(trees), fill=colour)
        board.path(f"{hill}V{height}H0Z", fill=paint)
        if layer < layers - 1:
            y = base - tall * 0.2
            mist = board.linear([(0, sky[1], 0), (0.6, sky[1], 0.5), (1, sky[1], 0)])
            board.rect(0, y, width, height * 0.24, mist)
    colour = np.asarray(board.image(), dtype=np.float32) / 255
    return noise.picture(colour, grain=0.014, rng=rng)


def leaves(rng: np.random.Generator, width: int, height: int, *, colours: tuple[str, ...], ground: str) -> Image.Image:
    """Draw broad leaves over each other, lit from above."""
    board = Canvas(width, height, ground)
    size = min(width, height)
    for i in range(64):
        share = i / 63
        x, y = rng.uniform(-0.05, 1.05) * width, rng.uniform(-0.05, 1.05) * height
        length, turn = size * rng.uniform(0.28, 0.46), rng.uniform(0, 360)
        colour = blend(
            blend(colours[int(rng.integers(len(colours)))], ground, 0.5 * (1 - share)), "#ffffff", 0.06 * share
        )
        wide = length * rng.uniform(0.22, 0.32)
        half = f"M0 0C{numbers(wide, -length * 0.25, wide * 0.9, -length * 0.75, 0, -length)}"
        other = f"C{numbers(-wide * 0.9, -length * 0.75, -wide, -length * 0.25, 0, 0)}Z"
        veins = "".join(
            f"M0 {number(-length * t)}Q{number(s * wide * 0.35)} {number(-length * (t + 0.06))} "
            f"{number(s * wide * 0.62 * math.sin(math.pi * (0.15 + t * 0.8)))} {number(-length * (t + 0.15))}"
            for t in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
            for s in (-1, 1)
        )
        shade = board.linear([(0, blend(colour, "#ffffff", 0.22)), (1, blend(colour, "#000000", 0.28))])
        board.add(f'<g transform="translate({number(x)} {number(y)}) rotate({number(turn)})">')
        board.path(
            half + other,
            fill="#000000",
            extra=f'fill-opacity="0.25" transform="translate({number(size * 0.012)} {number(size * 0.016)})"',
        )
        board.path(half + other, fill=shade)
        board.path(half + "L0 0Z", fill="#ffffff", extra='fill-opacity="0.08"')
        board.path(
            f"M0 0L0 {number(-length * 0.97)}" + veins,
            stroke=blend(colour, "#ffffff", 0.4),
            width=size * 0.0028,
            extra='fill-opacity="0.7"',
        )
        board.add("</g>")
    return board.image()


def sea(rng: np.random.Generator, width: int, height: int, *, hour: str, sails: int = 2) -> Image.Image:
    """Draw an open sea with sailing boats."""
    light = HOURS[hour]
    horizon = int(height * 0.52)
    colour = paint_sky(rng, width, height, horizon, light)
    rows = np.arange(horizon, height)
    near = ((rows - horizon) / max(height - horizon, 1)).astype(np.float32)[:, None]
    waves = noise.fbm(rng, width, height - horizon, cells=14, cells_y=60, octaves=5) - 0.5
    fine = noise.fbm(rng, width, height - horizon, cells=50, cells_y=160, octaves=3) - 0.5
    sway = (waves * 0.7 + fine * 0.5) * (10 + 150 * near)
    from_row = np.clip(horizon - 1 - np.abs((rows - horizon)[:, None] * 0.9 + sway), 0, horizon - 1).astype(np.int32)
    from_column = np.clip(np.arange(width)[None, :] + sway * 0.2, 0, width - 1).astype(np.int32)
    deep = noise.hex_rgb(blend("#0c3b58", light.shade, 0.5))
    swell = noise.over(colour[from_row, from_column], deep, np.clip(0.35 + 0.4 * near + waves * 0.7, 0, 0.92))
    colour[horizon:] = swell + (np.clip(fine + waves * 0.6 - 0.22, 0, 1) * 1.2)[..., None] * noise.hex_rgb(light.light)
    scene = noise.picture(colour, grain=0.01, rng=rng)
    board = Canvas(width, height)
    for _ in range(sails):
        x, size = width * rng.uniform(0.12, 0.88), height * rng.uniform(0.06, 0.16)
        y = horizon + size * rng.uniform(0.25, 0.6)
        hull, cloth = blend(light.shade, "#0a1420", 0.5), blend("#ffffff", light.light, 0.6)
        board.ellipse(x, y + size * 0.1, size * 0.5, size * 0.05, hull, extra='fill-opacity="0.4"')
        board.path(
            f"M{numbers(x - size * 0.42, y - size * 0.08)}h{number(size * 0.9)}"
            f"l{numbers(-size * 0.16, size * 0.18)}h{number(-size * 0.6)}z",
            fill=hull,
        )
        board.polygon([(x, y - size * 0.12), (x, y - size * 1.3), (x + size * 0.46, y - size * 0.12)], cloth)
        board.polygon(
            [(x - size * 0.04, y - size * 0.12), (x - size * 0.04, y - size * 1.1), (x - size * 0.36, y - size * 0.12)],
            blend(cloth, light.haze, 0.5),
        )
    boats = board.image(alpha=True)
    scene.paste(boats, mask=boats.getchannel("A"))
    return scene
