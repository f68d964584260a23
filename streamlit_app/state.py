"""What the pages of media show, as it stands in the address bar: a copied link opens the same."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast, get_args

from lakefront.media.condition import LONGEST
from lakefront.media.duplicates import MATCHES, Match
from lakefront.media.query import AssetFilter, Sort

#: How many items a page may have.
SIZES: Final = (20, 40, 60)
SORTS: Final = cast("tuple[Sort, ...]", get_args(Sort))

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{20,1000}")
_STATE: Final = re.compile(r"[1-9][0-9]{0,18}|\d{4}-\d\d-\d\d(?:T[0-9:.]{5,15}Z?)?", re.ASCII)
_ID: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_WORD: Final = re.compile(r"[^\x00-\x1f]{1,100}")
_MOST_VALUES: Final = 50
_MOST_TEXT: Final = LONGEST
_GREATEST: Final = 2**53
#: Nothing was uploaded before; and Python writes years before 1000 in fewer digits than SQL reads.
_FIRST_DAY: Final = dt.date(1970, 1, 1)
_YES_NO: Final = {"yes": True, "no": False}

#: In an address -> the field of a filter that holds the values wanted.
_LISTS: Final = {
    "kind": "kinds",
    "tag": "tags",
    "source": "source_systems",
    "type": "mime_types",
    "label": "labels",
}
#: The least and the greatest value wanted of something: in an address, and the fields of a filter.
_RANGES: Final = {
    ("min-bytes", "max-bytes"): ("min_size", "max_size"),
    ("min-width", "max-width"): ("min_width", "max_width"),
    ("min-height", "max-height"): ("min_height", "max_height"),
    ("min-seconds", "max-seconds"): ("min_duration", "max_duration"),
    ("since", "until"): ("since", "until"),
}
_TEXTS: Final = {"text": "text", "where": "condition"}
_SWITCHES: Final = {"indexed": "indexed", "duplicates": "duplicates"}


@dataclass(frozen=True)
class GalleryState:
    """What is shown: which items, in which order, how many a page, which page by its token, and the open item.

    `dense`: smaller pictures, more beside each other. `as_of`: an earlier state of the table, as `parse_as_of` reads
    it; None for what is there now.
    """

    filter: AssetFilter = field(default_factory=AssetFilter)
    sort: Sort = "newest"
    size: int = SIZES[0]
    dense: bool = False
    as_of: str | None = None
    after: str | None = None
    open: str | None = None

    @classmethod
    def from_params(cls, params: Mapping[str, Sequence[str]]) -> GalleryState:
        """Read the query of an address. What makes no sense is left out: addresses are typed and cut by people."""
        one = {name: values[-1] for name, values in params.items() if values}
        found: dict[str, Any] = {name: _words(params.get(key, ())) for key, name in _LISTS.items()}
        for keys, names in _RANGES.items():
            read = _day if keys[0] == "since" else _number if keys[0] == "min-seconds" else _whole
            least, most = (read(one.get(key, "")) for key in keys)
            if least is not None and most is not None and least > most:
                least, most = most, least
            found |= zip(names, (least, most), strict=True)
        found |= {name: _YES_NO.get(one.get(key, "")) for key, name in _SWITCHES.items()}
        found |= {name: _text(one.get(key, "")) for key, name in _TEXTS.items()}
        opened, after, size = one.get("open", ""), one.get("after", ""), one.get("size", "")
        as_of = one.get("as-of", "")
        return cls(
            AssetFilter(**found),
            sort=cast("Sort", one["sort"]) if one.get("sort") in SORTS else "newest",
            size=int(size) if size in map(str, SIZES) else SIZES[0],
            dense=one.get("view") == "dense",
            as_of=as_of if _STATE.fullmatch(as_of) else None,
            after=after if _TOKEN.fullmatch(after) else None,
            open=opened if _ID.fullmatch(opened) else None,
        )

    def to_params(self) -> dict[str, str | list[str]]:
        """Return the query of the address; what is not set is not in it."""
        of = self.filter
        params: dict[str, str | list[str]] = {
            key: list(values) for key, name in _LISTS.items() if (values := cast("tuple[str, ...]", getattr(of, name)))
        }
        said = {key: getattr(of, name) for key, name in _TEXTS.items()}
        for keys, names in _RANGES.items():
            ends = ((key, getattr(of, name)) for key, name in zip(keys, names, strict=True))
            said |= {key: _written(value) for key, value in ends if value is not None}
        said |= {key: {True: "yes", False: "no"}.get(getattr(of, name)) for key, name in _SWITCHES.items()}
        said |= {
            "sort": self.sort if self.sort != "newest" else None,
            "size": str(self.size) if self.size != SIZES[0] else None,
            "view": "dense" if self.dense else None,
            "as-of": self.as_of,
            "after": self.after,
            "open": self.open,
        }
        return params | {key: value for key, value in said.items() if value}

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
    def from_params(cls, params: Mapping[str, Sequence[str]]) -> DuplicatesState:
        """Read the query of an address. What makes no sense is left out."""
        one = {name: values[-1] for name, values in params.items() if values}
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


def _day(text: str) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return day if day >= _FIRST_DAY else None


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 16 and int(text) <= _GREATEST else None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    # As an address writes it: a link that was copied means the same as the one that was shown.
    return float(_written(value)) if math.isfinite(value) and 0 <= value <= _GREATEST else None


def _written(value: dt.date | float) -> str:
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value) if isinstance(value, int) else f"{value:g}"


def _text(value: str) -> str:
    """Return one line without what nobody can see."""
    line = " ".join(value.split())
    return "".join(letter for letter in line if letter >= " ")[:_MOST_TEXT].strip()


def _words(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if _WORD.fullmatch(value)))[:_MOST_VALUES]
