"""Landscapes seen from a camera over a height map: alps, lakes, fjords, dunes, hills, under skies of any hour."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from PIL import Image

from lakefront.sample.media import noise
from lakefront.sample.media.noise import Plane

_MAP: Final = 768
_DEPTHS: Final = 420


@dataclass(frozen=True)
class Hour:
    """A sky and its light: colours from zenith to horizon, the sun's place (0..1) and strength, haze and shade."""

    sky: tuple[str, ...]
    haze: str
    light: str
    shade: str
    sun: tuple[float, float] | None = None
    sun_colour: str = "#fff4d6"
    clouds: float = 0.5
    cloud_lit: str = "#ffffff"
    cloud_dark: str = "#b9c6d6"
    stars: bool = False


HOURS: Final[dict[str, Hour]] = {
    "noon": Hour(("#2f6fb5", "#6fa8dc", "#cfe3f2"), "#c3d8ea", "#fff8ea", "#5c7290", (0.72, 0.12), clouds=0.55),
    "morning": Hour(
        ("#5b8fc7", "#a9cbe6", "#fbe9d2"),
        "#e9dcd2",
        "#ffe6c4",
        "#66738f",
        (0.28, 0.5),
        "#fff0cf",
        0.45,
        "#fff6ec",
        "#d8c5c0",
    ),
    "sunset": Hour(
        ("#2c3e6b", "#8a5a83", "#e8836b", "#ffc371"),
        "#d98a72",
        "#ffb27a",
        "#3b3358",
        (0.5, 0.54),
        "#fff1c0",
        0.6,
        "#ffb38a",
        "#6a4a72",
    ),
    "rose": Hour(
        ("#47568c", "#a67fa6", "#f2b6a8", "#fde2c4"),
        "#dfb3b0",
        "#ffd3bd",
        "#5a4d78",
        (0.3, 0.52),
        "#ffe9d6",
        0.5,
        "#ffd9cf",
        "#9a7aa0",
    ),
    "overcast": Hour(
        ("#7f92a3", "#a9b7c2", "#d5dde2"), "#c4cfd6", "#e8eef0", "#62727c", None, "#ffffff", 0.85, "#e6ebee", "#8f9fac"
    ),
    "dusk": Hour(
        ("#0f1b3d", "#2a3f75", "#7a6a9a", "#e0a58a"),
        "#6f6a94",
        "#b59bb0",
        "#1f2747",
        (0.62, 0.57),
        "#ffd9b0",
        0.35,
        "#c99aa6",
        "#3a3f6b",
        True,
    ),
    "night": Hour(
        ("#050a1c", "#0c1b3f", "#1c3766", "#3f6a8f"),
        "#23466f",
        "#7fa0c4",
        "#07122a",
        None,
        "#ffffff",
        0.0,
        "#31507a",
        "#0c1838",
        True,
    ),
    "aurora": Hour(
        ("#040b1a", "#08203a", "#0f3d4a", "#1d5a5a"),
        "#143d4c",
        "#6fc7a8",
        "#061522",
        None,
        "#ffffff",
        0.0,
        "#2b5a5a",
        "#0a2030",
        True,
    ),
}


@dataclass(frozen=True)
class Ground:
    """What covers the land: colours by height and slope, the water's colour, how rough the land is."""

    low: str
    mid: str
    rock: str
    top: str
    snow_line: float = 0.62
    water: str | None = "#1f4d66"
    water_level: float = 0.3
    relief: float = 1.0
    ridged: bool = True
    cells: float = 5.0
    octaves: int = 7


GROUNDS: Final[dict[str, Ground]] = {
    "alps": Ground("#4f6b3a", "#6b7446", "#6e6a68", "#f6f8fb"),
    "autumn": Ground("#9a5a22", "#b8792f", "#6d5d52", "#efe9e2", 0.74, "#26485a", 0.32, 0.75),
    "fjord": Ground("#3f5f45", "#55664c", "#5b5f66", "#eef2f6", 0.66, "#17404f", 0.38, 1.2),
    "desert": Ground(
        "#d9a566", "#c98a4b", "#a8633a", "#f0cd93", 0.95, None, 0.0, 0.45, ridged=False, cells=6, octaves=4
    ),
    "mesa": Ground("#c77b4a", "#b0603a", "#8d4a35", "#e8b98a", 0.9, None, 0.0, 0.8, cells=4, octaves=6),
    "hills": Ground("#7fa046", "#95b356", "#86a04d", "#c9d88a", 0.97, "#3b7590", 0.2, 0.4, ridged=False, octaves=4),
    "arctic": Ground("#cfdbe4", "#e3ebf1", "#8995a3", "#ffffff", 0.35, "#20506b", 0.34, 0.8),
    "volcanic": Ground("#39413a", "#4b4a45", "#3c3838", "#b9b4ae", 0.85, "#1e4a55", 0.3, 1.0),
}


def landscape(rng: np.random.Generator, width: int, height: int, *, ground: str, hour: str) -> Image.Image:
    """Paint one landscape."""
    light, land = HOURS[hour], GROUNDS[ground]
    horizon = int(height * (rng.uniform(0.54, 0.64) if width >= height else rng.uniform(0.6, 0.68)))
    light = _with_sun(rng, light)
    sky = paint_sky(rng, width, height, horizon, light, aurora=hour == "aurora")
    relief = _height_map(rng, land)
    depth, water, colour = _view(rng, relief, land, light, size=(width, height), horizon=horizon)
    scene = np.where(np.isfinite(depth)[..., None], colour, sky)
    if land.water is not None:
        scene = _reflect(rng, scene, water & np.isfinite(depth), depth, land=land, light=light, horizon=horizon)
    if light.sun is not None:
        scene = scene + _glow(width, height, light, 0.12)
    return noise.picture(_grade(scene), grain=0.012, rng=rng)


def _with_sun(rng: np.random.Generator, light: Hour) -> Hour:
    if light.sun is None:
        return light
    return replace(
        light, sun=(float(rng.uniform(0.16, 0.84)), light.sun[1]), clouds=light.clouds * rng.uniform(0.6, 1.3)
    )


def paint_sky(
    rng: np.random.Generator, width: int, height: int, horizon: int, light: Hour, *, aurora: bool = False
) -> Plane:
    """Paint a sky over the whole picture; the horizon's colour goes on below the horizon."""
    above = min(horizon + 2, height)
    sky = _sky_above(rng, (width, above), light, horizon=horizon, whole=height, aurora=aurora)
    return np.concatenate([sky, np.repeat(sky[-1:], height - above, axis=0)]) if above < height else sky


def _sky_above(
    rng: np.random.Generator, size: tuple[int, int], light: Hour, *, horizon: int, whole: int, aurora: bool
) -> Plane:
    """Paint the top rows, as many as `size` says, of a picture of `whole` rows."""
    width, height = size
    _, y = noise.grid(width, height)
    down = np.clip(y * height / max(horizon, 1), 0, 1) * np.ones((1, width), np.float32)
    count = len(light.sky) - 1
    sky = noise.ramp(down, [(i / count, colour) for i, colour in enumerate(light.sky)])
    if light.stars:
        sky = sky + _stars(rng, width, height) * (1 - noise.smoothstep(0.55, 1.0, down))[..., None]
    if aurora:
        sky = sky + _aurora(rng, width, height, horizon)
    if light.sun is not None:
        sky = sky + _glow(width, whole, light, 0.75)[:height]
    if light.clouds:
        flat = noise.fbm(rng, width, height, cells=3.2, cells_y=5.5, octaves=6, gain=0.55)
        detail = noise.fbm(rng, width, height, cells=9, cells_y=16, octaves=4)
        thick = noise.smoothstep(1.02 - light.clouds * 0.62, 1.12 - light.clouds * 0.3, flat * 0.85 + detail * 0.2)
        lit = np.clip(0.35 + (flat - np.roll(flat, 14, axis=0)) * 5 + (1 - thick) * 0.5 + down * 0.25, 0, 1)
        tint = noise.over(
            np.broadcast_to(noise.hex_rgb(light.cloud_dark), (*lit.shape, 3)), noise.hex_rgb(light.cloud_lit), lit
        )
        sky = noise.over(sky, tint, thick * (0.9 - 0.45 * down))
    return sky


def _glow(width: int, height: int, light: Hour, strength: float) -> Plane:
    x, y = noise.grid(width, height)
    sun_x, sun_y = light.sun or (0.5, 0.5)
    far = np.sqrt(((x - sun_x) * width / height) ** 2 + (y - sun_y) ** 2)
    halo = np.exp(-far * 6.5) * 0.42 + np.exp(-far * 24) * 0.45
    disc = noise.smoothstep(0.03, 0.026, far) if strength > 0.5 else np.zeros_like(far)
    return ((halo * strength + disc)[..., None] * noise.hex_rgb(light.sun_colour)).astype(np.float32)


def _stars(rng: np.random.Generator, width: int, height: int) -> Plane:
    field = np.zeros((height, width, 3), dtype=np.float32)
    count = width * height // 900
    xs, ys = rng.integers(1, width - 1, count), rng.integers(1, height - 1, count)
    power = rng.random(count, dtype=np.float32) ** 5
    warm = rng.random(count, dtype=np.float32)[:, None]
    tint = noise.hex_rgb("#bcd4ff") * (1 - warm) + noise.hex_rgb("#ffe2bd") * warm
    for dx, dy, share in ((0, 0, 1.0), (1, 0, 0.45), (-1, 0, 0.45), (0, 1, 0.45), (0, -1, 0.45)):
        field[ys + dy, xs + dx] += tint * (power * np.float32(share))[:, None]
    x, y = noise.grid(width, height)
    slope, middle = rng.uniform(-0.7, 0.7), rng.uniform(0.25, 0.45)
    cloud = noise.fbm(rng, width, height, cells=5, octaves=6, gain=0.6)
    band = np.exp(-(((y - middle - slope * (x - 0.5)) / 0.13) ** 2))
    dust = noise.smoothstep(0.45, 0.7, noise.fbm(rng, width, height, cells=6, octaves=5)) * np.exp(
        -(((y - middle - slope * (x - 0.5)) / 0.05) ** 2)
    )
    milky = band * (0.15 + 0.6 * cloud**2) * (1 - 0.7 * dust)
    field += milky[..., None] * (noise.hex_rgb("#8fa8d8") * 0.55)
    return (field * 1.1).astype(np.float32)


def _aurora(rng: np.random.Generator, width: int, height: int, horizon: int) -> Plane:
    x, y = noise.grid(width, height)
    total = np.zeros((height, width, 3), dtype=np.float32)
    for share, colour in ((1.0, "#3dffa8"), (0.7, "#4fd8ff"), (0.5, "#b06bff")):
        bend = noise.fbm(rng, width, 4, cells=3, octaves=4)[0][None, :]
        rays = noise.fbm(rng, width, 4, cells=26, octaves=4)[0][None, :]
        foot = (0.3 + 0.5 * bend * rng.uniform(0.6, 1.0)) * horizon / height + 0.08
        up = foot - y
        curtain = np.exp(-np.clip(up, 0, None) * (4 + 6 * (1 - rays))) * noise.smoothstep(-0.09, 0.06, up)
        total += (curtain * (0.25 + 0.75 * rays) * noise.smoothstep(0.0, 0.25, bend + x * 0))[..., None] * (
            noise.hex_rgb(colour) * np.float32(share * 0.62)
        )
    return total


def _height_map(rng: np.random.Generator, land: Ground) -> Plane:
    base = noise.fbm(rng, _MAP, _MAP, cells=land.cells, octaves=land.octaves, gain=0.42, ridged=land.ridged)
    broad = noise.fbm(rng, _MAP, _MAP, cells=2.5, octaves=2)
    return noise.normal(base * (0.35 + broad) + broad * 0.35) ** np.float32(1.25)


def _view(
    rng: np.random.Generator, relief: Plane, land: Ground, light: Hour, *, size: tuple[int, int], horizon: int
) -> tuple[Plane, np.ndarray, Plane]:
    """Cast each column of the picture over the height map; return depth, where there is water, and colour."""
    width, height = size
    steps = np.geomspace(14, _MAP * 0.95, _DEPTHS).astype(np.float32)[:, None]
    across = np.linspace(-0.62, 0.62, width, dtype=np.float32)[None, :] * min(width / height, 1.6)
    map_x, map_y = _MAP / 2 + across * steps, steps + 8
    level = np.float32(land.water_level if land.water is not None else 0.0)
    # A valley in front of the camera: the land rises with distance, so that near slopes hide nothing.
    rise = (
        0.2
        + 0.95 * noise.smoothstep(40, _MAP * 0.5, steps)
        + 0.16 * np.abs(across) ** 2 * noise.smoothstep(20, 120, steps)
    )
    ground_height = noise.sample(relief, map_x, map_y) * rise
    wet = ground_height < level
    ground_height = np.maximum(ground_height, level)
    eye = level + np.float32(0.13 if land.water is not None else 0.34)
    scale = np.float32(max(height, width * 0.8) * rng.uniform(110, 155) * land.relief)
    raised = horizon - (ground_height - eye) * np.where(ground_height > eye, scale, height * 95) / steps
    top = np.minimum.accumulate(raised, axis=0)  # rows count down: a smaller row hides what is behind it
    rows = np.arange(height, dtype=np.float32)
    span = np.float32(height * 4)
    keys = (-np.clip(top, -height, 2 * height)).T + (np.arange(width, dtype=np.float64) * span)[:, None]
    wanted = (-rows)[None, :] + (np.arange(width, dtype=np.float64) * span)[:, None]
    index = np.searchsorted(keys.ravel(), wanted.ravel()).reshape(width, height).T
    index = index - (np.arange(width) * _DEPTHS)[None, :]
    seen = index < _DEPTHS
    at = np.clip(index, 0, _DEPTHS - 1).astype(np.int32)
    column = np.arange(width)[None, :]
    before = np.clip(at - 1, 0, _DEPTHS - 1)
    upper, lower = top[at, column], top[before, column]
    part = np.clip((lower - rows[:, None]) / np.maximum(lower - upper, 1e-3), 0, 1).astype(np.float32)
    depth = steps[before, 0] * (1 - part) + steps[at, 0] * part
    water = wet[at, column] & wet[before, column]
    dry = np.flatnonzero(seen & ~water)  # only land is coloured here: water mirrors what is above it
    d = depth.ravel()[dry].astype(np.float32)
    part_colour = _cover(rng, relief, land, light, level=level, at=(_MAP / 2 + across[0, dry % width] * d, d + 8))
    far = 1 - np.exp(-((d / (_MAP * 0.62)) ** 1.5))
    above = np.clip(horizon + 8 - (dry // width), 0, None)
    low_mist = np.exp(-above / (height * 0.07)) * noise.smoothstep(90, 400, d)
    hazy = np.clip(far * 0.92 + low_mist * 0.4, 0, 0.97).astype(np.float32)
    colour = np.zeros((height * width, 3), dtype=np.float32)
    colour[:] = noise.hex_rgb(light.haze)
    colour[dry] = noise.over(part_colour, noise.hex_rgb(light.haze), hazy)
    return np.where(seen, depth, np.float32(np.inf)).astype(np.float32), water, colour.reshape(height, width, 3)


def _cover(
    rng: np.random.Generator, relief: Plane, land: Ground, light: Hour, *, level: np.float32, at: tuple[Plane, Plane]
) -> Plane:
    dy, dx = np.gradient(relief)
    sun_side = 1 if light.sun is None or light.sun[0] > 0.5 else -1
    shade: Plane = np.asarray(np.clip(0.52 + (dx * sun_side * 0.9 + dy * 0.7) * 34, 0, 1))
    steep = np.clip(np.hypot(dx, dy) * 42, 0, 1)
    detail = noise.fbm(rng, _MAP, _MAP, cells=40, octaves=4, gain=0.65)
    patch = noise.fbm(rng, _MAP, _MAP, cells=12, octaves=4)
    y0 = np.linspace(0, 1, _MAP, dtype=np.float32)[:, None]  # far land is lifted, so its snow starts lower
    hue = np.broadcast_to(noise.hex_rgb(land.low), (_MAP, _MAP, 3))
    hue = noise.over(hue, noise.hex_rgb(land.mid), noise.smoothstep(0.3, 0.7, patch))
    hue = noise.over(hue, noise.hex_rgb(land.rock), noise.smoothstep(0.35, 0.75, steep + (relief - 0.5) * 0.5))
    snow = noise.smoothstep(
        land.snow_line - 0.09, land.snow_line + 0.09, relief + (detail - 0.5) * 0.26 - steep * 0.1 + (y0 - 0.5) * 0.22
    )
    hue = noise.over(hue, noise.hex_rgb(land.top), snow)
    shore = noise.smoothstep(float(level) + 0.03, float(level), relief) if level else np.zeros_like(relief)
    hue = noise.over(hue, noise.hex_rgb("#b7a57f"), shore * 0.5)
    hue = hue * (0.82 + 0.36 * detail)[..., None]
    tone = noise.over(
        np.broadcast_to(noise.hex_rgb(light.shade), (_MAP, _MAP, 3)), noise.hex_rgb(light.light) * 1.12, shade
    )
    return noise.sample((hue * tone).astype(np.float32), *at)


def _reflect(
    rng: np.random.Generator,
    scene: Plane,
    water: np.ndarray,
    depth: Plane,
    *,
    land: Ground,
    light: Hour,
    horizon: int,
) -> Plane:
    height, width = water.shape
    rows = np.arange(height, dtype=np.float32)[:, None]
    near = np.clip((rows - horizon) / max(height - horizon, 1), 0, 1)
    ripple = noise.fbm(rng, width, height, cells=10, cells_y=70, octaves=4) - 0.5
    sway = ripple * (4 + 46 * near)
    mirror = np.clip(2 * horizon - rows + sway, 0, horizon - 1).astype(np.int32)
    aside = np.clip(np.arange(width, dtype=np.float32)[None, :] + sway * 0.3, 0, width - 1).astype(np.int32)
    image = scene[mirror, aside]
    deep = noise.hex_rgb(land.water or "#1f4d66") * (0.35 + 0.65 * noise.hex_rgb(light.light))
    blended = noise.over(image, deep, np.clip(0.18 + 0.5 * near**1.2, 0, 0.75) * np.ones((1, width), np.float32))
    blended = blended + (np.clip(ripple, 0.18, 1) - 0.18)[..., None] * 0.25 * noise.hex_rgb(light.light)
    fog = (1 - np.exp(-((np.where(np.isfinite(depth), depth, 1e3) / (_MAP * 0.8)) ** 2))) * 0.5
    blended = noise.over(blended, noise.hex_rgb(light.haze), fog.astype(np.float32))
    scene[water] = blended[water]
    return scene


def _grade(scene: Plane) -> Plane:
    """Give contrast and depth of colour, and darken the corners a little."""
    height, width = scene.shape[:2]
    x, y = noise.grid(width, height)
    grey = scene.mean(axis=2, keepdims=True)
    vivid = grey + (scene - grey) * 1.12
    toned = vivid + 0.05 * np.sin((np.clip(vivid, 0, 1) - 0.5) * 2 * np.pi)
    vignette = 1 - 0.28 * ((x - 0.5) ** 2 + (y - 0.5) ** 2) * 2
    return (toned * vignette[..., None]).astype(np.float32)
