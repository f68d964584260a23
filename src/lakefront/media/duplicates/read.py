"""What was found of duplicates, as one person sees it: pages of groups, and the duplicates of one asset."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from lakefront.errors import BadInputError
from lakefront.media.assets import DUPLICATES, TABLE, Asset
from lakefront.media.duplicates.table import MATCHES, Match
from lakefront.media.rows import SELECT, ask, asset_of, no_table
from lakefront.media.signing import opened, sealed
from lakefront.media.tokens import BAD_TOKEN
from lakefront.trino import Trino

#: The most groups of a page, and assets that are shown of one.
LARGEST_PAGE: Final = 50
MOST_SHOWN: Final = 20
_PURPOSE: Final = b"lakefront duplicates v1"


@dataclass(frozen=True)
class Group:
    """Assets that are the same or look alike. `size`: how many they were when duplicates were looked for.

    `spare`: their bytes but for the largest one; `assets`: those of the `MOST_SHOWN` oldest that this person sees.
    """

    key: str
    size: int
    spare: int
    assets: tuple[Asset, ...]


@dataclass(frozen=True)
class Groups:
    """A page of groups, those that hold most spare bytes first; `next` is the token of the page after it, or None."""

    groups: tuple[Group, ...]
    next: str | None


def groups(trino: Trino, match: Match, *, signing_key: str, size: int = 10, after: str | None = None) -> Groups:
    """Return a page of groups as one person sees them; those of whom she sees less than two are left out of it.

    Raises BadInputError: `page-size`, `page-token`.
    """
    if not 1 <= size <= LARGEST_PAGE:
        what = f"a page of {size} groups cannot be shown"
        raise BadInputError("page-size", what, fix=f"ask for 1 to {LARGEST_PAGE}")
    name, values = trino.schemas.table(DUPLICATES), list[Any]()
    where = f"{match}_group IS NOT NULL"
    if after is not None:
        spare, key = _place(signing_key, match, after)
        where += f" AND ({match}_spare < ? OR {match}_spare = ? AND {match}_group > ?)"
        values = [spare, spare, key]
    listed = _known(
        trino,
        f"SELECT {match}_spare, {match}_group, max({match}_assets) FROM {name} WHERE {where}"  # noqa: S608 - names of our own; values are parameters
        f" GROUP BY 1, 2 ORDER BY 1 DESC, 2 LIMIT {size + 1:d}",
        values,
    )
    shown = listed[:size]
    members = _members(trino, match, [str(key) for _, key, _ in shown])
    found = [Group(str(key), int(number), int(spare), members[str(key)]) for spare, key, number in shown]
    token = _token(signing_key, match, *shown[-1][:2]) if len(listed) > size else None
    return Groups(tuple(group for group in found if len(group.assets) > 1), token)


def duplicates_of(trino: Trino, asset_id: str) -> dict[Match, tuple[Asset, ...]]:
    """Return the other assets of an asset's groups that this person sees, the oldest first, up to `MOST_SHOWN`."""
    name = trino.schemas.table(DUPLICATES)
    rows = _known(trino, f"SELECT same_group, near_group FROM {name} WHERE asset_id = ?", [asset_id])  # noqa: S608 - names of our own; values are parameters
    found: dict[Match, tuple[Asset, ...]] = {}
    for match, key in zip(MATCHES, rows[0] if rows else (), strict=False):
        if key is not None:
            members = _members(trino, match, [str(key)])[str(key)]
            found[match] = tuple(other for other in members if other.asset_id != asset_id)
    # A copy looks alike, too; it is told once.
    copies = {other.asset_id for other in found.get("same", ())}
    if "near" in found:
        found["near"] = tuple(other for other in found["near"] if other.asset_id not in copies)
    return {match: others for match, others in found.items() if others}


def _known(trino: Trino, sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Return rows of the table; none where duplicates were never looked for."""
    try:
        return ask(trino, sql, values, None)
    except BadInputError as error:
        if no_table(error):
            return []
        raise


def _members(trino: Trino, match: Match, keys: Sequence[str]) -> dict[str, tuple[Asset, ...]]:
    """Return the oldest assets of groups. Their times are told, so that few of the table's rows are read."""
    found: defaultdict[str, list[Asset]] = defaultdict(list)
    if keys:
        name, marks = trino.schemas.table(DUPLICATES), ", ".join("?" * len(keys))
        listed = ask(
            trino,
            f"SELECT {match}_group, asset_id, upload_time FROM (SELECT *, row_number() OVER"  # noqa: S608 - names of our own; values are parameters
            f" (PARTITION BY {match}_group ORDER BY upload_time, asset_id) AS place FROM {name}"
            f" WHERE {match}_group IN ({marks})) WHERE place <= {MOST_SHOWN:d}",
            keys,
            None,
        )
        of_asset = {str(asset_id): str(key) for key, asset_id, _ in listed}
        times = sorted({moment for *_, moment in listed})
        sql = (
            f"SELECT {SELECT} FROM {trino.schemas.table(TABLE)}"  # noqa: S608 - names of our own; values are parameters
            f" WHERE upload_time IN ({', '.join('?' * len(times))}) AND asset_id IN ({', '.join('?' * len(of_asset))})"
            " ORDER BY upload_time, asset_id"
        )
        for row in ask(trino, sql, [*times, *of_asset], None) if listed else ():
            asset = asset_of(row)
            found[of_asset[asset.asset_id]].append(asset)
    return {key: tuple(found[key]) for key in keys}


def _token(signing_key: str, match: Match, spare: int, key: str) -> str:
    return sealed(signing_key, _PURPOSE, json.dumps([match, spare, key], separators=(",", ":")).encode())


def _place(signing_key: str, match: Match, token: str) -> tuple[int, str]:
    payload = opened(signing_key, _PURPOSE, token)
    said = cast("list[Any]", json.loads(payload)) if payload else []
    if not said or said[0] != match:
        what = "this page token is not one of ours, or of another list"
        raise BadInputError(BAD_TOKEN, what, fix="start at page one")
    return int(said[1]), str(said[2])
