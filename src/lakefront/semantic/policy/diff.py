"""Two states of the semantic layer -> who gains or loses which tables, rows, columns and powers.

A gain is whatever is not proven to be none: conditions are compared by `implies`, cell by cell as they are put together
by `resolve`. Rows first; then each column in the rows that were seen before, so that wider rows are told once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from lakefront.semantic.model import Sensitivity
from lakefront.semantic.policy.diff_edits import edit_changes
from lakefront.semantic.policy.diff_place import Pair, Subject
from lakefront.semantic.policy.diff_powers import power_changes
from lakefront.semantic.policy.implies import ALL, Form, both, either, implies
from lakefront.semantic.policy.model import Mask
from lakefront.semantic.policy.resolve import Access, Standing, access
from lakefront.semantic.policy.rows import kind_of
from lakefront.semantic.policy.side import Side
from lakefront.semantic.policy.tables import Glimpse
from lakefront.semantic.policy.told import condition_told, rows_told

_CLOSED: Final = "closed"
_AS_IT_IS: Final = "as it is, past filters and masks"
#: Opened by a pattern of tables, which no filter and no mask is put on.
_WHOLE: Final = "whole"
_Seen = Access | str | None


@dataclass(frozen=True)
class Change:
    """One thing that is different. `what`: table, rows, columns, or a power, such as admin or sql.

    `gain` and `loss`: both where it cannot be said that one state is within the other. `where`: the line that says so;
    one of the older state where what it said is gone.
    """

    who: tuple[str, ...]
    what: str
    tables: tuple[str, ...]
    columns: tuple[str, ...]
    before: str
    after: str
    gain: bool
    loss: bool
    where: str | None

    @property
    def kind(self) -> str:
        """The change in one word; what is not proven to be a loss only is a gain."""
        return "gain" if self.gain else "loss"


def diff(base: Side, head: Side) -> list[Change]:
    """Return all changes from an older state to a newer one: gains first; empty where everybody sees the same."""
    pair = Pair(base, head)
    found = list(power_changes(base, head, Change))
    for who in sorted({*base.standings, *head.standings}):
        found += _of_one(pair, who, base.standings.get(who), head.standings.get(who))
    found += _unheld(pair)
    return sorted(_together(found), key=lambda item: (not item.gain, item.what in _OF_TABLES, item.who, item.tables))


_OF_TABLES: Final = frozenset({"table", "rows", "columns"})


def _unheld(pair: Pair) -> list[Change]:
    """Return changes of roles that nobody has; one that has only been renamed has none."""
    base, head = pair.base, pair.head
    names = sorted(base.unheld | head.unheld)
    renamed: set[str] = set()
    for old in (name for name in names if name not in head.policies.roles):
        for new in (name for name in names if name not in base.policies.roles and name not in renamed):
            if not _of_one(pair, "", base.unbound([old]), head.unbound([new])):
                renamed |= {old, new}
                break
    found: list[Change] = []
    for name in names:
        if name not in renamed:
            old, new = (side.unbound([name]) if name in side.policies.roles else None for side in (base, head))
            found += _of_one(pair, f"role {name}", old, new)
    return found


def _of_one(pair: Pair, who: str, old: Standing | None, new: Standing | None) -> list[Change]:
    """Return the changes of one person, group or role."""
    found = list(_powers(pair, who, old, new))
    admin = [any(role.admin for role in side.roles(item)) for side, item in ((pair.base, old), (pair.head, new))]
    if any(admin):
        return found  # who sees everything on one side: the power says it all
    found += edit_changes(pair.base, pair.head, who, (old, new), Change)
    compare = _Comparison(pair, who, old, new)
    found += compare.patterns()
    for name in sorted({*pair.base.tables.tables, *pair.head.tables.tables}):
        found += compare.table(name)
    return found


_POWERS: Final = {
    "admin": "sees and may change everything",
    "operate": "sees who asks what and how large tables are, may end queries, reads Trino's figures",
    "sql": "may write SQL in Superset",
}


def _powers(pair: Pair, who: str, old: Standing | None, new: Standing | None) -> Iterator[Change]:
    before, after = pair.base.roles(old), pair.head.roles(new)
    if bool(before) != bool(after) and not who.startswith(("role ", "group ")):
        gain = bool(after)
        side, roles = (pair.head, after) if gain else (pair.base, before)
        words = ("nothing", f"may ask, as {', '.join(role.name for role in roles)}")
        texts = words if gain else words[::-1]
        yield _change(who, "person", texts, side.held_at(who, roles[0].name), gain=gain)
    for power, words in _POWERS.items():
        holders = [next((role for role in roles if getattr(role, power)), None) for roles in (before, after)]
        if bool(holders[0]) != bool(holders[1]):
            gain = holders[1] is not None
            where = pair.power_at(Subject(who, old, new), power, holders[0], holders[1])
            texts = ("no", words) if gain else (words, "no")
            yield _change(who, power, texts, where, gain=gain)


def _change(who: str, what: str, texts: tuple[str, ...], where: str | None, *, gain: bool) -> Change:
    return Change((who,), what, (), (), *texts, gain=gain, loss=not gain, where=where)


@dataclass(frozen=True)
class _Both:
    """What is seen of a table on both sides, with its rows and its columns' types."""

    name: str
    seen: tuple[Access, Access]
    rows: tuple[Form, Form]
    types: tuple[dict[str, str], dict[str, str]]


class _Comparison:
    """What one standing sees of tables, on both sides."""

    def __init__(self, pair: Pair, who: str, old: Standing | None, new: Standing | None) -> None:
        self.pair, self.who, self.old, self.new = pair, who, old, new
        self.subject = Subject(who, old, new)
        self.old_patterns = pair.base.patterns(old)
        self.new_patterns = pair.head.patterns(new)

    def patterns(self) -> Iterator[Change]:
        """Yield the patterns of tables that are new or gone."""
        for gain in (True, False):
            side, mine, others = (
                (self.pair.head, self.new_patterns, self.old_patterns)
                if gain
                else (self.pair.base, self.old_patterns, self.new_patterns)
            )
            for pattern, (role, number) in sorted(mine.items()):
                if not _opens(others, pattern):
                    where = self.pair.pattern_at(self.subject, side, role, number)
                    texts = (_CLOSED, _AS_IT_IS) if gain else (_AS_IT_IS, _CLOSED)
                    yield Change((self.who,), "table", (pattern,), (), *texts, gain, not gain, where)

    def _seen(self, side: Side, who: Standing | None, patterns: Iterable[str], name: str) -> _Seen:
        if _opens(patterns, self.pair.plain(name)):
            return _WHOLE
        table = side.tables.tables.get(name)
        return access(side.tables, table, who) if table and who else None

    def table(self, name: str) -> Iterator[Change]:
        """Yield what is different about a table that a dataset or a rollup is over."""
        before = self._seen(self.pair.base, self.old, self.old_patterns, name)
        after = self._seen(self.pair.head, self.new, self.new_patterns, name)
        if isinstance(before, Access) and isinstance(after, Access):
            yield from self._cells(name, before, after)
            return
        if before is after:
            return
        gain = after is _WHOLE or before is None
        side, seen = (self.pair.head, after) if gain else (self.pair.base, before)
        if isinstance(seen, Access):
            where = self.pair.opened_at(self.subject, seen.glimpses[0], gain=gain)
        else:
            pattern = next(text for text in self._patterns(gain=gain) if _opens([text], self.pair.plain(name)))
            role, number = self._patterns(gain=gain)[pattern]
            where = self.pair.pattern_at(self.subject, side, role, number)
        texts = (_told(self.pair.base, name, before), _told(self.pair.head, name, after))
        yield Change((self.who,), "table", (name,), (), *texts, gain, not gain, where)

    def _patterns(self, *, gain: bool) -> dict[str, tuple[str, int]]:
        return self.new_patterns if gain else self.old_patterns

    def _cells(self, name: str, before: Access, after: Access) -> Iterator[Change]:
        old_types, new_types = (side.tables.tables[name].types for side in (self.pair.base, self.pair.head))
        if old_types == new_types and _shown(before) == _shown(after):
            return
        old, new = (_rows(seen, _any) for seen in (before, after))
        table = _Both(name, (before, after), (old, new), (old_types, new_types))
        gain, loss = not implies(new, old), not implies(old, new)
        if gain or loss:
            where = self._cause(table, None, Mask.NULL, gain=gain)
            yield Change((self.who,), "rows", (name,), (), rows_told(before), rows_told(after), gain, loss, where)
        for column in sorted({*old_types, *new_types}):
            yield from self._column(table, column)

    def _column(self, table: _Both, column: str) -> Iterator[Change]:
        gain: Mask | None = None
        loss: Mask | None = None
        for mask in list(Mask)[1:]:
            old, new = (_rows(seen, _at_least(column, mask)) for seen in table.seen)
            gain = gain if implies(both(new, table.rows[0]), old) else mask
            loss = loss if implies(both(old, table.rows[1]), new) else mask
        if not gain and not loss and _generalised_differently(table, column):
            gain = loss = Mask.GENERALISE
        if gain or loss:
            where = self._cause(table, column, gain or loss or Mask.SHOW, gain=bool(gain))
            before, after = (
                _column_told(seen, column, types) for seen, types in zip(table.seen, table.types, strict=True)
            )
            yield Change((self.who,), "columns", (table.name,), (column,), before, after, bool(gain), bool(loss), where)

    def _cause(self, table: _Both, column: str | None, mask: Mask, *, gain: bool) -> str | None:
        """Return the line behind a change: of the first role that shows what the other side does not."""
        counts = _at_least(column, mask) if column else _any
        seen, other = table.seen[::-1] if gain else table.seen
        matching = [glimpse for glimpse in seen.glimpses if counts(glimpse)]
        covered = _rows(other, counts)
        beyond = [glimpse for glimpse in matching if not implies(glimpse.form, covered)]
        glimpse = next(iter(beyond or matching or seen.glimpses))
        return self.pair.shown_at(self.subject, glimpse, column, gain=gain)


def _opens(patterns: Iterable[str], name: str) -> bool:
    return any(item in (name, f"{name.rpartition('.')[0]}.*") for item in patterns)


def _any(_: Glimpse) -> bool:
    return True


def _at_least(column: str, mask: Mask) -> Callable[[Glimpse], bool]:
    return lambda glimpse: glimpse.masks.get(column, Mask.NULL).rank >= mask.rank


def _rows(seen: Access, counts: Callable[[Glimpse], bool]) -> Form:
    """Return the rows that are shown by those glimpses that count."""
    forms = [glimpse.form for glimpse in seen.glimpses if counts(glimpse)]
    return ALL if ALL in forms else either(forms)


def _shown(seen: Access) -> list[tuple[Form, dict[str, Mask]]]:
    return [(glimpse.form, dict(glimpse.masks)) for glimpse in seen.glimpses]


def _generalised_differently(table: _Both, column: str) -> bool:
    """Tell whether a column of another type is now made vague in another way: neither says less than the other."""
    if any(mask is Mask.GENERALISE for seen in table.seen for _, mask in seen.mask(column)):
        return len({kind_of(known[column]) for known in table.types if column in known}) > 1
    return False


def _told(side: Side, name: str, seen: _Seen) -> str:
    """Return what is seen of a table in words."""
    if not isinstance(seen, Access):
        return _CLOSED if seen is None else _AS_IT_IS
    table = side.tables.tables[name]
    sensitive = {
        column.name
        for dataset in table.datasets
        for column in dataset.columns
        if side.tables.sensitivity(dataset, column) is Sensitivity.PII
    }
    by_text: dict[str, list[str]] = {}
    for column in table.types:
        by_text.setdefault(_column_told(seen, column, table.types), []).append(column)
    plain = [column for column in by_text.get("show", []) if column not in sensitive]
    parts = [
        f"{', '.join(columns)}: {text}"
        for text, every in by_text.items()
        if (columns := [column for column in every if column not in plain])
    ]
    rest = "all columns" if not parts else "the other columns"
    parts += [f"{rest} as they are"] if plain else []
    return "; ".join([rows_told(seen), *parts])


def _column_told(seen: Access, column: str, known: dict[str, str]) -> str:
    if column not in known:
        return "not described"
    *cases, (_, last) = seen.mask(column)
    if not cases:
        return last.value
    told = [f"{mask} where {condition_told(condition)}" for condition, mask in cases if condition is not None]
    return f"{', '.join(told)}, else {last}"


def _together(changes: Iterable[Change]) -> list[Change]:
    """Put changes into one that differ only in their columns, then only in who has them, then only in their tables."""
    found = list(changes)
    for field in ("columns", "who", "tables"):
        groups: dict[Change, list[Change]] = {}
        for change in found:
            groups.setdefault(replace(change, **{field: ()}), []).append(change)
        found = [
            replace(key, **{field: tuple(sorted({name for item in items for name in getattr(item, field)}))})
            for key, items in groups.items()
        ]
    return found
