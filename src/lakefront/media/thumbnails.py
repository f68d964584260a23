"""Thumbnails: WebP pictures of 320 and 1440 pixels on the long side, never larger than the original."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from lakefront.config import LookTable

#: Long side in pixels -> WebP quality and effort (0 fast to 6 small).
SIZES: Final[Mapping[int, tuple[int, int]]] = {320: (78, 4), 1440: (80, 2)}
LONGEST: Final = max(SIZES)
MIME: Final = "image/webp"
WAVE_BARS: Final = 72


def thumbnails(picture: Image.Image) -> dict[int, bytes]:
    """Return a WebP for each of `SIZES`. The picture is upright, in RGB or RGBA."""
    made: dict[int, bytes] = {}
    for size in sorted(SIZES, reverse=True):
        quality, effort = SIZES[size]
        picture = fitted(picture, size)
        target = io.BytesIO()
        picture.save(target, "WEBP", quality=quality, method=effort)
        made[size] = target.getvalue()
    return made


def fitted(picture: Image.Image, longest: int) -> Image.Image:
    """Return the picture scaled down to fit a square of `longest` pixels, or itself when it fits."""
    if max(picture.size) <= longest:
        return picture
    smaller = picture.copy()
    smaller.thumbnail((longest, longest), Image.Resampling.LANCZOS, reducing_gap=3.0)
    return smaller


def waveform(levels: npt.NDArray[np.float32], look: LookTable | None = None) -> Image.Image:
    """Draw loudness over time as bars in the house's colours, 1440 by 810."""
    look = look or LookTable()
    width, height = 1440, 810
    middle = height / 2
    shade = np.linspace(0, 1, height, dtype=np.float32)[:, None, None] * np.ones((1, width, 1), dtype=np.float32)
    top, bottom = _rgb(look.ink), _rgb(look.primary) * 0.55 + _rgb(look.ink) * 0.45
    ground = Image.fromarray((top + (bottom - top) * shade).astype(np.uint8))
    mask = Image.new("L", (width * 2, height * 2), 0)
    pen = ImageDraw.Draw(mask)
    pitch = width * 2 * 0.88 / len(levels)
    for i, level in enumerate(levels):
        half = max(float(level) ** 0.8 * height * 0.36 * 2, pitch * 0.3)
        left = width * 2 * 0.06 + i * pitch
        box = (left, middle * 2 - half, left + pitch * 0.62, middle * 2 + half)
        pen.rounded_rectangle(box, radius=pitch * 0.31, fill=255)
    across = np.linspace(0, 1, width, dtype=np.float32)[None, :, None] * np.ones((height, 1, 1), dtype=np.float32)
    cool, warm = _rgb("#56B4E9"), _rgb(look.accent)
    away = np.abs(np.linspace(-1, 1, height, dtype=np.float32))[:, None, None]
    mixed = np.clip(across * 0.75 + away * 0.5, 0, 1)
    bars = Image.fromarray((cool + (warm - cool) * mixed).astype(np.uint8))
    ground.paste(bars, mask=mask.resize((width, height), Image.Resampling.LANCZOS))
    return ground


def _rgb(colour: str) -> npt.NDArray[np.float32]:
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], dtype=np.float32)
