"""Peaks, spectrograms and strips of frames show what is in a file, and no file harms whoever makes them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from lakefront.errors import BadInputError
from lakefront.media import previews as module
from lakefront.media.decoder import Allowance, Decoder
from lakefront.media.previewing import may_see_preview, preview_address
from lakefront.media.previews import BUCKETS, FRAMES, OF_KIND, PREVIEWS, Preview, key, previews
from lakefront.media.stills import Limits
from tests.support.pictures import film, picture, saved, shades, tone
from tests.unit.test_media_probe import HOSTILE

SHA = "ab" * 32


def _made(data: bytes) -> dict[Preview, bytes]:
    return previews(data, limits=Limits())


def _told(data: bytes) -> dict[str, Any]:
    return json.loads(data)


def _pixels(data: bytes) -> npt.NDArray[np.int16]:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), dtype=np.int16)


def test_peaks_are_the_lowest_and_highest_samples_over_the_whole_length() -> None:
    told = _told(_made(tone(0, seconds=8))["peaks"])
    assert told["seconds"] == told["drawn"] == pytest.approx(8.0, abs=0.01)
    assert len(told["low"]) == len(told["high"]) == BUCKETS
    # The tone is as loud as 20,000 of 32,768 from its beginning to its end.
    middle = slice(5, -5)
    assert {round(value / 10) for value in told["high"][middle]} == {6}
    assert {round(value / 10) for value in told["low"][middle]} == {-6}


def test_a_spectrogram_is_bright_where_the_tone_is() -> None:
    drawn = _pixels(_made(tone(0, seconds=2))["spectrogram"]).sum(axis=2)
    assert drawn.shape == (200, 1000)
    brightest = 199 - int(np.median(drawn.argmax(axis=0)))
    # 2000 radians a second are 318 Hz, on a scale of octaves from 40 to 16,000 Hz.
    wanted = 200 * np.log(2000 / 2 / np.pi / 40) / np.log(16_000 / 40)
    assert abs(brightest - wanted) < 6
    assert np.median(drawn[:60]) < 120, "nothing is heard high above it"


def test_a_strip_has_its_frames_in_order_with_their_times() -> None:
    made = _made(shades([number * 4 for number in range(60)], 160, 96))
    told, strip = _told(made["times"]), _pixels(made["frames"])
    assert told["seconds"] == pytest.approx(4.0, abs=0.1)
    assert told["times"] == pytest.approx([4 * (place + 0.5) / FRAMES for place in range(FRAMES)], abs=0.1)
    assert strip.shape[1] == told["width"] * FRAMES
    assert (strip.shape[0], told["width"]) == (96, 160), "no frame is made larger than it is"
    levels = [int(strip[48, told["width"] * place + 80].mean()) for place in range(FRAMES)]
    assert levels == sorted(levels)
    assert levels[-1] - levels[0] > 150


def test_when_time_runs_short_whole_pictures_have_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_EXACT_FOR", -1.0)
    told = _told(_made(shades([number * 4 for number in range(60)], 160, 96))["times"])
    assert told["times"] == [0.0] * FRAMES, "its only whole picture is the first one"


def test_of_a_long_sound_the_first_minutes_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_SECONDS", 1)
    told = _told(_made(tone(0, seconds=3))["peaks"])
    assert (told["seconds"], told["drawn"]) == (3.0, 1.0)


def test_a_short_sound_and_a_film_of_one_frame_have_some() -> None:
    told = _told(_made(tone(0, seconds=0.02))["peaks"])
    assert 0 < len(told["low"]) <= BUCKETS
    made = _made(film(1, frames=1))
    assert len(_told(made["times"])["times"]) == FRAMES


def test_pictures_have_none_and_each_kind_has_what_is_said() -> None:
    assert _made(saved(picture(1))) == {}
    assert tuple(_made(tone(1))) == OF_KIND["audio"]
    assert tuple(_made(film(1))) == OF_KIND["video"]
    assert {name for names in OF_KIND.values() for name in names} == set(PREVIEWS)


def test_the_process_makes_the_same_and_is_the_same_afterwards() -> None:
    with Decoder() as decoder:
        decoder.examine(saved(picture(1)))
        pid = decoder.pid
        for data in (tone(2), film(3), saved(picture(2))):
            assert decoder.previews(data) == _made(data)
        assert decoder.pid == pid


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_or_have_none(name: str) -> None:
    make, _, _ = HOSTILE[name]
    with Decoder() as decoder:
        try:
            made = decoder.previews(make())
        except BadInputError as refused:
            made, code = None, refused.code
        else:
            code = ""
        assert made == {} or code.startswith("media-"), "a picture is not opened for this, whatever is wrong with it"
        assert decoder.previews(tone(1))


@pytest.mark.parametrize("whole", [tone(4), film(5, frames=30)], ids=["sound", "film"])
def test_damaged_files_end_no_more_than_their_own_process(whole: bytes) -> None:
    rng = np.random.default_rng(11)
    outcomes: set[str] = set()
    with Decoder() as decoder:
        for number in range(24):
            data = bytearray(whole)
            for place in rng.integers(0, len(data), 6):
                data[int(place)] = int(rng.integers(256))
            cut = int(rng.integers(1, len(data) + 1)) if number % 3 == 0 else len(data)
            try:
                decoder.previews(bytes(data[:cut]))
            except BadInputError as refused:
                outcomes.add(refused.code)
            else:
                outcomes.add("made")
        assert decoder.previews(whole) == _made(whole)
    assert "made" in outcomes
    assert outcomes <= {"made", "media-damaged", "media-too-large", "media-type", "media-slow", "media-crash"}


def test_what_takes_too_long_is_ended_and_said() -> None:
    with Decoder(allowance=Allowance(patience=0.02)) as impatient:
        with pytest.raises(BadInputError) as refused:
            impatient.previews(tone(1, seconds=600))
        assert refused.value.code == "media-slow"


def test_an_address_is_of_one_preview_of_one_content_of_one_original() -> None:
    path = "s3://media/raw/audio/2026-10-31/ab/a b&c.wav"
    address = preview_address("key", "peaks", SHA, path)
    assert address.startswith(f"/api/preview/peaks/{SHA}?of=s3%3A%2F%2Fmedia%2F")
    signature = address.rpartition("sig=")[2]
    assert may_see_preview("key", "peaks", SHA, path, signature)
    wrong: list[Callable[[], bool]] = [
        lambda: may_see_preview("another", "peaks", SHA, path, signature),
        lambda: may_see_preview("key", "spectrogram", SHA, path, signature),
        lambda: may_see_preview("key", "peaks", "cd" * 32, path, signature),
        lambda: may_see_preview("key", "peaks", SHA, path + "x", signature),
        lambda: may_see_preview("key", "peaks", SHA, path, ""),
        lambda: may_see_preview("key", "peaks", SHA, path, "é\0"),
        lambda: may_see_preview("key", "secrets", SHA, path, signature),
        lambda: may_see_preview("key", "peaks", "../../x", path, signature),
    ]
    assert not any(seen() for seen in wrong)
    assert key("peaks", SHA) == f"previews/peaks/{SHA}.json"
    assert key("frames", SHA) == f"previews/frames/{SHA}.webp"
