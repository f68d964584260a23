"""The media table in SQLite behind our own `Trino.query`: with snapshots, and a record of what was asked."""

from __future__ import annotations

import datetime as dt
import json
import re
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from lakefront.config import BUNDLE_NAMES
from lakefront.errors import BadInputError
from lakefront.media.assets import COLUMNS
from lakefront.media.ids import stable_id
from lakefront.trino import Result, Trino

START: Final = dt.datetime(2026, 9, 1, tzinfo=dt.UTC)
KEY: Final = "a key of tests"
_NAMES: Final = [column.name for column in COLUMNS]
_LABELS: Final = _NAMES.index("labels")
_TABLE: Final = re.compile(
    r"media\.assets(?: FOR (?P<kind>VERSION|TIMESTAMP) AS OF CAST\((?P<value>'[^']+'|\d+) AS [^)]+\)+)?"
)
_WITH_ZONE: Final = re.compile(r"(AS OF CAST\('[^']+' AS TIMESTAMP)\(6\) WITH TIME ZONE\)")


@dataclass(frozen=True)
class Row:
    """What is made up of an asset; the rest of its columns is the same for all."""

    day: int = 0
    millisecond: int = 0
    tag: str = "product"
    kind: str = "image"
    size: int = 1
    title: str = "a"
    labels: tuple[str, ...] = ()
    width: int | None = None
    seconds: float | None = None
    mime_type: str = "image/png"
    indexed: bool = False

    @property
    def moment(self) -> dt.datetime:
        """When it came in."""
        return START + dt.timedelta(days=self.day, milliseconds=self.millisecond)


class Table:
    """Our own `Trino.query` over SQLite."""

    def __init__(self) -> None:
        self.database = sqlite3.connect(":memory:")
        self.database.execute(f"CREATE TABLE assets ({', '.join(_NAMES)})")
        functions: list[tuple[str, int, Callable[..., Any]]] = [
            ("lower", 1, lambda text: text and text.lower()),
            ("strpos", 2, lambda text, part: None if text is None else text.find(part) + 1),
            ("chr", 1, chr),
            ("contains", 2, lambda items, item: item in json.loads(items)),
            ("array_join", 2, lambda items, between: between.join(json.loads(items))),
        ]
        for name, arguments, function in functions:
            self.database.create_function(name, arguments, function, deterministic=True)
        self.asked: list[str] = []
        self.values: list[list[Any]] = []
        self.schemas = BUNDLE_NAMES
        self.states: dict[int, dt.datetime] = {}
        self._next = 5_000_000_000_000_000_000
        #: Called at each statement: a clock that goes on, a change between two of them.
        self.on_query: Callable[[str], None] = lambda _: None

    @property
    def trino(self) -> Trino:
        """The engine, as it is handed to what is tested."""
        return cast("Trino", self)

    def add(self, row: Row, name: str = "") -> str:
        """Add an asset and return its id."""
        asset_id = stable_id(row.moment, name, row.title)
        values: dict[str, Any] = dict.fromkeys(_NAMES, "x") | {
            "asset_id": asset_id,
            "tag": row.tag,
            "kind": row.kind,
            "source_system": "api",
            "file_size": row.size,
            "title": row.title,
            "labels": json.dumps(row.labels),
            "width": row.width,
            "height": None,
            "duration_seconds": row.seconds,
            "mime_type": row.mime_type,
            "is_indexed": row.indexed,
            "exif": None,
        }
        values |= dict.fromkeys(("upload_time", "created_at", "updated_at"), _text(row.moment))
        self.database.execute(f"INSERT INTO assets VALUES ({', '.join('?' * len(values))})", list(values.values()))
        return asset_id

    def remove(self, asset_id: str) -> None:
        """Delete an asset from the newest state."""
        self.database.execute("DELETE FROM assets WHERE asset_id = ?", [asset_id])

    def commit(self, moment: dt.datetime = START) -> int:
        """Keep the newest state as a snapshot, and return its number."""
        number, self._next = self._next, self._next + 1
        self.database.execute(f"CREATE TABLE assets_{number} AS SELECT * FROM assets")
        self.states[number] = moment
        return number

    def expire(self, snapshot: int) -> None:
        """Forget a snapshot."""
        del self.states[snapshot]

    def query(self, sql: str, params: Sequence[Any] | None = None) -> Result:
        """Answer a statement, as `Trino.query` does."""
        self.asked.append(sql)
        self.values.append(list(params or ()))
        self.on_query(sql)
        local = _TABLE.sub(self._state, _WITH_ZONE.sub(r"\1)", sql)).replace(
            "CAST(upload_time AT TIME ZONE 'UTC' AS date)", "date(upload_time)"
        )
        values = [_text(value) if isinstance(value, dt.datetime) else value for value in params or ()]
        return Result((), [_row(row) for row in self.database.execute(local, values)], "")

    def _state(self, found: re.Match[str]) -> str:
        """Return the table that holds a state. What Trino says of one that is not there, we say."""
        value = found["value"]
        if value is None:
            return "assets"
        if found["kind"] == "TIMESTAMP":
            moment = dt.datetime.fromisoformat(value.strip("'").removesuffix(" UTC")).replace(tzinfo=dt.UTC)
            before = [number for number, made in self.states.items() if made <= moment]
            if before:
                return f"assets_{max(before)}"
            raise _refused("No version history table")
        if int(value) in self.states:
            return f"assets_{value}"
        raise _refused(f"Iceberg snapshot ID does not exists: {value}")


def _refused(said: str) -> BadInputError:
    return BadInputError("trino-user-error", f"INVALID_ARGUMENTS: line 1:9: {said}", fix="correct the statement")


def _text(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def _row(row: tuple[Any, ...]) -> tuple[Any, ...]:
    values = [_back(value) for value in row]
    if len(values) >= len(COLUMNS):
        values[_LABELS] = json.loads(values[_LABELS])
    return tuple(values)


def _back(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return dt.date.fromisoformat(value)
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}", value):
        return dt.datetime.fromisoformat(value).replace(tzinfo=dt.UTC)
    return value
