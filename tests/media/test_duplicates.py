"""Duplicates on the real engine: what is found, what each person sees of it, and that nothing is looked for twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from lakefront.config import Schemas, Settings
from lakefront.errors import BadInputError
from lakefront.media.assets import DUPLICATES, TABLE, Asset
from lakefront.media.catalog import MediaCatalog
from lakefront.media.duplicates import Match, duplicates_of, find_duplicates, groups
from lakefront.media.query import AssetFilter, count, get, page
from lakefront.trino import Trino
from tests.support.assets import made_up_asset

pytestmark = pytest.mark.stack

KEY = "a key of tests"
LOOK = 0x1234567890ABCDEF


class Lake:
    """A table of media that only one test writes to; the assets that are in it, by number."""

    def __init__(self, settings: Settings, schemas: Schemas) -> None:
        self.catalog = replace(MediaCatalog.from_settings(settings), schemas=schemas)
        self.trino = replace(Trino.from_settings(settings, source="lakefront-tests"), schemas=schemas)
        self.assets: dict[int, Asset] = {}

    def add(self, *assets: Asset) -> None:
        first = len(self.assets) + 1
        self.assets |= dict(enumerate(assets, start=first))
        self.catalog.append(assets)

    def numbers(self, assets: tuple[Asset, ...]) -> set[int]:
        named = {asset.asset_id: number for number, asset in self.assets.items()}
        return {named[asset.asset_id] for asset in assets}

    def groups(self, match: Match, **asked: Any) -> list[set[int]]:
        return [self.numbers(group.assets) for group in groups(self.trino, match, signing_key=KEY, **asked).groups]

    def others(self, number: int) -> dict[Match, set[int]]:
        return {
            match: self.numbers(found)
            for match, found in duplicates_of(self.trino, self.assets[number].asset_id).items()
        }

    def look(self, **asked: Any) -> Any:
        return find_duplicates(self.catalog, self.trino, **asked)


@pytest.fixture
def own(lake: Settings) -> Iterator[Lake]:
    """A lake of the test's own without a table."""
    own = Lake(lake, Schemas(names={"media": "media_twins"}))
    yield own
    for name in (TABLE, DUPLICATES):
        own.trino.query(f"DROP TABLE IF EXISTS {own.trino.schemas.table(name)}")


def copy(number: int, content: str, hashed: int | None = None, size: int = 10) -> Asset:
    look = None if hashed is None else f"{hashed:016x}"
    kind = "audio" if hashed is None else "image"
    return made_up_asset(number, sha256=content * 64, perceptual_hash=look, file_size=size, kind=kind)


def fill(own: Lake) -> None:
    own.add(
        copy(1, "a", LOOK, size=100),
        copy(2, "a", LOOK, size=100),
        copy(3, "b", LOOK ^ 0b1001, size=70),
        copy(4, "c", LOOK ^ (0b1001 << 40), size=80),
        copy(5, "d", LOOK ^ (2**64 - 1), size=90),
        copy(6, "e"),
        copy(7, "e"),
        copy(8, "f", LOOK ^ (2**32 - 1), size=50),
        copy(9, "0", LOOK ^ (2**32 - 1), size=60),
    )


def test_groups_are_the_same_content_and_pictures_that_look_alike(own: Lake) -> None:
    fill(own)
    found = own.look()
    assert found is not None
    assert (found.assets, found.groups, found.compared) == (8, {"same": 2, "near": 2}, 5)
    assert own.groups("same") == [{1, 2}, {6, 7}], "those first whose copies take most room"
    assert own.groups("near") == [{1, 2, 3, 4}, {8, 9}], "8 and 9 have one hash and two contents"
    (first,) = groups(own.trino, "near", signing_key=KEY, size=1).groups
    assert (first.size, first.spare) == (4, 250)


def test_an_asset_knows_its_duplicates(own: Lake) -> None:
    fill(own)
    own.look()
    assert own.others(1) == {"same": {2}, "near": {3, 4}}, "a copy looks alike, too, and is told once"
    assert own.others(3) == {"near": {1, 2, 4}}
    assert own.others(5) == {}
    assert own.others(6) == {"same": {7}}


def test_pages_of_groups_show_each_once(own: Lake) -> None:
    own.add(*(copy(place, content, size=size) for size, content in enumerate("abcdef", start=1) for place in (1, 2)))
    own.look()
    shown: list[str] = []
    after = None
    while True:
        found = groups(own.trino, "same", signing_key=KEY, size=4, after=after)
        shown += [group.key[0] for group in found.groups]
        after = found.next
        if after is None:
            break
    assert shown == [*"fedcba"]
    token = groups(own.trino, "same", signing_key=KEY, size=1).next
    for match, key in (("near", KEY), ("same", "another key")):
        with pytest.raises(BadInputError, match="not one of ours") as raised:
            groups(own.trino, match, signing_key=key, after=token)  # type: ignore[arg-type]
        assert raised.value.code == "page-token"
    with pytest.raises(BadInputError, match="0 groups"):
        groups(own.trino, "same", signing_key=KEY, size=0)


def test_nothing_is_looked_for_twice_and_what_has_gone_is_forgotten(own: Lake) -> None:
    assert own.look() is None, "no assets yet"
    assert own.groups("same") == []
    fill(own)
    assert own.look().changed
    assert not own.look().changed
    assert own.look(again=True).changed
    own.trino.query(
        f"DELETE FROM {own.trino.schemas.table(TABLE)} WHERE asset_id IN (?, ?)",
        [own.assets[2].asset_id, own.assets[9].asset_id],
    )
    # Until somebody looks again, what is gone is not shown, and a group of one is none.
    assert own.groups("same") == [{6, 7}]
    assert own.look().changed
    assert own.groups("same") == [{6, 7}]
    assert own.groups("near") == [{1, 3, 4}]
    own.add(copy(10, "d", LOOK ^ (2**64 - 1)))
    assert own.others(5) == {}, "what came in since is in no group yet"
    own.look()
    assert own.others(5) == {"same": {10}}


def test_a_lake_without_duplicates_has_a_table_without_rows(own: Lake) -> None:
    own.add(copy(1, "a", LOOK), copy(2, "b", LOOK ^ (2**64 - 1)))
    found = own.look()
    assert (found.assets, found.groups) == (0, {"same": 0, "near": 0})
    assert count(own.trino, AssetFilter(duplicates=False)) == 2
    assert own.groups("near") == []


def test_assets_are_found_by_whether_they_have_duplicates(own: Lake) -> None:
    fill(own)
    own.look()
    twins, single = AssetFilter(duplicates=True), AssetFilter(duplicates=False)
    shown = page(own.trino, twins, signing_key=KEY, size=20)
    assert own.numbers(shown.assets) == {1, 2, 3, 4, 6, 7, 8, 9}
    assert own.numbers(page(own.trino, single, signing_key=KEY, size=20).assets) == {5}
    assert count(own.trino, AssetFilter(duplicates=True, kinds=("audio",))) == 2
    assert get(own.trino, own.assets[5].asset_id) == own.assets[5]


def test_many_members_are_shown_as_far_as_they_fit(own: Lake) -> None:
    own.add(*(copy(number, "a") for number in range(30)))
    own.look()
    (group,) = groups(own.trino, "same", signing_key=KEY).groups
    assert (group.size, len(group.assets)) == (30, 20)
    moments = [(asset.upload_time, asset.asset_id) for asset in group.assets]
    everything = sorted((asset.upload_time, asset.asset_id) for asset in own.assets.values())
    assert moments == everything[:20], "the oldest"
