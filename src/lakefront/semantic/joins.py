"""Which datasets a dataset leads to, by many-to-one and one-to-one steps only, so that no row of it is ever doubled."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from lakefront.semantic.model import Relationship


class AmbiguousJoinError(ValueError):
    """Two ways lead to the same dataset, and which is meant is not said."""

    def __init__(self, dataset: str, first: tuple[str, ...], second: tuple[str, ...]) -> None:
        super().__init__(f"two relationships lead to '{dataset}': '{' > '.join(first)}' and '{' > '.join(second)}'")
        self.dataset = dataset


@dataclass(frozen=True)
class Step:
    """One join: rows known as `from_role` each meet at most one row of `dataset`, known as `role`."""

    name: str
    from_role: str
    role: str
    dataset: str
    from_columns: tuple[str, ...]
    to_columns: tuple[str, ...]


@dataclass(frozen=True)
class Routes:
    """Where a dataset leads to: by role, the last step of the way, nearest first."""

    root: str
    reached: dict[str, Step]
    #: Roles that several ways lead to, with the names of the relationships of the first two.
    ambiguous: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = field(
        default_factory=dict[str, tuple[tuple[str, ...], tuple[str, ...]]]
    )

    def datasets(self) -> dict[str, str]:
        """Return the dataset behind each role, the root's own among them."""
        return {self.root: self.root, **{role: step.dataset for role, step in self.reached.items()}}

    def way(self, role: str) -> list[Step]:
        """Return the steps to a role, first to last."""
        steps: list[Step] = []
        while role != self.root:
            steps.append(self.reached[role])
            role = self.reached[role].from_role
        return steps[::-1]

    def require_clear(self, role: str) -> None:
        """Raise AmbiguousJoinError where several ways lead to a role, or to one on the way to it."""
        for step in self.way(role):
            if step.role in self.ambiguous:
                raise AmbiguousJoinError(step.role, *self.ambiguous[step.role])

    def needed(self, roles: Iterable[str]) -> list[Step]:
        """Return the steps that lead to all of `roles`, in an order in which they can be joined."""
        wanted = {step.role for role in roles for step in self.way(role)}
        return [step for role, step in self.reached.items() if role in wanted]


#: The joins that start from each role.
Steps = dict[str, list[Step]]


def routes_from(root: str, relationships: Iterable[Relationship]) -> Routes:
    """Return where `root` leads to."""
    return routes_along(root, steps_of(relationships))


def steps_of(relationships: Iterable[Relationship]) -> Steps:
    """Return the joins that relationships allow. Made once, they serve for the routes of every root."""
    steps: Steps = {}
    for step in _steps(relationships):
        steps.setdefault(step.from_role, []).append(step)
    return steps


def routes_along(root: str, steps: Steps) -> Routes:
    """Return where `root` leads to by these joins."""
    reached: dict[str, Step] = {}
    ways: dict[str, tuple[str, ...]] = {root: ()}
    ambiguous: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
    queue = deque([(root, root)])
    while queue:
        role, dataset = queue.popleft()
        # What starts from a dataset also starts from each part that it plays.
        for found in [*steps.get(role, ()), *(steps.get(dataset, ()) if dataset != role else ())]:
            if found.role == root or found.name in ways[role]:
                continue
            way = (*ways[role], found.name)
            if found.role in reached:
                ambiguous.setdefault(found.role, (ways[found.role], way))
                continue
            reached[found.role] = Step(
                found.name, role, found.role, found.dataset, found.from_columns, found.to_columns
            )
            ways[found.role] = way
            queue.append((found.role, found.dataset))
    return Routes(root, reached, ambiguous)


def _steps(relationships: Iterable[Relationship]) -> Iterator[Step]:
    for item in relationships:
        yield Step(item.name, item.from_, item.role, item.to, item.from_columns, item.to_columns)
        if item.type == "one_to_one":  # may be walked both ways
            yield Step(item.name, item.role, item.from_, item.from_, item.to_columns, item.from_columns)
