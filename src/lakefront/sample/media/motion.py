"""Short animations: frames of simple shapes, for GIF."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import numpy as np
from PIL import Image

from lakefront.sample.media.canvas import Canvas, Point, smooth_path
from lakefront.sample.media.noise import blend

FRAMES: Final = 24
_INK, _LAKE, _SAND, _SURFACE = "#0f2a3d", "#0b6e99", "#f2a65a", "#f5f8fa"


def animation(rng: np.random.Generator, width: int, height: int, *, form: str) -> list[Image.Image]:
    """Draw the frames of one loop; `form` is a key of `LOOPS`."""
    start = float(rng.uniform(0, 1))
    frames: list[Image.Image] = []
    for i in range(FRAMES):
        board = Canvas(360, round(360 * height / width))
        LOOPS[form](board, (i / FRAMES + start) % 1)
        board.fit(width, height)
        frames.append(board.image())
    return frames


def _orbits(board: Canvas, t: float) -> None:
    w, h = board.width, board.height
    board.rect(0, 0, w, h, _INK)
    board.circle(w / 2, h / 2, 22, board.radial([(0, "#fff3d0"), (1, _SAND)]))
    for i, colour in enumerate(("#56b4e9", "#e69f00", "#009e73", "#cc79a7")):
        r = 48 + i * 30
        board.circle(w / 2, h / 2, r, "none", extra='stroke="#ffffff" stroke-opacity="0.15" stroke-width="1.5"')
        a = t * 2 * math.pi * (4 - i) + i
        board.circle(w / 2 + r * math.cos(a), h / 2 + r * math.sin(a), 8 + i, colour)


def _bars(board: Canvas, t: float) -> None:
    w, h = board.width, board.height
    board.rect(0, 0, w, h, _SURFACE)
    for i in range(9):
        tall = h * (0.2 + 0.5 * (0.5 + 0.5 * math.sin(t * 2 * math.pi + i * 0.7)))
        board.rect(w * (0.09 + i * 0.092), h * 0.86 - tall, w * 0.066, tall, blend(_LAKE, _SAND, i / 8), r=6)


def _sea(board: Canvas, t: float) -> None:
    w, h = board.width, board.height
    board.rect(0, 0, w, h, board.linear([(0, "#8a5a83"), (0.6, "#ffc371")]))
    board.circle(w * 0.5, h * 0.52, 46, "#fff1c0")
    for i in range(5):
        pairs = [
            (x * w, h * (0.55 + i * 0.09) + 8 * math.sin(x * 9 + i * 1.3 + (1 if i % 2 else -1) * t * 2 * math.pi))
            for x in np.linspace(-0.02, 1.02, 18).tolist()
        ]
        board.path(f"{smooth_path(pairs)}V{h}H0Z", fill=blend("#56b4e9", _INK, i / 4))


def _pulse(board: Canvas, t: float) -> None:
    w, h = board.width, board.height
    board.rect(0, 0, w, h, _LAKE)
    for i in range(4):
        share = (t + i / 4) % 1
        board.circle(
            w / 2,
            h / 2,
            20 + share * min(w, h) * 0.48,
            "none",
            extra=f'stroke="#ffffff" stroke-width="{3 + 5 * (1 - share):.1f}" stroke-opacity="{1 - share:.2f}"',
        )
    board.circle(w / 2, h / 2, 22, _SAND)


def _loading(board: Canvas, t: float) -> None:
    w, h = board.width, board.height
    board.rect(0, 0, w, h, "#ffffff")
    for i in range(12):
        a = i / 12 * 2 * math.pi
        share = (i / 12 - t) % 1
        x, y = w / 2 + 70 * math.cos(a), h / 2 + 70 * math.sin(a)
        board.circle(x, y, 6 + 8 * (1 - share), blend(_LAKE, "#ffffff", share * 0.85))


def _rose(board: Canvas, t: float) -> None:
    w, h = board.width, board.height
    board.rect(0, 0, w, h, "#2b1220")
    for k in range(7):
        pairs: list[Point] = []
        for i in range(91):
            a = i / 90 * 2 * math.pi
            r = min(w, h) * (0.1 + 0.045 * k) * (1 + 0.28 * math.cos(5 * a + t * 2 * math.pi + k * 0.35))
            pairs.append((w / 2 + r * math.cos(a), h / 2 + r * math.sin(a)))
        board.path(smooth_path(pairs), stroke=blend("#e4572e", "#fbe8c8", k / 6), width=3.2)


LOOPS: Final[dict[str, Callable[[Canvas, float], None]]] = {
    "orbits": _orbits, "bars": _bars, "sea": _sea, "pulse": _pulse, "loading": _loading, "rose": _rose,
}  # fmt: skip
