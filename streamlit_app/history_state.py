"""Which states the time machine compares, as it stands in the address bar: a copied link opens the same."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, cast

from lakefront.media.comparison import CHANGES, Change

_STATE: Final = re.compile(r"[1-9][0-9]{0,18}|\d{4}-\d\d-\d\d(?:T[0-9:.]{5,15}Z?)?", re.ASCII)
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{20,1000}")


@dataclass(frozen=True)
class HistoryState:
    """What is compared: `before` with `later`, as `parse_as_of` reads them, and what is shown of it.

    Without `later`, what is there now; without `before`, how it was a day before that. `change`: what is looked at;
    None for the first that there is any of. `after`: the token of a page.
    """

    before: str | None = None
    later: str | None = None
    change: Change | None = None
    after: str | None = None

    @classmethod
    def from_params(cls, params: Mapping[str, Sequence[str]]) -> HistoryState:
        """Read the query of an address. What makes no sense is left out."""
        one = {name: values[-1] for name, values in params.items() if values}
        before, later, change, after = (one.get(name, "") for name in ("from", "to", "show", "after"))
        shown = cast("Change", change) if change in CHANGES else None
        return cls(
            before=before if _STATE.fullmatch(before) else None,
            later=later if _STATE.fullmatch(later) else None,
            change=shown,
            after=after if shown and _TOKEN.fullmatch(after) else None,
        )

    def to_params(self) -> dict[str, str | list[str]]:
        """Return the query of the address; what is not set is not in it."""
        told = (("from", self.before), ("to", self.later), ("show", self.change), ("after", self.after))
        return {name: value for name, value in told if value}

    def between(self, before: str | None, later: str | None) -> HistoryState:
        """Return the comparison of two other states, looking at the same."""
        return replace(self, before=before, later=later, after=None)

    def of(self, change: Change) -> HistoryState:
        """Return the first page of something else that happened."""
        return replace(self, change=change, after=None)

    def at(self, after: str | None) -> HistoryState:
        """Return another page of the same."""
        return replace(self, after=after)

    def showing(self, asset_id: str | None) -> HistoryState:  # noqa: ARG002 - an item is opened in the gallery
        """Return the same page: items are opened on another one."""
        return self
