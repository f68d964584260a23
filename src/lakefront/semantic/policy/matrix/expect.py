"""What each person should see of each row, worked out in plain Python from the policies, role by role.

This is a second reading of docs/architecture/governance.md. It must not use what the engine's rules are made of
(`resolve`, `Tables.glimpses`, `trino_access`): two that agree are the proof.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from lakefront.semantic.expression import columns_used, parse_row_expression
from lakefront.semantic.model import Column, Dataset, SemanticLayer, Sensitivity
from lakefront.semantic.policy.matrix.condition import Row, holds
from lakefront.semantic.policy.matrix.lake import Canaried
from lakefront.semantic.policy.matrix.masks import shown, suits
from lakefront.semantic.policy.matrix.people import Asker
from lakefront.semantic.policy.model import Mask, Policies, Role
from lakefront.semantic.policy.rows import parse_condition
from lakefront.semantic.policy.tables import Table
from lakefront.semantic.rollup.layout import Layout
from lakefront.semantic.tables import columns_of

_BY_SENSITIVITY: Final = list(Sensitivity)
Predicate = Callable[[Row, Asker], bool]


@dataclass(frozen=True)
class Share:
    """What one role shows of a table: rows for which `rows` is true (None: all), and each column's mask."""

    role: str
    rows: Predicate | None
    masks: Mapping[str, Mask]


@dataclass(frozen=True)
class Seen:
    """What a person should see of a table: per row how each column is shown, None for rows that are not there.

    `whole`: all rows and columns as they are, whatever rows there may be. `unmasked`: the same for those rows that are
    there. `as_it_is`: opened by an admin's role or by `tables`.
    """

    opened: bool
    masks: tuple[Mapping[str, Mask] | None, ...] = ()
    all_rows: bool = False
    unmasked: bool = False
    as_it_is: bool = False

    @property
    def whole(self) -> bool:
        """Whether nothing of the table is held back."""
        return self.all_rows and self.unmasked

    def values(self, table: Canaried, key: bytes) -> list[dict[str, Any]]:
        """Return the rows as they are shown."""
        return [
            {name: shown(masks[name], row[name], type_, key) for name, type_ in table.types.items()}
            for row, masks in zip(table.rows, self.masks, strict=True)
            if masks is not None
        ]


class Expectations:
    """The plain model of a bundle's policies."""

    def __init__(self, policies: Policies, layer: SemanticLayer, catalog: str) -> None:
        self.policies = policies
        self.layer = layer
        self.catalog = catalog

    def seen(self, asker: Asker, table: Canaried) -> Seen:
        """Return what a person should see. Raises UnknownToModelError."""
        if self.is_admin(asker) or self.opens_as_it_is(asker, table.name):
            everything = dict.fromkeys(table.types, Mask.SHOW)
            return Seen(True, (everything,) * len(table.rows), all_rows=True, unmasked=True, as_it_is=True)
        if table.model is None:
            return Seen(False)
        shares = [share for name in asker.roles for share in self.shares(self.policies.roles[name], table.model)]
        if not shares:
            return Seen(False)
        masks = tuple(_most_open([s for s in shares if _shows(s, row, asker)], table) for row in table.rows)
        return Seen(
            True,
            masks,
            all_rows=any(share.rows is None for share in shares),
            unmasked=not table.undescribed and all(_always_shown(shares, name) for name in table.types),
        )

    def is_admin(self, asker: Asker) -> bool:
        """Tell whether a person sees and may change everything."""
        return any(self.policies.roles[name].admin for name in asker.roles)

    def operates(self, asker: Asker) -> bool:
        """Tell whether a person sees who asks what."""
        return any(self.policies.roles[name].operate for name in asker.roles)

    def opens_as_it_is(self, asker: Asker, name: str) -> bool:
        """Tell whether one of a person's roles lists a table, or all of its schema."""
        full = name if name.count(".") == 2 else f"{self.catalog}.{name}"
        for pattern in (text for role in asker.roles for text in self.policies.roles[role].tables):
            wanted = pattern if pattern.count(".") == 2 else f"{self.catalog}.{pattern}"
            if wanted == full or (wanted.endswith(".*") and wanted[:-2] == full.rpartition(".")[0]):
                return True
        return False

    def shares(self, role: Role, table: Table) -> list[Share]:
        """Return what one role by itself shows of a table, by each dataset that it opens."""
        opened = [dataset for dataset in table.datasets if self._opens(role, dataset.name)]
        if opened:
            return [share for dataset in opened if (share := self._by_dataset(role, dataset, table))]
        return [share for layout in table.rollups if (share := self._by_rollup(role, layout))]

    def _opens(self, role: Role, dataset: str) -> bool:
        models = [model.name for model in self.layer.models if any(item.name == dataset for item in model.datasets)]
        return any(text in role.datasets for text in ("*", dataset, *(f"model:{name}" for name in models)))

    def _by_dataset(self, role: Role, dataset: Dataset, table: Table) -> Share | None:
        conditions: list[Predicate] = []
        if dataset.name in role.rows:
            conditions.append(_condition(role.rows[dataset.name], dataset))
        else:
            for layout in table.rollups:
                if not self._keeps_filter(role, layout):
                    return None
                conditions += self._rollup_rows(role, layout)
        masks: dict[str, Mask] = {}
        for layout in table.rollups:
            if self._opens(role, layout.rollup.dataset):
                masks |= self._rollup_masks(role, layout)
        for column in dataset.columns:
            if not column.expression:
                sensitivity = max(self._sensitivities(table, column.name), key=_BY_SENSITIVITY.index)
                masks[column.name] = _mask(role, dataset, column, sensitivity)
        return Share(role.name, _all(conditions), masks)

    def _sensitivities(self, table: Table, name: str) -> Iterator[Sensitivity]:
        for dataset in table.datasets:
            column = dataset.column(name)
            if column is not None and not column.expression:
                yield column.sensitivity
        for layout in table.rollups:
            if name in layout.dimensions:
                item = layout.dimensions[name]
                yield self._sensitivity(self.layer.datasets[item.dataset], item.column)

    def _sensitivity(self, dataset: Dataset, column: Column) -> Sensitivity:
        found = [column.sensitivity]
        if column.expression:
            for use in columns_used(parse_row_expression(column.expression)):
                below = dataset.column(use.name)
                found += [self._sensitivity(dataset, below)] if below else []
        return max(found, key=_BY_SENSITIVITY.index)

    def _by_rollup(self, role: Role, layout: Layout) -> Share | None:
        if not self._opens(role, layout.rollup.dataset) or not self._keeps_filter(role, layout):
            return None
        return Share(role.name, _all(self._rollup_rows(role, layout)), self._rollup_masks(role, layout))

    def _stored_names(self, layout: Layout) -> dict[str, str]:
        """Return the columns of a rollup's own dataset that it keeps unchanged, by the name that they have there."""
        own = layout.rollup.dataset
        found = {item.column.name: name for name, item in layout.dimensions.items() if item.role == own}
        if layout.keeps_the_time and layout.time and layout.time_column:
            found.setdefault(layout.time.column.name, layout.time_column.name)
        return found

    def _filter_of(self, role: Role, layout: Layout) -> str | None:
        name = layout.rollup.dataset
        return role.rows.get(name) if self._opens(role, name) else None

    def _keeps_filter(self, role: Role, layout: Layout) -> bool:
        text = self._filter_of(role, layout)
        kept = self._stored_names(layout)
        return text is None or all(use.name in kept for use in columns_used(parse_condition(text)))

    def _rollup_rows(self, role: Role, layout: Layout) -> list[Predicate]:
        text = self._filter_of(role, layout)
        if text is None:
            return []
        kept = self._stored_names(layout)
        condition = _condition(text, self.layer.datasets[layout.rollup.dataset])
        return [lambda row, asker: condition({name: row[stored] for name, stored in kept.items()}, asker)]

    def _rollup_masks(self, role: Role, layout: Layout) -> dict[str, Mask]:
        masks = {name: self._kept(role, layout, item.role, item.column) for name, item in layout.dimensions.items()}
        if layout.time and layout.time_column:
            masks[layout.time_column.name] = self._kept(role, layout, layout.time.role, layout.time.column)
        for part in layout.parts.values():
            inputs = [(r, c) for r, name in columns_of(part.metric) if (c := layout.fact.roles[r].column(name))]
            plain = all(self._kept(role, layout, r, c) is Mask.SHOW for r, c in inputs)
            masks |= dict.fromkeys(part.columns.values(), Mask.SHOW if plain else Mask.NULL)
        return masks

    def _kept(self, role: Role, layout: Layout, part: str, column: Column) -> Mask:
        dataset = layout.fact.roles[part]
        foreign = dataset.name != layout.rollup.dataset
        if not self._opens(role, dataset.name) or (foreign and dataset.name in role.rows):
            return Mask.NULL
        if column.expression:
            inputs = [dataset.column(use.name) for use in columns_used(parse_row_expression(column.expression))]
            if any(self._kept(role, layout, part, item) is not Mask.SHOW for item in inputs if item):
                return Mask.NULL
        return _mask(role, dataset, column, self._sensitivity(dataset, column))


def _mask(role: Role, dataset: Dataset, column: Column, sensitivity: Sensitivity) -> Mask:
    default = Mask.NULL if sensitivity is Sensitivity.PII else Mask.SHOW
    mask = role.columns.get(f"{dataset.name}.{column.name}", role.masks.get(sensitivity, default))
    return mask if suits(mask, column.type) else Mask.NULL


def _condition(text: str, dataset: Dataset) -> Predicate:
    return lambda row, asker: holds(text, dataset, row, asker.name, asker.attributes)


def _all(conditions: list[Predicate]) -> Predicate | None:
    return (lambda row, asker: all(condition(row, asker) for condition in conditions)) if conditions else None


def _shows(share: Share, row: Row, asker: Asker) -> bool:
    return share.rows is None or share.rows(row, asker)


def _most_open(shares: list[Share], table: Canaried) -> dict[str, Mask] | None:
    if not shares:
        return None
    order = list(Mask)
    return {name: max((share.masks.get(name, Mask.NULL) for share in shares), key=order.index) for name in table.types}


def _always_shown(shares: list[Share], column: str) -> bool:
    masks = [(share.rows, share.masks.get(column, Mask.NULL)) for share in shares]
    return all(mask is Mask.SHOW for _, mask in masks) or (None, Mask.SHOW) in masks
