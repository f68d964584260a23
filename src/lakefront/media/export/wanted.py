"""What to export: assets that were chosen, or all that a filter leaves; as text, and known by its digest."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, cast, get_args

from lakefront.errors import BadInputError
from lakefront.media.filters import AssetFilter
from lakefront.media.orders import ORDERS, Sort

Format = Literal["csv", "parquet", "json", "zip"]
FORMATS: Final = cast("tuple[Format, ...]", get_args(Format))

_DAYS: Final = ("since", "until")


@dataclass(frozen=True)
class Wanted:
    """What to export. `ids`: those assets in that order; where it is None, what `filter` leaves, sorted by `sort`.

    `as_of`: a state of the table, as `parse_as_of` reads it; None for what is there now.
    """

    ids: tuple[str, ...] | None = None
    filter: AssetFilter = field(default_factory=AssetFilter)
    sort: Sort = "newest"
    as_of: str | None = None

    def query(self) -> dict[str, Any]:
        """Return it as plain data, without what is not set."""
        if self.ids is not None:
            return {"ids": list(self.ids)}
        narrowed = {
            name: value.isoformat() if isinstance(value, dt.date) else value
            for name, value in dataclasses.asdict(self.filter).items()
            if value not in ((), "", None)
        }
        return {"filter": narrowed, "sort": self.sort}

    def text(self) -> str:
        """Return it as JSON, which `wanted_of` reads."""
        said = self.query() | ({"as_of": self.as_of} if self.as_of else {})
        return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def wanted_of(text: str) -> Wanted:
    """Return what a text says that `Wanted.text` made. Raises BadInputError (`export-query`)."""
    try:
        said = cast("Mapping[str, Any]", json.loads(text))
        as_of = said.get("as_of")
        if "ids" in said:
            return Wanted(ids=tuple(map(str, said["ids"])), as_of=as_of)
        values = {name: _value(name, value) for name, value in cast("Mapping[str, Any]", said["filter"]).items()}
        if said["sort"] in ORDERS:
            return Wanted(filter=AssetFilter(**values), sort=said["sort"], as_of=as_of)
    except (AttributeError, KeyError, TypeError, ValueError):
        pass
    raise BadInputError("export-query", "what is to be exported cannot be read", fix="open the menu of exports again")


def _value(name: str, value: Any) -> Any:
    if name in _DAYS:
        return dt.date.fromisoformat(value)
    return tuple(cast("list[str]", value)) if isinstance(value, list) else value


def digest_of(text: str) -> str:
    """Return what a text is known by (SHA-256, hexadecimal)."""
    return hashlib.sha256(text.encode()).hexdigest()
