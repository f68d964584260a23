"""Rollups on the running stack: built, renewed by what has changed only, and never answering with an old number."""

from __future__ import annotations

import json
from collections.abc import Generator

import pytest

from lakefront import Semantic
from lakefront.config import Settings
from lakefront.semantic import SemanticLayer, load_files
from lakefront.semantic.rollup.build import select_rows
from lakefront.semantic.rollup.layout import layouts_of
from lakefront.semantic.rollup.refresh import Refreshed, pick, refresh
from lakefront.semantic.rollup.state import STATE_TABLE
from lakefront.trino import Trino
from tests.support.cli import ROOT, lakefront

pytestmark = pytest.mark.stack
SCHEMA = "rolled_up"
MODEL = ROOT / "tests" / "data" / "rolled_up.yml"
#: Trips 1 to n: some without a time, some without a station.
_TRIPS = """
    SELECT n AS trip_id,
           IF(n % 97 = 0, NULL, TIMESTAMP '2026-01-01 03:00:00 UTC' + INTERVAL '1' HOUR * (n * 7 % 2160)) AS started_at,
           IF(n % 11 = 0, NULL, n % 5) AS station_id, n % 50 AS rider_id,
           IF(n % 13 = 0, NULL, CAST(n * 37 % 120000 AS decimal(12, 2)) / 100) AS metres
    FROM UNNEST(sequence({first}, {last})) AS t (n)
"""


class Bikes:
    """The tables, and what a person would do with them."""

    def __init__(self, trino: Trino, layer: SemanticLayer) -> None:
        self.trino = trino
        self.layer = layer
        self.semantic = Semantic(_settings_of(trino), layer=layer)

    def refresh(self, name: str = "test_trips_by_day", *, full: bool = False) -> Refreshed:
        (done,) = refresh(self.trino, pick(self.layer, [name]), catalog="iceberg", full=full)
        return done

    def require_true(self, name: str = "test_trips_by_day") -> None:
        """Compare a rollup row by row with the SELECT that builds it; sketches by what they count."""
        (layout,) = (item for item in layouts_of(self.layer) if item.rollup.name == name)
        names = [column for part in layout.parts.values() for column in part.columns.values()]
        columns = ["day", "station_id", *names] if name == "test_trips_by_day" else ["month", "town", *names]
        shown = ", ".join(
            f"cardinality(CAST({column} AS hyperloglog))" if column.endswith("_sketch") else column
            for column in columns
        )
        fresh = select_rows(layout, snapshot=None).sql("trino", identify=True)
        order = "ORDER BY 1, 2"
        kept = self.trino.query(f"SELECT {shown} FROM {layout.rollup.target} {order}").rows
        assert kept == self.trino.query(f"SELECT {shown} FROM ({fresh}) {order}").rows
        assert kept

    def notes(self, metric: str = "trip_count", by: str = "started_at.month") -> str:
        return " ".join(self.semantic.query(metric, by).notes)


_HOMES: dict[str, Settings] = {}


def _settings_of(trino: Trino) -> Settings:
    return _HOMES[trino.url]


@pytest.fixture
def bikes(stack: Settings, trino: Trino) -> Generator[Bikes]:
    _HOMES[trino.url] = stack
    trino.query(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
    trino.query(f"CREATE SCHEMA {SCHEMA}")
    trino.query(
        "CREATE TABLE rolled_up.trips WITH (partitioning = ARRAY['month(started_at)']) AS "
        + _TRIPS.format(first=1, last=3000)
    )
    trino.query(
        "CREATE TABLE rolled_up.stations AS SELECT * FROM (VALUES (BIGINT '0', 'Seoul'), (1, 'Busan'), (2, 'Seoul'), "
        "(3, NULL)) AS t (station_id, town)"
    )
    yield Bikes(trino, load_files([MODEL]))
    trino.query(f"DROP SCHEMA {SCHEMA} CASCADE")
    trino.query(f"DELETE FROM {STATE_TABLE} WHERE rollup_name LIKE 'test\\_%' ESCAPE '\\'")


def test_a_rollup_is_renewed_by_what_has_changed_only(bikes: Bikes) -> None:
    assert bikes.refresh().mode == "full"
    bikes.require_true()
    assert bikes.refresh().mode == "current"

    # Appended rows: late ones, of a new day, and without a time.
    bikes.trino.query("INSERT INTO rolled_up.trips VALUES (9001, TIMESTAMP '2026-01-15 16:00:00 UTC', 1, 7, 12.50)")
    bikes.trino.query("INSERT INTO rolled_up.trips VALUES (9002, TIMESTAMP '2026-07-01 01:00:00 UTC', NULL, 7, NULL)")
    bikes.trino.query("INSERT INTO rolled_up.trips VALUES (9003, NULL, 2, 8, 5)")
    appended = bikes.refresh()
    assert (appended.mode, appended.reason) == (
        "incremental",
        "by day: 2026-01-16 to 2026-01-17, 2026-07-01 to 2026-07-02 and rows without time",
    )
    bikes.require_true()

    # Rows that are changed and taken away, a whole group among them.
    bikes.trino.query("UPDATE rolled_up.trips SET metres = metres + 1 WHERE trip_id = 9001")
    bikes.trino.query("DELETE FROM rolled_up.trips WHERE trip_id = 9002")
    changed = bikes.refresh()
    assert changed.mode == "incremental", changed.reason
    assert "2026-07-01" in changed.reason
    bikes.require_true()

    # A day that is taken away, files and all.
    bikes.trino.query("DELETE FROM rolled_up.trips WHERE started_at >= TIMESTAMP '2026-03-01 00:00:00 UTC'")
    assert bikes.refresh().mode == "incremental"
    bikes.require_true()

    # Rewritten files hold the same rows.
    before = bikes.trino.query('SELECT snapshot_id FROM rolled_up."trips_by_day$refs"').scalar()
    bikes.trino.query("ALTER TABLE rolled_up.trips EXECUTE optimize")
    rewritten = bikes.refresh()
    assert (rewritten.mode, rewritten.reason) == ("current", "files were rewritten, rows are the same")
    assert bikes.trino.query('SELECT snapshot_id FROM rolled_up."trips_by_day$refs"').scalar() == before
    assert "current" in bikes.notes()
    bikes.require_true()


def test_a_rollup_is_made_anew_when_it_cannot_be_told_what_changed(bikes: Bikes) -> None:
    town = "test_trips_by_town"
    assert bikes.refresh(town).mode == "full"
    bikes.trino.query("UPDATE rolled_up.stations SET town = 'Daegu' WHERE station_id = 2")
    moved = bikes.refresh(town)
    assert (moved.mode, moved.reason) == ("full", "rolled_up.stations changed, which it takes dimensions from")
    bikes.require_true(town)

    bikes.trino.query("DELETE FROM rolled_up.trips_by_town WHERE town IS NULL")
    meddled = bikes.refresh(town)
    assert (meddled.mode, meddled.reason) == ("full", "its table was changed by something else")
    bikes.require_true(town)

    bikes.trino.query("DROP TABLE rolled_up.trips_by_town")
    assert bikes.refresh(town).reason == "its table is gone"

    bikes.trino.query("CREATE OR REPLACE TABLE rolled_up.trips AS " + _TRIPS.format(first=1, last=500))
    replaced = bikes.refresh(town)
    assert (replaced.mode, replaced.reason) == ("full", "the snapshot that it was built from is gone")
    bikes.require_true(town)
    assert bikes.refresh(town, full=True).mode == "full"


def test_a_rollup_answers_only_while_it_says_what_is_true(bikes: Bikes) -> None:
    assert bikes.notes() == ""
    bikes.refresh()
    bikes.refresh("test_trips_by_town")
    for metric in ("trip_count", "distance", "mean_distance", "longest"):
        over = bikes.semantic.query(metric, ["started_at.month", "trips.station_id"])
        assert "from the rollup test_trips_by_day" in " ".join(over.notes)
        assert over.rows == bikes.semantic.query(metric, ["started_at.month", "trips.station_id"], rollups="never").rows
    riders = bikes.semantic.query("riders", "started_at.month", approximate=True)
    exact = bikes.semantic.query("riders", "started_at.month")
    assert riders.notes[0] == "riders is approximate"
    assert exact.notes == ()
    assert all(abs(a[1] - b[1]) <= 0.05 * b[1] for a, b in zip(riders.rows, exact.rows, strict=True))

    bikes.trino.query("INSERT INTO rolled_up.trips VALUES (9001, TIMESTAMP '2026-01-15 16:00:00 UTC', 1, 7, 12.50)")
    # The one by town may be an hour old; the one by day must be current.
    assert "from the rollup test_trips_by_town" in bikes.notes()
    assert "as of" in bikes.notes()
    by_station = bikes.semantic.query("trip_count", "trips.station_id")
    assert "the rollup test_trips_by_day is not used: its sources have changed since" in " ".join(by_station.notes)
    assert by_station.rows == bikes.semantic.query("trip_count", "trips.station_id", rollups="never").rows


def test_the_sample_rollups_answer_and_read_far_fewer_rows(stack: Settings) -> None:
    semantic = Semantic(stack)
    for metrics, by in (
        (["revenue", "gross_margin"], ["order_date.month", "orders.region"]),
        (["traded_volume", "average_trade_price"], ["ts.day", "symbol"]),
    ):
        over = semantic.query(metrics, by)
        base = semantic.query(metrics, by, rollups="never")
        assert "from the rollup" in " ".join(over.notes)
        assert over.rows == base.rows
        read = [semantic.trino.query(answer.sql).stats["processedRows"] for answer in (over, base)]
        assert read[1] >= 50 * read[0] > 0


def test_the_command_line_tells_what_it_renewed(stack: Settings) -> None:
    done = lakefront("semantic", "refresh", "daily_stats", "--format", "json", home=stack.home.root)
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(done.stdout)
    assert (row["rollup"], row["table"], row["mode"], row["rows"]) == (
        "daily_stats", "markets.daily_stats", "current", 720,
    )  # fmt: skip
    wrong = lakefront("semantic", "refresh", "daily_stat", home=stack.home.root)
    assert wrong.returncode == 2
    assert "there is no rollup 'daily_stat'. Did you mean 'daily_stats'?" in wrong.stderr
    asked = lakefront("semantic", "query", "-m", "trades", "-b", "ts.month", home=stack.home.root)
    assert "trades: from the rollup daily_stats (720 rows, current)" in asked.stderr
    plain = lakefront("semantic", "query", "-m", "trades", "-b", "ts.month", "--no-rollups", home=stack.home.root)
    assert plain.stderr == ""
    assert plain.stdout == asked.stdout
