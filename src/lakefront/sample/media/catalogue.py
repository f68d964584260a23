"""The list of all sample media, what repeats what, and when each came in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import numpy as np

from lakefront.sample.media.item import Item
from lakefront.sample.media.noise import rng_for
from lakefront.sample.media.pictures import pictures

DAYS: Final = 60

_COPIED: Final = (
    "landscape-alps-noon", "landscape-hills-noon", "product-mug", "product-bottle", "chart-lines-0", "portrait-3",
    "art-mesh", "skyline-0", "planet-0", "texture-5", "product-car", "chart-heat",
)  # fmt: skip
_VARIED: Final = (
    ("landscape-fjord-overcast", "smaller"), ("landscape-autumn-noon", "brighter"), ("landscape-alps-night", "cropped"),
    ("landscape-volcanic-dusk", "again"), ("landscape-mesa-sunset", "warmer"), ("skyline-2", "smaller"),
    ("skyline-4", "brighter"),
    ("forest-0", "again"), ("sea-sunset", "cropped"), ("product-vase", "smaller"), ("product-camera", "brighter"),
    ("product-teapot", "again"), ("planet-1", "smaller"), ("texture-4", "brighter"), ("relief-0", "again"),
    ("product-clock", "cropped"),
)  # fmt: skip


def _repeated(items: list[Item]) -> Iterator[Item]:
    def find(start: str) -> Item:
        return next(item for item in items if item.name.startswith(start))

    for start in _COPIED:
        first = find(start)
        yield replace(first, name=f"{first.name}-copy", of=first.name, title=f"{first.title} (copy)")
    for start, change in _VARIED:
        first = find(start)
        share = {"smaller": 0.62, "cropped": 0.976}.get(change, 1.0)
        yield replace(
            first,
            name=f"{first.name}-{change}",
            of=first.name,
            change=change,
            title=f"{first.title}, {change if change != 'again' else 'saved again'}",
            width=round(first.width * share),
            height=round(first.height * share),
            quality=58 if change == "again" else 0,
            format="jpg" if change == "again" or first.format == "png" else first.format,
            exif={},
        )


def _sounds() -> Iterator[Item]:
    sounds: tuple[tuple[str, str, str, int, dict[str, Any]], ...] = (
        ("tone", "Tuning tone, A4", "wav", 3, {"pitch": 69}),
        ("tone", "Low tone", "flac", 4, {"pitch": 45}),
        ("tone", "Sweep up", "wav", 5, {"pitch": 50, "sweep": True}),
        ("chord", "C major", "mp3", 4, {"root": 60, "form": "major"}),
        ("chord", "A minor", "ogg", 4, {"root": 57, "form": "minor"}),
        ("chord", "F major seventh", "flac", 5, {"root": 53, "form": "seventh"}),
        ("chord", "D suspended", "mp3", 5, {"root": 62, "form": "suspended"}),
        ("melody", "Morning tune", "mp3", 8, {"tempo": 96}),
        ("melody", "Walk by the lake", "ogg", 10, {"tempo": 112}),
        ("melody", "Lantern song", "flac", 9, {"tempo": 84}),
        ("melody", "Small waltz", "mp3", 12, {"tempo": 132}),
        ("melody", "자장가", "ogg", 11, {"tempo": 72}),
        ("drums", "Straight beat", "wav", 6, {"tempo": 100}),
        ("drums", "Slow beat", "mp3", 8, {"tempo": 78}),
        ("drums", "Fast beat", "ogg", 6, {"tempo": 140}),
        ("drums", "Broken beat", "flac", 7, {"tempo": 92, "swing": True}),
        ("arpeggio", "Arpeggio, bright", "mp3", 8, {"root": 60}),
        ("arpeggio", "Arpeggio, deep", "ogg", 9, {"root": 48}),
        ("arpeggio", "Music box", "flac", 7, {"root": 72}),
        ("bell", "Notification", "wav", 2, {"pitch": 84}),
        ("bell", "Doorbell", "mp3", 3, {"pitch": 76}),
        ("rain", "Rain on the roof", "ogg", 12, {}),
        ("rain", "파도 소리", "mp3", 12, {"waves": True}),
        ("pad", "Evening pad", "ogg", 12, {"root": 50}),
    )  # fmt: skip
    for i, (recipe, title, fmt, seconds, params) in enumerate(sounds):
        tag = "product" if recipe == "bell" else "user" if i % 3 else "other"
        yield Item(
            f"sound-{i}", "audio", recipe, fmt, title, tag, ("sound", recipe), seconds=seconds, params=dict(params)
        )


def _films() -> Iterator[Item]:
    films = (
        ("sunrise", "Sunrise over the hills", "mp4", 5, (640, 360)),
        ("sail", "Boat crossing the bay", "webm", 5, (640, 360)),
        ("orbit", "Planets in orbit", "mp4", 4, (480, 480)),
        ("traffic", "City traffic at night", "mp4", 4, (640, 360)),
        ("rainy", "Rain on the window", "webm", 4, (360, 640)),
        ("plasma", "Colours in motion", "mp4", 3, (640, 360)),
        ("turntable", "Teapot on a turntable", "mp4", 4, (400, 400)),
        ("race", "Bar chart race", "webm", 5, (640, 360)),
        ("snow", "눈 내리는 밤", "mp4", 5, (640, 360)),
        ("waves", "Paper waves, moving", "webm", 4, (640, 360)),
        ("spectrum", "Music with its spectrum", "mp4", 6, (640, 360)),
        ("spark", "Fireworks", "mp4", 4, (360, 640)),
    )  # fmt: skip
    tags = {"turntable": "product", "race": "analytics", "spectrum": "analytics"}
    for i, (recipe, title, fmt, seconds, size) in enumerate(films):
        yield Item(
            f"film-{i}",
            "video",
            recipe,
            fmt,
            title,
            tags.get(recipe, ("user", "other")[i % 2]),
            ("video", recipe),
            size[0],
            size[1],
            seconds=seconds,
        )


def catalogue() -> list[Item]:
    """Return every sample asset, always in the same order."""
    images = pictures()
    items = [*images, *_repeated(images), *_sounds(), *_films()]
    rng = rng_for("sources")
    sources = rng.choice(["manual", "batch", "api"], len(items), p=[0.42, 0.36, 0.22])
    indexed = rng.random(len(items)) > 0.07
    return [
        replace(item, source_system=str(source), is_indexed=bool(known))
        for item, source, known in zip(items, sources, indexed, strict=True)
    ]


def upload_times(items: list[Item], until: dt.date) -> dict[str, dt.datetime]:
    """Return when each item came in: on 60 days that end on `until`, more of them late, copies after originals.

    Times have whole milliseconds, as the ids made from them.
    """
    rng = rng_for("uploads")
    day = np.arange(DAYS)
    weights = (0.35 + (day / DAYS) ** 1.6) * np.where((until.toordinal() - DAYS + 1 + day) % 7 >= 5, 0.55, 1.0)
    repeated = {item.of for item in items if item.of is not None}
    front = [next(item.name for item in items if item.name.startswith(start)) for start in _FRONT]
    # First what is seen first, then what is repeated (early enough for its copies), then all others.
    ranked = {
        item.name: 0 if item.name in set(front) else 1 if item.name in repeated else 2
        for item in items
        if item.of is None
    }
    firsts = sorted((item for item in items if item.of is None), key=lambda item: ranked[item.name])
    shown = len(front)
    days = np.concatenate([day[:-2], rng.choice(day[:-2], len(firsts) - shown - DAYS + 2, p=_shares(weights[:-2]))])
    rng.shuffle(days)
    early = np.flatnonzero(days < DAYS - 12)[: len(repeated)]
    order = np.concatenate([early, np.setdiff1d(np.arange(len(days)), early)])
    start = dt.datetime.combine(until - dt.timedelta(days=DAYS - 1), dt.time(), dt.UTC)
    times: dict[str, dt.datetime] = {}
    for item, at in zip(firsts[shown:], days[order], strict=True):
        times[item.name] = start + dt.timedelta(days=int(at), milliseconds=_time_of_day(rng))
    last = start + dt.timedelta(days=DAYS - 1, hours=18, minutes=40)
    for place, name in enumerate(front):
        times[name] = last - dt.timedelta(minutes=47 * place, milliseconds=int(rng.integers(0, 1_500_000)))
    for item in items:
        if item.of is not None:
            later = times[item.of] + dt.timedelta(
                days=int(rng.integers(0, 9)), milliseconds=int(rng.integers(60_000, 7_200_000))
            )
            times[item.name] = later
    return times


_FRONT: Final = (
    "landscape-alps-sunset", "product-headphones", "portrait-8", "chart-dashboard", "art-flow", "planet-4", "film-6",
    "skyline-5", "sound-7", "product-sneaker", "relief-1", "forest-1", "art-cells", "map-day-0", "product-lamp",
    "landscape-arctic-aurora", "portrait-20", "chart-ridges", "product-duck", "art-waves", "leaves-0", "screen-music",
    "texture-8", "product-still", "animation-orbits", "film-9", "landscape-fjord-dusk", "nebula-1", "portrait-11",
    "product-armchair", "chart-ring",
)  # fmt: skip


def _shares(weights: np.ndarray) -> np.ndarray:
    return weights / weights.sum()


def _time_of_day(rng: np.random.Generator) -> int:
    hour = float(np.clip(rng.normal(13.5, 4.2), 0.1, 23.8))
    return int(hour * 3_600_000) + int(rng.integers(0, 60_000))
