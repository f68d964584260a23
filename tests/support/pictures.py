"""Media made on the spot, small and each of its own content."""

from __future__ import annotations

import io
import wave
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image


def picture(seed: int, width: int = 160, height: int = 100) -> Image.Image:
    """Return a picture of soft waves; another seed gives another one."""
    rng = np.random.default_rng(seed)
    x, y = np.linspace(0, 1, width)[None, :], np.linspace(0, 1, height)[:, None]
    fast = rng.uniform(3, 20, (3, 2))
    waves = [0.5 + 0.5 * np.sin(x * a + seed) * np.cos(y * b) for a, b in fast]
    return Image.fromarray((np.stack(waves, axis=2) * 255).astype(np.uint8))


def saved(image: Image.Image, form: str = "JPEG", **options: Any) -> bytes:
    """Return a picture as a file."""
    target = io.BytesIO()
    image.save(target, form, **options)
    return target.getvalue()


def tone(seed: int = 0, seconds: float = 0.5, rate: int = 8000) -> bytes:
    """Return a WAV of one tone."""
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        t = np.arange(int(seconds * rate)) / rate
        file.writeframes((np.sin(t * (2000 + seed * 17)) * 20_000).astype("<i2").tobytes())
    return target.getvalue()


def film(seed: int, frames: int = 12) -> bytes:
    """Return an MP4 of a shade that changes."""
    return shades([(seed * 13 + number * 9) % 256 for number in range(frames)], 160, 96)


def shades(frames: Iterable[int], width: int, height: int) -> bytes:
    """Return an MP4 that has one shade of grey after the other, fifteen a second."""
    target = io.BytesIO()
    with av.open(target, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=15)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for shade in frames:
            pixels = np.full((height, width, 3), shade, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
    return target.getvalue()


def write_pictures(folder: Path, seeds: range) -> None:
    """Write one JPEG for each seed."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        (folder / f"picture-{seed}.jpg").write_bytes(saved(picture(seed)))
