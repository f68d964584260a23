"""What a player shows beside a sound or a film: peaks and a spectrogram, a strip of frames and their times.

Bounded as everything that opens strangers' files is: so many seconds of a sound, so many frames of a film.
"""

from __future__ import annotations

import io
import json
import time
from collections.abc import Mapping
from typing import Any, Final, Literal, cast, get_args

import numpy as np
import numpy.typing as npt
from PIL import Image

from lakefront.media.sniff import Kind, MediaType, sniff
from lakefront.media.stills import Limits, refuse_bytes
from lakefront.media.streams import film_frames, read_sound

Preview = Literal["peaks", "spectrogram", "frames", "times"]
PREVIEWS: Final = cast("tuple[Preview, ...]", get_args(Preview))
#: What is made of which kind of file, in one go.
OF_KIND: Final[Mapping[Kind, tuple[Preview, ...]]] = {
    "image": (),
    "audio": ("peaks", "spectrogram"),
    "video": ("times", "frames"),
}
_JSON: Final = "application/json"
MIME: Final[Mapping[Preview, str]] = {
    "peaks": _JSON,
    "spectrogram": "image/webp",
    "frames": "image/webp",
    "times": _JSON,
}

#: Of a longer sound, the first 20 minutes are drawn.
MOST_SECONDS: Final = 1200
BUCKETS: Final = 800
#: Frames of a strip, each so many pixels high and at most so many wide.
FRAMES: Final = 10
_HIGH, _WIDE = 120, 240
#: Samples a second: what is drawn reaches up to half as many Hz.
_RATE: Final = 32_000
_COLUMNS, _ROWS = 1000, 200
_WINDOW: Final = 2048
_LOWEST: Final = 40.0
#: Loudness of a spectrogram, in decibels under its loudest place, that is drawn as nothing.
_FLOOR: Final = 80.0
#: Seconds of the processor after which a strip is made of whole pictures only, wherever they are.
_EXACT_FOR: Final = 6.0
#: From nothing to loudest: ink, lake, sand, white.
_COLOURS: Final = ((6, 18, 28), (11, 60, 93), (11, 110, 153), (86, 180, 233), (242, 166, 90), (255, 244, 224))


def key(preview: Preview, sha256: str) -> str:
    """Return where a preview is in the media bucket: `previews/peaks/ab12….json`."""
    return f"previews/{preview}/{sha256}.{'json' if MIME[preview] == _JSON else 'webp'}"


def previews(data: bytes, *, name: str = "the file", limits: Limits) -> dict[Preview, bytes]:
    """Return the previews of a file; of a picture there are none.

    Raises BadInputError (`media-empty`, `media-type`, `media-damaged`, `media-too-large`).
    """
    refuse_bytes(len(data), limits, name)
    media = sniff(data, name=name)
    if media.kind == "audio":
        return _of_sound(data, media, name)
    return _of_film(data, media, limits, name) if media.kind == "video" else {}


def _of_sound(data: bytes, media: MediaType, name: str) -> dict[Preview, bytes]:
    wave, stated = _wave(data, media, name)
    drawn = len(wave) / _RATE
    # What was decoded is exact; what a header says is believed only for what was left out.
    told = {
        "seconds": round(max(stated, drawn) if drawn >= MOST_SECONDS else drawn, 3),
        "drawn": round(drawn, 3),
        "highest": _RATE // 2,
        **_peaks(wave),
    }
    return {"peaks": _as_json(told), "spectrogram": _as_webp(_spectrogram(wave))}


def _wave(data: bytes, media: MediaType, name: str) -> tuple[npt.NDArray[np.int16], float]:
    """Return a sound's samples, of one channel, and the length that its container states."""
    parts: list[npt.NDArray[np.int16]] = []
    stated, _ = read_sound(data, media, name, parts.append, form="s16", rate=_RATE, most_seconds=MOST_SECONDS)
    return np.concatenate(parts)[: MOST_SECONDS * _RATE], stated


def _peaks(wave: npt.NDArray[np.int16]) -> dict[str, list[int]]:
    """Return the lowest and the highest sample of each part of a sound, as -100 to 100."""
    count = min(BUCKETS, len(wave))
    first = np.linspace(0, len(wave), count, endpoint=False).astype(np.int64)
    ends = (np.minimum.reduceat(wave, first), np.maximum.reduceat(wave, first))
    low, high = (np.rint(end.astype(np.float64) / 327.68).astype(int).tolist() for end in ends)
    return {"low": low, "high": high}


def _spectrogram(wave: npt.NDArray[np.int16]) -> Image.Image:
    """Draw how loud which pitch is over time, low ones below, an octave as high as the next."""
    if len(wave) < _WINDOW:
        wave = np.pad(wave, (0, _WINDOW - len(wave)))
    starts = np.linspace(0, len(wave) - _WINDOW, _COLUMNS).astype(np.int64)
    bins = np.geomspace(_LOWEST, _RATE / 2, _ROWS + 1) / _RATE * _WINDOW
    edges = np.minimum(np.floor(bins).astype(np.int64), _WINDOW // 2)
    taper = np.hanning(_WINDOW).astype(np.float32)
    loud = np.empty((_ROWS, _COLUMNS), dtype=np.float32)
    for column, start in enumerate(starts):
        power = np.abs(np.fft.rfft(wave[start : start + _WINDOW].astype(np.float32) * taper)) ** 2
        # A low row is narrower than what can be told apart; it has at least one value.
        loud[:, column] = np.maximum.reduceat(power, edges[:-1])
    level = 10 * np.log10(loud + 1.0)
    shade = np.clip(1 + (level - max(float(level.max()), 1.0)) / _FLOOR, 0, 1)
    steps = np.linspace(0, 1, len(_COLOURS))
    drawn = np.stack([np.interp(shade, steps, [colour[at] for colour in _COLOURS]) for at in range(3)], axis=-1)
    return Image.fromarray(drawn[::-1].astype(np.uint8))


def _of_film(data: bytes, media: MediaType, limits: Limits, name: str) -> dict[Preview, bytes]:
    started = time.process_time()
    found = film_frames(
        data, media, limits, count=FRAMES, fits=(_WIDE, _HIGH), name=name,
        exact=lambda: time.process_time() - started < _EXACT_FOR,
    )  # fmt: skip
    width, height = found.frames[0].size
    strip = Image.new("RGB", (width * len(found.frames), height))
    for place, frame in enumerate(found.frames):
        strip.paste(frame.resize((width, height)) if frame.size != (width, height) else frame, (place * width, 0))
    told = {"seconds": round(found.seconds, 3), "times": [round(at, 3) for at in found.times], "width": width}
    return {"times": _as_json(told | {"height": height}), "frames": _as_webp(strip)}


def _as_json(told: Mapping[str, Any]) -> bytes:
    return json.dumps(told, separators=(",", ":")).encode()


def _as_webp(picture: Image.Image) -> bytes:
    target = io.BytesIO()
    picture.save(target, "WEBP", quality=76, method=4)
    return target.getvalue()
