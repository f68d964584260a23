"""Which pictures look alike: groups of perceptual hashes that differ in few bits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any, Final, cast

import numpy as np

#: A hash is compared band by band: four of 16 bits. Of the bits in which two hashes differ, some band has a quarter or
#: fewer; and where no band has less than that, each has just that, so that it is tried in the first band only.
_BANDS: Final = 4
_BAND_BITS: Final = 16
#: What the bands find; a larger distance would need more of them.
MOST_DISTANCE: Final = 8
#: Pairs that are looked at in one go: some 100 MB.
_AT_ONCE: Final = 4_000_000
# NumPy's arrays have types that say nothing here.
_Array = Any


def alike(hashes: Sequence[str], *, distance: int) -> dict[str, str]:
    """Return, for each hash that is in a group, the one that the group is around, which gives it its name.

    `hashes`: different ones of 64 bits, hexadecimal. Near are two that differ in `distance` bits or fewer (8 at most).
    The hash with most that are near to it is the middle of the first group, which they make up; of those that are left
    it goes on so. Chains, whose ends are not alike, are no groups. Time grows with the pairs that share a band: with
    the square of how many hashes there are. Raises ValueError for a larger distance.
    """
    if not 0 <= distance <= MOST_DISTANCE:
        raise ValueError(f"distances are compared up to {MOST_DISTANCE}")
    names = sorted(hashes)
    values = np.array([int(name, 16) for name in names], dtype=np.uint64)
    near: defaultdict[int, set[int]] = defaultdict(set)
    for one, other in _near(values, distance):
        near[one].add(other)
        near[other].add(one)
    found: dict[str, str] = {}
    for middle in sorted(near, key=lambda place: (-len(near[place]), place)):
        members = [place for place in (middle, *near[middle]) if names[place] not in found]
        if names[middle] not in found and len(members) > 1:
            found |= {names[place]: names[middle] for place in members}
    return found


def _near(values: _Array, distance: int) -> Iterator[tuple[int, int]]:
    """Yield the places of two values that are near, the smaller first; some more than once."""
    for band in range(_BANDS):
        part = ((values >> np.uint64(band * _BAND_BITS)) & np.uint64(2**_BAND_BITS - 1)).astype(np.int64)
        order = np.argsort(part, kind="stable")
        held = part[order]
        for flipped in _masks(_most_flipped(band, distance)):
            edges = _edges(held, part ^ flipped)
            yield from _compared(values, order, *edges, distance)


def _most_flipped(band: int, distance: int) -> int:
    quarter, rest = divmod(distance, _BANDS)
    return quarter if rest or band == 0 else quarter - 1


def _masks(most: int) -> Iterator[int]:
    for bits in range(most + 1):
        for places in combinations(range(_BAND_BITS), bits):
            yield sum(1 << place for place in places)


def _edges(held: _Array, wanted: _Array) -> tuple[_Array, _Array]:
    """Return where in sorted values each wanted one begins, and where it ends."""
    first, last = (cast("_Array", np.searchsorted(held, wanted, side)) for side in ("left", "right"))
    return first, last


def _compared(values: _Array, order: _Array, first: _Array, last: _Array, distance: int) -> Iterator[tuple[int, int]]:
    counts = last - first
    edges = np.concatenate(([0], np.cumsum(counts)))
    start = 0
    while start < len(values):
        end = max(start + 1, int(np.searchsorted(edges, edges[start] + _AT_ONCE, "right")) - 1)
        number = counts[start:end]
        one = np.repeat(np.arange(start, end), number)
        # Each one's candidates stand side by side in `order`, from `first` on.
        offset = np.arange(len(one)) - np.repeat(edges[start:end] - edges[start], number)
        other = order[np.repeat(first[start:end], number) + offset]
        forward = one < other
        one, other = one[forward], other[forward]
        near = np.bitwise_count(values[one] ^ values[other]) <= distance
        yield from zip(one[near].tolist(), other[near].tolist(), strict=True)
        start = end
