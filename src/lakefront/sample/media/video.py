"""Films from the catalogue's words: a few seconds of moving scenes, encoded as H.264 in MP4 or VP9 in WebM."""

from __future__ import annotations

import itertools
import math
import tempfile
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Final, cast

import av
import numpy as np
from PIL import Image

from lakefront.sample.media import goods, motion, noise, scenes, studio, terrain
from lakefront.sample.media.audio import add_sound, synthesise
from lakefront.sample.media.canvas import Canvas, smooth_path
from lakefront.sample.media.charts import DARK, SERIES
from lakefront.sample.media.item import Item
from lakefront.sample.media.noise import Plane, blend

Frames = Iterator[Image.Image]
_FPS: Final = 20
_RATE: Final = 48_000


def _pan(picture: Image.Image, width: int, height: int, count: int, *, zoom: float = 1.18) -> Frames:
    """Move slowly into a picture."""
    for i in range(count):
        share = i / max(count - 1, 1)
        size = 1 / (1 + (zoom - 1) * share)
        box_w = picture.width * size
        box_h = min(box_w * height / width, picture.height)
        left = (picture.width - box_w) * (0.3 + 0.4 * share)
        top = (picture.height - box_h) * 0.5
        yield picture.resize((width, height), Image.Resampling.BILINEAR, box=(left, top, left + box_w, top + box_h))


def sunrise(rng: np.random.Generator, width: int, height: int, count: int) -> Frames:
    """Light comes up over hills."""
    scene = terrain.landscape(rng, 960, 540, ground="hills", hour="morning")
    for i, frame in enumerate(_pan(scene, width, height, count)):
        share = i / count
        pixels = np.asarray(frame, dtype=np.float32) / 255
        tint = noise.hex_rgb("#7a5a9a") * (1 - share) + noise.hex_rgb("#fff4e0") * share
        yield noise.picture(pixels * tint * (0.45 + 0.6 * share))


def sail(rng: np.random.Generator, width: int, height: int, count: int) -> Frames:
    """A boat crosses a bay."""
    water = np.asarray(scenes.sea(rng, width, height, hour="sunset", sails=0))
    boat = Canvas(90, 110)
    boat.path("M10 84h72l-14 16h-46z", fill="#2b1f2f")
    boat.polygon([(44, 80), (44, 6), (78, 80)], "#fff3e2")
    boat.polygon([(40, 80), (40, 18), (14, 80)], "#f0c9a8")
    drawn = boat.image(alpha=True)
    horizon = int(height * 0.52)
    rows = np.arange(height)
    for i in range(count):
        sway = np.where(rows > horizon, np.sin(rows * 0.35 + i * 0.5) * (rows - horizon) / height * 9, 0).astype(int)
        columns = (np.arange(width)[None, :] + sway[:, None]) % width
        frame = Image.fromarray(water[rows[:, None], columns])
        bob = math.sin(i * 0.22) * 3
        frame.paste(drawn, (round(-60 + (width + 40) * i / count), round(horizon - 70 + bob)), drawn)
        yield frame


def orbit(_rng: np.random.Generator, width: int, height: int, count: int) -> Frames:
    """Planets go round a sun."""
    for i in range(count):
        board = Canvas(360, round(360 * height / width))
        motion.LOOPS["orbits"](board, i / count)
        board.fit(width, height)
        yield board.image()


def traffic(rng: np.random.Generator, width: int, height: int, count: int) -> Frames:
    """Lights move along a quay."""
    city = np.asarray(scenes.skyline(rng, width, height, hour="night"), dtype=np.float32) / 255
    lanes = [(0.8 + 0.045 * k, 1 if k % 2 else -1, rng.uniform(0, width, 9), rng.uniform(3, 6)) for k in range(4)]
    x = np.arange(width, dtype=np.float32)
    for i in range(count):
        frame = city.copy()
        for row, way, starts, speed in lanes:
            y, colour = int(row * height), noise.hex_rgb("#ffd9a0" if way > 0 else "#ff4b3a")
            for start in starts:
                at = (start + way * speed * i) % (width + 80) - 40
                trail = np.exp(-np.clip(way * (at - x), 0, None) / 26) * (way * (at - x) >= 0)
                frame[y - 2 : y + 2] += (trail[:, None] * colour)[None]
                frame[y + 4 : y + 14] += (trail[:, None] * colour)[None] * 0.12
        yield noise.picture(frame)


def rainy(rng: np.random.Generator, width: int, height: int, count: int) -> Frames:
    """Drops run down a window in front of city lights."""
    base = np.asarray(_bokeh(rng, width, height), dtype=np.float32) / 255
    x, y = np.arange(width, dtype=np.float32)[None, :], np.arange(height, dtype=np.float32)[:, None]
    drops = [
        (rng.uniform(0, width), rng.uniform(-height, height), rng.uniform(5, 13), rng.uniform(1.5, 7))
        for _ in range(46)
    ]
    for i in range(count):
        shift_x, shift_y = np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
        for cx, cy, r, speed in drops:
            at = (cy + speed * i) % (height * 1.2)
            left, top = int(max(cx - r - 1, 0)), int(max(at - r - 1, 0))
            right, bottom = int(min(cx + r + 2, width)), int(min(at + r * 1.5 + 2, height))
            dx, dy = (x[:, left:right] - cx) / r, (y[top:bottom] - at) / (r * 1.25)
            inside = dx**2 + dy**2 < 1
            shift_x[top:bottom, left:right] = np.where(inside, -dx * 46, shift_x[top:bottom, left:right])
            shift_y[top:bottom, left:right] = np.where(inside, -dy * 46, shift_y[top:bottom, left:right])
        rows = np.clip(y + shift_y, 0, height - 1).astype(np.int32)
        columns = np.clip(x + shift_x, 0, width - 1).astype(np.int32)
        shine = (
            np.clip(-(shift_x + shift_y) / 50, 0, 1)[..., None] * 0.0
            + np.clip((shift_x + shift_y) / 46, 0, 1)[..., None] ** 2 * 0.3
        )
        yield noise.picture(base[rows, columns] + shine)


def _bokeh(rng: np.random.Generator, width: int, height: int) -> Image.Image:
    board = Canvas(width, height, "#0c1526")
    for _ in range(60):
        colour = ("#ffb35c", "#ff6a5c", "#5cb8ff", "#ffe2a0", "#7affc0")[int(rng.integers(5))]
        r = float(rng.uniform(10, 34))
        board.circle(
            rng.uniform(0, width),
            rng.uniform(0.2, 1) * height,
            r,
            colour,
            extra=f'fill-opacity="{rng.uniform(0.12, 0.5):.2f}" stroke="{colour}" stroke-opacity="0.3"',
        )
    return board.image()


def plasma(_rng: np.random.Generator, width: int, height: int, count: int) -> Frames:
    """Colours drift through each other."""
    x, y = noise.grid(width // 2, height // 2)
    stops = [(0.0, "#0f2a3d"), (0.35, "#0b6e99"), (0.6, "#56b4e9"), (0.8, "#f2a65a"), (1.0, "#fbe8c8")]
    for i in range(count):
        t = i / count * 2 * math.pi
        field = (
            np.sin(x * 7 + t)
            + np.sin((y * 6 + x * 2) - t)
            + np.sin(np.hypot(x - 0.5 + 0.3 * math.cos(t), y - 0.5) * 12 - t)
        )
        yield noise.picture(noise.ramp((field / 6 + 0.5).astype(np.float32), stops)).resize(
            (width, height), Image.Resampling.BICUBIC
        )


def turntable(_rng: np.random.Generator, width: int, height: int, count: int) -> Frames:
    """A teapot turns; each view is shown for two frames."""
    backdrop, colours = studio.SCHEMES["lake"]
    pot = goods.GOODS["teapot"](*colours)
    shadow = studio.floor_shadow(pot, studio.Studio(backdrop))
    for i in range(0, count, 2):
        turn = i / count * 2 * math.pi
        eye = (4.2 * math.sin(turn), 1.7, 4.2 * math.cos(turn))
        view = studio.render(pot, studio.Studio(backdrop, eye=eye), width * 3 // 4, height * 3 // 4, shadow=shadow)
        frame = view.resize((width, height), Image.Resampling.BICUBIC)
        yield frame
        yield frame


def race(rng: np.random.Generator, width: int, height: int, count: int) -> Frames:
    """Bars overtake each other over the years."""
    names = ("Asia Pacific", "Europe", "North America", "Latin America", "Middle East", "Africa")
    start, growth, phase = rng.uniform(25, 60, 6), rng.uniform(-10, 40, 6), rng.uniform(0, 6, 6)
    places = np.argsort(np.argsort(-(start + 9 * np.sin(phase)))).astype(float)
    for i in range(count):
        share = i / count
        values = start + growth * share + 9 * np.sin(phase + share * 5)
        rank = np.argsort(np.argsort(-values))
        places += (rank - places) * 0.2
        board = Canvas(640, 360, DARK.surface)
        board.text(28, 32, "Orders by region", 20, DARK.ink, bold=True)
        board.text(612, 32, str(2016 + int(share * 10)), 26, DARK.faint, anchor="rm", bold=True)
        for k, name in enumerate(names):
            top = 62 + float(places[k]) * 48
            wide = float(values[k]) / 110 * 440
            board.rect(140, top, wide, 36, SERIES[k], r=5)
            board.text(130, top + 18, name, 13, DARK.ink, anchor="rm")
            board.text(148 + wide, top + 18, f"{values[k]:.0f}K", 13, DARK.faint)
        board.fit(width, height)
        yield board.image()


def snow(rng: np.random.Generator, width: int, height: int, count: int) -> Frames:
    """Snow falls on a wood at night."""
    wood = scenes.forest(rng, 960, 540, light="#5a6f96", dark="#0a1428", sky=("#18284a", "#6f83a8"))
    flakes = [
        (rng.uniform(0, width), rng.uniform(0, height), rng.uniform(1, 3.2), rng.uniform(0, 6)) for _ in range(150)
    ]
    for i, frame in enumerate(_pan(wood, width, height, count, zoom=1.1)):
        board = Canvas(width, height)
        for x, y, r, phase in flakes:
            board.circle(
                (x + 9 * math.sin(phase + i * 0.08) + i * 0.4 * r) % width,
                (y + i * (0.8 + r)) % height,
                r,
                "#ffffff",
                extra='fill-opacity="0.85"',
            )
        fall = board.image(alpha=True)
        frame.paste(fall, mask=fall.getchannel("A"))
        yield frame


def waves(_rng: np.random.Generator, width: int, height: int, count: int) -> Frames:
    """Sheets of paper roll like a sea."""
    for i in range(count):
        t = i / count * 2 * math.pi
        board = Canvas(width, height, "#fbe8c8")
        for k in range(6):
            pairs = [
                (
                    x * width,
                    height
                    * (
                        0.2
                        + 0.14 * k
                        + 0.05 * math.sin(x * 6 + k * 1.4 + t * (1 if k % 2 else -1))
                        + 0.02 * math.sin(x * 13 + t)
                    ),
                )
                for x in np.linspace(-0.02, 1.02, 16).tolist()
            ]
            data = f"{smooth_path(pairs)}V{height}H0Z"
            board.path(data, fill="#000000", extra='fill-opacity="0.12" transform="translate(0 -5)"')
            board.path(data, fill=blend("#f2a65a", "#0f2a3d", k / 5) if k else "#f3a712")
        yield board.image()


def spectrum(_rng: np.random.Generator, width: int, height: int, count: int) -> Frames:
    """Bars follow the music that goes with them."""
    sound = synthesise("film-spectrum", "melody", count / _FPS, _RATE, {"tempo": 104})[0]
    bars = np.zeros(32)
    _, y = noise.grid(width, height)
    ground = noise.ramp(y * np.ones((1, width), np.float32), [(0, "#0e1a24"), (1, "#0f2a3d")])
    tints = [noise.hex_rgb(blend("#56b4e9", "#f2a65a", k / 31)) for k in range(32)]
    for i in range(count):
        part = sound[int(i / _FPS * _RATE) : int(i / _FPS * _RATE) + 4096]
        power = np.abs(np.fft.rfft(np.pad(part, (0, 4096 - len(part))) * np.hanning(4096)))
        edges = np.geomspace(4, 700, 33).astype(int)
        now = np.array([power[a : max(b, a + 1)].mean() for a, b in itertools.pairwise(edges)])
        bars = np.maximum(bars * 0.82, np.clip(np.log1p(now) / 4.2, 0, 1))
        frame = ground.copy()
        for k, level in enumerate(bars.tolist()):
            x, tall = round(width * (0.05 + 0.9 * k / 32)), max(round(height * (0.03 + 0.66 * level)), 2)
            foot, wide = round(height * 0.8), round(width * 0.02)
            frame[foot - tall : foot, x : x + wide] = tints[k]
            frame[foot + 4 : foot + 4 + tall // 4, x : x + wide] = tints[k] * 0.25 + ground[foot + 4, x] * 0.75
        yield noise.picture(frame)


def spark(rng: np.random.Generator, width: int, height: int, count: int) -> Frames:
    """Fireworks rise, burst and fall."""
    glow: Plane = np.zeros((height, width, 3), dtype=np.float32)
    ground = np.linspace(0, 1, height, dtype=np.float32)[:, None, None] * noise.hex_rgb("#1a2547")
    bursts = [
        (int(b * count / 7), rng.uniform(0.2, 0.8) * width, rng.uniform(0.15, 0.5) * height, SERIES[b % 6])
        for b in range(7)
    ]
    spin = rng.uniform(0, 2 * math.pi, (7, 90))
    force = rng.uniform(0.35, 1.0, (7, 90))
    for i in range(count):
        glow *= 0.86
        for b, (start, cx, cy, colour) in enumerate(bursts):
            age = (i - start) / _FPS
            if 0 <= age < 1.8:
                reach = (1 - math.exp(-age * 2.6)) * width * 0.34
                px = cx + np.cos(spin[b]) * force[b] * reach
                py = cy + np.sin(spin[b]) * force[b] * reach + 60 * age**2
                inside = (px > 1) & (px < width - 2) & (py > 1) & (py < height - 2)
                columns, rows = px[inside].astype(int), py[inside].astype(int)
                for dx, dy in ((0, 0), (1, 0), (0, 1), (1, 1)):
                    glow[rows + dy, columns + dx] = noise.hex_rgb(blend(colour, "#ffffff", 0.35)) * (1.6 - age * 0.8)
        yield noise.picture(ground * np.ones((1, width, 1), np.float32) + np.clip(glow, 0, 1))


FILMS: Final[dict[str, Callable[[np.random.Generator, int, int, int], Frames]]] = {
    "sunrise": sunrise, "sail": sail, "orbit": orbit, "traffic": traffic, "rainy": rainy, "plasma": plasma,
    "turntable": turntable, "race": race, "snow": snow, "waves": waves, "spectrum": spectrum, "spark": spark,
}  # fmt: skip


def make_film(item: Item) -> bytes:
    """Return the file of a film. One thread encodes, and muxing is bit-exact: the bytes are always the same."""
    count = int(item.seconds * _FPS)
    webm = item.format == "webm"
    options = {"fflags": "+bitexact"} if webm else {"fflags": "+bitexact", "movflags": "+faststart"}
    # A real file, because moving the index to the front (for players that stream) reads it again.
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / f"film.{item.format}"
        with av.open(str(target), "w", format=item.format, options=options) as container:
            container.metadata["title"] = item.title
            stream = container.add_stream("libvpx-vp9" if webm else "libx264", rate=_FPS)
            stream.width, stream.height, stream.pix_fmt = item.width, item.height, "yuv420p"
            stream.time_base = Fraction(1, _FPS)
            stream.options = (
                {
                    "deadline": "realtime",
                    "cpu-used": "7",
                    "crf": "33",
                    "b": "0",
                    "threads": "1",
                    "row-mt": "0",
                    "g": str(_FPS),
                    "flags": "+bitexact",
                }
                if webm
                else {"preset": "veryfast", "crf": "23", "g": str(_FPS), "threads": "1", "flags": "+bitexact"}
            )
            voice = container.add_stream("aac", rate=_RATE) if item.recipe == "spectrum" else None
            if voice is not None:
                voice.layout = "stereo"
            for picture in FILMS[item.recipe](noise.rng_for("film", item.recipe), item.width, item.height, count):
                container.mux(stream.encode(cast("av.VideoFrame", av.VideoFrame.from_image(picture))))
            container.mux(stream.encode(None))
            if voice is not None:
                sound = synthesise("film-spectrum", "melody", item.seconds, _RATE, {"tempo": 104})
                add_sound(container, voice, (np.clip(sound, -1, 1) * 32_767).astype(np.int16), _RATE)
        return target.read_bytes()
