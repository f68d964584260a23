"""The process that opens strangers' files for `decoder`: `python -m lakefront.media.decode_child`.

It takes one file after another on its standard input, to be examined or to make previews of, and answers on its
standard output, each message as the length of a JSON head, the head, and bytes whose lengths the head names. Its limits
are the kernel's: what goes beyond them ends this process and no other.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import struct
import sys
import wave
from pathlib import Path
from typing import Any, BinaryIO, Final

#: Code of the error after which a process is not used again.
OUT_OF_MEMORY: Final = "media-memory"
_AGAIN: Final = "export it again from its source"
_LENGTH: Final = struct.Struct(">I")


def send(stream: BinaryIO, head: dict[str, Any], *parts: bytes) -> None:
    """Write one message."""
    text = json.dumps({**head, "parts": [len(part) for part in parts]}).encode()
    stream.write(_LENGTH.pack(len(text)) + text)
    for part in parts:
        stream.write(part)
    stream.flush()


def receive(stream: BinaryIO) -> tuple[dict[str, Any], list[bytes]] | None:
    """Read one message; None when the other side has ended, also in the middle of one."""
    length = stream.read(_LENGTH.size)
    if len(length) < _LENGTH.size:
        return None
    text = stream.read(_LENGTH.unpack(length)[0])
    try:
        head: dict[str, Any] = json.loads(text)
    except ValueError:
        return None
    parts = [stream.read(size) for size in head["parts"]]
    whole = all(len(part) == size for part, size in zip(parts, head["parts"], strict=True))
    return (head, parts) if whole else None


def _hold(kind: int, most: int) -> None:
    """Set a limit, as far as the process may."""
    _, hard = resource.getrlimit(kind)
    unlimited = resource.RLIM_INFINITY
    soft = hard if most == unlimited else most if hard == unlimited else min(most, hard)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(kind, (soft, hard))


def _address_space() -> int:
    """Return how many bytes of address space are in use; 0 where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    except OSError:
        return 0


def _dot() -> bytes:
    """Return the smallest picture."""
    from PIL import Image  # noqa: PLC0415 - after what it prints is led away

    target = io.BytesIO()
    Image.new("RGB", (1, 1)).save(target, "PNG")
    return target.getvalue()


def _tick() -> bytes:
    """Return the shortest sound."""
    target = io.BytesIO()
    with wave.open(target, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(160))
    return target.getvalue()


def main() -> None:
    """Answer until the other side closes."""
    source, target = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    # Decoders print; what they print is no answer.
    os.dup2(2, 1)
    from lakefront.errors import BadInputError  # noqa: PLC0415 - after what it prints is led away
    from lakefront.media.previews import previews  # noqa: PLC0415
    from lakefront.media.probe import examine  # noqa: PLC0415
    from lakefront.media.stills import Limits  # noqa: PLC0415

    def opened(head: dict[str, Any], data: bytes) -> tuple[dict[str, Any], list[bytes]]:
        limits = Limits(**head["limits"])
        if head["task"] == "previews":
            made = previews(data, name=head["name"], limits=limits)
            return {"previews": list(made)}, list(made.values())
        found = examine(data, name=head["name"], limits=limits)
        return {"facts": found.facts.as_dict(), "sizes": list(found.thumbnails)}, list(found.thumbnails.values())

    # What is loaded at the first use is loaded before there are limits.
    examine(_dot())
    previews(_tick(), limits=Limits())
    _hold(resource.RLIMIT_CORE, 0)
    _hold(resource.RLIMIT_FSIZE, 0)
    at_rest = _address_space()
    send(target, {"ready": True})
    while message := receive(source):
        head, (data,) = message
        used = resource.getrusage(resource.RUSAGE_SELF)
        # Whole seconds of the processor since the process began; the kernel ends it with SIGXCPU.
        _hold(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime + head["seconds"]) + 1)
        if at_rest:
            _hold(resource.RLIMIT_AS, at_rest + head["memory"] + 2 * len(data))
        answer: tuple[dict[str, Any], list[bytes]]
        try:
            answer = opened(head, data)
        except BadInputError as error:
            answer = {"code": error.code, "what": error.what, "fix": error.fix}, []
        except MemoryError:
            what = f"{head['name']} takes more than {head['memory'] / 1e6:,.0f} MB of memory to open"
            answer = {"code": OUT_OF_MEMORY, "what": what, "fix": f"{_AGAIN}, smaller"}, []
        except Exception as error:  # noqa: BLE001 - whatever a decoder makes of a file, it is the file that is refused
            what = f"{head['name']} makes the decoder fail: {f'{type(error).__name__}: {error}'[:300]}"
            answer = {"code": "media-crash", "what": what, "fix": _AGAIN}, []
        _hold(resource.RLIMIT_AS, resource.RLIM_INFINITY)  # the next file has to come in
        send(target, answer[0], *answer[1])


if __name__ == "__main__":
    sys.exit(main())
