"""All names of the models that are being checked, and the error for one that is not among them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from lakefront.errors import BadInputError, did_you_mean
from lakefront.semantic.joins import Routes, Steps, routes_along, steps_of
from lakefront.semantic.model import AnyMetric, Dataset, Relationship
from lakefront.semantic.source import Path_, Source


@dataclass(frozen=True)
class Names:
    """What may be referred to."""

    datasets: dict[str, Dataset]
    metrics: dict[str, AnyMetric]
    relationships: tuple[Relationship, ...]

    @cached_property
    def roles(self) -> dict[str, str]:
        """The dataset behind each alias of a relationship."""
        return {item.as_: item.to for item in reversed(self.relationships) if item.as_}

    @cached_property
    def _routes(self) -> dict[str, Routes]:
        return {}

    @cached_property
    def _steps(self) -> Steps:
        return steps_of(item for item in self.relationships if item.to in self.datasets)

    def dataset_of(self, name: str) -> Dataset | None:
        """Return a dataset by its name or by that of a part it plays."""
        return self.datasets.get(name) or self.datasets.get(self.roles.get(name, ""))

    def routes(self, root: str) -> Routes:
        """Return where a dataset leads to, by relationships whose datasets exist."""
        if root not in self._routes:
            self._routes[root] = routes_along(root, self._steps)
        return self._routes[root]


def unknown(
    source: Source, path: Path_, name: str, what: str, known: Iterable[str], *, offset: int = 0, prefix: str = "model"
) -> BadInputError:
    """Return the error for a name that is not known where it stands."""
    candidates = sorted(known)
    return BadInputError(
        f"{prefix}-unknown-name",
        f"there is no {what} '{name}'.{did_you_mean(name, candidates)}",
        where=source.at_value(path, offset),
        fix=f"use one of: {', '.join(candidates)}" if candidates else f"define the {what} first",
    )
