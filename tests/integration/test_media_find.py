"""Pages of media on the real engine: every order and filter, earlier states, expired snapshots, the command line."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from pyiceberg.table import Table

from lakefront.config import Schemas, Settings
from lakefront.errors import BadInputError
from lakefront.iceberg.catalog import connect
from lakefront.media.catalog import MediaCatalog
from lakefront.media.query import (
    ORDERS,
    AssetFilter,
    Page,
    Sort,
    count,
    day_counts,
    facets,
    get,
    of_snapshot,
    page,
    parse_as_of,
)
from lakefront.trino import Trino
from tests.support.cli import lakefront

pytestmark = pytest.mark.stack

KEY = "a key of tests"
#: A copy of the sample's table, which tests may change.
COPY = "media_pages"
BY: dict[Sort, str] = {
    "newest": "upload_time DESC, asset_id DESC",
    "oldest": "upload_time, asset_id",
    "largest": "file_size DESC, asset_id DESC",
    "smallest": "file_size, asset_id",
    "name": "substr(lower(title), 1, 64), asset_id",
}


class Copy:
    """The copy, read and changed through Trino, and its snapshots."""

    def __init__(self, stack: Settings, trino: Trino) -> None:
        self.schemas = Schemas(names={"media": COPY})
        self.trino = replace(trino, schemas=self.schemas)
        self._catalog = MediaCatalog(connect(stack), stack.service("catalog").url, self.schemas)

    def ids(self, order: str = BY["newest"], where: str = "true") -> list[str]:
        return [
            row[0]
            for row in self.trino.query(f"SELECT asset_id FROM {COPY}.assets WHERE {where} ORDER BY {order}").rows
        ]

    def table(self) -> Table:
        found = self._catalog.table()
        assert found is not None
        return found

    def snapshot(self) -> int:
        found = self.table().current_snapshot()
        assert found is not None
        return found.snapshot_id

    def walk(self, sort: Sort = "newest", wanted: AssetFilter | None = None, **asked: Any) -> list[Page]:
        pages = [page(self.trino, wanted or AssetFilter(), signing_key=KEY, sort=sort, size=40, **asked)]
        while pages[-1].next:
            after = pages[-1].next
            pages.append(page(self.trino, wanted or AssetFilter(), signing_key=KEY, sort=sort, size=40, after=after))
        return pages


@pytest.fixture
def copy(stack: Settings, trino: Trino) -> Iterator[Copy]:
    trino.query(f"CREATE SCHEMA IF NOT EXISTS {COPY}")
    trino.query(
        f"CREATE TABLE {COPY}.assets WITH (partitioning = ARRAY['day(upload_time)']) AS SELECT * FROM media.assets"
    )
    yield Copy(stack, trino)
    trino.query(f"DROP TABLE {COPY}.assets")
    trino.query(f"DROP SCHEMA {COPY}")


def shown(pages: list[Page]) -> list[str]:
    return [asset.asset_id for each in pages for asset in each.assets]


@pytest.mark.parametrize("sort", list(ORDERS))
def test_a_walk_shows_what_the_engine_sorts(copy: Copy, sort: Sort) -> None:
    assert shown(copy.walk(sort)) == copy.ids(BY[sort])
    assert shown(copy.walk(sort, pin=copy.snapshot())) == copy.ids(BY[sort])


@pytest.mark.parametrize(
    ("wanted", "where"),
    [
        (AssetFilter(kinds=("image", "audio"), tags=("product",)), "kind <> 'video' AND tag = 'product'"),
        (AssetFilter(source_systems=("api",)), "source_system = 'api'"),
        (AssetFilter(mime_types=("image/png", "audio/mpeg")), "mime_type IN ('image/png', 'audio/mpeg')"),
        (AssetFilter(min_size=10_000, max_size=300_000), "file_size BETWEEN 10000 AND 300000"),
        (AssetFilter(min_width=800, max_height=900), "width >= 800 AND height <= 900"),
        (AssetFilter(min_duration=1.5, max_duration=6), "duration_seconds BETWEEN 1.5 AND 6"),
        (AssetFilter(indexed=True), "is_indexed"),
        (AssetFilter(indexed=False), "NOT is_indexed"),
        (AssetFilter(text="_"), "title LIKE '%!_%' ESCAPE '!' OR any_match(labels, l -> l LIKE '%!_%' ESCAPE '!')"),
        (AssetFilter(text="  LaKe "), "lower(title) LIKE '%lake%' OR any_match(labels, l -> lower(l) LIKE '%lake%')"),
        (AssetFilter(text="it's %' OR 1=1 --"), "false"),
        (AssetFilter(labels=("it's", "?")), "false"),
        (AssetFilter(since=dt.date(2026, 9, 30), until=dt.date(2026, 9, 30)), "date(upload_time) = DATE '2026-09-30'"),
        (AssetFilter(since=dt.date(1, 1, 1), until=dt.date.max), "true"),
        (AssetFilter(until=dt.date(1, 1, 1)), "false"),
    ],
)  # fmt: skip
def test_filters_agree_with_a_plain_query(copy: Copy, wanted: AssetFilter, where: str) -> None:
    plain = copy.ids(where=where)
    assert shown(copy.walk(wanted=wanted)) == plain
    assert count(copy.trino, wanted) == sum(day_counts(copy.trino, wanted).values()) == len(plain)


def test_several_labels_must_all_be_there(copy: Copy) -> None:
    labels = copy.trino.query(f"SELECT labels FROM {COPY}.assets WHERE cardinality(labels) > 1 LIMIT 1").scalar()
    plain = copy.ids(where=" AND ".join(f"contains(labels, '{label}')" for label in labels[:2]))
    assert plain
    assert shown(copy.walk(wanted=AssetFilter(labels=tuple(labels[:2])))) == plain


def test_facets_follow_the_other_filters(copy: Copy) -> None:
    found = facets(copy.trino, AssetFilter(kinds=("image",), text="a"))
    plain = copy.trino.query(
        f"SELECT mime_type, count(*) FROM {COPY}.assets WHERE kind = 'image' AND (lower(title) LIKE '%a%' "
        "OR any_match(labels, l -> lower(l) LIKE '%a%')) GROUP BY 1"
    ).rows
    assert found["mime_type"] == dict(plain)
    assert len(found["kind"]) > 1, "its own filter does not narrow it"


def test_what_comes_and_goes_meanwhile_moves_nothing(copy: Copy) -> None:
    before = copy.ids()
    first = page(copy.trino, AssetFilter(), signing_key=KEY, size=40, pin=copy.snapshot())
    copy.trino.query(f"DELETE FROM {COPY}.assets WHERE kind = 'audio'")
    copy.trino.query(
        f"INSERT INTO {COPY}.assets SELECT * FROM media.assets WHERE kind = 'image' ORDER BY upload_time LIMIT 5"
    )
    rest = copy.walk(after=first.next)
    assert shown([first, *rest]) == before
    assert not any(each.fell_back for each in rest)


def test_when_the_snapshot_has_expired_the_walk_goes_on_in_what_there_is(copy: Copy) -> None:
    pin, before = copy.snapshot(), copy.ids()
    first = page(copy.trino, AssetFilter(), signing_key=KEY, size=40, pin=pin)
    copy.trino.query(f"DELETE FROM {COPY}.assets WHERE kind = 'audio'")
    copy.table().maintenance.expire_snapshots().by_id(pin).commit()
    now = copy.snapshot()
    second = page(copy.trino, AssetFilter(), signing_key=KEY, size=40, after=first.next, pin=now)
    assert (second.fell_back, second.snapshot) == (True, now)
    rest = copy.walk(after=second.next)
    assert not any(each.fell_back for each in rest)
    left = set(copy.ids())
    seen = {asset.asset_id for asset in first.assets}
    assert shown([second, *rest]) == [asset_id for asset_id in before if asset_id in left - seen]
    with pytest.raises(BadInputError, match="no state of the media"):
        count(copy.trino, AssetFilter(), as_of=of_snapshot(pin))


def test_a_walk_goes_on_over_a_new_column(copy: Copy) -> None:
    first = page(copy.trino, AssetFilter(), signing_key=KEY, size=40, pin=copy.snapshot())
    copy.trino.query(f"ALTER TABLE {COPY}.assets ADD COLUMN later varchar")
    assert shown([first, *copy.walk(after=first.next)]) == copy.ids()


def test_an_earlier_state_by_number_and_by_time(copy: Copy) -> None:
    pin, before = copy.snapshot(), copy.ids()
    made = dt.datetime.fromtimestamp(copy.table().snapshots()[-1].timestamp_ms / 1000, dt.UTC)
    copy.trino.query(f"DELETE FROM {COPY}.assets WHERE kind <> 'audio'")
    gone = next(asset_id for asset_id in before if asset_id not in set(copy.ids()))
    for then in (parse_as_of(pin), parse_as_of(str(pin)), parse_as_of(made + dt.timedelta(milliseconds=1))):
        assert count(copy.trino, AssetFilter(), as_of=then) == len(before)
        assert sum(day_counts(copy.trino, AssetFilter(), as_of=then).values()) == len(before)
        assert sum(facets(copy.trino, AssetFilter(), as_of=then)["kind"].values()) == len(before)
        assert shown([page(copy.trino, AssetFilter(), signing_key=KEY, as_of=then)]) == before[:20]
        assert get(copy.trino, gone, as_of=then) is not None
    assert get(copy.trino, gone) is None


@pytest.mark.parametrize(
    "then", ["5", str(2**62), "1999-12-31", "2000-01-01T00:00Z", "no_such_tag", "2999-01-01T00:00Z"]
)
def test_a_state_that_there_is_not_is_told_in_words(trino: Trino, then: str) -> None:
    with pytest.raises(BadInputError, match="no state of the media"):
        page(trino, AssetFilter(), signing_key=KEY, as_of=parse_as_of(then))


def found(stack: Settings, *arguments: str) -> Any:
    done = lakefront("media", "find", "--format", "json", *arguments, home=stack.home.root)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_command_line_walks_page_by_page(stack: Settings, trino: Trino) -> None:
    where = "kind = 'image' AND tag IN ('product', 'user')"
    plain = [
        row[0]
        for row in trino.query(f"SELECT asset_id FROM media.assets WHERE {where} ORDER BY file_size, asset_id").rows
    ]
    asked = ["--kind", "image", "--tag", "product", "--tag", "user", "--sort", "smallest", "--size", "150"]
    pages = [found(stack, *asked)]
    while pages[-1]["next"]:
        pages.append(found(stack, *asked, "--page", pages[-1]["next"]))
    assert [asset["asset_id"] for each in pages for asset in each["assets"]] == plain
    assert len({each["snapshot"] for each in pages}) == 1
    assert pages[0]["snapshot"] is not None


def test_the_command_line_asks_as_a_person(stack: Settings) -> None:
    theirs = found(stack, "--user", "victor", "--kind", "image", "--size", "50")
    assert len(theirs["assets"]) == 50
    assert all(asset["exif"] == {} for asset in theirs["assets"]), "personal data are left out for a viewer"
    assert any(asset["exif"] for asset in found(stack, "--kind", "image", "--size", "50")["assets"])
    again = found(stack, "--user", "victor", "--kind", "image", "--as-of", str(theirs["snapshot"]))
    assert all(asset["exif"] == {} for asset in again["assets"]), "nor at any time"
    refused = lakefront("media", "find", "--user", "tom", home=stack.home.root)
    assert refused.returncode == 3
    assert "tom may not see media.assets" in refused.stderr


def test_the_command_line_prints_rows_and_where_to_go_on(stack: Settings) -> None:
    done = lakefront("media", "find", "--size", "2", "--format", "csv", home=stack.home.root)
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert len(rows) == 2
    token = done.stderr.strip().removeprefix("next page: --page=")
    other = lakefront("media", "find", "--size", "2", f"--page={token}", home=stack.home.root)
    assert other.returncode == 0
    assert rows[0]["asset_id"] not in other.stdout
    for arguments in ([f"--page={token}", "--sort", "oldest"], [f"--page={token}x"], ["--page=x"]):
        wrong = lakefront("media", "find", *arguments, home=stack.home.root)
        assert wrong.returncode == 2
        assert "[page-token]" in wrong.stderr
    nothing = lakefront("media", "find", "--label", "no such label", home=stack.home.root)
    assert (nothing.returncode, nothing.stdout, nothing.stderr) == (0, "", "nothing was found\n")
