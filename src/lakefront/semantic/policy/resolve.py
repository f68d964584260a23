"""A person -> her roles, and what they show her of each table.

Each cell that a person sees is shown by at least one of her roles by itself. Several roles are put together cell by
cell: a row is there if one of them shows it, and a column of that row is as open as the most open of the roles that
show this very row. So a role more never hides anything, and two roles together show nothing that neither shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlglot import exp

from lakefront.semantic.policy.mask import HashKey, masked
from lakefront.semantic.policy.model import Mask, Policies, Value
from lakefront.semantic.policy.rows import ME, Unbound, asks_who, attributes_used
from lakefront.semantic.policy.tables import Glimpse, Table, Tables

Members = Mapping[str, Sequence[str]]
NOTHING: Final[tuple[Glimpse, ...]] = ()


@dataclass(frozen=True)
class Standing:
    """All that decides what a person sees: people of one standing see the same."""

    roles: tuple[str, ...]
    attributes: tuple[tuple[str, tuple[Value | Unbound, ...]], ...] = ()


@dataclass(frozen=True)
class Access:
    """What a person sees of a table, role by role."""

    table: str
    glimpses: tuple[Glimpse, ...]

    def condition(self) -> exp.Expr | None:
        """Return which rows are seen, as SQL; None for all."""
        return _any_of(self.glimpses)

    def mask(self, column: str) -> list[tuple[exp.Expr | None, Mask]]:
        """Return how a column is shown in which rows: the first that holds counts, the last is for all others."""
        if len(self.glimpses) == 1:
            return [(None, self.glimpses[0].masks.get(column, Mask.NULL))]
        by_mask: dict[Mask, list[Glimpse]] = {}
        for glimpse in self.glimpses:
            by_mask.setdefault(glimpse.masks.get(column, Mask.NULL), []).append(glimpse)
        result: list[tuple[exp.Expr | None, Mask]] = []
        for mask in sorted(by_mask, key=lambda item: -item.rank):
            condition = None if len(result) == len(by_mask) - 1 else _any_of(by_mask[mask])
            result.append((condition, mask))
            if condition is None:
                break
        return result

    def mask_sql(self, column: str, type_: str, key: HashKey) -> exp.Expr | None:
        """Return the value of a column as it is shown; None when it is shown as it is."""
        *cases, (_, last) = self.mask(column)
        if not cases:
            return None if last is Mask.SHOW else masked(last, column, type_, key)
        made = exp.Case(default=masked(last, column, type_, key))
        for condition, mask in cases:
            made = made.when(condition or exp.true(), masked(mask, column, type_, key), copy=False)
        return made

    @property
    def all_rows(self) -> bool:
        """Whether no row is held back."""
        return any(glimpse.all_rows for glimpse in self.glimpses)

    def shows_all(self, columns: Iterable[str]) -> bool:
        """Tell whether these columns of all rows are shown as they are."""
        return self.all_rows and all(self.mask(column) == [(None, Mask.SHOW)] for column in columns)


def _any_of(glimpses: Sequence[Glimpse]) -> exp.Expr | None:
    if any(glimpse.condition is None for glimpse in glimpses):
        return None
    if len(glimpses) == 1:
        return exp.or_(glimpses[0].condition)
    conditions = {
        glimpse.condition.sql("trino", identify=True): glimpse.condition for glimpse in glimpses if glimpse.condition
    }
    return exp.or_(*(conditions[text] for text in sorted(conditions)))


def roles_of(policies: Policies, user: str, groups: Sequence[str] | None = None) -> tuple[str, ...]:
    """Return all roles that a person has: her own, those of her groups, and those that these inherit; sorted.

    `groups`: as the identity provider says; None for those of the policy's own lists.
    """
    person = policies.users.get(user)
    names = list(person.roles) if person else []
    for group in _groups_of(policies, user, groups):
        names += policies.groups[group].roles
    return with_inherited(policies, names)


def with_inherited(policies: Policies, names: Iterable[str]) -> tuple[str, ...]:
    """Return roles and all that they inherit, sorted."""
    waiting = list(names)
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += policies.roles[name].inherits
    return tuple(sorted(found))


def _groups_of(policies: Policies, user: str, groups: Sequence[str] | None) -> list[str]:
    if groups is not None or policies.claim:
        return [name for name in groups or () if name in policies.groups]
    return [group.name for group in policies.groups.values() if user in group.members]


def standing(policies: Policies, user: str, groups: Sequence[str] | None = None) -> Standing | None:
    """Return a person's standing; None for one that no policy gives a role."""
    roles = roles_of(policies, user, groups)
    if not roles:
        return None
    texts = [text for name in roles for text in policies.roles[name].rows.values()]
    wanted = sorted({attribute for text in texts for attribute, _ in attributes_used(text)})
    person = policies.users.get(user)
    known: list[tuple[str, tuple[Value | Unbound, ...]]] = []
    for name in wanted:
        values = list(person.attributes.get(name, ())) if person else []
        if not values:
            for group in _groups_of(policies, user, groups):
                values += policies.groups[group].attributes.get(name, ())
        known.append((name, tuple(sorted(set(values), key=str))))
    if any(asks_who(text) for text in texts):
        known.append((ME, (user,)))
    return Standing(roles, tuple(known))


def everybody(policies: Policies, members: Members | None = None) -> dict[str, Standing]:
    """Return the standing of all people that have one. `members`: groups of each person, from the identity provider."""
    names = {*policies.users, *(members or ()), *(name for group in policies.groups.values() for name in group.members)}
    found = {name: standing(policies, name, members.get(name) if members else None) for name in sorted(names)}
    return {name: item for name, item in found.items() if item and name not in policies.services}


def access(tables: Tables, table: Table, who: Standing) -> Access | None:
    """Return what people of a standing see of a table; None when none of their roles opens it."""
    attributes = dict(who.attributes)
    glimpses = [glimpse for name in who.roles for glimpse in tables.glimpses(tables.roles[name], table, attributes)]
    return Access(table.name, tuple(glimpses)) if glimpses else None
