"""A state that Trino has expired is told apart from one that never was, with since when states are kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import pytest

from lakefront.config import Schemas, Settings
from lakefront.errors import BadInputError
from lakefront.media.assets import TABLE
from lakefront.media.catalog import MediaCatalog
from lakefront.media.metadata import TableMetadata
from lakefront.media.query import NO_STATE, AssetFilter, count, of_snapshot, parse_as_of
from lakefront.media.states import State
from lakefront.trino import Trino
from tests.support.assets import made_up_asset

pytestmark = pytest.mark.stack

SCHEMAS = Schemas(names={"media": "media_gone"})


@pytest.fixture
def trino(lake: Settings) -> Iterator[Trino]:
    """The engine, for a table of media of this test's own."""
    own = replace(Trino.from_settings(lake, source="lakefront-tests"), schemas=SCHEMAS)
    own.query(f"DROP TABLE IF EXISTS {SCHEMAS.table(TABLE)}")
    yield own
    own.query(f"DROP TABLE IF EXISTS {SCHEMAS.table(TABLE)}")


def _expire(trino: Trino) -> None:
    with trino.cursor() as cursor:
        cursor.execute("SET SESSION iceberg.expire_snapshots_min_retention = '0s'")
        cursor.fetchall()
        cursor.execute(f"ALTER TABLE {SCHEMAS.table(TABLE)} EXECUTE expire_snapshots(retention_threshold => '0s')")
        cursor.fetchall()


def test_an_expired_state_is_told_from_one_that_never_was(lake: Settings, trino: Trino) -> None:
    catalog = replace(MediaCatalog.from_settings(lake), schemas=SCHEMAS)
    before = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=5)
    for number in range(3):
        catalog.append([made_up_asset(number)])
    metadata = TableMetadata(lake, catalog=catalog)
    newest, middle, oldest = metadata.history(9)
    assert metadata.gone(parse_as_of(str(oldest.snapshot))) is None
    assert count(trino, AssetFilter(), as_of=of_snapshot(oldest.snapshot)) == 1

    _expire(trino)
    assert metadata.history(9) == [newest]
    for state in (oldest, middle):
        with pytest.raises(BadInputError) as raised:
            count(trino, AssetFilter(), as_of=of_snapshot(state.snapshot))
        assert raised.value.code == NO_STATE
        for name in (str(state.snapshot), state.since.isoformat()):
            found = metadata.gone(parse_as_of(name))
            assert found is not None
            assert found.since == state.since
            assert found.earliest == State(newest.snapshot, newest.since)
    for never in ("1234567890", before.isoformat(), "nowhere"):
        found = metadata.gone(parse_as_of(never))
        assert found is not None
        assert found.since is None
        assert found.earliest == newest
    assert metadata.gone(parse_as_of(str(newest.snapshot))) is None
    assert count(trino, AssetFilter(), as_of=of_snapshot(newest.snapshot)) == 3
