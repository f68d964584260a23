"""Files of strangers are opened in a process of their own: what it takes too long or too much for costs that process.

`probe.examine` says what a decoder raises; this says what a decoder does that it should not: loop, eat memory, crash.
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import threading
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import Any, BinaryIO, Final, Literal, cast

from lakefront.errors import BadInputError, CheckFailedError
from lakefront.media.decode_child import OUT_OF_MEMORY, receive, send
from lakefront.media.previews import Preview
from lakefront.media.probe import DEFAULT_LIMITS, Examined, Facts
from lakefront.media.stills import Limits, refuse_bytes

Task = Literal["examine", "previews"]

#: A process is replaced after this many files: libraries do not give all memory back.
_FILES_PER_PROCESS: Final = 500
#: The whole environment of what opens strangers' files: no secrets, and no more threads than the one it has a file for.
_ENVIRONMENT: Final = {"LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Allowance:
    """What opening one file may cost: seconds of the processor, seconds in all, and bytes of memory beside the file."""

    seconds: float = 5.0
    patience: float = 60.0
    memory: int = 1024 * 1024 * 1024


class Decoder:
    """One such process, started when it is first needed and again after it was killed. For one thread at a time."""

    def __init__(self, limits: Limits = DEFAULT_LIMITS, allowance: Allowance | None = None) -> None:
        self._limits = limits
        self._allowance = allowance or Allowance()
        self._process: subprocess.Popen[bytes] | None = None
        self._opened = 0

    def __enter__(self) -> Decoder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """The process that runs now."""
        return self._process.pid if self._process else None

    def examine(self, data: bytes, *, name: str = "the file") -> Examined:
        """Return all that is known of a file.

        Raises BadInputError: what `probe.examine` raises, and `media-slow`, `media-memory`, `media-crash`.
        """
        head, parts = self._answer("examine", data, name)
        return Examined(Facts(**head["facts"]), dict(zip(head["sizes"], parts, strict=True)))

    def previews(self, data: bytes, *, name: str = "the file") -> dict[Preview, bytes]:
        """Return the previews of a file. Raises BadInputError: what `previews.previews` raises, and as `examine`."""
        head, parts = self._answer("previews", data, name)
        return dict(zip(head["previews"], parts, strict=True))

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._ended(self._process)

    def _answer(self, task: Task, data: bytes, name: str) -> tuple[dict[str, Any], list[bytes]]:
        refuse_bytes(len(data), self._limits, name)  # not worth the way to the other process
        process = self._running()
        overdue = threading.Event()
        watch = threading.Timer(self._allowance.patience, _end, (process, overdue))
        watch.daemon = True
        watch.start()
        try:
            answer = self._ask(process, task, data, name)
        finally:
            watch.cancel()
        if answer is None:
            code = self._ended(process)
            raise _killed(name, code, self._allowance, overdue=overdue.is_set())
        head, parts = answer
        self._opened += 1
        if self._opened >= _FILES_PER_PROCESS or head.get("code") == OUT_OF_MEMORY:
            self.close()
        if "code" in head:
            raise BadInputError(head["code"], head["what"], fix=head["fix"])
        return head, parts

    def _ask(
        self, process: subprocess.Popen[bytes], task: Task, data: bytes, name: str
    ) -> tuple[dict[str, Any], list[bytes]] | None:
        source, target = cast("BinaryIO", process.stdout), cast("BinaryIO", process.stdin)
        head = {
            "task": task,
            "name": name,
            "limits": asdict(self._limits),
            "seconds": self._allowance.seconds,
            "memory": self._allowance.memory,
        }
        try:
            send(target, head, data)
        except BrokenPipeError:
            return None
        return receive(source)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                (sys.executable, "-I", "-m", "lakefront.media.decode_child"),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=dict(_ENVIRONMENT),
                start_new_session=True,
            )
            self._opened = 0
            if receive(cast("BinaryIO", self._process.stdout)) is None:
                raise _does_not_run(self._ended(self._process))
        return self._process

    def _ended(self, process: subprocess.Popen[bytes]) -> int:
        code = process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
        self._process = None
        return code


class Decoders:
    """A decoder for each thread that asks. Used as a context manager, within which all threads end."""

    def __init__(self, limits: Limits = DEFAULT_LIMITS, allowance: Allowance | None = None) -> None:
        self._limits, self._allowance = limits, allowance
        self._own = threading.local()
        self._closing = contextlib.ExitStack()

    def __enter__(self) -> Decoders:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()

    def examine(self, data: bytes, *, name: str = "the file") -> Examined:
        """Return all that is known of a file. Raises as `Decoder.examine`."""
        if not hasattr(self._own, "decoder"):
            self._own.decoder = self._closing.enter_context(Decoder(self._limits, self._allowance))
        return self._own.decoder.examine(data, name=name)


def _end(process: subprocess.Popen[bytes], overdue: threading.Event) -> None:
    overdue.set()
    process.kill()


def _killed(name: str, code: int, allowance: Allowance, *, overdue: bool) -> BadInputError | CheckFailedError:
    if overdue or code == -signal.SIGXCPU:
        seconds = allowance.patience if overdue else allowance.seconds
        return BadInputError(
            "media-slow",
            f"{name} takes longer than {seconds:g} seconds to open",
            fix="export it again from its source, smaller",
        )
    if code > 0:
        return _does_not_run(code)
    return BadInputError(
        "media-crash",
        f"{name} makes the decoder crash (signal {-code})",
        fix="export it again from its source; keep the file, if you can, for a report to the decoder's authors",
    )


def _does_not_run(code: int) -> CheckFailedError:
    return CheckFailedError(
        "media-decoder",
        f"the process that opens files ends by itself (exit code {code})",
        fix="run `python -m lakefront.media.decode_child` with the same Python to see why",
    )
