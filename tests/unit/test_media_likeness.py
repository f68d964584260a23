"""Groups of hashes that look alike are those that comparing each with each gives."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakefront.media import likeness
from lakefront.media.likeness import alike

VALUE = st.integers(0, 2**64 - 1)
FLIPS = st.sets(st.integers(0, 63), max_size=10)


def each_with_each(hashes: list[str], distance: int) -> dict[str, str]:
    """Return what `alike` should: around the hash with most neighbours, then around what is left."""
    near = {
        one: [other for other in hashes if other != one and (int(one, 16) ^ int(other, 16)).bit_count() <= distance]
        for one in hashes
    }
    found: dict[str, str] = {}
    for middle in sorted(hashes, key=lambda name: (-len(near[name]), name)):
        left = [name for name in (middle, *near[middle]) if name not in found]
        if middle in left and len(left) > 1:
            found |= dict.fromkeys(left, middle)
    return found


def written(values: list[int]) -> list[str]:
    return sorted({f"{value:016x}" for value in values})


@settings(max_examples=150)
@given(st.lists(st.tuples(VALUE, st.lists(FLIPS, max_size=3)), max_size=12), st.integers(0, 8))
def test_groups_are_those_of_comparing_each_with_each(known: list[tuple[int, list[set[int]]]], distance: int) -> None:
    values = [value for value, _ in known]
    values += [value ^ sum(1 << place for place in flipped) for value, copies in known for flipped in copies]
    hashes = written(values)
    assert alike(hashes, distance=distance) == each_with_each(hashes, distance)


@pytest.mark.parametrize("flipped", [0x0003_0003_0003_0003, 0x00FF, 0xFF00_0000_0000_0000, 0x8001_8001_8001_8001])
def test_eight_bits_are_found_wherever_they_are(flipped: int) -> None:
    hashes = written([0x1234567890ABCDEF, 0x1234567890ABCDEF ^ flipped])
    assert alike(hashes, distance=8) == dict.fromkeys(hashes, hashes[0])
    assert alike(hashes, distance=7) == {}


def test_pairs_are_looked_at_in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    hashes = written([(place << 16) | 7 for place in range(40)])  # all share a band
    whole = alike(hashes, distance=1)
    monkeypatch.setattr(likeness, "_AT_ONCE", 3)
    assert alike(hashes, distance=1) == whole == each_with_each(hashes, 1)


def test_a_chain_is_no_group() -> None:
    chain = written([0b0, 0b11, 0b1111, 0b111111, 0b11111111])
    assert alike(chain, distance=2) == {
        chain[0]: chain[1],
        chain[1]: chain[1],
        chain[2]: chain[1],
        chain[3]: chain[3],
        chain[4]: chain[3],
    }


def test_there_may_be_nothing_to_compare() -> None:
    assert alike([], distance=8) == {}
    assert alike(["0" * 16], distance=8) == {}


def test_larger_distances_are_refused() -> None:
    with pytest.raises(ValueError, match="up to 8"):
        alike(["0" * 16], distance=9)
