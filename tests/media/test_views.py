"""Saved views on the real engine: whoever sees media finds them, only their owners change them, and none is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from lakefront.config import Settings
from lakefront.errors import BadInputError, CheckFailedError, LakefrontError, NotAllowedError
from lakefront.media.assets import SAVED_VIEWS
from lakefront.media.catalog import MediaCatalog
from lakefront.media.params import Listing
from lakefront.media.query import AssetFilter
from lakefront.media.views import SavedView, Views, ensure_table, named, saved_views
from lakefront.trino import Trino
from tests.support.cli import lakefront

pytestmark = pytest.mark.stack

Person = Callable[[str], Views]
WIDE = "kind=image&where=width+%3E+2+%2A+height"


@pytest.fixture
def person(lake: Settings, engine: Trino) -> Iterator[Person]:
    """Gives what changes views in a person's name, in a lake where nobody has saved any."""
    catalog = MediaCatalog.from_settings(lake)
    catalog.ensure_table()
    table = engine.schemas.table(SAVED_VIEWS)
    engine.query(f"DROP TABLE IF EXISTS {table}")
    yield lambda name: Views(lake, engine.signed_in_as(name))
    engine.query(f"DROP TABLE IF EXISTS {table}")


def _seen(engine: Trino, by: str = "victor") -> tuple[SavedView, ...]:
    return saved_views(engine.signed_in_as(by))


def _refused(kind: type[LakefrontError], code: str, words: str | None, change: Callable[[], object]) -> None:
    with pytest.raises(kind, match=words) as raised:
        change()
    assert raised.value.code == code
    assert raised.value.fix


def _at_once(*changes: Callable[[], object]) -> list[LakefrontError | None]:
    """Make changes at the same moment; return what each was refused with."""
    start = threading.Barrier(len(changes))
    refused: list[LakefrontError | None] = [None] * len(changes)

    def run(place: int, change: Callable[[], object]) -> None:
        start.wait()
        try:
            change()
        except LakefrontError as error:
            refused[place] = error

    threads = [threading.Thread(target=run, args=(place, change)) for place, change in enumerate(changes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refused


def test_a_view_is_found_by_everybody_who_sees_media(person: Person, engine: Trino) -> None:
    assert _seen(engine) == ()
    saved = person("ana").save("  Wide   pictures ", f"?{WIDE}&after=abc&open=x&as=ana&lang=ko", "Banners")
    assert (saved.name, saved.owner, saved.query, saved.description) == ("Wide pictures", "ana", WIDE, "Banners")
    for name in ("victor", "dana", "admin"):
        assert _seen(engine, name) == (saved,)
    assert named(_seen(engine), "wide PICTURES") == saved
    assert saved.listing == Listing(AssetFilter(kinds=("image",), condition="width > 2 * height"))


@pytest.mark.parametrize("name", ["elena", "tom", "olga"])
def test_who_may_see_no_media_sees_and_saves_none(person: Person, engine: Trino, name: str) -> None:
    _refused(NotAllowedError, "trino-denied", "may not see media.assets", lambda: person(name).save("Mine", WIDE))
    ensured = person("ana").save("Wide", WIDE)
    assert _seen(engine) == (ensured,)
    with pytest.raises(NotAllowedError, match=r"may not see media\.saved_views"):
        _seen(engine, name)


def test_a_name_is_given_once_in_any_case(person: Person, engine: Trino) -> None:
    person("ana").save("Wide", WIDE)
    _refused(BadInputError, "media-view-taken", "ana has saved", lambda: person("victor").save("WIDE", "kind=video"))
    _refused(BadInputError, "media-view-taken", "you have saved", lambda: person("ana").save("wide", WIDE))
    other = person("victor").save("Films", "kind=video")
    _refused(BadInputError, "media-view-taken", "ana has", lambda: person("victor").change(other, name="wIdE"))
    assert [view.name for view in _seen(engine)] == ["Films", "Wide"]


def test_only_its_owner_and_an_admin_change_a_view(person: Person, engine: Trino) -> None:
    saved = person("ana").save("Wide", WIDE)
    for change in (lambda: person("victor").change(saved, name="Mine"), lambda: person("dana").delete(saved)):
        _refused(NotAllowedError, "media-view-denied", "'Wide' of ana", change)
    assert _seen(engine) == (saved,)
    renamed = person("ana").change(saved, name="Very wide", description="For the top of a page")
    assert (renamed.owner, renamed.query, renamed.created_at) == ("ana", saved.query, saved.created_at)
    assert renamed.updated_at > saved.updated_at
    by_admin = person("admin").change(renamed, query="kind=image&size=40")
    assert (by_admin.owner, by_admin.updated_by) == ("ana", "admin")
    assert _seen(engine) == (by_admin,)
    person("admin").delete(by_admin)
    assert _seen(engine) == ()
    assert [person(name).may_change(saved) for name in ("ana", "admin", "victor")] == [True, True, False]


def test_a_view_that_others_have_changed_is_looked_at_again(person: Person, engine: Trino) -> None:
    seen = person("ana").save("Wide", WIDE)
    now = person("ana").change(seen, description="Newer")
    _refused(CheckFailedError, "media-view-changed", "ana has changed", lambda: person("admin").delete(seen))
    _refused(CheckFailedError, "media-view-changed", "meanwhile", lambda: person("ana").change(seen, name="Other"))
    assert _seen(engine) == (now,)
    person("ana").delete(now)
    _refused(CheckFailedError, "media-view-changed", "not there any more", lambda: person("ana").delete(now))


def test_what_several_save_at_once_is_all_kept(person: Person, engine: Trino) -> None:
    names = [f"View {number}" for number in range(4)]
    savings = [lambda name=name: person("ana").save(name, WIDE) for name in names]
    assert _at_once(*savings) == [None] * 4
    assert [view.name for view in _seen(engine)] == names


def test_of_several_who_take_a_name_at_once_one_has_it(person: Person, engine: Trino) -> None:
    who = ("ana", "victor", "dana")
    refused = _at_once(*(lambda name=name: person(name).save("The same", f"text={name}") for name in who))
    assert sorted(error.code if error else "" for error in refused) == ["", "media-view-taken", "media-view-taken"]
    (left,) = _seen(engine)
    assert (left.owner, left.query) == (who[refused.index(None)], f"text={who[refused.index(None)]}")


def test_of_two_changes_of_one_view_at_once_one_is_refused(person: Person, engine: Trino) -> None:
    seen = person("ana").save("Wide", WIDE)
    refused = _at_once(
        lambda: person("ana").change(seen, description="hers"), lambda: person("admin").change(seen, description="his")
    )
    assert sorted(error.code if error else "" for error in refused) == ["", "media-view-changed"]
    (left,) = _seen(engine)
    assert left.description == ("hers", "his")[refused.index(None)]


def test_what_makes_no_view_is_refused(person: Person, engine: Trino) -> None:
    ana = person("ana")
    for name, query, description, code in (
        ("", WIDE, "", "media-view-name"),
        ("x" * 81, WIDE, "", "media-view-name"),
        ("a\u202eb", WIDE, "", "media-view-name"),
        ("Dense", WIDE, "", "media-view-name"),
        ("Wide", WIDE, "x" * 501, "media-view-name"),
        ("Wide", "", "", "media-view"),
        ("Wide", "nothing=known", "", "media-view"),
        ("Wide", "where=widht+%3E+1", "", "media-where"),
        ("Wide", "&".join(f"label={'x' * 90}{number}" for number in range(50)), "", "media-view"),
    ):
        _refused(BadInputError, code, None, partial(ana.save, name, query, description))
    assert _seen(engine) == ()


def test_the_table_that_is_made_beforehand_holds_nothing(person: Person, lake: Settings, engine: Trino) -> None:
    ensure_table(MediaCatalog.from_settings(lake))
    assert _seen(engine) == ()
    assert person("victor").user == "victor"


def test_the_command_line_saves_lists_shows_asks_and_deletes(person: Person, lake: Settings, engine: Trino) -> None:
    assert person("ana").user == "ana"
    home = ("--home", str(lake.home.root))
    save = ("media", "views", "save", "Wide pictures", "--kind", "image", "--sort", "oldest")
    done = lakefront(*home, *save, "--where", "width > 2 * height", "--user", "ana")
    assert done.returncode == 0, done.stderr
    assert "/search?view=Wide%20pictures" in done.stderr
    assert "Wide pictures,ana" in lakefront(*home, "media", "views", "list", "--format", "csv").stdout
    assert "sort=oldest" in lakefront(*home, "media", "views", "show", "wide pictures", "--user", "victor").stdout
    found = lakefront(*home, "media", "find", "--view", "Wide pictures", "--user", "victor", "--format", "json")
    assert found.returncode == 0, found.stderr
    again = lakefront(*home, *save, "--user", "victor")
    assert (again.returncode, "media-view-taken" in again.stderr) == (2, True)
    denied = lakefront(*home, "media", "views", "delete", "Wide pictures", "--user", "victor")
    assert (denied.returncode, "media-view-denied" in denied.stderr) == (3, True)
    anew = lakefront(*home, *save, "--replace", "--description", "Banners", "--user", "ana")
    assert anew.returncode == 0, anew.stderr
    assert _seen(engine)[0].description == "Banners"
    assert lakefront(*home, "media", "views", "delete", "Wide pictures", "--user", "ana").returncode == 0
    unknown = lakefront(*home, "media", "find", "--view", "Wide pictures")
    assert (unknown.returncode, "media-view" in unknown.stderr) == (2, True)
