"""Strangers' files are opened in a process of their own, and what they do there ends that process only."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lakefront.errors import BadInputError
from lakefront.media.decoder import Allowance, Decoder
from lakefront.media.probe import examine
from lakefront.media.stills import Limits
from tests.support.pictures import film, picture, saved, tone
from tests.unit.test_media_probe import HOSTILE


@pytest.fixture(scope="module")
def decoder() -> Decoder:
    """One process for all files that leave it alive."""
    return Decoder()


def slow(blurs: int) -> bytes:
    """A small drawing that takes a second or more to draw."""
    shapes = "<rect width='2000' height='2000' filter='url(#b)'/>" * blurs
    blur = "<filter id='b'><feGaussianBlur stdDeviation='90'/><feTurbulence numOctaves='9'/></filter>"
    return f"<svg xmlns='http://www.w3.org/2000/svg' width='2000' height='2000'>{blur}{shapes}</svg>".encode()


def test_it_finds_what_is_found_without_it(decoder: Decoder) -> None:
    for data in (saved(picture(1)), saved(picture(2), "PNG"), tone(3), film(4)):
        found, plain = decoder.examine(data), examine(data)
        assert found == plain


@pytest.mark.parametrize("name", HOSTILE)
def test_bad_files_are_refused_as_without_it_and_the_process_lives(decoder: Decoder, name: str) -> None:
    make, code, words = HOSTILE[name]
    decoder.examine(saved(picture(1)))
    pid = decoder.pid
    with pytest.raises(BadInputError) as refused:
        decoder.examine(make(), name="holiday.jpg")
    assert refused.value.code == code
    assert words in refused.value.what
    assert decoder.pid == pid


# Sixty are ten of each kind of file, some of them cut short; more of them only find rarer luck.
@pytest.mark.parametrize("files", [60, pytest.param(500, marks=pytest.mark.long)])
def test_damaged_files_harm_nothing(files: int) -> None:
    whole = (
        saved(picture(1)),
        saved(picture(2), "PNG"),
        saved(picture(3), "WEBP"),
        tone(4),
        film(5),
        saved(picture(6), "GIF"),
    )
    rng = np.random.default_rng(7)
    outcomes: set[str] = set()
    with Decoder() as own:
        for number in range(files):
            data = bytearray(whole[number % len(whole)])
            for place in rng.integers(0, len(data), 30):
                data[int(place)] = int(rng.integers(256))
            cut = int(rng.integers(1, len(data) + 1)) if number % 3 == 0 else len(data)
            try:
                own.examine(bytes(data[:cut]))
            except BadInputError as refused:
                outcomes.add(refused.code)
            else:
                outcomes.add("opened")
        assert own.examine(whole[0]) == examine(whole[0])
    assert outcomes <= {
        "opened",
        "media-damaged",
        "media-too-large",
        "media-type",
        "media-slow",
        "media-crash",
        "media-memory",
    }
    assert {"opened", "media-damaged"} <= outcomes


@pytest.mark.parametrize(
    ("allowance", "seconds"),
    [(Allowance(patience=3), "3"), (Allowance(seconds=0), "0")],
    ids=["of the clock", "of the processor"],
)
def test_what_takes_too_long_is_ended_and_the_next_file_is_opened(allowance: Allowance, seconds: str) -> None:
    with Decoder(allowance=allowance) as impatient:
        with pytest.raises(BadInputError) as refused:
            impatient.examine(slow(400), name="blurs.svg")
        assert refused.value.code == "media-slow"
        assert refused.value.what == f"blurs.svg takes longer than {seconds} seconds to open"
        assert impatient.pid is None
        assert impatient.examine(saved(picture(1))).facts.width == 160


def test_what_takes_too_much_memory_is_ended() -> None:
    data = saved(Image.new("RGB", (6000, 4000)), "PNG")
    with Decoder(allowance=Allowance(memory=30_000_000)) as poor:
        with pytest.raises(BadInputError) as refused:
            poor.examine(data, name="wide.png")
        assert refused.value.code == "media-memory"
        assert poor.examine(saved(picture(1))).facts.width == 160


def test_what_crashes_the_decoder_crashes_that_process_only() -> None:
    with Decoder() as own:
        own.examine(saved(picture(1)))
        pid = own.pid
        assert pid
        crash = threading.Timer(0.3, os.kill, (pid, signal.SIGSEGV))
        crash.start()
        with pytest.raises(BadInputError, match=r"makes the decoder crash \(signal 11\)") as refused:
            own.examine(slow(50), name="crash.svg")
        assert refused.value.code == "media-crash"
        assert own.examine(saved(picture(1))).facts.width == 160
        assert own.pid != pid


def test_a_file_of_too_many_bytes_is_not_sent_to_it() -> None:
    with Decoder(Limits(max_bytes=1000)) as own:
        with pytest.raises(BadInputError, match="at most 0 MB"):
            own.examine(bytes(1001))
        assert own.pid is None


def test_it_is_told_no_secret_and_gone_when_it_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKEFRONT_S3_SECRET_KEY", "open sesame")
    own = Decoder()
    own.examine(saved(picture(1)))
    pid = own.pid
    assert b"sesame" not in Path(f"/proc/{pid}/environ").read_bytes()
    own.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid or 0, 0)
