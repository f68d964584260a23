"""What an apply to Superset would do: a step for each asset that differs, in an order that can be carried out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lakefront.superset.entries import Entries, Entry, order_of
from lakefront.versions.merge import merge, same, what_arrived
from lakefront.versions.steps import Action, Step, drifted, removal_of, step_of


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


def make_plan(git: Entries, base: Entries, live: Entries, unmanaged: Iterable[str] = ()) -> Plan:
    """Compare. All are by key; `live` has at least what git or `base` have and the server knows."""
    made = [step_of(git[key], base.get(key), live.get(key)) for key in sorted(git, key=lambda key: order_of(git[key]))]
    gone = sorted((entry for key, entry in base.items() if key not in git), key=order_of, reverse=True)
    removed = [removal_of(entry, live[entry.key]) for entry in gone if entry.key in live]
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


def drift_of(plan: Plan) -> Iterator[Step]:
    """Yield only what was edited on the server."""
    return drifted(plan.steps)
