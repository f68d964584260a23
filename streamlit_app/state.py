"""What the pages of media show, as it stands in the address bar: a copied link opens the same."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, cast, get_args

from lakefront.media.duplicates import MATCHES, Match
from lakefront.media.params import SIZES, SORTS, Listing, Params, last_of
from lakefront.media.query import AssetFilter, Sort

__all__ = ["LAYOUTS", "SIZES", "SORTS", "DuplicatesState", "GalleryState", "Layout"]

#: How the page of search draws what it finds.
Layout = Literal["table", "grid"]
LAYOUTS: Final = cast("tuple[Layout, ...]", get_args(Layout))

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{20,1000}")
_ID: Final = re.compile(r"[A-Za-z0-9-]{1,64}")


@dataclass(frozen=True)
class GalleryState:
    """What is shown: which items, in which order, how many a page, which page by its token, and the open item.

    `dense`: smaller pictures, more beside each other. `as_of`: an earlier state of the table, as `parse_as_of` reads
    it; None for what is there now. `layout`: how the page of search draws it.
    """

    filter: AssetFilter = field(default_factory=AssetFilter)
    sort: Sort = "newest"
    size: int = SIZES[0]
    dense: bool = False
    as_of: str | None = None
    after: str | None = None
    open: str | None = None
    layout: Layout = LAYOUTS[0]

    @classmethod
    def from_params(cls, params: Params) -> GalleryState:
        """Read the query of an address. What makes no sense is left out: addresses are typed and cut by people."""
        one, shown = last_of(params), Listing.from_params(params)
        opened, after, layout = one.get("open", ""), one.get("after", ""), one.get("layout", "")
        return cls(
            shown.filter,
            sort=shown.sort,
            size=shown.size,
            dense=one.get("view") == "dense",
            as_of=shown.as_of,
            after=after if _TOKEN.fullmatch(after) else None,
            open=opened if _ID.fullmatch(opened) else None,
            layout=cast("Layout", layout) if layout in LAYOUTS else LAYOUTS[0],
        )

    def to_params(self) -> dict[str, str | list[str]]:
        """Return the query of the address; what is not set is not in it."""
        said = {
            "view": "dense" if self.dense else None,
            "after": self.after,
            "open": self.open,
            "layout": self.layout if self.layout != LAYOUTS[0] else None,
        }
        shown = Listing(self.filter, self.sort, self.size, self.as_of)
        return shown.to_params() | {key: value for key, value in said.items() if value}

    @property
    def narrow(self) -> bool:
        """Whether any filter is set."""
        return self.filter != AssetFilter()

    def narrowed(self, **changed: Any) -> GalleryState:
        """Return the state with other filters: their first page, nothing open. `changed`: fields of the filter."""
        return replace(self, filter=replace(self.filter, **changed), after=None, open=None)

    def cleared(self) -> GalleryState:
        """Return the state without filters."""
        return replace(self, filter=AssetFilter(), after=None, open=None)

    def arranged(self, *, sort: Sort | None = None, size: int | None = None) -> GalleryState:
        """Return the first page in another order or of another size."""
        return replace(self, sort=sort or self.sort, size=size or self.size, after=None, open=None)

    def drawn(self, *, dense: bool) -> GalleryState:
        """Return the same page with smaller or larger pictures."""
        return replace(self, dense=dense)

    def laid_out(self, layout: Layout) -> GalleryState:
        """Return the same page drawn in another way."""
        return replace(self, layout=layout)

    def of(self, as_of: str | None) -> GalleryState:
        """Return the first page of another state of the table; None for what is there now."""
        return replace(self, as_of=as_of, after=None, open=None)

    def at(self, after: str | None) -> GalleryState:
        """Return another page under the same filters."""
        return replace(self, after=after, open=None)

    def showing(self, asset_id: str | None) -> GalleryState:
        """Return the same page with another item open, or none."""
        return replace(self, open=asset_id)


@dataclass(frozen=True)
class DuplicatesState:
    """Which duplicates are shown: of which kind, which page of groups by its token, and the open item."""

    match: Match = MATCHES[0]
    after: str | None = None
    open: str | None = None

    @classmethod
    def from_params(cls, params: Params) -> DuplicatesState:
        """Read the query of an address. What makes no sense is left out."""
        one = last_of(params)
        match, after, opened = one.get("match", ""), one.get("after", ""), one.get("open", "")
        return cls(
            match=cast("Match", match) if match in MATCHES else MATCHES[0],
            after=after if _TOKEN.fullmatch(after) else None,
            open=opened if _ID.fullmatch(opened) else None,
        )

    def to_params(self) -> dict[str, str | list[str]]:
        """Return the query of the address; what is not set is not in it."""
        match = None if self.match == MATCHES[0] else self.match
        told = (("match", match), ("after", self.after), ("open", self.open))
        return {name: value for name, value in told if value}

    def at(self, after: str | None) -> DuplicatesState:
        """Return another page of the same kind of groups."""
        return replace(self, after=after, open=None)

    def showing(self, asset_id: str | None) -> DuplicatesState:
        """Return the same page with another item open, or none."""
        return replace(self, open=asset_id)
