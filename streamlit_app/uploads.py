"""Files that somebody uploads: taken in beside the page, which tells how far it is and what became of each."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import metrics
import wording
from lakefront.config import Settings
from lakefront.errors import LakefrontError
from lakefront.media.description import Description
from lakefront.media.ingest import Ingest, Outcome
from lakefront.media.sources import Bytes
from language import t

#: Files that are opened at once: people who browse want the processor, too.
_WORKERS: Final = 2


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
        self._steps: Counter[str] = Counter()
        self._files = len(uploads)
        self._work = (settings, tuple(uploads), what, by)
        self._thread = threading.Thread(target=self._run, name="upload", daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Wait so long for the end; return whether it has come."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    @property
    def progress(self) -> tuple[float, str]:
        """How much is done, 0 to 1, and what is done now, in the language of the page that asks."""
        steps, files = self._steps, max(1, self._files)
        # What is refused or known takes fewer steps: it counts as done when its outcome is there.
        ended = len(self.outcomes)
        opened, stored = (min(files, steps[name] + ended) for name in ("opened", "stored"))
        words = (
            t("Writing them down")
            if steps["committing"]
            else t("{stored} of {files} stored", stored=wording.number(stored), files=wording.number(self._files))
        )
        return min(0.99, (opened + 2 * stored) / (3 * files)), words

    def _run(self) -> None:
        settings, uploads, what, by = self._work
        sources = [Bytes(upload.name, upload.data) for upload in uploads]
        try:
            with Ingest(settings, by=by, workers=_WORKERS, step=self._count) as ingest:
                for outcome in ingest.run(sources, what):
                    self.outcomes.append(outcome)
                    metrics.uploaded(outcome.state)
        except LakefrontError as error:
            self.error = error
            metrics.uploaded("failed", self._files - len(self.outcomes))

    def _count(self, step: str) -> None:
        self._steps[step] += 1
