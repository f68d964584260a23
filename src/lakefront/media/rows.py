"""Rows of the media table as they are now or were at an earlier time, and the assets that they are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final, cast

from sqlglot import exp

from lakefront.errors import BadInputError
from lakefront.media.assets import COLUMNS, TABLE, Asset
from lakefront.semantic.query import AsOf
from lakefront.trino import Trino

#: The columns of an asset, as `asset_of` takes them.
SELECT: Final = ", ".join(column.name for column in COLUMNS)
#: Code of the error for a state that is not there, or not any more.
NO_STATE: Final = "media-as-of"
_TIMES: Final = {column.name for column in COLUMNS if column.type == "timestamptz"}
_GREATEST: Final = 2**63 - 1


def of_snapshot(snapshot: int | None) -> AsOf | None:
    """Return the state that a snapshot is; None, the newest, for none."""
    return None if snapshot is None else AsOf("snapshot", snapshot=snapshot)


def table_as_of(trino: Trino, as_of: AsOf | None) -> str:
    """Return the table as it stands in a statement. Raises BadInputError (`media-as-of`)."""
    name = trino.schemas.table(TABLE)
    if as_of is None:
        return name
    kind, value = ("TIMESTAMP", _moment(as_of.moment)) if as_of.moment else ("VERSION", _version(as_of))
    return f"{name} {exp.Version(this=kind, kind='AS OF', expression=value).sql('trino')}"


def _moment(moment: dt.datetime) -> exp.Expr:
    text = moment.astimezone(dt.UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
    return exp.cast(exp.Literal.string(f"{text} UTC"), "timestamp(6) with time zone", dialect="trino")


def _version(as_of: AsOf) -> exp.Expr:
    if as_of.kind == "ref":
        return exp.Literal.string(as_of.ref)
    # A literal is as short as it can be, and a snapshot's number is a bigint whatever its size.
    if type(as_of.snapshot) is int and 0 < as_of.snapshot <= _GREATEST:
        return exp.cast(exp.Literal.number(as_of.snapshot), "bigint", dialect="trino")
    raise no_state(as_of)


def ask(trino: Trino, sql: str, values: Sequence[Any], as_of: AsOf | None) -> list[tuple[Any, ...]]:
    """Return the rows of a statement about one state.

    Raises BadInputError (`media-as-of`) when there is no such state, or not any more; else as `Trino.query`.
    """
    try:
        return trino.query(sql, values).rows
    except BadInputError as error:
        # Trino names no cause of its own for it, and these statements have no other argument that it could mean.
        if as_of is not None and error.what.startswith("INVALID_ARGUMENTS"):
            raise no_state(as_of) from error
        raise


def no_table(error: BadInputError) -> bool:
    """Tell whether there is nothing to read because nothing was ever written: a new stack, not a fault."""
    return error.code == "trino-user-error" and error.what.startswith(("TABLE_NOT_FOUND", "SCHEMA_NOT_FOUND"))


def no_state(as_of: AsOf, earliest: str = "") -> BadInputError:
    """Return the error for a state that is not there. `earliest`: the first one that is, where it is known."""
    return BadInputError(
        NO_STATE,
        f"there is no state of the media as of {as_of}, or not any more",
        fix=f"choose one from {earliest} on, the earliest that is kept"
        if earliest
        else "choose another time, or leave as-of out for what is there now",
    )


def asset_of(row: Sequence[Any]) -> Asset:
    """Return the asset of a row of `SELECT`."""
    values: dict[str, Any] = dict(zip((column.name for column in COLUMNS), row, strict=True))
    for name in _TIMES:
        values[name] = cast("dt.datetime", values[name]).astimezone(dt.UTC)
    values["labels"] = tuple(cast("list[str]", values["labels"] or ()))
    values["exif"] = dict(cast("dict[str, str]", values["exif"] or {}))
    return Asset(**values)
