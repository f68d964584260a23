"""The sample's table with a past: results by month as they were known at each month's close, one snapshot a close.

Trino tells what became known when, Python adds it up, and PyIceberg writes one state after the other into a working
table, in one commit. Iceberg dates a snapshot by the clock and takes no other date, so the finished table is registered
from a metadata file of our own: the same snapshots, dated by the closes.
"""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
import json
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import pyarrow
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.io import pyarrow as arrow_io
from sqlglot import exp

from lakefront.errors import CheckFailedError
from lakefront.iceberg.catalog import answered
from lakefront.sample.lake import SeededTable, table_statements
from lakefront.trino import Trino

CLOSES_TABLE: Final = "sales.monthly_close"
CLOSES: Final = 12
#: Books are closed in the evening, so that a date means the state at its end.
_CLOSED_AT: Final = dt.time(22, tzinfo=dt.UTC)
_WORKING: Final = "__seeding"
_STATEMENT_SECONDS: Final = 900.0
# Neither library has types for its tables; what they say is checked by what Trino reads.
_ARROW: Final[Any] = pyarrow
_ARROW_IO: Final[Any] = arrow_io
#: What became known at a close: month, region, channel, close, and by how much orders, revenue and refunds grew.
Learned = tuple[dt.date, str, str, dt.date, int, Decimal, Decimal]


def close_days(until: dt.date) -> list[dt.date]:
    """Return the days of the closes: the last days of the twelve months that have ended by `until`, oldest first."""
    first = (until + dt.timedelta(days=1)).replace(day=1)
    days: list[dt.date] = []
    for _ in range(CLOSES):
        last = first - dt.timedelta(days=1)
        days.append(last)
        first = last.replace(day=1)
    return days[::-1]


def close_moment(day: dt.date) -> dt.datetime:
    """Return the moment at which the books of a month were closed."""
    return dt.datetime.combine(day, _CLOSED_AT)


def states(learned: Iterable[Learned], days: Sequence[dt.date]) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows of the table as of each close, by month, region and channel."""
    by_close: dict[dt.date, list[Learned]] = {}
    for item in learned:
        by_close.setdefault(max(item[3], days[0]), []).append(item)
    kept: dict[tuple[dt.date, str, str], dict[str, Any]] = {}
    for day in days:
        for month, region, channel, _, orders, revenue, refunds in by_close.get(day, []):
            empty = {"month": month, "region": region, "channel": channel, "orders": 0}
            row = kept.setdefault((month, region, channel), {**empty, "revenue": Decimal(0), "refunds": Decimal(0)})
            row["orders"] += orders
            row["revenue"] += revenue
            row["refunds"] += refunds
            row["restated_on"] = day
        yield [dict(row) for _, row in sorted(kept.items()) if row["orders"]]


@dataclasses.dataclass(frozen=True)
class Closes:
    """The table in one environment. `name` is `schema.table` as it is called there; `uri` the catalog's address."""

    trino: Trino
    rest: RestCatalog
    uri: str
    catalog: str
    name: str
    warehouse: str
    mark: str
    values: Mapping[str, str]

    def seed(self, until: dt.date, report: Callable[[str, int, int], None]) -> SeededTable:
        """Make the table unless it is there. Raises CheckFailedError (`sample-table-exists`) for another's table.

        A run that was interrupted leaves a working table at most, and is simply run again.
        """
        started = time.monotonic()
        report(CLOSES_TABLE, 0, CLOSES)
        there = self._is_there()
        if not there:
            self._make(close_days(until), report)
        report(CLOSES_TABLE, CLOSES, CLOSES)
        count = exp.select("count(*)").from_(self._table(self.name)).sql("trino")
        rows = int(self.trino.query(count).scalar())
        return SeededTable(self.name, rows, time.monotonic() - started, created=not there)

    def _is_there(self) -> bool:
        schema, table = self.name.split(".")
        query = (
            exp.select("comment")
            .from_("system.metadata.table_comments")
            .where(
                exp.column("catalog_name").eq(self.catalog),
                exp.column("schema_name").eq(schema),
                exp.column("table_name").eq(table),
            )
        )
        rows = self.trino.query(query.sql("trino")).rows
        if rows and not str(rows[0][0] or "").endswith(f"({self.mark})"):
            raise CheckFailedError(
                "sample-table-exists",
                f"{self.catalog}.{self.name} is there already, and not from '{self.mark}'",
                fix="drop or rename it and run `lakefront seed` again; or, if the comment names another day of the "
                "sample, set [sample] until in lakefront.toml back to that day",
            )
        return bool(rows)

    def _make(self, days: Sequence[dt.date], report: Callable[[str, int, int], None]) -> None:
        working = self.name + _WORKING
        self._forget(working)
        patient = dataclasses.replace(self.trino, timeout=max(self.trino.timeout, _STATEMENT_SECONDS))
        schema, table = self.name.split(".")
        create, learned = table_statements(
            CLOSES_TABLE,
            dict(self.values),
            table=self._table(working).sql("trino"),
            location=f"s3://{self.warehouse}/{schema}/{table}-{uuid.uuid4().hex}",
        )
        rows: list[Learned] = [tuple(row) for row in patient.query(learned).rows]
        patient.query(create)
        place = answered(self.uri, lambda: self._write(working, rows, days, report))
        # First forgotten, then registered: two tables over the same files would be one too many for a DROP.
        self._forget(working)
        answered(self.uri, lambda: self.rest.register_table(self.name, place))

    def _write(
        self, name: str, rows: list[Learned], days: Sequence[dt.date], report: Callable[[str, int, int], None]
    ) -> str:
        """Write all states into a table, and the metadata that dates them; return where that is."""
        table: Any = self.rest.load_table(name)
        schema = _ARROW_IO.schema_to_pyarrow(table.schema(), include_field_ids=False)
        with table.transaction() as transaction:
            for number, state in enumerate(states(rows, days), start=1):
                rows_then = _ARROW.Table.from_pylist(state, schema=schema)
                (transaction.append if number == 1 else transaction.overwrite)(rows_then)
                report(CLOSES_TABLE, number, len(days) + 1)
        with table.io.new_input(table.metadata_location).open() as stream:
            metadata = json.loads(stream.read())
        place = f"{table.location()}/metadata/00000-{uuid.uuid4()}.metadata.json"
        with table.io.new_output(place).create() as stream:
            stream.write(json.dumps(backdated(metadata, [close_moment(day) for day in days])).encode())
        return place

    def _forget(self, name: str) -> None:
        """Take a table out of the catalog; its files stay."""

        def drop() -> None:
            try:
                self.rest.drop_table(name)
            except NoSuchTableError:
                return

        answered(self.uri, drop)

    def _table(self, name: str) -> exp.Table:
        schema, table = name.split(".")
        return exp.table_(table, schema, self.catalog, quoted=True)


def backdated(metadata: Mapping[str, Any], moments: Sequence[dt.datetime]) -> dict[str, Any]:
    """Return a table's metadata with the snapshots that added rows, as many as `moments`, dated by them in order.

    Those that emptied it in between are left out, as expiring snapshots does.
    The format: https://iceberg.apache.org/spec/#table-metadata-fields.
    """
    made = copy.deepcopy(dict(metadata))
    ordered = sorted(made["snapshots"], key=lambda item: int(item["sequence-number"]))
    snapshots = [item for item in ordered if int(item["summary"].get("added-records", 0))]
    before: int | None = None
    for snapshot, moment in zip(snapshots, moments, strict=True):
        snapshot["timestamp-ms"] = int(moment.timestamp() * 1000)
        snapshot.pop("parent-snapshot-id", None)
        if before is not None:
            snapshot["parent-snapshot-id"] = before
        before = snapshot["snapshot-id"]
    last = snapshots[-1]
    made["snapshots"] = snapshots
    made["snapshot-log"] = [
        {"timestamp-ms": item["timestamp-ms"], "snapshot-id": item["snapshot-id"]} for item in snapshots
    ]
    made["last-updated-ms"] = last["timestamp-ms"]
    made["current-snapshot-id"] = last["snapshot-id"]
    made["refs"] = {"main": {"snapshot-id": last["snapshot-id"], "type": "branch"}}
    # Earlier files are of the working table, and statistics may be of snapshots that are left out.
    made["metadata-log"] = []
    for key in ("statistics", "partition-statistics"):
        made.pop(key, None)
    return made
