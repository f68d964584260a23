"""What is to be done with one asset, told three ways: what was applied last, what git says now, what the server has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Protocol

from lakefront.versions.merge import MISSING, Leaf, Who, merge, same


class Versioned(Protocol):
    """An asset in canonical form. `name`: its file; `key`: what stays when that is renamed; `title`: for people."""

    @property
    def name(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def data(self) -> Mapping[str, Any]: ...


class Action(StrEnum):
    """What is to be done with one asset, or was done to it.

    DRIFT: the server differs from what was applied and git did not change, so that apply puts it back. CONFLICT: both
    changed the same field, and apply takes git's.
    """

    CREATE = "create"
    CHANGE = "change"
    DELETE = "delete"
    DRIFT = "drift"
    CONFLICT = "conflict"


@dataclass(frozen=True)
class FieldChange:
    """A field that apply sets. `before`: the server's value, `after`: git's; MISSING where there is none."""

    path: str
    before: Any
    after: Any
    who: Who

    @property
    def key(self) -> str:
        """The top key that the field is in."""
        return re.split(r"[.\[]", self.path, maxsplit=1)[0]


@dataclass(frozen=True)
class Step:
    """What is to be done with one asset. `name`: its file below `superset_assets`; `key`: its uuid, or its name."""

    action: Action
    name: str
    title: str
    fields: tuple[FieldChange, ...]
    key: str

    @property
    def drifted(self) -> tuple[FieldChange, ...]:
        """The fields that were edited on the server."""
        return tuple(change for change in self.fields if change.who != "git")


#: The path of a step's only field when the whole asset is meant.
WHOLE: Final = ""


def differences(git: Versioned, base: Versioned | None, live: Versioned) -> tuple[Leaf, ...]:
    """Return the fields in which git and the server differ. What was never applied is git's to say."""
    return merge((base or live).data, git.data, live.data).leaves


def step_of(git: Versioned, base: Versioned | None, live: Versioned | None) -> Step | None:
    """Return what makes the server have what git says; None where it has."""
    if live is None:
        whole = FieldChange(WHOLE, MISSING, git.data, "git")
        if base is None:
            return Step(Action.CREATE, git.name, git.title, (whole,), git.key)
        untouched = same(base.data, git.data)
        action = Action.DRIFT if untouched else Action.CONFLICT
        deleted = FieldChange(WHOLE, MISSING, git.data, "live" if untouched else "both")
        return Step(action, git.name, git.title, (deleted,), git.key)
    leaves = differences(git, base, live)
    if not leaves:
        return None
    fields = tuple(FieldChange(leaf.name, leaf.live, leaf.git, leaf.who) for leaf in leaves)
    return Step(_action(fields), git.name, git.title, fields, git.key)


def _action(fields: Iterable[FieldChange]) -> Action:
    who = {change.who for change in fields}
    if "both" in who:
        return Action.CONFLICT
    return Action.CHANGE if "git" in who else Action.DRIFT


def removal_of(base: Versioned, live: Versioned) -> Step:
    """Return what takes away what git no longer has."""
    edited = (leaf for leaf in differences(base, base, live))
    fields = tuple(FieldChange(leaf.name, leaf.live, MISSING, "live") for leaf in edited)
    return Step(Action.DELETE, base.name, live.title, fields, base.key)


def drifted(steps: Iterable[Step]) -> Iterator[Step]:
    """Yield only what was edited on the server."""
    for step in steps:
        if step.drifted:
            yield Step(step.action, step.name, step.title, step.drifted, step.key)
