"""Run compiled rules on Trino and judge what comes back."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lakefront.config import PART_OF_CATALOG
from lakefront.errors import BadInputError, CheckFailedError, NotAllowedError, UnreachableError
from lakefront.semantic.quality.bind import BoundRule
from lakefront.semantic.quality.compile import Scan, compile_rules
from lakefront.semantic.quality.moment import age
from lakefront.semantic.quality_model import RuleKind, Severity
from lakefront.semantic.tables import catalog_of
from lakefront.trino import PART_NOT_RUNNING, Trino, part_not_running


class Status(StrEnum):
    """How a rule went.

    `not_run`: its query failed, for example because the table is not there. `skipped`: its table is of an optional part
    of the stack that does not run.
    """

    PASSED = "passed"
    FAILED = "failed"
    NOT_RUN = "not_run"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Finding:
    """The answer to one rule.

    `failing_rows` is 0 or 1 for a rule about the whole table. `share` is of the checked rows, 0 to 1. `observed` says
    what was seen: a number of rows, the newest time, or why the rule could not be run. `duration_ms` is that of the
    query, which several rules share.
    """

    rule: BoundRule
    status: Status
    failing_rows: int
    checked_rows: int
    observed: str | None
    sample_keys: tuple[str, ...]
    duration_ms: int

    @property
    def share(self) -> float:
        """Failing rows as a share of the checked ones; 0 when none was checked."""
        return min(self.failing_rows / self.checked_rows, 1.0) if self.checked_rows else float(self.failing_rows > 0)

    @property
    def fails_the_run(self) -> bool:
        """Whether a run with this finding ends with exit code 1."""
        return self.status is Status.FAILED and self.rule.severity is Severity.ERROR


@dataclass(frozen=True)
class Run:
    """All findings of one run. `run_at` is the clock's time, `now` the reference time of the rules."""

    run_id: str
    run_at: dt.datetime
    now: dt.datetime
    findings: tuple[Finding, ...]


def run_rules(
    trino: Trino,
    rules: Sequence[BoundRule],
    now: dt.datetime,
    report: Callable[[str, int, int], None] = lambda _dataset, _done, _total: None,
) -> Run:
    """Run rules against the reference time `now` and return their findings in the order of the rules.

    `report(dataset, done, total)` counts queries. A query that fails leaves its rules `not_run`, one over an optional
    part of the stack that does not run leaves them `skipped`; raises UnreachableError when Trino does not answer.
    """
    started = dt.datetime.now(dt.UTC)
    scans = compile_rules(rules, now)
    findings: dict[int, Finding] = {}
    # A query that is bound to fail would be told to operators as a failed one of a sound stack.
    places = [catalog_of(scan.dataset.source or "", "") for scan in scans]
    optional = PART_OF_CATALOG.keys() & places
    absent = optional - trino.catalogs() if optional else optional
    for done, (scan, place) in enumerate(zip(scans, places, strict=True)):
        report(scan.dataset.name, done, len(scans))
        went = _skip(scan, part_not_running(place), 0) if place in absent else _run_scan(trino, scan, now)
        for finding in went:
            findings[id(finding.rule)] = finding
    return Run(str(uuid.uuid4()), started, now, tuple(findings[id(rule)] for rule in rules))


def _skip(scan: Scan, why: UnreachableError, spent: int) -> Iterator[Finding]:
    for rule in scan.rules:
        yield Finding(rule, Status.SKIPPED, 0, 0, f"{why.what}; {why.fix}", (), spent)


def _run_scan(trino: Trino, scan: Scan, now: dt.datetime) -> Iterator[Finding]:
    started = time.monotonic()
    try:
        row = trino.query(scan.sql).dicts()[0]
    except UnreachableError as error:
        if error.code != PART_NOT_RUNNING:
            raise
        yield from _skip(scan, error, _milliseconds(started))
        return
    except (BadInputError, CheckFailedError, NotAllowedError) as error:
        spent = _milliseconds(started)
        if len(scan.rules) > 1 and not isinstance(error, CheckFailedError):
            # One rule that Trino refuses must not silence the others of its table.
            for rule in scan.rules:
                yield from _run_scan(trino, compile_rules([rule], now)[0], now)
        else:
            for rule in scan.rules:
                yield Finding(rule, Status.NOT_RUN, 0, 0, error.what, (), spent)
        return
    spent = _milliseconds(started)
    for number, rule in enumerate(scan.rules):
        yield judge(rule, {what: row.get(f"{number}_{what}") for what in _OUTPUTS}, now, spent)


_OUTPUTS = ("checked", "failing", "keys", "newest")


def judge(rule: BoundRule, row: dict[str, Any], now: dt.datetime, duration_ms: int) -> Finding:
    """Return the finding that a scan's values for a rule make."""
    checked = int(row["checked"])
    if rule.kind is RuleKind.ROW_COUNT:
        low, high = rule.rule.min_, rule.rule.max_
        wrong = (low is not None and checked < int(low)) or (high is not None and checked > int(high))
        return _of_table(rule, checked, f"{checked} rows", duration_ms, wrong=wrong)
    if rule.kind is RuleKind.FRESHNESS:
        newest: dt.date | None = row["newest"]
        wrong = newest is None or age(newest, now) > rule.rule.age
        seen = f"newest {newest}" if newest else "no row up to the reference time"
        return _of_table(rule, checked, seen, duration_ms, wrong=wrong)
    failing = int(row["failing"])
    status = Status.FAILED if _too_many(rule, failing, checked) else Status.PASSED
    # Rows that a tolerance lets pass are still worth a look.
    keys = tuple(str(key) for key in row["keys"] or ())
    return Finding(rule, status, failing, checked, None, keys, duration_ms)


def _of_table(rule: BoundRule, checked: int, observed: str, duration_ms: int, *, wrong: bool) -> Finding:
    status = Status.FAILED if wrong else Status.PASSED
    return Finding(rule, status, int(wrong), checked, observed, (), duration_ms)


def _too_many(rule: BoundRule, failing: int, checked: int) -> bool:
    most, share = rule.rule.max_rows, rule.rule.max_share
    if most is None and share is None:
        return failing > 0
    over_share = share is not None and failing > share * checked
    return over_share or (most is not None and failing > most)


def _milliseconds(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
