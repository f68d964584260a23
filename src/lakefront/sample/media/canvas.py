"""A small drawing board: vector shapes gathered as SVG, rasterised by resvg, with labels set by Pillow on top.

Labels use the font inside Pillow, never one of the machine's, so that the pixels are the same everywhere.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import resvg_py
from PIL import Image, ImageDraw, ImageFont

Point = tuple[float, float]


@dataclass(frozen=True)
class _Label:
    x: float
    y: float
    text: str
    size: float
    fill: str
    anchor: str
    bold: bool


def number(value: float) -> str:
    """Return a coordinate with at most two decimals."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def numbers(*values: float) -> str:
    """Return coordinates with blanks between them, as path data takes them."""
    return " ".join(number(value) for value in values)


def points(pairs: Iterable[Point]) -> str:
    """Return the points of a polygon."""
    return " ".join(f"{number(x)},{number(y)}" for x, y in pairs)


def smooth_path(pairs: Sequence[Point], *, tension: float = 0.5) -> str:
    """Return the path data of a Catmull-Rom curve through the points."""
    data = [f"M{number(pairs[0][0])} {number(pairs[0][1])}"]
    for i in range(len(pairs) - 1):
        before, here, there = pairs[max(i - 1, 0)], pairs[i], pairs[i + 1]
        after = pairs[min(i + 2, len(pairs) - 1)]
        pull = tension / 3 * 2
        first = (here[0] + (there[0] - before[0]) * pull / 2, here[1] + (there[1] - before[1]) * pull / 2)
        second = (there[0] - (after[0] - here[0]) * pull / 2, there[1] - (after[1] - here[1]) * pull / 2)
        data.append("C" + " ".join(f"{number(x)} {number(y)}" for x, y in (first, second, there)))
    return "".join(data)


class Canvas:
    """Shapes in drawing order, in user units of one pixel at scale 1."""

    def __init__(self, width: int, height: int, background: str | None = None) -> None:
        self.width = width
        self.height = height
        self._defs: list[str] = []
        self._body: list[str] = []
        self._labels: list[_Label] = []
        self._size = (width, height)
        if background:
            self.rect(0, 0, width, height, background)

    def add(self, markup: str) -> None:
        """Add markup as it is."""
        self._body.append(markup)

    def linear(self, stops: Sequence[tuple[float, str] | tuple[float, str, float]], *, to: Point = (0, 1)) -> str:
        """Define a linear gradient from the box's top left towards `to`; return the paint."""
        return self._gradient(f'linearGradient x1="0" y1="0" x2="{to[0]}" y2="{to[1]}"', "linearGradient", stops)

    def radial(
        self,
        stops: Sequence[tuple[float, str] | tuple[float, str, float]],
        *,
        centre: Point = (0.5, 0.5),
        radius: float = 0.5,
    ) -> str:
        """Define a radial gradient in units of the shape's box; return the paint."""
        opening = f'radialGradient cx="{centre[0]}" cy="{centre[1]}" r="{radius}"'
        return self._gradient(opening, "radialGradient", stops)

    def _gradient(self, opening: str, name: str, stops: Sequence[tuple[float, str] | tuple[float, str, float]]) -> str:
        key = f"g{len(self._defs)}"
        inner = "".join(
            f'<stop offset="{stop[0]}" stop-color="{stop[1]}"'
            + (f' stop-opacity="{stop[2]}"' if len(stop) == 3 else "")
            + "/>"
            for stop in stops
        )
        self._defs.append(f'<{opening} id="{key}">{inner}</{name}>')
        return f"url(#{key})"

    def blur(self, deviation: float) -> str:
        """Define a blur; return the attribute that applies it."""
        key = f"f{len(self._defs)}"
        self._defs.append(
            f'<filter id="{key}" x="-50%" y="-50%" width="200%" height="200%">'
            f'<feGaussianBlur stdDeviation="{number(deviation)}"/></filter>'
        )
        return f'filter="url(#{key})"'

    def clip(self, markup: str) -> str:
        """Define a clipping shape; return the attribute that applies it."""
        key = f"c{len(self._defs)}"
        self._defs.append(f'<clipPath id="{key}">{markup}</clipPath>')
        return f'clip-path="url(#{key})"'

    def rect(self, x: float, y: float, w: float, h: float, fill: str, *, r: float = 0, extra: str = "") -> None:
        """Draw a rectangle with corner radius r."""
        corner = f' rx="{number(r)}"' if r else ""
        self._body.append(
            f'<rect x="{number(x)}" y="{number(y)}" width="{number(max(w, 0))}" height="{number(max(h, 0))}"'
            f'{corner} fill="{fill}" {extra}/>'
        )

    def circle(self, x: float, y: float, r: float, fill: str, *, extra: str = "") -> None:
        """Draw a disc."""
        self._body.append(f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(r)}" fill="{fill}" {extra}/>')

    def ellipse(self, x: float, y: float, rx: float, ry: float, fill: str, *, extra: str = "") -> None:
        """Draw an ellipse."""
        self._body.append(
            f'<ellipse cx="{number(x)}" cy="{number(y)}" rx="{number(rx)}" ry="{number(ry)}" fill="{fill}" {extra}/>'
        )

    def polygon(self, pairs: Iterable[Point], fill: str, *, extra: str = "") -> None:
        """Draw a filled polygon."""
        self._body.append(f'<polygon points="{points(pairs)}" fill="{fill}" {extra}/>')

    def path(self, data: str, *, fill: str = "none", stroke: str = "none", width: float = 1, extra: str = "") -> None:
        """Draw path data, with round joins and caps."""
        self._body.append(
            f'<path d="{data}" fill="{fill}" stroke="{stroke}" stroke-width="{number(width)}" '
            f'stroke-linecap="round" stroke-linejoin="round" {extra}/>'
        )

    def line(self, a: Point, b: Point, stroke: str, width: float = 1, *, extra: str = "") -> None:
        """Draw a straight line."""
        self.path(
            f"M{number(a[0])} {number(a[1])}L{number(b[0])} {number(b[1])}", stroke=stroke, width=width, extra=extra
        )

    def text(
        self, x: float, y: float, text: str, size: float, fill: str, *, anchor: str = "lm", bold: bool = False
    ) -> None:
        """Set a label, above all shapes; `anchor` is Pillow's (lm: left, middle)."""
        self._labels.append(_Label(x, y, text, size, fill, anchor, bold))

    def fit(self, width: int, height: int) -> None:
        """Set the size in pixels that the drawing is shown at; it keeps its own units."""
        self._size = (width, height)

    def source(self) -> str:
        """Return the shapes as an SVG document, without labels."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self._size[0]}" height="{self._size[1]}" '
            f'viewBox="0 0 {self.width} {self.height}"><defs>{"".join(self._defs)}</defs>{"".join(self._body)}</svg>'
        )

    def image(self, *, alpha: bool = False) -> Image.Image:
        """Rasterise at the size of `fit`; RGB on white, or RGBA when `alpha`."""
        scale = self._size[0] / self.width
        data = resvg_py.svg_to_bytes(svg_string=self.source(), skip_system_fonts=True)
        raster = Image.open(io.BytesIO(data), formats=["PNG"])
        raster.load()
        raster = raster.convert("RGBA")
        if not alpha:
            white = Image.new("RGB", raster.size, "white")
            white.paste(raster, mask=raster.getchannel("A"))
            raster = white
        pen = ImageDraw.Draw(raster)
        for label in self._labels:
            size = max(label.size * scale, 4)
            pen.text(
                (label.x * scale, label.y * scale),
                label.text,
                fill=label.fill,
                font=_font(round(size, 1)),
                anchor=label.anchor,
                stroke_width=size * 0.028 if label.bold else 0,
            )
        return raster


@lru_cache(maxsize=64)
def _font(size: float) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):  # Pillow built without FreeType: no wheel is
        raise TypeError("Pillow's FreeType support is needed to set labels")
    return font
