"""Screenshots of apps that don't exist, and small icons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image

from lakefront.sample.media import noise
from lakefront.sample.media.canvas import Canvas
from lakefront.sample.media.noise import blend

_INK, _FAINT, _RULE, _PALE = "#12293b", "#7d8e9c", "#e3e9ef", "#c3ced8"
_FACES: Final = ("#e07a5f", "#81b29a", "#f2cc8f", "#6a4fa3", "#56b4e9")
_SHELF: Final = ("#f3cfd0", "#c5e3d2", "#bfdcea", "#f6cf73", "#d8cdea", "#ecd9c0")


@dataclass(frozen=True)
class _Window:
    """The inside of an app's window: left, top, width and height of its content. Narrow ones have no side bar."""

    board: Canvas
    rng: np.random.Generator
    x: float
    y: float
    w: float
    h: float
    accent: str
    narrow: bool

    def words(self, x: float, y: float, length: float, *, size: float = 10, colour: str = _RULE) -> None:
        """Draw a bar where a line of text would be."""
        self.board.rect(x, y, length, size, colour, r=size / 2)

    def pick(self, colours: tuple[str, ...]) -> str:
        return colours[int(self.rng.integers(len(colours)))]


def screen(rng: np.random.Generator, width: int, height: int, *, kind: str, accent: str = "#0b6e99") -> Canvas:
    """Draw an app; `kind` is a key of `APPS`."""
    w = 1200 if width >= height else 600
    h = round(w * height / width)
    board = Canvas(w, h, "#e9eef3")
    x, y, wide = w * 0.03, h * 0.045, w * 0.94
    board.rect(x, y + 8, wide, h * 0.91, "#0f2a3d", r=18, extra='fill-opacity="0.16"')
    board.rect(x, y, wide, h * 0.91, "#ffffff", r=16)
    for i, colour in enumerate(("#ff6058", "#ffbd2e", "#28c840")):
        board.circle(x + 24 + i * 22, y + 24, 7, colour)
    board.rect(x + w * 0.3, y + 13, w * 0.34, 22, "#f0f3f6", r=11)
    top, tall = y + 50, h * 0.91 - 50
    board.line((x, top), (x + wide, top), _RULE, 1.5)
    side = wide * 0.2 if w == 1200 else 0.0
    window = _Window(board, rng, x + side + 24, top, wide - side - 48, tall, accent, narrow=not side)
    if side:
        board.path(f"M{x} {top}h{side}v{tall}h{-side + 16}q-16 0 -16 -16z", fill="#f6f9fb")
        board.rect(x + 18, top + 20, side - 36, 38, accent, r=10)
        for i in range(7):
            board.rect(x + 22, top + 84 + i * 42, 20, 20, "#c9d5df" if i else accent, r=6)
            length = side * rng.uniform(0.35, 0.6)
            window.words(x + 54, top + 89 + i * 42, length, colour="#b7c5d1" if i else _INK)
    APPS[kind](window)
    board.fit(width, height)
    return board


def _kanban(window: _Window) -> None:
    board, rng = window.board, window.rng
    columns = 2 if window.narrow else 4
    for column in range(columns):
        x, w = window.x + column * window.w / columns, window.w / columns - 14
        board.rect(x, window.y + 22, w, window.h - 44, "#f3f6f9", r=12)
        window.words(x + 14, window.y + 40, w * 0.5, size=12, colour=_INK)
        y = window.y + 70
        while y < window.y + window.h - 130:
            tall = rng.uniform(74, 128)
            board.rect(x + 10, y, w - 20, tall, "#ffffff", r=10, extra=f'stroke="{_RULE}"')
            board.rect(x + 22, y + 14, 44, 9, window.pick(("#2e8b57", "#d98e04", "#c8443c", window.accent)), r=4)
            window.words(x + 22, y + 34, (w - 60) * rng.uniform(0.6, 1), colour=_PALE)
            window.words(x + 22, y + 52, (w - 60) * rng.uniform(0.3, 0.7))
            y += tall + 10


def _music(window: _Window) -> None:
    board, x, y, w, h = window.board, window.x, window.y, window.w, window.h
    glow = board.linear([(0, window.accent), (1, blend(window.accent, "#f2a65a", 0.7))], to=(1, 1))
    board.rect(x, y + 22, w, h * 0.34, glow, r=14)
    window.words(x + 30, y + 60, w * 0.3, size=22, colour="#ffffff")
    window.words(x + 30, y + 98, w * 0.18, size=12, colour=blend(window.accent, "#ffffff", 0.6))
    count, top = 3 if window.narrow else 5, y + h * 0.34 + 48
    for i in range(count):
        left, size = x + i * w / count, w / count - 14
        hue = ("#e07a5f", "#3d405b", "#81b29a", "#f2cc8f", "#6a4fa3")[i]
        cover = board.linear([(0, hue), (1, blend(hue, "#000000", 0.35))], to=(1, 1))
        board.rect(left, top, size, size, cover, r=12)
        board.circle(left + size / 2, top + size / 2, size * 0.24, "#ffffff", extra='fill-opacity="0.25"')
        window.words(left, top + size + 14, size * 0.7, colour=_INK)
        window.words(left, top + size + 34, size * 0.45)
    window.words(x, y + h - 40, w, size=8)
    window.words(x, y + h - 40, w * 0.42, size=8, colour=window.accent)
    board.circle(x + w * 0.42, y + h - 36, 10, window.accent)


def _chat(window: _Window) -> None:
    board, rng = window.board, window.rng
    y = window.y + 30
    while y < window.y + window.h - 90:
        mine, w, tall = rng.random() < 0.45, window.w * rng.uniform(0.28, 0.52), rng.uniform(44, 92)
        x = window.x + window.w - w if mine else window.x + 46
        board.rect(x, y, w, tall, window.accent if mine else "#eef2f6", r=18)
        line = blend(window.accent, "#ffffff", 0.6) if mine else "#c5d0da"
        for i in range(int(tall // 30)):
            window.words(x + 20, y + 18 + i * 22, (w - 40) * rng.uniform(0.6, 1), colour=line)
        if not mine:
            board.circle(window.x + 16, y + 18, 16, window.pick(_FACES))
        y += tall + 16
    board.rect(window.x, window.y + window.h - 62, window.w, 42, "#f3f6f9", r=21)


def _shop(window: _Window) -> None:
    board, columns = window.board, 2 if window.narrow else 4
    size = window.w / columns - 16
    for i in range(columns * 3):
        x, y = window.x + (i % columns) * window.w / columns, window.y + 24 + (i // columns) * (size + 62)
        if y + size > window.y + window.h - 20:
            break
        hue = window.pick(_SHELF)
        board.rect(x, y, size, size, hue, r=14)
        board.ellipse(x + size / 2, y + size * 0.78, size * 0.26, size * 0.05, blend(hue, "#000000", 0.2))
        corner = float(window.rng.choice([8, 30]))
        board.rect(x + size * 0.34, y + size * 0.26, size * 0.32, size * 0.52, blend(hue, _INK, 0.55), r=corner)
        window.words(x, y + size + 12, size * 0.6, colour=_INK)
        window.words(x, y + size + 32, size * 0.3, colour=window.accent)


def _mail(window: _Window) -> None:
    board, rng = window.board, window.rng
    row = max(window.h / 9, 54)
    for i in range(int((window.h - 20) / row)):
        y = window.y + 12 + i * row
        if i == 1:
            board.rect(window.x - 8, y, window.w + 16, row, blend(window.accent, "#ffffff", 0.9), r=8)
        board.circle(window.x + 22, y + row / 2, 17, window.pick(_FACES))
        window.words(window.x + 56, y + row * 0.28, window.w * rng.uniform(0.12, 0.2), size=11, colour=_INK)
        window.words(window.x + 56, y + row * 0.58, window.w * rng.uniform(0.4, 0.75), size=9)
        window.words(window.x + window.w - 70, y + row * 0.28, 56, size=9, colour=_FAINT if i < 2 else _RULE)


APPS: Final[dict[str, Callable[[_Window], None]]] = {
    "kanban": _kanban, "music": _music, "chat": _chat, "shop": _shop, "mail": _mail,
}  # fmt: skip


_SPRITES: Final[dict[str, tuple[str, ...]]] = {
    "heart": ("00000000", "01100110", "11111111", "11111111", "11111111", "01111110", "00111100", "00011000"),
    "star": ("00011000", "00011000", "11111111", "01111110", "00111100", "01111110", "01100110", "11000011"),
    "house": ("00011000", "00111100", "01111110", "11111111", "01111110", "01100110", "01100110", "01100110"),
    "drop": ("00010000", "00010000", "00111000", "00111000", "01111100", "01111100", "01111100", "00111000"),
    "bolt": ("00001110", "00011100", "00111000", "01111110", "00011100", "00111000", "00110000", "01100000"),
    "leaf": ("00000011", "00001111", "00111111", "01111110", "01111110", "01111100", "01111000", "10000000"),
}


def icon(_rng: np.random.Generator, width: int, height: int, *, sprite: str, colour: str) -> Image.Image:
    """Draw a small pixel icon on a transparent ground."""
    rows = _SPRITES[sprite]
    small = Image.new("RGBA", (8, 8), (0, 0, 0, 0))
    for y, row in enumerate(rows):
        for x, mark in enumerate(row):
            if mark == "1":
                shade = noise.hex_rgb(blend(colour, "#ffffff", 0.3 * (1 - y / 7)))
                small.putpixel((x, y), (*(int(c * 255) for c in shade), 255))
    return small.resize((width, height), Image.Resampling.NEAREST)
