"""The tables behind datasets, and what one role by itself shows of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from sqlglot import exp

from lakefront.semantic.expression import columns_used, parse_row_expression, replace_references
from lakefront.semantic.model import Column, Dataset, SemanticLayer, Sensitivity
from lakefront.semantic.policy.implies import Form, form_of
from lakefront.semantic.policy.mask import nearest
from lakefront.semantic.policy.model import Mask, Role, datasets_meant, models_of
from lakefront.semantic.policy.rows import Attributes, bind, known_of_her, over_the_table, parse_condition
from lakefront.semantic.rollup.layout import Layout, layouts_of
from lakefront.semantic.tables import columns_of

_ORDER = list(Sensitivity)


@dataclass(frozen=True)
class Glimpse:
    """What one role shows of one table.

    `condition`: the rows, None for all. `masks`: how each known column is shown; a column that is not listed is not.
    `dataset`: by which the role came to the table.
    """

    role: str
    dataset: str
    condition: exp.Expr | None
    masks: Mapping[str, Mask]

    @property
    def all_rows(self) -> bool:
        """Whether no row is held back."""
        return self.condition is None

    @cached_property
    def form(self) -> Form:
        """The rows, as they are compared with others."""
        return form_of(self.condition)


@dataclass
class Table:
    """One table of Trino with the datasets that are over it and the rollups that are kept in it.

    `as_of`: whether a view lets people choose among its earlier states.
    """

    name: str
    datasets: list[Dataset] = field(default_factory=list[Dataset])
    rollups: list[Layout] = field(default_factory=list[Layout])
    as_of: bool = False

    @cached_property
    def types(self) -> dict[str, str]:
        """The known columns that the table has, with their types."""
        found = {c.name: c.type for layout in self.rollups for c in layout.as_dataset().columns}
        return found | {c.name: c.type for dataset in self.datasets for c in dataset.columns if not c.expression}


class Tables:
    """All tables of a checked layer, and what roles show of them."""

    def __init__(self, layer: SemanticLayer, roles: Mapping[str, Role]) -> None:
        self.layer = layer
        self.roles = roles
        self._models = models_of(layer)
        self._granted: dict[str, frozenset[str]] = {}
        self._masks: dict[tuple[str, int], dict[str, Mask]] = {}
        self._sensitivities: dict[str, dict[str, Sensitivity]] = {}
        self._maskings: dict[str, int] = {}
        self._numbers: dict[tuple[object, ...], int] = {}
        self._bound: dict[tuple[object, ...], exp.Expr] = {}
        self.tables: dict[str, Table] = {}
        for dataset in layer.datasets.values():
            if dataset.source:
                self.tables.setdefault(dataset.source, Table(dataset.source)).datasets.append(dataset)
        for view in layer.views.values():
            source = layer.datasets[view.root].source
            if view.as_of and source:
                self.tables[source].as_of = True
        for layout in layouts_of(layer):
            target = layout.rollup.target
            self.tables.setdefault(target, Table(target)).rollups.append(layout)

    def granted(self, role: Role) -> frozenset[str]:
        """Return the datasets that a role itself names."""
        if role.name not in self._granted:
            names = (name for selector in role.datasets for name in datasets_meant(selector, self._models))
            self._granted[role.name] = frozenset(names)
        return self._granted[role.name]

    def glimpses(self, role: Role, table: Table, attributes: Attributes) -> list[Glimpse]:
        """Return what a role itself shows of a table; none when it does not open it."""
        granted = self.granted(role)
        found: list[Glimpse] = []
        for dataset in table.datasets:
            if dataset.name in granted:
                glimpse = self._of_dataset(role, dataset, table, attributes)
                found += [glimpse] if glimpse else []
        if found or any(dataset.name in granted for dataset in table.datasets):
            return found  # a dataset over the rollup's table has the last word on it
        for layout in table.rollups:
            if layout.rollup.dataset in granted:
                glimpse = self._of_rollup(role, layout, attributes)
                found += [glimpse] if glimpse else []
        return found

    def alike(self, table: Table) -> dict[int, tuple[int, tuple[str, ...]]]:
        """Return, for ways (`way_of`) that may open a table, a key that is equal for those that show the same of it.

        The key is the number of the way they mask with the datasets they open, and the conditions on rows; beside
        equal keys, only what conditions ask of the person can make a difference.
        """
        names = {dataset.name for dataset in table.datasets}
        for layout in table.rollups:
            names |= {layout.rollup.dataset, *(dataset.name for dataset in layout.fact.roles.values())}
        ordered, relevant = tuple(sorted(names)), frozenset(names)
        found: dict[int, tuple[int, tuple[str, ...]]] = {}
        for way, (granted, rows, masking) in enumerate(self._ways[1]):
            opened = granted & relevant
            if opened:
                filtered = tuple([item for item in ordered if item in rows]) if rows else ()
                key = (opened, filtered, masking)
                found[way] = (
                    self._numbers.setdefault(key, len(self._numbers)),
                    tuple([rows[item] for item in filtered]),
                )
        return found

    def way_of(self, role: str) -> int:
        """Return the number of the way in which a role shows tables: roles of one way show the same of every table."""
        return self._ways[0][role]

    @cached_property
    def _ways(self) -> tuple[dict[str, int], list[tuple[frozenset[str], dict[str, str], int]]]:
        numbers: dict[tuple[object, ...], int] = {}
        of_roles: dict[str, int] = {}
        ways: list[tuple[frozenset[str], dict[str, str], int]] = []
        for role in self.roles.values():
            granted, masking = self.granted(role), self._masking(role)
            key = (granted, tuple(sorted(role.rows.items())), masking)
            if key not in numbers:
                numbers[key] = len(ways)
                ways.append((granted, role.rows, masking))
            of_roles[role.name] = numbers[key]
        return of_roles, ways

    def _masking(self, role: Role) -> int:
        """Return the number of a role's way to mask, which roles that mask alike share."""
        if role.name not in self._maskings:
            key = (tuple(sorted(role.columns.items())), tuple(sorted(role.masks.items())))
            self._maskings[role.name] = self._numbers.setdefault(key, len(self._numbers))
        return self._maskings[role.name]

    def _condition(self, text: str, dataset: Dataset, attributes: Attributes) -> exp.Expr:
        """Return a condition for a person, over the columns of the table. The tree is shared."""
        known = tuple((name, attributes.get(name)) for name in sorted(known_of_her(text)))
        key = (text, dataset.name, known)
        if key not in self._bound:
            self._bound[key] = over_the_table(bind(text, dataset, attributes), dataset)
        return self._bound[key]

    def _of_dataset(self, role: Role, dataset: Dataset, table: Table, attributes: Attributes) -> Glimpse | None:
        text = role.rows.get(dataset.name)
        condition = self._condition(text, dataset, attributes) if text else None
        if text is None:
            # What a table is summed up from is filtered: so is the table, or it stays closed.
            for layout in table.rollups:
                kept = self._rollup_condition(role, layout, attributes)
                if kept is _CLOSED:
                    return None
                if isinstance(kept, exp.Expr):
                    condition = exp.and_(condition, kept) if condition is not None else kept
        masks = self._dataset_masks(role, dataset, table)
        for layout in table.rollups:
            if layout.rollup.dataset in self.granted(role):  # parts of metrics, which the dataset need not list
                masks = self._rollup_masks(role, layout) | masks
        return Glimpse(role.name, dataset.name, condition, masks)

    def _dataset_masks(self, role: Role, dataset: Dataset, table: Table) -> dict[str, Mask]:
        key = (dataset.name, self._masking(role))
        if key not in self._masks:
            sensitivities = self._of_columns(dataset, table)
            self._masks[key] = {
                column.name: nearest(role.mask_of(dataset.name, column.name, sensitivities[column.name]), column.type)
                for column in dataset.columns
                if not column.expression
            }
        return self._masks[key]

    def _of_columns(self, dataset: Dataset, table: Table) -> dict[str, Sensitivity]:
        if dataset.name not in self._sensitivities:
            self._sensitivities[dataset.name] = {
                column.name: self._in_table(table, column.name) for column in dataset.columns if not column.expression
            }
        return self._sensitivities[dataset.name]

    def _in_table(self, table: Table, column: str) -> Sensitivity:
        """Return the highest sensitivity that a dataset over a table, or what it is summed up from, gives a column."""
        found = [self.sensitivity(d, c) for d in table.datasets if (c := d.column(column)) and not c.expression]
        found += [
            self.sensitivity(self.layer.datasets[item.dataset], item.column)
            for layout in table.rollups
            for name, item in layout.dimensions.items()
            if name == column
        ]
        return max(found, key=_ORDER.index)

    def sensitivity(self, dataset: Dataset, column: Column) -> Sensitivity:
        """Return a column's sensitivity: what is computed from personal data is personal data."""
        found = [column.sensitivity]
        if column.expression:
            for use in columns_used(parse_row_expression(column.expression)):
                below = dataset.column(use.name)
                found += [self.sensitivity(dataset, below)] if below else []
        return max(found, key=_ORDER.index)

    def _of_rollup(self, role: Role, layout: Layout, attributes: Attributes) -> Glimpse | None:
        condition = self._rollup_condition(role, layout, attributes)
        if condition is _CLOSED:
            return None
        kept = condition if isinstance(condition, exp.Expr) else None
        return Glimpse(role.name, layout.rollup.dataset, kept, self._rollup_masks(role, layout))

    def _rollup_masks(self, role: Role, layout: Layout) -> dict[str, Mask]:
        masks: dict[str, Mask] = {}
        if layout.time_column is not None and layout.time is not None:
            masks[layout.time_column.name] = self._stored(role, layout, layout.time.role, layout.time.column)
        for name, item in layout.dimensions.items():
            masks[name] = self._stored(role, layout, item.role, item.column)
        for part in layout.parts.values():
            uses = [(r, c) for r, name in columns_of(part.metric) if (c := layout.fact.roles[r].column(name))]
            open_ = all(self._stored(role, layout, r, c) is Mask.SHOW for r, c in uses)
            masks.update(dict.fromkeys(part.columns.values(), Mask.SHOW if open_ else Mask.NULL))
        return masks

    def _stored(self, role: Role, layout: Layout, part: str, column: Column) -> Mask:
        """Return how a rollup's column is shown, which holds values of a column as they are."""
        dataset = layout.fact.roles[part]
        if dataset.name not in self.granted(role):
            return Mask.NULL
        if dataset.name != layout.rollup.dataset and dataset.name in role.rows:
            return Mask.NULL  # rows of it that the role does not see are summed up here, too
        mask = nearest(role.mask_of(dataset.name, column.name, self.sensitivity(dataset, column)), column.type)
        if column.expression:
            inputs = (dataset.column(use.name) for use in columns_used(parse_row_expression(column.expression)))
            if any(self._stored(role, layout, part, item) is not Mask.SHOW for item in inputs if item):
                return Mask.NULL
        return mask

    def _rollup_condition(self, role: Role, layout: Layout, attributes: Attributes) -> exp.Expr | _Closed | None:
        """Return the filter of a rollup's dataset over the rollup's columns; closed where it lacks one of them."""
        name = layout.rollup.dataset
        if name not in self.granted(role) or name not in role.rows:
            return None
        dataset = self.layer.datasets[name]
        outputs = {item.column.name: output for output, item in layout.dimensions.items() if item.role == name}
        if layout.keeps_the_time and layout.time is not None and layout.time_column is not None:
            outputs.setdefault(layout.time.column.name, layout.time_column.name)
        if any(use.name not in outputs for use in columns_used(parse_condition(role.rows[name]))):
            return _CLOSED
        bound = bind(role.rows[name], dataset, attributes)
        return replace_references(bound, lambda column: exp.column(outputs[column.name]))


class _Closed:
    """A rollup that a role may not read."""


_CLOSED = _Closed()
