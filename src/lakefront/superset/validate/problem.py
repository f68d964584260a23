"""What `lakefront superset validate` finds: its codes, and how problems are collected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from lakefront.errors import Location
from lakefront.superset.validate.codes import ERRORS, WARNINGS


class Severity(StrEnum):
    """An error is refused or goes wrong in Superset; a warning is a matter of quality."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, where, and what mends it."""

    code: str
    what: str
    where: Location
    fix: str

    @property
    def severity(self) -> Severity:
        """Whether it fails a run."""
        return Severity.WARNING if self.code in WARNINGS else Severity.ERROR

    def as_dict(self) -> dict[str, str]:
        """Return it as plain data."""
        return {
            "severity": self.severity.value,
            "code": self.code,
            "what": self.what,
            "where": str(self.where),
            "fix": self.fix,
        }


class Problems:
    """Collects problems; the same one at the same place is told once."""

    def __init__(self) -> None:
        self._found: dict[Problem, None] = {}

    def add(self, code: str, what: str, where: Location, fix: str) -> None:
        """Add a problem of a known code."""
        if code not in ERRORS and code not in WARNINGS:
            raise KeyError(code)
        self._found[Problem(code, what, where, fix)] = None

    def extend(self, problems: Iterable[Problem]) -> None:
        """Add problems that were found elsewhere."""
        self._found.update(dict.fromkeys(problems))

    def __iter__(self) -> Iterator[Problem]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def ordered(self) -> list[Problem]:
        """Return all of them by file, line and column."""
        return sorted(self._found, key=lambda p: (str(p.where.file), p.where.line, p.where.column, p.code, p.what))
