"""Rows of an export as CSV, Parquet or JSON, written piece by piece."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, cast

import pyarrow
import pyarrow.parquet

from lakefront.iceberg.schema import arrow_schema, schema_of
from lakefront.media.assets import COLUMNS, Asset
from lakefront.media.export.read import About, Export
from lakefront.media.export.wanted import Format

#: Excel reads UTF-8 by this mark only.
_MARK: Final = "\ufeff"
#: What spreadsheets take for the beginning of a formula; also in full width, as keyboards of Asia write it.
_FORMULA: Final = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
_NAMES: Final = tuple(column.name for column in COLUMNS)
#: In a Parquet file's metadata: what the export says of itself, as JSON.
PARQUET_KEY: Final = "lakefront.export"
# Arrow has no types; what comes from it is written at once.
_ARROW: Final[Any] = pyarrow
_PARQUET: Final[Any] = pyarrow.parquet


def plain(asset: Asset) -> dict[str, Any]:
    """Return an asset as data that JSON holds; times are written in ISO 8601, in UTC."""
    values = {name: getattr(asset, name) for name in _NAMES}
    return {name: value.isoformat() if isinstance(value, dt.datetime) else value for name, value in values.items()} | {
        "labels": list(asset.labels),
        "exif": dict(asset.exif),
    }


def safe_cell(text: str) -> str:
    """Return a text as a spreadsheet shows it: an apostrophe is put before what it would take for a formula.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    return f"'{text}" if _FORMULA.match(text) else text


def csv_text(rows: Sequence[Mapping[str, Any]], names: Sequence[str], *, head: bool) -> str:
    """Return rows as CSV (RFC 4180). Labels and EXIF are JSON in their cells; what is not known is empty."""
    written = io.StringIO()
    writer = csv.writer(written)
    if head:
        written.write(_MARK)
        writer.writerow(names)
    writer.writerows([_cell(row.get(name)) for name in names] for row in rows)
    return written.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, dict)):
        return _json(cast("object", value))
    return safe_cell(value) if isinstance(value, str) else value


def as_csv(export: Export) -> Iterator[bytes]:
    """Yield the rows as CSV in UTF-8, with a mark at its beginning for Excel."""
    head = True
    for part in export.assets():
        yield csv_text([plain(asset) for asset in part], _NAMES, head=head).encode()
        head = False
    if head:
        yield csv_text((), _NAMES, head=True).encode()


def as_json(export: Export) -> Iterator[bytes]:
    """Yield what the export says of itself, and an object for each asset, one a line."""
    yield f'{{"export":{_json(export.about.plain())},\n"assets":['.encode()
    left, number = set(export.wanted.ids or ()), 0
    for part in export.assets():
        left -= {asset.asset_id for asset in part}
        lines = (_json(plain(asset)) for asset in part)
        yield (("," if number else "") + "\n" + ",\n".join(lines)).encode()
        number += len(part)
    yield f'\n],\n"count":{number},"not_found":{_json(sorted(left))}}}\n'.encode()


def as_parquet(export: Export) -> Iterator[bytes]:
    """Yield the rows as Parquet with the table's types; times are in UTC, to the microsecond."""
    # A policy may keep any column from a person.
    fields = [field.with_nullable(True) for field in arrow_schema(schema_of(COLUMNS))]
    schema = _ARROW.schema(fields, metadata={PARQUET_KEY: _json(export.about.plain())})
    sink = _Sink()
    with _PARQUET.ParquetWriter(_ARROW.PythonFile(sink, mode="w"), schema, compression="zstd") as writer:
        for part in export.assets():
            rows = [_typed(asset) for asset in part]
            writer.write_table(_ARROW.Table.from_pylist(rows, schema=schema))
            yield sink.taken()
    yield sink.taken()


def _typed(asset: Asset) -> dict[str, Any]:
    values = {name: getattr(asset, name) for name in _NAMES}
    return values | {"labels": list(asset.labels), "exif": list(asset.exif.items())}


class _Sink(io.RawIOBase):
    """A file that is taken away as it grows."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        piece = bytes(data)
        self._pieces.append(piece)
        return len(piece)

    def taken(self) -> bytes:
        """Return what was written since the last time."""
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


#: How rows are written, and the media type of each.
WRITERS: Final[Mapping[Format, tuple[Callable[[Export], Iterator[bytes]], str]]] = {
    "csv": (as_csv, "text/csv; charset=utf-8"),
    "parquet": (as_parquet, "application/vnd.apache.parquet"),
    "json": (as_json, "application/json"),
}


def file_name(about: About, of: Format) -> str:
    """Return the name that an export is saved under: plain letters, whatever was asked."""
    return f"lakefront-media-{about.made_at.astimezone(dt.UTC):%Y-%m-%d-%H%M%S}.{of}"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
