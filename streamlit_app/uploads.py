"""Files that somebody uploads: taken in beside the page, which tells how far each is and what became of it."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import metrics
import wording
from lakefront.config import Settings
from lakefront.errors import LakefrontError
from lakefront.media.description import Description
from lakefront.media.ingest import Ingest, Outcome
from lakefront.media.sources import Bytes, Source
from language import later, t

#: Files that are opened at once: people who browse want the processor, too.
_WORKERS: Final = 2
#: Steps and ends of one file -> how much of the way lies behind it, in words.
_WAY: Final = {
    "": (0.0, later("Being read")),
    "read": (0.1, later("To be opened")),
    "opened": (0.5, later("Being stored")),
    "thumbnails": (0.7, later("Being stored")),
    "stored": (0.9, later("Stored, to be written down")),
    "added": (1.0, later("Added")),
    "known": (1.0, later("Already there")),
    "refused": (1.0, later("Refused")),
}


class FileProgress(NamedTuple):
    """How far one file is: a share of the way from 0 to 1, in the words of the page that asks, and what it is at."""

    name: str
    share: float
    words: str
    step: str


@dataclass(frozen=True)
class Upload:
    """A file as the browser sent it."""

    name: str
    data: bytes = field(repr=False)
    sha256: str = ""

    @classmethod
    def of(cls, name: str, data: bytes) -> Upload:
        """Return a file with what its content is known by."""
        return cls(name, data, hashlib.sha256(data).hexdigest())


class TakingIn:
    """One ingest that runs in a thread of its own: whoever closes the page loses nothing of it."""

    def __init__(self, settings: Settings, uploads: Sequence[Upload], what: Description, *, by: str) -> None:
        self.outcomes: list[Outcome] = []
        self.error: LakefrontError | None = None
        self._uploads, self._what, self._settings, self._by = tuple(uploads), what, settings, by
        self._sources = [Bytes(upload.name, upload.data) for upload in self._uploads]
        # By identity: two files may have one name and one content.
        self._steps = {id(source): "" for source in self._sources}
        self._thread = threading.Thread(target=self._run, name="upload", daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Wait so long for the end; return whether it has come."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    @property
    def files(self) -> list[FileProgress]:
        """How far each file is, in their order."""
        steps = [self._steps[id(source)] for source in self._sources]
        return [
            FileProgress(upload.name, _WAY[step][0], t(_WAY[step][1]), step)
            for upload, step in zip(self._uploads, steps, strict=True)
        ]

    def _run(self) -> None:
        try:
            with Ingest(self._settings, by=self._by, workers=_WORKERS, step=self._stepped) as ingest:
                for outcome in ingest.run(self._sources, self._what):
                    self.outcomes.append(outcome)
                    self._stepped(outcome.state, outcome.source)
                    metrics.uploaded(outcome.state)
        except LakefrontError as error:
            self.error = error
            metrics.uploaded("failed", len(self._sources) - len(self.outcomes))

    def _stepped(self, step: str, source: Source | None) -> None:
        if source is not None:
            self._steps[id(source)] = step


def progress_of(files: Sequence[FileProgress]) -> tuple[float, str]:
    """Return how much of all files is done, 0 to 1, and in words, in the language of the page that asks."""
    done = sum(file.share >= _WAY["stored"][0] for file in files)
    share = sum(file.share for file in files) / max(1, len(files))
    words = t("{done} of {files} done", done=wording.number(done), files=wording.number(len(files)))
    return min(0.99, share), words
