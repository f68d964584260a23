"""Sounds from the catalogue's words: tones, chords, melodies, drum loops and weather, synthesised and encoded."""

from __future__ import annotations

import io
import wave
from collections.abc import Callable
from typing import Any, Final, cast

import av
import numpy as np
import numpy.typing as npt
from av.container import OutputContainer

from lakefront.sample.media.item import Item
from lakefront.sample.media.noise import rng_for

#: Samples of one channel, or of shape (2, n) for stereo.
Wave = npt.NDArray[np.floating[Any]]

_CHORDS: Final = {"major": (0, 4, 7, 12), "minor": (0, 3, 7, 12), "seventh": (0, 4, 7, 11), "suspended": (0, 5, 7, 12)}
_CODECS: Final = {"mp3": "libmp3lame", "flac": "flac", "ogg": "libopus"}
_SCALE: Final = (0, 2, 4, 7, 9, 12, 14, 16)


def rate_of(fmt: str) -> int:
    """Return samples a second: Opus works at 48 kHz only."""
    return 48_000 if fmt == "ogg" else 44_100


def _hertz(note: float) -> float:
    return float(440 * 2 ** ((note - 69) / 12))


def _time(seconds: float, rate: int) -> Wave:
    return np.arange(int(seconds * rate), dtype=np.float32) / np.float32(rate)


def _pluck(note: float, seconds: float, rate: int, *, bright: float = 0.5, decay: float = 3.0) -> Wave:
    """Return one plucked note: harmonics that fade the faster the higher they are."""
    t = _time(seconds, rate)
    total = np.zeros_like(t)
    for k in range(1, 8):
        total += np.sin(2 * np.pi * _hertz(note) * k * t) * np.exp(-t * decay * (0.6 + 0.55 * k)) * bright ** (k - 1)
    return (total * np.minimum(t * 400, 1) * np.clip((seconds - t) * 60, 0, 1)).astype(np.float32)


def _pad(note: float, seconds: float, rate: int) -> Wave:
    """Return one held note, swelling and fading."""
    t = _time(seconds, rate)
    voice = sum(np.sin(2 * np.pi * _hertz(note) * d * t + p) for d, p in ((1, 0), (1.003, 1), (0.997, 2), (2.001, 0.5)))
    swell = np.minimum(t / (seconds * 0.25), 1) * np.clip((seconds - t) / (seconds * 0.35), 0, 1)
    return (np.asarray(voice) * swell * 0.3).astype(np.float32)


def _mix(parts: list[tuple[float, Wave]], seconds: float, rate: int) -> Wave:
    total = np.zeros(int(seconds * rate), dtype=np.float32)
    for start, part in parts:
        at = int(start * rate)
        room = min(len(part), len(total) - at)
        if room > 0:
            total[at : at + room] += part[:room]
    return total


def tone(_rng: np.random.Generator, seconds: float, rate: int, *, pitch: int, sweep: bool = False) -> Wave:
    """Make a held tone, or one that rises three octaves."""
    t = _time(seconds, rate)
    hertz = _hertz(pitch) * (8 ** (t / seconds) if sweep else 1 + 0.004 * np.sin(2 * np.pi * 5 * t))
    phase = 2 * np.pi * np.cumsum(hertz * np.ones_like(t), dtype=np.float64) / rate
    edge = np.clip(np.minimum(t, seconds - t) * 20, 0, 1)
    return (
        (np.sin(phase) + 0.25 * np.sin(2 * phase)) * edge * (0.7 + 0.3 * np.sin(2 * np.pi * t / seconds) ** 2)
    ).astype(np.float32)


def chord(_rng: np.random.Generator, seconds: float, rate: int, *, root: int, form: str) -> Wave:
    """Strum a chord and let it ring."""
    parts = [
        (i * 0.09, _pluck(root + step, seconds - i * 0.09, rate, decay=0.7)) for i, step in enumerate(_CHORDS[form])
    ]
    parts += [(0.0, _pad(root - 12, seconds, rate))]
    return _mix(parts, seconds, rate)


def melody(rng: np.random.Generator, seconds: float, rate: int, *, tempo: int) -> Wave:
    """Play a pentatonic tune over a bass."""
    beat, now, place = 60 / tempo, 0.0, 3
    root = 60 + int(rng.integers(-4, 5))
    parts: list[tuple[float, Wave]] = []
    while now < seconds - beat:
        length = beat * float(rng.choice([0.5, 1, 1, 1.5]))
        place = int(np.clip(place + rng.integers(-2, 3), 0, len(_SCALE) - 1))
        if rng.random() < 0.88:
            parts.append((now, _pluck(root + _SCALE[place], min(length * 1.8, 2.0), rate, decay=1.6)))
        now += length
    for bar in range(int(seconds / (beat * 4)) + 1):
        bass = root - 24 + (0, 9, 5, 7)[bar % 4]
        parts.append((bar * beat * 4, _pluck(bass, min(beat * 4, 3.0), rate, bright=0.3, decay=0.9) * 1.2))
        parts += [
            (bar * beat * 4, _pad(bass + 12 + step, beat * 4, rate) * 0.3) for step in (0, 4 if bar % 4 != 1 else 3, 7)
        ]
    return _mix(parts, seconds, rate)


def arpeggio(_rng: np.random.Generator, seconds: float, rate: int, *, root: int) -> Wave:
    """Break chords into running notes."""
    step, parts = 0.16, list[tuple[float, Wave]]()
    for i in range(int(seconds / step)):
        base = root + (0, -3, -7, -5)[i // 16 % 4]
        loud = 0.7 + 0.3 * np.float32(np.sin(i / 16 * 3.14))
        parts.append(
            (i * step, _pluck(base + (0, 4, 7, 12, 16, 12, 7, 4)[i % 8], 0.9, rate, bright=0.45, decay=2.2) * loud)
        )
    return _mix(parts, seconds, rate)


def drums(rng: np.random.Generator, seconds: float, rate: int, *, tempo: int, swing: bool = False) -> Wave:
    """Loop a bar of kick, snare and hats."""
    t = _time(0.35, rate)
    kick = (np.sin(2 * np.pi * (48 * t + 7 * (1 - np.exp(-t * 28)))) * np.exp(-t * 11)).astype(np.float32)
    hiss = rng.standard_normal(len(t), dtype=np.float32)
    snare = (hiss * np.exp(-t * 19) * 0.5 + np.sin(2 * np.pi * 185 * t) * np.exp(-t * 24) * 0.5).astype(np.float32)
    hat = (np.diff(hiss, prepend=np.float32(0)) * np.exp(-t * 60) * 0.22).astype(np.float32)
    step = 60 / tempo / 4
    parts: list[tuple[float, Wave]] = []
    for i in range(int(seconds / step)):
        at = i * step + (step * 0.28 if swing and i % 2 else 0)
        if i % 16 in ({0, 3, 8, 10} if swing else {0, 8, 10}):
            parts.append((at, kick))
        if i % 16 in {4, 12}:
            parts.append((at, snare))
        if i % 2 == 0 or rng.random() < 0.25:
            parts.append((at, hat * np.float32(rng.uniform(0.6, 1))))
    return _mix(parts, seconds, rate)


def bell(_rng: np.random.Generator, seconds: float, rate: int, *, pitch: int) -> Wave:
    """Strike two bells."""
    t = _time(seconds, rate)
    parts: list[tuple[float, Wave]] = []
    for at, note in ((0.0, pitch), (0.32, pitch - 4)):
        ring = sum(
            np.sin(2 * np.pi * _hertz(note) * k * t) * np.exp(-t * d) * a
            for k, d, a in ((1, 2.5, 1), (2.76, 4, 0.5), (5.4, 7, 0.3), (0.5, 2, 0.3))
        )
        parts.append((at, (np.asarray(ring) * np.minimum(t * 900, 1)).astype(np.float32)))
    return _mix(parts, seconds, rate)


def rain(rng: np.random.Generator, seconds: float, rate: int, *, waves: bool = False) -> Wave:
    """Shape noise into rain, or into a sea that comes and goes."""
    t = _time(seconds, rate)
    hiss = rng.standard_normal(len(t), dtype=np.float32)
    window = np.hanning(64 if waves else 12).astype(np.float32)
    soft = cast("Wave", np.convolve(hiss, window / window.sum(), mode="same"))
    if waves:
        tide = 0.25 + 0.75 * np.clip(np.sin(2 * np.pi * t / 4.1 - 1.2), 0, 1) ** 2
        return (soft * tide * np.clip((seconds - t) * 2, 0, 1) * np.clip(t * 2, 0, 1)).astype(np.float32)
    for at in rng.integers(0, len(t) - 900, int(seconds * 28)):
        drop = np.exp(-np.arange(900, dtype=np.float32) / 90) * np.sin(
            np.arange(900, dtype=np.float32) * rng.uniform(0.1, 0.3)
        )
        soft[at : at + 900] += drop * np.float32(rng.uniform(0.1, 0.7))
    return (soft * np.clip(np.minimum(t, seconds - t) * 2, 0, 1)).astype(np.float32)


def pad(_rng: np.random.Generator, seconds: float, rate: int, *, root: int) -> Wave:
    """Let slow chords flow into each other."""
    parts = [
        (bar * seconds / 4, _pad(root + base + step, min(seconds / 4 * 1.7, seconds), rate))
        for bar, base in enumerate((0, 5, -3, 2))
        for step in (0, 7, 12, 16)
    ]
    return _mix(parts, seconds, rate)


SOUNDS: Final[dict[str, Callable[..., Wave]]] = {
    "tone": tone, "chord": chord, "melody": melody, "arpeggio": arpeggio, "drums": drums, "bell": bell, "rain": rain,
    "pad": pad,
}  # fmt: skip


def synthesise(name: str, recipe: str, seconds: float, rate: int, params: dict[str, Any]) -> Wave:
    """Return a stereo sound of shape (2, n), peaking at 0.8."""
    mono = SOUNDS[recipe](rng_for("sound", name), seconds, rate, **params)
    mono = mono / max(float(np.abs(mono).max()), 1e-6) * np.float32(0.8)
    late = np.roll(mono, int(rate * 0.011))
    late[: int(rate * 0.011)] = 0
    return np.stack([mono, mono * np.float32(0.55) + late * np.float32(0.45)])


def make_sound(item: Item) -> bytes:
    """Return the file of a sound."""
    rate = rate_of(item.format)
    sound = synthesise(item.name, item.recipe, item.seconds, rate, item.params)
    samples = (np.clip(sound, -1, 1) * 32_767).astype(np.int16)
    target = io.BytesIO()
    if item.format == "wav":
        with wave.open(target, "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(rate)
            file.writeframes(samples.T.tobytes())
        return target.getvalue()
    # Bit-exact muxing: without it, Ogg streams get a random serial number.
    with av.open(target, "w", format=item.format, options={"fflags": "+bitexact"}) as container:
        container.metadata["title"] = item.title
        stream = cast("av.AudioStream", container.add_stream(_CODECS[item.format], rate=rate))
        stream.layout = "stereo"
        if item.format != "flac":
            stream.bit_rate = 128_000 if item.format == "mp3" else 96_000
        add_sound(container, stream, samples, rate)
    return target.getvalue()


def add_sound(container: OutputContainer, stream: av.AudioStream, samples: npt.NDArray[np.int16], rate: int) -> None:
    """Encode samples of shape (2, n) into a stream."""
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples.T).reshape(1, -1), format="s16", layout="stereo")
    frame.sample_rate = rate
    container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
