"""Media come in whole, once, and in any order of accidents."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.exceptions import CommitStateUnknownException
from pyiceberg.table import CommitTableResponse

from lakefront.config import Settings
from lakefront.errors import BadInputError
from lakefront.media.assets import split_path
from lakefront.media.catalog import MediaCatalog
from lakefront.media.description import Description
from lakefront.media.ingest import Ingest, Outcome
from lakefront.media.objects import ObjectStore
from lakefront.media.sources import Bytes, Source, find_sources
from lakefront.media.thumbnails import SIZES
from lakefront.trino import Trino
from tests.support.cli import ROOT, lakefront
from tests.support.pictures import film, picture, saved, tone, write_pictures

pytestmark = pytest.mark.stack

Seeds = Callable[[int], range]
STEPS = ("read", "opened", "thumbnails", "stored", "committing", "committed")


def take(
    settings: Settings, *places: Path | str, what: Description | None = None, dry_run: bool = False
) -> list[Outcome]:
    """Take in what is below some places."""
    with Ingest(settings, workers=2) as ingest:
        found = find_sources([str(place) for place in places], ObjectStore.from_settings(settings))
        return list(ingest.run(found, what or Description(), dry_run=dry_run))


def states(outcomes: Sequence[Outcome]) -> Counter[str]:
    return Counter(outcome.state for outcome in outcomes)


def rows(engine: Trino, contents: Sequence[bytes]) -> list[tuple[str, str, int]]:
    """Return asset id, path and size of the rows that have these contents."""
    wanted = [hashlib.sha256(data).hexdigest() for data in contents]
    places = ", ".join("?" * len(wanted))
    sql = f"SELECT asset_id, s3_path, file_size FROM media.assets WHERE sha256 IN ({places})"
    return [(str(a), str(b), int(c)) for a, b, c in engine.query(sql, wanted).rows]


def snapshot(settings: Settings) -> int | None:
    table = MediaCatalog.from_settings(settings).table()
    head = table.current_snapshot() if table else None
    return head.snapshot_id if head else None


def test_a_folder_comes_in_whole_and_again_changes_nothing(
    lake: Settings, engine: Trino, seeds: Seeds, tmp_path: Path
) -> None:
    one, two, three, four, five = seeds(5)
    files = {
        "spring/blue_waves.jpg": saved(picture(one)),
        "spring/deep/물결.png": saved(picture(two), "PNG"),
        "film.bin": film(three),
        "tone.jpg": tone(four),
        "drawing.svg": f"<svg xmlns='http://www.w3.org/2000/svg' width='40' height='9'><!--{five}--></svg>".encode(),
        "page.jpg": b"<!doctype html><script>alert(1)</script>",
        "cut.png": saved(picture(one), "PNG")[:900],
        "empty.gif": b"",
        ".hidden.jpg": saved(picture(one)),
    }
    for name, data in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    what = Description("product", ("spring", "봄"), source_system="api")

    before = snapshot(lake)
    assert states(take(lake, tmp_path, what=what, dry_run=True)) == {"would be added": 5, "refused": 3}
    assert snapshot(lake) == before
    good = [
        data
        for name, data in files.items()
        if name.split(".")[0] in {"spring/blue_waves", "spring/deep/물결", "film", "tone", "drawing"}
    ]

    outcomes = take(lake, tmp_path, what=what)
    assert states(outcomes) == {"added": 5, "refused": 3}
    refused = {Path(item.source.address).name: item.error.code for item in outcomes if item.error}
    assert refused == {"page.jpg": "media-type", "cut.png": "media-damaged", "empty.gif": "media-empty"}
    store = ObjectStore.from_settings(lake)
    found = rows(engine, good)
    assert len(found) == 5
    by_content = {hashlib.sha256(data).hexdigest(): data for data in good}
    for _, path, size in found:
        stored = store.get(split_path(path)[1])
        sha256 = hashlib.sha256(stored).hexdigest()
        assert by_content[sha256] == stored
        assert len(stored) == size
        assert all(store.head(f"thumbs/{pixels}/{sha256}.webp") for pixels in SIZES)
    told = engine.query(
        "SELECT title, tag, labels, source_system, kind FROM media.assets WHERE asset_id = ?", [found[0][0]]
    )
    assert told.rows[0][1:4] == ("product", ["spring", "봄"], "api")
    titles = {item.asset.title: item.asset.kind for item in outcomes if item.asset}
    assert titles == {"blue waves": "image", "물결": "image", "film": "video", "tone": "audio", "drawing": "image"}
    assert not list(store.listed("staging/"))

    before = snapshot(lake)
    assert states(take(lake, tmp_path, what=what)) == {"known": 5, "refused": 3}
    # Under another name, and without what earlier runs remember.
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "other name.jpeg").write_bytes(good[0])
    assert states(take(lake, copy)) == {"known": 1}
    assert snapshot(lake) == before


def test_names_are_never_believed_and_shown_safely(lake: Settings, seeds: Seeds, tmp_path: Path) -> None:
    names = [
        "a\nb.jpg",
        "..%2f..%2fetc.jpg",
        "그림 🌊.jpg",
        f"{'n' * 200}.jpg",
        "right\u202egpj.exe",
        "no ending",
        "..jpg",
    ]
    for name, seed in zip(names, seeds(len(names)), strict=True):
        (tmp_path / name.lstrip(".")).write_bytes(saved(picture(seed)))
    store = ObjectStore.from_settings(lake)
    keys = [
        "incoming/x/..%2f..%2fy.jpg",
        "incoming/a\nb.jpg",
        f"incoming/{'/'.join(['k' * 196] * 5)}.jpg",
        "incoming/바다 🌊",
    ]
    for key, seed in zip(keys, seeds(len(keys)), strict=True):
        store.put(key, saved(picture(seed)), "application/x-evil")
    outcomes = take(lake, tmp_path, store.path("incoming/"))
    assert states(outcomes) == {"added": len(names) + len(keys)}
    for outcome in outcomes:
        assert outcome.asset
        assert split_path(outcome.asset.s3_path)[1].endswith(f"/{outcome.sha256}.jpg")
        assert "\n" not in outcome.asset.title
        assert "\u202e" not in outcome.asset.title
        assert 0 < len(outcome.asset.title) <= 200
    for key in keys:
        store.remove(key)


def test_the_same_bytes_twice_in_one_run_are_one(lake: Settings, engine: Trino, seeds: Seeds, tmp_path: Path) -> None:
    data = saved(picture(*seeds(1)))
    for number in range(3):
        (tmp_path / f"{number}.jpg").write_bytes(data)
    assert states(take(lake, tmp_path)) == {"added": 1, "known": 2}
    assert len(rows(engine, [data])) == 1


def test_the_same_bytes_that_are_refused_are_refused_each_time(lake: Settings, tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.jpg").write_bytes(b"<html>no picture</html>")
    outcomes = take(lake, tmp_path)
    assert states(outcomes) == {"refused": 3}
    told = [outcome.error.what for outcome in outcomes if outcome.error]
    assert [f"{number}.jpg" in what for number, what in enumerate(told)] == [True] * 3
    assert ["has the content of another file" in what for what in told] == [False, True, True]


def test_ten_writers_at_once_make_one_row_and_one_object_of_each_content(
    lake: Settings, engine: Trino, seeds: Seeds
) -> None:
    contents = [saved(picture(seed)) for seed in seeds(3)]
    begin = threading.Barrier(10)
    added: list[str] = []
    failed: list[BaseException] = []

    def write(number: int) -> None:
        sources: list[Source] = [Bytes(f"writer {number}, file {place}", data) for place, data in enumerate(contents)]
        try:
            with Ingest(lake, workers=1) as ingest:
                begin.wait()
                outcomes = list(ingest.run(sources, Description()))
                added.extend(str(outcome.sha256) for outcome in outcomes if outcome.state == "added")
        except BaseException as error:  # noqa: BLE001 - told below
            failed.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    found = rows(engine, contents)
    assert len(found) == len({path for _, path, _ in found}) == 3
    assert sorted(added) == sorted(hashlib.sha256(data).hexdigest() for data in contents)


def test_a_commit_whose_answer_is_lost_is_not_made_twice(
    lake: Settings, engine: Trino, seeds: Seeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = RestCatalog.commit_table
    lost: list[bool] = []

    def answer_is_lost(self: RestCatalog, *arguments: object, **named: object) -> CommitTableResponse:
        answer = commit(self, *arguments, **named)  # type: ignore[arg-type]
        if not lost:
            lost.append(True)
            raise CommitStateUnknownException("the connection broke")
        return answer

    monkeypatch.setattr(RestCatalog, "commit_table", answer_is_lost)
    data = saved(picture(*seeds(1)))
    with Ingest(lake) as ingest:
        outcomes = list(ingest.run([Bytes("one", data)], Description()))
    assert lost
    assert states(outcomes) == {"added": 1}
    assert len(rows(engine, [data])) == 1


@pytest.mark.parametrize("step", STEPS)
def test_whatever_ends_it_no_row_is_without_its_object_and_the_next_run_finishes(
    lake: Settings, engine: Trino, seeds: Seeds, tmp_path: Path, step: str
) -> None:
    _kill_and_finish(lake, engine, seeds(4), tmp_path, (step, 1))


@pytest.mark.long
@pytest.mark.parametrize("step", STEPS)
def test_killed_twenty_times_at_each_step(
    lake: Settings, engine: Trino, seeds: Seeds, tmp_path: Path, step: str
) -> None:
    for turn in range(20):
        _kill_and_finish(lake, engine, seeds(4), tmp_path / str(turn), (step, 1 if "commit" in step else turn % 4 + 1))


def _kill_and_finish(lake: Settings, engine: Trino, wanted: range, folder: Path, step: tuple[str, int]) -> None:
    write_pictures(folder, wanted)
    name, times = step
    contents = [saved(picture(seed)) for seed in wanted]
    command = (sys.executable, "-m", "tests.media.killed_ingest", str(lake.home.root), str(folder), name, str(times))
    ended = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, timeout=120)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
    store = ObjectStore.from_settings(lake)
    found = rows(engine, contents)
    assert len(found) == (4 if name == "committed" else 0), "the commit is the only point at which rows come"
    assert all(store.head(split_path(path)[1]) for _, path, _ in found)

    assert states(take(lake, folder)) == {"known" if name == "committed" else "added": 4}
    found = rows(engine, contents)
    assert len(found) == 4
    for _, path, size in found:
        stored = store.head(split_path(path)[1])
        assert stored
        assert stored.size == size


@pytest.mark.long
@pytest.mark.timeout(3600)  # a replay takes the better part of a second
def test_a_thousand_replays_change_nothing(lake: Settings, engine: Trino, seeds: Seeds, tmp_path: Path) -> None:
    write_pictures(tmp_path, seeds(2))
    assert states(take(lake, tmp_path)) == {"added": 2}
    before = snapshot(lake)
    for _ in range(1000):
        assert states(take(lake, tmp_path)) == {"known": 2}
    assert snapshot(lake) == before


def test_the_command_line_says_what_became_of_each_file(lake: Settings, seeds: Seeds, tmp_path: Path) -> None:
    write_pictures(tmp_path, seeds(2))
    (tmp_path / "notes.txt").write_text("not a picture")
    command = ("media", "ingest", str(tmp_path), "--label", "a", "--label", "b")
    done = lakefront(*command, "--format", "json", home=lake.home.root)
    assert done.returncode == 5, done.stderr
    told = {Path(row["file"]).name: row for row in json.loads(done.stdout)}
    assert Counter(row["state"] for row in told.values()) == {"added": 2, "refused": 1}
    assert told["notes.txt"]["code"] == "media-type"
    assert "text, not a picture" in told["notes.txt"]["why"]
    assert "2 added, 1 refused" in done.stderr
    again = lakefront(*command, home=lake.home.root)
    assert again.returncode == 5
    assert "2 there already, 1 refused" in again.stderr
    assert "notes.txt" in again.stdout
    missing = lakefront("media", "ingest", str(tmp_path / "nowhere"), home=lake.home.root)
    assert missing.returncode == 2
    assert "there is no file or folder" in missing.stderr


@pytest.mark.parametrize(
    ("what", "code"),
    [
        (Description(tag="fun"), "media-tag"),
        (Description(source_system="fax"), "media-source-system"),
        (Description(labels=("a\nb",)), "media-label"),
        (Description(labels=("x" * 101,)), "media-label"),
        (Description(labels=tuple(str(number) for number in range(51))), "media-label"),
        (Description(title=" "), "media-title"),
    ],
)
def test_a_description_that_cannot_be_is_refused_before_anything_is_read(what: Description, code: str) -> None:
    with pytest.raises(BadInputError) as refused:
        what.check()
    assert refused.value.code == code
