"""The one family of errors that Lakefront raises for a user to read.

Each error says what happened, where, and what mends it, and knows its exit code:
0 fine, 1 a check found something, 2 wrong usage or a bad file, 3 not allowed, 4 a service is unreachable,
5 partly done.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar


@dataclass(frozen=True)
class Location:
    """A place in a file that a person wrote. Lines and columns count from 1; 0 means unknown."""

    file: Path
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return ":".join([str(self.file), *(str(n) for n in (self.line, self.column) if n)])


class LakefrontError(Exception):
    """Base of all errors. `code` is stable and greppable, `fix` is a command or an edit."""

    exit_code: ClassVar[int] = 1

    def __init__(self, code: str, what: str, *, fix: str, where: Location | None = None) -> None:
        super().__init__(what)
        self.code = code
        self.what = what
        self.fix = fix
        self.where = where

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.what} [{self.code}]\n  to mend it: {self.fix}"

    def as_dict(self) -> dict[str, str | int | None]:
        """Return the error as plain data, for `--format json` and the supervisor's state file."""
        return {
            "code": self.code,
            "what": self.what,
            "where": str(self.where) if self.where else None,
            "fix": self.fix,
            "exit_code": self.exit_code,
        }


class CheckFailedError(LakefrontError):
    """A check or review found something."""

    exit_code = 1


class BadInputError(LakefrontError):
    """Wrong usage or a bad file."""

    exit_code = 2


class BadFilesError(BadInputError):
    """All that is wrong with some files, in their order. The error itself is the first."""

    def __init__(self, problems: Iterable[BadInputError]) -> None:
        self.problems = tuple(sorted(problems, key=_place))
        first = self.problems[0]
        super().__init__(first.code, first.what, fix=first.fix, where=first.where)

    def __str__(self) -> str:
        return "\n".join(BadInputError.__str__(problem) for problem in self.problems)


def _place(problem: BadInputError) -> tuple[str, int, int]:
    return (str(problem.where.file), problem.where.line, problem.where.column) if problem.where else ("", 0, 0)


class NotAllowedError(LakefrontError):
    """The person or the process may not do this."""

    exit_code = 3


class UnreachableError(LakefrontError):
    """A service does not answer, or did not start."""

    exit_code = 4


class PartlyDoneError(LakefrontError):
    """Some of the work is done; `what` says which is not."""

    exit_code = 5


_BY_EXIT_CODE: dict[int, type[LakefrontError]] = {
    kind.exit_code: kind
    for kind in (CheckFailedError, BadInputError, NotAllowedError, UnreachableError, PartlyDoneError)
}


def from_dict(data: dict[str, str | int | None]) -> LakefrontError:
    """Rebuild an error that another process wrote with `as_dict`."""
    kind = _BY_EXIT_CODE.get(int(data.get("exit_code") or 1), LakefrontError)
    error = kind(str(data["code"]), str(data["what"]), fix=str(data["fix"]))
    if data.get("where"):
        error.where = Location(Path(str(data["where"])))
    return error


def did_you_mean(name: str, candidates: Iterable[str]) -> str:
    """Return ` Did you mean 'x'?` for the nearest candidate, or an empty string."""
    nearest = difflib.get_close_matches(name, list(candidates), n=1, cutoff=0.5)
    return f" Did you mean '{nearest[0]}'?" if nearest else ""
