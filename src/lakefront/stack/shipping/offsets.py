"""How far each file is in OpenSearch, kept on disk."""

from __future__ import annotations

import logging
from collections.abc import Collection
from pathlib import Path
from typing import Any, Final, cast

from lakefront.config import read_json, write_json

_log: Final = logging.getLogger("shipper")


class Offsets:
    """Bytes of each file that are done. What cannot be written down is remembered, and tried again the next time.

    After a crash the newest may be missing: those lines are sent again, and are there already.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        told = read_json(path).get("done", {})
        known = cast("dict[str, Any]", told) if isinstance(told, dict) else {}
        self._done = {key: at for key, at in known.items() if isinstance(at, int) and at >= 0}
        #: Why they could not be written down the last time; None when they were.
        self.problem: str | None = None

    def of(self, key: str) -> int:
        """Return how many bytes of a file are done."""
        return self._done.get(key, 0)

    def advance(self, places: dict[str, int]) -> None:
        """Take down how far files are now."""
        self._done |= places
        self._keep()

    def forget_all_but(self, keys: Collection[str]) -> None:
        """Forget files that are gone."""
        gone = self._done.keys() - set(keys)
        if gone:
            for key in gone:
                del self._done[key]
            self._keep()

    def _keep(self) -> None:
        try:
            write_json(self._path, {"done": self._done})
        except OSError as error:
            if self.problem is None:
                _log.error("how far files are cannot be written down: %s", error)
            self.problem = str(error)
        else:
            self.problem = None
