"""Which item has the page to itself, as it stands in the address bar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from state import GalleryState


@dataclass(frozen=True)
class ItemState:
    """An item, and the state of the table that it is shown of; None for what is there now."""

    id: str | None = None
    as_of: str | None = None

    @classmethod
    def from_params(cls, params: Mapping[str, Sequence[str]]) -> ItemState:
        """Read the query of an address. What makes no sense is left out."""
        # As the gallery reads the item that is open on it.
        read = GalleryState.from_params({"open": params.get("id", ()), "as-of": params.get("as-of", ())})
        return cls(read.open, read.as_of)

    def to_params(self) -> dict[str, str | list[str]]:
        """Return the query of the address; what is not set is not in it."""
        return {name: value for name, value in (("id", self.id), ("as-of", self.as_of)) if value}

    def of(self, as_of: str | None) -> ItemState:
        """Return the item in another state of the table; None for what is there now."""
        return replace(self, as_of=as_of)

    def showing(self, asset_id: str) -> ItemState:
        """Return another item of the same state."""
        return replace(self, id=asset_id)
