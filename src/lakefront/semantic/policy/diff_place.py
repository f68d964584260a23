"""Which line of which file is behind a change: a membership, a key of a role, an attribute, or a model."""

from __future__ import annotations

from dataclasses import dataclass

from lakefront.semantic.policy.model import Role
from lakefront.semantic.policy.resolve import Standing
from lakefront.semantic.policy.side import Side
from lakefront.semantic.policy.tables import Glimpse


@dataclass(frozen=True)
class Subject:
    """Somebody with what decides what she sees, on the older side and on the newer one."""

    who: str
    old: Standing | None
    new: Standing | None


@dataclass(frozen=True)
class Pair:
    """Both states. The newer one is told of wherever it says something of the matter, else the older one."""

    base: Side
    head: Side

    def plain(self, name: str) -> str:
        """Return a table's name as patterns have it."""
        return name.removeprefix(f"{self.head.catalog}.") if name.count(".") == 2 else name

    def _sides(self, *, gain: bool) -> tuple[Side, Side]:
        return (self.head, self.base) if gain else (self.base, self.head)

    def _by_membership(self, subject: Subject, side: Side, role: str) -> str | None:
        """Return where it says that somebody has a role, if that is what is different."""
        who, other = subject.who, subject.old if side is self.head else subject.new
        if other is not None and role in other.roles:
            return None
        for heir in side.policies.roles.values():
            if role in heir.inherits and other is not None and heir.name in other.roles:
                return side.in_role(heir.name, "inherits", heir.inherits.index(role))
        return side.in_role(role) if who.startswith("role ") else side.held_at(who, role)

    def power_at(self, subject: Subject, power: str, before: Role | None, after: Role | None) -> str | None:
        """Return where a power comes from, or came from."""
        side, role = (self.head, after) if after is not None else (self.base, before)
        if role is None:
            return None
        return self._by_membership(subject, side, role.name) or side.in_role(role.name, power)

    def pattern_at(self, subject: Subject, side: Side, role: str, number: int) -> str | None:
        """Return where tables are opened as they are."""
        return self._by_membership(subject, side, role) or side.in_role(role, "tables", number)

    def opened_at(self, subject: Subject, glimpse: Glimpse, *, gain: bool) -> str | None:
        """Return why a table is open on one side only."""
        side, other = self._sides(gain=gain)
        member = self._by_membership(subject, side, glimpse.role)
        if member:
            return member
        theirs = other.policies.roles.get(glimpse.role)
        mine = side.policies.roles[glimpse.role]
        if theirs is not None and mine.datasets == theirs.datasets:
            if theirs.rows != mine.rows:
                return self._rows_at(glimpse, side, other)
            return side.described_at(glimpse.dataset)
        return side.granted_at(glimpse.role, glimpse.dataset)

    def shown_at(self, subject: Subject, glimpse: Glimpse, column: str | None, *, gain: bool) -> str | None:
        """Return why a role shows rows, or a column of them, on one side only."""
        side, other = self._sides(gain=gain)
        member = self._by_membership(subject, side, glimpse.role)
        if member:
            return member
        theirs = other.policies.roles.get(glimpse.role)
        mine = side.policies.roles[glimpse.role]
        if theirs is None:
            return side.in_role(mine.name)
        if column is not None:
            found = self._column_at(glimpse, column, side, other)
            if found:
                return found
        if mine.rows != theirs.rows:
            return self._rows_at(glimpse, side, other)
        old, new = (dict(item.attributes) if item else {} for item in (subject.old, subject.new))
        changed = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
        if changed:
            return self.head.attribute_at(subject.who, changed) or self.base.attribute_at(subject.who, changed)
        return side.described_at(glimpse.dataset, column)

    def _rows_at(self, glimpse: Glimpse, side: Side, other: Side) -> str | None:
        mine, theirs = (item.policies.roles[glimpse.role].rows for item in (side, other))
        keys = [key for key in (*mine, *theirs) if mine.get(key) != theirs.get(key)]
        key = glimpse.dataset if glimpse.dataset in keys else keys[0]
        here = key in self.head.policies.roles[glimpse.role].rows
        return (self.head if here else self.base).in_role(glimpse.role, "rows", key)

    def _column_at(self, glimpse: Glimpse, column: str, side: Side, other: Side) -> str | None:
        mine, theirs = (item.policies.roles[glimpse.role] for item in (side, other))
        key = f"{glimpse.dataset}.{column}"
        if mine.columns.get(key) != theirs.columns.get(key):
            here = key in self.head.policies.roles[mine.name].columns
            return (self.head if here else self.base).in_role(mine.name, "columns", key)
        if key in mine.columns:
            return None
        known = [self._sensitivity(item, glimpse.dataset, column) for item in (side, other)]
        if known[0] != known[1]:
            return self.head.described_at(glimpse.dataset, column)
        sensitivity = known[0]
        changed = [item for item in (*mine.masks, *theirs.masks) if mine.masks.get(item) != theirs.masks.get(item)]
        if not changed:
            return None
        # Of a column that another dataset describes, the first mask that has changed is the likeliest.
        item = next((one for one in changed if one == sensitivity), changed[0])
        here = item in self.head.policies.roles[mine.name].masks
        return (self.head if here else self.base).in_role(mine.name, "masks", item.value)

    @staticmethod
    def _sensitivity(side: Side, dataset: str, column: str) -> str | None:
        found = side.loaded.layer.datasets.get(dataset) if side.loaded else None
        item = found.column(column) if found else None
        return side.tables.sensitivity(found, item).value if found and item else None
