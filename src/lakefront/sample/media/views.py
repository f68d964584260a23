"""The landscapes and drawn scenes of the catalogue."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final

import numpy as np

from lakefront.sample.media.item import Item, image_item
from lakefront.sample.media.noise import rng_for

_WIDE, _TALL, _SQUARE = (1200, 800), (864, 1200), (1000, 1000)

_GROUNDS: Final = {
    "alps": ("Alpine lake", "알프스 호수", (46.58, 8.0, 1480)),
    "autumn": ("Autumn mountains", "가을 산", (38.12, 128.46, 760)),
    "fjord": ("Fjord", "피오르", (61.22, 6.72, 12)),
    "desert": ("Dunes", "사막의 모래 언덕", (31.1, -3.98, 690)),
    "mesa": ("Red canyon", "붉은 협곡", (36.99, -110.1, 1610)),
    "hills": ("Green hills", "초록 언덕", (43.06, 11.6, 320)),
    "arctic": ("Arctic bay", "북극의 만", (78.22, 15.63, 8)),
    "volcanic": ("Volcanic coast", "화산 해안", (33.46, 126.94, 25)),
}
_HOURS: Final = {
    "noon": ("at noon", "한낮의"), "morning": ("in the morning", "아침의"), "sunset": ("at sunset", "해 질 녘"),
    "rose": ("in rose light", "장밋빛"), "overcast": ("under grey skies", "흐린 날의"),
    "dusk": ("at dusk", "땅거미 진"),
    "night": ("at night", "한밤의"), "aurora": ("under the aurora", "오로라 아래"),
}  # fmt: skip
_VIEWS: Final = (
    "alps noon, alps sunset, alps morning, alps night, alps aurora, autumn rose, autumn noon, autumn overcast, "
    "fjord morning, fjord overcast, fjord dusk, fjord sunset, desert sunset, desert noon, desert night, mesa noon, "
    "mesa sunset, mesa dusk, hills morning, hills noon, hills rose, arctic aurora, arctic noon, arctic dusk, "
    "volcanic dusk, volcanic sunset, fjord aurora, alps dusk"
)
_CAMERAS: Final = (
    ("Norden", "N7"),
    ("Norden", "N7 Pro"),
    ("Halla", "H-100"),
    ("Brightwater", "Field 2"),
    ("Kestrel", "K5"),
)


def _photo(
    rng: np.random.Generator, place: tuple[float, float, int] | None, *, upright: bool = False
) -> dict[str, str]:
    make, model = _CAMERAS[int(rng.integers(len(_CAMERAS)))]
    taken = dt.datetime(2026, 3, 1, tzinfo=dt.UTC) + dt.timedelta(minutes=int(rng.integers(0, 60 * 24 * 120)))
    exif = {
        "make": make,
        "model": model,
        "taken": taken.strftime("%Y:%m:%d %H:%M:%S"),
        "artist": ("Mina Park", "Jonas Weber", "Aisha Bello", "Sora Kim")[int(rng.integers(4))],
        "speed": str(rng.choice([30, 60, 125, 250, 500, 1000])),
        "aperture": str(rng.choice([1.8, 2.8, 4.0, 5.6, 8.0])),
        "iso": str(rng.choice([100, 200, 400, 800, 1600])),
        "focal": str(rng.choice([16, 24, 35, 50, 85])),
    }
    if place:
        exif |= {
            "lat": f"{place[0] + float(rng.uniform(-0.2, 0.2)):.5f}",
            "lon": f"{place[1] + float(rng.uniform(-0.2, 0.2)):.5f}",
            "altitude": str(place[2]),
        }
    if upright:
        exif["orientation"] = "6"
    return exif


def landscapes() -> Iterator[Item]:
    """Yield views over land and water; most JPEGs of them say which camera took them and where."""
    large = {"alps sunset": 1, "fjord morning": 1, "mesa noon": 1}
    for i, view in enumerate(_VIEWS.split(", ")):
        ground, hour = view.split()
        rng = rng_for("exif", view)
        korean = i % 7 == 5
        title = f"{_HOURS[hour][1]} {_GROUNDS[ground][1]}" if korean else f"{_GROUNDS[ground][0]} {_HOURS[hour][0]}"
        upright = i % 9 == 4
        size = (
            (6000, 4000) if view in large else _TALL if i % 4 == 3 or upright else (1600, 900) if i % 5 == 0 else _WIDE
        )
        fmt = "jpg" if view in large or upright or i % 3 else ("webp", "avif")[i // 3 % 2]
        exif = (
            _photo(rng, _GROUNDS[ground][2] if i % 2 == 0 or upright else None, upright=upright) if fmt == "jpg" else {}
        )
        yield image_item(
            f"landscape-{ground}-{hour}",
            "landscape",
            fmt,
            title,
            "user" if i % 3 else "other",
            ("landscape", ground, hour),
            size,
            params={"ground": ground, "hour": hour},
            exif=exif,
        )


def drawn_scenes() -> Iterator[Item]:
    """Yield cities, forests, seas, leaves, planets and nebulae."""
    cities = (("Harbour city", (35.1, 129.04, 4)), ("River city", (37.53, 126.95, 20)), ("Old port", (53.54, 9.98, 6)))
    for i, hour in enumerate(("dusk", "night", "sunset", "noon", "morning", "dusk", "sunset", "night")):
        city, place = cities[i % 3]
        title = f"{_HOURS[hour][1]} 도시" if i == 1 else f"{city} {_HOURS[hour][0]}"
        size = _TALL if i in {2, 5} else (1600, 900) if i in {0, 7} else _WIDE
        fmt = ("jpg", "jpg", "webp", "avif")[i % 4]
        yield image_item(
            f"skyline-{i}",
            "skyline",
            fmt,
            title,
            "user",
            ("city", "architecture", hour),
            size,
            params={"hour": hour},
            exif=_photo(rng_for("exif", "skyline", i), place) if fmt == "jpg" else {},
        )
    woods = (
        ("#b9cdd6", "#12323a", "#8fb4c4", "#e8efe9", "Firs in the mist"),
        ("#e6b9a0", "#3a1f3a", "#f29a7a", "#fde3c4", "Firs at first light"),
        ("#cfd8c0", "#22402c", "#bcd0b8", "#f3f2dc", "Green valley"),
        ("#c3c6e0", "#1c2148", "#7d86b8", "#e6dff0", "Blue hour in the woods"),
        ("#f0d2a8", "#5a2f1a", "#f6c27a", "#fff1d6", "Golden forest"),
        ("#b8cbdc", "#0d2238", "#6f93b4", "#dfe9f0", "겨울 숲"),
    )
    for i, (light, dark, high, low, title) in enumerate(woods):
        yield image_item(
            f"forest-{i}",
            "forest",
            ("jpg", "avif", "webp")[i % 3],
            title,
            "other",
            ("forest", "mist", "illustration"),
            _TALL if i % 3 == 1 else _WIDE,
            params={"light": light, "dark": dark, "sky": (high, low)},
        )
    for i, hour in enumerate(("sunset", "noon", "rose", "dusk", "morning", "overcast")):
        yield image_item(
            f"sea-{hour}",
            "sea",
            ("jpg", "webp")[i % 2],
            f"Open sea {_HOURS[hour][0]}",
            ("user", "other")[i % 2],
            ("sea", "sailing", hour),
            _TALL if i == 2 else _WIDE,
            params={"hour": hour, "sails": 1 + i % 3},
            exif=_photo(rng_for("exif", "sea", i), (34.6, 128.3, 2)) if i % 2 == 0 else {},
        )
    greens = (
        (("#2e8b57", "#1f6f4a", "#5aa469"), "#0d2b22", "Leaves"),
        (("#c8553d", "#e0a458", "#8f2d3c"), "#2b1a14", "Autumn leaves"),
        (("#4f8f8f", "#2f6f73", "#9cc5a1"), "#12282c", "Sea-green leaves"),
    )  # fmt: skip
    for i, (colours, ground, title) in enumerate(greens):
        yield image_item(
            f"leaves-{i}",
            "leaves",
            ("webp", "jpg", "png")[i],
            title,
            "other",
            ("plants", "pattern"),
            _SQUARE if i else _WIDE,
            params={"colours": colours, "ground": ground},
        )
    worlds = (
        ("ocean", False),
        ("gas", True),
        ("rust", False),
        ("ice", False),
        ("violet", True),
        ("moon", False),
        ("gas", False),
    )
    names = {
        "ocean": "Ocean world",
        "gas": "Gas giant",
        "rust": "Rust planet",
        "ice": "Ice world",
        "violet": "Violet giant",
        "moon": "Moon",
    }
    for i, (world, ring) in enumerate(worlds):
        yield image_item(
            f"planet-{i}",
            "planet",
            ("jpg", "avif", "webp")[i % 3],
            names[world] + (" with rings" if ring else ""),
            "other",
            ("space", "planet"),
            _SQUARE if i % 2 else _WIDE,
            params={"world": world, "ring": ring},
        )
    for i, tints in enumerate(
        (("#ff5f8a", "#5f8aff", "#ffb36b"), ("#4fe0c0", "#5f6aff", "#d9a0ff"), ("#ff8a4f", "#c03f6f", "#ffe08a"))
    ):
        yield image_item(
            f"nebula-{i}",
            "nebula",
            ("jpg", "webp", "avif")[i],
            ("Rose nebula", "Teal nebula", "성운")[i],
            "other",
            ("space", "nebula"),
            _TALL if i == 1 else _WIDE,
            params={"tints": tints},
        )
