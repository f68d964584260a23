"""Whether an answer is what it should be: rows and values, refusals, and texts that must not tell of something."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, cast

from lakefront.semantic.policy.matrix.ask import Answer, Miss, Verdict

ANY = "*"


def opens(expected: bool) -> Verdict:
    """Judge whether something is answered or refused. Only a refusal counts as one: another error is a failure."""

    def verdict(said: Answer) -> Iterator[Miss]:
        if said.error:
            yield Miss(ANY, ANY, "answered" if expected else "refused", said.error)
        elif expected == bool(said.denied):
            yield Miss(ANY, ANY, "answered" if expected else "refused", said.denied or f"{len(said.rows)} rows")

    return verdict


def refused_or_unsupported(said: Answer) -> Iterator[Miss]:
    """Judge that something does not happen: refused, or not done on a table with a row filter."""
    if not (said.denied or (said.error and "not supported for table with row filter" in said.error)):
        yield Miss(ANY, ANY, "refused", said.error or "done")


def equals(expected: Sequence[Sequence[Any]], columns: Sequence[str], times: int = 1) -> Verdict:
    """Judge rows in any order, cell by cell. `times`: how often each is there."""
    wanted = [tuple(map(_comparable, row)) for row in expected] * times

    def verdict(said: Answer) -> Iterator[Miss]:
        if said.denied or said.error:
            yield Miss(ANY, ANY, "answered", said.denied or said.error or "")
            return
        missing = list(wanted)
        surplus: list[tuple[Any, ...]] = []
        for row in (tuple(map(_comparable, row)) for row in said.rows):
            if row in missing:
                missing.remove(row)
            else:
                surplus.append(row)
        yield from _misses(missing, surplus, columns)

    return verdict


def _misses(missing: list[tuple[Any, ...]], surplus: list[tuple[Any, ...]], columns: Sequence[str]) -> Iterator[Miss]:
    """Pair what lacks with what is there instead, nearest first, and tell of the cells in which they differ."""
    while missing and surplus:
        near, got = max(
            ((m, s) for m in missing for s in surplus), key=lambda pair: sum(a == b for a, b in zip(*pair, strict=True))
        )
        if not any(a == b is not None for a, b in zip(near, got, strict=True)):
            break
        missing.remove(near)
        surplus.remove(got)
        for column, a, b in zip(columns, near, got, strict=True):
            if a != b:
                yield Miss(_name(near), column, repr(a), repr(b))
    for row in missing:
        yield Miss(_name(row), ANY, "a row", "no row")
    for row in surplus:
        yield Miss(_name(row), ANY, "no row", "a row")


def _name(row: tuple[Any, ...]) -> str:
    return next((str(value) for value in row if value is not None), "NULL")


def _comparable(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(_comparable, cast("list[Any]", value)))
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value).items()
        return tuple(sorted((key, _comparable(item)) for key, item in items))
    return value


def silent(forbidden: Mapping[str, tuple[str, str]], *, answered: bool | None = True) -> Verdict:
    """Judge that a text holds none of the tokens. `forbidden`: row and column by token.

    `answered`: whether it should be answered at all; None where it may fail, and its message is what is judged.
    """

    def verdict(said: Answer) -> Iterator[Miss]:
        text = f"{said.rows} {said.denied} {said.error}"
        for token, (row, column) in forbidden.items():
            if token in text:
                yield Miss(row, column, "not told", token)
        if answered is not None and answered == bool(said.denied or said.error):
            expected = "answered" if answered else "refused"
            yield Miss(ANY, ANY, expected, said.denied or said.error or f"{len(said.rows)} rows")

    return verdict


def same_set(expected: Collection[Any], among: Collection[Any], what: str) -> Verdict:
    """Judge a list of names: those `among` all that are asked about that it holds."""
    wanted = set(expected)

    def verdict(said: Answer) -> Iterator[Miss]:
        if said.denied and not wanted:
            return  # of a schema or catalog in which nothing is open not even the list is
        if said.denied or said.error:
            yield Miss(ANY, what, "answered", said.denied or said.error or "")
            return
        got = {row if len(row) > 1 else next(iter(row)) for row in said.rows} & set(among)
        for name in sorted(wanted - got):
            yield Miss(str(name), what, "listed", "not listed")
        for name in sorted(got - wanted):
            yield Miss(str(name), what, "not listed", "listed")

    return verdict
