"""Sound and film: length, one frame, and loudness over time, decoded by FFmpeg with the one demuxer that fits."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

import av
import av.error
import numpy as np
import numpy.typing as npt
from av.audio.resampler import AudioResampler
from av.container import InputContainer
from PIL import Image

from lakefront.errors import BadInputError
from lakefront.media.sniff import MediaType
from lakefront.media.stills import Limits, Still, damaged, refuse_pixels

_RATE: Final = 8000
_MOST_SECONDS: Final = 1200.0


@dataclass(frozen=True)
class Sound:
    """Length in seconds, and loudness (0..1, shape (buckets,)) over that length."""

    seconds: float
    levels: npt.NDArray[np.float32]


@dataclass(frozen=True)
class Strip:
    """Frames of a film, upright, and when each is shown; its length. Times in seconds."""

    frames: tuple[Image.Image, ...]
    times: tuple[float, ...]
    seconds: float


def unreadable(name: str, error: Exception) -> BadInputError:
    """Return the refusal of what FFmpeg cannot read."""
    reason = error.strerror if isinstance(error, av.error.FFmpegError) else str(error)
    return BadInputError("media-damaged", f"{name} cannot be decoded: {reason}", fix="export it again from its source")


def film_still(data: bytes, media: MediaType, limits: Limits, *, longest: int, name: str) -> tuple[Still, float]:
    """Return one frame from early in a film, upright, and the film's length in seconds.

    Raises BadInputError (`media-damaged`, `media-too-large`).
    """
    try:
        with damaged(name), av.open(io.BytesIO(data), mode="r", format=media.reader) as container:
            stream = _pictures(container, limits, name)
            seconds = _seconds(container)
            frame = _frame_at(container, stream, min(seconds * 0.35, 4.0))  # the very first is often black
            if frame is None:
                raise _no_frame(name)
            picture = _upright(frame)
    except av.error.FFmpegError as error:
        raise unreadable(name, error) from None
    width, height = picture.size
    picture.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    return Still(picture, width, height), seconds


def film_frames(
    data: bytes,
    media: MediaType,
    limits: Limits,
    *,
    count: int,
    fits: tuple[int, int],
    exact: Callable[[], bool],
    name: str,
) -> Strip:
    """Return frames spread evenly over a film, each scaled to fit a box of pixels.

    While `exact` says so, frames are those of their times; then the nearest before that stand by themselves.
    Raises BadInputError (`media-damaged`, `media-too-large`).
    """
    frames: list[Image.Image] = []
    times: list[float] = []
    try:
        with damaged(name), av.open(io.BytesIO(data), mode="r", format=media.reader) as container:
            stream = _pictures(container, limits, name)
            seconds = _seconds(container)
            for place in range(count):
                wanted = seconds * (place + 0.5) / count
                try:
                    found = _frame_at(container, stream, wanted, most=150 if exact() else 1)
                except av.error.FFmpegError:
                    if frames:
                        break  # of a film that is damaged further on, what was found is shown
                    raise
                if found is None:
                    continue
                picture = _upright(found)
                picture.thumbnail(fits, Image.Resampling.LANCZOS, reducing_gap=2.0)
                frames.append(picture)
                times.append(wanted if found.pts is None else max(0.0, found.time))
            if not frames:
                raise _no_frame(name)
            return Strip(tuple(frames), tuple(times), seconds)
    except av.error.FFmpegError as error:
        raise unreadable(name, error) from None


def _pictures(container: InputContainer, limits: Limits, name: str) -> av.VideoStream:
    """Return the stream of a film's pictures. Raises BadInputError (`media-damaged`, `media-too-large`)."""
    if not container.streams.video:
        raise BadInputError(
            "media-damaged", f"{name} has no pictures in it", fix="store it as a sound, or export it again"
        )
    stream = container.streams.video[0]
    _refuse_unknown_codec(stream, name)
    refuse_pixels(stream.codec_context.width, stream.codec_context.height, limits, name)
    return stream


def _upright(frame: av.VideoFrame) -> Image.Image:
    picture = cast("Image.Image", frame.to_image())
    turn = round(float(frame.rotation or 0))
    return picture.rotate(turn, expand=True) if turn % 360 else picture


def _no_frame(name: str) -> BadInputError:
    return BadInputError(
        "media-damaged", f"{name} has no frame that can be decoded", fix="export it again from its source"
    )


def only_sound(container: InputContainer, name: str) -> tuple[av.AudioStream, float]:
    """Return the first stream of sound, and the length that is stated. Raises BadInputError (`media-damaged`)."""
    if not container.streams.audio:
        raise BadInputError("media-damaged", f"{name} has no sound in it", fix="export it again from its source")
    stream = container.streams.audio[0]
    _refuse_unknown_codec(stream, name)
    return stream, _seconds(container)


def _refuse_unknown_codec(stream: Any, name: str) -> None:
    if stream.codec_context is None:  # the stubs of PyAV don't know this case
        raise BadInputError(
            "media-damaged",
            f"{name} is coded in a way that cannot be decoded here",
            fix="export it with a common codec",
        )


def _frame_at(
    container: InputContainer, stream: av.VideoStream, wanted: float, *, most: int = 150
) -> av.VideoFrame | None:
    """Return the frame at a time in seconds, or the nearest before it that can be had within so many frames."""
    if wanted > 0:
        container.seek(int(wanted * av.time_base))
    found: av.VideoFrame | None = None
    for frame in itertools.islice(container.decode(stream), most):
        found = frame
        if frame.pts is None or frame.time >= wanted:
            break
    return found


def read_sound(
    data: bytes,
    media: MediaType,
    name: str,
    take: Callable[[npt.NDArray[Any]], None],
    *,
    form: Literal["flt", "s16"],
    rate: int,
    most_seconds: float,
) -> tuple[float, int]:
    """Decode a sound to one channel and give its samples to `take`, part by part; of a longer one a little more.

    Return the seconds that its container states, and how many samples there were. Raises BadInputError
    (`media-damaged`).
    """
    decoded = 0
    try:
        with damaged(name), av.open(io.BytesIO(data), mode="r", format=media.reader) as container:
            stream, stated = only_sound(container, name)
            resampler = AudioResampler(format=form, layout="mono", rate=rate)
            for frame in itertools.chain(container.decode(stream), [None]):
                for part in resampler.resample(frame):
                    take(cast("npt.NDArray[Any]", part.to_ndarray()).ravel())
                    decoded += part.samples
                if decoded > most_seconds * rate:
                    break
    except av.error.FFmpegError as error:
        raise unreadable(name, error) from None
    if not decoded:
        raise BadInputError("media-damaged", f"{name} has no sound in it", fix="export it again from its source")
    return stated, decoded


def sound(data: bytes, media: MediaType, *, buckets: int, name: str) -> Sound:
    """Decode a sound to its length and its loudness. Of more than 20 minutes, the first 20 are drawn.

    Raises BadInputError (`media-damaged`).
    """
    peaks: list[npt.NDArray[np.float32]] = []
    block = _RATE // 50
    rest = np.zeros(0, dtype=np.float32)

    def take(part: npt.NDArray[Any]) -> None:
        nonlocal rest
        wave = np.concatenate([rest, part])
        whole = len(wave) // block * block
        peaks.append(np.abs(wave[:whole]).reshape(-1, block).max(axis=1))
        rest = wave[whole:]

    stated, decoded = read_sound(data, media, name, take, form="flt", rate=_RATE, most_seconds=_MOST_SECONDS)
    # What was decoded is exact; what a header says is believed only for what was left out.
    seconds = decoded / _RATE if decoded <= _MOST_SECONDS * _RATE else max(stated, decoded / _RATE)
    return Sound(seconds, _levels(np.concatenate(peaks), buckets))


def _levels(peaks: npt.NDArray[np.float32], buckets: int) -> npt.NDArray[np.float32]:
    if not len(peaks):
        return np.zeros(buckets, dtype=np.float32)
    edges = np.linspace(0, len(peaks), buckets + 1)
    first = np.minimum(edges[:-1].astype(np.int64), len(peaks) - 1)
    levels = np.maximum.reduceat(peaks, first)
    return (np.clip(levels / max(float(levels.max()), 1e-3), 0, 1)).astype(np.float32)


def _seconds(container: InputContainer) -> float:
    """Return the length that the container or its longest stream states; 0 when neither does."""
    if container.duration:
        return container.duration / av.time_base
    lengths = [
        float(stream.duration * stream.time_base)
        for stream in container.streams
        if stream.duration and stream.time_base
    ]
    return max(lengths, default=0.0)
