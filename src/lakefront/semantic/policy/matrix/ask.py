"""One question to the engine, what it answers, and where that is not what it should be."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from lakefront.errors import LakefrontError, NotAllowedError, UnreachableError
from lakefront.semantic.policy.matrix.lake import Report
from lakefront.trino import Trino

_AT_ONCE: Final = 4
#: A shown value is cut to this in a failure: it has to be recognised, not read.
_SHOWN: Final = 80


class Route(StrEnum):
    """Ways by which people ask."""

    SELECT = "select"
    ROLLUP = "rollup"
    SUBQUERY = "subquery"
    SELF_JOIN = "self-join"
    JOIN = "join"
    AGGREGATE = "aggregate"
    TIME_TRAVEL = "time travel"
    VIEW = "view"
    DATASET_SQL = "dataset over SQL"
    PREDICATE = "predicate"
    ERROR = "error message"
    PLAN = "plan and statistics"
    METADATA = "metadata tables"
    HIDDEN = "hidden columns"
    CATALOGUE = "information schema"
    WRITE = "write"
    FUNCTION = "functions and procedures"
    ELSEWHERE = "other catalogs"
    TWIN = "same standing"


@dataclass(frozen=True)
class Failure:
    """A cell that opens and should not, or does not and should."""

    who: str
    table: str
    row: str
    column: str
    route: Route
    expected: str
    got: str


@dataclass(frozen=True)
class Answer:
    """What the engine said: rows, or why there are none."""

    rows: list[tuple[Any, ...]]
    denied: str | None = None
    error: str | None = None


@dataclass(frozen=True)
class Miss:
    """What is wrong with an answer, before it is known who asked what."""

    row: str
    column: str
    expected: str
    got: str


Verdict = Callable[[Answer], Iterable[Miss]]


@dataclass(frozen=True)
class Probe:
    """A question of one person that answers some cells. `split`: asked one by one where this one is refused."""

    who: str
    table: str
    route: Route
    sql: str
    verdict: Verdict
    cells: int = 1
    split: tuple[Probe, ...] = ()


@dataclass
class Tally:
    """How many cells each person was asked by table and by route, and which of them failed."""

    by_route: dict[Route, int] = dataclasses.field(default_factory=dict[Route, int])
    by_pair: dict[tuple[str, str], int] = dataclasses.field(default_factory=dict[tuple[str, str], int])
    failures: list[Failure] = dataclasses.field(default_factory=list[Failure])
    queries: int = 0

    def add(self, probe: Probe, failures: list[Failure]) -> None:
        """Count the cells of a probe."""
        for item in probe.split or (probe,):
            self.by_route[item.route] = self.by_route.get(item.route, 0) + item.cells
            pair = (item.who, item.table)
            self.by_pair[pair] = self.by_pair.get(pair, 0) + item.cells
        self.failures += failures


def ask_all(trino: Trino, probes: Sequence[Probe], report: Report, tally: Tally) -> None:
    """Ask everything, a few questions at once. Raises UnreachableError when the engine is gone."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        waiting = {pool.submit(_ask, trino, probe): probe for probe in probes}
        try:
            for done, future in enumerate(as_completed(waiting), start=1):
                asked, failures = future.result()
                tally.queries += asked
                tally.add(waiting[future], failures)
                report(f"{waiting[future].who} asks {waiting[future].table}", done, len(probes))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def answer(trino: Trino, who: str, sql: str) -> Answer:
    """Ask as a person. Raises UnreachableError."""
    try:
        return Answer(trino.signed_in_as(who).query(sql).rows)
    except NotAllowedError as error:
        return Answer([], denied=error.what)
    except UnreachableError:
        raise
    except LakefrontError as error:
        return Answer([], error=error.what)


def _ask(trino: Trino, probe: Probe) -> tuple[int, list[Failure]]:
    said = answer(trino, probe.who, probe.sql)
    if probe.split and (said.denied or said.error):
        asked, failures = 1, list[Failure]()
        for item in probe.split:
            more, found = _ask(trino, item)
            asked, failures = asked + more, failures + found
        return asked, failures
    return 1, [
        Failure(probe.who, probe.table, miss.row, miss.column, probe.route, miss.expected[:_SHOWN], miss.got[:_SHOWN])
        for miss in probe.verdict(said)
    ] if not probe.split else _of_split(probe, said)


def _of_split(probe: Probe, said: Answer) -> list[Failure]:
    """Judge the answer to several questions put as one: the first column says to which of them a row belongs."""
    found: list[Failure] = []
    for number, item in enumerate(probe.split):
        rows = [row[1:] for row in said.rows if row[0] == number]
        found += [
            Failure(item.who, item.table, miss.row, miss.column, item.route, miss.expected[:_SHOWN], miss.got[:_SHOWN])
            for miss in item.verdict(Answer(rows))
        ]
    return found


def together(probes: Sequence[Probe]) -> Probe:
    """Return several SELECTs of the same columns as one question."""
    first = probes[0]
    if len(probes) == 1:
        return first
    sql = " UNION ALL ".join(f"SELECT {number}, * FROM ({probe.sql})" for number, probe in enumerate(probes))  # noqa: S608 - made of SQL that is safe
    return dataclasses.replace(first, sql=sql, split=tuple(probes))
