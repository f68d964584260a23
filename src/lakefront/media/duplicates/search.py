"""Looking for duplicates among all assets."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.expressions import AlwaysTrue
from pyiceberg.table import Table

from lakefront.iceberg.catalog import answered
from lakefront.iceberg.schema import arrow_schema
from lakefront.media.catalog import MediaCatalog
from lakefront.media.duplicates.table import Match, ensure_table
from lakefront.media.likeness import alike
from lakefront.media.probe import NEAR_DISTANCE
from lakefront.media.rows import ask, of_snapshot, table_as_of
from lakefront.trino import Trino

#: Different pictures that are compared with one another: more would take hours.
MOST_COMPARED: Final = 1_000_000
#: In the table's properties: of which snapshot of the assets it tells, and by which rule pictures look alike.
_OF: Final = "lakefront.duplicates-of"
_RULE: Final = f"around {NEAR_DISTANCE}"
_HASHES_AT_ONCE: Final = 500
# Arrow has no types.
_ARROW: Final[Any] = pyarrow


@dataclass(frozen=True)
class Found:
    """What a search found. `compared`: so many different pictures, of `pictures`.

    `changed`: False where the assets are those that were looked at last.
    """

    assets: int
    groups: Mapping[Match, int]
    compared: int
    pictures: int
    changed: bool = True


@dataclass(frozen=True)
class _Row:
    """What is asked of an asset to put it into groups. `hash`: of what it looks like, empty for sounds."""

    asset_id: str
    upload_time: dt.datetime
    sha256: str
    hash: str
    file_size: int


def find_duplicates(
    catalog: MediaCatalog, trino: Trino, *, report: Callable[[str], None] = lambda _: None, again: bool = False
) -> Found | None:
    """Look for duplicates among all assets and keep what was found, in one commit; None while there are no assets.

    Nothing is looked for when the assets are those of the last time, unless `again`. Newer pictures are compared first
    where there are more than `MOST_COMPARED` different ones. Raises as `answered` and `Trino.query`.
    """
    assets = catalog.table()
    snapshot = assets.current_snapshot() if assets else None
    if snapshot is None:
        return None
    table = ensure_table(catalog)
    told_of = f"{snapshot.snapshot_id}, {_RULE}"
    if not again and table.properties.get(_OF) == told_of:
        return Found(0, {}, 0, 0, changed=False)
    rows, found = _Search(trino, snapshot.snapshot_id, report).run()
    report(f"writing down {len(rows):,} assets")
    try:
        answered(catalog.url, lambda: _replace(table, rows, told_of))
    except CommitFailedException:
        report("another search was faster")  # what it found is as good
    return found


def _replace(table: Table, rows: Sequence[Mapping[str, Any]], told_of: str) -> None:
    with table.transaction() as change:
        change.set_properties({_OF: told_of})
        if table.current_snapshot() is not None:
            change.delete(AlwaysTrue())
        if rows:
            change.append(_ARROW.Table.from_pylist(rows, schema=arrow_schema(table.schema())))


class _Search:
    """One look at all hashes of one snapshot."""

    def __init__(self, trino: Trino, snapshot: int, report: Callable[[str], None]) -> None:
        self._trino, self._report = trino, report
        self._state = of_snapshot(snapshot)
        self._table = table_as_of(trino, self._state)

    def run(self) -> tuple[list[dict[str, Any]], Found]:
        """Return the rows of the table, and what they come to."""
        self._report("looking for the same content")
        same = self._groups(self._same(), lambda row: row.sha256)
        self._report("reading the hashes of pictures")
        pictures, hashes = self._hashes()
        self._report(f"comparing {len(hashes):,} pictures")
        named = alike(hashes, distance=NEAR_DISTANCE)
        near = self._groups(self._looking_alike(list(named)), lambda row: named.get(row.hash, row.hash))
        # Copies of one content are told as such, and are no pictures that look alike besides.
        near = {key: rows for key, rows in near.items() if len({row.sha256 for row in rows}) > 1}
        groups: dict[Match, dict[str, list[_Row]]] = {"same": same, "near": near}
        rows = _rows_of(groups, dt.datetime.now(dt.UTC))
        counted: dict[Match, int] = {match: len(found) for match, found in groups.items()}
        return rows, Found(len(rows), counted, len(hashes), pictures)

    def _same(self) -> Iterator[_Row]:
        twice = f"SELECT sha256 FROM {self._table} GROUP BY sha256 HAVING count(*) > 1"  # noqa: S608 - names of our own
        return self._ask(f"sha256 IN ({twice})", [])

    def _hashes(self) -> tuple[int, list[str]]:
        """Return how many different hashes there are, and those that are compared."""
        sql = f"SELECT perceptual_hash FROM {self._table} WHERE perceptual_hash IS NOT NULL GROUP BY 1"  # noqa: S608 - names of our own
        # Two pictures of one hash are alike without being compared.
        (number,) = ask(self._trino, f"SELECT count(*) FROM ({sql})", [], self._state)[0]  # noqa: S608 - names of our own
        newest = f"{sql} ORDER BY max(upload_time) DESC LIMIT {MOST_COMPARED:d}"
        return int(number), [str(row[0]) for row in ask(self._trino, newest, [], self._state)]

    def _looking_alike(self, hashes: Sequence[str]) -> Iterator[_Row]:
        """Yield the assets of these hashes, and of those that are different contents' own; some twice."""
        shared = f"SELECT perceptual_hash FROM {self._table} GROUP BY 1 HAVING count(DISTINCT sha256) > 1"  # noqa: S608 - names of our own
        for start in range(0, len(hashes), _HASHES_AT_ONCE):
            part = hashes[start : start + _HASHES_AT_ONCE]
            yield from self._ask(f"perceptual_hash IN ({', '.join('?' * len(part))})", part)
        yield from self._ask(f"perceptual_hash IN ({shared})", [])

    def _ask(self, condition: str, values: Sequence[Any]) -> Iterator[_Row]:
        columns = "asset_id, upload_time, sha256, coalesce(perceptual_hash, ''), file_size"
        for row in ask(self._trino, f"SELECT {columns} FROM {self._table} WHERE {condition}", values, self._state):  # noqa: S608 - names of our own; values are parameters
            yield _Row(*row)

    @staticmethod
    def _groups(rows: Iterator[_Row], key: Callable[[_Row], str]) -> dict[str, list[_Row]]:
        found: defaultdict[str, dict[str, _Row]] = defaultdict(dict)
        for row in rows:
            found[key(row)][row.asset_id] = row
        return {name: list(members.values()) for name, members in found.items()}


def _rows_of(groups: Mapping[Match, Mapping[str, Sequence[_Row]]], now: dt.datetime) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for match, named in groups.items():
        for key, members in named.items():
            sizes = [row.file_size for row in members]
            told = {
                f"{match}_group": key,
                f"{match}_assets": len(members),
                f"{match}_spare": sum(sizes) - max(sizes),
            }
            for row in members:
                plain = {"asset_id": row.asset_id, "upload_time": row.upload_time, "found_at": now}
                found.setdefault(row.asset_id, plain).update(told)
    return sorted(found.values(), key=lambda row: row["asset_id"])
