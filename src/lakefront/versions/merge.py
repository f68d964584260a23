"""Three versions of one asset compared and merged field by field: what was applied last, git's, the server's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Literal, cast

from lakefront.versions.plain import listed, mapping

Who = Literal["git", "live", "both"]


class Missing(Enum):
    """What stands where one version has nothing."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING
#: By what the items of a list are told apart, where they are mappings: the first that all of them have.
_KEYS: Final = ("id", "column_name", "metric_name", "chart", "tab", "optionName")


@dataclass(frozen=True)
class Leaf:
    """A field in which git and the server differ. `path`: keys from the top; `[…]` is an item of a list."""

    path: tuple[str, ...]
    base: Any
    git: Any
    live: Any

    @property
    def who(self) -> Who:
        """Whose change it is: a side that is as it was applied last has changed nothing."""
        if same(self.base, self.live):
            return "git"
        return "live" if same(self.base, self.git) else "both"

    @property
    def name(self) -> str:
        """The path as text, such as `metadata.native_filter_configuration[NATIVE_FILTER-1].name`."""
        text = ""
        for part in self.path:
            text += part if part.startswith("[") or not text else f".{part}"
        return text


@dataclass(frozen=True)
class Merged:
    """The merged data, and every field in which git and the server differ."""

    value: Any
    leaves: tuple[Leaf, ...]


def same(one: Any, other: Any) -> bool:
    """Tell whether two values mean the same; a truth value is no number."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        left, right = cast("Mapping[str, Any]", one), cast("Mapping[str, Any]", other)
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(one, list) and isinstance(other, list):
        ours, theirs = cast("list[Any]", one), cast("list[Any]", other)
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def ours_first(leaf: Leaf) -> Any:
    """Take the side that changed; git's where both did."""
    return leaf.live if leaf.who == "live" else leaf.git


def theirs_first(leaf: Leaf) -> Any:
    """Take the side that changed; the server's where both did."""
    return leaf.git if leaf.who == "git" else leaf.live


def what_arrived(leaf: Leaf) -> Any:
    """Take what was meant to be applied (as git) where the server has it, else what was applied before."""
    return leaf.git if same(leaf.git, leaf.live) else leaf.base


def merge(base: Any, git: Any, live: Any, choose: Callable[[Leaf], Any] = ours_first) -> Merged:
    """Merge two changed versions of `base`. What only one side changed is taken from that side."""
    leaves: list[Leaf] = []
    value = _Merger(choose, leaves).merge(base, git, live, ())
    return Merged(value, tuple(leaves))


class _Merger:
    def __init__(self, choose: Callable[[Leaf], Any], leaves: list[Leaf]) -> None:
        self.choose = choose
        self.leaves = leaves

    def merge(self, base: Any, git: Any, live: Any, path: tuple[str, ...]) -> Any:
        if same(git, live):
            return git
        if isinstance(git, Mapping) and isinstance(live, Mapping):
            return self._mappings(mapping(base), mapping(git), mapping(live), path)
        if isinstance(git, list) and isinstance(live, list):
            lists = (listed(base), cast("list[Any]", git), cast("list[Any]", live))
            keyed = _keyed(lists)
            if keyed:
                return self._by_key(keyed, path)
            if isinstance(base, list) and _alike(lists):
                return [
                    self.merge(*items, (*path, f"[{number}]"))
                    for number, items in enumerate(zip(*lists, strict=True), start=1)
                ]
        leaf = Leaf(path, base, git, live)
        self.leaves.append(leaf)
        return self.choose(leaf)

    def _mappings(
        self, base: Mapping[str, Any], git: Mapping[str, Any], live: Mapping[str, Any], path: tuple[str, ...]
    ) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key in [*git, *(key for key in live if key not in git)]:
            value = self.merge(
                base.get(key, MISSING), git.get(key, MISSING), live.get(key, MISSING), (*path, key)
            )  # fmt: skip
            if value is not MISSING:
                result[key] = value
        return result

    def _by_key(self, keyed: Sequence[dict[str, Any]], path: tuple[str, ...]) -> list[Any]:
        base, git, live = keyed
        merged: dict[str, Any] = {}
        for key in _woven(list(git), list(live)):
            value = self.merge(
                base.get(key, MISSING), git.get(key, MISSING), live.get(key, MISSING), (*path, f"[{key}]")
            )  # fmt: skip
            if value is not MISSING:
                merged[key] = value
        return list(merged.values())


def _alike(lists: Sequence[list[Any]]) -> bool:
    """Tell whether the lists can be compared place by place: of one length, and made of mappings only."""
    return len({len(items) for items in lists}) == 1 and all(
        isinstance(item, Mapping) for items in lists for item in items
    )


def _keyed(lists: Sequence[list[Any]]) -> list[dict[str, Any]] | None:
    """Return the items of the lists by a key that tells them apart, if they stand in one order in all of them."""
    items = [item for found in lists for item in found]
    if not items or not all(isinstance(item, Mapping) for item in items):
        return None
    for key in _KEYS:
        if all(isinstance(item.get(key), str) for item in items):
            keyed = [{str(item[key]): item for item in found} for found in lists]
            unique = all(len(by_key) == len(found) for by_key, found in zip(keyed, lists, strict=True))
            return keyed if unique and _one_order([list(by_key) for by_key in keyed]) else None
    return None


def _one_order(orders: Sequence[list[str]]) -> bool:
    for number, one in enumerate(orders):
        for other in orders[number + 1 :]:
            common = set(one) & set(other)
            if [key for key in one if key in common] != [key for key in other if key in common]:
                return False
    return True


def _woven(git: list[str], live: list[str]) -> list[str]:
    """Return the keys of both in an order that keeps each one's own: what only the server has follows its neighbour."""
    result = list(git)
    place = 0
    for key in live:
        if key in result:
            place = result.index(key) + 1
        else:
            result.insert(place, key)
            place += 1
    return result
