"""Changes by hand: only by those who may, all or none, none lost among several at once, each with who and when."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from lakefront.config import Schemas, Settings, load_settings
from lakefront.errors import BadInputError, NotAllowedError
from lakefront.media.catalog import MediaCatalog
from lakefront.media.description import Description
from lakefront.media.edits import Changes, Edited, Editor
from lakefront.media.ids import stable_id
from lakefront.media.ingest import Ingest
from lakefront.media.metadata import TableMetadata
from lakefront.media.query import Asset, get, of_snapshot
from lakefront.media.reconcile import Reconcile
from lakefront.media.sources import Bytes
from lakefront.trino import Trino
from tests.support.cli import ROOT, lakefront
from tests.support.pictures import picture, saved

pytestmark = pytest.mark.stack

Seeds = Callable[[int], range]


def _take(settings: Settings, seeds: range, what: Description | None = None) -> list[str]:
    """Take in a picture for each seed; return the ids of their assets."""
    files = [Bytes(f"picture {seed}", saved(picture(seed))) for seed in seeds]
    with Ingest(settings, workers=2, by="mona") as ingest:
        found = ingest.run(files, what or Description(labels=("one", "two")))
        return [item.asset.asset_id for item in found if item.asset]


def _now(engine: Trino, asset_id: str) -> Asset:
    found = get(engine, asset_id)
    assert found is not None
    return found


def test_a_change_says_who_made_it_and_when_and_leaves_the_rest(lake: Settings, engine: Trino, seeds: Seeds) -> None:
    first, second, other = _take(lake, seeds(3))
    before = {name: _now(engine, name) for name in (first, second, other)}
    began = dt.datetime.now(dt.UTC)
    changes = Changes(title="  봄의 호수 ", tag="product", add_labels=("spring", "one"), remove_labels=("two",))
    assert Editor(lake, user="ana").change([first, second, first], changes) == Edited(2)
    for name in (first, second):
        after = _now(engine, name)
        assert after == replace(
            before[name],
            title="봄의 호수",
            tag="product",
            labels=("one", "spring"),
            updated_at=after.updated_at,
            updated_by="ana",
        )
        assert began <= after.updated_at <= dt.datetime.now(dt.UTC)
        assert after.created_by == "mona"
    assert _now(engine, other) == before[other]
    assert Editor(lake, user="dana").change([first, second], changes) == Edited(0, 2)
    assert _now(engine, first).updated_by == "ana"


def test_titles_and_labels_are_kept_in_one_spelling(lake: Settings, engine: Trino, seeds: Seeds) -> None:
    apart = "\u1107\u1169\u11b7"  # the letters of 봄, one by one
    (name,) = _take(lake, seeds(1), Description(title=apart, labels=(apart, "봄")))
    assert (_now(engine, name).title, _now(engine, name).labels) == ("봄", ("봄",))
    assert Editor(lake).change([name], Changes(title=apart, add_labels=(apart,))) == Edited(0, 1)


@pytest.fixture(scope="module")
def untouched(lake: Settings, seeds: Seeds) -> str:
    """A picture that no test changes."""
    (name,) = _take(lake, seeds(1))
    return name


@pytest.mark.parametrize(
    ("user", "allowed"),
    [
        ("lakefront", {"title", "tag", "labels", "delete"}),
        ("admin", {"title", "tag", "labels", "delete"}),
        ("dana", {"title", "tag", "labels"}),
        ("ana", {"title", "tag", "labels"}),
        ("victor", set()),
        ("tom", set()),
        ("explorer", set()),
        ("nobody", set()),
    ],
)
def test_who_may_what_is_said_by_her_roles(
    lake: Settings, engine: Trino, seeds: Seeds, untouched: str, *, user: str, allowed: set[str]
) -> None:
    (name,) = _take(lake, seeds(1)) if allowed else (untouched,)
    editor = Editor(lake, user=user)
    tries: dict[str, Callable[[], object]] = {
        "title": lambda: editor.change([name], Changes(title="new")),
        "tag": lambda: editor.change([name], Changes(tag="user")),
        "labels": lambda: editor.change([name], Changes(add_labels=("new",))),
        "delete": lambda: editor.delete([name]),
    }
    for edit, attempt in tries.items():
        before = get(engine, name)
        if edit in allowed:
            attempt()
            assert get(engine, name) != before
            continue
        with pytest.raises(NotAllowedError, match=f"{user} may not") as raised:
            attempt()
        assert raised.value.code == "media-edit-denied"
        assert get(engine, name) == before


def test_a_change_of_which_a_part_is_not_allowed_is_not_made(
    lake: Settings, engine: Trino, seeds: Seeds, tmp_path: Path
) -> None:
    (name,) = _take(lake, seeds(1))
    settings = _with_policy(
        lake, tmp_path, "edits: {media_assets: [title, tag, labels]}", "edits: {media_assets: [tag]}"
    )
    with pytest.raises(NotAllowedError, match="ana may not change the title"):
        Editor(settings, user="ana").change([name], Changes(title="new", tag="product"))
    assert _now(engine, name).tag == "other"


def test_a_role_changes_the_rows_that_it_shows(lake: Settings, engine: Trino, seeds: Seeds, tmp_path: Path) -> None:
    """Ana sees all as a Viewer, too; her edits are an Analyst's, who sees what is a product."""
    mine, other = *_take(lake, seeds(1), Description(tag="product")), *_take(lake, seeds(1))
    edits = "edits: {media_assets: [title, tag, labels]}"
    settings = _with_policy(lake, tmp_path, edits, f"{edits}\n    rows: {{media_assets: \"tag = 'product'\"}}")
    editor = Editor(settings, user="ana")
    assert editor.change([mine], Changes(title="new")) == Edited(1)
    for named in ([other], [mine, other]):
        with pytest.raises(BadInputError, match=f"'{other}', or it is not ana's to change") as raised:
            editor.change(named, Changes(title="newer"))
        assert raised.value.code == "media-not-there"
    assert _now(engine, mine).title == "new"
    assert _now(engine, other).updated_by == "mona"


def _with_policy(lake: Settings, folder: Path, old: str, new: str) -> Settings:
    """Return the lake's settings with a bundle whose policies say something else."""
    bundle = folder / "bundle"
    shutil.copytree(ROOT / "semantic_layer", bundle / "semantic_layer")
    shutil.copy(ROOT / "lakefront.toml", bundle)
    file = bundle / "semantic_layer" / "policies" / "access.yml"
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")
    return load_settings(bundle=bundle, home=lake.home.root, environ=lake.environ)


def test_all_are_changed_or_none(lake: Settings, engine: Trino, seeds: Seeds) -> None:
    (name,) = _take(lake, seeds(1))
    before = _now(engine, name)
    gone = stable_id(before.upload_time, "never", "there")
    for missing in (gone, "no id", "'; DROP TABLE media.assets; --", "x" * 1000, "가\u202e"):
        with pytest.raises(BadInputError) as raised:
            Editor(lake).change([name, missing], Changes(title="new"))
        assert raised.value.code == "media-not-there"
        assert "\u202e" not in str(raised.value)
        assert len(str(raised.value)) < 600
    assert _now(engine, name) == before


def test_an_id_that_holds_another_time_is_found(lake: Settings, engine: Trino, seeds: Seeds) -> None:
    (name,) = _take(lake, seeds(1))
    elsewhere = stable_id(dt.datetime(2020, 2, 2, tzinfo=dt.UTC), "made", name)
    engine.query("UPDATE media.assets SET asset_id = ? WHERE asset_id = ?", [elsewhere, name])
    assert Editor(lake, user="ana").change([elsewhere], Changes(title="new")) == Edited(1)
    assert _now(engine, elsewhere).title == "new"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        (Changes(), "media-edit"),
        (Changes(title="   "), "media-title"),
        (Changes(title="x" * 501), "media-title"),
        (Changes(title="two\nlines"), "media-title"),
        (Changes(tag="none"), "media-tag"),
        (Changes(add_labels=("two\nlines",)), "media-label"),
        (Changes(add_labels=("",)), "media-label"),
        (Changes(add_labels=("a",), remove_labels=("a ",)), "media-edit"),
        (Changes(add_labels=tuple(f"label {number}" for number in range(51))), "media-label"),
        (Changes(add_labels=tuple(f"label {number}" for number in range(49))), "media-label"),  # beside the two
    ],
)
def test_what_cannot_be_is_refused(lake: Settings, engine: Trino, untouched: str, changes: Changes, code: str) -> None:
    before = _now(engine, untouched)
    with pytest.raises(BadInputError) as raised:
        Editor(lake).change([untouched], changes)
    assert raised.value.code == code
    assert raised.value.fix
    assert _now(engine, untouched) == before


def test_several_at_once_lose_nothing(lake: Settings, engine: Trino, seeds: Seeds) -> None:
    """Six people label the same pictures while others are taken in."""
    names = _take(lake, seeds(3))
    numbers = range(6)
    more = [seeds(1) for _ in range(4)]
    taken: list[str] = []
    failed: list[BaseException] = []

    def run(work: Callable[[], object]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - told below, by the test's own thread
            failed.append(error)

    works: list[Callable[[], object]] = [
        lambda number=number: Editor(lake, user="ana").change(names, Changes(add_labels=(f"by {number}",)))
        for number in numbers
    ]
    works += [lambda one=one: taken.extend(_take(lake, one)) for one in more]
    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=240)
    assert failed == []
    for name in names:
        assert sorted(_now(engine, name).labels) == sorted(["one", "two", *(f"by {number}" for number in numbers)])
    assert len(taken) == len(more)
    assert all(get(engine, name) for name in taken)


def test_what_is_deleted_is_gone_and_its_last_version_says_by_whom(lake: Settings, engine: Trino, seeds: Seeds) -> None:
    first, second, kept = _take(lake, seeds(3))
    path = _now(engine, first).s3_path
    assert Editor(lake, user="admin").delete([first, second]) == 2
    assert (get(engine, first), get(engine, second)) == (None, None)
    assert get(engine, kept) is not None
    snapshot = TableMetadata(lake).current()
    table = MediaCatalog.from_settings(lake).table()
    assert table is not None
    before = next(item.parent_snapshot_id for item in table.snapshots() if item.snapshot_id == snapshot)
    last = get(engine, first, as_of=of_snapshot(before))
    assert last is not None
    assert last.updated_by == "admin"
    # A week ago its row was not there yet; what was just stored is left alone.
    assert [(found.kind, found.may_go) for found in Reconcile(lake).find() if found.path == path] == [("orphan", False)]
    with pytest.raises(BadInputError, match="there is no asset"):
        Editor(lake).delete([first])


def test_a_table_of_an_earlier_version_gets_the_columns_that_it_lacks(lake: Settings) -> None:
    schemas = Schemas(prefix="earlier_")
    catalog = replace(MediaCatalog.from_settings(lake), schemas=schemas)
    engine = replace(Trino.from_settings(lake), schemas=schemas)
    engine.query(f"DROP TABLE IF EXISTS {schemas.table('media.assets')}")
    with catalog.ensure_table().update_schema() as change:
        change.delete_column("created_by")
        change.delete_column("updated_by")
    assert "updated_by" not in catalog.reloaded().schema().column_names
    tables = [catalog.ensure_table() for _ in range(2)]
    assert [table.schema().column_names[-2:] for table in tables] == [["created_by", "updated_by"]] * 2
    assert engine.query(f"SELECT created_by FROM {schemas.table('media.assets')}").rows == []
    engine.query(f"DROP TABLE {schemas.table('media.assets')}")


def test_the_command_line_changes_and_deletes(lake: Settings, engine: Trino, seeds: Seeds) -> None:
    first, second = _take(lake, seeds(2))
    home = lake.home.root
    done = lakefront(
        "media", "edit", first, second, "--title", "A title", "--add-label", "봄", "--user", "ana", home=home
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "2 changed\n")
    again = lakefront("media", "edit", first, second, "--title", "A title", "--tag", "user", home=home)
    assert (again.returncode, again.stderr) == (0, "2 changed\n")
    assert (
        lakefront("media", "edit", first, "--tag", "user", home=home).stderr == "0 changed, 1 were that way already\n"
    )
    shown = json.loads(lakefront("media", "find", "--label", "봄", "--format", "json", home=home).stdout)
    assert {item["asset_id"] for item in shown["assets"]} >= {first, second}
    assert {item["updated_by"] for item in shown["assets"] if item["asset_id"] in {first, second}} == {"lakefront"}

    denied = lakefront("media", "delete", first, "--user", "ana", "--yes", home=home)
    assert (denied.returncode, "ana may not delete media" in denied.stderr) == (NotAllowedError.exit_code, True)
    silent = lakefront("media", "delete", first, home=home)
    assert (silent.returncode, "add --yes" in silent.stderr) == (BadInputError.exit_code, True)
    assert get(engine, first) is not None
    assert lakefront("media", "delete", first, "--yes", home=home).stderr == "1 deleted\n"
    assert get(engine, first) is None
