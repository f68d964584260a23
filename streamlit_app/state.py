"""What the gallery shows, as it stands in the address bar: a copied link opens the same."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from lakefront.media.query import AssetFilter

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{20,1000}")
_ID: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_WORD: Final = re.compile(r"[^\x00-\x1f]{1,100}")
_MOST_VALUES: Final = 50
#: Nothing was uploaded before; and Python writes years before 1000 in fewer digits than SQL reads.
_FIRST_DAY: Final = dt.date(1970, 1, 1)


@dataclass(frozen=True)
class GalleryState:
    """Filters, the token of the page and the open item. `until` is the last day that is shown."""

    kinds: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    since: dt.date | None = None
    until: dt.date | None = None
    after: str | None = None
    open: str | None = None

    @classmethod
    def from_params(cls, params: Mapping[str, Sequence[str]]) -> GalleryState:
        """Read the query of an address. What makes no sense is left out: addresses are typed and cut by people."""
        one = {name: values[-1] for name, values in params.items() if values}
        opened, after = one.get("open", ""), one.get("after", "")
        since, until = _day(one.get("since", "")), _day(one.get("until", ""))
        if since and until and since > until:
            since, until = until, since
        return cls(
            kinds=_words(params.get("kind", ())),
            tags=_words(params.get("tag", ())),
            since=since,
            until=until,
            after=after if _TOKEN.fullmatch(after) else None,
            open=opened if _ID.fullmatch(opened) else None,
        )

    def to_params(self) -> dict[str, str | list[str]]:
        """Return the query of the address; what is not set is not in it."""
        params: dict[str, str | list[str]] = {}
        if self.kinds:
            params["kind"] = list(self.kinds)
        if self.tags:
            params["tag"] = list(self.tags)
        if self.since:
            params["since"] = self.since.isoformat()
        if self.until:
            params["until"] = self.until.isoformat()
        if self.after:
            params["after"] = self.after
        if self.open:
            params["open"] = self.open
        return params

    @property
    def filter(self) -> AssetFilter:
        """The filters, as queries take them."""
        return AssetFilter(tags=self.tags, kinds=self.kinds, since=self.since, until=self.until)

    @property
    def narrow(self) -> bool:
        """Whether any filter is set."""
        return bool(self.kinds or self.tags or self.since or self.until)

    def narrowed(
        self, *, kinds: Sequence[str], tags: Sequence[str], since: dt.date | None, until: dt.date | None
    ) -> GalleryState:
        """Return the state under other filters: their first page, nothing open."""
        return GalleryState(tuple(kinds), tuple(tags), since, until)

    def at(self, after: str | None) -> GalleryState:
        """Return another page under the same filters."""
        return replace(self, after=after, open=None)

    def showing(self, asset_id: str | None) -> GalleryState:
        """Return the same page with another item open, or none."""
        return replace(self, open=asset_id)


def _day(text: str) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return day if day >= _FIRST_DAY else None


def _words(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if _WORD.fullmatch(value)))[:_MOST_VALUES]
