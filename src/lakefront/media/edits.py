"""Changes by hand: titles, tags, labels, and taking assets out, each by whose role allows it, with who and when.

Trino takes no changes from people to whom it shows masked columns. So the policies are asked what she may, and the
environment's own user writes in her name, upon the rows that her roles show her and no others. A change is one commit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from lakefront.config import Settings
from lakefront.errors import BadInputError, CheckFailedError, NotAllowedError
from lakefront.media.assets import TABLE, TAGS
from lakefront.media.by_id import dated, marks, timed
from lakefront.media.description import MOST_LABELS, check_choice, check_labels, check_title, written, written_labels
from lakefront.media.sources import shown
from lakefront.media.turns import until_committed
from lakefront.semantic.policy.edits import Right, right_to
from lakefront.semantic.policy.load import Loaded, policies_here
from lakefront.semantic.policy.model import Edit
from lakefront.trino import Trino

#: As many assets may be changed at once.
MOST_AT_ONCE: Final = 1_000
_NAMED: Final = 3


@dataclass(frozen=True)
class Changes:
    """What to change of assets; what is None or empty stays as it is."""

    title: str | None = None
    tag: str | None = None
    add_labels: tuple[str, ...] = ()
    remove_labels: tuple[str, ...] = ()

    def check(self) -> None:
        """Raise BadInputError (`media-edit`, `media-tag`, `media-label`, `media-title`)."""
        if not self.edits:
            raise BadInputError("media-edit", "there is nothing to change", fix="give a title, a tag or labels")
        if self.title is not None:
            check_title(self.title)
        if self.tag is not None:
            check_choice("media-tag", self.tag, TAGS)
        check_labels(self.add_labels)
        both = set(written_labels(self.add_labels)) & set(written_labels(self.remove_labels))
        if both:
            what = f"'{shown(min(both))}' is to be added and to be removed"
            raise BadInputError("media-edit", what, fix="leave one of them out")

    @property
    def edits(self) -> tuple[Edit, ...]:
        """What a person has to be allowed for them."""
        found: list[Edit] = []
        if self.title is not None:
            found.append("title")
        if self.tag is not None:
            found.append("tag")
        if self.add_labels or self.remove_labels:
            found.append("labels")
        return tuple(found)


@dataclass(frozen=True)
class Edited:
    """How many assets were changed, and how many had been that way already."""

    changed: int
    unchanged: int = 0


@dataclass(frozen=True)
class _Row:
    asset_id: str
    upload_time: dt.datetime
    title: str
    tag: str
    labels: tuple[str, ...]


class Editor:
    """Changes assets in the name of one person. `groups`: as the identity provider says them, where it does."""

    def __init__(self, settings: Settings, *, user: str | None = None, groups: Sequence[str] | None = None) -> None:
        self.user = user or settings.env.trino_user
        self._groups = groups
        self._settings = settings
        self._trino = Trino.from_settings(settings, source="lakefront-media")
        self._table = settings.schemas.table(TABLE)

    @cached_property
    def _policies(self) -> Loaded:
        return policies_here(self._settings)

    def may(self, edit: Edit) -> Right | None:
        """Return the person's right to make an edit; None when she has none."""
        if self._settings.everybody_sees_everything or self.user == self._settings.env.trino_user:
            return Right()
        return right_to(self._policies, self.user, edit, self._groups)

    def change(self, asset_ids: Sequence[str], changes: Changes) -> Edited:
        """Change assets, all of them or none.

        Raises NotAllowedError (`media-edit-denied`), BadInputError (`media-edit`, `media-not-there`; see `Changes`),
        CheckFailedError (`media-edit-conflict`).
        """
        changes.check()
        wanted, rights = _distinct(asset_ids), self._rights(changes.edits)
        labels = written_labels(changes.add_labels), written_labels(changes.remove_labels)

        def write() -> Edited:
            rows = self._rows(wanted, rights)
            different = [row for row in rows if _differs(row, changes, *labels)]
            for row in different:
                after = (set(row.labels) - set(labels[1])) | set(labels[0])
                if len(after) > MOST_LABELS:
                    raise _too_many_labels(row, len(after))
            if different:
                self._update(different, rights, *_set(changes, *labels))
            return Edited(len(different), len(rows) - len(different))

        return until_committed(write, conflict=_conflict())

    def delete(self, asset_ids: Sequence[str]) -> int:
        """Take assets out of the table; return how many. Raises as `change`.

        Their last version says who did it, for as long as the table's snapshots reach back. Their objects stay until
        `reconcile` removes what no row has named for a week.
        """
        wanted, rights = _distinct(asset_ids), self._rights(("delete",))

        def write() -> int:
            rows = self._rows(wanted, rights)
            self._update(rows, rights)
            where, values = _among(rows, rights)
            self._trino.query(f"DELETE FROM {self._table} WHERE {where}", values)  # noqa: S608 - a name of our own; values are parameters
            return len(rows)

        return until_committed(write, conflict=_conflict())

    def _rights(self, edits: Sequence[Edit]) -> list[Right]:
        rights: list[Right] = []
        for edit in edits:
            right = self.may(edit)
            if right is None:
                what = {"add": "take media in", "delete": "delete media"}.get(edit, f"change the {edit} of media")
                raise NotAllowedError(
                    "media-edit-denied",
                    f"{self.user} may not {what}",
                    fix=f"ask {self._settings.manifest.bundle.contact or 'an admin'} for a role whose `edits` allow it",
                )
            rights.append(right)
        return rights

    def _rows(self, wanted: Sequence[str], rights: Sequence[Right]) -> list[_Row]:
        """Return the rows to change. Ids hold their day; where that does not find one, all days are looked through."""
        known = dated(wanted)
        found = self._read(*timed(known), rights) if known else []
        missing = set(wanted) - {row.asset_id for row in found}
        if missing:
            found += self._read(f"asset_id IN ({marks(missing)})", sorted(missing), rights)
            missing -= {row.asset_id for row in found}
        if missing:
            named = ", ".join(f"'{shown(asset_id)}'" for asset_id in sorted(missing)[:_NAMED])
            rest = f" and {len(missing) - _NAMED:,} more" if len(missing) > _NAMED else ""
            raise BadInputError(
                "media-not-there",
                f"there is no asset {named}{rest}, or it is not {self.user}'s to change",
                fix="see what there is by `lakefront media find`; nothing was changed",
            )
        return found

    def _read(self, where: str, values: Sequence[Any], rights: Sequence[Right]) -> list[_Row]:
        sql = f"SELECT asset_id, upload_time, title, tag, labels FROM {self._table} WHERE {_allowed(where, rights)}"  # noqa: S608 - a name of our own, conditions of the policies; values are parameters
        rows = self._trino.query(sql, values).rows
        return [_Row(row[0], row[1], row[2] or "", row[3] or "", tuple(row[4] or ())) for row in rows]

    def _update(
        self, rows: Sequence[_Row], rights: Sequence[Right], sets: Sequence[str] = (), given: Sequence[Any] = ()
    ) -> None:
        where, values = _among(rows, rights)
        stamped = ", ".join((*sets, "updated_at = ?", "updated_by = ?"))
        now = dt.datetime.now(dt.UTC)
        self._trino.query(f"UPDATE {self._table} SET {stamped} WHERE {where}", [*given, now, self.user, *values])  # noqa: S608 - names of our own; values are parameters


def _conflict() -> CheckFailedError:
    return CheckFailedError(
        "media-edit-conflict", "others kept changing the same media", fix="run it again; nothing was changed"
    )


def _distinct(asset_ids: Sequence[str]) -> list[str]:
    wanted = list(dict.fromkeys(asset_ids))
    if not wanted:
        raise BadInputError("media-edit", "no asset is named", fix="give the ids that `lakefront media find` shows")
    if len(wanted) > MOST_AT_ONCE:
        what = f"{len(wanted):,} assets are too many for one change"
        raise BadInputError("media-edit", what, fix=f"give at most {MOST_AT_ONCE:,}")
    return wanted


def _differs(row: _Row, changes: Changes, add: tuple[str, ...], remove: tuple[str, ...]) -> bool:
    return (
        (changes.title is not None and written(changes.title) != row.title)
        or (changes.tag is not None and changes.tag != row.tag)
        or not set(add) <= set(row.labels)
        or bool(set(remove) & set(row.labels))
    )


def _set(changes: Changes, add: tuple[str, ...], remove: tuple[str, ...]) -> tuple[list[str], list[Any]]:
    """Return the assignments and their values. Labels are added to those that are there when it is written."""
    sets: list[str] = []
    values: list[Any] = []
    if changes.title is not None:
        sets.append("title = ?")
        values.append(written(changes.title))
    if changes.tag is not None:
        sets.append("tag = ?")
        values.append(changes.tag)
    if add or remove:
        kept = f"array_except(labels, {_array(remove)})"
        sets.append(f"labels = {kept} || array_except({_array(add)}, labels)")
        values += [*remove, *add]
    return sets, values


def _array(items: Sequence[str]) -> str:
    return f"CAST(ARRAY[{marks(items)}] AS array(varchar))"


def _among(rows: Sequence[_Row], rights: Sequence[Right]) -> tuple[str, list[Any]]:
    where, values = timed([(row.asset_id, row.upload_time) for row in rows])
    return _allowed(where, rights), values


def _allowed(where: str, rights: Sequence[Right]) -> str:
    conditions = (right.condition for right in rights)
    return " AND ".join([where, *(f"({item.sql('trino', identify=True)})" for item in conditions if item is not None)])


def _too_many_labels(row: _Row, number: int) -> BadInputError:
    return BadInputError(
        "media-label",
        f"{shown(row.title)} ({row.asset_id}) would have {number} labels",
        fix=f"an asset has at most {MOST_LABELS}; remove some first. Nothing was changed",
    )
