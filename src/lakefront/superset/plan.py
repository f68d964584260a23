"""What an apply would do, told three ways: what was applied last, what git says now, what the server has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from lakefront.superset.entries import Entries, Entry, order_of
from lakefront.superset.merge import MISSING, Leaf, Who, merge, same, what_arrived


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


@dataclass(frozen=True)
class Plan:
    """All that is to be done, in order.

    `unmanaged`: titles of live assets that this bundle does not manage; they are told and never touched. `access`: what
    is to be done to roles, row filters and accounts, in words; `access_drifted`: whether that is because they were
    edited on the server. `stale`: whether the memory is behind, as after a pull. `warnings`: what git says and this
    server cannot hold.
    """

    steps: tuple[Step, ...]
    unmanaged: tuple[str, ...] = ()
    access: tuple[str, ...] = ()
    access_drifted: bool = False
    stale: bool = False
    warnings: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether the server is as git says."""
        return not self.steps and not self.access

    def of(self, *actions: Action) -> list[Step]:
        """Return the steps of some kinds."""
        return [step for step in self.steps if step.action in actions]


#: The path of a step's only field when the whole asset is meant.
WHOLE: Final = ""


def make_plan(git: Entries, base: Entries, live: Entries, unmanaged: Iterable[str] = ()) -> Plan:
    """Compare. All are by key; `live` has at least what git or `base` have and the server knows."""
    made = [_step(git[key], base.get(key), live.get(key)) for key in sorted(git, key=lambda key: order_of(git[key]))]
    gone = sorted((entry for key, entry in base.items() if key not in git), key=order_of, reverse=True)
    removed = [_removal(entry, live[entry.key]) for entry in gone if entry.key in live]
    stale = base.keys() != git.keys() or any(
        not same(git[key].data, base[key].data) or git[key].name != base[key].name for key in git
    )
    return Plan((*(step for step in made if step), *removed), tuple(unmanaged), stale=stale)


def settle(base: Entries, intent: Entries | None, live: Entries) -> dict[str, Entry]:
    """Return what was applied last when an apply was cut short: of what it meant to do, that which arrived."""
    if intent is None:
        return dict(base)
    settled = {key: entry for key, entry in base.items() if key in intent or key in live}
    for key, meant in intent.items():
        there = live.get(key)
        if there is None:
            continue
        before = base.get(key)
        if before is None:
            # Nobody had it before, so that all of it is ours: what differs since was edited.
            settled[key] = meant
        else:
            value = merge(before.data, meant.data, there.data, what_arrived).value
            settled[key] = Entry(meant.name, key, value)
    return settled


def differences(git: Entry, base: Entry | None, live: Entry) -> tuple[Leaf, ...]:
    """Return the fields in which git and the server differ. What was never applied is git's to say."""
    return merge((base or live).data, git.data, live.data).leaves


def _step(git: Entry, base: Entry | None, live: Entry | None) -> Step | None:
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


def _removal(base: Entry, live: Entry) -> Step:
    edited = (leaf for leaf in differences(base, base, live))
    fields = tuple(FieldChange(leaf.name, leaf.live, MISSING, "live") for leaf in edited)
    return Step(Action.DELETE, base.name, live.title, fields, base.key)


def drift_of(plan: Plan) -> Iterator[Step]:
    """Yield only what was edited on the server."""
    for step in plan.steps:
        if step.drifted:
            yield Step(step.action, step.name, step.title, step.drifted, step.key)
