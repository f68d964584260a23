"""One person and one table: what she should see of it, and what must not be told to her."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lakefront.semantic.policy.matrix.canaries import tokens
from lakefront.semantic.policy.matrix.expect import Seen
from lakefront.semantic.policy.matrix.lake import Canaried
from lakefront.semantic.policy.matrix.people import Asker
from lakefront.semantic.policy.model import Mask


@dataclass(frozen=True)
class Case:
    """What a person should see of a table. `snapshot`: a state of it that can be travelled to."""

    asker: Asker
    table: Canaried
    seen: Seen
    key: bytes
    snapshot: int | None = None
    admin: bool = False
    operates: bool = False

    @property
    def who(self) -> str:
        """The name of the person."""
        return self.asker.name

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """The rows as they should be shown."""
        return self.seen.values(self.table, self.key) if self.seen.opened else []

    @property
    def columns(self) -> list[str]:
        """The columns of the table."""
        return list(self.table.types)

    def values(self) -> list[list[Any]]:
        """Return the rows as they should be shown, without names."""
        return [[row[name] for name in self.columns] for row in self.rows]

    @property
    def cells(self) -> int:
        """How many cells the table has: those that are shown and those that are not are both asked for."""
        return len(self.table.rows) * len(self.table.types)

    @property
    def sight(self) -> Hashable:
        """In what way the person sees the table: alike for tables whose rules are of the same kinds."""
        masks = frozenset(frozenset(row.values()) if row is not None else None for row in self.seen.masks)
        model = self.table.model
        of_table = (
            self.table.in_lake,
            bool(self.table.partition),
            bool(model and model.rollups),
            bool(model and model.as_of),
        )
        return of_table, masks, self.seen.opened, self.seen.all_rows, self.seen.unmasked, self.seen.as_it_is

    def masked(self, column: str) -> bool:
        """Tell whether a column is shown otherwise than as it is, in some row."""
        return any(masks is not None and masks[column] is not Mask.SHOW for masks in self.seen.masks)

    @cached_property
    def forbidden(self) -> dict[str, tuple[str, str]]:
        """The texts that must not be told, with the row and the column that they are of."""
        seen = {token for row in self.rows for value in row.values() for token in tokens(value)}
        return {token: (row, column) for token, row, column in self._hidden() if token not in seen}

    @cached_property
    def forbidden_in_statistics(self) -> dict[str, tuple[str, str]]:
        """The same without numbers and days of columns that are not masked: statistics are of all rows."""
        return {
            token: (row, column)
            for token, (row, column) in self.forbidden.items()
            if self.masked(column) or not self.seen.opened or self.table.types[column].startswith("varchar")
        }

    def _hidden(self) -> Iterator[tuple[str, str, str]]:
        masks = self.seen.masks or (None,) * len(self.table.rows)
        for number, (row, mask) in enumerate(zip(self.table.rows, masks, strict=True), start=1):
            for name, value in row.items():
                if mask is None or mask[name] is not Mask.SHOW:
                    for token in tokens(value):
                        yield token, f"row {number}", name
