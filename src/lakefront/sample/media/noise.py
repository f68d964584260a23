"""Seeded noise, colour ramps and compositing on float32 arrays: what all painted pictures are made of.

A plane is an array of (height, width); a colour plane is (height, width, 3) in 0..1.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image

Plane = npt.NDArray[np.floating[Any]]

_SEED: Final = 20261031


def rng_for(*parts: str | int) -> np.random.Generator:
    """Return a generator that depends on the given names and numbers only."""
    return np.random.Generator(np.random.PCG64([_SEED, *(zlib.crc32(str(part).encode()) for part in parts)]))


def hex_rgb(colour: str) -> Plane:
    """Return `#rrggbb` as three floats in 0..1."""
    return np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)], dtype=np.float32)


def rgb_hex(colour: npt.ArrayLike) -> str:
    """Return three floats in 0..1 as `#rrggbb`."""
    return "#" + "".join(f"{round(float(c) * 255):02x}" for c in np.clip(np.asarray(colour, dtype=np.float32), 0, 1))


def blend(a: str, b: str, share: float) -> str:
    """Return the colour at `share` of the way from a to b."""
    return rgb_hex(hex_rgb(a) * (1 - share) + hex_rgb(b) * share)


def grid(width: int, height: int) -> tuple[Plane, Plane]:
    """Return x of shape (1, width) and y of shape (height, 1), both from 0 to 1."""
    x = np.linspace(0, 1, width, dtype=np.float32)[None, :]
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    return x, y


def stretch(plane: Plane, width: int, height: int) -> Plane:
    """Resize a plane with bicubic interpolation."""
    picture = Image.fromarray(np.ascontiguousarray(plane, dtype=np.float32))
    return np.asarray(picture.resize((width, height), Image.Resampling.BICUBIC), dtype=np.float32)


def fbm(
    rng: np.random.Generator,
    width: int,
    height: int,
    *,
    cells: float = 4,
    cells_y: float | None = None,
    octaves: int = 5,
    gain: float = 0.5,
    ridged: bool = False,
) -> Plane:
    """Return fractal noise in 0..1 with `cells` lattice cells across the width in the first octave."""
    down = cells * height / width if cells_y is None else cells_y
    total = np.zeros((height, width), dtype=np.float32)
    amplitude, reach, across = 1.0, 0.0, cells
    for _ in range(octaves):
        columns, rows = max(round(across) + 3, 4), max(round(down) + 3, 4)
        lattice = rng.random((rows, columns), dtype=np.float32)
        # The lattice reaches one cell beyond the picture, so that its border is not smoothed flat.
        step_x, step_y = width / max(across, 1), height / max(down, 1)
        wide = stretch(lattice, max(width, int(columns * step_x)), max(height, int(rows * step_y)))
        octave = wide[:height, :width] if max(across, down) > 2 else stretch(lattice, width, height)
        if ridged:
            octave = 1 - np.abs(octave * 2 - 1)
            octave = octave * octave
        total += octave * np.float32(amplitude)
        reach += amplitude
        amplitude *= gain
        across, down = across * 2, down * 2
    return normal(total / np.float32(reach))


def normal(plane: Plane) -> Plane:
    """Stretch a plane's values to 0..1."""
    low, high = float(plane.min()), float(plane.max())
    return ((plane - low) / max(high - low, 1e-6)).astype(np.float32)


def smoothstep(low: float, high: float, plane: Plane) -> Plane:
    """Return 0 below `low`, 1 above `high`, and a smooth rise between (falling when low > high)."""
    t = np.clip((plane - low) / (high - low), 0, 1)
    return (t * t * (3 - 2 * t)).astype(np.float32)


def ramp(plane: Plane, stops: Sequence[tuple[float, str]]) -> Plane:
    """Colour a plane by linear interpolation between (value, colour) stops."""
    places = np.array([place for place, _ in stops], dtype=np.float32)
    colours = np.stack([hex_rgb(colour) for _, colour in stops])
    table = np.stack([np.interp(np.linspace(0, 1, 1024), places, colours[:, c]) for c in range(3)], axis=1)
    index = np.clip(plane * 1023, 0, 1023).astype(np.int32)
    return table.astype(np.float32)[index]


def over(base: Plane, colour: Plane, alpha: Plane | float) -> Plane:
    """Return `colour` laid over `base` with the given opacity."""
    a = alpha[..., None] if isinstance(alpha, np.ndarray) else np.float32(alpha)
    return (base + (colour - base) * a).astype(np.float32)


def sample(plane: Plane, x: Plane, y: Plane) -> Plane:
    """Read a plane at fractional pixel positions, bilinear, wrapping around."""
    height, width = plane.shape[:2]
    left, top = np.floor(x).astype(np.int32), np.floor(y).astype(np.int32)
    fx, fy = (x - left).astype(np.float32), (y - top).astype(np.float32)
    if plane.ndim == 3:
        fx, fy = fx[..., None], fy[..., None]
    left, top = left % width, top % height
    right, bottom = (left + 1) % width, (top + 1) % height
    upper = plane[top, left] * (1 - fx) + plane[top, right] * fx
    lower = plane[bottom, left] * (1 - fx) + plane[bottom, right] * fx
    return (upper * (1 - fy) + lower * fy).astype(np.float32)


def picture(colour: Plane, *, grain: float = 0.0, rng: np.random.Generator | None = None) -> Image.Image:
    """Return a colour plane as an 8-bit picture, with film grain of the given strength."""
    if grain and rng is not None:
        height, width = colour.shape[:2]
        tile = rng.standard_normal((256, 256), dtype=np.float32) * np.float32(grain)
        tile = np.tile(tile, (height // 256 + 1, width // 256 + 1))[:height, :width]
        colour = colour + tile[..., None]
    return Image.fromarray((np.clip(colour, 0, 1) * 255 + 0.5).astype(np.uint8))
