"""Which datasets a dataset leads to, by many-to-one steps only, so that no row of it is ever doubled."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from lakefront.semantic.model import Relationship


class AmbiguousJoinError(ValueError):
    """Two ways lead to the same dataset, and which is meant is not said."""

    def __init__(self, dataset: str, first: str, second: str) -> None:
        super().__init__(f"two relationships lead to '{dataset}': '{first}' and '{second}'")
        self.dataset = dataset


def joins_from(root: str, relationships: Iterable[Relationship]) -> dict[str, Relationship]:
    """Return the datasets that `root` leads to, nearest first, each with the last step of its way.

    Raises AmbiguousJoinError.
    """
    steps: dict[str, list[Relationship]] = {}
    for relationship in relationships:
        steps.setdefault(relationship.from_, []).append(relationship)
    reached: dict[str, Relationship] = {}
    queue = deque([root])
    while queue:
        for step in steps.get(queue.popleft(), ()):
            if step.to == root:
                continue
            if step.to in reached:
                raise AmbiguousJoinError(step.to, reached[step.to].name, step.name)
            reached[step.to] = step
            queue.append(step.to)
    return reached


def needed_joins(datasets: Iterable[str], reached: dict[str, Relationship]) -> list[Relationship]:
    """Return the steps that lead to all of `datasets`, in an order in which they can be joined."""
    wanted: set[str] = set()
    for name in datasets:
        while name in reached and name not in wanted:
            wanted.add(name)
            name = reached[name].from_  # noqa: PLW2901 - walks back to the root
    return [step for name, step in reached.items() if name in wanted]
