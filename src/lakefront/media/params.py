"""What is shown of the media, as it stands in an address: items, their order, how many a page, and of which state."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast, get_args
from urllib.parse import parse_qs, urlencode

from lakefront.media.condition import LONGEST
from lakefront.media.filters import AssetFilter
from lakefront.media.orders import Sort

#: The query of an address.
Params = Mapping[str, Sequence[str]]

#: How many items a page may have.
SIZES: Final = (20, 40, 60)
SORTS: Final = cast("tuple[Sort, ...]", get_args(Sort))

_STATE: Final = re.compile(r"[1-9][0-9]{0,18}|\d{4}-\d\d-\d\d(?:T[0-9:.]{5,15}Z?)?", re.ASCII)
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
    "exif": "exif",
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
class Listing:
    """Which items are shown, in which order, how many a page. `as_of`: an earlier state, as `parse_as_of` reads it."""

    filter: AssetFilter = field(default_factory=AssetFilter)
    sort: Sort = "newest"
    size: int = SIZES[0]
    as_of: str | None = None

    @classmethod
    def from_params(cls, params: Params) -> Listing:
        """Read the query of an address. What makes no sense is left out: addresses are typed and cut by people."""
        one = last_of(params)
        found: dict[str, Any] = {name: _words(params.get(key, ())) for key, name in _LISTS.items()}
        found["exif"] = tuple(value for value in found["exif"] if all(part.strip() for part in value.partition("=")))
        for keys, names in _RANGES.items():
            least, most = (_READ.get(keys[0], _whole)(one.get(key, "")) for key in keys)
            if least is not None and most is not None and least > most:
                least, most = most, least
            found |= zip(names, (least, most), strict=True)
        found |= {name: _YES_NO.get(one.get(key, "")) for key, name in _SWITCHES.items()}
        found |= {name: _text(one.get(key, "")) for key, name in _TEXTS.items()}
        size, as_of = one.get("size", ""), one.get("as-of", "")
        return cls(
            AssetFilter(**found),
            sort=cast("Sort", one["sort"]) if one.get("sort") in SORTS else "newest",
            size=int(size) if size in map(str, SIZES) else SIZES[0],
            as_of=as_of if _STATE.fullmatch(as_of) else None,
        )

    def to_params(self) -> dict[str, str | list[str]]:
        """Return the query of an address; what is not set is not in it."""
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
            "as-of": self.as_of,
        }
        return params | {key: value for key, value in said.items() if value}


def last_of(params: Params) -> dict[str, str]:
    """Return the value of each parameter; of several, the last."""
    return {name: values[-1] for name, values in params.items() if values}


def read_query(query: str) -> dict[str, list[str]]:
    """Return the parameters of a query such as `kind=image&tag=user`. Raises ValueError for too many."""
    return parse_qs(query, max_num_fields=500)


def written_query(params: Mapping[str, str | Sequence[str]]) -> str:
    """Return parameters as a query."""
    return urlencode(params, doseq=True)


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


#: How the ends of a range are read, where they are no whole numbers.
_READ: Final[Mapping[str, Callable[[str], Any]]] = {"since": _day, "min-seconds": _number}
