"""Files of a bundle as they are and as they should be."""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Left:
    """One thing whose edits on the server were not taken, why, and what to do."""

    name: str
    because: str


@dataclass(frozen=True)
class FileEdit:
    """One file that is to be written. `name`: its path in the bundle; `before`: empty for a new one."""

    name: str
    file: Path
    before: str
    after: str

    @property
    def patch(self) -> str:
        """The change, as `git apply` takes it in the bundle's folder."""
        old, new = self.before.splitlines(keepends=True), self.after.splitlines(keepends=True)
        source = f"a/{self.name}" if self.before else "/dev/null"
        return "".join(difflib.unified_diff(old, new, source, f"b/{self.name}"))

    def write(self) -> None:
        """Replace the file at once: a reader sees the old or the new one, never half of it."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.file.with_name(f".{self.file.name}.{os.getpid()}.tmp")
        temporary.write_text(self.after, encoding="utf-8")
        temporary.replace(self.file)
