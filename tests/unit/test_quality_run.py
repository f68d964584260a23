"""What becomes of a rule's numbers: tolerances, whole tables, exit codes, and the reference time."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from lakefront.cli.quality import exit_code, reference_time
from lakefront.config import Settings, load_settings
from lakefront.errors import BadInputError
from lakefront.semantic.model import Column, Dataset
from lakefront.semantic.quality.bind import BoundRule
from lakefront.semantic.quality.moment import age
from lakefront.semantic.quality.run import Finding, Run, Status, judge
from lakefront.semantic.quality_model import QualityRule
from tests.support.cli import ROOT

NOW = dt.datetime(2026, 10, 31, 12, 0, tzinfo=dt.UTC)
DATASET = Dataset(
    name="orders",
    source="shop.orders",
    description="Orders.",
    primary_key=("order_id",),
    columns=(Column(name="order_id", type="bigint", description="Its number."),),
)


def bound(**rule: Any) -> BoundRule:
    made = QualityRule.model_validate(rule)
    return BoundRule(made, "a_rule", DATASET, "team@example.com", made.own_columns)


def judged(rule: BoundRule, *, checked: int, failing: int | None = None, newest: dt.date | None = None) -> Finding:
    values: dict[str, Any] = {"checked": checked, "failing": failing, "keys": [7, 8] if failing else None}
    return judge(rule, {**values, "newest": newest}, NOW, 12)


@pytest.mark.parametrize(
    ("tolerance", "failing", "status"),
    [
        ({}, 0, Status.PASSED),
        ({}, 1, Status.FAILED),
        ({"max_rows": 3}, 3, Status.PASSED),
        ({"max_rows": 3}, 4, Status.FAILED),
        ({"max_share": 0.01}, 2, Status.PASSED),
        ({"max_share": 0.01}, 3, Status.FAILED),
        ({"max_rows": 1, "max_share": 0.01}, 2, Status.FAILED),
        ({"max_rows": 100, "max_share": 0.01}, 3, Status.FAILED),
        ({"max_rows": 0}, 1, Status.FAILED),
        ({"max_share": 1.0}, 200, Status.PASSED),
    ],
)
def test_a_tolerance_lets_some_rows_fail(tolerance: dict[str, Any], failing: int, status: Status) -> None:
    finding = judged(bound(rule="not_null", column="order_id", **tolerance), checked=200, failing=failing)
    assert finding.status is status
    assert (finding.failing_rows, finding.checked_rows, finding.share) == (failing, 200, failing / 200)
    assert finding.sample_keys == (("7", "8") if failing else ())


def test_an_empty_table_breaks_no_rule_about_rows() -> None:
    finding = judged(bound(rule="not_null", column="order_id", max_share=0.5), checked=0, failing=0)
    assert (finding.status, finding.share) == (Status.PASSED, 0)


@pytest.mark.parametrize(
    ("limits", "rows", "status"),
    [
        ({"min": 1}, 0, Status.FAILED),
        ({"min": 1}, 1, Status.PASSED),
        ({"max": 5}, 6, Status.FAILED),
        ({"max": 0}, 0, Status.PASSED),
        ({"max": 0}, 1, Status.FAILED),
        ({"min": 2, "max": 5}, 5, Status.PASSED),
    ],
)
def test_row_count(limits: dict[str, int], rows: int, status: Status) -> None:
    finding = judged(bound(rule="row_count", **limits), checked=rows)
    assert (finding.status, finding.observed) == (status, f"{rows} rows")
    assert finding.failing_rows == int(status is Status.FAILED)


@pytest.mark.parametrize(
    ("newest", "status"),
    [
        (dt.datetime(2026, 10, 30, 12, 0, tzinfo=dt.UTC), Status.PASSED),
        (dt.datetime(2026, 10, 30, 11, 59, tzinfo=dt.UTC), Status.FAILED),
        (dt.datetime(2026, 10, 30, 13, 30, tzinfo=dt.timezone(dt.timedelta(hours=2))), Status.FAILED),
        (dt.datetime(2026, 10, 30, 12, 0), Status.PASSED),  # noqa: DTZ001 - a column without a zone is read as UTC
        (dt.date(2026, 10, 30), Status.PASSED),
        (dt.date(2026, 10, 29), Status.FAILED),
        (None, Status.FAILED),
    ],
)
def test_freshness(newest: dt.date | None, status: Status) -> None:
    finding = judged(bound(rule="freshness", column="day", max_age="24h"), checked=9, newest=newest)
    assert finding.status is status
    assert finding.observed == (f"newest {newest}" if newest else "no row up to the reference time")


def test_a_day_is_as_old_as_its_end() -> None:
    assert age(dt.date(2026, 10, 30), NOW) == dt.timedelta(hours=12)
    assert age(dt.date(2026, 10, 31), NOW) == dt.timedelta()


def test_exit_codes() -> None:
    error = judged(bound(rule="row_count", min=1), checked=0)
    warning = judged(bound(rule="row_count", min=1, severity="warning"), checked=0)
    passed = judged(bound(rule="row_count", min=1), checked=1)
    missing = dataclasses.replace(passed, status=Status.NOT_RUN)
    skipped = dataclasses.replace(passed, status=Status.SKIPPED)

    def code(*findings: Finding) -> int:
        return exit_code(Run("id", NOW, NOW, findings))

    assert code() == code(passed) == code(passed, warning) == 0
    assert code(passed, error) == code(missing, error) == 1
    assert code(passed, missing, warning) == code(missing, skipped) == 5
    assert code(passed, skipped) == 0
    assert code(skipped) == 5, "nothing at all was checked"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(bundle=ROOT, home=tmp_path, environ={})


def test_the_reference_time_of_the_sample_is_the_end_of_its_last_day(settings: Settings) -> None:
    assert reference_time(settings, None) == dt.datetime(2026, 10, 31, 23, 59, 59, 999999, tzinfo=dt.UTC)


def test_the_reference_time_elsewhere_is_the_clock(tmp_path: Path) -> None:
    settings = load_settings(bundle=ROOT, home=tmp_path, env="prod", environ={})
    before = dt.datetime.now(dt.UTC)
    assert before <= reference_time(settings, None) <= dt.datetime.now(dt.UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-31", "2026-01-31T23:59:59.999999+00:00"),
        ("2026-01-31T08:00:00Z", "2026-01-31T08:00:00+00:00"),
        ("2026-01-31T08:00:00+09:00", "2026-01-30T23:00:00+00:00"),
        ("2026-01-31 08:00", "2026-01-31T08:00:00+00:00"),
    ],
)
def test_a_reference_time_may_be_given(settings: Settings, text: str, moment: str) -> None:
    assert reference_time(settings, text).isoformat() == moment


@pytest.mark.parametrize("text", ["yesterday", "", "2026-13-01", "31.10.2026"])
def test_a_bad_reference_time_is_told(settings: Settings, text: str) -> None:
    with pytest.raises(BadInputError) as raised:
        reference_time(settings, text)
    assert (raised.value.code, raised.value.exit_code) == ("bad-time", 2)
